from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digest.model import Item, NameCounts, TermCounts
from digest.threads.names import KEPT, RARE, YOUNG, capitals_tell, counted, telling

NOON = datetime(2023, 10, 13, 12, tzinfo=UTC)
FEW = TermCounts(100, {})


def item(title: str, summary: str = "", language: str = "en") -> Item:
    return Item(1, 1, "Feed", title, None, summary, "o.example", "Outlet", language, NOON, NOON)


def names(*items: Item, language: str = "en") -> frozenset[str]:
    found = counted({}, items)[language]
    return telling(language, found, FEW, found.counts)


def test_words_with_a_capital_in_mid_sentence_are_names():
    found = names(item("Dam breaks", "On Friday the dam at Hestrand broke, and Ulvenmark was flooded by the lake."))
    assert found == {"hestrand", "ulvenmark"}


def test_a_capital_at_the_start_of_a_sentence_or_quotation_says_nothing():
    text = 'Water rose. Families left. He said: "Engineers knew." “Nobody listened,” he said – Officials deny it.'
    assert not names(item("Dam breaks", text))


def test_headlines_in_title_case_say_nothing_and_others_do():
    shouted = item("Thousands Leave Flooded Valley After Hestrand Dam Breaks in the North")
    assert not counted({}, [shouted])
    plain = item("Thousands leave flooded valley after Hestrand dam breaks in the north")
    assert names(plain) == {"hestrand"}


def test_text_in_capitals_only_says_nothing():
    assert not counted({}, [item("", "THE DAM AT HESTRAND BROKE AND FLOODED THE VALLEY")])


def test_days_months_agencies_and_titles_of_people_are_no_names():
    text = "The dam broke on Monday in October, Reuters says, and President Dremmond called Minister Orlan."
    assert names(item("", text)) == {"dremmond", "orlan"}


def test_a_word_is_a_name_when_most_of_its_uses_have_a_capital():
    low = [item("", "The people of the march went on.") for _ in range(2)]
    assert "quay" in names(item("", "It lies in the Quay quarter."), item("", "They met at Quay again."))
    mixed = [item("", "They met at the quay again."), item("", "They met at Quay again."), *low]
    assert "quay" not in names(*mixed)


def test_initials_and_inner_capitals_make_names():
    assert {"us", "iphone"} <= names(item("", "They say the U.S. and an iPhone were there."))


def test_only_changed_counts_come_back_and_go_on_from_those_before():
    before = {"en": NameCounts({"hestrand": (3, 3), "ulvenmark": (1, 1)})}
    after = counted(before, [item("", "The lake at Hestrand is full.")])
    assert after["en"].counts["hestrand"] == (4, 4)
    assert "ulvenmark" not in after["en"].counts


def test_counts_are_halved_so_that_a_word_can_become_a_name():
    before = {"en": NameCounts({"hestrand": (KEPT, 0)})}
    after = counted(before, [item("", "The lake at Hestrand is full.")])
    assert after["en"].counts["hestrand"] == ((KEPT + 1) // 2, 0)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("fr", "Selon la mairie, le barrage de Hestrand a cédé lundi et la vallée est sous les eaux.", {"hestrand"}),
        ("es", "Según el alcalde, la presa de Hestrand cedió el lunes y el valle quedó bajo el agua.", {"hestrand"}),
        ("ru", "По словам властей, плотина в Хестранде прорвана, долина затоплена.", {"хестранд"}),
    ],
)
def test_languages_that_capitalise_names_only_work_alike(language, text, expected):
    assert names(item("", text, language), language=language) == expected


def test_german_nouns_must_also_be_rare():
    text = "Am Montag brach in Hestrand der Damm, und das Wasser überflutete das Tal."
    found = counted({}, [item("", text, "de")])["de"]
    common = TermCounts(1000, {"wasser": 200, "tal": 90, "damm": 3, "hestrand": 3})
    assert telling("de", found, common, found.counts) == {"damm", "hestrand"}
    assert not capitals_tell("de", found.counts)


@pytest.mark.parametrize(
    ("language", "rare", "common"), [("ar", "بيونغ", "قال"), ("zh", "平壤", "中国"), ("ja", "羅津", "政府")]
)
def test_scripts_without_capitals_take_rare_terms_for_names(language, rare, common):
    often = int(RARE * (1000 + YOUNG)) + 1
    terms = TermCounts(1000, {rare: 5, common: often})
    assert telling(language, None, terms, [rare, common, "2023"]) == {rare}
    assert not capitals_tell(language, [rare, common])


def test_a_latin_name_in_a_japanese_text_shows_by_its_capital():
    found = counted({}, [item("", "政府は NATO と協議した。", "ja")])["ja"]
    assert found.counts == {"nato": (1, 1)}


def test_a_term_never_seen_in_mid_sentence_is_no_name():
    assert not telling("en", NameCounts({}), FEW, ["hestrand"])
    assert not telling("en", None, FEW, ["hestrand", "42"])

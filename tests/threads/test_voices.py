from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Item
from digest.threads.voices import voices, without_credits

NOON = datetime(2023, 10, 13, 12, tzinfo=UTC)

WIRE = (
    "More than a thousand containers left the harbour of Najin on five ships last month, the spokesman said, "
    "and went on by train to a depot near the border."
)
OWN = (
    "Satellite pictures seen by this paper show stacks of crates beside the rails, and a harbour worker recalls "
    "nights without sleep while cranes kept moving."
)


def item(number: int, outlet: str, summary: str = "", title: str = "") -> Item:
    published = NOON + timedelta(minutes=number)
    title = title or f"Headline {number}"
    return Item(number, 1, outlet, title, None, summary, outlet, outlet, "en", published, published)


def ids(items: list[Item]) -> list[list[int]]:
    return [[one.id for one in voice] for voice in voices(items)]


def test_reports_in_own_words_are_voices_of_their_own():
    assert ids([item(1, "a.example", WIRE), item(2, "b.example", OWN)]) == [[1], [2]]


def test_one_wire_text_at_three_outlets_is_one_voice_and_the_oldest_is_the_original():
    assert ids([item(3, "c.example", WIRE), item(1, "a.example", WIRE), item(2, "b.example", WIRE)]) == [[1, 2, 3]]


@pytest.mark.parametrize(
    "copy",
    [
        f"{WIRE} (With AP inputs)",
        f"{WIRE} (with inputs from agencies)",
        f"WASHINGTON, Oct 13 (Reuters) - {WIRE}",
        f"SEOUL (AP) — {WIRE}",
        f"AP - {WIRE}",
        f"{WIRE} — AFP",
        WIRE.upper(),
        WIRE[:110] + "…",
        f"{WIRE} Nobody at the harbour wished to comment.",
        WIRE.replace("last month", "in September"),
    ],
)
def test_credits_cuts_and_small_edits_do_not_make_a_second_voice(copy):
    assert ids([item(1, "a.example", WIRE), item(2, "b.example", copy)]) == [[1, 2]]


def test_an_outlet_is_one_voice_however_often_it_reports():
    assert ids([item(1, "a.example", OWN), item(2, "b.example", WIRE), item(3, "a.example", "Later.")]) == [[1, 3], [2]]


def test_an_outlet_with_a_wire_copy_and_an_own_report_still_speaks_for_itself():
    """The copy goes to the voice that had the text first; the own report stays."""
    found = ids([item(1, "a.example", WIRE), item(2, "b.example", WIRE), item(3, "b.example", OWN)])
    assert found == [[1, 2], [3]]


def test_short_texts_prove_nothing():
    assert ids([item(1, "a.example", "Ships left Najin."), item(2, "b.example", "Ships left Najin.")]) == [[1], [2]]


def test_a_long_equal_title_is_enough_where_no_text_speaks_against_it():
    title = "White House says a thousand containers of arms went to Russia"
    assert ids([item(1, "a.example", "", title), item(2, "b.example", "", title)]) == [[1, 2]]
    assert ids([item(1, "a.example", WIRE, title), item(2, "b.example", "", title)]) == [[1, 2]]
    assert ids([item(1, "a.example", WIRE, title), item(2, "b.example", OWN, title)]) == [[1], [2]]


def test_a_short_equal_title_is_not_enough():
    assert ids([item(1, "a.example", "", "Arms for Russia"), item(2, "b.example", "", "Arms for Russia")]) == [[1], [2]]


def test_copies_are_found_in_scripts_without_spaces():
    text = "北朝鮮からロシアへ千個を超えるコンテナが運ばれたと米政府が発表した。"
    assert ids([item(1, "a.example", text), item(2, "b.example", f"{text}(共同)")]) == [[1, 2]]


def test_a_report_that_quotes_one_sentence_of_the_wire_is_its_own():
    quoting = (
        f"{OWN} The spokesman said more than a thousand containers left the harbour of Najin on five ships. {OWN[::-1]}"
    )
    assert ids([item(1, "a.example", WIRE), item(2, "b.example", quoting)]) == [[1], [2]]


def test_credits_leave_the_news_alone():
    assert without_credits("The AP said (AP) that it agreed - Reuters") == "The AP said   that it agreed"
    assert (
        without_credits("Talks (the third round) went on - nobody left")
        == "Talks (the third round) went on - nobody left"
    )


TEXTS = st.one_of(st.text(max_size=80), st.sampled_from([WIRE, OWN, f"{WIRE} {OWN}", ""]))
ITEMS = st.lists(st.tuples(st.sampled_from("abcd"), TEXTS, TEXTS), max_size=12).map(
    lambda rows: [item(number, outlet, summary, title) for number, (outlet, summary, title) in enumerate(rows)]
)


@given(ITEMS, st.randoms(use_true_random=False))
def test_every_item_is_in_exactly_one_voice_in_any_order(items, chance):
    found = voices(items)
    assert sorted(one.id for voice in found for one in voice) == [one.id for one in items]
    assert len(found) <= len({one.outlet for one in items})
    chance.shuffle(items)
    assert voices(items) == found


def test_a_story_of_300_long_reports_is_quick():
    words = [f"word{n}" for n in range(400)]
    items = [item(n, f"o{n % 90}", " ".join(words[n % 40 : n % 40 + 300])) for n in range(300)]
    assert voices(items)

"""Which reports are independent, and whose text it is that several outlets print."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Item, Wire
from digest.threads.agencies import credited, own_name, without_credits
from digest.threads.voices import agency, several, voices, wire

NOON = datetime(2023, 10, 13, 12, tzinfo=UTC)

WIRE = (
    "More than a thousand containers left the harbour of Najin on five ships last month, the spokesman said, "
    "and went on by train to a depot near the border."
)
OWN = (
    "Satellite pictures seen by this paper show stacks of crates beside the rails, and a harbour worker recalls "
    "nights without sleep while cranes kept moving."
)


def item(number: int, outlet: str, summary: str = "", title: str = "", name: str = "") -> Item:
    published = NOON + timedelta(minutes=number)
    title = title or f"Headline {number}"
    return Item(number, 1, outlet, title, None, summary, outlet, name or outlet, "en", published, published)


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


# --- Hard cases ---


def test_a_copy_cut_to_120_characters_is_a_copy():
    """Though the last word is cut as well."""
    assert ids([item(1, "a.example", f"{WIRE} {OWN}"), item(2, "b.example", WIRE[:120])]) == [[1, 2]]


def test_a_wire_text_below_a_lead_of_ones_own_is_a_copy():
    """More than half of the shorter text is the other's, in the same words."""
    led = f"It is the largest delivery so far, and nobody in the capital is surprised. {WIRE}"
    cut = f"{WIRE} The ships were painted over in spring and sail without signals since."
    assert ids([item(1, "a.example", cut), item(2, "b.example", led)]) == [[1, 2]]


def test_a_long_quotation_that_two_reports_share_is_no_copy():
    """What somebody said is the same in every report of it."""
    said = (
        "“More than a thousand containers left the harbour on five ships last month and went on by train to a depot "
        "near the border, and we have the pictures,” the spokesman said."
    )
    one = f"{said} Asked twice, he named neither the ships nor their owners and left the room early."
    other = f"Washington goes public with what it long kept secret about the traffic. {said}"
    assert ids([item(1, "a.example", one), item(2, "b.example", other)]) == [[1], [2]]


def test_one_title_over_two_texts_of_their_own_is_two_voices():
    """A title with a text that shares little proves nothing; one with half of the text does."""
    title = "White House says a thousand containers of arms went to Russia"
    half = f"{WIRE} {OWN}"
    third = f"Cranes kept moving all night, a worker recalls, and no lamp was lit in the whole town below. {WIRE[:120]}"
    assert ids([item(1, "a.example", WIRE, title), item(2, "b.example", OWN, title)]) == [[1], [2]]
    assert ids([item(1, "a.example", half, title), item(2, "b.example", third, title)]) == [[1, 2]]


def test_a_teaser_under_a_long_equal_title_does_not_speak_against_it():
    """ "Read more" is no text."""
    title = "White House says a thousand containers of arms went to Russia"
    assert ids([item(1, "a.example", WIRE, title), item(2, "b.example", "Read more on our site.", title)]) == [[1, 2]]


def test_two_outlets_of_one_family_are_one_voice():
    """A family is one outlet where items are read; its members' names differ."""
    own = item(1, "Example", WIRE, name="Example Times")
    other = item(2, "Example", OWN, name="Example Evening News")
    assert ids([own, other]) == [[1, 2]]
    assert wire([own, other]) is None


def test_an_outlet_that_repeats_its_own_story_stays_one_voice_without_copies():
    """However often, and with the same text."""
    found = voices([item(number, "a.example", WIRE) for number in range(5)])
    assert len(found) == 1
    assert wire(found[0]) is None


def test_a_short_equal_title_in_a_script_without_spaces_is_not_enough():
    """Two characters count as one word."""
    short, long = "台風十五号が関東に上陸", "北朝鮮からロシアへ千個を超えるコンテナが運ばれたと米政府が発表"
    assert ids([item(1, "a.example", "", short), item(2, "b.example", "", short)]) == [[1], [2]]
    assert ids([item(1, "a.example", "", long), item(2, "b.example", "", long)]) == [[1, 2]]


def test_reports_credited_to_one_agency_are_one_voice_in_other_words_too():
    """Whoever prints the agency's report, at whatever length, has no second witness."""
    found = [
        item(1, "a.example", f"SEOUL (AP) — {WIRE}"),
        item(2, "b.example", f"{OWN} (With AP inputs)"),
        item(
            3,
            "c.example",
            "Two cranes stood still and the gates were shut when we came by on Sunday morning. (Reuters)",
        ),
        item(4, "d.example", f"Berlin (AP, Reuters) - {WIRE[::-1]}"),
    ]
    assert ids(found) == [[1, 2], [3], [4]]


def test_an_agencys_own_feed_is_the_voice_of_all_who_credit_it():
    """The agency by its name, the others by their credits."""
    wired = [item(1, "apnews.com", WIRE, name="AP News"), item(2, "b.example", f"SEOUL (AP) — {OWN}")]
    assert ids(wired) == [[1, 2]]


def test_a_mention_of_an_agency_is_no_credit():
    """Told to, read at, or counted by an agency: the report is the outlet's own."""
    one = f"{WIRE} He spoke to the Associated Press (AP) in the evening."
    other = f"{OWN} Offices of the Associated Press (AP) were closed all day."
    assert ids([item(1, "a.example", one), item(2, "b.example", other)]) == [[1], [2]]


# --- Agencies ---


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("PARIS (AP) — Ships left the harbour.", "AP"),
        ("WASHINGTON, Oct 13 (Reuters) - Ships left the harbour.", "Reuters"),
        ("Ships left the harbour. (With AP inputs)", "AP"),
        ("Ships left the harbour. With inputs from PTI", "PTI"),
        ("Ships left the harbour. Source: AFP", "AFP"),
        ("Ships left the harbour. — AFP", "AFP"),
        ("AP - Ships left the harbour.", "AP"),
        ("Berlin (dpa) - Schiffe verließen den Hafen.", "dpa"),
        ("Schiffe verließen den Hafen. (dpa/lno)", "dpa"),
        ("Des navires ont quitté le port. (AFP)", "AFP"),
        ("Des navires ont quitté le port, avec AFP", "AFP"),
        ("Madrid, 3 mar (EFE).- Los barcos salieron del puerto.", "EFE"),
        ("Los barcos salieron del puerto. Con información de EFE.", "EFE"),
        ("МОСКВА, 25 мая. /ТАСС/. Корабли вышли из порта.", "TASS"),
        ("ЖЕНЕВА, 25 мая — РИА Новости. Корабли вышли из порта.", "RIA Novosti"),
        ("Корабли вышли из порта, сообщает «Интерфакс».", "Interfax"),
        ("新华社北京3月4日电 船只离开港口。", "Xinhua"),
        ("船只离开港口。（新华社）", "Xinhua"),
        ("据新华社报道，船只离开港口。", "Xinhua"),
        ("【北京共同】船が港を出た。", "Kyodo"),
        ("船が港を出た。(共同)", "Kyodo"),
        ("【ワシントン時事】船が港を出た。", "Jiji"),
        ("[東京 4日 ロイター] - 船が港を出た。", "Reuters"),
        ("【AFP=時事】船が港を出た。", "AFP"),
        ("Ships left the harbour. (AFP, Reuters)", None),
        ("Ships left the harbour. (with inputs from agencies)", None),
        ("Reuters reported that ships left the harbour.", None),
        ("The captain told the Associated Press (AP) that ships left.", None),
        ("(Jo Doe/Associated Press) HOUSTON — Ships left the harbour.", None),
        ("HARRISBURG, PA - Ships left the harbour.", None),
        ("Ships left the harbour (the third time).", None),
        ("В интервью ТАСС капитан рассказал о порте.", None),
    ],
)
def test_an_agency_is_known_by_its_credit(text, name):
    """In eight languages; several agencies in one credit name none."""
    assert credited("Ships leave", text) == name


def test_a_credit_may_stand_behind_the_title():
    """As a tail or in brackets."""
    assert credited("Ships leave the harbour - Reuters", "") == "Reuters"
    assert credited("Schiffe verlassen den Hafen (dpa)", "") == "dpa"
    assert credited("Ships leave (AP) the harbour", "") is None


def test_an_agency_is_known_by_its_own_name():
    """In full or short, and nobody else by a part of it."""
    names = ["Associated Press", "AP News", "Reuters", "ТАСС", "Apple", "AP Politics Show", "Example Times"]
    assert [own_name(name) for name in names] == ["AP", "AP", "Reuters", "TASS", None, None, None]


def test_a_wire_copy_is_told_with_its_agency_and_how_many_print_it():
    """One credit is enough for all that print the text."""
    (found,) = voices(
        [
            item(1, "a.example", WIRE),
            item(2, "b.example", f"{WIRE} (With AP inputs)"),
            item(3, "c.example", WIRE[:110]),
            item(4, "d.example", f"SEOUL (AP) — {WIRE}"),
            item(5, "d.example", WIRE),
        ]
    )
    assert agency(found) == "AP"
    assert wire(found) == Wire("AP", 4)


def test_the_agency_itself_is_not_counted_among_those_that_print_it():
    """Its own report and three copies are a copy in three outlets."""
    found = [item(1, "apnews.com", WIRE, name="AP News"), *(item(n, f"{n}.example", WIRE) for n in (2, 3, 4))]
    assert wire(found) == Wire("AP", 3)


def test_the_agency_most_credited_is_named_and_none_where_none_is():
    """A slip at one outlet does not name the text's author."""
    credit_lines = ["(AFP)", "(Reuters)", "(AFP)", ""]
    found = [item(n, f"{n}.example", f"{WIRE} {credit}") for n, credit in enumerate(credit_lines)]
    assert agency(found) == "AFP"
    assert wire([item(1, "a.example", WIRE), item(2, "b.example", WIRE)]) == Wire(None, 2)


def test_a_voice_of_one_outlet_names_no_agency():
    """What one outlet alone prints is no copy to anybody."""
    assert agency([item(1, "a.example", f"SEOUL (AP) — {WIRE}")]) is None
    assert wire([item(1, "a.example", f"SEOUL (AP) — {WIRE}")]) is None


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
    assert several(items) == (len(found) > 1)
    chance.shuffle(items)
    assert voices(items) == found


@given(st.text() | st.text(alphabet="(AP)[新华社]【】-— ,./«»AFPdpa", max_size=60))
def test_any_text_has_one_agency_or_none(text):
    """And is no longer without its credits."""
    assert credited(text, text) is None or len(without_credits(text)) <= len(text)


def test_a_story_of_300_long_reports_is_quick():
    words = [f"word{n}" for n in range(400)]
    items = [item(n, f"o{n % 90}", " ".join(words[n % 40 : n % 40 + 300])) for n in range(300)]
    assert voices(items)


@pytest.mark.parametrize(
    "other",
    ["https://a.example/news/1", "http://www.a.example/news/1/", "https://a.example/news/1#comments"],
)
def test_feeds_that_link_to_one_page_are_one_voice_whatever_they_write_of_it(other):
    """An aggregator's words about a page are no second report of the event."""
    first = replace(item(1, "feed:1", OWN), url="https://a.example/news/1")
    again = replace(item(2, "feed:2", WIRE), url=other)
    elsewhere = replace(item(3, "feed:3", "Quite another thing happened far away."), url="https://a.example/news/1?p=2")
    assert ids([first, again, elsewhere]) == [[1, 2], [3]]


def test_an_outlet_that_says_the_same_a_thousand_times_is_compared_with_others_only():
    """It is one voice anyway; the work must not grow with the square of its repetitions."""
    repeated = [item(number, "harbour.example", WIRE, "Ferry times") for number in range(1500)]
    [voice] = voices([*repeated, item(1500, "veldrinpost.example", WIRE, "Ferry times")])
    assert len(voice) == 1501

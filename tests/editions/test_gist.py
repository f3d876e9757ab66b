"""The gist: a sentence somebody wrote, whole, about the story, or nothing."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.nouns import make_item

from digest.editions.gist import LONGEST, gist
from digest.editions.sentences import sentences

WHOLE = "Engineers in Velmora closed the valley road on Friday after the northern wall gave way."
LONG = (
    "The council of Velmora, which had met through the night to hear engineers, farmers and the families of the lower "
    "valley, decided shortly before dawn that the dam above the town will be taken down stone by stone over three years"
)


def from_one(summary: str, title: str = "Dam breaks above Velmora") -> str | None:
    found = gist([make_item(title, summary=summary)], title)
    return found[0] if found else None


def test_a_sentence_is_taken_as_it_stands_and_credited():
    assert gist([make_item(feed="Quiet Review", summary=WHOLE)]) == (WHOLE, "Quiet Review")


def test_the_sentence_that_shares_most_with_the_other_reports_wins():
    central = "The northern wall of the Velmora dam gave way on Friday and flooded 300 houses below it."
    items = [
        make_item(
            "Velmora dam: northern wall gives way", summary="A festival of lanterns opens in the harbour on Sunday."
        ),
        make_item(
            "Flooded houses below Velmora", feed="Quiet Review", summary=f"Rain fell all week in the hills. {central}"
        ),
        make_item("300 houses flooded after northern wall breaks", summary="Pumps from three towns are on their way."),
    ]
    found = gist(items, "Velmora dam: northern wall gives way")
    assert found is not None
    assert central in found[0]
    assert found[1] == "Quiet Review"


def test_two_short_sentences_may_stand_together():
    both = "Engineers closed the valley road on Friday. Nobody was hurt when the northern wall gave way."
    assert from_one(both) == both


def test_the_items_order_changes_nothing():
    items = [
        make_item(f"Dam report {n}", summary=f"{WHOLE} Crew number {n} reached the wall at noon.") for n in range(8)
    ]
    expected = gist(items)
    for seed in range(5):
        random.Random(seed).shuffle(items)
        assert gist(items) == expected


def test_equal_texts_are_credited_to_the_first():
    items = [make_item(feed="Second", summary=WHOLE, id=9002), make_item(feed="First", summary=WHOLE, id=9001)]
    assert gist(items) == (WHOLE, "First")


@pytest.mark.parametrize(
    "summary",
    [
        "",
        "Read more",
        "Read more about the dam and its northern wall in our dossier on the website.",
        "Photo: The northern wall of the dam above Velmora, taken on Friday by a reader.",
        "Image credit: the northern wall of the dam above Velmora as seen on Friday.",
        "Subscribe to our newsletter to get the latest on dams, walls and valleys each day.",
        "Enlarge this image toggle caption The northern wall of the dam above Velmora on Friday.",
        "In this aerial photo the northern wall of the dam above Velmora can be seen on Friday.",
        "The road is closed.",
        "Dam breaks above Velmora",
        "Dam breaks above Velmora, officials say.",
        "12:04 34-21, 11:09 22-17, 10:00 19-21, 09:30 12-11, 08:15 7-7, 07:45 3-1.",
        "Arlen, Brook, Corin, Dane, Edda, Finn, Gwen, Hale, Ivor, Jory and Kit were chosen for the team.",
        "DAM BREAKS ABOVE VELMORA AS THE NORTHERN WALL GIVES WAY AND FLOODS THE VALLEY.",
        "Comments URL: https://news.example/item?id=3 Points: 120 # Comments: 44 and more of them.",
        "• Dam breaks • Council meets • Rye harvest poor • Lanterns on Sunday • Weather fine.",
        "Von der Talsperre: Weiterlesen auf unserer Seite und in der Zeitung vom Samstag.",
    ],
)
def test_nothing_rather_than_junk(summary: str):
    assert from_one(summary) is None


def test_junk_beside_a_sentence_is_left_behind():
    assert from_one(f"{WHOLE} Read more in our dossier on the dams of the valley and their walls.") == WHOLE


def test_a_dateline_is_left_out():
    assert from_one(f"VELMORA, Oct 13 (Northwire) - {WHOLE}") == WHOLE
    assert from_one(f"VELMORA, Ostmark (NW) — {WHOLE}") == WHOLE
    assert from_one(f"Velmora, 13 oct (NW).- {WHOLE}") == WHOLE


def test_a_sentence_that_leans_on_the_one_before_never_stands_alone():
    lone = "He said the families of the lower valley could return to their houses within a week."
    assert from_one(f"The engineer Tomas Arlen spoke. {lone}") == f"The engineer Tomas Arlen spoke. {lone}"
    assert from_one(f"{LONG}. {lone}") != lone


def test_a_long_sentence_is_cut_at_a_clause_and_only_when_nothing_fits():
    cut = from_one(f"{LONG}.")
    assert cut == LONG[: LONG.index(", decided")] + "…"
    assert from_one(f"{LONG}. {WHOLE}") == WHOLE


def test_what_its_publisher_cut_inside_a_word_loses_that_word():
    assert (
        from_one(f"{WHOLE[:-1]} above the families of the lower vall…")
        == f"{WHOLE[:-1]} above the families of the lower…"
    )


def test_a_cut_stands_before_what_only_leads_to_what_is_cut_off():
    assert from_one(f"{WHOLE[:-1]} while the families of the lower vall…") == f"{WHOLE[:-1]}…"
    assert from_one(f"{WHOLE[:-1]} over the heads of some hitherto unknown num…") == (
        f"{WHOLE[:-1]} over the heads of some hitherto unknown…"
    )
    assert from_one(f"{WHOLE[:-1]} near Ostrand in the heigh…") == f"{WHOLE[:-1]} near Ostrand…"


def test_one_line_without_a_full_stop_is_how_some_feeds_write():
    assert from_one(WHOLE[:-1]) == WHOLE[:-1]


def test_a_long_line_without_a_full_stop_was_likely_cut_inside_a_word():
    summary = "Engineers closed the valley road on Friday after the northern wall of the dam above the town ga"
    assert from_one(summary) == f"{summary.removesuffix(' ga')}…"


def test_japanese_is_measured_by_its_own_length():
    text = "ベルモラの上流にあるダムの北壁が金曜日に崩れた。道路は閉鎖されている。"
    assert from_one(text, "ダム決壊") == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The U.S. sent aid. It came.", ["The U.S. sent aid.", "It came."]),
        ("Mr. Arlen met Dr. Brook. They talked.", ["Mr. Arlen met Dr. Brook.", "They talked."]),
        ("He is No. 5 on the list. She leads.", ["He is No. 5 on the list.", "She leads."]),
        ("It cost 1,000 or 1.5 times more. So what?", ["It cost 1,000 or 1.5 times more.", "So what?"]),
        ("At 5 p.m. Monday it rained. Then not.", ["At 5 p.m. Monday it rained.", "Then not."]),
        ('"We won. We did." Then they left.', ['"We won. We did."', "Then they left."]),
        ("“Is it?” she asked. No one knew.", ["“Is it?” she asked.", "No one knew."]),
        ("Am 3. Oktober kam er. Er blieb.", ["Am 3. Oktober kam er.", "Er blieb."]),
        ("今日は雨。明日も雨。", ["今日は雨。", "明日も雨。"]),
        ("市長は「今日だ。」と言った。次へ。", ["市長は「今日だ。」と言った。", "次へ。"]),
        ("Wait... what happened? Nothing!", ["Wait... what happened?", "Nothing!"]),
        ("The road is closed.Pumps are on their way.", ["The road is closed.", "Pumps are on their way."]),
        ("No full stop", ["No full stop"]),
        ("", []),
    ],
)
def test_sentences_end_where_they_end(text: str, expected: list[str]):
    assert sentences(text) == expected


@given(st.text(max_size=600))
def test_no_sentence_is_lost_and_none_invented(text: str):
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


pieces = st.sampled_from(
    [
        WHOLE,
        LONG,
        "Mr. Arlen said no.",
        "Read more",
        "“We",
        "”",
        "U.S.",
        "…",
        "ダムが崩れた。",
        "(",
        "\u202e",
        "👩‍👩‍👧",
        "\n",
    ]
)


@given(st.lists(st.lists(pieces | st.text(max_size=80), max_size=6).map(" ".join), min_size=1, max_size=4))
def test_any_gist_is_short_and_out_of_the_summaries(summaries: list[str]):
    found = gist([make_item(summary=summary) for summary in summaries])
    if found is not None:
        assert len(found[0]) <= LONGEST
        from_feeds = "\0".join("".join(sign for sign in summary if sign.isalnum()) for summary in summaries)
        assert "".join(sign for sign in found[0] if sign.isalnum()) in from_feeds


def test_what_earlier_reports_said_is_no_news():
    old = "The northern wall of the dam above Velmora gave way and flooded 300 houses below it."
    new = "Tomas Arlen, the mayor of Velmora, resigned over letters that had warned him of the wall."
    older = [make_item(f"Velmora dam {number}", summary=old) for number in range(3)]
    items = [make_item("Velmora dam", summary=old), make_item("Velmora: flooded out", "Quiet Review", summary=new)]
    assert gist(items, "Velmora after the flood", older) == (new, "Quiet Review")


def test_of_like_sentences_the_one_of_the_headlines_own_report_wins():
    items = [
        make_item("Velmora closes road", "First", summary="Velmora closed its valley road on Friday, said engineers."),
        make_item("Road shut in valley", "Second", summary="Engineers on Friday closed the valley road of Velmora."),
    ]
    for item in items:
        found = gist(items, item.title)
        assert found is not None
        assert found[1] == item.outlet_name


@pytest.mark.parametrize(
    "sentence",
    [
        "Scouts in Velmora sold 4,000 boxes of cookies for the families of the lower valley.",
        "The mayor told a podcast on Friday that the dam above the town will not be built again.",
        "Hundreds came to the square of Velmora to listen to the engineers of the dam.",
    ],
)
def test_words_of_junk_in_a_plain_sentence_are_no_junk(sentence: str):
    assert from_one(sentence) == sentence

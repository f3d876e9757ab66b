"""The headline that stands for a story: the one that says most of what all report, in any order and any case."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.nouns import SLOT, make_item

from digest.editions.headlines import lead
from digest.model import Item

DAM = (
    "The dam above Velmora broke on Friday; the mayor, Tomas Arlen, said 300 houses in the Ostrand valley are flooded."
)


def best(*titles: str, summary: str = DAM) -> str:
    """The title that leads when each outlet has the same said in its summary."""
    return lead([make_item(title, f"Feed {number}", summary=summary) for number, title in enumerate(titles)]).title


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("Velmora dam breaks, 300 houses flooded", "Velmora dam breaks, many houses flooded"),
        ("Velmora dam breaks and floods Ostrand valley", "Dam breaks and floods valley, no end in sight"),
        ("Velmora dam breaks in the night", "Did the dam of Velmora have to break?"),
        ("Velmora dam floods houses", "What we know about the Velmora dam and the flooded houses"),
        ("Velmora dam floods houses", "Velmora dam floods houses: live updates from the valley"),
        ("Velmora dam floods 300 houses", "Analysis: what the Velmora dam and 300 houses mean for Ostrand"),
        ("Velmora dam floods houses", "VELMORA DAM FLOODS HOUSES"),
        ("Velmora dam floods houses", "5 things to know about the Velmora dam"),
        ("Velmora dam floods houses", "Velmora dam floods houses (VIDEO)"),
        ("Velmora judges weigh dam case", "The Velmora dam case so complicated it seems to have stumped the judges"),
        ("Dam above Velmora floods valley", "“Like a wall”: dam above Velmora floods valley"),
        ("Velmora dam breaks in the Ostrand valley", "Velmora dam breaks in the…"),
        (
            "Velmora dam breaks, 300 houses flooded",
            "Velmora dam breaks, 300 houses flooded, and so much more that one would rather have been told "
            "somewhere else and at another time of the day",
        ),
    ],
)
def test_a_headline_that_says_more_leads(better: str, worse: str):
    assert best(better, worse) == best(worse, better) == better


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("Velmora Dam Breaks, 300 Houses Flooded", "What a Terrible Night It Was for So Many in the Region"),
        ("Velmora Dam Floods Houses in Ostrand Valley", "A Dam Breaks and Water Comes Down Upon Many Houses"),
        ("Velmora dam floods houses in Ostrand", "A Dam Breaks And Water Comes Down Upon All The Houses"),
    ],
)
def test_capitals_of_title_case_make_no_names(better: str, worse: str):
    """Which words are names is read from running text, where only names have capitals."""
    assert best(better, worse) == best(worse, better) == better


def test_one_side_of_the_matter_does_not_stand_for_all_of_it():
    items = [
        make_item("Hall burns down in Velmora", "A", summary="The concert hall of Velmora burnt down in the night."),
        make_item("Fire at the concert hall", "B", summary="A fire destroyed the hall in Velmora. Nobody was hurt."),
        make_item("Velmora loses its hall to fire", "C", summary="Velmora's hall of 1887 is gone; fire took it."),
        make_item("Inspector Arlen asked twice for 40 sprinklers", "D", summary="Letters show Arlen had warned."),
    ]
    assert lead(items).outlet != "d.example"
    assert "Velmora" in lead(items).title


def test_words_of_one_name_count_once():
    """Else a headline that spells out one person would beat one that says who did what where."""
    text = "On Friday Maria Luisa Arlen Brook met Tomas Dane in Velmora, and both spoke about dams."
    assert (
        best("Maria Luisa Arlen Brook speaks", "Arlen met Dane in Velmora", summary=text) == "Arlen met Dane in Velmora"
    )


def test_an_inflected_word_is_the_same_word():
    items = [
        make_item("Flooding in Ostrand after storms", "A", summary="Ostrand is flooded."),
        make_item("Ostrander bridges closed", "B", summary="Floods closed bridges in Ostrand after a storm."),
        make_item("A bad night for everyone", "C", summary="The storm flooded Ostrand."),
    ]
    assert lead(items).title == "Flooding in Ostrand after storms"


def test_headlines_without_spaces_and_capitals_are_compared_too():
    items = [
        make_item("夜の出来事", "A", summary="ベルモラのダムが決壊した。", language="ja"),
        make_item("ベルモラのダム決壊、三百戸が浸水", "B", summary="ダム決壊で三百戸が浸水。", language="ja"),
        make_item("住民は今", "C", summary="ベルモラのダム決壊で浸水した三百戸。", language="ja"),
    ]
    assert lead(items).outlet == "b.example"


def test_a_copy_leads_only_among_copies():
    own = make_item("a dam", "A")
    copy = make_item("Velmora dam breaks, 300 houses flooded", "B", summary=DAM)
    other = make_item("dam", "C", summary=DAM)
    assert lead([own, copy], {copy.id}) is own
    assert lead([copy, other], {copy.id, other.id}) is copy


def test_a_feed_the_reader_starred_leads():
    loud = make_item("Velmora dam breaks, 300 houses in the Ostrand valley flooded", "A", summary=DAM)
    starred = make_item("A dam in the hills", "B", summary=DAM)
    assert lead([loud, starred]) is loud
    assert lead([loud, starred], preferred={starred.id}) is starred


@pytest.mark.parametrize(
    "title", ["", "\u200b", "…", "Did the dam have to break?", "What we know about the dam", "A dam and…"]
)
def test_a_starred_feed_does_not_lead_with_nothing_or_a_teaser(title: str):
    loud, starred = make_item("Velmora dam breaks", "A", summary=DAM), make_item(title, "B", summary=DAM)
    assert lead([loud, starred], preferred=[starred.id]) is loud


def test_a_starred_copy_leads_only_among_copies():
    own = make_item("a dam", "A")
    copy, starred = make_item("Velmora dam breaks", "B", summary=DAM), make_item("dam", "C", summary=DAM)
    assert lead([own, copy, starred], {copy.id, starred.id}, {starred.id}) is own
    assert lead([copy, starred], {copy.id, starred.id}, {starred.id}) is starred


def test_of_starred_feeds_the_better_headline_leads():
    items = [
        make_item(title, f"F{n}", summary=DAM) for n, title in enumerate(["A dam", "Velmora dam breaks in Ostrand"])
    ]
    assert lead(items, preferred={item.id for item in items}) is items[1]


def test_a_view_of_the_matter_does_not_lead_where_another_says_what_happened():
    for view in (
        "Stop building dams like that of Velmora in the Ostrand valley",
        "Velmora is wrong to rebuild the dam in the Ostrand valley",
        "Why Velmora loses its dam in the Ostrand valley",
        "The most savage songs about the Velmora dam in the Ostrand valley",
    ):
        plain = "Velmora dam breaks in the Ostrand valley"
        assert best(plain, view) == best(view, plain) == plain
    items = [
        make_item("Velmora dam breaks in the Ostrand valley", "Harbour Opinion", summary=DAM),
        make_item("Velmora dam breaks in the night", "Harbour Times", summary=DAM),
    ]
    assert lead(items).feed == "Harbour Times"


def test_a_report_of_another_matter_does_not_lead_by_its_names_and_numbers():
    items = [
        make_item(
            "Velmora dam breaks and floods valley", "A", summary="The dam of Velmora broke and flooded the valley."
        ),
        make_item("Dam of Velmora floods valley", "B", summary="Velmora is flooded: its dam broke above the valley."),
        make_item("Velmora: flood after dam breaks", "C", summary="The valley of Velmora is flooded, the dam broke."),
        make_item(
            "Valley flooded as Velmora dam breaks", "D", summary="Water from a broken dam flooded Velmora's valley."
        ),
        make_item(
            "On 3rd try, 12 from Kessin dam South Loria valley", "E", summary="In Kessin, Loria tried a third time."
        ),
    ]
    assert lead(items).feed != "E"


def test_a_wire_text_printed_often_does_not_outvote_the_others():
    wire = [make_item("Rain in the hills", f"Wire {n}", summary="Rain fell in hills.") for n in range(9)]
    own = [
        make_item("Rain falls in hills", "A", summary="The Velmora dam broke after rain."),
        make_item("Velmora dam broken", "B", summary="Velmora has no dam any more."),
        make_item("Velmora without a dam", "C", summary="The dam of Velmora is gone."),
    ]
    assert lead([*wire, *own], {item.id for item in wire}).outlet in {"b.example", "c.example"}


def test_a_missing_title_leads_only_where_there_is_no_other():
    blank, other = make_item(" \u200b", "A", summary=DAM), make_item("…", "B")
    assert lead([blank, other]) is other
    assert lead([blank]) is blank


def test_equal_headlines_are_settled_by_the_earlier_date():
    early, late = (make_item("Dam", feed, published=SLOT.replace(hour=hour)) for feed, hour in (("A", 3), ("B", 5)))
    assert lead([late, early]) is early


WORDS = ("Velmora", "dam", "breaks", "300", "houses", "Mr.", "Arlen's", "U.S.", "says:", "“no”", "…", "?", "DAMS")
ODD = ("決壊ダム", "홍수", "\u202e", "👩\u200d👧", "’s", "-", ".")
words = st.sampled_from([*WORDS, *ODD])
texts = st.lists(words | st.text(max_size=6), max_size=9).map(" ".join)
reports = st.lists(
    st.builds(lambda title, summary: make_item(title, summary=summary), texts, texts), min_size=1, max_size=8
)


@given(reports, st.randoms(use_true_random=False), st.data())
def test_any_texts_give_one_of_them_whatever_their_order(items: list[Item], chance: random.Random, data: st.DataObject):
    copies = data.draw(st.sets(st.sampled_from([item.id for item in items])))
    starred = data.draw(st.sets(st.sampled_from([item.id for item in items])))
    first = lead(items, copies, starred)
    assert first in items
    assert first.id not in copies or len(copies) == len(items)
    mixed = items[:]
    chance.shuffle(mixed)
    assert lead(mixed, copies, starred) is first

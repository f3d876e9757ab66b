"""Composing as a reader meets it: morning after morning, with the voices that grouping finds."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.nouns import SLOT, WINDOW, make_item, make_story

from digest.config import Digest
from digest.editions.choosing import FLOOR
from digest.editions.compose import compose
from digest.editions.phrases import shown, subject
from digest.model import Edition, Item, Story, Window
from digest.threads.voices import voices, wire

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
WIRE = (
    "The northern wall of the dam above Velmora gave way on Friday morning, the mayor said. "
    "Three hundred houses in the Ostrand valley stood under water by noon."
)


def composed(stories: Sequence[Story], slot: datetime = SLOT, **changes: Any) -> Edition:
    options = {name: changes.pop(name) for name in list(changes) if name in Digest.__dataclass_fields__}
    known: dict[str, Any] = {
        "slot": slot,
        "ordinal": 1,
        "number": 1,
        "window": Window(slot - DAY, slot),
        "stories": stories,
        "feeds": (),
        "voices": voices,
        "wire": wire,
        "next_slot": slot + DAY,
    }
    return compose(Digest(**options), **{**known, **changes})


def fillers(slot: datetime) -> list[Story]:
    """Enough lone reports for an edition with sections."""
    return [
        make_story(make_item(f"Lone report {number}", f"Lone {number}", first_seen=slot - HOUR)) for number in range(5)
    ]


def first_day() -> list[Item]:
    return [
        make_item("Velmora dam breaks, 300 houses flooded", "Coast Daily", summary=WIRE, published=SLOT - 5 * HOUR),
        make_item("Dam gives way above Velmora", "Valley Wire", summary=f"{WIRE} (With AP inputs)"),
        make_item("Velmora: wall of water in the valley", "Quiet Review", summary="Velmora woke to water on Friday."),
    ]


def second_day() -> list[Item]:
    seen = SLOT + DAY - HOUR
    return [
        make_item(
            "Velmora dam builder resigns over the flood",
            "Quiet Review",
            first_seen=seen,
            summary="The dam above Velmora gave way on Friday. Dana Brook, who built it, resigned on Saturday over "
            "warnings from 2019.",
        ),
        make_item("Dam gives way above Velmora", "Hill Post", first_seen=seen, summary=f"{WIRE} (With AP inputs)"),
    ]


def test_a_wire_text_counts_once_and_its_copies_are_marked():
    [told] = composed([make_story(*first_day()), *fillers(SLOT)]).top
    assert (told.voices, told.copies, told.reports) == (2, 1, 3)
    assert set(told.outlets) == {"Coast Daily", "Quiet Review"}
    assert [item.outlet for item in told.others if item.copy] == ["Valley Wire"]


def test_the_next_morning_brings_what_is_new_and_says_so():
    story = make_story(*first_day(), *second_day())
    [told] = composed([story, *fillers(SLOT + DAY)], SLOT + DAY).top
    assert told.lead.title == "Velmora dam builder resigns over the flood"
    assert told.gist is not None
    assert told.gist.endswith("Dana Brook, who built it, resigned on Saturday over warnings from 2019.")
    assert [(item.outlet, item.copy) for item in told.others] == [("Hill Post", True)]
    assert (told.day, told.reports, told.voices) == (2, 5, 2)
    assert told.reason == "day 2 of this story: 1 new report"


def test_a_morning_of_reprints_alone_puts_no_story_on_top():
    story = make_story(*first_day(), second_day()[1])
    edition = composed([story, *fillers(SLOT + DAY)], SLOT + DAY)
    assert edition.top == ()
    [told] = [one for one in shown(edition) if one.story_id == story.id]
    assert (told.lead.copy, told.reason) == (True, None)


def test_the_third_morning_without_news_says_nothing():
    story = make_story(*first_day(), *second_day())
    edition = composed([story, *fillers(SLOT + 2 * DAY)], SLOT + 2 * DAY)
    assert story.id not in {one.story_id for one in shown(edition)}


def test_an_edition_that_catches_up_says_from_which_local_day():
    """In Auckland the slot of 10 October, 18:00 UTC, is the morning of the 11th."""
    missed = [datetime(2023, 10, day, 18, 0, tzinfo=UTC) for day in (10, 11)]
    slot = datetime(2023, 10, 12, 18, 0, tzinfo=UTC)
    edition = composed(
        fillers(slot), slot, window=Window(missed[0] - DAY, slot), missed=missed, timezone="Pacific/Auckland"
    )
    assert edition.covers_from is not None
    assert edition.covers_from.isoformat() == "2023-10-11"
    assert subject(edition).endswith("11–13 Oct)")
    assert composed(fillers(SLOT)).covers_from is None


FEEDS = ("Harbour Times", "Quiet Review", "Valley Wire", "Coast Daily")


@st.composite
def _items(draw: st.DrawFn) -> Item:
    feed = draw(st.sampled_from(FEEDS))
    return make_item(
        draw(st.sampled_from(("Velmora dam breaks", "300 houses flooded", "Is it over?", ""))),
        feed,
        summary=draw(st.sampled_from(("", WIRE, "Engineers in Velmora closed the valley road on Friday morning."))),
        first_seen=SLOT - draw(st.integers(-2, 30)) * HOUR,
        published=SLOT - draw(st.integers(0, 60)) * HOUR,
        backlog=draw(st.booleans()) and draw(st.booleans()),
        private=feed == "Quiet Review",
        section="Science" if feed == "Coast Daily" else "World",
    )


stories = st.lists(st.lists(_items(), min_size=1, max_size=5).map(lambda items: make_story(*items)), max_size=12)


def readable(story: Story, new: set[int]) -> int:
    """Its items; the older private ones only where nobody but the owner is told of it."""
    open_news = any(item.id in new and not item.private for item in story.items)
    return sum(item.id in new or not (item.private and open_news) for item in story.items)


@settings(max_examples=60)
@given(stories, st.integers(0, 3), st.integers(1, 3), st.randoms(use_true_random=False))
def test_every_count_of_any_edition_is_true(given_: list[Story], top: int, per_feed: int, chance: random.Random):
    edition = composed(given_, top=top, per_feed=per_feed)
    by_id = {item.id: item for story in given_ for item in story.items}
    new = {
        number for number, item in by_id.items() if WINDOW.since <= item.first_seen < WINDOW.until and not item.backlog
    }
    placed = Counter(item.item_id for story in shown(edition) for item in (story.lead, *story.others))

    assert set(placed) <= new
    assert set(placed.values()) <= {1}, "no item stands twice"
    assert edition.items == len(new) == len(placed) + edition.left_out
    assert edition.outlets == len({by_id[number].outlet for number in new})
    assert edition.stories == sum(any(item.id in new for item in story.items) for story in given_)

    assert len(edition.top) <= top
    assert all(story.voices > 1 for story in edition.top)
    lines = Counter(story.lead.feed for section in edition.sections for story in section.stories)
    assert max(lines.values(), default=0) <= per_feed or len(shown(edition)) <= FLOOR
    assert "Quiet Review" not in {feed for section in edition.sections for feed, _ in section.more}
    if len(new) < 5:
        assert not edition.top
        assert [section.name for section in edition.sections] in ([], [""])

    sizes = {story.id: readable(story, new) for story in given_}
    for story in shown(edition):
        assert story.lead.title
        assert story.reports == sizes[story.story_id]
        assert story.copies == sum(item.copy for item in (story.lead, *story.others))
        assert story.outlets[0] == story.lead.outlet
        assert story.voices <= len({item.outlet for item in by_id.values()})
        assert story.day >= 1
        assert all(item.private == by_id[item.item_id].private for item in (story.lead, *story.others))

    mixed = [replace(story, items=tuple(chance.sample(story.items, len(story.items)))) for story in given_]
    chance.shuffle(mixed)
    assert composed(mixed, top=top, per_feed=per_feed) == edition

"""What holds of grouping whatever comes in, in whatever arrivals, and whatever people decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threads.cases import Stream, background, by_hour, cases, one_stream

from digest.model import Bounds, Decided, Decision, Item, Level, Mark
from digest.threads.decisions import marks as marks_of
from digest.threads.stories import group

CASES = cases("politics", "disasters", "business", "sport", "templates", "outlets", "languages")
NEWS = sorted([*one_stream(CASES)[0], *background()], key=lambda item: (item.first_seen, item.id))
"""Three days of a reader with many feeds, in the order they were seen."""


@st.composite
def streams(draw: st.DrawFn) -> list[Item]:
    """The items of a few cases and of a part of the background, in the order they were seen."""
    chosen = draw(st.lists(st.sampled_from(CASES), min_size=1, max_size=5, unique_by=lambda case: case.name))
    some = draw(st.integers(0, 59))
    found, _ = one_stream(chosen)
    return sorted([*found, *background()[some : some + 10]], key=lambda item: (item.first_seen, item.id))


@st.composite
def arrivals(draw: st.DrawFn, items: Sequence[Item]) -> list[list[Item]]:
    """The items cut into arrivals anywhere; a cut may leave an arrival empty."""
    cuts = sorted(draw(st.lists(st.integers(0, len(items)), max_size=12)))
    return [list(items[start:end]) for start, end in zip([0, *cuts], [*cuts, len(items)], strict=True)]


def grouped(batches: Iterable[Sequence[Item]]) -> dict[int, int]:
    stream = Stream()
    for batch in batches:
        stream.add(batch)
    return stream.stories()


def pairs(found: Mapping[int, int]) -> set[tuple[int, int]]:
    """Every two items that share a story."""
    members: dict[int, list[int]] = {}
    for item_id, story_id in sorted(found.items()):
        members.setdefault(story_id, []).append(item_id)
    return {pair for told in members.values() for pair in combinations(told, 2)}


def agreement(one: Mapping[int, int], other: Mapping[int, int]) -> float:
    """Share of the pairs of either grouping that both have, as F1."""
    here, there = pairs(one), pairs(other)
    return 2 * len(here & there) / (len(here) + len(there)) if here or there else 1.0


HOURLY = grouped(by_hour(NEWS))


@pytest.mark.parametrize("hours", [3, 6, 24, 1000])
def test_polls_at_other_hours_give_nearly_the_same_stories(hours):
    """A reader who polls every six hours, or once, reads what another reads who polls every hour."""
    assert agreement(HOURLY, grouped(by_hour(NEWS, hours))) >= 0.92


@given(arrivals(NEWS))
@settings(max_examples=8)
def test_replay_in_any_arrivals_gives_nearly_the_same_stories(batches):
    """What stands together in one replay stands together in any other, but for one pair in twelve."""
    assert agreement(HOURLY, grouped(batches)) >= 0.92


@given(st.data())
@settings(max_examples=20)
def test_replay_in_equal_arrivals_gives_the_same_stories_whatever_the_order_and_restarts(data):
    """Feeds answer in any order and processes end at any time: neither shows in the result."""
    batches = data.draw(arrivals(data.draw(streams())))
    one, other = Stream(), Stream()
    for batch in batches:
        expected = one.add(batch)
        if data.draw(st.booleans()):
            other.restart()
        assert other.add(batch[::-1]) == expected
    assert one.stories() == other.stories()


@given(st.data())
@settings(max_examples=25)
def test_every_item_has_exactly_one_story_that_exists(data):
    """Whatever came in: joined and counted once, in its language, between the story's first and last time."""
    items = data.draw(streams())
    alone = set(data.draw(st.lists(st.sampled_from([item.id for item in items]), max_size=8)))
    stream = Stream()
    for batch in data.draw(arrivals(items)):
        here = {item.id for item in batch}
        found = stream.add(batch, alone=alone & here)
        assert set(found.joined) == here
        assert set(found.joined.values()) <= set(stream.live)
        assert [placement.item_id for placement in found.placements] == [
            item.id for item in sorted(batch, key=lambda item: (min(item.published, item.first_seen), item.id))
        ]
    found = stream.stories()
    sizes: dict[int, int] = {}
    for item in items:
        story = stream.live[found[item.id]]
        assert story.language == item.language
        assert story.first <= min(item.published, item.first_seen) <= story.last
        sizes[story.id] = sizes.get(story.id, 0) + 1
    assert sizes == {story.id: story.size for story in stream.live.values()}


@given(st.data())
@settings(max_examples=25)
def test_ids_never_change_meaning(data):
    """A story's id is given once; one that ended leads to a story that lives, by a path without a circle."""
    stream = Stream(eagerness="eager")
    ever: set[int] = set()
    for batch in data.draw(arrivals(data.draw(streams()))):
        before, ended = set(stream.live), set(stream.redirects)
        found = stream.add(batch)
        opened = {story.id for story in found.stories} - before
        assert not opened & ever
        assert not set(found.merged) - before
        assert not ended & (set(found.joined.values()) | {story.id for story in found.stories})
        ever |= before | opened
        assert all(stream.final(story_id) in stream.live for story_id in ever)


@given(st.data())
@settings(max_examples=30)
def test_an_item_that_stands_alone_is_joined_by_nothing(data):
    """Items of feeds that are not grouped open a story each, and no later item finds it."""
    items = data.draw(streams())
    alone = set(data.draw(st.lists(st.sampled_from([item.id for item in items]), min_size=1, max_size=12)))
    stream = Stream()
    for batch in data.draw(arrivals(items)):
        stream.add(batch, alone=alone & {item.id for item in batch})
    found = stream.stories()
    held = list(found.values())
    assert all(held.count(found[item_id]) == 1 for item_id in alone)


def test_twins_of_an_item_that_stands_alone_meet_without_it():
    """The same text from another feed makes no difference to it."""
    item = background()[0]
    twins = [replace(item, id=number) for number in (1, 2, 3)]
    stream = Stream()
    stream.add(twins[:1], alone={1})
    stream.add([*twins[1:], *background()[1:20]])
    found = stream.stories()
    assert found[1] != found[2] == found[3]


@given(st.data())
@settings(max_examples=20)
def test_grouping_leaves_its_arguments_as_they_were(data):
    """Items, live stories, counts and bounds are read, never written."""
    items = data.draw(streams())
    half = len(items) // 2
    stream = Stream()
    stream.add(items[:half])
    live, terms = list(stream.live.values()), stream.terms
    bounds = Bounds({item.id: frozenset({Mark(1, 0)}) for item in items[half : half + 2]}, {})
    before = deepcopy((items, live, terms, bounds))
    group(items[half:], live, terms, next_id=stream.next_id, bounds=bounds)
    assert (items, live, terms, bounds) == before


# --- What people decided ------------------------------------------------------------------------

MADE = datetime(2023, 10, 12, tzinfo=UTC)


def decision(number: int, kind: str, sides: Mapping[int, int]) -> Decision:
    told = tuple(Decided(item_id, Level.STORY, side) for item_id, side in sides.items())
    return Decision(number, kind, MADE, "", items=told)


@st.composite
def sensible_decisions(draw: st.DrawFn, items: Sequence[Item]) -> list[Decision]:
    """Of a person who knows which items belong together and never says the contrary."""
    some = draw(st.lists(st.sampled_from([item.id for item in items]), min_size=2, max_size=8, unique=True))
    truth = {item_id: draw(st.integers(0, 2)) for item_id in some}
    found: list[Decision] = []
    for number in range(1, draw(st.integers(2, 5))):
        here = draw(st.integers(0, 2))
        inside = [item_id for item_id in some if truth[item_id] == here]
        outside = [item_id for item_id in some if truth[item_id] != here]
        if draw(st.booleans()):
            if len(inside) > 1:
                told = draw(st.lists(st.sampled_from(inside), min_size=2, unique=True))
                found.append(decision(number, "merge", dict.fromkeys(told, 0)))
        elif inside and outside:
            off = draw(st.lists(st.sampled_from(inside), min_size=1, unique=True))
            stay = draw(st.lists(st.sampled_from(outside), min_size=1, unique=True))
            found.append(decision(number, "split", dict.fromkeys(stay, -1) | dict.fromkeys(off, 1)))
    return found


def broken(decisions: Iterable[Decision], found: Mapping[int, int]) -> list[str]:
    """What was decided and does not hold."""
    told: list[str] = []
    for one in decisions:
        for here, there in combinations(one.items, 2):
            same = found[here.item_id] == found[there.item_id]
            if here.side == there.side == 0 and not same:
                told.append(f"decision {one.id}: {here.item_id} and {there.item_id} belong together")
            if here.side * there.side == -1 and same:
                told.append(f"decision {one.id}: {here.item_id} and {there.item_id} belong apart")
    return told


@given(st.data())
@settings(max_examples=50)
def test_decisions_that_do_not_contradict_each_other_all_hold_after_a_replay(data):
    """Put together is together and split off is apart, in whatever arrivals the items come and come again."""
    items = data.draw(streams())
    decisions = data.draw(sensible_decisions(items))
    stream = Stream(marks=marks_of(decisions, Level.STORY))
    for batch in data.draw(arrivals(items)):
        stream.add(batch)
        if data.draw(st.booleans()):
            stream.restart()
    assert not broken(decisions, stream.stories())


@given(st.data())
@settings(max_examples=30)
def test_of_any_decisions_the_latest_holds(data):
    """Whatever was decided before: the items of the last decision stand as it says."""
    items = data.draw(streams())
    ids = st.lists(st.sampled_from([item.id for item in items]), min_size=1, max_size=4, unique=True)
    decisions: list[Decision] = []
    for number in range(1, data.draw(st.integers(2, 5))):
        first, second = data.draw(ids), data.draw(ids)
        if data.draw(st.booleans()):
            decisions.append(decision(number, "merge", dict.fromkeys([*first, *second], 0)))
        else:
            decisions.append(decision(number, "split", dict.fromkeys(second, -1) | dict.fromkeys(first, 1)))
    stream = Stream(marks=marks_of(decisions, Level.STORY))
    for batch in data.draw(arrivals(items)):
        stream.add(batch)
    assert not broken(decisions[-1:], stream.stories())


def test_what_was_split_off_stays_apart_in_a_replay_though_its_new_neighbour_is_near_the_old_one():
    """One report was split from a second and later put with a third; in a replay the third comes first."""
    items = next(case for case in CASES if case.name == "politics-president_two_events").items[3:]
    third, second, first = items
    decisions = [
        decision(1, "split", {second.id: -1, first.id: 1}),
        decision(2, "merge", {first.id: 0, third.id: 0}),
    ]
    stream = Stream(marks=marks_of(decisions, Level.STORY))
    for item in (third, second, first):
        stream.add([item])
    assert not broken(decisions, stream.stories())


@given(st.data())
@settings(max_examples=20)
def test_a_decision_moves_nothing_it_is_not_about(data):
    """Marks on items of other languages change no story of this one."""
    items = data.draw(streams())
    marked = [replace(item, id=50_000 + number, language="sv") for number, item in enumerate(items[:3])]
    marks = {item.id: frozenset({Mark(1, 0)}) for item in marked}
    with_marks, without = Stream(marks=marks), Stream()
    with_marks.add([*items, *marked])
    without.add(items)
    found = with_marks.stories()
    assert pairs(without.stories()) == pairs({item.id: found[item.id] for item in items})
    assert len({found[item.id] for item in marked}) == 1

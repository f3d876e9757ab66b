"""Which marks decisions leave, and what has to move for them."""

from __future__ import annotations

from datetime import UTC, datetime

from digest.model import Decided, Decision, Level, Mark
from digest.threads.decisions import marks
from digest.threads.holding import displaced

NOON = datetime(2024, 3, 4, 12, tzinfo=UTC)


def decision(number: int, level: Level, sides: dict[int, int]) -> Decision:
    """One decision on items, by id and side."""
    return Decision(number, "any", NOON, "", items=tuple(Decided(one, level, side) for one, side in sides.items()))


def test_what_may_never_share_a_thread_may_never_share_a_story() -> None:
    """Also an item that a person put into one thread with the one that was split off."""
    made = [
        decision(1, Level.THREAD, {1: 0, 2: 0}),
        decision(2, Level.THREAD, {1: 1, 3: -1}),
    ]
    told = marks(made, Level.STORY)
    assert told == {1: {Mark(2, 1)}, 2: {Mark(2, 1)}, 3: {Mark(2, -1)}}


def test_one_story_is_one_thread_so_a_later_merge_of_stories_ends_a_split_of_threads() -> None:
    """On both levels."""
    made = [decision(1, Level.THREAD, {1: 1, 2: -1}), decision(2, Level.STORY, {1: 0, 2: 0})]
    for level in Level:
        assert Mark(1, 1) not in marks(made, level)[1]
        assert Mark(2, 0) in marks(made, level)[1] & marks(made, level)[2]


def test_a_merge_through_a_third_ends_an_earlier_split() -> None:
    """1 was split from 2; now it is one with 3, which 2 is pinned to."""
    made = [
        decision(1, Level.STORY, {1: 1, 2: -1}),
        decision(2, Level.STORY, {2: 0, 3: 0}),
        decision(3, Level.STORY, {1: 0, 3: 0}),
    ]
    assert Mark(1, 1) not in {mark for held in marks(made, Level.STORY).values() for mark in held}


def test_a_split_ends_a_bond_through_a_third() -> None:
    """1 was pinned to 3 and 3 to 2; whoever splits 1 from 2 takes it from both."""
    made = [
        decision(1, Level.STORY, {1: 0, 3: 0}),
        decision(2, Level.STORY, {2: 0, 3: 0}),
        decision(3, Level.STORY, {1: 1, 2: -1}),
    ]
    found = marks(made, Level.STORY)
    assert found[1] == {Mark(3, 1)}
    assert displaced({1: 10, 2: 10, 3: 10}, found) == {1: -1}


def test_what_belongs_together_moves_to_where_most_of_it_is_and_what_is_split_leaves() -> None:
    """What no decision speaks of stays."""
    made = [decision(1, Level.STORY, {1: 0, 2: 0, 3: 0}), decision(2, Level.STORY, {4: 1, 5: -1})]
    places = {1: 10, 2: 11, 3: 11, 4: 12, 5: 12, 6: 12}
    assert displaced(places, marks(made, Level.STORY)) == {1: 11, 4: -1}

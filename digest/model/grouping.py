"""Items become stories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    pass


FOUND_BY = 12
"""Heaviest terms of a story by which it is found while it can grow."""


@dataclass(frozen=True, slots=True)
class StoryState:
    """What grouping must remember of a story that can still grow."""

    id: int
    language: str
    first: datetime
    last: datetime
    """Times of its oldest and newest item."""
    size: int
    vector: Mapping[str, float]
    """Sum of the items' term vectors, each of length 1."""
    outlet: str | None = None
    """The one outlet that told all of it; None where several did."""
    shares: Mapping[str, float] = field(default_factory=dict, compare=False)
    """Its heaviest terms, by which it is found, each with its share of the vector's direction; only as grouping
    returns it, since they follow from the vector."""


@dataclass(frozen=True, slots=True)
class TermCounts:
    """In how many of ``documents`` items of one language each term occurred."""

    documents: int
    counts: Mapping[str, int]


class Mark(NamedTuple):
    """What one decision of a person says of one item."""

    decision: int
    side: int
    """0: in one story with every other item marked so; 1 and -1: the two sides that never share a story."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What people decided, as grouping obeys it."""

    items: Mapping[int, frozenset[Mark]] = field(default_factory=dict)
    """By item id; only items of which something was decided."""
    stories: Mapping[int, frozenset[Mark]] = field(default_factory=dict)
    """By id of a story that holds such items: the marks of all of them."""


class Objection(StrEnum):
    """What keeps an item out of a story whose score is high enough."""

    WORDS = "words"
    """They share too few of them for a likeness to mean anything."""
    NAMES = "names"
    """Both name people or places, and none in common."""
    SUBJECT = "subject"
    """They share hardly more than names."""
    OUTLET = "outlet"
    """The story is told by the item's own outlet alone, whose texts are alike by habit."""


@dataclass(frozen=True, slots=True)
class Placement:
    """How one item came to its story, as it was judged then."""

    item_id: int
    story_id: int
    """The story that took it then; it may have become part of another since."""
    nearest: int | None
    """The likeliest story there was, joined or not; None where no story shared a telling word."""
    score: float
    """Of the nearest; 0 without one."""
    bar: float
    """What the score had to reach."""
    second: int | None = None
    """The runner-up."""
    second_score: float = 0.0
    decision: int | None = None
    """The decision that put it there or kept it out of the nearest, whatever the score."""
    objection: Objection | None = None
    """What kept it out of the nearest, whatever the score."""
    same_page: bool = False
    """It joined because another feed's item in the story links to the same page, whatever the score."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """What one run of grouping decided."""

    joined: Mapping[int, int]
    """Item id to story id, for the items of this run."""
    merged: Mapping[int, int]
    """Story id that ended to the story id that took it in."""
    stories: tuple[StoryState, ...]
    """Every story that is new or changed, after all merges."""
    terms: Mapping[str, TermCounts]
    """By language, only what changed: the new count of each term used in this run, and of all documents."""
    aged: frozenset[str] = frozenset()
    """Languages whose counts were halved: all of them, those in ``terms`` already."""
    placements: tuple[Placement, ...] = ()
    """One an item of this run, in the order they were placed."""

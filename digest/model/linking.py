"""Stories of one developing matter become threads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .items import Item


@dataclass(frozen=True, slots=True)
class NameCounts:
    """How the items of one language write each term in the middle of a sentence."""

    counts: Mapping[str, tuple[int, int]]
    """Term to the items that use it there, and those of them that write it with a capital."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What linking remembers of a story, also long after it closed: what it was about."""

    story_id: int
    thread_id: int
    """The thread it is in."""
    language: str
    first: datetime
    last: datetime
    """Times of its oldest and newest item."""
    voices: int
    """Independent ones, 1 or 2; stories of a single voice are not linked, and more than two are counted no more."""
    terms: Mapping[str, float]
    """Share of its items that use each term, the most telling terms first."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How near a story is to the stories of a thread taken together; cosines from 0 to 1, or what they must reach."""

    all: float
    """Over all terms."""
    names: float
    """Over those that stand for names."""
    others: float
    """Over the rest: one name in common makes no common matter."""
    variety: float
    """How many rare names the cosine over names rests on: 4 where four unheard-of ones give a quarter each."""
    core: float
    """Over the names that the thread's stories have in common; 1 for a thread of one story."""


@dataclass(frozen=True, slots=True)
class Link:
    """Which thread a story belongs to, as it was judged then."""

    story_id: int
    before: int
    """The thread it was in."""
    thread_id: int | None
    """The thread it is in now; None: out of ``before``, into one of its own again."""
    nearest: int | None = None
    """The likeliest other thread, joined or not; None where there was none to compare with."""
    likeness: Likeness | None = None
    """To the nearest."""
    bars: Likeness | None = None
    """What each cosine had to reach."""
    shared: tuple[tuple[str, float], ...] = ()
    """Names that both use, each with its part of the cosine over names, heaviest first."""
    second: int | None = None
    """The runner-up among the threads."""
    second_likeness: Likeness | None = None
    decision: int | None = None
    """The decision that put it there or kept it out of the nearest, whatever the cosines."""

    @property
    def moved(self) -> bool:
        return self.thread_id != self.before


@dataclass(frozen=True, slots=True)
class Story:
    """The items that report one event, oldest first."""

    id: int
    thread_id: int
    items: tuple[Item, ...]
    thread_since: datetime | None = None
    """First time of the thread's oldest story."""
    shown: Shown | None = None
    """What a digest's last edition that told of the thread showed of it; None where none did, or none was asked for."""
    told: bool = False
    """Whether an edition of that digest showed this very story."""


@dataclass(frozen=True, slots=True)
class Gone:
    """What a thread had before, of which the items are no longer kept."""

    stories: int
    reports: int
    first: datetime
    last: datetime
    """Of those stories."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What one edition showed of a thread."""

    day: date
    """Local day of the edition."""
    ordinal: int
    stories: int
    """Of the thread, told of in that edition."""
    reports: int
    """That those stories had by then."""


@dataclass(frozen=True, slots=True)
class ThreadSummary:
    """A topic thread as listed: its stories' counts and days."""

    id: int
    title: str
    first: datetime
    last: datetime
    stories: int
    items: int
    outlets: int

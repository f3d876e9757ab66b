"""One dated number of a digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from .kinds import Kind


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open over first-seen: ``since <= first_seen < until``."""

    since: datetime
    until: datetime


class Place(StrEnum):
    """Where a new item of a window went; each has exactly one."""

    LEAD = "lead"
    """It stands for its story."""
    REPORT = "report"
    """Another report of a story that is shown."""
    COPY = "copy"
    """Repeats a text of a story that is shown."""
    RELATED = "related"
    """In another story of a thread that is told in one entry."""
    REST = "rest"
    """Behind a cap: the page shows it, the mail counts it."""
    REPEATED = "repeated"
    """Its story was told before, and it brought only texts that were there already."""
    MUTED_THREAD = "muted thread"
    """A person wants to hear no more of the thread for a while."""
    MUTED_WORD = "muted word"
    """It has a word that the digest leaves out, or that a person muted for a while."""
    SKIPPED = "skipped"
    """Its feed is read through ``only`` or ``skip``, and it did not pass."""


@dataclass(frozen=True, slots=True)
class Omitted:
    """A new item that an edition shows nowhere."""

    item_id: int
    place: Place
    """Why: one of the last four."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What the words of a digest and of its feeds say of items, by id."""

    skipped: frozenset[int] = frozenset()
    muted: frozenset[int] = frozenset()
    followed: Mapping[int, str] = field(default_factory=dict)
    """Item to the first followed word that it has, as it was written."""
    slow: tuple[str, ...] = ()
    """For the operator: patterns that took too long, with the cure."""


@dataclass(frozen=True, slots=True)
class EditionItem:
    """One report as an edition shows it."""

    item_id: int
    title: str
    """Never empty: the text's first words, or the address, stand in for a missing title."""
    url: str | None
    outlet: str
    """Name for people."""
    feed: str
    published: datetime
    language: str
    minutes: int | None = None
    """Reading minutes, where the words are known."""
    copy: bool = False
    """Prints the same wire text as a report before it."""
    private: bool = False


@dataclass(frozen=True, slots=True)
class Wire:
    """One text that several outlets print."""

    agency: str | None
    """Short name of the agency credited most, ``AP``; None where nobody names one."""
    outlets: int
    """That print it, the agency's own not counted."""
    copies: tuple[int, ...] = ()
    """Ids of the items that repeat it, where an edition shows them as new."""


@dataclass(frozen=True, slots=True)
class EditionStory:
    """One story as an edition shows it: what is new of it, led by one report."""

    story_id: int
    thread_id: int
    lead: EditionItem
    others: tuple[EditionItem, ...]
    """The other new reports, newest first."""
    gist: str | None
    gist_outlet: str | None
    outlets: tuple[str, ...]
    """Names of the outlets with an own report among all items so far, the lead's first; a copy adds none."""
    voices: int
    """Independent voices among all items so far: outlets that print one wire text are one."""
    copies: int
    """New reports that only repeat a wire text."""
    reports: int
    """All items so far; ``1 + len(others)`` of them are new."""
    day: int
    """Local days since the story's first item, the first being 1."""
    since: date
    reason: str | None
    """Why it stands here, true of stored data; None for a plain line."""
    wires: tuple[Wire, ...] = ()
    """Texts that several outlets print, those with new copies."""
    thread_since: date | None = None
    """Local day its thread began, where that was before the story did."""
    earlier: str | None = None
    """Path below the digest's folder of the last edition that told of its thread: ``2023/09/14/``."""
    earlier_day: date | None = None
    public_reason: str | None = None
    """What stands for ``reason`` where private reports are left out, empty for none; None where it is the same."""
    related: tuple[EditionStory, ...] = ()
    """The other stories of its thread with something new, the highest first: a thread is told in one entry."""


@dataclass(frozen=True, slots=True)
class EditionSection:
    name: str
    stories: tuple[EditionStory, ...]
    more: tuple[tuple[str, int], ...] = ()
    """(feed title, number of stories it leads) of what a cap left out, most first."""
    blurb: str | None = None
    """The operator's own words, Markdown."""
    rest: tuple[EditionStory, ...] = ()
    """What a cap left out, the highest first: pages show it folded, by feed."""


@dataclass(frozen=True, slots=True)
class FeedTrouble:
    title: str
    error: str
    since: datetime | None
    private: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    """Since when a digest brought nothing."""

    known_since: datetime
    """When it was first seen."""
    regular: datetime | None
    """Slot of its last regular edition."""
    last: datetime | None
    """Slot of its last edition of any kind."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One number of a digest, as data; frozen once composed."""

    digest: str
    """Name in the configuration."""
    title: str
    slot: datetime
    """The scheduled time, or the time of a one-off run."""
    day: date
    """Local day of the slot."""
    ordinal: int
    """1, or 2 for the second regular edition of one day; 0 for one of another kind, of which a day has one at most."""
    number: int
    """Counts the regular editions of this digest from 1, those of another kind from -1 downwards."""
    timezone: str
    language: str
    window: Window
    top: tuple[EditionStory, ...]
    sections: tuple[EditionSection, ...]
    """One section with an empty name when there are few items."""
    items: int
    """New items in the window, shown or not; those that a feed's ``only`` and ``skip`` take out are not counted."""
    stories: int
    """Stories with something new, shown or not."""
    outlets: int
    left_out: int
    """Of ``items`` those that no mail shows: behind a cap, muted, repeated; reports of a shown story not counted."""
    minutes: int
    """To read the edition itself."""
    feeds: int
    feeds_answered: int
    troubles: tuple[FeedTrouble, ...]
    """Feeds to name, each once in a trouble: gone, or failing for two weeks by now."""
    notices: tuple[str, ...]
    """What is not normal, in a sentence each: all feeds down, a late run; of another kind all it says."""
    next_slot: datetime | None
    intro: str | None = None
    footer: str | None = None
    """The operator's own words, Markdown."""
    covers_from: date | None = None
    """Local day of the oldest scheduled slot that was missed and is caught up here; None when none was."""
    kind: Kind = Kind.REGULAR
    omitted: tuple[Omitted, ...] = ()
    """New items that are shown nowhere, and why each; by item id."""

    @property
    def path(self) -> str:
        """Its place on the site below the digest's folder: ``2023/10/13/`` or ``2023/10/13/2/``."""
        return edition_path(self.day, self.ordinal)


def edition_path(day: date, ordinal: int) -> str:
    """Where an edition lives below its digest's folder."""
    base = f"{day:%Y/%m/%d}/"
    return base if ordinal == 1 else f"{base}{ordinal}/"


@dataclass(frozen=True, slots=True)
class Mail:
    """The frozen mail of an edition, free of any recipient."""

    subject: str
    html: str
    text: str
    """Both bodies carry ``@@RECIPIENT@@`` and ``@@UNSUBSCRIBE@@``, which ``editions.message`` fills for each delivery.

    Where there is no address to unsubscribe at, the paragraph or line with the second mark goes. No feed text can carry
    a mark: ``editions.prepare`` breaks it.
    """

"""What is remembered of a feed, what is asked, what came back, and what a poll of it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .parsing import EditedItem, NewItem


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a feed's document asks to be read; hints, which may only lengthen our own interval."""

    wait: timedelta = timedelta(0)
    """Between two polls: the longer of ``ttl`` and ``sy:update*``."""
    hours: frozenset[int] = frozenset()
    """Hours of the day, UTC, in which nothing comes (``skipHours``)."""
    days: frozenset[int] = frozenset()
    """Days of the week, UTC, Monday being 0, on which nothing comes (``skipDays``)."""


@dataclass(frozen=True, slots=True)
class Lead:
    """Where a feed's permanent redirect leads, until it is believed."""

    url: str
    seen: int
    """Polls in a row at which the feed was read there."""
    since: datetime


@dataclass(frozen=True, slots=True)
class FeedState:
    """What is remembered about one feed between two polls."""

    id: int
    url: str
    """As configured; ``moved_to`` may be asked instead."""
    title: str
    """The reader's title, else the feed's own, else its host."""
    site_url: str | None = None
    language: str | None = None
    """As the feed declares it, lower case: ``en``, ``en-gb``, ``ja``."""
    etag: str | None = None
    """Verbatim, quotes and ``W/`` included; kept only with a body that was complete and parsed."""
    last_modified: str | None = None
    body_hash: str | None = None
    last_try: datetime | None = None
    last_success: datetime | None = None
    next_poll: datetime | None = None
    """None: never asked, so due at once."""
    held_until: datetime | None = None
    """The server asked not to be asked before (Retry-After, 429, 503); holds for forced polls too."""
    failures: int = 0
    """In a row; a success sets it to 0."""
    failing_since: datetime | None = None
    last_status: int | None = None
    last_error: str | None = None
    newest_item: datetime | None = None
    """The latest publisher's date among the items stored of this feed."""
    private: bool = False
    """As configured: nothing of it on public pages."""
    paused: bool = False
    """A person decided that it is not asked for now."""
    resumed: bool = False
    """It was paused or taken out, so what its next document lists counts like that of a first poll."""
    recent: tuple[datetime, ...] = ()
    """Publisher's dates of its newest stored items, at most twenty."""
    rhythm: Rhythm = Rhythm()
    validators_from: str | None = None
    """The address that gave the validators, and the only one that gets them; None: the one that is asked."""
    asked_whole: datetime | None = None
    """When it last brought a whole body, or was asked for one without validators."""
    moved_to: str | None = None
    """Its new address, once it moved for good."""
    moved: datetime | None = None
    merged_into: int | None = None
    """Id of the subscription that is asked at ``moved_to`` already, so that this one is asked no more."""
    lead: Lead | None = None
    stays: str | None = None
    """An address it is not moved to, since its reader took that move back."""
    gone: int = 0
    """How often it said 410 since it last said anything else."""
    stopped: datetime | None = None
    """It is asked no more: it said 410 twice."""


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """One conditional GET."""

    feed_id: int
    url: str
    etag: str | None = None
    last_modified: str | None = None
    validators_from: str | None = None
    """The only address that gets the validators, wherever redirects lead; None: ``url``."""
    home: str | None = None
    """The configured address, None for ``url``: its origin alone gets the login, its host decides what is excepted."""
    login: tuple[str, str] | None = field(default=None, repr=False)
    """User name and password."""


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What one GET brought; a failure is a value like any other."""

    feed_id: int
    url: str
    """The address that answered, after redirects; relative links resolve against it."""
    status: int | None = None
    """None: no answer at all."""
    body: bytes | None = None
    """The whole inflated body of a 200; None otherwise."""
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Lower-case names: ``date``, ``cache-control``, ``expires``, ``retry-after``."""
    error: str | None = None
    """For people: what went wrong and what to do; None when ``body`` is there or on a 304."""
    elapsed: timedelta = timedelta(0)
    hops: tuple[tuple[int, str], ...] = ()
    """(status, address it led to) of each redirect on the way, in order."""
    conditional: bool = False
    """Validators were sent to the address that answered."""

    @property
    def not_modified(self) -> bool:
        return self.status == 304 and self.error is None


class Condition(StrEnum):
    """How a feed is."""

    PAUSED = "paused"
    """A person decided that it is not asked for now."""
    NEW = "new"
    """Not asked yet."""
    FINE = "fine"
    QUIET = "quiet"
    """It answers, but is silent for longer than usual."""
    WAITING = "waiting"
    """Its server wants to be left alone (429, 503)."""
    FAILING = "failing"
    GONE = "gone"
    """It said 410 twice and is asked no more."""
    MERGED = "merged"
    """It moved to the address of another subscription."""


class FeedDecision(StrEnum):
    """What the program decides of a feed for good, and people can take back."""

    MOVED = "moved"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """How a feed is at one time, for people."""

    condition: Condition
    since: datetime | None = None
    reason: str = ""
    """One line, with the cure where there is one; empty for a feed that is new or fine."""
    until: datetime | None = None
    """When the server may be asked again, where it said so."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One trouble of one feed, from its beginning to its end."""

    feed_id: int
    condition: Condition
    since: datetime
    reason: str
    """As last told."""
    until: datetime | None = None
    """None: not over."""


@dataclass(frozen=True, slots=True)
class FeedUpdate:
    """All that one poll of one feed changes; written in one transaction."""

    state: FeedState
    new: tuple[NewItem, ...] = ()
    edited: tuple[EditedItem, ...] = ()
    own_title: str | None = None
    """What the feed calls itself; None: as before."""
    address_of: int | None = None
    """Id of the feed whose address this one takes over, giving its own for it: its operator changed the address."""
    health: FeedHealth | None = None
    """How it is now, for its history; None: as before."""
    decided: tuple[FeedDecision, ...] = ()
    """What follows for good from this poll."""
    asked_at: str | None = None
    """Where it was asked."""
    remembered: bytes | None = None
    """What to remember of a document that was read, as in ``Reading``; empty: nothing, None: as before."""


class PollOutcome(StrEnum):
    READ = "read"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FeedReport:
    """One line of a poll's report."""

    feed_id: int
    title: str
    host: str
    outcome: PollOutcome
    status: int | None = None
    new: int = 0
    backlog: int = 0
    edited: int = 0
    error: str | None = None
    note: str | None = None
    """Something worth a word that is no failure: a first poll, a flood."""
    complaints: tuple[str, ...] = ()
    """What is wrong with a document that could be read."""
    elapsed: timedelta = timedelta(0)
    read: int | None = None
    """Items that the parser was given; None where it was given none, since nothing came or nothing had changed."""
    listed: int = 0
    """Items of the document, whether read or known already."""
    address: str | None = None
    """As configured; None where it may not be told."""

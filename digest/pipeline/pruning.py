"""Prune: items that are old enough go, in steps so small that nobody waits; what they were part of stays.

A story goes as a whole or not at all. One stays that has a single item

    first seen since then           the age is what `[retention]` says
    waiting to be grouped anew      its text was edited
    in an open window               no edition of a digest of its feed covers its time yet
    that a person decided about     in a split, a merge or a pin that stands
    among the newest of its feed    a feed that posts seldom keeps something to show, and a rhythm to be judged by

Each step takes the ``work`` lock and one short transaction, so that a poll, a page or an edition comes in between; what
was killed goes on with the next step.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as field_of
from datetime import datetime, timedelta
from datetime import time as time_of_day
from enum import StrEnum

from ..config import Config, Digest, feeds_of
from ..editions import slots
from ..errors import BusyError
from ..store import BEGIN, PATIENCE_SECONDS, Aged, Store
from .types import Clock, Ending, Waiting

log = logging.getLogger(__name__)

QUIET = time_of_day(3, 30)
"""When the server clears up, in the zone of the configuration: after midnight's editions, long before the morning's."""
NEWEST = 20
"""Items of each feed that stay: by so many the rhythm of a feed is judged."""
STEP = 100
"""Items looked at, and taken out, in one transaction."""
GIVEN_BACK = 128
"""Pages given back to the disk in one transaction: a megabyte."""
SPARE = 20
"""A free page for so many that are in use stays in the file, for the items of the next days."""
MANY = 20_000
"""Items from which statistics help SQLite. Of a young database they say that a table is soon read as a whole, and they
are believed until it has grown twenty-fivefold."""
LEAP = timedelta(days=31)
"""A clock that went on by more since the last time is perhaps wrong, and to it everything would be old: so it must hold
until the next night. A machine that was off for so long waits that night too."""
AT_MOST = timedelta(minutes=1)
"""So long a command that does something else clears up; the next one goes on."""
PATIENCE_OF_A_COMMAND = 2.0
"""Seconds that it waits for another process."""


class Stay(StrEnum):
    """Why a story stays of which an item is old."""

    YOUNGER = "younger"
    EDITED = "edited"
    OPEN = "open"
    DECIDED = "decided"
    NEWEST = "newest"
    UNGROUPED = "ungrouped"


@dataclass(frozen=True, slots=True)
class Limits:
    """What must be known to judge a story."""

    before: datetime
    """Items first seen before then are old."""
    windows: Mapping[int, datetime] = field_of(default_factory=dict)
    """By feed: since when its items are in an open window."""
    decided: Collection[int] = ()
    newest: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Pruned:
    """What went, or would go."""

    before: datetime | None
    """Items first seen before then are old; None: they are kept for ever."""
    items: int = 0
    stories: int = 0
    stay: Mapping[str, int] = field_of(default_factory=dict)
    """Why and how many old items stay."""
    kept: int = 0
    """Items that are stored now, or would be."""
    bytes_before: int = 0
    bytes_now: int = 0
    free: int = 0
    """Bytes within the file for what comes next."""
    gives_back: bool = True
    """Whether free pages can go back to the disk without ``compact``."""
    finished: bool = True


# --- Deciding -----------------------------------------------------------------------------------


def why_it_stays(items: Collection[Aged], limits: Limits) -> Stay | None:
    """Why a story of these items stays; None where it goes. Pure."""
    if any(one.first_seen >= limits.before for one in items):
        return Stay.YOUNGER
    if any(one.edited for one in items):
        return Stay.EDITED
    if any(one.first_seen >= limits.windows.get(one.feed_id, limits.before) for one in items):
        return Stay.OPEN
    if any(one.id in limits.decided for one in items):
        return Stay.DECIDED
    return Stay.NEWEST if any(one.id in limits.newest for one in items) else None


def due(done: datetime | None, now: datetime, timezone: str) -> bool:
    """Whether a quiet hour has come since it was done last; a time that lies ahead comes from a wrong clock."""
    last = slots.latest(Digest(at=QUIET, timezone=timezone), now)
    return done is None or done > now + timedelta(days=1) or (last is not None and done < last)


def leapt(done: datetime, now: datetime) -> bool:
    """Whether the clock went back since the last time, or on by more than machines rest."""
    return not -timedelta(days=1) <= now - done <= LEAP


def next_quiet_hour(now: datetime, timezone: str) -> datetime:
    """When it is due next."""
    return slots.following(Digest(at=QUIET, timezone=timezone), now) or now + timedelta(days=1)


# --- Doing --------------------------------------------------------------------------------------


def prune(
    store: Store,
    settings: Config,
    clock: Clock,
    *,
    stopping: Ending | None = None,
    patience: float = PATIENCE_SECONDS,
    on_wait: Waiting | None = None,
) -> Pruned:
    """Takes out what is old, gives free pages back to the disk, and refreshes what the planner knows.

    ``stopping`` ends it early, between two steps; the next call goes on.
    """
    now = clock()
    before = None if settings.retention.items is None else now - settings.retention.items
    size = store.retention.pages()
    walk = _Walk(store, settings, before, now)
    while not _is_over(stopping) and walk.goes_on:
        with store.lock("work", patience=patience, on_wait=on_wait), store.writing():
            store.retention.remove(walk.step())
    if not _is_over(stopping):
        _give_back(store, stopping)
        if store.items.count() >= MANY:
            store.retention.refresh()
        store.retention.checkpoint()
    finished = not _is_over(stopping)
    if finished:
        store.retention.note(now, walk.items)
    return _told(store, walk, size.all * size.size, finished=finished)


def planned(store: Store, settings: Config, now: datetime) -> Pruned:
    """What ``prune`` would take out now; writes nothing."""
    before = None if settings.retention.items is None else now - settings.retention.items
    walk = _Walk(store, settings, before, now, only_looks=True)
    while walk.goes_on:
        walk.step()
    size = store.retention.pages()
    found = _told(store, walk, size.all * size.size, finished=True)
    return replace(found, kept=found.kept - walk.items)


def compact(store: Store, on_wait: Waiting | None = None) -> None:
    """Writes the database anew without free pages; from then on they can be given back one by one.

    Nobody else writes meanwhile.
    """
    with store.lock("work", on_wait=on_wait), store.lock("send", on_wait=on_wait):
        store.retention.compact()
        store.retention.checkpoint()


def measured(store: Store, found: Pruned) -> Pruned:
    """The same with the size of the file as it is now."""
    pages = store.retention.pages()
    return replace(
        found,
        bytes_now=pages.all * pages.size,
        free=pages.free * pages.size,
        gives_back=store.retention.gives_back(),
    )


def tidy(
    store: Store,
    settings: Config,
    clock: Clock,
    *,
    stopping: Ending | None = None,
    at_most: timedelta | None = None,
) -> Pruned | None:
    """``prune`` where a quiet hour has come since the last time, otherwise nothing, and cheap; for who runs often.

    With ``at_most`` nobody is waited for either: a command that is done with its own work ends, and another goes on.
    """
    done, now = store.retention.done(), clock()
    if not due(done, now, settings.timezone):
        return None
    if done is not None and leapt(done, now):
        log.info("the clock leapt from %s to %s: old items go only when it stays so until the next night", done, now)
        store.retention.note(now, 0)
        return None
    patience = PATIENCE_SECONDS if at_most is None else PATIENCE_OF_A_COMMAND
    try:
        found = prune(store, settings, clock, stopping=_Enough(stopping, at_most), patience=patience)
    except BusyError:
        if at_most is None:
            raise
        return None
    log.info(
        "prune items=%d kept=%d bytes=%d free=%d finished=%d",
        found.items, found.kept, found.bytes_now, found.free, found.finished,
    )  # fmt: skip
    return found


class _Walk:
    """Through the old items, oldest first, a step at a time."""

    def __init__(
        self, store: Store, settings: Config, before: datetime | None, now: datetime, *, only_looks: bool = False
    ) -> None:
        """``only_looks``: what a step found is still there at the next one."""
        self._only_looks = only_looks
        self._store = store
        self._settings = settings
        self._now = now
        self._mark = BEGIN
        self._seen: set[int] = set()
        self._decisions: tuple[int, int] | None = None
        self._limits = Limits(before or now)
        self.before = before
        self.goes_on = before is not None
        self.items = 0
        self.stories = 0
        self.stay: dict[str, int] = {}

    def step(self) -> list[Aged]:
        """The items that go next, all of their stories; empty also where all of a step stay."""
        self._look_up()
        ids, ungrouped, mark = self._store.retention.old(self._limits.before, self._mark, STEP)
        self.goes_on, self._mark = mark != self._mark, mark
        self._count(Stay.UNGROUPED, ungrouped)
        stories: dict[int, list[Aged]] = {}
        for one in self._store.retention.of_stories([one for one in ids if one not in self._seen]):
            stories.setdefault(one.story_id, []).append(one)
        going: list[Aged] = []
        for story_id, items in stories.items():
            why = why_it_stays(items, self._limits)
            if why is not None or self._only_looks:
                self._seen.add(story_id)
            if why is None:
                self.stories += 1
                going += items
            else:
                self._count(why, sum(one.first_seen < self._limits.before for one in items))
        self.items += len(going)
        return going

    def _count(self, why: Stay, items: int) -> None:
        if items:
            self.stay[why] = self.stay.get(why, 0) + items

    def _look_up(self) -> None:
        """What holds items; once, and again when a person decided something meanwhile."""
        made = self._store.decisions.count()
        if made == self._decisions:
            return
        self._decisions = made
        standing = (one for one in self._store.decisions.all() if one.undone is None)
        self._limits = Limits(
            before=self._limits.before,
            windows=_open_windows(self._store, self._settings, self._now),
            decided=frozenset(one.item_id for decision in standing for one in decision.items),
            newest=self._store.retention.newest(NEWEST),
        )


def _open_windows(store: Store, settings: Config, now: datetime) -> dict[int, datetime]:
    """By feed the time since when an edition of one of its digests may still tell of its items."""
    opened: dict[int, datetime] = {}
    for digest in settings.digests.values():
        since = store.editions.next_window(digest.name, now).since
        for feed_id in store.feeds.subscribed(feeds_of(settings, digest)):
            opened[feed_id] = min(opened.get(feed_id, since), since)
    return opened


def _give_back(store: Store, stopping: Ending | None) -> None:
    """Free pages beyond the spare ones, a megabyte at a time: for each the others may write in between."""
    if not store.retention.gives_back():
        return
    while not _is_over(stopping):
        pages = store.retention.pages()
        if pages.free - (pages.all - pages.free) // SPARE <= GIVEN_BACK:
            return
        store.retention.give_back(GIVEN_BACK)


def _told(store: Store, walk: _Walk, bytes_before: int, *, finished: bool) -> Pruned:
    found = Pruned(
        before=walk.before,
        items=walk.items,
        stories=walk.stories,
        stay=dict(sorted(walk.stay.items())),
        kept=store.items.count(),
        bytes_before=bytes_before,
        finished=finished,
    )
    return measured(store, found)


def _is_over(stopping: Ending | None) -> bool:
    return stopping is not None and stopping.is_set()


class _Enough:
    """Asks for the end where another does, or after some time."""

    def __init__(self, other: Ending | None, at_most: timedelta | None) -> None:
        self._other = other
        self._end = None if at_most is None else time.monotonic() + at_most.total_seconds()

    def is_set(self) -> bool:
        return _is_over(self._other) or (self._end is not None and time.monotonic() >= self._end)

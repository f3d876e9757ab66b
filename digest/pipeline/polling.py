"""Poll: ask the feeds that are due, and store what they say, one transaction a feed."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .. import config
from ..config import Config
from ..errors import ConfigError
from ..feeds import addresses, health, moves, poll, waits
from ..model import (
    Condition,
    FeedDecision,
    FeedHealth,
    FeedReport,
    FeedState,
    FeedUpdate,
    FetchResult,
    ParsedFeed,
)
from ..store import Store
from . import reading
from .reading import Read
from .reporting import told
from .types import Clock, Ending, Progress

if TYPE_CHECKING:
    import asyncio

    from ..feeds.net import Client
    from ..feeds.worker import Workers

log = logging.getLogger(__name__)


Connect = Callable[[config.Fetch], "Client"]


@dataclass(frozen=True, slots=True)
class Polled:
    """What one poll of all feeds did."""

    feeds: tuple[FeedReport, ...]
    """Those that were asked."""
    not_due: int
    held: int
    """Of those that were not asked: the ones that a server holds."""
    unreadable: bool
    """Every subscription fails, asked this time or not."""
    notices: tuple[str, ...]
    """What is wrong with the subscriptions as a whole."""


def poll_feeds(
    store: Store,
    settings: Config,
    clock: Clock,
    *,
    force: bool = False,
    fresh: bool = False,
    progress: Progress | None = None,
    stopping: Ending | None = None,
    connect: Connect | None = None,
) -> Polled:
    """Asks every feed that is due; ``force`` and ``fresh`` as in ``feeds.poll.due``.

    ``stopping`` ends the poll early: what is stored stays, the rest is due again next time.
    The caller holds the ``work`` lock. What asks and reads is imported once something is due: it costs 0.2 s.
    """
    subscriptions = store.feeds.subscribe(settings.feeds, clock())
    store.feeds.mark(subscriptions, clock())
    known = store.feeds.states(subscriptions)
    states = {state.id: state for state in poll.unpaused(known)}
    paused = {state.id: moves.address(state) for state in known if state.paused}
    pauses = store.troubles.pauses()
    floors = {feed_id: feed.every for feed_id, feed in subscriptions.items() if feed.every is not None}
    due = poll.due(states.values(), clock(), force=force, fresh=fresh, pauses=pauses, floors=floors)
    reports: list[FeedReport] = []
    if due:
        import asyncio

        round_ = _Round(store, settings.fetch, subscriptions, clock, progress, states, pauses, paused)
        reports = asyncio.run(round_.ask_all(due, stopping, connect))
    now = clock()
    asked = {report.feed_id for report in reports}
    left = [state for state in states.values() if state.id not in asked]
    # One that was merged is asked as the other feed that it became.
    counted = [state for state in states.values() if state.merged_into not in states]
    return Polled(
        feeds=tuple(reports),
        not_due=len(left),
        held=sum(poll.held(state, now, pauses, states) for state in left),
        unreadable=bool(counted) and all(state.failures for state in counted),
        notices=_notices(counted),
    )


def _notices(states: Sequence[FeedState]) -> tuple[str, ...]:
    if not any(state.failures for state in states):
        return ()  # nearly always, and without loading what tells it
    from ..editions.notices import failing

    return failing(states)


class _Round:
    """One poll of many feeds: what its steps share."""

    def __init__(
        self,
        store: Store,
        settings: config.Fetch,
        subscriptions: Mapping[int, config.Feed],
        clock: Clock,
        progress: Progress | None,
        states: dict[int, FeedState],
        pauses: dict[str, datetime],
        paused: Mapping[int, str],
    ) -> None:
        """``states`` and ``pauses`` follow what the answers change.

        ``paused``: where the feeds would be asked that a person paused.
        """
        self.store = store
        self.settings = settings
        self.subscriptions = subscriptions
        self.clock = clock
        self.progress = progress
        self.states = states
        self.pauses = pauses
        self.paused = paused
        self.troubled = store.troubles.open()
        self.listed = addresses.exceptions(settings.allow)
        self.total = 0
        self.reports: list[FeedReport] = []

    async def ask_all(self, due: list[FeedState], stopping: Ending | None, connect: Connect | None) -> list[FeedReport]:
        """Hosts side by side, the feeds of one host in turn, the longest queue first; who rests takes no place.

        At most ``at_once`` bodies are in memory at a time, also while they wait for the parser; beside them only
        what takes it long, of which ``Workers`` bounds the bytes: hostile feeds must not keep the others out.
        """
        import asyncio

        from ..feeds.net import Client
        from ..feeds.worker import Workers
        from .room import Room

        room = Room(self.settings.at_once)
        self.total = len(due)
        async with (connect or Client)(self.settings) as client:
            client.paused = lambda host: poll.is_paused(self.pauses, host, self.clock())
            with Workers() as worker:

                async def ask_host(states: list[FeedState]) -> None:
                    for asked, state in enumerate(states):
                        await client.rested(moves.address(state))
                        async with room.place(len(states) - asked) as place:
                            if poll.pausing(self.pauses, state, self.clock()) is None:
                                more = state is not states[-1]
                                self._tell(await self._ask(client, worker, state, place.leave, more))
                            else:
                                self.total -= 1  # a feed asked just before it was told 429

                asking = [asyncio.create_task(ask_host(states)) for states in _by_host(due)]
                watch = asyncio.create_task(_cancel_when(stopping, asking)) if stopping else None
                try:
                    for done in await asyncio.gather(*asking, return_exceptions=True):
                        if isinstance(done, Exception):
                            raise done
                finally:
                    if watch is not None:
                        watch.cancel()
                    for task in asking:
                        task.cancel()
        return self.reports

    def _tell(self, report: FeedReport) -> None:
        self.reports.append(report)
        if self.progress is not None:
            self.progress(report, len(self.reports), self.total)

    async def _ask(
        self, client: Client, worker: Workers, state: FeedState, leave: Callable[[], None], more: bool
    ) -> FeedReport:
        """One feed from request to stored items; its failure is a value in the report.

        ``more``: its host is asked for another one next.
        """
        feed = self.subscriptions[state.id]
        result = await self._fetch(client, state, feed, more)
        now = self.clock()
        read = Read()
        if result.body is not None and poll.body_hash(result.body) != state.body_hash:
            read = await reading.read(self.store, worker, state, result, now, leave)
        update, note = self._update(state, result, read, feed.every or self.settings.every, now)
        if update.address_of is not None:
            del self.states[update.address_of]  # it is known by the id of the feed whose history it goes on with
        self.states[update.state.id] = update.state
        self.store.items.write(update, self.clock)
        pause = poll.pause(result, self.settings.every, now, self.listed)
        if pause is not None:
            host, until = pause
            self.pauses[host] = max(until, self.pauses.get(host, until))
            self.store.troubles.pause(host, until, now)
        return told(update, result, note, read.parsed)

    async def _fetch(self, client: Client, state: FeedState, feed: config.Feed, more: bool) -> FetchResult:
        from ..feeds import fetch

        try:
            login = config.login(feed)
        except ConfigError as error:
            # The operator's mistake, but one feed's: the others are asked all the same.
            return FetchResult(state.id, fetch.without_credentials(state.url), error="; ".join(error.problems))
        return await fetch.fetch(client, poll.request(state, self.clock(), login), more=more)

    def _update(
        self, state: FeedState, result: FetchResult, read: Read, every: timedelta, now: datetime
    ) -> tuple[FeedUpdate, str | None]:
        """What an answer changes, and a word about it if it needs one."""
        parsed, sifted, before = read.parsed, read.sifted, read.before
        new = sifted.new if sifted else ()
        recent = self.store.feeds.recent(before.feed_id) if before else state.recent
        times = waits.newest([*recent, *(one.item.published or now for one in new)], now)
        after = poll.after(state, result, parsed, every, now, jitter=random.random(), times=times)  # noqa: S311
        own_title, note = None, None
        if isinstance(parsed, ParsedFeed) and sifted is not None:
            site, language = parsed.site_url or state.site_url, parsed.language or state.language
            after = replace(after, site_url=site, language=language)
            own_title, note = parsed.title, sifted.note
        after, decided = self._decided(state, after)
        if after.merged_into != state.merged_into or FeedDecision.MOVED in decided:
            note = "; ".join(filter(None, (note, health.moved(after))))
        if before:
            # A pause outlives a changed address, of which only this document could tell whose it is.
            after = replace(after, id=before.feed_id, paused=bool(self.store.decisions.pauses(before.feed_id)))
            note = "; ".join(filter(None, (note, "you paused it, so it is asked no more" if after.paused else None)))
        update = FeedUpdate(
            after,
            new,
            sifted.edited if sifted else (),
            own_title=own_title,
            address_of=state.id if before else None,
            health=self._told(after, now),
            decided=decided,
            asked_at=moves.address(state),
            remembered=read.remembered,
        )
        return update, note

    def _told(self, after: FeedState, now: datetime) -> FeedHealth | None:
        """How a feed is now; None where its history says so already."""
        found = health.health(after, now)
        known = self.troubled.get(after.id, (Condition.FINE, ""))
        return None if known == (found.condition, found.reason) else found

    def _decided(self, state: FeedState, after: FeedState) -> tuple[FeedState, tuple[FeedDecision, ...]]:
        """What follows for good from an answer: the feed's end, a move, one onto another subscription."""
        decided = []
        if after.stopped is not None and state.stopped is None:
            decided.append(FeedDecision.STOPPED)
        if after.moved_to != state.moved_to:
            decided.append(FeedDecision.MOVED)
        if after.moved_to is not None:  # at every poll, as subscriptions come and go
            after = moves.merged(after, self._asked_at())
        return after, tuple(decided)

    def _asked_at(self) -> dict[int, str]:
        """Where each subscription is asked that is not merged into another, or would be if it were not paused.

        A feed that moved onto a paused one is paused with it: that address is not to be asked.
        """
        asked = {one.id: moves.address(one) for one in self.states.values() if one.merged_into not in self.states}
        return {**self.paused, **asked}


def _by_host(states: list[FeedState]) -> list[list[FeedState]]:
    """The feeds of each host and port; long queues first, as in ``Room``."""
    hosts: dict[str, list[FeedState]] = {}
    for state in states:
        hosts.setdefault(urlsplit(moves.address(state)).netloc.rpartition("@")[2].lower(), []).append(state)
    return sorted(hosts.values(), key=len, reverse=True)


async def _cancel_when(stopping: Ending, tasks: list[asyncio.Task[None]]) -> None:
    """Looks again and again, since asyncio cannot wait for what another thread does."""
    import asyncio

    while not stopping.is_set():
        await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()

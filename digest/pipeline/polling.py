"""Poll: ask the feeds that are due, and store what they say, one transaction a feed."""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from .. import config
from ..config import Config
from ..feeds import fetch, identity, poll, succession
from ..feeds.net import Client
from ..feeds.outlets import outlet
from ..feeds.worker import Worker
from ..model import (
    FeedReport,
    FeedState,
    FeedUpdate,
    FetchResult,
    NewItem,
    ParsedFeed,
    ParsedItem,
    PollOutcome,
    Unreadable,
)
from ..store import Store
from ..threads import words
from ..units import host_of
from .types import Clock, Progress

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Polled:
    """What one poll of all feeds did."""

    feeds: tuple[FeedReport, ...]
    """Those that were asked."""
    not_due: int
    unreadable: bool
    """Every subscription fails, asked this time or not."""


def poll_feeds(
    store: Store,
    settings: Config,
    clock: Clock,
    *,
    force: bool = False,
    progress: Progress | None = None,
    stopping: threading.Event | None = None,
) -> Polled:
    """Asks every feed that is due; ``force`` ignores our own interval, never a wait the server asked for.

    ``stopping`` ends the poll early: what is stored stays, the rest is due again next time.
    The caller holds the ``work`` lock.
    """
    subscriptions = store.feeds.subscribe(settings.feeds, clock())
    store.feeds.mark(subscriptions, clock())
    states = [state for state in store.feeds.states(subscriptions) if not state.paused]
    due = poll.due(states, clock(), force=force)
    reports: list[FeedReport] = []
    if due:
        round_ = _Round(store, settings.fetch, subscriptions, clock, progress, len(due))
        reports = asyncio.run(round_.ask_all(due, stopping))
    failing = {state.id: state.failures > 0 for state in states}
    failing |= {report.feed_id: report.outcome is PollOutcome.FAILED for report in reports}
    return Polled(tuple(reports), len(states) - len(due), bool(failing) and all(failing.values()))


class _Round:
    """One poll of many feeds: what its steps share."""

    def __init__(
        self,
        store: Store,
        settings: config.Fetch,
        subscriptions: Mapping[int, config.Feed],
        clock: Clock,
        progress: Progress | None,
        total: int,
    ) -> None:
        self.store = store
        self.settings = settings
        self.subscriptions = subscriptions
        self.clock = clock
        self.progress = progress
        self.total = total
        self.reports: list[FeedReport] = []

    async def ask_all(self, due: list[FeedState], stopping: threading.Event | None) -> list[FeedReport]:
        """Hosts side by side, the feeds of one host in turn.

        At most ``at_once`` bodies are in memory at a time, also while they wait for the parser.
        """
        room = asyncio.Semaphore(self.settings.at_once)
        async with Client(self.settings) as client:
            with Worker() as worker:

                async def ask_host(states: list[FeedState]) -> None:
                    for state in states:
                        async with room:
                            self._tell(await self._ask(client, worker, state))

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

    async def _ask(self, client: Client, worker: Worker, state: FeedState) -> FeedReport:
        """One feed from request to stored items; its failure is a value in the report."""
        result = await fetch.fetch(client, poll.request(state))
        now = self.clock()
        feed = self.subscriptions[state.id]
        parsed = None
        if result.body is not None and poll.body_hash(result.body) != state.body_hash:
            parsed = await worker.parse(result.body, result.url, result.content_type, now)
        every = feed.every or self.settings.every
        after = poll.after(state, result, parsed, every, now, jitter=random.random())  # noqa: S311
        after = replace(after, resumed=state.resumed and after.failures > 0)
        update, note = FeedUpdate(after), None
        if isinstance(parsed, ParsedFeed):
            try:
                update, note = self._update(state, after, parsed, now)
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
                # An error of ours over one feed's items must not cost the others their poll.
                log.exception("feed=%r: its items could not be sorted", state.title)
                broken = Unreadable(
                    "its items could not be sorted, which is an error of this program; please report it"
                )
                update = FeedUpdate(poll.after(state, result, broken, every, now, jitter=0.0))
        self.store.items.write(update, self.clock)
        return replace(_report(update, result, note), complaints=_complaints(parsed))

    def _update(
        self, state: FeedState, after: FeedState, parsed: ParsedFeed, now: datetime
    ) -> tuple[FeedUpdate, str | None]:
        """What a document that was read changes, and a word about it if it needs one."""

        def outlet_of(item: ParsedItem) -> str:
            return outlet(
                item.url,
                feed_id=feed_id,
                feed_url=state.url,
                site_url=parsed.site_url or state.site_url,
                source_url=item.source_url,
            )

        before = self._predecessor(state, parsed)
        feed_id = before.feed_id if before else state.id
        known = self.store.items.known(feed_id, identity.lookups(parsed))

        def sift(twins: Mapping[ParsedItem, int]) -> identity.Sifted:
            return identity.sift(
                parsed,
                known,
                outlet_of=outlet_of,
                first_poll=before is None and state.last_success is None,
                newest=self.store.feeds.newest_item(feed_id) if before else state.newest_item,
                now=now,
                resumed=state.resumed,
                moved=before is not None,
                twins=twins,
            )

        sifted = sift(before.twins if before else {})
        if before is None and state.last_success is not None and succession.is_suspicious(parsed, sifted.new):
            alike = self.store.items.resembling([state.id], *succession.signs(parsed))
            if twins := succession.rewritten(parsed, sifted.new, alike):
                sifted = sift(twins)
        after = replace(
            after,
            id=feed_id,
            site_url=parsed.site_url or state.site_url,
            language=parsed.language or state.language,
        )
        new = tuple(_in_its_language(one, after.language) for one in sifted.new)
        address_of = state.id if before else None
        return FeedUpdate(after, new, sifted.edited, own_title=parsed.title, address_of=address_of), sifted.note

    def _predecessor(self, state: FeedState, parsed: ParsedFeed) -> succession.Predecessor | None:
        """The feed whose history an address that is new goes on with."""
        if state.last_success is not None:
            return None
        former = self.store.feeds.former()
        if not former:
            return None
        return succession.predecessor(parsed, self.store.items.resembling(former, *succession.signs(parsed)))


def _by_host(states: list[FeedState]) -> list[list[FeedState]]:
    """The feeds of each host and port; long queues first, since they take longest."""
    hosts: dict[str, list[FeedState]] = {}
    for state in states:
        hosts.setdefault(urlsplit(state.url).netloc.rpartition("@")[2].lower(), []).append(state)
    return sorted(hosts.values(), key=len, reverse=True)


async def _cancel_when(stopping: threading.Event, tasks: list[asyncio.Task[None]]) -> None:
    """Looks at an event of another thread, which asyncio cannot wait for."""
    while not stopping.is_set():
        await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()


def _in_its_language(new: NewItem, declared: str | None) -> NewItem:
    """The language grouping will use, decided once, when the item comes in."""
    text = f"{new.item.title} {new.item.summary}"
    return replace(new, item=replace(new.item, language=words.language(new.item.language or declared, text)))


def _report(update: FeedUpdate, result: FetchResult, note: str | None) -> FeedReport:
    state = update.state
    if state.failures:
        outcome = PollOutcome.FAILED
    elif update.new or update.edited:
        outcome = PollOutcome.READ
    else:
        outcome = PollOutcome.UNCHANGED
    return FeedReport(
        feed_id=state.id,
        title=_title(state, update.own_title),
        host=host_of(state.url),
        outcome=outcome,
        status=result.status,
        new=sum(1 for one in update.new if not one.backlog),
        backlog=sum(1 for one in update.new if one.backlog),
        edited=sum(1 for one in update.edited if one.changed),
        error=state.last_error if state.failures else None,
        note=note,
        elapsed=result.elapsed or timedelta(0),
    )


def _complaints(parsed: ParsedFeed | Unreadable | None) -> tuple[str, ...]:
    return parsed.complaints if isinstance(parsed, ParsedFeed) else ()


def _title(state: FeedState, own_title: str | None) -> str:
    """The feed's title; at its first poll it is known by its host until it has said its own."""
    nameless = state.title == host_of(state.url) and not state.private
    return own_title if own_title and nameless else state.title

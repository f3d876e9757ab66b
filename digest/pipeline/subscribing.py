"""Subscribe: find the feeds of a site, try one out; config.toml is the face's to change.

Every request goes through the guarded client, with the exceptions of ``[fetch] allow`` that the given address has:
a page cannot send us into the network that only the operator may name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from .. import config
from ..config import Config
from ..feeds import addresses, complaints, discover, health, identity, moves, poll, waits
from ..feeds.fetch import without_credentials
from ..feeds.net import Client
from ..model import FeedState, NewItem
from ..store import Store
from ..units import holds_secret, host_of, same_address
from .sifting import sift
from .trying import Connect, Looked, Trial, trial


@dataclass(frozen=True, slots=True)
class Discovered:
    """The feeds of a site."""

    page: Looked
    """What the address itself answered."""
    feeds: tuple[Looked, ...]
    """Those that could be read, the likeliest first; feeds with the same items only once."""
    places: int = 0
    """Usual places that were asked, where neither the address nor its page led to a feed."""
    held: Looked | None = None
    """The answer by which a server asked for time, and with which the search ended."""
    pauses: Mapping[str, datetime] = field(default_factory=dict)
    """Hosts that want to be left alone from now on, and until when: the caller's to store."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a poll of this feed would make of it."""

    looked: Looked
    new: tuple[NewItem, ...] = ()
    edited: int = 0
    known: int = 0
    note: str | None = None
    complaints: tuple[str, ...] = ()
    until: datetime | None = None
    """Until when a poll leaves it alone, where it was not asked for that."""
    pauses: Mapping[str, datetime] = field(default_factory=dict)
    """As of ``Discovered``."""


def find_feeds(
    settings: config.Fetch,
    addresses_: Iterable[str],
    now: datetime,
    pauses: Mapping[str, datetime],
    *,
    connect: Connect = Client,
) -> Discovered:
    """The feeds at the first of these addresses that is offered: the feed itself, or those of the page that is there.

    ``pauses``: hosts that want to be left alone as a whole, and until when.
    """
    return asyncio.run(_find(settings, list(addresses_), now, pauses, connect))


def check(store: Store, settings: Config, addresses_: Sequence[str], now: datetime) -> Checked:
    """Asks a feed where a poll would, but for the whole document, and tells what a poll would store.

    The first of these addresses that is offered counts. A subscription that its server, its document or its host keeps
    from being asked now is not asked by this either.
    Writes nothing; raises ConfigError where the feed's password cannot be read.
    """
    feeds = {same_address(feed.url): feed for feed in settings.feeds}
    feed = feeds.get(same_address(addresses_[0])) or config.feed(url=addresses_[0])
    secret = feed.private or holds_secret(feed.url)
    subscribed = store.feeds.states(store.feeds.subscribed([feed]))
    state = subscribed[0] if subscribed else FeedState(0, feed.url, feed.title or host_of(feed.url))
    pauses = store.troubles.pauses()
    if subscribed and poll.held(state, now, pauses, store.feeds.subscribed(settings.feeds)):
        why, until = _holding(state, now, pauses)
        bare = without_credentials(moves.address(state))
        looked = Looked(bare, bare, bare, problem=why)
        return Checked(_discreet(looked) if secret else looked, until=until)
    urls = [moves.address(state)] if subscribed else addresses_
    looked, paused = asyncio.run(
        _try_in_turn(
            settings.fetch,
            urls,
            now,
            pauses,
            home=feed.url if subscribed else None,
            login=config.login(feed, discreet=False),
        )
    )
    if looked.feed is None:
        return Checked(_discreet(looked) if secret else looked, pauses=paused)
    parsed = looked.feed
    sifted, _ = sift(store, state, parsed, now)
    alone = identity.sift(parsed, {}, outlet_of=lambda item: "", first_poll=True, newest=None, now=now)
    told = (
        *complaints.of_answer(looked.headers, looked.url, looked.final, secret=secret),
        *complaints.of_feed(parsed, len(alone.new)),
    )
    edited = sum(one.changed for one in sifted.edited)
    known = len(alone.new) - len(sifted.new) - edited
    return Checked(looked, sifted.new, edited, known, sifted.note, told, pauses=paused)


def _holding(state: FeedState, now: datetime, pauses: Mapping[str, datetime]) -> tuple[str, datetime | None]:
    """What keeps a feed from being asked, for people, and until when; None where no time ends it."""
    if state.stopped is not None or state.merged_into is not None:
        return health.health(state, now).reason, None
    host = poll.pausing(pauses, state, now)
    asleep = waits.awake(state.rhythm, now, state.last_try) if state.last_try else now
    until = max(time for time in (host, state.held_until, asleep) if time is not None)
    if host is not None:
        return f"{host_of(moves.address(state))} was asked too often and is left alone for a while", until
    if state.failures and state.last_error:
        return state.last_error, until
    return "not asked: it was read, and its server or the feed itself wants no other request before", until


def _discreet(looked: Looked) -> Looked:
    """Without the addresses that a page behind a secret one names: they often repeat its secret."""
    return replace(looked, problem=(looked.problem or "").partition("; it names ")[0])


# --- Finding ------------------------------------------------------------------------------------


async def _find(
    settings: config.Fetch,
    starts: list[str],
    now: datetime,
    pauses: Mapping[str, datetime],
    connect: Connect,
) -> Discovered:
    async with trial(settings, pauses, now, connect) as tried:
        for start in starts:
            found = await _Search(settings, tried).from_address(start)
            # A secure connection that is broken is an error; without one, everybody on the way chooses what is there.
            if not found.page.insecure_only:
                break
        return replace(found, pauses=tried.pauses)


async def _try_in_turn(
    settings: config.Fetch, urls: Iterable[str], now: datetime, pauses: Mapping[str, datetime], **login: Any
) -> tuple[Looked, dict[str, datetime]]:
    """The first of these addresses that is offered."""
    async with trial(settings, pauses, now) as tried:
        for url in urls:
            looked = await tried.look(url, **login)
            if not looked.insecure_only:
                break
        return looked, tried.pauses


class _Search:
    """One search for feeds: what its steps share."""

    def __init__(self, settings: config.Fetch, tried: Trial) -> None:
        self._listed = addresses.exceptions(settings.allow)
        self._trial = tried
        self._asked: dict[str, Looked] = {}
        self._held: Looked | None = None

    async def from_address(self, start: str) -> Discovered:
        """What big sites do, the address itself, what its page names, the usual places: the first that gives feeds."""
        feeds = await self._readable(discover.known(start), start)
        page = self._held or (feeds[0] if feeds else await self._look(start))
        places = 0
        if not feeds and page.feed is not None:
            feeds = [page]
        elif not feeds and page.body is not None:
            named = [*(one.url for one in discover.named(page.body, page.final)), *discover.known(page.final)]
            feeds = await self._readable(named, start)
            if not feeds and self._held is None:
                before = len(self._asked)
                feeds = await self._first(discover.usual(page.final), start)
                places = len(self._asked) - before
        return Discovered(page, tuple(_different(feeds)), places, self._held)

    async def _readable(self, candidates: Iterable[str], start: str) -> list[Looked]:
        found = []
        for one in candidates:
            if self._held is None and self._may_ask(one, start):
                found.append(await self._look(_keyed(one, start)))
        return [one for one in found if one.feed is not None]

    async def _first(self, candidates: Iterable[str], start: str) -> list[Looked]:
        for one in candidates:
            looked = await self._look(_keyed(one, start)) if self._may_ask(one, start) else None
            if looked is not None and looked.feed is not None:
                return [looked]
            if looked is not None and (looked.status is None or self._held is not None):
                break  # the server does not answer, or asks for time: it need not be asked ten times
        return []

    async def _look(self, url: str) -> Looked:
        if url not in self._asked:
            self._asked[url] = await self._trial.look(url)
            if self._asked[url].wants_time:
                self._held = self._asked[url]
        return self._asked[url]

    def _may_ask(self, url: str, start: str) -> bool:
        """A page may name what everybody can reach, or what stands beside it in a network that is allowed by name."""
        there, here = (_endpoint(one) for one in (url, start))
        return there == here or not addresses.covers(self._listed, *there) or addresses.covers(self._listed, *here)


def _endpoint(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _keyed(url: str, start: str) -> str:
    """The address with the user name and password that were given for its origin."""
    there, here = urlsplit(url), urlsplit(start)
    key, at, _ = here.netloc.rpartition("@")
    same = (there.scheme, *_endpoint(url)) == (here.scheme, *_endpoint(start))
    return there._replace(netloc=f"{key}@{there.netloc}").geturl() if at and same else url


def _different(feeds: Iterable[Looked]) -> Iterator[Looked]:
    """Without those that hold the items of one before: RSS and Atom of one thing; feeds of comments come last."""
    seen: set[tuple[str, ...]] = set()
    ordered = sorted(feeds, key=lambda one: "comments" in urlsplit(one.final).path.lower())
    for one in ordered:
        titles = tuple(item.title for item in one.feed.items) if one.feed else ()
        if titles and titles in seen:
            continue
        seen.add(titles)
        yield one

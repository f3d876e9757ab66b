"""Subscribe: find the feeds of a site, try one out, pause it and go on; config.toml is the face's to change.

Every request goes through the guarded client, with the exceptions of ``[fetch] allow`` that the given address has:
a page cannot send us into the network that only the operator may name.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from .. import config
from ..config import Config
from ..feeds import addresses, complaints, discover, identity, moves, poll
from ..feeds.fetch import without_credentials
from ..feeds.net import WHOLE, Client, NetError
from ..feeds.worker import Workers
from ..model import FeedState, NewItem, ParsedFeed, Unreadable
from ..store import Store
from ..units import holds_secret, host_of, same_address
from .sifting import sift


@dataclass(frozen=True, slots=True)
class Looked:
    """What one address answered."""

    url: str
    """As asked, without credentials."""
    final: str
    """The address that answered."""
    lasting: str
    """Where it leads for good: the address to subscribe to."""
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    feed: ParsedFeed | None = None
    problem: str | None = None
    """Why there is no feed."""


@dataclass(frozen=True, slots=True)
class Discovered:
    """The feeds of a site."""

    page: Looked
    """What the address itself answered."""
    feeds: tuple[Looked, ...]
    """Those that could be read, the likeliest first; feeds with the same items only once."""
    asked: int
    """Requests that took."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a poll of this feed would make of it."""

    looked: Looked
    new: tuple[NewItem, ...] = ()
    edited: int = 0
    known: int = 0
    note: str | None = None
    complaints: tuple[str, ...] = ()


def find_feeds(
    settings: config.Fetch, addresses_: Iterable[str], now: datetime, pauses: Mapping[str, datetime]
) -> Discovered:
    """The feeds at the first of these addresses that answers: the feed itself, or those of the page that is there.

    ``pauses``: hosts that want to be left alone as a whole, and until when.
    """
    return asyncio.run(_find(settings, list(addresses_), now, pauses))


def check(store: Store, settings: Config, url: str, now: datetime) -> Checked:
    """Asks a feed where a poll would, but without conditions, reads it, and tells what a poll would store.

    Writes nothing; raises ConfigError where the feed's password cannot be read.
    """
    feeds = {same_address(feed.url): feed for feed in settings.feeds}
    feed = feeds.get(same_address(url)) or config.Feed(url=url)
    states = store.feeds.states(store.feeds.subscribed([feed]))
    state = states[0] if states else FeedState(0, feed.url, feed.title or host_of(feed.url))
    looked = asyncio.run(_ask_again(settings.fetch, feed, state, now, store.troubles.pauses()))
    secret = feed.private or holds_secret(feed.url)
    if looked.feed is None:
        return Checked(_discreet(looked) if secret else looked)
    parsed = looked.feed
    sifted, _ = sift(store, state, parsed, now)
    alone = identity.sift(parsed, {}, outlet_of=lambda item: "", first_poll=True, newest=None, now=now)
    told = (
        *complaints.of_answer(looked.headers, looked.url, looked.final, secret=secret),
        *complaints.of_feed(parsed, len(alone.new)),
    )
    known = len(alone.new) - len(sifted.new) - len(sifted.edited)
    return Checked(looked, sifted.new, len(sifted.edited), known, sifted.note, told)


def _discreet(looked: Looked) -> Looked:
    """Without the addresses that a page behind a secret one names: they often repeat its secret."""
    return replace(looked, problem=(looked.problem or "").partition("; it names ")[0])


# --- Finding ------------------------------------------------------------------------------------


@asynccontextmanager
async def _asking(
    settings: config.Fetch, pauses: Mapping[str, datetime], now: datetime
) -> AsyncIterator[tuple[Client, Workers]]:
    """The client, to which hosts are closed that want to be left alone, and the parsers."""
    async with Client(settings) as client:
        client.paused = lambda host: poll.is_paused(pauses, host, now)
        with Workers() as workers:
            yield client, workers


async def _ask_again(
    settings: config.Fetch, feed: config.Feed, state: FeedState, now: datetime, pauses: Mapping[str, datetime]
) -> Looked:
    async with _asking(settings, pauses, now) as (client, workers):
        return await _look(client, workers, moves.address(state), now, home=feed.url, login=config.login(feed))


async def _find(settings: config.Fetch, starts: list[str], now: datetime, pauses: Mapping[str, datetime]) -> Discovered:
    async with _asking(settings, pauses, now) as (client, workers):
        search = _Search(settings, client, workers, now)
        for start in starts:
            found = await search.from_address(start)
            if found.page.status is not None:
                break
        return found


class _Search:
    """One search for feeds: what its steps share."""

    def __init__(self, settings: config.Fetch, client: Client, workers: Workers, now: datetime) -> None:
        self._listed = addresses.exceptions(settings.allow)
        self._client = client
        self._workers = workers
        self._now = now
        self._asked: dict[str, Looked] = {}

    async def from_address(self, start: str) -> Discovered:
        """What big sites do, the address itself, what its page names, the usual places: the first that gives feeds."""
        feeds = await self._readable(discover.known(start), start)
        page = feeds[0] if feeds else await self._look(start)
        if not feeds and page.feed is not None:
            feeds = [page]
        elif not feeds and page.body is not None:
            named = [*(one.url for one in discover.named(page.body, page.final)), *discover.known(page.final)]
            feeds = await self._readable(named, start) or await self._first(discover.usual(page.final), start)
        return Discovered(page, tuple(_different(feeds)), len(self._asked))

    async def _readable(self, candidates: Iterable[str], start: str) -> list[Looked]:
        looked = [await self._look(_keyed(one, start)) for one in candidates if self._may_ask(one, start)]
        return [one for one in looked if one.feed is not None]

    async def _first(self, candidates: Iterable[str], start: str) -> list[Looked]:
        for one in candidates:
            looked = await self._look(_keyed(one, start)) if self._may_ask(one, start) else None
            if looked is not None and looked.feed is not None:
                return [looked]
            if looked is not None and looked.status is None:
                break  # the server does not answer: it need not be asked ten times
        return []

    async def _look(self, url: str) -> Looked:
        if url not in self._asked:
            self._asked[url] = await _look(self._client, self._workers, url, self._now)
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


async def _look(
    client: Client,
    workers: Workers,
    url: str,
    now: datetime,
    *,
    home: str | None = None,
    login: tuple[str, str] | None = None,
) -> Looked:
    """What one address answers, read as a feed; its failure is a value. ``home`` and ``login`` as in ``Client.get``."""
    bare, host = without_credentials(url), host_of(url)
    if client.paused(addresses.plain(host)):
        return Looked(bare, bare, url, problem=f"{host} was asked too often and is left alone for a while")
    try:
        response = await client.get(url, home=home, login=login)
    except NetError as error:
        return Looked(bare, error.url or bare, url, error.status, problem=error.reason)
    answer = Looked(bare, response.url, _lasting(url, response.hops), response.status, response.headers)
    if response.status not in WHOLE:
        return replace(answer, problem=poll.trouble(response.status))
    if not response.body:
        return replace(answer, problem="the answer is empty; a feed should be here")
    parsed = await workers.parse(response.body, response.url, response.headers.get("content-type"), now)
    if isinstance(parsed, Unreadable):
        return replace(answer, body=response.body, problem=parsed.reason)
    return replace(answer, body=response.body, feed=parsed)


def _lasting(url: str, hops: Sequence[tuple[int, str]]) -> str:
    """Where a chain leads for good; credentials stay where they are."""
    return url if "@" in urlsplit(url).netloc else [url, *moves.permanent(hops)][-1]


def title_of(looked: Looked) -> str:
    """What a feed calls itself, else its host."""
    return (looked.feed.title if looked.feed else None) or host_of(looked.final)

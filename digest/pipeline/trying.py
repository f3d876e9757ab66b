"""Try: one address asked and read as a feed, for the commands that tell what is there; stores nothing.

Every request goes through the guarded client; a host that wants to be left alone is not asked, and one that says so
while it is tried is noted for every command that comes later.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from .. import config
from ..feeds import addresses, moves, poll
from ..feeds.fetch import without_credentials
from ..feeds.net import WHOLE, Client, NetError
from ..feeds.worker import Workers
from ..model import FetchResult, ParsedFeed, Unreadable
from ..units import host_of

Connect = Callable[[config.Fetch], Client]


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
    insecure_only: bool = False
    """Nobody offers a secure connection there: it was refused, not answered in time, or answered in plain text."""

    @property
    def wants_time(self) -> bool:
        """Its server asks for time: what else it has need not be asked for now."""
        return self.status in poll.HOLDING


class Trial:
    """The addresses that one command tries: what they share."""

    def __init__(
        self,
        settings: config.Fetch,
        client: Client,
        workers: Workers,
        now: datetime,
        pauses: Mapping[str, datetime],
    ) -> None:
        self._every = settings.every
        self._listed = addresses.exceptions(settings.allow)
        self._client = client
        self._workers = workers
        self._now = now
        self._known = pauses
        self.pauses: dict[str, datetime] = {}
        """Hosts that said meanwhile that they want to be left alone as a whole, and until when."""
        client.paused = self._is_paused

    async def look(self, url: str, *, home: str | None = None, login: tuple[str, str] | None = None) -> Looked:
        """What one address answered; its failure is a value. ``home`` and ``login`` as in ``Client.get``."""
        bare, host = without_credentials(url), host_of(url)
        if self._is_paused(addresses.plain(host)):
            return Looked(bare, bare, url, problem=f"{host} was asked too often and is left alone for a while")
        try:
            response = await self._client.get(url, home=home, login=login)
        except NetError as error:
            return Looked(
                bare, error.url or bare, url, error.status, problem=error.reason, insecure_only=error.insecure_only
            )
        answer = Looked(bare, response.url, _lasting(url, response.hops), response.status, response.headers)
        self._note(answer)
        if response.status not in WHOLE:
            return replace(answer, problem=poll.trouble(response.status))
        if not response.body:
            return replace(answer, problem="the answer is empty; a feed should be here")
        kind = response.headers.get("content-type")
        parsed = await self._workers.parse(response.body, response.url, kind, self._now)
        if isinstance(parsed, Unreadable):
            return replace(answer, body=response.body, problem=parsed.reason)
        return replace(answer, body=response.body, feed=parsed)

    def _is_paused(self, host: str) -> bool:
        return poll.is_paused(self._known, host, self._now) or host in self.pauses

    def _note(self, answer: Looked) -> None:
        result = FetchResult(0, answer.final, answer.status, headers=answer.headers)
        pause = poll.pause(result, self._every, self._now, self._listed)
        if pause is not None:
            self.pauses[pause[0]] = pause[1]


@asynccontextmanager
async def trial(
    settings: config.Fetch, pauses: Mapping[str, datetime], now: datetime, connect: Connect = Client
) -> AsyncIterator[Trial]:
    """The client and the parsers, open for a few addresses; ``pauses``: hosts that are not asked, and until when."""
    async with connect(settings) as client:
        with Workers() as workers:
            yield Trial(settings, client, workers, now, pauses)


def _lasting(url: str, hops: Sequence[tuple[int, str]]) -> str:
    """Where a chain leads for good; credentials stay where they are."""
    return url if "@" in urlsplit(url).netloc else [url, *moves.permanent(hops)][-1]


def title_of(looked: Looked) -> str:
    """What a feed calls itself, else its host."""
    return (looked.feed.title if looked.feed else None) or host_of(looked.final)

"""The one guarded HTTP client: every outgoing request of the program goes through ``Client.get``.

What it holds, whatever a feed, a redirect or a name server says:
the address of every connection is checked when the socket is made, redirects and IP literals included;
one deadline for the whole answer, a cap on its size after inflating, one request at a time per host and port.
No cookies, no Referer, no proxy but a configured one; credentials and validators go where they came from only, and into
no message.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from . import tls

with tls.none_made():
    import aiohttp
    from aiohttp.abc import AbstractResolver, ResolveResult

from yarl import URL

from .. import __version__
from ..config import Fetch
from . import addresses
from .failures import CONNECT, READ, FailedError, died_early, offers_nothing_secure, once, reason
from .hops import Asking, Hop, NoAddressError, endpoint, is_literal, parsed, usable
from .inflate import ACCEPTED, InflateError, Inflater
from .lookup import Lookup, system_lookup

ANONYMOUS = "self-hosted news digest"
"""What a server's operator reads of us when the configuration names no contact."""
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1"
)
WHOLE = frozenset({200, 203})
"""Statuses whose body is what was asked for; no other body is read."""
HOPS = 10
KEPT = 4.0
"""Seconds that a connection is kept for the next request to its host; common servers end theirs after five."""
HEADERS = 64 * 1024
"""Bytes of all header lines together."""


class NetError(Exception):
    """No usable answer; the text is one line for people, with the cure and without secrets."""

    def __init__(self, reason: str, url: str | None = None, status: int | None = None) -> None:
        # A host name may come from a stranger's redirect.
        self.reason = "".join(char if char.isprintable() else " " for char in reason[:300])
        super().__init__(self.reason)
        self.url = url
        """The address that was asked last, without credentials."""
        self.status = status
        self.elapsed = timedelta(0)
        self.insecure_only = False
        """Nobody offers a secure connection at the address that was asked first."""


@dataclass(frozen=True, slots=True)
class Response:
    """The last answer of a chain of redirects."""

    url: str
    """The address that answered, without credentials and fragment."""
    status: int
    headers: Mapping[str, str]
    """Lower-case names; repeated ones joined by commas."""
    body: bytes = b""
    """Inflated and whole; read for a 200 and 203 only."""
    hops: tuple[tuple[int, str], ...] = ()
    """(status, address it led to) of each redirect, in order."""
    elapsed: timedelta = timedelta(0)
    """Of all requests of the chain, without the waiting for a turn."""
    conditional: bool = False
    """It was asked with validators."""


_HOP: ContextVar[Hop] = ContextVar("hop")


def _agent(contact: str | None) -> str:
    """Honest and constant: who we are, and how to reach the person who runs us."""
    return f"morning-digest/{__version__} ({f'+{contact}' if contact else ANONYMOUS})"


@dataclass(slots=True)
class _Lane:
    """The queue before one host and port."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0


class _DiedError(NetError):
    """The connection was made and closed before a single byte came: a server that restarts, mostly."""


class Client:
    """An async context manager; one event loop, any number of requests side by side.

    ``lookup`` replaces the system's name resolution (tests).
    """

    def __init__(self, settings: Fetch, *, lookup: Lookup | None = None) -> None:
        self._listed = addresses.exceptions(settings.allow)
        self._timeout = settings.timeout.total_seconds()
        self._spacing = settings.spacing.total_seconds()
        self._cap = settings.max_size
        self._agent = _agent(settings.contact)
        self._proxy = settings.proxy
        self._lookup = lookup or system_lookup
        self._room = asyncio.Semaphore(settings.at_once)
        self._lanes: dict[tuple[str, int], _Lane] = {}
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self.paused: Callable[[str], bool] = _never
        """Whether a host, as ``addresses.plain`` writes it, wants to be left alone: no redirect leads there then."""

    async def __aenter__(self) -> Self:
        # A kept connection serves another feed unchecked, so what an exception opens is kept apart:
        # whoever shares a connection would have been allowed to make it.
        self._sessions = {opened: self._new_session() for opened in (False, True)}
        return self

    def _new_session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                keepalive_timeout=KEPT,
                limit=0,
                use_dns_cache=False,
                resolver=_Names(self._lookup),
                socket_factory=_guarded_socket,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self._agent, "Accept": ACCEPT, "Accept-Encoding": ACCEPTED},
            timeout=aiohttp.ClientTimeout(
                total=None,
                connect=min(CONNECT, self._timeout),
                sock_read=min(READ, self._timeout),
            ),
            trust_env=False,
            auto_decompress=False,
            middlewares=(once,),
            max_line_size=16 * 1024,
            max_field_size=32 * 1024,
        )

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in self._sessions.values():
            await session.close()

    async def get(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        validators: Mapping[str, str] | None = None,
        validators_from: str | None = None,
        home: str | None = None,
        login: tuple[str, str] | None = None,
        more: bool = False,
    ) -> Response:
        """One GET with its redirects, in its host's turn; raises NetError, whatever the other side does.

        ``validators`` are headers for ``validators_from`` alone, ``login`` is for the origin of ``home`` alone, and
        the exceptions are those of its host; both addresses are ``url`` where they are not given.
        ``more``: another request to this host comes next, so its connection is kept for a while.
        Time spent waiting for a turn does not count against the deadline.
        """
        try:
            asking = Asking.of(url, headers, validators, validators_from, home, login)
        except NoAddressError as error:
            raise NetError(str(error)) from None
        here, hops, left = asking.start, list[tuple[int, str]](), self._timeout
        at_home = addresses.covers(self._listed, asking.home.host or "", asking.home.port or 0)
        loop = asyncio.get_running_loop()
        while True:
            sent = asking.headers_for(here)
            if not more or self._spacing >= KEPT:
                sent["Connection"] = "close"
            hop = self._hop(here, at_home, first=not hops)
            async with self._turn(hop):
                begun = loop.time()
                try:
                    response, target = await self._ask_twice(here, sent, hop, left)
                except NetError as error:
                    error.elapsed = timedelta(seconds=self._timeout - left + loop.time() - begun)
                    raise
                left -= loop.time() - begun
            if target is None:
                return replace(
                    response,
                    hops=tuple(hops),
                    elapsed=timedelta(seconds=self._timeout - left),
                    conditional=asking.is_conditional(here),
                )
            hops.append((response.status, str(target)))
            if len(hops) > HOPS:
                raise NetError(f"more than {HOPS} redirects; check the address", str(here), response.status)
            here = target

    async def rested(self, url: str) -> None:
        """Returns once the host of an address may be asked again, ``spacing`` after the last request to it.

        For whoever has better to do than to wait for it in ``get``.
        """
        try:
            start = usable(url)
        except NoAddressError:
            return
        lane = self._lanes.get((addresses.plain(start.host or ""), start.port or 0))
        if lane is not None and (wait := lane.free_at - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(wait)

    def _hop(self, url: URL, at_home: bool, *, first: bool) -> Hop:
        host, port = url.host or "", url.port or 0
        service = addresses.service(port)
        if service is not None and not (at_home and addresses.names_port(self._listed, host, port)):
            raise NetError(
                f"port {port} belongs to another service ({service}), where no feed is expected; check the address",
                str(url),
            )
        if not first and self.paused(addresses.plain(host)):
            raise NetError(f"it redirects to {host}, which was asked too often and is left alone for a while", str(url))
        return Hop(host, port, at_home and addresses.covers(self._listed, host, port), first)

    @asynccontextmanager
    async def _turn(self, hop: Hop) -> AsyncIterator[None]:
        """Our turn at one host and port: alone, and ``spacing`` after the end of the one before."""
        lane = self._lanes.setdefault((addresses.plain(hop.host), hop.port), _Lane())
        loop = asyncio.get_running_loop()
        async with lane.lock:
            if (wait := lane.free_at - loop.time()) > 0:
                await asyncio.sleep(wait)
            async with self._room:
                try:
                    yield
                finally:
                    lane.free_at = loop.time() + self._spacing

    async def _ask_twice(self, url: URL, headers: dict[str, str], hop: Hop, left: float) -> tuple[Response, URL | None]:
        """One request, once more where its connection died before any byte came; both inside one deadline."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            return await self._ask(url, headers, hop, left)
        except _DiedError as error:
            left -= loop.time() - begun + self._spacing
            if left <= 0:
                raise NetError(error.reason, error.url) from None
            await asyncio.sleep(self._spacing)
        return await self._ask(url, headers, hop, left)

    async def _ask(self, url: URL, headers: dict[str, str], hop: Hop, left: float) -> tuple[Response, URL | None]:
        """One request; the address it redirects to, where it does."""
        assert self._sessions, "Client is an async context manager"
        token = _HOP.set(hop)
        status = None
        try:
            async with asyncio.timeout(max(left, 0.001)):
                if self._proxy is not None:
                    await self._check_beyond_proxy(hop)
                session = self._sessions[hop.opened]
                secure = tls.context() if url.scheme == "https" else True
                answer = await session.get(url, headers=headers, allow_redirects=False, proxy=self._proxy, ssl=secure)
                try:
                    status = answer.status
                    _check_headers(answer)
                    target = _redirect(url, answer)
                    body = await self._read(answer) if status in WHOLE else b""
                finally:
                    answer.close()
        except NetError as error:
            raise NetError(error.reason, str(url), status) from None
        except InflateError as error:
            raise NetError(f"{error}; it is asked again later", str(url), status) from None
        except (FailedError, aiohttp.ClientError, OSError, ValueError) as failure:
            cause = failure.cause if isinstance(failure, FailedError) else failure
            why = hop.refused or reason(cause, endpoint(hop.host, hop.port), self._timeout)
            kind = _DiedError if status is None and died_early(cause) else NetError
            failed = kind(why, str(url), status)
            failed.insecure_only = hop.first and url.scheme == "https" and offers_nothing_secure(cause)
            raise failed from None
        finally:
            _HOP.reset(token)
        lines = {name.lower(): ", ".join(answer.headers.getall(name)) for name in answer.headers}
        return Response(str(url), status, lines, body), target

    async def _check_beyond_proxy(self, hop: Hop) -> None:
        """As the guard would, for a connection that a proxy makes: the best that can be known of it from here.

        A name that only the proxy can look up is the proxy's to judge.
        """
        try:
            found = [hop.host] if is_literal(hop.host) else await self._lookup(hop.host)
        except OSError:
            found = []
        why = next((why for address in found if (why := hop.refusal(address))), None)
        if why is not None:
            raise NetError(why)
        hop.proxied = True

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        """The whole inflated body; counted while it comes, so that nothing above the cap is ever held."""
        too_large = NetError(f"larger than {self._cap / 1e6:g} MB; if you trust the feed, raise [fetch] max_size")
        if (answer.content_length or 0) > self._cap:
            raise too_large
        inflater = Inflater(answer.headers.get("Content-Encoding", ""))
        body, arrived = bytearray(), 0
        async for chunk in answer.content.iter_any():
            arrived += len(chunk)
            for piece in inflater.feed(chunk):
                body += piece
                if len(body) > self._cap:
                    raise too_large
                # A bomb must not keep the event loop from the other feeds.
                await asyncio.sleep(0)
            if arrived > self._cap:
                raise too_large
        inflater.end()
        return bytes(body)


# --- Names and sockets --------------------------------------------------------------------------


def _guarded_socket(info: tuple[Any, ...]) -> socket.socket:
    """Makes the socket for one final address, of a name or an IP literal, or refuses to."""
    family, kind, proto, _, address = info
    hop = _HOP.get()
    why = None if hop.proxied else hop.refusal(str(address[0]))
    if why is not None:
        hop.refused = why
        raise PermissionError(why)
    return socket.socket(family, kind, proto)


class _Names(AbstractResolver):
    """aiohttp's resolver over a ``Lookup``."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._lookup(host)
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "no address")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in found
        ]

    async def close(self) -> None:
        """Nothing is kept open."""


def _never(host: str) -> bool:
    return False


def _redirect(here: URL, answer: aiohttp.ClientResponse) -> URL | None:
    if answer.status not in {301, 302, 303, 307, 308}:
        return None
    location = answer.headers.get("Location", "").strip()
    if not location:
        raise NetError(f"{answer.status}: it redirects, but does not say where; check the address")
    try:
        # Credentials that a redirect brings along are nobody's.
        return usable(here.join(parsed(location))).with_user(None).with_fragment(None)
    except (ValueError, NoAddressError):
        raise NetError(f"{answer.status}: it redirects to something that is no web address") from None


def _check_headers(answer: aiohttp.ClientResponse) -> None:
    if sum(len(name) + len(value) for name, value in answer.raw_headers) > HEADERS:
        raise NetError("the headers of the answer are too large; it is asked again later")

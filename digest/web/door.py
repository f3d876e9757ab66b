"""The door: finds out who asks, before anything is looked up for them, and turns away who may not.

Who is the owner: somebody with a session of this server, or whom a trusted proxy names. Who may read protected pages:
the owner, and whoever brings the reading token. What each path needs stands in ``web.access``. Each request leaves the
door with a ``Caller`` in its scope.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import NamedTuple, Protocol
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import DigestError
from ..model import Viewer
from . import marks
from .access import Access, granted, needed
from .attempts import Attempts
from .cookies import READER, SESSION, Jar
from .forms import way_back
from .hosts import host_of, is_loopback
from .peers import Peer, Peers, household
from .sorry import root_of, sorry

log = logging.getLogger(__name__)

LASTS = timedelta(days=30)
"""How long a browser keeps our cookies."""


class Signed(NamedTuple):
    """A session that holds."""

    prolonged: bool = False
    """Its end was just put off, and so should be that of its cookie."""


class Keeper(Protocol):
    """Keeps the owner's secrets and sessions. Called in worker threads; raises DigestError."""

    def signed_in(self, token: str) -> Signed | None:
        """What a session's token is worth."""

    def sign_in(self, password: str, old: str | None) -> str | None:
        """Token of a new session, which replaces the ``old`` one; None for a wrong password."""

    def sign_out(self, token: str) -> None:
        """Ends a session."""

    def is_password(self, password: str) -> bool:
        """Whether this is the owner's."""

    def form_key(self) -> bytes:
        """The secret behind the marks of forms."""

    def reading_token(self) -> str | None:
        """What opens protected pages to programs."""


@dataclass(slots=True)
class Memory:
    """What a server remembers as long as it runs, also when its settings change."""

    attempts: Attempts = field(default_factory=Attempts)
    told: dict[str, str] = field(default_factory=dict)
    """By who did it, what came of the last thing they did, until a page told them."""

    def tell(self, who: str, words: str) -> None:
        """The next page that they see says so."""
        self.told.pop(who, None)
        self.told[who] = words
        while len(self.told) > 100:
            del self.told[next(iter(self.told))]

    def was_told(self, who: str, words: str) -> None:
        """A page said so; what else came of something meanwhile is still to be told."""
        if self.told.get(who) == words:
            self.told.pop(who, None)


@dataclass(frozen=True, slots=True)
class Lock:
    """How the door is set up; as it stands here it knows no owner and lets everybody read."""

    keeper: Keeper | None = None
    password: bool = False
    """There is one, so one can sign in."""
    identity_header: str | None = None
    owners: frozenset[str] = frozenset()
    """Names in that header."""
    trusted_proxies: tuple[str, ...] = ()
    protected: bool = False
    memory: Memory = field(default_factory=Memory)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as far as it matters."""

    viewer: Viewer
    peer: Peer
    jar: Jar
    who: str = ""
    """Whom forms are marked for and words kept for; empty for all but the owner."""
    session: str | None = field(default=None, repr=False)
    reads: bool = True
    """The pages are open to them."""
    cookies: tuple[str, ...] = field(default=(), repr=False)
    """``Set-Cookie`` of the answer, whatever it is."""


def caller(scope: Scope) -> Caller:
    """Who asks, for everything behind the door."""
    found: Caller = scope["digest.caller"]
    return found


class Door:
    """The middleware."""

    def __init__(
        self,
        app: ASGIApp,
        lock: Lock,
        *,
        loopback: bool,
        base_url: str | None = None,
        digests: Collection[str] = (),
    ) -> None:
        """``loopback``: only this machine reaches the server. ``digests`` are names that folders of pages have."""
        self._app = app
        self._lock = lock
        self._loopback = loopback
        self._peers = Peers(lock.trusted_proxies, lock.identity_header)
        self._base = urlsplit(base_url or "")
        self._below = self._base.path.rstrip("/")
        self._kept = bool(self._below) and self._below.split("/")[1] not in digests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = self._placed(scope)
        request = HTTPConnection(scope)
        found = await self._caller(request)
        scope["digest.caller"] = found
        answer = self._refusal(request, scope, found) or self._without_token(request, scope, found)

        async def with_cookies(message: Message) -> None:
            if message["type"] == "http.response.start" and found.cookies:
                headers = MutableHeaders(raw=message["headers"])
                for cookie in found.cookies:
                    headers.append("Set-Cookie", cookie)
            await send(message)

        await (answer or self._app)(scope, receive, with_cookies)

    def _placed(self, scope: Scope) -> Scope:
        """The request with its path below our root, also behind a proxy that hands on the sub-path it serves."""
        path: str = scope["path"]
        if self._kept and path.startswith(f"{self._below}/"):
            return {**scope, "path": path.removeprefix(self._below)}
        return dict(scope)

    # --- who asks ---

    async def _caller(self, request: HTTPConnection) -> Caller:
        scope = request.scope
        peer = self._peers.of(scope)
        jar = self._jar(request, https=peer.https)
        nobody = Caller(Viewer(served=True, can_sign_in=self._lock.password), peer, jar, reads=not self._lock.protected)
        keeper, path = self._lock.keeper, scope["path"]
        if needed(path) is Access.ANYBODY and path.rstrip("/") != "/sign-in":
            return nobody
        insider = self._loopback and peer.near and _is_near(request)
        try:
            if keeper is not None:
                owner = await self._owner(request, keeper, nobody)
                if owner is not None:
                    return owner
                nobody, insider = await self._program(request, keeper, nobody, insider)
        except DigestError as error:
            log.error("who asks cannot be told: %s", error)
        viewer = Viewer(served=True, insider=insider and nobody.reads, can_sign_in=self._lock.password)
        return Caller(viewer, peer, jar, reads=nobody.reads, cookies=nobody.cookies)

    async def _owner(self, request: HTTPConnection, keeper: Keeper, nobody: Caller) -> Caller | None:
        """The owner, by session or by a trusted proxy's word."""
        peer, jar, lock = nobody.peer, nobody.jar, self._lock
        cookies: tuple[str, ...] = ()
        session = jar.given(request.scope["headers"], SESSION) if lock.password else None
        signed = await run_in_threadpool(keeper.signed_in, session) if session else None
        if session and signed:
            who = f"session {hashlib.sha256(session.encode('latin-1')).hexdigest()}"
            cookies = (jar.setting(SESSION, session, LASTS),) if signed.prolonged else ()
        elif peer.name in lock.owners:
            who, session = f"name {peer.name}", None
        else:
            return None
        key = await run_in_threadpool(keeper.form_key)
        # Not beside words that come with the address, by whose length on the wire it could be guessed (BREACH).
        shows = lock.protected and request.scope["path"] != "/search"
        token = await run_in_threadpool(keeper.reading_token) if shows else None
        viewer = Viewer(
            served=True,
            owner=True,
            insider=True,
            csrf=marks.of_form(key, who),
            can_sign_in=session is not None,
            token=token or "",
            flash=lock.memory.told.get(who, ""),
        )
        return Caller(viewer, peer, jar, who, session, cookies=cookies)

    async def _program(
        self, request: HTTPConnection, keeper: Keeper, nobody: Caller, insider: bool
    ) -> tuple[Caller, bool]:
        """Whoever brings the reading token, and a program that brings the owner's password to read what owners may."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic" and self._lock.password and needed(request.scope["path"]) is Access.INSIDERS:
            place = household(nobody.peer.client)
            password = _password(given)
            if password is not None and not self._lock.memory.attempts.begin(place):
                if await run_in_threadpool(keeper.is_password, password):
                    self._lock.memory.attempts.right(place)
                    return Caller(nobody.viewer, nobody.peer, nobody.jar), True
                log.warning("sign_in outcome=refused client=%s", nobody.peer.client)
            return nobody, insider
        if not self._lock.protected:
            return nobody, insider
        token = await run_in_threadpool(keeper.reading_token)
        if token is None:
            return nobody, insider
        mark = marks.of_reader(await run_in_threadpool(keeper.form_key), token)
        if marks.same(_token(request.scope), token):
            cookies = (nobody.jar.setting(READER, mark, LASTS),) if _is_page(request.scope["path"]) else ()
            return Caller(nobody.viewer, nobody.peer, nobody.jar, cookies=cookies), insider
        kept = nobody.jar.given(request.scope["headers"], READER)
        if (scheme.lower() == "bearer" and marks.same(given.strip(), token)) or (kept and marks.same(kept, mark)):
            return Caller(nobody.viewer, nobody.peer, nobody.jar), insider
        return nobody, insider

    def _jar(self, request: HTTPConnection, *, https: bool) -> Jar:
        """By https as a trusted proxy says, or as the public address says to whoever came by it."""
        public = host_of(request.headers.get("host", "")) == (self._base.hostname or "")
        secure = https or (public and self._base.scheme == "https")
        return Jar(secure, f"{self._below}/" if public else "/")

    # --- who is turned away ---

    def _refusal(self, request: HTTPConnection, scope: Scope, found: Caller) -> Response | None:
        """The answer to somebody who may not see what is at a path; None for everybody else."""
        path, method = scope["path"], scope["method"]
        need = needed(path)
        if need <= granted(found.viewer, reads=found.reads):
            return None
        if path.strip("/") == "sign-out":
            return _leads(root_of(path))
        if method in ("GET", "HEAD") and not _is_page(path):
            scheme = "Basic" if need is Access.INSIDERS and self._lock.password else "Bearer"
            return PlainTextResponse(
                _ASKED[scheme],
                HTTPStatus.UNAUTHORIZED,
                {"WWW-Authenticate": f'{scheme} realm="digest"', "Cache-Control": "no-store"},
            )
        back = way_back(quote(path.lstrip("/"))) if need is not Access.OWNER or path.startswith("/decisions") else ""
        door = "sign-in" + (f"?{urlencode({'back': back})}" if back else "")
        if not self._lock.password:
            if not found.reads:
                return sorry(path, HTTPStatus.FORBIDDEN, "These pages are private", _PRIVATE, links=())
            return sorry(path, HTTPStatus.NOT_FOUND, "There is no such page", _NOT_HERE)
        if method in ("GET", "HEAD"):
            return _leads(root_of(path) + door)
        return sorry(path, HTTPStatus.FORBIDDEN, "You are not signed in", _AGAIN, links=(("sign-in", "Sign in"),))

    def _without_token(self, request: HTTPConnection, scope: Scope, found: Caller) -> Response | None:
        """Leads a browser that just got its cookie to the address without the token, which is then in no history."""
        if not found.cookies or found.viewer.owner or request.headers.get("sec-fetch-mode") != "navigate":
            return None
        path: str = scope["path"]
        rest = [pair for pair in _query(scope) if pair[0] != "token"]
        name = quote(path.rpartition("/")[2])
        return _leads((name or "./") + (f"?{urlencode(rest)}" if rest else ""))


_ASKED = {
    "Bearer": "401 Unauthorized: this is for those who have the token of these pages.\n"
    "Write ?token=... behind the address, or send it as a header: Authorization: Bearer ...\n",
    "Basic": "401 Unauthorized: this is for the owner.\nSend the password by HTTP Basic, with any user name.\n",
}
_PRIVATE = "Only those whom their owner lets in may read them. Come by the address that you were given."
_NOT_HERE = "Here is nothing for everybody. The owner of these pages may know more."
_AGAIN = "Nothing was changed. Your session may have ended: sign in, then do it once more."


def _leads(where: str) -> Response:
    return RedirectResponse(where, HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"})


def _is_page(path: str) -> bool:
    """Whether a person reads what is there, rather than a program."""
    name = path.rpartition("/")[2]
    return name != "metrics" and ("." not in name or name.endswith((".html", ".opml")))


def _is_near(request: HTTPConnection) -> bool:
    """Asked by a name of this machine: another one comes through something that knows it."""
    return is_loopback(host_of(request.headers.get("host", "")) or "")


def _query(scope: Scope) -> list[tuple[str, str]]:
    try:
        return parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return []


def _token(scope: Scope) -> str:
    return next((value for name, value in _query(scope) if name == "token"), "")


def _password(given: str) -> str | None:
    """The password of HTTP Basic; None for what is none."""
    try:
        return base64.b64decode(given.strip(), validate=True).decode().partition(":")[2]
    except ValueError:
        return None

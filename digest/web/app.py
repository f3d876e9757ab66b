"""The web application: published pages under their addresses, and what a watchdog asks.

It knows nothing of editions: one function says what a path holds for whom, one how things are, one whose link a token
is. Paths are those of the static site, so a page has the same address here and on any web host:

    /                  index.html
    /2023/10/13/       2023/10/13/index.html
    /style.css         style.css
    /search?q=rye      search, which is no file
    /unsubscribe/TOKEN a form, and where it goes: see ``web.unsubscribe``
    /sign-in           for the owner, like /sign-out and /do/ACTION: see ``web.owner``
    /healthz           200 when all is well, 503 when not, with the facts as JSON
    /metrics           counts for Prometheus, for whoever may see how feeds are

Who asks and what they may see is found out at the door (``web.door``, ``web.access``). Every answer carries the headers
below, errors too. The functions are called in worker threads.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import DigestError
from ..model import Viewer
from .access_log import AccessLog, Answered
from .door import Door, Lock, caller
from .hosts import host_of, is_loopback
from .owner import Act, owner_routes
from .peers import Peers
from .sorry import http_error, our_error
from .unsubscribe import Unsubscribe
from .unsubscribe import route as unsubscribe_route

log = logging.getLogger(__name__)


class Visit(NamedTuple):
    """One page, as it is asked for."""

    path: str
    """Of its file: ``2023/10/13/index.html``."""
    query: Mapping[str, str]
    viewer: Viewer


class Found(NamedTuple):
    """What a path holds."""

    body: bytes
    moved: str | None = None
    """Path below the site's root where it is now."""


Pages = Callable[[Visit], Found | None]
Health = Callable[[], Mapping[str, Any]]
Measured = Callable[[], bytes]
"""The counts in Prometheus' text format."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; manifest-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

_WITH_PICTURES = HEADERS["Content-Security-Policy"].replace("img-src 'self'", "img-src 'self' https:")
"""Of the pages that show an item's own picture, from its own server, where the operator wants that."""
_PICTURED = ("/items/", "/threads/")

# Named here, because the system's own table differs from machine to machine.
_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "json": "application/json",
    "xml": "application/xml",
    "atom": "application/atom+xml",
    "opml": "text/x-opml; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "ico": "image/x-icon",
    "webmanifest": "application/manifest+json",
}


def make_app(
    pages: Pages,
    health: Health,
    *,
    address: str,
    base_url: str | None = None,
    unsubscribe: Unsubscribe | None = None,
    lock: Lock | None = None,
    act: Act | None = None,
    digests: Collection[str] = (),
    measured: Measured | None = None,
    observe: Callable[[Answered], object] = lambda answered: None,
    noindex: bool = True,
    images: bool = False,
) -> ASGIApp:
    """The application for one site.

    ``pages`` gives what a path such as ``2023/10/13/index.html`` holds, or None.
    ``health`` gives facts for JSON, ``status`` among them; anything but ``ok`` there is a 503.
    ``address`` is what the server is bound to and ``base_url`` where the public finds it:
    requests for another host are refused with 421.
    ``unsubscribe`` answers for the links of the mails, where mails are sent at all.
    ``lock`` says who is the owner, ``act`` does what they ask for; without them nobody is, and nothing can be done.
    ``digests`` are the names that folders of pages have: they count before the sub-path of ``base_url``.
    ``measured`` is what /metrics says; ``observe`` gets each request when it is over.
    ``noindex`` and ``images`` as in the ``[web]`` table.
    """
    lock = lock or Lock()

    async def look(request: Request, path: str) -> Found | None:
        return await run_in_threadpool(pages, Visit(path, dict(request.query_params), caller(request.scope).viewer))

    async def page(request: Request) -> Response:
        path: str = request.path_params["path"]
        if not _plain(path):
            raise HTTPException(HTTPStatus.NOT_FOUND)
        folder, _, name = path.rpartition("/")
        if name == "index.html":
            # One address for one page.
            if await look(request, path) is not None:
                return RedirectResponse("./", HTTPStatus.PERMANENT_REDIRECT)
            raise HTTPException(HTTPStatus.NOT_FOUND)
        found = await look(request, path if name else f"{folder}/index.html".lstrip("/"))
        if found is not None and found.moved is not None:
            # Not for good: two threads that were made one can be parted again.
            return RedirectResponse("../" * path.count("/") + found.moved or "./", HTTPStatus.TEMPORARY_REDIRECT)
        if found is not None:
            return _answer(request, name or "index.html", found.body, lock)
        if name and await look(request, f"{path}/index.html") is not None:
            # Relative, so that it also holds behind a proxy that serves the site under a sub-path.
            return RedirectResponse(f"./{quote(name)}/", HTTPStatus.PERMANENT_REDIRECT)
        raise HTTPException(HTTPStatus.NOT_FOUND)

    async def healthz(request: Request) -> Response:
        try:
            facts = dict(await run_in_threadpool(health))
        except DigestError as error:
            log.error("health cannot be told: %s", error)
            facts = {"status": "unknown"}
        except Exception:
            log.exception("health cannot be told: an error of the program itself")
            facts = {"status": "unknown"}
        status = HTTPStatus.OK if facts.get("status") == "ok" else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse(facts, status, {"Cache-Control": "no-store"})

    async def metrics(request: Request) -> Response:
        if measured is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        kind = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8", "Cache-Control": "no-store"}
        return Response(await run_in_threadpool(measured), headers=kind)

    async def icon(request: Request) -> Response:
        # What asks here without having seen a page that names the icon.
        return RedirectResponse("./favicon.svg", HTTPStatus.PERMANENT_REDIRECT)

    app = Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/metrics", metrics),
            Route("/favicon.ico", icon),
            *([unsubscribe_route(unsubscribe)] if unsubscribe else []),
            *owner_routes(lock, act, base_url),
            Route("/{path:path}", page),
        ],
        middleware=[
            Middleware(
                Door, lock, loopback=is_loopback(host_of(address) or ""), base_url=base_url, digests=frozenset(digests)
            ),
            Middleware(GZipMiddleware, minimum_size=500, compresslevel=6),
        ],
        exception_handlers={HTTPException: http_error, Exception: our_error},
    )
    guarded = _Guard(app, _known_hosts(address, base_url), noindex=noindex, images=images)
    peers = Peers(lock.trusted_proxies)
    return AccessLog(guarded, observe, lambda scope: peers.of(scope).client)


def _plain(path: str) -> bool:
    """Whether a path may be asked for at all: no empty, hidden or climbing part, nothing invisible."""
    folders, _, name = path.rpartition("/")
    parts = [*(folders.split("/") if folders or "/" in path else []), *([name] if name else [])]
    return path.isprintable() and "\\" not in path and not any(part == "" or part.startswith(".") for part in parts)


def _kind(name: str) -> str:
    """The media type of a file, by its name; one without a suffix is a page."""
    if name == "feed.json":
        return "application/feed+json"  # as jsonfeed.org/version/1.1 asks
    return _TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream") if "." in name else _TYPES["html"]


def _answer(request: Request, name: str, body: bytes, lock: Lock) -> Response:
    """A page, or 304 when the browser has it."""
    found = caller(request.scope)
    kind = _kind(name)
    vary = "Accept-Encoding, Cookie"
    if found.viewer.owner:
        if found.viewer.flash and request.method == "GET" and kind == _TYPES["html"]:
            lock.memory.was_told(found.who, found.viewer.flash)
        # Each form has a mark of its own, so nothing would ever be the same; and no other may be shown it.
        return Response(body, headers={"Content-Type": kind, "Cache-Control": "private, no-store", "Vary": vary})
    # Weak, because the same page also goes out compressed.
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache" if lock.protected else "no-cache", "Vary": vary}
    asked = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if tag.removeprefix("W/") in asked or "*" in asked:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(body, headers=headers | {"Content-Type": kind})


# --- who may ask, and what every answer carries ---


class _Guard:
    """Refuses strange hosts (DNS rebinding) and puts the headers on every answer, whoever made it."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str], *, noindex: bool, images: bool) -> None:
        self._app = app
        self._hosts = hosts
        self._headers = HEADERS | ({"X-Robots-Tag": "noindex"} if noindex else {})
        self._images = images

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if self._images and any(folder in scope["path"] for folder in _PICTURED):  # below any sub-path
                    headers["Content-Security-Policy"] = _WITH_PICTURES
            await send(message)

        app = self._app if self._knows(scope) else _MISDIRECTED
        await app(scope, receive, with_headers)

    def _knows(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name == b"host"]
        host = host_of(given[0].decode("latin-1")) if len(given) == 1 else None
        if host is None:
            return False
        # Bound to every address, the one that this connection came to is the bound one.
        here = (scope.get("server") or ("",))[0]
        return host in self._hosts or host == here or is_loopback(host)


_MISDIRECTED = PlainTextResponse(
    "421 Misdirected Request: this server does not answer for that host name.\n"
    "Its owner sets the public address as base_url in the [web] table of config.toml.\n",
    HTTPStatus.MISDIRECTED_REQUEST,
)


def _known_hosts(address: str, base_url: str | None) -> frozenset[str]:
    known = {host_of(address), urlsplit(base_url).hostname if base_url else None}
    return frozenset(host for host in known if host) - {"0.0.0.0", "::"}  # noqa: S104  (names no host, binds none here)

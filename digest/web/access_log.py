"""One line for each request, and the same facts for whoever counts them.

request client=192.0.2.7 method=GET path=/search?*** status=200 bytes=4711 ms=12.3

What a reader looks for and what proves who somebody is stay out of it: everything behind a question mark, the token of
an unsubscribe link, all headers. The path is written as it came, percent signs and all, so it is one word of ASCII.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("digest.access")

LONGEST = 200
"""Characters of a path."""

_FAMILIES = frozenset({
    "about", "archive", "decisions", "do", "feeds", "healthz", "items", "metrics", "new", "search", "sections",
    "sign-in", "sign-out", "threads", "unsubscribe",
})  # fmt: skip
_YEAR = re.compile(r"\d{4}")


class Answered(NamedTuple):
    """One request that is over."""

    family: str
    """Kind of page: one of a few names, whatever was asked."""
    status: int
    """0 when the other side left before there was an answer."""
    seconds: float


class AccessLog:
    """Around the whole application; ``client`` says who asked, by default the other end of the connection."""

    def __init__(
        self,
        app: ASGIApp,
        observe: Callable[[Answered], object] = lambda answered: None,
        client: Callable[[Scope], str | None] = lambda scope: (scope.get("client") or (None,))[0],
    ) -> None:
        self._app = app
        self._observe = observe
        self._client = client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status, size = time.perf_counter(), 0, 0

        async def counting(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, counting)
        finally:
            seconds = time.perf_counter() - begun
            log.info(
                "request client=%s method=%s path=%s status=%d bytes=%d ms=%.1f",
                self._client(scope) or "-", scope["method"], shown(scope), status,
                0 if scope["method"] == "HEAD" else size, seconds * 1000,
            )  # fmt: skip
            self._observe(Answered(family(scope["path"]), status, seconds))


def shown(scope: Scope) -> str:
    """The path of a request as the log has it."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode("utf-8", "replace")
    path = "".join(sign if "!" <= sign <= "~" else "?" for sign in raw.decode("latin-1"))
    before, found, _ = path.partition("/unsubscribe/")
    if found or "/unsubscribe/" in scope["path"]:  # however it was spelled
        path = f"{before}/unsubscribe/***" if found else "/unsubscribe/***"
    if len(path) > LONGEST:
        path = f"{path[:LONGEST]}..."
    return f"{path}?***" if scope.get("query_string") else path


def family(path: str) -> str:
    """The kind of page at a path, also in the folder of a second digest."""
    parts = path.strip("/").split("/")
    for first in parts[:2]:
        if _YEAR.fullmatch(first):
            return "edition"
        if first in _FAMILIES:
            return first
        if first.startswith(("feed.", "feeds.")):
            return "feeds"
    if parts == [""]:
        return "front"
    return "file" if len(parts) == 1 and "." in parts[0] else "other"

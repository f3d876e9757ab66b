"""The page behind the link of a mail: GET shows a form and changes nothing, POST unsubscribes at once (RFC 8058).

Link scanners open every link of a mail, so nothing may happen by looking. A mail program posts
``List-Unsubscribe=One-Click`` without asking anybody, and our own form posts the same: no login, no cookie, no
redirect. The token is the right to do it, so there is nothing that a forged request could gain.
"""

from __future__ import annotations

import asyncio
import html
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Protocol
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from ..errors import DigestError
from .frame import small_page

log = logging.getLogger(__name__)

LONGEST = 4096
"""Bytes of a body; what is asked takes 26."""
PATIENCE = 10.0
"""Seconds that a body may take to come."""

HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}

_NAMED = (b'name="list-unsubscribe"', b"name=list-unsubscribe")


class Found(Protocol):
    """What a token leads to."""

    @property
    def title(self) -> str:
        """Of the digest."""

    @property
    def unsubscribed(self) -> bool: ...


Unsubscribe = Callable[[str, bool], Found | None]
"""Looks a token up, and ends its subscription where the second argument says so; called in a worker thread."""


def route(unsubscribe: Unsubscribe) -> Route:
    """Answers below ``/unsubscribe/``."""

    async def answer(request: Request) -> Response:
        if request.method != "POST":
            return await _found(request, unsubscribe, end=False)
        try:
            async with asyncio.timeout(PATIENCE):
                body = await _body(request)
        except TimeoutError:
            return _page(HTTPStatus.REQUEST_TIMEOUT, "That took too long", _AGAIN)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        if body is None:
            return _page(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "That is too much", _AGAIN)
        if not _one_click(body):
            return _page(HTTPStatus.BAD_REQUEST, "Nothing was changed", _AGAIN)
        return await _found(request, unsubscribe, end=True)

    return Route("/unsubscribe/{token:path}", answer, methods=["GET", "POST"])


async def _body(request: Request) -> bytes | None:
    """The body; None for one that is too long, of which no more is read."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST:
            return None
    return body


def _one_click(body: bytes) -> bool:
    """Whether it says ``List-Unsubscribe=One-Click``, in either form that RFC 8058 (3.2) allows."""
    fields = parse_qsl(body.decode("latin-1"), max_num_fields=LONGEST)
    asked = any(name.lower() == "list-unsubscribe" and value.strip().lower() == "one-click" for name, value in fields)
    return asked or any(map(_is_one_click, body.lower().replace(b"\r\n", b"\n").split(b"\n--")))


def _is_one_click(part: bytes) -> bool:
    """Whether a part of a multipart body says so.

    By no pattern: one that goes back and forth through 4 KB takes a second, in which nobody gets a page.
    """
    head, _, value = part.partition(b"\n\n")
    named = any(
        line.startswith(b"content-disposition:") and any(name in line for name in _NAMED) for line in head.split(b"\n")
    )
    return named and value.strip().partition(b"\n")[0].strip() == b"one-click"


async def _found(request: Request, unsubscribe: Unsubscribe, *, end: bool) -> Response:
    token: str = request.path_params["token"]
    try:
        found = await run_in_threadpool(unsubscribe, token, end)
    except DigestError as error:
        log.error("unsubscribing failed: %s", error)
        return _page(HTTPStatus.SERVICE_UNAVAILABLE, "This does not work right now", _AGAIN)
    if found is None:
        return _page(HTTPStatus.NOT_FOUND, "There is no such subscription", _UNKNOWN)
    title = html.escape(found.title)
    if found.unsubscribed:
        return _page(HTTPStatus.OK, f"You are unsubscribed from {title}", _BACK)
    return _page(HTTPStatus.OK, f"Unsubscribe from {title}?", _FORM)


_FORM = (
    "<p>No more of its mails will come to you.</p>\n"
    '<form method="post">\n'
    '<input type="hidden" name="List-Unsubscribe" value="One-Click">\n'
    '<p><button type="submit">Unsubscribe</button></p>\n'
    "</form>"
)
_BACK = (
    "<p>No more of its mails will come to you; one that is on its way just now may still arrive.</p>\n"
    "<p>Would you like to have it back? Answer to one of its mails, or write to its sender, who can take this back.</p>"
)
_AGAIN = "<p>Nothing was changed. Open the link in the mail once more, or answer to the mail and ask its sender.</p>"
_UNKNOWN = (
    "<p>The address may be cut off: copy the whole link out of the mail. "
    "You can also answer to the mail and ask its sender to take you off the list.</p>"
)


def _page(status: HTTPStatus, heading: str, body: str) -> Response:
    """A page that needs no other file: under any address of the site, and the pages may have no style yet."""
    robots = '<meta name="robots" content="noindex, nofollow">\n'
    return HTMLResponse(small_page(heading, body, root="../", head=robots), status, HEADERS)

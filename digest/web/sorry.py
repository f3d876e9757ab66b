"""Pages for when there is none, or none for this person. They need no database, no template, and help on."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from .frame import small_page

NO_STORE = {"Cache-Control": "no-store"}

_WORDS: Mapping[int, tuple[str, str]] = {
    HTTPStatus.BAD_REQUEST: (
        "That could not be read",
        "What your browser sent is not what a form of ours sends. Go back, load the page again, and try once more.",
    ),
    HTTPStatus.FORBIDDEN: (
        "This is not for everybody",
        "Only the owner of these pages may do that.",
    ),
    HTTPStatus.NOT_FOUND: (
        "There is no such page",
        "The address may be mistyped, or on that day no edition came out.",
    ),
    HTTPStatus.REQUEST_TIMEOUT: (
        "That took too long",
        "Nothing was changed. Go back and try once more.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "That is too much",
        "Nothing was changed. A file may have 5 MB, and everything else of a form 256 KB.",
    ),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: (
        "That could not be read",
        "Forms come as application/x-www-form-urlencoded or multipart/form-data.",
    ),
}


def root_of(path: str) -> str:
    """The way from a path of the application to the root, which also holds below a sub-path: ``../../``."""
    return "../" * path.lstrip("/").count("/") or "./"


def sorry(
    path: str,
    status: int,
    title: str,
    words: str,
    *,
    links: tuple[tuple[str, str], ...] = (("", "Latest edition"), ("archive/", "All editions"), ("search", "Search")),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A page that helps; ``links`` are (path below the root, words)."""
    root = root_of(path)
    ways = "\n".join(f'<p><a href="{escape((root + to) if to else root)}">{escape(name)}</a></p>' for to, name in links)
    page = small_page(escape(title), f"<p>{escape(words)}</p>\n{ways}", root=root)
    return HTMLResponse(page, status, NO_STORE | dict(headers or {}))


async def http_error(request: Request, error: Exception) -> Response:
    """For an HTTPException of any route."""
    assert isinstance(error, HTTPException)
    if error.status_code not in _WORDS:
        reason = HTTPStatus(error.status_code).phrase
        return PlainTextResponse(f"{error.status_code} {reason}\n", error.status_code, error.headers)
    title, words = _WORDS[error.status_code]
    if error.status_code == HTTPStatus.NOT_FOUND and "/items/" in request.url.path:
        # The same for one that was never there, one that went, and one that is not for everybody.
        words = "There is no report of this number here, or it is no longer kept."
    return sorry(request.url.path, error.status_code, title, words, headers=error.headers)


async def our_error(request: Request, error: Exception) -> Response:
    """For whatever nobody thought of; the log has it."""
    return sorry(
        request.url.path,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "This page cannot be shown",
        "Something went wrong here, not with you; the log of the server says what. Trying again in a minute may help.",
    )

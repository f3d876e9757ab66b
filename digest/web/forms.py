"""What a form sends: read to its limit and no further, in time, and only when a page of ours sent it.

The only place that reads bodies of forms. python-multipart does the work below Starlette's parser.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlsplit

from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

SMALL = 256 * 1024
"""Bytes of a form's body."""
LARGE = 5 * 1024 * 1024
"""Bytes of a body with a file in it."""
PATIENCE = 10.0
"""Seconds that a body may take to come; one with a file six times as long."""
MOST = 50
"""Fields of a form."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as it was sent."""

    fields: Mapping[str, str] = field(repr=False)
    """A name that comes twice counts as it came last."""
    file: bytes | None = field(default=None, repr=False)
    """The one that was chosen, None without."""


async def read(request: Request, *, large: bool = False) -> Sent:
    """The form in a request's body; raises HTTPException 400, 408, 413 or 415."""
    limit, patience = (LARGE, 6 * PATIENCE) if large else (SMALL, PATIENCE)
    try:
        async with asyncio.timeout(patience):
            body = await _body(request, limit)
    except TimeoutError:
        raise HTTPException(HTTPStatus.REQUEST_TIMEOUT) from None
    except ClientDisconnect:
        raise HTTPException(HTTPStatus.BAD_REQUEST) from None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _multipart(request, body, limit)
    if kind not in ("application/x-www-form-urlencoded", ""):
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST, errors="strict")
    except ValueError:
        raise HTTPException(HTTPStatus.BAD_REQUEST) from None
    return Sent(dict(pairs))


async def _body(request: Request, limit: int) -> bytes:
    with suppress(ValueError):
        if int(request.headers.get("content-length", "0")) > limit:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return bytes(body)


class _InMemory(MultiPartParser):
    """Keeps the file in memory, which its limit allows: there may be no folder to write to."""

    spool_max_size = LARGE


async def _multipart(request: Request, body: bytes, limit: int) -> Sent:
    if _foreign(request.headers["content-type"]):
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)

    async def once() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        form = await _InMemory(request.headers, once(), max_files=1, max_fields=MOST, max_part_size=limit).parse()
    except (MultiPartException, ValueError, LookupError):
        raise HTTPException(HTTPStatus.BAD_REQUEST) from None
    fields: dict[str, str] = {}
    file: bytes | None = None
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            # A browser sends an empty file without a name where none was chosen.
            file = (await value.read()) if value.filename or value.size else None
            await value.close()
        else:
            fields[name] = value
    return Sent(fields, file)


def _foreign(kind: str) -> bool:
    """Whether a form says that it is in another encoding than ours, that of the pages.

    Some of Python's take a minute for what another reads at once (punycode), and the sender would choose.
    """
    charset = parse_options_header(kind)[1].get(b"charset", b"utf-8")
    return charset.lower() not in (b"utf-8", b"utf8")


# --- where it came from, and where it leads back ---


def from_here(request: Request, own: frozenset[str]) -> bool:
    """Whether a POST comes from a page of ours, as far as its browser says; ``own`` are hosts with ports of ours.

    ``Sec-Fetch-Site`` is what browsers say on https and on this machine. ``Origin`` is ``null`` for our own forms,
    because the pages ask that nobody be told where one comes from; it then says nothing.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    try:
        hosts = [urlsplit(one).netloc.lower() for one in request.headers.getlist("origin") if one != "null"]
    except ValueError:
        return False
    return own.issuperset(hosts)


_WAY = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%/?#-]*")


def way_back(text: str | None) -> str:
    """A path of ours below the root, as a form or an address names it; empty, which is the root, for anything else.

    No scheme, no host, nothing that climbs or that a browser reads as more than it says: whatever the sender wrote,
    the redirect stays on our pages.
    """
    way = (text or "").strip()
    if len(way) > 2000 or not _WAY.fullmatch(way) or way.startswith("/"):
        return ""
    path = re.split(r"[?#]", way)[0]
    plain = unquote(path)
    parts = plain.split("/")
    if (
        not plain.isprintable()
        or "\\" in plain
        or ":" in parts[0]
        or "//" in plain
        or not {".", ".."}.isdisjoint(parts)
    ):
        return ""
    # A half escape, or an escape of an escape, is not what any page of ours links to.
    return "" if "%" in plain or "\ufffd" in plain else way

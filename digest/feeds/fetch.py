"""Do: one conditional GET of one feed. Its failure is a value."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ..model import FetchRequest, FetchResult
from . import poll
from .net import WHOLE, Client, NetError, Response

KEPT = ("date", "cache-control", "expires", "retry-after")
"""Headers that decide when to ask again."""
_VALIDATOR = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,1000}")
"""What can be stored and sent back as it came; a validator is worth no more trouble than that."""


async def fetch(client: Client, request: FetchRequest, *, more: bool = False) -> FetchResult:
    """What one GET brought; raises only when it is cancelled. ``more`` as in ``Client.get``."""
    try:
        response = await client.get(
            request.url,
            validators=_conditions(request),
            validators_from=request.validators_from,
            home=request.home,
            login=request.login,
            more=more,
        )
    except NetError as error:
        return FetchResult(
            request.feed_id,
            error.url or without_credentials(request.url),
            status=error.status,
            error=error.reason,
            elapsed=error.elapsed,
        )
    except Exception as error:  # noqa: BLE001  a feed that finds a mistake of ours must not take the others along
        kind = type(error).__name__
        told = f"asking it failed in an unforeseen way ({kind}); report this"
        return FetchResult(request.feed_id, without_credentials(request.url), error=told)
    return _result(request, response)


def without_credentials(url: str) -> str:
    """The address without user name and password; empty where it is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _conditions(request: FetchRequest) -> dict[str, str]:
    """Both validators, as the server spelt them."""
    headers = {}
    if request.etag is not None:
        headers["If-None-Match"] = request.etag
    if request.last_modified is not None:
        headers["If-Modified-Since"] = request.last_modified
    return headers


def _result(request: FetchRequest, response: Response) -> FetchResult:
    answered = response.status in WHOLE
    return FetchResult(
        request.feed_id,
        response.url,
        status=response.status,
        body=response.body if answered and response.body else None,
        content_type=response.headers.get("content-type"),
        etag=_validator(response, "etag"),
        last_modified=_validator(response, "last-modified"),
        headers={name: response.headers[name] for name in KEPT if name in response.headers},
        error=_error(request, response),
        elapsed=response.elapsed,
        hops=response.hops,
        conditional=response.conditional,
    )


def _error(request: FetchRequest, response: Response) -> str | None:
    if response.status in WHOLE:
        return None if response.body else "the answer is empty; it is asked again later"
    if response.status == 304 and response.conditional:
        return None
    home = request.home or request.url
    if response.status == 401 and (request.login is not None or without_credentials(home) != home):
        return poll.refused_login(home, response.url) or poll.trouble(401)
    return poll.trouble(response.status)


def _validator(response: Response, name: str) -> str | None:
    value = response.headers.get(name, "")
    return value if _VALIDATOR.fullmatch(value) else None

"""Decide: which feeds are due, what to ask, what to remember of the answer. Pure.

The server's wishes come first (Retry-After, max-age, Expires), then our own interval, then the back-off;
the rules are those of RFC 9110 and 9111, made a little politer.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from ..model import FeedState, FetchRequest, FetchResult, ParsedFeed, Unreadable

DAY = timedelta(days=1)
LONGEST_HOLD = timedelta(days=7)
"""However long a server wants to be left alone."""
OVERLOADED = timedelta(hours=1)
"""The least wait after a 429 or 503 that names none."""
_OVERLOADED = frozenset({429, 503})

_CURES = {
    204: "the address answers with nothing; look for the feed's new address",
    304: "the server says unchanged, though it was not asked about a change; it is asked again later",
    400: "the server does not understand the request; check the address",
    401: "it wants a user name and password; put them into the address, https://NAME:PASSWORD@host/...",
    402: "the server wants money for it; look for another address",
    403: "the server refuses this reader; ask its operator, or look for another address",
    404: "the address answers, but there is no feed there; look for its new address",
    405: "the address takes no requests of readers; check the address",
    410: "its owner took the feed down for good; remove it, or look for its new address",
    429: "the server was asked too often; it is left alone for a while",
    451: "the server may not show it here, for legal reasons",
    503: "the server is overloaded or under repair; it is left alone for a while",
}


def due(states: Iterable[FeedState], now: datetime, *, force: bool = False) -> list[FeedState]:
    """The feeds to ask now, in their order; ``force`` ignores our own interval, not a wait the server asked for."""
    return [state for state in states if _is_over(state.held_until if force else state.next_poll, now)]


def request(state: FeedState) -> FetchRequest:
    """The GET for one feed, conditional where the last body left validators."""
    return FetchRequest(state.id, state.url, etag=state.etag, last_modified=state.last_modified)


def body_hash(body: bytes) -> str:
    """The second line of defence: the same bytes need no parsing."""
    return hashlib.sha256(body).hexdigest()


def after(
    state: FeedState,
    result: FetchResult,
    parsed: ParsedFeed | Unreadable | None,
    every: timedelta,
    now: datetime,
    *,
    jitter: float,
) -> FeedState:
    """What to remember of a feed once it was asked.

    ``parsed`` is None for a 304, for a body whose hash is known, and where the fetch failed.
    ``every`` is the feed's own interval; ``jitter``, from 0 to 1, spreads the next poll:
    up to a tenth earlier after a success, three to five quarters of the back-off after a failure.
    Validators change only with a body that was read, with one that is known, or by a 304 that brings new ones.
    """
    problem = _problem(state, result, parsed)
    state = replace(state, last_try=now, last_status=result.status)
    if problem is not None:
        return _failed(state, result, problem, every, now, jitter)
    if result.not_modified:
        state = replace(
            state, etag=result.etag or state.etag, last_modified=result.last_modified or state.last_modified
        )
    elif result.body is not None:
        state = replace(state, etag=result.etag, last_modified=result.last_modified, body_hash=body_hash(result.body))
    hold = _retry_after(result.headers, every, now)
    wait = max(every * (1 - 0.1 * jitter), _freshness(result.headers, now), hold or timedelta(0))
    return replace(
        state,
        last_success=now,
        next_poll=now + wait,
        held_until=None if hold is None else now + hold,
        failures=0,
        failing_since=None,
        last_error=None,
    )


def trouble(status: int) -> str:
    """What a status other than 200 means for people, and the cure: ``404 Not Found: ...``."""
    try:
        name = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        name = f"status {status}"
    if status in _CURES:
        return f"{name}: {_CURES[status]}"
    if status >= 500:
        return f"{name}: the server has a problem of its own; it is asked again later"
    return f"{name}: no feed came; check the address"


def _is_over(until: datetime | None, now: datetime) -> bool:
    # Nothing makes us wait longer than a week, so a later time was set by a clock that ran ahead.
    return until is None or until <= now or until > now + LONGEST_HOLD + DAY


def _problem(state: FeedState, result: FetchResult, parsed: ParsedFeed | Unreadable | None) -> str | None:
    if result.error is not None:
        return result.error
    if isinstance(parsed, Unreadable):
        return parsed.reason
    if result.not_modified or isinstance(parsed, ParsedFeed):
        return None
    if result.body is not None:
        known = body_hash(result.body) == state.body_hash
        return None if known else "the feed came, but was not read; it is asked again later"
    return trouble(result.status) if result.status is not None else "no answer; it is asked again later"


def _failed(
    state: FeedState, result: FetchResult, problem: str, every: timedelta, now: datetime, jitter: float
) -> FeedState:
    failures = state.failures + 1
    hold = _retry_after(result.headers, every, now)
    if hold is None and result.status in _OVERLOADED:
        hold = max(OVERLOADED, every)
    backoff = min(DAY, every * 2 ** min(failures - 1, 10)) * (0.75 + 0.5 * jitter)
    return replace(
        state,
        failures=failures,
        failing_since=state.failing_since or now,
        last_error=problem,
        next_poll=now + max(backoff, hold or timedelta(0)),
        held_until=None if hold is None else now + hold,
    )


# --- What the server says about time (RFC 9110 10.2.3, RFC 9111 4.2) ----------------------------


def _retry_after(headers: Mapping[str, str], every: timedelta, now: datetime) -> timedelta | None:
    """How long the server wants to be left alone, between our own interval and a week; None where it says nothing."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        wait = timedelta(seconds=int(text))
    else:
        until = _date(text)
        if until is None:
            return None
        wait = until - (_date(headers.get("date", "")) or now)
    return max(every, min(wait, LONGEST_HOLD))


def _freshness(headers: Mapping[str, str], now: datetime) -> timedelta:
    """For how long the answer stays fresh by its own word, at most a day: publishers set a year by mistake."""
    directives = {}
    for part in headers.get("cache-control", "").split(","):
        name, _, value = part.partition("=")
        directives[name.strip().lower()] = value.strip().strip('"')
    if "no-cache" in directives or "no-store" in directives:
        return timedelta(0)
    if "max-age" in directives:
        age = directives["max-age"]
        return timedelta(seconds=min(int(age), 86_400)) if re.fullmatch(r"[0-9]{1,12}", age) else timedelta(0)
    expires = _date(headers.get("expires", ""))
    if expires is None:
        return timedelta(0)
    return min(max(expires - (_date(headers.get("date", "")) or now), timedelta(0)), DAY)


def _date(text: str) -> datetime | None:
    """An HTTP-date; None for anything else."""
    try:
        found = parsedate_to_datetime(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None

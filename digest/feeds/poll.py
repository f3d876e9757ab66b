"""Decide: which feeds are due, what to ask, what to remember of the answer. Pure.

Our own interval comes first and may only be lengthened: by the server's wishes, its document's, the back-off.
How long each of them is stands in ``waits``, where a feed lives in ``moves``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from ..model import FeedState, FetchRequest, FetchResult, ParsedFeed, Unreadable
from ..units import holds_secret, host_of
from . import addresses, moves, waits
from .waits import DAY, HOUR, LONGEST_HOLD, OVERLOADED

HOLDING = frozenset({429, 503})
"""Statuses by which a server asks for time."""
GONE = 410
WHOLE_AFTER = timedelta(days=7)
"""Some servers answer 304 to anything: so often a body is asked for without validators."""
_NEVER_WHOLE = ("openrss.org", "rachelbythebay.com")
"""Hosts that count a request without validators as rudeness, however rare."""
_CURES = {
    204: "the address answers with nothing; look for the feed's new address",
    304: "the server says unchanged, though it was not asked about a change; it is asked again later",
    400: "the server does not understand the request; check the address",
    401: "it wants a user name and password; give them with auth_user and auth_password_file",
    402: "the server wants money for it; look for another address",
    403: "the server refuses this reader; ask its operator, or look for another address",
    404: "the address answers, but there is no feed there; look for its new address",
    405: "the address takes no requests of readers; check the address",
    410: "its owner took the feed down for good; remove it, or look for its new address",
    429: "the server was asked too often; it is left alone for a while",
    451: "the server may not show it here, for legal reasons",
    503: "the server is overloaded or under repair; it is left alone for a while",
}


def due(
    states: Iterable[FeedState],
    now: datetime,
    *,
    force: bool = False,
    fresh: bool = False,
    pauses: Mapping[str, datetime] | None = None,
    floors: Mapping[int, timedelta] | None = None,
) -> list[FeedState]:
    """The feeds to ask now, in their order.

    ``force`` ignores our own interval and back-off, ``fresh`` our own interval for feeds not asked in the last hour;
    neither what holds a feed: a wait its server or its document asked for, a paused host, a feed that is gone.
    ``pauses``: hosts that want to be left alone as a whole, and until when;
    ``floors``: by feed id, the ``every`` of feeds that have one of their own, which ``fresh`` keeps to.
    """
    asked = list(states)
    ids = {state.id for state in asked}
    return [
        state
        for state in asked
        if not held(state, now, pauses or {}, ids)
        and (
            force
            or _is_over(state.next_poll, now)
            or (fresh and _is_stale(state, now, (floors or {}).get(state.id, HOUR)))
        )
    ]


def held(state: FeedState, now: datetime, pauses: Mapping[str, datetime], ids: Container[int | None]) -> bool:
    """Whether something other than our own interval keeps a feed from being asked.

    ``ids``: all subscriptions, since a feed that was merged into one that is gone from them is on its own again.
    """
    if state.stopped is not None or state.merged_into in ids:
        return True
    if pausing(pauses, state, now) is not None or not _is_over(state.held_until, now):
        return True
    return state.last_try is not None and waits.awake(state.rhythm, now, state.last_try) > now


def unpaused(states: Iterable[FeedState]) -> list[FeedState]:
    """Without the feeds that a person paused, and without those that became one with such a feed."""
    by_id = {state.id: state for state in states}
    return [state for state in by_id.values() if not any(one.paused for one in _became(state, by_id))]


def _became(state: FeedState, by_id: Mapping[int, FeedState]) -> list[FeedState]:
    """A feed, the one that it was merged into, the one that this was merged into, and so on."""
    steps = {state.id: state}
    while (into := by_id.get(state.merged_into or 0)) is not None and into.id not in steps:
        state = steps[into.id] = into
    return list(steps.values())


def request(state: FeedState, now: datetime, login: tuple[str, str] | None = None) -> FetchRequest:
    """The GET for one feed, conditional where the last body left validators and is not too long ago."""
    url = moves.address(state)
    if _wants_whole(state, now):
        return FetchRequest(state.id, url, home=state.url, login=login)
    return FetchRequest(state.id, url, state.etag, state.last_modified, state.validators_from, state.url, login)


def pause(
    result: FetchResult, every: timedelta, now: datetime, listed: addresses.Exceptions
) -> tuple[str, datetime] | None:
    """The host that answered, and until when it is left alone as a whole; None where it need not be.

    A 429 of a public host speaks of everything that comes from here. That of a machine which an exception opens does
    not: there one service may stand for a hundred others (FreshRSS issue 7880).
    ``listed``: the exceptions, without which no address but a public one can have answered.
    """
    if result.status != 429:
        return None
    host = addresses.plain(host_of(result.url))
    if not host or host in {name for name, _ in listed}:
        return None
    return host, now + _hold(result, every, now, max(OVERLOADED, every))


def pausing(pauses: Mapping[str, datetime], state: FeedState, now: datetime) -> datetime | None:
    """Until when the host that a feed is asked at wants to be left alone; None where it may be asked."""
    if not pauses:
        return None
    until = pauses.get(addresses.plain(host_of(moves.address(state))))
    return None if _is_over(until, now) else until


def is_paused(pauses: Mapping[str, datetime], host: str, now: datetime) -> bool:
    """Whether a host, as ``addresses.plain`` writes it, wants to be left alone as a whole."""
    return not _is_over(pauses.get(host), now)


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
    times: Sequence[datetime] | None = None,
) -> FeedState:
    """What to remember of a feed once it was asked.

    ``parsed`` is None for a 304, for a body whose hash is known, and where the fetch failed.
    ``every`` is the least of the feed's own interval; ``times``, of its newest items with those that just came, stretch
    it. ``jitter``, from 0 to 1, spreads the next poll:
    up to a tenth earlier after a success, three to five quarters of the back-off, a week at most, after a failure.
    Validators change only with a body that was read, with one that is known, or by a 304 that brings new ones.
    """
    problem = _problem(state, result, parsed)
    times = state.recent if times is None else times
    own = waits.own_interval(times, every)
    whole = result.status is not None and (result.body is not None or not result.conditional)
    # In one step at the end of each way: to replace a field of a state copies all thirty of them.
    asked: dict[str, Any] = {
        "last_try": now,
        "last_status": result.status,
        "asked_whole": now if whole or state.asked_whole is None else state.asked_whole,
        "recent": tuple(times),
    }
    if problem is not None:
        failed = _failed(state, result, problem, every, own, now, jitter, asked)
        return moves.follow(failed, result, now, read=False)
    rhythm = parsed.rhythm if isinstance(parsed, ParsedFeed) else state.rhythm
    hold = waits.retry_after(result.headers, every, now)
    wish = max(waits.freshness(result.headers, now), min(rhythm.wait, DAY), hold or timedelta(0))
    state = replace(
        state,
        **asked,
        **_validated(state, result),
        rhythm=rhythm,
        resumed=False,
        last_success=now,
        next_poll=waits.awake(rhythm, now + max(own * (1 - 0.1 * jitter), wish), now),
        held_until=now + wish if wish else None,
        failures=0,
        failing_since=None,
        last_error=None,
        gone=0,
        stopped=None,
    )
    return moves.follow(state, result, now, read=True)


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


def refused_login(home: str, answered: str) -> str | None:
    """What a 401 means for a feed that has a login; None where it says enough itself.

    ``home``: the configured address, to whose origin alone the login is sent.
    """
    asked, at = urlsplit(home), urlsplit(answered)
    if (asked.scheme, at.scheme) == ("http", "https") and asked.hostname == at.hostname:
        return (
            "401 Unauthorized: it redirects from http to https, and a login given for one is not sent to the other; "
            "write https:// into config.toml"
        )
    return None


def _is_stale(state: FeedState, now: datetime, floor: timedelta) -> bool:
    """Not asked in the last hour, or as long as it says, and not failing: the back-off holds those that are."""
    return state.failures == 0 and (state.last_try is None or now - state.last_try >= max(HOUR, floor))


def _wants_whole(state: FeedState, now: datetime) -> bool:
    """A day's spread by the feed's number, so that not every feed of a subscription gets there at once."""
    if state.asked_whole is None or (state.etag is None and state.last_modified is None):
        return False
    if now - state.asked_whole < WHOLE_AFTER + timedelta(hours=state.id * 7 % 24):
        return False
    host = host_of(moves.address(state))
    return not any(host == one or host.endswith(f".{one}") for one in _NEVER_WHOLE)


def _is_over(until: datetime | None, now: datetime) -> bool:
    # Nothing makes us wait longer than a week, so a later time was set by a clock that ran ahead.
    return until is None or until <= now or until > now + LONGEST_HOLD + DAY


def _problem(state: FeedState, result: FetchResult, parsed: ParsedFeed | Unreadable | None) -> str | None:
    if result.error is not None:
        return result.error
    if isinstance(parsed, Unreadable):
        return parsed.discreet or parsed.reason if _is_secret(state) else parsed.reason
    if result.not_modified or isinstance(parsed, ParsedFeed):
        return None
    if result.body is not None:
        known = body_hash(result.body) == state.body_hash
        return None if known else "the feed came, but was not read; it is asked again later"
    return trouble(result.status) if result.status is not None else "no answer; it is asked again later"


def _is_secret(state: FeedState) -> bool:
    """Whether what is told of a feed may repeat no address: its problem stands in logs, mails and on public pages."""
    return state.private or holds_secret(state.url) or holds_secret(moves.address(state))


def _validated(state: FeedState, result: FetchResult) -> dict[str, Any]:
    """What a good answer changes of what is known of the body it stands for."""
    if result.not_modified:
        return {"etag": result.etag or state.etag, "last_modified": result.last_modified or state.last_modified}
    if result.body is None:
        return {}
    return {
        "etag": result.etag,
        "last_modified": result.last_modified,
        "validators_from": result.url if result.etag or result.last_modified else None,
        "body_hash": body_hash(result.body),
    }


def _failed(
    state: FeedState,
    result: FetchResult,
    problem: str,
    every: timedelta,
    own: timedelta,
    now: datetime,
    jitter: float,
    asked: Mapping[str, Any],
) -> FeedState:
    failures = state.failures + 1
    overloaded = result.status in HOLDING
    hold = _hold(result, every, now, max(OVERLOADED, every)) if overloaded else None
    hold = hold or waits.retry_after(result.headers, every, now)
    backoff = max(every, min(DAY, own * 2 ** min(failures - 1, 10))) * (0.75 + 0.5 * jitter)
    backoff = min(backoff, LONGEST_HOLD)  # a due time beyond it would be taken for a wrong clock's
    gone = state.gone + 1 if result.status == GONE else state.gone if result.status is None else 0
    return replace(
        state,
        **asked,
        failures=failures,
        failing_since=state.failing_since or now,
        last_error=problem,
        next_poll=now + max(backoff, hold or timedelta(0)),
        held_until=None if hold is None else now + hold,
        gone=gone,
        stopped=now if gone > 1 else None,
    )


def _hold(result: FetchResult, every: timedelta, now: datetime, otherwise: timedelta) -> timedelta:
    return waits.retry_after(result.headers, every, now) or otherwise

"""Where a feed lives now: which permanent redirects are believed, and when. Pure.

A permanent redirect (301, 308) asks for the new address to be stored (RFC 9110 15.4.2); captive portals send it too.
So it is stored once it proved itself: the feed was read through it at three polls over a week, always with one target.
http to https on the same host and path is stored at once, and so is a target that was read before
when the old address says 404 or 410. What is temporary (302, 303, 307) is never stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile
from urllib.parse import urlsplit

from ..model import FeedState, FetchResult, Lead
from ..units import same_address

POLLS = 3
PROOF = timedelta(days=7)
PERMANENT = frozenset({301, 308})
_ABSENT = frozenset({404, 410})


def address(state: FeedState) -> str:
    """Where a feed is asked: at its new address once it moved for good, else at the configured one."""
    return state.moved_to or state.url


def follow(state: FeedState, result: FetchResult, now: datetime, *, read: bool) -> FeedState:
    """The state with what this answer says of the feed's address; ``read``: a feed came, changed or not.

    After a move nothing of the old address is sent to the new one: its validators are gone.
    """
    if not read:
        if result.status in _ABSENT and not result.hops and state.lead is not None:
            return _moved(state, state.lead.url, now)
        return state
    target = _target(address(state), result.hops)
    if target is None or _same(target, state.stays):
        return state if state.lead is None else replace(state, lead=None)
    if _secured(address(state), target):
        return _moved(state, target, now)
    lead = state.lead
    if lead is None or not _same(lead.url, target):
        return replace(state, lead=Lead(target, 1, now))
    lead = replace(lead, seen=lead.seen + 1)
    if lead.seen >= POLLS and now - lead.since >= PROOF:
        return _moved(state, target, now)
    return replace(state, lead=lead)


def merged(state: FeedState, others: Mapping[int, str]) -> FeedState:
    """The state of a feed that moved, led into the subscription that is asked at its new address already.

    ``others``: where every other subscription that is asked is asked, by feed id.
    """
    into = next(
        (feed_id for feed_id, url in others.items() if feed_id != state.id and _same(url, state.moved_to)), None
    )
    return replace(state, merged_into=into)


def permanent(hops: Sequence[tuple[int, str]]) -> list[str]:
    """Where each step of the permanent redirects at the head of a chain leads (RFC 9110, 15.4.2)."""
    return [url for _, url in takewhile(lambda hop: hop[0] in PERMANENT, hops)]


def _moved(state: FeedState, target: str, now: datetime) -> FeedState:
    return replace(
        state,
        moved_to=target,
        moved=now,
        lead=None,
        etag=None,
        last_modified=None,
        validators_from=None,
        gone=0,
        stopped=None,
        # What was asked for in the old address's name holds there.
        next_poll=state.next_poll if state.failures == 0 else now,
        held_until=state.held_until if state.failures == 0 else None,
    )


def _target(asked: str, hops: Sequence[tuple[int, str]]) -> str | None:
    """Where the leading run of permanent redirects ends; its first step alone where that only adds the s of https."""
    run = permanent(hops)
    if not run:
        return None
    return run[0] if _secured(asked, run[0]) else run[-1]


def _secured(asked: str, target: str) -> bool:
    """From http to https, and nothing else: the same host, path and query."""
    old, new = urlsplit(asked), urlsplit(target)
    return (old.scheme, new.scheme) == ("http", "https") and (
        (old.hostname, old.path or "/", old.query) == (new.hostname, new.path or "/", new.query)
    )


def _same(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and same_address(one) == same_address(other)

"""Report: what became of one feed at one poll, for whoever watches it."""

from __future__ import annotations

from datetime import timedelta

from ..model import FeedReport, FeedState, FeedUpdate, FetchResult, ParsedFeed, PollOutcome, Unreadable
from ..units import host_of
from .naming import address


def told(
    update: FeedUpdate, result: FetchResult, note: str | None, parsed: ParsedFeed | Unreadable | None
) -> FeedReport:
    """What an answer changed, with a word about it if it needs one."""
    state = update.state
    if state.failures:
        outcome = PollOutcome.FAILED
    elif update.new or update.edited:
        outcome = PollOutcome.READ
    else:
        outcome = PollOutcome.UNCHANGED
    return FeedReport(
        feed_id=state.id,
        title=_title(state, update.own_title),
        host=host_of(state.url),
        address=address(state.url, private=state.private),
        outcome=outcome,
        status=result.status,
        new=sum(1 for one in update.new if not one.backlog),
        backlog=sum(1 for one in update.new if one.backlog),
        edited=sum(1 for one in update.edited if one.changed),
        error=state.last_error if state.failures else None,
        note=note,
        elapsed=result.elapsed or timedelta(0),
        complaints=parsed.complaints if isinstance(parsed, ParsedFeed) else (),
        read=len(parsed.items) if isinstance(parsed, ParsedFeed) else None,
        listed=_listed(parsed) if isinstance(parsed, ParsedFeed) else 0,
    )


def _listed(parsed: ParsedFeed) -> int:
    return len(parsed.items) + (parsed.reading.left_out if parsed.reading else 0)


def _title(state: FeedState, own_title: str | None) -> str:
    """The feed's title; at its first poll it is known by its host until it has said its own."""
    nameless = state.title == host_of(state.url) and not state.private
    return own_title if own_title and nameless else state.title

"""How a feed is, in words a person understands. Pure: from what is remembered of it, and the time."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from ..model import Condition, FeedHealth, FeedState
from ..units import host_of
from .poll import HOLDING

QUIET_AT_LEAST = timedelta(days=3)
"""A shorter silence is a weekend."""
QUIET_TIMES = 2
"""Longer than so many times the longest pause between its last items is longer than usual."""
ENOUGH = 5
"""Fewer items than that make no habit."""


def health(state: FeedState, now: datetime, paused_until: datetime | None = None) -> FeedHealth:
    """What there is to say of a feed at ``now``; ``paused_until``: its host wants to be left alone as a whole."""
    if state.paused:
        return FeedHealth(Condition.PAUSED, reason="you paused it; `digest feeds resume` goes on with it")
    if state.merged_into is not None:
        return FeedHealth(Condition.MERGED, state.moved, "its address leads to that of another feed that you read")
    if state.stopped is not None:
        return FeedHealth(Condition.GONE, state.stopped, state.last_error or "its owner took it down")
    if paused_until is not None and paused_until > now:
        why = state.last_error or "another feed of its host was told to come later"
        return FeedHealth(Condition.WAITING, state.failing_since, why, paused_until)
    if state.failures:
        why = state.last_error or "no answer"
        if state.last_status in HOLDING:
            held = state.held_until if state.held_until and state.held_until > now else None
            return FeedHealth(Condition.WAITING, state.failing_since, why, held)
        return FeedHealth(Condition.FAILING, state.failing_since, why)
    if state.last_try is None:
        return FeedHealth(Condition.NEW)
    silent = _silence(state)
    if silent is not None:
        return FeedHealth(Condition.QUIET, silent, "it answers, but has brought nothing new for longer than usual")
    return FeedHealth(Condition.FINE)


def moved(state: FeedState) -> str:
    """What to say once of a feed that moved for good; of a private one, whose address is a secret, nothing but that."""
    if state.merged_into is not None:
        return "its address leads to another feed that you read, which is asked alone from now on"
    where = "" if state.private else f", {host_of(state.moved_to or '')}"
    return f"it has moved for good and is asked at its new address{where}, from now on"


def _silence(state: FeedState) -> datetime | None:
    """Time of the last item of a feed that is quiet for longer than usual.

    Only what it was heard to be silent for counts: while nobody polled, nobody knows.
    """
    times = sorted(state.recent)
    if len(times) < ENOUGH or state.last_success is None:
        return None
    longest = max(later - earlier for earlier, later in pairwise(times))
    return times[-1] if state.last_success - times[-1] > max(QUIET_AT_LEAST, QUIET_TIMES * longest) else None

"""Pause: a person decides that a feed is not asked for now; a decision that is listed and undone like any other."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import datetime, timedelta

from ..errors import DigestError
from ..feeds import poll, waits
from ..model import Decision, FeedState
from ..pages.decisions import moment
from ..store import Store
from ..units import host_of

JUST_NOW = timedelta(minutes=1)
"""What was done so lately is not done again: a button is easily pressed twice, and a page is easily impatient."""


def pause(store: Store, feed: FeedState, now: datetime) -> Decision:
    """Stops asking a feed until it is resumed; raises DigestError where it is paused already."""
    with store.writing():
        if store.decisions.pauses(feed.id):
            raise DigestError(f"{feed.title} is paused already; `digest feeds resume` goes on with it")
        return store.decisions.add(Decision(0, "pause", now, feed.title, feed_id=feed.id))


def resume(store: Store, feed: FeedState, now: datetime) -> Decision:
    """Takes a feed's pause back, and has it asked unless it just was; raises DigestError where it is not paused."""
    with store.writing():
        found = store.decisions.pauses(feed.id)
        if not found:
            raise DigestError(f"{feed.title} is not paused; `digest feeds` tells how it is")
        for decision_id in found:
            store.decisions.undo(decision_id, now)
        store.feeds.resume(feed.id)  # what it brought meanwhile is no flood
        if not just_asked(feed, now):
            store.feeds.hurry([feed.id], now)
        return next(one for one in store.decisions.all() if one.id == found[-1])


def asked(store: Store, feed: FeedState, subscribed: Container[int | None], now: datetime, zone: str) -> str:
    """When a feed that was resumed is asked, in words; ``subscribed``: the ids of all subscriptions."""
    pauses = store.troubles.pauses()
    if poll.held(feed, now, pauses, subscribed):
        return f"it is not asked yet: {held(feed, now, pauses, zone)}"
    if just_asked(feed, now):
        return "it was asked a moment ago, and is asked again when it is due"
    return "it is asked at the next poll"


def just_asked(feed: FeedState, now: datetime) -> bool:
    """A second press must not have the same servers asked twice; a clock that was set back keeps nobody from asking."""
    return feed.last_try is not None and feed.last_try <= now < feed.last_try + JUST_NOW


def held(feed: FeedState, now: datetime, pauses: Mapping[str, datetime], zone: str) -> str:
    """Why a feed is asked by no poll, not even by one that is wanted at once, and until when."""
    if feed.stopped is not None or feed.merged_into is not None:
        return "it is gone, or became one with another feed"
    awake = waits.awake(feed.rhythm, now, feed.last_try) if feed.last_try is not None else None
    times = [time for time in (feed.held_until, poll.pausing(pauses, feed, now), awake) if time and time > now]
    until = f" before {moment(max(times), zone)}" if times else ""
    return f"{host_of(feed.moved_to or feed.url)} wants no request{until}"

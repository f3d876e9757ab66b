"""Pause: a person decides that a feed is not asked for now; a decision that is listed and undone like any other."""

from __future__ import annotations

from datetime import datetime

from ..errors import DigestError
from ..model import Decision, FeedState
from ..store import Store


def pause(store: Store, feed: FeedState, now: datetime) -> Decision:
    """Stops asking a feed until it is resumed; raises DigestError where it is paused already."""
    with store.writing():
        if store.decisions.pauses(feed.id):
            raise DigestError(f"{feed.title} is paused already; `digest feeds resume` goes on with it")
        return store.decisions.add(Decision(0, "pause", now, feed.title, feed_id=feed.id))


def resume(store: Store, feed: FeedState, now: datetime) -> Decision:
    """Takes the pause of a feed back; raises DigestError where it is not paused."""
    with store.writing():
        found = store.decisions.pauses(feed.id)
        if not found:
            raise DigestError(f"{feed.title} is not paused; `digest feeds` tells how it is")
        for decision_id in found:
            store.decisions.undo(decision_id, now)
        store.feeds.resume(feed.id)  # what it brought meanwhile is no flood
        return next(one for one in store.decisions.all() if one.id == found[-1])

"""How busy feeds are, from the items stored of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from ..config import Feed
from ..store import Store

WEEK = timedelta(days=7)
LOOKED_BACK = 4 * WEEK

SELDOM = 2.0
"""Items a week up to which a feed posts seldom: a weekly column, a personal page."""


def weekly(store: Store, subscriptions: Mapping[int, Feed], now: datetime) -> dict[int, float]:
    """Items a week of each of those feeds that has any, by its id."""
    found = store.feeds.activity(subscriptions, now - LOOKED_BACK)
    return {feed_id: per_week(*counted, now) for feed_id, counted in found.items()}


def seldom(store: Store, subscriptions: Mapping[int, Feed], now: datetime) -> frozenset[int]:
    """Ids of those of the feeds that post seldom."""
    return frozenset(feed_id for feed_id, items in weekly(store, subscriptions, now).items() if items <= SELDOM)


def per_week(items: int, oldest: datetime, now: datetime) -> float:
    """Items a week, where so many came in the last four and the oldest one stored is of that time.

    Where it is younger than four weeks the feed may list no older ones: then the time since counts, a day at least.
    """
    span = min(LOOKED_BACK, max(now - oldest, timedelta(days=1)))
    return items * (WEEK / span)

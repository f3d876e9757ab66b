"""Measure: how much there is, and whether somebody polls; for those who watch over the program. Writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..config import Config
from ..feeds import poll
from ..model import Condition
from ..store import Store
from .looking import feed_health

ASLEEP = timedelta(hours=25)
"""No feed was asked for so long though some are due: not even one run a day keeps to that."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Counts without a name or an address of any feed or reader."""

    feeds: Mapping[str, int]
    """Subscriptions by their condition; every condition is in it."""
    items: int
    stories: int
    threads: int
    editions: Mapping[str, int]
    last_editions: Mapping[str, datetime]
    deliveries: Mapping[str, int]
    last_poll: datetime | None
    bytes: int


def measures(store: Store, settings: Config, now: datetime) -> Measures:
    health = feed_health(store, settings, now)
    conditions = Counter(one.health.condition for one in health)
    conditions[Condition.NEW] += len(settings.feeds) - len(health)
    tries = [one.state.last_try for one in health if one.state.last_try is not None]
    found = store.census()
    return Measures(
        feeds={one.value: conditions[one] for one in Condition},
        items=found.items,
        stories=found.stories,
        threads=found.threads,
        editions=found.editions,
        last_editions=found.last_editions,
        deliveries=found.deliveries,
        last_poll=max(tries, default=None),
        bytes=found.bytes,
    )


def asleep(store: Store, settings: Config, now: datetime) -> bool:
    """Whether nobody polls any more: for a process that only shows what another one brings.

    Before the first poll there is nothing to judge by.
    """
    subscriptions = store.feeds.subscribed(settings.feeds)
    states = poll.unpaused(store.feeds.states(subscriptions))
    last = max((state.last_try for state in states if state.last_try is not None), default=now)
    if now - last <= ASLEEP:
        return False
    floors = {feed_id: feed.every for feed_id, feed in subscriptions.items() if feed.every is not None}
    return bool(poll.due(states, now, pauses=store.troubles.pauses(), floors=floors))

"""The subscriptions: each feed that is not fine, since when, why, and what to do."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ...config import Config
from ...editions import notices
from ...feeds import poll
from ...model import Condition
from ...store import Store
from ..looking import FeedStatus, feed_health
from ..measuring import asleep
from ..naming import Name, names
from .findings import Finding, Level

LASTING = timedelta(days=1)
"""A failure of less than a day is most often over by itself."""


def feeds(settings: Config, now: datetime) -> Iterator[Finding]:
    """How all of them are together, then each one with trouble."""
    if not settings.feeds or not settings.database.exists():
        return
    with Store.open_to_look(settings.database, settings.families) as store:
        found = feed_health(store, settings, now)
        sleeping = asleep(store, settings, now)
    tries = [one.state.last_try for one in found if one.state.last_try is not None]
    if sleeping and tries:
        yield Finding(
            "feeds",
            Level.WARNING,
            f"no feed was asked since {_local(max(tries), settings)}, though some are due",
            "start `digest serve`, or let cron or a timer start `digest run`; docs/running.md shows both",
        )
    for words in notices.failing(notices.asked(poll.unpaused(one.state for one in found)), listed=True):
        yield Finding("feeds", Level.WARNING, words)
    called = names(settings, (one.state for one in found))
    for one in found:
        yield from _one(one, called[one.state.url], settings, now)
    conditions = Counter(one.health.condition for one in found)
    conditions[Condition.NEW] += len(settings.feeds) - len(found)
    if conditions[Condition.NEW]:
        many = conditions[Condition.NEW]
        yield Finding("feeds", Level.NOTE, f"{many:,} not asked yet; the next poll does")
    if fine := conditions[Condition.FINE]:
        of_all = f"{fine:,} of {len(settings.feeds):,} {'is' if fine == 1 else 'are'} fine"
        yield Finding("feeds", Level.FINE, of_all)


def _one(one: FeedStatus, name: Name, settings: Config, now: datetime) -> Iterator[Finding]:
    how = one.health
    if how.condition in (Condition.FINE, Condition.NEW):
        return
    since = f" since {_local(how.since, settings)}" if how.since else ""
    until = f"; to be asked again {_local(how.until, settings)}" if how.until else ""
    what = f"{how.condition.value}{since}: {name.shown}: {how.reason}{until}"
    which = shlex.quote(name.told)
    lasts = how.since is not None and now - how.since >= LASTING
    match how.condition:
        case Condition.FAILING:
            cure = f"`digest feeds check {which}` asks it now and says more; `digest feeds remove {which}` ends it"
            yield Finding("feeds", Level.WARNING if lasts else Level.NOTE, what, cure)
        case Condition.GONE:
            cure = f"`digest feeds remove {which}`, or find its new address: `digest feeds add SITE`"
            yield Finding("feeds", Level.WARNING, what, cure)
        case Condition.MERGED:
            yield Finding(
                "feeds", Level.WARNING, what, f"`digest feeds remove {which}`: the other one brings its items"
            )
        case Condition.QUIET:
            yield Finding("feeds", Level.NOTE, what, "look at its site: it may have moved without a word")
        case _:
            yield Finding("feeds", Level.NOTE, what)


def _local(moment: datetime, settings: Config) -> str:
    return f"{moment.astimezone(ZoneInfo(settings.timezone)):%a %-d %b %Y, %H:%M}"

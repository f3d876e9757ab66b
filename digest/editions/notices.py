"""What an edition says of itself when things are not as usual: feeds that do not answer, slots that were missed.

Rules of this file: a sentence or two each, plain text, true of what is stored; nothing to say gives nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ..model import FeedState, FeedTrouble, Window
from .phrases import plural, short_day

MANY = 0.25
"""A larger share of failing feeds is told at the top, a smaller one in the last lines only."""

_NAMED = 3
"""Missed days that are named; more are counted."""


def notices(
    feeds: Sequence[FeedState], window: Window, slot: datetime, missed: Sequence[datetime], timezone: str
) -> tuple[str, ...]:
    """Every notice of an edition, the gravest first."""
    return (*_failing(feeds), *_late(window, slot, missed, ZoneInfo(timezone)))


def troubles(feeds: Sequence[FeedState]) -> tuple[FeedTrouble, ...]:
    """The feeds that failed when last asked, in their order."""
    return tuple(
        FeedTrouble(feed.title, feed.last_error or "no answer", feed.failing_since, feed.private)
        for feed in feeds
        if feed.failures
    )


def answered(feeds: Sequence[FeedState]) -> int:
    """How many feeds answered when last asked; one that was never asked has not."""
    return sum(feed.failures == 0 and feed.last_success is not None for feed in feeds)


def _failing(feeds: Sequence[FeedState]) -> Iterator[str]:
    failing = [feed for feed in feeds if feed.failures]
    if not failing or len(failing) <= MANY * len(feeds):
        return
    if len(failing) < len(feeds):
        who = f"{len(failing)} of {plural(len(feeds), 'feed')} did not answer"
    else:
        who = "The only feed did not answer" if len(feeds) == 1 else f"None of the {len(feeds)} feeds answered"
    yield f"{who}. {_cause(failing)}"


def _cause(failing: Sequence[FeedState]) -> str:
    """The likely cause, where all failures are of one kind."""
    statuses = {feed.last_status for feed in failing}
    errors = [feed.last_error or "" for feed in failing]
    if statuses == {None}:
        if all("looked up" in error or "no host called" in error for error in errors):
            return "No name could be looked up: this machine's network or its name service (DNS) is the likely cause."
        if len(failing) > 1:
            return "No server could be reached: this machine's network is the likely cause."
    if len(set(errors)) == 1 and errors[0]:
        return f"The reason: {errors[0].rstrip('.')}."
    status = statuses.pop() if len(statuses) == 1 else None
    if status is not None and status >= 400:
        return f"All of them said {status}."
    return "The reasons differ and are given with the feeds."


def _late(window: Window, slot: datetime, missed: Sequence[datetime], zone: ZoneInfo) -> Iterator[str]:
    days = sorted({one.astimezone(zone).date() for one in missed})
    if not days:
        return
    since = window.since.astimezone(zone).date()
    span = plural(max((slot.astimezone(zone).date() - since).days, 1), "day")
    if len(missed) > _NAMED:
        lost = f"the {len(missed)} editions due since {short_day(days[0])} did not come"
    elif len(missed) == 1:
        lost = f"the edition due on {short_day(days[0])} did not come"
    else:
        lost = f"the editions due on {_listed(days)} did not come"
    yield f"This edition covers {span}, since {short_day(since)}: {lost}."


def _listed(days: Sequence[date]) -> str:
    """``11, 12 and 13 Oct``, the month where it changes."""
    names = [
        str(day.day) if following is not None and day.month == following.month else short_day(day)
        for day, following in zip(days, [*days[1:], None], strict=True)
    ]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)

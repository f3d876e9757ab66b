"""What is not normal about an edition, in a sentence each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ..model import FeedState

MANY = 0.25
"""Share of feeds that must fail before it is worth more than a line in the footer."""


def notices(feeds: Sequence[FeedState], missed: Sequence[datetime], zone: ZoneInfo) -> tuple[str, ...]:
    """Sentences for readers, most important first; empty on a normal day."""
    return tuple(text for text in (_failing(feeds), _late(missed, zone)) if text)


def _failing(feeds: Sequence[FeedState]) -> str | None:
    """Many feeds at once are rarely many faults: no answer at all is most likely our own connection."""
    asked = [feed for feed in feeds if feed.last_try is not None]
    failing = [feed for feed in asked if feed.failures]
    if len(failing) < 2 or len(failing) <= MANY * len(asked):
        return None
    many = "None of the feeds" if len(failing) == len(asked) else f"{len(failing)} of {len(asked)} feeds"
    text = f"{many} could be read." if len(failing) == len(asked) else f"{many} could not be read."
    silent = sum(1 for feed in failing if feed.last_status is None)
    if silent > len(failing) / 2:
        return f"{text} They did not answer at all: the network or the name service of this machine may be down."
    status, count = Counter(feed.last_status for feed in failing).most_common(1)[0]
    return f"{text} {count} of them answered {status}." if count > 1 else text


def _late(missed: Sequence[datetime], zone: ZoneInfo) -> str | None:
    if not missed:
        return None
    days = sorted({slot.astimezone(zone).date() for slot in missed})
    if len(days) == 1:
        return f"This edition also covers {_day(days[0])}, when the program was not running."
    return (
        f"This edition also covers the {len(days)} days from {_day(days[0])} to {_day(days[-1])}, "
        "when the program was not running."
    )


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"

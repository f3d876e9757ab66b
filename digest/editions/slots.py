"""When a digest is due: its slots, computed from the wall clock of its zone.

A slot is one local day's ``at``. A time that spring skips comes right after the gap; a time that autumn repeats
comes once, the first time. Nothing here remembers anything: a slept-through night is only a later ``now``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from ..config import WEEKDAYS, Digest

DAY = timedelta(days=1)
NEAR = timedelta(minutes=30)
REACH = 16
"""Days looked at around ``now``: two weeks, since a weekly digest loses one where its zone skips the day."""


def latest(digest: Digest, now: datetime) -> datetime | None:
    """The most recent slot that is not after ``now``, in UTC; None when the days before it had none."""
    return max((slot for slot in _around(digest, now, -REACH, 2) if slot <= now), default=None)


def following(digest: Digest, now: datetime) -> datetime | None:
    """The first slot after ``now``, in UTC; None when the days to come have none."""
    return min((slot for slot in _around(digest, now, -1, REACH + 1) if slot > now), default=None)


def is_near(digests: Iterable[Digest], now: datetime) -> bool:
    """Whether any of them is due within half an hour: feeds are then asked so that it is fresh."""
    upcoming = (following(digest, now) for digest in digests)
    return any(slot is not None and slot - now <= NEAR for slot in upcoming)


def missed(digest: Digest, after: datetime, slot: datetime) -> tuple[datetime, ...]:
    """The slots strictly between two times, oldest first: what an edition for ``slot`` catches up."""
    days = (slot - after).days + 2
    return tuple(sorted({one for one in _around(digest, slot, -days, 2) if after < one < slot}))


def schedule(digest: Digest) -> str:
    """What its slots follow from, in a line: the same text, the same slots."""
    days = " ".join(day for day in WEEKDAYS if day in digest.days)
    return f"{digest.at:%H:%M:%S} {days} {digest.timezone}"


def oddity(digest: Digest, slot: datetime) -> Literal["skipped", "repeated"] | None:
    """What the zone does with the digest's time on the day of this slot of it; None on nearly every day."""
    there = slot.astimezone(ZoneInfo(digest.timezone))
    if there.time().replace(fold=0) != digest.at:
        return "skipped"
    return "repeated" if there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset() else None


def _around(digest: Digest, now: datetime, first: int, last: int) -> Iterator[datetime]:
    """Slots of the local days ``first`` to ``last`` (not included), counted from that of ``now``."""
    zone = ZoneInfo(digest.timezone)
    today = now.astimezone(zone).date()
    for offset in range(first, last):
        day = today + offset * DAY
        if WEEKDAYS[day.weekday()] in digest.days:
            slot = _slot(day, digest, zone)
            if slot is not None:
                yield slot


def _slot(day: date, digest: Digest, zone: ZoneInfo) -> datetime | None:
    """One day's slot; None for a day that the zone skipped as a whole (Apia, 30 December 2011)."""
    wanted = datetime.combine(day, digest.at)
    slot = wanted.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if slot.astimezone(zone).replace(tzinfo=None) == wanted:
        return slot
    # Inside a gap (PEP 495): read with the offset after it the time lies before the gap, with the other one behind it.
    end = _change(wanted.replace(tzinfo=zone, fold=1).astimezone(UTC), slot, zone)
    return None if _is_skipped(day, end, zone) else end


def _change(before: datetime, behind: datetime, zone: ZoneInfo) -> datetime:
    """The second at which the offset changes between two times; ``ZoneInfo`` does not tell, so it is searched."""
    offset = before.astimezone(zone).utcoffset()
    while behind - before > timedelta(seconds=1):
        middle = before + (behind - before) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            behind = middle
    return behind.replace(microsecond=0)


def _is_skipped(day: date, end: datetime, zone: ZoneInfo) -> bool:
    """Whether nothing of the day lies on either side of the gap that ends then."""
    last_before = (end - timedelta(seconds=1)).astimezone(zone).date()
    return last_before < day < end.astimezone(zone).date()

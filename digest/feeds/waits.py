"""How long to wait: by our own interval, and by what a server and its document say. Pure.

The server's word counts as RFC 9110 (10.2.3) and RFC 9111 (4.2) define it, its document's as RSS 2.0 and the
syndication module of RSS 1.0 do; both may only lengthen our own interval.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise

from ..model import Rhythm

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LONGEST_HOLD = timedelta(days=7)
"""However long a server wants to be left alone."""
OVERLOADED = HOUR
"""The least wait after a 429 or 503 that names none."""
_SECONDS = r"[0-9]+"
REMEMBERED = 20
"""So many of a feed's newest items tell how often it brings something."""


def newest(times: Sequence[datetime], now: datetime) -> tuple[datetime, ...]:
    """The newest publisher's dates, the latest first; one that lies ahead counts as now."""
    return tuple(sorted((min(time, now) for time in times), reverse=True)[:REMEMBERED])


def own_interval(times: Sequence[datetime], every: timedelta) -> timedelta:
    """Half the median gap between a feed's newest items: not under ``every``, not over a day unless ``every`` is.

    ``times`` in any order; fewer than two say nothing, and ``every`` stays.
    """
    newest = sorted(times)[-REMEMBERED:]
    gaps = sorted(later - earlier for earlier, later in pairwise(newest))
    if not gaps:
        return every
    median = (gaps[(len(gaps) - 1) // 2] + gaps[len(gaps) // 2]) / 2  # `statistics` takes 8 ms to load
    return max(every, min(median / 2, DAY))


def retry_after(headers: Mapping[str, str], every: timedelta, now: datetime) -> timedelta | None:
    """How long the server wants to be left alone, between ``every`` and a week; None where it says nothing.

    A date counts from the answer's own ``Date``, so that a wrong clock on either side does no harm.
    """
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if re.fullmatch(_SECONDS, text):
        wait = _seconds(text, LONGEST_HOLD)
    else:
        until = _date(text)
        if until is None:
            return None
        wait = until - (_date(headers.get("date", "")) or now)
    return max(every, min(wait, LONGEST_HOLD))


def freshness(headers: Mapping[str, str], now: datetime) -> timedelta:
    """For how long the answer stays fresh by its own word, at most a day: publishers set a year by mistake."""
    directives = {}
    for part in headers.get("cache-control", "").split(","):
        name, _, value = part.partition("=")
        directives[name.strip().lower()] = value.strip().strip('"')
    if "no-cache" in directives or "no-store" in directives:
        return timedelta(0)
    if "max-age" in directives:
        age = directives["max-age"]
        return _seconds(age, DAY) if re.fullmatch(_SECONDS, age) else timedelta(0)
    expires = _date(headers.get("expires", ""))
    if expires is None:
        return timedelta(0)
    return min(max(expires - (_date(headers.get("date", "")) or now), timedelta(0)), DAY)


def awake(rhythm: Rhythm, moment: datetime, last_try: datetime | None) -> datetime:
    """``moment``, or the end of the hours and days after it in which the feed says that nothing comes.

    A hint, so never more than a day after ``last_try``, or after a ``moment`` that lies later still.
    """
    if not rhythm.hours and not rhythm.days:
        return moment
    latest = max(moment, (last_try or moment) + DAY)
    found = moment
    while found < latest and (found.hour in rhythm.hours or found.weekday() in rhythm.days):
        found = found.replace(minute=0, second=0, microsecond=0) + HOUR
    return min(found, latest)


def _seconds(digits: str, most: timedelta) -> timedelta:
    """A number of any size, as RFC 9111 (1.2.2) wants one that is too large for us: as the most there is."""
    digits = digits.lstrip("0") or "0"
    return min(timedelta(seconds=int(digits)), most) if len(digits) < 10 else most


def _date(text: str) -> datetime | None:
    """An HTTP-date; None for anything else."""
    if not text:
        return None
    try:
        found = parsedate_to_datetime(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None

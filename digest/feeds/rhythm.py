"""When a feed's document asks to be read: ttl, sy:update*, skipHours and skipDays -> Rhythm. Pure.

``ttl``, ``skipHours`` and ``skipDays`` are RSS 2.0's, the period and its frequency those of the syndication module
(web.resource.org/rss/1.0/modules/syndication). What cannot be read counts as not said.
"""

from __future__ import annotations

import re
from datetime import timedelta

from ..model import Rhythm

_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONGEST = timedelta(days=365)
_TEXTS = re.compile(rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL)
_HOURS = re.compile(rb"<skipHours>(.{0,4000}?)</skipHours>", re.DOTALL | re.IGNORECASE)
_HOUR = re.compile(rb"<hour>\s*(\d{1,2})\s*</hour>", re.IGNORECASE)
_SKIPPED = re.compile(rb"<skipDays>(.{0,2000}?)</skipDays>", re.DOTALL | re.IGNORECASE)
_DAY = re.compile(rb"<day>\s*([A-Za-z]{6,9})\s*</day>", re.IGNORECASE)


def rhythm(document: bytes, *, ttl: str | None, period: str | None, frequency: str | None) -> Rhythm:
    """The hints of one document; ``ttl`` in minutes and the syndication module's two words as the parser found them.

    Skipped hours and days, which the parser does not keep, are read from the document's bytes, outside of its texts.
    """
    hours, days = _skipped(document)
    return Rhythm(max(_ttl(ttl), _updates(period, frequency)), hours, days)


def _ttl(text: str | None) -> timedelta:
    digits = (text or "").strip()
    return min(timedelta(minutes=int(digits)), _LONGEST) if re.fullmatch(r"[0-9]{1,9}", digits) else timedelta(0)


def _updates(period: str | None, frequency: str | None) -> timedelta:
    """A frequency of 0, or none, counts as 1; without a period it is one a day."""
    if period is None and frequency is None:
        return timedelta(0)
    length = _PERIODS.get((period or "daily").strip().lower(), timedelta(0))
    times = (frequency or "").strip()
    return length / max(1, int(times)) if re.fullmatch(r"[0-9]{1,6}", times) else length


def _skipped(document: bytes) -> tuple[frozenset[int], frozenset[int]]:
    lower = document.lower()
    if b"<skiphours>" not in lower and b"<skipdays>" not in lower:
        return frozenset(), frozenset()
    plain = _TEXTS.sub(b"", document)
    hours, days = _HOURS.search(plain), _SKIPPED.search(plain)
    named = {int(one) % 24 for one in _HOUR.findall(hours[1]) if int(one) <= 24} if hours else set()
    words = {one.decode("ascii").lower() for one in _DAY.findall(days[1])} if days else set()
    return frozenset(named), frozenset(_DAYS.index(word) for word in words if word in _DAYS)

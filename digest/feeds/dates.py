"""Dates as feeds write them -> aware UTC, or None where the text is no sane date. Pure.

Standards: RFC 822 with the years of RFC 1123 (RSS), RFC 3339 (Atom, JSON Feed), W3CDTF (Dublin Core);
and what publishers write instead: full weekdays, dashes, zone names, seconds since 1970.
feedparser takes zone names it does not know for UTC and accepts the year 1, so its reading is the last resort.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from time import struct_time
from urllib.parse import urlsplit

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(minutes=10)
"""A date further ahead than this is taken for missing: the item sorts by first-seen."""

_HOURS = {
    "gmt": 0, "ut": 0, "utc": 0, "z": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "cest": 2, "mez": 1, "mesz": 2,
    "met": 1, "mest": 2, "eet": 2, "eest": 3, "msk": 3, "msd": 4, "trt": 3, "fet": 3,
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8,
    "hst": -10, "ast": -4, "adt": -3, "nst": -3.5, "ndt": -2.5,
    "art": -3, "brt": -3, "brst": -2, "clt": -4, "clst": -3, "cot": -5, "pet": -5, "vet": -4, "uyt": -3,
    "wat": 1, "cat": 2, "sast": 2, "eat": 3, "idt": 3, "irst": 3.5, "gst": 4, "pkt": 5, "ist": 5.5, "npt": 5.75,
    "bdt": 6, "ict": 7, "wib": 7, "wita": 8, "wit": 9, "sgt": 8, "myt": 8, "pht": 8, "hkt": 8, "jst": 9, "kst": 9,
    "awst": 8, "acst": 9.5, "acdt": 10.5, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip
_IN_COUNTRY = {
    ("ist", "il"): 2, ("ist", "ie"): 1, ("cst", "cn"): 8, ("cst", "tw"): 8, ("est", "au"): 10, ("edt", "au"): 11,
    ("ast", "sa"): 3, ("pst", "ph"): 8,
}  # fmt: skip
"""One name, several zones: decided by the top-level domain of the outlet."""

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            # the first three letters, or four where three are not enough: English, German, Spanish, Portuguese,
            # French, Italian, Dutch, Russian, Polish; RSS wants English, publishers' systems write their own
            "jan ene gen янв sty janv",
            "feb fev fév фев lut",
            "mar mär mrt мар",
            "apr abr avr апр kwi",
            "may mai mag mei мая май maj maggio",
            "jun juin giu июн cze",
            "jul juil lug июл lip",
            "aug ago aoû aou авг sie",
            "sep set сен wrz sept",
            "oct okt out ott окт paź",
            "nov ноя lis",
            "dec dez dic déc дек gru",
        ),
        1,
    )
    for name in names.split()
}

_ZONE = r"(?P<zone>[A-Za-z]{1,5})?\s*(?P<sign>[+-])?\s*(?P<zh>\d{1,2})?:?(?P<zm>\d{2})?\s*(?:\([^)]*\))?"
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?"
_FORMS = (
    # Fri, 13 Oct 2023 13:06 IST; Tuesday, 03-Mar-26 10:00:00 GMT
    re.compile(
        rf"(?:[^\W\d]+\.?(?:,\s*|\s+))?(?P<day>\d{{1,2}})[\s.-]+(?P<month>[^\W\d_]{{3,10}})\.?,?[\s-]+(?P<year>\d{{4}}|\d{{2}})"
        rf"(?:,?\s+{_CLOCK}\s*{_ZONE})?"
    ),
    # Fri Oct 13 13:06:00 2023 (asctime); October 13, 2023 1:06 pm EST
    re.compile(
        rf"(?:[^\W\d]+\.?,?\s+)?(?P<month>[^\W\d_]{{3,10}})\.?\s+(?P<day>\d{{1,2}})\s+{_CLOCK}\s+(?P<zone>[A-Za-z]+\s+)?"
        rf"(?P<year>\d{{4}})"
    ),
    re.compile(
        rf"(?:[^\W\d]+\.?,?\s+)?(?P<month>[^\W\d_]{{3,10}})\.?\s+(?P<day>\d{{1,2}}),?\s+(?P<year>\d{{4}})"
        rf"(?:,?\s+(?:at\s+)?{_CLOCK}\s*{_ZONE})?"
    ),
    # 2023-10-13T13:06:00+05:30, 2023-10-13 13:06, 2023/10/13
    re.compile(
        rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}})(?:(?:\s*[Tt]\s*|\s+){_CLOCK}\s*{_ZONE})?"
    ),
    re.compile(
        r"(?P<year>\d{4})-?(?P<month>\d{2})-?(?P<day>\d{2})T(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})Z?"
    ),
)
_CJK = re.compile(
    r"(?P<year>\d{4})\s*[년年]\s*(?P<month>\d{1,2})\s*[월月]\s*(?P<day>\d{1,2})\s*[일日]?[^\d]*"
    r"(?:(?P<hour>\d{1,2})\s*[:시時点]\s*(?P<minute>\d{2}))?(?:\s*[:분分]\s*(?P<second>\d{2}))?.*"
)


def country_of(addresses: Iterable[str | None]) -> str:
    """The first country's top-level domain among addresses, ``""`` where none has one."""
    for address in addresses:
        host = (urlsplit(address).hostname if address else None) or ""
        last = host.rpartition(".")[2]
        if len(last) == 2 and last.isalpha():
            return last
    return ""


_CERTAIN = re.compile(r"[ -~]*(?:[0-9]Z|\b(?:GMT|UTC|UT)|[+-][0-9]{2}:?[0-9]{2})\s*")


def needs_country(written: str) -> bool:
    """Whether ``read`` may ask for a country: not for a zone that means the same everywhere."""
    return _CERTAIN.fullmatch(written) is None


def read(written: str, *, country: str = "", fallback: struct_time | None = None) -> datetime | None:
    """The moment that the text names, in UTC; no zone means UTC.

    ``country`` decides zone names that several countries use, ``fallback`` is feedparser's reading.
    None for what cannot be read and for moments before 1990.
    """
    written = " ".join(written.split())
    moment = _epoch(written) or _cjk(written, country)
    if moment is None:
        form = next((found for pattern in _FORMS if (found := pattern.fullmatch(written))), None)
        known = form and (form["month"].isdigit() or _month(form["month"].lower()))
        moment = _moment(form.groupdict(), country) if form and known else _from_struct(fallback)
    return moment if moment is not None and moment >= EARLIEST else None


def sane(moment: datetime | None, now: datetime) -> datetime | None:
    """The moment, unless it lies more than ``AHEAD`` after ``now``."""
    return moment if moment is not None and moment <= now + AHEAD else None


def _epoch(written: str) -> datetime | None:
    if re.fullmatch(r"[1-9]\d{8,9}(?:\.\d+)?", written):
        return datetime.fromtimestamp(float(written), UTC)
    if re.fullmatch(r"[1-9]\d{11,12}", written):
        return datetime.fromtimestamp(int(written) / 1000, UTC)
    return None


def _cjk(written: str, country: str) -> datetime | None:
    found = _CJK.fullmatch(written)
    if found is None:
        return None
    china = country in {"cn", "tw", "hk", "mo", "sg"} and "年" in written
    return _build(found.groupdict(), timedelta(hours=8 if china else 9))


def _moment(form: dict[str, str | None], country: str) -> datetime | None:
    offset = _offset((form.get("zone") or "").strip().lower(), form, country)
    return None if offset is None else _build(form, offset)


def _offset(name: str, form: dict[str, str | None], country: str) -> timedelta | None:
    """East of Greenwich; None where the text names no zone on this planet."""
    if form.get("sign") and form.get("zh"):
        digits = form["zh"] or "0"
        hours, minutes = int(digits), int(form.get("zm") or 0)
        if hours > 14 or minutes > 59:
            return None
        east = timedelta(hours=hours, minutes=minutes)
        return east if form["sign"] == "+" else -east
    if form.get("zh"):
        return None
    return timedelta(hours=_IN_COUNTRY.get((name, country), _HOURS.get(name, 0)))


def _build(form: dict[str, str | None], offset: timedelta) -> datetime | None:
    month = form["month"] or ""
    year = int(form["year"] or 0)
    if len(form["year"] or "") == 2:
        year += 1900 if year >= 70 else 2000
    hour = int(form.get("hour") or 0)
    half = (form.get("half") or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return datetime(
            year,
            int(month) if month.isdigit() else _month(month.lower()),
            int(form["day"] or 0),
            hour,
            int(form.get("minute") or 0),
            min(int(form.get("second") or 0), 59),  # a leap second
            tzinfo=timezone(offset),
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _month(name: str) -> int:
    return _MONTHS.get(name[:4]) or _MONTHS.get(name[:3]) or 0


def _from_struct(parsed: struct_time | None) -> datetime | None:
    if parsed is None:
        return None
    try:
        return datetime(*parsed[:5], min(parsed[5], 59), tzinfo=UTC)
    except (ValueError, OverflowError):
        return None

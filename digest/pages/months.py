"""The archive as calendars: which days of which months had editions."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ..model import Edition, edition_path


@dataclass(frozen=True, slots=True)
class Issue:
    """What the archive remembers of one edition."""

    day: date
    path: str
    """Below the digest's folder."""
    ordinal: int
    items: int
    """That its page shows."""


@dataclass(frozen=True, slots=True)
class CalendarDay:
    day: date
    issues: tuple[Issue, ...] = ()
    """Its editions, first one first."""
    missed: bool = False
    """It lies between the first and the last edition and had none."""


@dataclass(frozen=True, slots=True)
class Month:
    first: date
    """Its first day."""
    weeks: tuple[tuple[CalendarDay | None, ...], ...]
    """Monday to Sunday; None for days of a neighbouring month."""


def issue(edition: Edition) -> Issue:
    return Issue(edition.day, edition.path, edition.ordinal, edition.items)


def issue_of(day: date, ordinal: int, items: int) -> Issue:
    """The same from what the database tells without reading editions."""
    return Issue(day, edition_path(day, ordinal), ordinal, items)


def months(issues: Iterable[Issue]) -> tuple[Month, ...]:
    """The months that had editions, newest first."""
    by_day: dict[date, list[Issue]] = {}
    for one in issues:
        by_day.setdefault(one.day, []).append(one)
    firsts = sorted({day.replace(day=1) for day in by_day}, reverse=True)
    span = (min(by_day), max(by_day)) if by_day else (date.max, date.min)
    return tuple(Month(first, tuple(_weeks(first, by_day, span))) for first in firsts)


def _weeks(
    first: date, by_day: dict[date, list[Issue]], span: tuple[date, date]
) -> Iterable[tuple[CalendarDay | None, ...]]:
    for week in calendar.Calendar().monthdatescalendar(first.year, first.month):
        yield tuple(_day(day, by_day, span) if day.month == first.month else None for day in week)


def _day(day: date, by_day: dict[date, list[Issue]], span: tuple[date, date]) -> CalendarDay:
    issues = tuple(sorted(by_day.get(day, []), key=lambda one: one.ordinal))
    return CalendarDay(day, issues, missed=not issues and span[0] < day < span[1])

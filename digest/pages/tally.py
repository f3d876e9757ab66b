"""Who reported how much when: outlets by days, in a table that stays readable however long a thread runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from ..editions.cut import clean
from ..editions.phrases import month, plural, short_day
from ..model import Item

COLUMNS = 14
ROWS = 12
"""Outlets that have a row of their own; a single one too many has one, too."""


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    counts: tuple[int, ...]
    """Of reports, by column."""
    is_outlet: bool = True
    """Otherwise a sum of what has no row of its own."""

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Tally:
    unit: str
    """``day``, ``week`` or ``month``: what a column is."""
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def tally(items: Sequence[Item], copies: frozenset[int], zone: ZoneInfo) -> Tally:
    """The table of these items; copies of one text are counted in a row of their own, not as their outlet's word.

    Columns are the days with a report, weeks where those would be more than fourteen, then months; still older ones are
    one column.
    """
    days = {item.id: item.published.astimezone(zone).date() for item in items}
    unit, begin = _unit(days.values())
    begins = sorted({begin(day) for day in days.values()})
    earlier = begins[: len(begins) - COLUMNS + 1] if len(begins) > COLUMNS else []
    kept = begins[len(earlier) :]
    columns = [*(["earlier"] if earlier else []), *(_label(unit, one, kept[-1]) for one in kept)]
    place = {one: index + bool(earlier) for index, one in enumerate(kept)} | dict.fromkeys(earlier, 0)

    def counted(name: str, some: Iterable[Item], *, is_outlet: bool = True) -> Row:
        found = Counter(place[begin(days[item.id])] for item in some)
        return Row(name, tuple(found[index] for index in range(len(columns))), is_outlet)

    by_outlet: dict[str, list[Item]] = {}
    for item in items:
        if item.id not in copies:
            by_outlet.setdefault(item.outlet, []).append(item)
    ranked = sorted(by_outlet.values(), key=lambda some: (-len(some), min(one.published for one in some), some[0].id))
    shown = ranked if len(ranked) <= ROWS + 1 else ranked[:ROWS]
    rows = [counted(_name(some), some) for some in shown]
    if rest := [item for some in ranked[len(shown) :] for item in some]:
        rows.append(counted(plural(len(ranked) - len(shown), "more outlet"), rest, is_outlet=False))
    if copied := [item for item in items if item.id in copies]:
        rows.append(counted("Copies of one text", copied, is_outlet=False))
    return Tally(unit, tuple(columns), tuple(rows))


def _unit(days: Iterable[date]) -> tuple[str, Callable[[date], date]]:
    found = set(days)
    if len(found) <= COLUMNS:
        return "day", lambda day: day
    if len({_week(day) for day in found}) <= COLUMNS:
        return "week", _week
    return "month", lambda day: day.replace(day=1)


def _week(day: date) -> date:
    """Its Monday."""
    return day - timedelta(days=day.weekday())


def _label(unit: str, begins: date, last: date) -> str:
    """``13 Oct``, ``October 2023``; a day or week of another year than the last one's with its year."""
    if unit == "month":
        return month(begins)
    return short_day(begins) if begins.year == last.year else f"{short_day(begins)} {begins.year}"


def _name(items: Sequence[Item]) -> str:
    """What most of its reports call the outlet."""
    return clean(Counter(item.outlet_name for item in items).most_common(1)[0][0])

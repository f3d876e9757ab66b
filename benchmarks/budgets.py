"""The budgets that the benchmarks are held to, and which figure meets which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import composing
import startup
from peers import READING
from polls import COLD, DAY_2, WARM, Results, read

NOT_MEASURED = "not measured"
RATIOS = (
    # phase, peer, feeds, most
    (WARM, "reader", 200, 0.75),
    (WARM, "reader", 1000, 0.35),
    (DAY_2, "reader", 200, 0.20),
    (DAY_2, "reader", 1000, 0.10),
    (DAY_2, "newsboat", 200, 0.30),
    (DAY_2, "newsboat", 1000, 0.07),
    (COLD, "reader", 200, 0.70),
    (COLD, "reader", 1000, 0.70),
)


@dataclass(frozen=True)
class Line:
    """One budget; figures are None where they were not measured."""

    what: str
    figure: float | None
    budget: float
    unit: str = ""
    least: bool = False
    """The figure must be at least the budget, not at most."""
    floor: float | None = None
    peer: float | None = None
    ratio: float | None = None
    """Where there is one, it is what the budget is about."""
    digits: int = 2

    @property
    def is_met(self) -> bool | None:
        held = self.figure if self.ratio is None else self.ratio
        if held is None:
            return None
        return held >= self.budget if self.least else held <= self.budget

    def row(self) -> str:
        verdict = {True: "met", False: "**missed**", None: NOT_MEASURED}[self.is_met]
        sign = "≥" if self.least else "≤"
        shown = [_number(one, self.digits) for one in (self.figure, self.floor, self.peer, self.ratio)]
        return f"| {self.what} | {' | '.join(shown)} | {sign} {self.budget:,g} {self.unit}".rstrip() + f" | {verdict} |"


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def table(parts: Mapping[str, Any]) -> str:
    """All budgets; ``parts`` is what each benchmark kept, by its name."""
    head = "| budget | digest | floor | peer | ratio | budget | |\n| --- | --: | --: | --: | --: | --: | --- |"
    return "\n".join([head, *(line.row() for line in lines(parts))])


def table_of_reading(parts: Mapping[str, Any]) -> str:
    """The budgets of polls once more, without what no other reader does."""
    head = "| without grouping and search | digest | floor | peer | ratio | budget | |\n"
    return "\n".join([f"{head}| --- | --: | --: | --: | --: | --: | --- |", *(one.row() for one in _reading(parts))])


def _reading(parts: Mapping[str, Any]) -> Iterator[Line]:
    results = Results(read(parts["polls"]["rows"])) if "polls" in parts else None
    for phase, peer, feeds, most in RATIOS:
        if phase != WARM:  # where nothing is new nothing is grouped
            yield _ratio(results, phase, peer, feeds, most, READING)
    full = results if results and 1000 in results.sizes else None
    yield _memory(full, READING)
    yield _size(full, READING)


def lines(parts: Mapping[str, Any]) -> Iterator[Line]:
    results = Results(read(parts["polls"]["rows"])) if "polls" in parts else None
    for phase, peer, feeds, most in RATIOS:
        yield _ratio(results, phase, peer, feeds, most)
    late = Results(read(parts["latency"]["rows"])) if "latency" in parts else None
    yield Line(
        "warm poll, 1,000 feeds, 100 ms latency: wall to the sum of delays / 32",
        late.waiting(1000) if late else None, 1.3,
        floor=late.waiting(1000, peer="floor") if late else None,
    )  # fmt: skip
    full = results if results and 1000 in results.sizes else None
    yield _memory(full)
    yield _size(full)
    speed = parts.get("grouping", {}).get("full")
    yield Line("threading in a window of 20,000 items, items/s", speed, 3000, least=True, digits=0)
    composed = composing.above(parts["composing"], composing.SEND) if "composing" in parts else None
    yield Line("an edition of 100 items of 100,000: `digest send` above start-up (`digest next`), CPU s", composed, 0.5)
    late_page = parts.get("pages", {}).get("p95")
    yield Line("front page of the same database, 32 readers, 95th percentile, ms", late_page, 50, digits=0)
    helped = startup.above_bare(parts["startup"], "digest --help") if "startup" in parts else None
    yield Line("`digest --help` above bare Python, CPU ms", helped, 80, digits=0)


def _memory(results: Results | None, ours: str = "digest") -> Line:
    peak = results.memory(1000, ours) if results else None
    return Line("peak memory of the polling process, 1,000 feeds, MB", peak, 80, digits=0)


def _size(results: Results | None, ours: str = "digest") -> Line:
    cold = results.of(1000, COLD, ours) if results else []
    floor = results.of(1000, COLD, "floor") if results else []
    return Line(
        f"database after a first poll of 1,000 feeds ({cold[-1].items if cold else 35_202:,} items), MB",
        cold[-1].size if cold else None, 55, floor=floor[-1].size if floor else None, digits=1,
    )  # fmt: skip


def _ratio(results: Results | None, phase: str, peer: str, feeds: int, most: float, ours: str = "digest") -> Line:
    what = f"{phase} poll, {feeds:,} feeds, CPU s, against {peer}"
    if results is None:
        return Line(what, None, most)
    found = [results.cpu(feeds, phase, who) for who in (ours, "floor", peer)]
    ratio = results.ratio(feeds, phase, peer, ours)
    return Line(what, found[0] if ratio is not None else None, most, floor=found[1], peer=found[2], ratio=ratio)

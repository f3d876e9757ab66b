"""How much one machine holds: what the parts of a poll cost, what follows from it, and one real run to check that.

    python benchmarks/ceiling.py [--feeds 5000] [--latency 0.1]

The costs come from polls of two sizes (``Costs.of``); the run is one of many more feeds, with latency.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from peers import Digest
from polls import AT_ONCE, COLD, DAY_2, WARM, Results, play

HOSTS = 250
HOURS = 24
READERS = ((100, 10), (500, 10), (1_000, 10), (5_000, 10), (5_000, 50))
"""Feeds, and the new items a day that each of them brings."""


@dataclass(frozen=True)
class Costs:
    """Processor seconds, and bytes, of the parts of a poll."""

    start: float
    """Of a poll, however many feeds."""
    unchanged: float
    """More for each feed that has nothing new."""
    changed: float
    """More for a feed that has one new item, which is fetched, read, stored, grouped and indexed."""
    first: float
    """More for each item of a feed that is read for the first time."""
    stored: float
    """Bytes an item on disk, with the index of the search."""

    @classmethod
    def of(cls, results: Results) -> Costs:
        """From polls of the smallest and the largest number of feeds that were played."""
        few, many = results.sizes[0], results.sizes[-1]
        warm = [results.cpu(feeds, WARM) or 0.0 for feeds in (few, many)]
        unchanged = max((warm[1] - warm[0]) / (many - few), 0.0)
        cold = results.of(many, COLD)[-1]
        return cls(
            start=max(warm[0] - few * unchanged, 0.0),
            unchanged=unchanged,
            changed=((results.cpu(many, DAY_2) or 0.0) - warm[1]) / many,
            first=((results.cpu(many, COLD) or 0.0) - warm[1]) / cold.items,
            stored=(cold.disk or cold.size) * 1e6 / cold.items,
        )

    def poll(self, feeds: int, new: float) -> float:
        """Seconds for one poll of so many feeds that bring so many new items, each of a feed of its own."""
        return self.start + feeds * self.unchanged + new * self.changed


def table(costs: Costs) -> str:
    """A day of polls each hour, for several sizes."""
    lines = [
        "| feeds | new items a day | processor time a day | of one core | a first poll | database by a year |",
        "| --: | --: | --: | --: | --: | --: |",
    ]
    for feeds, each in READERS:
        items = feeds * each
        spent = HOURS * costs.poll(feeds, items / HOURS)
        lines.append(
            f"| {feeds:,} | {items:,} | {_span(spent)} | {spent / 864:.2g} % | {_span(feeds * 35 * costs.first)} "
            f"| {items * 365 * costs.stored / 1e9:.1f} GB |"
        )
    return "\n".join(lines)


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def parts(costs: Costs) -> str:
    return "\n".join((
        "| part | costs |",
        "| --- | --: |",
        f"| a poll, however many feeds | {costs.start:.2f} s of a processor |",
        f"| a feed with nothing new | {costs.unchanged * 1000:.2f} ms |",
        f"| a feed with one new item: fetched, read, stored, grouped, indexed | {costs.changed * 1000:.1f} ms more |",
        f"| an item of a feed that is read for the first time | {costs.first * 1000:.1f} ms |",
        f"| an item on disk, with its words in the index of the search | {costs.stored / 1000:.1f} kB |",
        f"| unchanged feeds an hour, one core, if nothing else held them up | {_round(3600 / costs.unchanged)} |",
        f"| new items an hour, one core | {_round(3600 / costs.changed)} |",
    ))  # fmt: skip


def _round(number: float) -> str:
    digits = len(str(int(number)))
    return f"{round(number, 2 - digits):,.0f}"


def check(results: Results, costs: Costs) -> str:
    """The real run beside what was foretold of it."""
    [feeds] = results.sizes
    lines = [
        "| phase | wall s | CPU s | foretold CPU s | MB, polling process | feeds a minute | wall to the least for 32 |",
        "| --- | --: | --: | --: | --: | --: | --: |",
    ]
    for phase in (COLD, WARM, DAY_2):
        one = results.of(feeds, phase)[-1]
        foretold = {
            COLD: costs.poll(feeds, 0) + one.items * costs.first,
            WARM: costs.poll(feeds, 0),
            DAY_2: costs.poll(feeds, feeds),
        }[phase]
        lines.append(
            f"| {phase} | {one.cost.wall:.0f} | {one.cost.cpu:.1f} | {foretold:.1f} | {one.cost.memory:.0f} "
            f"| {feeds / one.cost.wall * 60:,.0f} | {one.cost.wall * AT_ONCE / one.waited:.2f} |"
        )
    return "\n".join(lines)


def run(feeds: int, latency: float) -> Results:
    return Results(play(feeds, 1, [Digest()], hosts=HOSTS, latency=latency))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=5000)
    parser.add_argument("--latency", type=float, default=0.1)
    chosen = parser.parse_args(arguments)
    few = Results([one for feeds in (200, 1000) for one in play(feeds, 1, [Digest()])])
    costs = Costs.of(few)
    print(f"{parts(costs)}\n\n{table(costs)}\n\n{check(run(chosen.feeds, chosen.latency), costs)}")


if __name__ == "__main__":
    main()

"""Polls of the farm: a first one, one where nothing is new, one of the next day, and one where nothing is due.

    python benchmarks/polls.py [--feeds 200 1000] [--rounds 3] [--latency 0.1] [--reader PYTHON] [--peer digest ...]

In each phase all peers poll the same farm one after another, so that neighbours on the machine trouble all of them
alike; ratios are taken round by round, of processor time. Every peer must have stored the same number of items.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from farm import Counts, Farm
from measured import Cost, run
from peers import Digest, Peer, installed

COLD, WARM, DAY_2, IDLE = "cold", "warm", "day 2", "nothing due"
PHASES = (COLD, WARM, DAY_2, IDLE)
AT_ONCE = 32
"""``[fetch] at_once`` unless it is set."""


@dataclass(frozen=True)
class Played:
    """One poll of one peer."""

    feeds: int
    phase: str
    peer: str
    round: int
    cost: Cost
    items: int
    size: float
    """MB stored, without the index of a search."""
    requests: int
    not_modified: int
    connections: int
    most_at_one_host: int
    waited: float
    """Seconds of latency that all answers together were given."""
    disk: float = 0.0
    """MB of the databases in all."""


def play(feeds: int, rounds: int, peers: Sequence[Peer], *, hosts: int = 100, latency: float = 0.0) -> list[Played]:
    """All phases, so many times, each time from nothing."""
    found: list[Played] = []
    with Farm(feeds, hosts=hosts, latency=latency) as farm:
        for number in range(rounds):
            farm.first_day()
            with tempfile.TemporaryDirectory(prefix="digest-bench-") as folder:
                found += _Round(farm, feeds, number, Path(folder), peers).play()
    return found


class _Round:
    def __init__(self, farm: Farm, feeds: int, number: int, folder: Path, peers: Sequence[Peer]) -> None:
        self.farm, self.feeds, self.number = farm, feeds, number
        self.folders = {peer.name: folder / peer.name for peer in peers}
        self.peers = peers
        for peer in peers:
            self.folders[peer.name].mkdir()
            peer.prepare(self.folders[peer.name], farm)
        farm.counts()

    def play(self) -> list[Played]:
        found = [self.one(COLD, peer) for peer in self.peers]
        for peer in self.peers:
            for _ in range(peer.untimed):
                self.one("untimed", peer)
        found += [self.one(WARM, peer) for peer in self.peers]
        self.farm.next_day()
        found += [self.one(DAY_2, peer) for peer in self.peers]
        found += [self.one(IDLE, peer, peer.idle()) for peer in self.peers if type(peer) is Digest]
        for phase in (COLD, WARM, DAY_2):
            items = {one.peer: one.items for one in found if one.phase == phase}
            assert len(set(items.values())) == 1, f"{phase}: they did not store the same: {items}"
        return found

    def one(self, phase: str, peer: Peer, command: Sequence[str] | None = None) -> Played:
        folder = self.folders[peer.name]
        cost = run(command or peer.command(folder), folder)
        counts: Counts = self.farm.counts()
        print(f"  {self.feeds} feeds, {phase}, {peer.name}: {cost.wall:.2f} s, CPU {cost.cpu:.2f} s", flush=True)
        return Played(
            self.feeds, phase, peer.name, self.number, cost, peer.items(folder), peer.size(folder),
            counts.requests, counts.not_modified, counts.connections, counts.most_at_one_host, counts.waited,
            sum(path.stat().st_size for path in folder.glob("*.db*")) / 1e6,
        )  # fmt: skip


def plain(played: Sequence[Played]) -> list[dict[str, Any]]:
    """As JSON keeps it."""
    return [asdict(one) for one in played]


def read(rows: Sequence[dict[str, Any]]) -> list[Played]:
    return [Played(**{**row, "cost": Cost(**row["cost"])}) for row in rows]


class Results:
    """What was measured, by number of feeds, phase and peer."""

    def __init__(self, played: Sequence[Played]) -> None:
        self._played = played
        self.sizes = sorted({one.feeds for one in played})
        self.peers = list(dict.fromkeys(one.peer for one in played))

    def of(self, feeds: int, phase: str, peer: str = "digest") -> list[Played]:
        return [one for one in self._played if (one.feeds, one.phase, one.peer) == (feeds, phase, peer)]

    def cpu(self, feeds: int, phase: str, peer: str = "digest") -> float | None:
        found = [one.cost.cpu for one in self.of(feeds, phase, peer)]
        return statistics.median(found) if found else None

    def ratio(self, feeds: int, phase: str, peer: str, ours: str = "digest") -> float | None:
        """Processor time of ours to that of a peer: the median of the rounds' ratios."""
        pairs = zip(self.of(feeds, phase, ours), self.of(feeds, phase, peer), strict=False)
        found = [mine.cost.cpu / theirs.cost.cpu for mine, theirs in pairs]
        return statistics.median(found) if found else None

    def memory(self, feeds: int, peer: str = "digest") -> float | None:
        """MB of the polling process in the phase where it is largest."""
        phases = [[one.cost.memory for one in self.of(feeds, phase, peer)] for phase in (COLD, WARM, DAY_2)]
        return max(map(statistics.median, phases)) if all(phases) else None

    def table(self) -> str:
        lines = [
            "| feeds | phase | who | wall s | CPU s | of the floor | MB | MB with children | items | MB stored "
            "| requests | 304s | connections | at one host |",
            f"| --: | --- | --- |{' --: |' * 11}",
        ]
        for feeds in self.sizes:
            for phase in PHASES:
                for peer in self.peers:
                    if found := self.of(feeds, phase, peer):
                        lines.append(self._line(feeds, phase, peer, found))
        return "\n".join(lines)

    def _line(self, feeds: int, phase: str, peer: str, found: Sequence[Played]) -> str:
        floor = self.cpu(feeds, phase, "floor")
        cpu = statistics.median(one.cost.cpu for one in found)
        last = found[-1]
        cells = (
            f"{feeds:,}", phase, peer,
            f"{statistics.median(one.cost.wall for one in found):.2f}", f"{cpu:.2f}",
            f"{cpu / floor:.1f}" if floor else "",
            f"{statistics.median(one.cost.memory for one in found):.0f}",
            f"{statistics.median(one.cost.together for one in found):.0f}",
            f"{last.items:,}", f"{last.size:.1f}", f"{last.requests:,}", f"{last.not_modified:,}",
            f"{last.connections:,}", f"{max(one.most_at_one_host for one in found)}",
        )  # fmt: skip
        return f"| {' | '.join(cells)} |"

    def waiting(self, feeds: int, phase: str = WARM, peer: str = "digest") -> float | None:
        """Wall time to the least that so much latency over 32 connections takes: the median of the rounds."""
        found = [one.cost.wall / (one.waited / AT_ONCE) for one in self.of(feeds, phase, peer) if one.waited]
        return statistics.median(found) if found else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, nargs="+", default=[200, 1000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency", type=float, default=0.0, help="median seconds of an answer")
    parser.add_argument("--reader", help="a Python that has reader")
    parser.add_argument("--peer", nargs="+", help="only these")
    chosen = parser.parse_args()
    peers = [peer for peer in installed(chosen.reader) if not chosen.peer or peer.name in chosen.peer]
    played = [one for feeds in chosen.feeds for one in play(feeds, chosen.rounds, peers, latency=chosen.latency)]
    results = Results(played)
    print(results.table())
    if chosen.latency:
        for feeds in chosen.feeds:
            print(f"{feeds:,} feeds, warm: wall {results.waiting(feeds):.2f} of sum of delays / {AT_ONCE}")


if __name__ == "__main__":
    main()

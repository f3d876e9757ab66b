"""All benchmarks in one command: measures, and writes the tables of ``docs/performance.md`` between its two marks.

    python benchmarks/run.py [--reader PYTHON] [--rounds 3] [--folder FOLDER]      an hour and a half
    python benchmarks/run.py --only startup composing                              these alone, the others as they were
    python benchmarks/run.py --only polls --feeds 200 --peer digest reader         less of the longest part
    python benchmarks/run.py --quick                                               counts, no times; two minutes

``reader`` (PyPI) is looked for in this Python, or in the one of ``--reader``; ``newsboat`` and ``sfeed`` on the PATH.
What was measured is kept in ``--folder`` (``.benchmarks`` here), so that one part can be measured again by itself.
``--quick`` runs the tests that hold the counts, which ``scripts/test`` runs as well.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import budgets
import ceiling
import composing
import pages
import startup
from measured import FailedError
from peers import Digest, Floor, Reader, installed
from polls import Results, plain, play, read

TOP = Path(__file__).parents[1]
PAGE = TOP / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
SIZES = (200, 1000)


class Runner:
    """The parts, each a method that measures and returns what JSON can keep."""

    def __init__(self, folder: Path, chosen: argparse.Namespace) -> None:
        self.folder, self.rounds, self.reader = folder, chosen.rounds, chosen.reader
        self.sizes, self.peers = chosen.feeds, chosen.peer

    def startup(self) -> Any:
        return startup.measure(5 * self.rounds)

    def polls(self) -> Any:
        peers = [peer for peer in installed(self.reader) if not self.peers or peer.name in self.peers]
        called = [f"reader {'by its command line' if one.has_command else 'by a script of two lines'}, 20 workers"
                  for one in peers if isinstance(one, Reader)]  # fmt: skip
        missing = [name for name in ("reader", "newsboat", "sfeed") if name not in {peer.name for peer in peers}]
        told = [*called, f"not there: {', '.join(missing)}"] if missing else called
        return {"rows": plain([one for feeds in self.sizes for one in play(feeds, self.rounds, peers)]), "told": told}

    def latency(self) -> Any:
        return {"rows": plain(play(1000, self.rounds, [Digest(), Floor()], latency=0.1)), "told": []}

    def composing(self) -> Any:
        return composing.measure(composing.filled(self.folder / "pages", 100_000), self.rounds)

    def pages(self) -> Any:
        """The front page asked by 32 readers once a second; then what else is asked for, in the same way."""
        folder = composing.filled(self.folder / "pages", 100_000)
        with pages.serving(folder) as (port, process):
            before = pages.worked(process)
            front = [pages.once_a_second(port, ["/"], 32, 20)["/"] for _ in range(self.rounds)]
            each = (pages.worked(process) - before) / sum(len(one.times) for one in front)
            others = pages.once_a_second(port, pages.existing(port, folder, pages.PATHS), 32, 20)
        rows = [front[0].line("/, alone"), *(seen.line(path) for path, seen in others.items())]
        p95 = sorted(1000 * sorted(one.times)[int(len(one.times) * 0.95)] for one in front)[len(front) // 2]
        return {"p95": p95, "cpu": each * 1000, "table": "\n".join((pages.HEAD, *rows))}

    def grouping(self) -> Any:
        said = [_said("grouping.py", "--speed", "20000") for _ in range(self.rounds)]
        speeds = [
            [float(number.replace(",", "")) for number in re.findall(r"([\d,]+)(?: items/s| in the full)", one)]
            for one in said
        ]
        middle = sorted(range(len(said)), key=lambda place: speeds[place][-1])[len(said) // 2]
        return {"full": speeds[middle][-1], "said": said[middle]}

    def archive(self) -> Any:
        """A million archived items beside ten thousand, where there is a script for it."""
        if (TOP / "benchmarks" / "archive.py").exists():
            return _said("archive.py")
        return _said("grouping.py", "--archive", "1000000") if "--archive" in _said("grouping.py", "--help") else None

    def years(self) -> Any:
        return _said("years.py", check=False) if (TOP / "benchmarks" / "years.py").exists() else None

    def ceiling(self) -> Any:
        return plain(ceiling.play(5000, 1, [Digest()], hosts=ceiling.HOSTS, latency=0.1))

    def micro(self) -> Any:
        """Median microseconds by part; nothing where pyperf is not installed."""
        if find_spec("pyperf") is None:
            print("pyperf is not installed: pip install '.[bench]'")
            return None
        from pyperf import BenchmarkSuite

        with tempfile.TemporaryDirectory() as folder:
            kept = Path(folder) / "micro.json"
            _said("micro.py", "--quiet", "-o", str(kept))
            return {one.get_name(): one.median() * 1e6 for one in BenchmarkSuite.load(str(kept)).get_benchmarks()}


PARTS: Mapping[str, Callable[[Runner], Any]] = {
    "startup": Runner.startup,
    "micro": Runner.micro,
    "grouping": Runner.grouping,
    "composing": Runner.composing,
    "pages": Runner.pages,
    "polls": Runner.polls,
    "latency": Runner.latency,
    "ceiling": Runner.ceiling,
    "archive": Runner.archive,
    "years": Runner.years,
}


def _said(script: str, *arguments: str, check: bool = True) -> str:
    """What it prints; without ``check`` whatever its exit code, where that tells of a finding."""
    command = [sys.executable, str(TOP / "benchmarks" / script), *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=check).stdout.strip()


def document(parts: Mapping[str, Any], rounds: Mapping[str, int]) -> str:
    """All tables, of what was measured."""
    found = [f"Measured on {os.cpu_count()} cores, Python {platform.python_version()}.",
             f"### Budgets\n\n{budgets.table(parts)}\n\n{budgets.table_of_reading(parts)}"]  # fmt: skip
    results = Results(read(parts["polls"]["rows"])) if "polls" in parts else None
    sections: dict[str, Callable[[Any], str]] = {
        "polls": _polls,
        "latency": _polls,
        "startup": startup.table,
        "composing": composing.table,
        "pages": lambda kept: f"{kept['table']}\n\nThe front page costs {kept['cpu']:.1f} ms of a processor.",
        "grouping": lambda kept: kept["said"],
        "micro": _micro,
        "archive": _below,
        "years": _below,
        "ceiling": lambda kept: _ceiling(results, kept),
    }
    for name, draw in sections.items():
        if parts.get(name):
            told = "" if name in ONCE else f" (median of {rounds[name]})" if rounds[name] > 1 else " (one round)"
            found.append(f"### {TITLES[name]}{told}\n\n{draw(parts[name])}")
    return "\n\n".join(found)


ONCE = ("startup", "micro", "archive", "years", "ceiling")
"""Parts that say themselves how often, or run once."""

TITLES = {
    "polls": "Polls, answers without latency",
    "latency": "Polls, answers after 100 ms in the median",
    "startup": "Start-up",
    "composing": "Composing and rendering",
    "pages": "Pages: 32 readers, each asking once a second",
    "grouping": "Grouping",
    "micro": "The small parts",
    "archive": "Grouping beside a large archive",
    "years": "Five years",
    "ceiling": "Ceiling",
}


def _polls(kept: Mapping[str, Any]) -> str:
    told = f"\n\n{'; '.join(kept['told']).capitalize()}." if kept["told"] else ""
    return f"{Results(read(kept['rows'])).table()}{told}"


def _micro(kept: Mapping[str, float]) -> str:
    rows = [f"| {name} | {microseconds:,.0f} |" for name, microseconds in kept.items()]
    return "\n".join(("| part | CPU µs |", "| --- | --: |", *rows))


def _below(said: str) -> str:
    """What a script printed, its headings below ours."""
    return re.sub(r"^#+ ", "#### ", said, flags=re.MULTILINE)


def _ceiling(results: Results | None, kept: Any) -> str:
    real = Results(read(kept))
    if results is None:
        return real.table()
    costs = ceiling.Costs.of(results)
    return (
        f"{ceiling.parts(costs)}\n\nPolls once an hour, day after day, as these figures foretell them:\n\n"
        f"{ceiling.table(costs)}\n\nOne real run of {real.sizes[0]:,} feeds on {ceiling.HOSTS} hosts, answers after "
        f"100 ms in the median:\n\n{ceiling.check(real, costs)}"
    )


def write(text: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    assert found, f"{PAGE} lacks its marks"
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--feeds", type=int, nargs="+", default=SIZES, help="sizes of the polls (200 1000)")
    parser.add_argument("--peer", nargs="+", help="only these in the polls")
    parser.add_argument("--reader", help="a Python that has reader; this one otherwise")
    parser.add_argument("--folder", type=Path, default=TOP / ".benchmarks", help="where results and databases are kept")
    parser.add_argument("--quick", action="store_true", help="counts instead of times")
    parser.add_argument("--draw", action="store_true", help="measure nothing, only write the page anew")
    chosen = parser.parse_args()
    if chosen.quick:
        sys.exit(subprocess.call([sys.executable, "-m", "pytest", "-q", "tests/benchmarks"], cwd=TOP))
    folder = chosen.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    runner = Runner(folder, chosen)
    failed = []
    for name in [] if chosen.draw else chosen.only:
        print(f"== {name}", flush=True)
        try:
            measured = {"rounds": chosen.rounds, "kept": PARTS[name](runner)}
        except (FailedError, subprocess.CalledProcessError) as error:
            print(error)
            failed.append(name)
        else:
            (folder / f"{name}.json").write_text(json.dumps(measured))
    found = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json") if path.stem in PARTS}
    parts = {name: one["kept"] for name, one in found.items() if one["kept"]}
    write(document(parts, {name: one["rounds"] for name, one in found.items()}))
    print(budgets.table(parts))
    if failed:
        sys.exit(f"not measured, see above: {', '.join(failed)}")


if __name__ == "__main__":
    main()

"""What a command costs before it does anything: processor time above that of a Python that does nothing.

python benchmarks/startup.py [--rounds 15]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from measured import run

CONFIG = '[[feeds]]\nurl = "https://feeds.example.org/world.xml"\n[digests.daily]\ntitle = "Daily"\n'
BARE = "python -c pass"
COMMANDS = {
    BARE: ("-c", "pass"),
    "digest --help": ("-m", "digest", "--help"),
    "digest check --help": ("-m", "digest", "check", "--help"),
    "digest next": ("-m", "digest", "next"),
    "digest status": ("-m", "digest", "status"),
}


def measure(rounds: int) -> dict[str, list[float]]:
    """Milliseconds of processor time of each command, each round's one after another."""
    found: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as temporary:
        folder = Path(temporary)
        (folder / "config.toml").write_text(CONFIG)
        for number in range(rounds + 1):
            for name, arguments in COMMANDS.items():
                cost = run([sys.executable, *arguments], folder)
                if number:  # the first round compiles
                    found[name].append(cost.cpu * 1000)
    return found


def above_bare(found: dict[str, list[float]], name: str) -> float:
    """Milliseconds, median against median."""
    return statistics.median(found[name]) - statistics.median(found[BARE])


def table(found: dict[str, list[float]]) -> str:
    lines = ["| command | CPU ms | above bare Python |", "| --- | --: | --: |"]
    for name, figures in found.items():
        lines.append(f"| `{name}` | {statistics.median(figures):.0f} | {above_bare(found, name):.0f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    print(table(measure(parser.parse_args().rounds)))


if __name__ == "__main__":
    main()

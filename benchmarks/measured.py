"""What a command costs: time, processor time of all its processes, and memory.

    cost = run(["digest", "poll"], folder)
    cost.cpu                           seconds of user and system time, of it and every child that it waited for
    cost.memory                        MB that it held at most, its children not counted

Children that were killed count too, as long as their parent waited for them.
The system's own "maximum resident set" is of no use here: it is that of the largest process of the tree, and begins
with the size of whoever started it. So the high-water mark of a process is read while it lives (Linux only, else 0).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

EVERY = 0.02
"""Seconds between two looks at the memory; what a process takes in its very last ones is missed."""


class FailedError(Exception):
    """A measured command did not end well."""


@dataclass(frozen=True)
class Cost:
    wall: float
    cpu: float
    memory: float
    """MB of the process itself."""
    together: float
    """MB of it and all its children, at most at one time; pages that they share count twice."""


def run(
    command: Sequence[str], folder: Path, *, env: Mapping[str, str] | None = None, ends: Sequence[int] = (0,)
) -> Cost:
    """Runs a command to its end in a folder; what it says goes into ``said`` there.

    Raises FailedError where its exit code is none of ``ends``.
    """
    said = folder / "said"
    with said.open("w") as output:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # Whoever measures may have told Python to keep no compiled modules; an installed program has them.
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **(env or {})},
        )
        watch = _Watch(process.pid)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        watch.end()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in ends:
        raise FailedError(f"{' '.join(command)}: {process.returncode}\n{said.read_text(errors='replace')[-2000:]}")
    return Cost(wall, used.ru_utime + used.ru_stime, watch.memory, watch.together)


def median(costs: Sequence[Cost]) -> Cost:
    """Of each figure by itself."""
    return Cost(*(statistics.median(figures) for figures in zip(*(_figures(one) for one in costs), strict=True)))


def _figures(cost: Cost) -> tuple[float, float, float, float]:
    return cost.wall, cost.cpu, cost.memory, cost.together


class _Watch:
    """Looks at the memory of a process and its children until it is told to end."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._over = threading.Event()
        self.memory = self.together = 0.0
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(EVERY):
            self.memory = max(self.memory, _status(self._process, "VmHWM"))
            self.together = max(self.together, sum(_status(one, "VmRSS") for one in _tree(self._process)))


def _status(process: int, name: str) -> float:
    """MB; 0 for a process that is gone."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:")), 0.0)


def _tree(process: int) -> list[int]:
    """The process and its children, and theirs."""
    found = [process]
    for one in found:
        try:
            tasks = list(Path(f"/proc/{one}/task").iterdir())
            found += [int(child) for task in tasks for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found

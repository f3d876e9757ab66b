"""Real processes of the program that die by SIGKILL, at a moment or at a named place.

    with Nursery() as nursery:
        [end] = nursery.raise_(folder, 0.05, ["send"])          killed after 50 ms, unless it ended before
        ends = nursery.raise_(folder, 0.5, ["serve"], ["run"])  two at once, killed together
        end.killed, end.code, end.seconds

    nursery.raise_(folder, None, ["send"], at="digest.store.editions:Editions.freeze before 1")

The nursery is a process that has imported the program already and forks a child for each run, so that a moment is one
of the program's work, not of its start. ``at`` names a function and whether the process dies before or after its n-th
call.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self

TESTS = Path(__file__).parents[1]
WHOLE = (
    "digest.cli.run", "digest.cli.send", "digest.cli.serve", "digest.pipeline", "digest.pipeline.polling",
    "digest.editions.message", "digest.editions.render", "digest.scheduler", "digest.store", "digest.web.app",
    "digest.web.server",
)  # fmt: skip


@dataclass(frozen=True)
class End:
    """How a process ended."""

    killed: bool
    code: int
    seconds: float


class Nursery:
    """Context manager."""

    def __enter__(self) -> Self:
        path = os.pathsep.join([str(TESTS), str(TESTS / "guard")])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.killing"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=30)

    def raise_(self, folder: Path, seconds: float | None, *commands: list[str], at: str | None = None) -> list[End]:
        """Runs those commands at once in that folder, each until it ends, or until all are killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([str(folder), seconds, commands, at]), file=self._process.stdin, flush=True)
        return [End(**one) for one in json.loads(self._process.stdout.readline())]


def _main() -> None:
    for name in WHOLE:
        import_module(name)
    for line in sys.stdin:
        folder, seconds, commands, at = json.loads(line)
        began = time.monotonic()
        running = {_fork(folder, command, at): index for index, command in enumerate(commands)}
        ends: list[dict[str, Any] | None] = [None] * len(commands)
        while running:
            late = seconds is not None and time.monotonic() - began >= seconds
            for pid in list(running):
                if late:
                    os.kill(pid, signal.SIGKILL)
                done, status = os.waitpid(pid, 0 if late else os.WNOHANG)
                if done:
                    code = os.waitstatus_to_exitcode(status)
                    passed = time.monotonic() - began
                    ends[running.pop(pid)] = {"killed": code == -signal.SIGKILL, "code": code, "seconds": passed}
            time.sleep(0.0005)
        print(json.dumps(ends), flush=True)


def _fork(folder: str, command: list[str], at: str | None) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        os.chdir(folder)
        quiet = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(quiet, number)
        if at:
            _die(*at.split())
        from digest.cli import run_command

        code = run_command(command)
    except BaseException:  # noqa: BLE001 - the child must never return into the loop above
        code = 99
    os._exit(code)


def _die(target: str, side: str, number: str = "1") -> None:
    """Makes this process die before or after the n-th call of ``module:Class.method``."""
    module, _, path = target.partition(":")
    *owners, name = path.split(".")
    owner: Any = functools.reduce(getattr, owners, import_module(module))
    real: Callable[..., Any] = getattr(owner, name)
    calls = 0

    @functools.wraps(real)
    def dying(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if side == "before" and calls == int(number):
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*arguments, **named)
        if side == "after" and calls == int(number):
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, dying)


if __name__ == "__main__":
    _main()

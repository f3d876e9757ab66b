"""Words to a program: started by its argument list, never by a shell, with the words on its standard input."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from ..model import Outcome, Verdict

TIMEOUT = timedelta(seconds=30)


def notify(command: Sequence[str], words: str, *, timeout: timedelta = TIMEOUT) -> Outcome:
    """Runs a program once; TAKEN when it ends with 0, else LATER with what it said. It and its children end in time."""
    name = os.path.basename(command[0])
    try:
        process = subprocess.Popen(  # noqa: S603  the operator's own program
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        return Outcome(Verdict.LATER, f"{command[0]} cannot be started ({reason}); check the name, or write its path")
    try:
        _, said = process.communicate(words.encode(), timeout=timeout.total_seconds())
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return Outcome(Verdict.LATER, f"{name} did not end within {timeout.total_seconds():g} s and was stopped")
    if process.returncode:
        last = " ".join(said.decode(errors="replace").split())[-200:]
        ended = f"{name} ended with code {process.returncode}"
        return Outcome(Verdict.LATER, f"{ended}: {last}" if last else ended)
    return Outcome(Verdict.TAKEN, name)

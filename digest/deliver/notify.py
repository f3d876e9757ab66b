"""Words to a program of the operator's choice, on its standard input."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from ..model import Outcome, Verdict
from .piping import pipe

TIMEOUT = timedelta(seconds=30)


def notify(command: Sequence[str], words: str, *, timeout: timedelta = TIMEOUT, key: str = "alarm.command") -> Outcome:
    """Runs a program once; TAKEN when it ends with 0, LATER with what it said otherwise, UNKNOWN when it was stopped.

    ``key`` is the setting that names it, for errors.
    """
    ended = pipe(list(command), words.encode(), timeout=timeout, key=key, before_start=lambda: None)
    if isinstance(ended, Outcome):
        return ended
    name = Path(command[0]).name
    if ended.code == 0:
        return Outcome(Verdict.TAKEN, name)
    said = f": {ended.words}" if ended.words else ""
    return Outcome(Verdict.LATER, f"{name} ended with code {ended.code}{said}")

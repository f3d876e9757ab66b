"""One message on the standard input of a program, which is started directly, never by a shell.

The message is handed over as a file, not piped by us: should this process die meanwhile, the program still reads all
of it, and never sends half a mail. So it has the whole message from its first moment on:

    it cannot be started       nothing was handed over      LATER
    it ends by itself          its exit code decides        the transport's table
    it is killed, or by us     may have been taken          UNKNOWN
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ..model import Outcome, Verdict
from .words import one_line

KEPT = 4096
"""Bytes of what a program says that are read; people are shown a line of it."""

_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended by itself."""

    code: int
    words: str
    """What it said, on one line; may be empty."""


def pipe(
    arguments: Sequence[str], message: bytes, *, timeout: timedelta, key: str, before_start: Callable[[], None]
) -> Ended | Outcome:
    """Start a program with the message on its standard input, line ends LF, and wait for its end.

    The first of ``arguments`` is the program, ``key`` the setting that names it.
    ``before_start`` is called when nothing is left that could go wrong on our side:
    from then on a process that dies leaves the outcome unknown.
    Returns how it ended, or the outcome where that alone decides.
    """
    program = arguments[0]
    if shutil.which(program) is None:
        return Outcome(Verdict.LATER, _no_program(program, key))
    with ExitStack() as files:
        try:
            given, said = (files.enter_context(tempfile.TemporaryFile()) for _ in range(2))
            given.write(_LINE_END.sub(b"\n", message))
            given.seek(0)
        except OSError as error:
            cure = "free some space there, or set TMPDIR to another folder"
            return Outcome(Verdict.LATER, f"no temporary file can be written ({_reason(error)}); {cure}")
        before_start()
        try:
            process = subprocess.Popen(  # noqa: S603 - the operator's own argument list
                arguments, stdin=given, stdout=said, stderr=subprocess.STDOUT, start_new_session=True
            )
        except (OSError, ValueError) as error:
            return Outcome(Verdict.LATER, f"{_no_program(program, key)} ({_reason(error)})")
        code = _end_of(process, timeout.total_seconds())
        said.seek(0)
        words = one_line(said.read(KEPT))
    name = Path(program).name
    if code is None:
        return Outcome(
            Verdict.UNKNOWN,
            f"{name} did not end within {timeout.total_seconds():g} s and was stopped; it may have sent the mail"
            + (f" (it said: {words})" if words else ""),
        )
    if code < 0:
        return Outcome(Verdict.UNKNOWN, f"{name} was killed ({_signal(-code)}); it may have sent the mail")
    return Ended(code, words)


def _end_of(process: subprocess.Popen[bytes], patience: float) -> int | None:
    """The exit code; None after a program that took too long."""
    try:
        return process.wait(patience)
    except subprocess.TimeoutExpired:
        return None
    finally:
        # Also when something else stops us. With all that it started: a child could send what we count as not sent.
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _no_program(program: str, key: str) -> str:
    return f"there is no program '{one_line(program)}' that this user can start; install it, or mend {key}"


def _reason(error: Exception) -> str:
    return one_line(error.strerror if isinstance(error, OSError) and error.strerror else str(error))


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

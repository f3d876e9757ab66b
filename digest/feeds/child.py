"""What runs inside the process that parses and may be killed: documents in, parsed feeds out, until the pipe ends.

Started by ``worker.Worker`` with nothing but this module and the parser, so that a new one is ready quickly.
"""

from __future__ import annotations

import os
import pickle
import resource
import select
import signal
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from typing import BinaryIO

from ..model import ParsedFeed, Unreadable

Request = tuple[bytes, str, str | None, datetime, bytes | None]
Parse = Callable[[bytes, str, str | None, datetime, bytes | None], ParsedFeed | Unreadable]
START = (
    "import gc, pickle, sys; gc.set_threshold(20_000); sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from digest.feeds.child import serve; serve()"
)
"""The child's program: our own import path comes first through the pipe, whatever the parent was started as; and Python
looks for cycles seldom, since of the modules that it loads nothing is garbage."""


def serve() -> None:
    """Answers each request with what ``parse`` makes of it and whether this process is spent; ends with the parent."""
    from .parse import parse

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C ends
    requests, answers = sys.stdin.buffer, _private_output()
    seconds, memory = pickle.load(requests)  # noqa: S301  from our own parent
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_AS, memory)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _send(answers, "ready")
    while True:
        try:
            request = pickle.load(requests)  # noqa: S301
        except EOFError:
            return
        _limit(resource.RLIMIT_CPU, int(_cpu_seconds() + seconds) + 2)
        _send(answers, _read(parse, request))


def _read(parse: Parse, request: Request) -> tuple[ParsedFeed | Unreadable, bool]:
    """The answer, and whether a fresh process may do better."""
    try:
        return parse(*request), False
    except MemoryError:
        return Unreadable("reading it takes more memory than a feed may have; it was given up"), True
    except RecursionError:
        return Unreadable("its elements are nested too deeply to be read"), False
    except Exception as error:  # noqa: BLE001  a stranger's bytes found a mistake; the feed is told, the others go on
        return Unreadable(f"the parser failed on it ({type(error).__name__}); please report this feed"), False


def _send(answers: BinaryIO, answer: object) -> None:
    pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
    answers.flush()


def _private_output() -> BinaryIO:
    """The pipe to the parent, which nothing that prints can reach: both outputs lead nowhere from now on."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    return answers


def _end_with_parent() -> None:
    """A parent that was killed closes the pipe without a word, perhaps in the middle of a long document."""
    watch = select.poll()
    watch.register(0, 0)
    while not any(event & (select.POLLHUP | select.POLLERR) for _, event in watch.poll()):
        continue
    os._exit(0)


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _limit(kind: int, amount: int) -> None:
    """Lowers one limit of this process, as far as the system knows it."""
    hard = resource.getrlimit(kind)[1]
    try:
        resource.setrlimit(kind, (amount if hard == resource.RLIM_INFINITY else min(amount, hard), hard))
    except (ValueError, OSError):
        return  # macOS refuses some; the time limit holds everywhere

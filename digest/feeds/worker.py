"""Parse in a process that can be killed.

feedparser takes minutes of CPU for some documents of less than a megabyte, and cannot be interrupted.
One child process parses for us;
when it runs over its time or its memory, it is killed and the next feed gets a new one.
A plain child over two pipes, not ``multiprocessing``: that would import the program's main module again in every child,
whatever it is, and keep a third process beside it.
"""

from __future__ import annotations

import asyncio
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

from ..errors import DigestError
from ..model import ParsedFeed, Unreadable
from .child import START, Request

LIMIT = timedelta(seconds=20)
QUICK = timedelta(seconds=2)
"""A feed of fifty items takes a fiftieth of it."""
LARGE = 1_000_000
"""Bytes; a document of more may take longer than that, however harmless."""
WAITING = 30_000_000
"""Bytes of documents that wait for the slow worker, beside those that are being asked for."""
MEMORY = 1_000_000_000
"""Bytes of address space."""
START_LIMIT = 60.0
"""Seconds until a child must be ready; it takes a sixth of one on an idle machine."""
CRASHED = "the parser crashed on it; please report this feed"
BROKEN_OFF = "reading it was broken off; it is asked again later"

_GONE = (EOFError, OSError, pickle.UnpicklingError)
"""What talking to a child raises that was killed, wherever it was."""


class Workers:
    """A context manager; two workers, so that documents that take long wait for each other.

    What is large, or does not come within seconds, is read by the second one, which has the whole time for it.
    Nothing else waits for that, as long as those that wait there are no more than ``WAITING``.
    """

    def __init__(self) -> None:
        self._quick = Worker(limit=QUICK)
        self._slow = Worker(limit=LIMIT)
        self._waiting = _Bytes(WAITING)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._quick.close()
        self._slow.close()

    async def parse(
        self,
        body: bytes,
        url: str,
        content_type: str | None,
        now: datetime,
        leave: Callable[[], None] = lambda: None,
        remembered: bytes | None = None,
    ) -> ParsedFeed | Unreadable:
        """As ``Worker.parse``.

        ``leave`` is called once the document counts among those that wait for the second worker:
        whoever bounds what is in memory need not count it any more.
        """
        if len(body) <= LARGE:
            answer = await self._quick.parse(body, url, content_type, now, remembered)
            if answer != self._quick.late:
                return answer
        async with self._waiting.held(len(body)):
            leave()
            return await self._slow.parse(body, url, content_type, now, remembered)


class _Bytes:
    """So many bytes may be held at a time; a document of more waits until it is the only one."""

    def __init__(self, most: int) -> None:
        self._most = self._left = most
        self._freed = asyncio.Condition()

    @asynccontextmanager
    async def held(self, size: int) -> AsyncIterator[None]:
        size = min(size, self._most)
        async with self._freed:
            await self._freed.wait_for(lambda: self._left >= size)
            self._left -= size
        try:
            yield
        finally:
            async with self._freed:
                self._left += size
                self._freed.notify_all()


class Worker:
    """A context manager; the child starts with the first document and ends with ``close``, or with us.

    Documents are parsed one at a time, in the order they came.
    """

    def __init__(self, *, limit: timedelta = LIMIT, memory: int = MEMORY) -> None:
        self._limit = limit.total_seconds()
        self._memory = memory
        self.late = Unreadable(f"reading it took longer than {self._limit:g} s; it was given up")
        """The answer for a document that took too long."""
        self._child: subprocess.Popen[bytes] | None = None
        self._worked = False
        """Some child was once ready."""
        self._served = False
        """This child has answered before."""
        self._cause = CRASHED
        self._closed = False
        self._guard = threading.Lock()
        self._queue = ThreadPoolExecutor(1, thread_name_prefix="parse")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def parse(
        self, body: bytes, url: str, content_type: str | None, now: datetime, remembered: bytes | None = None
    ) -> ParsedFeed | Unreadable:
        """What ``feeds.parse`` makes of a document, or Unreadable with the reason where it took too long or crashed.

        Never blocks the event loop. Raises DigestError only where no child can be started at all.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._queue, self._parse, (body, url, content_type, now, remembered))

    def close(self) -> None:
        """Ends the child, whatever it is doing; a document that is being parsed comes back as Unreadable."""
        with self._guard:
            self._closed = True
            child = self._child
        if child is not None:
            child.kill()
        self._queue.shutdown(wait=True, cancel_futures=True)
        self._drop()

    def _parse(self, request: Request) -> ParsedFeed | Unreadable:
        """Runs in the one thread of the queue."""
        served = self._served
        answer = self._try(request)
        if answer is None and served:
            # The child may have been worn out by the documents before; a fresh one tells.
            answer = self._try(request)
        return answer or Unreadable(self._cause)

    def _try(self, request: Request) -> ParsedFeed | Unreadable | None:
        """One attempt; None where the child did not survive it, with ``_cause`` saying why."""
        child = self._started()
        if child is None:
            return None
        try:
            with _alarm(child, self._limit) as late:
                _tell(child, request)
                answer, spent = _hear(child)
        except _GONE:
            self._drop()
            if late.is_set() or child.returncode == -signal.SIGXCPU:
                return self.late
            self._cause = BROKEN_OFF if self._closed else CRASHED
            return None
        self._served = not spent
        if spent:
            self._drop()
            self._cause = answer.reason if isinstance(answer, Unreadable) else CRASHED
            return None
        assert isinstance(answer, ParsedFeed | Unreadable)
        return answer

    def _started(self) -> subprocess.Popen[bytes] | None:
        """The child, a new one where none lives; None where none can be started, or once we are closed."""
        if self._child is not None and self._child.poll() is None:
            return self._child
        self._drop()
        try:
            with self._guard:
                if self._closed:
                    self._cause = BROKEN_OFF
                    return None
                child = self._child = _start()
            with _alarm(child, START_LIMIT):
                _tell(child, sys.path)
                _tell(child, (self._limit, self._memory))
                _hear(child)
        except _GONE as error:
            self._drop()
            self._cause = BROKEN_OFF if self._closed else "the process that reads feeds cannot be started"
            if self._worked or self._closed:
                return None
            raise DigestError(
                f"{self._cause}: {type(error).__name__}; check memory, limits and the installation"
            ) from None
        self._worked = True
        return child

    def _drop(self) -> None:
        """Ends the child for good and frees its pipes."""
        child, self._child, self._served = self._child, None, False
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(OSError):  # what it did not read is lost with it
                    pipe.close()


def _start() -> subprocess.Popen[bytes]:
    # A group of its own: Ctrl-C in a terminal goes to us alone. Descriptors, and the locks on them, are not inherited.
    return subprocess.Popen(  # noqa: S603  our own program, no argument from outside
        [sys.executable, "-P", "-c", START], stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0
    )


@contextmanager
def _alarm(child: subprocess.Popen[bytes], seconds: float) -> Iterator[threading.Event]:
    """Kills the child after this time, whatever we wait for; the event says so."""
    late = threading.Event()

    def ring() -> None:
        late.set()
        child.kill()

    timer = threading.Timer(seconds, ring)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()


def _tell(child: subprocess.Popen[bytes], what: object) -> None:
    assert child.stdin is not None
    pickle.dump(what, child.stdin, pickle.HIGHEST_PROTOCOL)
    child.stdin.flush()


def _hear(child: subprocess.Popen[bytes]) -> Any:
    assert child.stdout is not None
    return pickle.load(child.stdout)  # noqa: S301  from our own child

"""Locks between processes on one database: files beside it that the kernel frees when a process dies.

``work`` is held while items and editions change (poll, thread, compose, freeze),
``send`` while deliveries go out, so that a slow mail server never holds up polling,
``backup`` while a copy is made, so that two of them never clear away each other's files.
``serve`` is shared by all servers for as long as they run: while one does, the file is not exchanged for another.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from ..errors import BusyError, StoreError

Purpose = Literal["work", "send", "backup"]
PURPOSES: tuple[Purpose, ...] = ("work", "send", "backup")

PATIENCE_SECONDS = 600
"""A poll of many slow feeds takes minutes; longer than this is a process that hangs."""


@contextmanager
def lock(
    database: Path, purpose: Purpose, *, patience: float, on_wait: Callable[[], None] | None = None
) -> Iterator[None]:
    """Hold the lock, waiting at most ``patience`` seconds.

    ``on_wait`` is called once when another process has it.
    Raises BusyError when the wait was in vain, StoreError when the lock file cannot be made.
    """
    path = _file(database, purpose)
    held = FileLock(path)
    try:
        try:
            held.acquire(timeout=0)
        except Timeout:
            if on_wait is not None:
                on_wait()
            held.acquire(timeout=patience)
    except Timeout:
        raise BusyError(
            f"{path}: another digest process holds the lock for over {patience:.0f} s; "
            "wait for it to end, or end it, and run this again"
        ) from None
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be locked ({error.strerror or error}); make the folder of the database writable"
        ) from error
    try:
        yield
    finally:
        held.release()


@contextmanager
def serving(database: Path) -> Iterator[None]:
    """Tells others that a server runs, for as long as it does.

    Raises BusyError while the database is being restored. Where no lock file can be made the server runs without.
    """
    try:
        handle = os.open(_file(database, "serve"), os.O_RDWR | os.O_CREAT, 0o644)
    except OSError:
        yield
        return
    try:
        with suppress(OSError):  # a network's file system may know no such locks
            if not _flock(handle, fcntl.LOCK_SH):
                raise BusyError(f"{database}: is just being restored; start this again when that is done")
        yield
    finally:
        os.close(handle)


@contextmanager
def without_servers(database: Path) -> Iterator[None]:
    """Keeps servers from starting; raises BusyError while one runs."""
    path = _file(database, "serve")
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be locked ({error.strerror or error}); make the folder of the database writable"
        ) from error
    try:
        if not _flock(handle, fcntl.LOCK_EX):
            raise BusyError(f"{database}: a `digest serve` runs on it; stop that first (systemctl stop digest)")
        yield
    finally:
        os.close(handle)


def holders(database: Path) -> dict[str, tuple[int, ...]]:
    """Which locks are held (the purposes, and ``serve``), and by which processes where the system tells.

    Makes no file, and holds up nobody for longer than it takes to look.
    """
    found = {}
    for purpose in (*PURPOSES, "serve"):
        with suppress(OSError):
            handle = os.open(_file(database, purpose), os.O_RDONLY)
            try:
                # A shared lock goes beside those of servers, so theirs is asked for with an exclusive one.
                if not _flock(handle, fcntl.LOCK_EX if purpose == "serve" else fcntl.LOCK_SH):
                    found[purpose] = _processes(os.fstat(handle))
            finally:
                os.close(handle)
    return found


def _file(database: Path, purpose: str) -> Path:
    return database.with_name(f"{database.name}.{purpose}.lock")


def _flock(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _processes(file: os.stat_result) -> tuple[int, ...]:
    """Ids of those that hold a lock on a file, by Linux's list of them; empty elsewhere."""
    where = f"{os.major(file.st_dev):02x}:{os.minor(file.st_dev):02x}:{file.st_ino}"
    with suppress(OSError):
        lines = Path("/proc/locks").read_text(encoding="ascii", errors="replace")
        held = re.findall(rf"^\d+: FLOCK\s+\w+\s+\w+ (\d+) {where} ", lines, re.MULTILINE)
        return tuple(sorted({int(one) for one in held}))
    return ()

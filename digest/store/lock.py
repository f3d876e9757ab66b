"""Locks between processes on one database: files beside it that the kernel frees when a process dies.

Two of them: ``work`` is held while items and editions change (poll, thread, compose, freeze),
``send`` while deliveries go out, so that a slow mail server never holds up polling.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from ..errors import BusyError, StoreError

Purpose = Literal["work", "send"]

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
    path = database.with_name(f"{database.name}.{purpose}.lock")
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

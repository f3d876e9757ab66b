"""A backup: a copy of the database as it was at one moment, while others go on writing.

SQLite's backup interface copies some pages at a time and begins anew whenever another process has written, so under a
server that polls it might never end. It does not where the connection it reads through holds a read transaction open:
in WAL mode that is one unchanging state, which keeps no writer waiting. What others write meanwhile stays in the WAL
until the copy is done. (``VACUUM INTO`` would give the same state for a third more work, and not end by Ctrl-C.)

    a file beside the target, for its owner alone -> copied -> examined -> on disk -> renamed into place

So a backup is there as a whole or not at all, and the one it replaces goes only when it is.
"""

from __future__ import annotations

import os
import re
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..errors import BusyError, StoreError
from .database import explained, explanation, is_ours, pending, read_only
from .lock import lock
from .sound import Contents, contents, counts, damage

STEP = 1024
"""Pages copied between two looks at whether somebody wants us to stop: 4 MiB."""

_TIMED = r"-\d{4}-\d\d-\d\dT\d{4}Z\.db"
"""What our own names of files in a folder end in."""

_PARTS = ("", "-journal", "-wal", "-shm")
"""A file of SQLite and those that it keeps beside it."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was just made."""

    file: Path
    holds: Contents
    removed: tuple[Path, ...] = ()
    """Older ones of the folder, for which there was no more room by ``keep``."""


def backup(database: Path, target: Path, now: datetime, *, keep: int | None = None) -> Backup:
    """Copies the database into the file ``target``, or into a new file of that folder.

    ``keep``: so many of the folder's backups stay, the newest; only files that bear our own kind of name ever go,
    and not before the new one is complete and examined.

    Raises StoreError where nothing is there to copy, the target is a file that is no backup, cannot be written or has
    no room, or where the copy is not sound; BusyError while another backup is made.
    """
    database = database.resolve()
    target = target.resolve()
    if not database.exists():
        raise StoreError(f"{database}: there is no database yet, so there is nothing to back up")
    folder = target if target.is_dir() else None
    file = target / file_name(database, now) if folder else target
    _refuse(database, file)
    try:
        with lock(database, "backup", patience=0):
            _sweep(file)
            with _beside(file) as part:
                holds = copy(database, part)
                os.replace(part, file)
                sync(file.parent)
            removed = _rotate(database, file, keep) if folder and keep else ()
    except BusyError as error:
        raise BusyError(f"{database}: another backup of it is just being made; wait for that to end") from error
    return Backup(file, holds, removed)


def file_name(database: Path, now: datetime) -> str:
    """``digest-2026-11-25T0330Z.db``: in UTC, so that order by name is order by time."""
    return f"{database.stem}-{now.astimezone(UTC):%Y-%m-%dT%H%MZ}.db"


def copy(source: Path, target: Path, *, examined: bool = True) -> Contents:
    """Writes the state of ``source`` at one moment into the empty file ``target``, synced; returns what it holds.

    Raises StoreError where that cannot be done, or the copy is not sound.
    """
    with explained(source), closing(read_only(source)) as live:
        if not is_ours(live):
            raise StoreError(f"{source}: is a database, but none of this program")
        pending(live, source)
        live.execute("BEGIN")
        live.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()  # from here on it does not change for us
        _copy_pages(live, target)
        expected = counts(live)
        live.execute("ROLLBACK")
    with explained(target), closing(sqlite3.connect(target)) as made:
        # One file, that a folder which cannot be written lets be read; and the sign of one that is no database in use.
        made.execute("PRAGMA locking_mode = EXCLUSIVE")
        made.execute("PRAGMA journal_mode = DELETE")
        if examined and (wrong := damage(made, whole=True)):
            raise StoreError(
                f"{source}: its copy is not sound ({wrong[0]}), so the database itself is damaged; no backup was "
                "replaced or removed; `digest doctor --full` says more, `digest restore` goes back to an earlier backup"
            )
        if counts(made) != expected:
            raise StoreError(f"{target}: does not hold what the database holds; check the disk and run this again")
        holds = contents(made)
    sync(target)
    return holds


def _copy_pages(live: sqlite3.Connection, target: Path) -> None:
    try:
        with closing(sqlite3.connect(target)) as made:
            # A copy that is not complete is thrown away: nothing is kept for going back, nor synced before the end.
            made.execute("PRAGMA journal_mode = OFF")
            made.execute("PRAGMA synchronous = OFF")
            # Called between two steps, so that Ctrl-C ends it there.
            live.backup(made, pages=STEP, progress=lambda *_: None, sleep=0.05)
    except sqlite3.Error as error:
        raise explanation(target, error) from error


def is_backup(path: Path) -> bool:
    """Whether the file is a backup of ours: a database in use is in WAL mode, a backup never is."""
    with suppress(OSError, sqlite3.Error, StoreError):
        with path.open("rb") as file:
            head = file.read(20)
        if head.startswith(b"SQLite format 3\0") and head[18:20] == b"\1\1":
            with closing(read_only(path)) as connection:
                return is_ours(connection)
    return False


def _refuse(database: Path, file: Path) -> None:
    """Raises StoreError for a target that may not be written over, or cannot be."""
    if file == database or (file.parent == database.parent and file.name.startswith(f"{database.name}-")):
        raise StoreError(f"{file}: belongs to the database itself; name another file or a folder")
    if file.exists() and not is_backup(file):
        raise StoreError(f"{file}: is there already and no backup of this program; name another file or a folder")
    if not file.parent.is_dir():
        raise StoreError(f"{file.parent}: there is no such folder; make it (mkdir -p) or name another one")
    size = sum(part.stat().st_size for part in _with_parts(database) if part.exists())
    room = os.statvfs(file.parent)
    if room.f_bavail * room.f_frsize < size:
        raise StoreError(
            f"{file.parent}: has no room for a backup of {size / 1e6:,.0f} MB; free some space or name another folder"
        )


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """An empty file beside another, for its owner alone, which goes with all that SQLite kept beside it."""
    part = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
    try:
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise StoreError(
            f"{file.parent}: no backup can be written there ({error.strerror}); give this user write permission, "
            "or name another folder"
        ) from error
    try:
        yield part
    finally:
        remove(part)


def _sweep(file: Path) -> None:
    """Removes what backups left that were killed: of this file, or with a folder's names of other times."""
    stem = re.escape(re.sub(_TIMED, "", file.name))
    ours = re.compile(rf"\.{stem}({_TIMED})?\.[0-9a-f]{{8}}\.part(-journal|-wal|-shm)?")
    for found in os.listdir(file.parent):
        if ours.fullmatch(found):
            with suppress(OSError):
                (file.parent / found).unlink()


def backups_in(database: Path, folder: Path) -> list[Path]:
    """The files of a folder that are named like backups of this database, the oldest first."""
    ours = re.compile(re.escape(database.stem) + _TIMED)
    found = sorted(path for path in folder.iterdir() if ours.fullmatch(path.name))
    return [path for path in found if path.is_file() and not path.is_symlink()]


def _rotate(database: Path, file: Path, keep: int) -> tuple[Path, ...]:
    """Removes the oldest backups of this database beside the new one until ``keep`` are left with it."""
    # What is named later than the new one is of a wrong clock, today's or that of then: it neither counts nor goes.
    old = [path for path in backups_in(database, file.parent) if path.name <= file.name][:-keep]
    for path in old:
        path.unlink(missing_ok=True)
    sync(file.parent)
    return tuple(old)


def remove(path: Path) -> None:
    """Removes a file of SQLite with those it keeps beside it, where they are there."""
    for part in _with_parts(path):
        part.unlink(missing_ok=True)


def _with_parts(path: Path) -> list[Path]:
    return [path.with_name(f"{path.name}{part}") for part in _PARTS]


def sync(path: Path) -> None:
    """Makes what was written to a file, or the names in a folder, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

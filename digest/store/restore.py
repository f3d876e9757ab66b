"""Restore: put a backup in the place of the database, so that a death at any moment leaves one of the two usable.

    the backup is examined              digest.db in use
    copied beside, examined, migrated   digest.db, digest.db.restoring
    what went out since is carried over
    the old file gets a second name     digest.db = digest.db.before-restore-TIME
    one rename                          digest.db is the restored one

All locks are held meanwhile, and the old file itself against everybody who has it open. Its WAL is folded into it
first: one left behind would be read as part of the new file.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ..errors import BusyError, StoreError
from . import database as db
from .backup import copy, remove, sync
from .carry import Carried, Readable, carry, draw_line, survey
from .lock import PURPOSES, lock, without_servers
from .sound import Contents, contents, look


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore brought."""

    holds: Contents
    """The restored database."""
    backup: Contents
    carried: Carried
    before: Path | None
    """The replaced database under its new name; None where there was none."""


def restore(
    database: Path,
    source: Path,
    now: datetime,
    *,
    nothing_sent: bool = False,
    agreed: Callable[[Contents, str | None], bool] = lambda *_: True,
) -> Restored | None:
    """Puts the backup ``source`` in the place of the database, with what the replaced one knows better.

    ``nothing_sent``: the operator knows that no mail went out since the backup, should the replaced database not say.
    ``agreed`` is asked once all is known to be possible, with what the backup holds and why the database there cannot
    be read, if so. None where it says no, and nothing was changed.
    Raises StoreError for a backup that cannot be used, BusyError while a server or another command is at work.
    """
    database, source = database.resolve(), source.resolve()
    if source == database:
        raise StoreError(f"{source}: is the database itself; name a backup")
    with _alone(database):
        backup = look(source)
        reason = _unreadable(database)
        if not agreed(backup, reason):
            return None
        _sweep(database)
        staging = database.with_name(f"{database.name}.restoring")
        try:
            os.close(os.open(staging, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            copy(source, staging, examined=False)
            return _exchange(database, staging, backup, reason, now, nothing_sent=nothing_sent)
        finally:
            remove(staging)


@contextmanager
def _alone(database: Path) -> Iterator[None]:
    """Holds every lock of the database."""
    with ExitStack() as held:
        held.enter_context(without_servers(database))
        for purpose in PURPOSES:
            try:
                held.enter_context(lock(database, purpose, patience=0))
            except BusyError as error:
                raise BusyError(
                    f"{database}: another digest process is at work on it; wait for it to end, or end it, and run "
                    "this again"
                ) from error
        yield


def _exchange(
    database: Path, staging: Path, backup: Contents, reason: str | None, now: datetime, *, nothing_sent: bool
) -> Restored:
    with db.explained(staging), closing(sqlite3.connect(staging.as_uri(), uri=True)) as connection:
        db.migrate(connection, staging)
        connection.execute("PRAGMA synchronous = FULL")
        alone, reason = _attached(connection, database, reason)
        readable = Readable(reason, reason) if reason else survey(connection)
        connection.execute("BEGIN EXCLUSIVE" if alone else "BEGIN IMMEDIATE")
        carried = carry(connection, readable)
        stopped = draw_line(connection, carried, now, nothing_sent=nothing_sent)
        if broken := connection.execute("PRAGMA main.foreign_key_check").fetchone():
            raise StoreError(
                f"{database}: what it knows does not fit the backup ({broken[0]}, row {broken[1]}); nothing was "
                f"changed. Move {database.name} away first to restore without it, as for a lost one"
            )
        connection.execute("COMMIT")
        holds = contents(connection)
        before = _renamed(connection if alone else None, database, staging, now)
    return Restored(holds, backup, replace(carried, stopped=stopped), before)


def _unreadable(database: Path) -> str | None:
    """Why nothing can be taken over from the database that is there; None where it can, as far as one sees."""
    if not database.exists():
        return "there is no database"
    try:
        with db.explained(database), closing(db.read_only(database)) as connection:
            if not db.is_ours(connection):
                return "the database there is none of this program"
            db.pending(connection, database)
    except StoreError as error:
        return str(error)
    return None


def _attached(connection: sqlite3.Connection, database: Path, reason: str | None) -> tuple[bool, str | None]:
    """Opens the old database as ``present``, for us alone and with its WAL folded in, also where it cannot be read for
    that ``reason``: should we die, it must be whole. Whether that worked, and why it cannot be read.

    Raises BusyError where another program has it open.
    """
    if not database.exists():
        return False, reason
    try:
        if reason is None:
            with closing(sqlite3.connect(database)) as old:
                db.migrate(old, database)  # as opening it does, so that both have the same columns
        connection.execute("ATTACH ? AS present", (f"{database.as_uri()}?mode=rw",))
        connection.execute("PRAGMA present.locking_mode = EXCLUSIVE")
        mode = connection.execute("PRAGMA present.journal_mode = DELETE").fetchone()[0]
    except (sqlite3.Error, StoreError) as error:
        if not isinstance(error, sqlite3.Error) or not db.is_busy(error):
            with suppress(sqlite3.Error):
                connection.execute("DETACH present")
            return False, reason or str(error)
        mode = "wal"
    if mode != "delete":
        raise BusyError(f"{database}: another program has it open; close that program and run this again")
    return True, reason


def _renamed(present: sqlite3.Connection | None, database: Path, staging: Path, now: datetime) -> Path | None:
    """The one moment at which the database becomes another; returns the old one's new name.

    ``present`` is the connection that keeps everybody out of the old one.
    """
    before = _free_name(database, now)
    _like(database, staging)
    sync(staging)
    there = database.exists()
    if there:
        _second_name(present, database, before)
    if present is None:
        # SQLite cannot read the old one, so its WAL goes with it as it is.
        for part in ("-wal", "-shm", "-journal"):
            with suppress(FileNotFoundError):
                os.rename(f"{database}{part}", f"{before}{part}")
    sync(database.parent)
    os.replace(staging, database)
    sync(database.parent)
    return before if there else None


def _free_name(database: Path, now: datetime) -> Path:
    base = database.with_name(f"{database.name}.before-restore-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    number, free = 1, base
    while free.exists():
        number += 1
        free = base.with_name(f"{base.name}-{number}")
    return free


def _second_name(present: sqlite3.Connection | None, database: Path, before: Path) -> None:
    try:
        os.link(database, before)
    except OSError:
        # A file system without such names: a copy.
        try:
            _copied(present, database, before)
        except BaseException:
            before.unlink(missing_ok=True)
            raise


def _copied(present: sqlite3.Connection | None, database: Path, before: Path) -> None:
    if present is None:
        shutil.copyfile(database, before)
    else:
        # Not by reading the file, which would drop the locks of SQLite.
        with closing(sqlite3.connect(before)) as made:
            present.backup(made, name="present")
    sync(before)


def _like(old: Path, new: Path) -> None:
    """Owner and permissions of the old file, where there is one and we may set them."""
    with suppress(OSError):
        kept = old.stat() if old.exists() else None
        if kept is not None:
            os.chmod(new, kept.st_mode & 0o777)
        owner = kept or old.parent.stat()
        os.chown(new, owner.st_uid, owner.st_gid)


def _sweep(database: Path) -> None:
    """Removes what a restore left that was killed: its copy, and a second name of the file that is still in use."""
    remove(database.with_name(f"{database.name}.restoring"))
    for found in database.parent.glob(f"{database.name}.before-restore-*"):
        with suppress(OSError):
            if database.exists() and found.samefile(database):
                found.unlink()

"""Is a file a sound database of this program, and what does it hold: asked of backups, made or to be used."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..errors import StoreError
from .database import explained, is_ours, pending, read_only
from .times import when

SHOWN = 5
"""Of what is wrong with a damaged file, so much is told."""

_NEWEST = """
SELECT MAX(moment) FROM (
    SELECT MAX(last_try) AS moment FROM feeds
    UNION ALL SELECT MAX(first_seen) FROM items
    UNION ALL SELECT MAX(composed) FROM editions
    UNION ALL SELECT MAX(updated) FROM deliveries)
"""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database holds."""

    bytes: int
    feeds: int
    items: int
    threads: int
    editions: int
    """With those that are none of their own: "nothing new" and the like."""
    deliveries: int
    newest_edition: datetime | None
    """When it was composed."""
    latest: datetime | None
    """The last thing that any run noted."""
    older: bool
    """Its schema is that of an earlier version, and is brought up to date when it is used."""


def look(path: Path) -> Contents:
    """What the file holds, after a whole examination of it; the file is only read.

    Raises StoreError for one that is damaged, is none of this program, or was written by a newer version.
    """
    _is_database(path)
    with explained(path), closing(read_only(path)) as connection:
        if not is_ours(connection):
            raise StoreError(f"{path}: is a database, but none of this program; name one that `digest backup` made")
        older = bool(pending(connection, path))
        if wrong := damage(connection, whole=True):
            raise StoreError(f"{path}: is damaged ({wrong[0]}); take another backup")
        return contents(connection, older=older)


def _is_database(path: Path) -> None:
    """Raises StoreError where SQLite would only say what to do about a database in use."""
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror}); check the file and its permissions") from error
    if head != b"SQLite format 3\0":
        raise StoreError(f"{path}: is no database; name a backup that `digest backup` made")


def damage(connection: sqlite3.Connection, *, whole: bool) -> tuple[str, ...]:
    """What is wrong with the structure of an open file, in SQLite's words; empty where nothing is.

    ``whole`` also compares each index with its table, which reads everything more than once.
    """
    check = "integrity_check" if whole else "quick_check"
    try:
        said = [str(row[0]) for row in connection.execute(f"PRAGMA {check}({SHOWN})") if row[0] != "ok"]
        if said:
            return tuple(" ".join(one.split()) for one in said)
        broken = connection.execute("PRAGMA foreign_key_check").fetchmany(SHOWN)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_CORRUPT:
            raise
        return (str(error),)  # so damaged that the check itself gives up
    return tuple(f"a row of {table} leads to one of {parent} that is not there" for table, _, parent, _ in broken)


def contents(connection: sqlite3.Connection, *, older: bool = False) -> Contents:
    """What an open file holds, of this or an earlier schema."""

    def number(sql: str) -> int:
        return int(connection.execute(sql).fetchone()[0])

    def time(sql: str) -> datetime | None:
        found: str | None = connection.execute(sql).fetchone()[0]
        return when(found)

    return Contents(
        bytes=number("PRAGMA page_count") * number("PRAGMA page_size"),
        feeds=number("SELECT COUNT(*) FROM feeds"),
        items=number("SELECT COUNT(*) FROM items"),
        threads=number("SELECT COUNT(*) FROM threads WHERE merged_into IS NULL"),
        editions=number("SELECT COUNT(*) FROM editions"),
        deliveries=number("SELECT COUNT(*) FROM deliveries"),
        newest_edition=time("SELECT MAX(composed) FROM editions"),
        latest=time(_NEWEST),
        older=older,
    )


def counts(connection: sqlite3.Connection) -> Mapping[str, int]:
    """Rows of each table, but of those that another module of SQLite keeps in tables of its own."""
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
    ).fetchall()
    quoted = [name.replace('"', '""') for (name,) in names]
    return {name: connection.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0] for name in quoted}  # noqa: S608

"""How the database file is: its structure, its schema, its size; the file is only read."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from .database import BUSY_SECONDS, explained, is_ours, pending, read_only
from .sound import contents, damage

_SHADOWS = ("data", "idx", "docsize", "config")
"""Tables in which FTS5 keeps an index without its texts."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What there is to know of a database file."""

    ours: bool
    damage: tuple[str, ...] = ()
    pending: int = 0
    """Steps of the schema that it lacks."""
    journal: str = "wal"
    items: int = 0
    editions: int = 0
    bytes: int = 0
    wal: int = 0
    """Bytes of the WAL, which others have written and nobody folded in yet."""
    free: int = 0
    """Bytes of pages in it that hold nothing."""
    latest: datetime | None = None
    """The last thing that any run noted."""
    search: str | None = None
    """What is wrong with the search index; None where it is sound, or was not looked at."""


def examine(path: Path, *, whole: bool) -> Examined:
    """Raises StoreError where the file cannot be read at all, or was written by a newer version.

    ``whole`` compares every index with its table, also that of the search, which takes a while for a large file.
    """
    with explained(path), closing(read_only(path)) as connection:

        def number(pragma: str) -> int:
            return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])

        if not is_ours(connection):
            return Examined(ours=False)
        lacks = len(pending(connection, path))
        wrong = damage(connection, whole=whole)
        holds = None
        with suppress(sqlite3.DatabaseError):  # told as damage
            holds = contents(connection)
        return Examined(
            ours=True,
            damage=wrong,
            pending=lacks,
            journal=str(connection.execute("PRAGMA journal_mode").fetchone()[0]),
            items=holds.items if holds else 0,
            editions=holds.editions if holds else 0,
            bytes=number("page_count") * number("page_size"),
            wal=_size(path.with_name(f"{path.name}-wal")),
            free=number("freelist_count") * number("page_size"),
            latest=holds.latest if holds else None,
            search=_search(path) if whole and not wrong else None,
        )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _search(path: Path) -> str | None:
    """What FTS5 says against its index. Asking it is a statement that writes, so a copy of the index is asked."""
    with closing(sqlite3.connect("", uri=True, timeout=BUSY_SECONDS)) as scratch:
        scratch.execute("ATTACH ? AS kept", (f"{path.absolute().as_uri()}?mode=ro",))
        found = scratch.execute("SELECT sql FROM kept.sqlite_master WHERE name = 'search'").fetchone()
        if found is None:
            return None  # made with the next poll
        try:
            scratch.execute(found[0])
            for name in _SHADOWS:
                scratch.execute(f"DELETE FROM main.search_{name}")  # noqa: S608 - names of our own
                scratch.execute(f"INSERT INTO main.search_{name} SELECT * FROM kept.search_{name}")  # noqa: S608
            scratch.commit()
            scratch.execute("INSERT INTO search (search) VALUES ('integrity-check')")
        except sqlite3.DatabaseError as error:
            return str(error)
    return None

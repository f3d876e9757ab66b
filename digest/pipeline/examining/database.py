"""The database file: is it whole, of this version, and of a reasonable size."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ...config import Config
from ...store.examine import Examined
from ...store.examine import examine as look_into
from .findings import Finding, Level, counted, megabytes

MUCH_FREE = 0.3
"""A larger share of pages that hold nothing is told ..."""
MUCH = 100_000_000
"""... in a file where that is worth it; a WAL of so many bytes is told as well."""


def database(settings: Config, now: datetime, *, whole: bool = False) -> Iterator[Finding]:
    """Structure, schema, journal and size."""
    path = settings.database
    if not path.exists():
        yield Finding("database", Level.NOTE, f"{path}: is not there yet; the first `digest run` makes it")
        return
    found = look_into(path, whole=whole)
    if not found.ours:
        what = f"{path}: is a database of another program; set another file as `database` in config.toml"
        yield Finding("database", Level.TROUBLE, what)  # the very words of other checks, so it is told once
        return
    for wrong in found.damage:
        cure = "stop digest, keep a copy of the file, and `digest restore` the last backup"
        yield Finding("database", Level.TROUBLE, f"{path}: is damaged: {wrong}", cure)
    if found.search:
        yield Finding(
            "database",
            Level.WARNING,
            f"the search index is damaged: {found.search}",
            "sqlite3 digest.db 'UPDATE search_state SET version = 0' has the next poll make it anew",
        )
    yield from _sizes(found)
    if not found.damage:
        held = f"{counted(found.items, 'item')}, {counted(found.editions, 'edition')}, {megabytes(found.bytes)}"
        examined = "every index compared" if whole else "structure sound"
        yield Finding("database", Level.FINE, f"{held}; {examined}")


def _sizes(found: Examined) -> Iterator[Finding]:
    if found.pending:
        what = "its tables are those of an earlier version; the next run or `digest serve` brings them up to date"
        yield Finding("database", Level.NOTE, what, "make a backup before: `digest backup FILE`")
    if found.journal != "wal":
        what = f"its journal is '{found.journal}' and not 'wal'; the next run or `digest serve` sets it"
        yield Finding("database", Level.NOTE, what)
    if found.wal > max(MUCH, found.bytes // 2):
        yield Finding(
            "database",
            Level.WARNING,
            f"{megabytes(found.wal)} are written and not yet folded into the file: a program reads it all the time",
            "close what has it open (`fuser` names it), or restart `digest serve`",
        )
    if found.free > MUCH and found.free > found.bytes * MUCH_FREE:
        what = f"{megabytes(found.free)} of it are free inside, and are used again before it grows"
        yield Finding("database", Level.NOTE, what)

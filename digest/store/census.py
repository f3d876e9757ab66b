"""How much there is of everything, by a few cheap counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from .database import Database
from .times import when


@dataclass(frozen=True, slots=True)
class Census:
    items: int
    stories: int
    threads: int
    editions: Mapping[str, int]
    """Regular ones, by digest."""
    last_editions: Mapping[str, datetime]
    """When the newest of each digest was composed."""
    deliveries: Mapping[str, int]
    """By state."""
    bytes: int
    """Of the database file."""


def census(database: Database) -> Census:
    """What is counted reads indexes and short rows only: a watchdog may ask each few seconds."""
    ask = database.conn.execute
    editions = ask(
        """SELECT digest, regular, (SELECT composed FROM editions WHERE digest = counted.digest AND number = newest)
           FROM (SELECT digest, COUNT(*) AS regular, MAX(number) AS newest FROM editions WHERE number > 0
                 GROUP BY digest) AS counted"""
    ).fetchall()
    times = {name: when(composed) for name, _, composed in editions}
    pages, size = ask("PRAGMA page_count").fetchone()[0], ask("PRAGMA page_size").fetchone()[0]
    return Census(
        items=ask("SELECT COUNT(*) FROM items").fetchone()[0],
        stories=ask("SELECT COUNT(*) FROM stories WHERE merged_into IS NULL").fetchone()[0],
        threads=ask("SELECT COUNT(*) FROM threads WHERE merged_into IS NULL").fetchone()[0],
        editions={name: count for name, count, _ in editions},
        last_editions={name: time for name, time in times.items() if time is not None},
        deliveries=dict(ask("SELECT state, COUNT(*) FROM deliveries GROUP BY state").fetchall()),
        bytes=pages * size,
    )

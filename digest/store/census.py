"""How much there is of everything, by a few cheap counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..model import DeliveryState
from .counted import total
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

    def ended(table: str) -> int:
        sql = f"SELECT COUNT(*) FROM {table} WHERE merged_into IS NOT NULL"  # noqa: S608 (by an index of these alone)
        return int(ask(sql).fetchone()[0])

    def in_state(state: str) -> int:
        return int(ask("SELECT COUNT(*) FROM deliveries WHERE state = ?", (state,)).fetchone()[0])

    editions = ask(
        """SELECT name, (SELECT COUNT(*) FROM editions WHERE digest = name AND number > 0),
               (SELECT composed FROM editions WHERE digest = name AND number > 0 ORDER BY number DESC LIMIT 1)
           FROM digests WHERE EXISTS (SELECT 1 FROM editions WHERE digest = name AND number > 0)"""
    ).fetchall()
    times = {name: when(composed) for name, _, composed in editions}
    pages, size = ask("PRAGMA page_count").fetchone()[0], ask("PRAGMA page_size").fetchone()[0]
    return Census(
        items=total(database, "items"),
        stories=total(database, "stories") - ended("stories"),
        threads=total(database, "threads") - ended("threads"),
        editions={name: count for name, count, _ in editions},
        last_editions={name: time for name, time in times.items() if time is not None},
        deliveries={state: number for state in DeliveryState if (number := in_state(state))},
        bytes=pages * size,
    )

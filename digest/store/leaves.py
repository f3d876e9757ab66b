"""What pages ask of editions without reading them: which there are, and the way from one to the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ..model import edition_path
from .database import Database
from .times import when


@dataclass(frozen=True, slots=True)
class Leaf:
    """A regular edition among those of its digest, without what it holds."""

    id: int
    number: int
    day: date
    ordinal: int
    older: str | None
    """Path below the digest's folder of the edition before."""
    newer: str | None
    items: int
    """That its page shows, as far as known."""
    composed: str
    """When it was frozen: tells it from another of the same number in a database that was put back or begun anew."""


_LEAF = """
SELECT id, number, day, ordinal,
       (SELECT day || '/' || ordinal FROM editions AS older
        WHERE older.digest = editions.digest AND older.number > 0 AND older.number < editions.number
        ORDER BY number DESC LIMIT 1),
       (SELECT day || '/' || ordinal FROM editions AS newer
        WHERE newer.digest = editions.digest AND newer.number > editions.number ORDER BY number LIMIT 1),
       COALESCE(readable, items), composed
FROM editions
"""


class Leaves:
    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, digest: str, day: date | None = None, ordinal: int = 1) -> Leaf | None:
        """A digest's edition of one local day, without a day its newest one, with the way to its neighbours."""
        row = self._database.conn.execute(
            f"""{_LEAF} WHERE digest = :digest AND number > 0 AND (:day IS NULL OR (day = :day AND ordinal = :ordinal))
                ORDER BY number DESC LIMIT 1""",
            {"digest": digest, "day": day.isoformat() if day else None, "ordinal": ordinal},
        ).fetchone()
        return _leaf(row) if row else None

    def all(self, digest: str) -> list[Leaf]:
        """Every edition of a digest with a page, newest first."""
        found = self._database.conn.execute(
            f"{_LEAF} WHERE digest = :digest AND number > 0 ORDER BY number DESC", {"digest": digest}
        )
        return [_leaf(row) for row in found]

    def until(self, edition_id: int) -> datetime:
        """The end of its window: what is first seen from then on is new after it."""
        sql = "SELECT until FROM editions WHERE id = ?"
        until: str = self._database.conn.execute(sql, (edition_id,)).fetchone()[0]
        return when(until)

    def issues(self, digest: str) -> list[tuple[date, int, int]]:
        """(local day, ordinal, items that its page shows) of every edition with a page, newest first."""
        found = self._database.conn.execute(
            """SELECT day, ordinal, COALESCE(readable, items) FROM editions
               WHERE digest = ? AND number > 0 ORDER BY number DESC""",
            (digest,),
        )
        return [(date.fromisoformat(day), ordinal, items) for day, ordinal, items in found]


def _leaf(row: tuple[Any, ...]) -> Leaf:
    id_, number, day, ordinal, older, newer, items, composed = row
    return Leaf(id_, number, date.fromisoformat(day), ordinal, _path(older), _path(newer), items, composed)


def _path(day_and_ordinal: str | None) -> str | None:
    if day_and_ordinal is None:
        return None
    day, _, ordinal = day_and_ordinal.partition("/")
    return edition_path(date.fromisoformat(day), int(ordinal))

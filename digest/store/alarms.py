"""What the operator was, or is to be, told of: each matter once while it lasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from .database import immediate, rows
from .times import iso, when


@dataclass(frozen=True, slots=True)
class Alarm:
    """One matter, from when it began until it ended."""

    id: int
    kind: str
    about: str
    since: datetime
    told: datetime | None
    """When the operator was last told of it."""
    ended: datetime | None
    last_error: str | None
    """Why telling failed the last time."""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """Mails of one digest over one transport, since the last that arrived."""

    digest: str
    transport: str
    since: datetime
    """When the first of them was made."""
    mails: int
    error: str | None
    """What was said of the latest."""


class Alarms:
    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, kind: str, about: str, since: datetime) -> Alarm:
        """The open matter of that kind; a new one where none is open."""
        with immediate(self._database):
            self._database.conn.execute(
                "INSERT OR IGNORE INTO alarms (kind, about, since) VALUES (?, ?, ?)", (kind, about, iso(since))
            )
            [row] = rows(
                self._database, "SELECT * FROM alarms WHERE kind = ? AND about = ? AND ended IS NULL", (kind, about)
            )
        return _alarm(row)

    def open(self) -> list[Alarm]:
        """Matters that last, the oldest first."""
        return [
            _alarm(row) for row in rows(self._database, "SELECT * FROM alarms WHERE ended IS NULL ORDER BY since, id")
        ]

    def claim(self, ids: Sequence[int], now: datetime, *, tried: datetime, told: datetime) -> list[Alarm]:
        """Those of the matters that this process is to tell now.

        Left out are those tried after ``tried``, by any process, and those told after ``told``; a time that lies ahead
        was written by a wrong clock and holds nothing up.
        """
        with immediate(self._database):
            found = [
                _alarm(row)
                for one in ids
                for row in rows(
                    self._database,
                    """SELECT * FROM alarms WHERE id = :id AND ended IS NULL
                       AND (last_try IS NULL OR last_try <= :tried OR last_try > :now)
                       AND (told IS NULL OR told <= :told OR told > :now)""",
                    {"id": one, "now": iso(now), "tried": iso(tried), "told": iso(told)},
                )
            ]
            self._database.conn.executemany(
                "UPDATE alarms SET last_try = ? WHERE id = ?", [(iso(now), one.id) for one in found]
            )
        return found

    def told(self, alarms: Sequence[Alarm], now: datetime) -> None:
        with immediate(self._database, durable=True):
            self._database.conn.executemany(
                "UPDATE alarms SET told = ?, last_error = NULL WHERE id = ?", [(iso(now), one.id) for one in alarms]
            )

    def failed(self, alarms: Sequence[Alarm], error: str) -> None:
        with immediate(self._database):
            self._database.conn.executemany(
                "UPDATE alarms SET last_error = ? WHERE id = ?", [(error, one.id) for one in alarms]
            )

    def undelivered(self) -> list[Undelivered]:
        """By digest and transport, the mails of all editions after the last of which any was delivered."""
        found = rows(
            self._database,
            """WITH mails AS (
                 SELECT deliveries.*, digest FROM deliveries JOIN editions ON editions.id = edition_id
                 WHERE recipient <> ''),
               arrived AS (
                 SELECT digest, transport, MAX(edition_id) AS edition_id FROM mails WHERE state = 'sent' GROUP BY 1, 2)
               SELECT mails.digest, mails.transport, MIN(mails.created) AS since, COUNT(*) AS mails,
                      MAX(mails.id) AS latest
               FROM mails LEFT JOIN arrived
                 ON arrived.digest = mails.digest AND arrived.transport = mails.transport
               WHERE mails.edition_id > COALESCE(arrived.edition_id, 0) AND state <> 'dropped' AND copy = 0
               GROUP BY 1, 2""",
        )
        return [
            Undelivered(row["digest"], row["transport"], when(row["since"]), row["mails"], self._said(row["latest"]))
            for row in found
        ]

    def _said(self, delivery: int) -> str | None:
        row = self._database.conn.execute("SELECT last_error FROM deliveries WHERE id = ?", (delivery,)).fetchone()
        return str(row[0]) if row and row[0] else None

    def end(self, alarm: Alarm, now: datetime) -> bool:
        """Closes a matter; False where another process did."""
        with immediate(self._database):
            changed = self._database.conn.execute(
                "UPDATE alarms SET ended = ? WHERE id = ? AND ended IS NULL", (iso(now), alarm.id)
            )
            return changed.rowcount > 0


def _alarm(row: dict[str, Any]) -> Alarm:
    return Alarm(
        id=row["id"],
        kind=row["kind"],
        about=row["about"],
        since=when(row["since"]),
        told=when(row["told"]),
        ended=when(row["ended"]),
        last_error=row["last_error"],
    )

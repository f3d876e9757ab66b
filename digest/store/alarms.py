"""What the operator was, or is to be, told of: each matter once while it lasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..units import plain_address
from .database import Database, immediate, rows
from .times import iso, when


@dataclass(frozen=True, slots=True)
class Alarm:
    """One matter that lasts."""

    id: int
    kind: str
    about: str
    since: datetime
    told: datetime | None
    """When the operator was last told of it."""


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
        """By digest and transport, the mails of all editions after the last of which any was delivered.

        What never arrived at somebody who unsubscribed since is missed by nobody.
        """
        left = {
            (row["digest"], row["address"])
            for row in rows(self._database, "SELECT digest, address FROM recipients WHERE unsubscribed IS NOT NULL")
        }
        missing: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in rows(
            self._database,
            """SELECT digest, transport, recipient, edition_id, deliveries.created, last_error
               FROM deliveries INDEXED BY deliveries_by_state JOIN editions ON editions.id = edition_id
               WHERE state IN ('pending', 'sending', 'failed', 'refused') AND recipient <> '' AND copy = 0
               ORDER BY deliveries.id""",
        ):
            if not left or (row["digest"], plain_address(row["recipient"])) not in left:
                missing.setdefault((row["digest"], row["transport"]), []).append(row)
        found = []
        for (digest, transport), mails in missing.items():
            arrived = self._arrived(digest, transport)
            if later := [row for row in mails if row["edition_id"] > arrived]:
                since, error = when(later[0]["created"]), later[-1]["last_error"]
                found.append(Undelivered(digest, transport, since, len(later), error))
        return found

    def has_arrived(self, digest: str, transport: str, since: datetime) -> bool:
        """Whether any mail of a digest was delivered by a transport since then."""
        found = self._database.conn.execute(
            """SELECT 1 FROM deliveries JOIN editions ON editions.id = edition_id
               WHERE digest = ? AND transport = ? AND recipient <> '' AND +state = 'sent' AND updated >= ? LIMIT 1""",
            (digest, transport, iso(since)),
        ).fetchone()
        return found is not None

    def _arrived(self, digest: str, transport: str) -> int:
        """Id of the last edition of which any mail was delivered; 0 where none was."""
        row = self._database.conn.execute(
            """SELECT edition_id FROM deliveries JOIN editions ON editions.id = edition_id
               WHERE digest = ? AND transport = ? AND recipient <> '' AND +state = 'sent'
               ORDER BY edition_id DESC LIMIT 1""",
            (digest, transport),
        ).fetchone()
        return int(row[0]) if row else 0

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
    )

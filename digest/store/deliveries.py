"""The ledger: one row for each edition, transport and recipient, and for each copy that was sent again by hand."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ..model import Delivery, DeliveryState
from .database import Database, immediate, rows
from .editions import AHEAD
from .times import iso, when


@dataclass(frozen=True, slots=True)
class Entry:
    """A delivery with the edition it carries, for people."""

    delivery: Delivery
    digest: str
    number: int
    day: date
    ordinal: int
    kind: str
    updated: datetime
    """When its state last changed."""


class Deliveries:
    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, due: datetime | None = None) -> list[tuple[Delivery, str]]:
        """(delivery, sender) of all that is not settled, oldest edition first; with ``due``, only what may be tried."""
        found = rows(
            self._database,
            """SELECT * FROM deliveries INDEXED BY deliveries_by_state WHERE state IN ('pending', 'sending')
               AND (:due IS NULL OR next_try IS NULL OR next_try <= :due OR next_try > :ahead)
               ORDER BY edition_id, id""",
            {"due": iso(due), "ahead": iso(due + AHEAD) if due else None},
        )
        return [(_delivery(row), row["sender"]) for row in found]

    def of(self, edition_id: int) -> list[Delivery]:
        """All deliveries of one edition, in the order in which they were made."""
        found = rows(self._database, "SELECT * FROM deliveries WHERE edition_id = ? ORDER BY id", (edition_id,))
        return [_delivery(row) for row in found]

    def unsettled(self) -> list[Delivery]:
        """All that are open, and those of the last edition of each digest that failed and were not sent again."""
        found = rows(
            self._database,
            """SELECT * FROM deliveries WHERE state IN ('pending', 'sending') OR (state IN ('failed', 'refused')
               AND edition_id IN (SELECT MAX(id) FROM editions GROUP BY digest)
               AND NOT EXISTS (SELECT 1 FROM deliveries again WHERE again.edition_id = deliveries.edition_id
                 AND again.transport = deliveries.transport AND again.recipient = deliveries.recipient
                 AND again.copy > deliveries.copy AND +again.state = 'sent')) ORDER BY id""",
        )
        return [_delivery(row) for row in found]

    def listed(
        self,
        digest: str | None = None,
        day: date | None = None,
        ordinal: int | None = None,
        *,
        only_open: bool = False,
        ids: Collection[int] | None = None,
        limit: int | None = None,
    ) -> list[Entry]:
        """Deliveries that fit all that is given, newest edition first."""
        if ids is not None and not ids:
            return []
        found = rows(
            self._database,
            """SELECT deliveries.*, digest, number, day, ordinal, kind
               FROM deliveries JOIN editions ON editions.id = edition_id
               WHERE (:digest IS NULL OR digest = :digest) AND (:day IS NULL OR day = :day)
               AND (:ordinal IS NULL OR ordinal = :ordinal) AND (NOT :only_open OR state IN ('pending', 'sending'))
               AND (:ids IS NULL OR deliveries.id IN (SELECT value FROM json_each(:ids)))
               ORDER BY edition_id DESC, deliveries.id DESC LIMIT :limit""",
            {
                "digest": digest,
                "day": day.isoformat() if day else None,
                "ordinal": ordinal,
                "only_open": only_open,
                "ids": None if ids is None else json.dumps(sorted(ids)),
                "limit": -1 if limit is None else limit,
            },
        )
        return [
            Entry(
                _delivery(row), row["digest"], row["number"], date.fromisoformat(row["day"]), row["ordinal"],
                row["kind"], when(row["updated"]),
            )
            for row in found
        ]  # fmt: skip

    def record(self, delivery: Delivery, now: datetime) -> None:
        """One transition of the ledger, synced to disk before it returns."""
        with immediate(self._database, durable=True):
            self._database.conn.execute(
                """UPDATE deliveries SET state = ?, attempts = ?, uncertain = ?, next_try = ?, last_error = ?,
                   updated = ? WHERE id = ?""",
                (
                    delivery.state, delivery.attempts, delivery.uncertain, iso(delivery.next_try),
                    delivery.last_error, iso(now), delivery.id,
                ),
            )  # fmt: skip

    def copy(self, delivery: Delivery, message_id: str, now: datetime) -> int:
        """One more, pending, of the same edition to the same recipient; the caller holds a durable transaction.

        Returns its id. It has a Message-ID of its own, or a mailbox would take it for the one it has.
        """
        cursor = self._database.conn.execute(
            """INSERT INTO deliveries (edition_id, transport, recipient, copy, sender, unsubscribe, state, message_id,
               created, updated)
               SELECT edition_id, transport, recipient,
                 (SELECT MAX(copy) + 1 FROM deliveries other WHERE other.edition_id = deliveries.edition_id
                  AND other.transport = deliveries.transport AND other.recipient = deliveries.recipient),
                 sender, unsubscribe, 'pending', :key, :now, :now FROM deliveries WHERE id = :id""",
            {"key": message_id, "now": iso(now), "id": delivery.id},
        )
        return int(cursor.lastrowid or 0)


def _delivery(row: dict[str, Any]) -> Delivery:
    return Delivery(
        id=row["id"],
        edition_id=row["edition_id"],
        transport=row["transport"],
        recipient=row["recipient"],
        state=DeliveryState(row["state"]),
        message_id=row["message_id"],
        attempts=row["attempts"],
        uncertain=row["uncertain"],
        created=when(row["created"]),
        next_try=when(row["next_try"]),
        last_error=row["last_error"],
        unsubscribe=row["unsubscribe"],
        copy=row["copy"],
    )

"""Recipients: the token each one's link carries, and who unsubscribed, which outranks the configuration.

An address is known by itself alone, whatever its capitals and the name before it.
Rows are made when an edition is frozen, and stay when an address leaves the configuration.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..model import DeliveryState
from ..units import bare_address, plain_address
from .database import Database, immediate, rows
from .times import iso, when


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address of one digest."""

    id: int
    digest: str
    address: str
    """Alone, in lower case, its domain in ASCII."""
    token: str = field(repr=False)
    """Whoever has it may unsubscribe this address, and nothing else."""
    unsubscribed: datetime | None
    told: datetime | None
    """When the operator was told."""


@dataclass(frozen=True, slots=True)
class LastMail:
    """What became of the latest mail to an address."""

    state: DeliveryState
    at: datetime
    error: str | None


class Recipients:
    def __init__(self, database: Database) -> None:
        self._database = database

    def token(self, digest: str, address: str, fresh: str) -> str:
        """The token of an address, ``fresh`` where it has none yet; the caller holds the transaction."""
        bare = plain_address(address)
        self._database.conn.execute(
            "INSERT OR IGNORE INTO recipients (digest, address, token) VALUES (?, ?, ?)", (digest, bare, fresh)
        )
        found = self._database.conn.execute(
            "SELECT token FROM recipients WHERE digest = ? AND address = ?", (digest, bare)
        ).fetchone()
        return str(found[0])

    def unsubscribed(self, digest: str, address: str) -> datetime | None:
        """Since when an address gets no more mail of a digest; None for one that gets it, or is none at all."""
        row = self._database.conn.execute(
            "SELECT unsubscribed FROM recipients WHERE digest = ? AND address = ?", (digest, bare_address(address))
        ).fetchone()
        return when(row[0]) if row else None

    def by_token(self, token: str) -> Recipient | None:
        found = rows(self._database, "SELECT * FROM recipients WHERE token = ?", (token,))
        return _recipient(found[0]) if found else None

    def all(self) -> list[Recipient]:
        """Every address that ever was a recipient, by digest and in the order in which they came."""
        return [_recipient(row) for row in rows(self._database, "SELECT * FROM recipients ORDER BY digest, id")]

    def last_mails(self) -> dict[tuple[str, str], LastMail]:
        """By digest and address what became of the latest mail, however the address was written then."""
        found = rows(
            self._database,
            """SELECT digest, recipient, state, updated, last_error, MAX(deliveries.id)
               FROM deliveries JOIN editions ON editions.id = edition_id
               WHERE recipient <> '' GROUP BY digest, recipient ORDER BY MAX(deliveries.id)""",
        )
        return {
            (row["digest"], bare_address(row["recipient"])): LastMail(
                DeliveryState(row["state"]), when(row["updated"]), row["last_error"]
            )
            for row in found
        }

    def untold(self) -> list[Recipient]:
        """Those who unsubscribed and of whom the operator was not told, the oldest first."""
        found = rows(
            self._database,
            "SELECT * FROM recipients WHERE unsubscribed IS NOT NULL AND told IS NULL ORDER BY unsubscribed, id",
        )
        return [_recipient(row) for row in found]

    def unsubscribe(self, digest: str, address: str, now: datetime, *, fresh: str, told: bool = False) -> bool:
        """Ends the mails of a digest to an address, on disk when this returns; whether that changed anything.

        ``fresh`` is the token of an address that has none yet. ``told``: the operator did it.
        """
        with immediate(self._database, durable=True):
            self.token(digest, address, fresh)
            changed = self._database.conn.execute(
                """UPDATE recipients SET unsubscribed = :now, told = CASE WHEN :told THEN :now END
                   WHERE digest = :digest AND address = :address AND unsubscribed IS NULL""",
                {"now": iso(now), "told": told, "digest": digest, "address": plain_address(address)},
            )
            return changed.rowcount > 0

    def restore(self, digest: str, address: str) -> bool:
        """Takes that back; whether there was anything to take back."""
        with immediate(self._database, durable=True):
            changed = self._database.conn.execute(
                """UPDATE recipients SET unsubscribed = NULL, told = NULL
                   WHERE digest = ? AND address = ? AND unsubscribed IS NOT NULL""",
                (digest, plain_address(address)),
            )
            return changed.rowcount > 0

    def told(self, recipient_id: int, now: datetime) -> None:
        """Notes that the operator knows."""
        with immediate(self._database):
            self._database.conn.execute("UPDATE recipients SET told = ? WHERE id = ?", (iso(now), recipient_id))


def _recipient(row: dict[str, Any]) -> Recipient:
    return Recipient(
        id=row["id"],
        digest=row["digest"],
        address=row["address"],
        token=row["token"],
        unsubscribed=when(row["unsubscribed"]),
        told=when(row["told"]),
    )

"""Who unsubscribed from which digest; that outranks the configuration."""

from __future__ import annotations

from sqlite_utils import Database

from ..units import bare_address


class Recipients:
    def __init__(self, database: Database) -> None:
        self._database = database

    def unsubscribed(self, digest: str, address: str) -> bool:
        """Whether this address, with or without a name before it, wants no more mail of that digest."""
        found = self._database.conn.execute(
            "SELECT 1 FROM recipients WHERE digest = ? AND address = ? AND unsubscribed IS NOT NULL",
            (digest, bare_address(address)),
        ).fetchone()
        return found is not None

"""Sessions: who is signed in on the pages, and the secret behind it; nothing here lets anybody in by itself.

Of a session's token only a hash is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from .database import Database, immediate
from .times import iso, when


@dataclass(frozen=True, slots=True)
class Session:
    until: datetime
    password: str = field(repr=False)
    """What the password of that time left behind: a session ends with its password."""


class Sessions:
    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, hashed: str) -> Session | None:
        row = self._database.conn.execute("SELECT until, password FROM sessions WHERE hash = ?", (hashed,)).fetchone()
        if row is None:
            return None
        until = when(row[0])
        assert until is not None
        return Session(until, row[1])

    def begin(self, hashed: str, password: str, now: datetime, until: datetime, *, old: str | None) -> None:
        """A new one in the place of the ``old``; those that no longer hold go."""
        with immediate(self._database):
            connection = self._database.conn
            connection.execute(
                "DELETE FROM sessions WHERE until <= ? OR password <> ? OR hash = ?", (iso(now), password, old)
            )
            connection.execute(
                "INSERT INTO sessions (hash, made, until, password) VALUES (?, ?, ?, ?)",
                (hashed, iso(now), iso(until), password),
            )

    def prolong(self, hashed: str, until: datetime) -> None:
        with immediate(self._database):
            self._database.conn.execute("UPDATE sessions SET until = ? WHERE hash = ?", (iso(until), hashed))

    def end(self, hashed: str) -> None:
        with immediate(self._database):
            self._database.conn.execute("DELETE FROM sessions WHERE hash = ?", (hashed,))

    def secret(self, name: str, fresh: str) -> str:
        """The secret of that name, which is ``fresh`` where there was none."""
        with immediate(self._database):
            connection = self._database.conn
            connection.execute("INSERT OR IGNORE INTO secrets (name, value) VALUES (?, ?)", (name, fresh))
            return str(connection.execute("SELECT value FROM secrets WHERE name = ?", (name,)).fetchone()[0])

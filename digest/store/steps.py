"""The steps of the schema, in their order, and which of them a database has taken.

sqlite-utils takes them; it costs 0.1 s to import, so a database that has them all is recognised without it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

Step = Callable[["Database"], None]

_KEPT = "_sqlite_migrations"
"""The table in which sqlite-utils keeps what was applied."""


class Steps:
    """Called, it gives the decorator that adds a step under the name of its function."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._steps: dict[str, Step] = {}

    def __call__(self) -> Callable[[Step], Step]:
        def add(step: Step) -> Step:
            assert step.__name__ not in self._steps, f"two steps are called {step.__name__}"
            self._steps[step.__name__] = step
            return step

        return add

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._steps)

    def applied(self, connection: sqlite3.Connection) -> frozenset[str]:
        """Names of the steps that a database has taken, also those that only a newer version knows."""
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (_KEPT,)).fetchone():
            return frozenset()
        sql = f"SELECT name FROM {_KEPT} WHERE migration_set = ?"  # noqa: S608 (a constant)
        return frozenset(name for (name,) in connection.execute(sql, (self._name,)))

    def apply(self, database: Database, *, stop_before: str | None = None) -> None:
        """Takes the steps that are missing, up to ``stop_before``, each one in a transaction with its record."""
        from sqlite_utils import Migrations

        migrations = Migrations(self._name)
        for name, step in self._steps.items():
            migrations(name=name)(step)
        migrations.apply(database, stop_before=stop_before)

"""A disk that is full: SQLite itself refuses to let the database grow by more than some pages.

with full_disk(pages=3):
    run_command(["run"])
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlite_utils import Database

from digest.store import database as opening


@contextmanager
def full_disk(pages: int) -> Iterator[None]:
    """Each database that this process opens meanwhile for writing may grow by so many pages."""
    with pytest.MonkeyPatch.context() as patch:
        connect = opening.connect

        def cramped(path: Path) -> Database:
            database = connect(path)
            ask = database.conn.execute
            ask(f"PRAGMA max_page_count = {ask('PRAGMA page_count').fetchone()[0] + pages}")
            return database

        patch.setattr(opening, "connect", cramped)
        yield

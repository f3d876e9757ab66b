"""The store: one open database and the shelves in it. Nothing outside this package sees SQL or a row."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ..errors import BusyError
from . import database as db
from .database import Database
from .feeds import Feeds
from .items import NO_FAMILIES, Families, Items
from .lock import PATIENCE_SECONDS, Purpose, lock
from .times import when
from .troubles import Troubles

if TYPE_CHECKING:
    from .alarms import Alarms
    from .census import Census
    from .decisions import Decisions
    from .deliveries import Deliveries
    from .editions import Editions
    from .homes import Homes
    from .leaves import Leaves
    from .links import Links
    from .live import Live
    from .rebuild import Rebuild
    from .recipients import Recipients
    from .retention import Retention
    from .search import Search
    from .sessions import Sessions
    from .stories import Stories
    from .threads import Threads
    from .traces import Traces


class Store:
    """One connection; it belongs to the thread that opened it (SQLite's rule)."""

    def __init__(self, path: Path, database: Database, families: Families = NO_FAMILIES) -> None:
        """``families`` as configured: outlets of one house are read as one outlet."""
        self.path = path
        self._identity = db.identity(path)
        self._database = database
        self.feeds = Feeds(database)
        self.items = Items(database, self.feeds, families)
        self.troubles = Troubles(database)

    # What a poll needs stands ready; the other shelves, and the nouns on them, are loaded when they are asked for.

    @cached_property
    def search(self) -> Search:
        from .search import Search

        return Search(self._database)

    @cached_property
    def decisions(self) -> Decisions:
        from .decisions import Decisions

        return Decisions(self._database)

    @cached_property
    def homes(self) -> Homes:
        from .homes import Homes

        return Homes(self._database)

    @cached_property
    def live(self) -> Live:
        from .live import Live

        return Live(self._database)

    @cached_property
    def stories(self) -> Stories:
        from .stories import Stories

        return Stories(self._database, self.live)

    @cached_property
    def links(self) -> Links:
        from .links import Links

        return Links(self._database)

    @cached_property
    def threads(self) -> Threads:
        from .threads import Threads

        return Threads(self._database, self.items)

    @cached_property
    def traces(self) -> Traces:
        from .traces import Traces

        return Traces(self._database)

    @cached_property
    def editions(self) -> Editions:
        from .editions import Editions

        return Editions(self._database)

    @cached_property
    def leaves(self) -> Leaves:
        from .leaves import Leaves

        return Leaves(self._database)

    @cached_property
    def deliveries(self) -> Deliveries:
        from .deliveries import Deliveries

        return Deliveries(self._database)

    @cached_property
    def recipients(self) -> Recipients:
        from .recipients import Recipients

        return Recipients(self._database)

    @cached_property
    def sessions(self) -> Sessions:
        from .sessions import Sessions

        return Sessions(self._database)

    @cached_property
    def alarms(self) -> Alarms:
        from .alarms import Alarms

        return Alarms(self._database)

    @cached_property
    def retention(self) -> Retention:
        from .retention import Retention

        return Retention(self.path, self._database, self.search)

    # -- opening and closing -------------------------------------------------------------------

    @classmethod
    def open(cls, path: Path, families: Families = NO_FAMILIES) -> Store:
        """Opens the file, making and migrating it as needed; raises StoreError with the cure."""
        path = path.resolve()  # two names of one file must be one lock
        while True:
            before = db.identity(path)
            database = db.connect(path)
            if before in (None, db.identity(path)):
                return cls(path, database, families)
            database.conn.close()  # a restore put another file there just now

    @classmethod
    def open_to_look(cls, path: Path, families: Families = NO_FAMILIES) -> Store:
        """For commands that only tell: makes no file, waits for no lock, writes nothing.

        A file that is not there yet, or was written by an older version, is looked at as a copy in memory.
        """
        path = path.resolve()
        return cls(path, db.connect_to_look(path), families)

    @classmethod
    def open_to_show(cls, path: Path, families: Families = NO_FAMILIES) -> Store:
        """For the pages of a server: reads only, and may go from one thread to another, one at a time."""
        path = path.resolve()
        return cls(path, db.connect_to_show(path), families)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """One state of the database, whatever others write meanwhile: all that a page reads belongs together."""
        connection = self._database.conn
        try:
            connection.execute("BEGIN")
            yield
        except sqlite3.Error as error:
            raise db.explanation(self.path, error) from error
        finally:
            if connection.in_transaction:  # a disk that fails has ended it
                connection.execute("ROLLBACK")

    @classmethod
    def open_copy(cls, path: Path, families: Families = NO_FAMILIES) -> Store:
        """A copy for looking ahead: whatever is done to it, the file stays as it is, byte by byte."""
        return cls(path, db.connect_copy(path), families)

    @classmethod
    def in_memory(cls) -> Store:
        """An empty database that lasts as long as it is open."""
        return cls(db.IN_MEMORY, db.connect_copy(None))

    @contextmanager
    def lock(
        self,
        purpose: Purpose,
        *,
        patience: float = PATIENCE_SECONDS,
        on_wait: Callable[[], None] | None = None,
    ) -> Iterator[None]:
        """A lock between processes, see ``store.lock``.

        Raises BusyError where the file was exchanged while we waited: what is done to the old one would be lost,
        and mails that go out by it would go out again.
        """
        with lock(self.path, purpose, patience=patience, on_wait=on_wait):
            if db.identity(self.path) != self._identity:
                raise BusyError(f"{self.path}: was restored from a backup meanwhile; run this again")
            yield

    @contextmanager
    def freezing(self) -> Iterator[None]:
        """A write transaction that is on disk when it ends."""
        with db.immediate(self._database, durable=True):
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A write transaction: all that is written inside comes as a whole or not at all."""
        with db.immediate(self._database):
            yield

    @contextmanager
    def promptly(self, seconds: float) -> Iterator[None]:
        """For a person who waits: raises BusyError where another writer keeps us waiting for longer than that."""
        connection = self._database.conn
        connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
        try:
            yield
        except sqlite3.OperationalError as error:
            if not db.is_busy(error):
                raise
            raise BusyError(
                "a poll is just storing what it brought; nothing was changed, try again in a minute"
            ) from error
        finally:
            connection.execute(f"PRAGMA busy_timeout = {db.BUSY_SECONDS * 1000}")

    def rebuild(self) -> Rebuild:
        """For grouping stored items anew, inside ``writing``."""
        from .rebuild import Rebuild

        return Rebuild(self._database)

    def version(self) -> int:
        """Changes whenever another connection wrote."""
        return int(self._database.conn.execute("PRAGMA data_version").fetchone()[0])

    def census(self) -> Census:
        """How much there is of everything."""
        from .census import census

        return census(self._database)

    def latest_time(self) -> datetime | None:
        """The latest time stored by a run; a replay must not begin before it."""
        row = self._database.conn.execute(
            """SELECT MAX(moment) FROM (SELECT MAX(last_try) AS moment FROM feeds
               UNION ALL SELECT MAX(first_seen) FROM items
               UNION ALL SELECT MAX(composed) FROM editions
               UNION ALL SELECT MAX(updated) FROM deliveries)"""
        ).fetchone()
        latest: str | None = row[0]
        return when(latest)

    def close(self) -> None:
        self._database.conn.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if isinstance(error, sqlite3.Error):
            raise db.explanation(self.path, error) from error

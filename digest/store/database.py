"""Opening the one SQLite file: WAL, foreign keys, migrations, transactions, and errors that say the cure."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import StoreError
from .lock import PATIENCE_SECONDS, lock
from .migrations import migrations

if TYPE_CHECKING:
    import sqlite_utils

log = logging.getLogger(__name__)

BUSY_SECONDS = 30
"""How long one statement waits for another process's transaction."""

PAGE_BYTES = 8192
"""Of a new file. Rows of items are 1,500 bytes or so: pages of 4,096 hold two and a quarter of each page is lost, which
makes the table of items 15 % larger; still larger pages would mean to write more for each key."""

IN_MEMORY = Path(":memory:")

LARGE = 64_000_000
"""Bytes of a file from which a copy to look at is made on disk, and from which it is told that another version's tables
take time: on the smallest machines a gigabyte is all the memory there is."""


class Database:
    """One connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.conn = connection

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        """One statement."""
        return self.conn.execute(sql, parameters)

    @cached_property
    def tools(self) -> sqlite_utils.Database:
        """The same connection in the hands of sqlite-utils, for the schema; imported when first needed."""
        from sqlite_utils import Database as Tools

        return Tools(self.conn, recursive_triggers=False, execute_plugins=False)


def connect(path: Path) -> Database:
    """The database at ``path``, made and migrated as needed; raises StoreError."""
    with explained(path), _closed_on_error(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection:
        database = Database(connection)
        if not _is_ready(database, path):
            # Two processes that set up one new file would fail: the change to WAL waits for nobody.
            with lock(path, "work", patience=PATIENCE_SECONDS):
                _tell(database, path)
                # Both before the first table only; an older file gets the second by ``Retention.compact``.
                connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
                connection.execute("PRAGMA journal_mode = WAL")
                _migrate(database, path)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
    return database


def identity(path: Path) -> tuple[int, int] | None:
    """Which file stands at ``path``, whatever is written into it; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def connect_to_look(path: Path) -> Database:
    """The database read-only, or a migrated copy where it cannot be read as it is."""
    if path.exists():
        with explained(path), _closed_on_error(read_only(path)) as connection:
            database = Database(connection)
            if not _missing(database, path):
                return database
            connection.close()
    return connect_copy(path)


def connect_to_show(path: Path) -> Database:
    """The database for reading, which any thread may do that has it alone; it exists and is of our version."""
    address = f"{path.absolute().as_uri()}?mode=rw"
    with (
        explained(path),
        _closed_on_error(
            sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, check_same_thread=False)
        ) as connection,
    ):
        connection.execute("PRAGMA query_only = ON")
        return Database(connection)


def connect_copy(path: Path | None) -> Database:
    """A copy of the database at ``path``, whose file is only read; an empty one without a path.

    It is in memory, or where it is large in a file without a name, https://sqlite.org/inmemorydb.html#temp_db.
    ``mode=ro`` because a plain connection would fold a left-over WAL into the file when it closes.
    """
    there = path is not None and path.exists()
    where = "" if path is not None and there and path.stat().st_size >= LARGE else ":memory:"
    with explained(path or IN_MEMORY), _closed_on_error(sqlite3.connect(where)) as copy:
        if path is not None and there:
            with closing(read_only(path)) as source:
                source.backup(copy)
        copy.execute("PRAGMA foreign_keys = ON")
        database = Database(copy)
        _migrate(database, path or IN_MEMORY)
    return database


def read_only(path: Path) -> sqlite3.Connection:
    """A connection that writes nothing.

    Even reading a WAL database makes a file beside it; where the folder forbids that and nobody left a WAL,
    the file is read as one that does not change.
    """
    address = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with _closed_on_error(sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS)) as connection:
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    except sqlite3.OperationalError as error:
        wal = path.with_name(f"{path.name}-wal")
        unwritable = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
        if not unwritable or (wal.exists() and wal.stat().st_size):
            raise
        connection = sqlite3.connect(f"{address}&immutable=1", uri=True)
    return connection


@contextmanager
def _closed_on_error(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Leaves the connection open, unless what is done with it fails."""
    try:
        yield connection
    except BaseException:
        connection.close()
        raise


def _is_ready(database: Database, path: Path) -> bool:
    # What lacks nothing is looked at first: a file of another program, or of a newer version, stays as it is.
    return not _missing(database, path) and database.conn.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def _missing(database: Database, path: Path) -> frozenset[str]:
    """Names of the migrations still to apply; raises StoreError for a file of another program, and for one that knows
    a step that we do not."""
    applied, known = migrations.applied(database.conn), migrations.names
    if not applied and database.conn.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        raise StoreError(f"{path}: is a database of another program; set another file as `database` in config.toml")
    if newer := applied - known:
        raise StoreError(
            f"{path}: was written by a newer version of digest ({', '.join(sorted(newer))}); "
            "update the program, or restore a backup made before the update"
        )
    return known - applied


def _tell(database: Database, path: Path) -> None:
    """Says why nothing happens for a while."""
    size = path.stat().st_size
    if size >= LARGE and _missing(database, path):
        log.warning(
            "%s: is of an earlier version and is brought up to date; that takes minutes on a small machine, and up to "
            "%.0f MB of disk meanwhile. When it is interrupted, it begins anew",
            path,
            size / 1e6,
        )


def _migrate(database: Database, path: Path) -> None:
    if _missing(database, path):
        with immediate(database):
            migrations.apply(database.tools)


def pending(connection: sqlite3.Connection, path: Path) -> frozenset[str]:
    """Names of the steps of the schema that an open file lacks; raises StoreError for one that has more of them."""
    return _missing(Database(connection), path)


def is_ours(connection: sqlite3.Connection) -> bool:
    """Whether it is a database of this program, of whatever version."""
    return bool(migrations.applied(connection))


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Brings an open file, which nobody else uses, to the schema of today; raises StoreError for a newer one."""
    _migrate(Database(connection), path)


@contextmanager
def immediate(database: Database, *, durable: bool = False) -> Iterator[None]:
    """A write transaction that holds the write lock from its first statement.

    A deferred one that reads before it writes fails at once when another process wrote in between.
    ``durable`` syncs at commit (``synchronous=FULL``): a power cut must not forget a sent mail.
    """
    connection = database.conn
    if durable:
        connection.execute("PRAGMA synchronous = FULL")
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
    finally:
        if durable:
            connection.execute("PRAGMA synchronous = NORMAL")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns SQLite's errors into a StoreError that names the file and the cure."""
    try:
        yield
    except sqlite3.Error as error:
        raise explanation(path, error) from error


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another program kept the database locked for too long."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def explanation(path: Path, error: sqlite3.Error) -> StoreError:
    """What to tell the operator about an error of SQLite."""
    return StoreError(f"{path}: {_cure(path, error)}")


def _cure(path: Path, error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_NOTADB:
        return "is not an SQLite database; move it away, or set another file as `database` in config.toml"
    if code == sqlite3.SQLITE_CORRUPT:
        return (
            f"is damaged ({error}); keep a copy, then `digest restore` a backup, or try `sqlite3 {path.name} .recover`"
        )
    if code == sqlite3.SQLITE_FULL:
        return "cannot grow: the disk is full; free some space and run this again, nothing stored is lost"
    if code == sqlite3.SQLITE_CANTOPEN and path.is_dir():
        return "is a folder; set a file as `database` in config.toml"
    if code == sqlite3.SQLITE_CANTOPEN:
        return "cannot be opened; check that its folder exists and that this user may write there"
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return "cannot be written; give this user write permission on the file and its folder"
    if is_busy(error):
        return f"another program kept it locked for over {BUSY_SECONDS} s; close that program and run this again"
    if code == sqlite3.SQLITE_IOERR:
        return f"cannot be read or written ({error}); check the disk"
    return f"SQLite says: {error}"


def insert(database: Database, table: str, found: Iterable[Mapping[str, Any]], *, ignore: bool = False) -> None:
    """Adds rows that all have the same columns; the caller holds the transaction.

    ``ignore`` leaves out those that are there already.
    By ``executemany``, which costs half of what sqlite-utils' ``insert_all`` does.
    """
    listed = list(found)
    if not listed:
        return
    names = list(listed[0])
    places = ", ".join("?" * len(names))
    sql = f"INSERT OR {'IGNORE' if ignore else 'ABORT'} INTO {table} ({', '.join(names)}) VALUES ({places})"  # noqa: S608
    database.conn.executemany(sql, [tuple(row.values()) for row in listed])


def rows(database: Database, sql: str, parameters: Any = ()) -> list[dict[str, Any]]:
    """The rows of a SELECT as dicts; they do not leave this package."""
    cursor = database.conn.execute(sql, parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]

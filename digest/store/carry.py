"""What a restored database takes over from the one that it replaces.

A backup knows nothing of what happened since it was made. What came in and what went out cannot be taken back by going
back to it: a mail was sent, a reader unsubscribed, an item was told. So of the replaced database, where it can be read,

    the ledger     digests, editions, deliveries, recipients, what the owner was told
    the intake     feeds as they were left, items, and the keys by which an item is known

go on in the restored one; all the rest (stories, threads, decisions, learned words) is that of the backup. Items that
came since are grouped anew by the next run. An id is never given twice, whatever it meant.

Where a part cannot be read, a line is drawn in its place: nothing from before the restore goes out any more unless the
operator knows that nothing went out since.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from .times import iso

GAP = 100_000
"""Ids that are left out where nobody can say which were given since: more than a server of hundreds of feeds gives in
the days between two backups."""

LINE = "came from a backup and may have been sent since; `digest resend` sends it once more"

_LEDGER = ("digests", "editions", "edition_items", "edition_stories", "deliveries", "recipients", "alarms", "secrets")
_INTAKE = ("feeds", "feed_incidents", "paused_hosts", "items", "item_keys")
_COUNTED = ("feeds", "items", "stories", "threads", "editions", "deliveries", "decisions", "recipients")


@dataclass(frozen=True, slots=True)
class Carried:
    """What was taken over, and what was done where that was not possible."""

    ledger: bool
    intake: bool
    editions: int = 0
    """That the backup did not know."""
    deliveries: int = 0
    """Of which the backup knew nothing, or not what became of them."""
    items: int = 0
    reason: str | None = None
    """Why not all of it could be."""
    stopped: int = 0
    """Deliveries of the backup that are not tried any more, since they may have been sent."""


def carry(connection: sqlite3.Connection, *, attached: bool, reason: str | None) -> Carried:
    """Takes over what can be read from the schema ``present``; the caller holds a transaction, without foreign keys.

    ``reason`` says why nothing is attached.
    """
    if not attached:
        return Carried(False, False, reason=reason)
    try:
        if not _is_later_state(connection):
            return Carried(False, False, reason="the database there has another history than the backup")
    except sqlite3.Error as error:
        return Carried(False, False, reason=f"the database there cannot be read ({error})")
    ledger, why = _part(connection, _LEDGER, _ledger)
    intake, why_not = _part(connection, _INTAKE, _intake)
    if ledger and intake:
        _go_on_counting(connection)
    return Carried(
        ledger is not None,
        intake is not None,
        editions=ledger[0] if ledger else 0,
        deliveries=ledger[1] if ledger else 0,
        items=intake[0] if intake else 0,
        reason=why or why_not,
    )


def draw_line(connection: sqlite3.Connection, carried: Carried, now: datetime, *, nothing_sent: bool) -> int:
    """Where a part was not taken over: makes sure that nothing goes out again that may have gone out since the backup.

    With ``nothing_sent`` the operator knows that nothing did. Returns how many deliveries are stopped by it.
    """
    connection.execute("DELETE FROM sessions")  # one may have been ended since
    if carried.ledger and carried.intake:
        return 0
    for name in _COUNTED:
        if not connection.execute("UPDATE sqlite_sequence SET seq = seq + ? WHERE name = ?", (GAP, name)).rowcount:
            connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, GAP))
    if not carried.intake and not nothing_sent:
        # What the feeds list now was perhaps told already, so it comes in as after a pause.
        connection.execute("UPDATE feeds SET resumed = 1 WHERE last_success IS NOT NULL")
    if carried.ledger or nothing_sent:
        return 0
    connection.execute("UPDATE digests SET last_slot = ?", (iso(now),))
    connection.execute(
        """UPDATE items SET backlog = 1 WHERE first_seen >= (SELECT COALESCE(MIN(until), '') FROM (
             SELECT (SELECT MAX(until) FROM editions WHERE digest = name AND number > 0) AS until FROM digests))"""
    )
    stopped = connection.execute(
        """UPDATE deliveries SET state = 'failed', next_try = NULL, last_error = ?, updated = ?
           WHERE state IN ('pending', 'sending')""",
        (LINE, iso(now)),
    )
    return stopped.rowcount


def _is_later_state(connection: sqlite3.Connection) -> bool:
    """Whether ``present`` went on from the backup, so that an id means the same in both."""
    differs = connection.execute(
        """SELECT EXISTS (SELECT 1 FROM main.feeds JOIN present.feeds other USING (id) WHERE feeds.added <> other.added)
           OR EXISTS (SELECT 1 FROM main.editions JOIN present.editions other USING (id)
                      WHERE (editions.digest, editions.slot) <> (other.digest, other.slot))
           OR EXISTS (SELECT 1 FROM main.items JOIN present.items other USING (id)
                      WHERE (items.feed_id, items.first_seen) <> (other.feed_id, other.first_seen))"""
    ).fetchone()[0]
    # Neither ever goes, so one that is missing there was never in it.
    more = connection.execute(
        """SELECT EXISTS (SELECT 1 FROM main.feeds WHERE id NOT IN (SELECT id FROM present.feeds))
           OR EXISTS (SELECT 1 FROM main.editions WHERE id NOT IN (SELECT id FROM present.editions))"""
    ).fetchone()[0]
    return not differs and not more


def _part(
    connection: sqlite3.Connection, tables: tuple[str, ...], take: Callable[[sqlite3.Connection], tuple[int, int]]
) -> tuple[tuple[int, int] | None, str | None]:
    """What ``take`` brought, or why it could not: a part comes as a whole or not at all."""
    try:
        with _undone_on_error(connection):
            for table in tables:
                wrong = connection.execute(f"PRAGMA present.integrity_check('{table}')").fetchone()[0]
                if wrong != "ok":
                    return None, f"{table} is damaged there ({wrong})"
            return take(connection), None
    except sqlite3.Error as error:
        return None, f"it cannot be read as a whole ({error})"


@contextmanager
def _undone_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK TO part")
        connection.execute("RELEASE part")
        raise
    connection.execute("RELEASE part")


def _ledger(connection: sqlite3.Connection) -> tuple[int, int]:
    """(editions, deliveries) that the backup did not know as they are."""
    _take(connection, "digests", "INSERT OR REPLACE")
    editions = _take(connection, "editions", "INSERT OR IGNORE")
    _take(connection, "edition_items", "INSERT OR IGNORE")
    # Stories that were made since are not there; what is known of the others counts: it was told.
    _take(
        connection, "edition_stories", "INSERT OR IGNORE",
        "story_id IN (SELECT id FROM main.stories) AND thread_id IN (SELECT id FROM main.threads)",
    )  # fmt: skip
    news = "NOT EXISTS (SELECT 1 FROM main.deliveries WHERE id = other.id AND updated = other.updated)"
    deliveries = _take(connection, "deliveries", "INSERT OR REPLACE", news)
    _take(connection, "recipients", "INSERT OR REPLACE")
    _take(connection, "secrets", "INSERT OR REPLACE")
    _exchange(connection, "alarms")
    return editions, deliveries


def _intake(connection: sqlite3.Connection) -> tuple[int, int]:
    """(items, keys) that the backup did not know."""
    for table in ("feeds", "feed_incidents", "paused_hosts"):
        _exchange(connection, table)
    items = _take(connection, "items", "INSERT OR IGNORE", story_id="NULL", stale="0")
    keys = _take(
        connection, "item_keys", "INSERT OR IGNORE",
        item_id="CASE WHEN other.item_id IN (SELECT id FROM main.items) THEN other.item_id END",
    )  # fmt: skip
    return items, keys


def _exchange(connection: sqlite3.Connection, table: str) -> None:
    connection.execute(f"DELETE FROM main.{table}")  # noqa: S608 - names of our own
    _take(connection, table, "INSERT")


def _take(connection: sqlite3.Connection, table: str, how: str, where: str = "1", **instead: str) -> int:
    """Writes the rows of ``present`` into a table, some columns with other values; returns how many."""
    columns = [row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")]
    values = [instead.get(column, f"other.{column}") for column in columns]
    done = connection.execute(
        f"{how} INTO main.{table} ({', '.join(columns)}) "  # noqa: S608 - names of our own
        f"SELECT {', '.join(values)} FROM present.{table} other WHERE {where}"
    )
    return done.rowcount


def _go_on_counting(connection: sqlite3.Connection) -> None:
    """No id is given again that was given since the backup."""
    connection.execute(
        """UPDATE main.sqlite_sequence SET seq = MAX(seq, COALESCE(
             (SELECT other.seq FROM present.sqlite_sequence other WHERE other.name = sqlite_sequence.name), 0))"""
    )
    connection.execute(
        """INSERT INTO main.sqlite_sequence (name, seq) SELECT name, seq FROM present.sqlite_sequence
           WHERE name NOT IN (SELECT name FROM main.sqlite_sequence)"""
    )

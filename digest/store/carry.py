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
from dataclasses import dataclass
from datetime import datetime

from .times import iso

GAP = 100_000
"""Ids that are left out where nobody can say which were given since: more than a server of hundreds of feeds gives in
the days between two backups."""

LINE = "came from a backup and may have been sent since; `digest resend --to ADDRESS` sends it once more"

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


@dataclass(frozen=True, slots=True)
class Readable:
    """Why a part cannot be taken over; None where it can."""

    ledger: str | None = None
    intake: str | None = None


def survey(connection: sqlite3.Connection) -> Readable:
    """What of the schema ``present`` can be taken over. Outside any transaction, which SQLite lets write no more once
    it met a damaged page in it."""
    ledger, intake = (_damage(connection, tables) for tables in (_LEDGER, _INTAKE))
    strange = _differs(connection, _SAME_EDITIONS if not ledger else None, _SAME_ITEMS if not intake else None)
    return Readable(ledger or strange, intake or strange)


def _damage(connection: sqlite3.Connection, tables: tuple[str, ...]) -> str | None:
    for table in tables:
        try:
            said = connection.execute(f"PRAGMA present.integrity_check('{table}')").fetchone()[0]
        except sqlite3.Error as error:
            said = str(error)
        if said != "ok":
            return f"its table {table} is damaged ({' '.join(said.split())})"
    return None


def _differs(connection: sqlite3.Connection, *sames: str | None) -> str | None:
    """``present`` must have gone on from the backup, so that an id means the same in both."""
    try:
        if any(connection.execute(f"SELECT {same}").fetchone()[0] for same in sames if same):
            return "it has another history than the backup"
    except sqlite3.Error as error:
        return f"it cannot be read ({error})"
    return None


# Neither feeds nor editions ever go, so one that is missing there was never in it.
_SAME_EDITIONS = """
EXISTS (SELECT 1 FROM main.editions JOIN present.editions other USING (id)
        WHERE (editions.digest, editions.slot) <> (other.digest, other.slot))
OR EXISTS (SELECT 1 FROM main.editions WHERE id NOT IN (SELECT id FROM present.editions))
"""
_SAME_ITEMS = """
EXISTS (SELECT 1 FROM main.feeds JOIN present.feeds other USING (id) WHERE feeds.added <> other.added)
OR EXISTS (SELECT 1 FROM main.feeds WHERE id NOT IN (SELECT id FROM present.feeds))
OR EXISTS (SELECT 1 FROM main.items JOIN present.items other USING (id)
           WHERE (items.feed_id, items.first_seen) <> (other.feed_id, other.first_seen))
"""


def carry(connection: sqlite3.Connection, readable: Readable) -> Carried:
    """Takes over what can be read of ``present``; the caller holds a transaction, without foreign keys."""
    editions, deliveries = (0, 0) if readable.ledger else _ledger(connection)
    items = 0 if readable.intake else _intake(connection)
    if not readable.ledger and not readable.intake:
        _go_on_counting(connection)
    return Carried(
        readable.ledger is None,
        readable.intake is None,
        editions=editions,
        deliveries=deliveries,
        items=items,
        reason=readable.ledger or readable.intake,
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
    # The next window of each digest, as ``Editions.next_window`` has it.
    connection.execute(
        """UPDATE items SET backlog = 1 WHERE first_seen >= (SELECT MIN(since) FROM (
             SELECT COALESCE((SELECT MAX(until) FROM editions WHERE digest = name AND number > 0),
                             strftime('%Y-%m-%dT%H:%M:%S', known_since, '-1 day')) AS since FROM digests))"""
    )
    stopped = connection.execute(
        """UPDATE deliveries SET state = 'failed', next_try = NULL, last_error = ?, updated = ?
           WHERE state IN ('pending', 'sending')""",
        (LINE, iso(now)),
    )
    return stopped.rowcount


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


def _intake(connection: sqlite3.Connection) -> int:
    """How many items the backup did not know."""
    for table in ("feeds", "feed_incidents", "paused_hosts"):
        _exchange(connection, table)
    # Of the ids that the backup had given already it holds all that it kept: what it lacks of them it took out itself.
    since = "id > COALESCE((SELECT seq FROM main.sqlite_sequence WHERE name = 'items'), 0)"
    items = _take(connection, "items", "INSERT OR IGNORE", since, story_id="NULL", stale="0")
    _take(
        connection, "item_keys", "INSERT OR IGNORE",
        item_id="CASE WHEN other.item_id IN (SELECT id FROM main.items) THEN other.item_id END",
    )  # fmt: skip
    # What was edited since is asked for once more as a whole, and edited again.
    connection.execute(
        """UPDATE main.feeds SET etag = NULL, last_modified = NULL, body_hash = NULL WHERE id IN (
             SELECT items.feed_id FROM main.items JOIN present.items other USING (id)
             WHERE items.edited IS NOT other.edited)"""
    )
    return items


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

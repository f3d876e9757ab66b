"""The search index: words of items in FTS5, and the items that a question finds.

The index holds no text, only words (``content=''``), so taking an item out needs the very words that were put in.
``search_state`` says how far items are indexed, by id, and by which version of ``digest.searching``: new items come in
as batches of their own after a poll, an edited one is exchanged in the transaction of its edit. Where the index is
missing, damaged or of another version it is made anew, batch by batch; nothing else ever waits or fails for it.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from typing import Any

from .. import searching
from ..errors import StoreError
from ..searching import Sought
from .database import Database, immediate, rows
from .texts import unpacked
from .times import iso

log = logging.getLogger(__name__)

RANKED = 2_000
"""Of what a question finds, the newest so many are ranked: the words of a year must not cost a second."""

BATCH = 250
"""Items indexed in one transaction, while which nobody else can write."""

_CREATE = "CREATE VIRTUAL TABLE search USING fts5(title, text, content='', tokenize='ascii')"
_PUT = "INSERT INTO search (rowid, title, text) VALUES (?, ?, ?)"
_TAKE_OUT = "INSERT INTO search (search, rowid, title, text) VALUES ('delete', ?, ?, ?)"
_SOURCE = "SELECT id, title, summary, content_html, url FROM items"
_OF_IDS = f"{_SOURCE} WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608 (a constant)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which items may be found; None: any."""

    visible: Collection[int] | None = None
    """Feeds whose items whoever asks may see."""
    feeds: Collection[int] | None = None
    outlet: str | None = None
    """Part of an outlet's domain, or of ..."""
    outlets: Collection[str] = ()
    """... these outlets, or of ..."""
    named: Collection[int] = ()
    """... these feeds, whose titles have that part."""
    since: datetime | None = None
    """Published at this time or after."""
    until: datetime | None = None
    """Published before this time."""
    thread: int | None = None


class Order(StrEnum):
    RANK = "rank"
    """What fits best first."""
    DATE = "date"
    """The latest first."""


@dataclass(frozen=True, slots=True)
class Matches:
    """What a question found."""

    ids: tuple[int, ...] = ()
    """Of the newest items that answer it, at most ``RANKED``, in the order that was asked for."""
    more: bool = False
    """There are older ones."""


class Search:
    def __init__(self, database: Database) -> None:
        self._database = database

    # -- the index -----------------------------------------------------------------------------

    def index_some(self) -> int:
        """Indexes the next items, in one transaction; returns how many, 0 when there are none.

        Raises StoreError where the index cannot be written, and has it made anew next time; what is stored of items
        stays as it is.
        """
        try:
            return self._index_batch() if self._behind() else 0
        except sqlite3.Error as error:
            if _is_full(error):
                raise StoreError("the search index cannot grow: the disk is full; free some space") from error
            with suppress(sqlite3.Error):
                self.forget()
            raise StoreError(f"the search index cannot be written ({error}); it will be made anew") from error

    def _index_batch(self) -> int:
        connection = self._database.conn
        with immediate(self._database):
            self._renew()
            done = connection.execute("SELECT indexed_to FROM search_state").fetchone()[0]
            found = connection.execute(f"{_SOURCE} WHERE id > ? ORDER BY id LIMIT ?", (done, BATCH)).fetchall()
            connection.executemany(_PUT, map(_words, found))
            if found:
                connection.execute("UPDATE search_state SET indexed_to = ?", (found[-1][0],))
        return len(found)

    def forget(self) -> None:
        """Has the index made anew, whatever state it is in."""
        with immediate(self._database):
            self._database.conn.execute("UPDATE search_state SET version = 0, indexed_to = 0")

    @contextmanager
    def exchanging(self, item_id: int) -> Iterator[None]:
        """Around a change of an item's text, inside its transaction: the index follows. An index that is broken is
        given up and made anew later; the change itself goes on."""
        before = self._indexed_words([item_id])
        yield
        if before:
            after = self._database.conn.execute(f"{_SOURCE} WHERE id = ?", (item_id,)).fetchone()
            self._change(before, [_words(after)])

    @contextmanager
    def without(self, item_ids: Collection[int]) -> Iterator[None]:
        """Around the end of some items, likewise."""
        before = self._indexed_words(item_ids)
        yield
        self._change(before, [])

    def _change(self, before: Sequence[tuple[int, str, str]], after: Sequence[tuple[int, str, str]]) -> None:
        if not before:
            return  # there may be no index yet
        connection = self._database.conn
        connection.execute("SAVEPOINT exchange")
        try:
            connection.executemany(_TAKE_OUT, before)
            connection.executemany(_PUT, after)
        except sqlite3.DatabaseError as error:
            if not connection.in_transaction:
                raise  # the whole transaction is gone: a full disk, say
            if _is_full(error):
                raise
            log.warning("the search index cannot be changed and will be made anew: %s", error)
            connection.execute("ROLLBACK TO exchange")
            connection.execute("UPDATE search_state SET version = 0, indexed_to = 0")
        connection.execute("RELEASE exchange")

    def _indexed_words(self, item_ids: Collection[int]) -> list[tuple[int, str, str]]:
        """What the index holds of those items; nothing of those that it does not know yet."""
        version, done = self._database.conn.execute("SELECT version, indexed_to FROM search_state").fetchone()
        if version != searching.VERSION:
            return []
        known = json.dumps([one for one in item_ids if one <= done])
        found = self._database.conn.execute(_OF_IDS, (known,))
        return [_words(row) for row in found]

    def _behind(self) -> bool:
        version, done = self._database.conn.execute("SELECT version, indexed_to FROM search_state").fetchone()
        last = self._database.conn.execute("SELECT MAX(id) FROM items").fetchone()[0] or 0
        return bool(version != searching.VERSION or last > done)

    def _exists(self) -> bool:
        found = self._database.conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'search'").fetchone()
        return found is not None

    def _renew(self) -> None:
        """An empty index where there is none, or one of another version."""
        connection = self._database.conn
        version = connection.execute("SELECT version FROM search_state").fetchone()[0]
        if version != searching.VERSION or not self._exists():
            connection.execute("DROP TABLE IF EXISTS search")
            connection.execute(_CREATE)
            connection.execute("UPDATE search_state SET version = ?, indexed_to = 0", (searching.VERSION,))

    # -- what can be found -----------------------------------------------------------------------

    def progress(self, visible: Collection[int] | None = None) -> tuple[int, int]:
        """(items that can be found, items stored) of those feeds; equal but for a while after an update."""
        connection = self._database.conn
        version, done = connection.execute("SELECT version, indexed_to FROM search_state").fetchone()
        known = {"done": done if version == searching.VERSION else 0, "visible": json.dumps(sorted(visible or ()))}
        found, stored = connection.execute(_PROGRESS.format(any=int(visible is None)), known).fetchone()
        return found, stored

    def find(self, sought: Sought, filters: Filters, order: Order = Order.RANK) -> Matches:
        """The newest items that answer a question; none while there is no index yet.

        Raises StoreError for an index that is damaged.
        """
        if not sought or not self._usable():
            return Matches()
        try:
            return self._find(sought, filters, order)
        except sqlite3.DatabaseError as error:
            raise StoreError(
                f"the search index cannot be read ({error}); polls that bring new items make it anew"
            ) from error

    def _find(self, sought: Sought, filters: Filters, order: Order) -> Matches:
        newest = self._newest(searching.expression(sought), filters, order)
        more, newest = len(newest) > RANKED, newest[:RANKED]
        if order is Order.RANK:
            # The better a match, the smaller its number; of equals the newest first, as they came.
            return Matches(tuple(number for number, _ in sorted(newest, key=itemgetter(1))), more)
        ids = json.dumps([number for number, _ in newest])
        return Matches(tuple(row[0] for row in self._database.conn.execute(_BY_DATE, {"ids": ids})), more)

    def threads_of(self, item_ids: Collection[int]) -> dict[int, int]:
        """Item id to thread id, of those that were grouped."""
        return dict(self._database.conn.execute(_THREADS, (json.dumps(list(item_ids)),)).fetchall())

    def reports(self, thread_ids: Collection[int], visible: Collection[int] | None) -> dict[int, int]:
        """How many items of those feeds each thread has."""
        parameters = {"threads": json.dumps(sorted(thread_ids)), "visible": json.dumps(sorted(visible or ()))}
        every = int(visible is None or self._is_all(visible))
        return dict(self._database.conn.execute(_REPORTS.format(any=every), parameters).fetchall())

    def texts(self, item_ids: Sequence[int]) -> dict[int, str]:
        """What can be found of each item beside its title, as people read it."""
        found = rows(self._database, _OF_IDS, (json.dumps(list(item_ids)),))
        return {row["id"]: _text(row["summary"], row["content_html"], row["url"]) for row in found}

    def _newest(self, question: str, filters: Filters, order: Order) -> list[tuple[int, float]]:
        """(id, rank) of the newest items that answer it, one more than are ranked; the newest first.

        What few items pass is listed first and kept beside the matches; looking each match up would cost a second.
        Which feeds may be seen is looked up, since most pass, but where all may be seen.
        """
        if filters.visible is not None and self._is_all(filters.visible):
            filters = replace(filters, visible=None)
        chosen, parameters = _conditions(filters)
        parameters |= {"sought": question, "most": RANKED + 1}
        sql = _CHOSEN if chosen else _ANY if filters.visible is None else _VISIBLE
        rank = "bm25(search, 4.0, 1.0)" if order is Order.RANK else "0.0"
        return self._database.conn.execute(sql.format(rank=rank, chosen=chosen), parameters).fetchall()

    def _is_all(self, feeds: Collection[int]) -> bool:
        """Whether those are all feeds of which anything may be stored."""
        sql = "SELECT NOT EXISTS (SELECT 1 FROM feeds WHERE id NOT IN (SELECT value FROM json_each(?)))"
        return bool(self._database.conn.execute(sql, (json.dumps(sorted(feeds)),)).fetchone()[0])

    def _usable(self) -> bool:
        version = self._database.conn.execute("SELECT version FROM search_state").fetchone()[0]
        return bool(version == searching.VERSION) and self._exists()


# Statements here are put together from the constants of this file alone.
# A plus keeps SQLite from asking the index anew for each id.

_ANY = "SELECT rowid, {rank} FROM search WHERE search MATCH :sought ORDER BY rowid DESC LIMIT :most"

_VISIBLE = """
SELECT search.rowid, {rank} FROM search CROSS JOIN items ON items.id = search.rowid
WHERE search MATCH :sought AND +items.feed_id IN (SELECT value FROM json_each(:visible))
ORDER BY search.rowid DESC LIMIT :most
"""

_CHOSEN = """
SELECT rowid, {rank} FROM search WHERE search MATCH :sought AND +rowid IN (SELECT id FROM items WHERE {chosen})
ORDER BY rowid DESC LIMIT :most
"""

_BY_DATE = "SELECT id FROM items WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY published DESC, id DESC"

_THREADS = """
SELECT items.id, stories.thread_id FROM items JOIN stories ON stories.id = items.story_id
WHERE items.id IN (SELECT value FROM json_each(?))
"""

_PROGRESS = """
SELECT COUNT(*) FILTER (WHERE id <= :done), COUNT(*) FROM items
WHERE {any} OR feed_id IN (SELECT value FROM json_each(:visible))
"""

_REPORTS = """
SELECT stories.thread_id, COUNT(*) FROM stories JOIN items ON items.story_id = stories.id
WHERE stories.thread_id IN (SELECT value FROM json_each(:threads)) AND stories.merged_into IS NULL
AND ({any} OR items.feed_id IN (SELECT value FROM json_each(:visible)))
GROUP BY stories.thread_id
"""

_OF_OUTLET = """(instr(outlet, :outlet) OR outlet IN (SELECT value FROM json_each(:outlets))
    OR feed_id IN (SELECT value FROM json_each(:named)))"""


def _conditions(filters: Filters) -> tuple[str, dict[str, Any]]:
    """What was chosen, as conditions of SQL, empty where nothing was, and the parameters of all."""
    told: list[str] = []
    parameters: dict[str, Any] = {}
    if filters.feeds is not None:
        told.append("feed_id IN (SELECT value FROM json_each(:feeds))")
        parameters["feeds"] = json.dumps(sorted(filters.feeds))
    if filters.outlet is not None:
        told.append(_OF_OUTLET)
        parameters["outlet"] = filters.outlet.lower()
        parameters["outlets"] = json.dumps(sorted(filters.outlets))
        parameters["named"] = json.dumps(sorted(filters.named))
    if filters.since is not None:
        told.append("published >= :since")
        parameters["since"] = iso(filters.since)
    if filters.until is not None:
        told.append("published < :until")
        parameters["until"] = iso(filters.until)
    if filters.thread is not None:
        told.append("story_id IN (SELECT id FROM stories WHERE thread_id = :thread AND merged_into IS NULL)")
        parameters["thread"] = filters.thread
    if filters.visible is not None:
        parameters["visible"] = json.dumps(sorted(filters.visible))
        if told:
            told.append("+feed_id IN (SELECT value FROM json_each(:visible))")
    return " AND ".join(told), parameters


def _is_full(error: sqlite3.Error) -> bool:
    """A full disk, by which no index is broken."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL


def _text(summary: str, kept: str | bytes, url: str | None) -> str:
    """What can be found of an item beside its title."""
    return searching.text_of(summary, unpacked(kept, summary, url))


def _words(row: tuple[int, str, str, str | bytes, str | None]) -> tuple[int, str, str]:
    """What the index holds of an item."""
    number, title, summary, kept, url = row
    return number, searching.indexed(title), searching.indexed(_text(summary, kept, url))

"""What goes of old items, and what keeps the file small and quick; nothing else is ever removed from the database.

Stories lose their items as a whole. ``terms`` is then of no use to grouping, which compares new items with stories that
go on. What stays of one is its times, its ``profile``, by which later stories find their thread, and ``gone``: how many
items each feed had in it, by the feed's id.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..model import Gone
from .counted import recount
from .database import BUSY_SECONDS, Database, immediate, rows
from .live import Live
from .search import Search
from .times import iso, when

Mark = tuple[str, int]
"""Where a walk through the items by first-seen stands: the time and the id of the last one."""

BEGIN: Mark = ("", 0)

_OLD = """
SELECT first_seen, id, story_id FROM items
WHERE first_seen >= :seen AND first_seen < :before AND (first_seen > :seen OR id > :id)
ORDER BY first_seen, id LIMIT :most
"""

_OF_STORIES = """
SELECT id, story_id, feed_id, first_seen, stale FROM items WHERE story_id IN (SELECT value FROM json_each(?))
"""

_GONE = """
SELECT first, last, (
  SELECT SUM(value) FROM json_each(gone) WHERE CAST(key AS INTEGER) IN (SELECT value FROM json_each(:feeds))) AS reports
FROM stories INDEXED BY stories_gone WHERE thread_id = :thread AND gone IS NOT NULL AND merged_into IS NULL
"""


@dataclass(frozen=True, slots=True)
class Aged:
    """An item of a story that may go."""

    id: int
    story_id: int
    feed_id: int
    first_seen: datetime
    edited: bool
    """Its text changed and was not grouped since."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Of the database file."""

    size: int
    """Bytes of one."""
    all: int
    free: int
    """Used again before the file grows."""


class Retention:
    def __init__(self, path: Path, database: Database, search: Search) -> None:
        self._path = path
        self._database = database
        self._search = search
        self._live = Live(database)

    # -- which items ---------------------------------------------------------------------------

    def old(self, before: datetime, after: Mark, most: int) -> tuple[list[int], int, Mark]:
        """The next items first seen before then: their stories, how many have none, and where that ends.

        The walk is over where it ends where it began.
        """
        known = {"seen": after[0], "id": after[1], "before": iso(before), "most": most}
        found = rows(self._database, _OLD, known)
        stories = {row["story_id"] for row in found} - {None}
        end = (found[-1]["first_seen"], found[-1]["id"]) if found else after
        return sorted(stories), sum(row["story_id"] is None for row in found), end

    def of_stories(self, story_ids: Collection[int]) -> list[Aged]:
        """All items of those stories."""
        found = rows(self._database, _OF_STORIES, (json.dumps(sorted(story_ids)),))
        return [
            Aged(row["id"], row["story_id"], row["feed_id"], when(row["first_seen"]), bool(row["stale"]))
            for row in found
        ]

    def newest(self, each: int) -> frozenset[int]:
        """Ids of the newest items of each feed that did not leave the configuration."""
        ask = self._database.conn.execute
        feeds = ask("SELECT id FROM feeds WHERE removed IS NULL").fetchall()
        # Feed by feed, since in one statement SQLite would look at every item there is.
        newest = "SELECT id FROM items WHERE feed_id = ? ORDER BY published DESC LIMIT ?"
        return frozenset(number for (feed_id,) in feeds for (number,) in ask(newest, (feed_id, each)))

    # -- taking them out -----------------------------------------------------------------------

    def remove(self, items: Collection[Aged]) -> None:
        """Takes out all items of some stories; inside ``Store.writing``, whose time is that of a hundred or so."""
        connection = self._database.conn
        ids = [one.id for one in items]
        with self._search.without(ids):
            told: dict[int, dict[int, int]] = {}
            for one in items:
                feeds = told.setdefault(one.story_id, {})
                feeds[one.feed_id] = feeds.get(one.feed_id, 0) + 1
            # After months without items they would still be those that can grow: what went must not be joined.
            self._live.drop(told)
            connection.executemany(
                "UPDATE stories SET terms = '{}', gone = ? WHERE id = ?",
                [(json.dumps(feeds), story_id) for story_id, feeds in told.items()],
            )
            # Of a feed that becomes private later, editions of before must withhold also what is gone.
            connection.executemany(
                "UPDATE edition_items SET feed_id = ? WHERE item_id = ?", [(one.feed_id, one.id) for one in items]
            )
            connection.executemany("DELETE FROM items WHERE id = ?", [(one,) for one in ids])
            connection.execute(
                """UPDATE counted SET total = total - (SELECT COUNT(*) FROM json_each(?) WHERE value <= up_to)
                   WHERE name = 'items'""",
                (json.dumps(ids),),
            )

    def gone(self, thread_id: int, feed_ids: Collection[int]) -> Gone | None:
        """What those feeds had in the stories of a thread whose items went; None for nothing."""
        found = rows(self._database, _GONE, {"thread": thread_id, "feeds": json.dumps(sorted(feed_ids))})
        theirs = [row for row in found if row["reports"]]
        if not theirs:
            return None
        return Gone(
            stories=len(theirs),
            reports=sum(row["reports"] for row in theirs),
            first=when(min(row["first"] for row in theirs)),
            last=when(max(row["last"] for row in theirs)),
        )

    def ever(self, item_id: int) -> bool:
        """Whether there was ever an item of that id."""
        last = self._database.conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'items'").fetchone()
        return last is not None and 0 < item_id <= last[0]

    # -- the file ------------------------------------------------------------------------------

    def pages(self) -> Pages:
        """How large the file is, and how much of it is free."""
        ask = self._database.conn.execute
        size, every, free = (
            int(ask(f"PRAGMA {name}").fetchone()[0]) for name in ("page_size", "page_count", "freelist_count")
        )
        return Pages(size, every, free)

    def gives_back(self) -> bool:
        """Whether free pages can be given back to the disk: files of before need ``compact`` once."""
        return bool(self._database.conn.execute("PRAGMA auto_vacuum").fetchone()[0] == 2)

    def give_back(self, pages: int) -> None:
        """Gives some free pages back to the disk, as one short transaction."""
        # Not ``execute``, which takes one step of it: that is one page.
        self._database.conn.executescript(f"PRAGMA incremental_vacuum({pages})")

    def compact(self) -> None:
        """Writes the whole file anew, without free pages; it takes minutes, and twice its size meanwhile."""
        self._database.conn.execute("PRAGMA auto_vacuum = INCREMENTAL")
        self._database.conn.execute("VACUUM")

    def room(self) -> list[tuple[Path, int, int]]:
        """(folder, bytes that ``compact`` needs there, bytes that are free there), one a disk.

        SQLite makes the new file in its folder for temporary files, and writes it into the WAL from there.
        """
        pages = self.pages()
        needed: dict[int, tuple[Path, int]] = {}
        for folder in (self._path.parent, _temporary()):
            device = folder.stat().st_dev
            first, sum_ = needed.get(device, (folder, 0))
            needed[device] = first, sum_ + (pages.all - pages.free) * pages.size
        return [(folder, size, shutil.disk_usage(folder).free) for folder, size in needed.values()]

    def refresh(self) -> None:
        """What the planner knows of the tables, where it is out of date; looks at some hundred rows of each."""
        self._database.conn.execute("PRAGMA analysis_limit = 400")
        self._database.conn.execute("PRAGMA optimize")

    def checkpoint(self) -> None:
        """Folds the WAL into the file and empties it, unless somebody reads just now: then the next one does."""
        connection = self._database.conn
        connection.execute("PRAGMA busy_timeout = 100")
        try:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
        finally:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")

    # -- what is remembered --------------------------------------------------------------------

    def done(self) -> datetime | None:
        """When the last clearing up came to its end; None for never."""
        done: str | None = self._database.conn.execute("SELECT done FROM upkeep").fetchone()[0]
        return when(done)

    def note(self, now: datetime, items: int) -> None:
        """Clearing up came to its end, and took out so many items."""
        with immediate(self._database):
            recount(self._database)
            self._database.conn.execute("UPDATE upkeep SET done = ?, items = ?", (iso(now), items))


def _temporary() -> Path:
    """Where SQLite makes temporary files: https://sqlite.org/tempfiles.html, section 5."""
    named = (os.environ.get("SQLITE_TMPDIR"), os.environ.get("TMPDIR"), "/var/tmp", "/usr/tmp", "/tmp")  # noqa: S108
    found = (Path(one) for one in named if one and os.access(one, os.W_OK | os.X_OK) and Path(one).is_dir())
    return next(found, Path(tempfile.gettempdir()))

"""Grouping stored items anew: what was, what came of it, and the ids that people know kept where they can be.

All of it happens in one write transaction; the old grouping is remembered in a temporary table meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ..model import Level, TermCounts
from .database import Database, rows
from .times import iso

# Statements here are put together from the names in this file alone.

_TIME = "MIN(published, first_seen)"
"""When an item counts as published: not after it was seen."""

_COLUMN = {Level.STORY: "story_id", Level.THREAD: "thread_id"}
_TABLE = {Level.STORY: "stories", Level.THREAD: "threads"}

_NOW = """SELECT items.id AS item_id, items.story_id, stories.thread_id
          FROM items JOIN stories ON stories.id = items.story_id"""

_NAMES_A_STORY = (
    "items.story_id", "placements.story_id", "placements.nearest", "placements.second", "links.story_id",
    "story_names.story_id", "stories.merged_into", "item_homes.story_id", "story_homes.story_id",
)  # fmt: skip
_NAMES_A_THREAD = (
    "stories.thread_id", "links.own_thread", "links.nearest", "links.second", "threads.merged_into",
    "story_homes.thread_id",
)  # fmt: skip


class Rebuild:
    """``begin``, then every item grouped again, then ``keep_ids``; inside ``Store.writing``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._first_new = {level: self._next(table) for level, table in _TABLE.items()}

    def begin(self, since: datetime | None) -> list[tuple[datetime, int]]:
        """Takes the items published since then out of their stories; returns (time, id) of each, oldest first.

        Stories that are left without items take part in nothing until ``keep_ids`` says what became of them.
        """
        run = self._database.conn.execute
        run("DROP TABLE IF EXISTS temp.was")
        run("CREATE TEMP TABLE was (item_id INTEGER PRIMARY KEY, story_id INTEGER, thread_id INTEGER, again INTEGER)")
        # Items that stay are remembered too: a story that keeps some of its items, or its thread, is not free.
        run(f"INSERT INTO was SELECT *, 0 FROM ({_NOW})")
        run(
            f"UPDATE was SET again = 1 WHERE item_id IN (SELECT id FROM items WHERE {_TIME} >= ?)",
            (iso(since) if since else "",),
        )
        if since is None:
            run("DELETE FROM names")
        run("UPDATE items SET story_id = NULL WHERE id IN (SELECT item_id FROM was WHERE again)")
        run(
            """UPDATE stories SET merged_into = id WHERE id IN (SELECT story_id FROM was WHERE again)
               AND NOT EXISTS (SELECT 1 FROM items WHERE items.story_id = stories.id)"""
        )
        for table in ("links", "story_names"):
            run(f"DELETE FROM {table} WHERE story_id IN (SELECT id FROM stories WHERE merged_into = id)")
        found = rows(
            self._database,
            f"""SELECT {_TIME} AS time, id FROM items
                WHERE id IN (SELECT item_id FROM was WHERE again) ORDER BY 1, 2""",
        )
        return [(datetime.fromisoformat(row["time"]), row["id"]) for row in found]

    def cut_stories(self) -> list[int]:
        """Ids of the stories that lost some of their items to the rebuild, but not all."""
        found = rows(
            self._database,
            """SELECT DISTINCT story_id FROM was WHERE again AND EXISTS
               (SELECT 1 FROM items WHERE items.story_id = was.story_id)""",
        )
        return [row["story_id"] for row in found]

    def set_terms(self, counts: Mapping[str, TermCounts]) -> None:
        """The term counts by language, whatever they were."""
        connection = self._database.conn
        connection.execute("DELETE FROM terms")
        connection.execute("DELETE FROM languages")
        for language, learned in counts.items():
            connection.execute("INSERT INTO languages (language, items) VALUES (?, ?)", (language, learned.documents))
            connection.executemany(
                "INSERT INTO terms (language, term, items) VALUES (?, ?, ?)",
                [(language, term, count) for term, count in learned.counts.items()],
            )

    def keep_ids(self) -> None:
        """Gives what was made anew the id of what it mostly is; other old ids lead to where most of it went."""
        self._keep(Level.STORY)
        self._keep(Level.THREAD)

    def moved(self) -> dict[int, tuple[tuple[int, int], tuple[int, int]]]:
        """Item id to (story, thread) before and now, for items of which either is another now."""
        found = rows(
            self._database,
            f"""SELECT was.*, now.story_id AS story_now, now.thread_id AS thread_now
                FROM was JOIN ({_NOW}) AS now ON now.item_id = was.item_id
                WHERE was.story_id <> now.story_id OR was.thread_id <> now.thread_id""",
        )
        return {
            row["item_id"]: ((row["story_id"], row["thread_id"]), (row["story_now"], row["thread_now"]))
            for row in found
        }

    def end(self) -> None:
        """Forgets what was."""
        self._database.conn.execute("DROP TABLE temp.was")

    def _next(self, table: str) -> int:
        row = self._database.conn.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        return (row[0] if row else 0) + 1

    def _keep(self, level: Level) -> None:
        shared, before, after = self._overlaps(level)
        kept: dict[int, int] = {}
        taken = set(after)
        for (old, new), count in shared:
            mostly = 2 * count >= min(before[old], after[new])
            if mostly and old not in taken and new not in kept and new >= self._first_new[level]:
                kept[new] = old
                taken.add(old)
                self._rename(level, new, old)
        led: set[int] = set()
        for (old, new), _ in shared:
            if old not in led | taken:
                led.add(old)
                self._lead(level, old, kept.get(new, new))

    def _lead(self, level: Level, old: int, into: int) -> None:
        run = self._database.conn.execute
        if level is Level.THREAD:  # a story whose reports are no longer kept is in it still, and goes with the others
            run("UPDATE stories SET thread_id = ? WHERE thread_id = ? AND merged_into IS NULL", (into, old))
        run(f"UPDATE {_TABLE[level]} SET merged_into = ? WHERE id = ?", (into, old))

    def _overlaps(self, level: Level) -> tuple[list[tuple[tuple[int, int], int]], dict[int, int], dict[int, int]]:
        """((old, new), items they share), most first; and how many items each old and each new one has."""
        column = _COLUMN[level]
        found = rows(
            self._database,
            f"""SELECT was.{column} AS old, now.{column} AS new, COUNT(*) AS items
                FROM was JOIN ({_NOW}) AS now ON now.item_id = was.item_id GROUP BY 1, 2
                ORDER BY items DESC, old, new""",
        )
        before: dict[int, int] = {}
        after: dict[int, int] = {}
        for row in found:
            before[row["old"]] = before.get(row["old"], 0) + row["items"]
            after[row["new"]] = after.get(row["new"], 0) + row["items"]
        return [((row["old"], row["new"]), row["items"]) for row in found], before, after

    def _rename(self, level: Level, new: int, old: int) -> None:
        """What is ``new`` gets the id ``old``; nobody ever saw the new one."""
        run = self._database.conn.execute
        if level is Level.STORY:
            run(
                """UPDATE stories SET
                   (thread_id, language, first, last, size, terms, only_outlet, voices, profile, profiled,
                    merged_into) =
                   (SELECT thread_id, language, first, last, size, terms, only_outlet, voices, profile, profiled, NULL
                    FROM stories AS new WHERE new.id = ?) WHERE id = ?""",
                (new, old),
            )
            # What was told of the old one where it ended only meanwhile is told of the new one now.
            for table in ("links", "story_names"):
                run(f"DELETE FROM {table} WHERE story_id = ?", (old,))
            run("DELETE FROM emptied WHERE level = 'story' AND id = ?", (old,))
            run(  # what decisions moved once has its first home
                """DELETE FROM story_homes WHERE story_id = ?
                   AND EXISTS (SELECT 1 FROM story_homes WHERE story_id = ?)""",
                (new, old),
            )
            for place in _NAMES_A_STORY:
                self._replace(place, new, old)
            run("UPDATE OR IGNORE emptied SET left_by = ? WHERE level = 'thread' AND left_by = ?", (old, new))
            run("DELETE FROM stories WHERE id = ?", (new,))
            return
        run("UPDATE threads SET merged_into = NULL WHERE id = ?", (old,))
        run("DELETE FROM emptied WHERE level = 'thread' AND id = ?", (old,))
        for place in _NAMES_A_THREAD:
            self._replace(place, new, old)
        run("DELETE FROM threads WHERE id = ?", (new,))

    def _replace(self, place: str, new: int, old: int) -> None:
        table, _, column = place.partition(".")
        self._database.conn.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (old, new))

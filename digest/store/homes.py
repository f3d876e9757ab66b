"""Where grouping itself had put what decisions moved since, so that what an undone decision frees finds its way back.

The first move away from a place is the one that counts: however often decisions move an item or a story on, its home
stays the same, until grouping itself puts it elsewhere. The caller holds the transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from ..model import Level
from .database import Database, rows
from .stories import final

_TABLE = {Level.STORY: "stories", Level.THREAD: "threads"}


class Homes:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of_items(self) -> dict[int, int]:
        """Item id to the id of the story that is its home."""
        return dict(self._database.conn.execute("SELECT item_id, story_id FROM item_homes").fetchall())

    def of_stories(self) -> dict[int, int]:
        """Id of a story that has not ended to the id of the thread that is its home."""
        found = self._database.conn.execute(
            """SELECT story_id, story_homes.thread_id FROM story_homes JOIN stories ON stories.id = story_id
               WHERE merged_into IS NULL"""
        )
        return dict(found.fetchall())

    def living(self, level: Level, homes: Mapping[int, int]) -> dict[int, int]:
        """The same homes, each as it can be moved into: where an id leads, or itself where decisions emptied it."""
        emptied = self._emptied(level)
        places = {
            home: home if home in emptied else final(self._database, _TABLE[level], home) for home in homes.values()
        }
        return {one: place for one, home in homes.items() if (place := places[home]) is not None}

    def items_leave(self, item_ids: Iterable[int]) -> None:
        """Decisions are about to move these items."""
        self._database.conn.execute(
            """INSERT OR IGNORE INTO item_homes (item_id, story_id)
               SELECT id, story_id FROM items WHERE id IN (SELECT value FROM json_each(?)) AND story_id IS NOT NULL""",
            (json.dumps(sorted(item_ids)),),
        )

    def stories_leave(self, story_ids: Iterable[int]) -> None:
        """Decisions are about to move these stories, or to take the last item out of them."""
        self._database.conn.execute(
            """INSERT OR IGNORE INTO story_homes (story_id, thread_id)
               SELECT id, thread_id FROM stories WHERE id IN (SELECT value FROM json_each(?))""",
            (json.dumps(sorted(story_ids)),),
        )

    def emptied(self, level: Level, left: Mapping[int, int]) -> None:
        """Notes by whom a place was left, for those that lead elsewhere now; ``left`` are who left and what."""
        self._database.conn.executemany(
            f"INSERT OR IGNORE INTO emptied (level, id, left_by) SELECT ?, id, ? FROM {_TABLE[level]}"  # noqa: S608
            " WHERE id = ? AND merged_into IS NOT NULL",
            [(level, one, place) for one, place in left.items()],
        )

    def left_by(self, level: Level, ones: Iterable[int]) -> int | None:
        """What was emptied latest by one of these leaving it, which is theirs to go back to; None without any."""
        row = self._database.conn.execute(
            """SELECT id FROM emptied WHERE level = ? AND left_by IN (SELECT value FROM json_each(?))
               ORDER BY number DESC LIMIT 1""",
            (level, json.dumps(sorted(ones))),
        ).fetchone()
        return None if row is None else int(row[0])

    def filled(self, level: Level, ids: Iterable[int]) -> list[int]:
        """Forgets that decisions emptied these; returns those they had emptied, which mean themselves again."""
        wanted = (level, json.dumps(sorted(ids)))
        told = "FROM emptied WHERE level = ? AND id IN (SELECT value FROM json_each(?))"
        found = [row["id"] for row in rows(self._database, f"SELECT DISTINCT id {told} ORDER BY id", wanted)]
        if found:
            self._database.conn.execute(f"DELETE {told}", wanted)
        return found

    def forget_items(self, item_ids: Iterable[int]) -> None:
        """These are at home where they are."""
        self._database.conn.executemany("DELETE FROM item_homes WHERE item_id = ?", [(one,) for one in item_ids])

    def forget_stories(self, story_ids: Iterable[int]) -> None:
        """These are at home where they are."""
        self._database.conn.executemany("DELETE FROM story_homes WHERE story_id = ?", [(one,) for one in story_ids])

    def _emptied(self, level: Level) -> set[int]:
        return {row["id"] for row in rows(self._database, "SELECT id FROM emptied WHERE level = ?", (level,))}

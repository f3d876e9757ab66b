"""Topic threads, and the stories in them as composing and people read them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from .. import config
from ..model import Item, Story, Window
from .database import Database, rows
from .items import Items
from .stories import final
from .times import iso, when


class Threads:
    def __init__(self, database: Database, items: Items) -> None:
        self._database = database
        self._items = items

    # -- which story is in which ---------------------------------------------------------------

    def final(self, thread_id: int) -> int | None:
        """The id of the thread an id leads to; None when there was never one."""
        return final(self._database, "threads", thread_id)

    def of_story(self, story_id: int) -> int:
        """Id of the thread a story is in."""
        found = self._database.conn.execute("SELECT thread_id FROM stories WHERE id = ?", (story_id,)).fetchone()
        return int(found[0])

    def of_stories(self, story_ids: Iterable[int]) -> set[int]:
        """Ids of the threads those stories are in."""
        found = rows(
            self._database,
            "SELECT DISTINCT thread_id FROM stories WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(story_ids)),),
        )
        return {row["thread_id"] for row in found}

    def of_each(self, story_ids: Iterable[int]) -> dict[int, int]:
        """Story id to the id of its thread."""
        found = rows(
            self._database,
            "SELECT id, thread_id FROM stories WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(story_ids)),),
        )
        return {row["id"]: row["thread_id"] for row in found}

    def shared(self, thread_ids: Iterable[int]) -> set[int]:
        """Those of the threads that have several stories."""
        found = rows(
            self._database,
            """SELECT thread_id FROM stories WHERE thread_id IN (SELECT value FROM json_each(?))
               AND merged_into IS NULL GROUP BY thread_id HAVING COUNT(*) > 1""",
            (json.dumps(sorted(set(thread_ids))),),
        )
        return {row["thread_id"] for row in found}

    def linked(self, feed_ids: Collection[int]) -> int:
        """How many threads have several stories with reports of those feeds that are still kept."""
        # All stories that are kept are counted, by an index of them alone: only a page that nobody asks for often does.
        found = self._database.conn.execute(
            """SELECT COUNT(*) FROM (
                 SELECT 1 FROM stories AS part WHERE merged_into IS NULL AND gone IS NULL AND EXISTS (
                   SELECT 1 FROM items WHERE story_id = part.id
                   AND +feed_id IN (SELECT value FROM json_each(?)))
                 AND thread_id IN (SELECT thread_id FROM stories INDEXED BY stories_kept
                                   WHERE merged_into IS NULL AND gone IS NULL GROUP BY thread_id HAVING COUNT(*) > 1)
                 GROUP BY thread_id HAVING COUNT(*) > 1)""",
            (json.dumps(sorted(feed_ids)),),
        )
        return int(found.fetchone()[0])

    def story_ids(self, thread_id: int) -> list[int]:
        """The stories of a thread, oldest first."""
        found = rows(
            self._database,
            "SELECT id FROM stories WHERE thread_id = ? AND merged_into IS NULL ORDER BY first, id",
            (thread_id,),
        )
        return [row["id"] for row in found]

    def move(self, story_ids: Iterable[int], thread_id: int) -> None:
        """Puts stories into a thread; the id of a thread that is left empty leads there."""
        connection = self._database.conn
        for story_id in story_ids:
            left = self.of_story(story_id)
            connection.execute("UPDATE stories SET thread_id = ? WHERE id = ?", (thread_id, story_id))
            connection.execute(
                """UPDATE threads SET merged_into = :into WHERE id = :left AND id <> :into AND merged_into IS NULL
                   AND NOT EXISTS (SELECT 1 FROM stories WHERE thread_id = :left AND merged_into IS NULL)""",
                {"into": thread_id, "left": left},
            )

    def leave(self, story_id: int) -> None:
        """Takes a story out of its thread, into one of its own: the one it opened where nothing else is in that."""
        connection = self._database.conn
        own = connection.execute("SELECT own_thread FROM links WHERE story_id = ?", (story_id,)).fetchone()
        if own is None or own[0] == self.of_story(story_id) or self.story_ids(own[0]):
            self.move([story_id], self.open())
            return
        self.restore(own[0])
        self.move([story_id], own[0])
        connection.execute("DELETE FROM links WHERE story_id = ?", (story_id,))

    def restore(self, ended: int) -> None:
        """An id that led elsewhere means its own thread again."""
        self._database.conn.execute("UPDATE threads SET merged_into = NULL WHERE id = ?", (ended,))

    def open(self) -> int:
        """A new thread without stories; returns its id."""
        return int(self._database.conn.execute("INSERT INTO threads DEFAULT VALUES").lastrowid or 0)

    def assignments(self) -> dict[int, tuple[int, int]]:
        """Item id to (story id, thread id), for every grouped item."""
        found = rows(
            self._database,
            "SELECT items.id, story_id, thread_id FROM items JOIN stories ON stories.id = items.story_id",
        )
        return {row["id"]: (row["story_id"], row["thread_id"]) for row in found}

    # -- what composing and people read --------------------------------------------------------

    def stories(self, window: Window, subscriptions: Mapping[int, config.Feed]) -> list[Story]:
        """Stories with something new in the window, each with all its items from those subscriptions."""
        # The plus keeps SQLite from reading all items of those feeds instead of those of the window.
        found = rows(
            self._database,
            """SELECT DISTINCT story_id FROM items WHERE first_seen >= ? AND first_seen < ? AND backlog = 0
               AND story_id IS NOT NULL AND +feed_id IN (SELECT value FROM json_each(?))""",
            (iso(window.since), iso(window.until), json.dumps(sorted(subscriptions))),
        )
        return self.assembled([row["story_id"] for row in found], subscriptions)

    def thread(self, thread_id: int, subscriptions: Mapping[int, config.Feed]) -> list[Story]:
        """The stories of a thread, oldest first; follows redirects; empty when there is no such thread."""
        where = self.final(thread_id)
        return [] if where is None else self.assembled(self.story_ids(where), subscriptions)

    def recent(self, since: datetime, subscriptions: Mapping[int, config.Feed]) -> list[list[Story]]:
        """The stories of each thread that moved since then, oldest first."""
        found = rows(
            self._database,
            """SELECT id FROM stories WHERE merged_into IS NULL AND thread_id IN
               (SELECT thread_id FROM stories WHERE last >= ? AND merged_into IS NULL)""",
            (iso(since),),
        )
        threads: dict[int, list[Story]] = {}
        for story in self.assembled([row["id"] for row in found], subscriptions):
            threads.setdefault(story.thread_id, []).append(story)
        return list(threads.values())

    def assembled(self, story_ids: Iterable[int], subscriptions: Mapping[int, config.Feed]) -> list[Story]:
        """Those stories, oldest first, each with its items of these subscriptions; one without any is left out.

        A thread began with its first item of these subscriptions: what other feeds had is not known to their reader.
        Where that is no longer kept, it began with its story.
        """
        wanted = sorted(story_ids)
        by_story: dict[int, list[Item]] = {}
        for item in self._items.of_stories(wanted, subscriptions):
            by_story.setdefault(item.story_id or 0, []).append(item)
        found = rows(
            self._database,
            """SELECT id, thread_id, (
                 SELECT MIN(time) FROM (
                   SELECT MIN(items.published) AS time FROM stories AS other JOIN items ON items.story_id = other.id
                   WHERE other.thread_id = stories.thread_id AND other.merged_into IS NULL
                   AND items.feed_id IN (SELECT value FROM json_each(:feeds))
                   UNION ALL
                   SELECT MIN(first) FROM stories AS past INDEXED BY stories_gone
                   WHERE past.thread_id = stories.thread_id AND past.merged_into IS NULL AND past.gone IS NOT NULL
                   AND EXISTS (SELECT 1 FROM json_each(past.gone)
                               WHERE CAST(key AS INTEGER) IN (SELECT value FROM json_each(:feeds))))) AS since
               FROM stories WHERE id IN (SELECT value FROM json_each(:wanted)) ORDER BY first, id""",
            {"wanted": json.dumps(wanted), "feeds": json.dumps(sorted(subscriptions))},
        )
        return [
            Story(row["id"], row["thread_id"], tuple(by_story[row["id"]]), when(row["since"]))
            for row in found
            if row["id"] in by_story
        ]

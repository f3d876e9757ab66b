"""Stories, threads and the term counts that grouping learns from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlite_utils import Database

from .. import config
from ..model import Grouping, Item, Story, StoryState, TermCounts, Window
from .database import immediate, rows
from .items import Items
from .times import iso, when


class Threads:
    def __init__(self, database: Database, items: Items) -> None:
        self._database = database
        self._items = items

    # -- what grouping needs and gives ---------------------------------------------------------

    def live(self, since: datetime) -> list[StoryState]:
        """Stories whose newest item is not older than ``since``."""
        found = rows(self._database, "SELECT * FROM stories WHERE last >= ? AND merged_into IS NULL", (iso(since),))
        return [
            StoryState(
                id=row["id"],
                language=row["language"],
                first=when(row["first"]),
                last=when(row["last"]),
                size=row["size"],
                vector=json.loads(row["terms"]),
            )
            for row in found
        ]

    def terms(self) -> dict[str, TermCounts]:
        """Term counts by language."""
        counts: dict[str, dict[str, int]] = {}
        for row in rows(self._database, "SELECT language, term, items FROM terms"):
            counts.setdefault(row["language"], {})[row["term"]] = row["items"]
        found = rows(self._database, "SELECT language, items FROM languages")
        return {row["language"]: TermCounts(row["items"], counts.get(row["language"], {})) for row in found}

    def next_story_id(self) -> int:
        """The id that the next new story gets; no id is ever used twice."""
        last = self._database.conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'stories'").fetchone()
        return (last[0] if last else 0) + 1

    def save(self, grouping: Grouping, before: Mapping[str, TermCounts]) -> None:
        """Writes what grouping decided, in one transaction; ``before`` tells which term counts changed."""
        with immediate(self._database):
            self._save_stories(grouping)
            self._database.conn.executemany(
                "UPDATE items SET story_id = ? WHERE id = ?",
                [(story_id, item_id) for item_id, story_id in grouping.joined.items()],
            )
            self._save_terms(grouping.terms, before)

    def _save_stories(self, grouping: Grouping) -> None:
        """A new story is a thread of its own until linking says otherwise."""
        ids = sorted({story.id for story in grouping.stories} | set(grouping.merged))
        known = {
            row["id"]
            for row in rows(
                self._database,
                "SELECT id FROM stories WHERE id IN (SELECT value FROM json_each(?))",
                (json.dumps(ids),),
            )
        }
        connection = self._database.conn
        for story in sorted(grouping.stories, key=lambda one: one.id):
            values = (iso(story.first), iso(story.last), story.size, json.dumps(story.vector, ensure_ascii=False))
            if story.id in known:
                connection.execute(
                    "UPDATE stories SET first = ?, last = ?, size = ?, terms = ? WHERE id = ?", (*values, story.id)
                )
            else:
                thread_id = connection.execute("INSERT INTO threads DEFAULT VALUES").lastrowid
                connection.execute(
                    """INSERT INTO stories (first, last, size, terms, id, thread_id, language)
                       VALUES (?, ?, ?, ?, ?, ?, ?)""",
                    (*values, story.id, thread_id, story.language),
                )
        for ended, into in grouping.merged.items():
            if ended in known:
                self._redirect(ended, into)

    def _redirect(self, ended: int, into: int) -> None:
        """Items of the ended story move; its id, and its thread's when empty now, lead to the other."""
        connection = self._database.conn
        connection.execute("UPDATE items SET story_id = ? WHERE story_id = ?", (into, ended))
        connection.execute("UPDATE stories SET merged_into = ? WHERE id = ? OR merged_into = ?", (into, ended, ended))
        connection.execute(
            """UPDATE threads SET merged_into = (SELECT thread_id FROM stories WHERE id = :into)
               WHERE id = (SELECT thread_id FROM stories WHERE id = :ended)
               AND id <> (SELECT thread_id FROM stories WHERE id = :into)
               AND NOT EXISTS (SELECT 1 FROM stories WHERE thread_id = threads.id AND merged_into IS NULL)""",
            {"into": into, "ended": ended},
        )

    def _save_terms(self, after: Mapping[str, TermCounts], before: Mapping[str, TermCounts]) -> None:
        connection = self._database.conn
        for language, counts in after.items():
            old = before.get(language, TermCounts(0, {}))
            if counts.documents != old.documents:
                connection.execute(
                    "INSERT OR REPLACE INTO languages (language, items) VALUES (?, ?)", (language, counts.documents)
                )
            connection.executemany(
                "INSERT OR REPLACE INTO terms (language, term, items) VALUES (?, ?, ?)",
                [(language, term, n) for term, n in counts.counts.items() if old.counts.get(term) != n],
            )
            connection.executemany(
                "DELETE FROM terms WHERE language = ? AND term = ?",
                [(language, term) for term in old.counts.keys() - counts.counts.keys()],
            )

    # -- what composing and people read --------------------------------------------------------

    def stories(self, window: Window, subscriptions: Mapping[int, config.Feed]) -> list[Story]:
        """Stories with something new in the window, each with all its items from those subscriptions."""
        found = rows(
            self._database,
            """SELECT DISTINCT story_id FROM items WHERE first_seen >= ? AND first_seen < ? AND backlog = 0
               AND story_id IS NOT NULL AND feed_id IN (SELECT value FROM json_each(?))""",
            (iso(window.since), iso(window.until), json.dumps(sorted(subscriptions))),
        )
        return self._assemble([row["story_id"] for row in found], subscriptions)

    def thread(self, thread_id: int, subscriptions: Mapping[int, config.Feed]) -> list[Story]:
        """The stories of a thread, oldest first; follows redirects; empty when there is no such thread."""
        row = self._database.conn.execute("SELECT id, merged_into FROM threads WHERE id = ?", (thread_id,)).fetchone()
        while row is not None and row[1] is not None:
            row = self._database.conn.execute("SELECT id, merged_into FROM threads WHERE id = ?", (row[1],)).fetchone()
        if row is None:
            return []
        found = rows(
            self._database,
            "SELECT id FROM stories WHERE thread_id = ? AND merged_into IS NULL ORDER BY first, id",
            (row[0],),
        )
        return self._assemble([one["id"] for one in found], subscriptions)

    def recent(self, since: datetime, subscriptions: Mapping[int, config.Feed]) -> list[list[Story]]:
        """The stories of each thread that moved since then, oldest first."""
        found = rows(
            self._database,
            """SELECT id FROM stories WHERE merged_into IS NULL AND thread_id IN
               (SELECT thread_id FROM stories WHERE last >= ? AND merged_into IS NULL)""",
            (iso(since),),
        )
        threads: dict[int, list[Story]] = {}
        for story in self._assemble([row["id"] for row in found], subscriptions):
            threads.setdefault(story.thread_id, []).append(story)
        return list(threads.values())

    def _assemble(self, story_ids: Iterable[int], subscriptions: Mapping[int, config.Feed]) -> list[Story]:
        wanted = sorted(story_ids)
        by_story: dict[int, list[Item]] = {}
        for item in self._items.of_stories(wanted, subscriptions):
            by_story.setdefault(item.story_id or 0, []).append(item)
        found = rows(
            self._database,
            """SELECT id, thread_id, (SELECT MIN(first) FROM stories AS other
                                      WHERE other.thread_id = stories.thread_id) AS since
               FROM stories WHERE id IN (SELECT value FROM json_each(?)) ORDER BY first, id""",
            (json.dumps(wanted),),
        )
        return [
            Story(row["id"], row["thread_id"], tuple(by_story[row["id"]]), when(row["since"]))
            for row in found
            if row["id"] in by_story
        ]

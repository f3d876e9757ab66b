"""Stories as grouping remembers them, the term counts it learns from, and how each item came to its story."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from ..model import Grouping, Objection, Placement, StoryState, TermCounts
from .database import Database, rows
from .times import iso, when


class Stories:
    """Everything that writes here runs inside ``Store.writing``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- what grouping needs -------------------------------------------------------------------

    def live(self, since: datetime, also: Collection[int] = ()) -> list[StoryState]:
        """Stories whose newest item is not older than ``since``, and those of ``also``."""
        found = rows(
            self._database,
            """SELECT * FROM stories WHERE merged_into IS NULL AND last >= ?
               UNION SELECT * FROM stories WHERE merged_into IS NULL AND id IN (SELECT value FROM json_each(?))""",
            (iso(since), json.dumps(sorted(also))),
        )
        return [_state(row) for row in found]

    def terms(self) -> dict[str, TermCounts]:
        """Term counts by language."""
        counts: dict[str, dict[str, int]] = {}
        for row in rows(self._database, "SELECT language, term, items FROM terms"):
            counts.setdefault(row["language"], {})[row["term"]] = row["items"]
        found = rows(self._database, "SELECT language, items FROM languages")
        return {row["language"]: TermCounts(row["items"], counts.get(row["language"], {})) for row in found}

    def next_id(self) -> int:
        """The id that the next new story gets; no id is ever used twice."""
        last = self._database.conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'stories'").fetchone()
        return (last[0] if last else 0) + 1

    # -- what grouping gives -------------------------------------------------------------------

    def save(self, grouping: Grouping) -> None:
        """Writes what grouping decided."""
        self.write(grouping.stories)
        for ended, into in grouping.merged.items():
            self.redirect(ended, into)
        self.assign(grouping.joined)
        self._database.conn.executemany(
            """INSERT OR REPLACE INTO placements
               (item_id, story_id, nearest, score, bar, second, second_score, decision_id, objection, same_page)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [
                (one.item_id, one.story_id, one.nearest, round(one.score, 4), one.bar,
                 one.second, round(one.second_score, 4), one.decision, one.objection, one.same_page)
                for one in grouping.placements
            ],
        )  # fmt: skip
        self._save_terms(grouping.terms, grouping.aged)

    def write(self, stories: Iterable[StoryState]) -> None:
        """Makes or updates stories; a new one is a thread of its own until linking says otherwise."""
        stories = sorted(stories, key=lambda story: story.id)
        known = self._known([story.id for story in stories])
        connection = self._database.conn
        for story in stories:
            terms = json.dumps(story.vector, ensure_ascii=False)
            values = (iso(story.first), iso(story.last), story.size, terms, story.outlet, story.language)
            if story.id in known:
                connection.execute(
                    """UPDATE stories SET first = ?, last = ?, size = ?, terms = ?, only_outlet = ?, language = ?
                       WHERE id = ?""",
                    (*values, story.id),
                )
            else:
                thread_id = connection.execute("INSERT INTO threads DEFAULT VALUES").lastrowid
                connection.execute(
                    """INSERT INTO stories (first, last, size, terms, only_outlet, language, id, thread_id)
                       VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
                    (*values, story.id, thread_id),
                )

    def assign(self, joined: Mapping[int, int]) -> None:
        """Puts items into stories: item id to story id."""
        self._database.conn.executemany(
            "UPDATE items SET story_id = ?, stale = 0 WHERE id = ?",
            [(story_id, item_id) for item_id, story_id in joined.items()],
        )

    def redirect(self, ended: int, into: int) -> None:
        """The items of one story move into another; its id, and its thread's when empty now, lead there."""
        if not self._known([ended]):
            return
        connection = self._database.conn
        connection.execute("UPDATE items SET story_id = ? WHERE story_id = ?", (into, ended))
        connection.execute("UPDATE stories SET merged_into = ? WHERE id = ?", (into, ended))
        connection.execute(
            """UPDATE threads SET merged_into = (SELECT thread_id FROM stories WHERE id = :into)
               WHERE id = (SELECT thread_id FROM stories WHERE id = :ended) AND merged_into IS NULL
               AND id <> (SELECT thread_id FROM stories WHERE id = :into)
               AND NOT EXISTS (SELECT 1 FROM stories WHERE thread_id = threads.id AND merged_into IS NULL)""",
            {"into": into, "ended": ended},
        )

    def restore(self, ended: int) -> None:
        """An id that led elsewhere means its own story again, in the thread that its thread leads to by now."""
        connection = self._database.conn
        row = connection.execute("SELECT thread_id FROM stories WHERE id = ?", (ended,)).fetchone()
        thread_id = final(self._database, "threads", row[0]) if row else None
        connection.execute("UPDATE stories SET merged_into = NULL, thread_id = ? WHERE id = ?", (thread_id, ended))

    def edited(self) -> list[int]:
        """Ids of the items whose text changed since they were grouped."""
        found = rows(self._database, "SELECT id FROM items WHERE stale = 1 AND story_id IS NOT NULL ORDER BY id")
        return [row["id"] for row in found]

    # -- looking up ----------------------------------------------------------------------------

    def final(self, story_id: int) -> int | None:
        """The id of the story an id leads to; None when there was never one."""
        return final(self._database, "stories", story_id)

    def placement(self, item_id: int) -> Placement | None:
        """How an item came to its story; None before it was grouped."""
        found = rows(self._database, "SELECT * FROM placements WHERE item_id = ?", (item_id,))
        if not found:
            return None
        row = found[0]
        return Placement(
            item_id=row["item_id"],
            story_id=row["story_id"],
            nearest=row["nearest"],
            score=row["score"],
            bar=row["bar"],
            second=row["second"],
            second_score=row["second_score"],
            decision=row["decision_id"],
            objection=Objection(row["objection"]) if row["objection"] else None,
            same_page=bool(row["same_page"]),
        )

    def _known(self, ids: Iterable[int]) -> frozenset[int]:
        found = rows(
            self._database,
            "SELECT id FROM stories WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(ids)),),
        )
        return frozenset(row["id"] for row in found)

    def _save_terms(self, changed: Mapping[str, TermCounts], aged: Collection[str]) -> None:
        connection = self._database.conn
        connection.executemany("DELETE FROM terms WHERE language = ?", [(language,) for language in aged])
        for language, counts in changed.items():
            connection.execute(
                "INSERT OR REPLACE INTO languages (language, items) VALUES (?, ?)", (language, counts.documents)
            )
            connection.executemany(
                "INSERT OR REPLACE INTO terms (language, term, items) VALUES (?, ?, ?)",
                [(language, term, count) for term, count in counts.counts.items()],
            )


def final(database: Database, table: str, number: int) -> int | None:
    """Where an id of ``stories`` or ``threads`` leads; None when there was never one."""
    seen: set[int] = set()
    while True:
        row = database.conn.execute(f"SELECT merged_into FROM {table} WHERE id = ?", (number,)).fetchone()  # noqa: S608
        if row is None or number in seen:
            return None
        if row[0] is None:
            return number
        seen.add(number)
        number = row[0]


def _state(row: Mapping[str, Any]) -> StoryState:
    return StoryState(
        id=row["id"],
        language=row["language"],
        first=when(row["first"]),
        last=when(row["last"]),
        size=row["size"],
        vector=json.loads(row["terms"]),
        outlet=row["only_outlet"],
    )

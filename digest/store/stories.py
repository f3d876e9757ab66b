"""Stories as grouping remembers them, the term counts it learns from, and how each item came to its story."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from ..model import Grouping, Objection, Placement, StoryState, TermCounts
from .database import Database, rows
from .live import STATE, Live, state
from .times import iso, when
from .weights import packed


class Stories:
    """Everything that writes here runs inside ``Store.writing``."""

    def __init__(self, database: Database, live: Live) -> None:
        self._database = database
        self._live = live

    # -- what grouping needs -------------------------------------------------------------------

    def live(self, since: datetime) -> Iterator[StoryState]:
        """Stories whose newest item is not older than ``since``, one after the other."""
        found = self._database.conn.execute(
            f"SELECT {STATE} FROM stories WHERE merged_into IS NULL AND last >= ?",  # noqa: S608 (a constant)
            (iso(since),),
        )
        return map(state, found)

    def retired(self, since: datetime, before: datetime, most: int, *, begun: datetime | None = None) -> list[int]:
        """Ids of stories whose newest item is of that time, and whose oldest not later than ``begun``; newest first."""
        found = self._database.conn.execute(
            """SELECT id FROM stories WHERE last >= ? AND last < ? AND (? IS NULL OR first <= ?)
               AND merged_into IS NULL ORDER BY last DESC, id DESC LIMIT ?""",
            (iso(since), iso(before), iso(begun), iso(begun), most),
        )
        return [story_id for (story_id,) in found]

    def newest(self) -> datetime | None:
        """When the newest item of all stories was published."""
        found = self._database.conn.execute(
            "SELECT last FROM stories WHERE merged_into IS NULL AND last >= '' ORDER BY last DESC LIMIT 1"
        ).fetchone()
        return when(found[0]) if found else None

    def terms(self) -> dict[str, TermCounts]:
        """Term counts by language."""
        counts: dict[str, dict[str, int]] = {}
        for row in rows(self._database, "SELECT language, term, items FROM terms"):
            counts.setdefault(row["language"], {})[row["term"]] = row["items"]
        found = rows(self._database, "SELECT language, items FROM languages")
        return {row["language"]: TermCounts(row["items"], counts.get(row["language"], {})) for row in found}

    def documents(self) -> dict[str, int]:
        """How many items of each language the term counts stand for."""
        return dict(self._database.conn.execute("SELECT language, items FROM languages").fetchall())

    def counts(self, language: str, terms: Collection[str]) -> dict[str, int]:
        """The counts of those of one language's terms that have one."""
        found = self._database.conn.execute(
            "SELECT term, items FROM terms WHERE language = ? AND term IN (SELECT value FROM json_each(?))",
            (language, json.dumps(sorted(terms))),
        )
        return dict(found.fetchall())

    def told_by_several(self, story_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
        """Those of the stories that several outlets tell: how many items each has, and how many its profile is of."""
        found = self._database.conn.execute(
            """SELECT id, size, profiled FROM stories
               WHERE id IN (SELECT value FROM json_each(?)) AND size > 1 AND only_outlet IS NULL""",
            (json.dumps(sorted(story_ids)),),
        )
        return {story_id: (size, profiled) for story_id, size, profiled in found}

    def next_id(self) -> int:
        """The id that the next new story gets; no id is ever used twice."""
        return self._next_id("stories")

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
        """Makes or updates stories; a new one is a thread of its own until linking says otherwise.

        Those that can still grow are found by their new terms from then on.
        """
        stories = sorted(stories, key=lambda story: story.id)
        known = self._live.found_by([story.id for story in stories])
        connection = self._database.conn
        told = [
            (iso(one.first), iso(one.last), one.size, packed(one.vector), one.outlet, one.language, one.id)
            for one in stories
        ]
        connection.executemany(
            """UPDATE stories SET first = ?, last = ?, size = ?, terms = ?, only_outlet = ?, language = ?
               WHERE id = ?""",
            [row for row in told if row[-1] in known],
        )
        fresh = [row for row in told if row[-1] not in known]
        first = self._next_id("threads")
        numbers = range(first, first + len(fresh))
        connection.executemany("INSERT INTO threads (id) VALUES (?)", [(number,) for number in numbers])
        connection.executemany(
            """INSERT INTO stories (first, last, size, terms, only_outlet, language, id, thread_id)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            [(*row, number) for row, number in zip(fresh, numbers, strict=True)],
        )
        self._live.write(stories, known)

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
        self._live.drop([ended])
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

    def _next_id(self, table: str) -> int:
        last = self._database.conn.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        return (last[0] if last else 0) + 1

    def _known(self, ids: Iterable[int]) -> frozenset[int]:
        found = rows(
            self._database,
            "SELECT id FROM stories WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(ids)),),
        )
        return frozenset(row["id"] for row in found)

    def _save_terms(self, changed: Mapping[str, TermCounts], aged: Collection[str]) -> None:
        connection = self._database.conn
        for language in aged:
            connection.execute("DELETE FROM terms WHERE language = ? AND items < 2", (language,))
            connection.execute("UPDATE terms SET items = items / 2 WHERE language = ?", (language,))
        for language, counts in changed.items():
            connection.execute(
                "INSERT OR REPLACE INTO languages (language, items) VALUES (?, ?)", (language, counts.documents)
            )
            connection.executemany(
                "INSERT OR REPLACE INTO terms (language, term, items) VALUES (?, ?, ?)",
                [(language, term, count) for term, count in sorted(counts.counts.items())],
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

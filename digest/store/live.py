"""The stories that can still grow, and by which terms they are found: what a run of grouping reads of all stories.

Three tables that follow from ``stories``, hold no more than its last days, and are filled anew where they are empty.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ..model import Head, StoryState
from .database import Database
from .times import iso, when

_EARLIEST = datetime(1, 1, 2, tzinfo=UTC).timestamp()
_LATEST = datetime(9999, 12, 30, tzinfo=UTC).timestamp()


STATE = "id, language, first, last, size, terms, only_outlet"
"""What ``state`` reads."""


class Live:
    """Everything that writes here runs inside ``Store.writing``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- what grouping asks for ------------------------------------------------------------------

    def holders(self, language: str, terms: Collection[str], most: int) -> dict[str, list[int]]:
        """By term the stories that are found by it, no more than ``most`` of each (-1: all)."""
        found = self._database.conn.execute(
            """SELECT value, (SELECT GROUP_CONCAT(story_id) FROM
                   (SELECT story_id FROM live_terms WHERE language = ? AND term = value LIMIT ?))
               FROM json_each(?)""",
            (language, most, json.dumps(sorted(terms))),
        )
        return {term: list(map(int, ids.split(","))) for term, ids in found if ids}

    def heads(self, story_ids: Collection[int]) -> list[Head]:
        """Those of the stories that are found by terms."""
        found = self._database.conn.execute(
            """SELECT story_id, language, first, last, terms FROM live_stories
               WHERE story_id IN (SELECT value FROM json_each(?))""",
            (json.dumps(sorted(story_ids)),),
        )
        return [
            Head(story_id, language, _seconds(first), _seconds(last), json.loads(terms))
            for story_id, language, first, last, terms in found
        ]

    def states(self, story_ids: Collection[int]) -> list[StoryState]:
        """Those of the stories that did not end, whether they can still grow or not."""
        found = self._database.conn.execute(
            f"""SELECT {STATE} FROM stories
                WHERE id IN (SELECT value FROM json_each(?)) AND merged_into IS NULL""",  # noqa: S608 (a constant)
            (json.dumps(sorted(story_ids)),),
        )
        return [state(row) for row in found]

    def crowd(self, language: str, since: float, until: float, most: int) -> int:
        """How many of one language end not before ``since`` and begin not after ``until``, at most ``most``."""
        found = self._database.conn.execute(
            """SELECT COUNT(*) FROM (SELECT 1 FROM live_stories
               WHERE language = ? AND last >= ? AND first <= ? LIMIT ?)""",
            (language, _text(since), _text(until), most),
        )
        return int(found.fetchone()[0])

    # -- keeping it true -------------------------------------------------------------------------

    def since(self, window: timedelta) -> datetime | None:
        """Every story whose newest item is not older is here; None where all of it must be written anew.

        Also where it was written for another ``window``.
        """
        row = self._database.conn.execute("SELECT since, window_seconds FROM live_since").fetchone()
        return when(row[0]) if row and row[1] == window.total_seconds() else None

    def begin(self, since: datetime, window: timedelta) -> None:
        """Forgets everything; from now on holds what is written of stories whose newest item is not older."""
        self.forget_all()
        values = (iso(since), window.total_seconds())
        self._database.conn.execute("INSERT INTO live_since (since, window_seconds) VALUES (?, ?)", values)

    def forget_all(self) -> None:
        """The next run writes it anew: after stories changed their ids, or came back."""
        self._database.conn.execute("DELETE FROM live_stories")
        self._database.conn.execute("DELETE FROM live_terms")
        self._database.conn.execute("DELETE FROM live_since")

    def write(self, stories: Sequence[StoryState]) -> None:
        """New and changed stories; one without terms is found by nothing and not kept."""
        row = self._database.conn.execute("SELECT since FROM live_since").fetchone()
        if row is None:
            return
        kept = [story for story in stories if story.shares and iso(story.last) >= row[0]]
        self.drop({story.id for story in stories} - {story.id for story in kept})
        known = {story_id: (language, terms) for story_id, language, terms in self._terms(story.id for story in kept)}
        gone: list[tuple[str, str, int]] = []
        fresh: list[tuple[str, str, int]] = []
        for story in kept:
            language, terms = known.get(story.id, (story.language, {}))
            same = language == story.language
            gone += [(language, term, story.id) for term in terms if not same or term not in story.shares]
            fresh += [(story.language, term, story.id) for term in story.shares if not same or term not in terms]
        connection = self._database.conn
        connection.executemany("DELETE FROM live_terms WHERE language = ? AND term = ? AND story_id = ?", gone)
        connection.executemany("INSERT INTO live_terms (language, term, story_id) VALUES (?, ?, ?)", sorted(fresh))
        connection.executemany(
            "INSERT OR REPLACE INTO live_stories (story_id, language, first, last, terms) VALUES (?, ?, ?, ?, ?)",
            [
                (one.id, one.language, iso(one.first), iso(one.last), json.dumps(one.shares, ensure_ascii=False))
                for one in kept
            ],
        )

    def drop(self, story_ids: Collection[int]) -> None:
        """Stories that ended, or are found by nothing any more."""
        if not story_ids:
            return
        connection = self._database.conn
        gone = [(language, term, number) for number, language, terms in self._terms(story_ids) for term in terms]
        connection.executemany("DELETE FROM live_terms WHERE language = ? AND term = ? AND story_id = ?", gone)
        connection.executemany("DELETE FROM live_stories WHERE story_id = ?", [(one,) for one in story_ids])

    def retire(self, before: datetime, languages: Iterable[str], most: int) -> None:
        """Drops stories whose newest item is older, and of each of the languages the oldest above so many."""
        connection = self._database.conn
        row = connection.execute("SELECT since FROM live_since").fetchone()
        if row is not None and iso(before) > row[0]:
            connection.execute("UPDATE live_since SET since = ?", (iso(before),))
            for (language,) in connection.execute("SELECT language FROM languages").fetchall():
                self._drop_older(language, iso(before))
        for language in languages:
            found = connection.execute(
                "SELECT last FROM live_stories WHERE language = ? ORDER BY last DESC LIMIT 1 OFFSET ?",
                (language, most - 1),
            ).fetchone()
            if found is not None:
                self._drop_older(language, found[0])

    def _drop_older(self, language: str, last: str) -> None:
        found = self._database.conn.execute(
            "SELECT story_id FROM live_stories WHERE language = ? AND last < ?", (language, last)
        )
        self.drop([story_id for (story_id,) in found])

    def _terms(self, story_ids: Iterable[int]) -> list[tuple[int, str, dict[str, float]]]:
        found = self._database.conn.execute(
            "SELECT story_id, language, terms FROM live_stories WHERE story_id IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(story_ids)),),
        )
        return [(story_id, language, json.loads(terms)) for story_id, language, terms in found]


def state(row: tuple[Any, ...]) -> StoryState:
    """The noun of a row of ``STATE``; without ``shares``, which follow from its vector."""
    number, language, first, last, size, terms, outlet = row
    return StoryState(number, language, when(first), when(last), size, json.loads(terms), outlet)


def _seconds(text: str) -> float:
    return when(text).timestamp()


def _text(seconds: float) -> str:
    return iso(datetime.fromtimestamp(min(max(seconds, _EARLIEST), _LATEST), UTC))

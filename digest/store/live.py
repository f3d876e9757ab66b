"""The stories that can still grow, and by which terms they are found: what a run of grouping reads of all stories.

Three tables that follow from ``stories``, hold no more than its last days, and are filled anew where they are empty.
A row of ``live_terms`` holds all stories that one term finds, so that what looks for stories reads one row a term.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from ..model import FOUND_BY, StoryState
from .database import Database
from .times import iso, when
from .weights import packed_shares, unpacked, unpacked_shares

STATE = "id, language, first, last, size, terms, only_outlet"
"""What ``state`` reads."""

Before = Mapping[int, tuple[str, Sequence[str]]]
"""By story its language, and the terms by which it is found so far."""


class Live:
    """Everything that writes here runs inside ``Store.writing``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- what grouping asks for ------------------------------------------------------------------

    def holders(self, language: str, terms: Collection[str]) -> dict[str, dict[int, float]]:
        """By term the stories that it finds, each with the share that the term has in it."""
        found = self._database.conn.execute(
            "SELECT term, holders FROM live_terms WHERE language = ? AND term IN (SELECT value FROM json_each(?))",
            (language, json.dumps(sorted(terms))),
        )
        return {term: unpacked_shares(kept) for term, kept in found}

    def times(self, story_ids: Collection[int]) -> dict[int, tuple[float, float]]:
        """When the oldest and the newest item of those of the stories that are found by terms were published."""
        found = self._database.conn.execute(
            "SELECT story_id, first, last FROM live_stories WHERE story_id IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(story_ids)),),
        )
        return {story_id: (first, last) for story_id, first, last in found}

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
            (language, since, until, most),
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

    def found_by(self, story_ids: Iterable[int]) -> dict[int, tuple[str, list[str]]]:
        """By story its language and the terms that find it, as the story is stored; to be told ``write``."""
        found = self._database.conn.execute(
            "SELECT id, language, terms FROM stories WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(story_ids)),),
        )
        return {number: (language, list(islice(unpacked(terms), FOUND_BY))) for number, language, terms in found}

    def write(self, stories: Sequence[StoryState], before: Before) -> None:
        """New and changed stories; one without terms is found by nothing and not kept.

        ``before`` tells what ``found_by`` did before they changed.
        """
        row = self._database.conn.execute("SELECT since FROM live_since").fetchone()
        if row is None:
            return
        kept = [story for story in stories if story.shares and iso(story.last) >= row[0]]
        known = self._known(before)
        edits: dict[str, dict[str, dict[int, float | None]]] = {}
        for number in known:
            language, terms = before[number]
            for term in terms:
                edits.setdefault(language, {}).setdefault(term, {})[number] = None
        for story in kept:
            by_term = edits.setdefault(story.language, {})
            for term, share in story.shares.items():
                by_term.setdefault(term, {})[story.id] = share
        self._edit(edits)
        connection = self._database.conn
        staying = {story.id for story in kept}
        connection.executemany(
            "DELETE FROM live_stories WHERE story_id = ?", [(one,) for one in known if one not in staying]
        )
        connection.executemany(
            "INSERT OR REPLACE INTO live_stories (story_id, language, first, last) VALUES (?, ?, ?, ?)",
            [(one.id, one.language, one.first.timestamp(), one.last.timestamp()) for one in kept],
        )

    def drop(self, story_ids: Collection[int]) -> None:
        """Stories that ended, or are found by nothing any more; before what is stored of their terms changes."""
        if story_ids:
            self.write((), self.found_by(self._known(story_ids)))

    def retire(self, before: datetime, languages: Iterable[str], most: int) -> None:
        """Drops stories whose newest item is older, and of each of the languages the oldest above so many."""
        connection = self._database.conn
        row = connection.execute("SELECT since FROM live_since").fetchone()
        if row is not None and iso(before) > row[0]:
            connection.execute("UPDATE live_since SET since = ?", (iso(before),))
            for (language,) in connection.execute("SELECT language FROM languages").fetchall():
                self._drop_older(language, before.timestamp())
        for language in languages:
            found = connection.execute(
                "SELECT last FROM live_stories WHERE language = ? ORDER BY last DESC LIMIT 1 OFFSET ?",
                (language, most - 1),
            ).fetchone()
            if found is not None:
                self._drop_older(language, found[0])

    def _drop_older(self, language: str, last: float) -> None:
        found = self._database.conn.execute(
            "SELECT story_id FROM live_stories WHERE language = ? AND last < ?", (language, last)
        )
        self.drop([story_id for (story_id,) in found])

    def _known(self, story_ids: Iterable[int]) -> list[int]:
        """Those of the stories that are here."""
        found = self._database.conn.execute(
            "SELECT story_id FROM live_stories WHERE story_id IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(story_ids)),),
        )
        return [story_id for (story_id,) in found]

    def _edit(self, edits: Mapping[str, Mapping[str, Mapping[int, float | None]]]) -> None:
        """By language and term the new shares of stories; None for a story that the term finds no more."""
        connection = self._database.conn
        for language, terms in ((language, some) for language, by_term in edits.items() for some in _some(by_term)):
            by_term, now = edits[language], self.holders(language, terms)
            fresh: list[tuple[str, str, bytes]] = []
            gone: list[tuple[str, str]] = []
            for term in terms:
                holders = now.get(term, {})
                for story_id, share in by_term[term].items():
                    if share is None:
                        holders.pop(story_id, None)
                    else:
                        holders[story_id] = share
                if holders:
                    fresh.append((language, term, packed_shares(holders)))
                else:
                    gone.append((language, term))
            connection.executemany("DELETE FROM live_terms WHERE language = ? AND term = ?", gone)
            connection.executemany(
                "INSERT OR REPLACE INTO live_terms (language, term, holders) VALUES (?, ?, ?)", fresh
            )


def _some(terms: Iterable[str]) -> Iterator[list[str]]:
    """The terms in order, so many at a time that those of an arrival are never all in memory."""
    order = iter(sorted(terms))
    while some := list(islice(order, 1000)):
        yield some


def state(row: tuple[Any, ...]) -> StoryState:
    """The noun of a row of ``STATE``; without ``shares``, which follow from its vector."""
    number, language, first, last, size, terms, outlet = row
    return StoryState(number, language, when(first), when(last), size, unpacked(terms), outlet)

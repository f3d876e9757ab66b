"""What linking remembers: what each story was about, how names are written, and which story went to which thread."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ..model import Likeness, Link, NameCounts, Profile
from .database import Database, rows
from .times import iso, when
from .weights import packed, unpacked


class Links:
    """Everything that writes here runs inside ``Store.writing``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- names ---------------------------------------------------------------------------------

    def names(self) -> dict[str, NameCounts]:
        """How each language's items write each term in mid-sentence."""
        counts: dict[str, dict[str, tuple[int, int]]] = {}
        for row in rows(self._database, "SELECT language, term, items, capitals FROM names"):
            counts.setdefault(row["language"], {})[row["term"]] = (row["items"], row["capitals"])
        return {language: NameCounts(found) for language, found in counts.items()}

    def counts(self, language: str, terms: Collection[str]) -> dict[str, tuple[int, int]]:
        """How one language's items write those of the terms that they use in mid-sentence."""
        found = self._database.conn.execute(
            "SELECT term, items, capitals FROM names WHERE language = ? AND term IN (SELECT value FROM json_each(?))",
            (language, json.dumps(sorted(terms))),
        )
        return {term: (items, capitals) for term, items, capitals in found}

    def save_names(self, changed: Mapping[str, NameCounts]) -> None:
        """Writes new counts over the old ones."""
        self._database.conn.executemany(
            "INSERT OR REPLACE INTO names (language, term, items, capitals) VALUES (?, ?, ?, ?)",
            [
                (language, term, items, capitals)
                for language, names in changed.items()
                for term, (items, capitals) in names.counts.items()
            ],
        )

    # -- profiles ------------------------------------------------------------------------------

    def write(self, story: Profile, lookup: Sequence[str]) -> None:
        """Remembers what a story, as it is now, is about, and the terms by which others find it."""
        connection = self._database.conn
        connection.execute(
            "UPDATE stories SET voices = ?, profile = ?, profiled = size WHERE id = ?",
            (story.voices, packed(story.terms), story.story_id),
        )
        connection.execute("DELETE FROM story_names WHERE story_id = ?", (story.story_id,))
        connection.executemany(
            "INSERT INTO story_names (language, term, last, story_id) VALUES (?, ?, ?, ?)",
            [(story.language, term, iso(story.last), story.story_id) for term in lookup],
        )

    def forget(self, story_ids: Iterable[int]) -> None:
        """Stories that no longer tell what they are about: they lost their items, or their second voice."""
        connection = self._database.conn
        wanted = (json.dumps(sorted(story_ids)),)
        had = rows(
            self._database,
            "SELECT id FROM stories WHERE id IN (SELECT value FROM json_each(?)) AND profile IS NOT NULL",
            wanted,
        )
        for row in had:
            connection.execute("UPDATE stories SET voices = 1, profile = NULL, profiled = 0 WHERE id = ?", (row["id"],))
            connection.execute("DELETE FROM story_names WHERE story_id = ?", (row["id"],))

    def near(self, lookups: Iterable[tuple[str, Sequence[str]]], shared: int, since: datetime) -> list[Profile]:
        """Every story of each thread that has one found by ``shared`` or more of one story's lookup terms.

        ``lookups`` are a language and the terms of one story each; stories that ended before ``since`` find nothing
        and are not told.
        """
        found: set[int] = set()
        for language, terms in lookups:
            found.update(
                row["thread_id"]
                for row in rows(
                    self._database,
                    """SELECT thread_id FROM story_names JOIN stories ON stories.id = story_id
                       WHERE story_names.language = ? AND term IN (SELECT value FROM json_each(?))
                       AND story_names.last >= ? AND merged_into IS NULL GROUP BY story_id HAVING COUNT(*) >= ?""",
                    (language, json.dumps(list(terms)), iso(since), shared),
                )
            )
        return self.of_threads(found, since)

    def of_threads(self, thread_ids: Iterable[int], since: datetime | None = None) -> list[Profile]:
        """The stories of those threads that are remembered, and did not end before ``since``."""
        found = rows(
            self._database,
            """SELECT id, thread_id, language, first, last, voices, profile FROM stories
               WHERE thread_id IN (SELECT value FROM json_each(?)) AND merged_into IS NULL
               AND profile IS NOT NULL AND last >= ? ORDER BY id""",
            (json.dumps(sorted(thread_ids)), iso(since) or ""),
        )
        return [_profile(row) for row in found]

    # -- links ---------------------------------------------------------------------------------

    def record(self, link: Link) -> None:
        """Keeps how a story was judged; the thread it opened itself is remembered as its own."""
        evidence = {
            "likeness": asdict(link.likeness) if link.likeness else None,
            "bars": asdict(link.bars) if link.bars else None,
            "shared": link.shared,
            "second_likeness": asdict(link.second_likeness) if link.second_likeness else None,
        }
        self._database.conn.execute(
            """INSERT INTO links (story_id, own_thread, nearest, second, decision_id, evidence)
               VALUES (?, ?, ?, ?, ?, ?)
               ON CONFLICT (story_id) DO UPDATE SET nearest = excluded.nearest, second = excluded.second,
               decision_id = excluded.decision_id, evidence = excluded.evidence""",
            (
                link.story_id, link.before, link.nearest, link.second, link.decision,
                json.dumps(evidence, ensure_ascii=False),
            ),
        )  # fmt: skip

    def of_story(self, story_id: int) -> Link | None:
        """How a story was judged last; None where it never was."""
        found = rows(
            self._database,
            """SELECT links.*, stories.thread_id AS thread_id FROM links JOIN stories ON stories.id = story_id
               WHERE story_id = ?""",
            (story_id,),
        )
        return _link(found[0]) if found else None

    def follow(self, story_ids: Iterable[int]) -> None:
        """Stories that grew are found as long as they are told, by what they were about so far."""
        self._database.conn.execute(
            """UPDATE story_names SET last = (SELECT last FROM stories WHERE id = story_id)
               WHERE story_id IN (SELECT value FROM json_each(?))""",
            (json.dumps(sorted(story_ids)),),
        )

    def drop(self, story_ids: Iterable[int]) -> None:
        """Forgets how stories were judged; they are told anew when something comes to them."""
        listed = [(one,) for one in story_ids]
        self._database.conn.executemany("DELETE FROM links WHERE story_id = ?", listed)
        self._database.conn.executemany("UPDATE stories SET profiled = 0 WHERE id = ?", listed)

    def unjudged(self, story_ids: Iterable[int]) -> list[int]:
        """Those of the stories that have several voices and were never compared, or not since they were corrected."""
        found = rows(
            self._database,
            """SELECT id FROM stories WHERE id IN (SELECT value FROM json_each(?)) AND merged_into IS NULL
               AND voices > 1 AND profile IS NOT NULL AND NOT EXISTS (SELECT 1 FROM links WHERE story_id = stories.id)
               ORDER BY id""",
            (json.dumps(sorted(story_ids)),),
        )
        return [row["id"] for row in found]


def _profile(row: Mapping[str, Any]) -> Profile:
    return Profile(
        story_id=row["id"],
        thread_id=row["thread_id"],
        language=row["language"],
        first=when(row["first"]),
        last=when(row["last"]),
        voices=row["voices"],
        terms=unpacked(row["profile"]),
    )


def _link(row: Mapping[str, Any]) -> Link:
    evidence = json.loads(row["evidence"])
    return Link(
        story_id=row["story_id"],
        before=row["own_thread"],
        thread_id=row["thread_id"],
        nearest=row["nearest"],
        likeness=_likeness(evidence["likeness"]),
        bars=_likeness(evidence["bars"]),
        shared=tuple((term, part) for term, part in evidence["shared"]),
        second=row["second"],
        second_likeness=_likeness(evidence["second_likeness"]),
        decision=row["decision_id"],
    )


def _likeness(told: Mapping[str, float] | None) -> Likeness | None:
    return Likeness(**told) if told else None

"""What pages ask of threads without reading them: which moved, what stands behind each, which editions told of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from .. import config
from ..model import Place
from .database import Database, rows
from .times import iso, when


@dataclass(frozen=True, slots=True)
class Trace:
    """What of a thread some subscriptions hold, without reading it."""

    items: tuple[int, ...] = ()
    """Ids, ascending."""
    hidden: bool = False
    """Whether it holds reports of other feeds, too."""
    told: int = 0
    """Editions that told of it."""
    stamp: str = ""
    """Differs whenever its reports, their stories, their texts or its editions do."""


@dataclass(frozen=True, slots=True)
class Telling:
    """An edition that told of a thread."""

    edition_id: int
    digest: str
    day: date
    ordinal: int


# By the times of stories: the newest report of a thread, whoever may read it, says how high the thread stands.
MOVING = """
SELECT thread_id FROM stories INDEXED BY stories_by_last
WHERE last >= :since AND merged_into IS NULL
  AND NOT EXISTS (SELECT 1 FROM stories AS newer
                  WHERE newer.thread_id = stories.thread_id AND newer.merged_into IS NULL
                  AND (newer.last, newer.id) > (stories.last, stories.id))
  AND (SELECT COUNT(*) FROM (
         SELECT 1 FROM stories AS part JOIN items ON items.story_id = part.id
         WHERE part.thread_id = stories.thread_id AND part.merged_into IS NULL
         AND items.feed_id IN (SELECT value FROM json_each(:feeds)) LIMIT 2)) = 2
ORDER BY last DESC, id DESC LIMIT :limit OFFSET :offset
"""

TRACES = """
SELECT stories.thread_id, stories.id AS story_id, items.id, items.edited,
       items.feed_id IN (SELECT value FROM json_each(:feeds)) AS seen
FROM stories JOIN items ON items.story_id = stories.id
WHERE stories.thread_id IN (SELECT value FROM json_each(:threads)) AND stories.merged_into IS NULL
ORDER BY stories.thread_id, items.id
"""

# Threads that became part of others are told of where they lead.
TOLD = """
WITH RECURSIVE lead(id, thread_id) AS (
  SELECT value, value FROM json_each(:threads)
  UNION SELECT threads.id, lead.thread_id FROM threads JOIN lead ON threads.merged_into = lead.id)
SELECT DISTINCT lead.thread_id, edition_id FROM lead
CROSS JOIN edition_stories ON edition_stories.thread_id = lead.id
WHERE edition_id IN (SELECT id FROM editions WHERE number > 0 AND digest IN (SELECT value FROM json_each(:digests)))
ORDER BY lead.thread_id, edition_id
"""


class Traces:
    def __init__(self, database: Database) -> None:
        self._database = database

    def moving(
        self, since: datetime, subscriptions: Mapping[int, config.Feed], limit: int = -1, offset: int = 0
    ) -> list[int]:
        """Ids of the threads that moved since then and have several reports of those subscriptions, the latest first.

        Reads no more of the stories than the answer needs: most items stand alone.
        """
        found = rows(
            self._database,
            MOVING,
            {"since": iso(since), "feeds": json.dumps(sorted(subscriptions)), "limit": limit, "offset": offset},
        )
        return [row["thread_id"] for row in found]

    def newest(self) -> datetime | None:
        """The time of the newest report of all; None without any."""
        latest: str | None = self._database.conn.execute("SELECT MAX(last) FROM stories").fetchone()[0]
        return when(latest)

    def edits(self, item_ids: Iterable[int]) -> dict[int, datetime]:
        """When the texts of those of the items changed that did, by item id."""
        found = rows(
            self._database,
            "SELECT id, edited FROM items WHERE id IN (SELECT value FROM json_each(?)) AND edited IS NOT NULL",
            (json.dumps(sorted(item_ids)),),
        )
        return {row["id"]: when(row["edited"]) for row in found}

    def named(self, digests: Collection[str]) -> set[int]:
        """Ids of the threads of which editions of those digests told several reports, as they were called then."""
        found = rows(
            self._database,
            """SELECT thread_id FROM edition_stories WHERE edition_id IN
               (SELECT id FROM editions WHERE number > 0 AND digest IN (SELECT value FROM json_each(?)))
               GROUP BY thread_id HAVING SUM(items) > 1""",
            (json.dumps(sorted(digests)),),
        )
        return {row["thread_id"] for row in found}

    def ended(self) -> dict[int, int]:
        """Ids of threads that became part of another, and where they lead."""
        found = rows(self._database, "SELECT id, merged_into FROM threads WHERE merged_into IS NOT NULL")
        into = {row["id"]: row["merged_into"] for row in found}
        return {one: end for one in into if (end := _end(one, into)) is not None}

    def of(
        self, thread_ids: Collection[int], subscriptions: Mapping[int, config.Feed], digests: Collection[str]
    ) -> dict[int, Trace]:
        """What stands behind each of those threads, by id; for thousands of them at once."""
        threads = json.dumps(sorted(thread_ids))
        told: dict[int, list[int]] = {}
        for row in rows(self._database, TOLD, {"threads": threads, "digests": json.dumps(sorted(digests))}):
            told.setdefault(row["thread_id"], []).append(row["edition_id"])
        made = {one: Trace(told=len(told.get(one, ())), stamp=_hash(told.get(one))) for one in thread_ids}
        found = rows(self._database, TRACES, {"threads": threads, "feeds": json.dumps(sorted(subscriptions))})
        for thread_id, part in groupby(found, key=lambda row: row["thread_id"]):
            held = list(part)
            seen = [(row["id"], row["story_id"], row["edited"]) for row in held if row["seen"]]
            made[thread_id] = Trace(
                items=tuple(number for number, _, _ in seen),
                hidden=len(seen) < len(held),
                told=made[thread_id].told,
                stamp=_hash((seen, told.get(thread_id))),
            )
        return made

    def tellings(self, thread_id: int, digests: Collection[str]) -> list[Telling]:
        """The editions of those digests that told of a thread, or of one that it took in, the newest first."""
        told = rows(self._database, TOLD, {"threads": json.dumps([thread_id]), "digests": json.dumps(sorted(digests))})
        found = rows(
            self._database,
            """SELECT id AS edition_id, digest, day, ordinal FROM editions
               WHERE id IN (SELECT value FROM json_each(?)) ORDER BY day DESC, ordinal DESC, digest""",
            (json.dumps([row["edition_id"] for row in told]),),
        )
        return [Telling(**{**row, "day": date.fromisoformat(row["day"])}) for row in found]

    def showing(self, item_ids: Iterable[int]) -> set[int]:
        """Ids of the editions whose pages show any of those items as new."""
        shown = [Place.LEAD, Place.REPORT, Place.COPY, Place.RELATED, Place.REST]
        found = rows(
            self._database,
            """SELECT DISTINCT edition_id FROM edition_items WHERE item_id IN (SELECT value FROM json_each(?))
               AND place IN (SELECT value FROM json_each(?))""",
            (json.dumps(sorted(item_ids)), json.dumps(shown)),
        )
        return {row["edition_id"] for row in found}


def _end(one: int, into: Mapping[int, int]) -> int | None:
    """Where an id leads; None for ids that lead round in a circle."""
    seen = {one}
    while (following := into.get(one)) is not None:
        if following in seen:
            return None
        seen.add(following)
        one = following
    return one


def _hash(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:20]

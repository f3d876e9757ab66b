"""Topic threads, and the stories in them as composing and people read them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlite_utils import Database

from .. import config
from ..model import Item, Place, Story, Window
from .database import rows
from .items import Items
from .stories import final
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
_MOVED = """
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

_TRACES = """
SELECT stories.thread_id, stories.id AS story_id, items.id, items.edited,
       items.feed_id IN (SELECT value FROM json_each(:feeds)) AS seen
FROM stories JOIN items ON items.story_id = stories.id
WHERE stories.thread_id IN (SELECT value FROM json_each(:threads)) AND stories.merged_into IS NULL
ORDER BY stories.thread_id, items.id
"""

# Threads that became part of others are told of where they lead.
_TOLD = """
WITH RECURSIVE lead(id, thread_id) AS (
  SELECT value, value FROM json_each(:threads)
  UNION SELECT threads.id, lead.thread_id FROM threads JOIN lead ON threads.merged_into = lead.id)
SELECT DISTINCT lead.thread_id, edition_id FROM lead
CROSS JOIN edition_stories ON edition_stories.thread_id = lead.id
WHERE edition_id IN (SELECT id FROM editions WHERE number > 0 AND digest IN (SELECT value FROM json_each(:digests)))
ORDER BY lead.thread_id, edition_id
"""


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

    def shared(self, thread_ids: Iterable[int]) -> set[int]:
        """Those of the threads that have several stories."""
        found = rows(
            self._database,
            """SELECT thread_id FROM stories WHERE thread_id IN (SELECT value FROM json_each(?))
               AND merged_into IS NULL GROUP BY thread_id HAVING COUNT(*) > 1""",
            (json.dumps(sorted(set(thread_ids))),),
        )
        return {row["thread_id"] for row in found}

    def linked(self) -> int:
        """How many threads have several stories."""
        found = self._database.conn.execute(
            """SELECT COUNT(*) FROM (SELECT 1 FROM stories WHERE merged_into IS NULL
               GROUP BY thread_id HAVING COUNT(*) > 1)"""
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

    def close_empty(self, thread_id: int, into: int) -> None:
        """The id of a thread leads to another where no story is in it."""
        if not self.story_ids(thread_id):
            self._database.conn.execute(
                "UPDATE threads SET merged_into = :into WHERE id = :id AND id <> :into AND merged_into IS NULL",
                {"into": into, "id": thread_id},
            )

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
        found = rows(
            self._database,
            """SELECT DISTINCT story_id FROM items WHERE first_seen >= ? AND first_seen < ? AND backlog = 0
               AND story_id IS NOT NULL AND feed_id IN (SELECT value FROM json_each(?))""",
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
        """
        wanted = sorted(story_ids)
        by_story: dict[int, list[Item]] = {}
        for item in self._items.of_stories(wanted, subscriptions):
            by_story.setdefault(item.story_id or 0, []).append(item)
        found = rows(
            self._database,
            """SELECT id, thread_id, (SELECT MIN(items.published) FROM stories AS other
                                      JOIN items ON items.story_id = other.id
                                      WHERE other.thread_id = stories.thread_id AND other.merged_into IS NULL
                                      AND items.feed_id IN (SELECT value FROM json_each(:feeds))) AS since
               FROM stories WHERE id IN (SELECT value FROM json_each(:wanted)) ORDER BY first, id""",
            {"wanted": json.dumps(wanted), "feeds": json.dumps(sorted(subscriptions))},
        )
        return [
            Story(row["id"], row["thread_id"], tuple(by_story[row["id"]]), when(row["since"]))
            for row in found
            if row["id"] in by_story
        ]

    # -- what pages read -----------------------------------------------------------------------

    def moved(
        self, since: datetime, subscriptions: Mapping[int, config.Feed], limit: int = -1, offset: int = 0
    ) -> list[int]:
        """Ids of the threads that moved since then and have several reports of those subscriptions, the latest first.

        Reads no more of the stories than the answer needs: most items stand alone.
        """
        found = rows(
            self._database,
            _MOVED,
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
        return {one: end for one in into if (end := self._end(one, into)) is not None}

    def traces(
        self, thread_ids: Collection[int], subscriptions: Mapping[int, config.Feed], digests: Collection[str]
    ) -> dict[int, Trace]:
        """What stands behind each of those threads, by id; for thousands of them at once."""
        threads = json.dumps(sorted(thread_ids))
        told: dict[int, list[int]] = {}
        for row in rows(self._database, _TOLD, {"threads": threads, "digests": json.dumps(sorted(digests))}):
            told.setdefault(row["thread_id"], []).append(row["edition_id"])
        made = {one: Trace(told=len(told.get(one, ())), stamp=_hash(told.get(one))) for one in thread_ids}
        found = rows(self._database, _TRACES, {"threads": threads, "feeds": json.dumps(sorted(subscriptions))})
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
        told = rows(self._database, _TOLD, {"threads": json.dumps([thread_id]), "digests": json.dumps(sorted(digests))})
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

    @staticmethod
    def _end(one: int, into: Mapping[int, int]) -> int | None:
        seen = {one}
        while (following := into.get(one)) is not None:
            if following in seen:
                return None
            seen.add(following)
            one = following
        return one


def _hash(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:20]

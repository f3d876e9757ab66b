"""Editions, frozen before anything is sent, each with its first deliveries (``deliveries`` is their ledger)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ..model import Edition, Mail, Place, Shown, Silence, Window
from .database import Database, immediate, rows
from .times import iso, when

AHEAD = timedelta(hours=3)
"""Times further ahead than this were written by a wrong clock.

More than the hour by which people set a clock back, and less than the day between two editions: one that a wrong clock
brought early must not keep the edition before it from coming.
"""


@dataclass(frozen=True, slots=True)
class FrozenEdition:
    """An edition as it was frozen; ``data`` is its JSON."""

    id: int
    digest: str
    slot: datetime
    window: Window
    day: date
    number: int
    ordinal: int
    page_url: str | None
    """Public address of its page, as it was when the mail was written."""
    data: str
    mail: Mail


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a delivery row is made for."""

    transport: str
    recipient: str
    sender: str
    message_id: str
    unsubscribe: str | None = None
    """Address that ends the subscription."""


class Editions:
    """Regular editions are those with a number above 0: ``kind`` lies behind the bodies, and reading it reads these."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- schedule ------------------------------------------------------------------------------

    def know(self, digest: str, now: datetime, schedule: str | None = None) -> None:
        """Notes when a digest was first seen: no slot before that is ever caught up; and when its ``schedule`` changed.

        A time that lies ahead comes from a clock that was wrong then, and is set right. Where no schedule is known yet,
        that of today held all the time.
        """
        with immediate(self._database):
            self._database.conn.execute(
                """INSERT INTO digests (name, known_since, schedule) VALUES (:name, :now, :schedule)
                   ON CONFLICT (name) DO UPDATE SET
                     known_since = CASE WHEN known_since > :ahead THEN :now ELSE known_since END,
                     schedule_since = CASE WHEN schedule <> :schedule THEN :now ELSE schedule_since END,
                     schedule = COALESCE(:schedule, schedule)
                   WHERE known_since > :ahead OR schedule IS NOT COALESCE(:schedule, schedule)""",
                {"name": digest, "now": iso(now), "ahead": iso(now + AHEAD), "schedule": schedule},
            )

    def schedule_since(self, digest: str, now: datetime) -> datetime | None:
        """When the schedule of a digest changed last; None where it never did, as far as known."""
        row = self._database.conn.execute(
            "SELECT schedule_since FROM digests WHERE name = ? AND schedule_since <= ?", (digest, iso(now + AHEAD))
        ).fetchone()
        return when(row[0]) if row else None

    def handled_until(self, digest: str, now: datetime) -> datetime | None:
        """The latest slot that needs no more thought; None for a digest never seen.

        Slots far ahead were handled by a clock that was wrong: counting them would silence the digest until then.
        """
        row = self._database.conn.execute(
            """SELECT MAX(known_since, CASE WHEN last_slot <= :ahead THEN last_slot ELSE '' END,
                 COALESCE((SELECT MAX(slot) FROM editions WHERE digest = name AND slot <= :ahead), ''))
               FROM digests WHERE name = :name""",
            {"name": digest, "ahead": iso(now + AHEAD)},
        ).fetchone()
        return when(row[0]) if row else None

    def handled(self, digest: str, slot: datetime) -> None:
        """A slot, or a run by hand at that time, brought an edition, or there was nothing new for it."""
        with immediate(self._database):
            self._database.conn.execute("UPDATE digests SET last_slot = ? WHERE name = ?", (iso(slot), digest))

    # -- freezing ------------------------------------------------------------------------------

    def next_window(self, digest: str, now: datetime) -> Window:
        """From the end of the last regular edition's window to now: no other kind holds items, so none takes any away.

        A first window begins 24 hours before the digest was first known, however long its first slot lets wait.
        It ends after every item stored so far, also when the clock stepped back since.
        """
        last = self._database.conn.execute(
            "SELECT MAX(until) FROM editions WHERE digest = ? AND number > 0", (digest,)
        ).fetchone()[0]
        newest = self._database.conn.execute("SELECT MAX(first_seen) FROM items").fetchone()[0]
        until = max(now, when(newest) + timedelta(microseconds=1)) if newest else now
        since = when(last) if last else self._known_since(digest, now) - timedelta(hours=24)
        return Window(min(since, until), until)

    def _known_since(self, digest: str, now: datetime) -> datetime:
        row = self._database.conn.execute("SELECT known_since FROM digests WHERE name = ?", (digest,)).fetchone()
        return min(when(row[0]), now) if row else now

    def next_numbers(self, digest: str, day: str) -> tuple[int, int]:
        """(number, ordinal) of the next regular edition of that local day."""
        number, ordinal = self._database.conn.execute(
            """SELECT COALESCE(MAX(number), 0) + 1, COALESCE(MAX(CASE WHEN day = ? THEN ordinal END), 0) + 1
               FROM editions WHERE digest = ? AND number > 0""",
            (day, digest),
        ).fetchone()
        return int(number), int(ordinal)

    def next_special(self, digest: str, day: str) -> int | None:
        """Number of the next edition of another kind, of which a local day has one at most: None where it has.

        These count -1, -2, -3, and leave the others' numbers alone.
        """
        least, taken = self._database.conn.execute(
            "SELECT MIN(number), MAX(day = ? AND ordinal = 0) FROM editions WHERE digest = ?", (day, digest)
        ).fetchone()
        return None if taken else min(least or 0, 0) - 1

    def silence(self, digest: str, now: datetime) -> Silence:
        """What came last of a digest."""
        slots = {
            row["regular"]: when(row["slot"])
            for row in rows(
                self._database,
                """SELECT number > 0 AS regular, MAX(slot) AS slot FROM editions
                   WHERE digest = :digest AND slot <= :ahead GROUP BY 1""",
                {"digest": digest, "ahead": iso(now + AHEAD)},
            )
        }
        return Silence(self._known_since(digest, now), slots.get(True), max(slots.values(), default=None))

    def exists(self, digest: str, slot: datetime) -> bool:
        found = self._database.conn.execute(
            "SELECT 1 FROM editions WHERE digest = ? AND slot = ?", (digest, iso(slot))
        ).fetchone()
        return found is not None

    def freeze(
        self,
        edition: Edition,
        data: str,
        mail: Mail,
        addressees: Iterable[Addressee],
        now: datetime,
        page_url: str | None = None,
        places: Mapping[int, Place] | None = None,
        readable: int | None = None,
    ) -> int:
        """Writes the edition and one pending delivery an addressee; the caller holds a durable transaction.

        ``places`` say where each new item of its window went, ``readable`` how many its page shows.
        Returns the edition's id.
        """
        cursor = self._database.conn.execute(
            """INSERT INTO editions (digest, slot, day, ordinal, number, since, until, composed, title, items,
               page_url, data, subject, html, text, kind, readable)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                edition.digest, iso(edition.slot), edition.day.isoformat(), edition.ordinal, edition.number,
                iso(edition.window.since), iso(edition.window.until), iso(now), edition.title, edition.items,
                page_url, data, mail.subject, mail.html, mail.text, edition.kind, readable,
            ),
        )  # fmt: skip
        edition_id = int(cursor.lastrowid or 0)
        entries = [*edition.top, *(story for section in edition.sections for story in section.stories)]
        shown = [story for entry in entries for story in (entry, *entry.related)]
        self._database.conn.executemany(
            "INSERT INTO edition_stories (edition_id, story_id, thread_id, items) VALUES (?, ?, ?, ?)",
            [(edition_id, story.story_id, story.thread_id, story.reports) for story in shown],
        )
        self._database.conn.executemany(
            "INSERT INTO edition_items (item_id, edition_id, place) VALUES (?, ?, ?)",
            [(item_id, edition_id, place) for item_id, place in sorted((places or {}).items())],
        )
        self._database.conn.executemany(
            """INSERT INTO deliveries
               (edition_id, transport, recipient, sender, unsubscribe, state, message_id, created, updated)
               VALUES (?, ?, ?, ?, ?, 'pending', ?, ?, ?)""",
            [
                (edition_id, a.transport, a.recipient, a.sender, a.unsubscribe, a.message_id, iso(now), iso(now))
                for a in addressees
            ],
        )
        return edition_id

    # -- reading back --------------------------------------------------------------------------

    def get(self, edition_id: int) -> FrozenEdition:
        return _frozen(rows(self._database, "SELECT * FROM editions WHERE id = ?", (edition_id,))[0])

    def last(self, digest: str) -> FrozenEdition | None:
        """The newest regular edition of a digest."""
        found = rows(
            self._database,
            "SELECT * FROM editions WHERE digest = ? AND number > 0 ORDER BY number DESC LIMIT 1",
            (digest,),
        )
        return _frozen(found[0]) if found else None

    def dated(self, digest: str, day: date | None = None, ordinal: int | None = None) -> list[FrozenEdition]:
        """A digest's regular editions of one local day, or the one of that ordinal; without a day its newest one."""
        found = rows(
            self._database,
            """SELECT * FROM editions WHERE digest = :digest AND number > 0
               AND (:day IS NULL OR day = :day) AND (:ordinal IS NULL OR ordinal = :ordinal)
               ORDER BY number DESC LIMIT CASE WHEN :day IS NULL THEN 1 ELSE -1 END""",
            {"digest": digest, "day": day.isoformat() if day else None, "ordinal": ordinal},
        )
        return [_frozen(row) for row in found]

    def begun(self) -> str:
        """When the first digest was first known: tells one database from another."""
        return str(self._database.conn.execute("SELECT MIN(known_since) FROM digests").fetchone()[0])

    def days(self, digest: str, limit: int) -> list[tuple[date, int]]:
        """(local day, ordinal) of the newest regular editions, for those who named one that is not there."""
        found = self._database.conn.execute(
            "SELECT day, ordinal FROM editions WHERE digest = ? AND number > 0 ORDER BY number DESC LIMIT ?",
            (digest, limit),
        )
        return [(date.fromisoformat(day), ordinal) for day, ordinal in found]

    def shown(self, digest: str, thread_ids: Collection[int]) -> dict[int, Shown]:
        """What the digest's last edition that told of each of those threads showed of it, by thread id.

        Stories that ended since count for those they became part of.
        """
        found = rows(
            self._database,
            """WITH RECURSIVE told(story_id, thread_id) AS (
                 SELECT id, thread_id FROM stories
                 WHERE merged_into IS NULL AND thread_id IN (SELECT value FROM json_each(:threads))
                 UNION SELECT stories.id, told.thread_id FROM stories JOIN told ON stories.merged_into = told.story_id)
               SELECT told.thread_id, editions.number, editions.day, editions.ordinal,
                      COUNT(*) AS stories, SUM(edition_stories.items) AS reports
               FROM told JOIN edition_stories ON edition_stories.story_id = told.story_id
               JOIN editions ON editions.id = edition_stories.edition_id AND editions.digest = :digest
               GROUP BY told.thread_id, editions.id ORDER BY editions.number""",
            {"threads": json.dumps(sorted(thread_ids)), "digest": digest},
        )
        return {
            row["thread_id"]: Shown(
                day=date.fromisoformat(row["day"]),
                ordinal=row["ordinal"],
                stories=row["stories"],
                reports=row["reports"],
            )
            for row in found
        }

    def told(self, digest: str, story_ids: Collection[int]) -> set[int]:
        """Those of the stories that an edition of the digest showed; what ended since counts for what it became."""
        # CROSS JOIN keeps SQLite from trying every edition of the digest, thousands in ten years, for every story.
        found = rows(
            self._database,
            """WITH RECURSIVE told(story_id, now) AS (
                 SELECT value, value FROM json_each(:stories)
                 UNION SELECT stories.id, told.now FROM stories JOIN told ON stories.merged_into = told.story_id)
               SELECT DISTINCT told.now FROM told
               CROSS JOIN edition_stories ON edition_stories.story_id = told.story_id
               CROSS JOIN editions ON editions.id = edition_stories.edition_id AND editions.digest = :digest""",
            {"stories": json.dumps(sorted(story_ids)), "digest": digest},
        )
        return {row["now"] for row in found}

    def places(self, item_id: int) -> list[tuple[FrozenEdition, Place]]:
        """The editions in whose window an item was new, the oldest first, and where each put it."""
        found = rows(
            self._database,
            """SELECT editions.*, edition_items.place FROM edition_items
               JOIN editions ON editions.id = edition_items.edition_id WHERE item_id = ? ORDER BY slot, editions.id""",
            (item_id,),
        )
        return [(_frozen(row), Place(row["place"])) for row in found]

    def covering(self, digest: str, moment: datetime) -> FrozenEdition | None:
        """The regular edition of a digest in whose window a moment lies."""
        found = rows(
            self._database,
            """SELECT * FROM editions WHERE digest = ? AND number > 0 AND since <= ? AND until > ?
               ORDER BY number LIMIT 1""",
            (digest, iso(moment), iso(moment)),
        )
        return _frozen(found[0]) if found else None

    def newest(self) -> dict[str, int]:
        """Id of each digest's newest edition with a page: whether anything came, without reading it."""
        found = rows(  # one step down an index for each digest, whatever there is of each
            self._database,
            """SELECT name, (SELECT id FROM editions WHERE digest = name AND number > 0
                             ORDER BY number DESC LIMIT 1) AS newest FROM digests""",
        )
        return {row["name"]: row["newest"] for row in found if row["newest"] is not None}

    def data(self, digest: str) -> Iterator[str]:
        """The JSON of every edition of a digest with a page, newest first, read one by one."""
        for row in self._database.conn.execute(
            "SELECT data FROM editions WHERE digest = ? AND number > 0 ORDER BY number DESC", (digest,)
        ):
            yield row[0]


def _frozen(row: dict[str, Any]) -> FrozenEdition:
    return FrozenEdition(
        id=row["id"],
        digest=row["digest"],
        slot=when(row["slot"]).astimezone(UTC),
        window=Window(when(row["since"]), when(row["until"])),
        day=date.fromisoformat(row["day"]),
        number=row["number"],
        ordinal=row["ordinal"],
        page_url=row["page_url"],
        data=row["data"],
        mail=Mail(row["subject"], row["html"], row["text"]),
    )

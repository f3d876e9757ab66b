"""What people decided, kept as they decided it; undone decisions stay, with the time they were undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ..model import Decided, Decision, Level, Wishes
from .database import Database, rows
from .times import iso, when


class Decisions:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, decision: Decision) -> Decision:
        """Writes a decision and returns it with its id; the caller holds the transaction."""
        connection = self._database.conn
        cursor = connection.execute(
            """INSERT INTO decisions (kind, made, about, thread_id, until, feed_id, word, outlet)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                decision.kind,
                iso(decision.made),
                decision.about,
                decision.thread_id,
                iso(decision.until),
                decision.feed_id,
                decision.word,
                decision.outlet,
            ),
        )
        number = int(cursor.lastrowid or 0)
        connection.executemany(
            "INSERT INTO decision_items (decision_id, item_id, level, side) VALUES (?, ?, ?, ?)",
            [(number, one.item_id, one.level, one.side) for one in decision.items],
        )
        return replace(decision, id=number)

    def undo(self, decision_id: int, at: datetime) -> None:
        """Marks a decision as undone; what it changed is the caller's to put back."""
        self._database.conn.execute("UPDATE decisions SET undone = ? WHERE id = ?", (iso(at), decision_id))

    def all(self) -> list[Decision]:
        """Every decision ever made, oldest first."""
        items: dict[int, list[Decided]] = {}
        for row in rows(self._database, "SELECT * FROM decision_items ORDER BY decision_id, level, item_id"):
            decided = Decided(row["item_id"], Level(row["level"]), row["side"])
            items.setdefault(row["decision_id"], []).append(decided)
        return [
            Decision(
                id=row["id"],
                kind=row["kind"],
                made=when(row["made"]),
                about=row["about"],
                thread_id=row["thread_id"],
                until=when(row["until"]),
                undone=when(row["undone"]),
                items=tuple(items.get(row["id"], ())),
                feed_id=row["feed_id"],
                word=row["word"],
                outlet=row["outlet"],
            )
            for row in rows(self._database, "SELECT * FROM decisions ORDER BY id")
        ]

    def count(self) -> tuple[int, int]:
        """How many decisions were made, and how many undone: whether anything was decided since."""
        made, undone = self._database.conn.execute("SELECT COUNT(*), COUNT(undone) FROM decisions").fetchone()
        return int(made), int(undone)

    def pauses(self, feed_id: int) -> list[int]:
        """Ids of the decisions by which a feed is paused: one, or none."""
        found = rows(
            self._database,
            "SELECT id FROM decisions WHERE feed_id = ? AND kind = 'pause' AND undone IS NULL",
            (feed_id,),
        )
        return [row["id"] for row in found]

    def muted(self, at: datetime) -> frozenset[int]:
        """Ids of the threads that are muted at a time; an id that leads elsewhere counts for where it leads."""
        return self._threads("mute", at)

    def wishes(self, at: datetime) -> Wishes:
        """All that was decided by then, and holds then, of what editions tell."""
        words: dict[str, list[str]] = {"mute-word": [], "follow-word": [], "star": []}
        for row in rows(
            self._database,
            """SELECT kind, COALESCE(word, outlet) AS about FROM decisions
               WHERE kind IN ('mute-word', 'follow-word', 'star') AND undone IS NULL
               AND made <= :at AND (until IS NULL OR until > :at) ORDER BY id""",
            {"at": iso(at)},
        ):
            words[row["kind"]].append(row["about"])
        return Wishes(
            muted=self._threads("mute", at),
            followed=self._threads("follow", at),
            muted_words=tuple(dict.fromkeys(words["mute-word"])),
            followed_words=tuple(dict.fromkeys(words["follow-word"])),
            stars=frozenset(words["star"]),
        )

    def _threads(self, kind: str, at: datetime) -> frozenset[int]:
        """Where the threads of a kind of decision lead at a time."""
        found = rows(
            self._database,
            """WITH RECURSIVE lead(id, merged_into) AS (
                 SELECT threads.id, threads.merged_into FROM threads JOIN decisions ON decisions.thread_id = threads.id
                 WHERE kind = :kind AND undone IS NULL AND made <= :at AND (until IS NULL OR until > :at)
                 UNION SELECT threads.id, threads.merged_into FROM threads JOIN lead ON threads.id = lead.merged_into)
               SELECT id FROM lead WHERE merged_into IS NULL""",
            {"kind": kind, "at": iso(at)},
        )
        return frozenset(row["id"] for row in found)

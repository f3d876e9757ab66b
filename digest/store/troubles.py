"""What goes wrong with feeds over time: the history of their troubles, hosts to leave alone, addresses that changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from ..model import Condition, Decision, FeedDecision, FeedHealth, FeedState, Incident
from .database import Database, immediate, rows
from .decisions import Decisions
from .times import iso, when

_STAY = """UPDATE feeds SET moved_to = NULL, moved = NULL, merged_into = NULL, stays = :url, leads_to = NULL,
leads_seen = 0, leads_since = NULL, etag = NULL, last_modified = NULL, validators_from = NULL, next_poll = NULL
WHERE id = :id"""
_GO_ON = "UPDATE feeds SET gone = 0, stopped = NULL, next_poll = NULL, held_until = NULL WHERE id = :id"

FINE = frozenset({Condition.NEW, Condition.FINE})


class Troubles:
    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self) -> dict[int, tuple[Condition, str]]:
        """The troubles that are not over: what they are and why, as last told, by feed id."""
        sql = "SELECT feed_id, condition, reason FROM feed_incidents WHERE until IS NULL"
        return {feed_id: (Condition(kind), reason) for feed_id, kind, reason in self._database.conn.execute(sql)}

    def pauses(self) -> dict[str, datetime]:
        """Hosts that were ever told to be left alone as a whole, and until when."""
        return {row["host"]: when(row["until"]) for row in rows(self._database, "SELECT host, until FROM paused_hosts")}

    def pause(self, host: str, until: datetime, now: datetime) -> None:
        """Leaves a host alone; a longer pause that stands already stays."""
        with immediate(self._database):
            self._database.conn.execute(
                """INSERT INTO paused_hosts (host, since, until) VALUES (?, ?, ?)
                   ON CONFLICT (host) DO UPDATE SET until = excluded.until,
                   since = CASE WHEN until < excluded.since THEN excluded.since ELSE since END
                   WHERE until < excluded.until""",
                (host, iso(now), iso(until)),
            )

    def history(self, feed_ids: Iterable[int]) -> list[Incident]:
        """Every trouble of those feeds, the latest first."""
        wanted = set(feed_ids)
        return [
            Incident(
                feed_id=row["feed_id"],
                condition=Condition(row["condition"]),
                since=when(row["since"]),
                reason=row["reason"],
                until=when(row["until"]),
            )
            for row in rows(self._database, "SELECT * FROM feed_incidents ORDER BY since DESC, id DESC")
            if row["feed_id"] in wanted
        ]

    def addresses(self) -> dict[int, tuple[int, str, str | None]]:
        """Of each decision of the program: the feed's id, where it was asked, and where it moved to if it did."""
        found = rows(self._database, "SELECT decision_id, feed_id, old_url, new_url FROM feed_decisions")
        return {row["decision_id"]: (row["feed_id"], row["old_url"], row["new_url"]) for row in found}

    def take_back(self, decision_id: int) -> bool:
        """Undoes what the program decided of a feed; whether the decision was one of these.

        A feed that moved is asked at its old address again and never moved to that new one anew;
        one that was stopped is asked again. The caller holds the transaction.
        """
        found = rows(self._database, "SELECT * FROM feed_decisions WHERE decision_id = ?", (decision_id,))
        for row in found:
            change = _STAY if row["new_url"] else _GO_ON
            self._database.conn.execute(change, {"url": row["new_url"], "id": row["feed_id"]})
        return bool(found)


def go_on(database: Database, feed_ids: Iterable[int], now: datetime) -> None:
    """Feeds that were gone are asked again; the caller holds the transaction."""
    for feed_id in feed_ids:
        database.conn.execute(_GO_ON, {"id": feed_id})
        settle(database, [feed_id], [FeedDecision.STOPPED], now)


def settle(database: Database, feed_ids: Sequence[int], kinds: Sequence[FeedDecision], now: datetime) -> None:
    """What the program decided of those feeds is over: a person changed the configuration since."""
    database.conn.execute(
        """UPDATE decisions SET undone = ? WHERE undone IS NULL AND kind IN (SELECT value FROM json_each(?))
           AND id IN (SELECT decision_id FROM feed_decisions WHERE feed_id IN (SELECT value FROM json_each(?)))""",
        (iso(now), json.dumps(kinds), json.dumps(feed_ids)),
    )


def follow(database: Database, feed_id: int, health: FeedHealth, now: datetime) -> None:
    """Carries a feed's history on: a trouble that began, goes on, turned into another or is over."""
    current = rows(database, "SELECT id, condition FROM feed_incidents WHERE feed_id = ? AND until IS NULL", (feed_id,))
    if current and current[0]["condition"] == health.condition:
        database.conn.execute("UPDATE feed_incidents SET reason = ? WHERE id = ?", (health.reason, current[0]["id"]))
        return
    for row in current:
        database.conn.execute("UPDATE feed_incidents SET until = ? WHERE id = ?", (iso(now), row["id"]))
    if health.condition not in FINE:
        database.conn.execute(
            "INSERT INTO feed_incidents (feed_id, condition, since, reason) VALUES (?, ?, ?, ?)",
            (feed_id, health.condition, iso(health.since or now), health.reason),
        )


def record(database: Database, state: FeedState, kind: FeedDecision, old_url: str, now: datetime) -> None:
    """What the program decides of a feed is a decision, so that people find it with theirs and can take it back."""
    made = Decisions(database).add(Decision(0, kind, now, state.title))
    new_url = state.moved_to if kind is FeedDecision.MOVED else None
    database.conn.execute(
        "INSERT INTO feed_decisions (decision_id, feed_id, old_url, new_url) VALUES (?, ?, ?, ?)",
        (made.id, state.id, old_url, new_url),
    )

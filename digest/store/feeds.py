"""What is remembered of feeds between polls."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from .. import config
from ..model import Condition, FeedDecision, FeedHealth, FeedState, FeedUpdate, Lead, Rhythm
from ..units import host_of
from . import troubles
from .database import Database, immediate, insert, rows
from .times import iso, when

_STATES = """
SELECT feeds.*, (SELECT json_group_array(published) FROM (
    SELECT published FROM items WHERE items.feed_id = feeds.id ORDER BY published DESC LIMIT 20)) AS recent,
    EXISTS (SELECT 1 FROM decisions WHERE feed_id = feeds.id AND kind = 'pause' AND undone IS NULL) AS paused
FROM feeds WHERE id IN (SELECT value FROM json_each(?))
"""


class Feeds:
    def __init__(self, database: Database) -> None:
        self._database = database

    def subscribe(self, feeds: Iterable[config.Feed], now: datetime) -> dict[int, config.Feed]:
        """Makes a row for each configured feed that has none; returns the configured feeds by id, in their order.

        Feeds that left the configuration keep their row and their items; they are only no longer asked.
        """
        wanted = list(feeds)
        known = self._ids(wanted)
        missing = [feed for feed in wanted if feed.url not in known]
        if missing:
            with immediate(self._database):
                added = iso(now)
                insert(self._database, "feeds", [{"url": feed.url, "added": added} for feed in missing], ignore=True)
            known = self._ids(wanted)
        return {known[feed.url]: feed for feed in wanted}

    def mark(self, ids: Iterable[int], now: datetime) -> None:
        """Notes which feeds left the configuration, whose ids are given, and which came back.

        One that came back is not to flood anybody with what it brought meanwhile; who adds one again that was gone
        knows better, so it is asked again.
        """
        wanted = {"ids": json.dumps(sorted(ids)), "now": iso(now)}
        inside = "id IN (SELECT value FROM json_each(:ids))"
        changed = f"SELECT EXISTS (SELECT 1 FROM feeds WHERE (removed IS NULL) != ({inside}))"  # noqa: S608
        if self._database.conn.execute(changed, wanted).fetchone()[0]:
            with immediate(self._database):
                gone = f"SELECT id FROM feeds WHERE removed IS NOT NULL AND stopped IS NOT NULL AND {inside}"  # noqa: S608
                troubles.go_on(self._database, [row["id"] for row in rows(self._database, gone, wanted)], now)
                for statement in (
                    f"UPDATE feeds SET removed = NULL, resumed = 1 WHERE removed IS NOT NULL AND {inside}",  # noqa: S608
                    f"UPDATE feeds SET removed = :now WHERE removed IS NULL AND NOT {inside}",  # noqa: S608
                ):
                    self._database.conn.execute(statement, wanted)

    def hurry(self, ids: Iterable[int], now: datetime) -> None:
        """Ends our own wait for feeds; what their servers asked for stays. The caller holds the transaction."""
        self._database.conn.execute(
            "UPDATE feeds SET next_poll = :now WHERE next_poll > :now AND id IN (SELECT value FROM json_each(:ids))",
            {"ids": json.dumps(sorted(ids)), "now": iso(now)},
        )

    def resume(self, feed_id: int) -> None:
        """What the feed's next document lists counts like that of a first poll; the caller holds the transaction."""
        self._database.conn.execute("UPDATE feeds SET resumed = 1 WHERE id = ?", (feed_id,))

    def former(self) -> list[int]:
        """Ids of the feeds that left the configuration and have items."""
        found = rows(
            self._database,
            """SELECT id FROM feeds WHERE removed IS NOT NULL
               AND EXISTS (SELECT 1 FROM items WHERE items.feed_id = feeds.id)""",
        )
        return [row["id"] for row in found]

    def recent(self, feed_id: int) -> tuple[datetime, ...]:
        """Publisher's dates of a feed's newest stored items, as in its state; the latest first."""
        found = rows(
            self._database, "SELECT published FROM items WHERE feed_id = ? ORDER BY published DESC LIMIT 20", (feed_id,)
        )
        return tuple(when(row["published"]) for row in found)

    def activity(self, ids: Iterable[int], since: datetime) -> dict[int, tuple[int, datetime]]:
        """Feed id to (items published since then, date of the oldest item stored); none for feeds without items."""
        found = rows(
            self._database,
            """SELECT value AS feed_id, (SELECT MIN(published) FROM items WHERE feed_id = value) AS oldest,
                      (SELECT COUNT(*) FROM items WHERE feed_id = value AND published >= ?) AS items
               FROM json_each(?)""",
            (iso(since), json.dumps(sorted(ids))),
        )
        return {row["feed_id"]: (row["items"], when(row["oldest"])) for row in found if row["oldest"]}

    def subscribed(self, feeds: Iterable[config.Feed]) -> dict[int, config.Feed]:
        """As ``subscribe``, without the feeds that were never polled; writes nothing."""
        wanted = list(feeds)
        known = self._ids(wanted)
        return {known[feed.url]: feed for feed in wanted if feed.url in known}

    def titles(self, subscriptions: Mapping[int, config.Feed]) -> dict[int, str]:
        """What each subscription is called, in their order."""
        found = dict(self._database.conn.execute("SELECT id, title FROM feeds").fetchall())
        return {feed_id: label(feed, found[feed_id]) for feed_id, feed in subscriptions.items()}

    def own_titles(self, feed_ids: Collection[int]) -> set[str]:
        """What those feeds call themselves."""
        found = self._database.conn.execute(
            "SELECT title FROM feeds WHERE title IS NOT NULL AND id IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(feed_ids)),),
        )
        return {title for (title,) in found}

    def states(self, subscriptions: dict[int, config.Feed]) -> list[FeedState]:
        """The state of each subscription, in their order."""
        ids = list(subscriptions)
        found = {row["id"]: row for row in rows(self._database, _STATES, (json.dumps(ids),))}
        return [_state(found[feed_id], subscriptions[feed_id]) for feed_id in ids]

    def save(self, update: FeedUpdate, now: datetime) -> None:
        """Writes what a poll changed; the caller holds the transaction.

        ``state.title`` may be the reader's own wording, so the feed's comes beside it.
        """
        state = update.state
        values = {"title": update.own_title, **_columns(state)}
        names = ", ".join(
            f"{name} = COALESCE(:title, title)" if name == "title" else f"{name} = :{name}" for name in values
        )
        self._database.conn.execute(f"UPDATE feeds SET {names} WHERE id = :id", {**values, "id": state.id})  # noqa: S608
        for kind in update.decided:
            troubles.record(self._database, state, kind, update.asked_at or state.url, now)
        if update.health is not None:
            troubles.follow(self._database, state.id, update.health, now)
        if update.remembered is not None:
            self._remember(state.id, update.remembered)

    def remembered(self, feed_id: int) -> bytes:
        """What the last reading of a feed's document said to remember; empty without one."""
        sql = "SELECT remembered FROM readings WHERE feed_id = ?"
        found = self._database.conn.execute(sql, (feed_id,)).fetchone()
        return bytes(found[0]) if found else b""

    def _remember(self, feed_id: int, what: bytes) -> None:
        if what:
            self._database.conn.execute("INSERT OR REPLACE INTO readings VALUES (?, ?)", (feed_id, what))
        else:
            self._database.conn.execute("DELETE FROM readings WHERE feed_id = ?", (feed_id,))

    def exchange_addresses(self, one: int, other: int, now: datetime) -> None:
        """Each feed gets the address of the other, and the first one is configured; the caller holds the transaction.

        Neither row goes, so nothing that points at one is left hanging. The second one is as if it was never asked,
        and what was decided of the first one for its old address is over: a move, an end, a move taken back.
        """
        connection = self._database.conn
        sql = "SELECT url, removed FROM feeds WHERE id = ?"
        (url, gone), (new_url, here) = (connection.execute(sql, (each,)).fetchone() for each in (one, other))
        place = "UPDATE feeds SET url = ?, removed = ? WHERE id = ?"
        connection.execute(place, ("", None, other))  # no two rows may have one address, not even in between
        connection.execute(place, (new_url, here, one))
        connection.execute(place, (url, gone, other))
        connection.execute("UPDATE feeds SET stays = NULL WHERE id = ?", (one,))
        troubles.settle(self._database, [one], list(FeedDecision), now)
        self.save(FeedUpdate(FeedState(other, url, ""), health=FeedHealth(Condition.NEW), remembered=b""), now)

    def _ids(self, feeds: Sequence[config.Feed]) -> dict[str, int]:
        urls = [feed.url for feed in feeds]
        found = rows(
            self._database,
            "SELECT id, url FROM feeds WHERE url IN (SELECT value FROM json_each(?))",
            (json.dumps(urls),),
        )
        return {row["url"]: row["id"] for row in found}


def _columns(state: FeedState) -> dict[str, Any]:
    """What a poll may change of a feed's row."""
    lead, rhythm = state.lead, state.rhythm
    return {
        "site_url": state.site_url,
        "language": state.language,
        "etag": state.etag,
        "last_modified": state.last_modified,
        "validators_from": state.validators_from,
        "body_hash": state.body_hash,
        "asked_whole": iso(state.asked_whole),
        "last_try": iso(state.last_try),
        "last_success": iso(state.last_success),
        "next_poll": iso(state.next_poll),
        "held_until": iso(state.held_until),
        "failures": state.failures,
        "failing_since": iso(state.failing_since),
        "last_status": state.last_status,
        "last_error": state.last_error,
        "least_wait": int(rhythm.wait.total_seconds()),
        "skip_hours": json.dumps(sorted(rhythm.hours)) if rhythm.hours else "[]",
        "skip_days": json.dumps(sorted(rhythm.days)) if rhythm.days else "[]",
        "moved_to": state.moved_to,
        "moved": iso(state.moved),
        "merged_into": state.merged_into,
        "leads_to": lead.url if lead else None,
        "leads_seen": lead.seen if lead else 0,
        "leads_since": iso(lead.since) if lead else None,
        "gone": state.gone,
        "stopped": iso(state.stopped),
        "resumed": int(state.resumed),
    }


def _state(row: dict[str, Any], feed: config.Feed) -> FeedState:
    recent = tuple(when(moment) for moment in json.loads(row["recent"]))
    return FeedState(
        id=row["id"],
        url=row["url"],
        title=label(feed, row["title"]),
        site_url=row["site_url"],
        language=row["language"],
        etag=row["etag"],
        last_modified=row["last_modified"],
        body_hash=row["body_hash"],
        last_try=when(row["last_try"]),
        last_success=when(row["last_success"]),
        next_poll=when(row["next_poll"]),
        held_until=when(row["held_until"]),
        failures=row["failures"],
        failing_since=when(row["failing_since"]),
        last_status=row["last_status"],
        last_error=row["last_error"],
        newest_item=max(recent, default=None),
        private=feed.private,
        paused=bool(row["paused"]),
        resumed=bool(row["resumed"]),
        recent=recent,
        rhythm=Rhythm(
            timedelta(seconds=row["least_wait"]),
            _numbers(row["skip_hours"]),
            _numbers(row["skip_days"]),
        ),
        validators_from=row["validators_from"],
        asked_whole=when(row["asked_whole"]),
        moved_to=row["moved_to"],
        moved=when(row["moved"]),
        merged_into=row["merged_into"],
        lead=Lead(row["leads_to"], row["leads_seen"], when(row["leads_since"])) if row["leads_to"] else None,
        stays=row["stays"],
        gone=row["gone"],
        stopped=when(row["stopped"]),
    )


def _numbers(text: str) -> frozenset[int]:
    """Of a JSON list, which mostly is empty."""
    return frozenset() if text == "[]" else frozenset(json.loads(text))


def label(feed: config.Feed, own_title: str | None) -> str:
    """What a feed is called: the reader's title, its own, its host.

    A private feed's own title may tell what its address hides, so its host stands for it.
    """
    return feed.title or (None if feed.private else own_title) or host_of(feed.url) or "feed"

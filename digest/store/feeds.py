"""What is remembered of feeds between polls."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from .. import config
from ..model import FeedState
from ..units import host_of
from .database import immediate, rows
from .times import iso, when

_STATES = """
SELECT feeds.*, (SELECT MAX(published) FROM items WHERE items.feed_id = feeds.id) AS newest_item,
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
                self._database.table("feeds").insert_all(
                    [{"url": feed.url, "added": iso(now)} for feed in missing], ignore=True
                )
            known = self._ids(wanted)
        return {known[feed.url]: feed for feed in wanted}

    def mark(self, ids: Iterable[int], now: datetime) -> None:
        """Notes which feeds left the configuration, whose ids are given, and which came back.

        One that came back is not to flood anybody with what it brought meanwhile.
        """
        wanted = {"ids": json.dumps(sorted(ids)), "now": iso(now)}
        inside = "id IN (SELECT value FROM json_each(:ids))"
        changed = f"SELECT EXISTS (SELECT 1 FROM feeds WHERE (removed IS NULL) != ({inside}))"  # noqa: S608
        if self._database.conn.execute(changed, wanted).fetchone()[0]:
            with immediate(self._database):
                for statement in (
                    f"UPDATE feeds SET removed = NULL, resumed = 1 WHERE removed IS NOT NULL AND {inside}",  # noqa: S608
                    f"UPDATE feeds SET removed = :now WHERE removed IS NULL AND NOT {inside}",  # noqa: S608
                ):
                    self._database.conn.execute(statement, wanted)

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

    def newest_item(self, feed_id: int) -> datetime | None:
        """The latest publisher's date among the items stored of a feed."""
        row = self._database.conn.execute("SELECT MAX(published) FROM items WHERE feed_id = ?", (feed_id,)).fetchone()
        latest: str | None = row[0]
        return when(latest)

    def activity(self, ids: Iterable[int], since: datetime) -> dict[int, tuple[int, datetime]]:
        """Feed id to (items published since then, date of the oldest item stored); none for feeds without items."""
        found = rows(
            self._database,
            """SELECT feed_id, MIN(published) AS oldest, SUM(published >= ?) AS items FROM items
               WHERE feed_id IN (SELECT value FROM json_each(?)) GROUP BY feed_id""",
            (iso(since), json.dumps(sorted(ids))),
        )
        return {row["feed_id"]: (row["items"], when(row["oldest"])) for row in found}

    def subscribed(self, feeds: Iterable[config.Feed]) -> dict[int, config.Feed]:
        """As ``subscribe``, without the feeds that were never polled; writes nothing."""
        wanted = list(feeds)
        known = self._ids(wanted)
        return {known[feed.url]: feed for feed in wanted if feed.url in known}

    def states(self, subscriptions: dict[int, config.Feed]) -> list[FeedState]:
        """The state of each subscription, in their order."""
        ids = list(subscriptions)
        found = {row["id"]: row for row in rows(self._database, _STATES, (json.dumps(ids),))}
        return [_state(found[feed_id], subscriptions[feed_id]) for feed_id in ids]

    def save(self, state: FeedState, own_title: str | None) -> None:
        """Writes what a poll changed; the caller holds the transaction.

        ``state.title`` may be the reader's own wording, so the feed's comes beside it.
        """
        self._database.conn.execute(
            """UPDATE feeds SET title = COALESCE(?, title), site_url = ?, language = ?, etag = ?, last_modified = ?,
               body_hash = ?, last_try = ?, last_success = ?, next_poll = ?, held_until = ?, failures = ?,
               failing_since = ?, last_status = ?, last_error = ?, resumed = ? WHERE id = ?""",
            (
                own_title, state.site_url, state.language, state.etag, state.last_modified, state.body_hash,
                iso(state.last_try), iso(state.last_success), iso(state.next_poll), iso(state.held_until),
                state.failures, iso(state.failing_since), state.last_status, state.last_error,
                int(state.resumed), state.id,
            ),
        )  # fmt: skip

    def exchange_addresses(self, one: int, other: int) -> None:
        """Each feed gets the address of the other, and the first one is configured; the caller holds the transaction.

        Neither row goes, so nothing that points at one is left hanging.
        """
        connection = self._database.conn
        sql = "SELECT url, removed FROM feeds WHERE id = ?"
        (url, gone), (new_url, here) = (connection.execute(sql, (each,)).fetchone() for each in (one, other))
        place = "UPDATE feeds SET url = ?, removed = ? WHERE id = ?"
        connection.execute(place, ("", None, other))  # no two rows may have one address, not even in between
        connection.execute(place, (new_url, here, one))
        connection.execute(place, (url, gone, other))

    def _ids(self, feeds: Sequence[config.Feed]) -> dict[str, int]:
        urls = [feed.url for feed in feeds]
        found = rows(
            self._database,
            "SELECT id, url FROM feeds WHERE url IN (SELECT value FROM json_each(?))",
            (json.dumps(urls),),
        )
        return {row["url"]: row["id"] for row in found}


def _state(row: dict[str, Any], feed: config.Feed) -> FeedState:
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
        newest_item=when(row["newest_item"]),
        private=feed.private,
        paused=bool(row["paused"]),
        resumed=bool(row["resumed"]),
    )


def label(feed: config.Feed, own_title: str | None) -> str:
    """What a feed is called: the reader's title, its own, its host.

    A private feed's own title may tell what its address hides, so its host stands for it.
    """
    return feed.title or (None if feed.private else own_title) or host_of(feed.url) or "feed"

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
SELECT feeds.*, (SELECT MAX(published) FROM items WHERE items.feed_id = feeds.id) AS newest_item
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
               failing_since = ?, last_status = ?, last_error = ? WHERE id = ?""",
            (
                own_title, state.site_url, state.language, state.etag, state.last_modified, state.body_hash,
                iso(state.last_try), iso(state.last_success), iso(state.next_poll), iso(state.held_until),
                state.failures, iso(state.failing_since), state.last_status, state.last_error, state.id,
            ),
        )  # fmt: skip

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
    )


def label(feed: config.Feed, own_title: str | None) -> str:
    """What a feed is called: the reader's title, its own, its host.

    A private feed's own title may tell what its address hides, so its host stands for it.
    """
    return feed.title or (None if feed.private else own_title) or host_of(feed.url) or "feed"

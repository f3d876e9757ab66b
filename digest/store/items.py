"""Items and their keys; one poll of one feed is written in one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from .. import config
from ..model import (
    EditedItem,
    Enclosure,
    FeedUpdate,
    Item,
    ItemDetail,
    KnownItem,
    NewItem,
    ParsedItem,
    Picture,
    Resembling,
)
from . import keys as keys_of_items
from .counted import total
from .database import Database, immediate, insert, rows
from .feeds import Feeds, label
from .texts import packed, unpacked
from .times import iso, when

AHEAD = timedelta(minutes=10)
"""A publisher's date further ahead than this counts as missing."""

Families = Mapping[str, Sequence[str]]
"""Name of a house to its outlets, as configured."""

NO_FAMILIES: Families = {}

_SELECT = """
SELECT items.id, items.feed_id, items.title, items.url, items.summary, items.outlet, items.language, items.published,
       items.first_seen, items.words, items.backlog, items.story_id, items.source_title, items.source_url,
       items.first_title,
       feeds.title AS feed_title, feeds.url AS feed_url, feeds.language AS feed_language
FROM items JOIN feeds ON feeds.id = items.feed_id
"""

_BY_ID = f"""{_SELECT}
WHERE items.id IN (SELECT value FROM json_each(?)) ORDER BY items.published, items.id
"""  # noqa: S608 (two constants)

_OF_ALL = f"""{_SELECT}
WHERE items.story_id IN (SELECT value FROM json_each(?)) ORDER BY items.published, items.id
"""  # noqa: S608 (two constants)

# The plus keeps SQLite from walking through every item of the feeds.
_OF_STORIES = f"""{_SELECT}
WHERE items.story_id IN (SELECT value FROM json_each(?)) AND +items.feed_id IN (SELECT value FROM json_each(?))
ORDER BY items.published, items.id
"""  # noqa: S608 (two constants)


_ON_PAGES = """
SELECT url, feed_id, story_id FROM items
WHERE url IN (SELECT value FROM json_each(?)) AND story_id IS NOT NULL AND MIN(published, first_seen) >= ?
ORDER BY id
"""


_DETAIL = """
SELECT content_html, summary, url, author, published_text, edited, image_url, image_alt, image_width, image_height,
       enclosure_url, enclosure_type, enclosure_seconds, enclosure_bytes
FROM items WHERE id = ?
"""


class Items:
    def __init__(self, database: Database, feeds: Feeds, families: Families = NO_FAMILIES) -> None:
        self._database = database
        self._families = families
        self._feeds = feeds

    def known(self, feed_id: int, keys: Iterable[str]) -> dict[str, KnownItem]:
        """What is remembered under those keys of one feed."""
        return keys_of_items.known(self._database, feed_id, keys)

    def write(self, update: FeedUpdate, clock: Callable[[], datetime]) -> None:
        """The feed's state, its new and its edited items, and their keys: all or nothing.

        First-seen is taken inside the transaction and never lies before the end of an edition's window:
        windows then join without gap or overlap even when a clock steps back or two processes write in turn.
        """
        with immediate(self._database):
            # What brings no item need not ask where the windows end.
            now = self._after_every_window(clock()) if update.new or update.edited else clock()
            self._insert(update.state.id, update.new, now)
            for edited in update.edited:
                self._edit(update.state.id, edited, now)
            if update.address_of is not None:
                self._feeds.exchange_addresses(update.state.id, update.address_of, now)
            self._feeds.save(update, now)

    def ungrouped(self) -> bool:
        """Whether there is anything for grouping to do: items that it has not seen, or that were edited since."""
        waiting = "SELECT 1 FROM items WHERE story_id IS NULL LIMIT 1", "SELECT 1 FROM items WHERE stale = 1 LIMIT 1"
        return any(self._database.conn.execute(sql).fetchone() for sql in waiting)

    def waiting(self) -> list[int]:
        """Ids of the items that grouping has not seen, as they were published."""
        found = self._database.conn.execute(
            "SELECT id FROM items WHERE story_id IS NULL ORDER BY MIN(published, first_seen), id"
        )
        return [item_id for (item_id,) in found]

    def get(self, item_ids: Iterable[int], subscriptions: Mapping[int, config.Feed] | None = None) -> list[Item]:
        """Those of the items that are stored, oldest first."""
        found = rows(
            self._database,
            _BY_ID,
            (json.dumps(sorted(item_ids)),),
        )
        return [self._item(row, subscriptions or {}) for row in found]

    def detail(self, item_id: int, subscriptions: Mapping[int, config.Feed] | None = None) -> ItemDetail | None:
        """All that is stored of one item; None where there is none of that id."""
        found = self.get([item_id], subscriptions)
        if not found:
            return None
        [row] = rows(self._database, _DETAIL, (item_id,))
        return ItemDetail(
            item=found[0],
            content_html=unpacked(row["content_html"], row["summary"], row["url"]),
            author=row["author"],
            published_text=row["published_text"],
            edited=when(row["edited"]),
            image=_picture(row),
            enclosure=_enclosure(row),
        )

    def of_story(self, story_id: int) -> list[Item]:
        """All items of a story, also those of feeds that are no longer subscribed; oldest first."""
        return self.of_all([story_id])

    def of_all(self, story_ids: Iterable[int]) -> list[Item]:
        """All items of those stories, also those of feeds that are no longer subscribed; oldest first."""
        return [self._item(row, {}) for row in rows(self._database, _OF_ALL, (json.dumps(sorted(story_ids)),))]

    def on_pages(self, pages: Collection[str], since: datetime) -> dict[str, list[tuple[int, int]]]:
        """By page, as ``units.same_page`` writes it: feed and story of the grouped items since then."""
        spelt = {
            f"{scheme}://{www}{page}{slash}": page
            for page in pages
            for scheme in ("https", "http")
            for www in ("", "www.")
            for slash in (("",) if "?" in page else ("", "/"))
        }
        found: dict[str, list[tuple[int, int]]] = {}
        for row in rows(self._database, _ON_PAGES, (json.dumps(list(spelt)), iso(since))):
            found.setdefault(spelt[row["url"]], []).append((row["feed_id"], row["story_id"]))
        return found

    def by_address(self, url: str) -> list[int]:
        """Ids of the items that link to an address, newest first."""
        found = rows(self._database, "SELECT id FROM items WHERE url = ? ORDER BY id DESC", (url,))
        return [row["id"] for row in found]

    def of_outlet(self, told: str, subscriptions: Mapping[int, config.Feed]) -> tuple[str, Item] | None:
        """The newest report of an outlet, told by its key or by its name, after the key as stored; None for none.

        A key comes before a name, which anybody may give to a feed. A feed's title names an outlet where its items are
        its own, not those of many that it gathers.
        """
        named = [told, *self._families.get(told, ())]
        titles = {one.casefold() for one in named}
        titled = [one for one, feed in subscriptions.items() if (feed.title or "").casefold() in titles]
        found = rows(
            self._database,
            f"""{_SELECT} WHERE items.outlet IN (SELECT value FROM json_each(:outlets))
                OR (items.source_url IS NOT NULL AND items.source_title = :told COLLATE NOCASE)
                OR (items.source_url IS NULL AND (items.feed_id IN (SELECT value FROM json_each(:titled))
                    OR feeds.title = :told COLLATE NOCASE))
                ORDER BY items.outlet IN (SELECT value FROM json_each(:outlets)) DESC, items.id DESC
                LIMIT 1""",  # noqa: S608 (a constant)
            {
                "outlets": json.dumps([told.lower(), *named]),
                "told": told,
                "titled": json.dumps(titled),
            },
        )
        return (found[0]["outlet"], self._item(found[0], subscriptions)) if found else None

    def earliest(self, feed_id: int) -> datetime | None:
        """When the first items of a feed were seen; None for a feed without any."""
        sql = "SELECT MIN(first_seen) FROM items WHERE feed_id = ?"
        first: str | None = self._database.conn.execute(sql, (feed_id,)).fetchone()[0]
        return when(first)

    def resembling(self, feed_ids: Iterable[int], urls: Iterable[str], titles: Iterable[str]) -> list[Resembling]:
        """Items of those feeds with one of the addresses or one of the titles, the newest first."""
        found = rows(
            self._database,
            """SELECT feed_id, id AS item_id, title, url, published,
                      (SELECT COUNT(*) FROM items AS all_of WHERE all_of.feed_id = items.feed_id) AS stored
               FROM items WHERE feed_id IN (SELECT value FROM json_each(?))
               AND (url IN (SELECT value FROM json_each(?)) OR title IN (SELECT value FROM json_each(?)))
               ORDER BY id DESC""",
            (json.dumps(sorted(feed_ids)), json.dumps(sorted(urls)), json.dumps(sorted(titles))),
        )
        return [Resembling(**{**row, "published": when(row["published"])}) for row in found]

    def count(self) -> int:
        """All items stored."""
        return total(self._database, "items")

    def count_of(self, feed_ids: Collection[int]) -> int:
        """All items stored of those feeds."""
        sql = "SELECT COUNT(*) FROM items WHERE feed_id IN (SELECT value FROM json_each(?))"
        return int(self._database.conn.execute(sql, (json.dumps(sorted(feed_ids)),)).fetchone()[0])

    def of_feeds(self, item_ids: Iterable[int], feed_ids: Collection[int]) -> set[int]:
        """Those of the items that came from one of those feeds, also of those that an edition told of and that are
        no longer kept."""
        found = self._database.conn.execute(
            """SELECT id FROM items WHERE id IN (SELECT value FROM json_each(:items))
               AND feed_id IN (SELECT value FROM json_each(:feeds))
               UNION SELECT item_id FROM edition_items WHERE item_id IN (SELECT value FROM json_each(:items))
               AND feed_id IN (SELECT value FROM json_each(:feeds))""",
            {"items": json.dumps(sorted(item_ids)), "feeds": json.dumps(sorted(feed_ids))},
        )
        return {number for (number,) in found}

    def seen_since(self, since: datetime, feed_ids: Collection[int]) -> int:
        """How many items of those feeds came in from then on, what a feed brought as backlog not counted."""
        # The plus keeps SQLite from reading all items of those feeds instead of the newest ones of all.
        found = self._database.conn.execute(
            """SELECT COUNT(*) FROM items WHERE first_seen >= ? AND backlog = 0
               AND +feed_id IN (SELECT value FROM json_each(?))""",
            (iso(since), json.dumps(sorted(feed_ids))),
        )
        return int(found.fetchone()[0])

    def newest(self, feed_ids: Collection[int], since: datetime) -> datetime | None:
        """When the newest item of those feeds was first seen; None where none was from then on."""
        found = self._database.conn.execute(
            """SELECT first_seen FROM items WHERE first_seen >= ? AND +feed_id IN (SELECT value FROM json_each(?))
               ORDER BY first_seen DESC LIMIT 1""",
            (iso(since), json.dumps(sorted(feed_ids))),
        ).fetchone()
        return when(found[0]) if found else None

    def moved(self) -> str:
        """Differs whenever an item came in or may have been edited, and once that is grouped."""
        found = self._database.conn.execute(
            """SELECT (SELECT MAX(id) FROM items), (SELECT COUNT(*) FROM items WHERE story_id IS NULL),
                      (SELECT COUNT(*) FROM items WHERE stale = 1), (SELECT MAX(last_success) FROM feeds)"""
        )
        return " ".join(map(str, found.fetchone()))

    def of_stories(self, story_ids: Iterable[int], subscriptions: Mapping[int, config.Feed]) -> list[Item]:
        """The items of those stories that came from those subscriptions, oldest first."""
        found = rows(
            self._database,
            _OF_STORIES,
            (json.dumps(sorted(story_ids)), json.dumps(sorted(subscriptions))),
        )
        return [self._item(row, subscriptions) for row in found]

    def _after_every_window(self, now: datetime) -> datetime:
        last = self._database.conn.execute("SELECT MAX(until) FROM editions").fetchone()[0]
        return max(now, when(last)) if last else now

    def _item(self, row: Mapping[str, Any], subscriptions: Mapping[int, config.Feed]) -> Item:
        """The noun of a row; section, title, privacy and family come from the configuration."""
        feed = subscriptions.get(row["feed_id"])
        feed_title = label(feed, row["feed_title"]) if feed else row["feed_title"] or row["outlet"]
        return Item(
            id=row["id"],
            feed_id=row["feed_id"],
            feed=feed_title,
            title=row["title"],
            url=row["url"],
            summary=row["summary"],
            outlet=config.outlet_key(self._families, row["outlet"], feed),
            outlet_name=(row["source_title"] if row["source_url"] else None) or feed_title,
            language=row["language"] or row["feed_language"] or "und",
            published=when(row["published"]),
            first_seen=when(row["first_seen"]),
            words=row["words"],
            section=feed.section if feed else "",
            backlog=bool(row["backlog"]),
            private=feed.private if feed else False,
            starred=feed.starred if feed else False,
            story_id=row["story_id"],
            first_title=row["first_title"],
        )

    def _insert(self, feed_id: int, new: tuple[NewItem, ...], now: datetime) -> None:
        if not new:
            return
        last = self._database.conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'items'").fetchone()
        first_id = (last[0] if last else 0) + 1
        insert(
            self._database,
            "items",
            (
                {
                    "id": number,
                    "feed_id": feed_id,
                    **_text(one.item),
                    "published": iso(_sane(one.item.published, now)),
                    "published_text": one.item.published_text,
                    "outlet": one.outlet,
                    "first_seen": iso(now),
                    "backlog": int(one.backlog),
                }
                for number, one in enumerate(new, first_id)
            ),
        )
        keys_of_items.remember(
            self._database,
            ((feed_id, key, number, one.fingerprint) for number, one in enumerate(new, first_id) for key in one.keys),
        )

    def _edit(self, feed_id: int, edited: EditedItem, now: datetime) -> None:
        if edited.changed:
            from .search import Search

            self._database.conn.execute(
                "UPDATE items SET first_title = title WHERE id = ? AND first_title IS NULL AND title != ?",
                (edited.item_id, edited.item.title),
            )
            changed = {**_text(edited.item), "edited": iso(now), "stale": 1}
            with Search(self._database).exchanging(edited.item_id):
                self._database.tools.table("items").update(edited.item_id, changed)
        told = ((feed_id, key, edited.item_id, edited.fingerprint) for key in edited.keys)
        keys_of_items.remember(self._database, told)


def _text(item: ParsedItem) -> dict[str, Any]:
    return {
        "title": item.title,
        "url": item.url,
        "summary": item.summary,
        "content_html": packed(item.content_html, item.summary, item.url),
        "words": item.words,
        "author": item.author,
        "language": item.language,
        "source_title": item.source_title,
        "source_url": item.source_url,
        "enclosure_url": item.enclosure_url,
        "enclosure_type": item.enclosure_type,
        "enclosure_seconds": item.enclosure_seconds,
        "enclosure_bytes": item.enclosure_bytes,
        "image_url": item.image.url if item.image else None,
        "image_alt": item.image.alt or None if item.image else None,
        "image_width": item.image.width if item.image else None,
        "image_height": item.image.height if item.image else None,
    }


def _picture(row: Mapping[str, Any]) -> Picture | None:
    if row["image_url"] is None:
        return None
    return Picture(row["image_url"], row["image_alt"] or "", row["image_width"], row["image_height"])


def _enclosure(row: Mapping[str, Any]) -> Enclosure | None:
    """None also for an enclosed picture, which is no file of its own to a reader."""
    if row["enclosure_url"] is None or (row["enclosure_type"] or "").startswith("image/"):
        return None
    return Enclosure(row["enclosure_url"], row["enclosure_type"], row["enclosure_seconds"], row["enclosure_bytes"])


def _sane(published: datetime | None, now: datetime) -> datetime:
    """The publisher's date, or first-seen where it is missing or ahead of the clock; fixed at first sight."""
    if published is None or published > now + AHEAD:
        return now
    return published.astimezone(UTC)

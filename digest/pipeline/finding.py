"""Find: what people say of feeds, sections, outlets and threads, as the search understands it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from ..config import Config
from ..searching import fold
from ..store import Filters, Store


def filters(
    store: Store,
    settings: Config,
    titles: Mapping[int, str],
    *,
    visible: Collection[int] | None = None,
    feed: str = "",
    section: str = "",
    outlet: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    thread: int | None = None,
) -> Filters:
    """What narrows a search; nothing is found where nothing has such a name.

    ``titles`` are those of the feeds that may be named, by id, and ``visible`` the feeds whose items may be found, None
    for all. A feed is named by its number or a part of its title, an outlet by a part of its domain, of its feed's
    title or of the house it belongs to.
    """
    feeds: set[int] | None = None
    if feed:
        number = int(feed) if feed.isascii() and feed.isdigit() and len(feed) < 16 else None
        feeds = {number} if number is not None else _titled(titles, feed)
    if section:
        of_section = {
            feed_id
            for feed_id, one in store.feeds.subscribed(settings.feeds).items()
            if fold(one.section) == fold(section)
        }
        feeds = of_section if feeds is None else feeds & of_section
    part = outlet.strip().lower()
    return Filters(
        visible=visible,
        feeds=feeds,
        outlet=part or None,
        outlets=[one for house, own in settings.families.items() if part and part in house.lower() for one in own],
        named=_titled(titles, part) if part else (),
        since=since,
        until=until,
        thread=None if thread is None else store.threads.final(thread) or 0,
    )


def _titled(titles: Mapping[int, str], part: str) -> set[int]:
    """Ids of the feeds whose title has that part."""
    return {feed_id for feed_id, title in titles.items() if fold(part) in fold(title)}

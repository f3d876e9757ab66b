"""What was frozen, with what is private by now: a feed may become so after editions told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...editions.prepare import withheld
from ...model import Edition
from ...units import host_of
from ..publishing import thaw

if TYPE_CHECKING:
    from . import Site


def opened(site: Site, data: str) -> Edition:
    """The edition, each report of it marked as private whose feed is."""
    edition = thaw(data)
    feeds, names = _private(site)
    if not feeds:
        return edition
    entries = [*edition.top, *(one for section in edition.sections for one in (*section.stories, *section.rest))]
    stories = [one for entry in entries for one in (entry, *entry.related)]
    items = [item.item_id for story in stories for item in (story.lead, *story.others)]
    return withheld(edition, site.store.items.of_feeds(items, feeds), names)


def _private(site: Site) -> tuple[frozenset[int], frozenset[str]]:
    """Ids of the private feeds, and what they are or were called."""
    if "private feeds" not in site.kept:
        known = site.store.feeds.subscribed(site.settings.feeds)
        found = {one: feed for one, feed in known.items() if feed.private}
        names = {name for feed in found.values() for name in (feed.title, host_of(feed.url)) if name}
        names |= site.store.feeds.own_titles(found)
        names -= set(site.store.feeds.titles({one: feed for one, feed in known.items() if one not in found}).values())
        site.kept["private feeds"] = frozenset(found), frozenset(names)
    kept: tuple[frozenset[int], frozenset[str]] = site.kept["private feeds"]
    return kept

"""A feed whose operator wrote another address: which feed's history does it go on with? Pure.

The items tell, not the addresses: a feed that left the configuration and holds what this document lists
was this feed. Links count, and titles that are long enough to be no accident ("Weather" is nobody's own).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..model import ParsedFeed, ParsedItem, Resembling
from .links import without_scheme

TITLE = 12
"""Characters from which a title is evidence."""
SHARE = 3
"""One of so many items must be known: of the document's, or of the former feed's where it has fewer."""


@dataclass(frozen=True, slots=True)
class Predecessor:
    """The feed that an address belongs to."""

    feed_id: int
    twins: Mapping[ParsedItem, int]
    """The document's items that are stored already, with the ids they have there."""


def signs(parsed: ParsedFeed) -> tuple[frozenset[str], frozenset[str]]:
    """(addresses, titles) that a stored item must have one of to resemble one of the document's."""
    bare = {without_scheme(item.url) for item in parsed.items if item.url}
    urls = frozenset(f"{scheme}://{address}" for address in bare for scheme in ("http", "https"))
    return urls, frozenset(item.title for item in parsed.items if len(item.title) >= TITLE)


def predecessor(parsed: ParsedFeed, stored: Iterable[Resembling]) -> Predecessor | None:
    """The feed that holds most of the document, if that is enough to be sure; None without one.

    Two items at least, and a third of the document or of what the former feed holds;
    a feed of one item is known by that item.
    """
    by_feed: dict[int, list[Resembling]] = {}
    for one in stored:
        by_feed.setdefault(one.feed_id, []).append(one)
    found = {feed_id: _twins(parsed, items) for feed_id, items in by_feed.items()}
    sure = [
        feed_id
        for feed_id, twins in found.items()
        if len(twins) * SHARE >= (size := min(len(parsed.items), by_feed[feed_id][0].stored))
        and len(twins) >= min(2, size)
    ]
    best = max(sure, key=lambda feed_id: (len(found[feed_id]), feed_id), default=None)
    return None if best is None else Predecessor(best, found[best])


def _twins(parsed: ParsedFeed, stored: Iterable[Resembling]) -> dict[ParsedItem, int]:
    """Each of the document's items with the stored item that it is: by its link, else by its title; each only once."""
    by_url: dict[str, int] = {}
    by_title: dict[str, list[int]] = {}
    for one in stored:
        if one.url:
            by_url.setdefault(without_scheme(one.url), one.item_id)
        by_title.setdefault(one.title, []).append(one.item_id)
    twins: dict[ParsedItem, int] = {}
    taken: set[int] = set()
    for item in parsed.items:
        twin = by_url.get(without_scheme(item.url)) if item.url else None
        if twin is not None and twin not in taken:
            twins[item] = twin
            taken.add(twin)
    for item in parsed.items:
        named = by_title.get(item.title, []) if len(item.title) >= TITLE and item not in twins else []
        twin = next((one for one in named if one not in taken), None)
        if twin is not None:
            twins[item] = twin
            taken.add(twin)
    return twins

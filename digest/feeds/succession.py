"""Items that are known though no key says so: their feed has another address, or all its ids were rewritten. Pure.

The items tell, not the addresses: a feed that left the configuration and holds what this document lists was this feed.
Links count, and titles that are long enough to be no accident ("Weather" is nobody's own) at about the same time:
"Morning briefing" of today is not that of yesterday.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ..model import NewItem, ParsedFeed, ParsedItem, Resembling
from .links import without_scheme

TITLE = 12
"""Characters from which a title is evidence."""
APART = timedelta(hours=12)
"""Between the dates of one item before and after a feed moved; writers of dates get zones wrong."""
EXACT = timedelta(minutes=1)
"""The same for a feed at its own address, which may well bring one title every hour."""
FEW = 3
"""Fewer new items than this are no rewritten feed."""
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
    found = {feed_id: _twins(parsed, items, APART, undated=True) for feed_id, items in by_feed.items()}
    sure = [
        feed_id
        for feed_id, twins in found.items()
        if len(twins) * SHARE >= (size := min(len(parsed.items), by_feed[feed_id][0].stored))
        and len(twins) >= min(2, size)
    ]
    best = max(sure, key=lambda feed_id: (len(found[feed_id]), feed_id), default=None)
    return None if best is None else Predecessor(best, found[best])


def is_suspicious(parsed: ParsedFeed, new: Sequence[NewItem]) -> bool:
    """Whether so much of a document that is not a feed's first is new that its ids may have been rewritten."""
    listed = len(parsed.items) + (parsed.reading.left_out if parsed.reading else 0)
    return len(new) >= FEW and len(new) * 2 > listed


def rewritten(parsed: ParsedFeed, new: Sequence[NewItem], stored: Iterable[Resembling]) -> Mapping[ParsedItem, int]:
    """The items that seem new and are not, of a feed that gave all of them new guids and links; else empty."""
    fresh = {one.item for one in new}
    twins = {item: known for item, known in _twins(parsed, stored, EXACT, undated=False).items() if item in fresh}
    return twins if len(twins) * 2 > len(new) else {}


def _twins(
    parsed: ParsedFeed, stored: Iterable[Resembling], apart: timedelta, *, undated: bool
) -> dict[ParsedItem, int]:
    """Each of the document's items with the stored item that it is: by its link, else by its title; each only once.

    ``undated``: whether an item without a date is known by its title.
    """
    by_url: dict[str, int] = {}
    by_title: dict[str, list[Resembling]] = {}
    for one in stored:
        if one.url:
            by_url.setdefault(without_scheme(one.url), one.item_id)
        by_title.setdefault(one.title, []).append(one)
    twins: dict[ParsedItem, int] = {}
    taken: set[int] = set()
    for item in parsed.items:
        twin = by_url.get(without_scheme(item.url)) if item.url else None
        if twin is not None and twin not in taken:
            twins[item] = twin
            taken.add(twin)
    for item in parsed.items:
        named = by_title.get(item.title, []) if len(item.title) >= TITLE and item not in twins else []
        for one in named:
            near = undated if item.published is None else abs(item.published - one.published) <= apart
            if near and one.item_id not in taken:
                twins[item] = one.item_id
                taken.add(one.item_id)
                break
    return twins

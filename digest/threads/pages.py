"""Which items are one report: those of several feeds that link to one page.

Rules of this file: addresses and ids only. One feed may link to one page again and again, as live reports do, so
that only another feed's item is a twin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..model import Item
from ..units import same_page

Holders = Mapping[str, Iterable[tuple[int, int]]]
"""By page, as ``page`` writes it: (feed id, story id) of the items that link to it."""


class Pages:
    """The pages that items link to, with the stories that hold those items."""

    def __init__(self, stored: Holders) -> None:
        self._holders = {page: list(holders) for page, holders in stored.items()}

    def twins(self, item: Item) -> list[int]:
        """Ids of stories that hold another feed's item on the same page, in the order they were told."""
        found = self._holders.get(page(item) or "", ())
        return [story_id for feed_id, story_id in found if feed_id != item.feed_id]

    def remember(self, item: Item, story_id: int) -> None:
        told = page(item)
        if told is not None:
            self._holders.setdefault(told, []).append((item.feed_id, story_id))


def page(item: Item) -> str | None:
    """The page an item links to; None without one, and for the front page of a site, which is about everything."""
    told = same_page(item.url) if item.url else ""
    return told if "/" in told or "?" in told else None

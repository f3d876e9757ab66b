"""Which new items are news, and which are stored as already shown. Pure.

First polls, floods, feeds that come back or moved: whoever subscribes to a feed, or whose feed starts to list its whole
archive, wants the news and not the archive. Publishers' dates may tell here, though they decide nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..model import ParsedItem

KEEP = 5
"""Items of a first poll, or of a flood, that count as new."""
FLOOD = 50
"""More new items than this in one poll are a flood, unless their dates say that a busy feed was not asked for long:
whoever runs us once a day must not lose most of what an agency wrote since."""
OLD_FLOOD = 6
"""From this many new items, a majority older than the newest known item is a flood too."""


def backlog(
    fresh: Sequence[ParsedItem], why: str | None, *, newest: datetime | None, now: datetime
) -> tuple[frozenset[int], str | None]:
    """Indexes of the new items that are stored as already shown, and what to tell people.

    ``why``: what makes this poll like a first one, in words; None for all others.
    ``newest`` is the latest publisher's date among the feed's stored items.
    """
    if why is not None:
        what = why
    elif len(fresh) > FLOOD and not _mostly_since(fresh, newest, now):
        what = "unusually many new items"
    elif _mostly_old(fresh, newest, now):
        what = "many old items at once"
    else:
        return frozenset(), None
    if len(fresh) <= KEEP:
        return frozenset(), None
    keep = set(_newest_first(fresh)[:KEEP])
    note = f"{what}: {KEEP} of {len(fresh)} items count as new, the rest is stored as already shown"
    return frozenset(index for index in range(len(fresh)) if index not in keep), note


def older(fresh: Sequence[tuple[ParsedItem, bool]], newest: datetime | None) -> tuple[frozenset[int], str | None]:
    """As ``backlog``, for a feed that moved: what is not later than all that was known is no news.

    Each item comes with whether it stands above the first known one: without a date, it is news then.
    """

    def later(item: ParsedItem, above: bool) -> bool:
        return above if item.published is None else newest is not None and item.published > newest

    found = frozenset(index for index, (item, above) in enumerate(fresh) if not later(item, above))
    items = "1 older item is" if len(found) == 1 else f"{len(found)} older items are"
    told = f"; {items} stored as already shown" if found else ""
    return found, f"known from another address before, its history goes on{told}"


def _mostly_old(fresh: Sequence[ParsedItem], newest: datetime | None, now: datetime) -> bool:
    """Whether most new items are dated before one that was here already."""
    if newest is None or newest > now or len(fresh) < OLD_FLOOD:
        return False
    old = sum(item.published is not None and item.published < newest for item in fresh)
    return old * 2 > len(fresh)


def _mostly_since(fresh: Sequence[ParsedItem], newest: datetime | None, now: datetime) -> bool:
    """Whether most new items are dated after all that was here already."""
    if newest is None or newest > now:
        return False
    later = sum(item.published is not None and newest < item.published <= now for item in fresh)
    return later * 2 > len(fresh)


def _newest_first(fresh: Sequence[ParsedItem]) -> list[int]:
    """By publisher's date where every item has one, else as the document has them: newest first by custom."""
    dates = [item.published for item in fresh if item.published]
    if len(dates) < len(fresh):
        return list(range(len(fresh)))
    return sorted(range(len(fresh)), key=lambda index: (-dates[index].timestamp(), index))

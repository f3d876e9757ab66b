"""Reports as thread and item pages show them: each by itself, copies of one text behind the first that printed it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..editions.cut import clean, cut
from ..editions.phrases import wire_label
from ..editions.reading import minutes
from ..model import Item
from ..threads.voices import voices, wire

TITLE = 80
"""Characters of a text that stand in for a missing title."""
LABEL = 80
"""Characters of a headline where it is only a name for something: in the title of a page, of a feed."""

_WEB = re.compile(r"https?://[^\s\"<>]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Report:
    """One report, fit to show, with what repeats its text."""

    item: Item
    title: str
    """Never empty."""
    outlet: str
    """Its name."""
    url: str | None
    minutes: int | None
    was: str | None
    """Its first headline, where an edit has changed that since."""
    copies: tuple[Report, ...] = ()
    """Those of other outlets that print the same text, oldest first."""
    copied: str = ""
    """``AP copy in 4 outlets``; empty without copies."""

    @property
    def items(self) -> int:
        """Its own and those that repeat it."""
        return 1 + len(self.copies)


Reports = Mapping[int, Sequence[Report]]
"""Those of some stories, by story id."""


def report(item: Item, copies: Sequence[Item] = (), copied: str = "") -> Report:
    was = clean(item.first_title or "")
    return Report(
        item=item,
        title=title_of(item),
        outlet=clean(item.outlet_name),
        url=item.url if item.url and _WEB.fullmatch(item.url) else None,
        minutes=minutes(item.words),
        was=was if was and was != clean(item.title) else None,
        copies=tuple(report(one) for one in copies),
        copied=copied,
    )


def title_of(item: Item) -> str:
    """Its headline; its first words, or its address, where it has none."""
    return clean(item.title) or cut(clean(item.summary), TITLE) or cut(item.url or "", TITLE) or "(no title)"


def reports(items: Sequence[Item]) -> tuple[Report, ...]:
    """The reports of one story, newest first; what only repeats the text of an older one stands behind that."""
    found: list[Report] = []
    for voice in voices(items):
        own = [item for item in voice if item.outlet == voice[0].outlet]
        copies = [item for item in voice if item.outlet != voice[0].outlet]
        text = wire(voice) if copies else None
        found += [
            report(item, copies if item is voice[0] else (), wire_label(text) if text and item is voice[0] else "")
            for item in own
        ]
    return tuple(sorted(found, key=lambda one: (one.item.published, one.item.id), reverse=True))


def copies_of(told: Iterable[Report]) -> frozenset[int]:
    """Ids of the items that only repeat another outlet's text."""
    return frozenset(copy.item.id for one in told for copy in one.copies)

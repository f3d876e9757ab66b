"""Huge days: what of an edition stands on the page of its day, and what goes to pages of its sections.

Rules of this file: nothing is lost, only moved; where a page is short enough nothing moves at all.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ..model import Edition, EditionSection, EditionStory

LINES = 300
"""Stories of one section that one page shows at most."""

FIRST = 100
"""Of a longer section, those that the page of the day shows."""

BYTES = 45_000
"""What the stories of one page may take on the wire, by ``_weight``: the whole page then stays below 50 KB."""

USUAL = 150
"""A day of no more items is one page without being looked at."""


class Line(NamedTuple):
    """A story beyond the page of the day."""

    story: EditionStory
    feed: str | None = None
    """The feed whose fold it stands in, where a cap left it out."""


@dataclass(frozen=True, slots=True)
class Beyond:
    """What of one section goes to pages of its own."""

    section: int
    """Its number on the page, from 1."""
    name: str
    before: int
    """Stories of it that the page of the day shows."""
    pages: tuple[tuple[Line, ...], ...]

    @property
    def stories(self) -> int:
        return sum(map(len, self.pages))

    @property
    def own(self) -> int:
        """Those of them that no cap left out."""
        return sum(line.feed is None for page in self.pages for line in page)

    @property
    def marks(self) -> tuple[int, ...]:
        """Ids of the stories that a mail may point at on the page of the day: they lead others of their thread."""
        return tuple(line.story.story_id for page in self.pages for line in page if line.story.related)


@dataclass(frozen=True, slots=True)
class Split:
    day: Edition
    """As the page of the day shows it; its numbers are still those of the whole edition."""
    beyond: Mapping[int, Beyond]
    """By number of the section; empty on all but huge days."""


def split(edition: Edition) -> Split:
    """The edition on one page, or on several; it is one that was made fit for pages (``editions.prepare``)."""
    if edition.items <= USUAL:
        return Split(edition, {})
    kept, folded = _room(edition)
    sections, beyond = [], {}
    for number, section in enumerate(edition.sections, 1):
        shown, fold = kept[number - 1], folded[number - 1]
        if shown == len(section.stories) and (fold or not section.rest):
            sections.append(section)
            continue
        lines = [*map(Line, section.stories[shown:]), *_by_feed(section)]
        beyond[number] = Beyond(number, section.name, shown, tuple(_pages(lines)))
        sections.append(replace(section, stories=section.stories[:shown], more=(), rest=()))
    return Split(replace(edition, sections=tuple(sections)), beyond)


def _room(edition: Edition) -> tuple[list[int], list[bool]]:
    """How many stories of each section the page of the day shows, dealt in turn, and whether its folds as well."""
    room = BYTES - _sum(edition.top)
    sections = edition.sections
    wanted = [FIRST if len(one.stories) > LINES else len(one.stories) for one in sections]
    kept = [0] * len(sections)
    turn = deque(range(len(sections)))
    while turn:
        index = turn.popleft()
        if kept[index] == wanted[index]:
            continue
        weight = _weight(sections[index].stories[kept[index]])
        if weight <= room:
            room -= weight
            kept[index] += 1
            turn.append(index)
    folded = [False] * len(sections)
    for index, section in enumerate(sections):
        weight = _sum(section.rest)
        if kept[index] == len(section.stories) and len(section.rest) <= LINES and weight <= room:
            folded[index] = True
            room -= weight
    return kept, folded


def _by_feed(section: EditionSection) -> list[Line]:
    """What a cap left out, in the order in which the page would fold it."""
    order = [feed for feed, _ in section.more]
    order += [one.lead.feed for one in section.rest if one.lead.feed not in order]
    return [Line(one, feed) for feed in dict.fromkeys(order) for one in section.rest if one.lead.feed == feed]


def _pages(lines: Sequence[Line]) -> Iterable[tuple[Line, ...]]:
    page: list[Line] = []
    room = BYTES
    for line in lines:
        weight = _weight(line.story)
        if page and (len(page) == LINES or weight > room):
            yield tuple(page)
            page, room = [], BYTES
        page.append(line)
        room -= weight
    if page:
        yield tuple(page)


def _sum(stories: Iterable[EditionStory]) -> int:
    return sum(map(_weight, stories))


def _weight(story: EditionStory) -> int:
    """Bytes that an entry takes on the wire, rather too many than too few.

    An address of letters chosen at random, as aggregators have them, compresses to three quarters, a headline to half.
    """
    reports = (story.lead, *story.others)
    addresses = sum(len(one.url or "") for one in reports)
    words = sum(len(one.title.encode()) for one in reports) + len((story.gist or "").encode())
    return 40 * len(reports) + addresses * 3 // 4 + words // 2 + _sum(story.related)

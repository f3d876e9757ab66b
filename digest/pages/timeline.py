"""The timeline of a thread: its stories with their reports, newest first, in pages that stay small."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from ..editions.gist import gist
from ..editions.headlines import lead
from ..editions.phrases import short_day
from ..model import Link, Story
from .reasons import story_reasons
from .reports import Report, Reports, copies_of, report

PER_PAGE = 60
"""Reports on one page of a timeline; a voice with its copies is never parted."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """One story of a thread, or the part of it that stands on one page."""

    story_id: int
    headline: Report
    """What stands for it."""
    gist: str | None
    gist_outlet: str | None
    reports: tuple[Report, ...]
    """Newest first, the headline's among them."""
    size: int
    """Reports of the whole story, copies too."""
    outlets: int
    """Independent ones."""
    days: str
    """``13 Oct 2023``, ``12–14 Oct 2023``: when its reports came."""
    reasons: tuple[str, ...]
    """Why they are together, a sentence each."""
    continued: bool = False
    """Begun on the page before."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What of a story stands on one page."""

    story: Story
    size: int
    reports: Sequence[Report] | None = None
    """None: all of them."""
    continued: bool = False


def timeline(
    stories: Sequence[Story], told: Reports, links: Mapping[int, Link], zone: ZoneInfo, number: int
) -> tuple[Chapter, ...]:
    """Page ``number`` of the timeline, of as many as ``pages_of`` says; ``told`` are the reports of each story."""
    parts = _pages(stories, told)[number - 1]
    return tuple(_chapter(part, told[part.story.id], links.get(part.story.id), zone) for part in parts)


def pages_of(stories: Sequence[Story], told: Reports) -> int:
    """On how many pages the timeline of these stories stands."""
    return len(_pages(stories, told))


def _pages(stories: Sequence[Story], told: Reports) -> list[list[_Part]]:
    pages: list[list[_Part]] = [[]]
    room = PER_PAGE
    for story in sorted(stories, key=lambda one: (max(item.published for item in one.items), one.id), reverse=True):
        for part in _parts(story, told[story.id], room):
            if pages[-1] and (part.size > room or part.continued):
                pages.append([])
                room = PER_PAGE
            pages[-1].append(part)
            room -= part.size
    return pages


def _parts(story: Story, told: Sequence[Report], room: int) -> Iterable[_Part]:
    """The story itself where it fits, or is short enough to begin a page; else parts that fill pages."""
    if len(story.items) <= max(room, PER_PAGE // 2):
        yield _Part(story, len(story.items))
        return
    part: list[Report] = []
    size, left, continued = 0, room if room > 0 else PER_PAGE, False
    for one in told:
        if part and size + one.items > left:
            yield _Part(story, size, tuple(part), continued)
            part, size, left, continued = [], 0, PER_PAGE, True
        part.append(one)
        size += one.items
    yield _Part(story, size, tuple(part), continued)


def _chapter(part: _Part, told: Sequence[Report], link: Link | None, zone: ZoneInfo) -> Chapter:
    items = part.story.items
    copies = copies_of(told)
    leading = lead(items, copies)
    said = None if part.continued else gist([one for one in items if one.id not in copies] or items, leading.title)
    days = [item.published.astimezone(zone).date() for item in items]
    return Chapter(
        story_id=part.story.id,
        headline=report(leading),
        gist=said[0] if said else None,
        gist_outlet=said[1] if said else None,
        reports=tuple(told if part.reports is None else part.reports),
        size=len(items),
        outlets=len({one.item.outlet for one in told}),
        days=span(min(days), max(days)),
        reasons=() if part.continued else story_reasons(items, link),
        continued=part.continued,
    )


def span(first: date, last: date) -> str:
    """``13 Oct 2023``, ``12–14 Oct 2023``, ``30 Sep – 2 Oct 2023``."""
    if first == last:
        return f"{short_day(last)} {last.year}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{short_day(last)} {last.year}"
    return f"{short_day(first)}{f' {first.year}' if first.year != last.year else ''} – {short_day(last)} {last.year}"

"""The timeline of a thread: its stories with their reports, newest first, in pages that stay small."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from ..editions.gist import gist
from ..editions.headlines import lead
from ..editions.phrases import short_day
from ..model import Link, Story
from .reasons import story_reasons
from .reports import Report, Reports, copies_of, report, reports

PER_PAGE = 80
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


def timeline(
    stories: Sequence[Story], told: Reports, links: Mapping[int, Link], zone: ZoneInfo
) -> tuple[tuple[Chapter, ...], ...]:
    """All pages; at least one. ``told`` are the reports of each story."""
    return _paged([_chapter(story, told[story.id], links.get(story.id), zone) for story in _newest_first(stories)])


def pages_of(stories: Sequence[Story]) -> int:
    """On how many pages the timeline of these stories stands."""
    if sum(len(story.items) for story in stories) <= PER_PAGE:
        return 1
    bare = report(stories[0].items[0])
    return len(
        _paged(
            [
                Chapter(story.id, bare, None, None, reports(story.items), len(story.items), 0, "", ())
                for story in _newest_first(stories)
            ]
        )
    )


def _newest_first(stories: Sequence[Story]) -> list[Story]:
    return sorted(stories, key=lambda one: (max(item.published for item in one.items), one.id), reverse=True)


def _paged(chapters: Iterable[Chapter]) -> tuple[tuple[Chapter, ...], ...]:
    pages: list[list[Chapter]] = [[]]
    room = PER_PAGE
    for whole in chapters:
        for part in _parts(whole, room):
            taken = sum(one.items for one in part.reports)
            if pages[-1] and (taken > room or part.continued):
                pages.append([])
                room = PER_PAGE
            pages[-1].append(part)
            room -= taken
    return tuple(tuple(page) for page in pages)


def _chapter(story: Story, told: Sequence[Report], link: Link | None, zone: ZoneInfo) -> Chapter:
    copies = copies_of(told)
    leading = lead(story.items, copies)
    said = gist([item for item in story.items if item.id not in copies] or story.items, leading.title)
    days = [item.published.astimezone(zone).date() for item in story.items]
    return Chapter(
        story_id=story.id,
        headline=report(leading),
        gist=said[0] if said else None,
        gist_outlet=said[1] if said else None,
        reports=tuple(told),
        size=len(story.items),
        outlets=len({one.item.outlet for one in told}),
        days=span(min(days), max(days)),
        reasons=story_reasons(story.items, link),
    )


def span(first: date, last: date) -> str:
    """``13 Oct 2023``, ``12–14 Oct 2023``, ``30 Sep – 2 Oct 2023``."""
    if first == last:
        return f"{short_day(last)} {last.year}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{short_day(last)} {last.year}"
    return f"{short_day(first)}{f' {first.year}' if first.year != last.year else ''} – {short_day(last)} {last.year}"


def _parts(whole: Chapter, room: int) -> Iterable[Chapter]:
    """The chapter itself where it fits, or is short enough to begin a page; else parts that fill pages."""
    if whole.size <= max(room, PER_PAGE // 2):
        yield whole
        return
    part: list[Report] = []
    left, continued = room if room > 0 else PER_PAGE, False
    for one in whole.reports:
        if part and one.items > left:
            yield _part(whole, part, continued=continued)
            part, left, continued = [], PER_PAGE, True
        part.append(one)
        left -= one.items
    yield _part(whole, part, continued=continued)


def _part(whole: Chapter, part: Sequence[Report], *, continued: bool) -> Chapter:
    if not continued:
        return replace(whole, reports=tuple(part))
    return replace(whole, reports=tuple(part), gist=None, gist_outlet=None, reasons=(), continued=True)

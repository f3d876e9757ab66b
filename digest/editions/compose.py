"""Compose: the stories of a window and the settings of a digest -> one edition.

    marking     which items have a word of the reader's
    weighing    what is new of each story, and how high it may stand
    choosing    top, sections, and what a cap leaves out
    drawing     the stories as they are shown, each with one true reason
    places      where every new item went

What is new is decided by the window over first-seen, never by a publisher's date.
Every new item is shown, beside the report that stands for its story, or counted with the reason why it is not.
The same stories give the same edition in any order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from ..config import Digest
from ..model import (
    Edition,
    EditionSection,
    EditionStory,
    FeedState,
    Marks,
    Omitted,
    Place,
    Story,
    Window,
)
from .choosing import Chosen, choose
from .drawing import Pen, texts
from .notices import answered, asked, notices, troubles
from .reading import minutes_of
from .weighing import Voices, Weighed, Wires, weigh


def compose(
    digest: Digest,
    *,
    slot: datetime,
    ordinal: int,
    number: int,
    window: Window,
    stories: Sequence[Story],
    feeds: Sequence[FeedState],
    voices: Voices,
    wire: Wires,
    next_slot: datetime | None,
    missed: Sequence[datetime] = (),
    sections: Sequence[str] = (),
    muted: Collection[int] = (),
    marks: Marks | None = None,
    seldom: Collection[int] = (),
    followed: Collection[int] = (),
) -> Edition:
    """The edition for ``slot``; one without items when nothing is new.

    ``stories`` may be any that have an item in the window, each with all its items of this digest's feeds.
    ``feeds`` are in the reader's order. ``missed`` are slots that this edition makes up for.
    Sections stand in the digest's order, else that of ``sections``, else that of the feeds.
    Threads in ``muted`` are left out and counted, those in ``followed`` come to the top.
    ``marks`` say which items have a word of the reader's.
    ``seldom`` are ids of feeds that post rarely: their stories stand higher and are never crowded out.
    """
    zone = ZoneInfo(digest.timezone)
    told, omitted = _weighed(stories, window, voices, wire, marks or Marks(), muted, seldom, followed)
    chosen = choose(told, digest, digest.sections or tuple(sections), feeds)
    top, drawn = _drawn(chosen, digest, Pen(window, zone))
    skipped = {one.item_id for one in omitted if one.place is Place.SKIPPED}
    new = {
        item.id: (story.id, item.outlet)
        for story in stories
        for item in story.items
        if not item.backlog and window.since <= item.first_seen < window.until and item.id not in skipped
    }
    rest = [one for part in chosen.sections for entry in part.rest for one in (entry.story, *entry.related)]
    return Edition(
        digest=digest.name,
        title=digest.title,
        slot=slot,
        day=slot.astimezone(zone).date(),
        ordinal=ordinal,
        number=number,
        timezone=digest.timezone,
        language=digest.language,
        window=window,
        top=top,
        sections=drawn,
        items=len(new),
        stories=len({story for story, _ in new.values()}),
        outlets=len({outlet for _, outlet in new.values()}),
        left_out=sum(len(one.new) for one in rest) + len(omitted) - len(skipped),
        minutes=_minutes(digest, top, drawn),
        feeds=len(asked(feeds)),
        feeds_answered=answered(asked(feeds)),
        troubles=troubles(feeds, window, first=number == 1),
        notices=notices(feeds, window, slot, missed, digest.timezone),
        next_slot=next_slot,
        intro=digest.intro,
        footer=digest.footer,
        covers_from=min(missed).astimezone(zone).date() if missed else None,
        omitted=omitted,
    )


def _weighed(
    stories: Iterable[Story],
    window: Window,
    voices: Voices,
    wire: Wires,
    marks: Marks,
    muted: Collection[int],
    seldom: Collection[int],
    followed: Collection[int],
) -> tuple[list[Weighed], tuple[Omitted, ...]]:
    """The stories with something to show, and all new items that are shown nowhere, by id."""
    told: list[Weighed] = []
    omitted: list[Omitted] = []
    for story in stories:
        one, out = weigh(story, window, voices, wire, marks, muted, seldom, followed)
        omitted += out
        if one is not None:
            told.append(one)
    return told, tuple(sorted(omitted, key=lambda one: one.item_id))


def _drawn(chosen: Chosen, digest: Digest, pen: Pen) -> tuple[tuple[EditionStory, ...], tuple[EditionSection, ...]]:
    """Top and sections as they are shown.

    Private feeds are not named among what was left out, since sections are also shown to the public.
    """
    sections = []
    for part in chosen.sections:
        more = Counter(entry.story.lead.feed for entry in part.rest if not entry.story.lead.private)
        sections.append(
            EditionSection(
                part.name,
                tuple(pen.draw(entry) for entry in part.lines),
                more=tuple(sorted(more.items(), key=lambda one: (-one[1], one[0]))),
                blurb=digest.blurbs.get(part.name) if part.name else None,
                rest=tuple(pen.draw(entry) for entry in part.rest),
            )
        )
    return tuple(pen.draw(entry, top=True) for entry in chosen.top), tuple(sections)


def _minutes(digest: Digest, top: Sequence[EditionStory], sections: Sequence[EditionSection]) -> int:
    """To read what the edition says: its stories' headlines, gists and lines, and the operator's own words."""
    own = [digest.intro or "", digest.footer or "", *(section.blurb or "" for section in sections)]
    return minutes_of([*texts([*top, *(story for section in sections for story in section.stories)]), *own])

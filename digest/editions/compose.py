"""Compose: stories with something new, and a digest's settings -> one Edition. Pure and deterministic.

What is new is decided by first-seen and the window alone. Stories that several independent voices report come first,
ranked by how many of them have something new; all others follow as one line each in their section.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ..config import Digest
from ..model import (
    Edition,
    EditionItem,
    EditionSection,
    EditionStory,
    FeedState,
    FeedTrouble,
    Item,
    Story,
    Window,
)
from . import notices, reading
from .cut import cut
from .gist import gist
from .headlines import lead

FEW = 5
"""With fewer new items than this there are no sections, only one list."""

STAND_IN = 80
"""Characters of text that stand in for a missing title."""

Voices = Callable[[Sequence[Item]], tuple[tuple[Item, ...], ...]]
"""Items by independent voice; inside a voice the original comes first, and items of another outlet are copies."""


def compose(
    digest: Digest,
    *,
    slot: datetime,
    ordinal: int,
    number: int,
    window: Window,
    stories: Sequence[Story],
    sections: Sequence[str],
    feeds: Sequence[FeedState],
    voices: Voices,
    next_slot: datetime | None,
    missed: Sequence[datetime] = (),
) -> Edition:
    """The edition for a slot; its ``items`` is 0 when there is nothing new.

    ``stories`` have all their items from this digest's feeds, those of earlier windows too.
    ``sections`` is the order of sections where the digest names none.
    ``missed`` are slots before this one that brought no edition, because nothing ran.
    """
    zone = ZoneInfo(digest.timezone)
    day = slot.astimezone(zone).date()
    told = [_tell(story, new, window, zone, voices) for story in stories if (new := _new(story, window))]
    told.sort(key=lambda one: one.rank)
    items = [item for one in told for item in one.new]
    first = [one for one in told if one.story.voices > 1][: digest.top]
    rest = [one for one in told if one not in first]
    parts, left_out = _sections(rest, digest, digest.sections or tuple(sections), one_list=len(items) < FEW)
    top = tuple(one.story for one in first)
    return Edition(
        digest=digest.name,
        title=digest.title,
        slot=slot,
        day=day,
        ordinal=ordinal,
        number=number,
        timezone=digest.timezone,
        language=digest.language,
        window=window,
        top=top,
        sections=parts,
        items=len(items),
        stories=len(told),
        outlets=len({item.outlet for item in items}),
        left_out=left_out,
        minutes=reading.edition_minutes([*top, *(story for part in parts for story in part.stories)]),
        feeds=len(feeds),
        feeds_answered=sum(1 for feed in feeds if not feed.failures and feed.last_success),
        troubles=tuple(
            FeedTrouble(feed.title, feed.last_error or "no answer", feed.failing_since)
            for feed in feeds
            if feed.failures
        ),
        notices=notices.notices(feeds, missed, zone),
        next_slot=next_slot,
        intro=digest.intro,
        footer=digest.footer,
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """A story as this edition tells it, with what ranks it."""

    story: EditionStory
    new: tuple[Item, ...]
    lead: Item
    rank: tuple[float, ...]


def _new(story: Story, window: Window) -> tuple[Item, ...]:
    return tuple(item for item in story.items if window.since <= item.first_seen < window.until and not item.backlog)


def _tell(story: Story, new: tuple[Item, ...], window: Window, zone: ZoneInfo, voices: Voices) -> _Told:
    """One story: its lead among what is new, who reports it, and why it stands here."""
    groups = voices(story.items)
    copied = frozenset(item.id for group in groups for item in group if item.outlet != group[0].outlet)
    front = lead(new, copied)
    rest = sorted((item for item in new if item is not front), key=lambda item: (item.published, item.id), reverse=True)
    fresh = {item.id for item in new}
    said = gist(new)
    since = min(item.published for item in story.items).astimezone(zone).date()
    day = (max(item.published for item in new).astimezone(zone).date() - since).days + 1
    known = any(item.first_seen < window.since for item in story.items)
    edition_story = EditionStory(
        story_id=story.id,
        thread_id=story.thread_id,
        lead=_item(front, False),
        others=tuple(_item(item, item.id in copied) for item in rest),
        gist=said[0] if said else None,
        gist_outlet=said[1] if said else None,
        outlets=_names(front, groups),
        voices=len(groups),
        copies=sum(1 for item in rest if item.id in copied),
        reports=len(story.items),
        day=day,
        since=since,
        reason=_reason(story, new, day, known),
    )
    fresh_voices = sum(1 for group in groups if any(item.id in fresh for item in group))
    newest = max(item.published for item in new).timestamp()
    return _Told(edition_story, new, front, (-fresh_voices, -len(groups), -newest, story.id))


def _names(front: Item, groups: Sequence[Sequence[Item]]) -> tuple[str, ...]:
    """One name a voice, that of its original; the lead's first. A copy adds none."""
    ordered = sorted(groups, key=lambda group: group[0].outlet != front.outlet)
    return tuple(dict.fromkeys(group[0].outlet_name for group in ordered))


def _reason(story: Story, new: Sequence[Item], day: int, known: bool) -> str | None:
    """The first that holds: it goes on, or several of the reader's feeds have it."""
    if known:
        count = "1 new report" if len(new) == 1 else f"{len(new)} new reports"
        return f"day {day} of this story: {count}" if day > 1 else f"{count} since the last edition"
    if day > 1:
        return f"day {day} of this story"
    feeds = len({item.feed_id for item in story.items})
    return f"in {feeds} of your feeds" if feeds > 2 else None


def _item(item: Item, copy: bool) -> EditionItem:
    return EditionItem(
        item_id=item.id,
        title=item.title or cut(item.summary, STAND_IN) or item.url or "(no title)",
        url=item.url,
        outlet=item.outlet_name,
        feed=item.feed,
        published=item.published,
        language=item.language,
        minutes=reading.minutes(item.words),
        copy=copy,
        private=item.private,
    )


def _sections(
    told: Sequence[_Told], digest: Digest, order: Sequence[str], *, one_list: bool
) -> tuple[tuple[EditionSection, ...], int]:
    """(sections in the reader's order, new items left out): one line a story, so many lines a feed."""
    lines: dict[str, list[EditionStory]] = {} if one_list else {name: [] for name in order}
    more: dict[str, Counter[str]] = {}
    taken: Counter[int] = Counter()
    left_out = 0
    for one in told:
        name = "" if one_list else one.lead.section
        lines.setdefault(name, [])
        if taken[one.lead.feed_id] < digest.per_feed:
            taken[one.lead.feed_id] += 1
            lines[name].append(one.story)
        else:
            more.setdefault(name, Counter())[_public_name(one.lead)] += 1
            left_out += len(one.new)
    return tuple(
        EditionSection(name, tuple(stories), tuple(more.get(name, Counter()).most_common()), digest.blurbs.get(name))
        for name, stories in lines.items()
        if stories or name in more
    ), left_out


def _public_name(item: Item) -> str:
    """What a count may say of a feed; the page shows it to everyone, and a private feed's title may tell a secret."""
    return "a private feed" if item.private else item.feed

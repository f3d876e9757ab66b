"""Compose: the stories of a window and the settings of a digest -> one edition.

What is new is decided by the window over first-seen, never by a publisher's date.
Everything new is either shown, beside the report that stands for its story, or counted as left out.
The same stories give the same edition in any order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from ..config import Digest
from ..model import (
    Edition,
    EditionItem,
    EditionSection,
    EditionStory,
    FeedState,
    Item,
    Shown,
    Story,
    Window,
    Wire,
    edition_path,
)
from .cut import clean, cut
from .gist import gist
from .headlines import lead
from .notices import answered, asked, notices, troubles
from .phrases import MONTHS, plural
from .reading import minutes, minutes_of

FEW = 5
"""With fewer new items an edition is one list."""

TITLE = 80
"""Characters of a text that stand in for a missing title."""

FEEDS_WORTH_TELLING = 3
OVERNIGHT = 2
"""Days: a story of the evening before is on its second day in every morning edition, which says nothing."""

NAMED_OUTLETS = 3

Voices = Callable[[Sequence[Item]], tuple[tuple[Item, ...], ...]]
"""Items by independent voice, oldest voice first, the original first in each."""

Wires = Callable[[Sequence[Item]], Wire | None]
"""The text that one voice of several outlets prints."""


@dataclass(frozen=True, slots=True)
class _Told:
    """A story with something new, weighed."""

    id: int
    thread_id: int
    items: tuple[Item, ...]
    """All so far, oldest first."""
    new: tuple[Item, ...]
    voices: tuple[tuple[Item, ...], ...]
    """Those with a report that is no copy."""
    copies: frozenset[int]
    """Ids of items that only repeat another's text."""
    lead: Item
    wires: tuple[Wire, ...]
    thread_since: datetime | None
    shown: Shown | None

    @property
    def own(self) -> tuple[Item, ...]:
        """The new reports that are no copies."""
        return tuple(item for item in self.new if item.id not in self.copies)

    @property
    def rank(self) -> tuple[int, int, float, int]:
        """The smaller, the higher it stands: independent voices with something new, all voices, freshness, id."""
        own = {item.id for item in self.own}
        speaking = sum(any(item.id in own for item in voice) for voice in self.voices)
        return -speaking, -len(self.voices), -max(item.published.timestamp() for item in self.new), self.id


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
) -> Edition:
    """The edition for ``slot``; one without items when nothing is new.

    ``stories`` may be any that have an item in the window, each with all its items of this digest's feeds.
    ``feeds`` are in the reader's order. ``missed`` are slots that this edition makes up for.
    Sections stand in the digest's order, else that of ``sections``, else that of the feeds.
    Threads in ``muted`` are left out and counted.
    """
    zone = ZoneInfo(digest.timezone)
    weighed = [one for story in stories if (one := _weigh(story, window, voices, wire))]
    told = sorted((one for one in weighed if one.thread_id not in muted), key=lambda one: one.rank)
    new = [item for one in weighed for item in one.new]
    unheard = sum(len(one.new) for one in weighed if one.thread_id in muted)
    order = digest.sections or tuple(sections) or _as_fed(feeds, told)
    top: list[_Told] = []
    if len(new) - unheard >= FEW:
        top = [one for one in told if len(one.voices) > 1 and one.own][: digest.top]
        above = {one.id for one in top}
        rest = _by_section([one for one in told if one.id not in above], order)
    else:
        rest = {"": told} if told else {}
    draw = partial(_draw, window=window, zone=zone)
    top_stories = tuple(draw(one, with_gist=True) for one in top)
    lines, left_out = _lines(rest, digest, draw)
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
        top=top_stories,
        sections=lines,
        items=len(new),
        stories=len(weighed),
        outlets=len({item.outlet for item in new}),
        left_out=left_out + unheard,
        minutes=_minutes([*top_stories, *(story for section in lines for story in section.stories)]),
        feeds=len(asked(feeds)),
        feeds_answered=answered(asked(feeds)),
        troubles=troubles(feeds, window, first=number == 1),
        notices=notices(feeds, window, slot, missed, digest.timezone),
        next_slot=next_slot,
        intro=digest.intro,
        footer=digest.footer,
        covers_from=min(missed).astimezone(zone).date() if missed else None,
    )


# --- Weighing -----------------------------------------------------------------------------------


def _weigh(story: Story, window: Window, voices: Voices, wire: Wires) -> _Told | None:
    """None for a story without news."""
    items = tuple(sorted(story.items, key=lambda item: (item.published, item.id)))
    new = tuple(item for item in items if not item.backlog and window.since <= item.first_seen < window.until)
    if not new:
        return None
    heard = voices(items) if len(items) > 1 else (items,)
    copies = _copies(items, heard)
    own = tuple(voice for voice in heard if any(item.id not in copies for item in voice))
    return _Told(
        id=story.id,
        thread_id=story.thread_id,
        items=items,
        new=new,
        voices=own,
        copies=copies,
        lead=lead(new, copies),
        wires=_wires(heard, copies & {item.id for item in new}, wire),
        thread_since=story.thread_since,
        shown=story.shown,
    )


def _wires(voices: Iterable[Sequence[Item]], fresh_copies: frozenset[int], wire: Wires) -> tuple[Wire, ...]:
    """The texts of several outlets that have new copies."""
    found = []
    for voice in voices:
        copies = tuple(item.id for item in voice if item.id in fresh_copies)
        if copies and (text := wire(voice)) is not None:
            found.append(replace(text, copies=copies))
    return tuple(found)


def _copies(items: Sequence[Item], voices: Iterable[Sequence[Item]]) -> frozenset[int]:
    """Ids of items of another outlet than their voice's original, and of those that only link what another feed had.

    One feed may link one page again and again and mean something new each time.
    """
    found = {item.id for voice in voices for item in voice[1:] if item.outlet != voice[0].outlet}
    feed_of: dict[str, int] = {}
    for item in items:
        if item.url is not None and feed_of.setdefault(item.url, item.feed_id) != item.feed_id:
            found.add(item.id)
    return frozenset(found)


def _as_fed(feeds: Sequence[FeedState], told: Iterable[_Told]) -> tuple[str, ...]:
    """The sections in the order of the feeds that fill them."""
    section = {item.feed_id: item.section for one in told for item in one.items}
    known = [section[feed.id] for feed in feeds if feed.id in section]
    return tuple(dict.fromkeys([*known, *sorted(section.values())]))


def _by_section(told: Iterable[_Told], order: Sequence[str]) -> dict[str, list[_Told]]:
    """Each story in the section of its lead, ranks kept; a section the order does not name comes last."""
    found: dict[str, list[_Told]] = {name: [] for name in order}
    for one in told:
        found.setdefault(one.lead.section, []).append(one)
    return {name: stories for name, stories in found.items() if stories}


# --- Drawing ------------------------------------------------------------------------------------


def _lines(
    rest: dict[str, list[_Told]], digest: Digest, draw: Callable[[_Told], EditionStory]
) -> tuple[tuple[EditionSection, ...], int]:
    """The sections, and how many new items a cap left out.

    A line counts for the feed of its lead. Private feeds are not named among what was left out,
    since sections are also shown to the public; their items count.
    """
    taken: Counter[int] = Counter()
    sections: list[EditionSection] = []
    left_out = 0
    for name, stories in rest.items():
        shown: list[EditionStory] = []
        more: Counter[tuple[str, int]] = Counter()
        for one in stories:
            if taken[one.lead.feed_id] < digest.per_feed:
                taken[one.lead.feed_id] += 1
                shown.append(draw(one))
            else:
                left_out += len(one.new)
                more.update((item.feed, item.feed_id) for item in one.new if not item.private)
        named = sorted(more.items(), key=lambda one: (-one[1], one[0]))
        sections.append(
            EditionSection(
                name,
                tuple(shown),
                more=tuple((feed, count) for (feed, _), count in named),
                blurb=digest.blurbs.get(name) if name else None,
            )
        )
    return tuple(sections), left_out


def _draw(one: _Told, *, window: Window, zone: ZoneInfo, with_gist: bool = False) -> EditionStory:
    others = sorted(
        (item for item in one.new if item is not one.lead), key=lambda item: (-item.published.timestamp(), item.id)
    )
    since = one.items[0].published.astimezone(zone).date()
    newest = max(item.published for item in one.new).astimezone(zone).date()
    day = (newest - since).days + 1
    thread_since = one.thread_since.astimezone(zone).date() if one.thread_since else since
    said = _gist(one) if with_gist else None
    return EditionStory(
        story_id=one.id,
        thread_id=one.thread_id,
        lead=_item(one.lead, one.copies),
        others=tuple(_item(item, one.copies) for item in others),
        gist=said[0] if said else None,
        gist_outlet=said[1] if said else None,
        outlets=_outlets(one),
        voices=len(one.voices),
        copies=sum(item.id in one.copies for item in one.new),
        reports=len(one.items),
        day=day,
        since=since,
        reason=_reason(one, day, window, thread_since if thread_since < since else None),
        wires=one.wires,
        thread_since=thread_since if thread_since < since else None,
        earlier=edition_path(one.shown.day, one.shown.ordinal) if one.shown else None,
        earlier_day=one.shown.day if one.shown else None,
    )


def _item(item: Item, copies: frozenset[int]) -> EditionItem:
    return EditionItem(
        item_id=item.id,
        title=clean(item.title) or cut(clean(item.summary), TITLE) or cut(item.url or "", TITLE) or "(no title)",
        url=item.url,
        outlet=item.outlet_name,
        feed=item.feed,
        published=item.published,
        language=item.language,
        minutes=minutes(item.words),
        copy=item.id in copies,
        private=item.private,
    )


def _gist(one: _Told) -> tuple[str, str] | None:
    """From public reports where they have one: a private report's words go with it from the public page."""
    reports = one.own or one.new
    fresh = {item.id for item in one.new}
    older = [item for item in one.items if item.id not in fresh]
    public = [item for item in reports if not item.private]
    return gist(public, one.lead.title, older) or gist(reports, one.lead.title, older)


def _outlets(one: _Told) -> tuple[str, ...]:
    """Names of the outlets with an own report so far, the lead's first.

    A lead that is a copy stands in for the outlet whose text it repeats.
    An outlet known from older private reports alone is not named, since the public page would name it too.
    """
    original = next((voice[0] for voice in one.voices if one.lead in voice), one.lead)
    named = {one.lead.outlet: one.lead.outlet_name}
    fresh = {item.id for item in one.new}
    for item in one.items:
        if item.id in one.copies or (item.private and item.id not in fresh):
            continue
        if item.outlet != original.outlet or original.outlet == one.lead.outlet:
            named.setdefault(item.outlet, item.outlet_name)
    return tuple(named.values())


def _reason(one: _Told, day: int, window: Window, thread_since: date | None) -> str | None:
    """The first that holds: it goes on, its matter is an older one, it is told by many; None for the rest."""
    fresh = {item.id for item in one.new}
    goes_on = any(item.first_seen < window.since or item.backlog for item in one.items if item.id not in fresh)
    reports = plural(len(one.own), "new report")
    matter = f", thread since {_spoken(thread_since, one)}" if thread_since else ""
    if one.own and day > 1 and (goes_on or day > OVERNIGHT):
        return f"day {day} of this story{matter}: {reports}"
    if one.own and thread_since:
        outlets = plural(len({item.outlet for item in one.own}), "outlet")
        return f"{matter.removeprefix(', ')}: {reports} from {outlets}"
    if one.own and goes_on:
        return f"{reports}, {len(one.items)} in all"
    feeds = {item.feed_id for item in one.items if item.id not in one.copies}
    return f"{len(feeds)} of your feeds" if len(feeds) >= FEEDS_WORTH_TELLING else None


def _spoken(day: date, one: _Told) -> str:
    """``26 July``, with the year where that is another than the story's."""
    spoken = f"{day.day} {MONTHS[day.month - 1]}"
    return spoken if day.year == one.lead.published.year else f"{spoken} {day.year}"


def _minutes(stories: Iterable[EditionStory]) -> int:
    """To read what the edition says: headlines, gists, and the line under each."""
    texts: list[str] = []
    for story in stories:
        texts += [story.lead.title, story.gist or "", *story.outlets[:NAMED_OUTLETS], story.reason or ""]
    return minutes_of(texts)

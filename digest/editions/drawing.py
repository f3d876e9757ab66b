"""Drawing: a weighed story -> the story as an edition shows it, with its gist and one true reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from ..model import EditionItem, EditionStory, Item, Window, edition_path
from ..wanted import is_pattern, source
from .choosing import Entry
from .cut import clean, cut
from .gist import gist
from .phrases import MONTHS, plural
from .reading import minutes
from .weighing import Weighed

TITLE = 80
"""Characters of a text that stand in for a missing title."""

TOPIC = 40
"""Characters of a followed word that a reason repeats."""

NAMED_OUTLETS = 3

FEEDS_WORTH_TELLING = 3
OVERNIGHT = 2
"""Days: a story of the evening before is on its second day in every morning edition, which says nothing."""


@dataclass(frozen=True, slots=True)
class Pen:
    """What every story of one edition is drawn with."""

    window: Window
    zone: ZoneInfo

    def draw(self, entry: Entry, *, top: bool = False, below: bool = False) -> EditionStory:
        """An entry of the edition.

        One on ``top`` has a gist; one ``below`` another of its thread does not name the thread again.
        """
        related = tuple(self.draw(Entry(other), below=True) for other in entry.related)
        one = entry.story
        others = sorted(
            (item for item in one.new if item is not one.lead), key=lambda item: (-item.published.timestamp(), item.id)
        )
        since, day, thread_since = self._days(one)
        said = _gist(one) if top else None
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
            reports=_reports(one),
            day=day,
            since=since,
            reason=self._reason(entry, top=top, below=below),
            public_reason=self._public_reason(entry, top=top, below=below),
            wires=one.wires,
            thread_since=thread_since,
            earlier=edition_path(one.shown.day, one.shown.ordinal) if one.shown else None,
            earlier_day=one.shown.day if one.shown else None,
            related=related,
        )

    def _days(self, one: Weighed) -> tuple[date, int, date | None]:
        """When it began, on which day it is, and since when its thread is there where that is longer."""
        since = one.items[0].published.astimezone(self.zone).date()
        newest = max(item.published for item in one.new).astimezone(self.zone).date()
        begun = one.thread_since.astimezone(self.zone).date() if one.thread_since else since
        return since, (newest - since).days + 1, begun if begun < since else None

    def _reason(self, entry: Entry, *, top: bool, below: bool) -> str | None:
        _, day, thread_since = self._days(entry.story)
        return _reason(entry, day, self.window, None if below else thread_since, top=top, below=below)

    def _public_reason(self, entry: Entry, *, top: bool, below: bool) -> str | None:
        """Why it stands there by its public reports alone; None where there are no others."""
        if not any(item.private for one in (entry.story, *entry.related) for item in one.items):
            return None
        if (one := entry.story.openly) is None:
            return ""
        related = tuple(open_ for other in entry.related if (open_ := other.openly) is not None)
        return self._reason(Entry(one, related), top=top, below=below) or ""


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


def _gist(one: Weighed) -> tuple[str, str] | None:
    """From public reports where they have one: a private report's words go with it from the public page."""
    reports = one.own or one.new
    fresh = {item.id for item in one.new}
    older = [item for item in one.items if item.id not in fresh]
    public = [item for item in reports if not item.private]
    return gist(public, one.lead.title, older) or gist(reports, one.lead.title, older)


def _reports(one: Weighed) -> int:
    """All so far; older private ones do not count where the public page would count them, too."""
    fresh = {item.id for item in one.new}
    shown = any(not item.private for item in one.new)
    return sum(item.id in fresh or not (item.private and shown) for item in one.items)


def _outlets(one: Weighed) -> tuple[str, ...]:
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


# --- Reasons: the first that holds --------------------------------------------------------------


def _reason(entry: Entry, day: int, window: Window, thread_since: date | None, *, top: bool, below: bool) -> str | None:
    """Its thread is followed, it goes on, its matter is older, many tell it, a word is followed, a star had it first.

    That a thread is followed comes before all else: nothing but that may have put it there.
    Of the rest only those on top say why they stand there. That a starred feed was first is told of top stories, and
    of others that several tell: what such a feed alone reports says so by its name.
    """
    one = entry.story
    if one.wanted and one.own and not below:
        own = [item for story in (one, *entry.related) for item in story.own]
        return f"you follow this thread: {plural(len(own), 'new report')}"
    if (going_on := _going_on(entry, day, window, thread_since)) is not None:
        return going_on
    feeds = {item.feed_id for item in one.items if item.id not in one.copies}
    if len(feeds) >= FEEDS_WORTH_TELLING:
        return f"{len(feeds)} of your feeds"
    if one.followed:
        return f"matches “{_topic(one.followed)}”"
    if (top or len(one.voices) > 1) and _had_it_first(one):
        return f"first report from a starred {_star(one.items[0])}"
    return _several(one, len(feeds)) if top else None


def _several(one: Weighed, feeds: int) -> str:
    """Why a story stands on top of which there is nothing better to say."""
    if len(one.voices) > 1:
        # One feed may gather those of many; and several feeds of one outlet are no second opinion.
        return f"{feeds} of your feeds" if feeds > 1 else plural(len(one.voices), "independent outlet")
    if one.starred:
        return f"from a starred {_star(next(item for item in one.own if item.starred))}"
    return plural(len(one.new), "new report")


def _star(item: Item) -> str:
    return "outlet" if item.by_outlet else "feed"


def _going_on(entry: Entry, day: int, window: Window, thread_since: date | None) -> str | None:
    """What is new of a story or a thread that was there before."""
    one = entry.story
    if not one.own:
        return None
    fresh = {item.id for item in one.new}
    goes_on = any(item.first_seen < window.since or item.backlog for item in one.items if item.id not in fresh)
    reports = plural(len(one.own), "new report")
    matter = f"thread since {_spoken(thread_since, one)}" if thread_since else ""
    if day > 1 and (goes_on or day > OVERNIGHT):
        return f"day {day} of this story{f', {matter}' if matter else ''}: {reports}"
    if thread_since:
        # The thread is told as one, so what is new of all its stories counts here.
        own = [item for story in (one, *entry.related) for item in story.own]
        outlets = plural(len({item.outlet for item in own}), "outlet")
        return f"{matter}: {plural(len(own), 'new report')} from {outlets}"
    return f"{reports}, {len(one.items)} in all" if goes_on else None


def _topic(word: str) -> str:
    """A followed word as a reason repeats it; of a pattern what stands between its slashes."""
    return cut(clean(source(word) if is_pattern(word) else word), TOPIC)


def _had_it_first(one: Weighed) -> bool:
    """Whether a starred feed's or outlet's new report is dated before that of any other feed."""
    first = one.items[0]
    others = (item for item in one.items if item.feed_id != first.feed_id)
    return first.starred and first in one.new and all(first.published < item.published for item in others)


def _spoken(day: date, one: Weighed) -> str:
    """``26 July``, with the year where that is another than the story's."""
    spoken = f"{day.day} {MONTHS[day.month - 1]}"
    return spoken if day.year == one.lead.published.year else f"{spoken} {day.year}"


def texts(stories: Iterable[EditionStory]) -> list[str]:
    """What a reader of the edition reads of these stories: headlines, gists, and the line under each."""
    found: list[str] = []
    for story in stories:
        found += [story.lead.title, story.gist or "", *story.outlets[:NAMED_OUTLETS], story.reason or ""]
    return found

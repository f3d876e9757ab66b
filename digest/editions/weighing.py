"""Weighing: what is new of a story, who tells it, and how high it may stand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..model import Item, Marks, Omitted, Place, Shown, Story, Window, Wire
from .cut import clean
from .headlines import lead

FOLLOWED = 2
"""Voices that a followed word or thread counts as: alone above what two outlets tell, and below what four do."""

STARRED = 1
"""Voices that a starred feed counts as, beside its own: alone it stands right after what two outlets tell."""

SELDOM = 1
"""The same for a feed that seldom posts: whoever writes once a week means it."""

Voices = Callable[[Sequence[Item]], tuple[tuple[Item, ...], ...]]
"""Items by independent voice, oldest voice first, the original first in each."""

Wires = Callable[[Sequence[Item]], Wire | None]
"""The text that one voice of several outlets prints."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A story with something new, weighed."""

    id: int
    thread_id: int
    items: tuple[Item, ...]
    """All so far that are not kept out by a word, oldest first."""
    new: tuple[Item, ...]
    voices: tuple[tuple[Item, ...], ...]
    """Those with a report that is no copy."""
    copies: frozenset[int]
    """Ids of items that only repeat another's text."""
    lead: Item
    wires: tuple[Wire, ...]
    thread_since: datetime | None
    shown: Shown | None
    followed: str | None
    """The followed word that one of its new reports has."""
    followed_openly: str | None
    """The same of those that are not private."""
    starred: bool
    """Whether a starred feed has a new report."""
    seldom: bool
    """Whether its lead is of a feed that seldom posts."""
    wanted: bool = False
    """Whether the reader follows its thread."""

    @property
    def own(self) -> tuple[Item, ...]:
        """The new reports that are no copies."""
        return tuple(item for item in self.new if item.id not in self.copies)

    @property
    def weight(self) -> int:
        """Independent voices with something new, and what its words and feeds count as; 0 for copies alone."""
        own = {item.id for item in self.own}
        if not own:
            return 0
        speaking = sum(any(item.id in own for item in voice) for voice in self.voices)
        return (
            speaking + FOLLOWED * (bool(self.followed) or self.wanted) + STARRED * self.starred + SELDOM * self.seldom
        )

    @property
    def worthy(self) -> bool:
        """Whether it may stand on top: news that several tell, or that the reader asked for."""
        return bool(self.own) and (len(self.voices) > 1 or bool(self.followed) or self.starred or self.wanted)

    @property
    def rank(self) -> tuple[int, int, float, int]:
        """The smaller, the higher it stands: weight, all voices, freshness, id."""
        return -self.weight, -len(self.voices), -max(item.published.timestamp() for item in self.new), self.id

    @property
    def openly(self) -> Weighed | None:
        """As its public reports alone tell it; None where none of those is new."""
        new = tuple(item for item in self.new if not item.private)
        if not new:
            return None
        heard = (tuple(item for item in voice if not item.private) for voice in self.voices)
        return replace(
            self,
            items=tuple(item for item in self.items if not item.private),
            new=new,
            voices=tuple(voice for voice in heard if any(item.id not in self.copies for item in voice)),
            lead=new[0] if self.lead.private else self.lead,
            followed=self.followed_openly,
            starred=any(item.starred for item in new if item.id not in self.copies),
        )

    @property
    def held(self) -> bool:
        """Whether no cap may leave it out."""
        return self.starred or self.seldom or self.wanted


def weigh(
    story: Story,
    window: Window,
    voices: Voices,
    wire: Wires,
    marks: Marks,
    muted: Collection[int],
    seldom: Collection[int],
    wanted: Collection[int] = (),
) -> tuple[Weighed | None, tuple[Omitted, ...]]:
    """The story as the words leave it, None where that is nothing new; and the new items that are left out.

    An older item that a word keeps out counts no more either, as if its feed had never had it.
    """
    new = [item for item in story.items if not item.backlog and window.since <= item.first_seen < window.until]
    places = {item.id: _kept_out(item, story, marks, muted) for item in new}
    out = tuple(Omitted(number, place) for number, place in places.items() if place is not None)
    kept = sorted(
        (item for item in story.items if item.id not in marks.skipped and item.id not in marks.muted),
        key=lambda item: (item.published, item.id),
    )
    fresh = tuple(item for item in kept if item.id in places and places[item.id] is None)
    if not fresh:
        return None, out
    heard = voices(kept) if len(kept) > 1 else (tuple(kept),)
    copies = _copies(kept, heard)
    if story.told and {item.id for item in fresh} <= copies | _again(kept, fresh) | _late(heard, fresh, voices):
        return None, (*out, *(Omitted(item.id, Place.REPEATED) for item in fresh))
    own = [item for item in fresh if item.id not in copies]
    leading = lead(fresh, copies, frozenset(item.id for item in fresh if item.starred))
    return Weighed(
        id=story.id,
        thread_id=story.thread_id,
        items=tuple(kept),
        new=fresh,
        voices=tuple(voice for voice in heard if any(item.id not in copies for item in voice)),
        copies=copies,
        lead=leading,
        wires=_wires(heard, copies & {item.id for item in fresh}, wire),
        thread_since=_begun_before(story),
        shown=story.shown,
        followed=_followed(own, marks),
        followed_openly=_followed((item for item in own if not item.private), marks),
        starred=any(item.starred for item in own),
        seldom=leading.feed_id in seldom,
        wanted=story.thread_id in wanted,
    ), out


def _begun_before(story: Story) -> datetime | None:
    """When its thread began, where that was with another story; reports that are kept out began nothing."""
    since = story.thread_since
    return since if since is not None and since < min(item.published for item in story.items) else None


def _kept_out(item: Item, story: Story, marks: Marks, muted: Collection[int]) -> Place | None:
    """Why a new item is shown nowhere; None where it may be."""
    if item.id in marks.skipped:
        return Place.SKIPPED
    if story.thread_id in muted:
        return Place.MUTED_THREAD
    return Place.MUTED_WORD if item.id in marks.muted else None


def _followed(own: Iterable[Item], marks: Marks) -> str | None:
    """The followed word of the oldest report that has one."""
    return next((marks.followed[item.id] for item in own if item.id in marks.followed), None)


def _again(items: Iterable[Item], fresh: Collection[Item]) -> frozenset[int]:
    """Ids of the fresh items with which an outlet says word by word what it said before."""
    new = {item.id for item in fresh}
    said = {_words(item) for item in items if item.id not in new}
    return frozenset(item.id for item in fresh if clean(item.title) and _words(item) in said)


def _late(heard: Iterable[Sequence[Item]], fresh: Collection[Item], voices: Voices) -> frozenset[int]:
    """Ids of fresh items whose text another outlet had printed before they came, though they are dated before it."""
    new = {item.id for item in fresh}
    return frozenset(
        item.id
        for voice in heard
        for item in voice
        if item.id in new
        and any(one.id not in new and one.outlet != item.outlet and len(voices((one, item))) == 1 for one in voice)
    )


def _words(item: Item) -> tuple[str, str, str]:
    return item.outlet, " ".join(item.title.casefold().split()), " ".join(item.summary.casefold().split())


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

"""Choosing: what stands on top, what in which section, and what a cap leaves out.

One entry tells one thread. A feed takes no more than its share of lines, unless it is starred or seldom posts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..config import Digest
from ..model import FeedState
from .weighing import Weighed

FEW = 5
"""With fewer new items an edition is one list."""

FLOOR = 10
"""Entries below which no cap cuts: so many are read in a minute, and saving half of one serves nobody.
It is what the default cap lets a single feed have."""

ALONE = 2
"""Top entries that one feed alone can bring by being starred or followed: the top is for matters, not for feeds."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A thread with something new: its highest story, and the others folded below."""

    story: Weighed
    related: tuple[Weighed, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One section."""

    name: str
    """Empty when there is so little that one list does."""
    lines: tuple[Entry, ...]
    rest: tuple[Entry, ...]
    """What a cap left out."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Where each entry stands, the highest first everywhere."""

    top: tuple[Entry, ...]
    sections: tuple[Part, ...]


def choose(told: Sequence[Weighed], digest: Digest, order: Sequence[str], feeds: Sequence[FeedState]) -> Chosen:
    """Places every story; ``order`` names the sections, else they stand as their feeds do."""
    entries = _by_thread(told)
    if sum(len(one.new) for one in told) < FEW:
        top: tuple[Entry, ...] = ()
        rest = {"": entries} if entries else {}
    else:
        top = _top(entries, digest.top)
        above = {entry.story.thread_id for entry in top}
        below = [entry for entry in entries if entry.story.thread_id not in above]
        rest = _by_section(below, order or _as_fed(feeds, told))
    out = _beyond_caps(rest, digest.per_feed, room=FLOOR - len(top))
    return Chosen(
        top,
        tuple(
            Part(
                name,
                lines=tuple(entry for entry in found if entry.story.id not in out),
                rest=tuple(entry for entry in found if entry.story.id in out),
            )
            for name, found in rest.items()
        ),
    )


def _by_thread(told: Sequence[Weighed]) -> list[Entry]:
    """One entry a thread, led by its highest story that may stand on top, else by its highest."""
    threads: dict[int, list[Weighed]] = {}
    for one in sorted(told, key=lambda one: (not one.worthy, one.rank)):
        threads.setdefault(one.thread_id, []).append(one)
    entries = [Entry(first, tuple(others)) for first, *others in threads.values()]
    return sorted(entries, key=lambda entry: entry.story.rank)


def _top(entries: Sequence[Entry], places: int) -> tuple[Entry, ...]:
    """The highest that may stand there, in their order; a thread that the reader follows always has a place."""
    alone: Counter[int] = Counter()
    found: list[Entry] = []
    for entry in sorted(entries, key=lambda entry: not entry.story.wanted):
        story = entry.story
        if len(found) == places or not story.worthy:
            continue
        if len(story.voices) < 2 and not story.wanted:
            if alone[story.lead.feed_id] == ALONE:
                continue
            alone[story.lead.feed_id] += 1
        found.append(entry)
    return tuple(sorted(found, key=lambda entry: entry.story.rank))


def _as_fed(feeds: Sequence[FeedState], told: Iterable[Weighed]) -> tuple[str, ...]:
    """The sections in the order of the feeds that fill them."""
    section = {item.feed_id: item.section for one in told for item in one.items}
    known = [section[feed.id] for feed in feeds if feed.id in section]
    return tuple(dict.fromkeys([*known, *sorted(section.values())]))


def _by_section(entries: Iterable[Entry], order: Sequence[str]) -> dict[str, list[Entry]]:
    """Each entry in the section of its lead, ranks kept; a section the order does not name comes last."""
    found: dict[str, list[Entry]] = {name: [] for name in order}
    for entry in entries:
        found.setdefault(entry.story.lead.section, []).append(entry)
    return {name: some for name, some in found.items() if some}


def _beyond_caps(sections: dict[str, list[Entry]], per_feed: int, room: int) -> frozenset[int]:
    """Ids of the leading stories that are left out: those beyond their feed's share, while ``room`` lines stay filled.

    A line counts for the feed of its lead, over all sections.
    """
    taken: Counter[int] = Counter()
    out: list[Weighed] = []
    lines = 0
    for story in (entry.story for entries in sections.values() for entry in entries):
        if story.held or taken[story.lead.feed_id] < per_feed:
            taken[story.lead.feed_id] += 1
            lines += 1
        else:
            out.append(story)
    back = max(room - lines, 0)
    return frozenset(story.id for story in sorted(out, key=lambda one: one.rank)[back:])

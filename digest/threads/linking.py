"""Stories into topic threads: the stories of one developing matter, over weeks and months.

Rules of this file: a wrong link is worse than a missing one; a link never makes two stories one, and never joins
two threads of several stories each; nothing of a story is kept but the share of its items that use each term.

The way of one story:
1. it is judged when it first has two voices, and again when it grew by an eighth and is still alone in its thread;
2. it is compared with the threads that have a story within the window, each thread as the mean of its stories;
3. it joins the likeliest one that is near enough, see ``likeness``;
4. once linked it stays, whatever it grows into, until a person decides otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from math import sqrt

from ..model import Bounds, Item, Likeness, Link, Mark, NameCounts, Profile, TermCounts
from .likeness import LOWEST, Space, rarity, reaches
from .recall import at_hand
from .words import terms as weights

WINDOW = timedelta(days=180)
"""A thread that was silent for longer takes no more stories."""

VOICES = 2
"""A story of fewer is not linked: one report alone is too often about something else."""

PROFILE_TERMS = 300
"""Terms kept of a story; cut to 40, cosines fall."""

LOOKUP_TERMS = 12
"""Terms by which a story is found."""

LOOKUP_SHARED = 2
"""A story is compared with the threads of those that share that many of them."""

_TOLD = 2
"""Threads that are measured even where none is near: the likeliest and the runner-up, to tell."""

NOTHING_DECIDED = Bounds()


def profile(
    items: Sequence[Item], terms: Mapping[str, TermCounts], *, story_id: int, thread_id: int, voices: int
) -> Profile:
    """What a story is about, from all its items as they are now.

    ``terms`` holds at least the counts of the items' terms.
    Raises ValueError where there is no item.
    """
    if not items:
        raise ValueError(f"story {story_id} has no item to make a profile of")
    uses: dict[str, int] = {}
    for item in items:
        for term in weights(item.title, item.summary, item.language, outlet=item.outlet_name):
            uses[term] = uses.get(term, 0) + 1
    language = items[0].language
    counts = terms.get(language, TermCounts(0, {}))
    counts = TermCounts(counts.documents, at_hand(counts.counts, uses))
    order = sorted(uses, key=lambda term: (-sqrt(uses[term]) * rarity(counts, term, language), term))
    times = [min(item.published, item.first_seen) for item in items]
    return Profile(
        story_id=story_id,
        thread_id=thread_id,
        language=language,
        first=min(times),
        last=max(times),
        voices=voices,
        terms={term: round(uses[term] / len(items), 4) for term in order[:PROFILE_TERMS]},
    )


def lookup_terms(story: Profile, names: Mapping[str, NameCounts], terms: Mapping[str, TermCounts]) -> tuple[str, ...]:
    """The heaviest names of a story, at most ``LOOKUP_TERMS``: what to find by it, and it by."""
    space = Space(story.language, names, terms)
    return tuple(islice(space.names(space.vector(story)), LOOKUP_TERMS))


def link(
    changed: Iterable[Profile],
    known: Iterable[Profile],
    names: Mapping[str, NameCounts],
    terms: Mapping[str, TermCounts],
    *,
    window: timedelta = WINDOW,
    bounds: Bounds = NOTHING_DECIDED,
) -> tuple[Link, ...]:
    """Which thread each of the ``changed`` stories belongs to now, in the order they were judged: oldest first.

    ``known`` holds the other stories of their threads, all stories of the threads they may join, and those that
    share a decision with them; a story that is in both counts as it is in ``changed``.
    ``names`` and ``terms`` hold at least the counts of all their terms.
    ``bounds.stories`` is what people decided of threads: marks of side 0 put stories into one thread; of sides 1 and
    -1, never into one, and the one with side 1 leaves. The later decision wins, and any wins over likeness.
    """
    now = {story.story_id: story for story in changed}
    run = _Run(names, terms, window, bounds.stories, waiting=set(now))
    for story in (*known, *now.values()):
        run.remember(now.get(story.story_id, story))
    return tuple(run.judge(story) for story in sorted(now.values(), key=lambda one: (one.first, one.story_id)))


@dataclass(frozen=True, slots=True)
class _Judged:
    """A thread as compared with one story."""

    thread_id: int
    likeness: Likeness
    bars: Likeness
    shared: tuple[tuple[str, float], ...]
    verdict: Mark | None

    @property
    def enough(self) -> bool:
        return reaches(self.likeness, self.bars)

    @property
    def order(self) -> tuple[bool, float, int]:
        return self.enough, self.likeness.all, -self.thread_id


class _Run:
    """The threads while a run lasts."""

    def __init__(
        self,
        names: Mapping[str, NameCounts],
        terms: Mapping[str, TermCounts],
        window: timedelta,
        marks: Mapping[int, frozenset[Mark]],
        waiting: set[int],
    ) -> None:
        self._names, self._terms = names, terms
        self._window = window
        self._marks = marks
        self._waiting = waiting
        """Stories still to be judged: alone, they find others and are not found, as if they came after."""
        self._threads: dict[int, dict[int, Profile]] = {}
        self._spaces: dict[str, Space] = {}

    def remember(self, story: Profile) -> None:
        self._threads.setdefault(story.thread_id, {})[story.story_id] = story

    def judge(self, story: Profile) -> Link:
        """The story's link; it is in its new thread afterwards."""
        self._waiting.discard(story.story_id)
        before = story.thread_id
        alone = len(self._threads[before]) == 1
        verdicts = {thread_id: self._verdict(story, thread_id) for thread_id in self._threads}
        together = [
            (mark.decision, thread_id == before, -thread_id)
            for thread_id, mark in verdicts.items()
            if mark is not None and mark.side == 0
        ]
        if together:
            decision, _, negative = max(together)
            found = Link(story.story_id, before, -negative, decision=decision)
        elif alone or (own := verdicts[before]) is None or own.side == -1:
            found = self._likeliest(story, verdicts) if alone else Link(story.story_id, before, before)
        else:
            found = replace(self._likeliest(story, verdicts), decision=own.decision)
            if found.thread_id == before:
                found = replace(found, thread_id=None)
        self._put(story, found.thread_id)
        return found

    def _likeliest(self, story: Profile, verdicts: Mapping[int, Mark | None]) -> Link:
        """Into the likeliest thread that is near enough and not forbidden, else where the story is."""
        judged = self._compared(story, verdicts)
        if not judged:
            return Link(story.story_id, story.thread_id, story.thread_id)
        allowed = next((one for one in judged if one.enough and one.verdict is None), None)
        told = allowed or judged[0]
        second = next((one for one in judged if one is not told), None)
        kept_out = judged[0].verdict if judged[0].enough else None
        return Link(
            story.story_id,
            story.thread_id,
            allowed.thread_id if allowed else story.thread_id,
            nearest=told.thread_id,
            likeness=told.likeness,
            bars=told.bars,
            shared=told.shared,
            second=second.thread_id if second else None,
            second_likeness=second.likeness if second else None,
            decision=kept_out.decision if kept_out else None,
        )

    def _put(self, story: Profile, thread_id: int | None) -> None:
        if thread_id != story.thread_id:
            del self._threads[story.thread_id][story.story_id]
            if thread_id is not None:
                self.remember(replace(story, thread_id=thread_id))

    def _verdict(self, story: Profile, thread_id: int) -> Mark | None:
        """The latest decision on the story and another of the thread, with the story's side of it."""
        mine = self._marks.get(story.story_id)
        if not mine:
            return None
        facing = {
            Mark(mark.decision, -mark.side)
            for other in self._threads[thread_id]
            if other != story.story_id
            for mark in self._marks.get(other, ())
        }
        return max(mine & facing, default=None)

    def _compared(self, story: Profile, verdicts: Mapping[int, Mark | None]) -> list[_Judged]:
        """The threads that could take the story, likeliest first; none where it has too few voices."""
        found: list[_Judged] = []
        if story.voices < VOICES:
            return found
        space = self._spaces.setdefault(story.language, Space(story.language, self._names, self._terms))
        near: list[tuple[float, int, list[Profile]]] = []
        for thread_id, stories in self._threads.items():
            if thread_id == story.thread_id or (len(stories) == 1 and not self._waiting.isdisjoint(stories)):
                continue
            speaking = [one for one in stories.values() if self._within(story, one)]
            if speaking:
                near.append((-space.nearness(story, speaking), thread_id, speaking))
        for rank, (negative, thread_id, speaking) in enumerate(sorted(near, key=lambda one: one[:2])):
            if rank >= _TOLD and -negative < LOWEST:
                break
            likeness, shared = space.likeness(story, speaking)
            bars = space.bars(story, likeness)
            found.append(_Judged(thread_id, likeness, bars, shared, verdicts[thread_id]))
        return sorted(found, key=lambda one: one.order, reverse=True)

    def _within(self, story: Profile, other: Profile) -> bool:
        """Whether the other speaks for its thread: same language, heard of by several, not too long ago."""
        apart = max(story.first - other.last, other.first - story.last)
        return other.language == story.language and other.voices >= VOICES and apart <= self._window

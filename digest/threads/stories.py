"""Items into stories: a stream, one language at a time, nothing but sums of term vectors remembered.

Rules of this file: no text is kept, no clock is asked, no argument is changed, and the same items with the
same stories and counts always give the same grouping, whatever order they come in.

The way of one item:
1. its terms, weighted by how rare they are so far, as a vector of length 1;
2. the stories that share a heavy term with it and have not retired, the likeliest few;
3. each one's score: cosine of the item with the story's sum, each shared term as rare as it is outside that story;
   less the longer the story was silent, and less for an item of many words;
4. the best one takes it when its score and its lead over the runner-up together reach the bar;
5. after a join, a story close to the joined one becomes part of it.
What a person decided comes before all of that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import exp, sqrt

from ..model import Bounds, Grouping, Item, Mark, Placement, StoryState, TermCounts
from .bounds import Held, apart, decisions, together
from .growing import HOUR, Growing, Live
from .rarity import Learned, rarity, weighted
from .words import terms as weights

RETIRES_AFTER = timedelta(hours=72)
"""A story takes no item published that long after its newest, or that long before its oldest."""

BARS = {"careful": 0.42, "normal": 0.37, "eager": 0.33}
"""What a score must reach where 200 stories are live: careful joins only what is sure, eager joins more, errs more."""

_RIVALS, _FEWEST, _RIVALRY = 200, 35, 0.2
"""The bar grows with the number of live stories to that power, from so few on: chance likeness grows with them."""

_TERMS, _SHORTEST, _LONGEST, _BREVITY = 16, 4, 32, 0.25
"""A score falls with the number of an item's terms to that power, between shortest and longest: many words share
more by chance, while a headline alone has few to share."""

_WORDS, _ALIKE = 3, 0.25
"""Fewer words in common are chance, unless they are so much of what both say."""

_OWN = 0.75
"""Share of a story's own uses of a term that do not make it common: a big story makes its own name frequent, and
against the rest of the stream it is as telling as ever."""

NOTHING_DECIDED = Bounds()

_MERGE = 0.30
"""Closeness from which two stories become one."""

_JOIN, _TOUCH = 18 * HOUR, 24 * HOUR
"""Decay when an item is scored, when two stories are compared."""


def group(
    items: Sequence[Item],
    live: Iterable[StoryState],
    terms: Mapping[str, TermCounts],
    *,
    next_id: int,
    eagerness: str = "normal",
    window: timedelta = RETIRES_AFTER,
    bounds: Bounds = NOTHING_DECIDED,
    alone: Collection[int] = (),
) -> Grouping:
    """Which story each item belongs to, and all that changes by it: one batch of a new ``Grouper``."""
    grouper = Grouper(live, terms, next_id=next_id, eagerness=eagerness, window=window, bounds=bounds)
    return grouper.add(items, alone=alone)


def state(items: Sequence[Item], terms: Mapping[str, TermCounts], *, story_id: int) -> StoryState:
    """A story's state computed anew from its items, of which there is at least one, after a correction or an edit."""
    order = sorted(items, key=_order)
    story = Growing(story_id, order[0].language, _moment(order[0]), _moment(order[0]), 0, {}, 0.0)
    for item in order:
        vector = _vector(item, terms.get(item.language, TermCounts(0, {})))
        story.take(vector, _moment(item), _moment(item), 1)
    return story.settle()


class Grouper:
    """The stories that can still grow and the term counts, between arrivals of items.

    ``live`` holds at least every story whose newest item is not older than ``window`` before the oldest item to
    come, and every other that shares a decision with one of them; more do no harm.
    Their vectors are as an earlier run returned them, heaviest term first.
    New stories are numbered from ``next_id``, which is above every id ever used.
    ``eagerness`` is a key of ``BARS``.
    """

    def __init__(
        self,
        live: Iterable[StoryState],
        terms: Mapping[str, TermCounts],
        *,
        next_id: int,
        eagerness: str = "normal",
        window: timedelta = RETIRES_AFTER,
        bounds: Bounds = NOTHING_DECIDED,
    ) -> None:
        self._bar = BARS[eagerness]
        self._window = window.total_seconds()
        self._next_id = next_id
        self._terms = {language: Learned(counts) for language, counts in terms.items()}
        self._rare: dict[str, dict[str, float]] = {}
        """Rarity of the terms of the arrival that is being placed."""
        self._live = Live(self._window)
        self._held = Held(bounds)
        for told in sorted(live, key=lambda story: story.id):
            self._live.add(Growing.of(told))
            self._held.remember(told.id)

    def add(self, items: Sequence[Item], *, alone: Collection[int] = ()) -> Grouping:
        """Which story each item of one arrival belongs to, and all that changes by it.

        Items whose id is in ``alone`` open stories that no other item finds; only a person's decision joins them.
        A story that opens and ends within the arrival is told to nobody.
        """
        order = sorted(items, key=_order)
        vectors, changed, aged = self._learn(order)
        since = _moment(order[0]) - self._window if order else 0.0
        live = Counter(story.language for story in self._live if story.last >= since and story.vector)
        arrival = _Arrival(self._next_id, live)
        for mark in self._held.torn():
            self._reunite(mark, arrival)
        for item in order:
            self._place(item, {} if item.id in alone else vectors[item.id], arrival)
        stories = self._settle()
        self._next_id = max([arrival.first_new, *(story.id + 1 for story in stories)])
        return Grouping(
            joined={item_id: arrival.final(story_id) for item_id, story_id in arrival.joined.items()},
            merged={ended: arrival.final(into) for ended, into in arrival.merged.items() if ended < arrival.first_new},
            stories=stories,
            terms={
                language: learned.all() if language in aged else learned.told(terms)
                for language, terms in changed.items()
                for learned in [self._terms[language]]
            },
            aged=frozenset(aged),
            placements=tuple(arrival.told(placement) for placement in arrival.placements),
        )

    @property
    def terms(self) -> Mapping[str, TermCounts]:
        """The term counts by language as they are now; they go on changing."""
        return {language: learned.now for language, learned in self._terms.items()}

    def forget(self, before: datetime) -> None:
        """Drops stories whose newest item is older, except where a decision binds them to one that stays."""
        since = before.timestamp()
        staying = {story.id for story in self._live if story.last >= since}
        for story in [story for story in self._live if story.id not in staying]:
            if not self._held.faces(story.id, staying):
                self._live.drop(story)
                self._held.forget(story.id)

    def _learn(self, order: Sequence[Item]) -> tuple[dict[int, dict[str, float]], dict[str, set[str]], set[str]]:
        """The vectors of the items by the counts with them, the terms counted and the languages that aged."""
        by_language: dict[str, list[Item]] = {}
        for item in order:
            by_language.setdefault(item.language, []).append(item)
        vectors: dict[int, dict[str, float]] = {}
        changed: dict[str, set[str]] = {}
        aged: set[str] = set()
        for language, batch in by_language.items():
            learned = self._terms.setdefault(language, Learned(TermCounts(0, {})))
            uses = [weights(item.title, item.summary, language, outlet=item.outlet_name) for item in batch]
            changed[language] = learned.count(uses)
            counts = learned.now
            rare = self._rare[language] = {term: rarity(counts, term, language) for term in changed[language]}
            vectors.update((item.id, weighted(one, rare)) for item, one in zip(batch, uses, strict=True))
            if learned.age():
                aged.add(language)
        return vectors, changed, aged

    def _place(self, item: Item, vector: dict[str, float], arrival: _Arrival) -> None:
        """Puts the item into the story it fits, or opens one."""
        moment = _moment(item)
        marks = self._held.of_item(item.id)
        near = self._live.candidates(item.language, vector, moment)
        brevity = (_TERMS / min(max(len(vector), _SHORTEST), _LONGEST)) ** _BREVITY
        found = sorted(
            _Scored(story, brevity * self._likeness(story, vector) * exp(-story.gap(moment) / _JOIN)) for story in near
        )
        bar = self._bar * (max(arrival.live[item.language], _FEWEST) / _RIVALS) ** _RIVALRY
        barred = {one.story.id: by for one in found if (by := self._barred(marks, vector, one.story)) is not None}
        free = [one for one in found if one.story.id not in barred]
        decision, story = self._bound(marks)
        if story is None and free and _with_lead(free) >= bar and _no_chance(vector, free[0]):
            story = free[0].story
        if decision is None and found:
            decision = barred.get(found[0].story.id)
        if story is None:
            story = Growing(self._next_id, item.language, moment, moment, 1, dict(vector), 1.0, changed=True)
            self._next_id += 1
            arrival.live[item.language] += 1
            others: list[_Scored] = []
        else:
            self._live.drop(story)
            story.take(vector, moment, moment, 1)
            others = [one for one in found if one.story is not story]
        self._live.add(story)
        self._held.take(story.id, marks)
        arrival.joined[item.id] = story.id
        judged = free if free and free[0] is found[0] else found
        arrival.placements.append(_placement(item.id, story.id, judged, bar, decision))
        for other in others:
            story = self._merge_if_close(story, other.story, arrival)
        for mark in marks:
            if mark.side == 0:
                self._reunite(mark, arrival)

    def _likeness(self, story: Growing, vector: Mapping[str, float]) -> float:
        """The cosine of an item with a story, each shared term as telling as it is outside that story."""
        if story.size < 2:
            return story.cosine(vector)
        counts, rare = self._terms[story.language].now, self._rare[story.language]
        dot, mine, theirs = 0.0, 1.0, story.length**2
        for term, weight in vector.items():
            total = story.vector.get(term)
            if total:
                own = _OWN * min(story.size, total / weight)
                gain = (rarity(counts, term, story.language, own) / rare[term]) ** 2
                dot += weight * total * gain
                mine += weight**2 * (gain - 1)
                theirs += total**2 * (gain - 1)
        return dot / sqrt(mine * theirs)

    def _bound(self, marks: frozenset[Mark]) -> tuple[int, Growing] | tuple[None, None]:
        """The story in memory that a person put the item into, with the decision."""
        for mark in sorted(marks, reverse=True):
            if mark.side == 0:
                for story_id in self._held.holders(mark):
                    if apart(marks, self._held.of_story(story_id)) is None:
                        return mark.decision, self._live[story_id]
        return None, None

    def _barred(self, marks: frozenset[Mark], vector: Mapping[str, float], story: Growing) -> int | None:
        """The decision that keeps these marks, or a text that is closer to the other side, out of the story."""
        held = self._held.of_story(story.id)
        if not held:
            return None
        by = apart(marks, held)
        if by is not None or together(marks, held) is not None:
            return by
        decided = decisions(marks)
        here = story.cosine(vector)
        for decision, other in self._held.opposite(story.id):
            if decision not in decided and self._live[other].cosine(vector) > here:
                return decision
        return None

    def _merge_if_close(self, one: Growing, other: Growing, arrival: _Arrival) -> Growing:
        """The story both are afterwards; ``one`` where they stay two."""
        between = max(one.first - other.last, other.first - one.last, 0.0)
        close = one.cosine(other.vector) / other.length * exp(-between / _TOUCH)
        if close < _MERGE or self._kept_apart(one, other) or self._kept_apart(other, one):
            return one
        return self._merge(one, other, arrival)

    def _kept_apart(self, one: Growing, other: Growing) -> bool:
        return self._barred(self._held.of_story(one.id), one.vector, other) is not None

    def _merge(self, one: Growing, other: Growing, arrival: _Arrival) -> Growing:
        """The story both are afterwards: the larger, or the older where they are equal."""
        into, ended = sorted((one, other), key=lambda story: (-story.size, story.id))
        self._live.drop(ended)
        self._live.drop(into)
        into.take(ended.vector, ended.first, ended.last, ended.size)
        self._live.add(into)
        self._held.merge(ended.id, into.id)
        arrival.merged[ended.id] = into.id
        arrival.live[ended.language] -= 1
        return into

    def _reunite(self, mark: Mark, arrival: _Arrival) -> None:
        """Makes one story of all that hold the mark."""
        one, *others = [self._live[story_id] for story_id in self._held.holders(mark)]
        for other in others:
            if apart(self._held.of_story(one.id), self._held.of_story(other.id)) is None:
                one = self._merge(one, other, arrival)

    def _settle(self) -> tuple[StoryState, ...]:
        """What changed, as it is stored; memory goes on from just that, so that a restart changes nothing."""
        found = []
        for story in sorted((story for story in self._live if story.changed), key=lambda story: story.id):
            self._live.drop(story)
            found.append(story.settle())
            self._live.add(story)
        return tuple(found)


@dataclass(slots=True, eq=False)
class _Scored:
    """A story with what it scored; the likeliest sorts first."""

    story: Growing
    score: float

    def __lt__(self, other: _Scored) -> bool:
        return (-self.score, self.story.id) < (-other.score, other.story.id)


@dataclass(slots=True)
class _Arrival:
    """What became of the items and stories of one arrival so far."""

    first_new: int
    live: Counter[str]
    """How many stories of each language can still grow."""
    joined: dict[int, int] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)
    placements: list[Placement] = field(default_factory=list)

    def final(self, story_id: int) -> int:
        while story_id in self.merged:
            story_id = self.merged[story_id]
        return story_id

    def told(self, placement: Placement) -> Placement:
        """Without ids that nobody will ever know: those of stories that opened and ended within the arrival."""
        return replace(
            placement,
            story_id=self._known(placement.story_id),
            nearest=None if placement.nearest is None else self._known(placement.nearest),
            second=None if placement.second is None else self._known(placement.second),
        )

    def _known(self, story_id: int) -> int:
        return story_id if story_id < self.first_new else self.final(story_id)


def _no_chance(vector: Mapping[str, float], best: _Scored) -> bool:
    """Whether the item shares enough with the likeliest story for a likeness to mean anything."""
    return best.score >= _ALIKE or sum(term in best.story.vector for term in vector) >= _WORDS


def _with_lead(found: Sequence[_Scored]) -> float:
    """The score of the first and its lead over the second."""
    return 2 * found[0].score - (found[1].score if len(found) > 1 else 0.0)


def _placement(item_id: int, story_id: int, found: Sequence[_Scored], bar: float, decision: int | None) -> Placement:
    if not found:
        return Placement(item_id, story_id, None, 0.0, bar, decision=decision)
    nearest, score = found[0].story.id, round(_with_lead(found), 4)
    if len(found) == 1:
        return Placement(item_id, story_id, nearest, score, bar, decision=decision)
    return Placement(item_id, story_id, nearest, score, bar, found[1].story.id, round(found[1].score, 4), decision)


def _vector(item: Item, counts: TermCounts) -> dict[str, float]:
    uses = weights(item.title, item.summary, item.language, outlet=item.outlet_name)
    return weighted(uses, {term: rarity(counts, term, item.language) for term in uses})


def _moment(item: Item) -> float:
    """When the item was published; a publisher's clock that runs ahead counts as the time it was seen."""
    return min(item.published, item.first_seen).timestamp()


def _order(item: Item) -> tuple[float, int]:
    return _moment(item), item.id

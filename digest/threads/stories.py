"""Items into stories: a stream, one language at a time, nothing but sums of term vectors remembered.

Rules of this file: no text is kept, no clock is asked, no argument is changed, and the same items with the
same stories and counts always give the same grouping, whatever order they come in.

The way of one item:
1. its terms, weighted by how rare they are so far, as a vector of length 1;
2. the stories that share a heavy term with it and have not retired, the likeliest few;
3. the judgement, see ``judging``: one of them takes it, or it opens a story;
4. after a join, a story close to the joined one becomes part of it.
What a person decided comes before all of that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import exp

from ..model import Bounds, Grouping, Item, Mark, NameCounts, Placement, StoryState, TermCounts
from .bounds import Held, apart, decisions, together
from .finding import Crowd, Live
from .growing import HOUR, Growing
from .judging import DIALS, Bench, Judgement, Scored
from .pages import Holders, Pages
from .rarity import Learned, rarities, weighted
from .recall import Shelf
from .words import terms as weights

RETIRES_AFTER = timedelta(hours=72)
"""A story takes no item published that long after its newest, or that long before its oldest."""

NOTHING_DECIDED = Bounds()

NO_NAMES: Mapping[str, NameCounts] = {}
NO_PAGES: Holders = {}

AT_HAND = 50
"""Items for which what finds stories is in memory at one time."""

_TOUCH = 12 * HOUR
"""Time between two stories after which they count as a third as close: two of one kind rarely come at one time."""


def group(
    items: Sequence[Item],
    live: Iterable[StoryState],
    terms: Mapping[str, TermCounts],
    *,
    next_id: int,
    eagerness: str = "normal",
    window: timedelta = RETIRES_AFTER,
    bounds: Bounds = NOTHING_DECIDED,
    names: Mapping[str, NameCounts] = NO_NAMES,
    alone: Collection[int] = (),
    known: Collection[int] = (),
) -> Grouping:
    """Which story each item belongs to, and all that changes by it: one batch of a new ``Grouper``."""
    grouper = Grouper(live, terms, next_id=next_id, eagerness=eagerness, window=window, bounds=bounds)
    return grouper.add(items, names=names, alone=alone, known=known)


def state(items: Sequence[Item], terms: Mapping[str, TermCounts], *, story_id: int) -> StoryState:
    """A story's state computed anew from its items, of which there is at least one, after a correction or an edit."""
    order = sorted(items, key=_order)
    first = order[0]
    story = Growing(story_id, first.language, _moment(first), _moment(first), 0, {}, 0.0, first.outlet)
    for item in order:
        vector = _vector(item, terms.get(item.language, TermCounts(0, {})))
        story.take(vector, _moment(item), _moment(item), 1, item.outlet)
    return story.settle()


def found_by(story: StoryState) -> StoryState:
    """The story with the ``shares`` of its heaviest terms, by which it is found."""
    return replace(story, shares=dict(Growing.of(story).shares()))


class Grouper:
    """The stories that can still grow and the term counts, between arrivals of items.

    ``live`` and ``shelf`` together hold at least every story whose newest item is not older than ``window`` before the
    oldest item to come, and every other that shares a decision with one of them; more do no harm, but none is in both.
    Vectors are as an earlier run returned them, heaviest term first.
    Counts may be ``Recalled``. With a shelf, an arrival is the only one: what it changes is not put back there.
    New stories are numbered from ``next_id``, which is above every id ever used.
    ``eagerness`` is a key of ``DIALS``.
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
        shelf: Shelf | None = None,
    ) -> None:
        self._dial = DIALS[eagerness]
        self._window = window.total_seconds()
        self._next_id = next_id
        self._terms = {language: Learned(counts) for language, counts in terms.items()}
        self._live = Live(self._window, shelf)
        self._held = Held(bounds)
        for told in live:
            self._live.add(Growing.of(told))
        for story_id in sorted(bounds.stories):
            if self._live.get(story_id) is not None:
                self._held.remember(story_id)

    def add(
        self,
        items: Sequence[Item],
        *,
        names: Mapping[str, NameCounts] = NO_NAMES,
        pages: Holders = NO_PAGES,
        alone: Collection[int] = (),
        known: Collection[int] = (),
    ) -> Grouping:
        """Which story each item of one arrival belongs to, and all that changes by it.

        ``names`` tells by language how terms are written, these items counted; without it no name is known.
        ``pages`` tells which stories hold items on the pages that these link to: a twin joins whatever its score.
        Items whose id is in ``alone`` open stories that no other item finds; only a person's decision joins them.
        Items whose id is in ``known`` were counted before; their terms are not counted again.
        A story that opens and ends within the arrival is told to nobody.
        """
        order = sorted(items, key=_order)
        languages = _by_language(order)
        learnt = self._learn(languages, known)
        benches = {
            language: Bench(self._dial, language, self._terms[language].now, rare, names.get(language))
            for language, rare in learnt.rare.items()
        }
        crowds = {language: self._live.crowd(language, map(_moment, batch)) for language, batch in languages.items()}
        arrival = _Arrival(self._next_id, crowds, benches, Pages(pages))
        for mark in self._held.torn():
            self._reunite(mark, arrival)
        for item in self._one_by_one(order, learnt):
            self._place(item, {} if item.id in alone else learnt.vectors[item.id], arrival)
        if self._dial.second_look:
            alone_still = [item for item in order if self._live[arrival.final(arrival.joined[item.id])].size == 1]
            for item in self._one_by_one(alone_still, learnt):
                self._look_again(item, learnt.vectors[item.id], arrival)
        stories = self._settle()
        self._next_id = max([arrival.first_new, *(story.id + 1 for story in stories)])
        return Grouping(
            joined={item_id: arrival.final(story_id) for item_id, story_id in arrival.joined.items()},
            merged={ended: arrival.final(into) for ended, into in arrival.merged.items() if ended < arrival.first_new},
            stories=stories,
            terms={
                language: learned.all() if language in learnt.aged else learned.told(changed)
                for language, changed in learnt.changed.items()
                for learned in [self._terms[language]]
            },
            aged=frozenset(learnt.aged),
            placements=tuple(arrival.told(placement) for placement in arrival.placements.values()),
        )

    @property
    def terms(self) -> Mapping[str, TermCounts]:
        """The term counts by language as they are now; they go on changing."""
        return {language: learned.now for language, learned in self._terms.items()}

    def forget(self, before: datetime) -> None:
        """Drops stories whose newest item is older; those of which a person decided something stay, they are few."""
        since = before.timestamp()
        for story in [story for story in self._live if story.last < since and not self._held.of_story(story.id)]:
            self._live.drop(story)

    def _one_by_one(self, order: Sequence[Item], learnt: _Learnt) -> Iterator[Item]:
        """The items, with what they find stories by at hand: for all of them at once it would take much memory."""
        for start in range(0, len(order), AT_HAND):
            some = order[start : start + AT_HAND]
            self._live.expect(
                {language: [learnt.vectors[one.id] for one in batch] for language, batch in _by_language(some).items()}
            )
            yield from some

    def _learn(self, languages: Mapping[str, Sequence[Item]], known: Collection[int]) -> _Learnt:
        """Counts the terms of the items, and makes vectors of them by the counts with them."""
        found = _Learnt()
        for language, batch in languages.items():
            learned = self._terms.setdefault(language, Learned(TermCounts(0, {})))
            uses = [weights(item.title, item.summary, language, outlet=item.outlet_name) for item in batch]
            new = [one for item, one in zip(batch, uses, strict=True) if item.id not in known]
            found.changed[language] = learned.count(new)
            rare = found.rare[language] = rarities(learned.now, {term for one in uses for term in one}, language)
            found.vectors.update((item.id, weighted(one, rare)) for item, one in zip(batch, uses, strict=True))
            if learned.age():
                found.aged.add(language)
        return found

    def _place(self, item: Item, vector: dict[str, float], arrival: _Arrival) -> None:
        """Puts the item into the story it fits, or opens one."""
        moment = _moment(item)
        marks = self._held.of_item(item.id)
        bench, live = arrival.benches[item.language], arrival.crowds[item.language].at(moment)
        near = self._live.candidates(item.language, vector, moment)
        found = bench.scored(near, vector, moment, live=live)
        barred: dict[int, int] = {}
        if self._held:
            barred = {one.story.id: by for one in found if (by := self._barred(marks, vector, one.story)) is not None}
        free = [one for one in found if one.story.id not in barred]
        judged = bench.judge(item, vector, free, live=live)
        decision, story = self._bound(marks)
        twin = self._twin(item, vector, marks, arrival) if story is None and vector else None
        if story is None:
            story = twin or judged.taker
        if decision is None and found and twin is None:
            decision = barred.get(found[0].story.id)
        if story is None:
            story = Growing.opened(self._next_id, item.language, moment, vector, item.outlet)
            self._next_id += 1
            if vector:
                arrival.crowds[item.language].add(moment)
            others: list[Scored] = []
        else:
            self._live.drop(story)
            story.take(vector, moment, moment, 1, item.outlet)
            others = [one for one in found if one.story is not story]
        self._live.add(story)
        self._held.take(story.id, marks)
        arrival.joined[item.id] = story.id
        if vector:
            arrival.pages.remember(item, story.id)
        if found and found[0].story.id in barred:
            judged = Judgement(None, found, found[0].score, judged.bar)
        placed = _placement(item.id, story.id, judged, decision)
        arrival.placements[item.id] = placed if twin is None else replace(placed, same_page=True)
        for other in others:
            story = self._merge_if_close(story, other.story, arrival)
        for mark in sorted(marks):
            if mark.side == 0:
                self._reunite(mark, arrival)

    def _look_again(self, item: Item, vector: dict[str, float], arrival: _Arrival) -> None:
        """An item that stayed alone may fit a story that grew since; what people decided of is left alone."""
        story = self._live[arrival.final(arrival.joined[item.id])]
        if story.size > 1 or not story.vector or self._held.of_story(story.id):
            return
        moment = _moment(item)
        bench, live = arrival.benches[item.language], arrival.crowds[item.language].at(moment)
        near = self._live.candidates(item.language, vector, moment)
        found = bench.scored([one for one in near if one is not story], vector, moment, live=live)
        judged = bench.judge(item, vector, [one for one in found if not self._held.of_story(one.story.id)], live=live)
        if judged.taker is not None:
            self._merge(story, judged.taker, arrival)
            arrival.placements[item.id] = _placement(item.id, judged.taker.id, judged, None)

    def _twin(
        self, item: Item, vector: Mapping[str, float], marks: frozenset[Mark], arrival: _Arrival
    ) -> Growing | None:
        """The story in memory that holds another feed's item on the same page."""
        moment = _moment(item)
        for story_id in map(arrival.final, arrival.pages.twins(item)):
            story = self._live.get(story_id)
            if (
                story is not None
                and story.language == item.language
                and story.gap(moment) <= self._window
                and self._barred(marks, vector, story) is None
            ):
                return story
        return None

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
        """The story both are afterwards; ``one`` where they stay two, as stories of two languages do."""
        if one.language != other.language:
            return one
        between = max(one.first - other.last, other.first - one.last, 0.0)
        close = one.cosine(other.vector) / other.length * exp(-between / _TOUCH)
        if close < self._dial.merge or self._kept_apart(one, other) or self._kept_apart(other, one):
            return one
        if arrival.benches[one.language].other_names(one, other):
            return one
        return self._merge(one, other, arrival)

    def _kept_apart(self, one: Growing, other: Growing) -> bool:
        return self._barred(self._held.of_story(one.id), one.vector, other) is not None

    def _merge(self, one: Growing, other: Growing, arrival: _Arrival) -> Growing:
        """The story both are afterwards: the larger, or the older where they are equal."""
        into, ended = sorted((one, other), key=lambda story: (-story.size, story.id))
        self._live.drop(ended)
        self._live.drop(into)
        into.take(ended.vector, ended.first, ended.last, ended.size, ended.outlet)
        self._live.add(into)
        self._held.merge(ended.id, into.id)
        arrival.merged[ended.id] = into.id
        return into

    def _reunite(self, mark: Mark, arrival: _Arrival) -> None:
        """Makes one story of all that hold the mark."""
        one, *others = [self._live[story_id] for story_id in self._held.holders(mark)]
        for other in others:
            if apart(self._held.of_story(one.id), self._held.of_story(other.id)) is None:
                one = self._merge(one, other, arrival)

    def _settle(self) -> tuple[StoryState, ...]:
        """What changed, as it is stored."""
        return tuple(story.settle() for story in sorted(self._live.changed(), key=lambda one: one.id))


@dataclass(slots=True)
class _Learnt:
    """What the words of one arrival say."""

    vectors: dict[int, dict[str, float]] = field(default_factory=dict)
    """By item id."""
    rare: dict[str, dict[str, float]] = field(default_factory=dict)
    """By language, how rare each term of its items is by now."""
    changed: dict[str, Collection[str]] = field(default_factory=dict)
    """By language, the terms that were counted."""
    aged: set[str] = field(default_factory=set)
    """Languages whose counts were halved."""


@dataclass(slots=True)
class _Arrival:
    """What became of the items and stories of one arrival so far."""

    first_new: int
    crowds: Mapping[str, Crowd]
    """By language of its items."""
    benches: Mapping[str, Bench]
    """By language of its items."""
    pages: Pages
    joined: dict[int, int] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)
    placements: dict[int, Placement] = field(default_factory=dict)
    """By item id, in the order they were placed."""

    def final(self, story_id: int) -> int:
        while story_id in self.merged:
            story_id = self.merged[story_id]
        return story_id

    def told(self, placement: Placement) -> Placement:
        """Without ids that nobody will ever know: those of stories that opened and ended within the arrival."""
        if all(
            one is None or one not in self.merged for one in (placement.story_id, placement.nearest, placement.second)
        ):
            return placement
        return replace(
            placement,
            story_id=self._known(placement.story_id),
            nearest=None if placement.nearest is None else self._known(placement.nearest),
            second=None if placement.second is None else self._known(placement.second),
        )

    def _known(self, story_id: int) -> int:
        return story_id if story_id < self.first_new else self.final(story_id)


def _placement(item_id: int, story_id: int, judged: Judgement, decision: int | None) -> Placement:
    bar = round(judged.bar, 4)
    if not judged.told:
        return Placement(item_id, story_id, None, 0.0, bar, decision=decision)
    nearest, *others = judged.told
    second = others[0] if others else None
    return Placement(
        item_id,
        story_id,
        nearest.story.id,
        round(judged.score, 4),
        bar,
        second=second.story.id if second else None,
        second_score=round(second.score, 4) if second else 0.0,
        decision=decision,
        objection=judged.objection,
    )


def _vector(item: Item, counts: TermCounts) -> dict[str, float]:
    uses = weights(item.title, item.summary, item.language, outlet=item.outlet_name)
    return weighted(uses, rarities(counts, uses, item.language))


def _moment(item: Item) -> float:
    """When the item was published; a publisher's clock that runs ahead counts as the time it was seen."""
    return min(item.published, item.first_seen).timestamp()


def _by_language(items: Iterable[Item]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(item.language, []).append(item)
    return found


def _order(item: Item) -> tuple[float, int]:
    return _moment(item), item.id

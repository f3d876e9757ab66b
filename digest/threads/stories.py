"""Items into stories: a stream, one language at a time, nothing but sums of term vectors remembered.

Rules of this file: no text is kept, no clock is asked, no argument is changed, and the same items with the
same stories and counts always give the same grouping, whatever order they come in.

The way of one item:
1. its terms, weighted by how rare they are so far, as a vector of length 1;
2. the stories that share a heavy term with it and have not retired, the likeliest few;
3. each one's score: cosine of the item with the story's sum, less the longer the story was silent;
4. the best one takes it when its score and its lead over the runner-up together reach the threshold;
5. after a join, a story close to the joined one becomes part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import nlargest
from itertools import islice
from math import exp, fsum, hypot, log

from ..model import Grouping, Item, StoryState, TermCounts
from .words import terms as weights

RETIRES_AFTER = timedelta(hours=72)
"""A story takes no item published that long after its newest, or that long before its oldest."""

DOCUMENTS_KEPT = 200_000
"""Above that many items of one language all its term counts are halved, so that old months fade."""

THRESHOLD = 0.28
"""The reader's setting: 0.20 joins more and errs more, 0.36 joins only what is sure."""

_HEAVIEST = 14
"""Terms of an item that look for stories."""
_CANDIDATES = 10
"""Stories compared in full."""
_INDEXED = 24
"""Heaviest terms by which a story is found."""
_COMMON = 300
"""A term that more live stories have finds none of them, it only adds to those found: it costs more than it tells."""
_WORTH_A_LOOK = 0.05
"""Cosine over the heaviest terms below which a story is not even a runner-up."""
_MERGE = 0.30
"""Closeness from which two stories become one."""
_VECTOR_TERMS = 200
"""Heaviest terms a story keeps, so that one of 300 items is no slower than one of ten."""

_HOUR = 3600.0
_RETIRED = RETIRES_AFTER.total_seconds()
_PICK, _JOIN, _TOUCH = 96 * _HOUR, 18 * _HOUR, 24 * _HOUR
"""Decay when candidates are picked, when an item is scored, when two stories are compared."""


def group(
    items: Sequence[Item],
    live: Iterable[StoryState],
    terms: Mapping[str, TermCounts],
    *,
    threshold: float = THRESHOLD,
    next_id: int,
) -> Grouping:
    """Which story each item belongs to, and all that changes by it.

    ``live`` holds at least every story whose newest item is not older than ``RETIRES_AFTER`` before the oldest
    of ``items``; more do no harm.
    Their vectors are as an earlier run returned them, heaviest term first.
    New stories are numbered from ``next_id``, which is above every id ever used.
    A story that opens and ends within the run is told to nobody.
    """
    order = sorted(items, key=lambda item: (_time(item), item.id))
    by_language: dict[str, list[Item]] = {}
    for item in order:
        by_language.setdefault(item.language, []).append(item)
    counts = dict(terms)
    vectors: dict[int, dict[str, float]] = {}
    run = _Run(threshold, next_id)
    for language, batch in by_language.items():
        uses = [weights(item.title, item.summary, language, outlet=item.outlet_name) for item in batch]
        after = counted(counts.get(language, TermCounts(0, {})), uses)
        rare = {term: rarity(after, term) for term in {term for one in uses for term in one}}
        vectors.update((item.id, _vector(one, rare)) for item, one in zip(batch, uses, strict=True))
        run.will_ask(language, (term for item in batch for term in islice(vectors[item.id], _HEAVIEST)))
        counts[language] = aged(after)
    for state in sorted(live, key=lambda state: state.id):
        run.remember(state)
    for item in order:
        run.place(item, vectors[item.id])
    return run.grouping(counts)


def counted(before: TermCounts, batch: Iterable[Iterable[str]]) -> TermCounts:
    """The counts with a batch of items added, each given by its terms."""
    documents, counts = before.documents, dict(before.counts)
    for one in batch:
        documents += 1
        for term in one:
            counts[term] = counts.get(term, 0) + 1
    return TermCounts(documents, counts)


def aged(counts: TermCounts, limit: int = DOCUMENTS_KEPT) -> TermCounts:
    """The same counts up to ``limit`` documents, halved above it; a term seen once is then forgotten."""
    if counts.documents <= limit:
        return counts
    halved = {term: count // 2 for term, count in counts.counts.items() if count > 1}
    return TermCounts(counts.documents // 2, halved)


def rarity(counts: TermCounts, term: str) -> float:
    """Damped inverse document frequency: a term seen only once does not decide alone."""
    return float(max(log((counts.documents + 20) / (counts.counts.get(term, 0) + 3)), 0.01) ** 0.8)


def _vector(uses: Mapping[str, float], rare: Mapping[str, float]) -> dict[str, float]:
    """Weights times rarity, of length 1, heaviest term first; empty for an item without terms."""
    weighted = sorted((-weight * rare[term], term) for term, weight in uses.items())
    length = hypot(*(weight for weight, _ in weighted))
    return {term: -weight / length for weight, term in weighted}


def _time(item: Item) -> datetime:
    """When the item was published; a publisher's clock that runs ahead counts as the time it was seen."""
    return min(item.published, item.first_seen)


@dataclass(slots=True, eq=False)
class _Live:
    """A story while a run lasts; times are seconds."""

    id: int
    language: str
    first: float
    last: float
    size: int
    vector: dict[str, float]
    length: float
    changed: bool = False

    def gap(self, moment: float) -> float:
        """Seconds the story was silent before ``moment``; none for an item that comes late."""
        return max(moment - self.last, 0.0)

    def cosine(self, vector: Mapping[str, float]) -> float:
        """With a vector of length 1."""
        return _product(vector, self.vector) / self.length

    def take(self, vector: Mapping[str, float], first: float, last: float, size: int) -> None:
        """Adds an item, or a whole story."""
        for term, weight in vector.items():
            self.vector[term] = self.vector.get(term, 0.0) + weight
        self.vector = dict(_heaviest(self.vector))
        self.length = hypot(*self.vector.values())
        self.first = min(self.first, first)
        self.last = max(self.last, last)
        self.size += size
        self.changed = True

    def state(self) -> StoryState:
        return StoryState(
            id=self.id,
            language=self.language,
            first=datetime.fromtimestamp(self.first, UTC),
            last=datetime.fromtimestamp(self.last, UTC),
            size=self.size,
            vector={term: round(weight, 4) for term, weight in self.vector.items()},
        )


class _Run:
    """The stories that can still grow, found by their terms, and what became of them."""

    def __init__(self, threshold: float, next_id: int) -> None:
        self._threshold = threshold
        self._first_new_id = self._next_id = next_id
        self._stories: dict[int, _Live] = {}
        self._index: dict[str, dict[str, dict[int, float]]] = {}
        """Language, term, story id: the term's share in the story's direction. Only terms an item will ask for."""
        self._joined: dict[int, int] = {}
        self._merged: dict[int, int] = {}

    def will_ask(self, language: str, terms: Iterable[str]) -> None:
        self._index[language] = {term: {} for term in terms}

    def remember(self, state: StoryState) -> None:
        """A story from before; one that shares no term with any item costs next to nothing."""
        index = self._index.get(state.language)
        if not index:
            return
        vector = state.vector
        shared = [term for term in islice(vector, _INDEXED) if term in index]
        if not shared:
            return
        first, last = state.first.timestamp(), state.last.timestamp()
        length = hypot(*vector.values())
        story_id = state.id
        self._stories[story_id] = _Live(story_id, state.language, first, last, state.size, dict(vector), length)
        for term in shared:
            index[term][story_id] = vector[term] / length

    def place(self, item: Item, vector: dict[str, float]) -> None:
        """Puts the item into the story it fits, or opens one."""
        moment = _time(item).timestamp()
        near = self._candidates(item.language, vector, moment)
        scores = [(story.cosine(vector) * exp(-story.gap(moment) / _JOIN), -story.id, story) for story in near]
        scores.sort(reverse=True)
        best = scores[0][0] if scores else 0.0
        lead = best - (scores[1][0] if len(scores) > 1 else 0.0)
        if not scores or best + lead < self._threshold:
            self._joined[item.id] = self._open(item.language, vector, moment).id
            return
        story = scores[0][2]
        self._drop_from_index(story)
        story.take(vector, moment, moment, 1)
        self._joined[item.id] = story.id
        for _, _, other in scores[1:]:
            story = self._merge_if_close(story, other)
        self._add_to_index(story)

    def grouping(self, terms: Mapping[str, TermCounts]) -> Grouping:
        return Grouping(
            joined={item_id: self._final(story_id) for item_id, story_id in self._joined.items()},
            merged={ended: self._final(into) for ended, into in self._merged.items() if ended < self._first_new_id},
            stories=tuple(story.state() for _, story in sorted(self._stories.items()) if story.changed),
            terms=terms,
        )

    def _candidates(self, language: str, vector: Mapping[str, float], moment: float) -> list[_Live]:
        """The stories likeliest to take the item, judged by its heaviest terms alone."""
        index = self._index[language]
        cosines: dict[int, float] = {}
        known = cosines.get
        for term, weight in islice(vector.items(), _HEAVIEST):
            holders = index[term]
            if len(holders) <= _COMMON:
                for story_id, share in holders.items():
                    cosines[story_id] = known(story_id, 0.0) + weight * share
            else:
                for story_id in cosines.keys() & holders.keys():
                    cosines[story_id] += weight * holders[story_id]
        rough: list[tuple[float, int]] = []
        stories = self._stories
        for story_id in [story_id for story_id, cosine in cosines.items() if cosine >= _WORTH_A_LOOK]:
            story = stories[story_id]
            gap = moment - story.last
            if gap <= 0.0:
                if story.first - moment <= _RETIRED:
                    rough.append((cosines[story_id], -story_id))
            elif gap <= _RETIRED:
                rough.append((cosines[story_id] * exp(-gap / _PICK), -story_id))
        return [stories[-negative] for _, negative in nlargest(_CANDIDATES, rough)]

    def _open(self, language: str, vector: dict[str, float], moment: float) -> _Live:
        story = _Live(self._next_id, language, moment, moment, 1, dict(vector), 1.0, changed=True)
        self._next_id += 1
        self._stories[story.id] = story
        self._add_to_index(story)
        return story

    def _merge_if_close(self, one: _Live, other: _Live) -> _Live:
        """The story both are afterwards: the larger, or the older where they are equal; ``one`` where they stay two."""
        between = max(one.first - other.last, other.first - one.last, 0.0)
        cosine = _product(one.vector, other.vector) / (one.length * other.length)
        if cosine * exp(-between / _TOUCH) < _MERGE:
            return one
        self._drop_from_index(other)
        into, ended = sorted((one, other), key=lambda story: (-story.size, story.id))
        into.take(ended.vector, ended.first, ended.last, ended.size)
        del self._stories[ended.id]
        self._merged[ended.id] = into.id
        return into

    def _add_to_index(self, story: _Live) -> None:
        index = self._index[story.language]
        for term, weight in islice(story.vector.items(), _INDEXED):
            if term in index:
                index[term][story.id] = weight / story.length

    def _drop_from_index(self, story: _Live) -> None:
        index = self._index[story.language]
        for term in islice(story.vector, _INDEXED):
            if term in index:
                del index[term][story.id]

    def _final(self, story_id: int) -> int:
        while story_id in self._merged:
            story_id = self._merged[story_id]
        return story_id


def _product(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Sum over the shared terms; ``fsum`` is exact, so that it does not depend on the set's random order."""
    return fsum([one[term] * other[term] for term in one.keys() & other.keys()])


def _heaviest(vector: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(vector.items(), key=lambda pair: (-pair[1], pair[0]))[:_VECTOR_TERMS]

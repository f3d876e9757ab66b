"""The stories that can still grow, and how they are found by their terms.

Rules of this file: sums of term vectors and times, no item and no decision.
Vectors hold their heaviest term first.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nlargest
from itertools import islice
from math import exp, fsum, hypot
from sys import intern

from ..model import StoryState
from .rarity import DIGITS

HOUR = 3600.0

VECTOR_TERMS = 200
"""Heaviest terms a story keeps, so that one of 300 items is no slower than one of ten."""

_HEAVIEST = 20
"""Terms of an item that look for stories."""
_CANDIDATES = 6
"""Stories compared in full."""
_INDEXED = 12
"""Heaviest terms by which a story is found."""
_COMMON = 25
"""A term that more live stories have finds none of them, it only adds to those found: it costs more than it tells."""
_WORTH_A_LOOK = 0.05
"""Cosine over the heaviest terms below which a story is not even a runner-up."""
_PICK = 96 * HOUR
"""Decay when candidates are picked."""


@dataclass(slots=True, eq=False)
class Growing:
    """A story while items come in; times are seconds."""

    id: int
    language: str
    first: float
    last: float
    size: int
    vector: dict[str, float]
    length: float
    outlet: str | None
    """The one outlet that told all of it; None where several did."""
    changed: bool = False

    @classmethod
    def opened(cls, number: int, language: str, moment: float, vector: Mapping[str, float], outlet: str) -> Growing:
        """A new story of one item."""
        return cls(number, language, moment, moment, 1, dict(vector), hypot(*vector.values()), outlet, changed=True)

    @classmethod
    def of(cls, state: StoryState) -> Growing:
        vector = {intern(term): weight for term, weight in state.vector.items()}
        first, last = state.first.timestamp(), state.last.timestamp()
        return cls(state.id, state.language, first, last, state.size, vector, hypot(*vector.values()), state.outlet)

    def gap(self, moment: float) -> float:
        """Seconds the story was silent before ``moment``; none for an item that comes late."""
        return max(moment - self.last, 0.0)

    def cosine(self, vector: Mapping[str, float]) -> float:
        """With a vector of length 1."""
        return product(vector, self.vector) / self.length if self.vector else 0.0

    def take(self, vector: Mapping[str, float], first: float, last: float, size: int, outlet: str | None) -> None:
        """Adds an item, or a whole story."""
        sums = self.vector
        for term, weight in vector.items():
            sums[term] = round(sums.get(term, 0.0) + weight, DIGITS)
        self.vector = dict(heaviest(sums))
        self.length = hypot(*self.vector.values())
        self.first = min(self.first, first)
        self.last = max(self.last, last)
        self.size += size
        self.outlet = self.outlet if outlet == self.outlet else None
        self.changed = True

    def settle(self) -> StoryState:
        """What is stored of it; nothing more is known of it in memory, so that a restart changes nothing."""
        self.changed = False
        return StoryState(
            id=self.id,
            language=self.language,
            first=datetime.fromtimestamp(self.first, UTC),
            last=datetime.fromtimestamp(self.last, UTC),
            size=self.size,
            vector=dict(self.vector),
            outlet=self.outlet,
        )


class Crowd:
    """How many stories of one language could take an item of a given time; times are seconds."""

    def __init__(self, window: float, stories: Iterable[Growing] = ()) -> None:
        listed = list(stories)
        self._window = window
        self._firsts = sorted([story.first for story in listed])
        self._lasts = sorted([story.last for story in listed])

    def add(self, moment: float) -> None:
        """A story that opened."""
        insort(self._firsts, moment)
        insort(self._lasts, moment)

    def at(self, moment: float) -> int:
        ended = bisect_left(self._lasts, moment - self._window)
        later = len(self._firsts) - bisect_right(self._firsts, moment + self._window)
        return len(self._lasts) - ended - later


class Live:
    """The growing stories by id and, per language, by their heaviest terms."""

    def __init__(self, lasts: float) -> None:
        self._lasts = lasts
        self._stories: dict[int, Growing] = {}
        self._index: dict[str, dict[str, dict[int, float]]] = {}
        """Language, term, story id: the term's share in the story's direction."""

    def get(self, story_id: int) -> Growing | None:
        return self._stories.get(story_id)

    def __getitem__(self, story_id: int) -> Growing:
        return self._stories[story_id]

    def __iter__(self) -> Iterator[Growing]:
        return iter(self._stories.values())

    def add(self, story: Growing) -> None:
        self._stories[story.id] = story
        index = self._index.setdefault(story.language, {})
        for term, weight in islice(story.vector.items(), _INDEXED):
            index.setdefault(term, {})[story.id] = weight / story.length

    def drop(self, story: Growing) -> None:
        """Also before a story changes; ``add`` puts it back."""
        del self._stories[story.id]
        index = self._index[story.language]
        for term in islice(story.vector, _INDEXED):
            holders = index[term]
            del holders[story.id]
            if not holders:
                del index[term]

    def of(self, language: str) -> list[Growing]:
        """The stories of one language that items can find."""
        return [story for story in self._stories.values() if story.language == language and story.vector]

    def candidates(self, language: str, vector: Mapping[str, float], moment: float) -> list[Growing]:
        """The stories likeliest to take the item, judged by its heaviest terms alone."""
        index = self._index.get(language, {})
        cosines: dict[int, float] = {}
        known = cosines.get
        for term, weight in islice(vector.items(), _HEAVIEST):
            holders = index.get(term)
            if holders is None:
                continue
            if len(holders) <= _COMMON:
                for story_id, share in holders.items():
                    cosines[story_id] = known(story_id, 0.0) + weight * share
            else:
                for story_id in cosines.keys() & holders.keys():
                    cosines[story_id] += weight * holders[story_id]
        rough: list[tuple[float, int]] = []
        for story_id in [story_id for story_id, cosine in cosines.items() if cosine >= _WORTH_A_LOOK]:
            story = self._stories[story_id]
            gap = moment - story.last
            if gap <= self._lasts and story.first - moment <= self._lasts:
                rough.append((cosines[story_id] * (exp(-gap / _PICK) if gap > 0.0 else 1.0), -story_id))
        return [self._stories[-negative] for _, negative in nlargest(_CANDIDATES, rough)]


def product(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Sum over the shared terms; ``fsum`` is exact, so that it does not depend on the set's random order."""
    return fsum([one[term] * other[term] for term in one.keys() & other.keys()])


def heaviest(vector: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(vector.items(), key=lambda pair: (-pair[1], pair[0]))[:VECTOR_TERMS]

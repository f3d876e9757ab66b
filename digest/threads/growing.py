"""A story that can still grow.

Rules of this file: sums of term vectors and times, no item and no decision.
Vectors hold their heaviest term first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from math import fsum, hypot

from ..model import FOUND_BY, StoryState
from .rarity import DIGITS

HOUR = 3600.0

VECTOR_TERMS = 200
"""Heaviest terms a story keeps, so that one of 300 items is no slower than one of ten."""


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
        vector = dict(state.vector)
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
        before = sums.get
        sums.update([(term, round(before(term, 0.0) + weight, DIGITS)) for term, weight in vector.items()])
        self.vector = heaviest(sums)
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
            shares=dict(self.shares()),
        )

    def shares(self) -> Iterator[tuple[str, float]]:
        """The heaviest terms, each with its share in the story's direction."""
        for term, weight in islice(self.vector.items(), FOUND_BY):
            yield term, weight / self.length


def product(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Sum over the shared terms; ``fsum`` is exact, so that it does not depend on the set's random order."""
    return fsum([one[term] * other[term] for term in one.keys() & other.keys()])


def heaviest(vector: Mapping[str, float]) -> dict[str, float]:
    order = sorted([(-weight, term) for term, weight in vector.items()])
    return {term: -negative for negative, term in order[:VECTOR_TERMS]}

"""How near a story is to the stories of a thread, measured in five ways, and what each must reach.

Rules of this file: profiles and counts in, numbers out; which story belongs where is decided in ``linking``.
One cosine over all terms links every war; one over names alone links everything that a president does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import fsum, hypot, log, sqrt

from ..model import Likeness, NameCounts, Profile, TermCounts
from .common import SHARES
from .names import YOUNG, Names, capitals_tell
from .recall import at_hand

BARS = (
    Likeness(all=0.20, names=0.25, others=0.15, variety=0.6, core=0.6),
    Likeness(all=0.145, names=0.41, others=0.0, variety=2.3, core=0.6),
    Likeness(all=0.12, names=0.28, others=0.04, variety=3.7, core=0.5),
)
"""A story is near enough when it reaches all bars of a row: a subject in common, or the less of one the more names."""

BARS_WITHOUT_CAPITALS = (Likeness(all=0.28, names=0.28, others=0.0, variety=4.0, core=0.6),)
"""Where rare terms stand for names, which they do less well."""

LOWEST = min(row.all for row in (*BARS, *BARS_WITHOUT_CAPITALS))
"""Cosine over all terms below which nothing is near enough."""

_FLOOR = 0.001
"""Share of items below which a term is no rarer: else the rarest words of a large stream rule alone."""

_COMMON = 0.3
"""Share of items from which a term tells nothing: a president, a country that is always in the news."""

_RAREST = log(_COMMON / _FLOOR)
"""Rarity of a term hardly ever seen, in a large stream."""

_CORE = 2 / 3
"""A name belongs to the core of a thread when more than that share of its stories use it."""

_SHOWN = 8
"""Names in common that are told."""

_NOTHING = TermCounts(0, {})


def rarity(counts: TermCounts, term: str, language: str) -> float:
    """How telling a term is, from near 0: how much rarer it is than a common one, as a logarithm.

    A young stream is taken to have had ``YOUNG`` items before its first, with everyday words as often as ever.
    """
    seen = counts.counts.get(term, 0) + 3 + YOUNG * SHARES.get(language, {}).get(term, 0.0)
    return max(log(_COMMON / (seen / (counts.documents + YOUNG) + _FLOOR)), 0.01)


def reaches(likeness: Likeness, bars: Likeness) -> bool:
    return (
        likeness.all >= bars.all
        and likeness.names >= bars.names
        and likeness.others >= bars.others
        and likeness.variety >= bars.variety
        and likeness.core >= bars.core
    )


class Space:
    """The terms of one language: how much each tells, and which are names."""

    def __init__(self, language: str, names: Mapping[str, NameCounts], terms: Mapping[str, TermCounts]) -> None:
        self._language = language
        self._terms = terms.get(language, _NOTHING)
        self._names = Names(language, names.get(language), self._terms)
        self._vectors: dict[int, dict[str, float]] = {}
        self._rarities: dict[str, float] = {}

    def vector(self, story: Profile) -> dict[str, float]:
        """Of length 1, heaviest term first; remembered, since a run asks for one story often."""
        if story.story_id not in self._vectors:
            self._weigh(story.terms)
            weighted = {term: sqrt(share) * self._rarities[term] for term, share in story.terms.items()}
            length = hypot(*weighted.values())
            order = sorted(weighted, key=lambda term: (-weighted[term], term))
            self._vectors[story.story_id] = {term: weighted[term] / length for term in order}
        return self._vectors[story.story_id]

    def names(self, vector: Mapping[str, float]) -> dict[str, float]:
        """The part of a vector that stands for names, in its order."""
        return {term: vector[term] for term in self._names.of(vector)}

    def nearness(self, story: Profile, stories: Sequence[Profile]) -> float:
        """The cosine over all terms alone, which is quickly computed."""
        return _cosine(self.vector(story), _sum([self.vector(one) for one in stories]))

    def likeness(self, story: Profile, stories: Sequence[Profile]) -> tuple[Likeness, tuple[tuple[str, float], ...]]:
        """Of a story to others taken together, each of which counts the same; and the names they share.

        Each name comes with its part of the cosine over names, heaviest first.
        """
        vector = self.vector(story)
        mean = _sum([self.vector(one) for one in stories])
        mine, theirs = self.names(vector), self.names(mean)
        shared = {term: mine[term] * theirs[term] for term in mine.keys() & theirs.keys()}
        total = fsum(shared.values())
        found = Likeness(
            all=_cosine(vector, mean),
            names=_cosine(mine, theirs),
            others=_cosine(_without(vector, mine), _without(mean, theirs)),
            variety=self._variety(shared),
            core=_core(mine, theirs, stories),
        )
        order = sorted(shared, key=lambda term: (-shared[term], term))[:_SHOWN]
        return found, tuple((term, round(shared[term] / total, 3)) for term in order)

    def _variety(self, shared: Mapping[str, float]) -> float:
        """The number of equal parts that spread as these do, times their mean rarity; 0 for nothing."""
        total, squares = fsum(shared.values()), fsum(part * part for part in shared.values())
        rare = fsum(part * self._rarities[term] for term, part in shared.items())
        return total * rare / squares / _RAREST if shared else 0.0

    def _weigh(self, terms: Iterable[str]) -> None:
        """Has at hand how telling each of the terms is."""
        fresh = [term for term in terms if term not in self._rarities]
        counts = TermCounts(self._terms.documents, at_hand(self._terms.counts, fresh))
        self._rarities.update((term, rarity(counts, term, self._language)) for term in fresh)

    def bars(self, story: Profile, likeness: Likeness) -> Likeness:
        """The row of bars that the likeness reaches, else the first."""
        rows = BARS if capitals_tell(self._language, story.terms) else BARS_WITHOUT_CAPITALS
        return next((row for row in rows if reaches(likeness, row)), rows[0])


def _core(mine: Mapping[str, float], theirs: Mapping[str, float], stories: Sequence[Profile]) -> float:
    """A story that lacks the names which a thread's stories share is about something else, near as it may be."""
    if len(stories) < 2:
        return 1.0
    core = [term for term in theirs if sum(term in one.terms for one in stories) > _CORE * len(stories)]
    return _cosine({term: mine[term] for term in core if term in mine}, {term: theirs[term] for term in core})


def _sum(vectors: Iterable[Mapping[str, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for vector in vectors:
        for term, weight in vector.items():
            found[term] = found.get(term, 0.0) + weight
    return found


def _without(vector: Mapping[str, float], part: Collection[str]) -> dict[str, float]:
    return {term: weight for term, weight in vector.items() if term not in part}


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """``fsum`` is exact, so that the result does not depend on the random order of a set."""
    lengths = hypot(*one.values()) * hypot(*other.values())
    return fsum([one[term] * other[term] for term in one.keys() & other.keys()]) / lengths if lengths else 0.0

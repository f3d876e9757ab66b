"""Why items stand together, or do not, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum, hypot

from ..model import Item, TermCounts
from .rarity import rarity
from .stories import state
from .words import terms as weights


def shared_terms(items: Sequence[Item], terms: Mapping[str, TermCounts] | None = None) -> tuple[tuple[str, float], ...]:
    """Terms that two or more of the items use, each with its share of the story's weight, heaviest first.

    With the stored ``terms`` a rare word weighs more, as it does in grouping.
    """
    uses: dict[str, int] = {}
    sums: dict[str, float] = {}
    for item in items:
        counts = (terms or {}).get(item.language)
        for term, weight in weights(item.title, item.summary, item.language, outlet=item.outlet_name).items():
            uses[term] = uses.get(term, 0) + 1
            sums[term] = sums.get(term, 0.0) + weight * (rarity(counts, term) if counts else 1.0)
    total = sum(sums.values())
    shared = [(term, sums[term] / total) for term, count in uses.items() if count > 1]
    return tuple(sorted(shared, key=lambda pair: (-pair[1], pair[0])))


def likeness(
    some: Sequence[Item], others: Sequence[Item], terms: Mapping[str, TermCounts]
) -> tuple[float, tuple[tuple[str, float], ...]]:
    """The cosine between two groups of items by today's counts, and the part of each shared term, heaviest first.

    0 and nothing where one side is empty or the languages differ: those are never compared.
    """
    if not some or not others or some[0].language != others[0].language:
        return 0.0, ()
    one = state(some, terms, story_id=0).vector
    other = state(others, terms, story_id=0).vector
    lengths = hypot(*one.values()) * hypot(*other.values())
    if not lengths:
        return 0.0, ()
    parts = {term: one[term] * other[term] / lengths for term in one.keys() & other.keys()}
    return fsum(parts.values()), tuple(sorted(parts.items(), key=lambda pair: (-pair[1], pair[0])))

"""Why items stand together, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..model import Item, TermCounts
from .stories import rarity
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

"""How telling a term is: counted over the stream so far, per language.

Rules of this file: counts only, no text, no story; old months fade.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from itertools import chain
from math import hypot, log
from sys import intern

from ..model import TermCounts
from .common import SHARES
from .recall import Recalled, at_hand

DOCUMENTS_KEPT = 200_000
"""Above that many items of one language all its term counts are halved, so that old months fade."""


DIGITS = 4
"""Of a weight that are kept."""

BACKGROUND = 1000
"""Of a language whose everyday words are known, they count as if so many items had come before the first one."""


_NONE: Mapping[str, float] = {}


def rarity(counts: TermCounts, term: str, language: str = "", own: float = 0.0) -> float:
    """Inverse document frequency, damped so that a term seen only once does not decide alone.

    ``own`` is how many of the items do not count, since the term is weighed against the others.
    """
    return Rarity(counts, language).without(term, own)


class Rarity:
    """The ``rarity`` of many terms of one language, each asked for again and again."""

    def __init__(self, counts: TermCounts, language: str) -> None:
        self._documents, self._shares = _background(counts, language)
        self._counts = counts.counts
        self._seen: dict[str, float] = {}

    def without(self, term: str, own: float) -> float:
        """Of a term, ``own`` of whose items do not count."""
        seen = self._seen.get(term)
        if seen is None:
            seen = self._counts.get(term, 0) + 3.0 + BACKGROUND * self._shares.get(term, 0.0)
            self._seen[term] = seen
        return max(log(self._documents / max(seen - own, 3.0)), 0.01)


def rarities(counts: TermCounts, terms: Iterable[str], language: str) -> dict[str, float]:
    """The ``rarity`` of each term; written out, since an arrival has thousands of them."""
    documents, shares = _background(counts, language)
    listed = list(terms)
    seen, share = at_hand(counts.counts, listed).get, shares.get
    return {term: max(log(documents / (seen(term, 0) + 3.0 + BACKGROUND * share(term, 0.0))), 0.01) for term in listed}


def _background(counts: TermCounts, language: str) -> tuple[float, Mapping[str, float]]:
    """How many items count as seen, and the shares of everyday words among those that came before the first."""
    shares = SHARES.get(language)
    return (counts.documents + 20.0, _NONE) if shares is None else (counts.documents + 20.0 + BACKGROUND, shares)


def weighted(uses: Mapping[str, float], rare: Mapping[str, float]) -> dict[str, float]:
    """Weights times rarity, of length 1, heaviest term first; empty for an item without terms.

    Rounded as vectors are stored, so that a restart changes nothing.
    """
    found = sorted([(-weight * rare[term], term) for term, weight in uses.items()])
    length = -hypot(*[weight for weight, _ in found])
    # One string a term, however many stories use it: that is a third of their memory.
    return {intern(term): kept for weight, term in found if (kept := round(weight / length, DIGITS))}


class Learned:
    """The term counts of one language while items come in; what it was given stays as it was."""

    def __init__(self, before: TermCounts, kept: int = DOCUMENTS_KEPT) -> None:
        counts = before.counts
        self._documents = before.documents
        self._counts: dict[str, int] = counts.changed(dict) if isinstance(counts, Recalled) else dict(counts)
        self._kept = kept

    @property
    def now(self) -> TermCounts:
        """A view that goes on changing."""
        return TermCounts(self._documents, self._counts)

    def count(self, batch: Iterable[Collection[str]]) -> Collection[str]:
        """Adds items, each given by its terms; returns the terms whose counts changed."""
        listed = list(batch)
        uses = Counter(chain.from_iterable(listed))
        self._documents += len(listed)
        known = at_hand(self._counts, uses).get
        self._counts.update({term: known(term, 0) + count for term, count in uses.items()})
        return uses.keys()

    def age(self) -> bool:
        """Halves the counts where they stand for too many items; a term seen once is then forgotten."""
        if self._documents <= self._kept:
            return False
        self._documents //= 2
        counts = self._counts
        self._counts = counts.changed(_halved) if isinstance(counts, Recalled) else _halved(counts)
        return True

    def told(self, changed: Iterable[str]) -> TermCounts:
        """The counts of those terms, and of all documents."""
        known = self._counts
        return TermCounts(self._documents, {term: known[term] for term in changed if term in known})

    def all(self) -> TermCounts:
        """The counts of all terms in memory."""
        return TermCounts(self._documents, dict(self._counts))


def _halved(counts: Mapping[str, int]) -> dict[str, int]:
    return {term: count // 2 for term, count in counts.items() if count > 1}

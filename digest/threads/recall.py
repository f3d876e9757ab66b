"""Counts and stories that are fetched when they are asked for: a run then costs what came in, not what is kept.

Rules of this file: who fetches, and from where, is no question here; a count is fetched once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Protocol, TypeVar

from ..model import StoryState

Count = TypeVar("Count")
"""``int``, or a tuple of them."""

Fetch = Callable[[Collection[str]], Mapping[str, Count]]
"""Terms to the counts of those that have one."""


class Recalled(dict[str, Count]):
    """Counts by term of which only those that were asked for are in memory.

    ``get`` and ``want`` ask for what is missing; everything else sees what is in memory.
    """

    def __init__(self, fetch: Fetch[Count]) -> None:
        super().__init__()
        self._fetch = fetch
        self._asked: set[str] = set()

    def want(self, terms: Iterable[str]) -> None:
        """Fetches those of the terms that were never asked for, all at once."""
        fresh = [term for term in terms if term not in self._asked]
        if fresh:
            self._asked.update(fresh)
            self.update(self._fetch(fresh))

    def get(self, term: str, default: Any = None) -> Any:
        self.want([term])
        return super().get(term, default)

    def learn(self, counts: Mapping[str, Count]) -> None:
        """New counts, which were stored meanwhile."""
        self._asked.update(counts)
        self.update(counts)

    def changed(self, change: Callable[[Mapping[str, Count]], dict[str, Count]]) -> Recalled[Count]:
        """The counts as ``change`` makes them, those still to be fetched too."""
        fetch = self._fetch
        found: Recalled[Count] = Recalled(lambda terms: change(fetch(terms)))
        found.update(change(self))
        found._asked |= self._asked
        return found


def want(counts: Mapping[str, Count], terms: Iterable[str]) -> None:
    """Has the counts of those terms at hand; counts that are all in memory need nothing."""
    if isinstance(counts, Recalled):
        counts.want(terms)


def learn(counts: Mapping[str, Count], changed: Mapping[str, Count]) -> None:
    """Has new counts at hand that were stored meanwhile; counts that are all in memory are left as they are."""
    if isinstance(counts, Recalled):
        counts.learn(changed)


def at_hand(counts: Mapping[str, Count], terms: Iterable[str]) -> Mapping[str, Count]:
    """Counts that hold those of the terms that have one, and that cost nothing to ask."""
    if not isinstance(counts, Recalled):
        return counts
    listed = list(terms)
    counts.want(listed)
    return {term: counts[term] for term in listed if term in counts}


class Shelf(Protocol):
    """The stories that can still grow, for a grouper that has hardly any of them in memory."""

    def holders(self, language: str, terms: Collection[str]) -> Mapping[str, dict[int, float]]:
        """By term the stories that are found by it, each with its share in the story's direction; terms without any
        may be missing."""

    def times(self, story_ids: Collection[int]) -> Mapping[int, tuple[float, float]]:
        """First and last of those of the stories that are found by terms, in seconds."""

    def states(self, story_ids: Collection[int]) -> Iterable[StoryState]:
        """Those of the stories that are still themselves, whether they are found or not."""

    def crowd(self, language: str, since: float, until: float, most: int) -> int:
        """How many of one language end not before ``since`` and begin not after ``until``, at most ``most``."""

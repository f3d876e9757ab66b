"""How the stories that can still grow are found by their terms, and how many of them there are.

Rules of this file: no item and no decision is known here. Where a shelf holds the stories, only what items ask for is
fetched from it, and what is found is the same as if all of it were in memory.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from math import exp, inf

from ..model import FOUND_BY
from .growing import HOUR, Growing
from .recall import Shelf

HEAVIEST = 20
"""Terms of an item that look for stories."""

CROWDED = 1000
"""Live stories that are counted; more make no difference."""

_CANDIDATES = 6
"""Stories compared in full."""
_COMMON = 25
"""A term that more live stories have finds none of them, it only adds to those found: it costs more than it tells."""
_WORTH_A_LOOK = 0.05
"""Cosine over the heaviest terms below which a story is not even a runner-up."""
_PICK = 96 * HOUR
"""Decay when candidates are picked."""


class Crowd:
    """How many stories of one language could take an item of a given time; times are seconds."""

    def __init__(
        self,
        window: float,
        stories: Iterable[Growing] = (),
        *,
        language: str = "",
        shelf: Shelf | None = None,
        between: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        """``stories`` are in memory and not on the shelf; ``between`` the times of the first and the last item."""
        first, last = between
        since, until = last - window, first + window
        self._window = window
        self._firsts: list[float] = []
        self._lasts: list[float] = []
        self._language = language
        self._shelf = shelf
        self._shelved: dict[float, int] = {}
        # Where there are enough for each of the items, it does not matter how many more there are.
        listed = list(stories)
        self._least = sum(islice((1 for one in listed if one.last >= since and one.first <= until), CROWDED))
        if self._least < CROWDED and shelf is not None:
            self._least = shelf.crowd(language, since, until, CROWDED)
        if self._least < CROWDED:
            self._firsts = sorted([story.first for story in listed])
            self._lasts = sorted([story.last for story in listed])

    def add(self, moment: float) -> None:
        """A story that opened."""
        if self._least >= CROWDED:
            return
        insort(self._firsts, moment)
        insort(self._lasts, moment)

    def at(self, moment: float) -> int:
        """Exact up to ``CROWDED``."""
        if self._least >= CROWDED:
            return CROWDED
        ended = bisect_left(self._lasts, moment - self._window)
        later = len(self._firsts) - bisect_right(self._firsts, moment + self._window)
        return len(self._lasts) - ended - later + self._on_shelf(moment)

    def _on_shelf(self, moment: float) -> int:
        if self._shelf is None:
            return 0
        if moment not in self._shelved:
            since, until = moment - self._window, moment + self._window
            self._shelved[moment] = self._shelf.crowd(self._language, since, until, CROWDED)
        return self._shelved[moment]


class Live:
    """The growing stories by id and, per language, by their heaviest terms."""

    def __init__(self, lasts: float, shelf: Shelf | None = None) -> None:
        self._lasts = lasts
        self._shelf = shelf
        self._stories: dict[int, Growing] = {}
        self._changed: dict[int, Growing] = {}
        self._index: dict[str, dict[str, dict[int, float]]] = {}
        """Language, term, story id: the term's share in the story's direction; of terms that were expected, all."""
        self._times: dict[int, tuple[float, float]] = {}
        """First and last of stories that are still on the shelf."""
        self._fetched: set[int] = set()
        """Stories that came from the shelf and are not let go, also when they ended since."""

    def get(self, story_id: int) -> Growing | None:
        if self._shelf is not None and story_id not in self._fetched and story_id not in self._stories:
            self._fetch([story_id])
        return self._stories.get(story_id)

    def __getitem__(self, story_id: int) -> Growing:
        found = self.get(story_id)
        if found is None:
            raise KeyError(story_id)
        return found

    def __iter__(self) -> Iterator[Growing]:
        """Those in memory."""
        return iter(self._stories.values())

    def changed(self) -> list[Growing]:
        """Those that changed since the last time this was asked."""
        found = list(self._changed.values())
        self._changed.clear()
        return found

    def add(self, story: Growing) -> None:
        self._stories[story.id] = story
        if story.changed:
            self._changed[story.id] = story
        self._enter(story)

    def _enter(self, story: Growing) -> None:
        index = self._index.setdefault(story.language, {})
        for term, share in story.shares():
            if term in index:
                index[term][story.id] = share
            else:
                index[term] = {story.id: share}

    def drop(self, story: Growing) -> None:
        """Also before a story changes; ``add`` puts it back."""
        del self._stories[story.id]
        self._changed.pop(story.id, None)
        index = self._index[story.language]
        for term in islice(story.vector, FOUND_BY):
            holders = index.get(term, {})
            holders.pop(story.id, None)  # of a fetched story, only what was asked for is here
            if not holders:
                index.pop(term, None)

    def crowd(self, language: str, moments: Iterable[float]) -> Crowd:
        """The stories of one language that items of those times can find, as they are now."""
        listed = list(moments)
        first, last = min(listed), max(listed)
        mine = [story for story in self._stories.values() if story.language == language and story.vector]
        if self._fetched:
            mine = [story for story in mine if story.id not in self._fetched]
        return Crowd(self._lasts, mine, language=language, shelf=self._shelf, between=(first, last))

    def expect(self, vectors: Mapping[str, Iterable[Mapping[str, float]]]) -> None:
        """Fetches by what the next items look for stories, given the vectors of each language's.

        Forgets what was fetched for others and did not change.
        """
        if self._shelf is None:
            return
        self._let_go()
        for language, some in vectors.items():
            asked = {term for vector in some for term in islice(vector, HEAVIEST)}
            index = self._index.setdefault(language, {})
            found: set[int] = set()
            for term, holders in self._shelf.holders(language, asked).items():
                for story_id in holders.keys() & self._fetched:
                    del holders[story_id]  # it changed since it was on the shelf
                holders.update(index.get(term, ()))
                if len(holders) <= _COMMON:
                    found.update(holders)
                index[term] = holders
            self._times.update(self._shelf.times(found - self._stories.keys()))

    def _let_go(self) -> None:
        """What was found on the shelf and did not change can be fetched again; what its id alone leads to, not."""
        found = self._fetched & self._stories.keys() & self._times.keys()
        for story_id in found - self._changed.keys():
            self._fetched.remove(story_id)
            del self._stories[story_id]
        self._times.clear()
        self._index.clear()
        for story in self._stories.values():
            self._enter(story)

    def candidates(self, language: str, vector: Mapping[str, float], moment: float) -> list[Growing]:
        """The stories likeliest to take the item, judged by its heaviest terms alone."""
        index = self._index.get(language, {})
        cosines: dict[int, float] = {}
        known = cosines.get
        for term, weight in islice(vector.items(), HEAVIEST):
            holders = index.get(term)
            if holders is None:
                continue
            if len(holders) <= _COMMON:
                for story_id, share in holders.items():
                    cosines[story_id] = known(story_id, 0.0) + weight * share
            else:
                for story_id in cosines.keys() & holders.keys():
                    cosines[story_id] += weight * holders[story_id]
        chosen = self._likeliest(cosines, moment)
        self._fetch([story_id for story_id in chosen if story_id not in self._stories])
        return [self._stories[story_id] for story_id in chosen]

    def _likeliest(self, cosines: Mapping[int, float], moment: float) -> list[int]:
        """The few that are nearest once their silence counts; what only time could push down is not looked at."""
        order = sorted([(-cosine, story_id) for story_id, cosine in cosines.items() if cosine >= _WORTH_A_LOOK])
        found: list[tuple[float, int]] = []
        for negative, story_id in order:
            if len(found) == _CANDIDATES and negative > found[-1][0]:
                break
            story = self._stories.get(story_id)
            first, last = self._when(story_id) if story is None else (story.first, story.last)
            gap = moment - last
            if gap <= self._lasts and first - moment <= self._lasts:
                insort(found, (negative * exp(-gap / _PICK) if gap > 0.0 else negative, story_id))
                del found[_CANDIDATES:]
        return [story_id for _, story_id in found]

    def _when(self, story_id: int) -> tuple[float, float]:
        """First and last of a story that is on the shelf; never, where it is not any more."""
        if story_id not in self._times:
            assert self._shelf is not None
            self._times[story_id] = self._shelf.times([story_id]).get(story_id, (-inf, -inf))
        return self._times[story_id]

    def _fetch(self, story_ids: Collection[int]) -> None:
        """Fetches the stories themselves."""
        if not story_ids:
            return
        assert self._shelf is not None
        for state in self._shelf.states(story_ids):
            self._fetched.add(state.id)
            story = Growing.of(state)
            if state.id in self._times:
                self._stories[state.id] = story  # what was expected finds it already
            else:
                self.add(story)

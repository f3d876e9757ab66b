"""Which of the stories near an item takes it: how likely each is, what is asked of it, what speaks against it.

Rules of this file: nothing is changed and nothing is remembered; what a person decided is no question here.

A story's score is the cosine of the item with the sum of all its items, each shared term as telling as it is outside
that story, less the longer the story was silent, and less for an item of many words. The best takes the item when its
score and its lead over the runner-up together reach the bar, and nothing objects:
- other names: item and story each name people or places, and none in common. Two earthquakes are told in one set of
  words, and so are two elections and two quarterly results.
- names alone: hardly anything but names is shared, and the score is no more than enough. A country has many matters.
- one outlet's own words: an outlet repeats itself by habit (forecasts, briefings, offers), so that a story which only
  that outlet told takes another text of its only when that is much alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import exp, fsum, sqrt

from ..model import Item, NameCounts, Objection, TermCounts
from .finding import CROWDED
from .growing import HOUR, Growing
from .names import Names
from .rarity import Rarity

_RIVALS, _RIVALRY, _MOST = 200, 0.2, CROWDED
"""The bar grows with the number of live stories to that power, up to so many: chance likeness grows with them.

Measured up to some hundreds; beyond a thousand nothing is known, and the bar stays.
"""

_TERMS, _SHORTEST, _LONGEST, _BREVITY = 16, 4, 32, 0.25
"""A score falls with the number of an item's terms to that power, between shortest and longest: many words share
more by chance, while a headline alone has few to share."""

_SHORT = 10
"""An item of fewer terms may share fewer words than the dial asks for, if they are so much of what it says."""

_OWN = 0.75
"""Share of a story's own uses of a term that do not make it common: a big story makes its own name frequent, and
against the rest of the stream it is as telling as ever."""

_LOOSE = 0.1
"""Power of the mean likeness inside a story by which its score falls: what is loosely joined is near to everything."""

_KIN = 0.5
"""A runner-up counts less the more it is like the first, by that share: two pieces of one event are no rivals."""

_FADES = 20 * HOUR
"""Silence after which a story scores a third."""

_QUIET, _QUIETER = 20, 0.5
"""Below that many live stories a patient dial lets a story fade more slowly, by that power of their number."""

_BARE, _MORE = 0.8, 1.2
"""Share of what item and story have in common from which it is names alone, and how much higher the bar is then."""

_HABIT = 0.7
"""What a text must reach to join a story that its own outlet alone has told."""

_REPEAT = 0.9
"""Cosine from which a text is the same one again, whoever told it."""

_NAMED = 40
"""Heaviest terms of a story among which its names are looked for."""

_WEIGHT_OF_NAMES = 0.15
"""Share of a story's weight that its names must have to keep it apart from another story."""


@dataclass(frozen=True, slots=True)
class Dial:
    """How eagerly to group."""

    bar: float
    """What score and lead must reach where 200 stories are live."""
    merge: float
    """Closeness from which two stories become one."""
    fewest: int = 20
    """The bar falls no further with fewer live stories."""
    words: int = 3
    """Fewer words in common are chance, unless ``alike``."""
    alike: float = 0.25
    """The score from which a short item needs no more words."""
    patience: float = 1.0
    """How many times more slowly, at most, a story fades where few others are live."""
    other_names: bool = True
    """Whether other names keep apart."""
    second_look: bool = False
    """Whether an item that stayed alone is judged again when all of its arrival are placed."""


DIALS = {
    "careful": Dial(0.40, 0.34),
    "normal": Dial(0.34, 0.30),
    "eager": Dial(0.32, 0.29, fewest=35, words=2, alike=0.2, patience=3.0, other_names=False, second_look=True),
}
"""careful joins only what is sure; normal is made for reading; eager has the best balance of missed and wrong joins."""


@dataclass(slots=True, eq=False)
class Scored:
    """A story with what it scored."""

    story: Growing
    score: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found about one item."""

    taker: Growing | None
    """The story that takes it; None where it opens one."""
    told: Sequence[Scored] = ()
    """The nearest story and the runners-up, as the judgement rests on them."""
    score: float = 0.0
    """Of the nearest, its lead included."""
    bar: float = 0.0
    """What that had to reach."""
    objection: Objection | None = None
    """What kept the item out of the nearest, whatever its score."""


class Bench:
    """What one language's items are judged by while one arrival lasts."""

    def __init__(
        self, dial: Dial, language: str, counts: TermCounts, rare: Mapping[str, float], names: NameCounts | None
    ) -> None:
        """``rare``: the rarity of all terms of the arrival."""
        self._dial = dial
        self._rarity = Rarity(counts, language)
        self._rare = rare
        self._names = Names(language, names, counts)

    def scored(self, near: Iterable[Growing], vector: Mapping[str, float], moment: float, *, live: int) -> list[Scored]:
        """The near stories with their scores, the likeliest first."""
        brevity = (_TERMS / min(max(len(vector), _SHORTEST), _LONGEST)) ** _BREVITY
        fades = _FADES * min((_QUIET / min(max(live, 1), _QUIET)) ** _QUIETER, self._dial.patience)
        found = [
            Scored(story, brevity * self._likeness(story, vector) * exp(-story.gap(moment) / fades)) for story in near
        ]
        found.sort(key=lambda one: (-one.score, one.story.id))
        return found

    def judge(self, item: Item, vector: Mapping[str, float], found: Sequence[Scored], *, live: int) -> Judgement:
        """Which of the scored stories takes the item; one that is objected to leaves the choice to the next."""
        bar = self._dial.bar * (min(max(live, self._dial.fewest), _MOST) / _RIVALS) ** _RIVALRY
        objected: Judgement | None = None
        for first in range(len(found)):
            told = found[first:]
            score = _with_lead(told, bar)
            if score < bar:
                return objected or Judgement(None, told, score, bar)
            if self._by_chance(vector, told[0]):
                return objected or Judgement(None, told, score, bar, Objection.WORDS)
            objection, needed = self._objection(item, vector, told[0].story, score, bar)
            if objection is None:
                return Judgement(told[0].story, told, score, bar)
            objected = objected or Judgement(None, told, score, needed, objection)
        return objected or Judgement(None, bar=bar)

    def other_names(self, one: Growing, other: Growing) -> bool:
        """Whether two stories each name people or places, and none in common."""
        if not self._dial.other_names:
            return False
        names = [(story, self._names.of(islice(story.vector, _NAMED))) for story in (one, other)]
        (_, mine), (_, theirs) = names
        if not mine or not theirs or _any_in(mine, other.vector) or _any_in(theirs, one.vector):
            return False
        return all(_weight(found, story) >= _WEIGHT_OF_NAMES for story, found in names)

    def _objection(
        self, item: Item, vector: Mapping[str, float], story: Growing, score: float, bar: float
    ) -> tuple[Objection | None, float]:
        """What speaks against a story whose score is enough, with the score that would have silenced it."""
        if self._dial.other_names:
            names = self._names.of(vector)
            if names and not _any_in(names, story.vector) and self._names.of(islice(story.vector, _NAMED)):
                return Objection.NAMES, bar
            if score < bar * _MORE and _product(names, vector, story) >= _BARE * _product(vector, vector, story):
                return Objection.SUBJECT, bar * _MORE
        if story.outlet == item.outlet and score < _HABIT and story.cosine(vector) < _REPEAT:
            return Objection.OUTLET, max(bar, _HABIT)
        return None, bar

    def _by_chance(self, vector: Mapping[str, float], best: Scored) -> bool:
        """Whether the item shares too little with the likeliest story for a likeness to mean anything."""
        if best.score >= self._dial.alike and len(vector) < _SHORT:
            return False
        return sum(term in best.story.vector for term in vector) < self._dial.words

    def _likeness(self, story: Growing, vector: Mapping[str, float]) -> float:
        """The cosine of an item with a story, each shared term as telling as it is outside that story."""
        if story.size < 2:
            return story.cosine(vector)
        dot, mine, theirs = 0.0, 1.0, story.length**2
        known, rarity, rare = story.vector.get, self._rarity.without, self._rare
        for term, weight in vector.items():
            total = known(term)
            if total:
                own = _OWN * min(story.size, total / weight)
                gain = (rarity(term, own) / rare[term]) ** 2
                dot += weight * total * gain
                mine += weight**2 * (gain - 1)
                theirs += total**2 * (gain - 1)
        return dot / sqrt(mine * theirs) * _tightness(story)


def _with_lead(found: Sequence[Scored], bar: float) -> float:
    """The score of the first and its lead over the second; what cannot reach the bar is not looked at closely."""
    if len(found) < 2:
        return 2 * found[0].score
    first, second = found[0], found[1]
    if 2 * first.score < bar:
        return 2 * first.score - second.score
    kin = first.story.cosine(second.story.vector) / second.story.length
    return 2 * first.score - second.score * (1 - _KIN * kin)


def _tightness(story: Growing) -> float:
    """1 for a story whose items all say the same, less the less they are alike."""
    return float((story.length / story.size) ** _LOOSE)


def _any_in(terms: Iterable[str], vector: Mapping[str, float]) -> bool:
    return any(term in vector for term in terms)


def _product(terms: Iterable[str], vector: Mapping[str, float], story: Growing) -> float:
    """What some terms of an item have in common with a story."""
    return fsum([vector[term] * story.vector[term] for term in terms if term in story.vector])


def _weight(terms: Iterable[str], story: Growing) -> float:
    """The share of a story's weight that some of its terms have."""
    return fsum([story.vector[term] ** 2 for term in terms]) / story.length**2

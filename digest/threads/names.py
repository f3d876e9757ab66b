"""Which terms stand for names: people, places, bodies, brands. Learned from how a language's items write them.

Rules of this file: no list of names, nothing of a story known here.
A word that is written with a capital in the middle of sentences is a name; the start of a sentence and a headline
in title case say nothing.
A script without capitals says nothing either: there a rare term stands for a name, and linking asks for more.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import chain

from ..model import Item, NameCounts, TermCounts
from .recall import at_hand, want
from .words import SUMMARY_WORDS, lexicon, without_outlet
from .words import term as term_of

CAPITALISED = 0.6
"""Share of a term's uses in mid-sentence that are written with a capital, from which it is a name."""

RARE = 0.02
"""Share of a language's items up to which a term is rare enough to stand for a name where capitals do not tell."""

YOUNG = 1000
"""Items that a stream is taken to have had before its first one: until it has seen a lot, nothing is common."""

KEPT = 400
"""Uses of a term above which both its counts are halved, so that a word can become a name and cease to be one."""

_KNOWN = 20_000
"""Words of one language with other letters than A to Z that are remembered."""

_NOUNS_TOO = frozenset({"de", "lb"})
"""Every noun has a capital, so that a capital alone makes no name."""

_NO_NAMES = frozenset(
    [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "montag",
        "dienstag",
        "mittwoch",
        "donnerstag",
        "freitag",
        "samstag",
        "sonnabend",
        "sonntag",
        "ap",
        "afp",
        "ani",
        "ansa",
        "dpa",
        "efe",
        "getty",
        "ians",
        "kyodo",
        "pti",
        "reuter",
        "tass",
        "upi",
        "xinhua",
        "yonhap",
        "president",
        "minister",
        "secretary",
        "senator",
        "representative",
        "rep",
        "sen",
        "gov",
        "mr",
        "mrs",
        "ms",
        "dr",
        "ai",
        "ceo",
        "diy",
        "pc",
        "tv",
    ]
)
"""Written with a capital and telling nothing: days, months, agencies that are credited, titles of people, things."""

_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W\d_]+\d*")

_IN_SENTENCE = re.compile(rf"(?<=[\w,] )(?:{_WORD.pattern})")
"""A word that follows another, or a comma: what opens a sentence, a quotation or a headline's second half is written
with a capital whatever it is."""

_OPENING = 80
"""Characters that show whether a whole text is written in capitals."""

_NEVER = (0, 0)
_NOTHING: Mapping[str, tuple[int, int]] = {}

_NO_CAPITALS = bytes(set(range(128)) - set(string.ascii_uppercase.encode()))
"""All of ASCII but those."""

_LETTER = re.compile(r"[^\W\d_]")

_GEORGIAN = re.compile("[\u10a0-\u10ff]")
"""Has capitals in Unicode and uses none."""


def counted(before: Mapping[str, NameCounts], items: Iterable[Item]) -> dict[str, NameCounts]:
    """By language the new counts of each term that changed; ``before`` holds at least the terms of ``items``.

    An item is one voice on a term: a capital where most of its uses have one.
    """
    changed: dict[str, dict[str, tuple[int, int]]] = {}
    by_language: dict[str, list[dict[str, int]]] = {}
    for item in items:
        by_language.setdefault(item.language, []).append(_uses(item))
    for language, found in by_language.items():
        uses = Counter(chain.from_iterable(found))
        capitals = Counter(chain.from_iterable([[term for term, use in one.items() if use > 0] for one in found]))
        known = at_hand(before[language].counts, uses).get if language in before else _NOTHING.get
        new = changed[language] = {}
        for term, count in uses.items():
            used, written = known(term, _NEVER)
            if used + count <= KEPT:
                new[term] = used + count, written + capitals[term]
            else:
                new[term] = _halving(used, written, [one[term] > 0 for one in found if term in one])
    return {language: NameCounts(counts) for language, counts in changed.items() if counts}


def _halving(uses: int, capitals: int, added: Iterable[bool]) -> tuple[int, int]:
    """The counts after more uses, each with a capital or without, halved whenever there are too many."""
    for capital in added:
        uses, capitals = uses + 1, capitals + capital
        if uses > KEPT:
            uses, capitals = uses // 2, capitals // 2
    return uses, capitals


def telling(language: str, names: NameCounts | None, terms: TermCounts, found: Iterable[str]) -> frozenset[str]:
    """Those of the ``found`` terms that stand for names, by the counts of their language."""
    found = list(found)
    counts = at_hand(names.counts, found) if names else {}
    nouns_too = language in _NOUNS_TOO
    want(terms.counts, found if nouns_too else filter(without_capitals, found))
    return frozenset(
        term
        for term in found
        if term not in _NO_NAMES
        and (_rare(term, terms) if not term.isascii() and without_capitals(term) else _capitalised(counts.get(term)))
        and (not nouns_too or _rare(term, terms))
    )


class Names:
    """Which terms of one language stand for names, remembered as long as its counts stay as they are."""

    def __init__(self, language: str, names: NameCounts | None, terms: TermCounts) -> None:
        self._language = language
        self._names = names
        self._terms = terms
        self._known: dict[str, bool] = {}

    def of(self, found: Iterable[str]) -> list[str]:
        """Those of the terms that stand for names, in their order."""
        listed = list(found)
        fresh = [term for term in listed if term not in self._known]
        if fresh:
            likely = telling(self._language, self._names, self._terms, fresh)
            self._known.update((term, term in likely) for term in fresh)
        return [term for term in listed if self._known[term]]


def capitals_tell(language: str, found: Iterable[str]) -> bool:
    """Whether names show by their capitals in this language, as the found terms are written."""
    if language in _NOUNS_TOO:
        return False
    terms = [term for term in found if _LETTER.search(term)]
    return 2 * sum(without_capitals(term) for term in terms) <= len(terms)


@lru_cache(maxsize=20_000)
def without_capitals(term: str) -> bool:
    """Whether the term is written in a script that knows no capitals; a number is not."""
    letter = _LETTER.search(term)
    return letter is not None and (unicodedata.category(letter[0]) == "Lo" or _GEORGIAN.match(letter[0]) is not None)


def _capitalised(counts: tuple[int, int] | None) -> bool:
    return counts is not None and counts[0] > 0 and counts[1] >= CAPITALISED * counts[0]


def _rare(term: str, terms: TermCounts) -> bool:
    return terms.counts.get(term, 0) <= RARE * (terms.documents + YOUNG)


def _uses(item: Item) -> dict[str, int]:
    """The terms that the item uses in mid-sentence, each with how many more of those uses have a capital than not."""
    found: dict[str, int] = {}
    known, terms, use = found.get, lexicon(item.language), _known_uses(item.language)
    title = without_outlet(item.title, item.outlet_name)
    texts = [item.summary[: SUMMARY_WORDS * 12]]
    if not _in_title_case(title, item.language):
        texts.append(title)
    for text in texts:
        if _is_shouted(text[:_OPENING]):
            continue  # every word has a capital
        for word in _IN_SENTENCE.findall(text):
            if word.isascii():  # most words are, and need no dictionary of their own
                plain = word.lower()
                term, balance = terms[plain], -1 if word == plain else 1
            else:
                term, balance = use[word]
            found[term] = known(term, 0) + balance
    found.pop("", None)
    return found


def _is_shouted(opening: str) -> bool:
    if opening.isascii():
        return 2 * len(opening.encode().translate(None, _NO_CAPITALS)) > len(opening)
    return 2 * sum(map(str.isupper, opening)) > len(opening)


def _in_title_case(title: str, language: str) -> bool:
    """Whether nearly every telling word after the first has a capital, as in many headlines; mere names look so too."""
    terms, uses = lexicon(language), _known_uses(language)
    later: list[str] = _WORD.findall(title)[1:]
    telling_words = [
        word for word in later if len(word) > 3 and (terms[word.lower()] if word.isascii() else uses[word][0])
    ]
    plain = sum(word == word.lower() for word in telling_words)
    return plain < 2 or 4 * plain < len(telling_words)


class _Uses(dict[str, tuple[str, int]]):
    """The terms of words that are not ASCII, and what a use of each says: 1 for a capital, -1 against it; so many."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language

    def __missing__(self, word: str) -> tuple[str, int]:
        if len(self) >= _KNOWN:
            self.clear()
        found = self[word] = _term(word, self._language), -1 if word.islower() else 1
        return found


@lru_cache(maxsize=8)
def _known_uses(language: str) -> _Uses:
    return _Uses(language)


def _term(word: str, language: str) -> str:
    """The term that grouping makes of the word; empty for a stop word or a script that knows no capitals."""
    return "" if without_capitals(word) else term_of(word, language)

"""The words of ``follow``, ``mute``, ``only`` and ``skip``: reading them, and looking for them in an item's text.

``vaccine``         this word, not as a part of another
``Baltic Sea``      these words in this order, spaces or hyphens between them
``/\\bU-?21\\b/``     a pattern, bounded in time by the ``regex`` package

Small and capital letters are one, and so are letters with and without accents in Latin, Greek and the Russian ё:
who follows Erdogan means Erdoğan. Marks of other scripts are parts of their letters and stay.
Scripts without spaces between words, and Korean, whose particles follow without one, match wherever the word stands.
Time is that of the processor, so that a busy machine makes no pattern slow.
Only this module knows ``regex``, which is imported when the first pattern is met.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from time import thread_time
from typing import Any

from .units import shown

TITLE = 1000
SUMMARY = 4000
"""Characters of an item that are looked through: what it is about stands at its beginning."""

PATIENCE = 0.05
"""Seconds for a pattern and one text; a good one needs less than a thousandth of that."""

BUDGET = 1.0
"""Seconds for a pattern and all texts of an edition: thousands of them with a good one."""

GIVE_UP = 3
"""Texts on which a pattern may run out of time before it is looked for no more."""

LONGEST = 500
"""Characters of a word or pattern."""

_GAP = re.compile(r"[\s\-\u2010-\u2013]+")
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u0f00-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fff\u3005-\u3007\u3040-\u31ff\u3400-\u9fff"
    "\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Thai, Lao, Tibetan, Burmese, Khmer, Chinese, Japanese and Korean letters."""

_UNSEEN = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
_PLAIN = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ё": "е", "ς": "σ"}
"""Letters whose accent is no mark of its own."""


class _Bare(dict[int, str]):
    """Characters to themselves without accents, found out when first asked for."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        bare = _PLAIN.get(character, character)
        if character in _UNSEEN or 0x300 <= code <= 0x36F:
            bare = ""
        elif not character.isascii() and unicodedata.name(character, "").startswith(("LATIN", "GREEK")):
            letters = unicodedata.normalize("NFD", bare)
            bare = "".join(one for one in letters if not unicodedata.combining(one))
        self[code] = bare
        return bare


_BARE = _Bare()


def fold(text: str) -> str:
    """Text as words are compared in: small letters without accents, one space for each gap or hyphen."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = text.casefold()
    if not text.isascii():
        text = text.translate(_BARE)
    return _GAP.sub(" ", text).strip()


@dataclass(frozen=True, slots=True)
class Text:
    """The text of one item, made ready once for all lists of words."""

    plain: str
    """Title and summary as they are, each on one line."""
    folded: str


def text_of(title: str, summary: str) -> Text:
    """The text of an item in which words are looked for."""
    lines = [" ".join(title[:TITLE].split()), " ".join(summary[:SUMMARY].split())]
    return Text("\n".join(lines), "\n".join(map(fold, lines)))


def word(text: str) -> str:
    """One entry of a list, checked; raises ValueError with what is wrong and the cure."""
    if len(text) > LONGEST:
        raise ValueError(f"{shown(text)} is longer than {LONGEST} characters; write what stands out of it")
    if is_pattern(text):
        _checked(text)
    elif text.startswith("/"):
        raise ValueError(f"{shown(text)} begins like a pattern; a pattern stands between slashes, like '/vaccin/'")
    elif not any(unicodedata.category(one)[0] in "LNS" for one in fold(text)):
        raise ValueError(f"{shown(text)} has no letter or digit to look for; write a word, or remove it")
    return text


def same(text: str) -> str:
    """Equal for two entries that find the same."""
    return text if is_pattern(text) else fold(text)


def is_pattern(text: str) -> bool:
    """Whether an entry is a regular expression."""
    return len(text) > 1 and text.startswith("/") and text.endswith("/")


def _checked(text: str) -> None:
    import regex

    if not source(text).strip():
        raise ValueError("// is an empty pattern; write what it should find between the slashes")
    try:
        found = _compiled(text).search("", timeout=PATIENCE)
    except regex.error as error:
        at = f" at character {error.pos + 2}" if error.pos is not None else ""
        raise ValueError(f"{shown(text)} is no pattern: {error.msg}{at}; mend it, or write plain words") from None
    except (OverflowError, RecursionError, TimeoutError, ValueError, MemoryError):
        raise ValueError(f"{shown(text)} is a pattern too heavy to use; write a simpler one") from None
    if found is not None:
        raise ValueError(f"{shown(text)} finds every text, an empty one too; write a pattern that needs a letter")


def source(text: str) -> str:
    """What stands between the slashes."""
    return text[1:-1]


def _compiled(text: str) -> Any:
    import regex

    return regex.compile(source(text), regex.IGNORECASE | regex.MULTILINE)


class Words:
    """One list of words, ready to be looked for in many texts, with the time its patterns took."""

    def __init__(self, words: Iterable[str], timer: Callable[[], float] = thread_time) -> None:
        self._looks: list[tuple[str, Callable[[Text], bool]]] = []
        self._patterns: list[_Pattern] = []
        for one in words:
            if is_pattern(one):
                self._patterns.append(_Pattern(one, timer))
                self._looks.append((one, self._patterns[-1].stands_in))
            else:
                self._looks.append((one, _Plain(fold(one)).stands_in))

    def first(self, text: Text) -> str | None:
        """The first word of the list that the text has, as written."""
        return next((written for written, stands_in in self._looks if stands_in(text)), None)

    @property
    def slow(self) -> Mapping[str, bool]:
        """Patterns that ran out of time on some text, and whether they were given up for that."""
        return {one.text: one.given_up for one in self._patterns if one.late or one.given_up}

    def __bool__(self) -> bool:
        return bool(self._looks)


class _Plain:
    """A word or a phrase, folded."""

    def __init__(self, needle: str) -> None:
        self._needle = needle

    def stands_in(self, text: Text) -> bool:
        """Whether it stands there as a whole word."""
        folded, needle = text.folded, self._needle
        start = folded.find(needle)
        while start >= 0:
            end = start + len(needle)
            before, after = folded[max(start - 1, 0) : start], folded[end : end + 1]
            if not (_goes_on(needle[0], before) or _goes_on(needle[-1], after)):
                return True
            start = folded.find(needle, start + 1)
        return False


def _goes_on(edge: str, beside: str) -> bool:
    """Whether a word that ends with ``edge`` goes on with what stands beside it."""
    if not beside or _SPACELESS.match(edge) or _SPACELESS.match(beside):
        return False
    kind = unicodedata.category(beside)[0]
    return kind == "M" or (kind in "LN" and unicodedata.category(edge)[0] in "LNM")


class _Pattern:
    """A regular expression with the time that is left to it."""

    def __init__(self, text: str, timer: Callable[[], float]) -> None:
        self.text = text
        self.late = 0
        self._spent = 0.0
        self._timer = timer
        self._compiled = _compiled(text)

    @property
    def given_up(self) -> bool:
        return self.late >= GIVE_UP or self._spent >= BUDGET

    def stands_in(self, text: Text) -> bool:
        """Whether it finds something; no where it takes too long."""
        if self.given_up:
            return False
        begun = self._timer()
        try:
            # Its clock is that of the whole process: not concurrent, so that no other thread's work counts as its own.
            return self._compiled.search(text.plain, timeout=PATIENCE, concurrent=False) is not None
        except TimeoutError:
            self.late += 1
            return False
        finally:
            self._spent += self._timer() - begun

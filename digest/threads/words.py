"""Text into weighted terms, per language: what grouping compares.

Rules of this file: no state, nothing learned, nothing of a story known here.
A term is a folded word, a number, or two neighbouring characters where a script writes no spaces.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from math import log
from sys import intern

from .places import PLACES
from .scripts import never_latin, script_language
from .stems import stem
from .stopwords import STOP_WORDS

TITLE_WEIGHT = 4
"""One use in the title counts as that many in the summary."""

_KNOWN = 20_000
"""Words of one language whose terms are remembered."""

TITLE_WORDS = 80
SUMMARY_WORDS = 120
"""No more terms are read: some feeds give the whole text, and a long one drowns what its opening says."""

_WEIGHTS = (0.0, *[1.0 + log(count) for count in range(1, TITLE_WEIGHT * TITLE_WORDS + SUMMARY_WORDS + 1)])
"""By number of uses."""

_MARKS = re.compile("(?<!\u0438)\u0306|[\u0300-\u0305\u0307-\u036f\u0483-\u0487\u0610-\u061a\u0640\u064b-\u065f\u0670]")
"""Accents of Latin, Greek and Cyrillic, vowel signs and lengthening of Arabic.

Indic and kana signs are letters, and so is the Cyrillic short i, a breve by its look alone.
"""

_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "’": "'"})

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf"
_UNSPACED += "\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
"""Thai, Lao, Burmese, Khmer, kana, Han, Hangul."""

_NUMBER = r"\d+(?:[.,]\d+)*"
_INITIALS = r"(?:[a-z]\.){2,}"

_PLAIN_TOKEN = re.compile(rf"{_NUMBER}|{_INITIALS}|(?:[^\W\d_]|[\u0900-\u0dff])+\d*")

_MIXED_TOKEN = re.compile(
    rf"(?P<run>[{_UNSPACED}]+)|{_NUMBER}|{_INITIALS}|(?:(?![{_UNSPACED}])(?:[^\W\d_]|[\u0900-\u0dff]))+\d*"
)

_ANY_UNSPACED = re.compile(f"[{_UNSPACED}]")

_HIRAGANA = re.compile("[\u3041-\u309f]{1,2}")

_THOUSANDS = re.compile(r"(?<=\d)[.,](?=\d{3}(?!\d))")

_SIGN = re.compile("[-–—|·»]")

_TAIL = re.compile(r"^(?P<head>.*\S)\s+(?P<sign>[-–—|·»])\s+(?P<tail>[^-–—|·»]+)$", re.DOTALL)


def terms(title: str, summary: str, language: str, *, outlet: str = "") -> Mapping[str, float]:
    """Terms of one item with their weights: 1 + ln of the uses, one in the title counting as four.

    Empty where the text has no word at all.
    ``outlet`` is the publisher's name, which many feeds hang behind their titles.
    """
    uses = Counter(in_order(without_outlet(title, outlet), language)[:TITLE_WORDS] * TITLE_WEIGHT)
    uses.update(in_order(summary[: SUMMARY_WORDS * 12], language)[:SUMMARY_WORDS])
    return {term: _WEIGHTS[count] for term, count in uses.items()}


def in_order(text: str, language: str) -> list[str]:
    """The terms of a text in order: words that tell something, folded and singular, a people as its place."""
    folded = fold(text)
    if not _ANY_UNSPACED.search(folded):
        return list(filter(None, map(lexicon(language).__getitem__, _PLAIN_TOKEN.findall(folded))))
    stop = STOP_WORDS.get(language, frozenset())
    terms = lexicon(language)
    found: list[str] = []
    for word, run in _mixed(folded):
        if run:
            pairs = [word[i : i + 2] for i in range(len(word) - 1)] or [word]
            found.extend(pair for pair in pairs if not _is_grammar(pair, stop))
        elif term := terms[word]:
            found.append(term)
    return found


def term(word: str, language: str) -> str:
    """The term of one word alone, however it is written; empty for one that tells nothing."""
    return lexicon(language)[fold(word)]


def fold(text: str) -> str:
    """Lower case without accents, full-width and other compatibility forms as plain ones."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_PLAIN)
    return unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", folded)))


def tokens(text: str) -> list[str]:
    """The words of a text in order, folded and otherwise whole; a script without spaces gives its characters."""
    found: list[str] = []
    for word, run in _words(text):
        found.extend(word if run else (word,))
    return found


def without_outlet(title: str, outlet: str = "") -> str:
    """The title without a publisher's name hung behind it: "Dam breaks in the north - Example Times".

    The known name always goes.
    Another tail goes only behind a bar, or where it looks like a name of few words and four words or more stay.
    """
    match = _TAIL.match(title[:2000]) if _SIGN.search(title) else None
    if match is None:
        return title
    head, tail = match["head"], match["tail"].strip()
    if outlet and fold(tail) == fold(outlet):
        return head
    if len(head.split()) < 4 or len(tail) > 40 or any(letter.isdigit() for letter in tail):
        return title
    if match["sign"] == "|" and len(tail.split()) <= 4:
        return head
    return head if _looks_like_a_name(tail) else title


def language(declared: str | None, text: str) -> str:
    """The primary subtag (``en``, ``ja``) of a text, or ``und``.

    What the feed declares holds unless the script contradicts it;
    then, and where nothing is declared, script and stop words decide.
    """
    told = _subtag(declared)
    sample = fold(text[:1000])
    by_script, compatible = script_language(sample)
    if told is not None and (told in compatible if compatible else not never_latin(told)):
        return told
    if by_script is not None:
        return by_script
    return _by_stop_words(sample) or told or "und"


def _words(text: str) -> list[tuple[str, bool]]:
    """Folded words in order, each with whether it is a run of a script without spaces."""
    folded = fold(text)
    if _ANY_UNSPACED.search(folded):
        return _mixed(folded)
    return [(word, False) for word in _PLAIN_TOKEN.findall(folded)]


def _mixed(folded: str) -> list[tuple[str, bool]]:
    """The words of a text that has some of a script without spaces, told as ``_words`` does."""
    return [(match[0], match["run"] is not None) for match in _MIXED_TOKEN.finditer(folded)]


class _Terms(dict[str, str]):
    """The terms of one language's folded words, which come again and again; no more of them than ``_KNOWN``."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language

    def __missing__(self, word: str) -> str:
        if len(self) >= _KNOWN:
            self.clear()
        found = self[word] = intern(_term(word, self._language))
        return found


@lru_cache(maxsize=8)
def lexicon(language: str) -> Mapping[str, str]:
    """The term of each folded word of a language, as it is asked for; empty for a word that tells nothing."""
    return _Terms(language)


def _term(word: str, language: str) -> str:
    """Of a folded word."""
    if word[0].isdigit():
        return _THOUSANDS.sub("", word)
    if "." in word:
        found = word.replace(".", "")
    elif len(word) > 1 and word not in STOP_WORDS.get(language, frozenset()):
        found = stem(_singular(word), language)
    else:
        return ""
    return PLACES.get(language, {}).get(found, found)


def _is_grammar(pair: str, stop: frozenset[str]) -> bool:
    """Whether two neighbouring characters only bind words: hiragana alone, or one that stops in Chinese."""
    return pair in stop or _HIRAGANA.fullmatch(pair) is not None or any(sign in stop for sign in pair)


def _singular(word: str) -> str:
    """English plurals, and by luck many Spanish, French and Portuguese ones; the same for every use of a word."""
    if len(word) < 4 or word[-1] != "s" or not word.isascii():
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word if word[-2] in "sui" else word[:-1]


def _looks_like_a_name(tail: str) -> bool:
    """Few words that all begin with a capital, or an address."""
    words = tail.split()
    if len(words) == 1 and "." in tail.strip("."):
        return True
    small = {"of", "the", "and", "de", "la", "le", "el", "der", "die", "und", "&"}
    return len(words) <= 4 and words[0][0].isupper() and all(word in small or word[0].isupper() for word in words)


def _subtag(declared: str | None) -> str | None:
    """``en`` from ``en-GB``; None where there is no language in it. Country codes taken for languages are put right."""
    found = re.match(r"\s*([A-Za-z]{2,3})(?:[-_].*|\s*)$", declared or "")
    if found is None or found[1].lower() in {"und", "mul", "zxx", "mis"}:
        return None
    told = found[1].lower()
    return {"jp": "ja", "cn": "zh", "kr": "ko", "iw": "he", "in": "id"}.get(told, told)


def _by_stop_words(sample: str) -> str | None:
    """The language with the most stop words in the text, one use each.

    Two different ones are needed, more than any other language has, and every seventh word must be one:
    "de" and "on" stand in many languages.
    """
    words = re.findall(r"[^\W\d_]+", sample)
    counts = sorted(((len(stop.intersection(words)), name) for name, stop in STOP_WORDS.items()), reverse=True)
    (most, name), (next_most, _) = counts[:2]
    share = sum(word in STOP_WORDS[name] for word in words)
    return name if most >= 2 and most > next_most and 7 * share >= len(words) else None

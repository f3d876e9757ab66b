"""How text is indexed, what a person looks for, and where in a text it stands.

Rules of this file: pure functions of text, used alike for the index, the question and the marks on a page, so that the
three can never disagree. It knows neither SQL nor HTML.

The index gets words of folded letters with a space between them: no case, no accents, ``ß`` as ``ss``, full-width
letters as plain ones. Scripts that put no space between words (Han, kana, Hangul, Thai, Lao, Khmer, Burmese) are cut
into overlapping pairs, since nobody can cut them into words without a dictionary:

    Łódź     ->  lodz
    北京市    ->  北京 京市 市        a lone last letter ends each run, so that every letter begins a word
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from html import unescape
from typing import NamedTuple

VERSION = 1
"""Of what ``index_text`` and ``indexed`` make of an item: another one has the index made anew."""

TEXT_LIMIT = 20_000
"""Characters of one item's text that are indexed."""
ASKED_LIMIT = 500
"""Characters of a question that are read."""
TERMS_LIMIT = 16
"""Words and phrases of a question that are looked for."""

# --- Folding and cutting ------------------------------------------------------------------------

_ACCENTS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]"
)
"""Accents, Hebrew points, Arabic vowel marks and the stroke that lengthens a line; other scripts' marks are letters."""
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
"""Letters that Unicode does not take apart."""

_UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u1000-\u1049\u1050-\u109f\u1780-\u17d3\u17dc\u17dd"
    "\u3005-\u3007\u3041-\u3096\u3099\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u1100-\u11ff\u3130-\u318f\uac00-\ud7af\U00020000-\U0003ffff"
)
_MARKS = (
    "\u0483-\u0487\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u07a6-\u07b0\u0900-\u0963\u0966-\u0dff"
)
"""Signs that belong to a word though Python counts them as no letters: of India's scripts above all."""
_ASCII_RUN = re.compile("[a-z0-9]+")


@cache
def _run() -> re.Pattern[str]:
    """Made when first needed: it takes milliseconds, which a poll that brings nothing need not pay."""
    return re.compile(f"([{_UNSPACED}]+)|(?:(?![{_UNSPACED}])(?:[^\\W_]|[{_MARKS}]))+")


class Token(NamedTuple):
    """One word of the index, and where it stands in the folded text."""

    word: str
    start: int
    end: int


def fold(text: str) -> str:
    """The text without case, accents and forms of presentation."""
    if text.isascii():
        return text.lower()
    apart = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.translate(_PLAIN)))
    return unicodedata.normalize("NFC", apart.casefold().translate(_PLAIN))


def _runs(folded: str) -> Iterator[tuple[str, int, bool]]:
    """(letters, place, whether they are of a script without spaces)."""
    if folded.isascii():
        for found in _ASCII_RUN.finditer(folded):
            yield found[0], found.start(), False
        return
    for found in _run().finditer(folded):
        yield found[0], found.start(), found[1] is not None


def _tokens(folded: str) -> Iterator[Token]:
    for letters, start, unspaced in _runs(folded):
        if unspaced:
            for place in range(len(letters)):
                word = letters[place : place + 2]
                yield Token(word, start + place, start + place + len(word))
        else:
            yield Token(letters, start, start + len(letters))


def indexed(text: str) -> str:
    """The words of a text as the index holds them."""
    folded = fold(text)
    if folded.isascii():
        return " ".join(_ASCII_RUN.findall(folded))
    return " ".join(_words(folded))


def _words(folded: str) -> Iterator[str]:
    """The words of ``_tokens``, without their places."""
    for letters, _, unspaced in _runs(folded):
        if unspaced:
            yield from (letters[place : place + 2] for place in range(len(letters)))
        else:
            yield letters


_TAG = re.compile(r"<[^>]*>")


def plain(safe_html: str) -> str:
    """The words of HTML that was cleaned when it was stored, as one line."""
    return " ".join(unescape(_TAG.sub(" ", safe_html)).split())


def text_of(summary: str, content_html: str) -> str:
    """What can be found of an item beside its title: its longest text, and its summary where that says other things."""
    content = plain(content_html[: TEXT_LIMIT * 4])
    if len(content) <= len(summary):
        return summary[:TEXT_LIMIT]
    told = summary.rstrip("…")[:80]
    return (content if told in content else f"{summary} {content}")[:TEXT_LIMIT]


# --- What a person looks for --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand next to each other."""

    words: tuple[str, ...]
    """As the index holds them."""
    prefix: bool = False
    """The last one may go on."""


@dataclass(frozen=True)
class Sought:
    """A question, read."""

    groups: tuple[tuple[Phrase, ...], ...] = ()
    """Of each group one phrase must be there."""
    without: tuple[Phrase, ...] = ()
    """None of these may be there."""
    cut: bool = False
    """The question was longer than is looked for."""

    def __bool__(self) -> bool:
        """Whether there is anything to look for: what must not be there alone finds nothing."""
        return bool(self.groups)

    @cached_property
    def phrases(self) -> tuple[Phrase, ...]:
        """All that may be there, for marking it."""
        return tuple(phrase for group in self.groups for phrase in group)


_PART = re.compile(r'(-?)(?:"([^"]*)(?:"|$)|([^\s"]+))')
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»「」『』＂", '"'))


def read(question: str) -> Sought:
    """What is looked for: words that must all be there, ``"phrases"``, ``-words`` that must not, ``this OR that``,
    ``begin*``. Anything else is text; no question is an error.
    """
    known = " ".join(question.translate(_QUOTES)[:ASKED_LIMIT].split())
    groups: list[list[Phrase]] = []
    without: list[Phrase] = []
    either = False
    cut = len(question) > ASKED_LIMIT
    for part in _PART.finditer(known):
        if part[0] == "OR":
            either = bool(groups)
            continue
        phrase = _phrase(part[2] or part[3] or "")
        if phrase is None:
            continue
        if sum(map(len, groups)) + len(without) >= TERMS_LIMIT:
            cut = True
            break
        if part[1]:
            without.append(phrase)
        elif either:
            groups[-1].append(phrase)
        else:
            groups.append([phrase])
        either = False
    return Sought(tuple(map(tuple, groups)), tuple(without), cut)


def _phrase(written: str) -> Phrase | None:
    """Its words as the index holds them; None where it has none.

    A run of a script without spaces may go on in the text, so its last letter is no word of its own here;
    where that is all there is, any pair that begins with it will do.
    """
    folded = fold(written)
    runs = list(_runs(folded))
    if not runs:
        return None
    words = [token.word for token in _tokens(folded)]
    letters, _, unspaced = runs[-1]
    if unspaced:
        return Phrase(tuple(words[:-1] if len(letters) > 1 else words), prefix=len(letters) == 1)
    return Phrase(tuple(words), prefix=written.endswith("*") and len(words[-1]) > 1)


def expression(sought: Sought) -> str:
    """The question in the language of FTS5; holds nothing but our own signs and letters."""
    wanted = " AND ".join(_any(group) for group in sought.groups)
    return f"({wanted}) NOT {_any(sought.without)}" if sought.without else wanted


def _any(phrases: Iterable[Phrase]) -> str:
    return f"({' OR '.join(map(_written, phrases))})"


def _written(phrase: Phrase) -> str:
    return f'"{" ".join(phrase.words)}"{"*" if phrase.prefix else ""}'


# --- Where it stands ----------------------------------------------------------------------------

Pieces = tuple[tuple[str, bool], ...]
"""A text in pieces, each with whether it is what was looked for."""


def marked(text: str, sought: Sought, length: int | None = None) -> Pieces:
    """The text with what was looked for set apart; with ``length`` an extract of about so many characters around the
    first place of it."""
    text = unicodedata.normalize("NFC", text)
    spans = _places(text, sought.phrases)
    start, end = (0, len(text)) if length is None else _window(text, spans, length)
    pieces: list[tuple[str, bool]] = []
    at = start
    for first, last in spans:
        if first >= end:
            break
        if last <= start:
            continue
        pieces += [(text[at : max(first, start)], False), (text[max(first, start) : min(last, end)], True)]
        at = min(last, end)
    pieces.append((text[at:end], False))
    if start:
        pieces.insert(0, ("… ", False))
    if end < len(text):
        pieces.append(("…", False))
    return tuple(one for one in pieces if one[0])


def has(text: str, sought: Sought) -> bool:
    """Whether anything of what was looked for stands in the text."""
    return bool(_places(unicodedata.normalize("NFC", text), sought.phrases))


def _places(text: str, phrases: Sequence[Phrase]) -> list[tuple[int, int]]:
    """Where the phrases stand, in order and without overlap."""
    folded, origin = _folded(text)
    # Most texts have none of most phrases, which is seen at once: a word stands in the text letter by letter.
    there = [phrase for phrase in phrases if all(word in folded for word in phrase.words)]
    tokens = list(_tokens(folded)) if there else []
    places: dict[str, list[int]] = {}
    for number, token in enumerate(tokens):
        places.setdefault(token.word, []).append(number)
    found: list[tuple[int, int]] = []
    for phrase in there:
        for at in _starts(places, phrase):
            if not _stands(tokens, at, phrase):
                continue
            last = tokens[at + len(phrase.words) - 1]
            # of a pair only the letter that was asked for, of a word all of it
            unspaced = phrase.prefix and len(phrase.words[-1]) == 1
            end = last.start + 1 if unspaced else last.end
            found.append((origin[tokens[at].start], origin[end - 1] + 1))
    return _joined(found)


def _starts(places: Mapping[str, Sequence[int]], phrase: Phrase) -> Iterable[int]:
    """Where it may stand: at its first word. To go through a text for each phrase would cost a page seconds."""
    first = phrase.words[0]
    if phrase.prefix and len(phrase.words) == 1:
        return [at for word, numbers in places.items() if word.startswith(first) for at in numbers]
    return places.get(first, ())


def _stands(tokens: Sequence[Token], at: int, phrase: Phrase) -> bool:
    if at + len(phrase.words) > len(tokens):
        return False
    for place, word in enumerate(phrase.words, at):
        if tokens[place].word != word:
            ends = place - at == len(phrase.words) - 1
            if not (ends and phrase.prefix and tokens[place].word.startswith(word)):
                return False
    return True


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """The folded text, and for each of its letters the place of the one it came from."""
    whole = fold(text)
    if len(whole) == len(text) and (text.isascii() or not _ACCENTS.search(unicodedata.normalize("NFD", text))):
        return whole, range(len(text))
    letters = [fold(letter) for letter in text]
    return "".join(letters), [place for place, letter in enumerate(letters) for _ in letter]


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _window(text: str, spans: Sequence[tuple[int, int]], length: int) -> tuple[int, int]:
    """Where an extract begins and ends: before the first place, between two words."""
    if len(text) <= length:
        return 0, len(text)
    first = spans[0][0] if spans else 0
    start = max(0, min(first - length // 3, len(text) - length))
    if start:
        space = text.find(" ", start, first)
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + length)
    if end < len(text):
        space = text.rfind(" ", start + length * 2 // 3, end)
        end = space if space > 0 else end
    return start, end

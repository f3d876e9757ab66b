"""The gist: one or two sentences out of the items' own summaries, never invented, or nothing rather than junk.

The most central sentence wins, measured by what it shares with the other reports' titles and summaries,
as long as it adds something to the headline it stands under.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ..model import Item
from .cut import clean, cut
from .sentences import is_balanced, is_whole, sentences

LONGEST = 200
SHORTEST = 40
"""Characters of a gist; in Chinese, Japanese and Korean a third of the shortest will do."""

LINE = 90
"""Characters of a line without a full stop that may be whole; a longer one was likely cut, perhaps inside a word."""

_FIRST = 6
"""Sentences of a summary that are looked at; later ones are seldom about what is new."""

_COUNTED = 12
"""Reports after which one more makes a word no more central."""

_AT_HOME = 1.25
"""How much better a sentence stands under the headline of its own report: both tell of one thing."""

_STALE = 0.6
"""What a word loses that every older report had."""

_JUNK = re.compile(
    r"\b(?:read (?:more|on|the full)|continue reading|click (?:here|to|on)|learn more|find out more|subscribe|"
    r"sign up|newsletter|(?:accept|uses?) (?:all )?cookies|advertisement|sponsored|getty images|file photo|"
    r"file image|all rights reserved|toggle caption|enlarge (?:this )?image|(?:ap|afp|epa|reuters) photo|"
    r"in this .{0,40}\bphoto|appeared first on|originally published|last updated|min(?:ute)?s? read|follow us|"
    r"watch (?:the )?video|listen to (?:this|the full|our)|(?:this|our|latest) podcast|in this episode|"
    r"article url|live ?blog|live updates|reporting by|editing by|weiterlesen|mehr lesen|lire la suite|leer más)\b|"
    r"\b(?:photo(?:s|graph)?|image|picture|video|credit|illustration|foto|bild|points|comments|source|tags|share)"
    r"(?: by| credit)?\s?:|"
    r"^\W*by [A-Z]|^published\b|^updated\b|\bcomments?\W*$|\d+ comments?\b|https?://|\bwww\.|[•|▶►→·]|写真[:：]|続きを読む",
    re.IGNORECASE,
)
_DATELINE = re.compile(
    r"^(?:(?:[A-ZÀ-Þ][A-ZÀ-Þ .,'’/-]{2,40}(?:[A-Z][a-z]+\s?){0,3}(?:\.? ?\d{1,2}\s)?|[A-Z][a-z]{2,8}\.? \d{1,2}\s)?"
    r"(?:\([A-Z][^()]{1,30}\))?|[^.!?()]{2,40}\([A-Z][A-Za-z/ ]{1,20}\))\.?\s?[-–—]\s+(?=[\"“'A-ZÀ-Þ])"
)
"""``SEOUL, Oct 13 (Reuters) -``: says nothing that the outlet and the date beside it do not."""

_LEANS_ON = re.compile(
    r"^[\"“']?(?:He|She|It|They|We|I|You|This|That|These|Those|There|Here|His|Her|Its|Their|But|And|So|Or|Yet|However|"
    r"Meanwhile|Also|Still|Then|Instead|Moreover|Er|Sie|Es|Doch|Aber|Él|Ella|Pero|Il|Elle|Mais)\b"
)
"""Beginnings that need the sentence before."""

_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_CJK_PAIR = re.compile(r"(?=([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2}))")
_CLAUSE = re.compile(r"[,;:、，；](?=\s|[^\x00-\xff])|\s[–—]")


def gist(items: Sequence[Item], headline: str = "", older: Sequence[Item] = ()) -> tuple[str, str] | None:
    """(text, name of the outlet it is from), at most 200 characters; None when no summary is worth it.

    ``headline`` is what it will stand under. ``older`` are reports of earlier editions: what they said is no news.
    The same items give the same gist in any order.
    """
    weights = _weights(items, older)
    titles = {_plain(item.title) for item in items} | {_plain(headline)}
    told = _words(headline)
    for offered in (_whole, _cut):
        best: tuple[float, int, str, str] | None = None
        for item in items:
            for text, worth in offered(clean(item.summary)):
                if _is_junk(text, titles):
                    continue
                at_home = _AT_HOME if headline and item.title == headline else 1.0
                scored = (at_home * worth * _worth(text, weights, told), -item.id, text, item.outlet_name)
                if best is None or scored > best:
                    best = scored
        if best is not None:
            return best[2], best[3]
    return None


def _whole(summary: str) -> Iterator[tuple[str, float]]:
    """(text, worth): each sentence that fits, and each with the next one where both fit."""
    said = sentences(_DATELINE.sub("", summary))[:_FIRST]
    for place, one in enumerate(said):
        leans = _LEANS_ON.match(one)
        if (place and leans) or not is_balanced(one):
            continue
        worth = (1.0 if place == 0 else 0.75) * (0.8 if leans else 1.0) * (0.6 if one.endswith(("?", "？")) else 1.0)
        if not is_whole(one):
            # A single line without a full stop is how some feeds write; one that trails off is the publisher's cut.
            if len(said) == 1 and len(one) <= LINE and not one.endswith(("…", "..")):
                yield one, 0.7 * worth
            continue
        if len(one) <= LONGEST:
            yield one, worth
            if place + 1 < len(said) and is_whole(said[place + 1]) and is_balanced(said[place + 1]):
                both = f"{one}{'' if one[-1] in '。！？」』' else ' '}{said[place + 1]}"
                if len(both) <= LONGEST:
                    yield both, worth


def _cut(summary: str) -> Iterator[tuple[str, float]]:
    """(text, worth) of the first sentence, cut after a clause or a word, for items of which nothing fits."""
    said = sentences(_DATELINE.sub("", summary))
    if not said:
        return
    one = said[0].rstrip("….[] ")
    if len(one) <= LONGEST:
        # Its publisher cut it, perhaps inside a word.
        one = one[: one.rfind(" ")] if " " in one else ""
        if len(one) >= 2 * SHORTEST:
            yield f"{one.rstrip(' ,;:–—-')}…", 1.0
        return
    clause = max((match.start() for match in _CLAUSE.finditer(one, 0, LONGEST - 1)), default=0)
    text = f"{one[:clause].rstrip()}…" if clause >= LONGEST // 2 else cut(one, LONGEST)
    if is_balanced(text):
        yield text, 1.0


def _is_junk(text: str, titles: set[str]) -> bool:
    is_cjk = _CJK_PAIR.search(text) is not None
    if len(text) < (SHORTEST // 3 if is_cjk else SHORTEST) or _JUNK.search(text) or text[0].islower():
        return True
    plain = _plain(text)
    if any(title and (plain in title or _adds_little(plain, title)) for title in titles):
        return True
    # Tables, scores and lists of names are not sentences.
    letters = sum(sign.isalpha() or sign.isspace() for sign in text)
    if letters < 0.75 * len(text) or text.count(",") + text.count(";") > 8:
        return True
    capitals = sum(sign.isupper() for sign in text)
    return not is_cjk and capitals > 0.4 * letters


def _weights(items: Sequence[Item], older: Sequence[Item]) -> dict[str, float]:
    """What each word is worth: more the more reports have it, less the more of the older ones had it."""
    now = Counter(word for item in items for word in _words(f"{item.title} {item.summary}"))
    before = Counter(word for item in older for word in _words(f"{item.title} {item.summary}"))
    return {
        word: (0.5 + min(count - 1, _COUNTED)) * (1 - _STALE * before[word] / max(len(older), 1))
        for word, count in now.items()
    }


def _adds_little(plain: str, title: str) -> bool:
    """A headline said again, perhaps with who said it behind."""
    return plain.startswith(title) and plain.count(" ") - title.count(" ") <= 3


def _worth(text: str, weights: Mapping[str, float], told: set[str]) -> float:
    """What the text shares with the reports, by the square root of its length: long is not central."""
    words = _words(text)
    if not words:
        return 0.0
    shared = sum(weights.get(word, 0.0) for word in sorted(words))
    fresh = len(words - told) / len(words)
    return shared / math.sqrt(len(words)) * (1.0 if fresh >= 0.4 else 0.5)


def _words(text: str) -> set[str]:
    """What tells texts apart: names, numbers, longer words, pairs of ideographs; folded."""
    found = {word.casefold() for word in _TOKEN.findall(text) if len(word) > 4 or word.isupper() or word[0].isdigit()}
    return found | set(_CJK_PAIR.findall(text))


def _plain(text: str) -> str:
    return " ".join(_TOKEN.findall(text.casefold()))

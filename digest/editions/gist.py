"""The gist: one or two sentences out of the items' own summaries, never invented, or nothing rather than junk.

The most central sentence wins, measured by what it shares with the other reports' titles and summaries,
as long as it adds something to the headline it stands under and a reader who knows only that headline understands it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..model import Item
from .cut import clean
from .headlines import about, stems
from .junk import is_junk, opened
from .offers import Offer, offers
from .shorten import CJK, SHORTEST

_READ = 1_000
"""Characters of a summary that are looked at."""

_NEAREST = 40
"""Reports whose sentences are looked at; those whose headlines share most with the others."""

_FEW = 8
"""Words of a short sentence; a shorter one gains nothing by that."""

_COUNTED = 12
"""Reports after which one more makes a word no more central."""

_STALE = 0.6
"""What a word loses that every older report had."""

_NEW = 2
"""Words that the headline has not, else it is only said again; and"""
_SAID_AGAIN = ((0.6, 3, 0.0), (0.8, 3, 0.36))
"""where it says that part of the headline or more: as many more words, or that part of its own."""

_IDLE = frozenset(
    stems(
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday today yesterday week said announced told reported "
        "confirmed "
        "former president governor senator minister secretary leader leaders chief speaker attorney country "
        "officials official statement spokesman report reports year month late early Montag Dienstag Mittwoch "
        "Donnerstag "
        "Freitag Samstag Sonntag heute gestern lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes "
        "miércoles "
        "jueves viernes sábado domingo понедельник вторник среду четверг пятницу субботу воскресенье сообщает "
        "сообщил заявил"
    )
)
"""What a sentence has beyond its headline when it says no more than the headline."""

# What a text is worth by whose it is, against 1 for one of another report.
_AT_HOME = 1.5
"""Under the headline of its own report: both tell of one thing."""
_FOREIGN = 0.3
_THIRD, _HALF = 0.3, 0.5
"""What somebody else's sentence must have of the headline to stand there; the second where it is cut."""

_NUMERALS = dict(
    zip(
        ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
        (str(number) for number in range(2, 13)),
        strict=True,
    )
)
_NUMBER = re.compile(
    rf"(?<![\w$€£.,-])(?!(?:19|20)\d\d\b)(?:\d+(?:[.,]\d+)*(?![\w.,]*[\w%])|{'|'.join(_NUMERALS)}\b)", re.IGNORECASE
)

_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class _Stand:
    """Where a gist will stand."""

    told: frozenset[str]
    """What the headline says, in stems."""
    counts: frozenset[str]
    weights: Mapping[str, float]
    is_alone: bool
    """One report only."""


def gist(items: Sequence[Item], headline: str = "", older: Sequence[Item] = ()) -> tuple[str, str] | None:
    """(text, name of the outlet it is from), at most 200 characters; None when no summary is worth it.

    ``headline`` is what it will stand under. ``older`` are reports of earlier editions: what they said is no news.
    The same items give the same gist in any order.
    """
    headline = clean(headline)
    titles = {item.id: clean(item.title) for item in items}
    now = Counter(word for item in items for word in about(item))
    stand = _Stand(frozenset(stems(headline)), _counts(headline), _weights(now, older), len(items) == 1)
    home = {item.id for item in items if titles[item.id] == headline or not headline or stand.is_alone}
    spoken = {item.language for item in items if item.id in home} - {"und"}
    # What its own headline shares with the others says how far a report is about the same.
    near = {item.id: 1.0 if item.id in home else 0.5 + 0.5 * _shared(titles[item.id], now) for item in items}
    nearest = sorted(items, key=lambda item: (-round(near[item.id], 9), item.id))[:_NEAREST]
    found: list[tuple[float, int, str, str]] = []
    for item in nearest:
        is_foreign = bool(spoken) and item.language != "und" and item.language not in spoken
        for offer in offers(opened(clean(item.summary[: 2 * _READ])[:_READ], titles[item.id])):
            worth = near[item.id] * (_FOREIGN if is_foreign else 1.0) * _worth(offer, stand, is_home=item.id in home)
            if worth > 0:
                found.append((round(worth, 9), -item.id, offer.text, item.outlet_name))
    known = {_plain(title) for title in (*titles.values(), headline)} - {""}
    for _, _, text, outlet in sorted(found, reverse=True):
        shortest = SHORTEST // 3 if CJK.search(text) else SHORTEST
        if len(text) >= shortest and not is_junk(text) and not _repeats(text, known):
            return text, outlet
    return None


def _worth(offer: Offer, stand: _Stand, *, is_home: bool) -> float:
    """What a text is worth under the headline; 0 where it cannot stand there."""
    if offer.leans and not stand.is_alone:
        # Only beside nothing else is it plain that it leans on its own headline.
        return 0.0
    words = frozenset(stems(offer.text))
    worth = offer.worth * _central(words, stand.weights) * _fresh(words, stand.told)
    shared = len(words & stand.told)
    if not offer.is_first and not shared and len(stand.told) >= _FEW / 2:
        # Further down a report tells of other things too.
        return 0.0
    if is_home:
        # One that has nothing of its headline sets a scene.
        return worth * _AT_HOME * (min(1.0, 0.5 + 0.25 * shared) if stand.told else 1.0)
    if offer.refers or shared < (1 if len(stand.told) < _FEW / 2 else 2):
        # Somebody else's sentence must be about what the headline says, and must say about whom.
        return 0.0
    counts = _counts(offer.text)
    if stand.counts - counts and counts - stand.counts:
        # It counts otherwise than the headline: earlier, or something else.
        return 0.0
    part = shared / max(len(stand.told), 1)
    return 0.0 if part < (_HALF if offer.text.endswith("…") else _THIRD) else worth * min(1.0, 0.4 + 1.2 * part)


def _repeats(text: str, titles: set[str]) -> bool:
    """A headline said again, perhaps with who said it behind."""
    plain = _plain(text)
    return any(
        plain in title or (plain.startswith(title) and plain.count(" ") - title.count(" ") <= 3)
        for title in titles
        if title
    )


def _weights(now: Mapping[str, int], older: Sequence[Item]) -> dict[str, float]:
    """What each word is worth: more the more reports have it, less the more of the older ones had it."""
    before = Counter(word for item in older for word in about(item))
    return {
        word: (0.5 + min(count - 1, _COUNTED)) * (1 - _STALE * before[word] / max(len(older), 1))
        for word, count in now.items()
    }


def _shared(title: str, now: Mapping[str, int]) -> float:
    """The part of a headline's words that other reports have too."""
    words = frozenset(stems(title))
    return sum(now[word] > 1 for word in words) / len(words) if words else 0.0


def _counts(text: str) -> frozenset[str]:
    """Its numbers, in digits or words, but for years and parts of names."""
    found = (_NUMERALS.get(number.casefold(), number) for number in _NUMBER.findall(text))
    return frozenset(number.replace(",", "") for number in found)


def _central(words: frozenset[str], weights: Mapping[str, float]) -> float:
    """What the text shares with the reports, by the square root of its length: long is not central."""
    if not words:
        return 0.0
    return sum(weights.get(word, 0.0) for word in sorted(words)) / math.sqrt(max(len(words), _FEW))


def _fresh(words: frozenset[str], told: frozenset[str]) -> float:
    """What the text adds to the headline; 0 where that is nothing. Pairs of ideographs are half a word."""
    if not told:
        return 1.0
    new = sum(0.5 if CJK.search(word) else 1.0 for word in words - told - _IDLE)
    said = len(told & words) / len(told)
    again = any(said >= part and new <= max(least, share * len(words)) for part, least, share in _SAID_AGAIN)
    if new < _NEW or (again and len(told) > _FEW / 2):
        return 0.0
    return min(1.0, 0.25 + 1.5 * len(words - told) / len(words))


def _plain(text: str) -> str:
    return " ".join(_TOKEN.findall(text.casefold()))

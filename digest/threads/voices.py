"""Which reports of a story are independent: outlets that print one wire text are one voice.

Rules of this file: only the texts count, as runs of four words; no outlet and no agency is known beforehand
but the names in which agencies are credited.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..model import Item
from .words import tokens

SHARED = 0.8
"""Of the shorter text's runs of words must stand in the other for the two to be one text."""

TEXT_WORDS = 12
"""A shorter text proves nothing; a character of a script without spaces counts half."""

COMPARED = 3000
"""Characters of a text that are compared; a copy shows in its beginning."""

TITLE_WORDS = 8
"""A title alone is evidence from that length on, where it is equal and no text speaks against it."""

_RUN = 4

_AGENCIES = "AP|A.P.|AFP|Reuters|dpa|EFE|ANSA|TASS|Interfax|PTI|ANI|IANS|UPI|UNI|Kyodo|Yonhap|Xinhua|Lusa|ANP|Belga|PA"

_AGENCY = rf"(?:{_AGENCIES.replace('.', '[.]')})(?!\w)"

_CREDITS = (
    # "(With AP inputs)", "(with inputs from agencies)", "(Reuters, AFP)"
    re.compile(rf"\([^()]{{0,60}}\b(?:inputs?|agenc(?:y|ies)|{_AGENCY})\b[^()]{{0,40}}\)", re.IGNORECASE),
    # "AP -", "PARIS, Oct 13 (Reuters) —" once the bracket is gone: a place in capitals before a dash
    re.compile(rf"^\s*(?:[A-Z][A-Z .'/-]{{1,40}}(?:,\s[\w. ]{{1,20}})?|{_AGENCY})\s*[-–—:]\s+"),
    # "— AP" or "Source: Reuters" at the end
    re.compile(rf"(?:[-–—]|\b(?:source|via):?)\s*{_AGENCY}\s*\.?\s*$", re.IGNORECASE),
    re.compile(r"\bwith inputs? from [\w ,]{2,40}\.?\s*$", re.IGNORECASE),
)


@dataclass(frozen=True, slots=True)
class _Text:
    """What of an item is compared."""

    item: Item
    title: tuple[str, ...]
    words: tuple[str, ...]
    runs: frozenset[tuple[str, ...]]
    """Empty where the text is too short to prove anything."""


def voices(items: Sequence[Item]) -> tuple[tuple[Item, ...], ...]:
    """The items by independent voice, oldest voice first; inside one the original first, then by time.

    An outlet is one voice with all it wrote itself.
    An item that prints the text of an older one belongs to the voice of the outlet that had it first:
    inside a voice, items of another outlet than the original's are copies.
    """
    ordered = sorted(items, key=lambda item: (item.published, item.id))
    originals = _originals([_text(item) for item in ordered])
    by_outlet: dict[str, list[Item]] = {}
    for item in ordered:
        by_outlet.setdefault(originals[item.id].outlet, []).append(item)
    return tuple(tuple(found) for found in by_outlet.values())


def without_credits(text: str) -> str:
    """The text without datelines and credits of agencies, which differ where the report is the same."""
    for credit in _CREDITS:
        text = credit.sub(" ", text)
    return text.strip()


def _text(item: Item) -> _Text:
    words = tuple(tokens(without_credits(item.summary[:COMPARED])))
    runs = frozenset(words[start : start + _RUN] for start in range(len(words) - _RUN + 1))
    enough = sum(0.5 if len(word) == 1 and not word.isascii() else 1.0 for word in words) >= TEXT_WORDS
    return _Text(item, tuple(tokens(item.title)), words, runs if enough else frozenset())


def _originals(texts: Sequence[_Text]) -> dict[int, Item]:
    """Item id to the oldest item with its text, itself where it is the first."""
    originals: dict[int, Item] = {}
    by_run: dict[tuple[str, ...], list[int]] = {}
    by_title: dict[tuple[str, ...], list[int]] = {}
    for number, text in enumerate(texts):
        shared: dict[int, int] = {}
        for run in text.runs:
            for other in by_run.setdefault(run, []):
                shared[other] = shared.get(other, 0) + 1
        older = _best(text, texts, shared)
        if older is None and len(text.title) >= TITLE_WORDS:
            older = next((o for o in by_title.get(text.title, ()) if _no_contradiction(text, texts[o])), None)
        originals[text.item.id] = text.item if older is None else originals[texts[older].item.id]
        for run in text.runs:
            by_run[run].append(number)
        by_title.setdefault(text.title, []).append(number)
    return originals


def _best(text: _Text, texts: Sequence[_Text], shared: dict[int, int]) -> int | None:
    """The older text that contains this one most, or is contained in it; the oldest of equals."""
    found = [(count / min(len(text.runs), len(texts[other].runs)), -other) for other, count in shared.items()]
    share, negative = max(found, default=(0.0, 0))
    return -negative if share >= SHARED else None


def _no_contradiction(one: _Text, other: _Text) -> bool:
    return not one.words or not other.words or one.words == other.words

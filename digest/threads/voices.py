"""Which reports of a story are independent: outlets that print one wire text are one voice.

Rules of this file: only texts and the credits in them count, as runs of four words, and the page that is linked;
no outlet is known beforehand.
What passes for one text is listed at ``_older``, with what does not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from ..model import Item, Wire
from ..units import same_page
from .agencies import credited, own_name, without_credits
from .words import tokens

SHARED = 0.8
"""Of the shorter text's runs of words must stand in the other for the two to be one text."""

HALF = 0.5
"""Is enough where that many runs of words are no quotation: a copy with a lead of its own."""

LONG = 16
"""Runs of words that two reports do not share by chance: a stretch of nineteen."""

WITH_TITLE = 0.4
"""Is enough where a long title is the same, too."""

TEXT_WORDS = 12
"""A shorter text proves nothing; a character of a script without spaces counts half."""

COMPARED = 3000
"""Characters of a text that are compared; a copy shows in its beginning."""

TITLE_WORDS = 8
"""A title is evidence from that length on, counted like a text's; alone, where no text speaks against it."""

Run = tuple[str, ...]

_RUN = 4

_QUOTED = re.compile('"[^"]{40,}"|“[^”]{40,}”|„[^“”]{40,}[“”]|«[^»]{40,}»|「[^」]{20,}」')
"""What somebody said; a few words in quotation marks are the reporter's choice."""


@dataclass(frozen=True, slots=True)
class _Text:
    """What of an item is compared."""

    item: Item
    title: tuple[str, ...]
    """Empty where it is too short to prove anything."""
    words: tuple[str, ...]
    runs: frozenset[Run]
    """Empty where the text is too short to prove anything."""
    agency: str | None


def voices(items: Sequence[Item]) -> tuple[tuple[Item, ...], ...]:
    """The items by independent voice, oldest voice first; inside one the original first, then by time.

    An outlet is one voice with all it wrote itself.
    An item that prints the text of an older one, or links to its page, belongs to the voice of the first:
    inside a voice, items of another outlet than the original's are copies.
    So there are never more voices than outlets.
    """
    by_outlet: dict[str, list[Item]] = {}
    for item, original in _originals(items):
        by_outlet.setdefault(original.outlet, []).append(item)
    return tuple(tuple(found) for found in by_outlet.values())


def several(items: Sequence[Item]) -> bool:
    """Whether there is more than one voice.

    Of a large story the oldest few items tell, since younger ones take no voice away.
    """
    outlets: set[str] = set()
    for _, original in _originals(items):
        outlets.add(original.outlet)
        if len(outlets) > 1:
            return True
    return False


def agency(voice: Sequence[Item]) -> str | None:
    """The agency credited most often in one voice of several outlets, the first of equals; None without any.

    Credits are looked for in text and title; an outlet that bears an agency's name is that agency.
    """
    if len({item.outlet for item in voice}) < 2:
        return None
    names = Counter(name for item in voice if (name := _agency(item)))
    return max(names, key=lambda name: names[name], default=None)


def wire(voice: Sequence[Item]) -> Wire | None:
    """What one voice of several outlets prints ("AP copy in 4 outlets"); None for a voice of one outlet."""
    outlets = {item.outlet for item in voice}
    if len(outlets) < 2:
        return None
    name = agency(voice)
    agencys_own = {item.outlet for item in voice if name and own_name(item.outlet_name) == name}
    return Wire(name, len(outlets - agencys_own) or len(outlets))


def _text(item: Item) -> _Text:
    words = tuple(tokens(without_credits(item.summary[:COMPARED])))
    title = tuple(tokens(item.title))
    return _Text(
        item,
        title if _length(title) >= TITLE_WORDS else (),
        words,
        _runs(words) if _length(words) >= TEXT_WORDS else frozenset(),
        _agency(item),
    )


def _runs(words: Sequence[str]) -> frozenset[Run]:
    return frozenset(tuple(words[start : start + _RUN]) for start in range(len(words) - _RUN + 1))


def _length(words: Sequence[str]) -> float:
    """In words; a character of a script without spaces is half a one."""
    return sum(0.5 if len(word) == 1 and not word.isascii() else 1.0 for word in words)


def _agency(item: Item) -> str | None:
    return credited(item.title, item.summary[:COMPARED]) or own_name(item.outlet_name)


def _originals(items: Iterable[Item]) -> Iterator[tuple[Item, Item]]:
    """Each item, oldest first, with the oldest that has its text or its page, itself where it is the first."""
    originals: list[Item] = []
    texts: list[_Text] = []
    # Inside one outlet nothing is compared: it is one voice anyway, and may say the same a thousand times.
    by_run: dict[Run, dict[str, int]] = {}
    by_title: dict[tuple[str, ...], dict[str, int]] = {}
    by_agency: dict[str, int] = {}
    by_page: dict[str, int] = {}
    unquoted = cache(lambda number: _unquoted(texts[number].item))
    for number, item in enumerate(sorted(items, key=lambda item: (item.published, item.id))):
        text = _text(item)
        texts.append(text)
        shared: dict[int, int] = {}
        for run in text.runs:
            for outlet, other in by_run.setdefault(run, {}).items():
                if outlet != item.outlet:
                    shared[other] = shared.get(other, 0) + 1
        namesakes = by_title.get(text.title, {}) if text.title else {}
        titled = [other for outlet, other in namesakes.items() if outlet != item.outlet]
        page = same_page(item.url) if item.url else None
        older = by_page.get(page) if page else None
        if older is None:
            older = _older(number, texts, shared, titled, unquoted)
        if older is None and text.agency is not None:
            older = by_agency.get(text.agency)
        originals.append(item if older is None else originals[older])
        yield item, originals[number]
        for run in text.runs:
            by_run[run].setdefault(item.outlet, number)
        by_title.setdefault(text.title, {}).setdefault(item.outlet, number)
        if text.agency is not None:
            by_agency.setdefault(text.agency, number)
        if page:
            by_page.setdefault(page, number)


def _older(
    number: int,
    texts: Sequence[_Text],
    shared: Mapping[int, int],
    titled: Sequence[int],
    unquoted: Callable[[int], frozenset[Run]],
) -> int | None:
    """The older item whose text this one prints, the oldest of equally good ones; None for a report of its own.

    One text: nearly all of the shorter one stands in the other (a cut, a dropped dateline, a sentence added).
    Also half of it in the same words, quotations apart (a lead of one's own above the wire), or less with one title.
    Not one text: a quoted sentence, or one title over two texts that share little.
    """
    runs = texts[number].runs
    found = [(count / min(len(runs), len(texts[other].runs)), -other) for other, count in shared.items()]
    for share, negative in sorted(found, reverse=True):
        other = -negative
        if share >= SHARED or (share >= WITH_TITLE and other in titled):
            return other
        if share < WITH_TITLE:
            break
        if share >= HALF and len(unquoted(number) & unquoted(other)) >= LONG:
            return other
    return next((other for other in titled if not runs or not texts[other].runs), None)


def _unquoted(item: Item) -> frozenset[Run]:
    """The runs of words that nobody is quoted with."""
    own = without_credits(_QUOTED.sub("\n\n", item.summary[:COMPARED]))
    return frozenset(run for part in own.split("\n\n") for run in _runs(tokens(part)))

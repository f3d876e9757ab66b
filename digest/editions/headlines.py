"""Which report stands for a story: the one whose headline says most of what the others report too.

A headline gains by what its words share with the other reports, and by names and numbers; it loses by length and
when it asks, teases or shouts. After Techmeme's rule: not the first and not the biggest outlet, but the headline
that needs no click.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..model import Item
from .cut import clean

LONG = 14
"""Words after which a headline says no more, only takes longer."""

NAMES = 3
NUMBERS = 2
"""So many of them count; more make a list."""

READ = 600
"""Characters of a summary that are compared: what a report is about stands at its beginning."""

_STEM = 5
"""Letters that tell words apart: ``flooded`` is ``floods``, ``Russian`` is ``Russia``."""

_WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CJK_PAIR = re.compile(r"(?=([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2}))")
_STARTS_AFTER = frozenset(".!?:;…\"“”„«»'‘’([–—|")
"""Signs after which any word may have a capital."""

_FUNCTION = re.compile(
    r"about|after|again|against|also|amid|been|before|being|between|both|could|does|during|each|"
    r"even|from|have|having|here|into|just|like|many|more|most|much|must|only|other|over|said|"
    r"same|says|should|since|some|still|such|than|that|their|them|then|there|these|they|this|"
    r"those|through|under|until|upon|very|were|what|when|where|which|while|will|with|would|your"
)
"""Longer words that say nothing of what a report is about."""

_TEASER = re.compile(
    r"\b(here['’]s|what (you need )?to know|what we know|what to watch|everything (we|you)|the reasons? why|"
    r"you won['’]t|this is (how|why|what)|live updates?|as it happened|in pictures|podcast|explained|explainer|quiz|"
    r"briefing|round-?up|\d+ (things|ways|reasons|facts|takeaways)|"
    r"(watch|video|photos?|live|opinion|comment|analysis|timeline|factbox|fact check|q&a|editorial):)|"
    r"[(\[](watch|video|photos?|live)[)\]]",
    re.IGNORECASE,
)


def lead(items: Sequence[Item], copies: Collection[int] = (), preferred: Collection[int] = frozenset()) -> Item:
    """The item that stands for these; ``copies`` are ids of items that only repeat a wire text.

    A copy leads only among copies. Items of ``preferred``, of feeds that the reader starred, lead before others.
    Equal headlines are settled by the earlier date, then by id: the same items give the same lead in any order.
    """
    if len(items) == 1:
        return items[0]
    story = _read(items, copies)
    return max(
        items,
        key=lambda item: (
            item.id not in copies,
            bool(clean(item.title)),
            item.id in preferred,
            round(_score(item, story), 9),
            -item.published.timestamp(),
            -item.id,
        ),
    )


@dataclass(frozen=True, slots=True)
class _Story:
    """What the reports say together."""

    said: Counter[str]
    """In how many reports each stem stands."""
    own: dict[int, frozenset[str]]
    """Item id to its stems; a copy of a text adds nothing, so it has none."""
    names: frozenset[str]


def _read(items: Sequence[Item], copies: Collection[int]) -> _Story:
    texts = {item.id: f"{item.title}. {item.summary[:READ]}" for item in items}
    own = {item.id: frozenset(_stems(texts[item.id])) for item in items if item.id not in copies}
    titles = (item.title for item in items if not _is_title_case(item.title))
    running = (*titles, *(item.summary[:READ] for item in items))
    return _Story(Counter(stem for stems in own.values() for stem in stems), own, _names(running))


def _score(item: Item, story: _Story) -> float:
    """How much a headline says of the story, roughly in words that inform."""
    title = item.title
    words = _WORD.findall(title)
    said = _told_by_others(item, story)
    named = min(_count_names(title, story.names), NAMES) * 0.6
    counted = min(sum(word[0].isdigit() for word in words), NUMBERS) * 1.0
    length = min(len(words), 8) / 8 - max(0, len(words) - LONG) / 2
    return float(said + named + counted + length - _against(title))


def _told_by_others(item: Item, story: _Story) -> float:
    """The headline's words, each by the share of other reports that have it; a pair of ideographs is half a word."""
    mine = story.own.get(item.id, frozenset())
    others = len(story.own) - (item.id in story.own)
    if not others:
        return 0.0
    shares = (
        (0.5 if _CJK.search(stem) else 1.0) * (story.said[stem] - (stem in mine)) / others
        for stem in sorted(set(_stems(item.title)))
    )
    return sum(shares)


def _stems(text: str) -> Iterator[str]:
    """Words that carry meaning: names, numbers, longer words, pairs of ideographs; folded and cut short."""
    for word in _WORD.findall(text):
        if _CJK.search(word):
            yield from _CJK_PAIR.findall(word)
            continue
        bare = _POSSESSIVE.sub("", word)
        folded = bare.casefold()
        if not _FUNCTION.fullmatch(folded) and (
            len(bare) > 3 or bare[0].isdigit() or (len(bare) > 1 and bare.isupper())
        ):
            yield folded if folded[0].isdigit() else folded[:_STEM]
        elif len(bare) == 3 and bare.istitle():
            yield folded


def _names(running: Iterable[str]) -> frozenset[str]:
    """Words that running text writes with a capital inside a sentence and never without one.

    So the names in headlines are known that give every word a capital.
    """
    capital: set[str] = set()
    small: set[str] = set()
    for text in running:
        for match in _WORD.finditer(text):
            word = _POSSESSIVE.sub("", match.group())
            if word[0].islower():
                small.add(word.casefold())
            elif word[0].isupper() and _is_inside(text, match.start()):
                capital.add(word.casefold())
    return frozenset(capital - small)


def _is_inside(text: str, start: int) -> bool:
    before = text[:start].rstrip()[-1:]
    return bool(before) and before not in _STARTS_AFTER


def _count_names(title: str, names: frozenset[str]) -> int:
    """Names in a headline; words of one name, as in ``White House``, count once."""
    count, end = 0, -1
    for match in _WORD.finditer(title):
        word = match.group()
        bare = _POSSESSIVE.sub("", word)
        if bare[0].isupper() and bare.casefold() in names:
            count += not (end >= 0 and title[end : match.start()] == " ")
            end = match.end() if bare == word else -1
        else:
            end = -1
    return count


def _is_title_case(title: str) -> bool:
    words = [word for word in _WORD.findall(title) if len(word) > 3]
    return len(words) > 2 and sum(word[0].isupper() for word in words) > 0.8 * len(words)


def _against(title: str) -> float:
    bare = title.rstrip(' "”’»')
    cost = 0.0
    if bare.endswith(("?", "？")):
        cost += 3
    if bare.endswith(("...", "…")):
        cost += 3
    if _TEASER.search(title):
        cost += 3
    if title[:1] in "\"“'‘„«「":
        # Somebody's words: the reader does not know yet whose.
        cost += 1
    letters = [sign for sign in title if sign.isalpha()]
    if len(letters) > 10 and sum(sign.isupper() for sign in letters) > 0.8 * len(letters):
        cost += 2
    return cost

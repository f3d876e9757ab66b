"""Which report stands for a story: the one whose headline says most.

Names, places and numbers count for a headline; questions, teasers, live tickers and shouting count against it.
After Techmeme's rule: not the first and not the biggest outlet, but the headline that needs no click.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from ..model import Item

_WORD = re.compile(r"[^\W_][\w'’.,-]*", re.UNICODE)
_TEASER = re.compile(
    r"\b(here['’]s|what (you need )?to know|what we know|what to watch|everything (we|you)|the reason(s)? why|"
    r"you won['’]t|this is (how|why|what)|live updates?|as it happened|watch:|video:|photos?:|in pictures|podcast|"
    r"explained|explainer|quiz|opinion:|analysis:|briefing)",
    re.IGNORECASE,
)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

LONG = 14
"""Words after which a headline says no more, only takes longer."""


def lead(items: Sequence[Item], copies: Collection[int] = ()) -> Item:
    """The item that stands for these; ``copies`` are ids of items that only repeat a wire text.

    A copy leads only among copies. Equal headlines are settled by the earlier date, then by id: the same items
    give the same lead in any order.
    """
    return max(items, key=lambda item: (item.id not in copies, bool(item.title), score(item.title), *_earlier(item)))


def _earlier(item: Item) -> tuple[float, int]:
    return -item.published.timestamp(), -item.id


def score(title: str) -> float:
    """How much a headline says, roughly in words that inform."""
    words = _WORD.findall(title)
    if not words:
        return float("-inf")
    if _CJK.search(title):
        # No capitals there, and words are not set apart: the length is what can be told.
        return min(len(title), 40) / 3 - _against(title)
    said = sum(1.0 for word in words[1:] if word[0].isupper()) + sum(1.5 for word in words if word[0].isdigit())
    length = min(len(words), LONG) / 2 - max(0, len(words) - LONG) / 2
    if len(words) > 3 and sum(word[0].isupper() for word in words) > 0.8 * len(words):
        # Title case: every word has a capital, so capitals tell nothing.
        said = len(words) / 4 + sum(1.5 for word in words if word[0].isdigit())
    return min(said, 6.0) + length - _against(title)


def _against(title: str) -> float:
    cost = 0.0
    if title.rstrip().endswith(("?", "？")):
        cost += 4
    if title.rstrip().endswith(("...", "…")):
        cost += 3
    if _TEASER.search(title):
        cost += 4
    letters = [sign for sign in title if sign.isalpha()]
    if len(letters) > 10 and sum(sign.isupper() for sign in letters) > 0.8 * len(letters):
        cost += 3
    return cost

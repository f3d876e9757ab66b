"""How long a text takes to read."""

from __future__ import annotations

import re
from collections.abc import Iterable

WORDS_A_MINUTE = 220
IDEOGRAPHS_A_MINUTE = 500

_IDEOGRAPH = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"\w+(?:['’.,-]\w+)*")


def minutes(words: int | None) -> int | None:
    """Minutes for that many words, at least 1; None where the words are not known."""
    return None if words is None else max(1, round(words / WORDS_A_MINUTE))


def minutes_of(texts: Iterable[str]) -> int:
    """Minutes for these texts together, at least 1; scripts without spaces count by the character."""
    words = ideographs = 0
    for text in texts:
        spaced, found = _IDEOGRAPH.subn(" ", text)
        ideographs += found
        words += len(_WORD.findall(spaced))
    return max(1, round(words / WORDS_A_MINUTE + ideographs / IDEOGRAPHS_A_MINUTE))

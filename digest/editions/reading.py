"""How long reading takes: 220 words a minute, 500 characters where words are not set apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import ceil

from ..model import EditionStory

WORDS_A_MINUTE = 220
SIGNS_A_MINUTE = 500
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def minutes(words: int | None) -> int | None:
    """Minutes for a text of so many words, at least 1; None where the words are not known."""
    return None if words is None else max(1, round(words / WORDS_A_MINUTE))


def edition_minutes(stories: Sequence[EditionStory]) -> int:
    """Minutes for what an edition itself prints: headlines, gists, outlets and reasons; 0 for nothing."""
    if not stories:
        return 0
    time = sum(_time(part) for story in stories for part in _printed(story))
    return max(1, ceil(time))


def _printed(story: EditionStory) -> tuple[str, ...]:
    return (story.lead.title, story.gist or "", " ".join(story.outlets[:3]), story.reason or "")


def _time(text: str) -> float:
    signs = len(_CJK.findall(text))
    return signs / SIGNS_A_MINUTE + len(_CJK.sub(" ", text).split()) / WORDS_A_MINUTE

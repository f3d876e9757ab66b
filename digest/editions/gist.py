"""The gist: one or two sentences out of the items' own summaries, never invented, or nothing rather than junk."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from ..model import Item
from .cut import cut

LONGEST = 200
SHORTEST = 40
"""Characters of a gist."""

_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Gen|Col|Lt|Sgt|Sen|Rep|Gov|St|No|Nos|vs|etc|approx|Inc|Ltd|Co|Corp|Jan|Feb|Mar|Apr|Jun|"
    r"Jul|Aug|Sept?|Oct|Nov|Dec|bzw|ca|z\.B|u\.a|Nr|Sr|Sra|p\.ej)|\b[A-Z](?:\.[A-Z])*)\.$"
)
_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？][」』）]*")
_JUNK = re.compile(
    r"\b(read (more|on|the full)|continue reading|click here|subscribe|sign up|newsletter|cookies?|advertisement|"
    r"photo(s|graph)?( by)?:|image( credit)?:|getty images|file photo|all rights reserved|appeared first on|"
    r"comments?\b.{0,12}$|follow us|watch (the )?video|listen to|podcast|article url|points:|live blog)",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[^\W_]{2,}", re.UNICODE)
_CJK_PAIR = re.compile(r"(?=([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2}))")


def gist(items: Sequence[Item]) -> tuple[str, str] | None:
    """(text, name of the outlet it is from), at most 200 characters; None when no summary is worth it.

    The most central sentence wins: the one that shares most with what the other items say,
    and adds most to the headlines.
    """
    weights = _weights(items)
    titles = {_plain(item.title) for item in items}
    best: tuple[float, int, str, str] | None = None
    for item in items:
        for place, text in _candidates(item):
            if _is_junk(text, titles):
                continue
            score = _worth(text, weights) * (1.0 if place == 0 else 0.85)
            if best is None or (score, -item.id) > (best[0], best[1]):
                best = (score, -item.id, text, item.outlet_name)
    return None if best is None else (best[2], best[3])


def sentences(text: str) -> list[str]:
    """Sentences of plain text; ``U.S.``, ``Mr.``, ``No. 5`` and ``1.5`` end none."""
    found, start = [], 0
    for match in _END.finditer(text):
        said = text[start : match.end()].strip()
        if match.group().startswith(".") and _ABBREVIATION.search(said):
            continue
        following = text[match.end() :].lstrip()[:1]
        if match.group()[0] in ".…" and following.islower():
            continue
        if said:
            found.append(said)
        start = match.end()
    rest = text[start:].strip()
    return [*found, rest] if rest else found


def _candidates(item: Item) -> Iterator[tuple[int, str]]:
    """(place, text): each sentence that fits, and each with the next one where both fit.

    A first sentence that is too long is offered cut at a word.
    """
    said = sentences(item.summary)
    whole = [one for one in said[:6] if _is_whole(one)]
    for place, one in enumerate(whole):
        if len(one) <= LONGEST:
            yield place, one
            both = f"{one} {whole[place + 1]}" if place + 1 < len(whole) else ""
            if both and len(both) <= LONGEST:
                yield place, both
    if whole and all(len(one) > LONGEST for one in whole):
        yield 3, cut(whole[0], LONGEST)
    if not whole and len(said) == 1 and len(said[0]) >= 2 * SHORTEST:
        # A teaser without a full stop: feeds that give but a line, or cut it themselves.
        yield 3, cut(said[0], LONGEST)


def _is_whole(sentence: str) -> bool:
    """Ends as a sentence does, and was not cut by its publisher."""
    bare = sentence.rstrip("\"'”’»)]」』）")
    return bare.endswith((".", "!", "?", "。", "！", "？")) and not bare.endswith(("...", "…"))


def _is_junk(text: str, titles: set[str]) -> bool:
    if len(text) < (SHORTEST if not _CJK_PAIR.search(text) else SHORTEST // 3) or _JUNK.search(text):
        return True
    plain = _plain(text)
    if any(plain == title or (len(plain) < len(title) * 1.2 and plain.startswith(title)) for title in titles):
        return True
    if "http://" in text or "https://" in text or "www." in text:
        return True
    letters = sum(sign.isalpha() or sign.isspace() for sign in text)
    return letters < 0.7 * len(text)


def _weights(items: Sequence[Item]) -> Counter[str]:
    """In how many items each word occurs; a word of one item alone says little about the story."""
    return Counter(word for item in items for word in _words(f"{item.title} {item.summary}"))


def _worth(text: str, weights: Counter[str]) -> float:
    """What the sentence shares with the items, by the square root of its length: long is not central."""
    words = _words(text)
    if not words:
        return 0.0
    shared = sum(min(weights[word], 12) for word in words if len(word) > 3 or weights[word] > 1)
    return float(shared / len(words) ** 0.5)


def _words(text: str) -> set[str]:
    folded = text.casefold()
    return set(_TOKEN.findall(folded)) | set(_CJK_PAIR.findall(folded))


def _plain(text: str) -> str:
    return " ".join(_TOKEN.findall(text.casefold()))

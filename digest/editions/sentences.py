"""Plain text -> sentences, for languages that end them with a full stop, a mark or ``。``.

A missed end only joins two sentences, a false one shows half of one: in doubt there is no end.
"""

from __future__ import annotations

import re

_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|(?<=[a-zß-ÿ]{3})[.!?](?=[A-ZÀ-Þ][a-zß-ÿ]+\s)|[。！？]+[」』）”]*")
"""The second alternative is the space a publisher forgot between two sentences."""
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Rev|Hon|Gen|Col|Maj|Capt|Lt|Sgt|Sen|Rep|Gov|Pres|St|Mt|Mtn|Ft|No|Nos|vs|etc|approx|est|al|"
    r"Inc|Ltd|Co|Corp|Bros|Jr|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|a\.m|p\.m|e\.g|i\.e|cf|"
    r"bzw|ca|z\.\s?B|d\.\s?h|u\.\s?a|usw|Nr|Abs|Mio|Mrd|Sr|Sra|Dra|p\.\s?ej|pág|av|"
    r"\d{1,2})|\b[A-Z](?:\.[A-Z])*)\.$"
)
"""Before a full stop that ends nothing: titles, months, initials, and the day in ``3. Oktober``."""

_PAIRS = (("“", "”"), ("«", "»"), ("「", "」"), ("『", "』"), ("(", ")"), ("（", "）"))


def sentences(text: str) -> list[str]:
    """The sentences of a text, trimmed, in their order; the last may be cut short, as feeds do."""
    found: list[str] = []
    start = 0
    for match in _END.finditer(text):
        said = text[start : match.end()].strip()
        if said and _is_end(said, match.group(), text[match.end() :].lstrip()[:1]):
            found.append(said)
            start = match.end()
    rest = text[start:].strip()
    return [*found, rest] if rest else found


def is_whole(sentence: str) -> bool:
    """Ends as a sentence does, and was not cut by its publisher."""
    bare = sentence.rstrip("\"'”’»)]」』）")
    return bare.endswith((".", "!", "?", "。", "！", "？")) and not bare.endswith(("..", "…"))


def is_balanced(text: str) -> bool:
    """Whether every quotation and bracket that opens in it closes in it."""
    if text.count('"') % 2:
        return False
    if "„" in text:
        # There the mark that closes is the one that opens elsewhere.
        return text.count("„") <= text.count("“") + text.count("”")
    return all(text.count(opens) == text.count(closes) for opens, closes in _PAIRS)


def _is_end(said: str, mark: str, following: str) -> bool:
    if mark[0] == "." and _ABBREVIATION.search(said):
        return False
    if mark[0] in ".…!?" and following.islower():
        return False
    if mark[-1] in "」』" and "\u3041" <= following <= "\u309f":
        # 「…。」と: who said it follows.
        return False
    return is_balanced(said)

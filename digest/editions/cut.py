"""Feed text made fit to show: nothing that hides or reorders, nothing cut inside a word or a character.

Rules of this file: pure functions of text; no markup, no templates, no Edition.
"""

from __future__ import annotations

import re
import unicodedata

_BREAKS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
"""Controls, line and paragraph separators: each run becomes one space."""

_UNSEEN = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff"
    "\U000e0000-\U000e007f]"
)
"""Direction marks, overrides and isolates, zero-width spaces, tags, non-characters; joiners stay, words need them."""

_SURROGATES = re.compile("[\ud800-\udfff]")
_JOINERS = re.compile("[\u200c\u200d]")
_TRAILING = " ,;:–—-/(\"'“‘«"


def clean(text: str) -> str:
    """One line of text without anything invisible that could reorder, hide or break it."""
    text = _SURROGATES.sub("\ufffd", text)
    return _BREAKS.sub(" ", _UNSEEN.sub("", text)).strip()


def unjoined(text: str) -> str:
    """The same without joiners too, for plain-text mail, where nothing of zero width may stand."""
    return _JOINERS.sub("", text)


def cut(text: str, limit: int) -> str:
    """At most ``limit`` characters, ending in ``…`` where something was left out.

    Cuts after a word where words are set apart by spaces, else between two whole characters as people see them.
    """
    if len(text) <= limit:
        return text
    end = limit - 1
    space = text.rfind(" ", 0, end + 1)
    if space > end // 2:
        end = space
    else:
        while end > 1 and not _between(text, end):
            end -= 1
    return text[:end].rstrip(_TRAILING) + "…"


def _between(text: str, index: int) -> bool:
    """Whether two characters as people see them part at ``index``; UAX #29 as far as headlines need it."""
    before, after = text[index - 1], text[index]
    if unicodedata.category(after) in ("Mn", "Me", "Mc", "Cf") or before == "\u200d":
        return False
    if "\U0001f3fb" <= after <= "\U0001f3ff":  # skin tones
        return False
    if "\u1160" <= after <= "\u11ff":  # Hangul vowels and finals
        return False
    return not (_flag(after) and _flags_before(text, index) % 2)


def _flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flags_before(text: str, index: int) -> int:
    start = index
    while start and _flag(text[start - 1]):
        start -= 1
    return index - start


_RTL_LANGUAGES = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ji", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"}
)


def direction(language: str) -> str:
    """``rtl`` or ``ltr``, by the primary subtag of a language tag."""
    return "rtl" if language.lower().partition("-")[0] in _RTL_LANGUAGES else "ltr"


def text_direction(text: str, otherwise: str) -> str:
    """``rtl`` or ``ltr`` by the first strong character (UAX #9, P2), ``otherwise`` where there is none."""
    for character in text:
        match unicodedata.bidirectional(character):
            case "L":
                return "ltr"
            case "R" | "AL":
                return "rtl"
    return otherwise

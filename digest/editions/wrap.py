"""Plain text in 72 columns, as terminals count them: an ideograph takes two."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import cache

from .cut import clean, unjoined

COLUMNS = 72


def width(text: str) -> int:
    """Columns a line takes in a terminal."""
    return sum(_columns(character) for character in text)


@cache
def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def wrap(text: str, first: str = "", rest: str = "", columns: int = COLUMNS) -> str:
    """Lines of at most ``columns``, the first behind ``first``, the others behind ``rest``.

    Breaks at spaces, and between ideographs; a longer word is broken where the line ends, an address never.
    """
    lines: list[str] = []
    line, used = first, width(first)
    fresh = True
    for gap, piece in _pieces(text, columns - max(width(first), width(rest))):
        columns_more = width(piece)
        if not fresh and used + len(gap) + columns_more > columns:
            lines.append(line.rstrip())
            line, used, fresh = rest, width(rest), True
        if not fresh:
            line, used = line + gap, used + len(gap)
        line, used, fresh = line + piece, used + columns_more, False
    return "\n".join([*lines, line.rstrip()]).replace("\u00a0", " ")


_NEVER_FIRST = frozenset("、。，．：；！？」』）】〉》…·—")
"""Never at the start of a line (JIS X 4051, kinsoku; and our own separators)."""

_SPACES = re.compile(r"(?:(?!\u00a0)\s)+")
"""A no-break space holds its line together."""

ADDRESS = re.compile(r"""(?:https?://|mailto:)[^\s<>]*[^\s<>.,;:!?)\]}'"]""", re.IGNORECASE)
"""An address in a text; what ends the sentence is no part of it."""


def _pieces(text: str, longest: int) -> list[tuple[str, str]]:
    """What a line may break between: (the space before, the piece); every wide character is a piece.

    No piece is wider than ``longest``, but for an address.
    """
    pieces: list[tuple[str, str]] = []
    for word in filter(None, _SPACES.split(text)):
        if ADDRESS.match(word):
            pieces.append((" ", word))
            continue
        gap, used, alone = " ", 0, False
        for character in word:
            columns = _columns(character)
            if gap and pieces and character in _NEVER_FIRST:
                used = width(pieces[-1][1]) + 1
            fits = used + columns <= longest
            if pieces and character in _NEVER_FIRST and fits:
                before, piece = pieces[-1]
                pieces[-1] = (before, piece + gap + character)
                alone = alone or columns == 2
            elif gap or columns == 2 or (columns and (alone or not fits)):
                pieces.append((gap, character))
                used, alone = 0, columns == 2
            else:
                before, piece = pieces[-1]
                pieces[-1] = (before, piece + character)
            gap, used = "", used + columns
    return pieces


# --- The operator's own words -------------------------------------------------------------------

_LINK = re.compile(r"""\[([^\]\n]+)\]\((https?://[^\s)]+)(?:\s+"[^"\n]*")?\)""", re.IGNORECASE)
_HTML_LINK = re.compile(r"""<a\s[^>]*href\s*=\s*["']?(https?://[^\s"'>]+)[^>]*>(.*?)</a>""", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<!--.*?-->|</?[a-z][^>]*>", re.IGNORECASE | re.DOTALL)
_AUTOLINK = re.compile(rf"<({ADDRESS.pattern})>", re.IGNORECASE)
_LIST = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s")


def paragraphs(text: str, columns: int = COLUMNS) -> str:
    """The operator's Markdown as plain text: paragraphs and lists stay, tags go, an address has a line of its own."""
    text = _TAG.sub("", _AUTOLINK.sub(r"\1", _HTML_LINK.sub(r"[\2](\1)", text)))
    blocks = (_block(part, columns) for part in re.split(r"\n\s*\n", html.unescape(text)))
    return "\n\n".join(filter(None, blocks))


def _block(text: str, columns: int) -> str:
    runs: list[list[str]] = []
    for line in text.splitlines():
        if line.strip() and (not runs or _LIST.match(line)):
            runs.append([])
        if line.strip():
            runs[-1].append(line.strip())
    return "\n".join(line for run in runs for line in _run(" ".join(run), columns))


def _run(text: str, columns: int) -> list[str]:
    """One paragraph or point of a list, its addresses behind it."""
    mark = _LIST.match(text)
    first = mark[0] if mark else ""
    rest = " " * len(first)
    words = _LINK.sub(r"\1", text[len(first) :])
    linked = [found[2] for found in _LINK.finditer(text)]
    lines: list[str] = []
    for part in re.split(rf"({ADDRESS.pattern})", unjoined(clean(words)), flags=re.IGNORECASE):
        said = part.lstrip(" ,.;:!?)") if lines else part.strip()
        if said:
            lines.append(wrap(said, rest if lines else first, rest, columns))
    return [*lines, *(rest + address for address in linked)]

"""Plain text in 72 columns, as terminals count them: an ideograph takes two."""

from __future__ import annotations

import unicodedata

COLUMNS = 72


def width(text: str) -> int:
    """Columns a line takes in a terminal."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def wrap(text: str, first: str = "", rest: str = "", columns: int = COLUMNS) -> str:
    """Lines of at most ``columns``, the first behind ``first``, the others behind ``rest``.

    Breaks at spaces, and between ideographs; anything else is never broken, so an address keeps to one line.
    """
    lines: list[str] = []
    line, used = first, width(first)
    fresh = True
    for gap, piece in _pieces(text):
        columns_more = width(piece)
        if not fresh and used + len(gap) + columns_more > columns:
            lines.append(line.rstrip())
            line, used, fresh = rest, width(rest), True
        if not fresh:
            line, used = line + gap, used + len(gap)
        line, used, fresh = line + piece, used + columns_more, False
    return "\n".join([*lines, line.rstrip()])


_NEVER_FIRST = tuple("、。，．：；！？」』）】〉》…·—")
"""Never at the start of a line (JIS X 4051, kinsoku; and our own separators)."""


def _pieces(text: str) -> list[tuple[str, str]]:
    """What a line may break between: (the space before, the piece); every wide character is a piece."""
    pieces: list[tuple[str, str]] = []
    for word in text.split():
        gap = " "
        for character in word:
            wide = _columns(character) == 2
            if pieces and character.startswith(_NEVER_FIRST):
                before, piece = pieces.pop()
                pieces.append((before, piece + gap + character))
            elif gap or wide or (_columns(pieces[-1][1][-1]) == 2 and _columns(character)):
                pieces.append((gap, character))
            else:
                before, piece = pieces.pop()
                pieces.append((before, piece + character))
            gap = ""
    return pieces


def paragraphs(text: str, columns: int = COLUMNS) -> str:
    """The operator's own text: paragraphs stay paragraphs, each wrapped."""
    return "\n\n".join(wrap(part, columns=columns) for part in text.strip().split("\n\n") if part.strip())

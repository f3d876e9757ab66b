"""Rows of text in columns that stand below each other, also where a letter takes two cells."""

from __future__ import annotations

from collections.abc import Sequence


def widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """Cells of the widest text of each column."""
    return [max(cells(row[column]) for row in rows) for column in range(len(rows[0]))]


def line(row: Sequence[str], wide: Sequence[int]) -> str:
    """One row, two cells between its columns."""
    padded = (text + " " * (width - cells(text)) for text, width in zip(row, wide, strict=True))
    return "  ".join(padded).rstrip()


def cells(text: str) -> int:
    """Columns that a text takes on a terminal."""
    from rich.cells import cell_len

    return cell_len(text)

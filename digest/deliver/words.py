"""A stranger's words, a mail server's or a program's, fit for a log and a table."""

from __future__ import annotations

LONGEST = 300


def one_line(words: bytes | str | None) -> str:
    """One line of at most 300 characters, each of which can be seen."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words or ""
    # Not only controls: direction overrides and zero-width characters would disguise what is said.
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"

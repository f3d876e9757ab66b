"""What a check finds, and a few words that they share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    FINE = "fine"
    NOTE = "note"
    """Good to know; nothing is wrong."""
    WARNING = "warning"
    """Worth a look; digests still come."""
    TROUBLE = "trouble"
    """Nobody but the operator can mend it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check has to say."""

    part: str
    level: Level
    what: str
    cure: str = ""
    """What to do; empty where nothing need be done, or the words before say it."""


def megabytes(size: int) -> str:
    """``12.5 MB``, from ten thousand of them on ``12 GB``."""
    return f"{size / 1e6:,.1f} MB" if size < 1e10 else f"{size / 1e9:,.0f} GB"


def counted(number: int, noun: str, plural: str = "") -> str:
    """``1 item``, ``1,204 items``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"

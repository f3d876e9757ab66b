"""What the faces hand to the pipeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from ..model import FeedReport

Clock = Callable[[], datetime]
"""The time now, aware and in UTC: the wall clock, or one that replays another day."""

Waiting = Callable[[], None]
"""Called once when another process holds the lock that is needed."""


@dataclass(frozen=True, slots=True)
class Which:
    """An edition as a person names it: ``2026-11-26``, ``2026-11-26/2``, or the latest one."""

    day: date | None = None
    """None for the latest."""
    ordinal: int | None = None
    """None when only the day was named."""

    def __str__(self) -> str:
        if self.day is None:
            return "latest"
        return f"{self.day}/{self.ordinal}" if self.ordinal else str(self.day)


class Progress(Protocol):
    """Told of each feed as soon as it is done; ``total`` counts the feeds asked in this poll."""

    def __call__(self, report: FeedReport, done: int, total: int, /) -> None: ...


class Ending(Protocol):
    """Says whether to come to an end now; a ``threading.Event`` is one."""

    def is_set(self) -> bool: ...

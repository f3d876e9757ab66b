"""What the faces hand to the pipeline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from ..model import FeedReport

Clock = Callable[[], datetime]
"""The time now, aware and in UTC: the wall clock, or one that replays another day."""

Waiting = Callable[[], None]
"""Called once when another process holds the lock that is needed."""


class Progress(Protocol):
    """Told of each feed as soon as it is done; ``total`` counts the feeds asked in this poll."""

    def __call__(self, report: FeedReport, done: int, total: int, /) -> None: ...


class Ending(Protocol):
    """Says whether to come to an end now; a ``threading.Event`` is one."""

    def is_set(self) -> bool: ...

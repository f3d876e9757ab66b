"""What was just found out, for those who ask again at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

LASTS = 2.0
"""Seconds: shorter than any watchdog's interval, and long enough that a stranger who asks without end for how things
are costs the readers nothing."""

Seen = TypeVar("Seen")


class Glance(Generic[Seen]):
    """Looks at most once in that time, whatever asks in how many threads; an error is not kept."""

    def __init__(self, look: Callable[[], Seen]) -> None:
        self._look = look
        self._guard = threading.Lock()
        self._seen: tuple[float, Seen] | None = None

    def __call__(self) -> Seen:
        with self._guard:
            if self._seen is None or time.monotonic() - self._seen[0] > LASTS:
                seen = self._look()
                self._seen = time.monotonic(), seen
            return self._seen[1]

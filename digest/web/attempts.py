"""Wrong passwords: so many a minute and no more, from one place and from all together, in bounded memory."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

SPAN = 60.0
"""Seconds that a wrong try counts."""
EACH = 5
"""Wrong tries from one place in that time."""
TOGETHER = 30
"""Wrong tries from everywhere in that time."""
PLACES = 1000
"""Places that are remembered, those of the last tries."""
FRIENDS = 50
"""Places that a right password came from, which tries from elsewhere do not shut out."""


class Attempts:
    """Counts tries; called from any thread.

    A try counts as wrong until it proves right, or a hundred sent at once would all be let through. One that is
    refused is not counted, so that nobody is shut out for longer than a minute by trying again.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()
        self._all: deque[float] = deque(maxlen=TOGETHER)
        self._friends: OrderedDict[str, None] = OrderedDict()

    def begin(self, place: str) -> int:
        """0 when a password may be tried from there now; otherwise the seconds to wait, at least 1."""
        with self._lock:
            now = self._clock()
            mine = self._tries.setdefault(place, deque(maxlen=EACH))
            self._tries.move_to_end(place)
            while len(self._tries) > PLACES:
                self._tries.popitem(last=False)
            full = [one[0] + SPAN - now for one in (mine,) if len(one) == EACH]
            if place not in self._friends and len(self._all) == TOGETHER:
                full.append(self._all[0] + SPAN - now)
            wait = max(full, default=0)
            if wait > 0:
                return max(1, math.ceil(wait))
            mine.append(now)
            self._all.append(now)
            return 0

    def right(self, place: str) -> None:
        """The password was right: what was tried from there before is forgiven."""
        with self._lock:
            for one in self._tries.pop(place, ()):
                if one in self._all:
                    self._all.remove(one)
            self._friends[place] = None
            self._friends.move_to_end(place)
            while len(self._friends) > FRIENDS:
                self._friends.popitem(last=False)

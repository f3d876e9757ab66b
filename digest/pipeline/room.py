"""Who may ask next: a room with so many places, where the longest queue comes first.

A host's feeds are asked one after another, so the longest queue decides when a poll ends: one that had to take turns
with all short ones would be left alone with most of its feeds when they are done.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from heapq import heappop, heappush


class Place:
    """One place, which may be left before its end."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._taken = True

    def leave(self) -> None:
        if self._taken:
            self._taken = False
            self._room.free()


class Room:
    def __init__(self, places: int) -> None:
        self._places = places
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        """A heap: (feeds left in the queue, negative; who came first; called once it may enter)."""
        self._came = 0

    @asynccontextmanager
    async def place(self, left: int) -> AsyncIterator[Place]:
        """Waits for a place; ``left``: feeds in the queue of whoever asks, this one included."""
        if self._places:
            self._places -= 1
        else:
            await self._called(left)
        place = Place(self)
        try:
            yield place
        finally:
            place.leave()

    async def _called(self, left: int) -> None:
        self._came += 1
        called = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (-left, self._came, called))
        try:
            await called
        except asyncio.CancelledError:
            if not called.cancelled():  # it was called and ended at once: the place is another's
                self.free()
            raise

    def free(self) -> None:
        """Gives a place to who waits with the longest queue."""
        while self._waiting:
            called = heappop(self._waiting)[2]
            if not called.done():
                called.set_result(None)
                return
        self._places += 1

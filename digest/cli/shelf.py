"""Pages at hand: the readers of the database that draw them, and those drawn last.

Nothing is drawn, nor even looked up, twice from one state of the database: as long as nobody writes, an answer given is
given again. While a poll writes all the time, a page's own stamp tells whether it would be another one.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..web.app import Found

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from ..config import Config
    from ..store import Store
    from ..web.app import Visit

ROOM = 16 * 1024 * 1024
"""Bytes of drawn pages that are kept."""
LASTS = 20.0
"""Seconds for which an answer is given again: some pages tell how long ago something was."""
READERS = 4
"""Open connections at most: more pages at a time would only take turns."""


class Shelf:
    """All pages of one configuration; its functions are called from any thread."""

    def __init__(self, settings: Config) -> None:
        from ..pipeline.renderers import Renderers

        self._settings = settings
        self._renderers = Renderers(settings)
        self._spare: queue.LifoQueue[Store] = queue.LifoQueue()
        self._room = threading.Semaphore(READERS)
        self._kept: OrderedDict[tuple[object, ...], bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        self._closed = False
        self._watch: Store | None = None
        self._watching = threading.Lock()
        self._watches = 0

    def find(self, visit: Visit, now: datetime) -> Found | None:
        """What stands at a path for one viewer; None where nothing does."""
        # A form's mark differs from visit to visit, so what the owner sees is drawn each time.
        if visit.viewer.owner:
            with self.reader() as store:
                return self._drawn(store, visit, now)
        # The state comes first: what is read after it is at least as new.
        age = int(time.monotonic() / LASTS)
        asked = (visit.path, *sorted(visit.query.items()), visit.viewer, self._state(), age)
        body = self._at_hand(asked)
        if body is not None:
            return Found(body)
        with self.reader() as store:
            body = self._at_hand(asked)  # many may have waited for what the first of them draws
            if body is not None:
                return Found(body)
            found = self._drawn(store, visit, now)
            if found is not None and found.moved is None:
                self._keep(asked, found.body)
            return found

    def _drawn(self, store: Store, visit: Visit, now: datetime) -> Found | None:
        from ..pipeline.showing import Site

        page = Site(store, self._settings, self._renderers, visit.viewer, now).find(visit.path, visit.query)
        if page is None:
            return None
        if page.moved is not None:
            return Found(b"", page.moved)
        if not page.stamp or visit.viewer.owner:
            return Found(page.draw())
        keys: list[tuple[object, ...]] = [(page.path, page.stamp, visit.viewer)]
        if page.lasts:
            keys.append((page.path, int(time.monotonic() / page.lasts), visit.viewer))
        body = next((kept for key in keys if (kept := self._at_hand(key)) is not None), None)
        if body is None:
            body = page.draw()
            for key in keys:
                self._keep(key, body)
        return Found(body)

    def _state(self) -> tuple[int, int]:
        """What tells one state of the database from the next.

        On a connection of its own, so that a page at hand waits for no search that is drawn just now.
        """
        with self._watching:
            watch, self._watch = self._watch, None
            if watch is None:
                watch = self._opened()
                self._watches += 1  # each connection counts by itself
            try:
                with watch.shown():
                    version = watch.version()
            except BaseException:
                watch.close()
                raise
            if self._closed:
                watch.close()
            else:
                self._watch = watch
            return self._watches, version

    def _opened(self) -> Store:
        from ..store import Store

        return Store.open_to_show(self._settings.database, self._settings.families)

    def close(self) -> None:
        """Lets go of the database; whoever reads just now ends first."""
        self._closed = True
        with self._watching:
            if self._watch is not None:
                self._watch.close()
                self._watch = None
        self._close_spare()

    def _close_spare(self) -> None:
        while True:
            try:
                self._spare.get_nowait().close()
            except queue.Empty:
                return

    def _at_hand(self, key: tuple[object, ...]) -> bytes | None:
        with self._lock:
            body = self._kept.get(key)
            if body is not None:
                self._kept.move_to_end(key)
            return body

    def _keep(self, key: tuple[object, ...], body: bytes) -> None:
        with self._lock:
            if key not in self._kept:
                self._kept[key] = body
                self._size += _size(key, body)
            while self._size > ROOM:
                self._size -= _size(*self._kept.popitem(last=False))

    @contextmanager
    def reader(self) -> Iterator[Store]:
        """An open store that nobody else uses meanwhile; one that failed is not used again."""
        with self._room:
            try:
                store = self._spare.get_nowait()
            except queue.Empty:
                store = self._opened()
            try:
                with store.shown():
                    yield store
            except BaseException:
                store.close()
                raise
            self._spare.put_nowait(store)
            if self._closed:  # perhaps only just now, so whoever closes may have missed this one
                self._close_spare()


def _size(key: tuple[object, ...], body: bytes) -> int:
    """What an entry counts: a question may be longer than its answer."""
    return len(body) + len(repr(key))

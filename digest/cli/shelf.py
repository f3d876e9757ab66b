"""Pages at hand: the readers of the database that draw them, and those drawn last."""

from __future__ import annotations

import queue
import threading
from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from ..config import Config
    from ..store import Store
    from ..web.app import Found, Visit

ROOM = 16 * 1024 * 1024
"""Bytes of drawn pages that are kept."""
SPARE = 4
"""Open readers that are kept for the next who asks."""


class Shelf:
    """All pages of one configuration; its functions are called from any thread."""

    def __init__(self, settings: Config) -> None:
        from ..pipeline.renderers import Renderers

        self._settings = settings
        self._renderers = Renderers(settings)
        self._spare: queue.LifoQueue[Store] = queue.LifoQueue(SPARE)
        self._kept: OrderedDict[tuple[object, ...], bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        self._closed = False

    def find(self, visit: Visit, now: datetime) -> Found | None:
        """What stands at a path for one viewer; None where nothing does."""
        from ..pipeline.showing import Site
        from ..web.app import Found

        with self.reader() as store:
            page = Site(store, self._settings, self._renderers, visit.viewer, now).find(visit.path, visit.query)
            if page is None:
                return None
            if page.moved is not None:
                return Found(b"", page.moved)
            # A form's mark differs from visit to visit, so what the owner sees is drawn each time.
            if not page.stamp or visit.viewer.owner:
                return Found(page.draw())
            key = (page.path, page.stamp, visit.viewer)
            with self._lock:
                body = self._kept.get(key)
                if body is not None:
                    self._kept.move_to_end(key)
                    return Found(body)
            body = page.draw()
            self._keep(key, body)
            return Found(body)

    def close(self) -> None:
        """Lets go of the database; whoever reads just now ends first."""
        self._closed = True
        while True:
            try:
                self._spare.get_nowait().close()
            except queue.Empty:
                return

    def _keep(self, key: tuple[object, ...], body: bytes) -> None:
        with self._lock:
            if key not in self._kept:
                self._kept[key] = body
                self._size += len(body)
            while self._size > ROOM:
                self._size -= len(self._kept.popitem(last=False)[1])

    @contextmanager
    def reader(self) -> Iterator[Store]:
        """An open store that nobody else uses meanwhile; one that failed is not used again."""
        from ..store import Store

        try:
            store = self._spare.get_nowait()
        except queue.Empty:
            store = Store.open_to_show(self._settings.database, self._settings.families)
        try:
            with store.shown():
                yield store
        except BaseException:
            store.close()
            raise
        if self._closed:
            store.close()
            return
        try:
            self._spare.put_nowait(store)
        except queue.Full:
            store.close()

"""Index: what came in can be searched, in small steps, beside everything else and never in its way."""

from __future__ import annotations

import logging

from ..errors import StoreError
from ..store import Store
from .types import Ending

log = logging.getLogger(__name__)


def index_items(store: Store, stopping: Ending | None = None) -> int:
    """Puts every new item into the search index; returns how many that were. Cheap when nothing came.

    Needs no lock: each step is a transaction of its own, between which others write. ``stopping`` ends it early, the
    next call goes on. What fails is told in the log and tried again next time, with a new index where that one is
    damaged.
    """
    done = 0
    try:
        while (stopping is None or not stopping.is_set()) and (some := store.search.index_some()):
            done += some
    except StoreError as error:
        log.warning("new items cannot be searched yet: %s", error)
    return done

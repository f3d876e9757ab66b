"""Thread: give every item that has none its story."""

from __future__ import annotations

from ..model import Grouping
from ..store import Store
from ..threads import stories


def thread_items(store: Store) -> int:
    """Groups what came in since the last time; returns how many items that were.

    The caller holds the ``work`` lock.
    """
    items = store.items.without_story()
    if not items:
        return 0
    before = store.threads.terms()
    oldest = min(min(item.published, item.first_seen) for item in items)
    live = store.threads.live(oldest - stories.RETIRES_AFTER)
    grouping: Grouping = stories.group(items, live, before, next_id=store.threads.next_story_id())
    store.threads.save(grouping, before)
    return len(items)

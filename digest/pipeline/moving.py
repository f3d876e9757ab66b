"""Move: stories between threads, as decisions want it; where grouping had put them is remembered."""

from __future__ import annotations

from collections.abc import Iterable

from ..model import Level
from ..store import Store


def into_thread(store: Store, story_ids: Iterable[int], thread_id: int | None) -> None:
    """Puts stories into a thread, or without one takes them out into one of their own; inside ``Store.writing``."""
    left = store.threads.of_each(story_ids)
    store.homes.stories_leave(left)
    if thread_id is None:
        thread_id = store.homes.left_by(Level.THREAD, left)
    for story_id in sorted(left):
        if thread_id is None:
            store.threads.leave(story_id)
            thread_id = store.threads.of_story(story_id)
        else:
            for emptied in store.homes.filled(Level.THREAD, [thread_id]):
                store.threads.restore(emptied)
            store.threads.move([story_id], thread_id)
    store.homes.emptied(Level.THREAD, left)
    store.homes.filled(Level.THREAD, store.threads.of_stories(left))

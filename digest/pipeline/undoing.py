"""Put back what an undone decision moved, as far as the decisions that stand let it go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..model import Decided, Decision, Item, Level, Mark
from ..store import Store
from ..threads import decisions
from .holding import follow, hold, move_items


def put_back(store: Store, decision: Decision) -> None:
    """Items return to the story, and stories to the thread, that the undone decision took them from.

    Afterwards every decision that stands holds. Inside ``Store.writing``.
    """
    led = {ended: store.threads.final(ended) for ended in decision.ended_threads}
    for ended in led:
        store.threads.restore(ended)
    moves = _returning(store, decision)
    for ended in set(moves.values()) & set(decision.ended_stories):
        store.stories.restore(ended)
    move_items(store, moves)
    if not any(one.level is Level.STORY for one in decision.items):
        _put_back_stories(store, decision)
    hold(store)
    for ended, into in led.items():
        if into is not None:
            store.threads.close_empty(ended, store.threads.final(into) or into)
    told = store.items.get({one.item_id for one in decision.items})
    follow(store, {item.story_id for item in told if item.story_id is not None})


def _returning(store: Store, decision: Decision) -> dict[int, int]:
    """Item id to the story it came from, for those that no other decision moved or holds since."""
    before = {one.item_id: one.before for one in decision.items if one.level is Level.STORY and one.before}
    items = store.items.get(before)
    made = store.decisions.all()
    later = _moved(one for each in made if each.id > decision.id and each.undone is None for one in each.items)
    targets: dict[int, int] = {}
    for item in items:
        told = before[item.id]
        target = told if told in decision.ended_stories else store.stories.final(told)
        if target is not None and item.story_id not in (None, target) and item.id not in later:
            targets[item.id] = target
    return _free(store, items, targets, decisions.marks(made, Level.STORY))


def _moved(items: Iterable[Decided]) -> set[int]:
    return {one.item_id for one in items if one.level is Level.STORY and (one.side == 1 or one.before is not None)}


def _free(
    store: Store, items: Iterable[Item], targets: Mapping[int, int], marks: Mapping[int, frozenset[Mark]]
) -> dict[int, int]:
    """Those that do not leave behind what a decision holds them together with."""
    free = dict(targets)
    beside: dict[int, list[int]] = {}
    for story_id in {item.story_id for item in items if item.id in free and item.story_id is not None}:
        beside[story_id] = [one.id for one in store.items.of_story(story_id) if one.id in marks]
    for mates in beside.values():
        for group in decisions.groups({one: marks[one] for one in mates}):
            if len({free.get(one) for one in group}) > 1:
                for one in group:
                    free.pop(one, None)
    return free


def _put_back_stories(store: Store, decision: Decision) -> None:
    """Whole stories that a merge or a split moved between threads."""
    thread_id = store.threads.final(decision.thread_id) if decision.thread_id is not None else None
    if thread_id is None:
        return
    if decision.kind == "merge":
        came = {store.stories.final(one.before) for one in decision.items if one.before is not None}
        theirs = [one for one in came if one is not None and store.threads.of_story(one) == thread_id]
        for ended in decision.ended_threads:
            store.threads.move(sorted(theirs), ended)
    elif decision.kind == "split":
        off = {item.story_id for item in store.items.get(one.item_id for one in decision.items if one.side == 1)}
        store.threads.move(sorted(story for story in off if story is not None), thread_id)

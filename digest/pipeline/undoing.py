"""Put back what an undone decision moved, as far as the decisions that stand let it go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..model import Decision, Level
from ..store import Store
from ..threads import decisions
from ..threads.holding import returned
from . import linking
from .holding import follow, hold, move_items, move_stories


def put_back(store: Store, decision: Decision) -> None:
    """Items return to the stories, and stories to the threads, where grouping had put them.

    What the decisions that stand hold elsewhere stays, whichever of them moved it; so does what none of them ties to
    the undone one. Afterwards every one of them holds. Inside ``Store.writing``.
    """
    made = store.decisions.all()
    before = [replace(one, undone=None) if one.id == decision.id else one for one in made]
    _return_items(store, decision, made, before)
    _return_stories(store, decision, made, before)
    hold(store)
    told = store.items.get({one.item_id for one in decision.items})
    follow(store, {item.story_id for item in told if item.story_id is not None})


def _return_items(store: Store, decision: Decision, made: Sequence[Decision], before: Sequence[Decision]) -> None:
    marks = decisions.marks(made, Level.STORY)
    homes = store.homes.living(Level.STORY, store.homes.of_items())
    told = {one.item_id for one in decision.items}
    touched = decisions.related(decisions.marks(before, Level.STORY), told) | (homes.keys() - marks.keys())
    places = {item.id: item.story_id for item in store.items.get(touched) if item.story_id is not None}
    off = {one.item_id for one in decision.items if one.level is Level.STORY and one.side == 1}
    moves = returned(
        places, homes, marks, off, lambda story_id: {item.id for item in store.items.of_story(story_id)},
        lambda group: store.homes.left_by(Level.STORY, group),
    )  # fmt: skip
    move_items(store, moves)
    places |= {item.id: item.story_id for item in store.items.get(moves) if item.story_id is not None}
    store.homes.forget_items(one for one, place in places.items() if homes.get(one) == place)


def _return_stories(store: Store, decision: Decision, made: Sequence[Decision], before: Sequence[Decision]) -> None:
    marks = linking.marks_of_stories(store, decisions.marks(made, Level.THREAD))
    homes = store.homes.living(Level.THREAD, store.homes.of_stories())
    told = decisions.related(decisions.marks(before, Level.THREAD), {one.item_id for one in decision.items})
    held = {item.story_id for item in store.items.get(told) if item.story_id is not None}
    places = store.threads.of_each(held | (homes.keys() - marks.keys()))
    off = {one.item_id for one in decision.items if one.level is Level.THREAD and one.side == 1}
    moves = returned(
        places, homes, marks, {item.story_id for item in store.items.get(off) if item.story_id is not None},
        lambda thread_id: set(store.threads.story_ids(thread_id)),
        lambda group: store.homes.left_by(Level.THREAD, group),
    )  # fmt: skip
    move_stories(store, moves)
    places = store.threads.of_each(places)
    store.homes.forget_stories(one for one, place in places.items() if homes.get(one) == place)

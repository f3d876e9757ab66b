"""Correct: what a person decides about the grouping, done at once and kept for every later run.

Each function writes one decision in one transaction, and touches no edition. It needs no other lock: grouping, a
rebuild and an edition are a transaction each, so a decision comes before or after one as a whole, also during a poll.
Ids never change meaning: what is emptied leads elsewhere, and means itself again when the decision is undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from ..editions.headlines import lead
from ..errors import DigestError
from ..model import Decided, Decision, FeedDecision, Item, Level, Mark
from ..store import Store
from ..threads import decisions
from .holding import follow, hold, move_items
from .moving import into_thread
from .undoing import put_back

OWN: frozenset[str] = frozenset(FeedDecision)
"""Kinds of decisions that are the program's, not a person's."""
HEADLINES = 60
"""Characters of a headline in a decision's words."""


def split(store: Store, item_id: int, now: datetime, *, whole_story: bool = False) -> Decision:
    """Takes an item out of its story, and so out of its thread; the rest keeps the story's id.

    With ``whole_story`` the item's story leaves its thread as it is; so does a story of one.
    Raises DigestError where there is nothing to split.
    """
    with store.writing():
        item = grouped_item(store, item_id)
        story_id = item.story_id or 0
        mates = store.items.of_story(story_id)
        off = mates if whole_story else [item]
        rest = [one for one in mates if one.id not in {each.id for each in off}]
        thread_id = store.threads.of_story(story_id)
        others = _items_of(store, [one for one in store.threads.story_ids(thread_id) if one != story_id])
        if not rest and not others:
            raise DigestError(_nothing_to_split(item_id, len(mates)))
        decided = _sides(off, [*rest, *others], Level.THREAD)
        if rest:
            decided += _sides(off, rest, Level.STORY)
            move_items(store, {item.id: -1})
        else:
            into_thread(store, [story_id], None)
        about = [item, *_lead(rest or others)]
        touched = _stories_of([*off, *rest, *others], store)
        return _record(store, "split", now, about, decided, touched, thread_id=thread_id)


def merge(store: Store, one: int, other: int, now: datetime) -> Decision:
    """Makes one thread of two: the stories of the second become the first's, whose id stays.

    Raises DigestError for an unknown thread, for one without reports, which a decision could not be kept by, or where
    both are one already.
    """
    with store.writing():
        into, ended = existing_thread(store, one), existing_thread(store, other)
        if into == ended:
            raise DigestError(f"{one} and {other} are one thread already; `digest threads show {into}` shows it")
        theirs = store.threads.story_ids(ended)
        first, second = _items_of(store, store.threads.story_ids(into)), _items_of(store, theirs)
        for thread_id, items in ((into, first), (ended, second)):
            if not items:
                raise DigestError(f"thread {thread_id}: its reports are no longer kept, so it stays as it is")
        decided = [
            *(Decided(item.id, Level.THREAD, 0) for item in first),
            *(Decided(item.id, Level.THREAD, 0) for item in second),
        ]
        into_thread(store, theirs, into)
        about, touched = [*_lead(first), *_lead(second)], _stories_of([*first, *second], store)
        return _record(store, "merge", now, about, decided, touched, thread_id=into)


def merge_stories(store: Store, one: int, other: int, now: datetime) -> Decision:
    """Makes one story of two that report one event, and so one thread; the first's ids stay."""
    with store.writing():
        into, ended = existing_story(store, one), existing_story(store, other)
        if into == ended:
            raise DigestError(f"{one} and {other} are one story already")
        first, second = store.items.of_story(into), store.items.of_story(ended)
        if not first or not second:
            raise DigestError("one of these stories has no items any more; there is nothing to merge")
        decided = [
            *(Decided(item.id, Level.STORY, 0) for item in first),
            *(Decided(item.id, Level.STORY, 0) for item in second),
        ]
        move_items(store, {item.id: into for item in second})
        return _record(store, "merge", now, [*_lead(first), *_lead(second)], decided, {into})


def pin(store: Store, item_id: int, other_id: int | None, now: datetime) -> Decision:
    """Puts an item into the story of another, or keeps it in the one it is in, whatever later runs find.

    Without ``other_id`` the oldest other item of its story is the one it stays with.
    """
    with store.writing():
        item = grouped_item(store, item_id)
        left = item.story_id or 0
        if other_id is None:
            beside = [one for one in store.items.of_story(left) if one.id != item.id]
            if not beside:
                raise DigestError(f"item {item_id} stands alone: name the item it belongs with, `pin {item_id} OTHER`")
            other = beside[0]
        else:
            other = grouped_item(store, other_id)
        if other.id == item.id:
            raise DigestError("an item is always in its own story; name another one")
        into = other.story_id or 0
        held = decisions.marks(store.decisions.all(), Level.STORY)
        against = {Mark(mark.decision, -mark.side) for mark in held.get(item.id, ()) if mark.side}
        beside = [one for one in store.items.of_story(into) if one.id != other.id and held.get(one.id, set()) & against]
        decided = [
            Decided(item.id, Level.STORY, 0),
            *(Decided(one.id, Level.STORY, 0) for one in (other, *beside) if one.id != item.id),
        ]
        if into != left:
            mates = [one for one in store.items.of_story(left) if one.id != item.id]
            decided += _sides([item], mates, Level.STORY)
            if store.threads.of_story(left) != store.threads.of_story(into):
                decided += _sides([item], mates, Level.THREAD)
            move_items(store, {item.id: into})
        return _record(store, "pin", now, [item, other], decided, {left, into})


def undo(store: Store, decision_id: int | None, now: datetime) -> Decision:
    """Takes a decision back, without an id the latest of a person; returns it as it is now.

    What it moved goes back, except where a later decision wants it elsewhere; what came since stays.
    Raises DigestError where there is none, or it was undone before.
    """
    with store.writing():
        made = store.decisions.all()
        standing = [
            one
            for one in made
            if one.undone is None and (decision_id == one.id or (decision_id is None and one.kind not in OWN))
        ]
        if not standing:
            raise DigestError(_nothing_to_undo(made, decision_id))
        decision = standing[-1]
        store.decisions.undo(decision.id, now)
        if decision.feed_id is not None:
            store.feeds.resume(decision.feed_id)
        if not store.troubles.take_back(decision.id) and decision.items:
            put_back(store, decision)
        return replace(decision, undone=now)


def _nothing_to_undo(made: Sequence[Decision], decision_id: int | None) -> str:
    if decision_id is None:
        if any(one.undone is None for one in made):
            return "none of the decisions is yours; name one by its number, as `digest decisions` lists them"
        return "there is no decision to undo"
    if any(one.id == decision_id for one in made):
        return f"decision {decision_id} was undone before"
    return f"there is no decision {decision_id}; `digest decisions` lists those there are"


def _nothing_to_split(item_id: int, size: int) -> str:
    if size > 1:
        return f"the story of item {item_id} is its whole thread; without --story the item alone leaves it"
    return f"item {item_id} stands alone already; `digest threads why {item_id}` tells why"


# --- What several share -------------------------------------------------------------------------


def headline(item: Item) -> str:
    """How a report is called in the words of a decision."""
    title = item.title or "(no title)"
    return title if len(title) <= HEADLINES else f"{title[: HEADLINES - 1].rstrip()}…"


def grouped_item(store: Store, item_id: int) -> Item:
    """The item of that id, with its story; raises DigestError where there is none."""
    found = store.items.get([item_id])
    if not found and store.retention.ever(item_id):
        raise DigestError(f"item {item_id} is no longer kept; `digest why {item_id}` tells in which editions it was")
    if not found:
        raise DigestError(f"there is no item {item_id}; `digest threads show ID` tells the numbers of a thread's items")
    if found[0].story_id is None:
        raise DigestError(f"item {item_id} was not grouped yet; the next `digest poll` does it")
    return found[0]


def existing_thread(store: Store, thread_id: int) -> int:
    """Where a thread's id leads; raises DigestError where there is none."""
    found = store.threads.final(thread_id)
    if found is None:
        raise DigestError(f"there is no thread {thread_id}; `digest threads` lists those there are")
    return found


def existing_story(store: Store, story_id: int) -> int:
    """Where a story's id leads; raises DigestError where there is none."""
    found = store.stories.final(story_id)
    if found is None:
        raise DigestError(f"there is no story {story_id}; `digest threads show ID` lists the stories of a thread")
    return found


def _record(
    store: Store,
    kind: str,
    now: datetime,
    about: Iterable[Item],
    items: Iterable[Decided],
    touched: Iterable[int],
    *,
    thread_id: int | None = None,
) -> Decision:
    """Writes the decision, and what it means for the ``touched`` stories, and for others by earlier decisions."""
    words = " / ".join(headline(item) for item in about)
    decision = store.decisions.add(Decision(0, kind, now, words, thread_id, items=tuple(items)))
    if decision.items:
        hold(store)
        follow(store, touched)
    return decision


def _sides(off: Sequence[Item], rest: Sequence[Item], level: Level) -> list[Decided]:
    return [
        *(Decided(item.id, level, 1) for item in off),
        *(Decided(item.id, level, -1) for item in rest),
    ]


def _items_of(store: Store, story_ids: Iterable[int]) -> list[Item]:
    return [item for story_id in story_ids for item in store.items.of_story(story_id)]


def _stories_of(items: Iterable[Item], store: Store) -> set[int]:
    """Ids of the stories that hold these items now."""
    return {item.story_id for item in store.items.get(item.id for item in items) if item.story_id is not None}


def _lead(items: Sequence[Item]) -> list[Item]:
    return [lead(items)] if items else []

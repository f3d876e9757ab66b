"""Hold: after a correction or a rebuild, every standing decision is true of what is stored, and stories follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..model import Level
from ..store import Store
from ..threads import decisions, stories
from ..threads.holding import displaced
from . import linking, recalling
from .moving import into_thread


def hold(store: Store) -> None:
    """Moves what stands where a decision forbids it; inside ``Store.writing``."""
    made = store.decisions.all()
    marks = decisions.marks(made, Level.STORY)
    places = {item.id: item.story_id for item in store.items.get(marks) if item.story_id is not None}
    move_items(store, displaced(places, marks))
    marks = linking.marks_of_stories(store, decisions.marks(made, Level.THREAD))
    move_stories(store, displaced(store.threads.of_each(marks), marks))


def move_items(store: Store, moves: Mapping[int, int]) -> None:
    """Puts items into stories, those of one negative number into one of their own; ids that are left lead there."""
    store.homes.items_leave(moves)
    before = {item.id: item.story_id or 0 for item in store.items.get(moves)}
    opened = {
        into: _opened(store, [one for one in moves if moves[one] == into]) for into in {*moves.values()} if into < 0
    }
    now = {one: opened.get(moves[one], moves[one]) for one in before}
    for into in {*now.values()}:
        _restore(store, into)
    store.stories.assign(now)
    for left in {*before.values()} - {*now.values()}:
        if not store.items.of_story(left):
            gone = [one for one in before if before[one] == left]
            thread_id = store.threads.of_story(left)
            store.homes.stories_leave([left])
            store.stories.redirect(left, now[gone[-1]])
            store.homes.emptied(Level.STORY, dict.fromkeys(gone, left))
            store.homes.emptied(Level.THREAD, {left: thread_id})
    follow(store, {*before.values(), *now.values()})


def _opened(store: Store, item_ids: Sequence[int]) -> int:
    """The story for items that leave others, in a thread of its own: the one that they left before, or a new one."""
    known = store.homes.left_by(Level.STORY, item_ids)
    if known is not None:
        _restore(store, known)
        if len(store.threads.story_ids(store.threads.of_story(known))) > 1:
            into_thread(store, [known], None)
        return known
    story_id = store.stories.next_id()
    items = store.items.get(item_ids)
    store.stories.write([stories.state(items, recalling.terms(store), story_id=story_id)])
    return story_id


def _restore(store: Store, story_id: int) -> None:
    """A story that decisions emptied means itself again, and so does its thread where they emptied that."""
    for emptied in store.homes.filled(Level.STORY, [story_id]):
        for thread_id in store.homes.filled(Level.THREAD, [store.threads.of_story(emptied)]):
            store.threads.restore(thread_id)
        store.stories.restore(emptied)


def follow(store: Store, story_ids: Iterable[int]) -> None:
    """Stories follow the items that are in them now: what they are about, their voices, by what they are found."""
    held = {story_id: items for story_id in sorted(story_ids) if (items := store.items.of_story(story_id))}
    if not held:
        return
    terms = recalling.terms(store)
    store.stories.write(stories.state(items, terms, story_id=story_id) for story_id, items in held.items())
    linking.retell(store, terms, recalling.names(store), list(held))


def move_stories(store: Store, moves: Mapping[int, int]) -> None:
    """Puts stories into threads, those of one negative number into one of their own; ids that are left lead there."""
    for into in sorted(set(moves.values())):
        into_thread(store, [one for one in moves if moves[one] == into], into if into >= 0 else None)

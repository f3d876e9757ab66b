"""Hold: after a correction or a rebuild, every standing decision is true of what is stored, and stories follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..model import Level
from ..store import Store
from ..threads import decisions, stories
from ..threads.holding import displaced
from . import linking, recalling


def hold(store: Store) -> None:
    """Moves what stands where a decision forbids it; inside ``Store.writing``."""
    made = store.decisions.all()
    marks = decisions.marks(made, Level.STORY)
    places = {item.id: item.story_id for item in store.items.get(marks) if item.story_id is not None}
    move_items(store, displaced(places, marks))
    marks = linking.marks_of_stories(store, decisions.marks(made, Level.THREAD))
    _move_stories(store, displaced({story_id: store.threads.of_story(story_id) for story_id in marks}, marks))


def move_items(store: Store, moves: Mapping[int, int]) -> None:
    """Puts items into stories, those of one negative number into one new story; ids that are left lead there."""
    touched: set[int] = set()
    opened: dict[int, int] = {}
    for item in store.items.get(moves):
        into, left = moves[item.id], item.story_id or 0
        if into < 0:
            if into not in opened:
                opened[into] = store.stories.next_id()
                terms = recalling.terms(store)
                store.stories.write([stories.state([item], terms, story_id=opened[into])])
            into = opened[into]
        store.stories.assign({item.id: into})
        if left != into and not store.items.of_story(left):
            store.stories.redirect(left, into)
        touched |= {left, into}
    follow(store, touched)


def follow(store: Store, story_ids: Iterable[int]) -> None:
    """Stories follow the items that are in them now: what they are about, their voices, by what they are found."""
    held = {story_id: items for story_id in sorted(story_ids) if (items := store.items.of_story(story_id))}
    if not held:
        return
    terms = recalling.terms(store)
    store.stories.write(stories.state(items, terms, story_id=story_id) for story_id, items in held.items())
    linking.retell(store, terms, recalling.names(store), list(held))


def _move_stories(store: Store, moves: Mapping[int, int]) -> None:
    opened: dict[int, int] = {}
    for story_id, into in sorted(moves.items()):
        if into >= 0:
            store.threads.move([story_id], into)
        elif into in opened:
            store.threads.move([story_id], opened[into])
        else:
            store.threads.leave(story_id)
            opened[into] = store.threads.of_story(story_id)

"""Link: a story of several voices that grew is looked up, compared, and put into the thread of its matter."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import timedelta

from ..model import Bounds, Item, Level, Link, Mark, NameCounts, Profile, TermCounts
from ..store import Store
from ..threads import decisions, names
from ..threads.linking import LOOKUP_SHARED, VOICES, link, lookup_terms, profile
from ..threads.recall import learn
from ..threads.voices import several
from .moving import into_thread

GREW = 8
"""A story of several voices is looked at again once one part of so many came to it: all its items are read each time,
so that a large one that grows by the hour would cost more than all that is new."""


def count_names(store: Store, known: Mapping[str, NameCounts], new: Iterable[Item]) -> None:
    """Counts how the new items write names, in the store and in ``known``; inside ``Store.writing``."""
    found = names.counted(known, new)
    store.links.save_names(found)
    for language, changed in found.items():
        if language in known:
            learn(known[language].counts, changed.counts)


def link_stories(
    store: Store,
    terms: Mapping[str, TermCounts],
    capitals: Mapping[str, NameCounts],
    changed: Sequence[int],
    window: timedelta,
) -> None:
    """Puts the stories that grew enough into their threads where there are any; inside ``Store.writing``."""
    marks = marks_of_stories(store, decisions.marks(store.decisions.all(), Level.THREAD))
    # A correction only moves; what came of it is compared with the next arrival.
    corrected = {*store.links.unjudged(marks), *_brought_together(store, marks)}
    profiles = _profiles(store, terms, _grown(store, corrected.union(changed), marks), always=marks)
    if not profiles:
        return
    lookups = _write(store, terms, capitals, profiles)
    settled = store.threads.shared(one.thread_id for one in profiles)
    # Once linked a story stays, so that only a decision makes it worth another look.
    profiles = [one for one in profiles if one.thread_id not in settled or one.story_id in marks]
    if not profiles:
        return
    since = min(one.first for one in profiles) - window
    near = store.links.near([(one.language, lookups[one.story_id]) for one in profiles], LOOKUP_SHARED, since)
    mates = store.links.of_threads({one.thread_id for one in profiles}, since)
    decided = store.links.of_threads(store.threads.of_stories(marks)) if marks else []
    known = {one.story_id: one for one in (*near, *mates, *decided)}
    for found in link(profiles, known.values(), capitals, terms, window=window, bounds=Bounds(stories=marks)):
        _apply(store, found)


def retell(
    store: Store, terms: Mapping[str, TermCounts], capitals: Mapping[str, NameCounts], changed: Collection[int]
) -> None:
    """What the stories are about after a correction; those alone in their thread are to be compared again."""
    marks = marks_of_stories(store, decisions.marks(store.decisions.all(), Level.THREAD))
    _write(store, terms, capitals, _profiles(store, terms, set(changed), always=marks))
    settled = store.threads.shared(store.threads.of_stories(changed))
    store.links.drop(one for one in changed if store.threads.of_story(one) not in settled)


def marks_of_stories(store: Store, marks: Mapping[int, frozenset[Mark]]) -> dict[int, frozenset[Mark]]:
    """The marks of items as the marks of the stories that hold them."""
    found: dict[int, frozenset[Mark]] = {}
    for item in store.items.get(marks):
        if item.story_id is not None:
            found[item.story_id] = found.get(item.story_id, frozenset()) | marks[item.id]
    return found


def _brought_together(store: Store, marks: Mapping[int, frozenset[Mark]]) -> set[int]:
    """Stories that were split off and share a thread with the other side again: one of them took a report of it."""
    threads = store.threads.of_each(marks)
    staying = {(mark.decision, threads[one]) for one, held in marks.items() for mark in held if mark.side == -1}
    return {
        one
        for one, held in marks.items()
        if any(mark.side == 1 and (mark.decision, threads[one]) in staying for mark in held)
    }


def _write(
    store: Store, terms: Mapping[str, TermCounts], capitals: Mapping[str, NameCounts], profiles: Iterable[Profile]
) -> dict[int, tuple[str, ...]]:
    """Remembers what the stories are about; returns by story id the terms by which each is found."""
    lookups: dict[int, tuple[str, ...]] = {}
    for one in profiles:
        lookups[one.story_id] = lookup_terms(one, capitals, terms)
        store.links.write(one, lookups[one.story_id])
    return lookups


def _grown(store: Store, changed: Set[int], always: Mapping[int, object]) -> Set[int]:
    """Without the stories that hardly grew since their profile was made; they are found by it as long as they go on."""
    told = store.stories.told_by_several(changed - always.keys())
    settled = {story_id for story_id, (size, profiled) in told.items() if (size - profiled) * GREW < profiled}
    store.links.follow(settled)
    return changed - settled


def _profiles(
    store: Store, terms: Mapping[str, TermCounts], changed: Set[int], always: Mapping[int, object]
) -> list[Profile]:
    """What each of the stories with several voices, or in ``always``, is about now; the others are forgotten."""
    found: list[Profile] = []
    by_story: dict[int, list[Item]] = {}
    # Most stories have one item, and an outlet is one voice.
    for item in store.items.of_all({*store.stories.told_by_several(changed), *changed & always.keys()}):
        by_story.setdefault(item.story_id or 0, []).append(item)
    for story_id, items in sorted(by_story.items()):
        heard = VOICES if several(items) else 1
        if heard >= VOICES or story_id in always:
            thread_id = store.threads.of_story(story_id)
            found.append(profile(items, terms, story_id=story_id, thread_id=thread_id, voices=heard))
    store.links.forget(set(changed) - {one.story_id for one in found})
    return found


def _apply(store: Store, found: Link) -> None:
    store.links.record(found)
    if found.thread_id is None or (found.moved and found.decision is not None):
        into_thread(store, [found.story_id], found.thread_id)
    elif found.moved:
        store.threads.move([found.story_id], found.thread_id)
        store.homes.forget_stories([found.story_id])

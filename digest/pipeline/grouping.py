"""Thread: give every item that has none its story, and every story that grew its thread."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from .. import config
from ..model import Bounds, Grouping, Item, Level, StoryState
from ..store import Store
from ..threads import decisions, stories
from ..threads.pages import page
from . import holding, linking, recalling

ARRIVAL = 250
"""Items that are grouped at once. Above that the oldest come first, so many in a transaction: the first poll of a
thousand feeds brings tens of thousands, which as one arrival would be held in memory together."""

LIVE = 50_000
"""Stories of one language that can grow at one time; beyond it the oldest take no more items.

A window of three days holds so many where a language has 30,000 items a day, three times what a thousand feeds bring.
"""

SLACK = timedelta(hours=24)
"""So much further back than their window stories are kept at hand, for items that come late."""

LATE = 5000
"""Older stories that are looked up for items that come later still, as the first poll of a new feed brings them."""

_LONGEST = timedelta(days=7)
"""A story that went on for longer than that after a late item is not looked up for it, where there are too many."""

NOBODY: Mapping[int, int] = {}


class Threader:
    """The grouping of one database; it remembers nothing between arrivals of items.

    The caller holds the ``work`` lock around each ``run``.
    """

    def __init__(self, store: Store, settings: config.Threads, alone: Collection[int] = ()) -> None:
        """``alone`` are ids of feeds whose items each stand alone."""
        self._store = store
        self._settings = settings
        self._alone = frozenset(alone)

    def run(self) -> int:
        """Groups what came in or was edited since the last time; returns how many new items that were."""
        store = self._store
        with store.writing():
            searching = self._take_up_edits()
            waiting = store.items.waiting()
            items = _as_seen(store.items.get(waiting[:ARRIVAL]))
            if items or searching:
                self.place([*items, *store.items.get(searching)], searching)
        for start in range(ARRIVAL, len(waiting), ARRIVAL):
            with store.writing():
                self.place(_as_seen(store.items.get(waiting[start : start + ARRIVAL])))
        return len(waiting)

    def place(self, items: Sequence[Item], searching: Mapping[int, int] = NOBODY, *, count_names: bool = True) -> None:
        """Groups these items, one arrival, and links the stories that changed; inside ``Store.writing``.

        Those in ``searching`` (item id to story id) stand alone and look again.
        Without ``count_names`` the items' names were counted before.
        """
        if not items:
            return
        store, window = self._store, self._settings.story_window
        without = frozenset(searching.values())
        moments, seen = [when(item) for item in items], max(item.first_seen for item in items)
        languages = {item.language for item in items}
        first_new = store.stories.next_id()
        names = recalling.names(store, languages)
        if count_names:
            linking.count_names(store, names, [item for item in items if item.id not in searching])
        marks = decisions.marks(store.decisions.all(), Level.STORY)
        held = linking.marks_of_stories(store, marks)
        late = [story for story in self._late(moments, seen) if story.id not in without]
        store.live.drop(without)  # after what may have written them anew
        grouper = stories.Grouper(
            late,
            recalling.terms(store),
            next_id=first_new,
            eagerness=self._settings.grouping,
            window=window,
            bounds=Bounds(marks, {story_id: found for story_id, found in held.items() if story_id not in without}),
            shelf=store.live,
        )
        pages = store.items.on_pages({told for item in items if (told := page(item))}, min(moments) - window)
        grouping = grouper.add(
            items,
            names=names,
            pages={told: [one for one in found if one[1] not in without] for told, found in pages.items()},
            alone={item.id for item in items if item.feed_id in self._alone},
            known=searching,
        )
        if searching:
            grouping = _under_old_ids(grouping, searching, first_new)
        terms = grouper.terms
        del grouper, pages  # what it looked through takes more memory than anything else
        store.stories.save(grouping)
        # One that a decision keeps from where it was is not at home where it stayed.
        joined = grouping.joined
        store.homes.forget_items(one for one, own in searching.items() if one not in marks or joined[one] != own)
        if grouping.aged:
            terms = recalling.terms(store)  # more of what was halved in memory cannot be fetched to it any more
        store.live.retire(max(moments) - window - SLACK, languages, LIVE)
        changed = [story.id for story in grouping.stories]
        linking.link_stories(store, terms, names, changed, self._settings.window)

    def _late(self, moments: Sequence[datetime], seen: datetime) -> list[StoryState]:
        """The stories that items of those times, the last seen then, can find, beside those that are at hand."""
        store, window = self._store, self._settings.story_window
        since = store.live.since(window)
        if since is None or since > seen - window:  # a clock that ran ahead retired stories that can still grow
            since = self._take_stock(min(moments), seen)
        oldest = min(moments)
        if oldest - window >= since:
            return []
        found = store.stories.retired(oldest - window - SLACK, since, LATE + 1)
        if len(found) > LATE:
            found = []
            for start, end in _spans([moment for moment in moments if moment - window < since], window):
                left = LATE - len(found)
                found += store.stories.retired(start, min(since, end + _LONGEST), left, begun=end)
        return store.live.states(found)

    def _take_stock(self, oldest: datetime, seen: datetime) -> datetime:
        """Writes anew which stories can still grow; returns how old their newest items are at most."""
        store, window = self._store, self._settings.story_window
        since = min(store.stories.newest() or oldest, seen) - window - SLACK
        store.live.begin(since, window)
        growing = store.stories.live(since)
        while some := list(islice(growing, ARRIVAL)):  # one by one, each would write anew what finds the others
            store.live.write([stories.found_by(story) for story in some], {})
        return since

    def _take_up_edits(self) -> dict[int, int]:
        """A story follows its items' new texts; returns item id to story id of those that stand alone."""
        edited = self._store.items.get(self._store.stories.edited())
        if not edited:
            return {}
        alone: dict[int, int] = {}
        for story_id in sorted({item.story_id for item in edited if item.story_id is not None}):
            items = self._store.items.of_story(story_id)
            if len(items) == 1:
                alone[items[0].id] = story_id
            else:
                holding.follow(self._store, [story_id])
                self._store.stories.assign({item.id: story_id for item in items})
        return alone


def _under_old_ids(grouping: Grouping, searching: Mapping[int, int], first_new: int) -> Grouping:
    """The same grouping with no id lost: an item that opened a story of its own again keeps the id it had."""
    names: dict[int, int] = {}
    merged = dict(grouping.merged)
    for item_id, old in searching.items():
        now = grouping.joined[item_id]
        if now >= first_new and now not in names:
            names[now] = old
        else:
            merged[old] = now
    return replace(
        grouping,
        joined={item_id: names.get(story_id, story_id) for item_id, story_id in grouping.joined.items()},
        merged={ended: names.get(into, into) for ended, into in merged.items()},
        stories=tuple(replace(story, id=names.get(story.id, story.id)) for story in grouping.stories),
        placements=tuple(
            replace(
                one,
                story_id=names.get(one.story_id, one.story_id),
                nearest=None if one.nearest is None else names.get(one.nearest, one.nearest),
                second=None if one.second is None else names.get(one.second, one.second),
            )
            for one in grouping.placements
        ),
    )


def _as_seen(items: Sequence[Item]) -> list[Item]:
    """In the order in which names are counted."""
    return sorted(items, key=lambda item: (item.first_seen, item.id))


def _spans(moments: Iterable[datetime], window: timedelta) -> list[tuple[datetime, datetime]]:
    """When stories may be that items of those times can join, latest first; spans do not overlap."""
    found: list[tuple[datetime, datetime]] = []
    for moment in sorted(moments, reverse=True):
        start, end = moment - window, moment + window
        if found and found[-1][0] <= end:
            found[-1] = start, found[-1][1]
        else:
            found.append((start, end))
    return found


def thread_items(store: Store, settings: config.Threads, alone: Collection[int] = ()) -> int:
    """Groups what came in since the last time, once; see ``Threader``."""
    with without_collector():
        return Threader(store, settings, alone).run()


@contextmanager
def without_collector() -> Iterator[None]:
    """Grouping makes many vectors and counts, and no cycles: to look for some costs up to a fifth more."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def when(item: Item) -> datetime:
    """When an item counts as published: not after it was seen."""
    return min(item.published, item.first_seen)

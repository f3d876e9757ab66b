"""Thread: give every item that has none its story, and every story that grew its thread."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from .. import config
from ..model import Bounds, Grouping, Item, Level, NameCounts
from ..store import Store
from ..threads import decisions, stories
from ..threads.pages import page
from . import holding, linking

_SLACK = timedelta(hours=24)
"""So much further back than the items reach, stories are kept in memory: late items then need no new start."""

NOBODY: Mapping[int, int] = {}


class Threader:
    """The grouping of one database, kept warm between arrivals of items.

    The caller holds the ``work`` lock around each ``run``; what another process wrote in between is noticed.
    """

    def __init__(self, store: Store, settings: config.Threads, alone: Collection[int] = ()) -> None:
        """``alone`` are ids of feeds whose items each stand alone."""
        self._store = store
        self._settings = settings
        self._alone = frozenset(alone)
        self._grouper: stories.Grouper | None = None
        self._names: linking.Names = {}
        self._version: object = None
        self._reach: datetime | None = None
        """Stories whose newest item is not older than this are in the grouper."""

    def run(self) -> int:
        """Groups what came in or was edited since the last time; returns how many new items that were."""
        store = self._store
        try:
            with store.writing():
                searching = self._take_up_edits()
                items = store.items.without_story()
                if items or searching:
                    self.place([*items, *store.items.get(searching)], searching)
        except BaseException:
            self._grouper = None  # it may know of what was never written
            raise
        return len(items)

    def place(self, items: Sequence[Item], searching: Mapping[int, int] = NOBODY, *, count_names: bool = True) -> None:
        """Groups these items, one arrival, and links the stories that changed; inside ``Store.writing``.

        Those in ``searching`` (item id to story id) stand alone and look again.
        Without ``count_names`` the items' names were counted before.
        """
        oldest = min(when(item) for item in items) - self._settings.story_window
        grouper = self._ready(oldest, without=frozenset(searching.values()))
        first_new = self._store.stories.next_id()
        if count_names:
            linking.count_names(self._store, self._names, [item for item in items if item.id not in searching])
        names = {language: NameCounts(counts) for language, counts in self._names.items()}
        alone = {item.id for item in items if item.feed_id in self._alone}
        pages = self._store.items.on_pages({told for item in items if (told := page(item))}, oldest)
        grouping = grouper.add(items, names=names, pages=pages, alone=alone, known=searching)
        if searching:
            grouping = _under_old_ids(grouping, searching, first_new)
            self._grouper = None
        self._store.stories.save(grouping)
        changed = [story.id for story in grouping.stories]
        linking.link_stories(self._store, grouper.terms, names, changed, self._settings.window)
        newest = max(when(item) for item in items)
        self._reach = max(self._reach or oldest, newest - self._settings.story_window - _SLACK)
        grouper.forget(self._reach)

    def _ready(self, oldest: datetime, without: frozenset[int] = frozenset()) -> stories.Grouper:
        """The grouper with every story that can take an item of that time."""
        version = (self._store.version(), self._store.decisions.count())
        if self._grouper is None or version != self._version or self._reach is None or oldest < self._reach:
            self._reach = oldest - _SLACK
            marks = decisions.marks(self._store.decisions.all(), Level.STORY)
            held = linking.marks_of_stories(self._store, marks)
            self._grouper = stories.Grouper(
                [story for story in self._store.stories.live(self._reach, held) if story.id not in without],
                self._store.stories.terms(),
                next_id=self._store.stories.next_id(),
                eagerness=self._settings.grouping,
                window=self._settings.story_window,
                bounds=Bounds(marks, held),
            )
            self._names = {language: dict(one.counts) for language, one in self._store.links.names().items()}
            self._version = version
        return self._grouper

    def _take_up_edits(self) -> dict[int, int]:
        """A story follows its items' new texts; returns item id to story id of those that stand alone."""
        edited = self._store.items.get(self._store.stories.edited())
        if not edited:
            return {}
        self._grouper = None
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


def thread_items(store: Store, settings: config.Threads, alone: Collection[int] = ()) -> int:
    """Groups what came in since the last time, once; see ``Threader``."""
    return Threader(store, settings, alone).run()


def when(item: Item) -> datetime:
    """When an item counts as published: not after it was seen."""
    return min(item.published, item.first_seen)

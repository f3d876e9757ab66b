"""Group stored items anew, with today's settings and every decision, and keep the ids that people know."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from .. import config
from ..model import Item, Level, TermCounts
from ..store import Store
from ..threads import decisions
from ..threads.words import terms as weights
from . import linking
from .grouping import Threader
from .holding import follow, hold
from .types import Waiting

ARRIVAL = timedelta(hours=1)
"""Items of one span of stream are grouped as one arrival, as a poll would bring them."""


@dataclass(frozen=True, slots=True)
class Moved:
    """An item that is in another story or another thread now."""

    item: Item
    before: int
    """Id of its story, as ``now``."""
    now: int
    thread_before: int
    thread_now: int


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild changed."""

    items: int
    """Grouped again."""
    stories_before: int
    stories_now: int
    threads_before: int
    threads_now: int
    moved: tuple[Moved, ...]


def rebuild(
    store: Store,
    settings: config.Threads,
    *,
    since: datetime | None = None,
    alone: Collection[int] = (),
    on_wait: Waiting | None = None,
) -> Rebuilt:
    """Groups and links again all items published since then, or all there are, in one transaction.

    A story that reaches back further keeps its older items and can take the newer ones again.
    What mostly holds the same items keeps its id; other ids lead to where most of theirs are.
    Editions stay as they are. ``alone`` are ids of feeds whose items each stand alone.
    """
    with store.lock("work", on_wait=on_wait), store.writing():
        before = _counts(store)
        known, first_new = store.homes.of_stories(), store.stories.next_id()
        anew = store.rebuild()
        order = anew.begin(since)
        store.live.forget_all()
        cut = anew.cut_stories()
        _unlearn(store, order, everything=since is None)
        follow(store, cut)
        threader = Threader(store, settings, alone)
        for batch in _arrivals(order):
            threader.place(store.items.get(batch), count_names=since is None)
        hold(store)
        anew.keep_ids()
        # Which of two came to the other is chance; a story that was never moved is at home where it is.
        store.homes.forget_stories(one for one in store.homes.of_stories() if one < first_new and one not in known)
        moves = anew.moved()
        _settle(store, {item_id for _, item_id in order}, moves.keys())
        anew.end()
        store.live.forget_all()  # stories have other ids now
        after = _counts(store)
        moved = tuple(_moved(item, *moves[item.id]) for item in store.items.get(moves))
    return Rebuilt(
        items=len(order),
        stories_before=before[0],
        stories_now=after[0],
        threads_before=before[1],
        threads_now=after[1],
        moved=moved,
    )


def _settle(store: Store, again: Set[int], moved: Set[int]) -> None:
    """Of what was grouped again, all that no decision puts together with another is at home where it is now.

    What is only held apart from others is so where it came elsewhere; where it stayed, the decision may be why.
    """
    made = store.decisions.all()
    marks = decisions.marks(made, Level.STORY)
    tied = _tied(marks)
    store.homes.forget_items(one for one in again if one not in marks or (one in moved and one not in tied))
    marks = linking.marks_of_stories(store, decisions.marks(made, Level.THREAD))
    store.homes.forget_stories(
        item.story_id
        for item in store.items.of_all(store.homes.of_stories().keys() - _tied(marks))
        if item.story_id is not None and item.id in again and (item.id in moved or item.story_id not in marks)
    )


def _tied(marks: decisions.Marks) -> set[int]:
    return {one for one, held in marks.items() if any(mark.side == 0 for mark in held)}


def _moved(item: Item, before: tuple[int, int], now: tuple[int, int]) -> Moved:
    return Moved(item, before[0], now[0], thread_before=before[1], thread_now=now[1])


def _counts(store: Store) -> tuple[int, int]:
    placed = store.threads.assignments().values()
    return len({story for story, _ in placed}), len({thread for _, thread in placed})


def _arrivals(order: Sequence[tuple[datetime, int]]) -> Iterator[list[int]]:
    """Ids of the items of each span of stream, oldest span first."""
    batch: list[int] = []
    current: int | None = None
    for moment, item_id in order:
        span = int(moment.timestamp() // ARRIVAL.total_seconds())
        if span != current and batch:
            yield batch
            batch = []
        current = span
        batch.append(item_id)
    if batch:
        yield batch


def _unlearn(store: Store, order: Sequence[tuple[datetime, int]], *, everything: bool) -> None:
    """Takes the items to come out of the term counts, which grouping them adds again."""
    if everything:
        store.rebuild().set_terms({})
        return
    counts = {
        language: (learned.documents, dict(learned.counts)) for language, learned in store.stories.terms().items()
    }
    for batch in _arrivals(order):
        for item in store.items.get(batch):
            documents, terms = counts.setdefault(item.language, (0, {}))
            counts[item.language] = max(documents - 1, 0), terms
            for term in weights(item.title, item.summary, item.language, outlet=item.outlet_name):
                left = terms.get(term, 0) - 1
                if left > 0:
                    terms[term] = left
                else:
                    terms.pop(term, None)
    store.rebuild().set_terms({language: TermCounts(*learned) for language, learned in counts.items()})

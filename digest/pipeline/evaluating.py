"""Evaluate: the real way of items through store and grouping, with labelled items in place of polled ones."""

from __future__ import annotations

import csv
import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from .. import config
from ..errors import DigestError
from ..feeds.outlets import outlet
from ..model import FeedState, FeedUpdate, NewItem, ParsedItem
from ..store import Store
from ..threads.evaluate import Linked, Quality, evaluate, linked
from ..threads.words import language
from .grouping import Threader

ARRIVAL = timedelta(hours=1)
"""Items whose publisher's date lies in one such span come in together."""

_LONE = re.compile("[\ud800-\udfff]")

_KEYS = ("id", "published", "source", "title", "summary", "lang", "story")


@dataclass(frozen=True, slots=True)
class Labelled:
    """One line of a labelled file."""

    id: str
    published: datetime
    source: str
    title: str
    summary: str
    language: str | None
    story: str | None
    """Opaque; None: nobody labelled it, so it is grouped and not scored."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """Where grouping put the labelled items, by their ids."""

    stories: Mapping[str, int]
    threads: Mapping[str, int]
    seconds: float
    """CPU time that grouping took."""


@dataclass(frozen=True, slots=True)
class LinkedStory:
    """A story of the truth inside one thread."""

    title: str
    """Of its first item."""
    day: datetime
    here: int
    items: int
    """How many of its items are in the thread, and how many there are."""


@dataclass(frozen=True, slots=True)
class LinkedThread:
    """A thread that holds items of several stories of the truth."""

    thread: int
    stories: tuple[LinkedStory, ...]
    lone: tuple[str, ...]
    """Titles of the items that stand alone in truth."""


@dataclass(frozen=True, slots=True)
class Result:
    """What is told of one labelled file."""

    name: str
    quality: Quality
    seconds: float
    unlabelled: int
    threads: tuple[LinkedThread, ...]
    """Those with items of two stories of the truth or more."""
    lone_linked: int
    """Items that stand alone in truth and are in a thread with others."""

    @property
    def speed(self) -> float:
        """Items a second of CPU time, grouping alone."""
        return (self.quality.items + self.unlabelled) / self.seconds if self.seconds else 0.0


def read(path: Path) -> list[Labelled]:
    """The items of a labelled file, JSON lines, gzip'd or plain; raises DigestError with file and line."""
    found: list[Labelled] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        try:
            one = _labelled(json.loads(line))
        except (ValueError, RecursionError) as error:
            reason = str(error) if type(error) is ValueError else "this is not JSON"
            raise DigestError(
                f"{path}, line {number}: {reason}; each line is an object with {_listed(_KEYS)}"
            ) from None
        if first := seen.get(one.id):
            raise DigestError(
                f"{path}, line {number}: id '{one.id}' stands in line {first} already; each id is one item"
            )
        seen[one.id] = number
        found.append(one)
    if not found:
        raise DigestError(f"{path}: there is no item in it; each line is an object with {_listed(_KEYS)}")
    return found


def group(items: Sequence[Labelled], threads: config.Threads, cpu: Callable[[], float]) -> Grouped:
    """Sends the items through an empty store in memory, one arrival batch after the other, as polls would.

    ``cpu`` tells the processor's time in seconds.
    """
    seconds = 0.0
    with Store.in_memory() as store:
        feeds = _subscribe(store, items)
        threader = Threader(store, threads)
        for end, batch in _arrivals(items):
            _write(store, feeds, batch, end)
            begun = cpu()
            threader.run()
            seconds += cpu() - begun
        keys = _stored(store, feeds, items)
        subscriptions = {feed.id: config.Feed(url=feed.url) for feed in feeds.values()}
        since = min(one.published for one in items)
        places = {
            item.id: (story.id, story.thread_id)
            for stories in store.threads.recent(since, subscriptions)
            for story in stories
            for item in story.items
        }
    found = {one.id: places[keys[one.id]] for one in items}
    return Grouped(
        {key: story for key, (story, _) in found.items()}, {key: thread for key, (_, thread) in found.items()}, seconds
    )


def result(name: str, items: Sequence[Labelled], grouped: Grouped) -> Result:
    """The numbers of one file."""
    ordered = sorted(items, key=lambda one: (one.published, one.id))
    gold = {number: one.story for number, one in enumerate(ordered)}
    threads = linked(gold, {number: grouped.threads[one.id] for number, one in enumerate(ordered)})
    return Result(
        name=name,
        quality=evaluate(gold, {number: grouped.stories[one.id] for number, one in enumerate(ordered)}),
        seconds=grouped.seconds,
        unlabelled=sum(one.story is None for one in items),
        threads=tuple(_linked_thread(one, ordered) for one in threads),
        lone_linked=sum(len(one.lone) for one in threads),
    )


def mean(results: Sequence[Result]) -> dict[str, float]:
    """The mean of each share over the files; ``f1`` is the mean of the files' own, not that of the means."""
    shares: dict[str, Callable[[Quality], float]] = {
        "precision": lambda one: one.precision,
        "recall": lambda one: one.recall,
        "f1": lambda one: one.f1,
        "pair_precision": lambda one: one.pair_precision,
        "pair_recall": lambda one: one.pair_recall,
        "pair_f1": lambda one: one.pair_f1,
        "wrongly_joined": lambda one: one.wrongly_joined,
    }
    return {name: sum(share(one.quality) for one in results) / len(results) for name, share in shares.items()}


def write(path: Path, grouped: Grouped) -> None:
    """Writes ``id,thread,topic`` for scorers: story and thread of each item, in the order of the labelled file."""
    rows = [(key, story, grouped.threads[key]) for key, story in grouped.stories.items()]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("id", "thread", "topic"), *rows])


# --- Reading ------------------------------------------------------------------------------------


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rt", encoding="utf-8-sig") if zipped else path.open(encoding="utf-8-sig") as file:
            yield from file
    except UnicodeDecodeError:
        raise DigestError(f"{path}: this is not text in UTF-8; the file is JSON lines, gzip'd or plain") from None
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise DigestError(f"{path}: the gzip'd file is cut or damaged; fetch it again") from None


def _labelled(row: Any) -> Labelled:
    """Raises ValueError with what is wrong."""
    if not isinstance(row, dict):
        raise ValueError("this is not an object")
    if missing := [key for key in _KEYS if key not in row and key not in ("summary", "lang")]:
        raise ValueError(f"{_listed(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    for key in ("source", "title", "summary", "lang", "published"):
        if not isinstance(row.get(key) or "", str):
            raise ValueError(f"{key} is not text")
    for key in ("id", "story"):
        if not isinstance(row[key], str | int | None):
            raise ValueError(f"{key} is neither text nor number")
    if row["id"] in (None, ""):
        raise ValueError("the id is empty")
    for key in ("id", "story", "source", "title", "summary"):
        if isinstance(row.get(key), str) and not row[key].isprintable() and _LONE.search(row[key]):
            raise ValueError(f"{key} holds half a character (a lone surrogate)")
    try:
        published = datetime.fromisoformat(row["published"] or "")
        if not 1900 <= published.year <= 2200:
            raise ValueError
    except ValueError:
        told = f"published is '{row['published']}', not a time like 2023-10-13T18:00:00Z"
        raise ValueError(told) from None
    return Labelled(
        id=str(row["id"]),
        published=published.astimezone(UTC) if published.tzinfo else published.replace(tzinfo=UTC),
        source=row["source"] or "",
        title=row["title"] or "",
        summary=row.get("summary") or "",
        language=row.get("lang") or None,
        story=None if row["story"] in (None, "") else str(row["story"]),
    )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


# --- The way of the items -----------------------------------------------------------------------


def _subscribe(store: Store, items: Sequence[Labelled]) -> dict[str, FeedState]:
    """One made-up feed for each source: ``https://example-times.invalid/``."""
    urls: dict[str, str] = {}
    for source in dict.fromkeys(one.source for one in items):
        slug = re.sub(r"[^a-z0-9]+", "-", source.lower()).strip("-")[:50].strip("-") or "source"
        taken = urls.values()
        tries = (slug if n == 1 else f"{slug}-{n}" for n in range(1, len(items) + 2))
        urls[source] = next(url for one in tries if (url := f"https://{one}.invalid/") not in taken)
    feeds = [config.Feed(url=url, title=source.strip() or None) for source, url in urls.items()]
    first = min(one.published for one in items)
    subscriptions = store.feeds.subscribe(feeds, first)
    by_url = {state.url: state for state in store.feeds.states(subscriptions)}
    return {source: by_url[url] for source, url in urls.items()}


def _arrivals(items: Sequence[Labelled]) -> Iterator[tuple[datetime, list[Labelled]]]:
    """The items of each span of stream, with its end."""
    start = datetime(1970, 1, 1, tzinfo=UTC)
    ordered = sorted(items, key=lambda one: (one.published, one.id))
    for span, batch in groupby(ordered, key=lambda one: (one.published - start) // ARRIVAL):
        yield start + (span + 1) * ARRIVAL, list(batch)


def _write(store: Store, feeds: Mapping[str, FeedState], batch: Sequence[Labelled], end: datetime) -> None:
    by_feed: dict[str, list[NewItem]] = {}
    for one in batch:
        by_feed.setdefault(one.source, []).append(_new(one, feeds[one.source]))
    for source, new in by_feed.items():
        store.items.write(FeedUpdate(feeds[source], tuple(new)), lambda: end)


def _new(one: Labelled, feed: FeedState) -> NewItem:
    spoken = language(one.language, f"{one.title} {one.summary}")
    publisher = outlet(None, feed_id=feed.id, feed_url=feed.url, site_url=None, source_url=None)
    item = ParsedItem(one.title, summary=one.summary, language=spoken, published=one.published)
    return NewItem(item, (one.id,), "", publisher)


def _stored(store: Store, feeds: Mapping[str, FeedState], items: Sequence[Labelled]) -> dict[str, int]:
    """Ids of the file to ids of the store."""
    by_feed: dict[str, list[str]] = {}
    for one in items:
        by_feed.setdefault(one.source, []).append(one.id)
    known = [store.items.known(feeds[source].id, keys) for source, keys in by_feed.items()]
    return {key: found.item_id for one in known for key, found in one.items() if found.item_id is not None}


def _linked_thread(one: Linked, ordered: Sequence[Labelled]) -> LinkedThread:
    stories = []
    for label, here in one.stories.items():
        items = [item for item in ordered if item.story == label]
        stories.append(LinkedStory(items[0].title, items[0].published, here, len(items)))
    lone = tuple(ordered[number].title for number in one.lone)
    assert isinstance(one.group, int)
    return LinkedThread(one.group, tuple(sorted(stories, key=lambda story: story.day)), lone)

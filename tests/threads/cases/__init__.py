"""Streams of hand-written items for the tests of grouping, and the one way those tests call it.

A file of cases is TOML: a table for each case with what a sensible reader expects, and the items under the name of
the story they belong to. An item is when (``mon 08:10``, ``+40d``, either with ``seen mon 09:00``), outlet, title and
summary. ``alone`` lists items that stand alone, ``language`` is that of the whole case and ``name:de`` that of a story.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any
from zlib import crc32

from digest.model import Bounds, Grouping, Item, Mark, NameCounts, StoryState, TermCounts
from digest.threads import names
from digest.threads.stories import Grouper

HERE = Path(__file__).parent
SUNDAY = datetime(2023, 10, 8, tzinfo=UTC)
_DAYS = ("sun", "mon", "tue", "wed", "thu")


@dataclass(frozen=True)
class Case:
    """Items with the name of the story each belongs to, in the eyes of a sensible reader."""

    name: str
    sense: str
    items: tuple[Item, ...]
    labels: Mapping[int, str]
    """By item id."""
    loose: frozenset[str]
    """Stories that need not come together."""
    may_meet: tuple[frozenset[str], ...]
    """Pairs of stories that may as well be one."""


class Stream:
    """Grouping between arrivals as a store would keep it, and the story each item is in by now."""

    def __init__(self, *, eagerness: str = "normal", marks: Mapping[int, frozenset[Mark]] | None = None) -> None:
        """``marks``: what people decided, by item id, before any of the items came."""
        self.live: dict[int, StoryState] = {}
        self.terms: dict[str, TermCounts] = {}
        self.names: dict[str, NameCounts] = {}
        self.next_id = 1
        self.redirects: dict[int, int] = {}
        self._joined: dict[int, int] = {}
        self._eagerness = eagerness
        self._marks = marks or {}
        self.restart()

    def restart(self) -> None:
        """A new process that knows only what is stored."""
        held: dict[int, frozenset[Mark]] = {}
        for item_id, story_id in self.stories().items():
            held[story_id] = held.get(story_id, frozenset()) | self._marks.get(item_id, frozenset())
        bounds = Bounds(self._marks, {story_id: marks for story_id, marks in held.items() if marks})
        self._grouper = Grouper(
            self.live.values(), self.terms, next_id=self.next_id, eagerness=self._eagerness, bounds=bounds
        )

    def add(self, items: Sequence[Item], *, alone: Collection[int] = ()) -> Grouping:
        for language, changed in names.counted(self.names, items).items():
            before = self.names.get(language, NameCounts({}))
            self.names[language] = NameCounts({**before.counts, **changed.counts})
        found = self._grouper.add(items, names=self.names, alone=alone)
        self._joined.update(found.joined)
        self.redirects.update(found.merged)
        self.live |= {story.id: story for story in found.stories}
        self.next_id = max([self.next_id, *(story.id + 1 for story in found.stories)])
        for ended in found.merged:
            del self.live[ended]
        for language, after in found.terms.items():
            counts = {} if language in found.aged else self.terms.get(language, TermCounts(0, {})).counts
            self.terms[language] = TermCounts(after.documents, {**counts, **after.counts})
        return found

    def stories(self) -> dict[int, int]:
        """Item id to story id, redirects followed."""
        return {item_id: self.final(story_id) for item_id, story_id in self._joined.items()}

    def final(self, story_id: int) -> int:
        """Where an id leads by now; fails where redirects run in a circle."""
        seen = {story_id}
        while story_id in self.redirects:
            story_id = self.redirects[story_id]
            assert story_id not in seen
            seen.add(story_id)
        return story_id


def stories_of(items: Sequence[Item], *, hourly: bool = True, eagerness: str = "normal") -> dict[int, int]:
    """Item id to story id: in the arrivals of an hourly poll, or all in the first poll of a new installation."""
    stream = Stream(eagerness=eagerness)
    for arrival in by_hour(items) if hourly else [items]:
        stream.add(arrival)
    return stream.stories()


def by_hour(items: Iterable[Item], hours: int = 1) -> list[list[Item]]:
    """The items in the order they were seen, one list for each poll that saw any."""
    arrivals: dict[int, list[Item]] = {}
    for item in sorted(items, key=lambda item: (item.first_seen, item.id)):
        arrivals.setdefault(int(item.first_seen.timestamp() // (3600 * hours)), []).append(item)
    return list(arrivals.values())


def complaints(case: Case, found: Mapping[int, int], surroundings: Iterable[Item] = ()) -> list[str]:
    """What a reader would be annoyed by."""
    told: list[str] = []
    for one, other in combinations(case.items, 2):
        names = frozenset((case.labels[one.id], case.labels[other.id]))
        same = found[one.id] == found[other.id]
        if same and len(names) > 1 and names not in case.may_meet:
            told.append(f"wrongly together: {one.title!r} and {other.title!r}")
        elif not same and len(names) == 1 and not names & case.loose:
            told.append(f"torn apart: {one.title!r} and {other.title!r}")
    own = {found[item.id] for item in case.items}
    told.extend(f"drawn in: {item.title!r}" for item in surroundings if found[item.id] in own)
    return told


def together(found: Mapping[int, int], items: Iterable[Item]) -> bool:
    return len({found[item.id] for item in items}) == 1


def make_item(number: int, when: str, outlet: str, title: str, summary: str = "", language: str = "en") -> Item:
    """An item first seen ten minutes after it was published, unless ``when`` tells."""
    told, _, late = when.partition(" seen ")
    published = _time(told)
    seen = _time(late) if late else published + timedelta(minutes=10)
    domain = f"{outlet.lower().replace(' ', '').replace('&', '')}.example"
    return Item(
        id=number,
        feed_id=crc32(domain.encode()),
        feed=outlet,
        title=title,
        url=f"https://{domain}/{number}",
        summary=summary,
        outlet=domain,
        outlet_name=outlet,
        language=language,
        published=published,
        first_seen=seen,
    )


@cache
def background() -> tuple[Item, ...]:
    """Three everyday days of twelve outlets, each item a matter of its own; ids from 10,001."""
    rows = tomllib.loads((HERE / "background.toml").read_text("utf-8"))["items"]
    return tuple(make_item(10_001 + number, *row) for number, row in enumerate(rows))


@cache
def cases(*files: str) -> tuple[Case, ...]:
    """Of these files, ids from 1 in each case."""
    found: list[Case] = []
    for name in files:
        told = tomllib.loads((HERE / f"{name}.toml").read_text("utf-8"))
        found.extend(_case(f"{name}-{key}", table) for key, table in told.items())
    return tuple(found)


def one_stream(found: Iterable[Case]) -> tuple[list[Item], dict[int, str]]:
    """Items and labels of all cases under ids and labels that do not clash."""
    items: list[Item] = []
    labels: dict[int, str] = {}
    for case in found:
        for item in case.items:
            items.append(replace(item, id=len(items) + 1))
            labels[len(items)] = f"{case.name}/{case.labels[item.id]}"
    return items, labels


def _case(name: str, table: Mapping[str, Any]) -> Case:
    items: list[Item] = []
    labels: dict[int, str] = {}
    usual = table.get("language", "en")
    lone = {f"alone {number}": [row] for number, row in enumerate(table.get("alone", ()), 1)}
    for told, rows in (table["stories"] | lone).items():
        label, _, language = told.partition(":")
        for row in rows:
            items.append(make_item(len(items) + 1, *row, language=language or usual))
            labels[len(items)] = label
    pairs = tuple(frozenset(pair) for pair in table.get("may_meet", ()))
    return Case(name, table["sense"], tuple(items), labels, frozenset(table.get("loose", ())), pairs)


def _time(told: str) -> datetime:
    if told.endswith("d"):
        return SUNDAY + timedelta(days=int(told[:-1]))
    day, _, clock = told.partition(" ")
    hours, minutes = clock.split(":")
    return SUNDAY + timedelta(days=_DAYS.index(day), hours=int(hours), minutes=int(minutes))

"""Links between stories on the labelled files: how many, how large the threads, which lone items are pulled in.

    python benchmarks/linking.py [FOLDER] [--only allsides] [--true] [--days 180] [--hours 24] [--show]

The real ``link`` runs after each arrival of so many hours of stream, over what a store would find by lookup terms.
With ``--true`` the labels are the stories, else ``Grouper`` makes them.
``--show`` prints every link and thread, for people to judge: nothing labels matters that last.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from digest.model import Item, Link, NameCounts, Profile, TermCounts
from digest.threads import names
from digest.threads.linking import LOOKUP_SHARED, VOICES, WINDOW, link, lookup_terms, profile
from digest.threads.rarity import Learned
from digest.threads.stories import Grouper
from digest.threads.voices import voices
from digest.threads.words import language
from digest.threads.words import terms as weights

FOLDER = Path(__file__).parents[2] / "shared" / "threading"
FILES = ("uci", "allsides", "g5w1h", "mix", "case_north_korea")


def read(path: Path) -> list[tuple[str, Item]]:
    """The items of a labelled file, each with its label."""
    found = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            row = json.loads(line)
            when = datetime.fromisoformat(row["published"])
            outlet, text = row["source"], f"{row['title']} {row['summary']}"
            spoken = language(row["lang"], text)
            item = Item(number, 1, outlet, row["title"], None, row["summary"], outlet, outlet, spoken, when, when)
            found.append((row["story"], item))
    return found


def arrivals(rows: Sequence[tuple[str, Item]], hours: float) -> Iterator[list[tuple[str, Item]]]:
    spans: dict[int, list[tuple[str, Item]]] = {}
    for label, item in rows:
        spans.setdefault(int(item.published.timestamp() // (hours * 3600)), []).append((label, item))
    for _, span in sorted(spans.items()):
        yield span


class Memory:
    """What a store keeps for linking, and its lookup."""

    def __init__(self, window: timedelta) -> None:
        self.window = window
        self.items: dict[int, list[Item]] = {}
        self.profiles: dict[int, Profile] = {}
        self.threads: dict[int, int] = {}
        self.links: list[Link] = []
        self.names: dict[str, NameCounts] = {}
        self.seconds = 0.0
        self._lookups: dict[int, tuple[str, ...]] = {}
        self._holders: dict[tuple[str, str], set[int]] = {}

    def learn(self, items: Sequence[Item]) -> None:
        """Counts how the items write names; before they are taken."""
        for spoken, changed in names.counted(self.names, items).items():
            known = self.names.get(spoken, NameCounts({}))
            self.names[spoken] = NameCounts({**known.counts, **changed.counts})

    def take(self, items: Sequence[Item], joined: dict[int, int], counts: dict[str, TermCounts]) -> None:
        """New items in their stories; every story of several voices that changed is linked."""
        for item in items:
            self.items.setdefault(joined[item.id], []).append(item)
        changed_stories = [self._profile(story_id, counts) for story_id in {joined[item.id] for item in items}]
        ready = [one for one in changed_stories if one is not None]
        begun = time.process_time()
        links = link(ready, self._known(ready, counts), self.names, counts, window=self.window)
        self.seconds += time.process_time() - begun
        for found in links:
            if found.moved and found.thread_id is not None:
                self.threads[found.story_id] = found.thread_id
                moved = replace(self.profiles[found.story_id], thread_id=found.thread_id)
                self.profiles[found.story_id] = moved
                self.links.append(found)

    def merge(self, ended: int, into: int) -> None:
        """The items of a story that became part of another."""
        self.items.setdefault(into, []).extend(self.items.pop(ended, []))
        self.threads.pop(ended, None)
        self.profiles.pop(ended, None)
        self._lookups.pop(ended, None)
        for holders in self._holders.values():
            holders.discard(ended)

    def _profile(self, story_id: int, counts: dict[str, TermCounts]) -> Profile | None:
        found = self.items[story_id]
        thread_id = self.threads.setdefault(story_id, story_id)
        heard = len(voices(found)) if len(found) > 1 else 1
        if heard < VOICES:
            return None
        made = profile(found, counts, story_id=story_id, thread_id=thread_id, voices=heard)
        for term in self._lookups.get(story_id, ()):
            self._holders[made.language, term].discard(story_id)
        self._lookups[story_id] = lookup_terms(made, self.names, counts)
        for term in self._lookups[story_id]:
            self._holders.setdefault((made.language, term), set()).add(story_id)
        self.profiles[story_id] = made
        return made

    def _known(self, ready: Sequence[Profile], counts: dict[str, TermCounts]) -> list[Profile]:
        wanted = {one.thread_id for one in ready}
        for one in ready:
            terms = self._lookups[one.story_id]
            found = Counter(other for term in terms for other in self._holders[one.language, term])
            wanted |= {self.threads[other] for other, shared in found.items() if shared >= LOOKUP_SHARED}
        return [one for one in self.profiles.values() if one.thread_id in wanted]


def by_label(rows: Sequence[tuple[str, Item]], hours: float, memory: Memory) -> None:
    ids: dict[str, int] = {}
    learned: dict[str, Learned] = {}
    for span in arrivals(rows, hours):
        for _, item in span:
            uses = weights(item.title, item.summary, item.language, outlet=item.outlet_name)
            learned.setdefault(item.language, Learned(TermCounts(0, {}))).count([uses])
        joined = {item.id: ids.setdefault(label, len(ids) + 1) for label, item in span}
        memory.learn([item for _, item in span])
        memory.take([item for _, item in span], joined, {spoken: one.now for spoken, one in learned.items()})


def by_grouping(rows: Sequence[tuple[str, Item]], hours: float, memory: Memory) -> None:
    grouper = Grouper((), {}, next_id=1)
    for span in arrivals(rows, hours):
        items = [item for _, item in span]
        memory.learn(items)
        grouping = grouper.add(items, names=memory.names)
        for ended, into in grouping.merged.items():
            memory.merge(ended, into)
        memory.take(items, dict(grouping.joined), dict(grouper.terms))


def title(memory: Memory, story_id: int) -> str:
    first = min(memory.items[story_id], key=lambda item: (item.published, item.id))
    return f"{first.published:%Y-%m-%d} {first.title[:80]}"


def show(memory: Memory) -> None:
    for found in memory.links:
        if found.likeness is not None and found.story_id in memory.items:
            like = found.likeness
            numbers = f"{like.all:.2f} {like.names:.2f} {like.others:.2f} {like.variety:4.1f} {like.core:.2f}"
            shared = " ".join(term for term, _ in found.shared)
            print(f"{numbers}  {title(memory, found.story_id)} -> thread {found.thread_id}: {shared}")
    for thread_id, stories in sorted(together(memory).items()):
        print(f"thread {thread_id}")
        for story_id in sorted(stories, key=lambda one: title(memory, one)):
            print(f"    {len(memory.items[story_id]):3} {title(memory, story_id)}")


def together(memory: Memory) -> dict[int, list[int]]:
    """Threads of several stories."""
    found: dict[int, list[int]] = {}
    for story_id, thread_id in memory.threads.items():
        found.setdefault(thread_id, []).append(story_id)
    return {thread_id: stories for thread_id, stories in found.items() if len(stories) > 1}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    options.add_argument("--only", action="append", choices=FILES)
    options.add_argument("--true", action="store_true", help="the labels are the stories")
    options.add_argument("--days", type=float, default=WINDOW.days)
    options.add_argument("--hours", type=float, default=24.0, help="of stream in one arrival")
    options.add_argument("--show", action="store_true")
    chosen = options.parse_args()
    for name in chosen.only or FILES:
        rows = read(chosen.folder / f"{name}.dev.jsonl.gz")
        memory = Memory(timedelta(days=chosen.days))
        (by_label if chosen.true else by_grouping)(rows, chosen.hours, memory)
        if chosen.show:
            show(memory)
        sizes = Counter(label for label, _ in rows)
        labels = {item.id: label for label, item in rows}
        threads = together(memory)
        inside = [item.id for stories in threads.values() for story in stories for item in memory.items[story]]
        lone = sum(count == 1 for count in sizes.values())
        pulled = sum(sizes[labels[item_id]] == 1 for item_id in inside)
        largest = max((len(stories) for stories in threads.values()), default=0)
        print(
            f"{name}: {len(memory.profiles)} stories of several voices, {len(memory.links)} links, "
            f"{len(threads)} threads, the largest of {largest} stories; {pulled} of {lone} lone items pulled in; "
            f"{1000 * memory.seconds / max(len(memory.profiles), 1):.1f} ms a story"
        )


if __name__ == "__main__":
    main()

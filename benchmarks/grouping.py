"""Quality and speed of grouping on the labelled files, as a Markdown table.

    python benchmarks/grouping.py [FOLDER] [--at careful] [--only mix] [--shuffle]
    python benchmarks/grouping.py --speed 20000

The real ``Grouper`` runs in arrival batches of one hour of stream, as the pipeline does it.
The folder's own ``score.py`` counts.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any, cast

from digest.model import Item, NameCounts
from digest.pipeline.grouping import without_collector
from digest.threads import names
from digest.threads.evaluate import evaluate
from digest.threads.judging import DIALS
from digest.threads.stories import RETIRES_AFTER, Grouper
from digest.threads.words import language

FOLDER = Path(__file__).parents[2] / "shared" / "threading"
AVERAGED = ("uci", "allsides", "g5w1h", "mix")
COLUMNS = ("bcubed_p", "bcubed_r", "bcubed_f1", "grouped_f1", "pairwise_f1", "false_join")
FILES = (*AVERAGED, "case_north_korea", "tg_ru")


def read(path: Path) -> list[tuple[str, Item]]:
    """The items of a labelled file with their keys there; the label is not read."""
    found = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            row: dict[str, Any] = json.loads(line)
            published = datetime.fromisoformat(row["published"])
            item = Item(
                id=number,
                feed_id=1,
                feed=row["source"],
                title=row["title"],
                url=None,
                summary=row["summary"],
                outlet=row["source"],
                outlet_name=row["source"],
                language=language(row["lang"], f"{row['title']} {row['summary']}"),
                published=published,
                first_seen=published,
            )
            found.append((row["id"], item))
    return found


def batches(items: list[Item], every: timedelta, shuffle: random.Random | None = None) -> Iterator[list[Item]]:
    """The items of each span of stream; shuffled, they arrive in any order, five at a time, so that many are late."""
    spans: dict[int, list[Item]] = {}
    for item in items:
        spans.setdefault(int(item.published.timestamp() // every.total_seconds()), []).append(item)
    for _, batch in sorted(spans.items()):
        if shuffle is None:
            yield batch
        else:
            shuffle.shuffle(batch)
            yield from (batch[start : start + 5] for start in range(0, len(batch), 5))


def run(arrivals: Iterator[list[Item]], eagerness: str) -> tuple[dict[int, int], float]:
    """Item id to story id, and the CPU seconds that grouping took."""
    grouper = Grouper([], {}, next_id=1, eagerness=eagerness)
    joined: dict[int, int] = {}
    redirects: dict[int, int] = {}
    known: dict[str, NameCounts] = {}
    spent = 0.0
    for batch in arrivals:
        begun = time.process_time()
        learn(known, batch)
        grouper.forget(min(item.published for item in batch) - RETIRES_AFTER)
        grouping = grouper.add(batch, names=known)
        spent += time.process_time() - begun
        redirects.update(grouping.merged)
        joined.update(grouping.joined)
    return {item_id: final(story_id, redirects) for item_id, story_id in joined.items()}, spent


def learn(known: dict[str, NameCounts], batch: list[Item]) -> None:
    """Counts how the items write names, as the pipeline does before it groups them."""
    for spoken, changed in names.counted(known, batch).items():
        cast(dict[str, tuple[int, int]], known.setdefault(spoken, NameCounts({})).counts).update(changed.counts)


def final(story_id: int, redirects: Mapping[int, int]) -> int:
    while story_id in redirects:
        story_id = redirects[story_id]
    return story_id


def scored(gold: Path, predicted: dict[str, int]) -> dict[str, Any]:
    """What the folder's own scorer says."""
    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(predicted.items())
        file.flush()
        command = [sys.executable, str(gold.parent / "score.py"), "--json", "--no-ami", str(gold), file.name]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    options.add_argument("--at", action="append", choices=DIALS, help="how eagerly to group; all ways otherwise")
    options.add_argument("--only", action="append", choices=FILES)
    options.add_argument(
        "--shuffle",
        action="store_true",
        help="also in shuffled arrival, batches of 1 and 6 hours, "
        "with the agreement (BCubed F1) of that grouping with the one in order",
    )
    options.add_argument("--speed", type=int, metavar="ITEMS", help="only items a second in a window that full")
    chosen = options.parse_args()
    if chosen.speed:
        show_speed(chosen.speed, hours=1)
        return
    ways: list[tuple[str, int, bool]] = [("in order", 1, False)]
    if chosen.shuffle:
        ways += [("shuffled 1 h", 1, True), ("shuffled 6 h", 6, True)]
    print("| file | grouping | arrival | B3 P | B3 R | B3 F1 | grouped F1 | pair F1 | wrongly joined ", end="")
    print("| agreement | items/s |")
    print("| --- | --- | --- | --: | --: | --: | --: | --: | --: | --: | --: |")
    for eagerness in chosen.at or DIALS:
        ordered: dict[str, dict[int, int]] = {}
        for way, hours, shuffled in ways:
            rows = []
            for name in chosen.only or FILES:
                path = chosen.folder / f"{name}.dev.jsonl.gz"
                keyed = read(path)
                shuffle = random.Random(7) if shuffled else None
                arrivals = batches([item for _, item in keyed], timedelta(hours=hours), shuffle)
                joined, spent = run(arrivals, eagerness)
                agreement = 100 * evaluate(ordered.setdefault(name, joined), joined).f1
                score = scored(path, {key: joined[item.id] for key, item in keyed})
                numbers = [*(100 * score[column] for column in COLUMNS), agreement]
                show(name, eagerness, way, numbers, len(keyed) / spent)
                if name in AVERAGED:
                    rows.append(numbers)
            if len(rows) > 1:
                means = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
                show("mean", eagerness, way, means, None)


def window(size: int, hours: int = 72) -> list[Item]:
    """A stream of ``hours``, repeated for half as long again, with ``size`` live items once it is full.

    Words are drawn as words are (rank times frequency constant); half of the items report an event of five items by
    its name and its words, the others stand alone: a stream of 300 outlets with many stories, as busy ones are.
    """
    chance = random.Random(11)
    vocabulary = [f"w{chr(97 + n % 26)}{n}" for n in range(60_000)]
    heights = list(accumulate(1 / (rank + 10) for rank in range(len(vocabulary))))
    start = datetime(2024, 3, 4, tzinfo=UTC)
    events = [[word.title() for word in chance.sample(vocabulary[5000:], k=8)] for _ in range(size * 3 // 20)]
    found = []
    for number in range(size * 3 // 2):
        when = start + timedelta(hours=hours * number / size)
        words = chance.choices(vocabulary, cum_weights=heights, k=32)
        if chance.random() < 0.5:
            # The events that are told now: each is over when five reports of it are out.
            event = events[min(number // 10 + chance.randrange(20), len(events) - 1)]
            words[:5] = chance.sample(event, 5)
            words[14:18] = chance.sample(event, 4)
        title, text = " ".join(words[:10]), " ".join(words[10:])
        outlet = f"outlet{chance.randrange(300)}.example"
        found.append(Item(number + 1, 1, "f", title, None, text, outlet, outlet, "en", when, when))
    return found


def show_speed(size: int, hours: int) -> None:
    """Items a second in batches of so many hours: all, and the last third of the stream, when the window is full."""
    arrivals = list(batches(window(size), timedelta(hours=hours)))
    grouper = Grouper([], {}, next_id=1)
    live: dict[int, datetime] = {}
    times: list[tuple[int, float]] = []
    placed = 0
    counting = 0.0
    known: dict[str, NameCounts] = {}
    for batch in arrivals:
        begun = time.process_time()
        with without_collector():  # as the pipeline groups
            learn(known, batch)
            counting += time.process_time() - begun
            grouper.forget(batch[0].published - RETIRES_AFTER)
            grouping = grouper.add(batch, names=known)
        times.append((placed, time.process_time() - begun))
        placed += len(batch)
        live.update((story.id, story.last) for story in grouping.stories)
        for ended in grouping.merged:
            live.pop(ended, None)
    stories = sum(last >= arrivals[-1][0].published - RETIRES_AFTER for last in live.values())
    full = [(before, spent) for before, spent in times if before >= size]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{size:,} live items in {stories:,} stories, batches of {hours} h: ", end="")
    total = sum(spent for _, spent in times)
    print(f"{placed / total:,.0f} items/s ({placed / (total - counting):,.0f} without counting names), ", end="")
    print(f"{(placed - full[0][0]) / sum(spent for _, spent in full):,.0f} in the full window, {memory:,.0f} MB")


def show(name: str, eagerness: str, way: str, numbers: list[float], speed: float | None) -> None:
    cells = " | ".join(f"{number:.1f}" for number in numbers)
    print(f"| {name} | {eagerness} | {way} | {cells} | {'' if speed is None else f'{speed:,.0f}'} |", flush=True)


if __name__ == "__main__":
    main()

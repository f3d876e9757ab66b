"""Leads and gists for a person to read: does each headline say what happened, would each sentence stand in a mail?

    python benchmarks/gists.py FILE... [--count 50] [--seed 1] [--reports 2] [--all]
    python benchmarks/gists.py --speed 300 FILE...

FILE is a labelled file of the grouping benchmark, whose stories are taken as they are labelled, or a feed, each item
of which is a story. Printed are the lead with its outlet, the gist with its outlet, and the other headlines; with
``--all`` the summaries too, to judge whether a better sentence was there.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from grouping import read

from digest.editions.cut import clean
from digest.editions.gist import gist
from digest.editions.headlines import lead
from digest.feeds.outlets import outlet
from digest.feeds.parse import parse
from digest.model import Item, ParsedFeed

NOW = datetime(2027, 1, 1, tzinfo=UTC)
ADDRESS = "https://feeds.example.org/feed.xml"


def stories(path: Path) -> list[tuple[Item, ...]]:
    """The stories of one file, in no order that tells anything."""
    if path.name.endswith(".jsonl.gz"):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        labelled = defaultdict(list)
        for row, (_, item) in zip(rows, read(path), strict=True):
            labelled[row["story"]].append(item)
        return [tuple(items) for items in labelled.values()]
    return [(item,) for item in of_feed(path)]


def of_feed(path: Path) -> Iterator[Item]:
    """Its items as a poll would store them."""
    feed = parse(path.read_bytes(), ADDRESS, None, NOW)
    if not isinstance(feed, ParsedFeed):
        sys.exit(f"{path}: {feed}")
    title = feed.title or path.stem
    for number, item in enumerate(feed.items, 1):
        yield Item(
            id=number,
            feed_id=1,
            feed=title,
            title=item.title,
            url=item.url,
            summary=item.summary,
            outlet=outlet(item.url, feed_id=1, feed_url=ADDRESS, site_url=feed.site_url, source_url=item.source_url),
            outlet_name=item.source_title or title,
            language=item.language or "und",
            published=item.published or NOW,
            first_seen=NOW,
        )


def shown(items: tuple[Item, ...], *, everything: bool) -> Iterator[str]:
    """The lines of one story."""
    first = lead(items)
    found = gist(items, clean(first.title))
    yield f"# {first.title}  [{first.outlet_name}]"
    yield f"  > {found[0]}  [{found[1]}]" if found else "  > -"
    others = [item for item in items if item is not first]
    for item in others[:6]:
        yield f"    - {item.title}  [{item.outlet_name}]"
    if len(others) > 6:
        yield f"    - and {len(others) - 6} more"
    if everything or not found:
        for item in (first, *others[:2]):
            if item.summary:
                yield f"      {clean(item.summary)[:320]}  [{item.outlet_name}]"


def speed(number: int, found: Iterable[tuple[Item, ...]]) -> None:
    """Milliseconds for lead and gist of one story made of so many items."""
    pool = [item for items in found for item in items if item.summary]
    items = [replace(item, id=place) for place, item in enumerate((pool * (number // len(pool) + 1))[:number], 1)]
    taken = []
    for _ in range(5):
        start = time.process_time()
        gist(items, lead(items).title)
        taken.append(time.process_time() - start)
    print(f"{number} items: {min(taken) * 1000:.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--count", type=int, default=50, help="stories to show (50)")
    parser.add_argument("--seed", type=int, default=1, help="which of them (1)")
    parser.add_argument("--reports", type=int, default=1, help="only stories of so many reports or more (1)")
    parser.add_argument("--all", action="store_true", help="with summaries")
    parser.add_argument("--speed", type=int, metavar="N", help="only measure a story of N items")
    chosen = parser.parse_args()
    files: list[list[tuple[Item, ...]]] = [stories(path) for path in chosen.files]
    found = [
        items
        for each in files
        for items in each
        if len(items) >= chosen.reports and any(item.summary for item in items)
    ]
    if chosen.speed:
        speed(chosen.speed, found)
        return
    random.Random(chosen.seed).shuffle(found)
    for number, items in enumerate(found[: chosen.count], 1):
        print(f"{number:3} " + "\n    ".join(shown(items, everything=chosen.all)))
    told = sum(gist(items, clean(lead(items).title)) is not None for items in found)
    print(f"\n{told} of all {len(found)} stories that have a summary have a gist")


if __name__ == "__main__":
    main()

"""What a run of grouping costs when years of items lie in the database, beside the same run with few.

    python benchmarks/archive.py [--archived 10000 1000000] [--items 1000]

Archived items are written by SQL: stories that retired, with terms, names, keys, placements and threads, 1,200 of them
to a day. Then polls fill the window, and one more of so many items is grouped: CPU seconds of that alone, and hundreds
of steps that SQLite's machine made in it, which other programs on the machine do not change.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from grouping import batches, window

from digest import config
from digest.model import FeedUpdate, Item, NewItem, ParsedItem
from digest.pipeline.grouping import thread_items
from digest.store import Store

LIVE = 4000
"""Items in the window when the measured ones come."""


def fill(store: Store, items: int) -> None:
    """Archived items in stories of two, the newest of them a month before the stream."""
    run = store._database.conn.execute
    every = f"WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {items})"
    stories = f"WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {items // 2})"
    day = f"strftime('%Y-%m-%dT00:00:00.000000Z', '2024-02-01', '-' || (({items // 2} - n) / 600) || ' days')"
    item_day = day.replace(f"({items // 2} - n)", f"({items} - n) / 2")
    vector = """'{' || (SELECT group_concat('"w' || ((n * 7 + value * 13) % 60000) || '": 0.2', ', ')
                FROM json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25]')) || '}'"""
    with store.writing():
        run(f"{stories} INSERT INTO threads (id) SELECT n FROM n")
        run(f"""{stories} INSERT INTO stories (id, thread_id, language, first, last, size, terms, voices, profile)
                SELECT n, n, 'en', {day}, {day}, 2, {vector}, 2, {vector} FROM n""")  # fmt: skip
        run(f"""{every} INSERT INTO items (id, feed_id, title, url, summary, content_html, published, outlet,
                first_seen, story_id, language)
                SELECT n, 1, 'Archived ' || n, 'https://old.example/' || n, 'told', '', {item_day}, 'old.example',
                {item_day}, (n + 1) / 2, 'en' FROM n""")  # fmt: skip
        run(f"{every} INSERT INTO item_keys SELECT 1, 'old' || n, n, 'x' FROM n")
        run(f"""{every} INSERT INTO placements (item_id, story_id, score, bar, second_score)
                SELECT n, (n + 1) / 2, 0, 0.3, 0 FROM n""")  # fmt: skip
        run(f"{every} INSERT OR IGNORE INTO terms SELECT 'en', 'old' || n, 1 FROM n WHERE n % 5 = 0")
        run(f"{every} INSERT OR IGNORE INTO names SELECT 'en', 'old' || n, 1, 1 FROM n WHERE n % 5 = 0")
        run(f"""{stories} INSERT OR IGNORE INTO story_names
                SELECT 'en', 'name' || ((n * 31 + value * 17) % 20000), {day}, n
                FROM n, json_each('[1,2,3,4,5,6,7,8,9,10,11,12]')""")
        run("INSERT OR REPLACE INTO languages VALUES ('en', 100000)")
        run("UPDATE sqlite_sequence SET seq = MAX(seq, (SELECT MAX(id) FROM stories)) WHERE name = 'stories'")


def write(store: Store, feed: config.Feed, items: list[Item]) -> None:
    """The items as one poll brings them."""
    end = items[-1].published
    [state] = store.feeds.states(store.feeds.subscribe([feed], end))
    new = [
        NewItem(
            ParsedItem(
                title=item.title,
                url=f"https://{item.outlet}/{item.id}",
                summary=item.summary,
                language="en",
                published=item.published,
                source_title=item.outlet,
                source_url=f"https://{item.outlet}/",
            ),
            (str(item.id),),
            item.title,
            item.outlet,
        )
        for item in items
    ]
    store.items.write(FeedUpdate(state, tuple(new)), lambda: end)


def measure(archived: int, items: int, folder: Path) -> None:
    """One line about a database of its own."""
    feed = config.Feed(url="https://feed.example/x.xml", title="Feed")
    stream = window(LIVE)
    with Store.open(folder / f"{archived}.db") as store:
        store.feeds.subscribe([feed], stream[0].published)
        fill(store, archived)
        for batch in batches(stream[:LIVE], timedelta(hours=6)):
            write(store, feed, batch)
            thread_items(store, config.Threads())
        write(store, feed, stream[LIVE : LIVE + items])
        made = 0

        def step() -> int:
            nonlocal made
            made += 1
            return 0

        store._database.conn.set_progress_handler(step, 100)
        begun = time.process_time()
        grouped = thread_items(store, config.Threads())
        spent = time.process_time() - begun
        store._database.conn.set_progress_handler(None, 100)
        size = store.path.stat().st_size / 1e6
    print(f"| {archived:,} | {size:,.0f} | {grouped:,} | {spent:.2f} | {grouped / spent:,.0f} | {made:,} |", flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--archived", nargs="+", type=int, default=[10_000, 1_000_000])
    options.add_argument("--items", type=int, default=1000)
    chosen = options.parse_args()
    print("| archived items | MB | new items | CPU s | items/s | hundreds of steps |")
    print("| --: | --: | --: | --: | --: | --: |")
    with tempfile.TemporaryDirectory() as folder:
        for archived in chosen.archived:
            measure(archived, chosen.items, Path(folder))


if __name__ == "__main__":
    main()

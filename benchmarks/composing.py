"""An edition of 100 items from a database of 100,000: the whole command, above what any command costs.

    python benchmarks/composing.py [--folder FOLDER] [--items 100000] [--rounds 3]

The database is that of ``benchmarks/pages.py`` (made where it is not there, and kept with ``--folder``), with 100 more
items that no edition has told of. Then ``digest send`` composes, renders and freezes the edition, in a copy each time,
and puts it into a maildir; once more with nothing new it costs what any command costs that opens this database.
``digest preview`` shows the same edition from a copy in memory.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pages
from measured import Cost, median, run

from digest import config, pipeline
from digest.model import FeedState, FeedUpdate
from digest.store import Store

NEW = 100
OUTBOX = '[transports.outbox]\ntype = "maildir"\nfolder = "outbox"\n'
START, OPENED, NOTHING, SEND, PREVIEW, PAGE = (
    "digest --version",
    "digest next",
    "digest send, nothing new",
    "digest send",
    "digest preview",
    "digest preview --format page",
)
COMMANDS = {
    START: ("--version",),
    OPENED: ("next",),
    SEND: ("send",),
    NOTHING: ("send",),
    PREVIEW: ("preview",),
    PAGE: ("preview", "--format", "page"),
}


def filled(folder: Path, items: int) -> Path:
    """A folder with the database of the page benchmark, made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "filled").exists():
        pages.configure(folder)
        pages.fill(folder, items, min(365, items // NEW))
        (folder / "filled").touch()
    return folder


def prepare(big: Path, folder: Path) -> None:
    """A copy with so many new items, grouped and indexed as a poll leaves them."""
    folder.mkdir(parents=True, exist_ok=True)
    text = (big / "config.toml").read_text()
    (folder / "config.toml").write_text(text.replace('at = "07:00"', 'at = "07:00"\ndeliver = ["outbox"]') + OUTBOX)
    with closing(sqlite3.connect(big / "digest.db")) as source, closing(sqlite3.connect(folder / "digest.db")) as copy:
        source.backup(copy)
    settings = config.load(folder / "config.toml")
    chance, now = random.Random(12), datetime.now(UTC)
    words = pages.Words(chance)
    matters = [pages.Matter(words, 3) for _ in range(8)]
    with Store.open(settings.database, settings.families) as store:
        ids = list(store.feeds.subscribe(settings.feeds, now))
        for feed_id, new in sorted(pages.morning(chance, words, matters, ids, NEW, 10_000, now).items()):
            feed = settings.feeds[ids.index(feed_id)]
            state = FeedState(
                feed_id, feed.url, feed.title or "", last_try=now, last_success=now, next_poll=now + 1000 * pages.DAY
            )
            store.items.write(FeedUpdate(state, tuple(new)), lambda: now)
        pipeline.poll(store, settings, lambda: now)
    with closing(sqlite3.connect(folder / "digest.db")) as database:
        database.execute("DELETE FROM deliveries")  # nothing waits from before
        database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def measure(big: Path, rounds: int) -> dict[str, Any]:
    """Costs by command, and what the edition held."""
    found: dict[str, list[Cost]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as temporary:
        ready, used = Path(temporary) / "ready", Path(temporary) / "used"
        prepare(big, ready)
        for _ in range(rounds):
            shutil.rmtree(used, ignore_errors=True)
            shutil.copytree(ready, used)
            for name in (START, OPENED, PREVIEW, PAGE, SEND, NOTHING):
                found[name].append(run([sys.executable, "-m", "digest", *COMMANDS[name]], used))
        with closing(sqlite3.connect(used / "digest.db")) as database:
            [items] = database.execute("SELECT items FROM editions ORDER BY id DESC LIMIT 1").fetchone()
            [stored] = database.execute("SELECT COUNT(*) FROM items").fetchone()
        size = (used / "digest.db").stat().st_size / 1e6
    costs = {name: asdict(median(costs)) for name, costs in found.items()}
    return {"costs": costs, "items": items, "stored": stored, "size": size}


def above(result: dict[str, Any], name: str, base: str = OPENED) -> float:
    """Seconds of processor time of a command above those of another one."""
    return float(result["costs"][name]["cpu"] - result["costs"][base]["cpu"])


def table(result: dict[str, Any]) -> str:
    lines = [
        f"An edition of {result['items']} items; {result['stored']:,} are stored, in {result['size']:.0f} MB.\n",
        "| command | wall s | CPU s | above `digest --version` | above `digest next` | MB |",
        "| --- | --: | --: | --: | --: | --: |",
    ]
    for name, cost in result["costs"].items():
        start = f"{above(result, name, START):.2f}" if name != START else ""
        opened = f"{above(result, name):.2f}" if name not in (START, OPENED) else ""
        lines.append(
            f"| `{name}` | {cost['wall']:.2f} | {cost['cpu']:.2f} | {start} | {opened} | {cost['memory']:.0f} |"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="made and filled where it is not there, and kept")
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="digest-bench-") as temporary:
        big = filled(chosen.folder or Path(temporary), chosen.items)
        print(table(measure(big, chosen.rounds)))


if __name__ == "__main__":
    main()

"""Load on the pages: a database of made-up items and editions, the real server, and many readers.

    python benchmarks/pages.py [--folder FOLDER] [--items 100000] [--editions 365] [--clients 32] [--seconds 30]
                               [--requests 20000] [--paths / /threads/{thread}/ '/search?q={word}']

The database is filled by the program's own steps, a day at a time, as polls and runs would; with ``--folder`` it is
made once and kept. Then ``digest serve --only web`` runs as a process of its own. First each client asks for each path
once a second; then all of them together as fast as they can, while the server's memory is watched. On a busy machine
the processor time for each answer says more than how long it took. ``{thread}`` is the largest thread's id, ``{word}``
another one of the 2,000 most frequent words each time, so that no answer is one given before. Paths that there are not
are left out.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import re
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

from digest import config, pipeline
from digest.model import FeedState, FeedUpdate, NewItem, ParsedItem
from digest.pipeline.publishing import publish_now
from digest.pipeline.renderers import Renderers
from digest.store import Store

FEEDS = 200
GROUPED = 40
"""Feeds whose reports are grouped; the others are logs and personal pages, each item of which stands alone."""
PATHS = ("/", "/threads/{thread}/", "/search?q={word}")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Words:
    """A made-up language, whose n-th most frequent word comes in proportion to 1/n, and its names."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        syllables = [first + vowel for first in "bcdfghklmnprstvw" for vowel in "aeiou"]
        made = {"".join(chance.choices(syllables, k=chance.choice((2, 2, 3, 3, 4)))) for _ in range(30_000)}
        self.all = sorted(made, key=lambda word: (len(word), word))
        self._weights = list(accumulate(1 / (place + 3) for place in range(len(self.all))))

    def some(self, count: int) -> list[str]:
        return self._chance.choices(self.all, cum_weights=self._weights, k=count)

    def names(self, count: int) -> list[str]:
        return [word.capitalize() for word in self._chance.sample(self.all[5000:], count)]


class Matter:
    """Something in the news for some days, of which several outlets tell in much the same words."""

    def __init__(self, words: Words, days: int) -> None:
        self.left = days
        self._names = words.names(4)
        self._topic = words.some(8)
        self._words = words

    def report(self) -> tuple[str, str]:
        told = [*self._names, *self._topic]
        return (
            " ".join(self._names[:2] + self._topic[:4] + self._words.some(2)),
            " ".join(told + self._words.some(12) + self._names) + ".",
        )


def fill(folder: Path, items: int, editions: int) -> None:
    """So many items over so many days, each day with its edition."""
    settings = config.load(folder / "config.toml")
    chance = random.Random(11)
    words, matters = Words(chance), list[Matter]()
    renderers, start, each = Renderers(settings), datetime.now(UTC) - editions * DAY, items // editions
    with Store.open(settings.database, settings.families) as store:
        pipeline.know_digests(store, settings, lambda: start)
        ids = list(store.feeds.subscribe(settings.feeds, start))
        for day in range(editions):
            now = start + day * DAY
            matters = [one for one in matters if one.left > 0]
            while len(matters) < 12:
                matters.append(Matter(words, chance.choice((1, 1, 2, 4, 30))))
            for feed_id, new in sorted(morning(chance, words, matters, ids, each, day, now).items()):
                feed = settings.feeds[ids.index(feed_id)]
                state = FeedState(
                    feed_id, feed.url, feed.title or "", last_try=now, last_success=now, next_poll=now + 1000 * DAY
                )
                store.items.write(FeedUpdate(state, tuple(new)), lambda now=now: now)  # type: ignore[misc]
            pipeline.thread_items(store, settings)
            publish_now(store, settings, settings.digests.values(), renderers, lambda now=now: now + HOUR)  # type: ignore[misc]
            if day % 30 == 29:
                print(f"  {day + 1} days, {store.items.count():,} items", file=sys.stderr)
        # No feed is due; a poll also does what comes after the grouping, the index of the search for instance.
        pipeline.poll(store, settings, lambda: now)


def morning(
    chance: random.Random, words: Words, matters: Sequence[Matter], ids: Sequence[int], each: int, day: int,
    now: datetime,
) -> dict[int, list[NewItem]]:  # fmt: skip
    """The new items of one day by feed; a fifth of them about what many write about."""
    found: dict[int, list[NewItem]] = {}
    for matter in matters:
        matter.left -= 1
    for number in range(each):
        if number < each // 5:
            title, summary = matters[number % len(matters)].report()
            place = (number // len(matters) * 7 + number % len(matters)) % GROUPED
        else:
            title, summary = " ".join(words.some(9)), " ".join(words.some(40))
            place = chance.randrange(GROUPED, FEEDS)
        key, url = f"{day}-{number}", f"https://outlet{place}.example/{day}/{number}"
        item = ParsedItem(title.capitalize(), url, summary=summary, content_html=f"<p>{summary}</p>", language="en",
                          published=now - timedelta(minutes=chance.randrange(1000)))  # fmt: skip
        found.setdefault(ids[place], []).append(NewItem(item, (key,), key, f"outlet{place}.example"))
    return found


def configure(folder: Path) -> None:
    feeds = "\n".join(
        f'[[feeds]]\nurl = "https://outlet{n}.example/feed.xml"\ntitle = "Outlet {n}"\n'
        + ('section = "World"' if n < GROUPED else f'section = "Notes {n % 4}"\ngroup = false')
        for n in range(FEEDS)
    )
    text = f'timezone = "UTC"\n[digests.daily]\ntitle = "Morning paper"\nat = "07:00"\n{feeds}\n'
    (folder / "config.toml").write_text(text, encoding="utf-8")


@contextmanager
def serving(folder: Path) -> Iterator[tuple[int, int]]:
    """(port, process id) of the real server."""
    port = free_port()
    command = [sys.executable, "-m", "digest", "serve", "--only", "web", "--address", f"127.0.0.1:{port}"]
    begun = time.monotonic()
    with (folder / "log").open("w") as log, subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) as process:
        try:
            while True:
                try:
                    Client(port).ask("/")
                    break
                except OSError:
                    if process.poll() is not None:
                        raise SystemExit((folder / "log").read_text()) from None
                    time.sleep(0.01)
            print(f"first page {time.monotonic() - begun:.2f} s after the start")
            yield port, process.pid
        finally:
            process.terminate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Client:
    """One reader, whose connection stays open like a browser's."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, path: str) -> tuple[int, float, int]:
        """(status, seconds, bytes on the wire)."""
        begun = time.perf_counter()
        self._connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = self._connection.getresponse()
        body = answer.read()
        return answer.status, time.perf_counter() - begun, len(body)


FREQUENT = Words(random.Random(11)).all[:2000]


class Seen:
    """What came of the requests for one path."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.errors: list[str] = []
        self.size = 0

    def ask(self, client: Client, path: str) -> None:
        try:
            status, seconds, self.size = client.ask(path.replace("{word}", random.choice(FREQUENT)))
        except OSError as error:
            self.errors.append(repr(error))
            return
        self.times.append(seconds)
        if status != 200:
            self.errors.append(str(status))

    def line(self, name: str) -> str:
        ordered = sorted(1000 * seconds for seconds in self.times)
        if not ordered:
            return f"| {name} | 0 | | | | | {len(self.errors)} |"
        p95 = ordered[int(len(ordered) * 0.95)]
        times = f"{statistics.median(ordered):.1f} | {p95:.1f} | {ordered[-1]:.1f}"
        return f"| {name} | {len(ordered):,} | {self.size / 1024:.1f} | {times} | {len(self.errors)} |"


HEAD = f"| path | requests | KiB | median ms | p95 ms | longest ms | errors |\n| --- {'| ---: ' * 6}|"


def once_a_second(port: int, paths: Sequence[str], clients: int, seconds: float) -> dict[str, Seen]:
    """Each client asks for each path once a second, at moments of its own."""
    seen = {path: Seen() for path in paths}

    def reader(path: str) -> None:
        client, end = Client(port), time.monotonic() + seconds
        time.sleep(random.random())
        while (begun := time.monotonic()) < end:
            seen[path].ask(client, path)
            time.sleep(max(0.0, begun + 1 - time.monotonic()))

    _all([threading.Thread(target=reader, args=(path,)) for path in paths for _ in range(clients)])
    return seen


def at_full_speed(port: int, process: int, paths: Sequence[str], clients: int, requests: int) -> Seen:
    """So many requests, as fast as they are answered; prints the memory on the way."""
    seen, waiting = Seen(), iter(range(requests))
    guard, begun = threading.Lock(), time.monotonic()

    def reader() -> None:
        client = Client(port)
        while True:
            with guard:
                number = next(waiting, None)
            if number is None:
                return
            if number % (requests // 10) == 0:
                print(f"{number:>7,} requests: {resident(process):.1f} MiB")
            seen.ask(client, paths[number % len(paths)])

    _all([threading.Thread(target=reader) for _ in range(clients)])
    took = time.monotonic() - begun
    print(f"{requests:>7,} requests: {resident(process):.1f} MiB; {requests / took:.0f} a second")
    return seen


def _all(threads: Sequence[threading.Thread]) -> None:
    for one in threads:
        one.start()
    for one in threads:
        one.join()


def resident(process: int) -> float:
    """MiB of memory that a process holds; 0 where the system does not tell."""
    try:
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    except OSError:
        found = None
    return int(found[1]) / 1024 if found else 0.0


def worked(process: int) -> float:
    """Seconds of processor time that a process used so far; 0 where the system does not tell."""
    try:
        parts = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def existing(port: int, folder: Path, asked: Sequence[str]) -> list[str]:
    with sqlite3.connect(f"{(folder / 'digest.db').as_uri()}?mode=ro", uri=True) as database:
        [thread] = database.execute(
            "SELECT thread_id FROM stories GROUP BY thread_id ORDER BY SUM(size) DESC LIMIT 1"
        ).fetchone()
    paths = [path.replace("{thread}", str(thread)) for path in asked]
    found = {path: Client(port).ask(path.replace("{word}", FREQUENT[40]))[0] for path in paths}
    for path, status in found.items():
        if status != 200:
            print(f"left out: {path} answers {status}")
    return [path for path, status in found.items() if status == 200]


def measure(folder: Path, chosen: argparse.Namespace) -> None:
    with serving(folder) as (port, process):
        paths = existing(port, folder, chosen.paths)
        print(f"\n{chosen.clients} clients, each path once a second each, for {chosen.seconds:.0f} s\n\n{HEAD}")
        before = worked(process)
        found = once_a_second(port, paths, chosen.clients, chosen.seconds)
        for path, seen in found.items():
            print(seen.line(path))
        answers = max(1, sum(len(seen.times) for seen in found.values()))
        print(f"\n{1000 * (worked(process) - before) / answers:.1f} ms of a processor for each")
        print(f"\nas fast as they are answered, {chosen.clients} at a time\n")
        seen = at_full_speed(port, process, paths, chosen.clients, chosen.requests)
        print(f"\n{HEAD}\n{seen.line('all')}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="made and filled where it is not there, and kept")
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--editions", type=int, default=365)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--paths", nargs="+", default=PATHS)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (chosen.folder or Path(temporary)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "filled").exists():
            configure(folder)
            begun = time.monotonic()
            fill(folder, chosen.items, chosen.editions)
            (folder / "filled").touch()
            size = (folder / "digest.db").stat().st_size
            print(f"filled in {time.monotonic() - begun:.0f} s, {size / 2**20:.0f} MiB")
        measure(folder, chosen)


if __name__ == "__main__":
    main()

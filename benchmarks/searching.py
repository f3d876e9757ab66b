"""Speed and size of the search: a database of made-up items, its index, and questions asked of it.

    python benchmarks/searching.py [--items 100000] [--clients 32] [--seconds 20] [--database FILE]

Words are drawn as languages have them (the most frequent one in two items of five), so that a frequent and a rare one
cost what they cost in earnest. Each client asks one question a second, as the pages of ``digest serve`` would.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

from digest import config, searching
from digest.cli.shelf import Shelf
from digest.model import FeedState, FeedUpdate, NewItem, ParsedItem, Viewer
from digest.store import Filters, Store
from digest.web.app import Visit

FEEDS = 200
END = datetime(2026, 11, 26, tzinfo=UTC)
SYLLABLES = [
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ha",
    "je",
    "ki",
    "lo",
    "mu",
    "na",
    "pe",
    "ri",
    "so",
    "tu",
    "va",
    "we",
    "xi",
    "yo",
    "zu",
    "bra",
    "cle",
    "dri",
    "flo",
    "gru",
    "sha",
    "the",
    "tri",
    "sto",
    "qua",
]
HAN = "日本中国北京東大会社新年月時分人出生学校政府経済問題市長兵器電車海山川田口力水火木金土心手足目耳食飲"


class Words:
    """Draws words of a made-up language, the n-th most frequent one in proportion to 1/n."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        made: dict[str, None] = {}
        while len(made) < 40_000:
            made["".join(chance.choices(SYLLABLES, k=chance.choice((2, 2, 3, 3, 4))))] = None
        self.all = list(made)
        self._weights = list(accumulate(1 / (place + 3) for place in range(len(self.all))))

    def some(self, count: int) -> str:
        return " ".join(self.chance.choices(self.all, cum_weights=self._weights, k=count))

    def han(self, count: int) -> str:
        return "".join(self.chance.choices(HAN, k=count))


def fill(store: Store, count: int) -> None:
    """So many items of 200 feeds over a year."""
    chance = random.Random(7)
    words = Words(chance)
    feeds = [config.Feed(url=f"https://f{n}.example/feed.xml", title=f"Feed {n}") for n in range(FEEDS)]
    ids = list(store.feeds.subscribe(feeds, END))
    each, start = 50, END - timedelta(days=365)
    for number in range(0, count, each):
        feed_id = ids[(number // each) % len(ids)]
        at = start + timedelta(days=365) * number / count
        new = tuple(_new(words, chance, number + place, at) for place in range(each))
        state = FeedState(feed_id, feeds[0].url, "Feed")
        store.items.write(FeedUpdate(state, new), lambda at=at: at)  # type: ignore[misc]


def _new(words: Words, chance: random.Random, number: int, at: datetime) -> NewItem:
    if number % 12 == 0:
        title, summary, content = words.han(18), words.han(80), ""
    else:
        title, summary = words.some(9), words.some(40)
        content = f"<p>{words.some(400)}</p>" if chance.random() < 0.15 else f"<p>{summary}</p>"
    item = ParsedItem(
        title=title,
        summary=summary,
        content_html=content,
        url=f"https://f.example/{number}",
        language="en",
        published=at,
    )
    return NewItem(item, (f"l:{number}",), str(number), f"outlet{number % 150}.example")


def index(store: Store) -> tuple[float, float, int]:
    """(seconds in all, longest transaction, items)."""
    begun, longest, done = time.perf_counter(), 0.0, 0
    while True:
        before = time.perf_counter()
        some = store.search.index_some()
        if not some:
            return time.perf_counter() - begun, longest, done
        done += some
        longest = max(longest, time.perf_counter() - before)


def questions() -> Iterator[tuple[str, str, Filters]]:
    words = Words(random.Random(7)).all
    yield "frequent word", words[0], Filters()
    yield "two frequent words", f"{words[0]} {words[1]}", Filters()
    yield "rare word", words[20_000], Filters()
    yield "phrase", f'"{words[0]} {words[1]}"', Filters()
    yield "two Han letters", "北京", Filters()
    yield "one Han letter", "北", Filters()
    yield "begin*", f"{words[20_000][:4]}*", Filters()
    yield "frequent, 199 feeds", words[0], Filters(visible=range(1, FEEDS))
    yield "frequent, one feed", words[0], Filters(feeds=(5,))
    yield "frequent, one outlet", words[0], Filters(visible=range(1, FEEDS), outlet="outlet77")
    yield "frequent, old month", words[0], Filters(since=END - timedelta(days=360), until=END - timedelta(days=330))
    yield "begin* of three letters", f"{words[0][:3]}*", Filters()
    yield "16 words, one of", " OR ".join(words[:16]), Filters()


def asked(store: Store, question: str, filters: Filters) -> int:
    with store.shown():
        found = store.search.find(searching.read(question), filters)
        store.search.threads_of(found.ids)
        store.items.get(found.ids[:20])
        store.search.texts(found.ids[:20])
        return len(found.ids)


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000


def alone(path: Path) -> None:
    with Store.open_to_show(path) as store:
        print("| one client | found | median ms | p95 ms |\n| --- | ---: | ---: | ---: |")
        for name, question, filters in questions():
            times = []
            for _ in range(15):
                before = time.perf_counter()
                found = asked(store, question, filters)
                times.append(time.perf_counter() - before)
            print(f"| {name} | {found:,} | {statistics.median(times) * 1000:.1f} | {percentile(times, 0.95):.1f} |")


def together(path: Path, clients: int, seconds: float) -> None:
    """Whole pages, drawn as ``digest serve`` draws them; each client asks for one a second."""
    every = [(name, question) for name, question, filters in questions() if filters == Filters()][:-2]
    shelf = Shelf(configured(path))
    viewer = Viewer(served=True)
    times: list[float] = []

    def client(number: int) -> None:
        chance = random.Random(number)
        time.sleep(chance.random())
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            query = {"q": chance.choice(every)[1], **chance.choice(({}, {}, {"feed": "5"}, {"outlet": "outlet77"}))}
            before = time.perf_counter()
            found = shelf.find(Visit("search", query, viewer), END)
            assert found is not None
            assert b"<h1>" in found.body
            took = time.perf_counter() - before
            times.append(took)
            time.sleep(max(0.0, 1 - took))

    shelf.find(Visit("search", {}, viewer), END)
    before = time.process_time()
    run_all([lambda n=n: client(n) for n in range(clients)])  # type: ignore[misc]
    cpu = (time.process_time() - before) / len(times) * 1000
    shelf.close()
    print(
        f"\n{clients} clients, {len(times)} pages: median {percentile(times, 0.5):.1f} ms, p95 "
        f"{percentile(times, 0.95):.1f} ms, longest {max(times) * 1000:.0f} ms; {cpu:.1f} ms of CPU a page"
    )


def configured(path: Path) -> config.Config:
    """The configuration of the feeds above."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.toml"
        feeds = "".join(f'[[feeds]]\nurl = "https://f{n}.example/feed.xml"\ntitle = "Feed {n}"\n' for n in range(FEEDS))
        file.write_text(f'database = "{path.resolve()}"\n{feeds}\n[digests.daily]\ntitle = "Daily"\n')
        return config.load(file)


def run_all(calls: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=call) for call in calls]
    for one in threads:
        one.start()
    for one in threads:
        one.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--database", type=Path, help="made where it is not there, and kept")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = chosen.database or Path(folder) / "digest.db"
        fresh = not path.exists()
        with Store.open(path) as store:
            if fresh:
                fill(store, chosen.items)
        before = path.stat().st_size
        with Store.open(path) as store:
            took, longest, done = index(store)
        after = path.stat().st_size
        print(f"{done:,} items indexed in {took:.1f} s, longest transaction {longest * 1000:.0f} ms; "
              f"{before / 1e6:.0f} MB before, {after / 1e6:.0f} MB after\n")  # fmt: skip
        alone(path)
        together(path, chosen.clients, chosen.seconds)


if __name__ == "__main__":
    main()

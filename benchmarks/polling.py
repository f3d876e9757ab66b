"""Pages while feeds are polled: the real server asks so many feeds, and readers ask it.

    python benchmarks/polling.py [--feeds 1000] [--items 20] [--interval 0.1]

The feeds are played on loopback by a process of its own. Each path is asked for again and again until all feeds were
read; then the times of the answers are printed, and how long the first one took to come after the start.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import threading
import time
from multiprocessing import Process, SimpleQueue
from pathlib import Path

from pages import HEAD, Client, Seen, Words, free_port

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

PATHS = ("/", "/archive/", "/style.css", "/healthz")


def play(feeds: int, items: int, told: SimpleQueue[int]) -> None:
    """Answers for all feeds, until it is ended."""
    from support.feedserver import Answer, FeedServer
    from support.world import item, rss

    words = Words(random.Random(3))
    with FeedServer() as server:
        for number in range(feeds):
            made = [
                item(" ".join(words.some(9)).capitalize(), f"{number}-{place}", " ".join(words.some(40)))
                for place in range(items)
            ]
            server.add(f"/{number}.xml", Answer(rss(f"Feed{number}", *made), etag=f'"{number}"'))
        told.put(server.port)
        threading.Event().wait()


def configure(folder: Path, feeds: int, port: int) -> None:
    listed = "\n".join(f'[[feeds]]\nurl = "http://127.0.0.1:{port}/{number}.xml"' for number in range(feeds))
    fetch = f'[fetch]\nspacing = "0s"\nallow = ["127.0.0.1:{port}"]'
    (folder / "config.toml").write_text(f'timezone = "UTC"\n{fetch}\n[digests.daily]\ntitle = "Daily"\n{listed}\n')


def measure(folder: Path, feeds: int, interval: float) -> None:
    port, done, seen = free_port(), threading.Event(), {path: Seen() for path in PATHS}
    command = [sys.executable, "-m", "digest", "serve", "--address", f"127.0.0.1:{port}"]

    def reader(path: str) -> None:
        client = Client(port)
        while not done.wait(interval):
            seen[path].ask(client, path)

    begun = time.monotonic()
    with (folder / "log").open("w") as log, subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) as process:
        try:
            while True:
                try:
                    Client(port).ask("/")
                    break
                except OSError:
                    time.sleep(0.01)
            print(f"first page {time.monotonic() - begun:.2f} s after the start")
            readers = [threading.Thread(target=reader, args=(path,)) for path in PATHS]
            for one in readers:
                one.start()
            while (folder / "log").read_text().count(" outcome=") < feeds and process.poll() is None:
                time.sleep(0.5)
            done.set()
            for one in readers:
                one.join()
        finally:
            done.set()
            process.terminate()
    print(f"{feeds:,} feeds were read {time.monotonic() - begun:.0f} s after the start\n\n{HEAD}")
    for path, one in seen.items():
        print(one.line(path))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--items", type=int, default=20)
    parser.add_argument("--interval", type=float, default=0.1, help="seconds between two requests of one reader")
    chosen = parser.parse_args()
    told: SimpleQueue[int] = SimpleQueue()
    playing = Process(target=play, args=(chosen.feeds, chosen.items, told), daemon=True)
    playing.start()
    with tempfile.TemporaryDirectory() as folder:
        configure(Path(folder), chosen.feeds, told.get())
        measure(Path(folder), chosen.feeds, chosen.interval)
    playing.terminate()


if __name__ == "__main__":
    main()

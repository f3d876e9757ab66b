"""Four of the worst answers the web has, in one poll beside fifty good feeds."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.feedserver import Answer, FeedServer, bomb
from support.world import World, item, rss

GOOD = 50
WALL = 15.0
"""Seconds until the good ones are stored."""
MEMORY = 200_000_000
"""Bytes of all processes of the program together, what they share counted once."""
STALL = 0.1
"""Seconds that the loop of `digest serve` may be kept from its readers."""
SERVING = """
import asyncio, sys, threading, time
from datetime import UTC, datetime
from pathlib import Path
from digest import config, pipeline
from digest.store import Store

settings = config.load(Path(sys.argv[1]))
done = threading.Event()

def poll():
    with Store.open(settings.database) as store:
        pipeline.poll(store, settings, lambda: datetime.now(UTC))
    done.set()

async def serve():
    stalls = []
    threading.Thread(target=poll).start()
    while not done.is_set():
        begun = time.perf_counter()
        await asyncio.sleep(0.005)
        stalls.append(time.perf_counter() - begun - 0.005)
    print(*sorted(stalls, reverse=True)[:10])

asyncio.run(serve())
"""
"""A poll in a thread beside an event loop, as `digest serve` has them; prints the longest stalls of the loop."""
ATTRIBUTES = b" ".join(b'a%d="x"' % n for n in range(50_000))


def hostile_world(folder: Path, server: FeedServer) -> World:
    world = World(folder, server)
    long = rss("Long", *(item(f"Report {n} of very many", summary="Said officials. " * 10) for n in range(10_000)))
    attributes = b'<rss version="2.0"><channel><title>t</title><item><title %s>x</title></item></channel></rss>'
    world.feed("bomb", answer=Answer(bomb(1_000_000_000), headers={"Content-Encoding": "gzip"}))
    world.feed("endless", answer=Answer(rss("Endless", item("Again")) * 100, endless=True))
    world.feed("attributes", answer=Answer(attributes % ATTRIBUTES))
    world.feed("long", answer=Answer(long))
    for n in range(GOOD):
        world.feed(f"good{n}", *(item(f"Good report {n}-{k} from Vellmoor") for k in range(10)))
    world.configure()
    return world


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    found = [pid]
    for one in found:
        try:
            tasks = os.listdir(f"/proc/{one}/task")
            for task in tasks:
                found += [int(child) for child in Path(f"/proc/{one}/task/{task}/children").read_text().split()]
        except OSError:
            continue
    return found


def memory(pid: int) -> int:
    """Proportional set size of a process, in bytes; 0 once it is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def stored_of_the_good(world: World) -> int:
    """Good feeds whose items are in the database."""
    try:
        rows = world.rows("SELECT COUNT(DISTINCT feed_id) FROM items WHERE title LIKE 'Good report %'")
    except sqlite3.OperationalError:  # it is just being made
        return 0
    return int(rows[0][0])


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from Linux's /proc")
def test_hostile_feeds_cost_the_good_ones_neither_time_nor_memory(tmp_path: Path) -> None:
    with FeedServer() as server:
        world = hostile_world(tmp_path, server)
        begun, peak, good_after = time.monotonic(), 0, None
        process = world.start("poll", "--json")
        while process.poll() is None:
            peak = max(peak, sum(map(memory, family(process.pid))))
            if good_after is None and stored_of_the_good(world) == GOOD:
                good_after = time.monotonic() - begun
            time.sleep(0.05)
        out, err = process.communicate()
        took = time.monotonic() - begun
        print(f"good ones stored after {good_after} s, all done after {took:.1f} s, {peak / 1e6:.0f} MB at most")
        assert process.returncode == 0, err
    failed = world.rows("SELECT url, last_error FROM feeds WHERE failures > 0")
    told = {Path(url).stem: error for url, error in failed}
    assert set(told) == {"bomb", "endless", "attributes"}
    assert told["bomb"].startswith("larger than 15 MB")
    assert told["endless"].startswith("larger than 15 MB")
    assert "longer than" in told["attributes"]
    assert all(error.split(";")[0] in out for error in told.values())
    assert good_after is not None
    assert good_after < WALL
    assert peak < MEMORY


def test_hostile_feeds_do_not_stall_the_loop_that_serves_pages(tmp_path: Path) -> None:
    """A machine that is busy may stop us twice; what stops us three times is our own."""
    with FeedServer() as server:
        world = hostile_world(tmp_path, server)
        done = subprocess.run(
            [sys.executable, "-c", SERVING, str(world.folder / "config.toml")],
            capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
    stalls = [float(one) for one in done.stdout.split()]
    print(f"longest stalls: {', '.join(f'{one * 1000:.0f} ms' for one in stalls[:5])}")
    assert len(stalls) == 10
    assert stalls[2] < STALL
    assert stored_of_the_good(world) == GOOD

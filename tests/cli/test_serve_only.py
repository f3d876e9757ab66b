"""digest serve in two processes: one polls and publishes, one shows."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.feedserver import FeedServer
from support.serving import Running, get
from support.world import World, item

from digest.store import Store


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with FeedServer() as server:
        made = World(tmp_path, server)
        made.feed("alpha", item("Dam breaks above Vellmoor"))
        made.configure()
        yield made


def test_only_web_shows_what_another_process_brings_and_asks_no_feed(world: World) -> None:
    with Running(world, "--only", "web") as served:
        served.wait_for("/healthz", '"status":"ok"')
        served.until_told("1 feed, asked by another process")
        assert "Dam breaks" not in get(served.url)[1]
        assert world.server.requests == []
        assert world.digest("run").code == 0
        served.wait_for("/", "Dam breaks above Vellmoor")
        served.rewrite('title = "Morning paper"', 'title = "Evening paper"')
        served.until_told("digests.daily.title")
        served.wait_for("/archive/", "Evening paper")
        code, _, log = served.end()
    assert (code, "Traceback" in log) == (0, False)
    assert len(world.server.requests) == 1
    assert world.rows("SELECT COUNT(*) FROM editions") == [(1,)]


def test_only_web_waits_for_no_lock(world: World) -> None:
    assert world.digest("run").code == 0
    with (
        closing(Store.open(world.folder / "digest.db")) as store,
        store.lock("work"),
        store.lock("send"),
        Running(world, "--only", "web") as served,
    ):
        served.wait_for("/", "Dam breaks above Vellmoor")
        assert "waiting for it" not in served.log


def test_only_web_is_stuck_once_nobody_polls(world: World) -> None:
    assert world.digest("run", "--now", f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}").code == 0
    with Running(world, "--only", "web") as served:
        served.wait_for("/healthz", '"status":"stuck"')
        assert get(f"{served.url}/healthz")[0] == 503


def test_only_schedule_polls_publishes_and_listens_nowhere(world: World) -> None:
    with Running(world, "--only", "schedule", "--now", "2023-10-13T06:59:45Z") as served:
        served.until_told("no pages are served; Ctrl-C ends")
        served.until_told("edition digest=daily number=1", 40)
        with pytest.raises(OSError, match="refused"):
            urllib.request.urlopen(served.url, timeout=5)
        code, seconds, log = served.end()
    assert (code, "Traceback" in log) == (0, False)
    assert seconds < 10


def test_both_side_by_side_do_what_one_does(world: World) -> None:
    with Running(world, "--only", "web") as shows:
        shows.wait_for("/healthz", '"last_poll":null')
        polls = world.start("serve", "--only", "schedule")
        shows.wait_for("/healthz", '"last_poll":"2')
        polls.terminate()
        out, log = polls.communicate(timeout=20)
        assert polls.returncode == shows.end()[0] == 0
    assert "no pages are served" in out
    assert "outcome=read" in log


def test_metrics_and_the_access_log_of_the_running_program(world: World) -> None:
    with Running(world) as served:
        served.until_told("outcome=read")
        served.until(lambda: 'digest_polls_total{outcome="read"} 1.0' in get(f"{served.url}/metrics")[1])
        get(f"{served.url}/unsubscribe/s3cret")
        get(f"{served.url}/search?q=s3cret")
        found = get(f"{served.url}/metrics")[1]
        assert 'digest_request_seconds_count{page="unsubscribe",status="404"} 1.0' in found
        _, _, log = served.end()
    assert "request client=127.0.0.1 method=GET path=/unsubscribe/*** status=404 bytes=" in log
    assert "s3cret" not in log

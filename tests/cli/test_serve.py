"""digest serve: the real server process on a loopback port."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from support.feedserver import Answer, FeedServer
from support.world import World, item


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with FeedServer() as server:
        made = World(tmp_path, server)
        made.feed("alpha", item("Dam breaks above Vellmoor"))
        yield made


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


class Running:
    def __init__(self, world: World) -> None:
        self.port = free_port()
        config = world.folder / "config.toml"
        config.write_text(f'{config.read_text()}\n[web]\naddress = "127.0.0.1:{self.port}"\n')
        self.process = world.start("serve")

    def wait_for(self, path: str, words: str, seconds: float = 20) -> str:
        """The page, once it holds those words."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.process.poll() is None, self.process.communicate()
            try:
                _, text = get(f"http://127.0.0.1:{self.port}{path}")
            except OSError:
                text = ""
            if words in text:
                return text
            time.sleep(0.05)
        raise AssertionError(f"{path} never showed {words!r}")

    def end(self) -> tuple[int, float, str]:
        """(exit code, seconds it took, log) after SIGTERM."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            _, err = self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return self.process.returncode, time.monotonic() - begun, err


@pytest.fixture
def running(world: World) -> Iterator[Running]:
    world.configure()
    made = Running(world)
    yield made
    if made.process.poll() is None:
        made.process.kill()
        made.process.communicate()


def test_it_polls_at_once_serves_health_and_ends_cleanly_on_sigterm(world: World, running: Running) -> None:
    health = json.loads(running.wait_for("/healthz", '"feeds_failing":0,"last_poll":"2'))
    assert health["status"] == "ok"
    assert get(f"http://127.0.0.1:{running.port}/")[0] == 200
    code, seconds, log = running.end()
    assert code == 0
    assert seconds < 5
    assert "outcome=read" in log
    assert "Traceback" not in log


def test_a_slot_that_was_missed_is_published_once_and_its_pages_are_served(world: World) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1, minutes=5)
    world.configure()
    config = world.folder / "config.toml"
    at = f"{datetime.now(UTC) - timedelta(minutes=3):%H:%M}"
    config.write_text(config.read_text().replace("[digests.daily]", f'[digests.daily]\nat = "{at}"'))
    world.digest("run", "--now", f"{yesterday:%Y-%m-%dT%H:%M:%SZ}")
    world.feed("alpha", item("Dam breaks above Vellmoor"), item("Vellmoor dam: two found alive"))
    made = Running(world)
    try:
        page = made.wait_for("/", "two found alive")
        assert "Dam breaks above Vellmoor" not in page
        code, _, log = made.end()
    finally:
        if made.process.poll() is None:
            made.process.kill()
            made.process.communicate()
    assert code == 0
    assert world.rows("SELECT COUNT(*) FROM editions") == [(2,)]
    assert len(world.mails()) == 2
    assert "edition digest=daily number=2" in log


def test_a_taken_port_is_named_with_the_cure(world: World) -> None:
    world.configure()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        config = world.folder / "config.toml"
        config.write_text(f'{config.read_text()}\n[web]\naddress = "127.0.0.1:{port}"\n')
        done = world.digest("serve")
    assert done.code == 2
    assert f"127.0.0.1:{port} is in use" in done.err


def test_the_path_of_a_private_feed_appears_nowhere(world: World) -> None:
    page = b'<html><head><link rel="alternate" type="application/rss+xml" href="/s3cretpath/feed.xml"></head></html>'
    world.feed("s3cretpath/f", answer=Answer(page, content_type="text/html"))
    world.configure()
    config = world.folder / "config.toml"
    config.write_text(f"{config.read_text()}\nprivate = true\n")
    served = Running(world)
    try:
        served.wait_for("/healthz", '"feeds_failing":1,"last_poll":"2')
        _, _, log = served.end()
    finally:
        served.process.kill()
    assert "this is a web page" in log
    commands = (("run", "-v"), ("poll", "--force", "--json"), ("feeds",), ("status",))
    told = [log, *(done.out + done.err for done in (world.digest(*command) for command in commands))]
    mail = message_from_bytes(world.mails()[0].read_bytes(), policy=default)
    parts = [str(part.get_content()) for part in mail.walk() if not part.is_multipart()]
    pages = [page.read_text() for page in (world.folder / "public").rglob("*.*") if page.suffix in {".html", ".json"}]
    assert any("tells the reason" in page for page in pages)
    assert [text for text in (*told, *parts, *pages) if "s3cretpath" in text] == []

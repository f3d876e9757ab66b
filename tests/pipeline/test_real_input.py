"""The main job on real captured feeds: nothing crashes, nothing hangs, and a second run stores nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.feedserver import Answer, FeedServer
from support.world import World

FEEDS = Path(__file__).parents[3] / "shared" / "feeds"


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


@pytest.mark.skipif(not FEEDS.is_dir(), reason="the captured feeds are kept beside the checkout, and are not here")
def test_all_captured_feeds_are_read_and_a_second_run_finds_nothing_new(tmp_path: Path, server: FeedServer) -> None:
    world = World(tmp_path, server)
    names = sorted(
        path.name for path in FEEDS.iterdir() if path.suffix in {".xml", ".json"} and path.stem != "manifest"
    )
    assert len(names) == 39
    for name in names:
        content_type = "application/feed+json" if "json_feed" in name else "application/xml"
        answer = Answer((FEEDS / name).read_bytes(), etag=f'"{name}"', content_type=content_type)
        world.urls[name] = server.add(f"/{name}", answer, own_port=True)
    world.configure()
    first = world.digest("run", "--now", "2026-03-01T07:00:00Z", "--json")
    report = first.json["report"]
    assert first.code == 0, first.err
    assert {feed["title"]: feed["error"] for feed in report["feeds"] if feed["error"]} == {}
    stored = world.rows("SELECT COUNT(*) FROM items")[0][0]
    assert stored > 700
    assert world.rows("SELECT COUNT(*) FROM items WHERE story_id IS NULL") == [(0,)]
    again = world.digest("run", "--now", "2026-03-02T07:00:00Z", "--json")
    assert {feed["status"] for feed in again.json["report"]["feeds"]} == {304}
    assert again.json["report"]["nothing_new"] == ["daily"]
    assert world.rows("SELECT COUNT(*) FROM items")[0][0] == stored
    for path, [answer] in list(server.answers.items()):
        server.add(path, replace(answer, etag=None))
    third = world.digest("run", "--now", "2026-03-03T09:00:00Z", "--json")
    assert {(feed["outcome"], feed["status"]) for feed in third.json["report"]["feeds"]} == {("unchanged", 200)}
    assert world.rows("SELECT COUNT(*) FROM items")[0][0] == stored

"""What the owner does on a page, as the running server does it: also what changes config.toml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.feedserver import FeedServer
from support.world import World, item

from digest import config
from digest.cli.service import Service
from digest.errors import DigestError
from digest.feeds import opml

LIST = """<?xml version="1.0"?><opml version="2.0"><body>
<outline text="Science"><outline type="rss" text="Moss &amp; Stone" xmlUrl="https://moss.example/feed.xml"/></outline>
<outline text="World">
  <outline type="rss" text="Alpha" xmlUrl="ALPHA"/>
  <outline type="rss" text="Broken" xmlUrl="javascript:alert(1)"/>
</outline></body></opml>"""


MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with FeedServer() as server:
        made = World(tmp_path, server)
        made.feed("alpha", item("Dam breaks above Vellmoor"))
        made.configure()
        yield made


def service(world: World, later: timedelta = timedelta(0)) -> Service:
    """Its clock is ahead by ``later``."""
    made = Service(config.load(world.folder / "config.toml"), lambda: datetime.now(UTC) + later)
    made.begin()
    return made


def subscribed(world: World) -> list[tuple[str | None, str, str]]:
    feeds = config.load(world.folder / "config.toml").feeds
    return [(feed.title, feed.section, feed.url) for feed in feeds]


def test_a_list_of_another_reader_comes_in_and_goes_out_as_it_was(world: World) -> None:
    desk = service(world)
    told = desk.act("import", {}, LIST.replace("ALPHA", world.urls["alpha"]).encode())
    assert told.startswith("1 feed added: Moss & Stone. 1 feed subscribed already. ")
    assert "'Broken' left out" in told
    before = subscribed(world)
    assert before[1] == ("Moss & Stone", "Science", "https://moss.example/feed.xml")
    exported = world.digest("feeds", "export").out
    again = {(feed.title, feed.section, feed.url) for feed in opml.read(exported).feeds}
    assert again >= {("Moss & Stone", "Science", "https://moss.example/feed.xml")}
    assert (
        service(world).act("import", {}, exported.encode()).startswith("Nothing was added. 2 feeds subscribed already.")
    )
    assert subscribed(world) == before


@pytest.mark.parametrize(
    ("content", "cure"),
    [
        (b"", "no feed in it"),
        (b"<html><body>no list</body></html>", "no feed in it"),
        (b"\x00\xff\xfe garbage", "not well-formed"),
        (b'<!DOCTYPE o [<!ENTITY a "b">]><opml/>', "declares entities of its own"),
        (b"x" * 5_000_001, "larger than 5 MB"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_the_reason(world: World, content: bytes, cure: str) -> None:
    before = subscribed(world)
    with pytest.raises(DigestError, match="the file was not taken") as refused:
        service(world).act("import", {}, content)
    assert cure in str(refused.value)
    assert subscribed(world) == before


def test_a_site_is_subscribed_to_by_its_address(world: World) -> None:
    world.feed("beta", item("Owl nests in the clock tower"))
    url = world.urls.pop("beta")
    text = (world.folder / "config.toml").read_text()
    host = url.split("/")[2]
    (world.folder / "config.toml").write_text(text.replace('allow = ["', f'allow = ["{host}", "'))
    told = service(world).act("subscribe", {"url": f" {url} ", "section": "Local"}, None)
    assert told.startswith("1 feed added: Beta.")
    assert subscribed(world)[-1] == ("Beta", "Local", url)
    assert service(world).act("subscribe", {"url": url}).startswith("Nothing was added. 1 feed subscribed already.")


@pytest.mark.parametrize("url", ["", "   ", "javascript:alert(1)", "file:///etc/passwd", "http://", "ftp://x.example/"])
def test_an_address_that_is_none_is_refused(world: World, url: str) -> None:
    with pytest.raises(DigestError):
        service(world).act("subscribe", {"url": url})


def test_an_address_in_this_network_is_asked_by_nobody(world: World) -> None:
    """A page must not become a way into the network behind it."""
    stranger = world.server.add("/inner.xml", *world.server.answers["/alpha.xml"], own_port=True)
    with pytest.raises(DigestError):
        service(world).act("subscribe", {"url": stranger})
    assert "/inner.xml" not in [request.path for request in world.server.requests]


def test_where_the_file_may_not_be_written_the_page_says_what_to_paste(world: World) -> None:
    path = world.folder / "config.toml"
    desk = service(world)
    path.chmod(0o444)
    try:
        with pytest.raises(DigestError, match="it is read-only; paste this into it") as refused:
            desk.act("import", {}, LIST.replace("ALPHA", world.urls["alpha"]).encode())
    finally:
        path.chmod(0o644)
    assert '[[feeds]]\nurl = "https://moss.example/feed.xml"' in str(refused.value)


def test_what_was_added_a_moment_ago_is_known_before_it_is_in_force(world: World) -> None:
    desk, opml = service(world), LIST.replace("ALPHA", world.urls["alpha"]).encode()
    desk.act("import", {}, opml)
    assert desk.act("import", {}, opml).startswith("Nothing was added. 2 feeds subscribed already.")


def test_lists_that_come_at_once_are_all_taken(world: World) -> None:
    desk = service(world)
    lists = [
        f'<opml><body><outline type="rss" text="F{n}" xmlUrl="https://f{n}.example/"/></body></opml>' for n in range(8)
    ]
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda one: desk.act("import", {}, one.encode()), lists))
    assert all(one.startswith("1 feed added") for one in told)
    assert {f"https://f{n}.example/" for n in range(8)} <= {url for _, _, url in subscribed(world)}


def test_what_is_due_by_an_action_is_looked_at_at_once(world: World) -> None:
    desk = service(world, later=MINUTE)
    assert world.digest("poll").code == 0
    hurried: list[str] = []
    desk.hasten = lambda: hurried.append("now")
    assert re.fullmatch(r"1 feed is being asked now\.", desk.act("poll", {}))
    assert hurried == ["now"]
    desk.act("follow-word", {"word": "dam"})
    assert hurried == ["now"], "a word to follow makes nothing due"
    desk.hasten = None
    assert desk.act("poll", {}) == "1 feed is asked within minutes by the process that polls."


def test_a_poll_that_was_asked_for_asks_the_feed_again(world: World) -> None:
    desk = service(world, later=MINUTE)
    world.digest("poll")
    before = len(world.server.requests)
    world.digest("poll")
    assert len(world.server.requests) == before, "its hour is not over"
    desk.act("poll", {"feed": "1"})
    world.digest("poll", "--now", (datetime.now(UTC) + 2 * MINUTE).isoformat())
    assert len(world.server.requests) == before + 1


def test_the_log_says_what_was_done_and_no_address(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "digest"):
        service(world).act("follow-word", {"word": "secretword", "csrf": "s3cr3t"})
    assert "owner action=follow-word" in caplog.text
    assert "secretword" not in caplog.text
    assert "s3cr3t" not in caplog.text

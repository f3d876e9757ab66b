"""What the commands say of feeds that are not fine, and of what the program decided about them."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.feedserver import Answer, FeedServer
from support.world import World, item, rss


@pytest.fixture
def world(tmp_path: Path):
    with FeedServer() as server:
        made = World(tmp_path, server)
        made.feed("alpha", item("Dam breaks above Vellmoor"))
        yield made


def at(world: World, *moments: str) -> None:
    """Forced polls at these times of 13 October."""
    for moment in moments:
        assert world.digest("poll", "--force", "--now", f"2023-10-13T{moment}:00Z").err == ""


def test_status_tells_what_is_wrong_since_when_and_its_history(world: World) -> None:
    world.feed("beta", answer=Answer(status=404))
    world.feed("gamma", answer=Answer(status=503, headers={"Retry-After": "36000"}))
    world.feed("delta", answer=Answer(status=410))
    world.configure()
    at(world, "06:00", "08:00")
    said = world.digest("status", "--now", "2023-10-13T09:00:00Z").out
    assert "4 feeds: 1 failing, 1 waiting, 1 gone; last asked Fri 13 Oct 2023, 08:00" in said
    assert "3 of 4 feeds did not answer. The reasons differ.\n" in said
    assert "failing: 127.0.0.1 (127.0.0.1) since Fri 13 Oct 2023, 06:00: 404 Not Found" in said
    assert "to be asked again Fri 13 Oct 2023, 16:00" in said
    assert "gone: 127.0.0.1 (127.0.0.1) since Fri 13 Oct 2023, 08:00: 410 Gone" in said
    world.feed("beta", item("Ferry runs aground"))
    at(world, "10:00")
    told = world.digest("status", "--history", "--now", "2023-10-13T11:00:00Z").out
    assert "failing: Beta, Fri 13 Oct 2023, 06:00 until Fri 13 Oct 2023, 10:00: 404 Not Found" in told
    facts = world.digest("status", "--history", "--json", "--now", "2023-10-13T11:00:00Z").json
    assert sorted(feed["state"] for feed in facts["troubled"]) == ["gone", "waiting"]
    assert sorted(one["state"] for one in facts["history"]) == ["failing", "failing", "gone", "waiting"]


def test_where_no_feed_is_in_trouble_status_says_so(world: World) -> None:
    world.configure()
    at(world, "06:00")
    assert "1 feed, none failing; last asked" in world.digest("status", "--now", "2023-10-13T06:10:00Z").out


def test_feeds_are_listed_with_their_state_in_words(world: World) -> None:
    world.feed("beta", answer=Answer(status=503, headers={"Retry-After": "36000"}))
    world.feed("gamma", answer=Answer(status=404))
    world.configure()
    at(world, "06:00")
    said = world.digest("feeds", "--now", "2023-10-13T06:10:00Z").out.splitlines()
    assert [line.split("  ")[0] for line in said[1:]] == ["fine", "waiting", "", "failing", ""]
    assert said[2].split()[3:] == ["never", "-", "Fri", "13", "Oct", "2023,", "16:00"]
    assert said[3].strip().startswith("since Fri 13 Oct 2023, 06:00: 503 Service Unavailable")
    assert said[3].endswith("; to be asked again Fri 13 Oct 2023, 16:00")
    assert said[5].strip().startswith("since Fri 13 Oct 2023, 06:00: 404 Not Found")


def test_a_move_is_told_once_in_the_report_and_the_digest_and_listed_with_the_decisions(world: World) -> None:
    body = rss("Alpha", item("Dam breaks above Vellmoor"))
    world.server.add("/new.xml", Answer(body))
    world.feed("alpha", answer=Answer(status=301, headers={"Location": "/new.xml"}))
    world.configure()
    for day in (1, 4):
        world.digest("poll", "--now", f"2023-10-0{day}T06:00:00Z")
    world.server.add("/new.xml", Answer(rss("Alpha", item("Ferry runs aground"))))
    assert "Alpha: it has moved for good" in world.digest("run", "--now", "2023-10-09T06:00:00Z").out
    told = "Alpha has moved for good and is asked at its new address, 127.0.0.1."
    assert [told in mail.read_text() for mail in world.mails()] == [True]
    world.server.add("/new.xml", Answer(rss("Alpha", item("Harbour reopens"))))
    assert "moved" not in world.digest("run", "--now", "2023-10-10T06:00:00Z").out
    assert sorted(told in mail.read_text() for mail in world.mails()) == [False, True]
    assert "moved for good, asked at its new address: Alpha" in world.digest("decisions").out
    assert "undone" in world.digest("decisions", "undo", "1").out
    assert world.rows("SELECT moved_to FROM feeds") == [(None,)]


def test_check_tells_a_password_of_a_feed_that_is_missing(world: World) -> None:
    world.configure()
    config = world.folder / "config.toml"
    keys = "section = 'World'\nauth_user = 'me'\nauth_password_env = 'NO_SUCH_VARIABLE'"
    config.write_text(config.read_text().replace("section = 'World'", keys))
    done = world.digest("check")
    assert done.code == 2
    assert "feeds, 127.0.0.1: auth_password_env: no such variable is set" in done.out


def test_check_tells_that_servers_cannot_reach_an_operator_who_names_no_contact(world: World) -> None:
    world.configure()
    assert "their servers cannot reach you" in world.digest("check").out
    config = world.folder / "config.toml"
    config.write_text(config.read_text().replace("[fetch]", "[fetch]\ncontact = 'mailto:me@example.org'"))
    assert "cannot reach you" not in world.digest("check").out

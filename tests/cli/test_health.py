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
    assert f"failing: {world.urls['beta']} since Fri 13 Oct 2023, 06:00: 404 Not Found" in said
    assert "to be asked again Fri 13 Oct 2023, 16:00" in said
    assert f"gone: {world.urls['delta']} since Fri 13 Oct 2023, 08:00: 410 Gone" in said
    world.feed("beta", item("Ferry runs aground"))
    at(world, "10:00")
    told = world.digest("status", "--history", "--now", "2023-10-13T11:00:00Z").out
    assert "failing: Beta (127.0.0.1), Fri 13 Oct 2023, 06:00 until Fri 13 Oct 2023, 10:00: 404 Not Found" in told
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
    assert [line.split("  ")[0] for line in said[1:]] == ["fine", "waiting", "", "", "failing", "", ""]
    assert said[2].split()[3:] == ["never", "-", "Fri", "13", "Oct", "2023,", "16:00"]
    assert [said[place].strip() for place in (3, 6)] == [world.urls["beta"], world.urls["gamma"]]
    assert said[4].strip().startswith("since Fri 13 Oct 2023, 06:00: 503 Service Unavailable")
    assert said[4].endswith("; to be asked again Fri 13 Oct 2023, 16:00")
    assert said[7].strip().startswith("since Fri 13 Oct 2023, 06:00: 404 Not Found")


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


# --- Feeds that are called alike ---


def asked_in_vain(world: World, keys: str = "") -> tuple[str, str]:
    """Two feeds of one host that never worked and have no title; their addresses."""
    urls = tuple(world.server.add(f"/missing{number}.xml", Answer(status=404)) for number in (1, 2))
    world.urls.update(missing1=urls[0], missing2=urls[1])
    world.configure()
    path = world.folder / "config.toml"
    path.write_text(path.read_text().replace("section = 'World'", f"section = 'World'\n{keys}"))
    return urls


def test_feeds_without_a_title_are_told_apart_by_their_addresses_and_the_cure_takes_them(world: World) -> None:
    one, other = asked_in_vain(world)
    poll = world.digest("poll", "--now", "2023-10-13T06:00:00Z").out
    status = world.digest("status", "--now", "2023-10-13T06:10:00Z")
    doctor = world.digest("doctor", "--now", "2023-10-15T06:10:00Z").out
    for url in (one, other):
        assert f"failed: {url}: 404 Not Found" in poll
        assert f"failing: {url} since Fri 13 Oct 2023, 06:00: 404 Not Found" in status.out
        assert f"failing since Fri 13 Oct 2023, 06:00: {url}: 404 Not Found" in doctor
        assert f"`digest feeds check {url}` asks it now" in doctor
        assert f"{url}: 404 Not Found" in world.digest("feeds", "check", url, "--now", "2023-10-15T06:10:00Z").out
    told = world.digest("status", "--json", "--now", "2023-10-13T06:10:00Z").json["troubled"]
    assert [feed["address"] for feed in told] == [one, other]
    assert world.digest("feeds", "remove", other).code == 0


def test_private_feeds_that_are_called_alike_are_told_apart_by_their_place_in_the_file(world: World) -> None:
    asked_in_vain(world, "private = true")
    world.digest("poll", "--now", "2023-10-13T06:00:00Z")
    several = world.digest("feeds", "pause", "127.0.0.1")
    assert several.code == 2
    assert several.err.splitlines() == [
        "digest: 3 feeds are called so; name one by its address, or by its number:",
        *(f"  127.0.0.1  feed {number} in config.toml" for number in (1, 2, 3)),
    ]
    assert world.digest("feeds", "pause", "3").code == 0
    told = world.digest("status", "--now", "2023-10-15T06:10:00Z").out + world.digest("feeds").out
    assert "failing: 127.0.0.1 (feed 2 in config.toml) since" in told
    doctor = world.digest("doctor", "--now", "2023-10-15T06:10:00Z").out
    assert "`digest feeds check 2` asks it now" in doctor
    facts = world.digest("status", "--json", "--now", "2023-10-15T06:10:00Z").json
    assert [feed["address"] for feed in facts["troubled"]] == [None]
    assert "missing" not in told + doctor


def test_feeds_of_one_title_are_told_apart_too(world: World) -> None:
    one, other = asked_in_vain(world, "title = 'News'")
    world.digest("poll", "--now", "2023-10-13T06:00:00Z")
    status = world.digest("status", "--now", "2023-10-13T06:10:00Z").out
    for url in (one, other):
        assert f"failing: News ({url}) since" in status


def test_a_private_feed_is_exported_by_a_name_that_an_open_one_has_too(world: World) -> None:
    world.configure()
    path = world.folder / "config.toml"
    path.write_text(path.read_text() + "\n[[feeds]]\nurl = 'http://127.0.0.1:9/geheim.xml'\nprivate = true\n")
    done = world.digest("feeds", "export", "--private", "127.0.0.1")
    assert (done.code, "geheim.xml" in done.out) == (0, True)

"""digest feeds: subscriptions looked at and changed by command, on real files and a real server on loopback."""

from __future__ import annotations

import json
import os
import pty
import select
import sqlite3
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from support.feedserver import Answer, FeedServer
from support.world import Done, World, item, rss

ATOM = b"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Comments on Gamma</title>
<id>urn:c</id><entry><title>A comment</title><id>urn:c:1</id><link href="https://gamma.example/c1"/></entry></feed>"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with FeedServer() as server:
        made = World(tmp_path, server)
        made.feed("alpha", item("Dam breaks above Vellmoor"), item("Ferry line to Sandholm opens"))
        made.feed("beta", item("Vellmoor dam fails, villages cleared"))
        made.configure()
        yield made


def config(world: World) -> Path:
    return world.folder / "config.toml"


def urls(world: World) -> list[str]:
    return [feed["url"] for feed in tomllib.loads(config(world).read_text()).get("feeds", [])]


def allow(world: World, *addresses: str) -> None:
    """Lets the program ask these hosts and ports, too."""
    text = config(world).read_text()
    allowed = tomllib.loads(text)["fetch"]["allow"]
    config(world).write_text(text.replace(json.dumps(allowed), json.dumps([*allowed, *addresses])))


def site(world: World, page: str, **feeds: bytes) -> str:
    """A web page and feeds beside it on a port of their own; returns the page's address."""
    page_url = world.server.add("/", Answer(page.encode(), content_type="text/html"), own_port=True)
    for path, body in feeds.items():
        world.server.add(f"/{path.replace('_', '/')}", Answer(body))
    allow(world, page_url.split("/")[2])
    return page_url


def link(href: str, kind: str = "rss", title: str = "") -> str:
    return f'<link rel="alternate" type="application/{kind}+xml" title="{title}" href="{href}">'


# --- The table ----------------------------------------------------------------------------------


def test_the_bare_command_lists_state_success_rate_next_poll_and_the_problem_in_words(world: World) -> None:
    world.feed("beta", answer=Answer(status=404))
    world.digest("poll")
    head, *lines = world.digest("feeds").out.splitlines()
    assert head.split() == ["state", "feed", "section", "last", "success", "a", "week", "next", "poll"]
    assert lines[0].startswith("fine     Alpha (127.0.0.1)  World    ")
    assert lines[1].startswith("failing  127.0.0.1          World    never")
    assert "since " in lines[2]
    assert "404 Not Found: the address answers, but there is no feed there; look for its new address" in lines[2]


def test_items_a_week_count_over_the_time_that_is_known(world: World) -> None:
    days = [f"{day:02} Oct 2023 12:00:00 GMT" for day in (1, 3, 5, 7)]
    world.feed("alpha", *(item(f"Report of the day {day}", published=day) for day in days))
    world.digest("poll", "--now", "2023-10-08T12:00:00Z")
    found = world.digest("feeds", "--json", "--now", "2023-10-08T12:00:00Z").json["feeds"]
    assert (found[0]["state"], found[0]["items_a_week"]) == ("fine", 4)


def test_titles_of_wide_letters_keep_the_columns(world: World) -> None:
    world.server.add("/alpha.xml", Answer(rss("日本の新聞", item("x"))))
    world.digest("poll")
    lines = world.digest("feeds").out.splitlines()
    assert lines[1].index("World") + 5 == lines[0].index("section")  # five letters of two cells


def test_no_feed_yet_says_how_to_add_one(world: World) -> None:
    config(world).write_text("")
    assert "digest feeds add ADDRESS" in world.digest("feeds").out


# --- add ----------------------------------------------------------------------------------------


def test_the_address_of_a_feed_is_added_with_its_title_and_the_next_poll_reads_it(world: World) -> None:
    before = config(world).read_text()
    url = world.server.add("/gamma.xml", Answer(rss("Gamma", item("Stellin court clears the ferry"))), own_port=True)
    allow(world, url.split("/")[2])
    allowed = config(world).read_text()
    done = world.digest("feeds", "add", url, "--section", "Region")
    assert (done.code, done.out.splitlines()[0]) == (0, f"added to Region: Gamma, {url}")
    added = f'\n\n[[feeds]]\nurl = "{url}"\ntitle = "Gamma"\nsection = "Region"\n'
    assert config(world).read_text() == allowed + added
    assert before.count("[[feeds]]") == 2
    asked = world.digest("poll", "--json").json["report"]["feeds"]
    assert {feed["title"]: feed["new"] for feed in asked}["Gamma"] == 1


def test_comments_and_order_of_the_file_stay(world: World) -> None:
    text = config(world).read_text() + "\n\n# the author's own ending\n[web]  # not public\n# address of the pages\n"
    config(world).write_text(text)
    url = site(world, "", feed=rss("Gamma", item("x")))
    before = config(world).read_text()
    assert world.digest("feeds", "add", f"{url}feed").code == 0
    after = config(world).read_text()
    position = after.index(f'[[feeds]]\nurl = "{url}feed"')
    end = after.index("\n# the author's own ending")
    assert after[:position] + after[end + 1 :] == before


def test_a_sites_address_is_enough_where_its_page_names_one_feed(world: World) -> None:
    url = site(
        world, f"<html><head>{link('/news.xml', title='News')}</head></html>", **{"news.xml": rss("Gamma", item("x"))}
    )
    done = world.digest("feeds", "add", url)
    assert done.code == 0
    assert urls(world)[-1] == f"{url}news.xml"


def test_an_address_without_scheme_is_tried_both_ways(world: World) -> None:
    url = site(world, "", **{"news.xml": rss("Gamma", item("x"))})
    done = world.digest("feeds", "add", f"{url.split('//')[1]}news.xml")
    assert (done.code, urls(world)[-1]) == (0, f"{url}news.xml")
    assert "https is not offered there, so http is asked: whoever is on the way can read and change it" in done.out


def test_a_page_that_names_none_is_looked_through_at_the_usual_places(world: World) -> None:
    url = site(world, "<html><body>Welcome</body></html>", **{"atom.xml": ATOM})
    assert world.digest("feeds", "add", url).code == 0
    assert urls(world)[-1] == f"{url}atom.xml"


def test_a_page_of_mastodon_leads_to_its_feed(world: World) -> None:
    url = site(world, "<html></html>", **{"@ada": b"<html></html>", "@ada.rss": rss("Ada", item("Hello"))})
    assert world.digest("feeds", "add", f"{url}@ada").code == 0
    assert urls(world)[-1] == f"{url}@ada.rss"


SEVERAL = link("/comments/feed", "atom", "Comments") + link("/news.xml") + link("/news.atom", "atom")


def several(world: World) -> str:
    news = rss("Gamma", item("Dam breaks"))
    return site(
        world, f"<html><head>{SEVERAL}</head></html>", **{"comments_feed": ATOM, "news.xml": news, "news.atom": news}
    )


def test_several_feeds_are_listed_with_the_cure_where_nobody_can_be_asked(world: World) -> None:
    url, before = several(world), config(world).read_text()
    done = world.digest("feeds", "add", url)
    assert done.code == 2
    assert done.out.splitlines() == [f"Gamma, 1 item: {url}news.xml", f"Comments on Gamma, 1 item: {url}comments/feed"]
    assert "2 feeds are there; call `digest feeds add` again with the address of one of them" in done.err
    assert config(world).read_text().count("[[feeds]]") == before.count("[[feeds]]")
    told = world.digest("feeds", "add", url, "--json")
    assert (told.code, [one["title"] for one in told.json["found"]]) == (2, ["Gamma", "Comments on Gamma"])


def on_a_terminal(world: World, *arguments: str, answer: str) -> tuple[int, str]:
    """The program on a terminal of its own, where one line is typed once it asks."""
    here, there = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "digest", *arguments], cwd=world.folder, stdin=there, stdout=there, stderr=there
    )
    os.close(there)
    said, end, told = b"", time.monotonic() + 60, False
    while time.monotonic() < end:
        if select.select([here], [], [], 0.1)[0]:
            try:
                said += os.read(here, 10_000)
            except OSError:
                break  # the other side closed it
        if b"which?" in said and not told:
            os.write(here, f"{answer}\n".encode())
            told = True
    os.close(here)
    return process.wait(timeout=60), said.decode()


def test_several_feeds_are_asked_for_on_a_terminal(world: World) -> None:
    url = several(world)
    code, said = on_a_terminal(world, "feeds", "add", url, answer="2")
    assert (code, urls(world)[-1]) == (0, f"{url}comments/feed"), said
    code, said = on_a_terminal(world, "feeds", "add", url, answer="all")
    assert (code, urls(world)[-1]) == (0, f"{url}news.xml"), said
    assert "subscribed already: Comments on Gamma" in said


def test_a_feed_that_is_there_is_not_added_twice(world: World) -> None:
    url = world.urls["alpha"]
    done = world.digest("feeds", "add", url.replace("http://", "HTTP://", 1).replace("HTTP", "http"))
    assert (done.code, done.out) == (0, "subscribed already: Alpha\n")
    assert urls(world).count(url) == 1


def test_what_is_no_feed_and_names_none_says_so(world: World) -> None:
    url = site(world, "<html></html>")
    done = world.digest("feeds", "add", url)
    assert done.code == 2
    assert f"{url} is no feed, it names none that can be read, and 9 usual places had none" in done.err
    assert world.digest("feeds", "add", "ftp://example.org/x").code == 2


def test_only_usual_places_are_counted_as_such(world: World) -> None:
    url = site(world, f"<html>{link('/dead.xml')}</html>")
    done = world.digest("feeds", "add", url)
    assert "and 9 usual places had none" in done.err
    assert len(world.server.requests) == 11  # the page, what it names, and those


def test_a_server_that_was_asked_too_often_says_so_instead_of_having_no_feed(world: World) -> None:
    url = site(world, "<html></html>")
    world.server.add("/feed", Answer(status=429))
    done = world.digest("feeds", "add", url)
    assert done.code == 2
    assert "429 Too Many Requests: the server was asked too often; it is left alone for a while" in done.err
    assert len(world.server.requests) == 2


def test_a_server_that_does_not_answer_is_told_and_not_asked_ten_times(world: World) -> None:
    url = world.server.add("/gone", Answer(status=500), own_port=True)
    allow(world, url.split("/")[2])
    done = world.digest("feeds", "add", url)
    assert done.code == 2
    assert "500 Internal Server Error: the server has a problem of its own" in done.err
    assert len(world.server.asked("/gone")) == 1


def test_a_page_cannot_send_us_into_a_network_that_only_the_operator_may_name(tmp_path: Path) -> None:
    """The page is on one host that is allowed, the feed it names on another one that is: not for this page."""
    with FeedServer() as server, FeedServer(host="127.0.0.2") as inside:
        inside.add("/secret.xml", Answer(rss("Inside", item("x"))))
        page = server.add(
            "/", Answer(f"<html>{link(inside.url('/secret.xml'))}</html>".encode(), content_type="text/html")
        )
        world = World(tmp_path, server)
        world.configure()
        config(world).write_text(config(world).read_text().replace("allow = []", 'allow = ["127.0.0.2"]'))
        refused = world.digest("feeds", "add", page)
        assert refused.code == 2
        assert inside.requests == []
    assert "127.0.0.1" in refused.err


def test_discovery_is_refused_addresses_of_this_machine_that_are_not_allowed(world: World) -> None:
    url = world.server.add("/x.xml", Answer(rss("X")), own_port=True)
    done = world.digest("feeds", "add", url)
    assert done.code == 2
    assert "[fetch] allow" in done.err
    assert world.server.asked("/x.xml") == []


def test_a_permanent_redirect_is_followed_into_the_file_and_a_temporary_one_is_not(world: World) -> None:
    url = site(world, "", new=rss("Gamma", item("x")))
    world.server.add("/old", Answer(status=301, headers={"Location": "/now"}))
    world.server.add("/now", Answer(status=302, headers={"Location": "/new"}))
    assert world.digest("feeds", "add", f"{url}old").code == 0
    assert urls(world)[-1] == f"{url}now"


def read_only(world: World) -> None:
    config(world).chmod(0o444)


def test_a_read_only_file_is_left_alone_and_the_lines_to_paste_are_printed(world: World) -> None:
    url = site(world, "", feed=rss("Gamma", item("x")))
    read_only(world)
    before = config(world).read_text()
    done = world.digest("feeds", "add", f"{url}feed")
    assert done.code == 2
    assert "config.toml was not changed: it is read-only; paste this into it:" in done.err
    assert tomllib.loads(done.out) == {"feeds": [{"url": f"{url}feed", "title": "Gamma", "section": "News"}]}
    assert config(world).read_text() == before
    told = world.digest("feeds", "add", f"{url}feed", "--json").json
    assert tomllib.loads(told["paste"]) == tomllib.loads(done.out)


def test_removing_from_a_read_only_file_tells_which_table_and_nothing_of_its_secrets(world: World) -> None:
    secret = "https://me:hunter2@club.example/feed?token=geheim"
    config(world).write_text(config(world).read_text() + f'\n[[feeds]]\nurl = "{secret}"\ntitle = "Club"\n')
    read_only(world)
    removed = world.digest("feeds", "remove", "Club")
    assert (removed.code, removed.out) == (2, "")
    assert "config.toml was not changed: it is read-only; take out the table of Club, feed 3" in removed.err
    told = world.digest("feeds", "remove", "Club", "--json")
    assert (told.code, set(told.json)) == (2, {"exit_code", "error"})
    assert not any(part in removed.err + told.out + told.err for part in ("hunter2", "geheim"))


def test_a_link_to_the_file_stays_a_link_and_its_mode_stays(world: World) -> None:
    url = site(world, "", feed=rss("Gamma", item("x")))
    real = world.folder / "real.toml"
    config(world).rename(real)
    config(world).symlink_to("real.toml")
    real.chmod(0o640)
    assert world.digest("feeds", "add", f"{url}feed").code == 0
    assert config(world).is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert urls(world)[-1] == f"{url}feed"


def test_a_private_feed_is_added_without_telling_its_address(world: World) -> None:
    url = site(world, "", **{"feed?token=geheim": rss("Secret club", item("x"))})
    done = world.digest("feeds", "add", f"{url}feed?token=geheim", "--private")
    assert done.code == 0
    assert "geheim" not in done.out + done.err
    assert "Secret club" not in config(world).read_text()
    assert "private = true" in config(world).read_text()


def test_an_address_that_seems_to_hold_a_secret_is_told(world: World) -> None:
    url = site(world, "", **{"feed?token=geheim": rss("Club", item("x"))})
    done = world.digest("feeds", "add", f"{url}feed?token=geheim")
    assert "write private = true below it" in done.out
    assert "geheim" not in done.out


def test_a_login_goes_to_the_feeds_of_its_own_site_only_and_is_never_told(world: World) -> None:
    with FeedServer(host="127.0.0.2") as stranger:
        stranger.add("/other.xml", Answer(rss("Other", item("Quite another thing"))))
        allow(world, stranger.address)
        named = link("/own.xml") + link(stranger.url("/other.xml"))
        url = site(world, f"<html>{named}</html>", **{"own.xml": rss("Own", item("x"))})
        done = world.digest("feeds", "add", url.replace("://", "://me:hunter2@"), "--json")
        assert {one["title"] for one in done.json["found"]} == {"Own", "Other"}
        assert "hunter2" not in done.out + done.err
        assert "authorization" in world.server.asked("/own.xml")[0].headers
        assert "authorization" not in stranger.asked("/other.xml")[0].headers
    added = world.digest("feeds", "add", f"{url}own.xml".replace("://", "://me:hunter2@"))
    assert "hunter2" not in added.out + added.err
    assert urls(world)[-1] == f"{url}own.xml".replace("://", "://me:hunter2@")


def test_a_section_that_no_digest_has_is_told(world: World) -> None:
    config(world).write_text(
        config(world).read_text().replace("[digests.daily]", '[digests.daily]\nsections = ["World"]')
    )
    url = site(world, "", feed=rss("Gamma", item("x")))
    done = world.digest("feeds", "add", f"{url}feed")
    assert done.code == 0
    assert "no digest has the section News; add it to `sections`, or choose another with --section" in done.out
    assert "no digest" not in world.digest("feeds", "add", f"{url}feed", "--section", "World").out


def test_titles_that_attack_a_terminal_or_the_file_stay_text(world: World) -> None:
    title = "A\x1b[31mred\u202e \"] \\ ''' [[feeds]]"
    escaped = title.replace("\x1b", "&#27;").replace('"', "&quot;")
    body = rss("TITLE", item("x")).replace(b"<title>TITLE", f"<title>{escaped}".encode(), 1)
    url = site(world, "", feed=body)
    done = world.digest("feeds", "add", f"{url}feed")
    assert done.code == 0, done.err
    assert not {"\x1b", "\u202e"} & set(done.out)
    assert tomllib.loads(config(world).read_text())["feeds"][-1]["title"] == "A[31mred \"] \\ ''' [[feeds]]"
    checked = world.digest("feeds", "check", f"{url}feed")
    assert not {"\x1b", "\u202e"} & set(checked.out)


# --- remove, and what comes back ------------------------------------------------------------------


def polled(done: Done) -> dict[str, tuple[int, int]]:
    """Title of each feed that was asked to its new items and those that came in as already shown."""
    return {feed["title"]: (feed["new"], feed["backlog"]) for feed in done.json["report"]["feeds"]}


def note(done: Done, title: str) -> str:
    return next(feed["note"] for feed in done.json["report"]["feeds"] if feed["title"] == title)


def test_removing_keeps_the_items_and_adding_again_goes_on_without_a_flood(world: World) -> None:
    old = [item(f"Report number {number}") for number in range(10)]
    world.feed("alpha", *old)
    world.digest("run", "--now", "2023-10-01T12:00:00Z")
    removed = world.digest("feeds", "remove", "alpha", "--json")
    assert removed.json["removed"] == {"title": "Alpha", "section": "World"}
    assert urls(world) == [world.urls["beta"]]
    world.digest("poll", "--now", "2023-10-05T12:00:00Z")
    assert world.rows("SELECT COUNT(*) FROM items JOIN feeds ON feeds.id = feed_id WHERE removed IS NOT NULL") == [
        (10,)
    ]
    meanwhile = [item(f"News of meanwhile {n}", published=f"{n + 6:02} Oct 2023 12:00:00 GMT") for n in range(20)]
    world.feed("alpha", *meanwhile, *old)
    assert world.digest("feeds", "add", world.urls["alpha"]).code == 0
    back = world.digest("poll", "--json", "--now", "2023-11-01T12:00:00Z")
    assert polled(back)["Alpha"] == (5, 15)
    assert "asked again: 5 of 20 items count as new" in note(back, "Alpha")
    assert world.rows("SELECT COUNT(*) FROM feeds") == [(2,)]


@pytest.mark.parametrize("kept", ["links", "titles"])
def test_a_changed_address_keeps_the_history_where_links_or_titles_match(world: World, kept: str) -> None:
    def items(where: str) -> list[str]:
        pairs = [(f"Long report number {n}", f"report-{n}") for n in range(12)]
        if where == "old":
            return [item(title, key) for title, key in pairs]
        return [item(f"{title}, updated", key) if kept == "links" else item(title, f"x-{key}") for title, key in pairs]

    world.feed("alpha", *(one.replace("<guid>", "<guid>old-") for one in items("old")))
    world.digest("run", "--now", "2023-10-01T12:00:00Z")
    news = item("Quite another matter at the harbour", published="02 Oct 2023 12:00:00 GMT")
    older = item("Something of long ago", published="02 Oct 2013 12:00:00 GMT")
    moved = world.server.add("/moved.xml", Answer(rss("Alpha", news, *items("new"), older)), own_port=True)
    config(world).write_text(config(world).read_text().replace(world.urls["alpha"], moved))
    allow(world, moved.split("/")[2])
    done = world.digest("poll", "--json", "--now", "2023-10-03T12:00:00Z")
    assert note(done, "Alpha") == (
        "known from another address before, its history goes on; 1 older item is stored as already shown"
    )
    assert polled(done)["Alpha"] == (1, 1)
    assert world.rows("SELECT COUNT(*), COUNT(DISTINCT feed_id) FROM items WHERE title LIKE 'Long report%'") == [
        (12, 1)
    ]
    again = world.digest("poll", "--force", "--json", "--now", "2023-10-04T12:00:00Z")
    assert polled(again)["Alpha"] == (0, 0)
    # and back: the address that was known before is known still
    config(world).write_text(config(world).read_text().replace(moved, world.urls["alpha"]))
    world.feed("alpha", *items("new"), answer=Answer(rss("Alpha", *items("new"))))
    back = world.digest("poll", "--json", "--now", "2023-10-05T12:00:00Z")
    assert polled(back)["Alpha"] == (0, 0)
    assert world.rows("SELECT COUNT(*) FROM items WHERE title LIKE 'Long report%'") == [(12,)]


def test_a_publisher_that_gives_all_items_new_ids_and_addresses_brings_nothing_new_and_is_told(world: World) -> None:
    days = [(f"Long report number {n}", f"{n + 1:02} Oct 2023 12:00:00 GMT") for n in range(12)]
    world.feed("alpha", *(item(title, f"old-{n}", published=day) for n, (title, day) in enumerate(days)))
    world.digest("run", "--now", "2023-10-20T12:00:00Z")
    world.feed("alpha", *(item(title, f"p={n}&new", published=day) for n, (title, day) in enumerate(days)))
    done = world.digest("poll", "--json", "--now", "2023-10-21T12:00:00Z")
    assert polled(done)["Alpha"] == (0, 0)
    assert note(done, "Alpha") == "12 of its 12 items have another id than before; they are known all the same"
    assert world.rows("SELECT COUNT(*) FROM items WHERE title LIKE 'Long report%'") == [(12,)]
    again = world.digest("poll", "--json", "--now", "2023-10-22T12:00:00Z")
    assert (polled(again)["Alpha"], note(again, "Alpha")) == ((0, 0), None)


def test_another_feed_in_the_place_of_one_begins_anew(world: World) -> None:
    world.feed("alpha", *(item(f"Long report number {number}") for number in range(12)))
    world.digest("run")
    other = world.server.add(
        "/other.xml", Answer(rss("Other", *(item(f"Sports result {n} of the day") for n in range(8))))
    )
    config(world).write_text(config(world).read_text().replace(world.urls["alpha"], other))
    allow(world, other.split("/")[2])
    assert polled(world.digest("poll", "--json"))["Other"] == (5, 3)
    assert world.rows("SELECT COUNT(*) FROM feeds") == [(3,)]


def test_a_removal_that_would_break_the_configuration_is_told_and_not_done(world: World) -> None:
    text = config(world).read_text().replace("[digests.daily]", '[digests.daily]\nsections = ["World", "Odd"]')
    config(world).write_text(text + '\n[[feeds]]\nurl = "https://odd.example/"\nsection = "Odd"\n')
    done = world.digest("feeds", "remove", "odd.example")
    assert done.code == 2
    assert "digests.daily.sections: no feed is in section 'Odd'" in done.err
    assert urls(world)[-1] == "https://odd.example/"


def test_a_feed_nobody_has_is_told_with_the_nearest(world: World) -> None:
    world.digest("poll")
    done = world.digest("feeds", "remove", "Alhpa")
    assert done.code == 2
    assert "did you mean 'Alpha'?" in done.err
    both = world.digest("feeds", "remove", "127.0.0.1")
    assert both.code == 2
    assert f"Alpha  {world.urls['alpha']}" in both.err


# --- pause, resume --------------------------------------------------------------------------------


def test_a_paused_feed_is_not_asked_until_it_is_resumed(world: World) -> None:
    world.digest("run", "--now", "2023-10-01T12:00:00Z")
    assert world.digest("feeds", "pause", "Alpha").code == 0
    asked = len(world.server.asked("/alpha.xml"))
    world.feed("alpha", *(item(f"News of meanwhile {n}") for n in range(9)))
    forced = world.digest("poll", "--force", "--json", "--now", "2023-10-02T12:00:00Z")
    assert list(polled(forced)) == ["Beta"]
    assert len(world.server.asked("/alpha.xml")) == asked
    listed = world.digest("feeds", "--json").json["feeds"][0]
    assert (listed["state"], listed["next_poll"]) == ("paused", None)
    assert "when it is resumed" in world.digest("feeds").out
    assert "paused the feed: Alpha" in world.digest("decisions").out
    assert world.digest("feeds", "pause", "Alpha").code == 2
    assert world.digest("feeds", "resume", "Alpha", "--json").json["resumed"]["undone"]
    assert polled(world.digest("poll", "--json", "--now", "2023-10-03T12:00:00Z"))["Alpha"] == (5, 4)
    assert world.digest("feeds", "resume", "Alpha").code == 2


def test_a_resumed_feed_is_due_at_once(world: World) -> None:
    world.digest("poll", "--now", "2023-10-01T12:00:00Z")
    world.digest("feeds", "pause", "Alpha", "--now", "2023-10-01T12:01:00Z")
    resumed = world.digest("feeds", "resume", "Alpha", "--now", "2023-10-01T12:02:00Z")
    assert resumed.out == "resumed: Alpha; it is asked at the next poll\n"
    assert list(polled(world.digest("poll", "--json", "--now", "2023-10-01T12:03:00Z"))) == ["Alpha"]


def test_a_feed_that_was_asked_a_moment_ago_is_not_asked_again_by_resuming_it(world: World) -> None:
    """Whoever pauses and resumes again and again asks its server no more often for it."""
    world.digest("poll", "--now", "2023-10-01T12:00:00Z")
    world.digest("feeds", "pause", "Alpha", "--now", "2023-10-01T12:00:20Z")
    resumed = world.digest("feeds", "resume", "Alpha", "--now", "2023-10-01T12:00:40Z")
    assert resumed.out == "resumed: Alpha; it was asked a moment ago, and is asked again when it is due\n"
    assert "no feed is due yet" in world.digest("poll", "--now", "2023-10-01T12:00:50Z").out


def test_a_resumed_feed_whose_server_wants_to_be_left_alone_says_until_when(world: World) -> None:
    world.feed("alpha", answer=Answer(status=503, headers={"Retry-After": "7200"}))
    world.digest("poll", "--now", "2023-10-01T12:00:00Z")
    world.digest("feeds", "pause", world.urls["alpha"], "--now", "2023-10-01T12:01:00Z")
    resumed = world.digest("feeds", "resume", world.urls["alpha"], "--now", "2023-10-01T12:02:00Z")
    assert resumed.out == (
        "resumed: 127.0.0.1; it is not asked yet: 127.0.0.1 wants no request before Sun 1 Oct 2023, 14:00\n"
    )
    assert polled(world.digest("poll", "--json", "--now", "2023-10-01T12:03:00Z")) == {}
    assert "127.0.0.1" in polled(world.digest("poll", "--json", "--now", "2023-10-01T14:01:00Z"))


def test_a_pause_is_a_decision_that_can_be_undone_as_others(world: World) -> None:
    world.digest("feeds", "pause", world.urls["beta"])
    number = world.digest("decisions", "--json").json["decisions"][0]["id"]
    assert world.digest("decisions", "undo", str(number)).out.startswith("undone: paused the feed: ")
    assert world.digest("feeds", "--json").json["feeds"][1]["state"] == "not asked yet"


def test_a_paused_feed_that_fails_is_no_trouble_of_an_edition(world: World) -> None:
    world.feed("beta", answer=Answer(status=404))
    world.digest("poll", "--now", "2023-10-01T12:00:00Z")
    world.digest("feeds", "pause", world.urls["beta"])
    assert world.digest("status", "--json").json["failing"] == []
    assert world.digest("run", "--now", "2023-10-01T13:30:00Z").code == 0
    data = json.loads(world.rows("SELECT data FROM editions")[0][0])
    assert (data["feeds"], data["feeds_answered"], data["troubles"]) == (1, 1, [])


# --- check ----------------------------------------------------------------------------------------


def test_check_shows_what_would_be_stored_and_every_complaint_and_stores_nothing(world: World) -> None:
    body = (
        b'<?xml version="1.0"?><rss version="2.0"><channel><title>Gamma & Sons</title>'
        b"<item><title>Dam breaks</title><link>https://g.example/1</link><guid>1</guid>"
        b"<pubDate>13 Oct 2023 12:00:00 GMT</pubDate><description>It broke.</description></item>"
        b"<item><title>Second</title><link>javascript:alert(1)</link><guid>1</guid><pubDate>soon</pubDate></item>"
        b"<item></item></channel>"
    )
    url = site(world, "")
    world.server.add("/odd", Answer(body, content_type="text/plain"))
    done = world.digest("feeds", "check", f"{url}odd")
    assert done.code == 0
    assert "Gamma & Sons" in done.out
    assert "2 items listed: 2 new" in done.out
    assert "new  Fri 13 Oct 2023, 12:00  Dam breaks" in done.out
    for complaint in (
        "sent as text/plain, which is no feed's type",
        "neither ETag nor Last-Modified",
        "it breaks the rules of XML",
        "it is not well-formed XML",
        "1 of its items have neither title, link nor text",
        "1 of 2 dates cannot be read or cannot be true, like 'soon'",
        "1 of 2 items have no link that can be opened",
        "1 of 2 items have no text",
        "2 items share a guid",
    ):
        assert complaint in done.out
    assert not (world.folder / "digest.db").exists()


def test_a_poll_reads_what_can_be_read_and_reports_the_rest(world: World) -> None:
    whole = rss("Alpha", item("Dam breaks above Vellmoor"), item("Ferry line to Sandholm opens"))
    world.feed("alpha", answer=Answer(whole[: whole.index(b"Ferry") + 8]))
    done = world.digest("poll", "--verbose")
    (line,) = [line for line in done.err.splitlines() if "Alpha" in line]
    assert "it is not well-formed XML" in line
    assert "what can be read is read, the rest is lost" in line
    assert ("Dam breaks above Vellmoor",) in world.rows("SELECT title FROM items")
    told = world.digest("poll", "--json", "--force").json["report"]["feeds"]
    assert [feed["complaints"] for feed in told] == [[], []]  # nothing was read again


def test_check_of_a_good_feed_has_nothing_to_complain_about_and_knows_what_is_stored(world: World) -> None:
    dated = item("Dam breaks above Vellmoor", published="13 Oct 2023 12:00:00 GMT")
    world.feed("alpha", dated)
    world.digest("poll")
    world.feed("alpha", dated, item("Ferry to Sandholm", published="14 Oct 2023 12:00:00 GMT"))
    done = world.digest("feeds", "check", "Alpha")
    assert done.out.splitlines()[1] == "2 items listed: 1 new, 1 item known"
    assert done.out.endswith("nothing to complain about\n")
    told = world.digest("feeds", "check", "Alpha", "--json").json
    assert [one["title"] for one in told["items"]] == ["Ferry to Sandholm"]


def test_check_of_a_page_names_the_feeds_that_are_there(world: World) -> None:
    url = site(world, f"<html><head>{link('/news.xml')}</head></html>")
    done = world.digest("feeds", "check", url)
    assert done.code == 1
    assert f"this is a web page, not a feed; it names {url}news.xml" in done.out


def test_no_message_repeats_a_token(world: World) -> None:
    url = site(world, "<html></html>", **{"feed?token=geheim": b"<html></html>"})
    for command in ("add", "check"):
        done = world.digest("feeds", command, f"{url}feed?token=geheim")
        assert done.code
        assert "127.0.0.1" in done.out + done.err
        assert "geheim" not in done.out + done.err


def test_check_of_a_private_feed_tells_its_host_only(world: World) -> None:
    text = config(world).read_text().replace("section = 'World'", "section = 'World'\nprivate = true", 1)
    config(world).write_text(text)
    done = world.digest("feeds", "check", world.urls["alpha"])
    assert done.out.splitlines()[0] == "Alpha: 127.0.0.1"
    world.server.add("/alpha.xml", Answer(status=302, headers={"Location": "/s3cretpath/h"}))
    world.server.add("/s3cretpath/h", Answer(rss("Alpha", item("x"))))
    led = world.digest("feeds", "check", world.urls["alpha"])
    assert "  its address leads elsewhere\n" in led.out
    page = f"<html>{link('/s3cretpath/feed.xml')}</html>".encode()
    world.server.add("/s3cretpath/h", Answer(page, content_type="text/html"))
    refused = world.digest("feeds", "check", world.urls["alpha"])
    assert "this is a web page, not a feed" in refused.out
    assert "s3cretpath" not in led.out + led.err + refused.out + refused.err


def test_check_asks_where_a_poll_would_with_the_login_of_the_configuration(world: World) -> None:
    """A feed that moved is asked at its new address, and its password goes to its own origin only."""
    (world.folder / "password").write_text("geheim")
    keys = "section = 'World'\nauth_user = 'me'\nauth_password_file = 'password'"
    config(world).write_text(config(world).read_text().replace("section = 'World'", keys, 1))
    world.digest("poll", "--now", "2023-10-01T12:00:00Z")
    assert world.digest("feeds", "check", "Alpha").code == 0
    polled, checked = world.server.asked("/alpha.xml")
    assert checked.headers["authorization"] == polled.headers["authorization"] == "Basic bWU6Z2VoZWlt"
    assert {"if-none-match", "if-modified-since"}.isdisjoint(checked.headers)
    with FeedServer(host="127.0.0.2") as elsewhere:
        elsewhere.add("/new.xml", Answer(rss("Alpha", item("Dam breaks above Vellmoor"))))
        allow(world, elsewhere.address)
        moved(world, "alpha", elsewhere.url("/new.xml"))
        done = world.digest("feeds", "check", "Alpha")
        assert done.out.splitlines()[1] == "1 item listed: 0 new, 1 item known"
        assert "authorization" not in elsewhere.asked("/new.xml")[0].headers
        assert len(world.server.asked("/alpha.xml")) == 2
        known = world.digest("feeds", "add", elsewhere.url("/new.xml"))
        assert known.out == "subscribed already: Alpha\n"
        assert "Alpha (127.0.0.1, moved to 127.0.0.2)" in world.digest("feeds").out
    (world.folder / "password").unlink()
    missing = world.digest("feeds", "check", "Alpha")
    assert missing.code == 2
    assert f"auth_password_file: there is no file '{world.folder / 'password'}'" in missing.err


def test_the_new_address_of_a_feed_that_moved_is_told_and_exported(world: World) -> None:
    world.digest("poll", "--now", "2023-10-01T12:00:00Z")
    new = world.server.add("/new.xml", Answer(rss("Alpha", item("x"))), own_port=True)
    allow(world, new.split("/")[2])
    moved(world, "alpha", new)
    assert f"asked at its new address: {new}" in world.digest("feeds").out
    told = world.digest("feeds", "--json").json["feeds"]
    assert [one.get("moved_to") for one in told] == [new, None]
    checked = world.digest("feeds", "check", "Alpha")
    assert checked.out.splitlines()[0] == f"Alpha: {world.urls['alpha']}, asked at its new address: {new}"
    assert world.digest("feeds", "check", "Alpha", "--json").json["moved_to"] == new
    exported = world.digest("feeds", "export").out
    assert new in exported
    assert world.urls["alpha"] not in exported


def test_a_private_feeds_new_address_is_told_nowhere(world: World) -> None:
    text = config(world).read_text()
    config(world).write_text(text.replace("section = 'World'", "section = 'World'\nprivate = true", 1))
    world.digest("poll", "--now", "2023-10-01T12:00:00Z")
    decided(world, "alpha", "/s3cret/new.xml")
    for command in ("feeds", "feeds check 127.0.0.1", "feeds export", "decisions", "decisions undo 1"):
        done = world.digest(*command.split(), "--json")
        assert "s3cret" not in done.out + done.err
        assert "s3cret" not in world.digest(*command.split()).out


def test_decisions_about_a_feed_tell_which_and_both_addresses(world: World) -> None:
    world.digest("poll", "--now", "2023-10-01T12:00:00Z")
    new = decided(world, "alpha", "/new.xml")
    (made,) = world.digest("decisions", "--json").json["decisions"]
    assert (made["kind"], made["feed_id"]) == ("moved", 1)
    assert (made["old_url"], made["new_url"]) == (world.urls["alpha"], new)
    assert f"moved for good, asked at its new address: Alpha, {new}" in world.digest("decisions").out
    assert world.digest("decisions", "undo", "1").code == 0
    assert world.rows("SELECT resumed FROM feeds WHERE id = 1") == [(0,)]


def test_undo_without_a_number_says_that_the_programs_decisions_need_theirs(world: World) -> None:
    world.digest("poll", "--now", "2023-10-01T12:00:00Z")
    decided(world, "alpha", "/new.xml")
    done = world.digest("decisions", "undo")
    assert done.code == 2
    assert "none of the decisions is yours; name one by its number, as `digest decisions` lists them" in done.err


def decided(world: World, name: str, path: str) -> str:
    """As if the program had decided that this feed moved to another path of its server; returns the new address."""
    url = world.urls[name].rpartition("/")[0] + path
    world.server.add(path, Answer(rss(name.capitalize(), item("x"))))
    moved(world, name, url)
    with closing(sqlite3.connect(world.folder / "digest.db")) as database, database:
        database.execute("INSERT INTO decisions (kind, made, about) VALUES ('moved', '2023-10-01T12:00:00Z', 'Alpha')")
        database.execute(
            """INSERT INTO feed_decisions (decision_id, feed_id, old_url, new_url)
               SELECT 1, id, url, ? FROM feeds WHERE url = ?""",
            (url, world.urls[name]),
        )
    return url


def moved(world: World, name: str, url: str) -> None:
    """As if a permanent redirect of this feed had proved itself."""
    with closing(sqlite3.connect(world.folder / "digest.db")) as database, database:
        database.execute("UPDATE feeds SET moved_to = ? WHERE url = ?", (url, world.urls[name]))


@pytest.mark.parametrize("command", ["check", "add"])
def test_a_host_that_was_asked_too_often_is_left_alone_by_every_command(world: World, command: str) -> None:
    world.digest("poll", "--now", "2023-10-01T12:00:00Z")
    with closing(sqlite3.connect(world.folder / "digest.db")) as database, database:
        database.execute(
            "INSERT INTO paused_hosts VALUES ('127.0.0.1', '2023-10-01T12:00:00Z', '2023-10-01T14:00:00Z')"
        )
    before = len(world.server.requests)
    url = world.urls["alpha"]
    held = world.digest("feeds", command, url, "--now", "2023-10-01T13:00:00Z")
    assert held.code
    assert "127.0.0.1 was asked too often and is left alone for a while" in held.out + held.err
    assert len(world.server.requests) == before
    assert world.digest("feeds", command, url, "--now", "2023-10-01T15:00:00Z").code == 0


def test_check_leaves_a_feed_alone_as_long_as_its_server_wants_and_tells_until_when(world: World) -> None:
    world.feed("alpha", answer=Answer(status=503, headers={"Retry-After": "86400"}))
    world.digest("poll", "--now", "2023-10-01T12:00:00Z")
    held = world.digest("feeds", "check", world.urls["alpha"], "--now", "2023-10-01T13:00:00Z")
    assert held.code == 1
    assert "503 Service Unavailable: the server is overloaded or under repair" in held.out
    assert held.out.endswith("; to be asked again Mon 2 Oct 2023, 12:00\n")
    told = world.digest("feeds", "check", world.urls["alpha"], "--json", "--now", "2023-10-01T13:00:00Z")
    assert (told.code, told.json["until"][:16]) == (1, "2023-10-02T12:00")
    assert len(world.server.asked("/alpha.xml")) == 1
    world.feed("alpha", item("x"))
    assert world.digest("feeds", "check", world.urls["alpha"], "--now", "2023-10-02T13:00:00Z").code == 0


def test_check_leaves_a_feed_alone_that_asked_for_it_when_it_was_read(world: World) -> None:
    body = rss("Alpha", item("x"))
    world.feed("alpha", answer=Answer(body, headers={"Cache-Control": "max-age=7200"}))
    world.digest("poll", "--now", "2023-10-01T12:00:00Z")
    held = world.digest("feeds", "check", "Alpha", "--now", "2023-10-01T13:00:00Z")
    assert held.code == 1
    assert "wants no other request before; to be asked again Sun 1 Oct 2023, 14:00" in held.out


def test_check_counts_as_edited_what_a_poll_would(world: World) -> None:
    dated = "13 Oct 2023 12:00:00 GMT"
    world.feed("alpha", item("Dam breaks", "a", published=dated), item("Ferry opens", "b", published=dated))
    world.digest("poll")
    renamed = item("Ferry opens", "b", published=dated).replace("<guid>b<", "<guid>c<")
    world.feed("alpha", item("Dam broke", "a", published=dated), renamed)
    told = world.digest("feeds", "check", "Alpha", "--json").json
    done = world.digest("poll", "--force", "--json").json["report"]["feeds"]
    assert (told["edited"], told["known"]) == (1, 1)
    assert sorted(one["edited"] for one in done) == [0, 1]


def test_check_takes_a_host_without_a_dot_for_an_address(world: World) -> None:
    port = world.urls["alpha"].split("/")[2].partition(":")[2]
    allow(world, f"localhost:{port}")
    done = world.digest("feeds", "check", f"localhost:{port}/alpha.xml")
    assert done.code == 0, done.out + done.err
    assert done.out.startswith(f"Alpha: http://localhost:{port}/alpha.xml\n")


# --- import, export -------------------------------------------------------------------------------

LIST = """<opml version="2.0"><body>
<outline text="Science"><outline text="Night sky" xmlUrl="https://sky.example/feed"/></outline>
<outline text="No address" xmlUrl="ftp://x.example/"/>
<outline text="Alpha" xmlUrl="{alpha}"/></body></opml>"""


def test_import_takes_folders_as_sections_and_leaves_what_is_there(world: World) -> None:
    (world.folder / "list.opml").write_text(LIST.format(alpha=world.urls["alpha"]))
    done = world.digest("feeds", "import", "list.opml")
    assert done.code == 0
    assert "added to Science: Night sky, https://sky.example/feed" in done.out
    assert "subscribed already: Alpha" in done.out
    assert "'No address' left out" in done.out
    assert tomllib.loads(config(world).read_text())["feeds"][-1] == {
        "url": "https://sky.example/feed", "title": "Night sky", "section": "Science",
    }  # fmt: skip
    assert world.digest("feeds", "import", "list.opml", "--json").json["added"] == []


def test_import_into_a_read_only_file_tells_what_it_left_out(world: World) -> None:
    (world.folder / "list.opml").write_text(LIST.format(alpha=world.urls["alpha"]))
    read_only(world)
    told = world.digest("feeds", "import", "list.opml", "--json")
    assert (told.code, told.json["added"]) == (2, [])
    assert any("'No address' left out" in note for note in told.json["notes"])
    assert "'No address' left out" in world.digest("feeds", "import", "list.opml").err


def test_export_and_import_are_a_round_trip(world: World, tmp_path: Path) -> None:
    extra = '[[feeds]]\nurl = "https://sky.example/f?a=1&b=<2>"\ntitle = "Night & day"\nsection = "Odd \\"one\\""\n'
    config(world).write_text(config(world).read_text() + "\n" + extra)
    assert world.digest("feeds", "export", "--output", "out.opml").code == 0
    before = tomllib.loads(config(world).read_text())["feeds"]
    other = tmp_path / "other"
    other.mkdir()
    (other / "config.toml").write_text("")
    there = World(other, world.server)
    assert there.digest("feeds", "import", str(world.folder / "out.opml")).code == 0
    assert tomllib.loads((other / "config.toml").read_text())["feeds"] == before


def test_export_leaves_secrets_out_unless_they_are_asked_for_by_name(world: World) -> None:
    extra = '[[feeds]]\nurl = "https://club.example/geheim.xml"\ntitle = "Club"\nprivate = true\n'
    extra += '[[feeds]]\nurl = "https://me:hunter2@login.example/x"\n'
    config(world).write_text(config(world).read_text() + "\n" + extra)
    done = world.digest("feeds", "export")
    assert "geheim" not in done.out + done.err
    assert "hunter2" not in done.out + done.err
    assert "2 feeds left out" in done.err
    asked = world.digest("feeds", "export", "--private", "Club")
    assert "geheim.xml" in asked.out
    assert "hunter2" not in asked.out
    (world.folder / "again.opml").write_text(asked.out)
    world.digest("feeds", "remove", "Club")
    world.digest("feeds", "import", "again.opml")
    assert tomllib.loads(config(world).read_text())["feeds"][-1]["private"] is True


def test_an_output_that_cannot_be_written_is_named_as_it_was_given(world: World) -> None:
    done = world.digest("feeds", "export", "--output", "nowhere/x.xml")
    assert done.code == 2
    assert done.err == "digest: nowhere/x.xml: No such file or directory; check the path and its permissions\n"


def test_a_list_from_standard_input_is_taken(world: World) -> None:
    process = subprocess.run(
        [sys.executable, "-m", "digest", "feeds", "import", "-"],
        cwd=world.folder, input=LIST.format(alpha=world.urls["alpha"]), capture_output=True, text=True,
    )  # fmt: skip
    assert process.returncode == 0
    assert "https://sky.example/feed" in urls(world)

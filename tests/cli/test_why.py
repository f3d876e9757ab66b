"""digest why: where a report came out, or why nowhere; by real runs on loopback."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.feedserver import FeedServer
from support.world import World, item

ADDRESS = "https://www.outlet.example/"
FIRST, SECOND, THIRD = (f"2023-10-{day}T07:00:00Z" for day in (13, 14, 15))
TEXT = (
    "The northern wall of the dam above Velmora gave way on Friday morning, the mayor said. Three hundred houses in "
    "the Ostrand valley stood under water by noon, and the road to the coast was closed for days."
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with FeedServer() as server:
        yield World(tmp_path, server)


def set_up(world: World, *, digest: str = "", feed: str = "", extra: str = "") -> None:
    """The configuration, with lines for the digest and for its first feed."""
    world.configure(deliver=["site"], extra=extra)
    path = world.folder / "config.toml"
    text = path.read_text().replace('title = "Morning paper"', f'title = "Morning paper"\n{digest}', 1)
    path.write_text(text.replace("section = 'World'", f"section = 'World'\n{feed}", 1))


def later(moment: str) -> str:
    return moment.replace("T07", "T08")


def why(world: World, told: str, now: str = FIRST) -> str:
    """What the command says an hour after a run."""
    done = world.digest("why", told, "--now", later(now))
    assert done.code == 0, done.err + done.out
    return done.out


def test_a_lead_and_its_reports_are_found_with_number_date_and_headline(world: World) -> None:
    world.feed("alpha", item("Dam breaks above Vellmoor, 300 houses flooded", "a"))
    world.feed("beta", item("Dam breaks above Vellmoor, mayor flooded out", "b"))
    set_up(world)
    assert world.digest("run", "--now", FIRST).code == 0
    told = why(world, f"{ADDRESS}a") + why(world, "http://outlet.example/b/?utm_source=x")
    assert "Morning paper: in no. 1 of Fri 13 Oct 2023, as the lead of its story" in told
    assert "Morning paper: in no. 1 of Fri 13 Oct 2023, as a report under “Dam breaks above Vellmoor" in told
    assert "stands with 1 other report" in told, "then why it stands there"


def test_a_number_is_as_good_as_an_address_and_json_has_it_all(world: World) -> None:
    world.feed("alpha", item("Dam breaks above Vellmoor", "a"))
    set_up(world)
    world.digest("run", "--now", FIRST)
    done = world.digest("why", "1", "--json", "--now", later(FIRST))
    assert (done.code, done.json["found"], done.json["item"]["url"]) == (0, True, f"{ADDRESS}a")
    [daily] = done.json["digests"]
    assert [(one["number"], one["day"], one["place"]) for one in daily["editions"]] == [(1, "2023-10-13", "lead")]
    assert done.json["why"]["story"]["id"] == 1


def test_what_words_keep_out_says_which_word(world: World) -> None:
    world.feed(
        "alpha", item("Dam breaks above Vellmoor", "a"), item("Horoscope of the day", "h"), item("Royal wedding", "r")
    )
    set_up(world, digest="mute = ['royal wedding']", feed="skip = ['/horo/']")
    world.digest("run", "--now", FIRST)
    assert "not in no. 1 of Fri 13 Oct 2023: it has a muted word: royal wedding" in why(world, f"{ADDRESS}r")
    skipped = why(world, f"{ADDRESS}h")
    assert "not in no. 1 of Fri 13 Oct 2023: its feed is read through `only` and `skip`" in skipped
    assert skipped.splitlines()[3].endswith("did not pass: /horo/")
    page = (world.folder / "public" / "index.html").read_text()
    assert "Not shown here: 1 muted, 1 skipped." in page
    assert "Horoscope" not in page


def test_words_that_skip_change_no_grouping(world: World) -> None:
    def grouped() -> list[tuple[object, ...]]:
        return world.rows("SELECT url, story_id FROM items ORDER BY url")

    world.feed("alpha", item("Dam breaks above Vellmoor, 300 houses flooded", "a"))
    world.feed("beta", item("Dam breaks above Vellmoor, mayor flooded out", "b"))
    set_up(world)
    world.digest("poll", "--now", FIRST)
    before = grouped()
    (world.folder / "digest.db").unlink()
    set_up(world, digest="mute = ['mayor']", feed="skip = ['dam']")
    world.digest("run", "--now", FIRST)
    assert grouped() == before
    assert len({story for _, story in before}) == 1
    assert not (world.folder / "public").exists() or "Dam" not in (world.folder / "public" / "index.html").read_text()


def test_what_a_cap_leaves_out_is_on_the_page_and_says_so(world: World) -> None:
    world.feed("alpha", item("Old"))
    set_up(world, digest="per_feed = 1")
    world.digest("run", "--now", FIRST)
    words = (
        "Ferry",
        "Harvest",
        "Organ",
        "Bridge",
        "Comet",
        "Library",
        "Tunnel",
        "Orchard",
        "Glacier",
        "Market",
        "Violin",
        "Canal",
    )
    world.feed(
        "alpha", *(item(f"{word} {word.lower()}ing number {n}", word) for n, word in enumerate(words)), item("Old")
    )
    world.digest("run", "--now", SECOND)
    rows = world.rows("SELECT place, COUNT(*) FROM edition_items WHERE edition_id = 2 GROUP BY place ORDER BY place")
    assert rows == [("lead", 10), ("rest", 2)]
    [last] = world.rows("SELECT item_id FROM edition_items WHERE place = 'rest' ORDER BY item_id LIMIT 1")[:1]
    assert "in no. 2 of Sat 14 Oct 2023, only folded on the page" in why(world, str(last[0]), SECOND)
    assert "and 2 more from <bdi>Alpha</bdi>" in (world.folder / "public" / "index.html").read_text()


def test_a_late_copy_of_a_story_that_was_told_does_not_come_again(world: World) -> None:
    world.feed("alpha", item("Dam breaks above Vellmoor, 300 houses flooded", "a", TEXT))
    world.feed("beta", item("Ferry strike enters second week", "f"))
    set_up(world)
    world.digest("run", "--now", FIRST)
    copy = item("Dam breaks above Vellmoor, 300 houses flooded", "copy", TEXT).replace("www.outlet", "www.beta")
    world.feed("beta", copy, item("Council keeps the night buses", "n"), item("Ferry strike enters second week", "f"))
    world.digest("run", "--now", SECOND)
    told = why(world, "https://www.beta.example/copy", SECOND)
    assert "not in no. 2 of Sat 14 Oct 2023: its story was told before, and this brought nothing new to it" in told
    page = (world.folder / "public" / "2023" / "10" / "14" / "index.html").read_text()
    assert "Dam breaks" not in page
    assert "Not shown here: 1 reprint." in page


def test_a_muted_thread_is_named(world: World) -> None:
    world.feed("alpha", item("Dam breaks above Vellmoor", "a"), item("Ferry strike goes on", "f"))
    set_up(world)
    world.digest("poll", "--now", FIRST)
    world.digest("threads", "mute", "1", "--now", "2023-10-13T07:01:00Z")
    muted = world.rows("SELECT MIN(items.id) FROM items JOIN stories ON stories.id = story_id WHERE thread_id = 1")[0][
        0
    ]
    assert "not in the next edition on Sat 14 Oct 2023, 07:00 either: you muted its thread" in why(
        world, str(muted), "2023-10-13T07:02:00Z"
    )
    world.digest("run", "--now", SECOND)
    assert "not in no. 1 of Sat 14 Oct 2023: you muted its thread" in why(world, str(muted), SECOND)


def test_what_no_edition_covers_yet_comes_in_the_next(world: World) -> None:
    world.feed("alpha", item("Dam breaks above Vellmoor", "a"))
    set_up(world)
    world.digest("poll", "--now", FIRST)
    told = why(world, "1", "2023-10-13T08:00:00Z")
    assert "Morning paper: not yet: it comes in the next edition on Sat 14 Oct 2023, 07:00" in told


def test_the_backlog_of_a_first_poll_says_so(world: World) -> None:
    world.feed("alpha", *(item(f"Old report {n}", f"o{n}") for n in range(9)))
    set_up(world)
    world.digest("run", "--now", FIRST)
    [number] = world.rows("SELECT MAX(id) FROM items WHERE backlog = 1")[0]
    assert "never: it was already in the feed when the program first asked" in why(world, str(number))


def test_a_flood_is_told_from_a_first_poll(world: World) -> None:
    world.feed("alpha", item("Old"))
    set_up(world)
    world.digest("run", "--now", FIRST)
    world.feed("alpha", *(item(f"Archive {n}", f"o{n}", published="Mon, 02 Jan 2012 10:00:00 GMT") for n in range(60)))
    world.digest("run", "--now", SECOND)
    [number] = world.rows("SELECT MAX(id) FROM items WHERE backlog = 1")[0]
    assert "never: it came with many older ones at once" in why(world, str(number), SECOND)


OTHER = """
[digests.chips]
title = "Chips"
feeds = ["Bytewold"]
deliver = ["site"]
"""


def test_each_digest_has_its_own_answer_and_a_shared_feed_is_asked_once(world: World) -> None:
    world.feed("alpha", item("Dam breaks above Vellmoor", "a"))
    world.feed("beta", item("A chip of one atom", "c"))
    set_up(world, extra=OTHER)
    path = world.folder / "config.toml"
    head, _, tail = path.read_text().rpartition("section = 'World'")
    path.write_text(f"{head}section = 'Technology'\ntitle = 'Bytewold'{tail}")
    assert world.digest("run", "--now", FIRST).code == 0
    assert len(world.server.asked("/alpha.xml")) == len(world.server.asked("/beta.xml")) == 1
    dam, chip = why(world, f"{ADDRESS}a"), why(world, f"{ADDRESS}c")
    assert "Morning paper: in no. 1" in dam
    assert "Chips: never: this digest does not hold its feed" in dam
    assert "Morning paper: in no. 1" in chip
    assert "Chips: in no. 1" in chip
    chips = (world.folder / "public" / "chips" / "index.html").read_text()
    assert "A chip of one atom" in chips
    assert "Dam breaks" not in chips


def test_a_digest_of_later_does_not_tell_what_was_there_before(world: World) -> None:
    world.feed("alpha", item("Dam breaks above Vellmoor", "a"))
    set_up(world)
    world.digest("run", "--now", FIRST)
    set_up(world, extra=OTHER.replace('feeds = ["Bytewold"]', ""))
    world.feed("alpha", item("Ferry strike", "f"), item("Dam breaks above Vellmoor", "a"))
    world.digest("run", "--now", THIRD)
    assert "Chips: never: it was there before the first edition's time begins" in why(world, "1", THIRD)


def test_an_edition_of_before_places_were_recorded_is_read_itself(world: World) -> None:
    world.feed("alpha", item("Dam breaks above Vellmoor", "a"))
    set_up(world)
    world.digest("run", "--now", FIRST)
    with sqlite3.connect(world.folder / "digest.db") as database:
        database.execute("DELETE FROM edition_items")
    assert "in no. 1 of Fri 13 Oct 2023, as the lead of its story" in why(world, "1")


def test_an_unknown_address_says_whose_it_may_be_and_when_that_is_asked_next(world: World) -> None:
    world.feed("alpha", item("Dam breaks above Vellmoor", "a"))
    set_up(world)
    done = world.digest("why", "http://127.0.0.1/new", "--now", later(FIRST))
    assert done.code == 1
    assert "no item with this address is stored" in done.out
    host = world.urls["alpha"].split("/")[2]
    never = world.digest("why", f"http://{host}/new", "--now", later(FIRST))
    assert (never.code, "it may be of 127.0.0.1: never asked yet, next with the next poll" in never.out) == (1, True)
    world.digest("run", "--now", FIRST)
    asked = world.digest("why", f"http://{host}/new", "--now", "2023-10-13T07:10:00Z")
    assert asked.code == 1
    assert "it may be of Alpha: last asked Fri 13 Oct 2023, 07:00, next from Fri 13 Oct 2023, 0" in asked.out
    other = world.digest("why", "https://nowhere.example/x", "--json", "--now", later(FIRST))
    assert (other.code, other.json) == (1, {"found": False, "feeds": []})


def test_an_unknown_number_is_exit_code_1(world: World) -> None:
    world.feed("alpha", item("Dam breaks above Vellmoor", "a"))
    set_up(world)
    world.digest("run", "--now", FIRST)
    done = world.digest("why", "99", "--now", later(FIRST))
    assert (done.code, "there is no item 99" in done.out) == (1, True)


def test_a_pattern_that_takes_too_long_is_told_and_holds_up_nothing(world: World) -> None:
    world.feed("alpha", item("a" * 900 + "!", "slow"), item("Dam breaks above Vellmoor", "a"))
    set_up(world, digest="mute = ['/(a+)+$/']")
    done = world.digest("run", "--now", FIRST)
    assert done.code == 2
    assert "digest: digests.daily.mute: the pattern /(a+)+$/ took too long" in done.err
    assert "Dam breaks" in (world.folder / "public" / "index.html").read_text()

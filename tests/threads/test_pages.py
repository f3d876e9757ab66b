"""Items of several feeds that link to one page are one report, whatever they say of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.archive import Archive
from threads.cases import Stream, background, make_item

from digest import config
from digest.cli import run_command
from digest.model import Mark
from digest.threads.pages import page

PAGE = "https://veldrinpost.example/2023/10/dam"


def item(number: int, outlet: str, title: str, url: str | None):
    return replace(make_item(number, f"mon 08:{number:02}", outlet, title), url=url)


def grouped(*items, marks=None):
    """Story of each item, all in one poll."""
    stream = Stream(marks=marks)
    stream.add(background()[:12])
    found = stream.add(items)
    stories = stream.stories()
    return [stories[one.id] for one in items], found.placements


@pytest.mark.parametrize(
    "other", [PAGE, PAGE.replace("https", "http"), PAGE.replace("://", "://www."), f"{PAGE}/", f"{PAGE}#top"]
)
def test_one_page_told_by_two_feeds_is_one_story(other):
    """An aggregator's headline of a page need not have a word of the page's own."""
    stories, placements = grouped(
        item(1, "Veldrin Post", "Hestrand dam breaks", PAGE), item(2, "Link List", "This is worth a read", other)
    )
    assert stories[0] == stories[1]
    assert [one.same_page for one in placements] == [False, True]


def test_a_page_that_one_feed_links_to_again_is_no_twin():
    """A live report keeps its address from morning to night, whatever happens."""
    stories, _ = grouped(
        item(1, "Veldrin Post", "Hestrand dam breaks", PAGE), item(2, "Veldrin Post", "Choir of Solvik sings", PAGE)
    )
    assert stories[0] != stories[1]


@pytest.mark.parametrize("address", [None, "https://veldrinpost.example", "https://www.veldrinpost.example/"])
def test_no_page_and_a_front_page_tell_nothing(address):
    stories, _ = grouped(
        item(1, "Veldrin Post", "Hestrand dam breaks", address), item(2, "Link List", "Choir of Solvik sings", address)
    )
    assert stories[0] != stories[1]
    assert page(item(1, "Veldrin Post", "Hestrand dam breaks", address)) is None


def test_a_person_who_split_the_two_wins():
    marks = {1: frozenset({Mark(7, 1)}), 2: frozenset({Mark(7, -1)})}
    stories, placements = grouped(
        item(1, "Veldrin Post", "Hestrand dam breaks", PAGE),
        item(2, "Link List", "This is worth a read", PAGE),
        marks=marks,
    )
    assert stories[0] != stories[1]
    assert not placements[1].same_page


def test_it_is_found_in_the_store_and_told(tmp_path, capsys):
    """From one poll to the next, and ``digest threads why`` says so."""
    archive = Archive(tmp_path)
    first = archive.say("Veldrin Post", "Hestrand dam breaks")
    archive.group()
    second = archive.say("Link List", "This is worth a read")
    with archive.store.writing():
        archive.store._database.execute("UPDATE items SET url = 'https://v.example/dam' WHERE id = ?", (first,))
        archive.store._database.execute("UPDATE items SET url = 'http://www.v.example/dam/' WHERE id = ?", (second,))
    archive.group()
    assert archive.story(first) == archive.story(second)
    feeds = "".join(f'[[feeds]]\nurl = "{feed.url}"\n' for feed in archive.feeds.values())
    archive.store.close()
    (tmp_path / "config.toml").write_text(f'database = "digest.db"\n{feeds}', encoding="utf-8")
    assert config.load(tmp_path / "config.toml").feeds
    assert run_command(["threads", "why", str(second), "--config", str(tmp_path / "config.toml")]) == 0
    assert "linked to the same page" in capsys.readouterr().out

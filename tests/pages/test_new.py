"""What came in since the latest edition, and what the next one would hold so far."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.prepared import Prepared
from support.showing import OWNER, READER

from digest import pipeline
from digest.model import Viewer
from digest.pages.page import Page
from digest.pipeline import deciding
from digest.pipeline.renderers import Renderers
from digest.pipeline.showing import Site
from digest.store import Store


class Paper:
    """A database that was polled, and the pages that a server shows of it."""

    def __init__(self, folder: Path) -> None:
        self.ready = Prepared(folder, deliver=("site",))
        self.store = self.ready.store()
        settings = self.ready.settings
        self.shown = Store.open_to_show(settings.database, settings.families)

    def issue(self) -> None:
        pipeline.send(self.store, self.ready.settings, lambda: self.ready.now)

    def comes(self, *titles: str) -> None:
        """New items, grouped as after a poll."""
        self.ready.items(self.store, *titles)
        pipeline.thread_items(self.store, self.ready.settings)

    def find(self, path: str, viewer: Viewer = READER) -> Page | None:
        settings = self.ready.settings
        return Site(self.shown, settings, Renderers(settings), viewer, self.ready.now).find(path)

    def page(self, path: str, viewer: Viewer = READER) -> str:
        found = self.find(path, viewer)
        assert found is not None, path
        return found.draw().decode()


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Paper]:
    made = Paper(tmp_path)
    yield made
    made.shown.close()
    made.store.close()


def test_the_front_page_says_how_much_came_in_since(paper: Paper) -> None:
    paper.issue()
    assert '<p class="since">Since then: nothing new</p>' in paper.page("index.html")
    paper.ready.later(hours=3)
    paper.comes("A ferry runs aground", "A museum opens")
    front = paper.page("index.html")
    assert '<p class="since"><a href="new/">Since then: 2 new</a></p>' in front
    assert front.index("since") > front.index("A poor rye harvest")
    assert "Since then" not in paper.page("2023/10/13/index.html")


def test_what_is_new_so_far_is_drawn_like_an_edition_and_said_to_be_a_draft(paper: Paper) -> None:
    paper.issue()
    paper.ready.later(hours=3)
    paper.comes("A ferry runs aground", "A museum opens")
    page = paper.page("new/index.html")
    assert "<h1>The next edition so far</h1>" in page
    assert "A draft of what came in until" in page
    assert 'The edition comes on <time datetime="2023-10-14T07:00Z">Saturday 14 October at 07:00</time>' in page
    assert "A ferry runs aground" in page
    assert "A museum opens" in page
    assert "A poor rye harvest" not in page
    assert "<title>So far · Morning paper</title>" in page
    assert 'href="../" rel="prev">Latest edition</a>' in page


def test_before_the_first_edition_the_front_page_shows_what_is_new_so_far(paper: Paper) -> None:
    pipeline.thread_items(paper.store, paper.ready.settings)
    front = paper.page("index.html")
    assert "<h1>No edition yet</h1>" in front
    assert "A poor rye harvest" in front
    assert 'href="style.css"' in front


def test_a_draft_writes_nothing(paper: Paper) -> None:
    paper.issue()
    paper.comes("A ferry runs aground")
    before = sqlite3.connect(paper.ready.folder / "digest.db")
    dump = list(before.iterdump())
    paper.page("new/index.html")
    paper.page("new/index.html", OWNER)
    assert list(before.iterdump()) == dump
    before.close()


def test_the_draft_is_drawn_anew_only_when_something_changed(paper: Paper) -> None:
    def stamp() -> str:
        found = paper.find("new/index.html")
        assert found is not None
        return found.stamp

    paper.issue()
    paper.comes("A ferry runs aground")
    first = stamp()
    paper.ready.later(minutes=20)
    assert stamp() == first
    paper.comes("A museum opens")
    assert stamp() != first
    second = stamp()
    paper.ready.later(days=1)
    assert stamp() != second


def test_the_draft_is_drawn_anew_when_its_time_passes_and_when_a_mute_ends(paper: Paper) -> None:
    def page() -> Page:
        found = paper.find("new/index.html")
        assert found is not None
        return found

    paper.issue()
    paper.ready.later(minutes=30)
    paper.comes("A ferry runs aground")
    deciding.mute_word(paper.store, "ferry", timedelta(hours=2), paper.ready.now)
    muted = page()
    assert "A ferry runs aground" not in muted.draw().decode()
    paper.ready.later(hours=3)
    told = page()
    assert "A ferry runs aground" in told.draw().decode()
    assert told.stamp != muted.stamp
    paper.ready.now = datetime(2023, 10, 14, 6, 59, tzinfo=UTC)
    early = page()
    assert "Saturday 14 October at 07:00" in early.draw().decode()
    paper.ready.later(minutes=2)
    late = page()
    assert "Sunday 15 October at 07:00" in late.draw().decode()
    assert late.stamp != early.stamp


def test_a_file_says_nothing_of_what_came_since(paper: Paper) -> None:
    paper.issue()
    paper.comes("A ferry runs aground")
    settings = paper.ready.settings
    site = Site(paper.store, settings, Renderers(settings), Viewer(), paper.ready.now, index="index.html")
    files = {page.path: page.draw().decode() for page in site.every()}
    assert "new/index.html" not in files
    assert not [path for path, text in files.items() if re.search("Since then|A ferry runs aground", text)]
    assert site.find("new/index.html") is None


def test_private_items_are_counted_and_shown_for_the_owner_alone(paper: Paper) -> None:
    paper.issue()
    paper.comes("A ferry runs aground")
    open_settings = paper.ready.settings
    hidden = tuple(replace(feed, private=True) for feed in open_settings.feeds)
    settings = replace(open_settings, feeds=hidden)

    def page(path: str, viewer: Viewer) -> str:
        found = Site(paper.store, settings, Renderers(settings), viewer, paper.ready.now).find(path)
        assert found is not None
        return found.draw().decode()

    assert "Since then: nothing new" in page("index.html", READER)
    assert "A ferry runs aground" not in page("new/index.html", READER)
    assert "Since then: 1 new" in page("index.html", OWNER)
    assert "A ferry runs aground" in page("new/index.html", OWNER)


def test_a_feed_that_becomes_private_is_on_no_page_that_told_of_it_before(paper: Paper) -> None:
    paper.issue()
    settings = paper.ready.settings
    hidden = tuple(replace(feed, private=True) for feed in settings.feeds)
    settings = replace(settings, feeds=hidden)

    def pages(viewer: Viewer) -> dict[str, str]:
        site = Site(paper.store, settings, Renderers(settings), viewer, paper.ready.now)
        return {page.path: page.draw().decode() for page in site.every()}

    def told() -> list[str]:
        return [path for path, text in pages(Viewer()).items() if re.search("Vellmoor|Alpha", text)]

    assert "Dam breaks above Vellmoor" in pages(OWNER)["2023/10/13/index.html"]
    assert told() == []
    connection = sqlite3.connect(settings.database)
    with connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM items")
    connection.close()
    assert told() == [], "an item that was pruned is known by the name of its feed"


def test_the_draft_tells_nobody_when_a_private_feed_had_something(paper: Paper) -> None:
    paper.issue()
    paper.ready.later(hours=5)
    paper.comes("A ferry runs aground")
    settings = paper.ready.settings
    hidden = tuple(replace(feed, private=True) for feed in settings.feeds)
    settings = replace(settings, feeds=hidden)

    def draft(viewer: Viewer) -> str:
        found = Site(paper.store, settings, Renderers(settings), viewer, paper.ready.now).find("new/index.html")
        assert found is not None
        return found.draw().decode()

    assert "came in until" in draft(OWNER)
    assert "came in until" not in draft(READER)


def test_backlog_is_nothing_new(paper: Paper) -> None:
    paper.issue()
    paper.comes("A ferry runs aground")
    with paper.store.writing():
        paper.store._database.conn.execute("UPDATE items SET backlog = 1 WHERE title = 'A ferry runs aground'")
    assert "Since then: nothing new" in paper.page("index.html")


def test_an_edition_a_day_late_says_its_days_and_the_archive_shows_the_gap(paper: Paper) -> None:
    paper.issue()
    paper.ready.later(days=3)
    paper.comes("A ferry runs aground")
    paper.ready.tick()
    assert "did not come" in paper.page("index.html")
    assert '15<span class="unseen"> no edition</span>' in paper.page("archive/index.html")

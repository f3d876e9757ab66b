"""A database that the version before the pages left behind: what is in it, and that its pages can be drawn.

``golden/databases/before-the-pages.sql.xz`` is what that version's ``digest demo`` stored, but for the bodies of mails,
with a split, a mute and a pause decided afterwards.
"""

from __future__ import annotations

import lzma
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.showing import OWNER, READER

from digest import config
from digest.model import Viewer
from digest.pipeline.indexing import index_items
from digest.pipeline.renderers import Renderers
from digest.pipeline.showing import Site
from digest.searching import read
from digest.store import Filters, Store

DUMP = Path(__file__).parents[1] / "golden" / "databases" / "before-the-pages.sql.xz"
NOW = datetime(2023, 10, 15, 9, tzinfo=UTC)
KEPT = ("feeds", "items", "item_keys", "stories", "threads", "editions", "edition_items", "deliveries", "decisions")


def counts(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as connection:
        return {one: connection.execute(f"SELECT COUNT(*) FROM {one}").fetchone()[0] for one in KEPT}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "digest.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(lzma.decompress(DUMP.read_bytes()).decode())
    return path


@pytest.fixture
def settings(path: Path) -> config.Config:
    with closing(sqlite3.connect(path)) as connection:
        urls = [url for (url,) in connection.execute("SELECT url FROM feeds ORDER BY id")]
    feeds = "".join(f'[[feeds]]\nurl = "{url}"\nsection = "World"\n' for url in urls)
    (path.parent / "config.toml").write_text(f'[digests.demo]\ntitle = "Sample digest"\n{feeds}')
    return config.load(path.parent / "config.toml")


@pytest.fixture
def store(path: Path, settings: config.Config) -> Iterator[Store]:
    with Store.open(path, settings.families) as opened:
        yield opened


def test_everything_stays_and_nothing_is_damaged(path: Path, settings: config.Config) -> None:
    before = counts(path)
    with Store.open(path, settings.families) as store:
        assert store._database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert store._database.execute("PRAGMA foreign_key_check").fetchall() == []
        made = [(one.kind, one.word, one.outlet) for one in store.decisions.all()]
    assert counts(path) == before
    assert before["items"] == 160
    assert made == [("split", None, None), ("mute", None, None), ("pause", None, None)]


def test_its_items_can_be_searched_after_the_next_poll(store: Store) -> None:
    assert store.search.find(read("Pyongyang"), Filters()).ids == ()
    assert index_items(store) == 160
    assert len(store.search.find(read("Pyongyang"), Filters()).ids) > 10
    assert store.search.progress() == (160, 160)


def test_every_page_of_it_can_be_drawn(store: Store, settings: config.Config) -> None:
    renderers = Renderers(settings)
    files = {page.path: page.draw() for page in Site(store, settings, renderers, Viewer(), NOW).every()}
    editions = ["2023/07/26", "2023/09/14", "2023/10/13", "2023/10/14"]
    assert {f"{one}/index.html" for one in editions} < set(files)
    front = files["index.html"].decode()
    assert "Saturday 14 October 2023" in front
    for viewer in (READER, OWNER):
        site = Site(store, settings, renderers, viewer, NOW)
        for path in (*files, "new/index.html", "search"):
            page = site.find(path, {"q": "Pyongyang"} if path == "search" else {})
            assert page is not None, path
            assert page.draw(), path


def test_its_archive_counts_what_editions_say_of_themselves(store: Store) -> None:
    """How many items a page shows was not kept then."""
    found = store._database.execute("SELECT items FROM editions WHERE number > 0 ORDER BY number DESC").fetchall()
    assert [items for _, _, items in store.leaves.issues("demo")] == [items for (items,) in found]


def test_pages_that_are_asked_for_often_read_no_table_from_end_to_end(store: Store, settings: config.Config) -> None:
    index_items(store)
    asked: set[str] = set()
    connection = store._database.conn
    connection.set_trace_callback(asked.add)
    site = Site(store, settings, Renderers(settings), READER, NOW)
    paths = ("index.html", "2023/10/13/index.html", "archive/index.html", "new/index.html", "threads/index.html",
             "threads/15/index.html", "threads/15/feed.atom", "items/80/index.html", "feed.atom")  # fmt: skip
    for path in (*paths, "search"):
        page = site.find(path, {"q": "Pyongyang"} if path == "search" else {})
        assert page is not None, path
        page.draw()
    connection.set_trace_callback(None)
    big = re.compile(
        r"SCAN (items|item_keys|stories|threads|editions|edition_items|edition_stories|deliveries)\b(?!.*items_stale)"
    )
    # That index holds only what waits to be grouped anew.
    for sql in asked:
        if sql.lstrip().startswith(("SELECT", "WITH")):
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
            assert not [step for step in plan if big.match(step)], sql

"""A database that the version before the pages left behind: what is in it, and that its pages can be drawn.

``golden/databases/before-the-pages.sql.xz`` is what that version's ``digest demo`` stored, but for the bodies of mails,
with a split, a mute and a pause decided afterwards.
"""

from __future__ import annotations

import lzma
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.feedserver import Answer, FeedServer
from support.showing import OWNER, READER
from support.world import item, rss

from digest import config, pipeline
from digest.errors import StoreError
from digest.feeds import identity
from digest.model import Viewer
from digest.pipeline import correcting, pruning
from digest.pipeline.indexing import index_items
from digest.pipeline.looking import status
from digest.pipeline.renderers import Renderers
from digest.pipeline.showing import Site
from digest.searching import read
from digest.store import Filters, Store
from digest.store import database as opening
from digest.store.database import pending

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


def test_its_split_can_be_undone(store: Store) -> None:
    """Where the item had been stood in the decision itself then."""
    [split] = [one for one in store.decisions.all() if one.kind == "split"]
    [item_id] = {one.item_id for one in split.items if one.side == 1}
    correcting.undo(store, split.id, NOW)
    assert store.threads.assignments()[item_id] == (80, 15)


def test_a_disk_that_fills_up_meanwhile_leaves_it_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = counts(path)

    def cramped(database: opening.Database, _: Path) -> None:
        [pages] = database.execute("PRAGMA page_count").fetchone()
        database.execute(f"PRAGMA max_page_count = {pages + 3}")

    with monkeypatch.context() as patch:
        patch.setattr(opening, "_tell", cramped)
        with pytest.raises(StoreError, match=r"the disk is full; free some space and run this again"):
            Store.open(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master WHERE name GLOB '*_before'").fetchall() == []
        assert not pending(connection, path).isdisjoint({"m0008_only_what_is_new", "m0011_a_database_for_years"})
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert counts(path) == before
    Store.open(path).close()
    assert counts(path) == before


def test_where_it_is_large_it_is_said_that_it_takes_time(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    Store.open_to_look(path).close()
    assert caplog.messages == [], "looking changes nothing"
    monkeypatch.setattr(opening, "LARGE", 1)
    for _ in range(2):
        Store.open(path).close()
    assert [one.split(": ")[1][:33] for one in caplog.messages] == ["is of an earlier version and is b"]


def test_where_it_is_large_it_is_looked_at_without_taking_memory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "LARGE", 1)
    before = path.read_bytes()
    for opened in (Store.open_to_look, Store.open_copy):
        with opened(path) as store:
            assert store.items.count() == 160
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == ["digest.db"]


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


BY_NAME = {
    "feeds", "digests", "decisions", "decision_items", "item_homes", "story_homes", "emptied", "recipients", "alarms",
    "sessions", "paused_hosts", "feed_incidents", "search_state", "upkeep", "counted", "_sqlite_migrations",
    "sqlite_master", "sqlite_sequence", "live_since",
}  # fmt: skip
"""Read as a whole, since they grow with subscriptions, readers and decisions, not with the years."""
LEARNED = {"live_since", "terms", "names", "languages"}
"""Read as a whole by grouping, which needs how rare each word is; halved when there are too many."""
SMALL_INDEX = re.compile(r"USING (COVERING )?INDEX (items_stale|items_without_story|stories_kept|\w+_that_ended)")
"""Indexes of what waits to be grouped, of what is still kept, of ids that lead elsewhere."""


EDITIONS = re.compile(r"SCAN editions USING COVERING INDEX")
"""A line for each edition, a few thousand in ten years; their data is not read."""
FIRST = re.compile(r"FROM stories WHERE merged_into IS NULL ORDER BY last DESC LIMIT 1$")
"""Ends at the first one that did not end."""
EXPORT = "FROM edition_stories WHERE edition_id IN"
"""A folder of pages has one for each thread that any edition told of, so it reads which those are."""


def walks(connection: sqlite3.Connection, asked: set[str]) -> list[tuple[str, str]]:
    """Steps of those statements that read a table that grows from end to end."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    found = []
    for sql in sorted(asked):
        if sql.lstrip().upper().startswith(("SELECT", "WITH", "UPDATE", "DELETE", "INSERT")):
            for _, _, _, step in connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall():
                name = re.match(r"SCAN (\w+)", step)
                if (
                    name is None
                    or SMALL_INDEX.search(step)
                    or EDITIONS.match(step)
                    or EXPORT in sql
                    or FIRST.search(sql)
                ):
                    continue
                # An alias says nothing; of those, only what json_each and a CTE give may be walked through.
                real = name[1] if name[1] in tables else next(iter(re.findall(rf"(\w+) AS {name[1]}\b", sql)), "")
                if real in tables - BY_NAME - LEARNED and not real.startswith("search"):
                    found.append((step, sql))
    return found


@contextmanager
def traced(store: Store) -> Iterator[set[str]]:
    asked: set[str] = set()
    store._database.conn.set_trace_callback(asked.add)
    yield asked
    store._database.conn.set_trace_callback(None)


@pytest.fixture
def planned(store: Store) -> Store:
    index_items(store)
    return store


def test_no_page_reads_a_table_that_grows_from_end_to_end(planned: Store, settings: config.Config) -> None:
    with traced(planned) as asked:
        for viewer in (READER, OWNER):
            site = Site(planned, settings, Renderers(settings), viewer, NOW)
            paths = ("index.html", "2023/10/13/index.html", "archive/index.html", "new/index.html", "about/index.html",
                     "threads/index.html", "threads/15/index.html", "threads/15/feed.atom", "items/80/index.html",
                     "feed.atom", "feed.json", "decisions/index.html", "feeds/index.html")  # fmt: skip
            for path in paths:
                page = site.find(path)
                if page is not None:
                    page.draw()
            for query in ({"q": "Pyongyang"}, {"q": "Pyongyang", "since": "2023-10-01"}, {"q": "the", "sort": "date"}):
                page = site.find("search", query)
                assert page is not None
                page.draw()
        planned.census()
        status(planned, settings, NOW)
    assert len(asked) > 60
    assert walks(planned._database.conn, asked) == []


def test_no_run_reads_a_table_that_grows_from_end_to_end(planned: Store, settings: config.Config) -> None:
    """A poll of what is due, a new item grouped and indexed, an edition, its deliveries, and the night's work."""
    with FeedServer() as server:
        url = server.add("/late.xml", Answer(rss("Late", *(item(f"Dam breaks above Vellmoor {one}") for one in "abc"))))
        feeds = (config.Feed(url=url),)
        fetch = config.Fetch(allow=("127.0.0.1",), spacing=timedelta(0))
        own = replace(settings, feeds=feeds, fetch=fetch)
        with traced(planned) as asked:
            report = pipeline.run(planned, own, lambda: NOW)
            assert len(report.feeds) == 1
            pipeline.send(planned, settings, lambda: NOW + timedelta(hours=1))
            found = pruning.prune(planned, own, lambda: NOW + timedelta(days=400))
            pruning.planned(planned, own, NOW + timedelta(days=400))
    assert found.items > 100
    assert len(asked) > 60
    assert walks(planned._database.conn, asked) == []


def test_what_a_year_left_is_pruned_and_its_pages_go_on(store: Store, settings: config.Config) -> None:
    """The same database a year later: items of feeds that left go, its editions are drawn as before."""
    index_items(store)
    paths = ("2023/07/26/index.html", "2023/10/13/index.html", "archive/index.html")
    before = {path: draw(store, settings, path) for path in paths}
    store.feeds.mark([], NOW)
    own = replace(settings, digests={})
    assert pruning.prune(store, own, lambda: NOW + timedelta(days=400)).items > 100
    assert {path: draw(store, settings, path) for path in paths} == before


def draw(store: Store, settings: config.Config, path: str) -> bytes:
    page = Site(store, settings, Renderers(settings), READER, NOW).find(path)
    assert page is not None, path
    return page.draw()


def test_its_keys_are_known_by_the_same_text(path: Path, settings: config.Config) -> None:
    with closing(sqlite3.connect(path)) as connection:
        keys = connection.execute("SELECT feed_id, key, item_id, fingerprint FROM item_keys").fetchall()
    assert len(keys) > 300
    with Store.open(path, settings.families) as store:
        for feed_id, key, item_id, fingerprint in keys:
            known = store.items.known(feed_id, [key])[key]
            assert (known.item_id, known.fingerprint) == (item_id, identity.short_print(fingerprint))

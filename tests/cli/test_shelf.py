"""The shelf of pages: what is asked for again costs nothing, and what was written is shown at once."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from support.editions import an_edition, told
from support.showing import NOW, OWNER, READER, Showing, numbered

from digest.cli import shelf as shelves
from digest.cli.shelf import Shelf
from digest.errors import StoreError
from digest.model import Viewer
from digest.pages.page import Page
from digest.pipeline.showing import Site
from digest.web.app import Visit


@pytest.fixture
def showing(tmp_path: Path) -> Showing:
    made = Showing(tmp_path)
    made.freeze(*editions()[:1])
    return made


def editions():
    first = an_edition(told("Dam breaks above Vellmoor"), day=date(2023, 10, 12))
    return numbered("daily", first, replace(an_edition(told("Ferry runs aground")), day=date(2023, 10, 13)))


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Paths that were looked up in the database."""
    paths: list[str] = []
    find = Site.find

    def noted(self, path, query=None):
        paths.append(path)
        return find(self, path, query)

    monkeypatch.setattr(Site, "find", noted)
    return paths


def page(shelf: Shelf, viewer: Viewer = READER, path: str = "index.html", **query: str) -> str:
    found = shelf.find(Visit(path, query, viewer), NOW)
    return found.body.decode() if found else ""


def test_what_is_written_is_shown_at_once(showing: Showing) -> None:
    shelf = Shelf(showing.settings)
    assert "Dam breaks above Vellmoor" in page(shelf)
    assert page(shelf) == page(shelf)
    showing.freeze(editions()[1])
    assert "Ferry runs aground" in page(shelf)
    shelf.close()


def test_from_one_state_of_the_database_nothing_is_looked_up_twice(showing: Showing, looked_up: list[str]) -> None:
    shelf = Shelf(showing.settings)
    pages = {page(shelf, path=path) for _ in range(5) for path in ("index.html", "archive/index.html")}
    assert (len(pages), looked_up) == (2, ["index.html", "archive/index.html"])
    shelf.close()


def test_a_page_is_looked_up_again_after_a_while_since_it_may_tell_the_time(
    showing: Showing, looked_up: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "LASTS", 1e-9)
    shelf = Shelf(showing.settings)
    page(shelf)
    page(shelf)
    assert len(looked_up) == 2
    shelf.close()


def test_another_question_or_viewer_gets_another_answer(showing: Showing, looked_up: list[str]) -> None:
    shelf = Shelf(showing.settings)
    page(shelf)
    page(shelf, q="dam")
    page(shelf, replace(READER, can_sign_in=True))
    page(shelf, OWNER)
    page(shelf, OWNER)
    assert len(looked_up) == 5, "what the owner sees is never kept"
    shelf.close()


def test_many_at_once_share_a_few_readers_and_see_each_write(showing: Showing, looked_up: list[str]) -> None:
    shelf = Shelf(showing.settings)
    for _ in range(2):
        seen: list[str] = []
        threads = [threading.Thread(target=lambda seen=seen: seen.append(page(shelf))) for _ in range(32)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert len(seen) == 32
        assert len(set(seen)) == 1
        showing.freeze(editions()[1]) if "Ferry" not in seen[0] else None
    assert "Ferry runs aground" in seen[0]
    shelf.close()


def test_long_questions_count_against_the_room_too(showing: Showing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "ROOM", 300_000)
    shelf = Shelf(showing.settings)
    for number in range(100):
        page(shelf, q=f"{number}" * 5000)
    assert sum(len(repr(key)) for key in shelf._kept) < 300_000
    shelf.close()


def test_a_reader_that_failed_gives_its_place_back(showing: Showing) -> None:
    shelf = Shelf(showing.settings)
    for _ in range(shelves.READERS + 1):
        with pytest.raises(ZeroDivisionError), shelf.reader():
            raise ZeroDivisionError
    assert "Vellmoor" in page(shelf)
    shelf.close()


def test_who_reads_while_the_shelf_is_closed_leaves_nothing_open(showing: Showing) -> None:
    shelf = Shelf(showing.settings)
    with shelf.reader() as store:
        shelf.close()
        assert store.leaves.find("daily") is not None
    with pytest.raises(sqlite3.ProgrammingError):
        store.leaves.find("daily")
    assert "Vellmoor" in page(shelf), "a visit that came too late is answered all the same"
    assert shelf._spare.empty()
    assert shelf._watch is None


def test_what_a_failing_disk_does_to_a_reader_is_told_as_it_is(showing: Showing) -> None:
    shelf = Shelf(showing.settings)

    def failing() -> None:
        with shelf.reader() as store:
            store._database.conn.execute("ROLLBACK")  # as SQLite does then
            raise sqlite3.OperationalError("disk I/O error")

    with pytest.raises(StoreError, match="disk"):
        failing()
    assert "Vellmoor" in page(shelf)
    shelf.close()


def test_a_draft_that_changes_all_the_time_is_drawn_now_and_then_and_for_its_owner_always(
    showing: Showing, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []

    def find(site: Site, path: str, query: object = None) -> Page:
        def draw() -> bytes:
            drawn.append(len(drawn))
            return str(len(drawn)).encode()

        return Page(path, draw, f"after {len(drawn)} drawings", lasts=10**9)

    monkeypatch.setattr(Site, "find", find)
    shelf = Shelf(showing.settings)
    # other words behind the question mark, so that each is a question of its own
    assert [page(shelf, path="new/index.html", q=words) for words in "abc"] == ["1", "1", "1"]
    assert [page(shelf, OWNER, "new/index.html") for _ in range(2)] == ["2", "3"]
    shelf.close()

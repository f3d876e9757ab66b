"""The pages of editions: their places, their links to each other, and the archive."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.robotparser import RobotFileParser

import pytest
from support.editions import a_normal_day
from support.showing import Showing, numbered

from digest.model import Edition


def editions(digest: str = "daily") -> list[Edition]:
    """Oldest first: one in September, one on 12 October, two on the 13th."""
    today = a_normal_day()
    return numbered(
        digest,
        replace(today, day=date(2023, 9, 14), items=1, top=(), sections=today.sections[1:]),
        replace(today, day=date(2023, 10, 12)),
        today,
        replace(today, ordinal=2),
    )


@pytest.fixture
def shown(tmp_path: Path) -> Showing:
    made = Showing(tmp_path, digests=("daily", "evening"))
    made.freeze(*editions())
    return made


def test_every_edition_has_its_own_place(shown: Showing) -> None:
    assert {path for path in shown.pages() if not path.startswith(("evening/", "threads/", "items/", "about/"))} == {
        "2023/09/14/index.html",
        "2023/10/12/index.html",
        "2023/10/13/2/index.html",
        "2023/10/13/index.html",
        "archive/index.html",
        "index.html",
    }


def test_a_second_digest_lives_in_a_folder_of_its_own(shown: Showing) -> None:
    shown.freeze(*editions("evening"))
    assert "evening/2023/10/13/2/index.html" in shown.pages()
    assert 'href="2023/10/13/index.html" rel="prev"' in shown.pages()["evening/index.html"]
    assert 'href="../style.css"' in shown.pages()["evening/index.html"]


def test_every_link_between_pages_is_relative_and_leads_somewhere(shown: Showing) -> None:
    shown.freeze(*editions("evening"))
    made = shown.files()
    for path, page in made.items():
        if path.endswith(".css"):
            assert "url(" not in page
            assert "@import" not in page
        if not path.endswith(".html"):
            continue
        for link, fragment in re.findall(r'(?:href|src)="([^"#]*)#?([^"]*)"', page):
            if link.startswith("https://"):
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), link)) if link else path
            assert target in made, (path, link)
            assert not fragment or f'id="{fragment}"' in made[target], (path, link, fragment)


def test_no_two_pages_share_a_title(shown: Showing) -> None:
    titles = [re.findall("<title>(.*?)</title>", page)[0] for page in shown.pages().values()]
    assert "Morning paper" in titles
    assert "Friday 13 October 2023, no. 2 · Morning paper" in titles
    alone = [title for path, title in zip(shown.pages(), titles, strict=True) if not path.startswith("evening/")]
    assert len(set(alone)) == len(alone)


def test_ids_are_given_once_a_page(shown: Showing) -> None:
    for page in shown.pages().values():
        ids = re.findall(r' id="([^"]+)"', page)
        assert len(set(ids)) == len(ids)


def test_the_front_page_names_the_dated_page_as_the_real_one(tmp_path: Path, shown: Showing) -> None:
    assert "canonical" not in shown.pages()["index.html"], "which only a whole address can be"
    (tmp_path / "abroad").mkdir()
    abroad = Showing(tmp_path / "abroad", digests=("daily", "evening"), web='base_url = "https://news.example.org/"')
    abroad.freeze(*editions("evening"))
    made = abroad.pages(index="")
    canonical = '<link rel="canonical" href="https://news.example.org/evening/2023/10/{}">'
    assert canonical.format("13/2/") in made["evening/index.html"]
    assert canonical.format("12/") in made["evening/2023/10/12/index.html"]


def test_neighbours_lead_to_each_other(shown: Showing) -> None:
    made = shown.pages(index="")
    assert 'href="../../../../2023/10/13/" rel="prev"' in made["2023/10/13/2/index.html"]
    assert 'href="../../../2023/10/13/2/" rel="next"' in made["2023/10/13/index.html"]
    assert 'rel="next"' not in made["2023/10/13/2/index.html"]
    assert 'rel="prev"' not in made["2023/09/14/index.html"]


def test_the_archive_says_day_and_count_to_a_screen_reader(shown: Showing) -> None:
    archive = shown.pages()["archive/index.html"]
    assert archive.count("<table") == 2
    assert archive.index("October 2023") < archive.index("September 2023")
    readable = shown.store.leaves.issues("daily")[0][2]
    assert f'<a href="../2023/10/13/index.html" aria-label="Friday 13 October 2023: {readable} items">13</a>' in archive
    assert f'aria-label="Friday 13 October 2023, no. 2: {readable} items"' in archive


def test_a_digest_without_an_edition_yet_has_a_page_that_says_so(shown: Showing) -> None:
    assert "<h1>No edition yet</h1>" in shown.pages()["evening/index.html"]
    assert "<h1>No edition yet</h1>" in shown.page("evening/index.html")


def test_what_is_served_is_what_is_exported(shown: Showing) -> None:
    served = {page.path: page.draw() for page in shown.site().every()}
    assert served
    for path, body in served.items():
        found = shown.find(path)
        assert found is not None, path
        assert found.draw() == body


@pytest.mark.parametrize(
    "path",
    [
        "2023/10/11/index.html",
        "2023/13/45/index.html",
        "2023/10/13/3/index.html",
        f"2023/10/13/{10**19}/index.html",
        "x",
    ],
)
def test_what_is_not_there_is_not_found(shown: Showing, path: str) -> None:
    assert shown.find(path) is None


def test_the_same_editions_give_the_same_bytes(shown: Showing) -> None:
    assert shown.files() == shown.files()


def test_a_page_of_a_hundred_items_is_small(shown: Showing) -> None:
    assert max(len(page.encode()) for path, page in shown.pages().items()) < 20_000


def test_robots_stay_away_unless_the_owner_lets_them_list_the_pages(tmp_path: Path) -> None:
    for web, allowed in (("", False), ("noindex = false", True)):
        folder = tmp_path / str(allowed)
        folder.mkdir()
        shown = Showing(folder, web=web)
        robots = RobotFileParser()
        robots.parse(shown.page("robots.txt").splitlines())
        assert robots.can_fetch("a robot", "/2023/10/13/") is allowed
        assert not robots.can_fetch("a robot", "/search?q=dam")

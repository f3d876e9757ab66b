from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from datetime import date

from support.editions import a_normal_day

from digest.editions.render import Renderer
from digest.editions.site import site
from digest.model import Edition

RENDERER = Renderer()


def editions() -> list[Edition]:
    """Newest first: two on the 13th, one on the 12th, one a month before."""
    today = a_normal_day()
    return [
        replace(today, ordinal=2, number=13),
        today,
        replace(today, day=date(2023, 10, 12), number=11),
        replace(today, day=date(2023, 9, 14), number=10, items=1),
    ]


def pages(prefix: str = "", **options: str | None) -> dict[str, str]:
    made = list(site(RENDERER, iter(editions()), prefix=prefix, **options))  # type: ignore[arg-type]
    assert len({path for path, _ in made}) == len(made)
    return {path: data.decode() for path, data in made}


def test_every_edition_has_its_own_place() -> None:
    assert sorted(pages()) == [
        "2023/09/14/index.html",
        "2023/10/12/index.html",
        "2023/10/13/2/index.html",
        "2023/10/13/index.html",
        "archive/index.html",
        "index.html",
        "style.css",
    ]


def test_a_second_digest_lives_in_a_folder_of_its_own() -> None:
    assert {path.partition("/")[0] for path in pages("evening/")} == {"evening"}
    assert pages("evening/")["evening/index.html"] == pages()["index.html"]


def test_every_link_between_pages_is_relative_and_leads_somewhere() -> None:
    made = pages("evening/")
    for path, page in made.items():
        if path.endswith(".css"):
            assert "url(" not in page
            assert "@import" not in page
            continue
        for link in re.findall(r'href="([^"#]+)', page):
            if not link.startswith("https://"):
                assert posixpath.normpath(posixpath.join(posixpath.dirname(path), link)) in made, (path, link)
        for fragment in re.findall(r'href="#([^"]+)"', page):
            assert f'id="{fragment}"' in page


def test_no_two_pages_share_a_title() -> None:
    titles = [re.findall("<title>(.*?)</title>", page)[0] for path, page in pages().items() if path.endswith("html")]
    assert len(set(titles)) == len(titles)
    assert "Morning paper" in titles
    assert "Friday 13 October 2023, no. 2 · Morning paper" in titles


def test_ids_are_given_once_a_page() -> None:
    for page in pages().values():
        ids = re.findall(r' id="([^"]+)"', page)
        assert len(set(ids)) == len(ids)


def test_the_front_page_names_the_dated_page_as_the_real_one() -> None:
    assert '<link rel="canonical" href="2023/10/13/2/index.html">' in pages()["index.html"]
    absolute = pages("evening/", base_url="https://news.example.org/", index="")
    assert (
        '<link rel="canonical" href="https://news.example.org/evening/2023/10/13/2/">' in absolute["evening/index.html"]
    )
    assert (
        '<link rel="canonical" href="https://news.example.org/evening/2023/10/12/">'
        in absolute["evening/2023/10/12/index.html"]
    )


def test_neighbours_lead_to_each_other() -> None:
    made = pages(index="")
    assert 'href="../../../../2023/10/13/" rel="prev"' in made["2023/10/13/2/index.html"]
    assert 'href="../../../2023/10/13/2/" rel="next"' in made["2023/10/13/index.html"]
    assert 'rel="next"' not in made["2023/10/13/2/index.html"]
    assert 'rel="prev"' not in made["2023/09/14/index.html"]


def test_the_archive_says_day_and_count_to_a_screen_reader() -> None:
    archive = pages()["archive/index.html"]
    assert archive.count("<table") == 2
    assert archive.index("October 2023") < archive.index("September 2023")
    assert '<a href="../2023/10/13/index.html" aria-label="Friday 13 October 2023: 86 items">13</a>' in archive
    assert 'aria-label="Friday 13 October 2023, no. 2: 86 items"' in archive
    assert 'aria-label="Thursday 14 September 2023: 1 item"' in archive


def test_a_digest_without_an_edition_yet_has_a_page_that_says_so() -> None:
    made = dict(site(RENDERER, [], title="Morning paper"))
    assert sorted(made) == ["archive/index.html", "index.html", "style.css"]
    assert b"<h1>No edition yet</h1>" in made["index.html"]


def test_the_same_editions_give_the_same_bytes() -> None:
    assert pages() == pages()


def test_a_page_of_a_hundred_items_is_small() -> None:
    assert max(len(page.encode()) for page in pages().values()) < 20_000

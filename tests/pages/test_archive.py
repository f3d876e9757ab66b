"""The archive: the newest twelve months, a page for each older year, and days without an edition."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from support.editions import an_edition, told
from support.showing import Showing, numbered

from digest.model import Edition

LAST = date(2023, 10, 13)


def weekly(digest: str, weeks: int) -> list[Edition]:
    """An edition every seventh day, the last of them on 13 October 2023."""
    days = [LAST - timedelta(weeks=back) for back in range(weeks - 1, -1, -1)]
    return numbered(digest, *(replace(an_edition(told(f"Week {day}")), day=day) for day in days))


@pytest.fixture
def shown(tmp_path: Path) -> Showing:
    made = Showing(tmp_path, digests=("daily", "evening"))
    made.freeze(*weekly("daily", 100))
    return made


def months(page: str) -> list[str]:
    return re.findall("<caption>(.*?)</caption>", page)


def test_the_first_page_has_the_newest_twelve_months(shown: Showing) -> None:
    page = shown.page("archive/index.html")
    assert months(page)[0] == "October 2023"
    assert months(page)[-1] == "November 2022"
    assert len(months(page)) == 12


def test_older_months_are_on_pages_of_their_years(shown: Showing) -> None:
    made = shown.pages(index="")
    assert [path for path in made if re.match(r"archive/\d", path)] == [
        "archive/2022/index.html",
        "archive/2021/index.html",
    ]
    page = made["archive/2022/index.html"]
    assert (months(page)[0], months(page)[-1], len(months(page))) == ("December 2022", "January 2022", 12)
    assert "<h1>Archive 2022</h1>" in page
    assert '<a href="../../archive/2022/" aria-current="page">2022</a>' in page
    assert '<a href="../../archive/">Latest months</a>' in page
    assert 'href="../../2022/12/30/"' in page
    assert shown.find("archive/2023/index.html") is None
    assert shown.find("archive/1999/index.html") is None


def test_each_month_can_be_reached_from_the_top(shown: Showing) -> None:
    page = shown.page("archive/index.html")
    assert '<a href="#m2023-02">Feb 2023</a>' in page
    assert '<table class="month" id="m2023-02">' in page


def test_a_day_between_the_first_and_the_last_edition_says_that_it_had_none(shown: Showing) -> None:
    page = shown.page("archive/index.html")
    assert '<td><span>12<span class="unseen"> no edition</span></span></td>' in page
    assert "<td><span>14</span></td>" in page


def test_the_archives_of_other_digests_are_linked(shown: Showing) -> None:
    shown.freeze(*weekly("evening", 1))
    assert 'href="../evening/archive/">Archive of <bdi>Morning paper</bdi></a>' in shown.page("archive/index.html")
    assert 'href="../../archive/">Archive of <bdi>Morning paper</bdi></a>' in shown.page("evening/archive/index.html")


def test_a_label_says_as_many_items_as_the_page_of_that_day(tmp_path: Path) -> None:
    shown = Showing(tmp_path)
    hidden = replace(told("Hidden"), lead=replace(told("Hidden").lead, private=True))
    shown.freeze(an_edition(told("Open"), told("Open too"), hidden, items=99))
    assert "2 new items in 2 stories" in shown.page("2023/10/13/index.html")
    assert 'aria-label="Friday 13 October 2023: 2 items"' in shown.page("archive/index.html")

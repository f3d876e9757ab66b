"""Huge days: what does not fit on the page of a day stands on pages of its sections, and nothing is lost."""

from __future__ import annotations

import base64
import gzip
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.editions import a_huge_day, a_normal_day, an_edition, report, told
from support.showing import OWNER, Showing, numbered

from digest.editions.message import mail
from digest.editions.render import Renderer
from digest.model import Edition, EditionSection, EditionStory
from digest.pages.huge import BYTES, FIRST, LINES, split

MOST = 50_000


def lines(count: int, first: int = 1, **changes: object) -> tuple[EditionStory, ...]:
    return tuple(told(report(f"Report {n}", item_id=n, **changes)) for n in range(first, first + count))


def section(name: str, stories: tuple[EditionStory, ...], rest: tuple[EditionStory, ...] = ()) -> EditionSection:
    more: dict[str, int] = {}
    for one in rest:
        more[one.lead.feed] = more.get(one.lead.feed, 0) + 1
    return EditionSection(name, stories, tuple(more.items()), rest=rest)


def edition(*sections: EditionSection, **changes: object) -> Edition:
    return an_edition(told(report("The lead", item_id=99_999)), sections=sections, **changes)


def ids_of(found: Edition) -> list[int]:
    sections = [story.story_id for one in found.sections for story in (*one.stories, *one.rest)]
    return [*(story.story_id for story in found.top), *sections]


def test_a_usual_day_is_one_page(tmp_path: Path) -> None:
    shown = Showing(tmp_path)
    shown.freeze(a_normal_day())
    assert not [path for path in shown.files() if "section-" in path]


def test_a_section_of_612_shows_its_first_hundred_and_leads_to_the_others(tmp_path: Path) -> None:
    shown = Showing(tmp_path)
    shown.freeze(edition(section("Home", lines(3, 5000)), section("World", lines(612))))
    made = shown.pages(index="")
    day = made["2023/10/13/index.html"]
    assert '<a href="../../../2023/10/13/section-2/">and 512 more in World</a>' in day
    assert '<a href="2023/10/13/section-2/">and 512 more in World</a>' in made["index.html"]
    assert '<h2 id="section-2">World <span class="count">612</span></h2>' in day
    assert 'id="s100"' in day
    assert 'id="s101"' not in day
    first = made["2023/10/13/section-2/index.html"]
    assert "<h1>World</h1>" in first
    assert "stories 101 to 400 of 612" in first
    assert 'href="../../../../2023/10/13/section-2/2/" rel="next"' in first
    last = made["2023/10/13/section-2/2/index.html"]
    assert "stories 401 to 612 of 612" in last
    assert 'href="../../../../../2023/10/13/#section-2"' in last
    told_once = re.findall(r'<li id="s(\d+)"', day + first + last)
    assert sorted(map(int, told_once)) == sorted([*range(1, 613), *range(5000, 5003)])


def test_folds_that_are_huge_go_to_the_pages_of_their_section_feed_by_feed(tmp_path: Path) -> None:
    rest = (*lines(200, 1000, feed="Valley Wire"), *lines(150, 2000, feed="Coast Daily"))
    shown = Showing(tmp_path)
    shown.freeze(edition(section("World", lines(10), rest)))
    made = shown.pages(index="")
    assert re.search(r'id="more-1">.*and 350 more in World</a>', made["2023/10/13/index.html"], re.DOTALL)
    first, second = made["2023/10/13/section-1/index.html"], made["2023/10/13/section-1/2/index.html"]
    assert "More from <bdi>Valley Wire</bdi>" in first
    assert "More from <bdi>Coast Daily</bdi>" in first
    assert "More from <bdi>Coast Daily</bdi>" in second
    assert "stories 311 to 360 of 360" in second


def test_many_sections_that_together_are_too_long_each_keep_their_first_lines() -> None:
    found = split(edition(*(section(f"S{n}", lines(250, 1000 * n)) for n in range(1, 9))))
    kept = [len(one.stories) for one in found.day.sections]
    assert max(kept) - min(kept) <= 1
    assert min(kept) > 20
    assert sum(kept) + sum(one.stories for one in found.beyond.values()) == 2000


def test_a_mail_that_points_at_a_story_beyond_the_page_arrives_where_it_goes_on(tmp_path: Path) -> None:
    stories = [*lines(150)]
    stories[140] = replace(stories[140], related=(told(report("Another matter", item_id=7000)),))
    found = edition(section("World", tuple(stories) + lines(800, 500)))
    url = "https://news.example.org/2023/10/13/"
    pointed = set(re.findall(rf'href="{url}#([^"]+)"', mail(Renderer(), found, page_url=url).html))
    assert {"s141", "section-1"} <= pointed
    shown = Showing(tmp_path)
    shown.freeze(found)
    page = shown.pages()["2023/10/13/index.html"]
    assert all(f'id="{one}"' in page for one in pointed)


@pytest.mark.parametrize("length", [40, 120, 600])
@pytest.mark.parametrize(
    "title", ["Kirby shows images of a rail shipment", "首相、北京で会談へ 半導体輸出の規制緩和が焦点"]
)
def test_no_page_of_a_day_of_2000_items_takes_more_than_50_kb(tmp_path: Path, length: int, title: str) -> None:
    chance = random.Random(length)

    def line(number: int) -> EditionStory:
        address = base64.urlsafe_b64encode(chance.randbytes(length * 3 // 4)).decode()
        words = "".join(chance.sample(title, len(title)))
        return told(report(words, item_id=number, url=f"https://news.example.org/{address}"))

    def some(first: int, count: int) -> tuple[EditionStory, ...]:
        return tuple(line(number) for number in range(first, first + count))

    made = [section(f"S{n}", some(1000 * n, 350), some(1000 * n + 500, 50)) for n in range(1, 6)]
    shown = Showing(tmp_path)
    shown.freeze(edition(*made))
    sizes = {path: len(gzip.compress(page.encode(), 6)) for path, page in shown.pages().items()}
    assert max(sizes.values()) <= MOST, sizes


def test_the_pages_of_sections_have_titles_and_ids_of_their_own(tmp_path: Path) -> None:
    shown = Showing(tmp_path)
    shown.freeze(*numbered("daily", a_huge_day(2000), replace(a_huge_day(2000), ordinal=2)))
    made = shown.pages()
    assert "2023/10/13/2/section-4/2/index.html" in made
    dated = {path: page for path, page in made.items() if path.startswith("2023")}
    titles = [re.findall("<title>(.*?)</title>", page)[0] for page in dated.values()]
    assert len(set(titles)) == len(titles)
    for page in dated.values():
        ids = re.findall(r' id="([^"]+)"', page)
        assert len(set(ids)) == len(ids)


def test_a_section_page_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    shown = Showing(tmp_path)
    shown.freeze(edition(section("World", lines(612))))
    for path in ("section-2", "section-1/3", "section-1/1", "section-0", "section-1/2/2"):
        assert shown.find(f"2023/10/13/{path}/index.html") is None, path
    assert shown.find("2023/10/13/section-1/2/index.html") is not None


def test_private_reports_stand_on_the_owners_pages_only(tmp_path: Path) -> None:
    shown = Showing(tmp_path)
    shown.freeze(edition(section("World", (*lines(400), *lines(3, 900, outlet="Hidden Wire", private=True)))))
    assert not [path for path, page in shown.pages().items() if "Hidden Wire" in page]
    assert "stories 101 to 403 of 403" not in shown.page("2023/10/13/section-1/index.html")
    assert "Hidden Wire" in shown.page("2023/10/13/section-1/2/index.html", OWNER)


sizes = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400), st.sampled_from([30, 900])), max_size=5)


@given(sizes)
@settings(max_examples=30, deadline=None)
def test_every_story_stands_once_however_an_edition_is_shaped(shape: list[tuple[int, int, int]]) -> None:
    sections, first = [], 1
    for number, (count, folded, length) in enumerate(shape):
        url = "https://news.example.org/" + "x" * length
        stories = lines(count, first, url=url)
        rest = lines(folded, first + count, url=url, feed=f"Feed {number}")
        first += count + folded
        sections.append(section(f"S{number}", stories, rest))
    whole = edition(*sections)
    found = split(whole)
    beyond = [line.story.story_id for one in found.beyond.values() for page in one.pages for line in page]
    assert sorted(ids_of(found.day) + beyond) == sorted(ids_of(whole))
    assert all(len(page) <= LINES for one in found.beyond.values() for page in one.pages)
    assert all(page for one in found.beyond.values() for page in one.pages)
    for before, after in zip(whole.sections, found.day.sections, strict=True):
        assert after.stories == before.stories[: len(after.stories)]
        assert len(before.stories) <= LINES or len(after.stories) <= FIRST
    assert BYTES < MOST

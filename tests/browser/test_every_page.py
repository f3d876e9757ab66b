"""Every kind of page as Chromium shows it: at three widths, light, dark, in forced colours, printed, without script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from support import looking, page_checks
from support.looking import Eye
from support.pages_world import Answer, Site, kind_of

AAA = 7.0
"""Contrast of text in WCAG 2.2, 1.4.6."""
WAYS = [
    pytest.param(320, False, False, id="320 light"),
    pytest.param(768, True, False, id="768 dark"),
    pytest.param(1280, False, True, id="1280 forced colours"),
]


@pytest.fixture(scope="module")
def paths(answers: dict[str, Answer]) -> list[str]:
    """The longest page of each kind, and an address that leads nowhere."""
    longest: dict[str, str] = {}
    for path, answer in page_checks.pages(answers).items():
        kind = kind_of(path)
        if kind not in longest or len(answer.body) > len(answers[longest[kind]].body):
            longest[kind] = path
    return [*longest.values(), "/2023/10/10/"]


@pytest.fixture(scope="module")
def visitor(chromium: Browser, site: Site) -> Iterator[Eye]:
    """One for the module: what was loaded is not loaded again."""
    made = Eye(chromium, site.url)
    yield made
    made.close()


@pytest.mark.parametrize(("width", "dark", "forced"), WAYS)
def test_axe_finds_nothing(visitor: Eye, paths: list[str], width: int, dark: bool, forced: bool) -> None:
    found = {path: looking.violations(visitor.look(path, width=width, dark=dark, forced=forced)) for path in paths}
    assert {path: said for path, said in found.items() if said} == {}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_stands_out(visitor: Eye, paths: list[str], dark: bool) -> None:
    found = {path: looking.contrast(visitor.look(path, dark=dark)) for path in paths}
    assert {path: said for path, said in found.items() if said[0] < AAA} == {}


def test_nothing_scrolls_sideways_nor_is_cut_off(visitor: Eye, paths: list[str]) -> None:
    for path in paths:
        page = visitor.look(path, width=320)
        assert (path, looking.overflow(page), looking.clipped(page)) == (path, 0, [])
        with looking.with_text_spacing(page):
            assert (path, looking.overflow(page), looking.clipped(page)) == (path, 0, [])
        with looking.with_double_text(visitor.look(path, width=640)):
            assert (path, looking.overflow(page), looking.clipped(page)) == (path, 0, [])


def test_the_keyboard_reaches_every_control_and_shows_where_it_is(visitor: Eye, paths: list[str]) -> None:
    for path in paths:
        stops, missed = looking.tabbed(visitor.look(path), most=60)
        assert missed == [], path
        assert [one for one in stops if one.outline < 3 or not one.seen] == [], path


def test_printed_there_is_no_navigation_and_no_line_runs_off_the_paper(visitor: Eye, paths: list[str]) -> None:
    for path in paths:
        page = visitor.look(path)
        with looking.printed(page):
            assert looking.overflow(page) == 0, path
            assert page.locator("nav:visible, .skip:visible, form button:visible").count() == 0, path


def test_without_script_a_page_says_and_leads_to_the_same(
    chromium: Browser, site: Site, visitor: Eye, paths: list[str]
) -> None:
    bare = Eye(chromium, site.url, js=False)
    for path in paths:
        without, with_script = bare.look(path), visitor.look(path)
        assert looking.links(without) == looking.links(with_script), path
        assert set(looking.lines(with_script)) - set(looking.lines(without)) <= {"Turn the keys off"}, path
        assert set(looking.lines(without)) <= set(looking.lines(with_script)), path
    bare.close()


def test_nothing_moves_while_a_page_is_loaded_and_nobody_else_is_asked(
    chromium: Browser, site: Site, paths: list[str]
) -> None:
    fresh = Eye(chromium, site.url)
    for path in paths:
        assert looking.shift(fresh.look(path)) == 0, path
    assert fresh.abroad == []
    assert [said for said in fresh.complaints if "404" not in said] == []
    fresh.close()

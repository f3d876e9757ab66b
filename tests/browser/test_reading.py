"""How a person reads: on a phone at breakfast, back through the archive, by keys, on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from support import looking
from support.looking import Eye
from support.pages_world import Site


@pytest.fixture
def phone(chromium: Browser, site: Site) -> Iterator[Eye]:
    made = Eye(chromium, site.url, touch=True)
    yield made
    made.close()


# --- on a phone ---


def test_on_a_phone_the_first_headline_is_seen_without_scrolling(phone: Eye) -> None:
    page = phone.look("/", width=390, height=664)
    box = page.locator("main h3 a").first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 664


def test_on_a_phone_a_fold_opens_and_closes_by_touch(phone: Eye) -> None:
    page = phone.look("/", width=390)
    fold = page.locator("main details").first
    inside = fold.locator("li").first
    expect(inside).to_be_hidden()
    fold.locator("summary").first.tap()
    expect(inside).to_be_visible()
    fold.locator("summary").first.tap()
    expect(inside).to_be_hidden()


def test_on_a_phone_a_fold_opens_and_closes_by_keyboard(phone: Eye) -> None:
    """No touch before it: Chromium drops a Space that is held while a tap 150 ms ago fades."""
    page = phone.look("/", width=390)
    fold = page.locator("main details").first
    inside = fold.locator("li").first
    fold.locator("summary").first.focus()
    page.keyboard.press("Enter")
    expect(inside).to_be_visible()
    page.keyboard.press("Enter")
    expect(inside).to_be_hidden()
    page.keyboard.press("Space")
    expect(inside).to_be_visible()


def test_on_a_phone_headlines_are_easy_to_hit(phone: Eye) -> None:
    page = phone.look("/", width=390)
    heights = page.evaluate(
        "[...document.querySelectorAll('h3 a, summary, nav a')].map(a => a.getClientRects()[0]?.height ?? 24)"
    )
    assert min(heights) >= 24


def test_the_skip_link_appears_and_leads_to_the_main_part(eye: Eye) -> None:
    page = eye.look("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    assert page.locator(".skip").bounding_box()["height"] >= 24  # type: ignore[index]
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{eye.url}/#main")


# --- through the archive ---


def test_from_the_calendar_to_a_day_and_on_to_the_one_before_and_after(eye: Eye) -> None:
    page = eye.look("/")
    page.get_by_role("navigation", name="Site").get_by_role("link", name="Archive").click()
    page.get_by_role("table", name="October 2023").get_by_role("link", name="Friday 13 October 2023").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Friday 13 October 2023")
    expect(page.get_by_role("heading", level=3).first).to_contain_text("Korea")
    page.get_by_role("link", name="Previous edition").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thursday 12 October 2023")
    page.get_by_role("link", name="Next edition").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Friday 13 October 2023")
    page.get_by_role("link", name="Next edition").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Saturday 14 October 2023")
    page.get_by_role("link", name="Morning paper").first.click()
    expect(page).to_have_url(f"{eye.url}/")


def test_a_day_without_an_edition_gives_a_page_that_leads_on(eye: Eye) -> None:
    answer = eye.page.goto(f"{eye.url}/2023/10/10/")
    assert answer is not None
    assert answer.status == 404
    expect(eye.page.get_by_role("heading", level=1)).to_be_visible()
    eye.page.get_by_role("link", name="All editions").click()
    expect(eye.page.get_by_role("heading", level=1)).to_have_text("Archive")


# --- by keys ---


def focused(page: Page) -> str:
    """The headline of the story that is in focus."""
    return str(page.evaluate("document.activeElement.textContent")).strip()


def headlines(page: Page) -> list[str]:
    """Of stories that are not folded, in their order."""
    found = page.locator("main :is(h3, .lines > li > .title)").all()
    return [one.inner_text() for one in found if one.is_visible()]


def test_j_and_k_walk_the_stories_and_each_is_in_view(eye: Eye) -> None:
    page = eye.look("/")
    shown = headlines(page)
    for number in range(8):
        page.keyboard.press("j")
        assert focused(page) == shown[number]
        assert page.evaluate(
            "(b => b.top >= 0 && b.bottom <= innerHeight)(document.activeElement.getBoundingClientRect())"
        )
        assert page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 3
    page.keyboard.press("k")
    assert focused(page) == shown[6]
    assert looking.shift(page) == 0


def test_j_goes_on_from_where_a_reader_scrolled_to(eye: Eye) -> None:
    page = eye.look("/")
    page.locator("#section-1").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('#section-1').scrollIntoView()")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('section').getAttribute('aria-labelledby')") == "section-1"


def test_o_opens_the_story_in_focus(eye: Eye) -> None:
    page = eye.look("/2023/10/13/")
    address = page.locator("main h3 a").first.get_attribute("href")
    page.route(re.compile("^https:"), lambda route: route.fulfill(body="the report"))
    page.keyboard.press("o")
    assert page.url.endswith("/2023/10/13/")
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url(address or "")


def test_f_unfolds_everything_and_folds_it_again(eye: Eye) -> None:
    page = eye.look("/")
    folds = page.locator("main details")
    assert folds.count() > 2
    page.keyboard.press("f")
    assert page.locator("main details[open]").count() == folds.count()
    page.keyboard.press("f")
    assert page.locator("main details[open]").count() == 0


def test_a_question_mark_shows_the_keys_in_a_dialog_that_holds_the_focus(eye: Eye) -> None:
    page = eye.look("/", dark=True)
    page.keyboard.press("j")
    before = focused(page)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    assert looking.violations(page) == []
    assert looking.contrast(page)[0] >= 7
    page.keyboard.press("j")
    page.keyboard.press("?")
    expect(dialog).to_have_count(1)
    for _ in range(3):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert focused(page) == before
    assert looking.shift(page) == 0


def test_with_a_modifier_a_key_belongs_to_the_browser(eye: Eye) -> None:
    page = eye.look("/")
    for key in ("Control+j", "Alt+j", "Meta+j"):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement === document.body"), key


def test_a_time_says_how_long_ago_it_was_when_it_is_pointed_at(eye: Eye) -> None:
    page = eye.look("/2023/10/13/", width=1280)
    time = page.locator("main article time").first
    text = time.inner_text()
    time.hover()
    assert time.get_attribute("title").endswith(" ago")  # type: ignore[union-attr]
    assert time.inner_text() == text
    assert looking.shift(page) == 0


# --- on paper ---


def test_on_paper_every_fold_is_open(eye: Eye) -> None:
    page = eye.look("/2023/10/13/")
    inside = page.locator("main details li").first
    expect(inside).to_be_hidden()
    with looking.printed(page):
        assert inside.bounding_box()["height"] > 0  # type: ignore[index]
    assert page.pdf(format="A4").startswith(b"%PDF")


# --- in forced colours ---


def test_in_forced_colours_no_rule_vanishes(eye: Eye) -> None:
    page = eye.look("/2023/10/13/", forced=True, dark=True)
    edge = page.evaluate("getComputedStyle(document.querySelector('.reports li')).borderInlineStartColor")
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert edge != ground

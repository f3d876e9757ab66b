"""The mail as Chromium shows it: for everyone, light and dark, on a phone, and without asking anybody for anything."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from support import browser
from support.mails import a_full_day, body, golden, sent
from support.system import program

AAA = 7.0
"""Contrast of text in WCAG 2.2, 1.4.6."""

MAILS = {name: body(sent(edition), "html") for name, edition in golden().items()}
MAILS["a full day"] = body(sent(a_full_day(24)), "html")
SHOWN = ["normal-day", "right-to-left", "nothing-new", "hostile-titles", "a full day"]


def without_style_block(html: str) -> str:
    """As mailboxes show it that keep inline styles alone."""
    return re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)


@pytest.fixture(scope="module")
def opening() -> Iterator[Callable[..., browser.Window]]:
    """One Playwright for the module: it keeps an event loop running, which other modules' tests could not bear."""
    with browser.windows(program("chromium", "chromium")) as opened:
        yield opened


@pytest.fixture(scope="module")
def window(opening: Callable[..., browser.Window]) -> browser.Window:
    return opening()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", SHOWN)
def test_axe_finds_nothing_and_every_text_stands_out(window: browser.Window, name: str, dark: bool) -> None:
    page = window.show(MAILS[name], dark=dark)
    assert browser.violations(page) == []
    ratio, text = browser.contrast(page)
    assert ratio >= AAA, text


def test_axe_and_contrast_would_see_pale_text(window: browser.Window) -> None:
    page = window.show("<html lang=en><title>x</title><h1 style='color:#999'>pale")
    assert [found.partition(":")[0] for found in browser.violations(page)] == ["color-contrast"]
    assert round(browser.contrast(page)[0], 2) == 2.85


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_without_the_style_block_every_text_stands_out_too(window: browser.Window, dark: bool) -> None:
    for name in SHOWN:
        ratio, text = browser.contrast(window.show(without_style_block(MAILS[name]), dark=dark))
        assert ratio >= AAA, (name, text)


def test_dark_mode_turns_the_ground_dark(window: browser.Window) -> None:
    page = window.show(MAILS["normal-day"], dark=True)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 24, 27)"


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_fits_a_phone_of_320_pixels_and_opening_it_asks_nobody(window: browser.Window, name: str) -> None:
    page = window.show(MAILS[name], width=320)
    assert browser.overflow(page) == 0
    assert window.asked == []


def test_the_checks_above_would_see_a_picture_and_a_wide_table(window: browser.Window) -> None:
    page = window.show("<img src='http://tracker.example/pixel.gif'><table width=600><td>x</table>", width=320)
    assert window.asked == ["http://tracker.example/pixel.gif"]
    assert browser.overflow(page) > 200


def test_a_title_from_right_to_left_stands_at_the_right_and_its_neighbours_at_the_left(window: browser.Window) -> None:
    sides = window.show(without_style_block(MAILS["normal-day"])).evaluate(
        """[...document.querySelectorAll('h3')].map(h => {
            const text = h.firstChild.getBoundingClientRect(), box = h.getBoundingClientRect();
            return [h.textContent, Math.round(text.left - box.left), Math.round(box.right - text.right)];
        })"""
    )
    arabic = [(left, right) for title, left, right in sides if "مكتبة" in title]
    assert arabic
    assert all(left > 0 and right == 0 for left, right in arabic)
    assert all(left == 0 for title, left, _ in sides if "مكتبة" not in title)


def test_colours_survive_a_mailbox_that_darkens_by_force(opening: Callable[..., browser.Window]) -> None:
    """Gmail and Outlook recolour what they show; measured by the pixels, as no style tells what they did."""
    forced, reader = opening(browser.FORCED_DARK, scale=3), opening()
    for name in ("normal-day", "nothing-new"):
        ratio, text = browser.painted_contrast(forced.show(MAILS[name]), reader.page)
        assert ratio >= AAA, (name, text)

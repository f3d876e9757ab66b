"""Chromium looking at the pages of a site that is served on loopback, and what can be measured there.

with playwright() as chromium:
    eye = Eye(chromium, site.url)
    page = eye.look("/threads/7/", width=320, dark=True)
    violations(page)                          what axe finds
    with_text_spacing(page); overflow(page)   WCAG 1.4.12
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from support.browser import FLAGS, contrast, overflow
from support.browser import violations as axe

__all__ = ["Eye", "contrast", "overflow", "playwright", "violations"]

A4 = 718
"""Width of what is printed on a sheet of A4 with margins of 1 cm, in CSS pixels."""


@contextmanager
def playwright(program: str) -> Iterator[Browser]:
    """One Chromium; ``program`` is its path."""
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=[*FLAGS])
        try:
            yield browser
        finally:
            browser.close()


class Eye:
    """One visitor of a site; ``abroad`` has every address of another host that a page asked for."""

    def __init__(self, browser: Browser, url: str, *, js: bool = True, touch: bool = False) -> None:
        self.url = url
        self.abroad: list[str] = []
        self.complaints: list[str] = []
        self.context: BrowserContext = browser.new_context(
            java_script_enabled=js, has_touch=touch, is_mobile=False, reduced_motion="reduce", locale="en-GB"
        )
        self.page = self.context.new_page()
        self.page.on("request", self._note)
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def look(self, path: str, *, width: int = 390, height: int = 844, dark: bool = False, forced: bool = False) -> Page:
        """The page at a path; a second look at the same one does not load it again."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(
            media="screen", color_scheme="dark" if dark else "light", forced_colors="active" if forced else "none"
        )
        if self.page.url != f"{self.url}{path}":
            self.page.goto(f"{self.url}{path}", wait_until="load")
        return self.page

    def close(self) -> None:
        self.context.close()

    def _note(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.url).netloc:
            self.abroad.append(request.url)


def violations(page: Page) -> list[str]:
    """What axe finds, landmarks and size of targets too."""
    return axe(page, landmarks=True)


# --- other ways of showing --------------------------------------------------------------------------


def _styled(page: Page, css: str) -> None:
    """Adds rules, as a reader's own style would; a page's policy does not hold for them."""
    page.evaluate(
        "css => { const own = new CSSStyleSheet(); own.replaceSync(css); document.adoptedStyleSheets = [own]; }", css
    )


@contextmanager
def with_text_spacing(page: Page) -> Iterator[Page]:
    """The least that a page must bear by WCAG 1.4.12."""
    _styled(
        page,
        """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
        p { margin-bottom: 2em !important }""",
    )
    yield page
    _styled(page, "")


@contextmanager
def with_double_text(page: Page) -> Iterator[Page]:
    _styled(page, "html { font-size: 212.5% !important }")
    yield page
    _styled(page, "")


@contextmanager
def printed(page: Page) -> Iterator[Page]:
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": A4, "height": 1016})
    page.emulate_media(media="print", color_scheme="light", forced_colors="none")
    yield page
    page.emulate_media(media="screen")
    page.set_viewport_size(size)


def clipped(page: Page) -> list[str]:
    """Text that is cut off by a box of its own, which scrolling cannot show."""
    found = page.evaluate(
        """() => [...document.querySelectorAll('main *, header *, footer *')].filter(one => {
            const style = getComputedStyle(one);
            // what is a pixel wide is there for screen readers
            return one.checkVisibility() && one.clientWidth > 1 && ['hidden', 'clip'].includes(style.overflowX)
                && one.scrollWidth > one.clientWidth + 1 && style.display !== 'inline';
        }).map(one => one.outerHTML.slice(0, 100))"""
    )
    return [str(one) for one in found]


# --- what is there ------------------------------------------------------------------------------------


def lines(page: Page) -> list[str]:
    """Every line of text, folded ones too."""
    text = page.evaluate("document.body.textContent")
    return [line.strip() for line in str(text).splitlines() if line.strip()]


def links(page: Page) -> list[str]:
    return [str(one) for one in page.evaluate("[...document.querySelectorAll('[href]')].map(one => one.href)")]


def shift(page: Page) -> float:
    """Layout shift since the page was loaded (CLS), that after a key or a click too."""
    return float(
        page.evaluate(
            """() => new Promise(done => {
                let sum = 0;
                new PerformanceObserver(list => { for (const one of list.getEntries()) sum += one.value; })
                    .observe({type: 'layout-shift', buffered: true});
                setTimeout(() => done(sum), 150);
            })"""
        )
    )


# --- keyboard -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stop:
    """One thing that Tab came to."""

    what: str
    outline: float
    """Width in pixels; 0 where none is drawn."""
    seen: bool
    """It is inside the window."""


_FOCUSED = """() => {
    const one = document.activeElement;
    const style = getComputedStyle(one);
    const box = one.getBoundingClientRect();
    return {
        number: window.controls.indexOf(one),
        what: one.outerHTML.slice(0, 110),
        outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
        seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
}"""


_TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def tabbed(page: Page, most: int = 400) -> tuple[list[Stop], list[str]]:
    """What Tab comes to, from the start to the end, and the controls that it never came to."""
    page.evaluate(_TWO_FRAMES)  # a field with autofocus gets the focus in a frame after the page was loaded
    count: int = page.evaluate(
        """() => {
            window.controls = [...document.querySelectorAll(
                'a[href], button, summary, input:not([type=hidden]), select, textarea, [tabindex="0"]'
            )].filter(one => one.checkVisibility() && !one.disabled);
            document.body.tabIndex = -1;  // or Tab goes on from a field that has the focus at once
            document.body.focus();
            document.body.removeAttribute('tabindex');
            return controls.length;
        }"""
    )
    stops, reached = [], set()
    for _ in range(min(count, most)):
        page.keyboard.press("Tab")
        found: dict[str, Any] = page.evaluate(_FOCUSED)
        if not found["seen"] or found["number"] < 0 or found["number"] in reached:  # a busy machine needs some frames
            page.evaluate(_TWO_FRAMES)
            found = page.evaluate(_FOCUSED)
        if found["number"] < 0 or found["number"] in reached:
            break
        reached.add(found["number"])
        stops.append(Stop(found["what"], found["outline"], found["seen"]))
    missed: list[str] = page.evaluate(
        """reached => controls.filter((one, number) => !reached.includes(number)
            && !(one.type === 'radio' && controls.some(other => other.name === one.name && other !== one))
        ).map(one => one.outerHTML.slice(0, 110))""",
        sorted(reached),
    )
    return stops, missed if count <= most else []

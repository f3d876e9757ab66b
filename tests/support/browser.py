"""Debian's Chromium, driven by Playwright, looking at one HTML body of a mail. Nothing leaves the machine."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Route, sync_playwright

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--disable-quic", "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip

FORCED_DARK = "--enable-features=WebContentsForceDark"
"""Recolours what is painted, as Gmail's and Outlook's programs do; what a script reads of styles stays as it was."""


class Window:
    """One ``page`` for one mail after the other; ``asked`` has every address that was to be fetched for the last."""

    def __init__(self, opened: Browser, scale: float) -> None:
        self.page = opened.new_context(device_scale_factor=scale).new_page()
        self.page.route("**/*", self._let_through)
        self.asked: list[str] = []

    def show(self, html: str, *, width: int = 390, dark: bool = False) -> Page:
        self.asked.clear()
        self.page.set_viewport_size({"width": width, "height": 844})
        self.page.emulate_media(color_scheme="dark" if dark else "light")
        self.page.set_content(html, wait_until="load")
        return self.page

    def _let_through(self, route: Route) -> None:
        """Routes see every request before it is made."""
        url = urlsplit(route.request.url)
        if url.scheme in ("file", "data") or url.hostname == "127.0.0.1":
            route.continue_()
        else:
            self.asked.append(route.request.url)
            route.abort()


@contextmanager
def windows(chromium: str) -> Iterator[Callable[..., Window]]:
    """Opens windows, each in a browser of its own: ``open(*flags, scale=1)``; ``chromium`` is a program's path."""
    with sync_playwright() as playwright:
        opened: list[Browser] = []

        def open_(*flags: str, scale: float = 1) -> Window:
            opened.append(playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, *flags]))
            return Window(opened[-1], scale)

        try:
            yield open_
        finally:
            for one in opened:
                one.close()


# --- What is measured ---------------------------------------------------------------------------


def violations(page: Page, *, landmarks: bool = False) -> list[str]:
    """What axe finds: WCAG 2.0 to 2.2 A and AA and best practice.

    ``landmarks`` is for pages, which also need targets of 24 pixels; a mail has none.
    """
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text())
    found = page.evaluate(
        """async landmarks => {
            const ids = axe.getRules().map(r => r.ruleId).filter(id => /landmark|^region$|bypass/.test(id));
            const rules = landmarks ? {'target-size': {enabled: true}}
                : Object.fromEntries(ids.map(id => [id, {enabled: false}]));
            return (await axe.run(document, {rules, resultTypes: ['violations']})).violations;
        }""",
        landmarks,
    )
    return [f"{one['id']}: {one['help']} ({one['nodes'][0]['html'][:120]})" for one in found]


def overflow(page: Page) -> int:
    """Pixels that can be scrolled to sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


_TEXTS = """() => {
    const rgba = text => (text.match(/[\\d.]+/g) || []).map(Number);
    const luminance = c => {
        const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ratio = (a, b) => {
        const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
        return (x + 0.05) / (y + 0.05);
    };
    const ground = element => {
        for (; element; element = element.parentElement) {
            const colour = rgba(getComputedStyle(element).backgroundColor);
            if (colour.length === 3 || colour[3] > 0) return colour;
        }
        return matchMedia('(prefers-color-scheme: dark)').matches && getComputedStyle(document.documentElement)
            .colorScheme.includes('dark') ? [18, 18, 18] : [255, 255, 255];
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode());) {
        if (!node.data.trim() || !node.parentElement.checkVisibility()) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        const box = range.getBoundingClientRect();
        const style = getComputedStyle(node.parentElement);
        found.push({
            text: node.data.trim().slice(0, 40),
            kind: [style.color, ground(node.parentElement).join(), style.fontSize, style.fontWeight].join(' '),
            ratio: ratio(rgba(style.color), ground(node.parentElement)),
            box: {x: box.x + scrollX, y: box.y + scrollY, width: box.width, height: box.height},
        });
    }
    return found;
}"""


def contrast(page: Page) -> tuple[float, str]:
    """The lowest contrast of a text with what is behind it, by the styles that hold, and that text."""
    return min((one["ratio"], one["text"]) for one in page.evaluate(_TEXTS))


_PAINTED = """async data => {
    const image = new Image();
    image.src = 'data:image/png;base64,' + data;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
    canvas.drawImage(image, 0, 0);
    const pixels = canvas.getImageData(0, 0, image.width, image.height).data;
    const counts = new Map();
    for (let i = 0; i < pixels.length; i += 4) {
        const key = pixels[i] << 16 | pixels[i + 1] << 8 | pixels[i + 2];
        counts.set(key, (counts.get(key) || 0) + 1);
    }
    const luminance = key => {
        const [r, g, b] = [key >> 16, key >> 8 & 255, key & 255]
            .map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const back = luminance([...counts].reduce((a, b) => b[1] > a[1] ? b : a)[0]);
    if (back > 0.2) throw new Error('the ground is not dark');
    return Math.max(...[...counts.keys()].map(key => {
        const [x, y] = [luminance(key), back].sort((p, q) => q - p);
        return (x + 0.05) / (y + 0.05);
    }));
}"""


def painted_contrast(page: Page, reader: Page) -> tuple[float, str]:
    """The same where a program darkened by force: by the pixels of one text of each kind; ``reader`` is any other page.

    Letters are drawn with soft edges: ``scale`` of 3 makes stems that hold their full colour.
    """
    kinds = {one["kind"]: one for one in page.evaluate(_TEXTS) if one["box"]["width"] > 8}
    shots = ((one["text"], page.screenshot(clip=one["box"], full_page=True)) for one in kinds.values())
    return min((float(reader.evaluate(_PAINTED, b64encode(shot).decode())), text) for text, shot in shots)

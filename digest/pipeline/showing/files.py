"""What pages need beside themselves: the style sheet, the script, the icon, and a word to robots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ...pages.page import Page

if TYPE_CHECKING:
    from . import Site

NAMES = ("style.css", "keys.js", "favicon.svg")
"""As they are in the folder of templates."""


def find(site: Site, path: str, query: Mapping[str, str]) -> Page | None:
    if path in NAMES:
        return Page(path, lambda: site.renderer.file(path).encode(), stamp="file")
    if path == "robots.txt":
        return Page(path, lambda: _robots(site), stamp=f"noindex={site.settings.web.noindex}")
    return None


def every(site: Site) -> Iterator[Page]:
    for name in (*NAMES, "robots.txt"):
        page = find(site, name, {})
        assert page is not None
        yield page


def _robots(site: Site) -> bytes:
    """Robots stay away where pages must not be listed; one that comes all the same is told so by each page."""
    closed = ("/",) if site.settings.web.noindex else ("/do/", "/search")
    return ("User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in closed)).encode()

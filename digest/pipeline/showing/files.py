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
    """Pages that must not be listed may be fetched all the same, or a robot would never see that they say so."""
    allowed = "Disallow: /do/\nDisallow: /search\n" if not site.settings.web.noindex else "Disallow: /\n"
    return f"User-agent: *\n{allowed}".encode()

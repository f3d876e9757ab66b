"""new/index.html: what the next edition would hold so far, composed from what is stored and kept nowhere.

Only a server shows it: as a file it would be wrong with the next poll.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ...config import Digest
from ...editions import slots
from ...editions.prepare import for_page
from ...pages.edition import day_page
from ...pages.huge import split
from ...pages.page import Page
from ..publishing import draft

if TYPE_CHECKING:
    from . import Site

LASTS = 10
"""Seconds. While a thousand feeds are read the draft changes many times a second, and drawing it takes a while."""


def find(site: Site, path: str, query: Mapping[str, str]) -> Page | None:
    digest, rest = site.digest_of(path)
    return page(site, digest, path) if digest and rest == "new/index.html" and site.viewer.served else None


def every(site: Site) -> Iterator[Page]:
    return iter(())


def page(site: Site, digest: Digest, path: str) -> Page:
    """The next edition so far; at the front of a digest whose first one is still to come.

    Drawn anew when something came in, was grouped or decided, when what was muted no longer is, and every day.
    """
    last = site.store.leaves.find(digest.name)
    day = site.now.astimezone(ZoneInfo(digest.timezone)).date()
    next_slot = slots.following(digest, site.now)
    front = not path.endswith("new/index.html")

    def draw() -> bytes:
        edition = draft(site.store, site.settings, digest, lambda: site.now, site.now, scheduled=False)
        made = day_page(
            site.renderers.of(digest),
            site.frame(path, digest),
            split(for_page(edition, private=site.viewer.owner)),
            root="" if front else "../",
            template="new.html.j2",
            until=site.store.items.newest(site.feeds, edition.window.since),
            next_slot=next_slot,
            first=last is None,
            linked_on=False,
        )
        return made.encode()

    decided = site.store.decisions.count(), site.store.decisions.wishes(site.now)
    edition = last and f"{last.id} {last.composed}"
    stamp = f"{site.store.items.moved()} {decided} {edition} {next_slot} {day} {site.names}"
    return Page(path, draw, stamp, digest=digest.name, lasts=LASTS)

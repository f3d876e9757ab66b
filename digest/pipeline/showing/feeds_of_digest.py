"""The feeds that a digest itself offers: feed.atom and feed.json of its editions, sections/SLUG/feed.atom of a section.

They hold nothing private whoever asks, since programs carry them on. Addresses in them are whole where the site's own
is known (``base_url``); a reader otherwise takes them relative to where the feed lies.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from ...config import Digest, Feed, feeds_of
from ...editions.prepare import for_page
from ...model import Edition
from ...pages import atom, jsonfeed
from ...pages.entries import EDITIONS, STORIES, Base, edition_entry, section_entries, slugs
from ...pages.page import Page
from ...units import mailbox
from .openness import opened

if TYPE_CHECKING:
    from . import Site

_SECTION = re.compile(r"sections/([a-z0-9-]+)/feed\.atom", re.ASCII)

NOTHING_YET = datetime(2023, 1, 1, tzinfo=UTC)
"""When a feed without entries changed last."""


def find(site: Site, path: str, query: Mapping[str, str]) -> Page | None:
    digest, rest = site.digest_of(path)
    if digest is None:
        return None
    if rest == "feed.atom":
        return _page(site, digest, path, _atom)
    if rest == "feed.json":
        return _page(site, digest, path, _json)
    found = _SECTION.fullmatch(rest)
    section = sections(site, digest).get(found[1]) if found else None
    return None if section is None else _page(site, digest, path, _section_feed(section), site.names)


def every(site: Site) -> Iterator[Page]:
    for digest in site.digests:
        prefix = site.prefix(digest.name)
        yield _page(site, digest, f"{prefix}feed.atom", _atom)
        yield _page(site, digest, f"{prefix}feed.json", _json)
        for slug, section in sections(site, digest).items():
            yield _page(site, digest, f"{prefix}sections/{slug}/feed.atom", _section_feed(section), site.names)


def named(site: Site, digest: Digest) -> tuple[tuple[str, str], ...]:
    """(title, path) of the feeds of its editions, for pages to point at."""
    prefix = site.prefix(digest.name)
    return (digest.title, f"{prefix}feed.atom"), (f"{digest.title} (JSON Feed)", f"{prefix}feed.json")


def sections(site: Site, digest: Digest) -> dict[str, str]:
    """Slug to name of its sections with a feed that anybody may know of, in their order."""
    return slugs(dict.fromkeys(feed.section for feed in feeds_of(site.settings, digest) if _open(feed)))


def _open(feed: Feed) -> bool:
    return bool(feed.section) and not feed.private


Made = Callable[["Site", Digest, str], bytes]


def _page(site: Site, digest: Digest, path: str, make: Made, names: str = "") -> Page:
    """``names`` tells how feeds are called where that decides what is in it."""
    leaf = site.store.leaves.find(digest.name)
    stamp = f"{leaf.id} {leaf.composed} {names}" if leaf else "none"
    return Page(path, lambda: make(site, digest, path), stamp, digest.name)


def _atom(site: Site, digest: Digest, path: str) -> bytes:
    where = _Where(site, digest, path)
    entries = [edition_entry(where.renderer, one, where.base) for one in islice(where.editions(), EDITIONS)]
    return atom.feed(
        where.identity,
        digest.title,
        max((one.updated for one in entries), default=NOTHING_YET),
        where.home,
        where.address,
        entries,
        subtitle=f"One entry for each edition of {digest.title}.",
        language=digest.language,
    )


def _json(site: Site, digest: Digest, path: str) -> bytes:
    where = _Where(site, digest, path)
    entries = [edition_entry(where.renderer, one, where.base) for one in islice(where.editions(), EDITIONS)]
    return jsonfeed.feed(
        digest.title,
        where.home,
        where.address,
        entries,
        description=f"One entry for each edition of {digest.title}.",
        language=digest.language,
    )


def _section_feed(section: str) -> Made:
    def make(site: Site, digest: Digest, path: str) -> bytes:
        where = _Where(site, digest, path)
        editions = islice(where.editions(), STORIES)
        entries = section_entries(where.renderer, editions, section, where.sections_by_feed(), where.base)
        return atom.feed(
            where.identity,
            f"{section} · {digest.title}",
            max((one.updated for one in entries), default=NOTHING_YET),
            where.home,
            where.address,
            entries,
            subtitle=f"Stories of {section}, as {digest.title} told them.",
            language=digest.language,
        )

    return make


class _Where:
    """Where a feed lies, and what goes into it."""

    def __init__(self, site: Site, digest: Digest, path: str) -> None:
        self._site, self._digest = site, digest
        prefix, base = site.prefix(digest.name), site.settings.web.base_url
        below = path.removeprefix(prefix)
        up = "../" * below.count("/")
        self.base = Base(base, mailbox(digest.sender)[1].rpartition("@")[2], prefix, up, site.index)
        self.identity = self.base.identity(below)
        root = None if base is None else f"{base}/"
        self.home = f"{root}{prefix}" if root else (f"{up}{site.index}" or "./")
        self.address = f"{root}{path}" if root else path.rpartition("/")[2]
        self.renderer = site.renderers.of(digest)

    def editions(self) -> Iterator[Edition]:
        """As anybody may read them, the newest first."""
        return (for_page(opened(self._site, data)) for data in self._site.store.editions.data(self._digest.name))

    def sections_by_feed(self) -> dict[str, str]:
        """Title of each feed of the digest, as editions name it, to its section."""
        feeds = self._site.store.feeds
        known = feeds.subscribed(feeds_of(self._site.settings, self._digest))
        return {state.title: known[state.id].section for state in feeds.states(known)}

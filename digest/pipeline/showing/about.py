"""about/index.html: what this is, its digests and feeds, and how it works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ... import __version__
from ...config import Digest, feeds_of
from ...editions import slots
from ...pages.about import About, AboutDigest, about
from ...pages.page import Page
from . import feeds_of_digest

if TYPE_CHECKING:
    from . import Site

PATH = "about/index.html"


def find(site: Site, path: str, query: Mapping[str, str]) -> Page | None:
    return _page(site) if path == PATH else None


def every(site: Site) -> Iterator[Page]:
    yield _page(site)


def _page(site: Site) -> Page:
    upcoming = [slots.following(digest, site.now) for digest in site.digests]
    feeds = [feed for digest in site.digests for feed in feeds_of_digest.named(site, digest)]

    def draw() -> bytes:
        facts = About(
            __version__,
            tuple(_digest(site, digest) for digest in site.digests),
            site.store.items.count_of(site.feeds),
            site.store.threads.linked(site.feeds),
        )
        return about(site.renderer, site.frame(PATH, feeds=feeds), facts).encode()

    changed = site.store.items.moved(), site.store.decisions.count(), site.store.editions.newest(), site.names
    return Page(PATH, draw, f"{changed} {upcoming}")


def _digest(site: Site, digest: Digest) -> AboutDigest:
    wanted = {feed.url for feed in feeds_of(site.settings, digest)}
    shown = {one: feed for one, feed in site.feeds.items() if feed.url in wanted}
    titles = tuple(state.title for state in site.store.feeds.states(shown))
    prefix = site.prefix(digest.name)
    return AboutDigest(
        title=digest.title,
        prefix=prefix,
        next_slot=slots.following(digest, site.now),
        timezone=digest.timezone,
        editions=len(site.store.leaves.issues(digest.name)),
        feeds=titles,
        more_feeds=len(wanted) - len(titles),
        sections=tuple(
            (name, f"{prefix}sections/{slug}/feed.atom")
            for slug, name in feeds_of_digest.sections(site, digest).items()
        ),
    )

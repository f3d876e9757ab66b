"""The pages of editions: each at its date, the latest at the root of its digest.

index.html                        the latest edition, under the digest's name
YYYY/MM/DD/index.html             each edition; a second one of a day below it in ``2/``
YYYY/MM/DD/section-2/index.html   on a huge day: what its second section has beyond that page; then ``section-2/2/``

A digest that is not the first of the configuration has all this in a folder of its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from ...config import Digest, feeds_of
from ...editions.prepare import for_page
from ...model import Edition, edition_path
from ...pages.archive import archive
from ...pages.edition import day_page, section_page, section_path
from ...pages.huge import USUAL, Beyond, split
from ...pages.page import Page
from ...store import Leaf
from . import upcoming
from .openness import opened

if TYPE_CHECKING:
    from . import Site

_DATED = re.compile(
    r"(\d{4})/(\d\d)/(\d\d)/(?:([2-9]|[1-9]\d{1,3})/)?(?:section-([1-9]\d{0,3})/(?:([2-9]|[1-9]\d{1,3})/)?)?index\.html",
    re.ASCII,
)


def find(site: Site, path: str, query: Mapping[str, str]) -> Page | None:
    digest, rest = site.digest_of(path)
    if digest is None:
        return None
    if rest == "index.html":
        return _front(site, digest)
    dated = _DATED.fullmatch(rest)
    if dated is None:
        return None
    try:
        day = date(*map(int, dated.groups()[:3]))
    except ValueError:
        return None
    leaf = site.store.leaves.find(digest.name, day, int(dated[4] or 1))
    if leaf is None:
        return None
    if dated[5] is None:
        return _edition(site, digest, leaf)
    return next((page for page in _sections(site, digest, leaf) if page.path == path), None)


def every(site: Site) -> Iterator[Page]:
    """The front page of each digest comes last, so that it never links to a page that is not there yet."""
    for digest in site.digests:
        for leaf in site.store.leaves.all(digest.name):
            yield from _sections(site, digest, leaf)
            yield _edition(site, digest, leaf)
        yield _front(site, digest)


def edition_of(site: Site, leaf: Leaf) -> Edition:
    """As this viewer may see it."""
    return for_page(opened(site, site.store.editions.get(leaf.id).data), private=site.viewer.owner)


def _edition(site: Site, digest: Digest, leaf: Leaf) -> Page:
    path = f"{site.prefix(digest.name)}{edition_path(leaf.day, leaf.ordinal)}index.html"

    def draw() -> bytes:
        return _drawn(site, digest, leaf, path, latest=False)

    return Page(path, draw, _stamp(leaf), digest.name)


def _front(site: Site, digest: Digest) -> Page:
    """The latest edition; a server says what came in since, which in a file would be wrong by tomorrow."""
    path = f"{site.prefix(digest.name)}index.html"
    leaf = site.store.leaves.find(digest.name)
    if leaf is None:
        return upcoming.page(site, digest, path) if site.viewer.served else _nothing_yet(site, digest, path)
    since = _came_since(site, digest, site.store.leaves.until(leaf.id)) if site.viewer.served else None

    def draw() -> bytes:
        return _drawn(site, digest, leaf, path, latest=True, since=since)

    return Page(path, draw, f"{_stamp(leaf)} {since}", digest.name)


def _nothing_yet(site: Site, digest: Digest, path: str) -> Page:
    def draw() -> bytes:
        frame = site.frame(path, digest)
        return archive(site.renderers.of(digest), frame, (), title=digest.title, root="").encode()

    return Page(path, draw, "none", digest.name)


def _came_since(site: Site, digest: Digest, until: datetime) -> int:
    wanted = {feed.url for feed in feeds_of(site.settings, digest)}
    feeds = [one for one, feed in site.feeds.items() if feed.url in wanted]
    return site.store.items.seen_since(until, feeds)


def _drawn(site: Site, digest: Digest, leaf: Leaf, path: str, *, latest: bool, since: int | None = None) -> bytes:
    edition = edition_of(site, leaf)
    base = site.settings.web.base_url
    canonical = None if base is None else f"{base}/{site.prefix(digest.name)}{edition.path}"
    page = day_page(
        site.renderers.of(digest),
        site.frame(path, digest),
        split(edition),
        root="" if latest else "../" * edition.path.count("/"),
        previous=leaf.older,
        next=None if latest else leaf.newer,
        latest=latest,
        canonical=canonical,
        since=since,
    )
    return page.encode()


def _sections(site: Site, digest: Digest, leaf: Leaf) -> Iterator[Page]:
    """The pages of its sections beyond that of the day; none on a usual day, which then is not even read."""
    if leaf.items <= USUAL and not site.viewer.owner:
        return
    edition = edition_of(site, leaf)
    for number, beyond in split(edition).beyond.items():
        for page in range(1, len(beyond.pages) + 1):
            place = section_path(edition, number, page)
            path = f"{site.prefix(digest.name)}{place}index.html"

            def draw(beyond: Beyond = beyond, page: int = page, place: str = place, path: str = path) -> bytes:
                frame = site.frame(path, digest)
                root = "../" * place.count("/")
                return section_page(site.renderers.of(digest), frame, edition, beyond, page, root=root).encode()

            yield Page(path, draw, f"{leaf.id} {leaf.composed}", digest.name)


def _stamp(leaf: Leaf) -> str:
    return f"{leaf.id} {leaf.composed} {leaf.older} {leaf.newer}"

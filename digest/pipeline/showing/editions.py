"""The pages of editions: each at its date, the latest at the root of its digest, all of them in the archive.

index.html                  the latest edition, under the digest's name
YYYY/MM/DD/index.html       each edition; a second one of a day below it in ``2/``
archive/index.html          months as calendars

A digest that is not the first of the configuration has all this in a folder of its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

from ...config import Digest
from ...model import edition_path
from ...pages.archive import archive
from ...pages.months import issue_of, months
from ...pages.page import Page
from ...store import Leaf
from ..publishing import thaw

if TYPE_CHECKING:
    from . import Site

_DATED = re.compile(r"(\d{4})/(\d\d)/(\d\d)/(?:([2-9]|[1-9]\d+)/)?index\.html", re.ASCII)


def find(site: Site, path: str, query: Mapping[str, str]) -> Page | None:
    digest, rest = _digest(site, path)
    if digest is None:
        return None
    if rest == "index.html":
        return _front(site, digest)
    if rest == "archive/index.html":
        return _archive(site, digest)
    dated = _DATED.fullmatch(rest)
    if dated is None:
        return None
    try:
        day = date(*map(int, dated.groups()[:3]))
    except ValueError:
        return None
    leaf = site.store.editions.leaf(digest.name, day, int(dated[4] or 1))
    return None if leaf is None else _edition(site, digest, leaf)


def every(site: Site) -> Iterator[Page]:
    """The front page of each digest comes last, so that it never links to a page that is not there yet."""
    for digest in site.digests:
        for leaf in site.store.editions.leaves(digest.name):
            yield _edition(site, digest, leaf)
        yield _archive(site, digest)
        yield _front(site, digest)


def _digest(site: Site, path: str) -> tuple[Digest | None, str]:
    """Whose page it is, and its path in the digest's own folder."""
    first: Digest | None = None
    for digest in site.digests:
        prefix = site.prefix(digest.name)
        if prefix and path.startswith(prefix):
            return digest, path.removeprefix(prefix)
        first = digest if not prefix else first
    return first, path


def _edition(site: Site, digest: Digest, leaf: Leaf) -> Page:
    path = f"{site.prefix(digest.name)}{edition_path(leaf.day, leaf.ordinal)}index.html"

    def draw() -> bytes:
        return _drawn(site, digest, leaf, path, latest=False)

    return Page(path, draw, _stamp(leaf), digest.name)


def _front(site: Site, digest: Digest) -> Page:
    path = f"{site.prefix(digest.name)}index.html"
    leaf = site.store.editions.leaf(digest.name)

    def draw() -> bytes:
        if leaf is not None:
            return _drawn(site, digest, leaf, path, latest=True)
        page = archive(
            site.renderers.of(digest),
            site.frame(path, digest),
            (),
            title=digest.title,
            language=digest.language,
            root="",
        )
        return page.encode()

    return Page(path, draw, _stamp(leaf) if leaf else "none", digest.name)


def _drawn(site: Site, digest: Digest, leaf: Leaf, path: str, *, latest: bool) -> bytes:
    edition = thaw(site.store.editions.get(leaf.id).data)
    base = site.settings.web.base_url
    canonical = None if base is None else f"{base.rstrip('/')}/{site.prefix(digest.name)}{edition.path}"
    return (
        site.renderers.of(digest)
        .page(
            edition,
            site=site.frame(path, digest),
            private=site.viewer.owner,
            root="" if latest else "../" * edition.path.count("/"),
            previous=leaf.older,
            next=None if latest else leaf.newer,
            latest=latest,
            canonical=canonical or (f"{edition.path}{site.index}" if latest else None),
            index=site.index,
        )
        .encode()
    )


def _stamp(leaf: Leaf) -> str:
    return f"{leaf.id} {leaf.older} {leaf.newer}"


def _archive(site: Site, digest: Digest) -> Page:
    path = f"{site.prefix(digest.name)}archive/index.html"
    issues = site.store.editions.issues(digest.name)

    def draw() -> bytes:
        found = months(issue_of(*one) for one in issues)
        page = archive(
            site.renderers.of(digest),
            site.frame(path, digest),
            found,
            title=digest.title,
            language=digest.language,
            root="../",
        )
        return page.encode()

    return Page(path, draw, f"{len(issues)} {issues[0] if issues else ''}", digest.name)

"""Show: every page of the site, from one state of the database, for one viewer.

    site = Site(store, settings, renderers, viewer, now)
    site.find("threads/7/index.html")     the page at a path, or None; drawn only when its ``draw`` is called
    site.every()                          all pages that can be files, for an export

Each family of pages is a module with two functions, ``find(site, path, query)`` and ``every(site)``, and is the only
one that knows its paths. Writes nothing, takes no lock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from ... import config
from ...config import Config, Digest
from ...editions.render import Renderer
from ...model import Frame, Viewer
from ...pages.page import Page
from ...store import Store
from ..publishing import site_prefix
from ..renderers import Renderers
from . import about, archives, decisions, editions, feeds, feeds_of_digest, files, items, search, threads, upcoming

Query = Mapping[str, str]
"""What stands behind the question mark of an address."""


class Family(Protocol):
    """A module that knows one kind of pages."""

    def find(self, site: Site, path: str, query: Query) -> Page | None:
        """The page at a path, None where this family has none."""

    def every(self, site: Site) -> Iterator[Page]:
        """Those of its pages that can be files."""


FAMILIES: tuple[Family, ...] = (
    files,
    search,
    feeds,
    feeds_of_digest,
    about,
    decisions,
    items,
    threads,
    archives,
    upcoming,
    editions,
)
"""In this order they are asked, and written: what others link to comes first, front pages last."""


class Site:
    """The pages of some digests, all of the configuration unless named."""

    def __init__(
        self,
        store: Store,
        settings: Config,
        renderers: Renderers,
        viewer: Viewer,
        now: datetime,
        *,
        index: str = "",
        digests: Iterable[Digest] | None = None,
    ) -> None:
        self.store = store
        self.settings = settings
        self.viewer = viewer
        self.now = now
        self.index = index
        self.digests = tuple(settings.digests.values() if digests is None else digests)
        self.renderers = renderers
        self.kept: dict[object, Any] = {}
        """What a family found out and asks again, by a key of its own."""

    def find(self, path: str, query: Query | None = None) -> Page | None:
        """The page at a path such as ``2023/10/13/index.html``; None where there is none."""
        for family in FAMILIES:
            found = family.find(self, path, query or {})
            if found is not None:
                return found
        return None

    def every(self) -> Iterator[Page]:
        """All pages that can be files."""
        for family in FAMILIES:
            yield from family.every(self)

    # -- what the families share ---------------------------------------------------------------

    @property
    def main(self) -> Digest:
        """The digest at the root, whose templates and language the pages of the site as a whole have."""
        return next(iter(self.settings.digests.values()))

    @cached_property
    def renderer(self) -> Renderer:
        """Of the pages that belong to no digest; raises TemplateError."""
        return self.renderers.of(self.main)

    @cached_property
    def feeds(self) -> Mapping[int, config.Feed]:
        """The subscriptions whose items this viewer may see, by feed id: those of the shown digests, private ones only
        for the owner, who also sees what stands in no digest."""
        known = self.store.feeds.subscribed(self.settings.feeds)
        if self.viewer.owner:
            return known
        shown = {feed.url for digest in self.digests for feed in config.feeds_of(self.settings, digest)}
        return {one: feed for one, feed in known.items() if feed.url in shown and not feed.private}

    @cached_property
    def names(self) -> str:
        """Differs whenever one of those feeds is called otherwise: publishers rename theirs, and outlets with them."""
        return hashlib.sha256(repr(self.store.feeds.titles(self.feeds)).encode()).hexdigest()[:12]

    def digest_of(self, path: str) -> tuple[Digest | None, str]:
        """Whose page a path is, and the path in that digest's own folder; None where the root's digest is not shown."""
        first: Digest | None = None
        for digest in self.digests:
            prefix = self.prefix(digest.name)
            if prefix and path.startswith(prefix):
                return digest, path.removeprefix(prefix)
            first = digest if not prefix else first
        return first, path

    def prefix(self, digest: str) -> str:
        """Folder of a digest below the root: empty for the first one, ``evening/`` for another."""
        return site_prefix(self.settings, digest)

    def frame(self, path: str, digest: Digest | None = None, feeds: Iterable[tuple[str, str]] = ()) -> Frame:
        """What the page at a path shares with the others; ``feeds`` are (title, path) of its own feeds, to which those
        of the digest's editions come."""
        web = self.settings.web
        of = digest or self.main
        named = [*feeds, *feeds_of_digest.named(self, of)]
        return Frame(
            title=of.title,
            language=of.language,
            timezone=of.timezone,
            root="../" * path.count("/"),
            path=path.removesuffix("index.html"),
            prefix=self.prefix(of.name),
            index=self.index,
            base_url=web.base_url,
            viewer=self.viewer,
            noindex=web.noindex,
            images=web.images,
            feeds=tuple(dict.fromkeys(named)),
        )

"""What was decided, for its owner alone: decisions/index.html. Never a file of an export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ...pages.decisions import Gone, page
from ...pages.page import Page

if TYPE_CHECKING:
    from . import Site


def find(site: Site, path: str, query: Mapping[str, str]) -> Page | None:
    if path != "decisions/index.html" or not site.viewer.owner:
        return None
    return Page(path, lambda: _drawn(site, path))


def every(site: Site) -> Iterator[Page]:
    return iter(())


def _drawn(site: Site, path: str) -> bytes:
    gone = [Gone(one.digest, one.address, one.unsubscribed) for one in site.store.recipients.all() if one.unsubscribed]
    return page(site.renderer, site.frame(path), site.store.decisions.all(), gone, site.now).encode()

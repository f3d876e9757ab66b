"""One file of the site, before it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """What stands at one path, drawn only when it is asked for."""

    path: str
    """Of its file below the site's folder: ``2023/10/13/index.html``, ``threads/7/feed.atom``."""
    draw: Callable[[], bytes]
    stamp: str = ""
    """Differs whenever what would be drawn may differ, templates and settings apart; empty where only drawing tells.

    A page of a known stamp is neither drawn nor written again.
    """
    digest: str | None = None
    """Name of the digest whose templates draw it; None: those of the first one."""
    moved: str | None = None
    """Where the page is now, below the site's root; ``draw`` then gives a page that leads there."""
    lasts: int = 0
    """Seconds for which a reader may be shown it though its stamp is another by now: a draft that changes with each
    feed that is read."""

"""Who may ask for which path: the one table that says so."""

from __future__ import annotations

from enum import IntEnum

from ..model import Viewer


class Access(IntEnum):
    """What it takes to see a path, the least first."""

    ANYBODY = 0
    """Whoever reaches the server, also while the pages are protected."""
    READERS = 1
    """Everybody, or while the pages are protected who signed in or has the token."""
    INSIDERS = 2
    """The owner, or anybody where only this machine reaches the pages."""
    OWNER = 3


_TABLE: tuple[tuple[str, Access], ...] = (
    ("sign-in", Access.ANYBODY),
    ("unsubscribe/", Access.ANYBODY),
    ("healthz", Access.ANYBODY),
    ("style.css", Access.ANYBODY),
    ("keys.js", Access.ANYBODY),
    ("favicon.svg", Access.ANYBODY),
    ("favicon.ico", Access.ANYBODY),
    ("robots.txt", Access.ANYBODY),
    ("feeds/", Access.INSIDERS),
    ("feeds.opml", Access.INSIDERS),
    ("metrics", Access.INSIDERS),
    ("decisions/", Access.OWNER),
    ("do/", Access.OWNER),
    ("sign-out", Access.OWNER),
)
"""Path below the root to who may ask for it; a folder counts with all that is in it. All else is for readers."""


def needed(path: str) -> Access:
    """What it takes to see a path, as the application gets it: ``/feeds/``."""
    below = path.lstrip("/")
    for known, access in _TABLE:
        if below in (known, known.rstrip("/")) or below.startswith(known.rstrip("/") + "/"):
            return access
    return Access.READERS


def granted(viewer: Viewer, *, reads: bool) -> Access:
    """The most that somebody may see; ``reads`` tells whether the pages are open to them at all."""
    if viewer.owner:
        return Access.OWNER
    if viewer.insider:
        return Access.INSIDERS
    return Access.READERS if reads else Access.ANYBODY

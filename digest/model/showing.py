"""The site, as one viewer sees it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at a page, and what stands behind it."""

    served: bool = False
    """A server answers: it can search, sign in and act. Otherwise the page is a file."""
    owner: bool = False
    """Sees private reports, and the forms by which things are changed."""
    insider: bool = False
    """Sees how feeds are: the owner, or anybody where only this machine reaches the page."""
    csrf: str = field(default="", repr=False)
    """Goes into each form of the owner's, so that no other site can send it for them."""
    can_sign_in: bool = False
    """There is a password: a visitor may sign in, an owner who did may sign out."""
    flash: str = ""
    """What came of the last thing that the owner did, told once."""
    token: str = field(default="", repr=False)
    """Behind the address of a feed it lets a feed reader in, where the pages are protected; only the owner has it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page of a site shares, as one viewer sees it on one page."""

    title: str
    """Of the digest at the root."""
    language: str = "en"
    timezone: str = "UTC"
    root: str = ""
    """The way from the page to the root of the site: ``../../``."""
    path: str = ""
    """Of the page's address below the root: ``threads/7/``."""
    prefix: str = ""
    """Folder of the digest that the page belongs to, below the root: ``evening/``."""
    index: str = ""
    """What ends a link to a page: ``index.html`` where no server adds it."""
    base_url: str | None = None
    """Public address of the root, without a slash at its end."""
    viewer: Viewer = Viewer()
    alone: bool = False
    """There is no site around the page: a preview."""
    noindex: bool = True
    images: bool = False
    """Items may show their own picture."""
    feeds: tuple[tuple[str, str], ...] = ()
    """(title, path below the root) of the feeds of this page, for readers that look for them."""

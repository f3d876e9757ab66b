"""What this site is, in plain words and with its own numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..editions.render import Renderer
from ..model import Frame


@dataclass(frozen=True, slots=True)
class AboutDigest:
    title: str
    prefix: str
    """Its folder below the root of the site."""
    next_slot: datetime | None
    """When its next edition comes; None where no time is set for the days to come."""
    timezone: str
    editions: int
    feeds: tuple[str, ...]
    """Titles, those only that the viewer may know of."""
    more_feeds: int
    """That it draws on beside them."""
    sections: tuple[tuple[str, str], ...]
    """(name, path below the site's root of its feed)."""


@dataclass(frozen=True, slots=True)
class About:
    version: str
    digests: tuple[AboutDigest, ...]
    items: int
    """That are stored and that the viewer may see."""
    threads: int
    """Of more than one story."""


def about(renderer: Renderer, site: Frame, facts: About) -> str:
    return renderer.draw("about.html.j2", site=site, about=facts, index=site.index)

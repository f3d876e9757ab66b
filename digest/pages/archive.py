"""The archive of one digest, and what stands in place of its front page before its first edition."""

from __future__ import annotations

from collections.abc import Sequence

from ..editions.render import Renderer
from ..model import Frame
from .months import Month


def archive(renderer: Renderer, site: Frame, months: Sequence[Month], *, title: str, language: str, root: str) -> str:
    """All editions of a digest as month calendars, newest first; without any the word that none came yet.

    ``root`` leads from the page to the digest's own folder.
    """
    return renderer.draw(
        "archive.html.j2", site=site, months=months, title=title, language=language, root=root, index=site.index
    )

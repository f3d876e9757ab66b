"""The page of an edition, and on huge days those of its sections."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from ..editions.render import Renderer
from ..model import Edition, Frame
from .huge import Beyond, Split


def section_path(edition: Edition, number: int, page: int = 1) -> str:
    """Where a page of a section lives below its digest's folder: ``2023/10/13/section-2/``, then ``.../2/``."""
    folder = f"{edition.path}section-{number}/"
    return folder if page == 1 else f"{folder}{page}/"


def day_page(
    renderer: Renderer, site: Frame, found: Split, *, root: str, template: str = "page.html.j2", **more: Any
) -> str:
    """The page of a day; ``root`` leads to the digest's own folder, ``more`` is what the template wants to know."""
    beyond = {
        number: {
            "name": one.name,
            "count": one.stories,
            "own": one.own,
            "marks": one.marks,
            "path": section_path(found.day, number),
        }
        for number, one in found.beyond.items()
    }
    variables: Mapping[str, Any] = {"previous": None, "next": None, "latest": False, "canonical": None, **more}
    return renderer.draw(
        template, site=site, edition=found.day, root=root, index=site.index, beyond=beyond, **variables
    )


def section_page(renderer: Renderer, site: Frame, edition: Edition, beyond: Beyond, page: int, *, root: str) -> str:
    """What one section has beyond the page of its day, its ``page``-th part, counted from 1."""
    lines = beyond.pages[page - 1]
    first = beyond.before + sum(map(len, beyond.pages[: page - 1])) + 1
    last = len(beyond.pages)
    return renderer.draw(
        "section.html.j2",
        site=site,
        edition=edition,
        root=root,
        index=site.index,
        section=beyond.section,
        heading=beyond.name or "All stories",
        groups=[(feed, [line.story for line in some]) for feed, some in groupby(lines, key=lambda line: line.feed)],
        first=first,
        last=first + len(lines) - 1,
        total=beyond.before + beyond.stories,
        page=page,
        pages=last,
        previous=section_path(edition, beyond.section, page - 1) if page > 1 else None,
        next=section_path(edition, beyond.section, page + 1) if page < last else None,
    )

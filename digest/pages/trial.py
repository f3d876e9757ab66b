"""Draws every page of an edition's own with a specimen, so that a mistake in a template shows before it matters."""

from __future__ import annotations

from ..editions.prepare import for_page
from ..editions.render import Renderer
from ..model import Edition, Frame
from .about import About, AboutDigest, about
from .archive import archive
from .edition import day_page, section_page
from .entries import Base, edition_entry, section_entries
from .huge import Beyond, Line, Split
from .months import issue, months


def try_pages(renderer: Renderer, edition: Edition) -> None:
    """Raises TemplateError."""
    frame = Frame(edition.title, edition.language, edition.timezone, root="../")
    whole = for_page(edition)
    lines = tuple(Line(story) for section in whole.sections for story in section.stories)
    beyond = Beyond(1, "World", 0, (lines,))
    day_page(renderer, frame, Split(whole, {1: beyond}), root="../", since=1)
    day_page(
        renderer, frame, Split(whole, {}), root="../", template="new.html.j2",
        until=edition.slot, next_slot=edition.next_slot, first=False,
    )  # fmt: skip
    section_page(renderer, frame, whole, beyond, 1, root="../")
    archive(renderer, frame, months([issue(edition)]), title=edition.title, root="../")
    base = Base(None, "example.org", "", "", "")
    edition_entry(renderer, whole, base)
    for section in whole.sections:
        section_entries(renderer, [whole], section.name, {}, base)
    digest = AboutDigest(edition.title, "", edition.next_slot, edition.timezone, 1, ("Harbour Times",), 1, ())
    about(renderer, frame, About("1", (digest,), 1, 1))

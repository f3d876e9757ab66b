"""What a digest told, as entries of feeds: one an edition, or one a story of a section.

Rules of this file: the editions it gets are fit for pages and hold nothing private; an entry's id never changes.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from ..editions import phrases
from ..editions.cut import cut
from ..editions.render import Renderer
from ..model import Edition, EditionStory
from .atom import Entry, identity

EDITIONS = 30
"""The newest editions that a feed lists."""

STORIES = 50
"""The newest stories that the feed of a section lists."""

HEADLINE = 160
"""Characters of an edition's title in a feed."""

ALL = ""
"""Name of the one section that an edition of few items has."""


@dataclass(frozen=True, slots=True)
class Base:
    """Where a feed lies on the site, for the addresses and ids in it."""

    base_url: str | None
    """The site's public address; without one all others are relative to the feed."""
    domain: str
    """Of the publisher, for ids while there is no address."""
    prefix: str
    """Folder of the digest below the root of the site: ``evening/``."""
    up: str
    """The way from the feed to that folder."""
    index: str
    """What ends an address of a page where no server adds it."""

    def page(self, edition: Edition) -> str:
        if self.base_url is None:
            return f"{self.up}{edition.path}{self.index}"
        return f"{self.base_url}/{self.prefix}{edition.path}"

    def identity(self, below: str) -> str:
        """Of what stands at a path below the digest's folder."""
        return identity(self.base_url, self.domain, f"{self.prefix}{below}")


def slug(name: str) -> str:
    """A section's name as part of an address: ``world-news``, with a number where not all letters are Latin ones."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(one))
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return words if words and plain.isascii() else f"{words}-{_number(name)}".lstrip("-")


def _number(name: str) -> str:
    return f"{zlib.crc32(name.encode()):08x}"


def slugs(names: Iterable[str]) -> dict[str, str]:
    """Slug to section, in their order; the second of two that look alike gets a number."""
    found: dict[str, str] = {}
    for name in names:
        one = slug(name)
        found[one if one not in found else f"{one}-{_number(name)}"] = name
    return found


def title(edition: Edition) -> str:
    """The subject of its mail but for the day, which a reader shows beside it."""
    stories = phrases.shown(edition)
    if not stories:
        return "Nothing new"
    more = edition.stories - 1
    return cut(stories[0].lead.title, HEADLINE) + (f" (+{phrases.plural(more, 'story', 'stories')})" if more else "")


def edition_entry(renderer: Renderer, edition: Edition, base: Base) -> Entry:
    """An edition: its headlines, each a link, and the way to its page."""
    page = base.page(edition)
    return Entry(
        id=base.identity(edition.path),
        title=title(edition),
        url=page,
        updated=edition.slot,
        published=edition.slot,
        author=edition.title,
        summary_text=phrases.preview(edition),
        content_html=renderer.draw("feed-entry.html.j2", edition=edition, address=page),
        categories=tuple(section.name for section in edition.sections if section.name and section.stories),
        language=edition.language,
    )


def section_entries(
    renderer: Renderer, editions: Iterable[Edition], section: str, sections: Mapping[str, str], base: Base
) -> list[Entry]:
    """The newest stories of a section as editions told them, the latest edition first.

    ``sections`` are those of the feeds by title: they place a top story, and the stories of an edition of few items.
    """

    def entries() -> Iterator[Entry]:
        for edition in editions:
            page = base.page(edition)
            for story in _of_section(edition, section, sections):
                mark = f"#s{story.story_id}"
                yield Entry(
                    id=base.identity(f"{edition.path}{mark}"),
                    title=story.lead.title,
                    url=story.lead.url or f"{page}{mark}",
                    updated=edition.slot,
                    published=min(story.lead.published, edition.slot),
                    author=story.lead.outlet,
                    summary_text=story.gist,
                    content_html=renderer.draw("feed-story.html.j2", edition=edition, story=story, address=page),
                    categories=(section,),
                    language=None if story.lead.language in ("und", "") else story.lead.language,
                )

    return list(islice(entries(), STORIES))


def _of_section(edition: Edition, section: str, sections: Mapping[str, str]) -> Iterator[EditionStory]:
    for story in edition.top:
        if sections.get(story.lead.feed) == section:
            yield story
    for one in edition.sections:
        for story in (*one.stories, *one.rest):
            if one.name == section or (one.name == ALL and sections.get(story.lead.feed) == section):
                yield story

"""A site over a database of its own: editions frozen as given, pages drawn by the way the program takes.

shown = Showing(tmp_path, digests=("daily", "evening"))
shown.freeze(edition)
shown.files()                             path to text of everything an export would write
shown.page("2023/10/13/index.html")       one page, as a server shows it
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from digest import config
from digest.editions import frozen
from digest.editions.prepare import for_page
from digest.model import Edition, EditionStory, Mail, Viewer
from digest.pages.page import Page
from digest.pipeline.renderers import Renderers
from digest.pipeline.showing import Site
from digest.store import Store

NOW = datetime(2023, 10, 13, 9, 0, tzinfo=UTC)
READER = Viewer(served=True)
OWNER = Viewer(served=True, owner=True, insider=True, csrf="the-mark-of-the-form", can_sign_in=True)


class Showing:
    def __init__(self, folder: Path, text: str = "", digests: tuple[str, ...] = ("daily",), web: str = "") -> None:
        """``text`` is more of the configuration, ``web`` lines of its table."""
        tables = "".join(f'[digests.{name}]\ntitle = "Morning paper"\n' for name in digests)
        (folder / "config.toml").write_text(f'timezone = "Europe/Berlin"\n{text}\n{tables}\n[web]\n{web}\n')
        self.settings = config.load(folder / "config.toml")
        self.store = Store.open(self.settings.database, self.settings.families)
        self.now = NOW

    def freeze(self, *editions: Edition) -> None:
        """In this order, which must be that of their numbers."""
        for edition in editions:
            self.store.editions.know(edition.digest, self.now)
            with self.store.freezing():
                self._stories(edition)
                text = frozen.dumps(edition)
                mail = Mail("", "", "")
                self.store.editions.freeze(edition, text, mail, (), self.now, readable=for_page(edition).items)

    def _stories(self, edition: Edition) -> None:
        """Rows that the edition's stories and threads point to."""
        connection = self.store._database.conn
        for story in _all(edition):
            connection.execute("INSERT OR IGNORE INTO threads (id) VALUES (?)", (story.thread_id,))
            connection.execute(
                """INSERT OR IGNORE INTO stories (id, thread_id, language, first, last, size, terms)
                   VALUES (?, ?, 'en', '2023-10-13T00:00:00Z', '2023-10-13T00:00:00Z', 1, '{}')""",
                (story.story_id, story.thread_id),
            )

    def site(self, viewer: Viewer = READER, *, index: str = "") -> Site:
        return Site(self.store, self.settings, Renderers(self.settings), viewer, self.now, index=index)

    def find(self, path: str, viewer: Viewer = READER, query: Mapping[str, str] | None = None) -> Page | None:
        return self.site(viewer).find(path, query)

    def page(self, path: str, viewer: Viewer = READER, query: Mapping[str, str] | None = None) -> str:
        found = self.find(path, viewer, query)
        assert found is not None, f"no page at {path}"
        return found.draw().decode()

    def files(self, index: str = "index.html") -> dict[str, str]:
        """What an export writes, by path."""
        made = list(self.site(Viewer(), index=index).every())
        assert len({page.path for page in made}) == len(made), "two pages at one path"
        return {page.path: page.draw().decode() for page in made}

    def pages(self, index: str = "index.html") -> dict[str, str]:
        """Those of them that are HTML."""
        return {path: text for path, text in self.files(index).items() if path.endswith(".html")}


def numbered(digest: str, *editions: Edition) -> list[Edition]:
    """The same for a digest of that name, numbered in their order, each with a slot of its own."""
    return [
        replace(one, digest=digest, number=number, slot=one.slot.replace(year=2000 + number))
        for number, one in enumerate(editions, 1)
    ]


def _all(edition: Edition) -> list[EditionStory]:
    entries = [*edition.top, *(story for section in edition.sections for story in section.stories)]
    return [story for entry in entries for story in (entry, *entry.related)]

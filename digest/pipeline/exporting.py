"""Export: the site as files, of which only those are drawn that may have changed."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from .. import __version__
from ..config import Config, Digest
from ..deliver.files import Files, Sheet, Sheets
from ..editions.render import shipped_templates
from ..errors import DigestError, TemplateError
from ..model import Verdict, Viewer
from ..store import Store
from .renderers import Renderers, folder_of
from .showing import Site
from .types import Clock

log = logging.getLogger(__name__)


def export(store: Store, settings: Config, folder: Path, digests: Iterable[Digest], clock: Clock) -> str:
    """Brings a folder up to date with the pages of those digests; says what was written.

    Raises DigestError where the folder cannot be written or a template fails.
    """
    shown = tuple(digests)
    with store.shown():
        sheets = site_sheets(store, settings, Renderers(settings), shown, clock, needed=[one.name for one in shown])
        outcome = Files(folder).publish(sheets.pages, made_by=sheets.made_by, name="export")
    if outcome.verdict is not Verdict.TAKEN:
        raise DigestError(outcome.detail or f"{folder}: pages cannot be written there")
    return outcome.detail or ""


def site_sheets(
    store: Store,
    settings: Config,
    renderers: Renderers,
    digests: Iterable[Digest],
    clock: Clock,
    *,
    needed: Iterable[str] = (),
) -> Sheets:
    """Every file of the site of those digests, as anybody may see it.

    A digest whose templates fail is told in the log, and its files stay as they are; TemplateError is raised, while
    drawing, where it is one of those that are ``needed``.
    """
    shown = tuple(digests)
    site = Site(store, settings, renderers, Viewer(), clock(), index="index.html", digests=shown)
    return Sheets(_pages(site, frozenset(needed)), _made_by(store, settings, shown))


def _pages(site: Site, needed: frozenset[str]) -> Iterator[Sheet]:
    broken: set[str] = set()

    def guarded(of: str, draw: Callable[[], bytes]) -> Callable[[], bytes | None]:
        def drawn() -> bytes | None:
            if of in broken:
                return None
            try:
                return draw()
            except TemplateError as error:
                if of in needed:
                    raise
                broken.add(of)
                log.error("pages of digest %s: %s", of, error)
                return None

        return drawn

    for page in site.every():
        yield Sheet(page.path, guarded(page.digest or site.main.name, page.draw), page.stamp)


def _made_by(store: Store, settings: Config, digests: tuple[Digest, ...]) -> str:
    """Differs whenever the same stamp of a page may mean another page: by program, templates, settings or database."""
    found = hashlib.sha256()
    found.update(f"{__version__} {store.editions.begun()} {[one.name for one in digests]}".encode())
    found.update(repr(settings).encode())
    folders = {shipped_templates(), *(folder_of(settings, one) for one in settings.digests.values())}
    for folder in sorted(one for one in folders if one is not None):
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            found.update(f"{path.name} ".encode() + path.read_bytes())
    # A checkout changes without another version.
    package = Path(__file__).parents[1]
    for path in sorted(package.rglob("*.py")):
        state = path.stat()
        found.update(f"{path} {state.st_size} {state.st_mtime_ns}".encode())
    return found.hexdigest()[:32]

"""Editions -> the files of a static site, newest first; whoever writes them decides where.

index.html                  the latest edition, under the digest's name
YYYY/MM/DD/index.html       each edition; a second one of a day below it in ``2/``
archive/index.html          months as calendars
style.css
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..model import Edition
from .months import issue, months
from .render import Renderer


def site(
    renderer: Renderer,
    editions: Iterable[Edition],
    *,
    title: str = "Digest",
    prefix: str = "",
    base_url: str | None = None,
    index: str = "index.html",
) -> Iterator[tuple[str, bytes]]:
    """(path, bytes) of every file of one digest's pages; ``editions`` come newest first and are read one by one.

    The front page comes last, so that it never links to a page that is not there yet.

    ``title`` names a digest without an edition yet. ``prefix`` (``evening/``) puts the digest in a folder of its own,
    with which all its links work wherever that folder lies. ``base_url`` makes the canonical addresses absolute.
    ``index`` ends links to pages, so that they also work from a disk; give ``""`` where a server adds it.
    """
    issues = []
    front: str | None = None
    newer: str | None = None
    language = "en"
    for edition, older in _with_older(editions):
        previous = older.path if older is not None else None
        if newer is None:
            title, language = edition.title, edition.language
            canonical = _absolute(base_url, prefix, edition.path) or f"{edition.path}{index}"
            front = renderer.page(edition, previous=previous, latest=True, canonical=canonical, index=index)
        page = renderer.page(
            edition,
            root="../" * edition.path.count("/"),
            previous=previous,
            next=newer,
            canonical=_absolute(base_url, prefix, edition.path),
            index=index,
        )
        yield f"{prefix}{edition.path}index.html", page.encode()
        issues.append(issue(edition))
        newer = edition.path
    calendars = months(issues)
    archive = renderer.archive(calendars, title=title, language=language, root="../", index=index)
    yield f"{prefix}archive/index.html", archive.encode()
    yield f"{prefix}style.css", renderer.style().encode()
    if front is None:
        front = renderer.archive((), title=title, root="", index=index)
    yield f"{prefix}index.html", front.encode()


def _absolute(base_url: str | None, prefix: str, path: str) -> str | None:
    return None if base_url is None else f"{base_url.rstrip('/')}/{prefix}{path}"


def _with_older(editions: Iterable[Edition]) -> Iterator[tuple[Edition, Edition | None]]:
    """Each edition with the one before it in time."""
    current: Edition | None = None
    for edition in editions:
        if current is not None:
            yield current, edition
        current = edition
    if current is not None:
        yield current, None

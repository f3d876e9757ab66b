"""Pages into a folder that any web host can serve.

Only what changed is written, each file whole or not at all, the first page last; what others put there, or changed, is
never removed, and nothing is ever written outside the folder. ``manifest`` remembers what we wrote.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ..model import Outcome, Verdict
from . import manifest
from .manifest import Manifest, Written

FIRST_PAGE = "index.html"
"""Written last, so that it never links to a page that is not there yet."""

MANIFEST = ".digest-site.json"
"""What we wrote there, for the next time; our own matter, so nobody else may read it."""

LEFTOVER = timedelta(minutes=10)
"""A draft of this age belongs to a run that was killed."""

_PREFIX, _SUFFIX = ".digest-", ".tmp"


Content = bytes | Callable[[], bytes | None]
"""What a page holds, or what draws it; None where it cannot be drawn now, so what lies there stays."""


class Sheet(NamedTuple):
    """One page, drawn only where another may lie in its place."""

    path: str
    content: Content
    stamp: str = ""
    """Differs whenever the content may differ; empty where only drawing tells."""


class Sheets(NamedTuple):
    """The pages of a folder."""

    pages: Iterator[Sheet]
    made_by: str
    """Differs whenever the same stamps may mean other pages."""


class Files:
    """One folder of pages; made when absent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def publish(self, pages: Iterable[tuple[str, bytes] | Sheet], *, made_by: str = "", name: str = "") -> Outcome:
        """Bring the folder up to date with ``(path, content)`` pairs.

        Paths are relative with ``/``, as ``2023/10/13/index.html``. With ``made_by`` a manifest in the folder remembers
        what was written: a page whose stamp it knows is not even drawn, and what is no page any more goes, if nobody
        changed it and it was the same ``name`` that wrote it.

        TAKEN says how many files were written; LATER names the path that could not be and the cure.
        What was written before a failure stays: pages are whole, and the next try does the rest.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            root = self._folder.resolve(strict=True)
            writing = _Writing(root, manifest.read(root / MANIFEST, made_by))
            first: Sheet | None = None
            for page in pages:
                sheet = Sheet(*page)
                if sheet.path == FIRST_PAGE:
                    first = sheet
                else:
                    writing.bring(sheet)
            if first is not None:
                writing.sync()
                writing.bring(first)
            writing.sync()
            if made_by:
                writing.end(made_by, name)
        except _OutsideError as error:
            return Outcome(Verdict.LATER, f"{self._folder}: {error}")
        except OSError as error:
            return Outcome(
                Verdict.LATER,
                f"{error.filename or self._folder}: pages cannot be written there ({error.strerror or error}); "
                "make the folder writable for this user (chown) or set another folder for the transport",
            )
        return Outcome(Verdict.TAKEN, f"{self._folder}: {writing.told()}")


class _Writing:
    """One time of bringing a folder up to date."""

    def __init__(self, root: Path, known: Manifest) -> None:
        self._root = root
        self._known = known
        self._files: dict[str, Written] = {}
        self._visited: set[Path] = set()
        self._changed: set[Path] = set()
        self._seen = self._written = self._removed = 0

    def bring(self, sheet: Sheet) -> None:
        """One page to its place, where another may lie there."""
        self._seen += 1
        before = self._known.files.get(sheet.path)
        if before is not None and self._known.holds(sheet.path, sheet.stamp) and before.lies(self._root / sheet.path):
            self._files[sheet.path] = before
            return
        content = sheet.content if isinstance(sheet.content, bytes) else sheet.content()
        if content is None:
            self._files |= {sheet.path: before} if before is not None else {}
            return
        self._written += _put(self._root, sheet.path, content, self._visited, self._changed)
        self._files[sheet.path] = Written.of(sheet.stamp, content, self._root / sheet.path)

    def sync(self) -> None:
        _sync_all(self._changed)

    def end(self, made_by: str, name: str) -> None:
        """Removes what was written before and is no page any more, and remembers what is."""
        if self._known.name == name:
            for path, before in self._known.files.items():
                with suppress(_OutsideError):  # somebody else wrote this line
                    if path not in self._files and before.is_ours(_place(self._root, path)):
                        self._remove(_place(self._root, path))
        text = Manifest(made_by, name, self._files).text()
        _put(self._root, MANIFEST, text, self._visited, self._changed, mode=0o600)
        self.sync()

    def _remove(self, place: Path) -> None:
        place.unlink()
        self._removed += 1
        self._changed.add(place.parent)
        folder = place.parent
        while folder != self._root and not os.listdir(folder):
            folder.rmdir()
            self._changed.discard(folder)
            folder = folder.parent
            self._changed.add(folder)

    def told(self) -> str:
        same = self._seen - self._written
        return (
            f"{_files(self._written)} written"
            + (f", {_files(self._removed)} removed" if self._removed else "")
            + (f", {same} had not changed" if same else "")
        )


def _files(count: int) -> str:
    return f"{count} {'file' if count == 1 else 'files'}"


class _OutsideError(Exception):
    """A path that leads out of the folder."""


def _put(root: Path, path: str, content: bytes, visited: set[Path], changed: set[Path], *, mode: int = 0o666) -> bool:
    """Write one page if it differs from what is there; whether it did."""
    place = _place(root, path)
    folder = place.parent
    if folder not in visited:
        for new in _make(root, folder):
            changed.add(new.parent)
        _sweep(folder)
        visited.add(folder)
    if not place.is_symlink() and place.is_file() and _same(place, content):
        return False
    draft = folder / f"{_PREFIX}{secrets.token_hex(6)}{_SUFFIX}"
    try:
        # The usual mode, unlike that of tempfile: a web server of another user has to read it.
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, place)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    changed.add(folder)
    return True


def _place(root: Path, path: str) -> Path:
    """Where a page goes; raises _OutsideError for anything that is not below the folder."""
    parts = path.split("/")
    if any(part in {"", ".", ".."} or "\\" in part or "\0" in part for part in parts):
        raise _OutsideError(f"{path!r} is not a path below the folder; nothing is written there")
    place = root.joinpath(*PurePosixPath(path).parts)
    real = place.parent.resolve()
    if not real.is_relative_to(root):
        raise _OutsideError(f"{path!r} leads through a link to {real}, outside the folder; remove the link")
    return place


def _make(root: Path, folder: Path) -> list[Path]:
    """Make the folder of a page and those above it; returns the new ones."""
    missing = []
    while folder != root and not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir(exist_ok=True)
    return missing


def _same(place: Path, content: bytes) -> bool:
    return place.stat().st_size == len(content) and place.read_bytes() == content


def _sweep(folder: Path) -> None:
    """Remove drafts of killed runs; younger ones may be another process's."""
    oldest = time.time() - LEFTOVER.total_seconds()
    for name in os.listdir(folder):
        draft = folder / name
        if name.startswith(_PREFIX) and name.endswith(_SUFFIX) and draft.lstat().st_mtime < oldest:
            draft.unlink(missing_ok=True)


def _sync_all(folders: set[Path]) -> None:
    """Make the names in these folders survive a power cut; empties the set."""
    while folders:
        handle = os.open(folders.pop(), os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

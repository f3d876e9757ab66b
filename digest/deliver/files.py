"""Pages into a folder that any web host can serve.

Only what changed is written, each file whole or not at all, the first page last;
what others put there is never removed, and nothing is ever written outside the folder.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path, PurePosixPath

from ..model import Outcome, Verdict

FIRST_PAGE = "index.html"
"""Written last, so that it never links to a page that is not there yet."""

LEFTOVER = timedelta(minutes=10)
"""A draft of this age belongs to a run that was killed."""

_PREFIX, _SUFFIX = ".digest-", ".tmp"


class Files:
    """One folder of pages; made when absent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def publish(self, pages: Iterable[tuple[str, bytes]]) -> Outcome:
        """Bring the folder up to date with ``(path, content)`` pairs.

        Paths are relative with ``/``, as ``2023/10/13/index.html``.
        TAKEN says how many files were written; LATER names the path that could not be and the cure.
        What was written before a failure stays: pages are whole, and the next try does the rest.
        """
        seen = written = 0
        first: bytes | None = None
        visited: set[Path] = set()
        changed: set[Path] = set()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            root = self._folder.resolve(strict=True)
            for path, content in pages:
                seen += 1
                if path == FIRST_PAGE:
                    first = content
                else:
                    written += _put(root, path, content, visited, changed)
            if first is not None:
                _sync_all(changed)
                written += _put(root, FIRST_PAGE, first, visited, changed)
            _sync_all(changed)
        except _OutsideError as error:
            return Outcome(Verdict.LATER, f"{self._folder}: {error}")
        except OSError as error:
            return Outcome(
                Verdict.LATER,
                f"{error.filename or self._folder}: pages cannot be written there ({error.strerror or error}); "
                "make the folder writable for this user (chown) or set another folder for the transport",
            )
        told = f"{written} {'file' if written == 1 else 'files'} written"
        same = f", {seen - written} had not changed" if seen > written else ""
        return Outcome(Verdict.TAKEN, f"{self._folder}: {told}{same}")


class _OutsideError(Exception):
    """A path that leads out of the folder."""


def _put(root: Path, path: str, content: bytes, visited: set[Path], changed: set[Path]) -> bool:
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
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
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

"""What was written into a folder, so that the next time only what may differ is drawn.

A manifest is a help and no truth: a damaged, old or foreign one is none, and then everything is drawn.
"""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Written:
    """One file as we left it."""

    stamp: str
    print: str
    """Of its content."""
    size: int
    changed: int
    """Its time, in nanoseconds."""

    @classmethod
    def of(cls, stamp: str, content: bytes, place: Path) -> Self:
        """A file that lies there just now."""
        return cls(stamp, _print(content), len(content), place.lstat().st_mtime_ns)

    def lies(self, place: Path) -> bool:
        """Whether it lies there untouched, without reading it."""
        try:
            found = place.lstat()
        except OSError:
            return False
        return stat.S_ISREG(found.st_mode) and (found.st_size, found.st_mtime_ns) == (self.size, self.changed)

    def is_ours(self, place: Path) -> bool:
        """Whether what lies there is what we wrote, read byte by byte."""
        try:
            found = place.lstat()
            return stat.S_ISREG(found.st_mode) and _print(place.read_bytes()) == self.print
        except OSError:
            return False


@dataclass(frozen=True, slots=True)
class Manifest:
    made_by: str = ""
    name: str = ""
    """Of who wrote it: only the same one takes away what it no longer writes."""
    files: Mapping[str, Written] = field(default_factory=dict)
    fresh: bool = False
    """Whether its stamps still mean the same pages."""

    def holds(self, path: str, stamp: str) -> bool:
        """Whether the page at that path is known to be that of the stamp."""
        return self.fresh and stamp != "" and path in self.files and self.files[path].stamp == stamp

    def text(self) -> bytes:
        files = {path: [one.stamp, one.print, one.size, one.changed] for path, one in sorted(self.files.items())}
        known = {"format": FORMAT, "made_by": self.made_by, "name": self.name, "files": files}
        return json.dumps(known, ensure_ascii=False, indent=0).encode()


def read(path: Path, made_by: str) -> Manifest:
    """The manifest at a path; an empty one where there is none that can be relied on."""
    try:
        found = json.loads(path.read_bytes())
        if found["format"] != FORMAT:
            return Manifest()
        files = {str(where): _written(*one) for where, one in found["files"].items()}
        return Manifest(str(found["made_by"]), str(found["name"]), files, fresh=found["made_by"] == made_by)
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return Manifest()


def _written(stamp: str, print: str, size: int, changed: int) -> Written:  # noqa: A002  the word of the file
    return Written(str(stamp), str(print), int(size), int(changed))


def _print(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]

"""How many items feedparser is given, in whatever process: ``DIGEST_TEST_HANDED`` names a file that gets the numbers.

It counts what feedparser found, and asks nobody who may be mistaken about what was given to it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

HANDED = "DIGEST_TEST_HANDED"


def count() -> None:
    """Once feedparser is imported in this process, what it reads is counted."""
    sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "feedparser":
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(Loader):
    def __init__(self, real: Loader) -> None:
        self._real = real

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._real.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._real.exec_module(module)
        parse, file = module.parse, os.environ[HANDED]

        def counted(*given: object, **named: object) -> object:
            found = parse(*given, **named)
            with open(file, "a") as lines:
                lines.write(f"{len(found.entries)}\n")
            return found

        module.parse = counted  # type: ignore[attr-defined]

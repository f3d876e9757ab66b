"""A changed config.toml or template, noticed while the server runs, judged, and taken up or refused."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DigestError, TemplateError
from ..values import keys
from .common import count

if TYPE_CHECKING:
    from ..config import Config

log = logging.getLogger(__name__)

AGAIN = 10
"""Looks after which a refused file is judged anew, though nothing of it changed."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What is in force from now on."""

    settings: Config
    changes: tuple[str, ...]
    """What changed, in words without a secret; empty when only templates did, or nothing."""
    waiting: tuple[str, ...]
    """Keys that changed in the file and count after a restart."""


class Reloader:
    """Looks at the file again and again, and says when what it holds is to be taken up.

    Contents are compared, not times: an editor that writes by rename, a copy with the old time and a symbolic link that
    leads elsewhere (a Kubernetes volume) are all the same then. A file that was seen in two looks in a row is complete.
    """

    def __init__(self, settings: Config) -> None:
        self._settings = settings
        self._seen: bytes | None = None
        self._judged: bytes | None = None
        self._refused: str | None = None
        self._looks = 0

    def look(self, *, asked: bool = False) -> Reloaded | None:
        """What is to be taken up now, or None. ``asked``: a person wants it read now, changed or not.

        A file that is wrong is refused and told once, with every mistake in it.
        """
        found = _contents(self._settings)
        settled = found == self._seen
        self._seen = found
        self._looks += 1
        # What is wrong may be mended elsewhere: a folder that is made, another template folder.
        again = self._refused is not None and self._looks % AGAIN == 0
        if not asked and (not settled or (found == self._judged and not again)):
            return None
        first = self._judged is None and not asked
        self._judged = found
        try:
            loaded = _load(self._settings.path)
        except DigestError as error:
            if asked or str(error) != self._refused:
                log.error("%s\n  what was in force before stays so until this is mended", error)
            self._refused = str(error)
            return None
        settings, waiting = _as_possible(self._settings, loaded)
        made = Reloaded(settings, tuple(changes(self._settings, settings)), waiting)
        refused, self._refused, self._settings = self._refused, None, settings
        if first and not made.changes and not waiting:
            return None  # as it was read at the start
        _tell(made, settings.path, asked or refused is not None)
        return made


def _load(path: Path) -> Config:
    """The settings, when they and the templates they name can be used; raises DigestError."""
    from ..config import load
    from .check import template_problems

    settings = load(path)
    if problems := template_problems(settings):
        raise TemplateError("\n".join(problems))
    return settings


def _contents(settings: Config) -> bytes:
    """What tells one state of file and templates from another; a file that cannot be read is a state, too."""
    folders = {settings.templates, *(digest.templates for digest in settings.digests.values())}
    seen, files = hashlib.sha256(), [settings.path]
    for folder in sorted(folder for folder in folders if folder is not None):
        if not os.path.isdir(folder):
            seen.update(b"no folder %s" % bytes(folder))
        files += sorted(folder.rglob("*.j2"))
    for file in files:
        try:
            body = file.read_bytes()
        except OSError as error:
            body = type(error).__name__.encode()
        seen.update(b"%d %d %s" % (len(bytes(file)), len(body), bytes(file)) + body)
    return seen.digest()


def _as_possible(old: Config, new: Config) -> tuple[Config, tuple[str, ...]]:
    """``new`` as far as it can be taken up by a running process, and the keys that cannot."""
    waiting = []
    if new.database != old.database:
        new = replace(new, database=old.database)
        waiting.append("database")
    if new.web.address != old.web.address:
        new = replace(new, web=replace(new.web, address=old.web.address))
        waiting.append("web.address")
    return new, tuple(waiting)


def _tell(made: Reloaded, path: Path, again: bool) -> None:
    if made.changes:
        log.info("%s is in force: %s", path.name, ", ".join(made.changes))
    elif again:
        log.info("%s was read again: nothing changed", path.name)
    elif not made.waiting:
        log.info("%s: templates or comments changed", path.name)
    if made.waiting:
        log.warning("%s: restart to apply %s", path.name, " and ".join(made.waiting))


def changes(old: Config, new: Config) -> Iterator[str]:
    """What differs, by key and without values: a value may be a secret address."""
    yield from _feeds({feed.url: feed for feed in old.feeds}, {feed.url: feed for feed in new.feeds})
    before, now = _plain(old), _plain(new)
    for name in before:
        yield from sorted(_differences(name, before[name], now[name]))
    if _moved(list(old.digests), list(new.digests)):
        yield "order of the digests"


def _plain(settings: Config) -> dict[str, Any]:
    return {
        spelt: _tables(getattr(settings, key.field)) for spelt, key in keys(type(settings)).items() if spelt != "feeds"
    }


def _tables(value: Any) -> Any:
    """A table of the file as a dict, down to the values."""
    if isinstance(value, Mapping):
        return {key: _tables(one) for key, one in value.items()}
    if not is_dataclass(value):
        return value
    return {spelt: _tables(getattr(value, key.field)) for spelt, key in keys(type(value)).items()}


def _differences(key: str, old: Any, new: Any) -> Iterator[str]:
    """Dotted keys of what changed; a table that came or went is named as a whole."""
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for name in old.keys() | new.keys():
            if name not in new:
                yield f"{key}.{name} is gone"
            elif name not in old:
                yield f"{key}.{name} is new"
            else:
                yield from _differences(f"{key}.{name}", old[name], new[name])
    else:
        yield key


def _feeds(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    told = {
        "new": sum(url not in old for url in new),
        "gone": sum(url not in new for url in old),
        "changed": sum(url in new and new[url] != old[url] for url in old),
    }
    for word, number in told.items():
        if number:
            yield f"{count(number, 'feed')} {word}"
    if _moved(list(old), list(new)):
        yield "order of the feeds"


def _moved(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether what stands in both stands in another order."""
    return [one for one in old if one in new] != [one for one in new if one in old]

"""A configuration to start from: the shipped example, with the reader's own feeds where there is a list of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import DigestError
from .common import count
from .configfile import written

_PACKAGE = Path(__file__).parent.parent
_BEGIN, _END = "# --- What to read ---", "# --- What to print ---"


@dataclass(frozen=True, slots=True)
class Started:
    """What was written."""

    path: Path
    notes: tuple[str, ...]
    """For people: how many feeds came from the list, and what was left out of it."""


def starter(folder: Path, opml: bytes | str | None = None, name: str = "the OPML file") -> Started:
    """Writes ``config.toml`` into ``folder``, which is made when absent; never overwrites; raises DigestError.

    ``opml`` is the list of feeds to take and ``name`` what people call it.
    """
    path = folder / "config.toml"
    if path.exists() or path.is_symlink():
        raise DigestError(f"{path} is there already and was left as it is; choose another folder, or move it")
    text, notes = (example(), ()) if opml is None else _with_feeds(example(), opml, name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written(path, text.encode())
    except OSError as error:
        reason = (error.strerror or "it failed").lower()
        raise DigestError(f"{path} cannot be written: {reason}; choose another folder") from None
    return Started(path, notes)


def example() -> str:
    """The shipped ``config.toml``: packed beside the templates in a wheel, at the top of a checkout."""
    packed = _PACKAGE / "_templates" / "config.toml"
    found = packed if packed.is_file() else _PACKAGE.parent / "config.toml"
    return found.read_text(encoding="utf-8")


def _with_feeds(text: str, opml: bytes | str, name: str) -> tuple[str, tuple[str, ...]]:
    from .. import edit
    from ..feeds import opml as lists

    found = lists.read(opml)
    if not found.feeds:
        raise DigestError("\n  ".join([f"{name} was not taken:", *found.problems]))
    head, _, rest = text.partition(_BEGIN)
    _, _, tail = rest.partition(_END)
    notes = (f"{count(len(found.feeds), 'feed')} from the list", *found.problems)
    return f"{head}{_BEGIN}\n\n{edit.lines(found.feeds)}\n\n{_END}{tail}", notes

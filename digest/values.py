"""Values of config.toml: what each kind takes, what it gives, and every mistake on the way with its cure.

A kind is a function of the value as TOML has it and of the ``Reading`` that goes through the file. It gives the value
of the model, or raises ValueError with a sentence a person can act on; ``UnfitError`` where the sentence begins with
the value, which is not repeated for keys that may hold a secret. A model is a frozen dataclass whose annotations carry
the kinds: ``every: Annotated[timedelta, duration("15m", "24h")]``; a field without one is no key of the file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from . import mistakes, units

Location = tuple[int | str, ...]
Kind = Callable[[Any, "Reading"], Any]
WRONG = object()
"""In place of a value whose mistakes are told."""
_SILENT = re.compile(r"pass|secret|token|key|url|auth", re.IGNORECASE)


class UnfitError(ValueError):
    """What is to be said after the value."""


class Key(NamedTuple):
    """One key of a table, as the file spells it, and the field it fills."""

    field: str
    kind: Kind
    needed: bool


def keys(model: type) -> Mapping[str, Key]:
    """The keys of one table in the order of its model."""
    if model not in _KEYS:
        _KEYS[model] = _keys(model)
    return _KEYS[model]


_KEYS: dict[type, dict[str, Key]] = {}


def _keys(model: type) -> dict[str, Key]:
    found = {}
    for field in fields(model):
        match getattr(field.type, "__metadata__", ()):
            case (kind,):
                spelt = field.name
            case (kind, spelt):  # where the name in the file is a word of Python
                pass
            case _:
                continue
        needed = field.default is MISSING and field.default_factory is MISSING
        found[spelt] = Key(field.name, kind, needed)
    return found


class Reading:
    """Goes through the tables of a file and gathers what is wrong with them.

    ``folder``: where relative paths start; they stay as they are without one.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.mistakes: list[tuple[Location, str]] = []
        self._place: Location = ()

    def inside(self, part: int | str, kind: Kind, value: Any, instead: Any = WRONG) -> Any:
        """The value one step further in; ``instead`` of it where something had to be told."""
        outer, self._place = self._place, (*self._place, part)
        try:
            return kind(value, self)
        except UnfitError as unfit:
            self._tell(f"{_shown(value, str(part))} {unfit}")
        except ValueError as error:
            self._tell(str(error))
        finally:
            self._place = outer
        return instead

    def table(self, model: type, written: Any) -> dict[str, Any]:
        """The right values of a table by field; raises UnfitError for what is no table."""
        written = _as_table(written)
        found = {}
        known = keys(model)
        for spelt, key in known.items():
            if spelt in written:
                value = self.inside(spelt, key.kind, written[spelt])
                if value is not WRONG:
                    found[key.field] = value
            elif key.needed:
                self._tell(f"missing; write {spelt} = ...", spelt)
        for spelt in written:
            if spelt not in known:
                self._tell(mistakes.unknown(spelt, list(known)), spelt)
        return found

    def _tell(self, sentence: str, *inside: str) -> None:
        self.mistakes.append(((*self._place, *inside), sentence))


# --- One value ----------------------------------------------------------------------------------


def text(*steps: Callable[[str], Any]) -> Kind:
    """Text that passes each step."""

    def read(value: Any, _reading: Reading) -> Any:
        if not isinstance(value, str):
            raise UnfitError('is not text; write it in quotes, like "..."')
        for step in steps:
            value = step(value)
        return value

    return read


def one_of(*choices: str) -> Kind:
    def read(value: Any, _reading: Reading) -> str:
        if not isinstance(value, str) or value not in choices:
            near = mistakes.nearest(value, choices) if isinstance(value, str) else None
            raise UnfitError(f"is not one of {', '.join(choices)}" + (f"; did you mean '{near}'?" if near else ""))
        return value

    return read


def yes_or_no(value: Any, _reading: Reading) -> bool:
    if not isinstance(value, bool):
        raise UnfitError("is neither true nor false; write one of these, without quotes")
    return value


def whole(least: int, most: int) -> Kind:
    """A whole number between two others, both allowed."""

    def read(value: Any, _reading: Reading) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise UnfitError("is not a whole number; write it without quotes, like 10")
        return _between(value, least, most)

    return read


def size(least: int, most: int) -> Kind:
    """Bytes; a bare number would be a guess."""
    return lambda value, _reading: _between(units.size(str(value)), least, most)


def duration(least: str, most: str) -> Kind:
    """A duration between two others, both allowed."""
    low, high = units.duration(least), units.duration(most)

    def read(value: Any, _reading: Reading) -> timedelta:
        found = units.duration(str(value))
        if not low <= found <= high:
            raise ValueError(f"'{units.spelt(found)}' is out of range; write at least '{least}' and at most '{most}'")
        return found

    return read


def duration_or_ever(least: str, most: str) -> Kind:
    """The same, or None, which is for ever."""
    length = duration(least, most)

    def read(value: Any, reading: Reading) -> timedelta | None:
        try:
            return None if value == "forever" else length(value, reading)
        except ValueError as error:
            raise ValueError(f"{error}, or 'forever'") from None

    return read


def clock(value: Any, _reading: Reading) -> time:
    found = value if isinstance(value, time) else units.clock(str(value))
    if found.second or found.microsecond or found.tzinfo:
        raise ValueError(f"'{found}' is finer than a minute; write it like '07:00'")
    return found


def path(value: Any, reading: Reading) -> Path:
    """Relative paths start at the folder of the file."""
    if not isinstance(value, str):
        raise UnfitError('is not a path; write it in quotes, like "..."')
    if not value or "\0" in value:
        raise ValueError("this is not a path; write the name of a file or folder")
    if reading.folder is None:
        return Path(value)
    try:
        return Path(os.path.normpath(reading.folder / Path(value).expanduser()))
    except RuntimeError:
        raise ValueError("nobody with this name has a home folder here; write the whole path") from None


# --- Many values --------------------------------------------------------------------------------


def several(kind: Kind, *steps: Callable[[tuple[Any, ...]], Any]) -> Kind:
    """A list of one kind, as a tuple that passes each step."""

    def read(value: Any, reading: Reading) -> Any:
        found: Any = tuple(reading.inside(index, kind, one) for index, one in enumerate(_as_list(value)))
        if WRONG in found:
            return WRONG
        for step in steps:
            found = step(found)
        return found

    return read


def some(found: tuple[Any, ...]) -> tuple[Any, ...]:
    """A step of ``several``: at least one."""
    if not found:
        raise ValueError("an empty list; name at least one, or leave the key away")
    return found


def arguments(value: Any, reading: Reading) -> Any:
    """A program and its arguments; a program given with a path is looked for as every path of the file is."""
    found = several(text(), some)(value, reading)
    if found is WRONG:
        return WRONG
    if not found[0].strip() or any("\0" in one for one in found):
        raise ValueError('this is no command; write the program and its arguments, like ["msmtp", "--", "{recipient}"]')
    return (str(path(found[0], reading)) if "/" in found[0] else found[0], *found[1:])


def named(kind: Kind, instead: Any = WRONG) -> Kind:
    """A table of names that people choose; entries with mistakes are left out, unless something stands ``instead``."""

    def read(value: Any, reading: Reading) -> dict[str, Any]:
        found = {name: reading.inside(name, kind, one, instead) for name, one in _as_table(value).items()}
        return {name: one for name, one in found.items() if one is not WRONG}

    return read


def numbered(kind: Kind) -> Kind:
    """Tables in double brackets, each by its place from 0; those with mistakes are left out."""

    def read(value: Any, reading: Reading) -> dict[int, Any]:
        if isinstance(value, Mapping):
            raise ValueError("each feed is a table of its own; write [[feeds]] above it, in double brackets")
        found = {index: reading.inside(index, kind, one) for index, one in enumerate(_as_list(value))}
        return {index: one for index, one in found.items() if one is not WRONG}

    return read


# --- Tables -------------------------------------------------------------------------------------


def keys_of(model: type) -> Kind:
    """What is right in a table, by field."""
    return lambda value, reading: reading.table(model, value)


def table(model: type) -> Kind:
    """A table, with the default in place of each wrong value."""
    return lambda value, reading: model(**reading.table(model, value))


def whole_table(model: type) -> Kind:
    """A table that is left out with one mistake in it."""

    def read(value: Any, reading: Reading) -> Any:
        before = len(reading.mistakes)
        found = reading.table(model, value)
        return model(**found) if len(reading.mistakes) == before else WRONG

    return read


def told_apart(models: Mapping[str, type]) -> Kind:
    """A table whose ``type`` says which one it is."""
    which = one_of(*models)
    *others, last = (f'"{name}"' for name in models)

    def read(value: Any, reading: Reading) -> Any:
        if "type" not in _as_table(value):
            raise ValueError(f"no type; write type = {', '.join(others)} or {last}")
        try:
            kind = which(value["type"], reading)
        except UnfitError as unfit:
            raise ValueError(f"{_shown(value['type'], 'type')} {unfit}") from None
        return whole_table(models[kind])(value, reading)

    return read


# --- What they share ----------------------------------------------------------------------------


def _as_table(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise UnfitError("is not a table; it begins with a line in brackets, see docs/configuration.md")
    return value


def _as_list(value: Any) -> list[Any] | tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise UnfitError('is not a list; write it in brackets, like ["..."]')
    return value


def _between(value: int, least: int, most: int) -> int:
    if not least <= value <= most:
        raise UnfitError(f"is out of range; at {f'least {least}' if value < least else f'most {most}'}")
    return value


def _shown(value: object, key: str) -> str:
    if _SILENT.search(key):
        return "the value (not shown here)"
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list"
    return str(value).lower() if isinstance(value, bool) else units.shown(value)

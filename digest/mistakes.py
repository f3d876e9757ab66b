"""What pydantic found wrong with config.toml, in one line a person can act on: dotted key, value, cure.

Pure, and free of pydantic: it reads the plain records of ``ValidationError.errors()``.
Values of keys that may hold a secret (addresses, everything about passwords, unknown keys) are never repeated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .units import host_of, shown

Location = tuple[int | str, ...]
_SILENT = re.compile(r"pass|secret|token|key|url|auth", re.IGNORECASE)
_RENAMED = {"sender": "from", "recipients": "to", "schedule": "at", "time": "at", "user": "username", "path": "folder"}


def lines(
    errors: Sequence[Mapping[str, Any]], raw: Mapping[str, Any], keys_at: Callable[[Location], Sequence[str]]
) -> list[str]:
    """One line a mistake, in the order of ``errors``; ``keys_at`` names the keys that a place allows."""
    return [f"{dotted(_place(error['loc']), raw)}: {_sentence(error, keys_at)}" for error in errors]


def dotted(place: Location, raw: Mapping[str, Any]) -> str:
    """``digests.daily.at``; a feed by its position, from 1, and its title or host: ``feeds 3 (Example World).url``."""
    if place[0] == "feeds" and len(place) > 1 and isinstance(place[1], int):
        rest = "".join(f".{part if isinstance(part, str) else part + 1}" for part in place[2:])
        return f"{_feed(raw, place[1])}{rest}"
    return ".".join(part if isinstance(part, str) else str(part + 1) for part in place)


def unknown(key: str, allowed: Sequence[str]) -> str:
    """What to say of a key that nobody knows; its value may be a secret and is not repeated."""
    if key in {"password", "pass", "passwd", "secret"} and "password_file" in allowed:
        return (
            "a password does not belong in this file; name a file with password_file, or a variable with password_env"
        )
    near = _RENAMED.get(key)
    if near not in allowed:
        near = nearest(key, allowed)
    return f'unknown key; did you mean "{near}"?' if near else f"unknown key; known here: {', '.join(allowed)}"


def nearest(word: str, choices: Sequence[str]) -> str | None:
    """The choice that ``word`` was probably meant to be."""
    by_lower = {choice.lower(): choice for choice in choices}
    from difflib import get_close_matches

    found = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def choose(word: str, choices: Sequence[str]) -> str:
    """The end of a sentence about a wrong name: the nearest one, or all there are."""
    near = nearest(word, choices)
    return f"did you mean '{near}'?" if near else f"choose from: {', '.join(choices) or 'there is none yet'}"


def _feed(raw: Mapping[str, Any], index: int) -> str:
    feed = raw["feeds"][index]
    label = ""
    if isinstance(feed, Mapping):
        host = host_of(feed["url"]) if isinstance(feed.get("url"), str) else ""
        title = feed.get("title")
        label = host if feed.get("private") or not isinstance(title, str) else title
    return f"feeds {index + 1}" + (f" ({shown(label)[1:-1]})" if label.strip() else "")


def _place(location: Location) -> Location:
    # pydantic puts the chosen type between a transport's name and its key.
    return location[:2] + location[3:] if location[0] == "transports" and len(location) > 2 else location


def _sentence(error: Mapping[str, Any], keys_at: Callable[[Location], Sequence[str]]) -> str:
    kind, value, key = error["type"], error["input"], str(error["loc"][-1])
    context = error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "extra_forbidden":
        return unknown(key, keys_at(error["loc"][:-1]))
    if kind == "tuple_type" and error["loc"] == ("feeds",) and isinstance(value, Mapping):
        return "each feed is a table of its own; write [[feeds]] above it, in double brackets"
    if kind == "missing":
        return f"missing; write {key} = ..."
    if kind in {"literal_error", "union_tag_invalid"}:
        choices = re.findall(r"'([^']*)'", context.get("expected") or context["expected_tags"])
        given = context.get("tag", value)
        return f"{_shown(given, key)} is not one of {', '.join(choices)}{_meant(given, choices)}"
    if kind == "union_tag_not_found":
        return 'no type; write type = "smtp", "sendmail", "command", "maildir" or "files"'
    if kind in {"greater_than_equal", "less_than_equal"}:
        bound, word = (context.get("ge"), "least") if "ge" in context else (context.get("le"), "most")
        return f"{_shown(value, key)} is out of range; at {word} {bound}"
    return f"{_shown(value, key)} {_WRONG_TYPE.get(kind, 'cannot be used here: ' + error['msg'])}"


_WRONG_TYPE = {
    "string_type": 'is not text; write it in quotes, like "..."',
    "int_type": "is not a whole number; write it without quotes, like 10",
    "bool_type": "is neither true nor false; write one of these, without quotes",
    "tuple_type": 'is not a list; write it in brackets, like ["..."]',
    "path_type": 'is not a path; write it in quotes, like "..."',
    "dict_type": "is not a table; it begins with a line in brackets, see docs/configuration.md",
    "model_type": "is not a table; it begins with a line in brackets, see docs/configuration.md",
    "model_attributes_type": "is not a table; it begins with a line in brackets, see docs/configuration.md",
}


def _meant(value: object, choices: Sequence[str]) -> str:
    near = nearest(value, choices) if isinstance(value, str) else None
    return f"; did you mean '{near}'?" if near else ""


def _shown(value: object, key: str) -> str:
    if _SILENT.search(key):
        return "the value (not shown here)"
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list"
    return str(value).lower() if isinstance(value, bool) else shown(value)

"""Mistakes in config.toml in one line a person can act on: the dotted key, and what was probably meant. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .units import host_of, shown

Location = tuple[int | str, ...]
_RENAMED = {"sender": "from", "recipients": "to", "schedule": "at", "time": "at", "user": "username", "path": "folder"}


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

"""Changes to the list of feeds in config.toml that leave its other values, and every comment, as they were.

Where the tables of the feeds stand together every other byte stays, too.
Where another table stands between them, tomlkit moves those behind it to the first.
Pure: the text of the file in, the new text out; the only door to tomlkit.
tomlkit takes what stands below a table, up to the next one, for a part of that table:
the heading of the part that follows the feeds, too. So a table is cut at its first blank line here:
what stands before it is the feed's, what stands behind it stays where it is.
Every change is read back before it is handed out: if more than the feeds changed, it is refused.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array, Comment, InlineTable, Null, Table, Trivia, Whitespace

from .config import Feed

Pieces = list[Any]
"""What tomlkit keeps of blank lines and comments, in their order."""


class EditError(Exception):
    """This file cannot be changed by a program without harm; the operator has to do it."""


def added(text: str, feeds: Sequence[Feed]) -> str:
    """The file with these feeds behind those it has; raises EditError."""
    text = _ended(text)
    document = _parsed(text)
    listed = document.get("feeds")
    if listed is None:
        made: AoT | Array = tomlkit.aot()
        for feed in feeds:
            made.append(_table(feed, _newline(text), first=not text.strip()))
        new = text + tomlkit.document().append("feeds", made).as_string()
    elif isinstance(listed, Array):
        for feed in feeds:
            listed.append(_inline(feed))
        new = document.as_string()
    elif isinstance(listed, AoT) and len(listed):
        behind = _cut(listed[-1])
        for feed in feeds:
            listed.append(_table(feed, _newline(text)))
        _put(listed[-1], behind)
        new = document.as_string()
    else:
        raise EditError("its list of feeds is written in a way that only its author can continue")
    new = _checked(new, text, [*_feeds(text), *map(_facts, feeds)])
    if _comments(text) - _comments(new):
        raise EditError("its list of feeds stands in several places, with comments between them")
    return new


def without(text: str, index: int) -> str:
    """The file without the feed of that index; comments that are not part of its table stay; raises EditError."""
    document = _parsed(text)
    listed = document.get("feeds")
    wanted = _feeds(text)
    wanted.pop(index)
    if isinstance(listed, AoT):
        new = _taken_out(document, listed[index])
    elif isinstance(listed, Array):
        del listed[index]
        new = document.as_string()
    else:
        raise EditError("its list of feeds is written in a way that only its author can change")
    return _checked(new, text, wanted)


def lines(feeds: Iterable[Feed]) -> str:
    """The tables of these feeds, to be pasted by hand or written into a new file."""
    blocks = []
    for feed in feeds:
        block = ["[[feeds]]", *(f"{key} = {_basic(value)}" for key, value in _facts(feed).items())]
        blocks.append("\n".join([*block, ""]))
    return "\n".join(blocks)


def _facts(feed: Feed) -> dict[str, Any]:
    """The keys that are written for a feed: those that were set, the section always."""
    facts: dict[str, Any] = {"url": feed.url}
    if feed.title is not None:
        facts["title"] = feed.title
    facts["section"] = feed.section
    if feed.private:
        facts["private"] = True
    return facts


def _basic(value: str | bool) -> str:
    """A TOML basic string: JSON's rules, but for DEL, which JSON leaves as it is; or a boolean."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _table(feed: Feed, newline: str, *, first: bool = False) -> Table:
    written = "".join(f"{key} = {_basic(value)}{newline}" for key, value in _facts(feed).items())
    table = tomlkit.table()
    for key, item in tomlkit.parse(written).body:
        table.value.append(key, item)
    table.trivia.indent = "" if first else newline
    table.trivia.trail = newline
    return table


def _inline(feed: Feed) -> InlineTable:
    made = tomlkit.inline_table()
    for key, value in _facts(feed).items():
        made[key] = tomlkit.parse(f"x = {_basic(value)}")["x"]
    return made


def _cut(table: Table) -> Pieces:
    """Takes what stands behind the first blank line after the last key out of a table, and returns it."""
    body = table.value.body
    last = max((place for place, (key, _) in enumerate(body) if key is not None), default=-1)
    for place in range(last + 1, len(body)):
        item = body[place][1]
        if isinstance(item, Whitespace) and "\n" in item.s:
            behind = [one for _, one in body[place:] if not isinstance(one, Null)]
            del body[place:]
            return behind
    return []


def _put(table: Table, pieces: Pieces) -> None:
    for piece in pieces:
        table.value.body.append((None, piece))


def _taken_out(document: tomlkit.TOMLDocument, table: Table) -> str:
    """The text without one table, what stands behind its first blank line kept.

    tomlkit has no place for that where the table is the first one, so it is taken out of the text:
    a mark in the place of its keys shows where it stands.
    """
    kept = "".join(piece.as_string() for piece in _cut(table))
    mark = "mark"
    while mark in document.as_string():
        mark += "x"
    table.value.body[:] = [(None, Comment(Trivia("", "", f"#{mark}", "\n")))]
    before, _, after = document.as_string().partition(f"#{mark}\n")
    head = before[: before.rindex("[[")]
    blank = not head or re.search(r"\n[ \t]*\r?\n$", head)
    return head + (re.sub(r"^(?:[ \t]*\r?\n)+", "", kept) if blank else kept) + after


def _parsed(text: str) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except TOMLKitError:
        raise EditError("it cannot be read the way it has to be for a change") from None


def _checked(new: str, old: str, feeds: list[dict[str, Any]]) -> str:
    """The new text, if it says what the old one did, but for the feeds; raises EditError."""
    try:
        said = tomllib.loads(new)
    except tomllib.TOMLDecodeError:
        said = {}
    before = tomllib.loads(old)
    if said.pop("feeds", []) != feeds or said != {key: value for key, value in before.items() if key != "feeds"}:
        raise EditError("its list of feeds is written in a way that a program cannot change without harm")
    return new


def _feeds(text: str) -> list[dict[str, Any]]:
    return list(tomllib.loads(text).get("feeds", []))


def _comments(text: str) -> Counter[str]:
    """Lines that are nothing but a comment."""
    return Counter(line.strip() for line in text.splitlines() if line.lstrip().startswith("#"))


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _ended(text: str) -> str:
    """The text with its last line closed."""
    return text if not text or text.endswith("\n") else text + _newline(text)

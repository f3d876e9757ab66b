"""Subscription lists of other feed readers: OPML in and out, through listparser. Pure.

A list comes from anywhere, so Expat reads it first: what is well-formed of it goes on to listparser,
reduced to its outlines and as bytes, because a string that begins with ``http`` would make it fetch that address.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

import listparser

from ..config import Feed
from ..units import holds_secret, same_address, shown, web_address
from .clean import line

LARGEST = 5_000_000
"""Bytes of a list; ten thousand feeds take two million."""
DEEPEST = 30
"""Folders in folders."""
_NAMESPACE = "urn:morning-digest:opml"
_USED = ("text", "title", "type", "xmlurl")
_BARE_AMPERSAND = re.compile(rb"&(?!(?:[A-Za-z][A-Za-z0-9]{1,10}|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)")
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """What a list held."""

    feeds: tuple[Feed, ...]
    """In the list's order, each address once."""
    problems: tuple[str, ...]
    """For people: what was left out, and why; no address is repeated beyond its host."""


class _RefusedError(Exception):
    """The document is not read at all."""


def read(data: bytes | str) -> Subscriptions:
    """The feeds of an OPML document, the innermost folder of each as its section; never raises for its content."""
    # Text is decoded already, whatever its first line says.
    encoding = "utf-8" if isinstance(data, str) else None
    data = data.encode("utf-8", "replace") if isinstance(data, str) else data
    if len(data) > LARGEST:
        return Subscriptions((), (f"the list is larger than {LARGEST // 1_000_000} MB; split it",))
    outlines = _Outlines()
    try:
        broken = outlines.read(data, encoding)
    except _RefusedError as refusal:
        return Subscriptions((), (str(refusal),))
    problems = [broken] if broken else []
    feeds: dict[str, Feed] = {}
    for outline in listparser.parse(outlines.document())["feeds"]:
        title = _line(outline["title"])
        try:
            url = web_address(_address(outline["url"]))
        except ValueError as error:
            problems.append(f"{shown(title or 'a feed without a title')} left out: {error}")
            continue
        if same_address(url) in feeds:
            problems.append(f"{shown(title or feeds[same_address(url)].title or 'a feed')} left out: it is there twice")
            continue
        private = outline["url"].strip() in outlines.private
        # who has no name for a feed writes its address there
        title = "" if title == url else title
        feeds[same_address(url)] = Feed(url=url, title=title or None, section=_section(outline), private=private)
    if not feeds:
        problems.append('no feed in it; an OPML file has <outline xmlUrl="..."> elements')
    return Subscriptions(tuple(feeds.values()), tuple(problems))


def is_secret(feed: Feed) -> bool:
    """Whether an address is only its owner's to know: that of a private feed, or one with a password or token in it."""
    return feed.private or holds_secret(feed.url)


def write(feeds: Iterable[Feed], title: str, *, titles: Mapping[str, str] = {}, secrets: Collection[Feed] = ()) -> str:
    """An OPML 2.0 document, a folder for each section.

    Without feeds whose address is a secret, but for those among ``secrets``; a private one stays marked as such.
    ``titles`` are the feeds' own, by address, for those that have none in the configuration.
    """
    sections: dict[str, list[Feed]] = {}
    for feed in feeds:
        if not is_secret(feed) or feed in secrets:
            sections.setdefault(feed.section, []).append(feed)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<opml version="2.0" xmlns:digest="{_NAMESPACE}">']
    lines += [f"  <head><title>{_attribute(title)[1:-1]}</title></head>", "  <body>"]
    for section, members in sections.items():
        lines.append(f"    <outline text={_attribute(section)}>")
        for feed in members:
            text = _attribute(feed.title or titles.get(feed.url) or feed.url)
            private = ' digest:private="true"' if feed.private else ""
            lines.append(f'      <outline type="rss" text={text} xmlUrl={_attribute(feed.url)}{private}/>')
        lines.append("    </outline>")
    return "\n".join([*lines, "  </body>", "</opml>", ""])


class _Outlines:
    """The outlines of a document, each address once, written anew so that nothing else is in them."""

    def __init__(self) -> None:
        self._written = ["<opml>"]
        self._open: list[bool] = []
        self._addresses: set[str] = set()
        self.private: set[str] = set()
        """Addresses that a list of ours marks as secret."""

    def read(self, data: bytes, encoding: str | None) -> str | None:
        """Takes what is well-formed; returns what is wrong behind it; raises _RefusedError."""
        wide = b"\0" in data[:100]
        parser = expat.ParserCreate(encoding)
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        try:
            # An address with a bare & is the one mistake that many programs make.
            parser.Parse(data if wide else _BARE_AMPERSAND.sub(b"&amp;", data), True)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            return f"line {error.lineno}, column {error.offset + 1}: {reason}; what stands before it was read"
        except (LookupError, ValueError):
            raise _RefusedError("the list is in an encoding that nobody knows; save it as UTF-8") from None
        return None

    def document(self) -> bytes:
        return "\n".join([*self._written, "</opml>"]).encode("utf-8", "replace")

    def _doctype(self, name: str, system: str | None, public: str | None, has_internal_subset: bool) -> None:
        if has_internal_subset:
            raise _RefusedError("the list declares entities of its own, which no feed reader does; it was not read")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not _is_outline(name):
            return
        used = {key.lower(): value for key, value in attributes.items() if key.lower() in _USED}
        address = used.get("xmlurl", "").strip()
        if attributes.get("digest:private") == "true":
            self.private.add(address)
        kept = not address or address not in self._addresses
        self._open.append(kept)
        if len(self._open) > DEEPEST:
            raise _RefusedError(f"the list has folders in folders, more than {DEEPEST} deep; it was not read")
        if kept:
            self._addresses.add(address)
            written = " ".join(f"{key}={_attribute(value)}" for key, value in used.items())
            self._written.append(f"<outline {written}>")

    def _end(self, name: str) -> None:
        if _is_outline(name) and self._open.pop():
            self._written.append("</outline>")


def _is_outline(name: str) -> bool:
    return name.rpartition(":")[2].lower() == "outline"


def _address(url: str) -> str:
    """``feed://host/`` and ``feed:https://host/`` are old spellings of a web address."""
    url = url.strip()
    if url.lower().startswith("feed://"):
        return "http://" + url[7:]
    return url[5:] if url.lower().startswith("feed:") else url


def _section(outline: dict[str, Any]) -> str:
    """The innermost folder; feed outlines in feed outlines leave empty names on the way."""
    folders = [_line(name) for path in outline["categories"] for name in path if _line(name)]
    return folders[-1] if folders else "News"


def _line(text: str) -> str:
    """One line of at most 200 characters that may stand in a configuration."""
    return line(_INVISIBLE.sub(" ", text))[:200].rstrip()


def _attribute(text: str) -> str:
    return quoteattr(_INVISIBLE.sub(" ", text), {'"': "&quot;"})

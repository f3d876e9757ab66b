"""Atom 1.0 (RFC 4287): entries -> the bytes of a feed.

Built with the standard library's element tree, which escapes; what XML cannot carry is taken out here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ..editions.cut import clean

NAMESPACE = "http://www.w3.org/2005/Atom"

SINCE = 2023
"""A year in which whoever publishes held their domain; part of each tag URI, so it never changes (RFC 4151)."""

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; its text comes out of feeds, its HTML has gone through ``feeds.clean``."""

    id: str
    """An IRI that never changes, see ``identity``."""
    title: str
    url: str | None
    """Where it is read; relative only where no public address is known."""
    updated: datetime
    published: datetime | None = None
    author: str | None = None
    summary_text: str | None = None
    content_html: str | None = None
    """Safe HTML whose addresses are absolute."""
    categories: tuple[str, ...] = ()
    language: str | None = None
    """Where it is another than the feed's."""


def identity(base_url: str | None, domain: str, path: str) -> str:
    """An id for what stands at a path below the site's root: its address, or a tag URI where that is not public.

    ``domain`` is one of the publisher's own, such as that of the sender of the mails.
    """
    if base_url is not None:
        return f"{base_url}/{path}"
    return f"tag:{re.sub(r'[^a-z0-9.-]', '', domain.lower()) or 'localhost'},{SINCE}:{path}"


def feed(
    id: str,  # noqa: A002  the word of the format
    title: str,
    updated: datetime,
    home_url: str | None,
    self_url: str | None,
    entries: Sequence[Entry],
    *,
    subtitle: str | None = None,
    author: str | None = None,
    language: str = "en",
) -> bytes:
    """The document, UTF-8; ``author`` (the title otherwise) stands for entries that name none.

    Addresses are absolute where the site's own is known, else relative to where the feed lies.
    """
    root = Element("feed", {"xmlns": NAMESPACE, "xml:lang": language})
    _text(root, "id", id)
    _text(root, "title", clean(title))
    if subtitle:
        _text(root, "subtitle", clean(subtitle))
    _text(root, "updated", stamp(updated))
    _author(root, author or title)
    if self_url is not None:
        SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": self_url})
    if home_url is not None:
        SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": home_url})
    _text(root, "generator", "digest")
    for one in entries:
        _entry(root, one)
    indent(root, "")
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def stamp(time: datetime) -> str:
    """A date construct: ``2023-10-13T04:40:00Z``."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _entry(root: Element, one: Entry) -> None:
    entry = SubElement(root, "entry", {"xml:lang": one.language} if one.language else {})
    _text(entry, "id", one.id)
    _text(entry, "title", clean(one.title) or "(no title)")
    _text(entry, "updated", stamp(one.updated))
    if one.published is not None:
        _text(entry, "published", stamp(one.published))
    if one.author:
        _author(entry, one.author)
    if one.url is not None:
        SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": _NO_XML.sub("", one.url)})
    for term in dict.fromkeys(one.categories):
        SubElement(entry, "category", {"term": clean(term)})
    if one.summary_text:
        _text(entry, "summary", clean(one.summary_text))
    if one.content_html:
        _text(entry, "content", one.content_html, type="html")
    elif one.url is None:
        # An entry without a link must say something itself (4.1.1).
        _text(entry, "content", clean(one.summary_text or one.title) or "(no title)")


def _author(parent: Element, name: str) -> None:
    _text(SubElement(parent, "author"), "name", clean(name) or "(no name)")


def _text(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = _NO_XML.sub("", text)

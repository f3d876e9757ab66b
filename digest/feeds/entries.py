"""feedparser's dictionaries -> RawItem: its keys and habits are known here, and in ``reader`` and ``parse``. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from time import struct_time
from typing import Any

from . import media
from .items import Markup, RawItem
from .media import RawFile, RawImage


def raw(entry: dict[str, Any], atom: bool, editor: str | None) -> RawItem:
    """One entry; ``editor`` is whom an Atom feed names for entries without author."""
    source = dict.get(entry, "source")
    source = source if isinstance(source, dict) else {}
    dated = next((key for key in ("published", "updated", "created") if text(entry, key)), "published")
    parsed = dict.get(entry, f"{dated}_parsed")
    return RawItem(
        title=markup(entry, "title", atom),
        links=links(entry),
        guid=text(entry, "id"),
        summary=markup(entry, "summary", atom),
        contents=tuple(_contents(entry, atom)),
        author=author(entry) or (None if source else editor),
        published=text(entry, dated),
        parsed=parsed if isinstance(parsed, struct_time) else None,
        language=text(entry, "language") or _spoken(entry),
        source_title=text(source, "title"),
        source_url=text(source, "href") or next(iter(links(source)), None),
        files=tuple(_files(entry)),
        duration=text(entry, "itunes_duration"),
        images=tuple(_images(entry)),
    )


def text(holder: dict[str, Any], key: str) -> str | None:
    """A string under exactly this key; feedparser's own look-up also tries others, with a warning."""
    value = dict.get(holder, key) if isinstance(holder, dict) else None
    return value if isinstance(value, str) and value.strip() else None


def markup(holder: dict[str, Any], key: str, atom: bool) -> Markup:
    """A text with its type, under exactly this key."""
    detail = dict.get(holder, f"{key}_detail") if isinstance(holder, dict) else None
    return _typed(text(holder, key) or "", detail if isinstance(detail, dict) else {}, atom)


def _typed(value: str, detail: dict[str, Any], atom: bool) -> Markup:
    """Only Atom's types can be trusted; in RSS feedparser itself has to guess."""
    declared = str(dict.get(detail, "type") or "")
    is_html = "html" in declared if atom and declared else None
    return Markup(value, is_html, str(dict.get(detail, "base") or ""))


def _contents(entry: dict[str, Any], atom: bool) -> Iterator[Markup]:
    found = dict.get(entry, "content")
    for detail in found if isinstance(found, list) else ():
        declared = str(dict.get(detail, "type") or "text/html")
        value = text(detail, "value")
        # Atom may carry anything inline, pictures in base64 included (RFC 4287, 4.1.3)
        if value and (declared.startswith("text/") or "html" in declared):
            yield _typed(value, detail, atom)


def _listed(holder: dict[str, Any], key: str) -> Iterator[dict[str, Any]]:
    found = dict.get(holder, key) if isinstance(holder, dict) else None
    yield from (one for one in (found if isinstance(found, list) else ()) if isinstance(one, dict))


def _files(entry: dict[str, Any]) -> Iterator[RawFile]:
    """Enclosures first, then what Media RSS says can be heard or watched."""
    for link in _listed(entry, "links"):
        if str(dict.get(link, "rel")) == "enclosure":
            yield RawFile(text(link, "href"), text(link, "type"), text(link, "length"))
    for one in _listed(entry, "media_content"):
        file = RawFile(text(one, "url"), text(one, "type"), text(one, "filesize"), text(one, "duration"))
        if file.plays:
            yield file


def _images(entry: dict[str, Any]) -> Iterator[RawImage]:
    """What Media RSS gives in full, its thumbnails, an enclosed picture, iTunes's."""
    in_full = [
        _image(one)
        for one in _listed(entry, "media_content")
        if text(one, "medium") == "image"
        or (not text(one, "medium") and RawFile(text(one, "url"), text(one, "type")).is_image)
    ]
    yield from media.widest_first(in_full)
    yield from media.widest_first(map(_image, _listed(entry, "media_thumbnail")))
    yield from (RawImage(one.url) for one in _files(entry) if one.is_image)
    own = dict.get(entry, "image")
    if isinstance(own, dict):
        yield RawImage(text(own, "href") or text(own, "url"))


def _image(declared: dict[str, Any]) -> RawImage:
    return RawImage(text(declared, "url"), None, text(declared, "width"), text(declared, "height"))


def _hrefs(holder: dict[str, Any], rels: set[str]) -> Iterator[str]:
    found = dict.get(holder, "links") if isinstance(holder, dict) else None
    for link in found if isinstance(found, list) else ():
        if str(dict.get(link, "rel")) in rels and (href := text(link, "href")):
            yield href


def links(holder: dict[str, Any], *, site: bool = False) -> tuple[str, ...]:
    """Addresses of the page, best first.

    FeedBurner's original link comes before its counting redirector; one beside the items says nothing of the site.
    A guid stands in where feedparser took it for a link, but only if it is an address itself.
    """
    original = None if site else text(holder, "feedburner_origlink")
    link = text(holder, "link")
    guid = text(holder, "id")
    if link is not None and link == guid and not re.match(r"https?://", link.strip(), re.IGNORECASE):
        link = None
    alternates = [one for one in _hrefs(holder, {"alternate"}) if one != link]
    ordered = [link, *alternates] if link != guid or not alternates else [*alternates, link]
    return tuple(one for one in (original, *ordered) if one)


def author(entry: dict[str, Any]) -> str | None:
    """Names of up to three authors; an address only where nobody gave a name."""
    several = dict.get(entry, "authors")
    names = [found for one in (several if isinstance(several, list) else ()) if (found := text(one, "name"))]
    return ", ".join(dict.fromkeys(names[:3])) or text(entry, "author")


def _spoken(entry: dict[str, Any]) -> str | None:
    """xml:lang of the title, which is the item's own or inherited."""
    detail = dict.get(entry, "title_detail")
    return text(detail, "language") if isinstance(detail, dict) else None

"""The bytes of a feed document -> ParsedFeed, or Unreadable with the reason for people.

Pure, and the only door to feedparser: its dictionaries die here.
Hostile bytes can cost it minutes, so ``feeds.worker`` calls this in a process that can be killed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import datetime
from time import struct_time
from typing import Any

import feedparser
import feedparser.api

from ..model import ParsedFeed, Unreadable
from . import clean, discover, jsonfeed, media
from .items import ITEMS_LIMIT, Markup, RawItem, Surroundings, cut_short, item, language, name
from .media import RawFile, RawImage
from .repair import mend, narrowed
from .rhythm import rhythm

if "digest.feeds.expat" not in feedparser.api.PREFERRED_XML_PARSERS:
    # feedparser's own list of the drivers to try first
    feedparser.api.PREFERRED_XML_PARSERS.insert(0, "digest.feeds.expat")

_FEED_ROOT = re.compile(rb"<(?:[A-Za-z][\w.-]*:)?(?:rss|rdf|feed|channel)[\s>]", re.IGNORECASE)
_HTML_ROOT = re.compile(rb"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)


def parse(body: bytes, url: str, content_type: str | None, now: datetime) -> ParsedFeed | Unreadable:
    """The feed in the body, clean; never raises for what a feed may hold.

    ``url`` is the address that answered: relative links resolve against it.
    ``now`` bounds dates: one that lies ahead counts as missing.
    At most ``ITEMS_LIMIT`` items are read.
    """
    body, certain = narrowed(body)
    start = body[:4_096].lstrip(b"\xef\xbb\xbf \t\r\n\0")
    if not start:
        return Unreadable("the answer is empty; a feed should be here")
    if start.startswith((b"{", b"[")):
        return jsonfeed.read(body, url, now)
    if _HTML_ROOT.search(start) and not _FEED_ROOT.search(start):
        return _web_page(body, url)
    mended = mend(body)
    if not mended.strip():
        return Unreadable(_no_feed(start))
    try:
        # never bytes or a string: feedparser would open a file or an address of that name
        document = feedparser.parse(
            io.BytesIO(mended),
            # no content-location: feedparser would also resolve guids that are no addresses, and change them
            response_headers={"content-type": (not certain and content_type) or "application/xml"},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except MemoryError:
        # the whole process is worn out; whoever runs it must begin a new one
        raise
    except Exception as error:  # noqa: BLE001 (a feed's failure is a value, and hostile bytes raise anything here)
        return Unreadable(
            f"the document breaks the feed parser ({type(error).__name__}); its publisher should check it"
        )
    if not document.get("version") and not document.entries:
        return Unreadable(_no_feed(start))
    return _feed(document, url, now, mended, tuple(_complaints(document, body, mended)))


def _feed(document: Any, url: str, now: datetime, mended: bytes, complaints: tuple[str, ...]) -> ParsedFeed:
    about = document.feed
    atom = str(document.get("version")).startswith("atom")
    site_url = next((good for link in _links(about, site=True) if (good := clean.url(link, url))), None)
    spoken = language(_text(about, "language"))
    around = Surroundings(url=url, site_url=site_url, language=spoken, now=now)
    entries = document.entries[:ITEMS_LIMIT]
    # an Atom entry without author has the feed's (RFC 4287, 4.2.1)
    editor = _author(about) if atom else None
    items = tuple(made for entry in entries if (made := item(_raw(entry, atom, editor), around)))
    title = _markup(about, "title", atom)
    return ParsedFeed(
        items=items,
        title=name(title.value if title.is_html is not False else title.value.replace("&", "&amp;")),
        site_url=site_url,
        language=spoken,
        complaints=(*complaints, *cut_short(len(document.entries), len(items))),
        rhythm=rhythm(
            mended,
            ttl=_text(about, "ttl"),
            period=_text(about, "sy_updateperiod"),
            frequency=_text(about, "sy_updatefrequency"),
        ),
    )


def _complaints(document: Any, body: bytes, mended: bytes) -> Iterator[str]:
    """What was wrong before it could be read."""
    if mended != body:
        yield "it breaks the rules of XML (controls, bare &, unknown names, a wrong encoding) and was mended"
    broken = document.get("bozo_exception")
    line = getattr(broken, "getLineNumber", lambda: None)()
    if line is not None:
        reason = clean.line(str(broken.getMessage()))[:NAMED_LIMIT]
        yield f"line {line}: it is not well-formed XML ({reason}); what can be read is read, the rest is lost"


def _raw(entry: dict[str, Any], atom: bool, editor: str | None) -> RawItem:
    source = dict.get(entry, "source")
    source = source if isinstance(source, dict) else {}
    dated = next((key for key in ("published", "updated", "created") if _text(entry, key)), "published")
    parsed = dict.get(entry, f"{dated}_parsed")
    return RawItem(
        title=_markup(entry, "title", atom),
        links=_links(entry),
        guid=_text(entry, "id"),
        summary=_markup(entry, "summary", atom),
        contents=tuple(_contents(entry, atom)),
        author=_author(entry) or (None if source else editor),
        published=_text(entry, dated),
        parsed=parsed if isinstance(parsed, struct_time) else None,
        language=_text(entry, "language") or _spoken(entry),
        source_title=_text(source, "title"),
        source_url=_text(source, "href") or next(iter(_links(source)), None),
        files=tuple(_files(entry)),
        duration=_text(entry, "itunes_duration"),
        images=tuple(_images(entry)),
    )


def _text(holder: dict[str, Any], key: str) -> str | None:
    """A string under exactly this key; feedparser's own look-up also tries others, with a warning."""
    value = dict.get(holder, key) if isinstance(holder, dict) else None
    return value if isinstance(value, str) and value.strip() else None


def _markup(holder: dict[str, Any], key: str, atom: bool) -> Markup:
    detail = dict.get(holder, f"{key}_detail") if isinstance(holder, dict) else None
    return _typed(_text(holder, key) or "", detail if isinstance(detail, dict) else {}, atom)


def _typed(value: str, detail: dict[str, Any], atom: bool) -> Markup:
    """Only Atom's types can be trusted; in RSS feedparser itself has to guess."""
    declared = str(dict.get(detail, "type") or "")
    is_html = "html" in declared if atom and declared else None
    return Markup(value, is_html, str(dict.get(detail, "base") or ""))


def _contents(entry: dict[str, Any], atom: bool) -> Iterator[Markup]:
    found = dict.get(entry, "content")
    for detail in found if isinstance(found, list) else ():
        declared = str(dict.get(detail, "type") or "text/html")
        value = _text(detail, "value")
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
            yield RawFile(_text(link, "href"), _text(link, "type"), _text(link, "length"))
    for one in _listed(entry, "media_content"):
        file = RawFile(_text(one, "url"), _text(one, "type"), _text(one, "filesize"), _text(one, "duration"))
        if file.plays:
            yield file


def _images(entry: dict[str, Any]) -> Iterator[RawImage]:
    """What Media RSS gives in full, its thumbnails, an enclosed picture, iTunes's."""
    in_full = [
        _image(one)
        for one in _listed(entry, "media_content")
        if _text(one, "medium") == "image"
        or (not _text(one, "medium") and RawFile(_text(one, "url"), _text(one, "type")).is_image)
    ]
    yield from media.widest_first(in_full)
    yield from media.widest_first(map(_image, _listed(entry, "media_thumbnail")))
    yield from (RawImage(one.url) for one in _files(entry) if one.is_image)
    own = dict.get(entry, "image")
    if isinstance(own, dict):
        yield RawImage(_text(own, "href") or _text(own, "url"))


def _image(declared: dict[str, Any]) -> RawImage:
    return RawImage(_text(declared, "url"), None, _text(declared, "width"), _text(declared, "height"))


def _hrefs(holder: dict[str, Any], rels: set[str]) -> Iterator[str]:
    found = dict.get(holder, "links") if isinstance(holder, dict) else None
    for link in found if isinstance(found, list) else ():
        if str(dict.get(link, "rel")) in rels and (href := _text(link, "href")):
            yield href


def _links(holder: dict[str, Any], *, site: bool = False) -> tuple[str, ...]:
    """Addresses of the page, best first.

    FeedBurner's original link comes before its counting redirector; one beside the items says nothing of the site.
    A guid stands in where feedparser took it for a link, but only if it is an address itself.
    """
    original = None if site else _text(holder, "feedburner_origlink")
    link = _text(holder, "link")
    guid = _text(holder, "id")
    if link is not None and link == guid and not re.match(r"https?://", link.strip(), re.IGNORECASE):
        link = None
    alternates = [one for one in _hrefs(holder, {"alternate"}) if one != link]
    ordered = [link, *alternates] if link != guid or not alternates else [*alternates, link]
    return tuple(one for one in (original, *ordered) if one)


def _author(entry: dict[str, Any]) -> str | None:
    """Names of up to three authors; an address only where nobody gave a name."""
    several = dict.get(entry, "authors")
    names = [found for one in (several if isinstance(several, list) else ()) if (found := _text(one, "name"))]
    return ", ".join(dict.fromkeys(names[:3])) or _text(entry, "author")


def _spoken(entry: dict[str, Any]) -> str | None:
    """xml:lang of the title, which is the item's own or inherited."""
    detail = dict.get(entry, "title_detail")
    return _text(detail, "language") if isinstance(detail, dict) else None


NAMED_LIMIT = 150
"""Characters of an address that a message repeats."""


def _web_page(body: bytes, url: str) -> Unreadable:
    """Why a web page is no feed, with the feeds that it names.

    The message also stands on public pages and in logs, so no query is repeated: it may hold a reader's token.
    Where the feed itself is a secret, paths may be one too, and none is repeated.
    """
    addresses = dict.fromkeys(_without_query(one.url) for one in discover.named(body, url))
    named = [address for address in addresses if len(address) <= NAMED_LIMIT]
    what, cure = "this is a web page, not a feed", "look there for the address of its RSS or Atom feed"
    if not named:
        return Unreadable(f"{what}; {cure}")
    return Unreadable(f"{what}; it names {', '.join(named[:3])}", discreet=f"{what}; {cure}")


def _without_query(address: str) -> str:
    """``https://host/feed?...``: that there is a query is told, what it says is not."""
    bare, mark, _ = address.partition("#")[0].partition("?")
    return f"{bare}?..." if mark else bare


def _no_feed(start: bytes) -> str:
    root = re.search(rb"<([A-Za-z][\w:.-]{0,40})", start)
    if root:
        return f"this is XML or HTML, but no feed: it begins with <{root[1].decode('ascii', 'replace')}>"
    return "this is no feed in RSS, Atom or JSON Feed format"

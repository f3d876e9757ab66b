"""The bytes of a feed document -> ParsedFeed, or Unreadable with the reason for people. Pure.

feedparser's dictionaries, which ``reader`` gets, die here and in ``entries``.
Hostile bytes can cost it minutes, so ``feeds.worker`` calls this in a process that can be killed.
Of a document that was read before only what is new is read, where that comes to the same (``unseen``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from .. import __version__
from ..model import ParsedFeed, Reading, Unreadable
from . import clean, discover, identity, jsonfeed, reader, unseen
from .entries import author, links, markup, raw, text
from .items import ITEMS_LIMIT, Surroundings, cut_short, item, language, name
from .repair import mend, narrowed
from .rhythm import rhythm

_FEED_ROOT = re.compile(rb"<(?:[A-Za-z][\w.-]*:)?(?:rss|rdf|feed|channel)[\s>]", re.IGNORECASE)
_HTML_ROOT = re.compile(rb"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)


def parse(
    body: bytes, url: str, content_type: str | None, now: datetime, remembered: bytes | None = None
) -> ParsedFeed | Unreadable:
    """The feed in the body, clean; never raises for what a feed may hold.

    ``url`` is the address that answered: relative links resolve against it.
    ``now`` bounds dates: one that lies ahead counts as missing.
    At most ``ITEMS_LIMIT`` items are read.
    ``remembered``: what the last reading of this feed said to remember, so that only what is new is read, empty for a
    first one; None where nobody remembers anything.
    """
    narrow, certain = narrowed(body)
    start = narrow[:4_096].lstrip(b"\xef\xbb\xbf \t\r\n\0")
    if not start:
        return Unreadable("the answer is empty; a feed should be here")
    if start.startswith((b"{", b"[")):
        return jsonfeed.read(narrow, url, now)
    if _HTML_ROOT.search(start) and not _FEED_ROOT.search(start):
        return _web_page(narrow, url)
    kind = (not certain and content_type) or "application/xml"
    if remembered is None or narrow is not body:
        return _whole(narrow, kind, url, now, None)
    cut = unseen.cut(body, kind)
    return (_partly(cut, remembered, kind, url, now) if cut else None) or _whole(body, kind, url, now, cut)


def _whole(body: bytes, kind: str, url: str, now: datetime, cut: unseen.Cut | None) -> ParsedFeed | Unreadable:
    mended = mend(body)
    if not mended.strip():
        return Unreadable(_no_feed(body[:4_096]))
    try:
        document = reader.read(mended, kind)
    except MemoryError:
        # the whole process is worn out; whoever runs it must begin a new one
        raise
    except Exception as error:  # noqa: BLE001 (a feed's failure is a value, and hostile bytes raise anything here)
        return Unreadable(
            f"the document breaks the feed parser ({type(error).__name__}); its publisher should check it"
        )
    if not document.get("version") and not document.entries:
        return Unreadable(_no_feed(body[:4_096]))
    feed = _feed(document, url, now, mended, tuple(_complaints(document, body, mended)))
    seen = reader.watch(document)
    if cut is None or not unseen.sound(cut, range(len(cut.places))) or not _can_be_parted(seen, feed, len(cut.places)):
        return feed
    relations = list(map(identity.relations, feed.items))
    return replace(
        feed, reading=Reading(unseen.remembered(cut, _surroundings(document, seen, url, kind, now), relations))
    )


def _partly(cut: unseen.Cut, remembered: bytes, kind: str, url: str, now: datetime) -> ParsedFeed | None:
    """The feed with only the items that are not known, all else as in the whole; None where that is not sure."""
    known = unseen.known(remembered)
    part = unseen.reduced(cut, known) if known else None
    if known is None or part is None or not unseen.sound(cut, part.kept) or mend(part.body) != part.body:
        return None
    try:
        document = reader.read(part.body, kind)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 (the whole document tells)
        return None
    feed = _feed(document, url, now, part.body, tuple(_complaints(document, part.body, part.body)))
    seen = reader.watch(document)
    if (
        not _can_be_parted(seen, feed, len(part.kept))
        or _surroundings(document, seen, url, kind, now) != known.surroundings
    ):
        return None
    relations = list(map(identity.relations, feed.items))
    if unseen.entangled(cut, part, known, relations):
        return None
    left_out = len(cut.places) - len(part.kept)
    return replace(feed, reading=Reading(unseen.remembered(cut, known.surroundings, relations, part, known), left_out))


def _can_be_parted(seen: reader.Watch | None, feed: ParsedFeed, listed: int) -> bool:
    """Whether each element was one item, which can be left out of the document without any trace."""
    return seen is not None and seen.traceless and seen.ended == listed == len(feed.items) and not feed.complaints


def _feed(document: Any, url: str, now: datetime, mended: bytes, complaints: tuple[str, ...]) -> ParsedFeed:
    about = document.feed
    around, atom, editor = _around(document, url, now)
    entries = document.entries[:ITEMS_LIMIT]
    items = tuple(made for entry in entries if (made := item(raw(entry, atom, editor), around)))
    title = markup(about, "title", atom)
    return ParsedFeed(
        items=items,
        title=name(title.value if title.is_html is not False else title.value.replace("&", "&amp;")),
        site_url=around.site_url,
        language=around.language,
        complaints=(*complaints, *cut_short(len(document.entries), len(items))),
        rhythm=rhythm(
            mended,
            ttl=text(about, "ttl"),
            period=text(about, "sy_updateperiod"),
            frequency=text(about, "sy_updatefrequency"),
        ),
    )


def _around(document: Any, url: str, now: datetime) -> tuple[Surroundings, bool, str | None]:
    """What its items take from the document, whether it is Atom, and whom it names for entries without author."""
    about = document.feed
    atom = str(document.get("version")).startswith("atom")
    site_url = next((good for link in links(about, site=True) if (good := clean.url(link, url))), None)
    around = Surroundings(url=url, site_url=site_url, language=language(text(about, "language")), now=now)
    # an Atom entry without author has the feed's (RFC 4287, 4.2.1)
    return around, atom, author(about) if atom else None


def _surroundings(document: Any, seen: reader.Watch | None, url: str, kind: str, now: datetime) -> bytes:
    """The hash of all but its own bytes that bears on how an item of this document is read."""
    around, atom, editor = _around(document, url, now)
    own = (__version__, reader.VERSION, seen and seen.before)
    return unseen.surroundings(own, url, kind, around.site_url, around.language, atom, editor)


def _complaints(document: Any, body: bytes, mended: bytes) -> Iterator[str]:
    """What was wrong before it could be read."""
    if mended != body:
        yield "it breaks the rules of XML (controls, bare &, unknown names, a wrong encoding) and was mended"
    broken = document.get("bozo_exception")
    line = getattr(broken, "getLineNumber", lambda: None)()
    if line is not None:
        reason = clean.line(str(broken.getMessage()))[:NAMED_LIMIT]
        yield f"line {line}: it is not well-formed XML ({reason}); what can be read is read, the rest is lost"


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

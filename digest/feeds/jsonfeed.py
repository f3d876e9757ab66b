"""JSON Feed 1 and 1.1 (jsonfeed.org/version/1.1) -> ParsedFeed, which feedparser cannot read. Pure.

Publishers get types wrong: a number as id, null as title, an object where a list should stand.
Whatever has the wrong type counts as missing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..model import ParsedFeed, Unreadable
from . import clean
from .items import ITEMS_LIMIT, Markup, RawItem, Surroundings, cut_short, item, language, name
from .media import RawFile, RawImage


def read(body: bytes, url: str, now: datetime) -> ParsedFeed | Unreadable:
    """The feed in a JSON document, or why it is none."""
    try:
        feed = json.loads(body.decode(json.detect_encoding(body), "replace").lstrip("\ufeff"), strict=False)
    except (ValueError, RecursionError) as error:
        return Unreadable(f"this starts like JSON, but cannot be read as JSON: {error}")
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        return Unreadable("this is JSON, but not a JSON Feed: it has no list of items")
    if "jsonfeed.org/version/" not in (_text(feed, "version") or "jsonfeed.org/version/"):
        return Unreadable("this is JSON, but not a JSON Feed: its version names something else")
    site_url = clean.url(_text(feed, "home_page_url"), url)
    spoken = language(_text(feed, "language"))
    around = Surroundings(url=url, site_url=site_url, language=spoken, now=now)
    items = tuple(
        made
        for raw in feed["items"][:ITEMS_LIMIT]
        if isinstance(raw, dict) and (made := item(_raw(raw, url, _author(feed)), around))
    )
    return ParsedFeed(
        items=items,
        title=name(_text(feed, "title")),
        site_url=site_url,
        language=spoken,
        complaints=cut_short(len(feed["items"]), len(items)),
    )


def _raw(raw: Mapping[str, Any], base: str, feed_author: str | None) -> RawItem:
    contents = [Markup(value, is_html=True, base=base) for value in (_text(raw, "content_html"),) if value]
    contents += [Markup(value, is_html=False) for value in (_text(raw, "content_text"),) if value]
    attachments = raw.get("attachments")
    enclosures = attachments if isinstance(attachments, list) else []
    return RawItem(
        title=Markup(_text(raw, "title") or "", is_html=False),
        links=tuple(link for link in (_text(raw, "url"), _text(raw, "external_url")) if link),
        guid=_text(raw, "id"),
        summary=Markup(_text(raw, "summary") or "", is_html=False),
        contents=tuple(contents[:1]),
        author=_author(raw) or feed_author,
        published=_text(raw, "date_published") or _text(raw, "date_modified"),
        parsed=None,
        language=_text(raw, "language"),
        source_title=None,
        source_url=None,
        files=tuple(
            RawFile(
                _text(one, "url"),
                _text(one, "mime_type"),
                _text(one, "size_in_bytes"),
                _text(one, "duration_in_seconds"),
            )
            for one in enclosures
            if isinstance(one, dict)
        ),
        images=tuple(RawImage(address) for name in ("image", "banner_image") if (address := _text(raw, name))),
    )


def _author(holder: Mapping[str, Any]) -> str | None:
    """Names of version 1.1's ``authors``, else of version 1's ``author``."""
    authors = holder.get("authors")
    several = authors if isinstance(authors, list) else [holder.get("author")]
    return ", ".join(found for one in several if isinstance(one, dict) and (found := _text(one, "name"))) or None


def _text(holder: Mapping[str, Any], key: str) -> str | None:
    value = holder.get(key)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None

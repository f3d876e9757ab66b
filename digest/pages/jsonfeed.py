"""JSON Feed 1.1 (jsonfeed.org/version/1.1): the same entries as in Atom -> the bytes of a feed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..editions.cut import clean
from .atom import Entry, stamp

VERSION = "https://jsonfeed.org/version/1.1"


def feed(
    title: str,
    home_url: str | None,
    self_url: str | None,
    entries: Sequence[Entry],
    *,
    description: str | None = None,
    language: str = "en",
) -> bytes:
    """The document, UTF-8; the format wants whole addresses, so relative ones are left out."""
    found = {
        "version": VERSION,
        "title": clean(title),
        "home_page_url": _whole(home_url),
        "feed_url": _whole(self_url),
        "description": description and clean(description),
        "language": language,
        "items": [_item(one) for one in entries],
    }
    return (json.dumps(_known(found), ensure_ascii=False, indent=1) + "\n").encode()


def _item(one: Entry) -> dict[str, Any]:
    html = one.content_html
    found = {
        "id": one.id,
        "url": _whole(one.url),
        "title": clean(one.title) or "(no title)",
        "summary": one.summary_text and clean(one.summary_text),
        "content_html": html,
        # One of the two must be there.
        "content_text": None if html else clean(one.summary_text or one.title),
        "date_published": stamp(one.published or one.updated),
        "date_modified": stamp(one.updated),
        "authors": [{"name": clean(one.author)}] if one.author else None,
        "tags": [clean(term) for term in dict.fromkeys(one.categories)] or None,
        "language": one.language,
    }
    return _known(found)


def _known(found: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if value is not None}


def _whole(url: str | None) -> str | None:
    return url if url is not None and url.startswith(("https://", "http://")) else None

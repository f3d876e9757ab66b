"""What a feed's publisher should mend, in words for people: of the answer, of the document, of its items. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from ..model import ParsedFeed
from .clean import line

EXAMPLES = 60
"""Characters of a wrong value that are repeated."""
_TYPES = ("xml", "rss", "atom", "json", "rdf")


def of_answer(headers: Mapping[str, str], asked: str, answered: str, *, secret: bool = False) -> Iterator[str]:
    """About the answer as such; ``headers`` with lower-case names.

    ``secret``: the address is only its owner's to know, and where it leads is often as much of one.
    """
    if asked != answered:
        secure = urlsplit(asked).scheme == "http" and urlsplit(answered).scheme == "https"
        where = "" if secret else f": {answered.partition('?')[0]}"
        yield f"its address leads elsewhere{', to https' if secure else ''}{where}"
    kind = line(headers.get("content-type", ""))[:EXAMPLES]
    if not any(one in kind.lower() for one in _TYPES):
        yield f"it is sent as {kind or 'nothing in particular'}, which is no feed's type; it was read all the same"
    if not headers.get("etag") and not headers.get("last-modified"):
        yield "it carries neither ETag nor Last-Modified, so every poll loads all of it"


def of_feed(feed: ParsedFeed, kept: int) -> Iterator[str]:
    """About the document and its items, of which ``kept`` differ from one another."""
    yield from feed.complaints
    if not feed.title:
        yield "it does not say its title"
    if not feed.items:
        yield "it lists no items; that may change, or it may be the wrong address"
        return
    yield from _dates(feed)
    yield from _lacking(feed)
    guids = Counter(item.guid for item in feed.items if item.guid)
    if again := sum(count for count in guids.values() if count > 1):
        yield f"{again:,} items share a guid with one another; their links and titles tell them apart"
    if kept < len(feed.items):
        yield f"repeated items, each stored once: {len(feed.items) - kept:,}"


def _dates(feed: ParsedFeed) -> Iterator[str]:
    wrong = [item.published_text for item in feed.items if item.published is None and item.published_text]
    missing = sum(item.published is None and not item.published_text for item in feed.items)
    if wrong:
        yield (
            f"{len(wrong):,} of {len(feed.items):,} dates cannot be read or cannot be true, like "
            f"'{wrong[0][:EXAMPLES]}'; such items count from when they are first seen"
        )
    if missing:
        yield f"{missing:,} of {len(feed.items):,} items have no date; they count from when they are first seen"


def _lacking(feed: ParsedFeed) -> Iterator[str]:
    total = len(feed.items)
    for what, lacking in (
        ("no title", sum(not item.title for item in feed.items)),
        ("no link that can be opened", sum(not item.url for item in feed.items)),
        ("no guid, so they are known by link, title or text", sum(not item.guid for item in feed.items)),
        ("no text", sum(not item.summary for item in feed.items)),
    ):
        if lacking:
            yield f"{lacking:,} of {total:,} items have {what}"

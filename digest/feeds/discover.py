"""A site's address, or one of its pages -> addresses where its feeds may be. Pure.

    known(url)          what the big sites do, by their address alone
    named(body, url)    what a page names in its head, and what a page of YouTube hides in its text
    usual(url)          where feeds usually lie; for pages that name none

Nothing here is sure before it was asked and read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import parse_qs, urlsplit

from . import clean
from .items import name

READ = 1_000_000
"""Bytes of a page that are looked at."""
MOST = 20
"""Feeds taken from one page: a page with more of them lists them for people, too."""

_LINK = re.compile(rb"<(?:link|a)\b[^<>]{0,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(rb"""([a-z-]{1,20})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_TYPE = re.compile(r"(?:application|text)/(?:rss\+xml|atom\+xml|rdf\+xml|feed\+json|xml)")
_CHANNEL = re.compile(rb"(?:channel_id=|/channel/|\"(?:externalId|channelId)\":\s?\")(UC[\w-]{22})")
_PATHS = ("feed", "feed/", "rss", "rss.xml", "atom.xml", "feed.xml", "index.xml", "feed.json")
_HOME_PATHS = ("feeds/posts/default",)
_YOUTUBE = frozenset({"youtube.com", "www.youtube.com", "m.youtube.com"})
_REDDIT = frozenset({"reddit.com", "www.reddit.com", "old.reddit.com", "new.reddit.com"})
_GITHUB = frozenset({"github.com", "www.github.com"})


@dataclass(frozen=True, slots=True)
class Named:
    """A feed that a page names."""

    url: str
    title: str | None = None


def known(url: str) -> tuple[str, ...]:
    """Feeds of a page of YouTube, Reddit, GitHub or of a person on Mastodon, by its address; empty for other pages.

    They are the addresses that these sites document; a page that names its feeds itself says the same.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    steps = [step for step in parts.path.split("/") if step]
    if host in _YOUTUBE:
        return tuple(_youtube(steps, parse_qs(parts.query)))
    if host in _REDDIT:
        return tuple(_reddit(steps))
    if host in _GITHUB:
        return tuple(_github(steps))
    if len(steps) == 1 and re.fullmatch(r"@[\w.-]+", steps[0]) and not host.endswith(("medium.com", "tiktok.com")):
        return (f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/{steps[0]}.rss",)  # Mastodon
    return ()


def _youtube(steps: list[str], query: dict[str, list[str]]) -> Iterator[str]:
    feeds = "https://www.youtube.com/feeds/videos.xml"
    match steps:
        case ["channel", channel, *_]:
            yield f"{feeds}?channel_id={channel}"
        case ["user", user, *_]:
            yield f"{feeds}?user={user}"
        case ["playlist" | "watch"] if "list" in query:
            yield f"{feeds}?playlist_id={query['list'][0]}"


def _reddit(steps: list[str]) -> Iterator[str]:
    match steps:
        case []:
            yield "https://www.reddit.com/.rss"
        case [kind, group, "comments", post, *_]:
            yield f"https://www.reddit.com/{kind}/{group}/comments/{post}/.rss"
        case ["r" | "user" | "u" as kind, group, *_]:
            yield f"https://www.reddit.com/{'user' if kind == 'u' else kind}/{group}/.rss"


def _github(steps: list[str]) -> Iterator[str]:
    match steps:
        case [owner]:
            yield f"https://github.com/{owner}.atom"
        case [owner, project, "commits" | "tree", branch, *_]:
            yield f"https://github.com/{owner}/{project}/commits/{branch}.atom"
        case [owner, project, *_]:
            project = project.removesuffix(".git")
            for kind in ("releases", "tags", "commits"):
                yield f"https://github.com/{owner}/{project}/{kind}.atom"


def named(body: bytes, url: str) -> tuple[Named, ...]:
    """The feeds that a page names with ``<link rel="alternate">`` or a link of a feed's type, in its order.

    On YouTube also the channel whose page it is.
    """
    page = body[:READ]
    found: dict[str, Named] = {}
    for tag in _LINK.findall(page):
        attributes = _attributes(tag)
        kind = attributes.get("type", "").split(";")[0].strip().lower()
        rels = attributes.get("rel", "").lower().split()
        if not ({"alternate", "feed"} & set(rels)) or not (_TYPE.fullmatch(kind) or ("feed" in rels and not kind)):
            continue
        address = clean.url(attributes.get("href"), url)
        if address and len(found) < MOST:
            found.setdefault(address, Named(address, name(attributes.get("title"))))
    channel = _CHANNEL.search(page) if (urlsplit(url).hostname or "").lower() in _YOUTUBE else None
    if channel and not any("youtube.com/feeds/" in address for address in found):
        address = f"https://www.youtube.com/feeds/videos.xml?channel_id={channel[1].decode('ascii')}"
        found[address] = Named(address)
    return tuple(found.values())


def usual(url: str) -> tuple[str, ...]:
    """Where feeds usually lie: below the page that was asked, then at the top of its site."""
    parts = urlsplit(url)
    top = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"
    folder = parts.path if parts.path.endswith("/") else f"{parts.path}/"
    places = [f"{top}{folder.lstrip('/')}{path}" for path in _PATHS[:2]] if folder != "/" else []
    return tuple(dict.fromkeys([*places, *(f"{top}{path}" for path in (*_PATHS, *_HOME_PATHS))]))


def _attributes(tag: bytes) -> dict[str, str]:
    """Lower-case names; the first of equal ones counts."""
    found: dict[str, str] = {}
    for key, *values in _ATTRIBUTE.findall(tag):
        text = unescape(b"".join(values).decode("utf-8", "replace"))
        found.setdefault(key.decode("ascii").lower(), text)
    return found

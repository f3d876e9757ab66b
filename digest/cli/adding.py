"""Subscribing from a page: an address that was written into a form, a list of feeds that was sent along."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ..errors import ConfigError, DigestError
from .common import count
from .feednames import shown_address
from .subscribe import as_feed, described, insecure, looked_up, spellings, written

if TYPE_CHECKING:
    from ..config import Config, Feed
    from .subscribe import Written

PATIENCE = timedelta(seconds=10)
"""How long a server may take to answer while a person waits at a page."""
NAMED = 5
"""Feeds, or problems of a list, that a sentence names."""


def subscribe(settings: Config, address: str, section: str, now: datetime) -> str:
    """Subscribes to the feed at an address, or to that of the site there; says so in a sentence.

    Raises DigestError where there is none or where there are several, and where config.toml may not be written: then it
    holds what to paste.
    """
    if not address.strip():
        raise DigestError("url: nothing was written there; go back and write the address of a site or a feed")
    quick = replace(settings.fetch, timeout=min(settings.fetch.timeout, PATIENCE))
    starts = spellings(address)
    found = looked_up(replace(settings, fetch=quick), starts, now).feeds
    if len(found) > 1:
        listed = "\n".join(f"  {described(one)}" for one in found)
        raise DigestError(f"{len(found)} feeds are there; write the address of one of them:\n{listed}")
    feeds = [as_feed(found[0], None, section.strip() or "News", private=False)]
    return _told(_added(settings, feeds, insecure(starts, list(found))))


def import_list(settings: Config, content: bytes) -> str:
    """Subscribes to the feeds of an OPML file; says so in a sentence. Raises DigestError as ``subscribe`` does."""
    from ..feeds import opml

    found = opml.read(content)
    if not found.feeds:
        raise DigestError("\n  ".join(["the file was not taken:", *found.problems[:NAMED]]))
    return _told(_added(settings, list(found.feeds), found.problems))


_ONE_BY_ONE = threading.Lock()
"""Two requests at once would each write the file as it was before the other."""


def _added(settings: Config, feeds: list[Feed], notes: tuple[str, ...]) -> Written:
    """By the list as it stands in the file: what was added a moment ago is there, though not in force yet."""
    from ..config import load

    with _ONE_BY_ONE:
        with suppress(ConfigError, OSError):  # why it cannot be changed is told by who tries to
            settings = replace(settings, feeds=load(settings.path).feeds)
        return written(settings, feeds, notes)


def _told(done: Written) -> str:
    if done.refused is not None:
        raise DigestError(f"{done.refused}:\n\n{done.lines}")
    named = [feed.title or shown_address(feed) for feed in done.new]
    if len(named) > NAMED:
        named = [*named[:NAMED], f"{len(named) - NAMED:,} more"]
    told = f"{count(len(done.new), 'feed')} added: {', '.join(named)}." if named else "Nothing was added."
    if done.old:
        told += f" {count(len(done.old), 'feed')} subscribed already."
    hints = (
        done.hints if len(done.hints) <= NAMED else [*done.hints[:NAMED], f"{len(done.hints) - NAMED:,} more like that"]
    )
    return " ".join([told, *(f"{hint[:1].upper()}{hint[1:].rstrip('.')}." for hint in hints)])

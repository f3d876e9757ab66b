"""Hand on: the subscriptions as OPML, for another reader, without a secret that nobody asked for by name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from urllib.parse import urlsplit

from ..config import Config, Feed
from ..feeds import opml
from ..model import FeedState
from ..store import Store
from .looking import feed_states


def opml_of(store: Store, settings: Config, secrets: Collection[Feed] = ()) -> tuple[str, int]:
    """(the document, number of feeds in it); only those of ``secrets`` with a password or a token in the address.

    Sections become folders; a feed that moved for good stands there with its new address.
    """
    states = {state.url: state for state in feed_states(store, settings)}
    listed = [feed for feed in settings.feeds if feed in secrets or not opml.is_secret(feed)]
    asked = [(feed, _as_asked(feed, states.get(feed.url))) for feed in listed]
    told = [new for feed, new in asked if feed in secrets or not opml.is_secret(new)]
    titles = {new.url: states[feed.url].title for feed, new in asked if feed.url in states}
    text = opml.write(told, "digest", titles=titles, secrets=[new for feed, new in asked if feed in secrets])
    return text, len(told)


def _as_asked(feed: Feed, state: FeedState | None) -> Feed:
    """With the address at which it is asked since it moved for good.

    The login in an address is for its own origin, and a feed that became one with another keeps its own.
    """
    if state is None or state.moved_to is None or state.merged_into is not None or "@" in urlsplit(feed.url).netloc:
        return feed
    return replace(feed, url=state.moved_to)

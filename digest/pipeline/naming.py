"""Name: how each feed is called so that a person knows which one is meant, without telling its secret."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ..config import Config, Feed
from ..model import FeedState
from ..units import holds_secret, host_of


@dataclass(frozen=True, slots=True)
class Name:
    """One feed among all of a configuration."""

    shown: str
    """In lines: ``World (feeds.example.org)``, or its address where another one would have the same words."""
    told: str
    """What a command takes for it, and for no other."""


def names(settings: Config, states: Iterable[FeedState]) -> dict[str, Name]:
    """The name of each subscription, by its address in the configuration; ``states`` of those that were asked."""
    known = {state.url: state for state in states}
    titles = [
        known[feed.url].title if feed.url in known else feed.title or host_of(feed.url) for feed in settings.feeds
    ]
    many = Counter(title.casefold() for title in titles)
    return {
        feed.url: _name(settings, feed, place, title, known.get(feed.url), alone=many[title.casefold()] == 1)
        for place, (feed, title) in enumerate(zip(settings.feeds, titles, strict=True), 1)
    }


def address(url: str, *, private: bool) -> str | None:
    """The address of a feed where it may be told; None where it is private, or seems to hold a secret."""
    return None if private or holds_secret(url) else url


def _name(settings: Config, feed: Feed, number: int, title: str, state: FeedState | None, *, alone: bool) -> Name:
    host, url = host_of(feed.url), address(feed.url, private=feed.private)
    titled = title != host
    moved = f"moved to {host_of(state.moved_to)}" if state and state.moved_to and not state.private else ""
    if alone and titled:
        return Name(_with(title, host, moved), title)
    if url is not None:
        return Name(_with(title, url, moved) if titled else _with(url, moved), url)
    if alone:
        return Name(_with(title, moved), title)
    return Name(_with(title, f"feed {number} in {settings.path.name}", moved), str(number))


def _with(words: str, *more: str) -> str:
    told = ", ".join(one for one in more if one)
    return f"{words} ({told})" if told else words

"""Composing in tests: stories of made items, the voices that grouping finds, the words of a digest and its feeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

from digest.config import Digest, Feed
from digest.editions.compose import compose
from digest.editions.marking import mark
from digest.model import Edition, FeedState, Item, Story
from digest.threads.voices import voices, wire
from support.nouns import SLOT, WINDOW, make_item, make_story

HOUR = timedelta(hours=1)


def composed(
    stories: Sequence[Story],
    *,
    feeds: Sequence[FeedState] = (),
    subscriptions: Mapping[str, Feed] | None = None,
    **changes: Any,
) -> Edition:
    """The edition of these stories; keys of a digest among ``changes`` set it up, others go to ``compose``.

    ``subscriptions`` are feeds as configured, by title: their ``only``, ``skip`` and ``starred`` count.
    """
    digest = Digest(**{name: changes.pop(name) for name in list(changes) if name in Digest.__dataclass_fields__})
    subscribed = subscriptions or {}
    ids = {make_item(feed=title, id=1).feed_id: feed for title, feed in subscribed.items()}
    stars = {number for number, feed in ids.items() if feed.starred}
    starred = [
        replace(story, items=tuple(replace(item, starred=item.feed_id in stars) for item in story.items))
        if stars
        else story
        for story in stories
    ]
    known: dict[str, Any] = {
        "slot": SLOT,
        "ordinal": 1,
        "number": 2,
        "window": WINDOW,
        "stories": starred,
        "feeds": feeds,
        "voices": voices,
        "wire": wire,
        "next_slot": SLOT + timedelta(days=1),
        "marks": mark(digest, ids, (item for story in starred for item in story.items)),
    }
    return compose(digest, **{**known, **changes})


def subscribe(title: str, **settings: Any) -> dict[str, Feed]:
    """One feed as configured, by its title."""
    return {title: Feed(url=f"https://{len(title)}.example/feed.xml", title=title, **settings)}


class Newsroom:
    """Makes stories whose items are numbered from 1, so that what is composed of them is the same in every run."""

    def __init__(self) -> None:
        self._ids = count(1)

    def item(self, title: str, feed: str = "Harbour Times", hours: float = 2, **changes: Any) -> Item:
        """A report published and seen that many hours before the slot."""
        moment = SLOT - hours * HOUR
        known = {"published": moment, "first_seen": min(moment + HOUR / 6, SLOT - HOUR / 60), "words": 440}
        return make_item(title, feed, id=next(self._ids), **{**known, **changes})

    def story(self, *items: Item, **changes: Any) -> Story:
        return make_story(*items, **changes)

    def lone(self, title: str, feed: str = "Harbour Times", hours: float = 2, **changes: Any) -> Story:
        """A story of one report."""
        return make_story(self.item(title, feed, hours, **changes))

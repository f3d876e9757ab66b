"""Nouns of the pipeline with sensible defaults, so that a test names only what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from zlib import crc32

from digest.model import Edition, EditionItem, EditionStory, FeedState, Item, Story, Window

SLOT = datetime(2023, 10, 13, 7, 0, tzinfo=UTC)
WINDOW = Window(SLOT - timedelta(days=1), SLOT)
_ids = count(1)


def make_item(title: str = "Dam breaks above Velmora", feed: str = "Harbour Times", **changes: Any) -> Item:
    """An item first seen an hour before the slot; its outlet, feed id and names follow from the feed's title."""
    number = changes.pop("id", None) or next(_ids)
    key = "".join(sign for sign in feed.lower() if sign.isalnum())
    seen = changes.get("first_seen", SLOT - timedelta(hours=1))
    made = Item(
        id=number,
        feed_id=crc32(key.encode()),
        feed=feed,
        title=title,
        url=f"https://{key}.example/{number}",
        summary="",
        outlet=f"{key}.example",
        outlet_name=feed,
        language="en",
        published=seen - timedelta(minutes=10),
        first_seen=seen,
        section="World",
    )
    return replace(made, **changes)


def make_story(*items: Item, **changes: Any) -> Story:
    """The story of these items, or of one made for it."""
    items = items or (make_item(),)
    number = changes.pop("id", None) or min(item.id for item in items)
    oldest_first = tuple(sorted(items, key=lambda item: (item.published, item.id)))
    return replace(Story(number, number, oldest_first, oldest_first[0].published), **changes)


def make_feed(title: str = "Harbour Times", **changes: Any) -> FeedState:
    """A feed that answered five minutes before the slot."""
    item = make_item(feed=title)
    made = FeedState(
        id=item.feed_id,
        url=f"https://{item.outlet}/feed.xml",
        title=title,
        last_try=SLOT - timedelta(minutes=5),
        last_success=SLOT - timedelta(minutes=5),
        last_status=200,
    )
    return replace(made, **changes)


def make_edition(**changes: Any) -> Edition:
    """An edition with one story in it."""
    lead = EditionItem(
        item_id=1,
        title="Dam breaks above Velmora",
        url="https://harbourtimes.example/1",
        outlet="Harbour Times",
        feed="Harbour Times",
        published=SLOT - timedelta(hours=1),
        language="en",
        minutes=3,
    )
    story = EditionStory(
        story_id=1,
        thread_id=1,
        lead=lead,
        others=(),
        gist=None,
        gist_outlet=None,
        outlets=("Harbour Times",),
        voices=1,
        copies=0,
        reports=1,
        day=1,
        since=date(2023, 10, 13),
        reason=None,
    )
    made = Edition(
        digest="daily",
        title="Morning paper",
        slot=SLOT,
        day=SLOT.date(),
        ordinal=1,
        number=1,
        timezone="UTC",
        language="en",
        window=WINDOW,
        top=(story,),
        sections=(),
        items=1,
        stories=1,
        outlets=1,
        left_out=0,
        minutes=1,
        feeds=1,
        feeds_answered=1,
        troubles=(),
        notices=(),
        next_slot=SLOT + timedelta(days=1),
    )
    return replace(made, **changes)

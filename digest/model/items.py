"""What is stored: items, and what they show and bring with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Item:
    """A stored item, as grouping and composing see it."""

    id: int
    feed_id: int
    feed: str
    """Title of the feed."""
    title: str
    url: str | None
    summary: str
    outlet: str
    """Registrable domain, or ``feed:ID``: the key outlets are counted by."""
    outlet_name: str
    """What people read: the ``<source>`` or the feed's title."""
    language: str
    """Primary subtag (``en``, ``ja``), ``und`` when unknown."""
    published: datetime
    """The publisher's date where it is sane, else first-seen; orders and labels, decides nothing."""
    first_seen: datetime
    words: int | None = None
    section: str = ""
    backlog: bool = False
    private: bool = False
    starred: bool = False
    """Of a feed or an outlet that the reader starred."""
    by_outlet: bool = False
    """It is starred for its outlet's sake; its feed alone is not."""
    story_id: int | None = None
    first_title: str | None = None
    """Its title when it was first seen, where an edit has changed that since."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that an item shows of itself."""

    url: str
    """http or https only."""
    alt: str = ""
    """What it shows, in words; empty where nobody says."""
    width: int | None = None
    height: int | None = None
    """Pixels as declared, both or neither."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that comes with an item: an episode, a video."""

    url: str
    """http or https only."""
    type: str | None = None
    """``audio/mpeg``, lower case."""
    seconds: int | None = None
    """It lasts, as declared."""
    bytes: int | None = None
    """Its size, as declared."""


@dataclass(frozen=True, slots=True)
class ItemDetail:
    """All that is stored of one item, for its own page."""

    item: Item
    content_html: str
    """The longest text its feed gives, cleaned when it was stored; may be empty."""
    author: str | None = None
    published_text: str | None = None
    """The date as its feed wrote it."""
    edited: datetime | None = None
    """When its text last changed."""
    image: Picture | None = None
    enclosure: Enclosure | None = None

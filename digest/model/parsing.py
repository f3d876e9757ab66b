"""What a feed said, and what of it is new."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from .polling import Rhythm

if TYPE_CHECKING:
    from .items import Picture


@dataclass(frozen=True, slots=True)
class ParsedItem:
    """One item as its feed told it, already clean: nothing here can run, break a header or hide."""

    title: str
    """One line of plain text; may be empty."""
    url: str | None = None
    """http or https only, without tracking parameters."""
    guid: str | None = None
    """Trimmed, otherwise verbatim."""
    summary: str = ""
    """Plain text, paragraphs joined by a space."""
    content_html: str = ""
    """Safe HTML, the longest the feed gives."""
    words: int | None = None
    """Of the full text, where the feed carries one; None where it has but a teaser."""
    author: str | None = None
    published: datetime | None = None
    """None where missing, unreadable or absurd (before 1990)."""
    published_text: str | None = None
    language: str | None = None
    source_title: str | None = None
    """An aggregator's ``<source>``: who really published it."""
    source_url: str | None = None
    enclosure_url: str | None = None
    enclosure_type: str | None = None
    enclosure_seconds: int | None = None
    enclosure_bytes: int | None = None
    """As in ``Enclosure``."""
    image: Picture | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How much of a document was read."""

    remembered: bytes
    """Hashes of its items and of what stands around them, so that the next reading can leave out what it knows."""
    left_out: int = 0
    """Items that were not read, as they stand there byte for byte as they did the last time."""


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """One feed document."""

    items: tuple[ParsedItem, ...]
    """In the document's order; items without title, link and text are dropped, and what ``reading`` left out."""
    title: str | None = None
    site_url: str | None = None
    language: str | None = None
    complaints: tuple[str, ...] = ()
    """For people: what is wrong with the document as such, though it could be read."""
    rhythm: Rhythm = Rhythm()  # noqa: RUF009  it is frozen
    reading: Reading | None = None
    """None: the whole was read, and the next reading cannot leave anything out."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A body that is no feed, with the reason for people."""

    reason: str
    discreet: str | None = None
    """The reason without the addresses it repeats, for a feed whose own address is a secret; None: it repeats none."""


@dataclass(frozen=True, slots=True)
class KnownItem:
    """What is remembered under an item key; ``item_id`` is None once the item itself was pruned."""

    key: str
    item_id: int | None
    fingerprint: str
    """Of the text last stored, so that an edit shows."""


@dataclass(frozen=True, slots=True)
class Resembling:
    """A stored item with a link or title that an item of a document has, of the same feed or of a former one."""

    feed_id: int
    item_id: int
    title: str
    url: str | None
    published: datetime
    stored: int
    """Items stored of its feed."""


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item never seen before."""

    item: ParsedItem
    keys: tuple[str, ...]
    """The primary key first, then aliases that survive a changed guid."""
    fingerprint: str
    outlet: str
    """Registrable domain of the publisher, or ``feed:ID`` on a platform."""
    backlog: bool = False
    """Stored, but counted as already shown: first polls and floods."""


@dataclass(frozen=True, slots=True)
class EditedItem:
    """A known item whose text changed: updated in place, never new again; its first title is remembered."""

    item_id: int
    item: ParsedItem
    keys: tuple[str, ...]
    fingerprint: str
    changed: bool = True
    """False: only the keys are new (a rewritten guid); the text stays as stored."""

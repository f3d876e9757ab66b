"""Where an item came out: in which editions of which digests, and where there, or why in none; writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ..config import Config, Digest, Feed, feeds_of
from ..editions import slots
from ..editions.marking import muting
from ..editions.places import places
from ..feeds import poll
from ..feeds.health import health
from ..feeds.links import url as cleaned
from ..feeds.outlets import outlet
from ..model import Condition, Edition, EditionStory, Item, Place
from ..store import FrozenEdition, Store
from ..units import host_of, same_page
from ..wanted import Words, text_of
from .publishing import draft, thaw


class Absence(StrEnum):
    """Why an item is in no edition of a digest."""

    OTHER_FEEDS = "other feeds"
    """The digest does not hold its feed."""
    FIRST_RUN = "first run"
    """Its feed had it already when the program first asked."""
    BACKLOG = "backlog"
    """It came with many old ones: a flood, a pause that ended, a new address."""
    EARLIER = "earlier"
    """It was there before the digest's first window begins."""
    WAITING = "waiting"
    """No edition covers its time yet."""
    UNGROUPED = "ungrouped"
    """The same, and it was not grouped yet."""
    NOT_HELD = "not held"
    """An edition covers its time without it: the digest did not hold its feed then."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """What one edition did with the item."""

    number: int
    day: date
    path: str
    place: Place
    headline: str | None
    """That of the story it stands under; None where it leads or is not shown."""


@dataclass(frozen=True, slots=True)
class InDigest:
    """The item and one digest."""

    digest: str
    title: str
    editions: tuple[Appearance, ...]
    absence: Absence | None = None
    """None where an edition knows of it."""
    next_slot: datetime | None = None
    """When the next edition comes, for an item that waits."""
    expected: Place | None = None
    """Where the edition that would come now puts an item that waits."""
    word: str | None = None
    """The word that keeps it out, as the configuration and people's decisions have it today."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where an item came out."""

    item: Item
    digests: tuple[InDigest, ...]
    subscribed: bool
    """Whether its feed is in the configuration."""


@dataclass(frozen=True, slots=True)
class Likely:
    """A feed that an unknown address may belong to."""

    title: str
    asked: datetime | None
    """Last time; None: never."""
    next: datetime | None
    """When it may be asked again; None: with the next poll, or no more."""
    condition: Condition


def find(store: Store, told: str) -> int | None:
    """The number of the item with this number or address, however its page is spelt; the newest of several."""
    if told.isdecimal() and len(told) < 19:
        return int(told) if store.items.get([int(told)]) else None
    address = cleaned(told if "://" in told else f"https://{told}")
    if address is None:
        return None
    page = same_page(address)
    spelt = [told, address]
    spelt += [
        f"{scheme}://{www}{page}{slash}" for scheme in ("https", "http") for www in ("", "www.") for slash in ("", "/")
    ]
    found = (store.items.by_address(one) for one in spelt)
    return next((numbers[0] for numbers in found if numbers), None)


def likely(store: Store, settings: Config, address: str, now: datetime) -> list[Likely]:
    """The subscriptions that an address which no item has may belong to, by its outlet."""
    wanted = cleaned(address if "://" in address else f"https://{address}")
    if wanted is None:
        return []
    publisher = _outlet(wanted)
    ids = {feed.url: number for number, feed in store.feeds.subscribed(settings.feeds).items()}
    states = {state.id: state for state in store.feeds.states(store.feeds.subscribed(settings.feeds))}
    pauses = store.troubles.pauses()
    found = []
    for feed in settings.feeds:
        state = states.get(ids.get(feed.url, 0))
        if publisher not in {_outlet(feed.url), _outlet(state.site_url) if state and state.site_url else None}:
            continue
        if state is None:
            name = feed.title or host_of(feed.url)
            found.append(Likely(name, None, None, Condition.NEW))
            continue
        paused = poll.pausing(pauses, state, now)
        times = [time for time in (state.next_poll, state.held_until, paused) if time is not None and time > now]
        condition = health(state, now, paused).condition
        found.append(Likely(state.title, state.last_try, max(times, default=None), condition))
    return found


def _outlet(address: str) -> str:
    return outlet(address, feed_id=0, feed_url=address, site_url=None, source_url=None)


def whereabouts(store: Store, settings: Config, item_id: int, now: datetime) -> Whereabouts:
    """Where a stored item came out, digest by digest; those that are no longer configured last."""
    subscriptions = store.feeds.subscribed(settings.feeds)
    [item] = store.items.get([item_id], subscriptions)
    known: dict[str, list[tuple[FrozenEdition, Place]]] = {}
    for edition, place in store.editions.places(item_id):
        known.setdefault(edition.digest, []).append((edition, place))
    digests = [
        _in_digest(store, settings, digest, item, subscriptions, known.pop(digest.name, []), now)
        for digest in settings.digests.values()
    ]
    former = [_told(item_id, name, found) for name, found in known.items()]
    return Whereabouts(item, (*digests, *former), item.feed_id in subscriptions)


def gone(store: Store, told: str) -> tuple[InDigest, ...] | None:
    """What editions say of an item, by its number, that came once and is no longer kept; None where none did."""
    if not told.isdecimal() or len(told) > 18 or not store.retention.ever(int(told)):
        return None
    known: dict[str, list[tuple[FrozenEdition, Place]]] = {}
    for edition, place in store.editions.places(int(told)):
        known.setdefault(edition.digest, []).append((edition, place))
    return tuple(_told(int(told), name, found) for name, found in known.items())


def _told(item_id: int, digest: str, found: Sequence[tuple[FrozenEdition, Place]]) -> InDigest:
    return InDigest(digest, thaw(found[0][0].data).title, _appearances(item_id, found))


def _in_digest(
    store: Store,
    settings: Config,
    digest: Digest,
    item: Item,
    subscriptions: Mapping[int, Feed],
    known: Sequence[tuple[FrozenEdition, Place]],
    now: datetime,
) -> InDigest:
    if not known:
        known = _unrecorded(store, digest, item)
    if known:
        # A word that a person muted is looked for as it was when the edition came out.
        word = _word(store, known[-1][0].slot, digest, subscriptions.get(item.feed_id), item, known[-1][1])
        return InDigest(digest.name, digest.title, _appearances(item.id, known), word=word)
    absence = _absence(store, settings, digest, item, subscriptions, now)
    if absence is not Absence.WAITING:
        return InDigest(digest.name, digest.title, (), absence)
    coming = draft(store, settings, digest, lambda: now, slots.following(digest, now) or now)
    place = places(coming).get(item.id)
    word = _word(store, coming.slot, digest, subscriptions.get(item.feed_id), item, place)
    return InDigest(digest.name, digest.title, (), absence, coming.slot, place, word)


def _unrecorded(store: Store, digest: Digest, item: Item) -> list[tuple[FrozenEdition, Place]]:
    """What an edition shows that was frozen before places were recorded."""
    edition = store.editions.covering(digest.name, item.first_seen)
    place = places(thaw(edition.data)).get(item.id) if edition is not None else None
    return [(edition, place)] if edition is not None and place is not None else []


def _absence(
    store: Store, settings: Config, digest: Digest, item: Item, subscriptions: Mapping[int, Feed], now: datetime
) -> Absence:
    feed = subscriptions.get(item.feed_id)
    if feed is None or feed not in feeds_of(settings, digest):
        return Absence.OTHER_FEEDS
    if item.backlog:
        return Absence.FIRST_RUN if store.items.earliest(item.feed_id) == item.first_seen else Absence.BACKLOG
    window = store.editions.next_window(digest.name, now)
    if item.first_seen >= window.since:
        return Absence.WAITING if item.story_id is not None else Absence.UNGROUPED
    return Absence.NOT_HELD if store.editions.covering(digest.name, item.first_seen) else Absence.EARLIER


def _word(
    store: Store, slot: datetime, digest: Digest, feed: Feed | None, item: Item, place: Place | None
) -> str | None:
    """The word that keeps the item out; None where neither configuration nor decisions have one such any more."""
    text = text_of(item.title, item.summary)
    if place is Place.MUTED_WORD:
        return Words(muting(digest, store.decisions.wishes(slot))).first(text)
    return Words(feed.skip).first(text) if place is Place.SKIPPED and feed is not None else None


# --- In an edition ------------------------------------------------------------------------------


def _appearances(item_id: int, found: Sequence[tuple[FrozenEdition, Place]]) -> tuple[Appearance, ...]:
    made = []
    for frozen, place in found:
        edition = thaw(frozen.data)
        made.append(Appearance(edition.number, edition.day, edition.path, place, _headline(edition, item_id)))
    return tuple(made)


def _headline(edition: Edition, item_id: int) -> str | None:
    """The headline of the entry that an item stands under."""
    for entry in _entries(edition):
        if entry.lead.item_id == item_id:
            return None
        if any(item_id in _reports(story) for story in (entry, *entry.related)):
            return entry.lead.title
    return None


def _entries(edition: Edition) -> Iterator[EditionStory]:
    yield from edition.top
    for section in edition.sections:
        yield from section.stories
        yield from section.rest


def _reports(story: EditionStory) -> set[int]:
    return {item.item_id for item in (story.lead, *story.others)}

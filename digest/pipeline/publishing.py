"""Publish: compose an edition and freeze it, before anything of it is sent."""

from __future__ import annotations

import secrets
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ..config import Config, Digest, FilesTransport, feeds_of
from ..editions import slots
from ..editions.phrases import shown
from ..errors import TemplateError
from ..feeds import poll
from ..feeds.health import health
from ..model import Edition, EditionReport, Item, Kind, Story
from ..store import Addressee, Store
from ..units import mailbox
from .activity import seldom
from .renderers import Renderers
from .types import Clock
from .unsubscribing import fresh_token, link


@dataclass(frozen=True, slots=True)
class Issued:
    """An edition that was just frozen."""

    id: int
    edition: Edition
    errors: tuple[str, ...] = ()
    """For the operator: patterns that took too long."""

    @property
    def report(self) -> EditionReport:
        edition = self.edition
        return EditionReport(
            digest=edition.digest,
            title=edition.title,
            number=edition.number,
            day=edition.day,
            path=edition.path if edition.kind is Kind.REGULAR else "",
            items=edition.items,
            stories=edition.stories,
            outlets=edition.outlets,
            lead=next((story.lead.title for story in shown(edition)), next(iter(edition.notices), "")),
            kind=edition.kind,
        )


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing several digests brought; one that fails holds up none of the others."""

    issued: tuple[Issued, ...] = ()
    nothing_new: tuple[str, ...] = ()
    """Names of digests that were due and had nothing new."""
    errors: tuple[str, ...] = ()
    """For the operator."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Name of each digest that could not be made, and why."""

    @property
    def made(self) -> tuple[str, ...]:
        """Names of the digests that were due and all is well with, whether there was anything new or not."""
        return (*(one.edition.digest for one in self.issued), *self.nothing_new)


def publish_now(
    store: Store, settings: Config, digests: Iterable[Digest], renderers: Renderers, clock: Clock
) -> Published:
    """One-off editions, whose slot is the time of the run, of those digests that have something new."""

    def issue(digest: Digest) -> Issued | None:
        store.editions.know(digest.name, clock(), slots.schedule(digest))
        slot = clock()
        while store.editions.exists(digest.name, slot):  # a clock that stepped back
            slot += timedelta(seconds=1)
        one = _issue(store, settings, digest, renderers, clock, slot=slot, scheduled=False)
        store.editions.handled(digest.name, slot)
        return one

    return _each(digests, issue)


def publish_due(store: Store, settings: Config, renderers: Renderers, clock: Clock) -> Published:
    """Editions for scheduled slots that have come; slots missed in a row become one edition for the last of them."""
    due: dict[str, tuple[datetime, tuple[datetime, ...]]] = {}
    for digest in settings.digests.values():
        now = clock()
        store.editions.know(digest.name, now, slots.schedule(digest))
        handled = store.editions.handled_until(digest.name, now)
        slot = slots.latest(digest, now)
        if slot is not None and handled is not None and slot > handled:
            # Days that only the schedule of today has were never due.
            since = store.editions.schedule_since(digest.name, now) or handled
            due[digest.name] = (slot, slots.missed(digest, max(handled, since), slot))

    def issue(digest: Digest) -> Issued | None:
        slot, missed = due[digest.name]
        one = _issue(store, settings, digest, renderers, clock, slot=slot, missed=missed)
        store.editions.handled(digest.name, slot)
        return one

    return _each((digest for digest in settings.digests.values() if digest.name in due), issue)


def _each(digests: Iterable[Digest], issue: Callable[[Digest], Issued | None]) -> Published:
    issued: list[Issued] = []
    nothing_new: list[str] = []
    slow: list[str] = []
    failed: dict[str, str] = {}
    for digest in digests:
        try:
            one = issue(digest)
        except TemplateError as error:
            failed[digest.name] = str(error)
            continue
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            failed[digest.name] = _ours(error)
            continue
        if one is None:
            nothing_new.append(digest.name)
        else:
            issued.append(one)
            slow += [error for error in one.errors if error not in slow]
    errors = (*slow, *(f"digest {name}: {error}" for name, error in failed.items()))
    return Published(tuple(issued), tuple(nothing_new), errors, failed)


def _ours(error: Exception) -> str:
    """A mistake of this program in one line, with its place: the server meets it each minute, and tells it once."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(at.filename).name}, line {at.lineno}"
    return f"an error of this program ({type(error).__name__}: {error}; {where}); please report it"


def draft(
    store: Store,
    settings: Config,
    digest: Digest,
    clock: Clock,
    slot: datetime,
    missed: tuple[datetime, ...] = (),
    *,
    scheduled: bool = True,
    tell: Callable[[str], None] | None = None,
) -> Edition:
    """The edition as it would be issued now; writes nothing.

    Only a scheduled one names the next: who runs it by hand, or by cron, knows better.
    ``tell`` hears what the operator should mend in the words of the digest or its feeds.
    """
    from ..editions.compose import compose
    from ..editions.marking import mark
    from ..threads.voices import voices, wire
    from .deciding import stars

    feeds = feeds_of(settings, digest)
    subscriptions = store.feeds.subscribed(feeds)
    now = clock()
    window = store.editions.next_window(digest.name, now)
    wishes = store.decisions.wishes(slot)
    lit = stars(settings, wishes, subscriptions)
    stories = _with_memory(store, digest, _starred(store.threads.stories(window, subscriptions), lit))
    marks = mark(digest, subscriptions, (item for story in stories for item in story.items), wishes=wishes)
    if tell is not None:
        for slow in marks.slow:
            tell(slow)
    day = slot.astimezone(ZoneInfo(digest.timezone)).date()
    number, ordinal = store.editions.next_numbers(digest.name, day.isoformat())
    return compose(
        digest,
        slot=slot,
        ordinal=ordinal,
        number=number,
        window=window,
        stories=stories,
        sections=tuple(dict.fromkeys(feed.section for feed in feeds)),
        feeds=poll.unpaused(store.feeds.states(subscriptions)),
        voices=voices,
        wire=wire,
        next_slot=slots.following(digest, slot) if scheduled else None,
        missed=missed,
        muted=wishes.muted,
        followed=wishes.followed,
        marks=marks,
        seldom=seldom(store, subscriptions, now),
    )


def _with_memory(store: Store, digest: Digest, stories: Sequence[Story]) -> list[Story]:
    """The stories with what this digest showed of each one and of its thread."""
    last = store.editions.shown(digest.name, {story.thread_id for story in stories})
    told = store.editions.told(digest.name, {story.id for story in stories})
    return [replace(story, shown=last.get(story.thread_id), told=story.id in told) for story in stories]


def _starred(stories: Sequence[Story], outlets: frozenset[str]) -> Sequence[Story]:
    """The stories with the stars of outlets beside those that feeds have in the configuration."""
    if not outlets:
        return stories

    def lit(item: Item) -> Item:
        return item if item.starred or item.outlet not in outlets else replace(item, starred=True, by_outlet=True)

    return [replace(story, items=tuple(map(lit, story.items))) for story in stories]


def _issue(
    store: Store,
    settings: Config,
    digest: Digest,
    renderers: Renderers,
    clock: Clock,
    *,
    slot: datetime,
    missed: tuple[datetime, ...] = (),
    scheduled: bool = True,
) -> Issued | None:
    """Composes, renders and freezes in one durable transaction: an edition is there as a whole or not at all.

    None where there is nothing new, and nothing else to say to anybody.
    """
    with store.freezing():
        if store.editions.exists(digest.name, slot):
            return None
        slow: list[str] = []
        edition = draft(store, settings, digest, clock, slot, missed, scheduled=scheduled, tell=slow.append)
        if not shown(edition):
            instead = _special(store, settings, digest, edition, clock)
            if instead is None:
                return None
            edition = instead
        addressees = _addressees(store, settings, digest, edition)
        if not addressees and edition.kind is not Kind.REGULAR:
            return None
        from ..editions import frozen
        from ..editions.message import mail
        from ..editions.places import places
        from ..editions.prepare import for_page

        address = page_url(settings, edition)
        body = mail(renderers.of(digest), edition, page_url=address)
        edition_id = store.editions.freeze(
            edition, frozen.dumps(edition), body, addressees, clock(), address, places(edition),
            for_page(edition).items,
        )  # fmt: skip
    return Issued(edition_id, edition, tuple(slow))


def _special(store: Store, settings: Config, digest: Digest, empty: Edition, clock: Clock) -> Edition | None:
    """What goes out instead of an edition that shows nothing, if anything does."""
    from ..editions import special as specials

    feeds = feeds_of(settings, digest)
    now, pauses = clock(), store.troubles.pauses()
    states = store.feeds.states(store.feeds.subscribed(feeds))
    silence = store.editions.silence(digest.name, now)
    kind = specials.due(digest, empty.slot, silence, poll.unpaused(states))
    number = store.editions.next_special(digest.name, empty.day.isoformat())
    if kind is None or number is None:
        return None
    return specials.special(
        kind,
        digest,
        empty,
        number=number,
        silence=silence,
        feeds=[(state, health(state, now, poll.pausing(pauses, state, now))) for state in states],
        configured=len(feeds),
    )


def thaw(data: str) -> Edition:
    """The edition as it was frozen."""
    from ..editions import frozen  # cattrs, for which a run without an edition has no use

    return frozen.loads(data)


def site_prefix(settings: Config, digest: str) -> str:
    """Folder of a digest on the site: the first configured one lives at the root, each other under its name."""
    return "" if digest == next(iter(settings.digests)) else f"{digest}/"


def page_url(settings: Config, edition: Edition) -> str | None:
    """Public address of an edition's page, when it has one and the operator gave a base."""
    if settings.web.base_url is None or edition.kind is not Kind.REGULAR:
        return None
    return f"{settings.web.base_url}/{site_prefix(settings, edition.digest)}{edition.path}"


def _addressees(store: Store, settings: Config, digest: Digest, edition: Edition) -> list[Addressee]:
    """One delivery a recipient and transport; nobody ever sees another's address.

    Who unsubscribed gets none, and only regular editions go into folders of pages.
    """
    from ..editions.message import message_id, named

    domain = mailbox(digest.sender)[1].rpartition("@")[2]
    links = {
        recipient: link(settings, store.recipients.token(digest.name, recipient, fresh_token()))
        for recipient in digest.to
        if store.recipients.unsubscribed(digest.name, recipient) is None
    }
    made = []
    for name in digest.deliver:
        pages = isinstance(settings.transports[name], FilesTransport)
        recipients = ([""] if edition.kind is Kind.REGULAR else []) if pages else list(links)
        for recipient in recipients:
            key = message_id(edition.slot, digest.name, secrets.token_hex(8), domain)
            made.append(Addressee(name, recipient, named(digest.sender, digest.title), key, links.get(recipient)))
    return made

"""Publish: compose an edition and freeze it, before anything of it is sent."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ..config import Config, Digest, Feed, FilesTransport
from ..editions import frozen, slots
from ..editions.compose import compose
from ..editions.message import mail, message_id
from ..editions.render import Renderer
from ..model import Edition, EditionReport, EditionStory
from ..store import Addressee, FrozenEdition, Store
from ..threads.voices import voices
from .types import Clock


@dataclass(frozen=True, slots=True)
class Issued:
    """An edition that was just frozen."""

    id: int
    edition: Edition

    @property
    def report(self) -> EditionReport:
        edition = self.edition
        return EditionReport(
            digest=edition.digest,
            title=edition.title,
            number=edition.number,
            day=edition.day,
            path=edition.path,
            items=edition.items,
            stories=edition.stories,
            outlets=edition.outlets,
            lead=next((story.lead.title for story in shown(edition)), ""),
        )


def shown(edition: Edition) -> Iterator[EditionStory]:
    """Every story of an edition in reading order."""
    yield from edition.top
    for section in edition.sections:
        yield from section.stories


def publish_now(store: Store, settings: Config, digest: Digest, renderer: Renderer, clock: Clock) -> Issued | None:
    """A one-off edition, whose slot is the time of the run; None when there is nothing new since the last one."""
    store.editions.know(digest.name, clock())
    return _issue(store, settings, digest, renderer, clock, slot=clock(), missed=())


def publish_due(store: Store, settings: Config, renderer: Renderer, clock: Clock) -> tuple[list[Issued], list[str]]:
    """Editions for scheduled slots that have come; slots missed in a row become one edition for the last of them.

    Returns them and the names of digests that had a slot but nothing new.
    """
    issued: list[Issued] = []
    nothing_new: list[str] = []
    for digest in settings.digests.values():
        now = clock()
        store.editions.know(digest.name, now)
        handled = store.editions.handled_until(digest.name)
        slot = slots.latest(digest, now)
        if slot is None or handled is None or slot <= handled:
            continue
        missed = slots.missed(digest, handled, slot)
        one = _issue(store, settings, digest, renderer, clock, slot=slot, missed=missed)
        store.editions.handled(digest.name, slot)
        if one is None:
            nothing_new.append(digest.name)
        else:
            issued.append(one)
    return issued, nothing_new


def draft(
    store: Store, settings: Config, digest: Digest, clock: Clock, slot: datetime, missed: tuple[datetime, ...] = ()
) -> Edition:
    """The edition as it would be issued now; writes nothing."""
    feeds = _feeds_of(settings, digest)
    subscriptions = store.feeds.subscribed(feeds)
    window = store.editions.next_window(digest.name, clock())
    day = slot.astimezone(ZoneInfo(digest.timezone)).date()
    number, ordinal = store.editions.next_numbers(digest.name, day.isoformat())
    return compose(
        digest,
        slot=slot,
        ordinal=ordinal,
        number=number,
        window=window,
        stories=store.threads.stories(window, subscriptions),
        sections=tuple(dict.fromkeys(feed.section for feed in feeds)),
        feeds=store.feeds.states(subscriptions),
        voices=voices,
        next_slot=slots.following(digest, slot),
        missed=missed,
    )


def _issue(
    store: Store,
    settings: Config,
    digest: Digest,
    renderer: Renderer,
    clock: Clock,
    *,
    slot: datetime,
    missed: tuple[datetime, ...],
) -> Issued | None:
    """Composes, renders and freezes in one durable transaction: an edition is there as a whole or not at all."""
    with store.freezing():
        if store.editions.exists(digest.name, slot):
            return None
        edition = draft(store, settings, digest, clock, slot, missed)
        if edition.items == 0:
            return None
        body = mail(renderer, edition, page_url=page_url(settings, edition))
        edition_id = store.editions.freeze(
            edition, frozen.dumps(edition), body, _addressees(settings, digest, slot), clock()
        )
    return Issued(edition_id, edition)


def thaw(stored: FrozenEdition) -> Edition:
    """The edition as it was frozen."""
    return frozen.loads(stored.data)


def site_prefix(settings: Config, digest: str) -> str:
    """Folder of a digest on the site: the first configured one lives at the root, each other under its name."""
    return "" if digest == next(iter(settings.digests)) else f"{digest}/"


def page_url(settings: Config, edition: Edition) -> str | None:
    """Public address of an edition's page, when the operator gave a base."""
    if settings.web.base_url is None:
        return None
    return f"{settings.web.base_url.rstrip('/')}/{site_prefix(settings, edition.digest)}{edition.path}"


def _feeds_of(settings: Config, digest: Digest) -> list[Feed]:
    return [feed for feed in settings.feeds if digest.sections is None or feed.section in digest.sections]


def _addressees(settings: Config, digest: Digest, slot: datetime) -> list[Addressee]:
    """One delivery a recipient and transport; nobody ever sees another's address."""
    domain = digest.sender.rpartition("@")[2].rstrip(">") or "localhost"
    made = []
    for name in digest.deliver:
        recipients = ("",) if isinstance(settings.transports[name], FilesTransport) else digest.to
        for recipient in recipients:
            key = message_id(slot, digest.name, secrets.token_hex(8), domain)
            made.append(Addressee(name, recipient, digest.sender, key))
    return made

"""By hand: a test mail, an edition sent once more, a delivery that is let go."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta

from ..config import Config, Digest, FilesTransport
from ..editions.message import mail, message, message_id, named, to_bytes
from ..editions.phrases import shown
from ..editions.specimen import specimen
from ..errors import DigestError
from ..model import Delivery, DeliveryState, Edition, Mail, TrialMail
from ..store import Entry, FrozenEdition, Store
from ..units import bare_address, mailbox
from . import ledger
from .publishing import page_url
from .renderers import Renderers
from .sending import Transports, beside_the_ledger
from .types import Clock, Waiting, Which

TOLD = 5
"""Editions that are named where somebody asked for one that is not there."""

# --- Which edition ------------------------------------------------------------------------------


def the_edition(store: Store, digest: str, which: Which) -> FrozenEdition:
    """The one edition of a digest that is meant; raises DigestError where there is none, or more than one."""
    found = store.editions.dated(digest, which.day, which.ordinal)
    if len(found) > 1:
        choice = " or ".join(f"{one.day}/{one.ordinal}" for one in reversed(found))
        raise DigestError(f"{digest} has {len(found)} editions of {which}; write {choice}")
    if not found:
        raise DigestError(no_edition(store, digest, which))
    return found[0]


def no_edition(store: Store, digest: str, which: Which) -> str:
    """What to tell of an edition that is not there."""
    last = [str(Which(day, ordinal if ordinal > 1 else None)) for day, ordinal in store.editions.days(digest, TOLD)]
    if not last:
        return f"{digest} has no edition yet; `digest send {digest}` issues one when something is new"
    return f"{digest} has no edition {which}; the last ones are {', '.join(last)}"


# --- A test mail --------------------------------------------------------------------------------


def try_out(
    store: Store,
    settings: Config,
    digest: Digest,
    recipients: Sequence[str],
    now: datetime,
    *,
    upcoming: Edition | None,
    which: Which | None,
) -> tuple[TrialMail, ...]:
    """Sends one mail to each of those, over every transport of the digest that carries mail; stores nothing.

    It shows the edition ``which`` names, else the ``upcoming`` one; where nothing is new the latest there is, and
    before the first a specimen. Each has a Message-ID of its own, or a mailbox would drop the real one as a repeat.
    """
    names = [name for name in digest.deliver if not isinstance(settings.transports[name], FilesTransport)]
    if not names:
        raise DigestError(
            f"digests.{digest.name}.deliver: no transport of it carries mail; add one, docs/mail.md shows how"
        )
    about, content, archived_at = _content(store, settings, digest, upcoming, which)
    domain = mailbox(digest.sender)[1].rpartition("@")[2]
    tried = []
    with ExitStack() as stack:
        transports = Transports(settings, stack)
        for name in names:
            for recipient in recipients:
                key = message_id(now, digest.name, secrets.token_hex(8), domain)
                made = message(
                    content,
                    sender=named(digest.sender, digest.title),
                    recipient=recipient,
                    message_id=key,
                    date=now,
                    digest=digest.name,
                    archived_at=archived_at,
                )
                outcome = beside_the_ledger(
                    transports, name, to_bytes(made), key=key, sender=digest.sender, recipient=recipient
                )
                tried.append(TrialMail(digest.name, about, content.subject, name, recipient, outcome))
    return tuple(tried)


def _content(
    store: Store, settings: Config, digest: Digest, upcoming: Edition | None, which: Which | None
) -> tuple[str, Mail, str | None]:
    """What a test mail shows, in words; the mail; the address of its page, where it has one already."""
    if which is not None:
        edition = the_edition(store, digest.name, which)
        return f"the edition of {edition.day}, no. {edition.number}", edition.mail, edition.page_url
    renderer = Renderers(settings).of(digest)
    if upcoming is not None and shown(upcoming):
        body = mail(renderer, upcoming, page_url=page_url(settings, upcoming))
        return "the edition that would come now", body, None
    if latest := store.editions.dated(digest.name):
        edition = latest[0]
        words = f"nothing is new, so the edition of {edition.day}, no. {edition.number}"
        return words, edition.mail, edition.page_url
    return "nothing is new yet, so a specimen", mail(renderer, specimen()), None


# --- Once more ----------------------------------------------------------------------------------


def make_copies(
    store: Store,
    settings: Config,
    edition: FrozenEdition,
    recipients: Collection[str],
    clock: Clock,
    *,
    apart: timedelta = timedelta(0),
) -> tuple[frozenset[int], tuple[str, ...]]:
    """Ids of the deliveries that bring an edition to its recipients once more, or to those named; and what to tell.

    What is still open to somebody is among them as it is: another copy would double it; so would one that follows a
    copy that went out less than ``apart`` ago.
    All new ones are there when this returns, or none. Takes no lock: what is being sent meanwhile counts as open.
    """
    wanted = {bare_address(one) for one in recipients}
    ids: set[int] = set()
    told: list[str] = []
    with store.freezing():
        newest = {(one.transport, one.recipient): one for one in store.deliveries.of(edition.id) if one.recipient}
        _all_known(edition, newest.values(), recipients)
        for (transport, recipient), last in newest.items():
            if wanted and bare_address(recipient) not in wanted:
                continue
            if store.recipients.unsubscribed(edition.digest, recipient):
                told.append(f"{recipient} is left out: {ledger.UNSUBSCRIBED}")
            elif transport not in settings.transports:
                told.append(
                    f"{recipient} is left out: it went by '{transport}', and there is no [transports.{transport}] any "
                    f"more; {_test_mail(edition, recipient)}"
                )
            elif last.state in {DeliveryState.PENDING, DeliveryState.SENDING} or _just_sent(last, clock(), apart):
                ids.add(last.id)
            else:
                domain = last.message_id.rpartition("@")[2].rstrip(">")
                key = message_id(edition.slot, edition.digest, secrets.token_hex(8), domain)
                ids.add(store.deliveries.copy(last, key, clock()))
    return frozenset(ids), tuple(told)


def once_more(store: Store, entries: Collection[Entry]) -> list[str]:
    """The commands that send each of these to its own address alone, one an edition; empty where none can be sent so.

    Pages are drawn anew without a command, and a mail that says that nothing is new is no edition.
    """
    addresses: dict[tuple[str, Which], list[str]] = {}
    for one in entries:
        if one.number > 0 and one.delivery.recipient:
            alone = len(store.editions.dated(one.digest, one.day)) == 1
            which = Which(one.day, None if alone else one.ordinal)
            addresses.setdefault((one.digest, which), []).append(bare_address(one.delivery.recipient))
    return [
        f"digest resend {digest} --edition {which}{''.join(f' --to {one}' for one in dict.fromkeys(to))}"
        for (digest, which), to in addresses.items()
    ]


def _just_sent(last: Delivery, now: datetime, apart: timedelta) -> bool:
    return last.copy > 0 and last.state is DeliveryState.SENT and last.created <= now < last.created + apart


def _all_known(edition: FrozenEdition, sent: Collection[Delivery], recipients: Collection[str]) -> None:
    """Raises DigestError for somebody whom this edition was never meant for."""
    known = {bare_address(one.recipient) for one in sent}
    for recipient in recipients:
        if bare_address(recipient) not in known:
            raise DigestError(
                f"{recipient} was no recipient of {edition.digest} of {edition.day}, no. {edition.number}; "
                f"{_test_mail(edition, recipient)}"
            )


def _test_mail(edition: FrozenEdition, recipient: str) -> str:
    which = Which(edition.day, edition.ordinal if edition.ordinal > 1 else None)
    return f"`digest send {edition.digest} --edition {which} --to {bare_address(recipient)}` sends it as a test"


# --- Let go -------------------------------------------------------------------------------------


def drop(store: Store, ids: Sequence[int], clock: Clock, on_wait: Waiting | None = None) -> tuple[Entry, ...]:
    """Lets deliveries go, all or none, so that they are tried no more; returns them as they are then."""
    with store.lock("send", on_wait=on_wait):
        for one in _droppable(store, ids):
            if one.delivery.state is not DeliveryState.DROPPED:
                store.deliveries.record(ledger.dropped(one.delivery, "let go by hand"), clock())
        return tuple(store.deliveries.listed(ids=ids))


def _droppable(store: Store, ids: Sequence[int]) -> Iterator[Entry]:
    found = {one.delivery.id: one for one in store.deliveries.listed(ids=ids)}
    for number in ids:
        if number not in found:
            raise DigestError(f"there is no delivery {number}; `digest deliveries` lists those there are")
        if found[number].delivery.state is DeliveryState.SENT:
            raise DigestError(f"delivery {number} was sent; there is nothing to let go")
    yield from found.values()

"""Deliver: record, then send, then record the sending.

    pending -> sending -> sent
                       -> pending   failed for now: 1, 5, 15, 60 minutes later, then hourly for a day
                       -> failed    a day without success, or twice without an answer
                       -> refused   the other side said no for good

A row found in ``sending`` belongs to a process that died: its outcome is unknown. It is tried once more with the
same Message-ID, so that a mailbox which drops repeats shows one mail. Maildirs and folders can be asked whether
they have a thing already, so for them nothing is ever unknown.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..config import Config, FilesTransport, MaildirTransport, SmtpTransport, secret
from ..deliver.files import Files
from ..deliver.maildir import Maildir
from ..deliver.smtp import Smtp
from ..editions.message import message, to_bytes
from ..errors import DigestError
from ..model import Delivery, DeliveryReport, DeliveryState, Outcome, Verdict
from ..store import FrozenEdition, Store
from ..units import mailbox
from .publishing import digests_of
from .types import Clock

log = logging.getLogger(__name__)

RETRIES = tuple(timedelta(minutes=n) for n in (1, 5, 15, 60))
"""Waits after the first failures; after these, hourly."""

GIVE_UP = timedelta(hours=24)

Pages = Callable[[str, str], Iterator[tuple[str, bytes]]]
"""The pages that a transport of that name carries, for the sake of an edition of that digest."""


def deliver(
    store: Store,
    settings: Config,
    clock: Clock,
    pages: Pages,
    *,
    due_only: bool = False,
    tried: Collection[int] = (),
) -> tuple[DeliveryReport, ...]:
    """Tries every open delivery once, oldest edition first.

    ``due_only`` leaves those whose next try has not come, ``tried`` those that this command has tried already.

    The caller holds the ``send`` lock, so a ``sending`` row can only be what a dead process left.
    """
    reports = []
    with ExitStack() as stack:
        transports = _Transports(settings, pages, stack)
        for delivery, sender in store.editions.open_deliveries(clock() if due_only else None):
            if delivery.id in tried:
                continue
            edition = store.editions.get(delivery.edition_id)
            reports.append(_try(store, settings, transports, edition, delivery, sender, clock))
    return tuple(reports)


def _try(
    store: Store,
    settings: Config,
    transports: _Transports,
    edition: FrozenEdition,
    delivery: Delivery,
    sender: str,
    clock: Clock,
) -> DeliveryReport:
    """One attempt, with the ledger written before what cannot be taken back, and after."""
    if delivery.state is DeliveryState.SENDING and not transports.notices_repeats(delivery.transport):
        delivery = replace(delivery, uncertain=delivery.uncertain + 1)
    if delivery.uncertain > 1:
        delivery = replace(delivery, state=DeliveryState.FAILED, last_error=_TWICE_UNKNOWN)
        store.editions.record(delivery, clock())
        return _report(edition, delivery, _TWICE_UNKNOWN)
    delivery = replace(delivery, state=DeliveryState.PENDING, attempts=delivery.attempts + 1)

    def sending() -> None:
        store.editions.record(replace(delivery, state=DeliveryState.SENDING), clock())

    outcome = _send(settings, transports, edition, delivery, sender, sending)
    delivery = after(delivery, outcome, clock())
    store.editions.record(delivery, clock())
    return _report(edition, delivery, outcome.detail)


def _send(
    settings: Config,
    transports: _Transports,
    edition: FrozenEdition,
    delivery: Delivery,
    sender: str,
    sending: Callable[[], None],
) -> Outcome:
    """Hands one rendition to one transport.

    A mistake in its settings, or one of ours, leaves this delivery pending and holds up no other.
    """
    try:
        transport = transports.open(delivery.transport)
        if isinstance(transport, Files):
            if edition.digest not in {digest.name for digest in digests_of(settings, delivery.transport)}:
                raise DigestError(
                    f"{settings.path} has no [digests.{edition.digest}] any more that delivers to "
                    f"{delivery.transport}; put it back, or let this one go"
                )
            return transport.publish(transports.pages(delivery.transport, edition.digest))
        raw = _message(edition, delivery, sender)
        if isinstance(transport, Maildir):
            return transport.deliver(raw, key=delivery.message_id)
        envelope = (mailbox(sender)[1], mailbox(delivery.recipient)[1])
        return transport.send(raw, sender=envelope[0], recipient=envelope[1], before_dot=sending)
    except DigestError as error:
        return Outcome(Verdict.LATER, str(error))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        log.exception("delivery digest=%s transport=%s", edition.digest, delivery.transport)
        return Outcome(Verdict.LATER, f"an error of this program ({type(error).__name__}: {error}); please report it")


def _message(edition: FrozenEdition, delivery: Delivery, sender: str) -> bytes:
    """The frozen bodies with what belongs to this one recipient, from stored values only: the same bytes each time."""
    return to_bytes(
        message(
            edition.mail,
            sender=sender,
            recipient=delivery.recipient,
            message_id=delivery.message_id,
            date=delivery.created,
            digest=edition.digest,
            archived_at=edition.page_url,
            unsubscribe=delivery.unsubscribe,
        )
    )


def after(delivery: Delivery, outcome: Outcome, now: datetime) -> Delivery:
    """The delivery's next state, by what one attempt brought."""
    match outcome.verdict:
        case Verdict.TAKEN:
            return replace(delivery, state=DeliveryState.SENT, next_try=None, last_error=None)
        case Verdict.REFUSED:
            return replace(delivery, state=DeliveryState.REFUSED, next_try=None, last_error=outcome.detail)
        case Verdict.UNKNOWN:
            delivery = replace(delivery, uncertain=delivery.uncertain + 1)
            if delivery.uncertain > 1:
                return replace(delivery, state=DeliveryState.FAILED, next_try=None, last_error=_TWICE_UNKNOWN)
        case Verdict.LATER:
            if now - delivery.created >= GIVE_UP:
                return replace(delivery, state=DeliveryState.FAILED, next_try=None, last_error=outcome.detail)
    wait = RETRIES[min(delivery.attempts, len(RETRIES)) - 1]
    return replace(delivery, state=DeliveryState.PENDING, next_try=now + wait, last_error=outcome.detail)


_TWICE_UNKNOWN = "sent twice, and both times the connection ended before an answer: it has most likely arrived"


@dataclass
class _Transports:
    """Transports of one run, each opened when first needed and closed at the end."""

    settings: Config
    pages: Pages
    stack: ExitStack

    def __post_init__(self) -> None:
        self._open: dict[str, Smtp | Maildir | Files] = {}

    def notices_repeats(self, name: str) -> bool:
        """Whether a repeat does no harm: folders can be asked what they have, a mail server cannot."""
        return isinstance(self.settings.transports.get(name), MaildirTransport | FilesTransport)

    def open(self, name: str) -> Smtp | Maildir | Files:
        """Raises DigestError where the settings cannot work."""
        if name not in self._open:
            self._open[name] = self._make(name)
        return self._open[name]

    def _make(self, name: str) -> Smtp | Maildir | Files:
        match self.settings.transports.get(name):
            case SmtpTransport() as smtp:
                return self.stack.enter_context(Smtp(smtp, secret(smtp)))
            case MaildirTransport(folder=folder):
                return Maildir(folder)
            case FilesTransport(folder=folder):
                return Files(folder)
        raise DigestError(f'no [transports.{name}] in {self.settings.path}; put it back, and "digest send" delivers')


def _report(edition: FrozenEdition, delivery: Delivery, detail: str | None) -> DeliveryReport:
    return DeliveryReport(
        id=delivery.id,
        digest=edition.digest,
        number=edition.number,
        transport=delivery.transport,
        recipient=delivery.recipient,
        state=delivery.state,
        detail=detail,
    )


def hand_over(settings: Config, transport: str, raw: bytes, *, sender: str, recipient: str, key: str) -> Outcome:
    """One message beside the ledger, over a transport of mails; ``key`` is its Message-ID."""
    try:
        with ExitStack() as stack:
            opened = _Transports(settings, lambda transport, digest: iter(()), stack).open(transport)
            if isinstance(opened, Files):
                raise DigestError(f"transport '{transport}' carries pages and no mail; name another one")
            if isinstance(opened, Maildir):
                return opened.deliver(raw, key=key)
            return opened.send(raw, sender=mailbox(sender)[1], recipient=mailbox(recipient)[1])
    except (DigestError, OSError) as error:
        return Outcome(Verdict.LATER, str(error))

"""Deliver: record, then send, then record the sending. What may become of a delivery is in ``ledger``."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from ..config import Config, FilesTransport, digests_of
from ..model import Delivery, DeliveryReport, DeliveryState
from ..store import FrozenEdition, Store
from . import ledger
from .types import Clock, Ending

if TYPE_CHECKING:
    from .sending import Pages, Transports


def deliver(
    store: Store,
    settings: Config,
    clock: Clock,
    pages: Pages,
    *,
    due_only: bool = False,
    tried: Collection[int] = (),
    only: Collection[int] | None = None,
    stopping: Ending | None = None,
) -> tuple[DeliveryReport, ...]:
    """Tries every open delivery once, oldest edition first.

    Folders come before mail servers: what is near must not wait for one that does not answer.
    ``due_only`` leaves those whose next try has not come, ``tried`` those that this command has tried already;
    with ``only`` just the deliveries of these ids are tried.

    ``stopping`` ends it early: no further delivery is begun, nor the final dot sent, whose answer nobody would await.

    The caller holds the ``send`` lock, so a ``sending`` row can only be what a dead process left.
    """
    found = store.deliveries.open(clock() if due_only else None)
    if not found:
        return ()
    from .sending import Transports  # mail and its servers, which most calls have no use for

    reports = []
    with ExitStack() as stack:
        transports = Transports(settings, stack)
        edition: FrozenEdition | None = None
        for delivery, sender in sorted(found, key=lambda one: not transports.notices_repeats(one[0].transport)):
            if delivery.id in tried or (only is not None and delivery.id not in only):
                continue
            if edition is None or edition.id != delivery.edition_id:  # one reading for all its recipients
                edition = store.editions.get(delivery.edition_id)
            try:
                _go_on(stopping)
                reports.append(_try(store, settings, transports, pages, edition, delivery, sender, clock, stopping))
            except _StoppedError:
                break
    return tuple(reports)


class _StoppedError(Exception):
    """The process is to end; the ledger says what is open, and the next one goes on from there."""


def _go_on(stopping: Ending | None) -> None:
    if stopping is not None and stopping.is_set():
        raise _StoppedError


def _try(
    store: Store,
    settings: Config,
    transports: Transports,
    pages: Pages,
    edition: FrozenEdition,
    delivery: Delivery,
    sender: str,
    clock: Clock,
    stopping: Ending | None,
) -> DeliveryReport:
    """One attempt, with the ledger written before what cannot be taken back, and after."""
    from .sending import send

    def recorded(now_is: Delivery, detail: str | None) -> DeliveryReport:
        store.deliveries.record(now_is, clock())
        return report(edition, now_is, detail)

    if store.recipients.unsubscribed(edition.digest, delivery.recipient):
        return recorded(ledger.dropped(delivery, ledger.UNSUBSCRIBED), ledger.UNSUBSCRIBED)
    if missing := _missing(settings, edition, delivery):
        return recorded(ledger.held(delivery, missing, clock()), missing)
    delivery = ledger.begun(delivery, notices_repeats=transports.notices_repeats(delivery.transport))
    if delivery.state is DeliveryState.FAILED:
        return recorded(delivery, delivery.last_error)

    def sending() -> None:
        _go_on(stopping)
        store.deliveries.record(replace(delivery, state=DeliveryState.SENDING), clock())

    outcome = send(transports, pages, edition, delivery, sender, sending)
    return recorded(ledger.after(delivery, outcome, clock()), outcome.detail)


def _missing(settings: Config, edition: FrozenEdition, delivery: Delivery) -> str | None:
    """What a delivery needs and the configuration has no more; None when all is there."""
    let_go = f"put it back, or let this one go: `digest deliveries drop {delivery.id}`"
    transport = settings.transports.get(delivery.transport)
    if transport is None:
        return f"{settings.path} has no [transports.{delivery.transport}] any more; {let_go}"
    # A folder is drawn from today's digests; a mail is as it was frozen.
    pages = isinstance(transport, FilesTransport)
    known = [one.name for one in digests_of(settings, delivery.transport)] if pages else list(settings.digests)
    if edition.digest not in known:
        table = f"[digests.{edition.digest}]"
        return f"{settings.path} has no {table} any more that delivers to {delivery.transport}; {let_go}"
    return None


def report(edition: FrozenEdition, delivery: Delivery, detail: str | None) -> DeliveryReport:
    """A delivery as a run tells of it."""
    return DeliveryReport(
        id=delivery.id,
        digest=edition.digest,
        number=edition.number,
        transport=delivery.transport,
        recipient=delivery.recipient,
        state=delivery.state,
        detail=detail,
    )

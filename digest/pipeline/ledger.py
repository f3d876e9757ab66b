"""The ledger's transitions: what one attempt, or a person, makes of a delivery. Pure.

    pending -> sending -> sent
                       -> pending   failed for now: 1, 5, 15, 60 minutes later, then hourly for a day
                       -> failed    a day without success, or twice without an answer
                       -> refused   the other side said no for good
    all but sent       -> dropped   its recipient unsubscribed, or the operator let it go

A row found in ``sending`` belongs to a process that died: its outcome is unknown. It is tried once more with the
same Message-ID, so that a mailbox which drops repeats shows one mail. Maildirs and folders can be asked whether
they have a thing already, so for them nothing is ever unknown.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from ..model import Delivery, DeliveryState, Outcome, Verdict

RETRIES = tuple(timedelta(minutes=n) for n in (1, 5, 15, 60))
"""Waits after the first failures; after these, hourly."""

GIVE_UP = timedelta(hours=24)

TWICE_UNKNOWN = "sent twice, and both times the connection ended before an answer: it has most likely arrived"
UNSUBSCRIBED = "its recipient unsubscribed"


def begun(delivery: Delivery, *, notices_repeats: bool) -> Delivery:
    """As an attempt begins: ``pending``, one attempt more; ``failed`` where another copy might be a third one.

    ``notices_repeats``: the transport can be asked what it has, so that a repeat does no harm.
    """
    uncertain = delivery.uncertain
    if delivery.state is DeliveryState.SENDING and not notices_repeats:
        uncertain += 1
    if uncertain > 1:
        return replace(
            delivery, state=DeliveryState.FAILED, uncertain=uncertain, next_try=None, last_error=TWICE_UNKNOWN
        )
    return replace(delivery, state=DeliveryState.PENDING, uncertain=uncertain, attempts=delivery.attempts + 1)


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
                return replace(delivery, state=DeliveryState.FAILED, next_try=None, last_error=TWICE_UNKNOWN)
        case Verdict.LATER:
            # Never at the first attempt, which comes late after a night without power.
            if now - delivery.created >= GIVE_UP and delivery.attempts > 1:
                return replace(delivery, state=DeliveryState.FAILED, next_try=None, last_error=outcome.detail)
    wait = RETRIES[min(delivery.attempts, len(RETRIES)) - 1]
    return replace(delivery, state=DeliveryState.PENDING, next_try=now + wait, last_error=outcome.detail)


def held(delivery: Delivery, reason: str, now: datetime) -> Delivery:
    """Not tried, and never given up: what it needs is not in the configuration, which only the operator can mend."""
    return replace(delivery, next_try=now + RETRIES[-1], last_error=reason)


def dropped(delivery: Delivery, reason: str) -> Delivery:
    """Never to be tried again."""
    return replace(delivery, state=DeliveryState.DROPPED, next_try=None, last_error=reason)

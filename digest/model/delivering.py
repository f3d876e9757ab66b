"""An edition on its way to one recipient."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DeliveryState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    """Tried for a day without success."""
    REFUSED = "refused"
    """The other side said no for good."""
    DROPPED = "dropped"
    """Never to be tried again: its recipient unsubscribed, or the operator let it go."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One edition to one recipient over one transport."""

    id: int
    edition_id: int
    transport: str
    """Name in the configuration."""
    recipient: str
    """Empty for transports without recipients (files)."""
    state: DeliveryState
    message_id: str
    attempts: int
    uncertain: int
    """How often an outcome stayed unknown: a connection cut after DATA, a process that died while sending."""
    created: datetime
    next_try: datetime | None
    last_error: str | None = None
    unsubscribe: str | None = None
    """Address that ends the subscription, as it was when the edition was frozen."""
    copy: int = 0
    """0, or 1 and more for what was sent again by hand."""


class Verdict(StrEnum):
    TAKEN = "taken"
    LATER = "later"
    """Failed for now: try again."""
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """The message may have been taken: nobody answered after DATA."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a transport says about one attempt."""

    verdict: Verdict
    detail: str | None = None
    """The other side's words, for people; for ``TAKEN`` where it went."""

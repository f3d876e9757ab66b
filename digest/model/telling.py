"""What one run did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from .kinds import Kind

if TYPE_CHECKING:
    from .delivering import DeliveryState, Outcome
    from .polling import FeedReport


@dataclass(frozen=True, slots=True)
class EditionReport:
    """An edition that a run issued."""

    digest: str
    title: str
    number: int
    day: date
    path: str
    items: int
    stories: int
    outlets: int
    lead: str
    """Headline of its first story, or of what it says instead."""
    kind: Kind = Kind.REGULAR


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of one delivery that a run tried."""

    id: int
    digest: str
    number: int
    transport: str
    recipient: str
    state: DeliveryState
    detail: str | None
    """Where it went, or what went wrong and what happens next."""


@dataclass(frozen=True, slots=True)
class TrialMail:
    """A mail that was sent to try the way, outside the ledger."""

    digest: str
    about: str
    """What it shows: what would come now, an edition of before, a specimen."""
    subject: str
    transport: str
    recipient: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class RunReport:
    """All that one command did, in order."""

    feeds: tuple[FeedReport, ...] = ()
    """Only feeds that were asked."""
    not_due: int = 0
    """Subscriptions that were not asked, since they are not due."""
    held: int = 0
    """Those of them that a server holds: it wants more time, its host is paused, or the feed is gone."""
    notices: tuple[str, ...] = ()
    """What is wrong with the subscriptions as a whole: more than a quarter of them fail."""
    editions: tuple[EditionReport, ...] = ()
    nothing_new: tuple[str, ...] = ()
    """Names of digests without anything new since their last edition."""
    made: tuple[str, ...] = ()
    """Names of digests whose edition could be made, or had nothing new."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Names of digests whose edition could not be made, with the reason."""
    deliveries: tuple[DeliveryReport, ...] = ()
    errors: tuple[str, ...] = ()
    """What the operator must mend: a digest whose template is broken keeps no other from coming out."""
    owner: tuple[str, ...] = ()
    """What else the owner should know: who unsubscribed, an alarm that went out."""
    unreadable: bool = False
    """No feed at all can be read, counting also those that were not asked this time."""

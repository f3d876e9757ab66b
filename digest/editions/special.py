"""Editions that hold no items: nothing is new, still alive after a silent week, no feed answers.

Rules of this file: pure; at most one of them a day and digest, and none on a day that had an edition; true of what is
stored. Their words are the ``notices`` of the edition: the first is the headline, the others a line each; ``troubles``
are the feeds to list. They take nothing from the window: the next regular edition begins where the last one ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ..config import Digest
from ..model import Condition, Edition, FeedHealth, FeedState, FeedTrouble, Kind, Silence
from .cut import clean
from .notices import asked, failing
from .phrases import long_day, plural

SILENT_DAYS = 7
"""After so many days without a mail the reader cannot know whether anything still works."""

QUIET_AFTER = timedelta(hours=20)
"""Who runs the program by the hour wants no "nothing new" between two editions of one day."""

LISTED = 12
"""Feeds that are named in one mail; more are counted."""

_WORDS = {
    Condition.FINE: "fine",
    Condition.QUIET: "quiet for longer than usual",
    Condition.WAITING: "waiting for its server",
    Condition.FAILING: "failing",
    Condition.GONE: "gone",
    Condition.MERGED: "asked as another one",
    Condition.NEW: "not asked yet",
    Condition.PAUSED: "paused",
}
_TOLD = (Condition.FAILING, Condition.WAITING, Condition.GONE, Condition.QUIET)
"""Conditions whose feeds are named, the gravest first."""


def due(digest: Digest, slot: datetime, silence: Silence, feeds: Sequence[FeedState]) -> Kind | None:
    """What to send for a slot that brought nothing new; None: nothing.

    ``feeds`` are the digest's, without those that a person paused.
    """
    today = _day(slot, digest)
    if silence.last is not None and _day(silence.last, digest) >= today:
        return None
    counted = asked(feeds)
    if counted and all(feed.failures for feed in counted):
        return Kind.ALERT
    if (today - _day(silence.last or silence.known_since, digest)).days >= SILENT_DAYS:
        return Kind.ALIVE
    if digest.nothing_new == "mail" and (silence.last is None or slot - silence.last >= QUIET_AFTER):
        return Kind.QUIET
    return None


def special(
    kind: Kind,
    digest: Digest,
    draft: Edition,
    *,
    number: int,
    silence: Silence,
    feeds: Sequence[tuple[FeedState, FeedHealth]],
    configured: int,
) -> Edition:
    """The edition of that kind in the place of a regular one that showed nothing.

    ``feeds`` are those of the digest that were ever seen by a poll, paused ones too; ``configured`` counts them all.
    """
    named: list[FeedTrouble] = []
    if kind is not Kind.QUIET:
        named = [_trouble(state, health) for one in _TOLD for state, health in feeds if health.condition is one]
    words = _Words(digest, draft, silence, feeds, configured, len(named))
    return Edition(
        digest=draft.digest,
        title=draft.title,
        slot=draft.slot,
        day=draft.day,
        ordinal=0,
        number=number,
        timezone=draft.timezone,
        language=draft.language,
        window=draft.window,
        top=(),
        sections=(),
        items=0,
        stories=0,
        outlets=0,
        left_out=0,
        minutes=1,
        feeds=draft.feeds,
        feeds_answered=draft.feeds_answered,
        troubles=tuple(named[:LISTED]),
        notices=tuple(words.of(kind)),
        next_slot=draft.next_slot,
        kind=kind,
    )


@dataclass(frozen=True, slots=True)
class _Words:
    digest: Digest
    draft: Edition
    silence: Silence
    feeds: Sequence[tuple[FeedState, FeedHealth]]
    configured: int
    named: int

    def of(self, kind: Kind) -> Iterator[str]:
        """The headline, then a line each."""
        match kind:
            case Kind.ALERT:
                yield "No feed answers."
                yield from self._why()
            case Kind.ALIVE:
                begun = _day(self.silence.regular or self.silence.known_since, self.digest)
                yield f"Still here: nothing new for {plural((self.draft.day - begun).days, 'day')}."
                yield from self._since()
                yield from self._health()
            case _:
                yield "Nothing new."
                yield from self._since()
                yield self._answered()
        if kind is not Kind.QUIET and self.named > LISTED:
            yield f"The first {LISTED} of {self.named} are named here; `digest status` names them all."

    def _since(self) -> Iterator[str]:
        if self.silence.regular is None:
            known = _moment(self.silence.known_since, self.digest)
            yield f"No edition has come out yet: nothing new came in since {known}."
        else:
            yield f"Nothing new came in since the edition of {_moment(self.silence.regular, self.digest)}."
        if self.draft.items:
            items = plural(self.draft.items, "new item")
            yield f"{items} {'is' if self.draft.items == 1 else 'are'} left out, by what you muted or skip."

    def _answered(self) -> str:
        """Whether the silence is to be believed."""
        if not self.configured:
            return "It has no feed; `digest feeds add ADDRESS` adds one."
        paused = sum(health.condition is Condition.PAUSED for _, health in self.feeds)
        if paused == self.configured:
            return f"{_all_of(paused)} paused; `digest feeds resume` goes on with them."
        total = self.configured - paused
        if not any(state.last_try for state, _ in self.feeds):
            return f"{_all_of(total)} still to be asked for the first time."
        fewer = f" {paused} more {'is' if paused == 1 else 'are'} paused." if paused else ""
        return f"{self.draft.feeds_answered} of {plural(self.draft.feeds or total, 'feed')} answered.{fewer}"

    def _health(self) -> Iterator[str]:
        """How the feeds are, in words."""
        counts = Counter(health.condition for _, health in self.feeds)
        counts[Condition.NEW] += self.configured - len(self.feeds)
        if not self.configured or counts[Condition.PAUSED] == self.configured:
            yield self._answered()
            return
        parts = ", ".join(f"{counts[one]:,} {words}" for one, words in _WORDS.items() if counts[one])
        yield f"{plural(self.configured, 'feed')}: {parts}."

    def _why(self) -> Iterator[str]:
        """The likely cause, and what to do."""
        states = asked([state for state, health in self.feeds if health.condition is not Condition.PAUSED])
        yield from failing(states)
        yield from self._since()
        unreached = sum(state.last_status is None for state in states)
        look = "See whether this machine is online" if unreached * 2 > len(states) else "`digest feeds` tells more"
        yield f"{look}; `digest poll --force` asks them all again."


def _trouble(state: FeedState, health: FeedHealth) -> FeedTrouble:
    if health.condition is Condition.QUIET:
        return FeedTrouble(clean(state.title), "answers, but nothing new", health.since, state.private)
    return FeedTrouble(clean(state.title), health.reason, health.since, state.private)


def _all_of(count: int) -> str:
    return "Its only feed is" if count == 1 else f"All {count} feeds are"


def _day(moment: datetime, digest: Digest) -> date:
    return moment.astimezone(ZoneInfo(digest.timezone)).date()


def _moment(moment: datetime, digest: Digest) -> str:
    """``Saturday 21 November 2026, 07:00``."""
    local = moment.astimezone(ZoneInfo(digest.timezone))
    return f"{long_day(local.date())}, {local:%H:%M}"

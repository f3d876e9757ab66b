"""Act: what the owner does on a page, from the fields of a form to a sentence that says what was done.

    split item[, story=1] · merge thread, other · undo decision
    mute thread · mute-word word · follow thread · follow-word word · star outlet
    poll [feed] · pause feed · resume feed · send digest[, to]

Nobody at a page waits for a poll: a decision needs no lock but its own transaction, a poll is asked for by making feeds
due, and a mail by a row that the delivery lane picks up. Fields are a stranger's text until they are checked here.
What changes config.toml (``subscribe``, ``import``) is the face's to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ..config import Config, Digest
from ..editions import slots
from ..editions.phrases import next_time, plural
from ..errors import DigestError
from ..feeds import poll
from ..model import Decision, DeliveryState, FeedState
from ..pages.decisions import in_words
from ..store import Store
from ..units import bare_address, shown
from . import by_hand, correcting, deciding, pausing
from .types import Clock

HASTY = frozenset({"poll", "resume", "send"})
"""After these there is something to do at once."""
PATIENCE = 10.0
"""Seconds that a person waits while another process stores what it brought; a page that hangs longer looks broken."""


@dataclass(frozen=True, slots=True)
class _Form:
    """One form that was sent, and what it is about."""

    store: Store
    settings: Config
    fields: Mapping[str, str]
    clock: Clock
    now: datetime
    polls: bool

    def text(self, name: str) -> str:
        value = self.fields.get(name, "").strip()
        if not value:
            raise DigestError(f"{name}: nothing was written there; go back and fill it in")
        return value

    def number(self, name: str) -> int:
        """An id, as the database can hold one."""
        value = self.text(name)
        if not (value.isascii() and value.isdecimal() and len(value) < 19 and int(value) > 0):
            raise DigestError(f"{name}: {shown(value)} is no number; go back to the page and press its button again")
        return int(value)

    def feed(self) -> FeedState:
        """The subscription that is meant."""
        number = self.number("feed")
        states = self.store.feeds.states(self.store.feeds.subscribed(self.settings.feeds))
        found = next((one for one in states if one.id == number), None)
        if found is None:
            raise DigestError(f"feed {number} is not subscribed, or not any more; load the list of feeds anew")
        return found


def act(
    store: Store, settings: Config, action: str, fields: Mapping[str, str], clock: Clock, *, polls: bool = False
) -> str:
    """Does one thing and says so in a sentence; ``polls`` says whether this process asks the feeds itself.

    Raises DigestError, which says the cure, for fields that mean nothing and for what cannot be done; BusyError where
    another process keeps the database for too long. Nothing is changed then.
    """
    if action not in _ACTIONS:
        raise DigestError(f"{shown(action)} is nothing that can be done here; go back to the page and press its button")
    form = _Form(store, settings, fields, clock, clock(), polls)
    with store.promptly(PATIENCE):
        done = _ACTIONS[action](form)
    if isinstance(done, Decision):
        done = in_words(done, settings.timezone)
    return f"{done[:1].upper()}{done[1:].rstrip('.')}."


# --- Decisions ----------------------------------------------------------------------------------


def _split(form: _Form) -> Decision:
    return correcting.split(
        form.store, form.number("item"), form.now, whole_story=form.fields.get("story", "") not in ("", "0")
    )


def _merge(form: _Form) -> Decision:
    return correcting.merge(form.store, form.number("thread"), form.number("other"), form.now)


def _undo(form: _Form) -> Decision:
    return correcting.undo(form.store, form.number("decision"), form.now)


def _mute(form: _Form) -> Decision:
    return deciding.mute(form.store, form.number("thread"), deciding.WEEK, form.now)


def _follow(form: _Form) -> Decision:
    return deciding.follow(form.store, form.number("thread"), form.now)


def _mute_word(form: _Form) -> Decision:
    return deciding.mute_word(form.store, form.text("word"), deciding.WEEK, form.now)


def _follow_word(form: _Form) -> Decision:
    return deciding.follow_word(form.store, form.text("word"), form.now)


def _star(form: _Form) -> Decision:
    return deciding.star(form.store, form.settings, form.text("outlet"), form.now)


# --- Feeds --------------------------------------------------------------------------------------


def _pause(form: _Form) -> Decision:
    return pausing.pause(form.store, form.feed(), form.now)


def _resume(form: _Form) -> str:
    feed = form.feed()
    pausing.resume(form.store, feed, form.now)
    subscribed = form.store.feeds.subscribed(form.settings.feeds)
    when = pausing.asked(form.store, feed, subscribed, form.now, form.settings.timezone)
    return f"resumed the feed: {feed.title}; {when}"


def _poll(form: _Form) -> str:
    """Makes due what a forced poll would ask, so never a feed whose server wants to be left alone."""
    store, settings, now = form.store, form.settings, form.now
    states = poll.unpaused(store.feeds.states(store.feeds.subscribed(settings.feeds)))
    pauses = store.troubles.pauses()
    due = poll.due(states, now, force=True, pauses=pauses)
    soon = "being asked now" if form.polls else "asked within minutes by the process that polls"
    if form.fields.get("feed", "").strip():
        feed = form.feed()
        if feed.id not in {one.id for one in states}:
            raise DigestError(f"{feed.title} is paused, so it is not asked; resume it first")
        if feed.id not in {one.id for one in due}:
            raise DigestError(f"{feed.title} is not asked yet: {pausing.held(feed, now, pauses, settings.timezone)}")
        if pausing.just_asked(feed, now):
            raise DigestError(f"{feed.title} was asked a moment ago; `digest feeds` tells how it is")
        with store.writing():
            store.feeds.hurry([feed.id], now)
        return f"{feed.title} is {soon}"
    hurried = [one.id for one in due if not pausing.just_asked(one, now)]
    with store.writing():
        store.feeds.hurry(hurried, now)
    never = len(settings.feeds) - len(store.feeds.subscribed(settings.feeds))
    asked, held, lately = len(hurried) + never, len(states) - len(due), len(due) - len(hurried)
    left = f"; {plural(held, 'feed')} left alone, as the server asks" if held else ""
    left += f"; {plural(lately, 'feed')} asked a moment ago" if lately else ""
    return f"{plural(asked, 'feed')} {'is' if asked == 1 else 'are'} {soon}{left}"


# --- Mail ---------------------------------------------------------------------------------------


def _send(form: _Form) -> str:
    """One more mail of today's edition to one of its recipients; a row that is tried with the next delivery."""
    store, settings = form.store, form.settings
    name = form.text("digest")
    digest = settings.digests.get(name)
    if digest is None:
        raise DigestError(f"there is no digest {shown(name)}; there is: {', '.join(settings.digests)}")
    to = _recipient(digest, form.fields.get("to", "").strip())
    today = form.now.astimezone(ZoneInfo(digest.timezone)).date()
    editions = store.editions.dated(digest.name, today)
    if not editions:
        upcoming = slots.following(digest, form.now)
        when = f"; the next one comes on {next_time(upcoming, digest.timezone)}" if upcoming else ""
        raise DigestError(f"no edition of {digest.title} came out today{when}")
    edition = editions[0]
    before = {one.id for one in store.deliveries.of(edition.id)}
    ids, told = by_hand.make_copies(store, settings, edition, [to], form.clock, apart=pausing.JUST_NOW)
    if not ids:
        raise DigestError("; ".join(told) or f"{digest.title} goes to no mailbox; `deliver` of {name} has none")
    open_before = [one for one in store.deliveries.of(edition.id) if one.id in ids & before]
    if open_before:
        return f"today's edition {_UNDER_WAY[open_before[0].state]} {to} already, and is not doubled"
    return f"today's edition goes to {to} once more{', now' if form.polls else ' with the next delivery'}"


_UNDER_WAY: Mapping[DeliveryState, str] = {
    DeliveryState.PENDING: "is waiting to be sent to",
    DeliveryState.SENDING: "is on its way to",
    DeliveryState.SENT: "was sent once more, a moment ago, to",
}


def _recipient(digest: Digest, told: str) -> str:
    """One of those in the configuration: a page sends nothing to anybody else."""
    if not digest.to:
        raise DigestError(f"digests.{digest.name}.to: it has no recipient; add one")
    if not told:
        if len(digest.to) > 1:
            raise DigestError(f"{digest.title} has {len(digest.to)} recipients; choose one of them")
        return digest.to[0]
    found = next((one for one in digest.to if bare_address(one) == bare_address(told)), None)
    if found is None:
        raise DigestError(f"{shown(told)} is no recipient of {digest.title}; add it to `to` in config.toml first")
    return found


_ACTIONS: Mapping[str, Callable[[_Form], Decision | str]] = {
    "split": _split,
    "merge": _merge,
    "undo": _undo,
    "mute": _mute,
    "mute-word": _mute_word,
    "follow": _follow,
    "follow-word": _follow_word,
    "star": _star,
    "poll": _poll,
    "pause": _pause,
    "resume": _resume,
    "send": _send,
}

"""Look: what the store knows, put together for people; writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..config import Config
from ..editions import notices, slots
from ..editions.headlines import lead
from ..feeds import poll
from ..feeds.health import health
from ..model import Condition, Decision, FeedHealth, FeedState, Gone, Incident, Link, Story, ThreadSummary
from ..store import Entry, Store
from ..threads.voices import voices
from . import alarming, unsubscribing
from .activity import weekly
from .publishing import thaw

_NO_TROUBLE = frozenset({Condition.PAUSED, Condition.NEW, Condition.FINE})


@dataclass(frozen=True, slots=True)
class DigestStatus:
    """Where one digest stands."""

    name: str
    title: str
    timezone: str
    last_slot: datetime | None
    last_number: int | None
    last_path: str | None
    next_slot: datetime | None


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """How one subscription is."""

    state: FeedState
    health: FeedHealth


@dataclass(frozen=True, slots=True)
class Status:
    """Where everything stands."""

    database: str
    items: int
    feeds: int
    never_asked: int
    failing: tuple[FeedState, ...]
    troubled: tuple[FeedStatus, ...]
    """Those with anything to say of them: failing, waiting, gone, quiet for longer than usual, merged."""
    notices: tuple[str, ...]
    """What is wrong with the subscriptions as a whole."""
    last_poll: datetime | None
    digests: tuple[DigestStatus, ...]
    waiting: tuple[Entry, ...]
    """Deliveries that are not sent yet or were given up."""
    silent: tuple[str, ...]
    """Digests of which nothing could be made or delivered for too long, in words."""
    unsubscribed: tuple[unsubscribing.Left, ...]
    """Who stands in ``to`` of a digest and gets no mail of it."""


def recent_threads(store: Store, settings: Config, since: datetime) -> list[ThreadSummary]:
    """Threads that moved since then, those with most outlets first."""
    subscriptions = store.feeds.subscribed(settings.feeds)
    summaries = [summary(stories) for stories in store.threads.recent(since, subscriptions)]
    return sorted(summaries, key=lambda one: (-one.outlets, -one.items, -one.last.timestamp()))


def thread_stories(store: Store, settings: Config, thread_id: int) -> list[Story]:
    """The stories of one thread, oldest first; empty when there is none of that id."""
    return store.threads.thread(thread_id, store.feeds.subscribed(settings.feeds))


def gone_of(store: Store, settings: Config, thread_id: int) -> Gone | None:
    """What the subscriptions had in a thread that is no longer kept; None where nothing went."""
    where = store.threads.final(thread_id)
    return None if where is None else store.retention.gone(where, store.feeds.subscribed(settings.feeds))


def story_links(store: Store, stories: Sequence[Story]) -> dict[int, Link]:
    """How each story came to its thread, by story id; those that opened theirs are not in it."""
    found = {story.id: store.links.of_story(story.id) for story in stories}
    return {story_id: link for story_id, link in found.items() if link is not None and link.moved}


def standing_decisions(store: Store, stories: Sequence[Story]) -> list[Decision]:
    """What a person decided about reports of these stories and did not take back, oldest first."""
    held = {item.id for story in stories for item in story.items}
    return [
        one
        for one in store.decisions.all()
        if one.undone is None and any(decided.item_id in held for decided in one.items)
    ]


def summary(stories: Sequence[Story]) -> ThreadSummary:
    """A thread in one line: the lead of its newest story stands for it, outlets count as independent voices."""
    items = [item for story in stories for item in story.items]
    return ThreadSummary(
        id=stories[0].thread_id,
        title=lead(stories[-1].items).title or "(no title)",
        first=min(item.published for item in items),
        last=max(item.published for item in items),
        stories=len(stories),
        items=len(items),
        outlets=len(voices(items)),
    )


def feed_states(store: Store, settings: Config) -> list[FeedState]:
    """What is remembered of each subscription that was ever seen by a poll, in the order of the configuration."""
    return store.feeds.states(store.feeds.subscribed(settings.feeds))


def feed_health(store: Store, settings: Config, now: datetime) -> list[FeedStatus]:
    """How each subscription is that was ever seen by a poll, in the order of the configuration."""
    pauses = store.troubles.pauses()
    return [
        FeedStatus(state, health(state, now, poll.pausing(pauses, state, now)))
        for state in feed_states(store, settings)
    ]


def feed_history(store: Store, settings: Config) -> list[tuple[FeedState, Incident]]:
    """Every trouble that the subscriptions had, the latest first."""
    states = {state.id: state for state in feed_states(store, settings)}
    return [(states[one.feed_id], one) for one in store.troubles.history(states)]


def feed_activity(store: Store, settings: Config, now: datetime) -> dict[str, float]:
    """Items a week of each subscription that has any, by the address in the configuration."""
    subscriptions = store.feeds.subscribed(settings.feeds)
    return {subscriptions[feed_id].url: items for feed_id, items in weekly(store, subscriptions, now).items()}


def next_poll(store: Store, settings: Config, now: datetime) -> tuple[datetime | None, int]:
    """When `digest serve` asks feeds next, never before ``now``, and how many then; (None, 0) when none is to be asked.

    The poll's own decision is asked at each time at which it can change.
    """
    subscriptions = store.feeds.subscribed(settings.feeds)
    states = poll.unpaused(store.feeds.states(subscriptions))
    new = len(settings.feeds) - len(subscriptions)
    pauses = store.troubles.pauses()
    floors = {feed_id: feed.every for feed_id, feed in subscriptions.items() if feed.every is not None}
    digests = settings.digests.values()
    changes = [time for state in states for time in (state.next_poll, state.held_until)] + list(pauses.values())
    changes += [slot - slots.NEAR for slot in (slots.following(digest, now) for digest in digests) if slot is not None]
    for time in sorted({now, *(one for one in changes if one is not None and one > now)}):
        fresh = slots.is_near(digests, time)
        due = poll.due(states, time, fresh=fresh, pauses=pauses, floors=floors)
        if new or due:
            return time, new + len(due)
    return None, 0


def status(store: Store, settings: Config, now: datetime) -> Status:
    """Where everything stands at ``now``."""
    feeds = feed_health(store, settings, now)
    asked = poll.unpaused(one.state for one in feeds)
    tries = [one.state.last_try for one in feeds if one.state.last_try is not None]
    return Status(
        database=str(settings.database),
        items=store.items.count(),
        feeds=len(settings.feeds),
        never_asked=len(settings.feeds) - len(tries),
        failing=tuple(state for state in asked if state.failures),
        troubled=tuple(one for one in feeds if one.health.condition not in _NO_TROUBLE),
        notices=notices.failing(notices.asked(asked), listed=True),
        last_poll=max(tries, default=None),
        digests=tuple(_digest_status(store, settings, name, now) for name in settings.digests),
        waiting=unsettled(store),
        silent=tuple(" ".join(one.words[:2]) for one in alarming.silent(store, settings, now)),
        unsubscribed=tuple(unsubscribing.left_out(store, settings)),
    )


def unsettled(store: Store) -> tuple[Entry, ...]:
    """Deliveries that are not sent yet or were given up, oldest first.

    With their editions, or two mornings to one address would look like one mail sent twice.
    """
    ids = [one.id for one in store.deliveries.unsettled()]
    return tuple(reversed(store.deliveries.listed(ids=ids)))


def _digest_status(store: Store, settings: Config, name: str, now: datetime) -> DigestStatus:
    digest = settings.digests[name]
    last = store.editions.last(name)
    return DigestStatus(
        name=name,
        title=digest.title,
        timezone=digest.timezone,
        last_slot=last.slot if last else None,
        last_number=last.number if last else None,
        last_path=thaw(last.data).path if last else None,
        next_slot=slots.following(digest, now),
    )

"""Decide what editions tell: a thread or a word is muted or followed, an outlet is starred.

Such a decision changes no grouping and no edition that is out; it counts from the next edition on, in every digest.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from .. import wanted
from ..config import Config, Feed, outlet_key
from ..editions.headlines import lead
from ..errors import DigestError
from ..model import Decision, Wishes
from ..store import Store
from ..units import shown
from .correcting import existing_thread, headline

_MINUTE = timedelta(minutes=1)
WEEK = timedelta(days=7)
"""How long a thread or a word is muted where nobody says how long."""


def mute(store: Store, thread_id: int, span: timedelta, now: datetime) -> Decision:
    """Keeps a thread out of every edition until ``now + span``; raises DigestError for one that is not there."""
    with store.writing():
        thread = existing_thread(store, thread_id)
        for one in _standing(store, "mute", now, span):
            if one.thread_id is not None and store.threads.final(one.thread_id) == thread:
                raise DigestError(f"thread {thread} is muted for that long already; `digest decisions` lists it")
        return store.decisions.add(
            Decision(0, "mute", now, _headline(store, thread), thread_id=thread, until=now + span)
        )


def follow(store: Store, thread_id: int, now: datetime) -> Decision:
    """Brings a thread to the top of every edition that has news of it; raises DigestError where it is followed."""
    with store.writing():
        thread = existing_thread(store, thread_id)
        if thread in store.decisions.wishes(now).followed:
            raise DigestError(f"you follow thread {thread} already; `digest decisions` lists what you decided")
        return store.decisions.add(Decision(0, "follow", now, _headline(store, thread), thread_id=thread))


def mute_word(store: Store, word: str, span: timedelta, now: datetime) -> Decision:
    """Keeps reports with a word or pattern out of every edition until ``now + span``; raises DigestError for none."""
    checked = _checked(word)
    with store.writing():
        if any(wanted.same(one.word or "") == wanted.same(checked) for one in _standing(store, "mute-word", now, span)):
            raise DigestError(f"{shown(checked)} is muted for that long already; `digest decisions` lists it")
        return store.decisions.add(Decision(0, "mute-word", now, checked, until=now + span, word=checked))


def follow_word(store: Store, word: str, now: datetime) -> Decision:
    """Counts a word or pattern as followed in every digest; raises DigestError for none, and where it is followed."""
    checked = _checked(word)
    with store.writing():
        if wanted.same(checked) in {wanted.same(one) for one in store.decisions.wishes(now).followed_words}:
            raise DigestError(f"you follow {shown(checked)} already; `digest decisions` lists what you decided")
        return store.decisions.add(Decision(0, "follow-word", now, checked, word=checked))


def star(store: Store, settings: Config, outlet: str, now: datetime) -> Decision:
    """Stars an outlet, told by its key (a registrable domain, or ``feed:ID``) or its name, as ``starred`` does a feed.

    Raises DigestError for an outlet of which no report is stored, and for one that is starred already.
    """
    with store.writing():
        subscriptions = store.feeds.subscribed(settings.feeds)
        found = store.items.of_outlet(outlet.strip(), subscriptions)
        if found is None:
            raise DigestError(f"no report of an outlet {shown(outlet)} is stored; name its domain, like 'example.org'")
        key, item = found
        if item.outlet in stars(settings, store.decisions.wishes(now), subscriptions):
            raise DigestError(f"{item.outlet_name} is starred already; `digest decisions` lists what you decided")
        return store.decisions.add(Decision(0, "star", now, item.outlet_name, outlet=key))


def stars(settings: Config, wishes: Wishes, subscriptions: Mapping[int, Feed]) -> frozenset[str]:
    """What starred outlets are counted by today: their families, as the configuration has them."""
    found = set()
    for key in wishes.stars:
        number = key.removeprefix("feed:")
        feed = subscriptions.get(int(number)) if number != key and number.isdecimal() else None
        found.add(outlet_key(settings.families, key, feed))
    return frozenset(found)


def _standing(store: Store, kind: str, now: datetime, span: timedelta) -> list[Decision]:
    """The decisions of a kind that hold now and, but for a minute, until ``now + span``.

    Of two that say the same an undo would take back but one, and the other would go on.
    """
    return [
        one
        for one in store.decisions.all()
        if one.kind == kind
        and one.undone is None
        and one.until is not None
        and one.until > max(now, now + span - _MINUTE)
    ]


def _headline(store: Store, thread: int) -> str:
    items = store.items.of_all(store.threads.story_ids(thread))
    return headline(lead(items)) if items else f"thread {thread}"


def _checked(word: str) -> str:
    try:
        return wanted.word(" ".join(word.split()) if not wanted.is_pattern(word) else word)
    except ValueError as error:
        raise DigestError(str(error)) from None

"""Explain: why an item stands where it stands, as data for the command line and the page; writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..config import Config
from ..editions.headlines import lead
from ..errors import DigestError
from ..model import Decision, Item, Link, Placement, Story
from ..store import Store
from ..threads.explain import likeness
from ..threads.voices import voices
from . import recalling
from .correcting import grouped_item

Terms = tuple[tuple[str, float], ...]
"""Terms with their parts of a likeness, heaviest first."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A story that was compared with the item when it came."""

    story_id: int
    thread_id: int
    title: str
    score: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The item and another one, or another one's story, by today's counts."""

    item: Item
    story_id: int
    thread_id: int
    same_story: bool
    same_thread: bool
    same_language: bool
    apart: float
    """Hours between the two."""
    likeness: float
    """Of the two items, from 0 to 1."""
    shared: Terms
    to_story: float
    """Of the item and the other one's story, the item itself not counted."""
    decisions: tuple[Decision, ...]
    """That speak of both."""


@dataclass(frozen=True, slots=True)
class Why:
    """Why an item stands where it stands."""

    item: Item
    story: Story
    outlets: int
    """Independent voices in its story."""
    likeness: float
    """Of the item and the rest of its story by today's counts, from 0 to 1; 0 where it stands alone."""
    shared: Terms
    placement: Placement | None
    """How it was judged when it came; None where that was not kept."""
    nearest: Candidate | None
    second: Candidate | None
    link: Link | None
    """How its story came to its thread; None where it was never compared."""
    thread: tuple[Story, ...]
    """All stories of its thread, oldest first."""
    nearest_thread: str | None
    """Title of the thread its story was compared with."""
    decisions: tuple[Decision, ...]
    """That speak of the item, undone ones included."""
    other: Comparison | None = None


def why(store: Store, settings: Config, item_id: int, other_id: int | None = None) -> Why:
    """Why the item stands where it stands; with ``other_id`` also why it stands with that one, or not.

    Raises DigestError where an item is not there, not grouped yet, or not of a subscribed feed.
    """
    subscriptions = store.feeds.subscribed(settings.feeds)
    terms = recalling.terms(store)

    def story_of(number: int) -> tuple[Item, Story]:
        story_id = grouped_item(store, number).story_id or 0
        for story in store.threads.assembled([story_id], subscriptions):
            for one in story.items:
                if one.id == number:
                    return one, story
        raise DigestError(
            f"item {number} is of a feed that is no longer in the configuration; "
            "with the feed in it again (`digest feeds add ADDRESS`) it is shown"
        )

    item, story = story_of(item_id)
    rest = [one for one in story.items if one.id != item.id]
    like, shared = likeness([item], rest, terms)
    placement = store.stories.placement(item_id)
    link = store.links.of_story(story.id)
    decisions = store.decisions.all()
    return Why(
        item=item,
        story=story,
        outlets=len(voices(story.items)),
        likeness=like,
        shared=shared,
        placement=placement,
        nearest=_candidate(store, placement.nearest, placement.score) if placement else None,
        second=_candidate(store, placement.second, placement.second_score) if placement else None,
        link=link,
        thread=tuple(store.threads.thread(story.thread_id, subscriptions)),
        nearest_thread=_thread_title(store, link.nearest) if link else None,
        decisions=tuple(one for one in decisions if any(each.item_id == item.id for each in one.items)),
        other=_compared(item, *story_of(other_id), store=store, decisions=decisions) if other_id is not None else None,
    )


def _candidate(store: Store, story_id: int | None, score: float) -> Candidate | None:
    final = store.stories.final(story_id) if story_id is not None else None
    items = store.items.of_story(final) if final is not None else []
    if final is None or not items:
        return None
    return Candidate(final, store.threads.of_story(final), lead(items).title, score)


def _thread_title(store: Store, thread_id: int | None) -> str | None:
    final = store.threads.final(thread_id) if thread_id is not None else None
    stories = store.threads.story_ids(final) if final is not None else []
    items = store.items.of_story(stories[-1]) if stories else []
    return lead(items).title if items else None


def _compared(item: Item, other: Item, story: Story, *, store: Store, decisions: Sequence[Decision]) -> Comparison:
    terms = recalling.terms(store)
    like, shared = likeness([item], [other], terms)
    to_story, _ = likeness([item], [one for one in story.items if one.id != item.id], terms)
    both = {item.id, other.id}
    return Comparison(
        item=other,
        story_id=story.id,
        thread_id=story.thread_id,
        same_story=item.story_id == other.story_id,
        same_thread=store.threads.of_story(item.story_id or 0) == story.thread_id,
        same_language=item.language == other.language,
        apart=abs((item.published - other.published).total_seconds()) / 3600,
        likeness=like,
        shared=shared,
        to_story=to_story,
        decisions=tuple(one for one in decisions if both <= {each.item_id for each in one.items}),
    )

"""Marking: which items have a word of a digest or of their feed, before anything is weighed.

``only`` and ``skip`` of a feed come first and hold for every digest; then ``mute``, which outdoes ``follow``.
Words that a person decided about stand beside those of each digest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from time import thread_time

from ..config import Digest, Feed
from ..model import Item, Marks, Wishes
from ..units import host_of
from ..wanted import Text, Words, text_of

NO_WISHES = Wishes()


def mark(
    digest: Digest,
    feeds: Mapping[int, Feed],
    items: Iterable[Item],
    timer: Callable[[], float] = thread_time,
    *,
    wishes: Wishes = NO_WISHES,
) -> Marks:
    """What the words say of the items; ``feeds`` by id. ``timer`` bounds what patterns may take."""
    follow = Words((*digest.follow, *wishes.followed_words), timer)
    mute = Words(muting(digest, wishes), timer)
    only = {number: Words(feed.only, timer) for number, feed in feeds.items() if feed.only is not None}
    skip = {number: Words(feed.skip, timer) for number, feed in feeds.items() if feed.skip}
    skipped, muted, followed = set(), set(), {}
    for item in items:
        if not (follow or mute or item.feed_id in only or item.feed_id in skip):
            continue
        text = text_of(item.title, item.summary)
        if _is_skipped(text, only.get(item.feed_id), skip.get(item.feed_id)):
            skipped.add(item.id)
        elif mute.first(text) is not None:
            muted.add(item.id)
        elif (found := follow.first(text)) is not None:
            followed[item.id] = found
    slow = [*_slow(f"digests.{digest.name}.follow", follow), *_slow(f"digests.{digest.name}.mute", mute)]
    for key, lists in (("only", only), ("skip", skip)):
        for number, words in lists.items():
            slow += _slow(f"{key} of the feed {feeds[number].title or host_of(feeds[number].url)}", words)
    return Marks(frozenset(skipped), frozenset(muted), followed, tuple(slow))


def muting(digest: Digest, wishes: Wishes) -> tuple[str, ...]:
    """The words that keep a report out of a digest; those of its own come first."""
    return (*digest.mute, *wishes.muted_words)


def _is_skipped(text: Text, only: Words | None, skip: Words | None) -> bool:
    return (only is not None and only.first(text) is None) or (skip is not None and skip.first(text) is not None)


def _slow(where: str, words: Words) -> list[str]:
    """What to tell the operator of patterns that ran out of time."""
    return [
        f"{where}: the pattern {text} took too long on {'so many texts that it was given up' if given_up else 'a text'}"
        " and counts as not found there; write a simpler one, without one repetition inside another"
        for text, given_up in words.slow.items()
    ]

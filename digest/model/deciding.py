"""What people decided and wished."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Level(StrEnum):
    """What a decision keeps together or apart."""

    STORY = "story"
    THREAD = "thread"


@dataclass(frozen=True, slots=True)
class Decided:
    """One item in a decision."""

    item_id: int
    level: Level
    side: int
    """As in ``Mark``."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about the grouping, what editions tell, or a feed; never deleted, only undone."""

    id: int
    kind: str
    """``split``, ``merge``, ``pin``; ``mute`` and ``follow`` of a thread, ``mute-word``, ``follow-word``;
    ``star`` of an outlet, ``pause`` of a feed; a ``FeedDecision`` is the program's own."""
    made: datetime
    about: str
    """The headlines, the feed, the word or the outlet it was about, for people."""
    thread_id: int | None = None
    """The thread that was muted, followed or merged into."""
    until: datetime | None = None
    """The end of a mute."""
    undone: datetime | None = None
    items: tuple[Decided, ...] = ()
    feed_id: int | None = None
    """The feed that is paused."""
    word: str | None = None
    """The word or pattern that is muted or followed."""
    outlet: str | None = None
    """The key of the outlet that is starred."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What people decided that editions tell or leave out, at one time; the same for every digest."""

    muted: frozenset[int] = frozenset()
    """Ids of threads."""
    followed: frozenset[int] = frozenset()
    """Ids of threads."""
    muted_words: tuple[str, ...] = ()
    followed_words: tuple[str, ...] = ()
    stars: frozenset[str] = frozenset()
    """Keys of outlets."""

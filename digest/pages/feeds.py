"""How the feeds are, in words, and what of the mail waits: a page for those who keep the machine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ..editions.phrases import plural
from ..editions.render import Renderer
from ..model import Condition, Frame

TROUBLES = 50
"""Past troubles that are listed."""


@dataclass(frozen=True, slots=True)
class FeedLine:
    """One subscription as this viewer may see it."""

    title: str
    section: str
    condition: Condition
    id: int | None = None
    """None: it was never asked."""
    site_url: str | None = None
    host: str = ""
    """Of its address; empty where that says no more than the title, or is not to be told."""
    language: str = ""
    """Of the title, where the feed gave it."""
    since: datetime | None = None
    until: datetime | None = None
    """When its server may be asked again, where it said so."""
    reason: str = ""
    last_success: datetime | None = None
    last_try: datetime | None = None
    next_try: datetime | None = None
    """None: it is not asked any more, or with the next poll."""
    weekly: float | None = None
    """Items a week; None for a feed without any."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A delivery that waits, failed or was refused."""

    edition: str
    """Title of its digest, and its day."""
    transport: str
    recipient: str
    """Empty where the viewer may not know it."""
    state: str
    words: str
    """The other side's."""
    attempts: int
    next_try: datetime | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """One trouble of one feed, over or not."""

    title: str
    condition: Condition
    since: datetime
    until: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Group:
    """Feeds that are in one way, under one heading."""

    key: str
    heading: str
    hint: str
    lines: tuple[FeedLine, ...]
    folded: bool = False


_GROUPS = (
    ("look", "Needs a look", "", (Condition.FAILING, Condition.GONE, Condition.MERGED)),
    ("waiting", "Waiting", "Their servers want to be left alone for a while. Nothing is broken.", (Condition.WAITING,)),
    ("quiet", "Quiet", "They answer, but have brought nothing for longer than usual.", (Condition.QUIET,)),
    ("paused", "Paused", "You paused them, so they are not asked.", (Condition.PAUSED,)),
    ("new", "Not asked yet", "The next poll asks them.", (Condition.NEW,)),
    ("fine", "Fine", "", (Condition.FINE,)),
)
_FOLDED = 20
"""More feeds than this that are fine are folded."""


def page(
    renderer: Renderer,
    site: Frame,
    lines: Sequence[FeedLine],
    *,
    notices: Sequence[str],
    mails: Sequence[Mail],
    troubles: Sequence[Trouble],
    digests: Sequence[tuple[str, str, tuple[str, ...]]],
    sections: Sequence[str],
    now: datetime,
) -> str:
    """The page; ``digests`` are (name, title, recipients) of those that have any, ``troubles`` the latest first."""
    found = groups(lines)
    return renderer.draw(
        "feeds.html.j2",
        site=site,
        groups=found,
        summary=summary(found, len(lines)),
        notices=notices,
        mails=mails,
        troubles=troubles[:TROUBLES],
        more_troubles=max(len(troubles) - TROUBLES, 0),
        digests=digests,
        sections=sections,
        rate=rate,
        today=now.astimezone(ZoneInfo(site.timezone)).date(),
    )


def groups(lines: Iterable[FeedLine]) -> tuple[Group, ...]:
    """Those that have feeds, the gravest first; what is wrong for longest stands first, the rest by title."""
    told = sorted(lines, key=lambda one: one.title.casefold())
    made = []
    for key, heading, hint, conditions in _GROUPS:
        inside = [one for one in told if one.condition in conditions]
        if key in {"look", "waiting", "quiet"}:
            inside.sort(key=lambda one: one.since.timestamp() if one.since else 0)
        if inside:
            made.append(Group(key, heading, hint, tuple(inside), folded=key == "fine" and len(inside) > _FOLDED))
    return tuple(made)


def summary(found: Sequence[Group], total: int) -> tuple[tuple[str, str], ...]:
    """(key of a group, words) for the line on top: ``2 need a look``; without feeds nothing."""
    words = {
        "look": ("needs a look", "need a look"),
        "waiting": ("waits", "wait"),
        "quiet": ("is quiet", "are quiet"),
        "paused": ("is paused", "are paused"),
        "new": ("was not asked yet", "were not asked yet"),
        "fine": ("is fine", "are fine"),
    }
    told = []
    for group in found:
        count = len(group.lines)
        all_of = "All " if count == total > 1 else ""
        told.append((group.key, f"{all_of}{count:,} {words[group.key][count != 1]}"))
    return tuple(told)


def rate(weekly: float | None) -> str:
    """``12 items a week``, ``0.5 items a week``; empty where none is known."""
    if weekly is None:
        return ""
    if 0 < weekly < 1:
        return f"{weekly:.1f} items a week"
    return f"{plural(round(weekly), 'item')} a week"


_ADDRESS = re.compile(r"<?[^\s<>()\[\],;:\"']+@[^\s<>()\[\],;:\"']+>?")


def without_addresses(words: str) -> str:
    """A server's words with no mail address in them, as they may be told to anybody."""
    return _ADDRESS.sub("(an address)", words)

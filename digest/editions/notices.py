"""What an edition says of itself when things are not as usual: feeds that do not answer, slots that were missed.

Here too: what an edition left out, in words.

Rules of this file: a sentence or two each, plain text, true of what is stored; nothing to say gives nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ..model import Edition, EditionStory, FeedState, FeedTrouble, Place, Window
from ..units import host_of
from .phrases import plural, short_day

MANY = 0.25
"""A larger share of failing feeds is told at the top, a smaller one is only counted in the last lines."""

MOST = 0.5
"""What more than this share of the failing feeds have in common is taken for the cause."""

_NAMED = 3
"""Missed days that are named; more are counted."""


LONG = timedelta(days=14)
"""A feed that has failed for so long is named, once."""


def notices(
    feeds: Sequence[FeedState], window: Window, slot: datetime, missed: Sequence[datetime], timezone: str
) -> tuple[str, ...]:
    """Every notice of an edition, the gravest first."""
    return (*failing(asked(feeds)), *_late(window, slot, missed, ZoneInfo(timezone)), *_moved(feeds, window))


def troubles(feeds: Sequence[FeedState], window: Window, *, first: bool) -> tuple[FeedTrouble, ...]:
    """The feeds to name, in their order: each once in a trouble, when it is gone or has failed for two weeks.

    The moment of that falls into one window, as these join; a digest's ``first`` edition also names older ones.
    """
    return tuple(
        FeedTrouble(feed.title, feed.last_error or "no answer", feed.failing_since, feed.private)
        for feed in asked(feeds)
        if (moment := _named_at(feed)) is not None and moment < window.until and (first or moment >= window.since)
    )


def asked(feeds: Sequence[FeedState]) -> list[FeedState]:
    """Without those that became one with another feed, which is asked for both."""
    ids = {feed.id for feed in feeds}
    return [feed for feed in feeds if feed.merged_into not in ids]


def _named_at(feed: FeedState) -> datetime | None:
    """When a trouble is grave enough to be told."""
    if feed.stopped is not None:
        return feed.stopped
    return feed.failing_since + LONG if feed.failures and feed.failing_since is not None else None


def _moved(feeds: Sequence[FeedState], window: Window) -> Iterator[str]:
    """Feeds that moved for good in the window; a private one is not named, as notices also stand on public pages."""
    ids = {feed.id for feed in feeds}
    for feed in feeds:
        if feed.moved is None or not window.since <= feed.moved < window.until:
            continue
        name = "A private feed" if feed.private else feed.title
        if feed.merged_into in ids:
            yield f"{name} now leads to another feed that you read: it is no longer asked itself and can be removed."
        else:
            where = "" if feed.private else f", {host_of(feed.moved_to or '')}"
            yield f"{name} has moved for good and is asked at its new address{where}."


def answered(feeds: Sequence[FeedState]) -> int:
    """How many feeds answered when last asked; one that was never asked has not."""
    return sum(feed.failures == 0 and feed.last_success is not None for feed in feeds)


def failing(feeds: Sequence[FeedState], *, listed: bool = False) -> tuple[str, ...]:
    """One sentence where more than a quarter of the feeds fail, with the likely cause; else none.

    ``listed``: each of them stands there with its reason, so no other place need be named that tells it.
    """
    failing = [feed for feed in feeds if feed.failures]
    if not failing or len(failing) <= MANY * len(feeds):
        return ()
    if len(failing) < len(feeds):
        who = f"{len(failing)} of {plural(len(feeds), 'feed')} did not answer"
    else:
        who = "The only feed did not answer" if len(feeds) == 1 else f"None of the {len(feeds)} feeds answered"
    return (f"{who}. {_cause(failing, listed=listed)}".rstrip(),)


def _cause(failing: Sequence[FeedState], *, listed: bool) -> str:
    """The likely cause: what all failures have in common, or most of them."""
    errors = [feed.last_error or "" for feed in failing]
    unreached = [feed for feed in failing if feed.last_status is None]
    nameless = [feed for feed in unreached if _is_nameless(feed.last_error or "")]
    if len(nameless) > MOST * len(failing):
        return f"{_nothing('name', nameless, failing)} be looked up: {_NETWORK} or its name service (DNS) {_LIKELY}"
    if len(unreached) > MOST * len(failing) and len(failing) > 1:
        return f"{_nothing('server', unreached, failing)} be reached: {_NETWORK} {_LIKELY}"
    # A notice also stands on public pages: what is said of a private feed, which may name its host, is not for them.
    if len(set(errors)) == 1 and errors[0] and not any(feed.private for feed in failing):
        return f"The reason: {errors[0].rstrip('.')}."
    status, times = Counter(feed.last_status for feed in failing).most_common(1)[0]
    if status is not None and status >= 400 and times > MOST * len(failing):
        return f"{'All' if times == len(failing) else 'Most'} of them said {status}."
    if len(set(errors)) == 1:
        return "" if listed else "`digest status` tells the reason."
    return "The reasons differ." if listed else "The reasons differ; `digest status` tells them."


_NETWORK = "this machine's network"
_LIKELY = "is the likely cause."


def _nothing(noun: str, some: Sequence[FeedState], all_: Sequence[FeedState]) -> str:
    return f"No {noun} could" if len(some) == len(all_) else f"Most {noun}s could not"


def _is_nameless(error: str) -> bool:
    return "looked up" in error or "no host called" in error


def _late(window: Window, slot: datetime, missed: Sequence[datetime], zone: ZoneInfo) -> Iterator[str]:
    days = sorted({one.astimezone(zone).date() for one in missed})
    if not days:
        return
    since = window.since.astimezone(zone).date()
    span = plural(max((slot.astimezone(zone).date() - since).days, 1), "day")
    if len(missed) > _NAMED:
        lost = f"the {len(missed)} editions due since {short_day(days[0])} did not come"
    elif len(missed) == 1:
        lost = f"the edition due on {short_day(days[0])} did not come"
    else:
        lost = f"the editions due on {_listed(days)} did not come"
    yield f"This edition covers {span}, since {short_day(since)}: {lost}."


def _listed(days: Sequence[date]) -> str:
    """``11, 12 and 13 Oct``, the month where it changes."""
    names = [
        str(day.day) if following is not None and day.month == following.month else short_day(day)
        for day, following in zip(days, [*days[1:], None], strict=True)
    ]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


# --- What was left out --------------------------------------------------------------------------


def left_out(edition: Edition, *, folded: bool = False) -> str:
    """What is not shown and why, in a sentence that counts items; empty where nothing was left out.

    ``folded``: for a rendition that shows what a cap left out, folded below its section.
    An edition of an earlier version knows only the sum, and no rest to fold.
    """
    causes = Counter(one.place for one in edition.omitted)
    behind = edition.left_out - causes.total() + causes[Place.SKIPPED]
    if folded:
        behind -= sum(_reports(story) for section in edition.sections for story in section.rest)
    by_cap = any(section.rest or (section.more and not folded) for section in edition.sections)
    counted = (
        (behind, f"{behind:,} more{' by busy feeds' if by_cap else ''}"),
        (muted := causes[Place.MUTED_THREAD] + causes[Place.MUTED_WORD], f"{muted:,} muted"),
        (causes[Place.SKIPPED], f"{causes[Place.SKIPPED]:,} skipped"),
        (causes[Place.REPEATED], plural(causes[Place.REPEATED], "reprint")),
    )
    told = [words for count, words in counted if count > 0]
    return f"Not shown here: {', '.join(told)}." if told else ""


def _reports(story: EditionStory) -> int:
    """The new items of an entry."""
    return 1 + len(story.others) + sum(map(_reports, story.related))

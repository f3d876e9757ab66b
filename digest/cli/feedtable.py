"""The subscriptions as a table for people and as facts for programs; secret addresses are told by their host alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ..model import Condition
from ..pipeline.naming import address, names
from ..units import host_of
from .columns import cells, line, widths
from .common import local
from .feednames import new_address

if TYPE_CHECKING:
    from ..config import Config, Feed
    from ..model import FeedHealth, FeedState
    from ..pipeline.looking import FeedStatus
    from ..pipeline.naming import Name

_HEAD = ("state", "feed", "section", "last success", "a week", "next poll")
_WIDEST = 40
"""Cells of a title; the rest of a longer one is cut off."""
_NOT_ASKED = frozenset({Condition.PAUSED, Condition.GONE, Condition.MERGED})


def facts(one: FeedStatus | None, feed: Feed, weekly: float | None = None) -> dict[str, object]:
    """What may be told of a feed; its address may carry a secret, its host does not."""
    host = host_of(feed.url)
    told: dict[str, object] = {
        "title": one.state.title if one else feed.title or host,
        "section": feed.section,
        "host": host,
        "address": address(feed.url, private=feed.private),
        "state": condition(one),
    }
    if one is None or one.state.last_try is None:
        return told
    state, how = one.state, one.health
    return {
        **told,
        "since": how.since,
        "until": how.until,
        "reason": how.reason or None,
        "moved_to": new_address(state),
        "moved_to_host": host_of(state.moved_to) if state.moved_to and not state.private else None,
        "last_success": state.last_success,
        "last_try": state.last_try,
        "next_poll": None if how.condition in _NOT_ASKED else state.next_poll,
        "failing_since": state.failing_since,
        "status": state.last_status,
        "error": state.last_error if state.failures else None,
        "newest_item": state.newest_item,
        "items_a_week": weekly,
    }


def condition(one: FeedStatus | None) -> str:
    """The state of a feed in a word or two."""
    return "not asked yet" if one is None or one.health.condition is Condition.NEW else one.health.condition.value


def in_words(one: FeedStatus, name: Name, zone: str) -> str:
    """``World (feeds.example.org) since Fri 13 Oct 2023, 07:00: 404 Not Found: ...``."""
    return f"{name.shown}{' ' if one.health.since else ': '}{_trouble(one.health, zone)}"


def lines(
    settings: Config, found: Mapping[str, FeedStatus], weekly: Mapping[str, float], now: datetime
) -> Iterator[str]:
    """One line a feed below a heading; where there is more to say of a feed, a second line says it."""
    if not settings.feeds:
        yield "there is no feed yet; `digest feeds add ADDRESS` adds one"
        return
    rows = [_row(found.get(feed.url), feed, weekly.get(feed.url), settings.timezone, now) for feed in settings.feeds]
    called = names(settings, (one.state for one in found.values()))
    alike = {name for name, many in Counter(row[1] for row in rows).items() if many > 1}
    wide = widths([_HEAD, *rows])
    yield line(_HEAD, wide)
    for feed, row in zip(settings.feeds, rows, strict=True):
        yield line(row, wide)
        one = found.get(feed.url)
        if (apart := called[feed.url].shown) != row[1] and row[1] in alike:
            yield f"{' ' * wide[0]}  {apart}"
        if one is not None and one.health.reason:
            yield f"{' ' * wide[0]}  {_trouble(one.health, settings.timezone)}"
        if one is not None and (new := new_address(one.state)):
            yield f"{' ' * wide[0]}  asked at its new address: {new}"


def _row(
    one: FeedStatus | None, feed: Feed, weekly: float | None, zone: str, now: datetime
) -> tuple[str, str, str, str, str, str]:
    title, where = feed.title or host_of(feed.url), host_of(feed.url)
    success, upcoming = "never", "now"
    if one is not None:
        title, where = one.state.title, _where(one.state)
        success = local(one.state.last_success, zone) if one.state.last_success else success
        upcoming = _upcoming(one, zone, now)
    title = _cut(title)
    name = title if title == where else f"{title} ({where})"
    return condition(one), name, _cut(feed.section), success, _rate(weekly), upcoming


def _upcoming(one: FeedStatus, zone: str, now: datetime) -> str:
    """When a feed is asked next."""
    if one.health.condition is Condition.PAUSED:
        return "when it is resumed"
    if one.health.condition in _NOT_ASKED:
        return "never"
    times = [time for time in (one.state.next_poll, one.health.until) if time is not None and time > now]
    return local(max(times), zone) if times else "now"


def _where(state: FeedState) -> str:
    """The host of a feed, and where it is asked once it moved."""
    moved = f", moved to {host_of(state.moved_to)}" if state.moved_to and not state.private else ""
    return f"{host_of(state.url)}{moved}"


def _trouble(how: FeedHealth, zone: str) -> str:
    """Since when, what is wrong, and until when."""
    since = f"since {local(how.since, zone)}: " if how.since else ""
    until = f"; to be asked again {local(how.until, zone)}" if how.until else ""
    return f"{since}{how.reason}{until}"


def _rate(weekly: float | None) -> str:
    if weekly is None:
        return "-"
    return f"{weekly:,.0f}" if weekly >= 1 or weekly == 0 else f"{weekly:.1f}"


def _cut(text: str) -> str:
    from rich.cells import set_cell_size

    return text if cells(text) <= _WIDEST else set_cell_size(text, _WIDEST - 1).rstrip() + "…"

"""The subscriptions as a table for people and as facts for programs; no address is told beyond its host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from ..units import host_of
from .common import local

if TYPE_CHECKING:
    from ..config import Config, Feed
    from ..model import FeedState

_HEAD = ("state", "feed", "section", "last success", "a week", "next poll")
_WIDEST = 40
"""Cells of a title; the rest of a longer one is cut off."""


def facts(state: FeedState | None, feed: Feed, now: datetime, weekly: float | None = None) -> dict[str, object]:
    """What may be told of a feed; its address may carry a secret, its host does not."""
    host = host_of(feed.url)
    told: dict[str, object] = {
        "title": state.title if state else feed.title or host,
        "section": feed.section,
        "host": host,
        "state": condition(state, now),
    }
    if state is None or state.last_try is None:
        return told
    return {
        **told,
        "last_success": state.last_success,
        "last_try": state.last_try,
        "next_poll": None if state.paused else state.next_poll,
        "failing_since": state.failing_since,
        "status": state.last_status,
        "error": state.last_error if state.failures else None,
        "newest_item": state.newest_item,
        "items_a_week": weekly,
    }


def condition(state: FeedState | None, now: datetime) -> str:
    """The state of a feed in a word or two."""
    if state is not None and state.paused:
        return "paused"
    if state is None or state.last_try is None:
        return "not asked yet"
    if state.failures:
        return "failing"
    if state.held_until is not None and state.held_until > now:
        return "waiting for the server"
    return "fine"


def lines(
    settings: Config, states: Mapping[str, FeedState], weekly: Mapping[str, float], now: datetime
) -> Iterator[str]:
    """One line a feed below a heading; a feed that fails has a second line that says why."""
    if not settings.feeds:
        yield "there is no feed yet; `digest feeds add ADDRESS` adds one"
        return
    rows = [_row(states.get(feed.url), feed, weekly.get(feed.url), settings.timezone, now) for feed in settings.feeds]
    widths = [max(_cells(row[column]) for row in (_HEAD, *rows)) for column in range(len(_HEAD))]
    yield _line(_HEAD, widths)
    for feed, row in zip(settings.feeds, rows, strict=True):
        yield _line(row, widths)
        state = states.get(feed.url)
        if state is not None and state.failures and not state.paused:
            since = f"since {local(state.failing_since, settings.timezone)}: " if state.failing_since else ""
            yield f"{' ' * widths[0]}  {since}{state.last_error}"


def _row(
    state: FeedState | None, feed: Feed, weekly: float | None, zone: str, now: datetime
) -> tuple[str, str, str, str, str, str]:
    host = host_of(feed.url)
    title = _cut(state.title if state else feed.title or host)
    success = local(state.last_success, zone) if state and state.last_success else "never"
    if state is not None and state.paused:
        upcoming = "when it is resumed"
    elif state is None or state.next_poll is None or state.next_poll <= now:
        upcoming = "now"
    else:
        upcoming = local(state.next_poll, zone)
    name = title if title == host else f"{title} ({host})"
    return condition(state, now), name, _cut(feed.section), success, _rate(weekly), upcoming


def _rate(weekly: float | None) -> str:
    if weekly is None:
        return "-"
    return f"{weekly:,.0f}" if weekly >= 1 or weekly == 0 else f"{weekly:.1f}"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = (text + " " * (width - _cells(text)) for text, width in zip(row, widths, strict=True))
    return "  ".join(padded).rstrip()


def _cells(text: str) -> int:
    """Columns that a text takes on a terminal."""
    from rich.cells import cell_len

    return cell_len(text)


def _cut(text: str) -> str:
    from rich.cells import set_cell_size

    return text if _cells(text) <= _WIDEST else set_cell_size(text, _WIDEST - 1).rstrip() + "…"

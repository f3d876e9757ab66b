"""What was decided, in words and as a page of its owner: each with its date, and the way back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ..editions.phrases import MONTHS, WEEKDAYS
from ..editions.render import Renderer
from ..model import Decision, FeedDecision, Frame


@dataclass(frozen=True, slots=True)
class Told:
    """One decision on the page."""

    id: int
    made: datetime
    words: str
    by_program: bool
    standing: bool
    """It was not undone, so it can be."""
    thread_id: int | None
    """The thread it speaks of, where it speaks of one as a whole."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A recipient who unsubscribed."""

    digest: str
    """Name in the configuration."""
    address: str
    since: datetime


def page(renderer: Renderer, site: Frame, decisions: Iterable[Decision], gone: Sequence[Gone], now: datetime) -> str:
    """The list, the latest decision first, and below it who gets no more mail."""
    today = now.astimezone(ZoneInfo(site.timezone)).date()
    told = [_told(one, site.timezone, now) for one in decisions]
    return renderer.draw("decisions.html.j2", site=site, decisions=told[::-1], gone=gone, today=today)


def _told(one: Decision, zone: str, now: datetime) -> Told:
    return Told(
        id=one.id,
        made=one.made,
        words=in_words(one, zone, now),
        by_program=one.kind in set(FeedDecision),
        standing=one.undone is None,
        thread_id=one.thread_id if one.kind in {"mute", "follow"} else None,
    )


def in_words(one: Decision, zone: str, now: datetime | None = None) -> str:
    """A decision for people: what was done to what, until when, and whether it was undone."""
    first, _, second = one.about.partition(" / ")
    until = f" until {moment(one.until, zone)}{' (over)' if now and one.until <= now else ''}" if one.until else ""
    match one.kind:
        case "split":
            text = f"split off: {first}, from: {second}"
        case "merge":
            text = f"merged: {first}, with: {second}"
        case "pin":
            text = f"pinned: {first}, to: {second}"
        case "moved":
            text = f"moved for good, asked at its new address: {one.about}"
        case "stopped":
            text = f"gone, no longer asked: {one.about}"
        case "mute":
            text = f"muted{until}: {one.about}"
        case "mute-word":
            text = f"muted the word{until}: {one.about}"
        case "follow":
            text = f"followed the thread: {one.about}"
        case "follow-word":
            text = f"followed the word: {one.about}"
        case "star":
            text = f"starred the outlet: {one.about}"
        case "pause":
            text = f"paused the feed: {one.about}"
        case _:
            text = f"{one.kind}: {one.about}"
    return f"{text} (undone {moment(one.undone, zone)})" if one.undone else text


def moment(time: datetime, zone: str) -> str:
    """``Fri 13 Oct 2023, 07:00``."""
    local = time.astimezone(ZoneInfo(zone))
    return f"{WEEKDAYS[local.weekday()][:3]} {local.day} {MONTHS[local.month - 1][:3]} {local.year}, {local:%H:%M}"

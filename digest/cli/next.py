"""next: the coming runs of each digest in its own local time, and the next poll."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from .common import (
    Number,
    config_option,
    count,
    json_option,
    local,
    look_into_store,
    now_option,
    print_json,
    settings_from,
    wall_clock,
)
from .named import known_digests

if TYPE_CHECKING:
    from ..config import Digest
    from ..store import Store

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Run:
    """One coming run."""

    at: datetime
    """In UTC."""
    local: datetime
    """In the digest's zone."""
    seconds: float
    """From now."""
    note: str | None
    """What is odd about this day's clock."""


@click.command()
@config_option
@click.argument("digest", required=False)
@click.option("--count", "number", type=Number(1, 1000), default=3, show_default=True, help="Runs a digest.")
@json_option
@now_option
def next(  # noqa: A001  the command's name
    config_path: Path | None, digest: str | None, number: int, as_json: bool, now: datetime | None
) -> None:
    """Print when each digest comes next, in its own local time, and the next poll.

    These are the times of `digest serve`; `digest run` issues an edition whenever something is new.
    """
    from ..pipeline.looking import next_poll

    settings, moment = settings_from(config_path), now or wall_clock()
    known_digests(settings, [digest] if digest else [])
    chosen = [one for one in settings.digests.values() if digest in (None, one.name)]
    with look_into_store(settings, now) as store:
        overdue = {one.name: _overdue(store, one, moment) for one in chosen}
        poll, asked = next_poll(store, settings, moment)
    runs = {one.name: list(_runs(one, moment, number)) for one in chosen}
    if as_json:
        told = [
            {"name": one.name, "title": one.title, "timezone": one.timezone, "overdue": overdue[one.name],
             "runs": runs[one.name]}
            for one in chosen
        ]  # fmt: skip
        print_json({"digests": told, "next_poll": poll, "feeds_then": asked})
        return
    for one in chosen:
        for line in _lines(one, overdue[one.name], runs[one.name], moment):
            click.echo(line)
    if poll is None:
        click.echo("feeds: none is asked; `digest feeds` tells why" if settings.feeds else "feeds: there is none yet")
    else:
        when = "now" if poll <= moment else f"{local(poll, settings.timezone)}  {in_words(poll - moment)}"
        click.echo(f"feeds: {count(asked, 'feed')} {'is' if asked == 1 else 'are'} asked {when}")


def _lines(one: Digest, late: datetime | None, runs: Sequence[Run], now: datetime) -> Iterator[str]:
    """One digest and its coming runs, for people."""
    yield f"{one.title} ({one.name}), {one.timezone}"
    if late is not None:
        yield f"  {_shown(late, one.timezone)}  missed; made up for as soon as `digest serve` runs"
    for run in runs:
        note = f"; {run.note}" if run.note else ""
        yield f"  {_shown(run.at, one.timezone)}  {in_words(run.at - now)}{note}"
    if not runs:
        yield "  no run in the next two weeks"


def _runs(digest: Digest, now: datetime, number: int) -> Iterator[Run]:
    from ..editions import slots

    before = now
    for _ in range(number):
        slot = slots.following(digest, before)
        if slot is None:
            return
        yield Run(slot, slot.astimezone(ZoneInfo(digest.timezone)), (slot - now).total_seconds(), _note(digest, slot))
        before = slot


def _note(digest: Digest, slot: datetime) -> str | None:
    """What a person should know who wonders about the time."""
    from ..editions import slots

    match slots.oddity(digest, slot):
        case "skipped":
            return f"the clock skips {digest.at:%H:%M} that day, so it comes right after"
        case "repeated":
            return f"the clock shows {digest.at:%H:%M} twice that day, the first time counts"
    return None


def _overdue(store: Store, digest: Digest, now: datetime) -> datetime | None:
    """The slot that came while nothing ran, if one did."""
    from ..editions import slots

    handled, slot = store.editions.handled_until(digest.name, now), slots.latest(digest, now)
    # What came within the last minute is just being made.
    return slot if slot is not None and handled is not None and handled < slot < now - MINUTE else None


def _shown(moment: datetime, zone: str) -> str:
    """``Sun 30 Mar 2025, 07:00 CEST (+02:00)``, the letters where the zone has any."""
    there = moment.astimezone(ZoneInfo(zone))
    letters = f" {there:%Z}" if f"{there:%Z}".isalpha() else ""
    offset = f"{there:%z}"
    return f"{local(moment, zone)}{letters} ({offset[:3]}:{offset[3:5]})"


def in_words(span: timedelta) -> str:
    """``in 3 h 20 min``, the two largest units of a span; time that passes, whatever clocks do meanwhile."""
    minutes = max(round(span / MINUTE), 1)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [count(days, "day") if days else "", f"{hours} h" if hours else "", f"{minutes} min" if minutes else ""]
    return f"in {' '.join([part for part in parts if part][:2])}"

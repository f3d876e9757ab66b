"""prune: what is old enough goes, and the database gives its space back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import DigestError
from .common import (
    clock_from,
    config_option,
    count,
    json_option,
    local,
    look_into_store,
    near,
    now_option,
    open_store,
    print_json,
    settings_from,
    waiting,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..config import Config
    from ..pipeline.pruning import Pruned
    from ..store import Store

_STAY = {
    "newest": "in stories with one of the newest of its feed",
    "younger": "in stories that went on since",
    "open": "in stories that an edition may still tell",
    "decided": "in stories that you decided about",
    "edited": "in stories with a changed text that is to be grouped",
    "ungrouped": "not grouped yet",
}


@click.command()
@config_option
@click.option("--dry-run", is_flag=True, help="Only say what would go; changes nothing.")
@click.option(
    "--compact",
    "compactly",
    is_flag=True,
    help="Then write the whole file anew: smallest, but it takes minutes and twice its space meanwhile.",
)
@json_option
@now_option
def prune(config_path: Path | None, dry_run: bool, compactly: bool, as_json: bool, now: datetime | None) -> int:
    """Take out items that are older than [retention] says, and give their space back.

    Editions, what you decided and which items were seen stay for ever, so nothing comes twice. `digest serve` does this
    every night, `digest run` and `digest send` once a day after what they deliver. It may be ended at any moment; polls
    and pages go on meanwhile.
    """
    from ..pipeline import pruning

    settings, clock = settings_from(config_path), clock_from(now)
    if dry_run:
        with look_into_store(settings, now) as store:
            found = pruning.planned(store, settings, clock())
    else:
        with open_store(settings, now) as store:
            if compactly:
                _check_room(store, settings)
            found = pruning.prune(store, settings, clock, on_wait=waiting)
            if compactly:
                pruning.compact(store, on_wait=waiting)
                found = pruning.measured(store, found)
    if as_json:
        print_json({**asdict(found), "dry_run": dry_run})
    else:
        for line in _lines(found, settings, dry_run=dry_run):
            click.echo(line)
    return 0


def _check_room(store: Store, settings: Config) -> None:
    """Raises DigestError where the disk has no room for a second copy of the database."""
    for folder, needed, free in store.retention.room():
        if free < needed:
            raise DigestError(
                f"{folder}: writing {near(settings.database)} anew needs {_size(needed)} there, and {_size(free)} are "
                "free; free some space, or leave --compact away: free pages are used again anyway"
            )


def _lines(found: Pruned, settings: Config, *, dry_run: bool) -> Iterator[str]:
    if found.before is None:
        yield 'items are kept for ever: [retention] items = "forever"'
    else:
        gone = f"{count(found.items, 'item')} of {count(found.stories, 'story', 'stories')}"
        day = local(found.before, settings.timezone)
        verb = ("goes" if found.items == 1 else "go") if dry_run else "went"
        if found.items:
            yield f"{gone} {verb}: first seen before {day}"
        else:
            yield f"nothing {'goes' if dry_run else 'went'}: old is what was first seen before {day}"
    yield f"{count(found.kept, 'item')} {'stays' if found.kept == 1 else 'stay'}" + (
        ", of the old ones:" if found.stay else ""
    )
    for why, number in found.stay.items():
        yield f"{number:>8,}  {_STAY[why]}"
    size = f"{near(settings.database)}: {_size(found.bytes_now)}"
    if found.bytes_now != found.bytes_before:
        size += f", before {_size(found.bytes_before)}"
    yield f"{size}; {_size(found.free)} of it free for what comes next"
    if not found.gives_back:
        yield "free space goes back to the disk after `digest prune --compact`, needed once for a file from before"


def _size(number: int) -> str:
    return f"{number / 1e9:.2f} GB" if number >= 1e9 else f"{number / 1e6:.1f} MB"

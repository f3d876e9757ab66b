"""status: what is known, for people."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .common import (
    config_option,
    count,
    json_option,
    local,
    look_into_store,
    near,
    now_option,
    print_json,
    settings_from,
    wall_clock,
)

if TYPE_CHECKING:
    from ..model import Delivery


@click.command()
@config_option
@json_option
@now_option
def status(config_path: Path | None, as_json: bool, now: datetime | None) -> int:
    """Say what is stored, what came last, what comes next and what waits.

    Exit code 1 when a delivery is waiting or was given up, else 0.
    """
    from ..pipeline.looking import status as look
    from .feedtable import facts

    settings = settings_from(config_path)
    moment = now or wall_clock()
    with look_into_store(settings, now) as store:
        found = look(store, settings, moment)
    if as_json:
        by_url = {feed.url: feed for feed in settings.feeds}
        failing = [facts(state, by_url[state.url], moment) for state in found.failing if state.url in by_url]
        print_json({**{field.name: getattr(found, field.name) for field in fields(found)}, "failing": failing})
        return 1 if found.waiting else 0
    size = settings.database.stat().st_size / 1e6 if settings.database.exists() else 0.0
    click.echo(f"{near(settings.database)}: {count(found.items, 'item')}, {size:.1f} MB")
    polled = f"last asked {local(found.last_poll, settings.timezone)}" if found.last_poll else "never asked"
    click.echo(f"{count(found.feeds, 'feed')}, {len(found.failing)} failing; {polled}")
    for state in found.failing:
        click.echo(f"  failing: {state.title}: {state.last_error}")
    for digest in found.digests:
        click.echo(f"{digest.title} ({digest.name})")
        if digest.last_slot and digest.last_number:
            click.echo(f"  last: no. {digest.last_number}, {local(digest.last_slot, digest.timezone)}")
        if digest.next_slot:
            click.echo(f"  next: {local(digest.next_slot, digest.timezone)} ({digest.timezone}), by `digest serve`")
    for delivery in found.waiting:
        click.echo(_delivery_line(delivery, settings.timezone))
    return 1 if found.waiting else 0


def _delivery_line(one: Delivery, zone: str) -> str:
    to = f" to {one.recipient}" if one.recipient else ""
    again = f"; next try {local(one.next_try, zone)}" if one.next_try else ""
    tried = f"tried {count(one.attempts, 'time')}: {one.last_error}" if one.attempts else "not tried yet"
    return f"{one.state}: {one.transport}{to}, {tried}{again}"

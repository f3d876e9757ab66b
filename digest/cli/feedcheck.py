"""feeds check: what a poll would make of a feed."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .common import (
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
from .feednames import matching, named, new_address, open_address, shown_address
from .subscribe import remember, spellings

if TYPE_CHECKING:
    from ..pipeline.subscribing import Checked

SHOWN = 20
"""Items that are listed; --json lists all."""


@click.command()
@click.argument("address", metavar="ADDRESS")
@config_option
@json_option
@now_option
@click.pass_context
def check(context: click.Context, address: str, config_path: Path | None, as_json: bool, now: datetime | None) -> int:
    """Ask a feed, and tell what a poll would store and what is wrong with it.

    ADDRESS is its address, or the title or host of a feed that is subscribed. Nothing of it is stored. Exit code 1
    when it cannot be read, or is not asked because its server wants to be left alone.
    """
    from ..pipeline import subscribing
    from ..pipeline.looking import feed_states

    settings, moment = settings_from(config_path or context.obj), now or wall_clock()
    with look_into_store(settings) as store:
        states = {one.url: one for one in feed_states(store, settings)}
        if _is_address(address) and not matching(settings, states, address):
            urls = spellings(address)
        else:
            urls = [named(settings, states, address).url]
        found = subscribing.check(store, settings, urls, moment)
    remember(settings, found.pauses, moment)
    subscribed = next((feed for feed in settings.feeds if feed.url == urls[0]), None)
    where = shown_address(subscribed) if subscribed else open_address(found.looked.url)
    new = new_address(states[subscribed.url]) if subscribed and subscribed.url in states else None
    if as_json:
        print_json({**_check_facts(found, where), "moved_to": new})
    else:
        _tell_checked(found, f"{where}, asked at its new address: {new}" if new else where, settings.timezone)
    return 0 if found.looked.feed is not None else 1


def _is_address(told: str) -> bool:
    """Whether this can be more than a title: it has a dot, a path or a port."""
    return " " not in told.strip() and re.search(r"[./]|:\d", told) is not None


def _check_facts(found: Checked, where: str) -> dict[str, Any]:
    feed = found.looked.feed
    return {
        "address": where,
        "status": found.looked.status,
        "error": found.looked.problem,
        "until": found.until,
        "title": feed.title if feed else None,
        "language": feed.language if feed else None,
        "items": [
            {
                "title": one.item.title, "url": one.item.url, "published": one.item.published, "outlet": one.outlet,
                "shown": not one.backlog, "summary": one.item.summary,
            }
            for one in found.new
        ],
        "edited": found.edited,
        "known": found.known,
        "note": found.note,
        "complaints": list(found.complaints),
    }  # fmt: skip


def _tell_checked(found: Checked, where: str, zone: str) -> None:
    feed = found.looked.feed
    if feed is None:
        until = f"; to be asked again {local(found.until, zone)}" if found.until else ""
        click.echo(f"{where}: {found.looked.problem}{until}")
        return
    click.echo(f"{feed.title or '(no title)'}: {where}")
    known = f", {count(found.known, 'item')} known" if found.known else ""
    edited = f", {found.edited} edited" if found.edited else ""
    click.echo(f"{count(len(feed.items), 'item')} listed: {len(found.new)} new{edited}{known}")
    if found.note:
        click.echo(f"  {found.note}")
    for one in found.new[:SHOWN]:
        date = local(one.item.published, zone) if one.item.published else "no date"
        click.echo(f"  {'old' if one.backlog else 'new'}  {date}  {one.item.title or '(no title)'}")
        click.echo(f"       {one.item.url or '(no link)'}")
    if len(found.new) > SHOWN:
        click.echo(f"  and {len(found.new) - SHOWN:,} more (--json lists them)")
    click.echo("nothing to complain about" if not found.complaints else "complaints:")
    for complaint in found.complaints:
        click.echo(f"  {complaint}")

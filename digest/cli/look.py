"""feeds, status: what is known, for people."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..units import host_of
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
    from ..config import Feed
    from ..model import Delivery, FeedState


@click.command()
@config_option
@json_option
def feeds(config_path: Path | None, as_json: bool) -> None:
    """List the feeds and how they are.

    Each feed is fine, failing (since when, why, what to do) or not asked yet.
    """
    from ..pipeline.looking import feed_states

    settings = settings_from(config_path)
    with look_into_store(settings) as store:
        states = {state.url: state for state in feed_states(store, settings)}
    if as_json:
        print_json({"feeds": [_feed_facts(states.get(feed.url), feed) for feed in settings.feeds]})
        return
    for feed in settings.feeds:
        state = states.get(feed.url)
        click.echo(_feed_line(state, feed.title or host_of(feed.url), settings.timezone))


def _feed_facts(state: FeedState | None, feed: Feed) -> dict[str, object]:
    """What may be told of a feed; its address may carry a secret, its host does not."""
    host = host_of(feed.url)
    if state is None or state.last_try is None:
        return {"title": feed.title or host, "section": feed.section, "host": host, "state": "not asked yet"}
    return {
        "title": state.title,
        "section": feed.section,
        "host": host,
        "state": "failing" if state.failures else "fine",
        "last_success": state.last_success,
        "last_try": state.last_try,
        "next_poll": state.next_poll,
        "failing_since": state.failing_since,
        "status": state.last_status,
        "error": state.last_error if state.failures else None,
        "newest_item": state.newest_item,
    }


def _feed_line(state: FeedState | None, title: str, zone: str) -> str:
    if state is None or state.last_try is None:
        return f"new      {title}: not asked yet"
    after = f"next {local(state.next_poll, zone)}" if state.next_poll else "due now"
    if state.failures:
        since = f" since {local(state.failing_since, zone)}" if state.failing_since else ""
        return f"failing  {state.title} ({host_of(state.url)}){since}: {state.last_error}; {after}"
    newest = f"newest item {local(state.newest_item, zone)}" if state.newest_item else "no items yet"
    return f"fine     {state.title} ({host_of(state.url)}): {newest}; {after}"


@click.command()
@config_option
@json_option
@now_option
def status(config_path: Path | None, as_json: bool, now: datetime | None) -> int:
    """Say what is stored, what came last, what comes next and what waits.

    Exit code 1 when a delivery is waiting or was given up, else 0.
    """
    from ..pipeline.looking import status as look

    settings = settings_from(config_path)
    with look_into_store(settings, now) as store:
        found = look(store, settings, now or wall_clock())
    if as_json:
        by_url = {feed.url: feed for feed in settings.feeds}
        failing = [_feed_facts(state, by_url[state.url]) for state in found.failing if state.url in by_url]
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

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
    from ..model import Delivery, FeedState, Incident
    from ..pipeline.looking import FeedStatus


@click.command()
@config_option
@json_option
def feeds(config_path: Path | None, as_json: bool) -> None:
    """List the feeds and how they are.

    Each feed is fine, failing (since when, why, what to do) or not asked yet.
    """
    from ..pipeline.looking import feed_health

    settings = settings_from(config_path)
    with look_into_store(settings) as store:
        found = {one.state.url: one for one in feed_health(store, settings, wall_clock())}
    if as_json:
        print_json({"feeds": [_feed_facts(found.get(feed.url), feed) for feed in settings.feeds]})
        return
    for feed in settings.feeds:
        click.echo(_feed_line(found.get(feed.url), feed.title or host_of(feed.url), settings.timezone))


def _feed_facts(one: FeedStatus | None, feed: Feed) -> dict[str, object]:
    """What may be told of a feed; its address may carry a secret, its host does not."""
    host = host_of(feed.url)
    state = one.state if one else None
    if one is None or state is None or state.last_try is None:
        return {"title": feed.title or host, "section": feed.section, "host": host, "state": "not asked yet"}
    return {
        "title": state.title,
        "section": feed.section,
        "host": host,
        "state": one.health.condition,
        "since": one.health.since,
        "until": one.health.until,
        "moved_to_host": host_of(state.moved_to) if state.moved_to else None,
        "last_success": state.last_success,
        "last_try": state.last_try,
        "next_poll": state.next_poll,
        "failing_since": state.failing_since,
        "status": state.last_status,
        "error": state.last_error if state.failures else None,
        "newest_item": state.newest_item,
    }


def _feed_line(one: FeedStatus | None, title: str, zone: str) -> str:
    from ..model import Condition

    if one is None or one.state.last_try is None:
        return f"new      {title}: not asked yet"
    state, how = one.state, one.health
    after = f"next {local(state.next_poll, zone)}" if state.next_poll else "due now"
    if how.condition is Condition.FINE:
        newest = f"newest item {local(state.newest_item, zone)}" if state.newest_item else "no items yet"
        return f"fine     {_named(state)}: {newest}; {after}"
    asked = "" if how.condition in (Condition.GONE, Condition.MERGED) else f"; {after}"
    return f"{how.condition:<8} {_trouble(one, zone)}{asked}"


def _named(state: FeedState) -> str:
    """``World (feeds.example.org)``, and where it is asked once it moved."""
    moved = f", moved to {host_of(state.moved_to)}" if state.moved_to and not state.private else ""
    return f"{state.title} ({host_of(state.url)}{moved})"


def _trouble(one: FeedStatus, zone: str) -> str:
    """``World (feeds.example.org) since Fri 13 Oct 2023, 07:00: 404 Not Found: ...``."""
    how = one.health
    since = f" since {local(how.since, zone)}" if how.since else ""
    until = f"; to be asked again {local(how.until, zone)}" if how.until else ""
    return f"{_named(one.state)}{since}: {how.reason}{until}"


@click.command()
@config_option
@click.option("--history", is_flag=True, help="Every trouble that feeds had so far, the latest first.")
@json_option
@now_option
def status(config_path: Path | None, history: bool, as_json: bool, now: datetime | None) -> int:
    """Say what is stored, what came last, what comes next and what waits.

    Feeds that are not fine are named with what is wrong: failing, waiting for their server, gone, moved onto another
    feed, or quiet for longer than usual. Exit code 1 when a delivery is waiting or was given up, else 0.
    """
    from ..pipeline.looking import feed_history
    from ..pipeline.looking import status as look

    settings = settings_from(config_path)
    with look_into_store(settings, now) as store:
        found = look(store, settings, now or wall_clock())
        incidents = feed_history(store, settings) if history else []
    if as_json:
        by_url = {feed.url: feed for feed in settings.feeds}
        troubled = [_feed_facts(one, by_url[one.state.url]) for one in found.troubled]
        facts = {field.name: getattr(found, field.name) for field in fields(found)}
        failing = [facts for facts in troubled if facts["failing_since"]]
        told = {"history": [_incident_facts(*one) for one in incidents]} if history else {}
        print_json({**facts, "failing": failing, "troubled": troubled, **told})
        return 1 if found.waiting else 0
    size = settings.database.stat().st_size / 1e6 if settings.database.exists() else 0.0
    click.echo(f"{near(settings.database)}: {count(found.items, 'item')}, {size:.1f} MB")
    polled = f"last asked {local(found.last_poll, settings.timezone)}" if found.last_poll else "never asked"
    click.echo(f"{count(found.feeds, 'feed')}, {len(found.failing)} failing; {polled}")
    for notice in found.notices:
        click.echo(f"  {notice}")
    for one in found.troubled:
        click.echo(f"  {one.health.condition}: {_trouble(one, settings.timezone)}")
    for digest in found.digests:
        click.echo(f"{digest.title} ({digest.name})")
        if digest.last_slot and digest.last_number:
            click.echo(f"  last: no. {digest.last_number}, {local(digest.last_slot, digest.timezone)}")
        if digest.next_slot:
            click.echo(f"  next: {local(digest.next_slot, digest.timezone)} ({digest.timezone}), by `digest serve`")
    for delivery in found.waiting:
        click.echo(_delivery_line(delivery, settings.timezone))
    for state, incident in incidents:
        click.echo(_incident_line(state, incident, settings.timezone))
    if history and not incidents:
        click.echo("no feed had any trouble so far")
    return 1 if found.waiting else 0


def _incident_line(state: FeedState, incident: Incident, zone: str) -> str:
    until = f"until {local(incident.until, zone)}" if incident.until else "until now"
    return f"{incident.condition}: {state.title}, {local(incident.since, zone)} {until}: {incident.reason}"


def _incident_facts(state: FeedState, incident: Incident) -> dict[str, object]:
    return {
        "title": state.title,
        "state": incident.condition,
        "since": incident.since,
        "until": incident.until,
        "reason": incident.reason,
    }


def _delivery_line(one: Delivery, zone: str) -> str:
    to = f" to {one.recipient}" if one.recipient else ""
    again = f"; next try {local(one.next_try, zone)}" if one.next_try else ""
    tried = f"tried {count(one.attempts, 'time')}: {one.last_error}" if one.attempts else "not tried yet"
    return f"{one.state}: {one.transport}{to}, {tried}{again}"

"""status: what is known, for people."""

from __future__ import annotations

from collections import Counter
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
    from collections.abc import Iterator, Mapping

    from ..config import Config
    from ..model import FeedState, Incident
    from ..pipeline.looking import Status
    from ..pipeline.naming import Name
    from ..store import Entry


@click.command()
@config_option
@click.option("--history", is_flag=True, help="Every trouble that feeds had so far, the latest first.")
@json_option
@now_option
def status(config_path: Path | None, history: bool, as_json: bool, now: datetime | None) -> int:
    """Say what is stored, what came last, what comes next and what waits.

    Feeds that are not fine are named with what is wrong: failing, waiting for their server, gone, moved onto another
    feed, or quiet for longer than usual. Exit code 1 when a delivery is waiting or was given up, or a digest is silent
    that should not be, else 0.
    """
    from ..pipeline.looking import feed_history, feed_states
    from ..pipeline.looking import status as look
    from ..pipeline.naming import names
    from .deliveries import facts as delivery_facts
    from .feedtable import facts

    settings = settings_from(config_path)
    moment = now or wall_clock()
    with look_into_store(settings, now) as store:
        found = look(store, settings, moment)
        called = names(settings, feed_states(store, settings))
        incidents = feed_history(store, settings) if history else []
    if as_json:
        by_url = {feed.url: feed for feed in settings.feeds}
        troubled = [facts(one, by_url[one.state.url]) for one in found.troubled]
        failing = [one for one in troubled if one["failing_since"]]
        told = {"history": [_incident_facts(*one) for one in incidents]} if history else {}
        known = {field.name: getattr(found, field.name) for field in fields(found)}
        # Never as they are: a delivery has the link by which its reader unsubscribes.
        waiting = [delivery_facts(one) for one in found.waiting]
        print_json({**known, "failing": failing, "troubled": troubled, "waiting": waiting, **told})
    else:
        for line in _lines(found, called, settings):
            click.echo(line)
        for state, incident in incidents:
            click.echo(_incident_line(called[state.url], incident, settings.timezone))
        if history and not incidents:
            click.echo("no feed had any trouble so far")
    return 1 if found.waiting or found.silent else 0


def _lines(found: Status, called: Mapping[str, Name], settings: Config) -> Iterator[str]:
    """Where everything stands, for people."""
    from .feedtable import condition, in_words

    size = settings.database.stat().st_size / 1e6 if settings.database.exists() else 0.0
    yield f"{near(settings.database)}: {count(found.items, 'item')}, {size:.1f} MB"
    polled = f"last asked {local(found.last_poll, settings.timezone)}" if found.last_poll else "never asked"
    yield f"{count(found.feeds, 'feed')}{_conditions(found)}; {polled}"
    for notice in found.notices:
        yield f"  {notice}"
    for one in found.troubled:
        yield f"  {condition(one)}: {in_words(one, called[one.state.url], settings.timezone)}"
    for digest in found.digests:
        yield f"{digest.title} ({digest.name})"
        if digest.last_slot and digest.last_number:
            yield f"  last: no. {digest.last_number}, {local(digest.last_slot, digest.timezone)}"
        if digest.next_slot:
            yield f"  next: {local(digest.next_slot, digest.timezone)} ({digest.timezone}), by `digest serve`"
    for one_silent in found.silent:
        yield f"SILENT: {one_silent}"
    for left in found.unsubscribed:
        yield f"unsubscribed: {left.address} from {left.digest}, {local(left.since, settings.timezone)}"
    for delivery in found.waiting:
        yield _delivery_line(delivery, settings.timezone)


def _conditions(found: Status) -> str:
    """How many of the feeds are how, as they are listed below: ``: 3 failing, 1 waiting``."""
    from ..model import Condition

    many = Counter(one.health.condition for one in found.troubled)
    order = (Condition.FAILING, Condition.WAITING, Condition.GONE, Condition.MERGED, Condition.QUIET)
    told = [f"{many[one]:,} {one.value}" for one in order if many[one]]
    return f": {', '.join(told)}" if told else ", none failing"


def _incident_line(name: Name, incident: Incident, zone: str) -> str:
    until = f"until {local(incident.until, zone)}" if incident.until else "until now"
    return f"{incident.condition}: {name.shown}, {local(incident.since, zone)} {until}: {incident.reason}"


def _incident_facts(state: FeedState, incident: Incident) -> dict[str, object]:
    return {
        "title": state.title,
        "state": incident.condition,
        "since": incident.since,
        "until": incident.until,
        "reason": incident.reason,
    }


def _delivery_line(entry: Entry, zone: str) -> str:
    from .deliveries import edition_name

    one = entry.delivery
    to = f" to {one.recipient}" if one.recipient else ""
    again = f"; next try {local(one.next_try, zone)}" if one.next_try else ""
    tried = (
        f"tried {count(one.attempts, 'time')}: {one.last_error}" if one.attempts else one.last_error or "not tried yet"
    )
    return f"{one.state}: {edition_name(entry)} by {one.transport}{to}, {tried}{again}"

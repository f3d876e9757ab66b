"""What a person decides about the grouping: split, merge, pin, undo; the list of it; grouping anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from ..errors import DigestError
from .common import (
    NUMBER,
    Span,
    config_option,
    copy_of_store,
    count,
    json_option,
    local,
    look_into_store,
    now_option,
    open_store,
    print_json,
    settings_from,
    waiting,
    wall_clock,
)
from .feednames import decided_addresses

if TYPE_CHECKING:
    from ..config import Config
    from ..model import Decision
    from ..pipeline.rebuilding import Moved, Rebuilt
    from ..store import Store

SHOWN = 40
"""Moved items that are listed; --json lists all."""


def common_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every correction takes."""
    for option in (now_option, json_option, config_option):
        function = option(function)
    return click.pass_context(function)


@click.command()
@click.argument("item", metavar="ITEM")
@click.option("--story", "whole_story", is_flag=True, help="Its whole story leaves the thread, together.")
@common_options
def split(context: click.Context, item: str, whole_story: bool, **options: Any) -> None:
    """Take a report out of the story it does not belong to.

    ITEM is its number, as `digest threads show` tells it, or its address. It stands alone from then on, and neither it
    nor a later report like it comes back by itself.
    """
    from ..pipeline import correcting

    def make(store: Store, settings: Config, now: datetime) -> Decision:
        number = item_number(store, item)
        return correcting.split(store, number, now, whole_story=whole_story)

    decide(context, options, make)


@click.command()
@click.argument("one", type=NUMBER, metavar="A")
@click.argument("other", type=NUMBER, metavar="B")
@click.option("--stories", is_flag=True, help="A and B are numbers of stories: they report one event.")
@common_options
def merge(context: click.Context, one: int, other: int, stories: bool, **options: Any) -> None:
    """Make one thread of two: the stories of B become A's.

    B's number leads to A afterwards.
    """
    from ..pipeline import correcting

    def make(store: Store, settings: Config, now: datetime) -> Decision:
        together = correcting.merge_stories if stories else correcting.merge
        return together(store, one, other, now)

    decide(context, options, make)


@click.command()
@click.argument("item", metavar="ITEM")
@click.argument("other", metavar="[OTHER]", required=False)
@common_options
def pin(context: click.Context, item: str, other: str | None, **options: Any) -> None:
    """Put a report into the story of another, or keep it in the one it is in.

    ITEM and OTHER are numbers or addresses of reports. Later runs do not move a pinned report.
    """
    from ..pipeline import correcting

    def make(store: Store, settings: Config, now: datetime) -> Decision:
        target = item_number(store, other) if other is not None else None
        return correcting.pin(store, item_number(store, item), target, now)

    decide(context, options, make)


@click.command()
@click.argument("decision", type=NUMBER, metavar="[DECISION]", required=False)
@common_options
def undo(context: click.Context, decision: int | None, **options: Any) -> None:
    """Take back a decision, the latest one when none is named.

    `digest decisions` lists them. What it moved goes back; what came since stays.
    """
    from ..pipeline import correcting

    decide(context, options, lambda store, settings, now: correcting.undo(store, decision, now), undone=True)


@click.command()
@click.option("--since", "span", type=Span(), metavar="TIME", help="Only items of the last 30d, say; all without it.")
@click.option("--dry-run", is_flag=True, help="Tell what would move; change nothing.")
@common_options
def rebuild(context: click.Context, span: timedelta | None, dry_run: bool, **options: Any) -> None:
    """Group the stored items anew, with today's settings and every decision.

    Stories and threads keep their numbers where they mostly hold the same reports. Editions stay as they are.
    """
    from ..config import grouped
    from ..pipeline import rebuilding

    settings = settings_from(options["config_path"] or context.obj)
    now: datetime = options["now"] or wall_clock()
    with (copy_of_store if dry_run else open_store)(settings, options["now"]) as store:
        feeds = store.feeds.subscribed(settings.feeds)
        alone = [feed_id for feed_id, feed in feeds.items() if not grouped(settings, feed)]
        done = rebuilding.rebuild(
            store, settings.threads, since=now - span if span else None, alone=alone, on_wait=waiting
        )
    if options["as_json"]:
        print_json({"dry_run": dry_run, "rebuilt": done})
    else:
        _tell_rebuilt(done, dry_run)


@click.group(invoke_without_command=True)
@common_options
def decisions(context: click.Context, **options: Any) -> None:
    """List what was decided: grouping, mutes, follows, stars, feeds; `decisions undo` takes it back.

    All are yours, but for feeds that moved for good or are gone: those are the program's.
    """
    context.obj = options["config_path"]
    if context.invoked_subcommand is not None:
        return
    settings = settings_from(options["config_path"])
    with look_into_store(settings) as store:
        made = store.decisions.all()
        left = [one for one in store.recipients.all() if one.unsubscribed]
        places = decided_addresses(store, settings)
    if options["as_json"]:
        facts = ({part.name: getattr(one, part.name) for part in fields(one)} for one in made)
        gone = [{"digest": one.digest, "address": one.address, "since": one.unsubscribed} for one in left]
        print_json({"decisions": [{**one, **places.get(one["id"], {})} for one in facts], "unsubscribed": gone})
        return
    now = options["now"] or wall_clock()
    for one in made:
        new = places.get(one.id, {}).get("new_url")
        told = in_words(replace(one, about=f"{one.about}, {new}") if new else one, settings.timezone, now)
        click.echo(f"{one.id:>5}  {local(one.made, settings.timezone)}  {told}")
    for reader in left:
        if reader.unsubscribed:
            told = f"unsubscribed from {reader.digest}: {reader.address}"
            undo = f"`digest recipients restore {reader.address} {reader.digest}` takes it back"
            click.echo(f"    -  {local(reader.unsubscribed, settings.timezone)}  {told}; {undo}")
    if not made and not left:
        click.echo(
            "nothing was decided yet; `digest threads`, `digest words` and `digest feeds` have the commands that do it"
        )


decisions.add_command(undo)

COMMANDS = (split, merge, pin, undo, rebuild)


def item_number(store: Store, told: str) -> int:
    """The number of a report named by number or by address; raises DigestError."""
    if told.isdecimal() and len(told) < 19:
        return int(told)
    found = store.items.by_address(told)
    if not found:
        raise DigestError(
            f"'{told}' is neither the number nor the address of an item; `digest threads show ID` tells both"
        )
    return found[0]


def in_words(one: Decision, zone: str, now: datetime | None = None) -> str:
    """A decision for people, as the page tells it."""
    from ..pages import decisions

    return decisions.in_words(one, zone, now)


def decide(
    context: click.Context,
    options: dict[str, Any],
    make: Callable[[Store, Config, datetime], Decision],
    *,
    undone: bool = False,
) -> None:
    """Makes a decision, or takes one back, and tells it."""
    settings: Config = settings_from(options["config_path"] or context.obj)
    with open_store(settings, options["now"]) as store:
        made = make(store, settings, options["now"] or wall_clock())
    if options["as_json"]:
        print_json({"undone" if undone else "decision": made})
    elif undone:
        click.echo(f"undone: {in_words(replace(made, undone=None), settings.timezone)}")
    else:
        click.echo(in_words(made, settings.timezone))
        click.echo(f"decision {made.id}; `digest threads undo` takes it back, editions that are out stay as they are")


def _tell_rebuilt(done: Rebuilt, dry_run: bool) -> None:
    told = "would be" if dry_run else "was" if done.items == 1 else "were"
    stories = sum(one.now != one.before for one in done.moved)
    threads = sum(one.thread_now != one.thread_before for one in done.moved)
    click.echo(
        f"{count(done.items, 'item')} {told} grouped anew; "
        f"{count(stories, 'item')} in another story now, {count(threads, 'item')} in another thread"
    )
    click.echo(f"stories: {done.stories_before:,} before, {done.stories_now:,} now")
    click.echo(f"threads: {done.threads_before:,} before, {done.threads_now:,} now")
    for one in done.moved[:SHOWN]:
        click.echo(f"  {_move(one)}")
    if len(done.moved) > SHOWN:
        click.echo(f"  and {len(done.moved) - SHOWN:,} more (--json lists them)")
    if dry_run:
        click.echo("nothing was changed")


def _move(one: Moved) -> str:
    ways = [
        f"{noun} {before} to {now}"
        for noun, before, now in (("story", one.before, one.now), ("thread", one.thread_before, one.thread_now))
        if before != now
    ]
    return f"{one.item.id:>6}  {', '.join(ways)}  {one.item.outlet_name}: {one.item.title}"

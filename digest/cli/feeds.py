"""feeds: list the subscriptions and how they are; pause, resume and remove one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import DigestError
from .common import (
    config_option,
    json_option,
    look_into_store,
    now_option,
    open_store,
    print_json,
    settings_from,
    wall_clock,
)
from .feedcheck import check
from .feedlists import export_list, import_list
from .feednames import named, title_of
from .subscribe import add
from .wishes import star

if TYPE_CHECKING:
    from ..config import Config
    from ..model import Decision, FeedState
    from ..store import Store


@click.group(invoke_without_command=True)
@config_option
@json_option
@now_option
@click.pass_context
def feeds(context: click.Context, config_path: Path | None, as_json: bool, now: datetime | None) -> None:
    """List the feeds and how they are; add, check, pause, star and remove them.

    Without a command each feed has a line: its state, when it last answered, how many items a week it brings,
    when it is asked next, and what is wrong with it.
    """
    context.obj = config_path
    if context.invoked_subcommand is not None:
        return
    from ..pipeline.looking import feed_activity, feed_health
    from .feedtable import facts, lines

    settings, moment = settings_from(config_path), now or wall_clock()
    with look_into_store(settings) as store:
        found = {one.state.url: one for one in feed_health(store, settings, moment)}
        weekly = feed_activity(store, settings, moment)
    if as_json:
        listed = [facts(found.get(feed.url), feed, weekly.get(feed.url)) for feed in settings.feeds]
        print_json({"feeds": listed})
        return
    for line in lines(settings, found, weekly, moment):
        click.echo(line)


def _one(function: Callable[..., Any]) -> Callable[..., Any]:
    """What every command on one feed takes."""
    for option in (now_option, json_option, config_option):
        function = option(function)
    return click.argument("feed", metavar="FEED")(click.pass_context(function))


@feeds.command()
@_one
def pause(context: click.Context, feed: str, config_path: Path | None, as_json: bool, now: datetime | None) -> None:
    """Stop asking a feed until it is resumed.

    FEED is its title, host or address, or its number in the file. Its items stay. `digest decisions` lists the pause,
    too.
    """
    from ..pipeline import pausing

    _decide(settings_from(config_path or context.obj), feed, pausing.pause, "paused", as_json, now)


@feeds.command()
@_one
def resume(context: click.Context, feed: str, config_path: Path | None, as_json: bool, now: datetime | None) -> None:
    """Go on with a feed that was paused.

    FEED is its title, host or address, or its number in the file. It is due at once, unless its server wants to be left
    alone. What it brought meanwhile is stored, and its newest items count as new.
    """
    from ..pipeline import pausing

    _decide(settings_from(config_path or context.obj), feed, pausing.resume, "resumed", as_json, now)


def _decide(
    settings: Config,
    told: str,
    decide: Callable[[Store, FeedState, datetime], Decision],
    done: str,
    as_json: bool,
    now: datetime | None,
) -> None:
    from ..pipeline import pausing

    moment = now or wall_clock()
    with open_store(settings, now) as store:
        subscribed = store.feeds.subscribe(settings.feeds, moment)
        states = store.feeds.states(subscribed)
        feed = named(settings, {state.url: state for state in states}, told)
        state = next(one for one in states if one.url == feed.url)
        decision = decide(store, state, moment)
        when = pausing.asked(store, state, subscribed, moment, settings.timezone)
    if as_json:
        print_json({done: decision})
    elif done == "paused":
        click.echo(f"paused: {state.title}; `digest feeds resume` goes on with it")
    else:
        click.echo(f"resumed: {state.title}; {when}")


@feeds.command()
@_one
def remove(context: click.Context, feed: str, config_path: Path | None, as_json: bool, now: datetime | None) -> int:
    """Take a feed out of config.toml; its items stay.

    FEED is its title, host or address, or its number in the file. Added again later, it goes on where it was.
    """
    from .. import edit
    from ..pipeline.looking import feed_states
    from .configfile import change

    settings = settings_from(config_path or context.obj)
    with look_into_store(settings) as store:
        states = {state.url: state for state in feed_states(store, settings)}
    found = named(settings, states, feed)
    place = settings.feeds.index(found)
    refused = change(settings.path, lambda text: edit.without(text, place))
    title = title_of(states.get(found.url), found)
    if refused is not None:
        # Not its lines: they hold its password or token, and the author finds the table by title and number.
        raise DigestError(
            f"{settings.path} was not changed: {refused.reason}; take out the table of {title}, feed {place + 1}"
        )
    if as_json:
        print_json({"removed": {"title": title, "section": found.section}, "config": str(settings.path)})
    else:
        click.echo(f"removed: {title}; its items stay, and it is no longer asked")
    return 0


for _command in (add, check, star, import_list, export_list):
    feeds.add_command(_command)

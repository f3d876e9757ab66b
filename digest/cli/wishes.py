"""What a person wants of the editions: a thread or a word muted or followed, an outlet starred; in every digest."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from .common import (
    NUMBER,
    Span,
    config_option,
    json_option,
    look_into_store,
    now_option,
    print_json,
    settings_from,
    wall_clock,
)
from .corrections import common_options, decide, in_words

_span = click.option(
    "--for", "span", type=Span(), default="7d", show_default=True, metavar="TIME", help="How long: 12h, 7d."
)


@click.command()
@click.argument("thread", type=NUMBER, metavar="THREAD")
@_span
@common_options
def mute(context: click.Context, thread: int, span: timedelta, **options: Any) -> None:
    """Keep a thread out of the editions for a while.

    It goes on being grouped, and editions count what they leave out.
    """
    from ..pipeline import deciding

    decide(context, options, lambda store, settings, now: deciding.mute(store, thread, span, now))


@click.command()
@click.argument("thread", type=NUMBER, metavar="THREAD")
@common_options
def follow(context: click.Context, thread: int, **options: Any) -> None:
    """Bring a thread to the top of every edition that has news of it.

    A single report is enough then. `digest decisions` lists it, `digest decisions undo` ends it.
    """
    from ..pipeline import deciding

    decide(context, options, lambda store, settings, now: deciding.follow(store, thread, now))


@click.group(invoke_without_command=True)
@config_option
@json_option
@now_option
@click.pass_context
def words(context: click.Context, config_path: Path | None, as_json: bool, now: datetime | None) -> None:
    """Mute a word for a while, or follow one, in every digest.

    Without a command the words are listed that are muted or followed so. Those in config.toml (`follow` and `mute` of a
    digest) stand there.
    """
    context.obj = config_path
    if context.invoked_subcommand is not None:
        return
    settings, moment = settings_from(config_path), now or wall_clock()
    with look_into_store(settings) as store:
        standing = [
            one
            for one in store.decisions.all()
            if one.word is not None and one.undone is None and (one.until is None or one.until > moment)
        ]
    if as_json:
        print_json({"decisions": standing})
        return
    for one in standing:
        click.echo(f"{one.id:>5}  {in_words(one, settings.timezone, moment)}")
    if not standing:
        click.echo("no word is muted or followed by a decision; `digest words mute WORD` and `follow WORD` do it")


@words.command("mute")
@click.argument("word", metavar="WORD")
@_span
@common_options
def mute_word(context: click.Context, word: str, span: timedelta, **options: Any) -> None:
    """Keep reports with a word out of the editions for a while.

    WORD is a word, a phrase or a '/pattern/', as in `mute` of a digest. Editions count what they leave out.
    """
    from ..pipeline import deciding

    decide(context, options, lambda store, settings, now: deciding.mute_word(store, word, span, now))


@words.command("follow")
@click.argument("word", metavar="WORD")
@common_options
def follow_word(context: click.Context, word: str, **options: Any) -> None:
    """Bring reports with a word further up, as `follow` of a digest does.

    WORD is a word, a phrase or a '/pattern/'.
    """
    from ..pipeline import deciding

    decide(context, options, lambda store, settings, now: deciding.follow_word(store, word, now))


@click.command()
@click.argument("outlet", metavar="OUTLET")
@common_options
def star(context: click.Context, outlet: str, **options: Any) -> None:
    """Star an outlet: it leads the stories it reports, and no cap leaves it out.

    OUTLET is its domain or its name, as reports show it. What `starred` does for one feed, this does for an outlet,
    also where another feed brings its reports.
    """
    from ..pipeline import deciding

    decide(context, options, lambda store, settings, now: deciding.star(store, settings, outlet, now))


COMMANDS = (mute, follow)

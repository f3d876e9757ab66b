"""run, poll: the commands that do the work once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .common import (
    clock_from,
    config_option,
    json_option,
    near,
    now_option,
    open_store,
    settings_from,
    waiting,
)
from .report import finish

if TYPE_CHECKING:
    from ..config import Config
    from ..model import FeedReport

verbose_option = click.option("--verbose", "-v", is_flag=True, help="One line for each feed while it is asked.")


@click.command()
@config_option
@verbose_option
@json_option
@now_option
def run(config_path: Path | None, verbose: bool, as_json: bool, now: datetime | None) -> int:
    """Poll, group, compose and deliver every digest once, then exit.

    Asks the feeds that are due, groups what is new into stories, and issues an edition of each digest that has
    something new since its last one. What an earlier run could not deliver goes out first. Run it as often as
    you like: nothing is sent twice.

    \b
    Exit code 0: everything that was due is delivered, even if some feeds failed.
              1: no feed could be read, or a delivery is waiting or failed.
              2: something needs you: configuration, template, permissions,
                 database.
    """
    from .. import pipeline

    settings, clock = settings_from(config_path), clock_from(now)
    _tell_of_none(settings)
    with open_store(settings, now) as store, _progress(verbose, as_json) as progress:
        report = pipeline.run(store, settings, clock, progress=progress, on_wait=waiting)
    return finish(report, settings, as_json)


@click.command()
@config_option
@click.option(
    "--force", is_flag=True, help="Also ask feeds that are not due; a wait the server asked for still counts."
)
@verbose_option
@json_option
@now_option
def poll(config_path: Path | None, force: bool, verbose: bool, as_json: bool, now: datetime | None) -> int:
    """Ask the feeds that are due and group what is new; publishes nothing."""
    from .. import pipeline

    settings, clock = settings_from(config_path), clock_from(now)
    _tell_of_none(settings)
    with open_store(settings, now) as store, _progress(verbose, as_json) as progress:
        report = pipeline.poll(store, settings, clock, force=force, progress=progress, on_wait=waiting)
    return finish(report, settings, as_json)


def _tell_of_none(settings: Config) -> None:
    """A configuration without feeds is no mistake, but hardly meant."""
    if not settings.feeds:
        click.echo(f"there is no feed in {near(settings.path)}; `digest check` tells how to add one", err=True)


Told = Callable[["FeedReport", int, int], None]


@contextmanager
def _progress(verbose: bool, as_json: bool) -> Iterator[Told | None]:
    """How a poll shows itself: a line a feed, a live bar on a terminal, or nothing."""
    if verbose:
        yield _line
    elif as_json or not sys.stderr.isatty():
        yield None
    else:
        with _bar() as tell:
            yield tell


def _line(report: FeedReport, done: int, total: int) -> None:
    from .report import feed_line

    click.echo(f"[{done:>{len(str(total))}}/{total}] {feed_line(report)}", err=True)


@contextmanager
def _bar() -> Iterator[Told]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.table import Column

    columns = (
        TextColumn("asking feeds", table_column=Column(no_wrap=True)),
        BarColumn(bar_width=20),
        MofNCompleteColumn(table_column=Column(no_wrap=True)),
        TextColumn("{task.description}", table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, expand=True) as shown:
        task = shown.add_task("", total=None)

        def tell(report: FeedReport, done: int, total: int) -> None:
            from rich.markup import escape

            shown.update(task, completed=done, total=total, description=escape(report.title))

        yield tell

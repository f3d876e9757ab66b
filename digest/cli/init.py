"""init: a configuration to start from."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from .common import called, near


@click.command()
@click.argument("folder", default=".", metavar="[DIR]", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--opml", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Take the feeds of this file."
)
def init(folder: Path, opml: Path | None) -> None:
    """Write a commented config.toml to start from.

    With --opml its feeds are those of an OPML file, as other feed readers export it. Nothing is overwritten.
    """
    from .starter import starter

    made = starter(folder, opml.read_bytes() if opml else None, str(opml))
    click.echo(f"wrote {near(made.path.absolute())}")
    for note in made.notes:
        click.echo(f"  {note}")
    there = "" if folder == Path(".") else f" --config {shlex.quote(str(made.path))}"
    for word, command in (("next: ", "check"), ("then: ", "run")):
        click.echo(f"{word}{called()} {command}{there}")

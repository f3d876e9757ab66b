"""feeds import, export: the list of feeds as other readers know it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from ..errors import DigestError
from ..units import holds_secret
from .common import config_option, count, json_option, look_into_store, print_json, settings_from
from .feednames import is_secret, named
from .subscribe import subscribe

if TYPE_CHECKING:
    from ..model import FeedState


@click.command("import")
@click.argument("opml", metavar="OPML", type=click.File("rb"))
@config_option
@json_option
@click.pass_context
def import_list(context: click.Context, opml: BinaryIO, config_path: Path | None, as_json: bool) -> int:
    """Subscribe to the feeds of another reader's OPML file.

    Its folders become sections; feeds that are subscribed already stay as they are. `-` reads standard input.
    """
    from ..feeds import opml as lists

    settings = settings_from(config_path or context.obj)
    found = lists.read(opml.read(lists.LARGEST + 1))
    if not found.feeds:
        raise DigestError("\n  ".join([f"{opml.name} was not taken:", *found.problems]))
    return subscribe(settings, list(found.feeds), as_json, found.problems)


@click.command("export")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write there instead.")
@click.option(
    "--private", "wanted", multiple=True, metavar="FEED",
    help="Also this private feed, by its title or host, with the secret in its address.",
)  # fmt: skip
@config_option
@json_option
@click.pass_context
def export_list(
    context: click.Context, output: Path | None, wanted: tuple[str, ...], config_path: Path | None, as_json: bool
) -> None:
    """Print the feeds as OPML, for another reader.

    Sections become folders. Private feeds, and addresses that hold a password or a token, are left out unless named.
    """
    from ..pipeline.handing_on import opml_of
    from ..pipeline.looking import feed_states
    from .configfile import written

    settings = settings_from(config_path or context.obj)
    with look_into_store(settings) as store:
        states = {state.url: state for state in feed_states(store, settings)}
        secrets = [feed for feed in settings.feeds if is_secret(feed) or _has_secret(states.get(feed.url))]
        text, told = opml_of(store, settings, [named(settings, states, one, secrets) for one in wanted])
    left_out = len(settings.feeds) - told
    if output is not None:
        written(output, text.encode("utf-8"))
    if as_json:
        print_json({"feeds": told, "left_out": left_out, "opml": None if output else text})
    elif output is None:
        click.echo(text, nl=False)
    if left_out and not as_json:
        click.echo(
            f"{count(left_out, 'feed')} left out, with a secret in the address; --private FEED takes one in", err=True
        )


def _has_secret(state: FeedState | None) -> bool:
    """Whether a feed moved to an address that may not be told."""
    return state is not None and state.moved_to is not None and holds_secret(state.moved_to)

"""feeds import, export: the list of feeds as other readers know it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

import click

from ..errors import DigestError
from .common import config_option, count, json_option, look_into_store, print_json, settings_from
from .feednames import named
from .subscribe import subscribe

if TYPE_CHECKING:
    from ..config import Feed
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
    from ..feeds import opml
    from ..pipeline.looking import feed_states
    from .configfile import written

    settings = settings_from(config_path or context.obj)
    with look_into_store(settings) as store:
        states = {state.url: state for state in feed_states(store, settings)}
    secrets = [named(settings, states, one) for one in wanted]
    listed = [feed for feed in settings.feeds if feed in secrets or not opml.is_secret(feed)]
    asked = [(feed, _as_asked(feed, states.get(feed.url))) for feed in listed]
    told = [new for feed, new in asked if feed in secrets or not opml.is_secret(new)]
    titles = {new.url: states[feed.url].title for feed, new in asked if feed.url in states}
    text = opml.write(told, "digest", titles=titles, secrets=[new for feed, new in asked if feed in secrets])
    left_out = len(settings.feeds) - len(told)
    if output is not None:
        written(output, text.encode("utf-8"))
    if as_json:
        print_json({"feeds": len(told), "left_out": left_out, "opml": None if output else text})
    elif output is None:
        click.echo(text, nl=False)
    if left_out and not as_json:
        click.echo(
            f"{count(left_out, 'feed')} left out, with a secret in the address; --private FEED takes one in", err=True
        )


def _as_asked(feed: Feed, state: FeedState | None) -> Feed:
    """With the address at which it is asked since it moved for good.

    The login in an address is for its own origin, and a feed that became one with another keeps its own.
    """
    if state is None or state.moved_to is None or state.merged_into is not None or "@" in urlsplit(feed.url).netloc:
        return feed
    return feed.model_copy(update={"url": state.moved_to})

"""recipients: who gets which digest, who unsubscribed, and taking that back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import DigestError
from .columns import line, widths
from .common import (
    config_option,
    json_option,
    local,
    look_into_store,
    now_option,
    open_store,
    print_json,
    settings_from,
    wall_clock,
)

if TYPE_CHECKING:
    from ..pipeline.unsubscribing import Listed

_HEAD = ("address", "state", "last mail")


@click.group(invoke_without_command=True)
@config_option
@json_option
@click.pass_context
def recipients(context: click.Context, config_path: Path | None, as_json: bool) -> None:
    """List who gets which digest and who unsubscribed; `recipients restore` takes it back.

    Who unsubscribed gets no mail, whatever `to` in the configuration says.
    """
    context.obj = config_path
    if context.invoked_subcommand is not None:
        return
    from ..pipeline.unsubscribing import listed

    settings = settings_from(config_path)
    with look_into_store(settings) as store:
        found = listed(store, settings)
    if as_json:
        print_json({"recipients": found})
        return
    for name in dict.fromkeys(one.digest for one in found):
        digest = settings.digests.get(name)
        click.echo(f"{digest.title} ({name})" if digest else f"{name}, no longer in the configuration")
        rows = [_HEAD, *(_row(one, settings.timezone) for one in found if one.digest == name)]
        wide = widths(rows)
        for row in rows:
            click.echo(f"  {line(row, wide)}")
    if not found:
        click.echo("no digest sends mail to anybody; `to` in [digests.NAME] names the recipients")


@recipients.command()
@click.argument("address")
@click.argument("digest", metavar="[DIGEST]", required=False)
@config_option
@json_option
@now_option
@click.pass_obj
def unsubscribe(
    outer: Path | None,
    address: str,
    digest: str | None,
    config_path: Path | None,
    as_json: bool,
    now: datetime | None,
) -> None:
    """Take ADDRESS off a digest, or off all that know it; for those who ask by mail.

    It takes effect at once, and holds though the address stays in `to`.
    """
    from ..pipeline import unsubscribing

    settings = settings_from(config_path or outer)
    with open_store(settings, now) as store:
        done = unsubscribing.unsubscribe(store, settings, address, digest, now or wall_clock())
    if as_json:
        print_json({"unsubscribed": {"address": address, "digests": done}})
        return
    if not done:
        click.echo(f"{address} was unsubscribed already; `digest recipients` tells since when")
    for name in done:
        click.echo(f"{address} gets no more mail of {name}; `digest recipients restore {address} {name}` takes it back")


@recipients.command()
@click.argument("address")
@click.argument("digest", metavar="[DIGEST]", required=False)
@config_option
@json_option
@click.pass_obj
def restore(outer: Path | None, address: str, digest: str | None, config_path: Path | None, as_json: bool) -> None:
    """Send ADDRESS a digest again that it unsubscribed from, or all of them.

    Do it when they ask for it. It starts with the next edition.
    """
    from ..pipeline import unsubscribing

    settings = settings_from(config_path or outer)
    with open_store(settings, None) as store:
        done = unsubscribing.restore(store, settings, address, digest)
    if not done:
        raise DigestError(f"{address} is not unsubscribed; `digest recipients` lists who is")
    if as_json:
        print_json({"restored": {"address": address, "digests": done}})
        return
    for name in done:
        wanted = name in settings.digests and _is_in(address, settings.digests[name].to)
        cure = "" if wanted else f"; it stands in no `to` of it: add it in [digests.{name}]"
        click.echo(f"{address} gets {name} again, from its next edition on{cure}")


def _is_in(address: str, configured: tuple[str, ...]) -> bool:
    from ..units import plain_address

    return plain_address(address) in {plain_address(one) for one in configured}


def _row(one: Listed, zone: str) -> tuple[str, str, str]:
    if one.unsubscribed:
        state = f"unsubscribed {local(one.unsubscribed, zone)}"
    else:
        state = "subscribed, by `to`" if one.configured else "no longer in `to`"
    if one.last is None:
        return one.address, state, "none yet"
    error = f": {one.last.error}" if one.last.error else ""
    return one.address, state, f"{one.last.state} {local(one.last.at, zone)}{error}"

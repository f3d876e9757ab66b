"""deliveries: what went to whom, what waits and why; letting one go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..model import DeliveryState
from .columns import line, widths
from .common import (
    NUMBER,
    clock_from,
    config_option,
    json_option,
    local,
    look_into_store,
    now_option,
    open_store,
    print_json,
    settings_from,
    waiting,
)
from .named import edition_option, known_digests

if TYPE_CHECKING:
    from ..config import Config
    from ..pipeline import Which
    from ..store import Entry

SHOWN = 40
_HEAD = ("id", "edition", "by", "to", "state", "tried", "when", "next try")
_OPEN = frozenset({DeliveryState.PENDING, DeliveryState.SENDING})


@click.group(invoke_without_command=True)
@config_option
@click.option("--digest", "name", metavar="NAME", help="Only those of this digest.")
@edition_option
@click.option("--open", "only_open", is_flag=True, help="Only what still waits.")
@click.option("--all", "everything", is_flag=True, help=f"All of them, not only the newest {SHOWN}.")
@json_option
@now_option
@click.pass_context
def deliveries(
    context: click.Context,
    config_path: Path | None,
    name: str | None,
    which: Which | None,
    only_open: bool,
    everything: bool,
    as_json: bool,
    now: datetime | None,
) -> int:
    """List what went to whom, what waits and why; `deliveries drop` lets one go.

    The newest editions come first. Below what went wrong stand the words of the mail server, the program or the
    folder. docs/mail.md says what each state means and what to do.

    Exit code 1 when a delivery waits, or failed in the last edition of a digest; else 0.
    """
    context.obj = config_path
    if context.invoked_subcommand is not None:
        return 0
    settings = settings_from(config_path)
    with look_into_store(settings, now) as store:
        day, ordinal = (which.day, which.ordinal) if which else (None, None)
        if which is not None and day is None:
            newest = [one[0] for one in map(store.editions.dated, [name] if name else settings.digests) if one]
            latest = max(newest, key=lambda one: one.slot, default=None)
            day, ordinal = (latest.day, None) if latest else (None, None)
        # One more than is shown tells whether there are more.
        limit = None if everything or as_json else SHOWN + 1
        found = store.deliveries.listed(name, day, ordinal, only_open=only_open, limit=limit)
        code = 1 if store.deliveries.unsettled() else 0
    if name is not None and not found:
        known_digests(settings, [name])
    if as_json:
        print_json({"exit_code": code, "deliveries": [facts(one) for one in found]})
        return code
    shown = found if everything else found[:SHOWN]
    for text in lines(settings, shown) if shown else (_none(only_open, name, which),):
        click.echo(text)
    if len(found) > len(shown):
        click.echo("and older ones (--all lists them)")
    return code


@deliveries.command()
@click.argument("ids", nargs=-1, required=True, type=NUMBER, metavar="ID...")
@config_option
@json_option
@now_option
@click.pass_context
def drop(
    context: click.Context, ids: tuple[int, ...], config_path: Path | None, as_json: bool, now: datetime | None
) -> None:
    """Let deliveries go, so that they are tried no more.

    ID is the number that `digest deliveries` shows. For what waits for a transport or a digest that is no more, and
    for what failed and is settled. `digest resend` sends an edition again.
    """
    from ..pipeline import by_hand

    settings = settings_from(config_path or context.obj)
    with open_store(settings, now) as store:
        dropped = by_hand.drop(store, ids, clock_from(now), waiting)
    if as_json:
        print_json({"deliveries": [facts(one) for one in dropped]})
        return
    for one in dropped:
        to = f" to {one.delivery.recipient}" if one.delivery.recipient else ""
        click.echo(f"let go: {one.delivery.id}, {edition_name(one)} by {one.delivery.transport}{to}")


def _none(only_open: bool, name: str | None, which: Which | None) -> str:
    of = f" of {name}" if name else ""
    if only_open:
        return f"nothing{of} waits"
    return f"no edition{of} of that day was handed to anybody" if which else f"nothing{of} went out yet"


def lines(settings: Config, found: Sequence[Entry]) -> Iterator[str]:
    """One line a delivery below a heading; where there are words of the other side, a second line has them."""
    rows = [_row(settings, one) for one in found]
    wide = widths([_HEAD, *rows])
    yield line(_HEAD, wide)
    for one, row in zip(found, rows, strict=True):
        yield line(row, wide)
        if one.delivery.last_error:
            yield f"{' ' * wide[0]}  {one.delivery.last_error}"


def edition_name(one: Entry) -> str:
    """``daily 2026-11-26``, with what tells it from others of that day."""
    apart = f"/{one.ordinal}" if one.ordinal > 1 else "" if one.ordinal == 1 else f" ({one.kind})"
    return f"{one.digest} {one.day}{apart}"


def _row(settings: Config, one: Entry) -> tuple[str, ...]:
    delivery = one.delivery
    digest = settings.digests.get(one.digest)
    zone = digest.timezone if digest else settings.timezone
    again = " (again)" if delivery.copy else ""
    upcoming = "-"
    if delivery.state in _OPEN:
        upcoming = local(delivery.next_try, zone) if delivery.next_try else "at the next run"
    return (
        str(delivery.id), edition_name(one), delivery.transport, delivery.recipient or "-", f"{delivery.state}{again}",
        str(delivery.attempts), local(one.updated, zone), upcoming,
    )  # fmt: skip


def facts(one: Entry) -> dict[str, object]:
    """A delivery for programs."""
    delivery = one.delivery
    return {
        "id": delivery.id,
        "digest": one.digest,
        "day": one.day,
        "ordinal": one.ordinal,
        "number": one.number,
        "kind": one.kind,
        "transport": delivery.transport,
        "recipient": delivery.recipient or None,
        "state": delivery.state,
        "copy": delivery.copy,
        "attempts": delivery.attempts,
        "uncertain": delivery.uncertain,
        "message_id": delivery.message_id,
        "created": delivery.created,
        "updated": one.updated,
        "next_try": delivery.next_try if delivery.state in _OPEN else None,
        "words": delivery.last_error,
    }

"""restore: a backup takes the place of the database, and nothing that went out since goes out again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import DigestError
from .backup import facts, held
from .common import clock_from, config_option, count, json_option, near, now_option, print_json, settings_from

if TYPE_CHECKING:
    from ..config import Config
    from ..store.carry import Carried
    from ..store.restore import Restored
    from ..store.sound import Contents


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--nothing-sent",
    is_flag=True,
    help="You know that no mail went out since the backup: for a database that is lost and cannot tell.",
)
@config_option
@json_option
@now_option
def restore(
    file: Path, yes: bool, nothing_sent: bool, config_path: Path | None, as_json: bool, now: datetime | None
) -> int:
    """Put a backup in the place of the database; what went out since is not sent again.

    Stop `digest serve` first. FILE is examined before anything changes, and the database that is replaced stays beside
    the new one, as digest.db.before-restore-TIME. What it knows of items, editions, deliveries and readers who
    unsubscribed since the backup goes on in the new one, as far as it can be read. Where it cannot, mails that the
    backup holds as waiting are not sent, and editions begin anew with what comes in from now on.
    """
    from ..store.restore import restore as put_back

    settings = settings_from(config_path)
    moment = clock_from(now)()
    if file.is_dir():
        raise DigestError(f"{file}: is a folder; name one of the backups in it{_newest(settings, file)}")
    if not file.is_file():
        raise DigestError(f"{file}: there is no such file; name a backup that `digest backup` made")
    agreed = _asker(settings, file, moment, yes=yes, nothing_sent=nothing_sent)
    done = put_back(settings.database, file, moment, nothing_sent=nothing_sent, agreed=agreed)
    if done is None:
        click.echo("nothing was changed")
        return 1
    if as_json:
        print_json({"database": settings.database, "before": done.before, **facts(done.holds), "carried": done.carried})
        return 0
    for line in _lines(done, settings, nothing_sent=nothing_sent):
        click.echo(line)
    return 0


def _newest(settings: Config, folder: Path) -> str:
    """Which backup of the folder is the newest, in words; empty where there is none."""
    from ..store.backup import backups_in

    found = backups_in(settings.database, folder)
    return f", the newest is {found[-1]}" if found else ""


def _asker(
    settings: Config, file: Path, now: datetime, *, yes: bool, nothing_sent: bool
) -> Callable[[Contents, str | None], bool]:
    """Whether it shall be done, once it is known what the backup holds."""

    def asked(holds: Contents, reason: str | None) -> bool:
        if yes:
            return True
        if not sys.stdin.isatty():
            raise DigestError(f"{settings.database}: would be replaced, and nobody can be asked; say --yes")
        click.echo(f"{near(file)} is sound:", err=True)
        for line in held(holds, settings, now):
            click.echo(f"  {line}", err=True)
        if reason is not None:
            click.echo(f"what went out since cannot be known: {reason}", err=True)
            told = (
                "goes on where it stands" if nothing_sent else "sends nothing of before; --nothing-sent lets it go on"
            )
            click.echo(f"  so the restored database {told}", err=True)
        return click.confirm(f"Put it in the place of {near(settings.database)}?", err=True)

    return asked


def _lines(done: Restored, settings: Config, *, nothing_sent: bool) -> Iterator[str]:
    yield f"{near(settings.database)}: restored"
    if done.before:
        yield f"  what was there is now {near(done.before)}; remove it once all is well"
    carried = done.carried
    if carried.reason is None and not (carried.editions or carried.deliveries or carried.items):
        yield "  nothing went out and nothing came in since the backup"
    elif carried.ledger:
        yield (
            f"  {count(carried.editions, 'edition')} and {count(carried.deliveries, 'delivery', 'deliveries')} "
            "since the backup were taken over, and are not sent again"
        )
    if carried.items:
        yield f"  {count(carried.items, 'item')} since the backup were taken over; the next run groups them anew"
    if carried.reason:
        yield f"  not all could be taken over: {carried.reason}"
        yield from (f"  {line}" for line in _drawn(carried, nothing_sent=nothing_sent))
    yield "  whoever was signed in on the pages signs in again; `digest doctor` says whether all is well"


def _drawn(carried: Carried, *, nothing_sent: bool) -> Iterator[str]:
    if nothing_sent:
        yield "as you know that nothing was sent since, editions and mails go on where the backup stands"
        return
    if not carried.ledger:
        yield "so editions begin anew now: times before this are not made up for, and stored items that no edition of"
        yield "the backup holds are not news any more"
    if carried.stopped:
        mails = count(carried.stopped, "mail")
        yield f"{mails} that waited may have been sent since, and {'is' if carried.stopped == 1 else 'are'} not tried;"
        yield "`digest deliveries` lists them, `digest resend --to ADDRESS` sends one once more"
    if not carried.intake:
        yield "of what each feed lists now, only the newest five items come as new, as after a pause"

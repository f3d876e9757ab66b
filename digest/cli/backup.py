"""backup: a sound copy of the database while it is in use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import DigestError
from .common import (
    Number,
    clock_from,
    config_option,
    count,
    json_option,
    local,
    near,
    now_option,
    print_json,
    settings_from,
)

if TYPE_CHECKING:
    from ..config import Config
    from ..store.backup import Backup
    from ..store.sound import Contents


@click.command()
@click.argument("named", metavar="FILE", type=click.Path())
@click.option(
    "--keep",
    type=Number(min=1),
    metavar="N",
    help="With a folder: remove older backups of this database there, so that N are left.",
)
@config_option
@json_option
@now_option
def backup(named: str, keep: int | None, config_path: Path | None, as_json: bool, now: datetime | None) -> None:
    """Copy the database into FILE while it is in use, and prove the copy sound.

    Where FILE is a folder, each backup gets a name of its own, by the time in UTC: digest-2026-11-25T0330Z.db.
    A server or a poll goes on meanwhile. FILE is written as a whole or not at all, for your eyes only, since it holds
    the tokens of readers. Keep config.toml and the files of passwords yourself: they are not in it.
    """
    from ..store.backup import backup as make

    settings = settings_from(config_path)
    moment = clock_from(now)()
    file = Path(named)
    if named.endswith("/") and not file.is_dir():
        raise DigestError(f"{named}: there is no such folder; make it (mkdir -p) or name another one")
    if keep is not None and not file.is_dir():
        raise click.UsageError(
            f"--keep is for a folder of backups, and {named} is none; make it (mkdir -p) or name another"
        )
    _not_published(settings, file)
    made = make(settings.database, file, moment, keep=keep)
    if as_json:
        print_json({"file": made.file, **facts(made.holds), "removed": made.removed})
        return
    for line in _lines(made, settings, moment):
        click.echo(line)


def _not_published(settings: Config, file: Path) -> None:
    """Raises DigestError where everybody could read the backup."""
    for name, transport in settings.transports.items():
        if transport.type == "files" and file.resolve().is_relative_to(transport.folder.resolve()):
            raise DigestError(
                f"{file}: lies in the folder of pages of transports.{name}, where others read; name another one"
            )


def _lines(made: Backup, settings: Config, now: datetime) -> Iterator[str]:
    yield f"{near(made.file)}: {made.holds.bytes / 1e6:,.1f} MB, examined and sound"
    for line in held(made.holds, settings, now):
        yield f"  {line}"
    if made.removed:
        yield f"  {count(len(made.removed), 'older backup')} removed: {', '.join(path.name for path in made.removed)}"


def held(holds: Contents, settings: Config, now: datetime) -> Iterator[str]:
    """What a database holds, for people."""
    yield (
        f"{count(holds.feeds, 'feed')}, {count(holds.items, 'item')}, {count(holds.threads, 'thread')}, "
        f"{count(holds.editions, 'edition')}, {count(holds.deliveries, 'delivery', 'deliveries')}"
    )
    for what, moment in (("newest edition", holds.newest_edition), ("last entry", holds.latest)):
        if moment is not None:
            yield f"{what}: {local(moment, settings.timezone)}, {ago(moment, now)}"


def ago(moment: datetime, now: datetime) -> str:
    """``3 days ago``, ``5 h ago``, ``12 min ago``."""
    minutes = int((now - moment).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 120:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{count(minutes // 1440, 'day')} ago"


def facts(holds: Contents) -> dict[str, object]:
    """The same for programs."""
    return {
        "bytes": holds.bytes,
        "feeds": holds.feeds,
        "items": holds.items,
        "threads": holds.threads,
        "editions": holds.editions,
        "deliveries": holds.deliveries,
        "newest_edition": holds.newest_edition,
        "last_entry": holds.latest,
    }

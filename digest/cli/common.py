"""What commands share: options, the clock, opening the configuration and the database."""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from ..errors import DigestError

if TYPE_CHECKING:
    from ..config import Config
    from ..store import Store

config_option = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The configuration; otherwise $DIGEST_CONFIG, otherwise config.toml in this folder.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")


class Number(click.IntRange):
    """A whole number; what is none is told so."""

    name = "number"


NUMBER = Number(min=1, max=2**63 - 1)
"""An id, as the database can hold one."""


FIRST_YEAR, LAST_YEAR = 1970, 9000
"""Years that are times; beside them a zone or a span would lead out of the calendar."""


class Day(click.DateTime):
    """A day as ``2026-11-26``."""

    def __init__(self) -> None:
        super().__init__(formats=["%Y-%m-%d"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        day: datetime = super().convert(value, param, ctx)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            self.fail(f"'{value}' is too far away; write a day between {FIRST_YEAR} and {LAST_YEAR}", param, ctx)
        return day


class Moment(click.ParamType[datetime]):
    """An ISO time with zone."""

    name = "ISO-TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is not a time; write it like 2023-10-13T18:00:00Z", param, ctx)
        if moment.tzinfo is None:
            self.fail(f"'{value}' has no zone; write it like {value}Z or {value}+02:00", param, ctx)
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            self.fail(f"'{value}' is too far away; write a time between {FIRST_YEAR} and {LAST_YEAR}", param, ctx)
        return moment.astimezone(UTC)


class Span(click.ParamType[timedelta]):
    """A duration with its unit."""

    name = "SPAN"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        from ..units import duration

        if isinstance(value, timedelta):
            return value
        try:
            span = duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if not timedelta(0) < span <= timedelta(days=36500):
            self.fail(
                f"'{value}' is too {'long' if span else 'short'}; write it like '7d', at most '36500d'", param, ctx
            )
        return span


now_option = click.option("--now", type=Moment(), hidden=True, help="Replay another day.")


def wall_clock() -> datetime:
    """The time now."""
    return datetime.now(UTC)


def clock_from(moment: datetime | None) -> Callable[[], datetime]:
    """The wall clock, or one that starts at ``moment`` and goes on from there."""
    if moment is None:
        return wall_clock
    start = time.monotonic()
    return lambda: moment + timedelta(seconds=time.monotonic() - start)


def settings_from(config_path: Path | None) -> Config:
    """The configuration that a command was given or finds; raises ConfigError."""
    from ..config import find, load

    return load(find(config_path, os.environ))


def open_store(settings: Config, now: datetime | None) -> Store:
    """The database, for a run at ``now``; a replay may not go back behind what is stored."""
    from ..store import Store

    return _not_before(Store.open(settings.database, settings.families), now)


def look_into_store(settings: Config, now: datetime | None = None) -> Store:
    """The database for commands that only tell: none is made, nothing is written."""
    from ..store import Store

    return _not_before(Store.open_to_look(settings.database, settings.families), now)


def copy_of_store(settings: Config, now: datetime | None = None) -> Store:
    """A copy of the database, for looking ahead: whatever is done to it, the file stays as it is."""
    from ..store import Store

    return _not_before(Store.open_copy(settings.database, settings.families), now)


def _not_before(store: Store, now: datetime | None) -> Store:
    if now is None:
        return store
    with ExitStack() as failing:
        failing.enter_context(store)
        latest = store.latest_time()
        if latest is not None and latest > now:
            raise DigestError(
                f"--now {now:%Y-%m-%dT%H:%M:%SZ}: {store.path} already holds times up to "
                f"{latest:%Y-%m-%dT%H:%M:%SZ}; replay on a database of its own"
            )
        failing.pop_all()
    return store


def waiting() -> None:
    """Says why nothing happens."""
    click.echo("another digest process is at work on this database; waiting for it to end ...", err=True)


def print_json(document: Any) -> None:
    """Dataclasses, times and paths as one JSON document on standard output."""
    plain = (sys.stdout.encoding or "").lower() not in ("utf-8", "utf8")  # else a letter could not be written
    click.echo(json.dumps(document, indent=2, ensure_ascii=plain, default=_plain))


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        facts = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        # The address of a private feed's item may carry what that feed's does.
        return {**facts, "url": None} if facts.get("private") and "url" in facts else facts
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value)


def local(moment: datetime, zone: str) -> str:
    """``Fri 13 Oct 2023, 07:00``."""
    return f"{moment.astimezone(ZoneInfo(zone)):%a %-d %b %Y, %H:%M}"


def near(path: Path) -> str:
    """A path as one would type it here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def called() -> str:
    """How this program can be called from here, for lines that are there to be copied."""
    program = Path(sys.argv[0])
    found = shutil.which("digest")
    if program.name != "digest" or (found and Path(found).resolve() == program.resolve()):
        return "digest"
    script = program.absolute().parent.parent.parent / "scripts" / "digest"
    return shlex.quote(near(script if script.is_file() else program.absolute()))


def count(number: int, noun: str, plural: str | None = None) -> str:
    """``1 feed``, ``2 feeds``, ``1,204 items``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"

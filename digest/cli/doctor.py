"""doctor: one look at everything, the bad first, each with its cure."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .common import clock_from, config_option, count, json_option, now_option, print_json, settings_from

if TYPE_CHECKING:
    from ..config import Config
    from ..errors import ConfigError
    from ..pipeline.examining import Finding

SHOWN = 15
"""Findings of one part and one kind that are printed; a thousand feeds without a network would hide the rest."""

_HEADINGS = {"trouble": "needs you", "warning": "worth a look", "note": "to know", "fine": "fine"}
_CODES = {"trouble": 2, "warning": 1}


@click.command()
@click.option("--full", is_flag=True, help="Compare every index of the database with its table; takes a while.")
@config_option
@json_option
@now_option
def doctor(full: bool, config_path: Path | None, as_json: bool, now: datetime | None) -> int:
    """Examine everything, and say what is wrong and what to do about it.

    Configuration, database, disk, secrets, clock, each transport (a mail server up to the login), each feed, what waits
    and what runs. Sends nothing, asks no feed, changes nothing. Exit code 0 when all is well, 1 when something is worth
    a look, 2 when something needs you.
    """
    from ..errors import ConfigError

    moment = clock_from(now)()
    try:
        settings = settings_from(config_path)
    except ConfigError as error:
        found = _unusable(error)
    else:
        found = [_program(), *_examined(settings, moment, full=full)]
    code = max((_CODES.get(one.level, 0) for one in found), default=0)
    if as_json:
        print_json({"exit_code": code, "findings": found})
    else:
        for line in _lines(found):
            click.echo(line)
    return code


def _unusable(error: ConfigError) -> list[Finding]:
    """Without a configuration nothing else can be examined."""
    from ..pipeline.examining import Finding, Level

    return [Finding("configuration", Level.TROUBLE, f"{error.where}: {problem}") for problem in error.problems]


def _program() -> Finding:
    from .. import __version__
    from ..pipeline.examining import Finding, Level

    python = ".".join(map(str, sys.version_info[:3]))
    return Finding("program", Level.FINE, f"digest {__version__}, Python {python}")


def _examined(settings: Config, now: datetime, *, full: bool) -> Iterator[Finding]:
    from ..pipeline.examining import examine
    from .check import all_problems

    return examine(settings, now, problems=all_problems, whole=full)


def _lines(found: Sequence[Finding]) -> Iterator[str]:
    yield _summary(found)
    for level, heading in _HEADINGS.items():
        these = [one for one in found if one.level == level]
        if these:
            yield ""
            yield heading
        for part in dict.fromkeys(one.part for one in these):
            of_part = [one for one in these if one.part == part]
            for one in of_part[:SHOWN]:
                first, *more = one.what.splitlines()
                yield f"  {part}: {first}"
                yield from (f"    {line.strip()}" for line in more)
                if one.cure:
                    yield f"    {one.cure}"
            if len(of_part) > SHOWN:
                yield f"  {part}: {len(of_part) - SHOWN:,} more; --json tells all of them"


def _summary(found: Sequence[Finding]) -> str:
    trouble, warnings = (sum(one.level == level for one in found) for level in ("trouble", "warning"))
    if not trouble and not warnings:
        return "all is well"
    told = [f"{count(trouble, 'thing')} {'needs' if trouble == 1 else 'need'} you"] if trouble else []
    told += [f"{count(warnings, 'thing')} {'is' if warnings == 1 else 'are'} worth a look"] if warnings else []
    return ", ".join(told)

"""Examine: everything that must be right for the next digest to arrive, each with its cure. Changes nothing.

One module a concern. A check yields what it finds as values, and one that fails is a finding itself: what is wrong in
one place must not hide the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from ...config import Config
from ...errors import DigestError
from .database import database
from .feeds import feeds
from .files import configuration, disk, secrets
from .findings import Finding, Level
from .running import clock, mail, running
from .transports import transports

__all__ = ["Finding", "Level", "examine"]

Check = Callable[[Config, datetime], Iterator[Finding]]


def examine(
    settings: Config, now: datetime, *, problems: Callable[[Config], Sequence[str]], whole: bool = False
) -> Iterator[Finding]:
    """All there is to say, check by check.

    ``problems`` tells what in the configuration only the operator can mend, as `digest check` does.
    ``whole`` also compares each index of the database with its table, which takes a while.
    """

    def configured(settings: Config, now: datetime) -> Iterator[Finding]:
        return configuration(settings, problems(settings))

    def examined(settings: Config, now: datetime) -> Iterator[Finding]:
        return database(settings, now, whole=whole)

    checks: tuple[tuple[str, Check], ...] = (
        ("configuration", configured),
        ("database", examined),
        ("disk", disk),
        ("secrets", secrets),
        ("clock", clock),
        ("transports", transports),
        ("feeds", feeds),
        ("mail", mail),
        ("running", running),
    )
    told = set()
    for part, check in checks:
        for one in _guarded(part, check, settings, now):
            if one.level is Level.TROUBLE and one.what in told:
                continue  # a database that cannot be read is the end of several checks
            told.add(one.what)
            yield one


def _guarded(part: str, check: Check, settings: Config, now: datetime) -> Iterator[Finding]:
    try:
        yield from check(settings, now)
    except DigestError as error:
        yield Finding(part, Level.TROUBLE, str(error))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        yield Finding(part, Level.TROUBLE, f"{where}{error.strerror or error}", "check the path and its permissions")
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        yield Finding(part, Level.WARNING, f"could not be examined ({type(error).__name__}: {error}); please report it")

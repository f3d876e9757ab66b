"""Digests, editions and addresses as people name them on the command line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from ..errors import DigestError

if TYPE_CHECKING:
    from ..config import Config
    from ..pipeline import Which


class EditionName(click.ParamType["Which"]):
    """``2026-11-26``, ``2026-11-26/2`` for the second edition of a day, or ``latest``."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Which:
        from ..pipeline import Which

        if value == "latest":
            return Which()
        match = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:/([1-9]\d{0,3}))?", str(value), re.ASCII)
        try:
            day = date.fromisoformat(match[1]) if match else None
        except ValueError:
            day = None
        if match is None or day is None:
            self.fail(f"'{value}' is no edition; write a day like 2026-11-26 or 2026-11-26/2, or latest", param, ctx)
        return Which(day, int(match[2]) if match[2] else None)


class Mailbox(click.ParamType[str]):
    """``me@example.org`` or ``Name <me@example.org>``."""

    name = "ADDRESS"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from ..units import mail_address

        try:
            return mail_address(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


edition_option = click.option(
    "--edition", "which", type=EditionName(), metavar="DATE", help="Which one: 2026-11-26, 2026-11-26/2 or latest."
)


def called(digest: str, title: str, settings: Config) -> str:
    """A digest's title, with its name where another one has the same title: ``Daily digest (evening)``."""
    shared = any(other.title == title and name != digest for name, other in settings.digests.items())
    return f"{title} ({digest})" if shared else title


def known_digests(settings: Config, names: Sequence[str]) -> None:
    """Raises DigestError for a name that no digest has."""
    for name in names:
        if name not in settings.digests:
            raise DigestError(f"no digest '{name}' in {settings.path}; there is: {', '.join(settings.digests)}")

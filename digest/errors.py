"""Errors that stop a command because the operator must act. A feed's failure is a value, never one of these.

DigestError
    ConfigError         config.toml cannot be used; carries every mistake at once
    TemplateError       a template is missing, broken or names an unknown variable
    StoreError          the database cannot be opened, read or written
    BusyError           another digest process holds the lock

Each says where, what and the cure; the command line prints it and exits with ``exit_code``.
"""

from __future__ import annotations

from collections.abc import Sequence


class DigestError(Exception):
    """Something the operator must act on."""

    exit_code = 2


class ConfigError(DigestError):
    """The configuration cannot be used.

    ``problems`` holds one line per mistake: dotted key, value, what is allowed.
    """

    def __init__(self, where: str, problems: Sequence[str]) -> None:
        self.where = where
        self.problems = tuple(problems)
        count = "1 mistake" if len(self.problems) == 1 else f"{len(self.problems)} mistakes"
        super().__init__("\n".join([f"{where}: {count}", *(f"  {line}" for line in self.problems)]))


class TemplateError(DigestError):
    """A template is missing, broken or names an unknown variable."""


class StoreError(DigestError):
    """The database cannot be opened, read or written."""


class BusyError(DigestError):
    """Another digest process holds the lock; trying later is the cure, so this is exit code 1."""

    exit_code = 1

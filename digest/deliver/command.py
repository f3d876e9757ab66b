"""Mail on the standard input of a program of the operator's choice.

Its answer is its exit code: 0 has taken the mail, every other one, 75 among them, means "later".
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ..config import CommandTransport
from ..model import Outcome, Verdict
from .envelope import argument
from .piping import pipe

_BLANK = re.compile(r"\{(recipient|sender)\}")


class Command:
    """The program; started once for each message."""

    def __init__(self, settings: CommandTransport, *, key: str = "command") -> None:
        """``key`` is the setting that names the program, for errors."""
        self._settings = settings
        self._key = key

    def send(
        self, message: bytes, *, sender: str, recipient: str, before_dot: Callable[[], None] = lambda: None
    ) -> Outcome:
        """Hand over one message for one recipient; arguments and answer as those of ``Smtp.send``."""
        try:
            arguments = filled(self._settings.command, sender=argument(sender), recipient=argument(recipient))
        except ValueError as error:
            return Outcome(Verdict.REFUSED, str(error))
        ended = pipe(arguments, message, timeout=self._settings.timeout, key=self._key, before_start=before_dot)
        if isinstance(ended, Outcome):
            return ended
        if ended.code == 0:
            return Outcome(Verdict.TAKEN, ended.words or f"taken by {arguments[0]}")
        return Outcome(Verdict.LATER, f"{arguments[0]}: {ended.words or 'it said nothing'} (exit code {ended.code})")


def filled(command: tuple[str, ...], *, sender: str, recipient: str) -> list[str]:
    """The argument list with ``{sender}`` and ``{recipient}`` filled in; the program's own name stays as written."""
    values = {"sender": sender, "recipient": recipient}
    return [command[0], *(_BLANK.sub(lambda blank: values[blank[1]], one) for one in command[1:])]

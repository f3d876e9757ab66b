"""Mail through the mail program of this machine, called as sendmail has been for forty years.

    sendmail -i -f SENDER -- RECIPIENT < message

``-i`` lets a lone dot be text. Exit codes are those of sysexits.h.
"""

from __future__ import annotations

from collections.abc import Callable

from ..config import SendmailTransport
from ..model import Outcome, Verdict
from .envelope import argument
from .piping import pipe

REFUSED = {65: "EX_DATAERR", 67: "EX_NOUSER", 68: "EX_NOHOST"}
"""It says no to this recipient or this message, and would again."""

NAMES = REFUSED | {
    64: "EX_USAGE", 66: "EX_NOINPUT", 69: "EX_UNAVAILABLE", 70: "EX_SOFTWARE", 71: "EX_OSERR", 72: "EX_OSFILE",
    73: "EX_CANTCREAT", 74: "EX_IOERR", 75: "EX_TEMPFAIL", 76: "EX_PROTOCOL", 77: "EX_NOPERM", 78: "EX_CONFIG",
}  # fmt: skip
"""All others may pass by themselves, or are for the operator to mend, as is every code that has no name."""


class Sendmail:
    """The program; started once for each message."""

    def __init__(self, settings: SendmailTransport, *, key: str = "program") -> None:
        """``key`` is the setting that names the program, for errors."""
        self._settings = settings
        self._key = key

    def send(
        self, message: bytes, *, sender: str, recipient: str, before_dot: Callable[[], None] = lambda: None
    ) -> Outcome:
        """Hand over one message for one recipient; arguments and answer as those of ``Smtp.send``."""
        program = str(self._settings.program)
        try:
            arguments = [program, "-i", "-f", argument(sender), "--", argument(recipient)]
        except ValueError as error:
            return Outcome(Verdict.REFUSED, str(error))
        ended = pipe(arguments, message, timeout=self._settings.timeout, key=self._key, before_start=before_dot)
        if isinstance(ended, Outcome):
            return ended
        if ended.code == 0:
            return Outcome(Verdict.TAKEN, ended.words or f"taken by {program}")
        code = ", ".join(filter(None, (f"exit code {ended.code}", NAMES.get(ended.code))))
        verdict = Verdict.REFUSED if ended.code in REFUSED else Verdict.LATER
        return Outcome(verdict, f"{program}: {ended.words or 'it said nothing'} ({code})")

"""Send: one attempt to hand one rendition to one transport, and what came of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from ..config import (
    CommandTransport,
    Config,
    FilesTransport,
    MaildirTransport,
    SendmailTransport,
    SmtpTransport,
    secret,
)
from ..deliver.command import Command
from ..deliver.files import Files, Sheets
from ..deliver.maildir import Maildir
from ..deliver.sendmail import Sendmail
from ..deliver.smtp import Smtp
from ..editions.message import message, to_bytes
from ..errors import ConfigError, DigestError
from ..model import Delivery, Outcome, Verdict
from ..store import FrozenEdition
from ..units import mailbox

log = logging.getLogger(__name__)

Pages = Callable[[str, str], Sheets]
"""The pages that a transport of that name carries, for the sake of an edition of that digest."""

Sender = Smtp | Sendmail | Command
"""What hands a message to another program, so that its outcome can stay unknown."""


@dataclass
class Transports:
    """Transports of one run, each opened when first needed and closed with ``stack``."""

    settings: Config
    stack: ExitStack

    def __post_init__(self) -> None:
        self._open: dict[str, Sender | Maildir | Files] = {}

    def notices_repeats(self, name: str) -> bool:
        """Whether a repeat does no harm: folders can be asked what they have, a mail server cannot."""
        return isinstance(self.settings.transports.get(name), MaildirTransport | FilesTransport)

    def open(self, name: str) -> Sender | Maildir | Files:
        """Raises DigestError where the settings cannot work."""
        if name not in self._open:
            self._open[name] = self._make(name)
        return self._open[name]

    def _make(self, name: str) -> Sender | Maildir | Files:
        match self.settings.transports.get(name):
            case SmtpTransport() as smtp:
                return self.stack.enter_context(Smtp(smtp, _password(name, smtp)))
            case SendmailTransport() as sendmail:
                return Sendmail(sendmail, key=f"transports.{name}.program")
            case CommandTransport() as command:
                return Command(command, key=f"transports.{name}.command")
            case MaildirTransport(folder=folder):
                return Maildir(folder)
            case FilesTransport(folder=folder):
                return Files(folder)
        raise DigestError(f"no [transports.{name}] in {self.settings.path}; put it back")


def _password(name: str, transport: SmtpTransport) -> str | None:
    try:
        return secret(transport)
    except ConfigError as error:  # in one line, as it becomes the words of a delivery
        raise DigestError("; ".join(f"transports.{name}.{problem}" for problem in error.problems)) from None


def send(
    transports: Transports,
    pages: Pages,
    edition: FrozenEdition,
    delivery: Delivery,
    sender: str,
    sending: Callable[[], None],
) -> Outcome:
    """Tries one delivery.

    ``sending`` is called before what cannot be taken back. A mistake in the settings, or one of ours, is an outcome
    like any other and holds up no other delivery.
    """
    noted = False

    def note() -> None:
        nonlocal noted
        sending()
        noted = True

    try:
        transport = transports.open(delivery.transport)
        if isinstance(transport, Files):
            sheets = pages(delivery.transport, edition.digest)
            return transport.publish(sheets.pages, made_by=sheets.made_by, name=delivery.transport)
        try:
            mailbox(delivery.recipient)
        except ValueError as error:
            return Outcome(Verdict.REFUSED, str(error))
        raw = as_bytes(edition, delivery, sender)
        return hand_over(
            transport, raw, key=delivery.message_id, sender=sender, recipient=delivery.recipient, sending=note
        )
    except DigestError as error:
        return Outcome(Verdict.LATER, str(error))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        log.exception("delivery digest=%s transport=%s", edition.digest, delivery.transport)
        told = f"an error of this program ({type(error).__name__}: {error}); please report it"
        return Outcome(Verdict.UNKNOWN if noted else Verdict.LATER, told)


def hand_over(
    transport: Sender | Maildir,
    raw: bytes,
    *,
    key: str,
    sender: str,
    recipient: str,
    sending: Callable[[], None] = lambda: None,
) -> Outcome:
    """One message by a transport that carries mail; ``key`` is its Message-ID."""
    if isinstance(transport, Maildir):
        return transport.deliver(raw, key=key)
    return transport.send(raw, sender=sender, recipient=recipient, before_dot=sending)


def beside_the_ledger(
    transports: Transports, name: str, raw: bytes, *, key: str, sender: str, recipient: str
) -> Outcome:
    """One message that no delivery stands for; a mistake in the settings is an outcome like any other."""
    try:
        transport = transports.open(name)
        if isinstance(transport, Files):
            raise DigestError(f"transport '{name}' carries pages and no mail; name another one")
        return hand_over(transport, raw, key=key, sender=sender, recipient=recipient)
    except (DigestError, OSError, ValueError) as error:
        return Outcome(Verdict.LATER, str(error))


def as_bytes(edition: FrozenEdition, delivery: Delivery, sender: str) -> bytes:
    """The frozen bodies with what belongs to this one recipient, from stored values only: the same bytes each time."""
    return to_bytes(
        message(
            edition.mail,
            sender=sender,
            recipient=delivery.recipient,
            message_id=delivery.message_id,
            date=delivery.created,
            digest=edition.digest,
            archived_at=edition.page_url,
            unsubscribe=delivery.unsubscribe,
        )
    )

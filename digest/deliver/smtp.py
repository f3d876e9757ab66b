"""Mail over SMTP: one connection for a run, one message per recipient, the exact outcome of each.

The only place that imports smtplib.
Its ``sendmail`` hides at which stage a connection died, and just that decides about a second copy,
so every command is driven here.

    until the final dot is sent     failed for now       LATER
    a 4xx answer                    failed for now       LATER
    a 5xx answer                    refused for good     REFUSED
    the dot sent, no answer         may have been taken  UNKNOWN

What only the operator can mend (password, certificate, no STARTTLS) is LATER too:
nothing is lost while it is mended, and nothing ever goes out in clear instead.
"""

from __future__ import annotations

import ipaddress
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from ..config import SmtpTransport
from ..model import Outcome, Verdict
from .envelope import address
from .words import one_line

PORTS = {"starttls": 587, "tls": 465, "none": 25}

AFTER_DOT = 4
"""How many times the timeout the answer to a whole message may take: servers scan content before they answer,
and giving up early is what makes second copies (RFC 5321, 4.5.3.2.6)."""

GOODBYE = 3.0
"""Seconds for QUIT; all mail is accounted for by then."""

_OTHER_NAME = frozenset({62, 63, 64})
"""OpenSSL's codes for a certificate of another host, mail address or IP address."""

_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Greeting:
    """How a server met a connection that brought no mail."""

    where: str
    """``host:port``."""
    trouble: str | None = None
    """What failed and the cure; None where mail could have been sent."""
    encrypted: bool = False
    logged_in: bool = False
    certificate_until: datetime | None = None


class Smtp:
    """A server to send through: opened at the first message, kept for the run, reopened when it drops.

    A server that cannot be opened, or once lets its time run out, is not tried again in the same run:
    fifty recipients must not wait fifty timeouts, nor a wrong password be tried fifty times.
    """

    def __init__(self, settings: SmtpTransport, password: str | None, *, context: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._password = password
        self._context = context
        self._timeout = settings.timeout.total_seconds()
        self._port = settings.port or PORTS[settings.security]
        self._where = f"{settings.host}:{self._port}"
        self._connection: smtplib.SMTP | None = None
        self._closed_door: Outcome | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye if anybody is there; a server that does not answer is left after three seconds."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with suppress(smtplib.SMTPException, OSError, ValueError):
            if connection.sock is not None:
                connection.sock.settimeout(GOODBYE)
                connection.quit()
        connection.close()

    def send(
        self, message: bytes, *, sender: str, recipient: str, before_dot: Callable[[], None] = lambda: None
    ) -> Outcome:
        """Hand over one message for one recipient.

        ``sender`` and ``recipient`` are addresses, with or without a name before them.
        ``before_dot`` is called when all but the final dot is sent: from then on, and not before, a process that dies
        leaves the outcome unknown.
        ``detail`` holds the server's words, or what failed and the cure; always one line.
        """
        if self._closed_door is not None:
            return self._closed_door
        try:
            envelope = address(sender), address(recipient)
        except ValueError as error:
            return Outcome(Verdict.REFUSED, str(error))
        try:
            connection = self._ready(envelope[0])
        except (smtplib.SMTPException, OSError, ValueError) as error:
            self._closed_door = Outcome(Verdict.LATER, self._explain(error))
            return self._closed_door
        return self._hand_over(connection, message, *envelope, before_dot)

    def greet(self, sender: str) -> Greeting:
        """Goes all the way that a mail of ``sender`` goes, but for the mail: connection, TLS, login."""
        try:
            connection = self._ready(address(sender))
            connection.noop()
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return Greeting(self._where, self._explain(error))
        link, until = connection.sock, None
        if isinstance(link, ssl.SSLSocket) and (ends := (link.getpeercert() or {}).get("notAfter")):
            until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(ends)), UTC)
        return Greeting(self._where, None, isinstance(link, ssl.SSLSocket), bool(self._settings.username), until)

    # --- opening ---

    def _ready(self, sender: str) -> smtplib.SMTP:
        """The connection of this run if it still lives, else a new one."""
        if self._connection is not None:
            with suppress(smtplib.SMTPException, OSError):
                if self._connection.rset()[0] == 250:
                    return self._connection
            self._drop()
        self._connection = self._open(sender)
        return self._connection

    def _open(self, sender: str) -> smtplib.SMTP:
        """A connection ready for mail: greeted, encrypted as configured, logged in."""
        settings = self._settings
        # Given, because smtplib would ask the name service for this machine's name, which can take minutes.
        me = sender.rpartition("@")[2]
        if settings.username and settings.security == "none" and not _is_loopback(settings.host):
            raise _MisfitError("the password would travel in clear; set security to 'starttls' or 'tls'")
        if settings.username and self._password is None:
            raise _MisfitError("a username but no password; set password_file or password_env")
        connection: smtplib.SMTP
        if settings.security == "tls":
            connection = _PunctualTls(
                settings.host, self._port, local_hostname=me, timeout=self._timeout, context=self._tls()
            )
        else:
            connection = _Punctual(settings.host, self._port, local_hostname=me, timeout=self._timeout)
        try:
            connection.ehlo_or_helo_if_needed()
            if settings.security == "starttls":
                if not connection.has_extn("starttls"):
                    raise _MisfitError(
                        "it does not offer STARTTLS, and nothing is sent in clear; "
                        "check the port, or set security to 'tls' (port 465)"
                    )
                connection.starttls(context=self._tls())
                connection.ehlo_or_helo_if_needed()
            if settings.username:
                if not connection.has_extn("auth"):
                    raise _MisfitError("it offers no login; check port and security, or leave username out")
                self._login(connection, settings.username, self._password or "")
        except BaseException:
            connection.close()
            raise
        return connection

    def _login(self, connection: smtplib.SMTP, username: str, password: str) -> None:
        try:
            connection.login(username, password)
        except smtplib.SMTPServerDisconnected as error:
            # Some servers never answer a wrong password.
            how = (
                f"did not answer the login within {self._timeout:g} s" if _timed_out(error) else "hung up on the login"
            )
            raise _MisfitError(f"it {how}; check username and password") from None
        except UnicodeError:
            raise _MisfitError("username and password may only have ASCII letters here; set a new password") from None

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = ssl.create_default_context()
        return self._context

    # --- one message ---

    def _hand_over(
        self, connection: smtplib.SMTP, message: bytes, sender: str, recipient: str, before_dot: Callable[[], None]
    ) -> Outcome:
        """MAIL, RCPT, DATA and the dot."""
        try:
            options = self._options(connection, message, sender, recipient)
        except _MisfitError as error:
            return Outcome(Verdict.REFUSED, f"{self._where}: {error}")
        stage = "MAIL"
        try:
            code, words = connection.mail(sender, options)
            if code == 250:
                stage = "RCPT"
                code, words = connection.rcpt(recipient)
            if code in {250, 251}:
                stage = "DATA"
                code, words = connection.docmd("DATA")
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            how = f"did not answer {stage} within {self._timeout:g} s" if _timed_out(error) else f"hung up on {stage}"
            return self._noted(error, Outcome(Verdict.LATER, f"{self._where} {how}"))
        if code == 354 and stage == "DATA":
            return self._body(connection, message, before_dot)
        return self._answer(stage, code, words)

    def _body(self, connection: smtplib.SMTP, message: bytes, before_dot: Callable[[], None]) -> Outcome:
        """The message and its final dot, apart: only what fails behind the dot is unknown."""
        lines = _LINE_END.sub(b"\r\n", message)
        if not lines.endswith(b"\r\n"):
            lines += b"\r\n"
        stuffed = re.sub(rb"(?m)^\.", b"..", lines)
        try:
            connection.send(stuffed)
            before_dot()
            # An error while these three bytes are written means that the server has no whole message.
            connection.send(b".\r\n")
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            how = f"did not read on for {self._timeout:g} s" if _timed_out(error) else "closed the connection"
            return self._noted(error, Outcome(Verdict.LATER, f"{self._where} {how} before it had the whole message"))
        except BaseException:
            # Whatever stops us here, the message must not be completed by a polite goodbye.
            self._drop()
            raise
        patience = self._timeout * AFTER_DOT
        try:
            if connection.sock is not None:
                connection.sock.settimeout(patience)
            code, words = connection.getreply()
            if connection.sock is not None:
                connection.sock.settimeout(self._timeout)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            how = f"did not answer within {patience:g} s" if _timed_out(error) else "closed the connection"
            lost = Outcome(Verdict.UNKNOWN, f"{self._where} {how} after the whole message was sent; it may have it")
            return self._noted(error, lost)
        return self._answer("the message", code, words)

    def _options(self, connection: smtplib.SMTP, message: bytes, sender: str, recipient: str) -> list[str]:
        """Parameters of MAIL; raises _MisfitError when this server cannot carry the address or the message."""
        options = []
        if connection.has_extn("size"):
            options.append(f"SIZE={len(message)}")
        wide = [one for one in (sender, recipient) if not one.isascii()]
        if wide:
            if not connection.has_extn("smtputf8"):
                raise _MisfitError(
                    f"it cannot carry the address {wide[0]!r} (no SMTPUTF8); use an address in plain letters"
                )
            options.append("SMTPUTF8")
        if wide or not message.isascii():
            if not connection.has_extn("8bitmime"):
                raise _MisfitError("it cannot carry 8-bit text (no 8BITMIME); use another server")
            options.append("BODY=8BITMIME")
        return options

    def _answer(self, stage: str, code: int, words: bytes) -> Outcome:
        said = f"{code} {one_line(words)}".strip()
        if stage == "the message" and 200 <= code < 300:
            return Outcome(Verdict.TAKEN, said)
        detail = f"{self._where} said {said!r} to {stage}"
        if code in {530, 538} and b"TLS" in words.upper():
            return Outcome(Verdict.LATER, f"{detail}; set security of the transport to 'starttls' or 'tls'")
        if code in {530, 534, 535, 538}:
            return Outcome(Verdict.LATER, f"{detail}; set username and password of the transport")
        if 500 <= code < 600:
            return Outcome(Verdict.REFUSED, detail)
        if 400 <= code < 500 or stage != "the message":
            return Outcome(Verdict.LATER, detail)
        return Outcome(Verdict.UNKNOWN, f"{detail}, which is no answer to a message; it may have it")

    # --- when it goes wrong ---

    def _noted(self, error: Exception, outcome: Outcome) -> Outcome:
        """The outcome; a server that let its time run out is left alone for the rest of the run."""
        if _timed_out(error):
            self._closed_door = Outcome(Verdict.LATER, f"{outcome.detail}; not tried again in this run")
            if outcome.verdict is Verdict.UNKNOWN:
                self._closed_door = Outcome(Verdict.LATER, f"{self._where} did not answer the mail before this one")
        return outcome

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _explain(self, error: Exception) -> str:
        """Why no connection could be made ready, and the cure."""
        where = self._where
        match error:
            case _MisfitError():
                return f"{where}: {error}"
            case smtplib.SMTPAuthenticationError():
                said = f"{error.smtp_code} {one_line(error.smtp_error)}"
                return f"{where} did not accept the login ({said}); check username and password"
            case smtplib.SMTPResponseException():
                return f"{where} said '{error.smtp_code} {one_line(error.smtp_error)}' before any mail"
            case ssl.SSLCertVerificationError():
                cure = (
                    "set host to the name the certificate is made for"
                    if error.verify_code in _OTHER_NAME
                    else "a certificate of your own is trusted when the environment variable SSL_CERT_FILE names it"
                )
                return f"{where}: its certificate is not trusted ({one_line(error.verify_message)}); {cure}"
            case ssl.SSLError():
                why = one_line((error.reason or str(error)).replace("_", " ").lower())
                return f"{where}: no TLS came about ({why}); use 'starttls' with port 587 or 'tls' with port 465"
            case socket.gaierror():
                return f"{where}: there is no such host ({one_line(error.strerror)}); check host"
            case ConnectionRefusedError():
                return f"{where} refused the connection; check host and port"
            case _ if _timed_out(error):
                return f"{where} did not answer within {self._timeout:g} s; check host and port"
            case smtplib.SMTPServerDisconnected() | ConnectionError():
                return f"{where} closed the connection before any mail; check host, port and security"
            case OSError():
                return f"{where} cannot be reached ({one_line(error.strerror or str(error))}); check host and port"
        return f"{where}: {one_line(str(error))}"


class _Punctual(smtplib.SMTP):
    """A connection on which a whole answer, and not only each piece of it, has to come within the timeout."""

    def getreply(self) -> tuple[int, bytes]:
        connection = self.sock
        if connection is None:
            return super().getreply()
        late = threading.Event()

        def give_up() -> None:
            late.set()
            with suppress(OSError):
                # Not the method of an SSLSocket, which would take the TLS layer away under the reader.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

        timer = threading.Timer(connection.gettimeout() or GOODBYE, give_up)
        timer.daemon = True
        timer.start()
        try:
            answer = super().getreply()
        except smtplib.SMTPServerDisconnected as error:
            if late.is_set():
                raise error from TimeoutError()
            raise
        finally:
            timer.cancel()
        if late.is_set():
            # smtplib takes the letters that came until then for an answer.
            raise smtplib.SMTPServerDisconnected("the answer did not end in time") from TimeoutError()
        return answer


class _PunctualTls(_Punctual, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""


class _MisfitError(smtplib.SMTPException):
    """What is configured or asked for and what the server offers do not go together."""


def _timed_out(error: BaseException) -> bool:
    """Whether time ran out; smtplib wraps that in its own SMTPServerDisconnected."""
    return any(isinstance(one, TimeoutError) for one in (error, error.__context__, error.__cause__))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

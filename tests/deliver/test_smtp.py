"""Mail over a real connection to a server that misbehaves at every stage."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from support.mailserver import MailServer

from digest.config import SmtpTransport
from digest.deliver.smtp import Smtp
from digest.model import Outcome, Verdict

MESSAGE = b"Subject: Morning paper\r\nMessage-ID: <1@example.org>\r\n\r\nHello.\r\n"
SENDER, READER = "Morning paper <digest@example.org>", "me@example.net"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


def settings(server: MailServer, **more: Any) -> SmtpTransport:
    """Timeouts shorter than a person may configure, so that the tests are quick."""
    given = {"host": server.host, "port": server.port, "security": server.security, "timeout": timedelta(seconds=0.5)}
    return SmtpTransport(type="smtp", **(given | more))


def smtp(server: MailServer, password: str | None = None, **more: Any) -> Smtp:
    return Smtp(settings(server, **more), password, context=server.client_context())


def send(server: MailServer, message: bytes = MESSAGE, recipient: str = READER, **more: Any) -> Outcome:
    with smtp(server, **more) as transport:
        return transport.send(message, sender=SENDER, recipient=recipient)


def test_a_message_is_taken_with_the_servers_words(server: MailServer) -> None:
    assert send(server) == Outcome(Verdict.TAKEN, "250 2.0.0 OK queued as 1")
    [mail] = server.received
    assert (mail.sender, mail.recipient, mail.content) == ("digest@example.org", READER, MESSAGE)


def test_the_greeting_names_the_senders_domain(server: MailServer) -> None:
    send(server)
    assert server.received[0].greeted_as == "example.org"


def test_dots_and_line_ends_arrive_as_written(server: MailServer) -> None:
    send(server, b"Subject: x\n\n.\n..two\nplain\r\nend")
    assert server.received[0].content == b"Subject: x\r\n\r\n.\r\n..two\r\nplain\r\nend\r\n"


def test_one_connection_serves_all_recipients(server: MailServer) -> None:
    with smtp(server) as transport:
        for number in range(3):
            assert transport.send(MESSAGE, sender=SENDER, recipient=f"{number}@example.net").verdict is Verdict.TAKEN
    assert server.connections == 1
    assert [mail.recipient for mail in server.received] == ["0@example.net", "1@example.net", "2@example.net"]


def test_nothing_is_opened_before_the_first_message(server: MailServer) -> None:
    with smtp(server):
        pass
    assert server.connections == 0


def test_a_connection_that_dropped_between_two_messages_is_reopened(server: MailServer) -> None:
    with smtp(server) as transport:
        transport.send(MESSAGE, sender=SENDER, recipient=READER)
        for one in list(server._live):
            server._loop.call_soon_threadsafe(one.transport.abort)
        assert transport.send(MESSAGE, sender=SENDER, recipient=READER).verdict is Verdict.TAKEN
    assert server.connections == 2
    assert len(server.received) == 2


def test_one_refused_recipient_does_not_hurt_the_next(server: MailServer) -> None:
    server.refused["gone@example.net"] = "550 5.1.1 No such user"
    with smtp(server) as transport:
        gone = transport.send(MESSAGE, sender=SENDER, recipient="gone@example.net")
        assert transport.send(MESSAGE, sender=SENDER, recipient=READER).verdict is Verdict.TAKEN
    assert gone.verdict is Verdict.REFUSED
    assert gone.detail == f"127.0.0.1:{server.port} said '550 5.1.1 No such user' to RCPT"
    assert server.connections == 1


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "END"])
@pytest.mark.parametrize(
    ("reply", "verdict"),
    [("451 4.3.0 Try later", Verdict.LATER), ("554 5.7.1 We do not want this", Verdict.REFUSED)],
)
def test_an_answer_decides_at_every_stage(server: MailServer, stage: str, reply: str, verdict: Verdict) -> None:
    server.replies[stage] = reply
    outcome = send(server)
    assert outcome.verdict is verdict
    assert reply in str(outcome.detail)
    assert server.received == []
    server.replies.clear()
    assert send(server).verdict is Verdict.TAKEN


@pytest.mark.parametrize("reply", ["421 4.3.2 Too busy", "554 5.7.1 Not you"])
def test_a_server_that_turns_the_whole_connection_away_is_tried_again_later(server: MailServer, reply: str) -> None:
    server.replies["CONNECT"] = reply
    outcome = send(server)
    assert outcome.verdict is Verdict.LATER
    assert reply in str(outcome.detail)


def test_closing_with_421_in_the_middle_is_later_and_the_next_mail_reconnects(server: MailServer) -> None:
    server.replies["RCPT"] = "421 4.3.2 Shutting down"
    with smtp(server) as transport:
        assert transport.send(MESSAGE, sender=SENDER, recipient=READER).verdict is Verdict.LATER
        server.replies.clear()
        assert transport.send(MESSAGE, sender=SENDER, recipient=READER).verdict is Verdict.TAKEN


@pytest.mark.parametrize("stage", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"])
def test_a_connection_that_dies_before_the_body_is_later(server: MailServer, stage: str) -> None:
    server.drops.add(stage)
    outcome = send(server)
    assert outcome.verdict is Verdict.LATER
    assert "\n" not in str(outcome.detail)


def test_a_connection_that_dies_inside_the_body_is_later(server: MailServer) -> None:
    """Large enough that it cannot all lie in the buffers of the system when the server hangs up."""
    server.drops.add("BODY")
    outcome = send(server, MESSAGE + b"A line of some length.\r\n" * 1_000_000)
    assert outcome.verdict is Verdict.LATER
    assert "before it had the whole message" in str(outcome.detail)


def test_a_connection_that_dies_after_the_dot_is_unknown(server: MailServer) -> None:
    server.drops.add("END")
    outcome = send(server)
    assert outcome.verdict is Verdict.UNKNOWN
    assert "it may have it" in str(outcome.detail)
    assert len(server.unanswered) == 1


def test_no_answer_after_the_dot_is_unknown(server: MailServer) -> None:
    server.delays["END"] = 30
    outcome = send(server, timeout=timedelta(seconds=0.1))
    assert outcome.verdict is Verdict.UNKNOWN
    assert "did not answer within 0.4 s" in str(outcome.detail)


def test_a_slow_answer_to_a_whole_message_is_waited_for(server: MailServer) -> None:
    server.delays["END"] = 0.5
    assert send(server, timeout=timedelta(seconds=0.3)).verdict is Verdict.TAKEN


@pytest.mark.parametrize("stage", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"])
def test_a_stalled_server_is_later_within_the_timeout(server: MailServer, stage: str) -> None:
    server.delays[stage] = 30
    started = time.monotonic()
    outcome = send(server, timeout=timedelta(seconds=0.2))
    assert outcome.verdict is Verdict.LATER
    assert "within 0.2 s" in str(outcome.detail)
    assert time.monotonic() - started < 2


def test_an_answer_that_is_no_smtp_is_unknown_after_the_dot() -> None:
    with _Nonsense(b"hello?\r\n") as port:
        transport = Smtp(
            SmtpTransport(type="smtp", host="127.0.0.1", port=port, security="none", timeout=timedelta(seconds=1)), None
        )
        with transport:
            assert transport.send(MESSAGE, sender=SENDER, recipient=READER).verdict is Verdict.UNKNOWN


def test_a_server_that_cannot_be_opened_is_tried_once_per_run(server: MailServer) -> None:
    server.drops.add("CONNECT")
    with smtp(server) as transport:
        outcomes = [transport.send(MESSAGE, sender=SENDER, recipient=f"{n}@example.net") for n in range(5)]
    assert {outcome.verdict for outcome in outcomes} == {Verdict.LATER}
    assert server.connections == 1


def test_nobody_listening_is_later_and_says_what_to_check() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    transport = Smtp(SmtpTransport(type="smtp", host="127.0.0.1", port=port, security="none"), None)
    outcome = transport.send(MESSAGE, sender=SENDER, recipient=READER)
    assert outcome == Outcome(Verdict.LATER, f"127.0.0.1:{port} refused the connection; check host and port")


def test_ports_follow_the_kind_of_security() -> None:
    """Nothing listens on these ports of 127.9.9.9, so the answer names them."""
    for security, port in (("none", 25), ("starttls", 587), ("tls", 465)):
        transport = Smtp(SmtpTransport(type="smtp", host="127.9.9.9", security=security), None)
        assert f"127.9.9.9:{port} refused" in str(transport.send(MESSAGE, sender=SENDER, recipient=READER).detail)


# --- encryption ---


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_travels_encrypted_when_the_certificate_is_trusted(security: Any) -> None:
    with MailServer(security=security) as server:
        assert send(server).verdict is Verdict.TAKEN
        assert server.received[0].encrypted


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_nobody_vouches_for_stops_the_mail(security: Any) -> None:
    with MailServer(security=security) as server:
        transport = Smtp(settings(server), None)
        outcome = transport.send(MESSAGE, sender=SENDER, recipient=READER)
        assert outcome.verdict is Verdict.LATER
        assert "certificate is not trusted" in str(outcome.detail)
        assert server.received == []


def test_a_certificate_for_another_name_stops_the_mail() -> None:
    with MailServer(security="starttls", host="127.0.0.2") as server:
        outcome = send(server)
        assert outcome.verdict is Verdict.LATER
        assert "set host to the name the certificate is made for" in str(outcome.detail)
        assert server.received == []


def test_a_server_without_starttls_gets_no_mail_in_clear(server: MailServer) -> None:
    outcome = send(server, security="starttls")
    assert outcome.verdict is Verdict.LATER
    assert "does not offer STARTTLS" in str(outcome.detail)
    assert server.received == []


def test_tls_to_a_plain_port_names_the_right_pairs(server: MailServer) -> None:
    outcome = send(server, security="tls")
    assert outcome.verdict is Verdict.LATER
    assert "'tls' with port 465" in str(outcome.detail)


def test_the_usual_context_verifies_names_and_chains() -> None:
    context = Smtp(SmtpTransport(type="smtp", host="127.0.0.1"), None)._tls()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


# --- login ---


def test_mail_goes_out_after_login() -> None:
    with MailServer(security="starttls", login=("me", "open sesame")) as server:
        assert send(server, username="me", password="open sesame").verdict is Verdict.TAKEN


def test_a_wrong_password_is_later_tried_once_and_never_shown() -> None:
    with MailServer(security="starttls", login=("me", "right")) as server:
        with smtp(server, "hunter2", username="me") as transport:
            first = transport.send(MESSAGE, sender=SENDER, recipient=READER)
            assert transport.send(MESSAGE, sender=SENDER, recipient="you@example.net") == first
        assert first.verdict is Verdict.LATER
        assert "check username and password" in str(first.detail)
        assert "hunter2" not in str(first.detail)
        assert server.connections == 1


def test_a_server_mute_on_a_wrong_password_costs_one_timeout() -> None:
    with MailServer(security="starttls", login=("me", "right"), mute_login=True) as server:
        started = time.monotonic()
        outcome = send(server, username="me", password="wrong", timeout=timedelta(seconds=0.3))
        assert outcome.verdict is Verdict.LATER
        assert "did not answer the login within 0.3 s; check username and password" in str(outcome.detail)
        assert time.monotonic() - started < 2


def test_a_server_that_wants_a_login_nobody_configured_is_later_with_the_cure() -> None:
    with MailServer(login=("me", "right")) as server:
        outcome = send(server)
        assert outcome.verdict is Verdict.LATER
        assert "set username and password" in str(outcome.detail)


def test_a_login_the_server_does_not_offer_is_later(server: MailServer) -> None:
    outcome = send(server, username="me", password="x")
    assert outcome.verdict is Verdict.LATER
    assert "offers no login" in str(outcome.detail)


def test_a_username_without_password_names_the_keys(server: MailServer) -> None:
    assert "password_file or password_env" in str(send(server, username="me").detail)


def test_a_password_never_leaves_this_machine_in_clear() -> None:
    transport = Smtp(SmtpTransport(type="smtp", host="smtp.example.org", security="none", username="me"), "secret")
    outcome = transport.send(MESSAGE, sender=SENDER, recipient=READER)
    assert outcome.verdict is Verdict.LATER
    assert "in clear" in str(outcome.detail)


def test_a_password_outside_ascii_is_explained_without_showing_it() -> None:
    with MailServer(security="starttls", login=("me", "right")) as server:
        outcome = send(server, username="me", password="schlüssel")
        assert outcome.verdict is Verdict.LATER
        assert "ASCII" in str(outcome.detail)
        assert "ü" not in str(outcome.detail)


# --- addresses ---


def test_an_address_in_other_letters_needs_a_server_that_can(server: MailServer) -> None:
    outcome = send(server, recipient="jürgen@example.net")
    assert outcome.verdict is Verdict.REFUSED
    assert "no SMTPUTF8" in str(outcome.detail)
    with MailServer(smtputf8=True) as able:
        assert send(able, recipient="jürgen@example.net").verdict is Verdict.TAKEN
        assert able.received[0].recipient == "jürgen@example.net"
        assert "SMTPUTF8" in able.received[0].options


def test_a_domain_in_other_letters_goes_to_any_server(server: MailServer) -> None:
    assert send(server, recipient="me@bücher.example").verdict is Verdict.TAKEN
    assert server.received[0].recipient == "me@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "recipient", ["", "me@example.net>\r\nRCPT TO:<you@example.net", "two words", "me@ü" + "x" * 80]
)
def test_what_is_no_address_is_refused_before_anything_is_sent(server: MailServer, recipient: str) -> None:
    outcome = send(server, recipient=recipient)
    assert outcome.verdict is Verdict.REFUSED
    assert "is not a mail address" in str(outcome.detail)
    assert "\n" not in str(outcome.detail)
    assert server.connections == 0


def test_the_servers_words_become_one_short_line(server: MailServer) -> None:
    server.replies["RCPT"] = "550-first \x1b[31m line\r\n550 " + "x" * 450
    detail = str(send(server).detail)
    assert "\n" not in detail
    assert "\x1b" not in detail
    assert "first" in detail
    assert len(detail) < 400


def test_the_servers_words_cannot_steer_a_terminal_or_hide() -> None:
    words = "first \x9b31m \u202egnp\u200b"
    with MailServer(smtputf8=True) as server:
        server.replies["CONNECT"] = f"451 {words}"
        assert "said '451 first 31m gnp' before any mail" in str(send(server).detail)
        server.replies = {"END": f"250 {words}"}
        assert str(send(server).detail) == "250 first 31m gnp"


class _Nonsense:
    """A server that says the right things until the dot, and then ``last``."""

    def __init__(self, last: bytes) -> None:
        self._last = last

    def __enter__(self) -> int:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._talk, daemon=True)
        self._thread.start()
        port: int = self._listener.getsockname()[1]
        return port

    def __exit__(self, *_: object) -> None:
        self._thread.join(5)
        self._listener.close()

    def _talk(self) -> None:
        connection, _ = self._listener.accept()
        with connection, connection.makefile("rwb", buffering=0) as talk:
            talk.write(b"220 here\r\n")
            for reply in (b"250 hello", b"250 ok", b"250 ok", b"354 go"):
                talk.readline()
                talk.write(reply + b"\r\n")
            while talk.readline() != b".\r\n":
                pass
            talk.write(self._last)


class _Dripping(_Nonsense):
    """A server that says the right things until the command ``stage``, and then a letter now and then, for ever."""

    def __init__(self, stage: bytes) -> None:
        self._stage = stage
        self._ended = threading.Event()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        super().__exit__()

    def _talk(self) -> None:
        connection, _ = self._listener.accept()
        with connection, connection.makefile("rwb", buffering=0) as talk, suppress(OSError):
            talk.write(b"220 here\r\n")
            reading = False
            while line := talk.readline():
                if reading and line != b".\r\n":
                    continue
                reading = line.upper().startswith(b"DATA")
                while line.startswith(self._stage) and not self._ended.wait(0.1):
                    talk.write(b"2")
                talk.write(b"354 go\r\n" if reading else b"250 ok\r\n")


@pytest.mark.parametrize(
    ("stage", "verdict", "words"),
    [
        (b"ehlo", Verdict.LATER, "did not answer within 0.3 s"),
        (b"mail", Verdict.LATER, "did not answer MAIL within 0.3 s"),
        (b".", Verdict.UNKNOWN, "did not answer within 1.2 s after the whole message"),
    ],
)
def test_an_answer_that_comes_letter_by_letter_and_never_ends_is_not_waited_for(
    stage: bytes, verdict: Verdict, words: str
) -> None:
    with _Dripping(stage) as port:
        settings = SmtpTransport(type="smtp", host="127.0.0.1", port=port, security="none")
        with Smtp(replace(settings, timeout=timedelta(seconds=0.3)), None) as transport:
            outcome = transport.send(MESSAGE, sender=SENDER, recipient=READER)
            assert transport.send(MESSAGE, sender=SENDER, recipient=READER).verdict is Verdict.LATER
    assert outcome.verdict is verdict
    assert words in str(outcome.detail)


def test_the_caller_is_told_when_all_but_the_dot_is_sent_and_not_before(server: MailServer) -> None:
    told: list[str] = []

    def attempt() -> Verdict:
        with smtp(server) as transport:
            return transport.send(
                MESSAGE, sender=SENDER, recipient=READER, before_dot=lambda: told.append("dot")
            ).verdict

    server.replies["RCPT"] = "450 4.2.0 Greylisted"
    assert (attempt(), told) == (Verdict.LATER, [])
    server.replies.clear()
    assert (attempt(), told) == (Verdict.TAKEN, ["dot"])


def test_a_message_is_not_completed_when_the_caller_cannot_note_it(server: MailServer) -> None:
    def full_disk() -> None:
        raise MemoryError

    with smtp(server) as transport:
        with pytest.raises(MemoryError):
            transport.send(MESSAGE, sender=SENDER, recipient=READER, before_dot=full_disk)
        assert transport.send(MESSAGE, sender=SENDER, recipient=READER).verdict is Verdict.TAKEN
    assert (len(server.received), server.unanswered) == (1, [])

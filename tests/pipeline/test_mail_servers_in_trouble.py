"""Every trouble that a mail server can make, through publishing, ledger and a real connection.

In each the mail arrives once, or its delivery is marked with the server's words.
"""

from __future__ import annotations

import email
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.mailserver import CERTIFICATE, MailServer
from support.prepared import Prepared

A, B = "a@example.org", "b@example.org"
LOGIN = 'username = "me"\npassword_env = "MAIL_PASSWORD"'


@dataclass(frozen=True)
class Trouble:
    """What the server does at first, and what becomes of the mail to A and the mail to B."""

    name: str
    first: dict[str, tuple[str, str]]
    """Recipient to (state, a part of the server's words) after the first attempt."""
    cause: Callable[[MailServer], object] = lambda server: None
    server: dict[str, Any] = field(default_factory=dict)
    security: str | None = None
    """What the configuration says where that is not what the server does."""
    more: str = ""
    copies: dict[str, int] = field(default_factory=dict)
    """How often the server has a mail in the end, where that is not once."""


SENT = ("sent", "")
TROUBLES = (
    Trouble("accepts", {A: SENT, B: SENT}),
    Trouble(
        "greylists",
        {A: ("pending", "450 4.2.0 Greylisted"), B: ("pending", "450 4.2.0 Greylisted")},
        lambda server: server.replies.update(RCPT="450 4.2.0 Greylisted"),
    ),
    Trouble(
        "refuses one of two recipients",
        {A: SENT, B: ("refused", "550 5.1.1 No such user")},
        lambda server: server.refused.update({B: "550 5.1.1 No such user"}),
    ),
    Trouble(
        "refuses after DATA",
        {A: ("refused", "554 5.7.1 Spam"), B: ("refused", "554 5.7.1 Spam")},
        lambda server: server.replies.update(END="554 5.7.1 Spam"),
    ),
    Trouble(
        "temporary after DATA",
        {A: ("pending", "451 4.3.0 Disk full"), B: ("pending", "451 4.3.0 Disk full")},
        lambda server: server.replies.update(END="451 4.3.0 Disk full"),
    ),
    Trouble(
        "drops the connection after DATA",
        {A: ("pending", "may have it"), B: ("pending", "may have it")},
        lambda server: server.drops.add("END"),
        copies={A: 2, B: 2},
    ),
    Trouble(
        "stalls before it greets",
        {A: ("pending", "did not answer within 0.3 s"), B: ("pending", "did not answer within 0.3 s")},
        lambda server: server.delays.update(CONNECT=60),
    ),
    Trouble(
        "stalls before DATA",
        {A: ("pending", "did not answer DATA within 0.3 s"), B: ("pending", "not tried again in this run")},
        lambda server: server.delays.update(DATA=60),
    ),
    Trouble(
        "stalls after DATA",
        {A: ("pending", "may have it"), B: ("pending", "did not answer the mail before this one")},
        lambda server: server.delays.update(END=60),
        copies={A: 2},
    ),
    Trouble(
        "requires TLS",
        {A: SENT, B: SENT},
        server={"security": "starttls", "needs_tls": True},
    ),
    Trouble(
        "requires TLS that is not configured",
        {A: ("pending", "Must issue a STARTTLS command first"), B: ("pending", "set security of the transport")},
        server={"security": "starttls", "needs_tls": True},
        security="none",
    ),
    Trouble(
        "offers no TLS",
        {A: ("pending", "does not offer STARTTLS"), B: ("pending", "nothing is sent in clear")},
        security="starttls",
    ),
    Trouble(
        "requires login",
        {A: SENT, B: SENT},
        server={"security": "starttls", "login": ("me", "right")},
        more=LOGIN,
    ),
    Trouble(
        "requires login and rejects it",
        {A: ("pending", "535"), B: ("pending", "check username and password")},
        lambda server: setattr(server, "login", ("me", "another")),
        server={"security": "starttls", "login": ("me", "right")},
        more=LOGIN,
    ),
    Trouble(
        "requires login and does not answer a wrong one",
        {A: ("pending", "did not answer the login"), B: ("pending", "check username and password")},
        lambda server: setattr(server, "login", ("me", "another")),
        server={"security": "starttls", "login": ("me", "right"), "mute_login": True},
        more=LOGIN,
    ),
    Trouble("lacks 8BITMIME and SMTPUTF8", {A: SENT, B: SENT}, server={"eight_bit": False}),
)


def mend(ready: Prepared, server: MailServer, trouble: Trouble) -> None:
    """Server and configuration, as they should be."""
    for script in (server.replies, server.delays, server.drops, server.refused):
        script.clear()
    if server.login:
        server.login = ("me", "right")
    ready.mail(server, trouble.more, security=None)


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    monkeypatch.setenv("MAIL_PASSWORD", "right")


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda one: one.name)
def test_the_mail_arrives_once_or_is_marked_with_the_servers_words(tmp_path: Path, trouble: Trouble) -> None:
    ready = Prepared(tmp_path, to=(A, B))
    with MailServer(**trouble.server) as server:
        trouble.cause(server)
        ready.mail(server, trouble.more, trouble.security).send()
        after_one = ready.ledger()
        for (recipient, state, words), (person, (expected, part)) in zip(after_one, trouble.first.items(), strict=True):
            assert (recipient, state) == (person, expected)
            assert part in words
        mend(ready, server, trouble)
        assert ready.later(seconds=59).tick().deliveries == ()
        ready.later(seconds=1).tick()
    settled = [(recipient, "sent" if state == "pending" else state) for recipient, state, _ in after_one]
    assert [row[:2] for row in ready.ledger()] == settled
    arrived = [mail.recipient for mail in server.received]
    assert sorted(arrived) == [recipient for recipient, state in settled if state == "sent"]
    for recipient in arrived:
        copies = [one for one in (*server.received, *server.unanswered) if one.recipient == recipient]
        assert len(copies) == trouble.copies.get(recipient, 1)
        assert len({one.content for one in copies}) == 1
        assert email.message_from_bytes(copies[0].content)["To"] == recipient
    assert all(mail.encrypted for mail in server.received if trouble.server.get("security"))


def test_one_run_opens_one_connection(tmp_path: Path) -> None:
    ready = Prepared(tmp_path, to=tuple(f"{number}@example.org" for number in range(5)))
    with MailServer() as server:
        ready.mail(server).send()
    assert (len(server.received), server.connections) == (5, 1)


def test_no_third_copy_is_made_where_two_stayed_without_an_answer(tmp_path: Path) -> None:
    ready = Prepared(tmp_path)
    with MailServer() as server:
        server.drops.add("END")
        ready.mail(server).send()
        ready.later(minutes=1).tick()
        server.drops.clear()
        for _ in range(3):
            ready.later(hours=2).tick()
    assert (len(server.unanswered), server.received) == (2, [])
    [(_, state, words)] = ready.ledger()
    assert state == "failed"
    assert "most likely arrived" in words


def test_a_login_without_answer_is_tried_once_and_holds_up_neither_page_nor_folder(tmp_path: Path) -> None:
    ready = Prepared(tmp_path, to=tuple(f"{number}@example.org" for number in range(20)))
    ready.deliver = ("mail", "site", "outbox")
    with MailServer(login=("me", "another"), mute_login=True) as server:
        report = ready.mail(server, LOGIN).send()
    assert server.logins == 1
    assert [one.transport for one in report.deliveries[:21]] == ["site", *["outbox"] * 20]
    assert {one.state for one in report.deliveries[:21]} == {"sent"}
    assert {one.state for one in report.deliveries[21:]} == {"pending"}


def test_a_recipient_that_needs_smtputf8_is_marked_and_the_others_get_their_mail(tmp_path: Path) -> None:
    """Such an address cannot be configured; one in the ledger is told and stops nobody."""
    ready = Prepared(tmp_path, to=(A, B, "me@bücher.example"))
    with MailServer(eight_bit=False) as server:
        server.replies["MAIL"] = "451 4.3.0 Later"
        ready.mail(server).send()
        server.replies.clear()
        with ready.store() as store, store.writing():
            store._database.conn.execute(
                "UPDATE deliveries SET recipient = 'jürgen@example.org' WHERE recipient = ?", (A,)
            )
        ready.later(minutes=1).tick()
    assert [row[:2] for row in ready.ledger()] == [
        ("jürgen@example.org", "refused"), (B, "sent"), ("me@bücher.example", "sent"),
    ]  # fmt: skip
    assert "'jürgen@example.org' is not a mail address" in ready.ledger()[0][2]
    assert [mail.recipient for mail in server.received] == [B, "me@xn--bcher-kva.example"]


def test_the_wait_grows_to_an_hour_and_ends_after_a_day_with_the_servers_words(tmp_path: Path) -> None:
    ready = Prepared(tmp_path)
    tried = []
    with MailServer() as server:
        server.replies["RCPT"] = "451 4.7.1 Try later"
        ready.mail(server).send()
        began = ready.now
        while (upcoming := ready.rows("SELECT next_try FROM deliveries")[0][0]) is not None:
            ready.now = datetime.fromisoformat(upcoming) - timedelta(seconds=1)
            assert ready.tick().deliveries == ()
            assert len(ready.later(seconds=1).tick().deliveries) == 1
            tried.append((ready.now - began) / timedelta(minutes=1))
        [(_, state, words)] = ready.ledger()
        server.replies.clear()
        assert ready.later(days=1).tick().deliveries == ()
    assert tried[:6] == [1, 6, 21, 81, 141, 201]
    assert (tried[-2], tried[-1]) == (1401, 1461)
    assert (state, "451 4.7.1 Try later" in words) == ("failed", True)

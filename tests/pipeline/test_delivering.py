"""The ledger over a real mail server: a mail is never lost, and doubled only where nobody could know."""

from __future__ import annotations

import email
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.editions import an_edition
from support.mailserver import MailServer

from digest.config import Config, Digest, FilesTransport, MaildirTransport, SmtpTransport
from digest.editions import frozen
from digest.model import Delivery, DeliveryReport, DeliveryState, Mail, Outcome, Verdict, Window
from digest.pipeline.delivering import deliver
from digest.pipeline.ledger import GIVE_UP, after
from digest.store import Addressee, Store

SLOT = datetime(2023, 10, 13, 18, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "digest.db") as opened:
        yield opened


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


def settings(tmp_path: Path, server: MailServer) -> Config:
    quick = SmtpTransport(
        type="smtp", host=server.host, port=server.port, security="none", timeout=timedelta(seconds=0.3)
    )
    return Config(
        path=tmp_path / "config.toml",
        database=tmp_path / "digest.db",
        digests={"daily": Digest(name="daily", deliver=("mail",), to=("a@example.org",))},
        transports={
            "mail": quick,
            "outbox": MaildirTransport(type="maildir", folder=tmp_path / "outbox"),
            "site": FilesTransport(type="files", folder=tmp_path / "public"),
        },
    )


def freeze(store: Store, *recipients: str, transport: str = "mail") -> None:
    edition = an_edition(slot=SLOT, day=SLOT.date(), window=Window(SLOT - timedelta(days=1), SLOT))
    store.editions.know(edition.digest, SLOT)
    people = [
        Addressee(transport, one, "digest@example.org", f"<{number}.daily@example.org>")
        for number, one in enumerate(recipients)
    ]
    with store.freezing():
        store.editions.freeze(edition, frozen.dumps(edition), Mail("Dam breaks", "<p>html</p>", "text"), people, SLOT)


def send(store: Store, config: Config, at: datetime = SLOT, *, due_only: bool = False) -> tuple[DeliveryReport, ...]:
    return deliver(store, config, lambda: at, lambda: iter([("index.html", b"page")]), due_only=due_only)


def states(reports: tuple[DeliveryReport, ...]) -> list[DeliveryState]:
    return [report.state for report in reports]


def test_each_recipient_gets_a_message_of_their_own_once(store: Store, server: MailServer, tmp_path: Path) -> None:
    freeze(store, "a@example.org", "b@example.org")
    config = settings(tmp_path, server)
    assert states(send(store, config)) == [DeliveryState.SENT, DeliveryState.SENT]
    assert send(store, config) == ()
    assert [mail.recipient for mail in server.received] == ["a@example.org", "b@example.org"]
    for mail in server.received:
        other = {"a@example.org", "b@example.org"} - {mail.recipient}
        assert other.pop().encode() not in mail.content


def test_a_server_that_is_down_gets_the_same_message_when_it_is_up(tmp_path: Path, store: Store) -> None:
    with MailServer() as gone:
        config = settings(tmp_path, gone)
        port = gone.port
    freeze(store, "a@example.org")
    [report] = send(store, config)
    assert report.state is DeliveryState.PENDING
    assert "refused the connection" in (report.detail or "")
    with MailServer(port=port) as back:
        assert states(send(store, config, SLOT + timedelta(minutes=2))) == [DeliveryState.SENT]
        message = email.message_from_bytes(back.received[0].content)
        assert message["Message-ID"] == "<0.daily@example.org>"


def test_one_refused_recipient_does_not_hold_up_the_others(store: Store, server: MailServer, tmp_path: Path) -> None:
    freeze(store, "a@example.org", "gone@example.org", "c@example.org")
    server.refused["gone@example.org"] = "550 5.1.1 No such user"
    reports = send(store, settings(tmp_path, server))
    assert states(reports) == [DeliveryState.SENT, DeliveryState.REFUSED, DeliveryState.SENT]
    assert "No such user" in (reports[1].detail or "")
    assert send(store, settings(tmp_path, server)) == ()


def test_a_connection_cut_after_the_dot_is_tried_once_more_and_never_again(
    store: Store, server: MailServer, tmp_path: Path
) -> None:
    freeze(store, "a@example.org")
    server.drops.add("END")
    config = settings(tmp_path, server)
    assert states(send(store, config)) == [DeliveryState.PENDING]
    assert states(send(store, config, SLOT + timedelta(minutes=1))) == [DeliveryState.FAILED]
    assert send(store, config, SLOT + timedelta(minutes=9)) == ()
    ids = {email.message_from_bytes(mail.content)["Message-ID"] for mail in server.unanswered}
    assert (len(server.unanswered), len(ids)) == (2, 1)


def test_what_a_process_left_in_sending_is_sent_once_more_with_the_same_id(
    store: Store, server: MailServer, tmp_path: Path
) -> None:
    freeze(store, "a@example.org")
    [(row, _)] = store.deliveries.open()
    store.deliveries.record(replace(row, state=DeliveryState.SENDING, attempts=1), SLOT)
    assert states(send(store, settings(tmp_path, server))) == [DeliveryState.SENT]
    assert store.deliveries.of(1)[0].uncertain == 1
    assert email.message_from_bytes(server.received[0].content)["Message-ID"] == row.message_id


def test_a_retry_waits_for_its_time_when_only_due_ones_are_wanted(
    store: Store, server: MailServer, tmp_path: Path
) -> None:
    freeze(store, "a@example.org")
    server.replies["MAIL"] = "451 4.3.0 Try later"
    config = settings(tmp_path, server)
    assert states(send(store, config, due_only=True)) == [DeliveryState.PENDING]
    assert send(store, config, SLOT + timedelta(seconds=59), due_only=True) == ()
    server.replies.clear()
    assert states(send(store, config, SLOT + timedelta(minutes=1), due_only=True)) == [DeliveryState.SENT]


def test_a_folder_gets_its_mail_once_whatever_the_ledger_forgot(
    store: Store, server: MailServer, tmp_path: Path
) -> None:
    freeze(store, "a@example.org", transport="outbox")
    config = settings(tmp_path, server)
    [(row, _)] = store.deliveries.open()
    for _ in range(3):
        store.deliveries.record(replace(row, state=DeliveryState.SENDING), SLOT)
        assert states(send(store, config)) == [DeliveryState.SENT]
    assert len(list((tmp_path / "outbox" / "new").iterdir())) == 1


def test_a_transport_that_left_the_configuration_keeps_its_mail_waiting(
    store: Store, server: MailServer, tmp_path: Path
) -> None:
    freeze(store, "a@example.org")
    config = settings(tmp_path, server)
    without = replace(config, transports={})
    [report] = send(store, without)
    assert report.state is DeliveryState.PENDING
    assert "[transports.mail]" in (report.detail or "")
    assert states(send(store, config)) == [DeliveryState.SENT]


def delivery(attempts: int = 1, uncertain: int = 0) -> Delivery:
    return Delivery(1, 1, "mail", "a@example.org", DeliveryState.PENDING, "<1@x>", attempts, uncertain, SLOT, None)


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 1), (2, 5), (3, 15), (4, 60), (5, 60), (20, 60)])
def test_waits_grow_from_a_minute_to_an_hour(attempts: int, minutes: int) -> None:
    again = after(delivery(attempts), Outcome(Verdict.LATER, "451 later"), SLOT)
    assert (again.state, again.next_try) == (DeliveryState.PENDING, SLOT + timedelta(minutes=minutes))


def test_a_day_without_success_is_a_failure_but_only_after_an_attempt_then() -> None:
    later = Outcome(Verdict.LATER, "no")
    just_before = after(delivery(2), later, SLOT + GIVE_UP - timedelta(seconds=1))
    assert just_before.state is DeliveryState.PENDING
    assert after(delivery(2), later, SLOT + GIVE_UP).state is DeliveryState.FAILED
    assert after(delivery(1), later, SLOT + GIVE_UP * 3).state is DeliveryState.PENDING
    assert after(delivery(2), Outcome(Verdict.TAKEN), SLOT + GIVE_UP * 3).state is DeliveryState.SENT

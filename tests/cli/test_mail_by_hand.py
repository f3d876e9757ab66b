"""What a person does about mails: a test mail, an edition once more, the list of what went where, letting one go."""

from __future__ import annotations

import email
import email.policy
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.mailserver import MailServer
from support.prepared import NOW, TITLES, Prepared

from digest.cli import run_command

A, B = "a@example.org", "b@example.org"
DAY = f"{NOW:%Y-%m-%d}"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


@pytest.fixture
def ready(tmp_path: Path, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> Prepared:
    monkeypatch.chdir(tmp_path)
    return Prepared(tmp_path, to=(A, B)).mail(server)


@pytest.fixture
def call(ready: Prepared, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs a command half a minute later: (exit code, output, errors)."""

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        ready.later(seconds=30)  # the clock of the command before went on meanwhile
        code = run_command([*arguments, "--now", f"{ready.now:%Y-%m-%dT%H:%M:%SZ}"])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


Call = Callable[..., tuple[int, str, str]]


def files(folder: Path) -> dict[str, str]:
    """Every file there and its content, but for the two that SQLite makes to read."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }


def read(server: MailServer) -> list[Any]:
    return [email.message_from_bytes(one.content, policy=email.policy.default) for one in server.received]


# --- A test mail ---


def test_a_test_mail_shows_what_would_come_and_changes_not_one_byte(
    ready: Prepared, call: Call, server: MailServer
) -> None:
    before = files(ready.folder)
    code, out, _ = call("send", "--to", "Me <me@example.net>", "--to", B)
    assert code == 0
    assert out.startswith("daily: the edition that would come now: ")
    assert "sent: by mail to Me <me@example.net>: 250" in out
    assert files(ready.folder) == before
    assert [one.recipient for one in server.received] == ["me@example.net", B]
    ready.send()
    tests, real = read(server)[:2], read(server)[2:]
    assert {one["Subject"] for one in (*tests, *real)} == {real[0]["Subject"]}
    assert len({one["Message-ID"] for one in (*tests, *real)}) == 4
    assert [one["To"] for one in real] == [A, B]
    assert "List-Unsubscribe-Post" not in tests[0]


def test_a_test_mail_goes_over_every_transport_that_carries_mail(ready: Prepared, call: Call) -> None:
    ready.deliver = ("site", "mail", "outbox")
    ready.write()
    code, out, _ = call("send", "--to", B)
    assert code == 0
    assert [line.split(":")[1].split()[1] for line in out.splitlines()[1:]] == ["mail", "outbox"]
    assert len(list(ready.folder.glob("outbox/new/*"))) == 1
    assert not (ready.folder / "public").exists()


def test_without_news_the_latest_edition_is_the_test_and_before_the_first_a_specimen(
    ready: Prepared, call: Call, server: MailServer
) -> None:
    ready.send()
    code, out, _ = call("send", "--to", B)
    assert (code, f"daily: nothing is new, so the edition of {DAY}, no. 1: " in out) == (0, True)
    assert len({one["Message-ID"] for one in read(server)}) == 3
    (ready.folder / "digest.db").unlink()
    code, out, _ = call("send", "--to", B)
    assert (code, "daily: nothing is new yet, so a specimen: " in out) == (0, True)
    assert not (ready.folder / "digest.db").exists()


def test_a_test_mail_can_be_an_edition_of_before(ready: Prepared, call: Call, server: MailServer) -> None:
    ready.send()
    first = read(server)[0]
    with ready.later(days=1).store() as store:
        ready.items(store, "A bridge closes for the winter")
    code, out, _ = call("send", "daily", "--edition", DAY, "--to", B, "--json")
    [told] = json.loads(out)["test_mails"]
    assert (code, told["about"]) == (0, f"the edition of {DAY}, no. 1")
    assert read(server)[-1]["Subject"] == first["Subject"]
    code, _, err = call("send", "--edition", "2023-01-02", "--to", B)
    assert (code, f"daily has no edition 2023-01-02; the last ones are {DAY}" in err) == (2, True)


def test_a_test_mail_that_is_not_taken_is_exit_code_1_with_the_servers_words(
    ready: Prepared, call: Call, server: MailServer
) -> None:
    server.refused[B] = "550 5.1.1 No such user"
    code, out, _ = call("send", "--to", B)
    assert code == 1
    assert f"NOT SENT: by mail to {B}: " in out
    assert "550 5.1.1 No such user" in out


def test_a_test_mail_needs_a_way_and_an_address(ready: Prepared, call: Call) -> None:
    ready.deliver = ("site",)
    ready.write()
    code, _, err = call("send", "--to", B)
    assert (code, "digests.daily.deliver: no transport of it carries mail" in err) == (2, True)
    code, _, err = call("send", "--to", "somebody")
    assert (code, "'somebody' is not a mail address" in err) == (2, True)
    code, _, err = call("send", "--edition", "yesterday")
    assert (code, "write a day like 2026-11-26" in err) == (2, True)


# --- Once more ---


def test_an_edition_goes_out_once_more_as_it_was_with_a_message_id_of_its_own(
    ready: Prepared, call: Call, server: MailServer
) -> None:
    ready.send()
    code, out, _ = call("resend")
    assert (code, out.count("  sent: daily no. 1 by mail to")) == (0, 2)
    first, again = read(server)[:2], read(server)[2:]
    assert [one["To"] for one in again] == [A, B]
    assert len({one["Message-ID"] for one in read(server)}) == 4
    assert [one.get_body().get_content() for one in again] == [one.get_body().get_content() for one in first]
    assert call("resend", "--to", "Anna <A@Example.org>", "--edition", DAY)[0] == 0
    assert ready.rows("SELECT recipient, copy, state FROM deliveries ORDER BY id") == [
        (A, 0, "sent"), (B, 0, "sent"), (A, 1, "sent"), (B, 1, "sent"), (A, 2, "sent"),
    ]  # fmt: skip
    assert ready.rows("SELECT COUNT(*) FROM editions") == [(1,)]


def test_what_is_sent_again_is_kept_and_retried_like_the_first(ready: Prepared, call: Call, server: MailServer) -> None:
    ready.send()
    server.replies["MAIL"] = "451 4.3.0 Later"
    assert call("resend", "--to", A)[0] == 1
    server.replies.clear()
    # what waits is tried, not doubled
    assert call("resend", "--to", A)[0] == 0
    assert [one.recipient for one in server.received] == [A, B, A]
    assert ready.rows("SELECT copy, state, attempts FROM deliveries ORDER BY id") == [
        (0, "sent", 1), (0, "sent", 1), (1, "sent", 2),
    ]  # fmt: skip


def test_who_was_no_recipient_or_unsubscribed_gets_nothing_again(
    ready: Prepared, call: Call, server: MailServer
) -> None:
    ready.send()
    code, _, err = call("resend", "--to", "c@example.org")
    assert code == 2
    assert f"c@example.org was no recipient of daily of {DAY}, no. 1; `digest send daily --edition {DAY}" in err
    unsubscribe(ready, A)
    code, out, _ = call("resend")
    assert (code, f"{A} is left out: its recipient unsubscribed" in out) == (0, True)
    assert [one.recipient for one in server.received] == [A, B, B]
    assert call("resend", "--to", A)[0] == 1


def test_an_address_in_the_ledger_that_would_be_refused_today_breaks_no_list(
    ready: Prepared, call: Call, server: MailServer, capsys: pytest.CaptureFixture[str]
) -> None:
    ready.send()
    with ready.store() as store, store.writing():
        store._database.conn.execute("UPDATE deliveries SET recipient = 'jürgen@example.org' WHERE recipient = ?", (A,))
    assert run_command(["recipients"]) == 0
    assert f"{B}  subscribed, by `to`  sent " in capsys.readouterr().out
    assert call("resend", "--to", "B@EXAMPLE.org")[0] == 0
    assert [one.recipient for one in server.received] == [A, B, B]


def test_deliveries_of_a_digest_that_nobody_knows_are_a_slip(ready: Prepared, call: Call) -> None:
    ready.send()
    code, _, err = call("deliveries", "--digest", "dayly")
    assert (code, "no digest 'dayly'" in err, "there is: daily" in err) == (2, True, True)


def test_a_day_with_two_editions_wants_to_know_which(ready: Prepared, call: Call, server: MailServer) -> None:
    ready.send()
    with ready.later(hours=2).store() as store:
        ready.items(store, "A bridge closes for the winter")
    ready.send()
    code, _, err = call("resend", "--edition", DAY)
    assert (code, f"daily has 2 editions of {DAY}; write {DAY}/1 or {DAY}/2" in err) == (2, True)
    assert call("resend", "--edition", f"{DAY}/1", "--to", A)[0] == 0
    assert read(server)[-1]["Subject"] == read(server)[0]["Subject"]
    assert call("resend", "--to", A)[0] == 0
    assert read(server)[-1]["Subject"] == read(server)[2]["Subject"]


# --- One edition alone ---


def test_only_what_waits_of_one_edition_is_tried(ready: Prepared, call: Call, server: MailServer) -> None:
    server.replies["MAIL"] = "451 4.3.0 Later"
    ready.send()
    with ready.later(hours=20).store() as store:
        ready.items(store, "A bridge closes for the winter")
    ready.send()
    with ready.store() as store:
        ready.items(store, "A ferry is late")
    server.replies.clear()
    code, out, _ = call("send", "--edition", DAY)
    assert (code, out.count("sent: daily no. 1 by mail")) == (0, 2)
    assert ready.rows("SELECT edition_id, state FROM deliveries ORDER BY id") == [
        (1, "sent"), (1, "sent"), (2, "pending"), (2, "pending"),
    ]  # fmt: skip
    assert call("send", "--edition", DAY)[1] == f"nothing of edition {DAY} is waiting\n"
    assert call("send", "--edition", "2023-01-02")[0] == 2


# --- The list, and letting go ---


def test_the_list_says_what_went_where_what_waits_and_why(ready: Prepared, call: Call, server: MailServer) -> None:
    ready.deliver = ("mail", "site")
    ready.write()
    server.refused[B] = "550 5.1.1 No such user"
    ready.send()
    code, out, _ = call("deliveries")
    assert code == 1
    head, *rows = out.splitlines()
    assert head.split() == ["id", "edition", "by", "to", "state", "tried", "when", "next", "try"]
    assert [row.split()[4:6] for row in (rows[0], rows[1], rows[3])] == [["-", "sent"], [B, "refused"], [A, "sent"]]
    assert "550 5.1.1 No such user" in rows[2]
    server.replies["MAIL"] = "451 4.3.0 Later"
    with ready.later(hours=2).store() as store:
        ready.items(store, "A bridge closes for the winter")
    ready.send()
    _, out, _ = call("deliveries", "--open")
    assert [line.split()[2] for line in out.splitlines()[1::2]] == [f"{DAY}/2", f"{DAY}/2"]
    assert "Fri 13 Oct 2023, 09:01" in out
    code, out, _ = call("deliveries", "--edition", f"{DAY}/1", "--json")
    assert [(one["recipient"], one["state"]) for one in json.loads(out)["deliveries"]] == [
        (None, "sent"), (B, "refused"), (A, "sent"),
    ]  # fmt: skip
    assert call("deliveries", "--edition", "latest", "--digest", "daily", "--open")[1].count("pending") == 2
    assert call("deliveries", "--edition", "2023-01-02")[1] == "no edition of that day was handed to anybody\n"


def test_where_nothing_is_to_list_it_says_what_there_is_none_of(ready: Prepared, call: Call) -> None:
    assert call("deliveries")[1] == "nothing went out yet\n"
    assert call("deliveries", "--digest", "daily")[1] == "nothing of daily went out yet\n"
    ready.send()
    assert call("deliveries", "--open")[1] == "nothing waits\n"
    assert call("deliveries", "--open", "--digest", "daily")[1] == "nothing of daily waits\n"
    wanted = ("--digest", "daily", "--edition", "2023-01-02")
    assert call("deliveries", *wanted)[1] == "no edition of daily of that day was handed to anybody\n"


def test_the_list_of_a_database_that_is_not_there_makes_none(ready: Prepared, call: Call) -> None:
    (ready.folder / "digest.db").unlink()
    assert call("deliveries") == (0, "nothing went out yet\n", "")
    assert not (ready.folder / "digest.db").exists()


@pytest.mark.parametrize("change", ["transports.mail", "digests.daily"])
def test_what_left_the_configuration_keeps_its_mail_waiting_for_days_until_it_is_let_go(
    ready: Prepared, call: Call, server: MailServer, change: str
) -> None:
    server.replies["MAIL"] = "451 4.3.0 Later"
    ready.send()
    config = ready.folder / "config.toml"
    whole = config.read_text()
    if change == "transports.mail":
        del ready.transports["mail"]
        ready.write()
    else:
        config.write_text(whole.replace("[digests.daily]", "[digests.weekly]"))
    for _ in range(3):
        ready.later(days=1).send()
    code, out, _ = call("deliveries", "--open")
    assert (code, out.count(f"no [{change}] any more")) == (1, 2)
    assert "put it back, or let this one go: `digest deliveries drop 1`" in out
    code, out, _ = call("deliveries", "drop", "1")
    assert (code, out) == (0, f"let go: 1, daily {DAY} by mail to {A}\n")
    config.write_text(whole)
    server.replies.clear()
    ready.later(minutes=90).tick()
    assert [(one.recipient, ready.ledger()[0][1]) for one in server.received] == [(B, "dropped")]
    assert call("deliveries")[0] == 0


def test_only_what_is_there_and_not_sent_can_be_let_go(ready: Prepared, call: Call, server: MailServer) -> None:
    server.refused[B] = "550 5.1.1 No such user"
    ready.send()
    assert call("deliveries", "drop", "2", "1")[::2] == (2, "digest: delivery 1 was sent; there is nothing to let go\n")
    assert "there is no delivery 77" in call("deliveries", "drop", "77")[2]
    assert (call("status")[0], call("deliveries")[0]) == (1, 1)
    assert call("deliveries", "drop", "2")[0] == 0
    assert (call("status")[0], call("deliveries")[0]) == (0, 0)


def test_who_unsubscribes_while_a_mail_waits_does_not_get_it(ready: Prepared, call: Call, server: MailServer) -> None:
    server.replies["MAIL"] = "451 4.3.0 Later"
    ready.send()
    server.replies.clear()
    unsubscribe(ready, A)
    code, out, _ = call("send")
    assert (code, f"let go: daily no. 1 by mail to {A}: its recipient unsubscribed" in out) == (0, True)
    assert [one.recipient for one in server.received] == [B]
    assert ready.ledger() == [(A, "dropped", "its recipient unsubscribed"), (B, "sent", "")]


def test_a_failure_that_was_sent_again_is_settled(ready: Prepared, call: Call, server: MailServer) -> None:
    server.refused[B] = "550 5.1.1 No such user"
    ready.send()
    assert call("deliveries")[0] == 1
    server.refused.clear()
    ready.now += timedelta(hours=1)
    assert call("resend", "--to", B)[0] == 0
    assert call("deliveries")[0] == 0


# --- Before the first ---


def test_check_tells_of_a_program_that_is_missing_or_cannot_be_started(ready: Prepared, call: Call) -> None:
    (ready.folder / "text").write_text("no program")
    ready.transports |= {
        "gone": 'type = "sendmail"\nprogram = "gone"',
        "text": 'type = "command"\ncommand = ["./text", "{recipient}"]',
        "name": 'type = "command"\ncommand = ["no-such-mailer"]',
        "good": 'type = "command"\ncommand = ["cat"]',
    }
    ready.deliver = ("gone", "text", "name", "good")
    ready.write()
    code, out, _ = call("check")
    assert code == 2
    assert f"transports.gone.program: there is no program '{ready.folder}/gone' that this user can start" in out
    assert f"transports.text.command: there is no program '{ready.folder}/text' that this user can start" in out
    assert "transports.name.command: there is no program 'no-such-mailer' that this user can start" in out
    assert f"goes to good: cat, to {A}, {B}" in out
    assert "transports.good" not in out


def unsubscribe(ready: Prepared, address: str) -> None:
    with ready.store() as store:
        store.recipients.unsubscribe("daily", address, NOW, fresh="x")


def test_the_titles_of_the_prepared_items_are_in_the_mail(ready: Prepared, server: MailServer) -> None:
    ready.send()
    text = read(server)[0].get_body(("plain",)).get_content()
    assert all(title in text for title in TITLES)


# --- What status tells of mails ---


def test_status_names_the_edition_of_what_waits_and_never_the_link_that_unsubscribes(
    ready: Prepared, call: Call, server: MailServer
) -> None:
    file = ready.folder / "config.toml"
    file.write_text(file.read_text().replace("[web]", '[web]\nbase_url = "https://news.example.org"'))
    server.replies["RCPT"] = "450 4.2.0 Greylisted"
    ready.send()
    [(link,), _] = ready.rows("SELECT unsubscribe FROM deliveries")
    assert link.startswith("https://news.example.org/unsubscribe/")
    code, out, _ = call("status")
    assert code == 1
    assert f"pending: daily {DAY} by mail to {A}, tried 1 time: " in out
    code, as_json, _ = call("status", "--json")
    first, second = json.loads(as_json)["waiting"]
    assert (first["recipient"], first["day"], second["recipient"]) == (A, DAY, B)
    assert "/unsubscribe/" not in out + as_json


# --- A password that is not there ---


def test_a_password_file_that_is_missing_is_told_with_its_transport_and_path_in_one_line(
    ready: Prepared, call: Call, server: MailServer
) -> None:
    login = 'username = "me"\npassword_file = '
    ready.mail(server, f'{login}"nofile"', security="starttls")
    ready.transports["other"] = ready.transports["mail"].replace("nofile", "nofile2")
    ready.write()
    words = [
        f"transports.{name}.password_file: there is no file '{ready.folder / file}'; "
        "relative paths start at the folder of the file"
        for name, file in (("mail", "nofile"), ("other", "nofile2"))
    ]
    code, out, _ = call("check")
    assert (code, [line.strip() for line in out.splitlines() if "password_file" in line]) == (2, words)
    ready.send()
    assert {told for _, _, told in ready.ledger()} == {words[0]}
    assert [line.strip() for line in call("deliveries")[1].splitlines() if "password" in line] == [words[0]] * 2

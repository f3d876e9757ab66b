"""When the digests cannot tell: the owner is told by another way, once, and told when it is over."""

from __future__ import annotations

import email
import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from support.feedserver import Answer, FeedServer
from support.mailserver import MailServer
from support.world import World, item, served

from digest import config, pipeline
from digest.errors import StoreError
from digest.model import RunReport
from digest.pipeline import by_hand
from digest.pipeline.alarming import Outage, watch
from digest.pipeline.looking import status
from digest.store import Store

MORNING = datetime(2023, 10, 2, 7, 0, tzinfo=UTC)
BY_MAIL = """
[alarm]
transport = "other"
to = ["owner@example.org"]
[transports.other]
type = "maildir"
folder = "alarms"
"""
BROKEN = "{{ edition.titel }}"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with FeedServer() as server:
        made = World(tmp_path, server)
        made.feed("alpha", item("Dam breaks above Vellmoor"))
        yield made


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


def configured(world: World, extra: str = BY_MAIL, mail: MailServer | None = None) -> config.Config:
    world.configure(mail, extra=extra, deliver=["mail" if mail else "outbox"])
    path = world.folder / "config.toml"
    (world.folder / "mine").mkdir(exist_ok=True)
    path.write_text(path.read_text().replace("[digests.daily]", '[digests.daily]\ntemplates = "mine"'))
    return config.load(path)


def broken(world: World, text: str | None = BROKEN) -> None:
    """Breaks the template of the daily digest, or mends it."""
    path = world.folder / "mine" / "email.txt.j2"
    if text is None:
        path.unlink()
    else:
        path.write_text(text)


def at(days: float, hours: float = 0) -> datetime:
    return MORNING + timedelta(days=days, hours=hours)


def run(world: World, settings: config.Config, moment: datetime, *, new: bool = True) -> RunReport:
    if new:
        number = int((moment - MORNING).total_seconds() // 3600) + 2
        world.feed("alpha", *(item(f"Report number {one} of the dam") for one in range(number)))
    with Store.open(settings.database) as store:
        return pipeline.run(store, settings, lambda: moment)


def tick(settings: config.Config, moment: datetime) -> RunReport:
    with Store.open(settings.database) as store:
        return served(store, settings, lambda: moment)


def alarms(world: World, folder: str = "alarms") -> list[EmailMessage]:
    paths = sorted((world.folder / folder / "new").glob("*"), key=lambda path: path.stat().st_mtime_ns)
    return [email.message_from_bytes(path.read_bytes(), policy=default) for path in paths]


def subjects(world: World) -> list[str]:
    return [str(one["Subject"]) for one in alarms(world)]


def words(message: EmailMessage) -> str:
    return " ".join(str(message.get_content()).split())


def test_a_digest_that_cannot_be_made_for_two_days_is_told_once_and_that_it_works_again(world: World) -> None:
    settings = configured(world)
    run(world, settings, at(0))
    broken(world)
    for day in (1, 2):
        assert run(world, settings, at(day)).errors
    assert alarms(world) == []
    report = run(world, settings, at(3))
    assert report.owner == ("the owner was told: No edition of Morning paper since 3 Oct",)
    for hour in (1, 5, 24):
        run(world, settings, at(3, hour))
    broken(world, None)
    assert run(world, settings, at(5)).owner == (
        "the owner was told: It works again: No edition of Morning paper since 3 Oct",
    )
    run(world, settings, at(6))
    first, second = alarms(world)
    assert (first["To"], first["From"], first["Auto-Submitted"]) == (
        "owner@example.org",
        "Morning paper <digest@example.org>",
        "auto-generated",
    )
    assert "could be made since Tuesday 3 October 2023, 07:00." in words(first)
    assert "email.txt.j2, line 1" in words(first)
    assert "`digest check` tells every mistake" in words(first)
    assert "This is over" in words(second)
    assert first["Message-ID"] != second["Message-ID"]


def test_a_silence_that_begins_anew_is_told_anew_and_one_that_lasts_each_week(world: World) -> None:
    settings = configured(world)
    run(world, settings, at(0))
    broken(world)
    for day in range(1, 11):
        run(world, settings, at(day))
    assert len(alarms(world)) == 2  # on days 3 and 10
    broken(world, None)
    run(world, settings, at(11))
    broken(world)
    for day in range(12, 15):
        run(world, settings, at(day))
    assert subjects(world)[2:] == [
        "It works again: No edition of Morning paper since 3 Oct",
        "No edition of Morning paper since 14 Oct",
    ]
    assert len({one["Message-ID"] for one in alarms(world)}) == 4


def test_the_server_tells_it_too_and_another_digest_goes_on(world: World) -> None:
    second = '[digests.work]\nat = "07:00"\nto = ["boss@example.org"]\ndeliver = ["outbox"]\n'
    settings = configured(world, second + BY_MAIL)
    tick(settings, at(-0.5))
    broken(world)
    for day in range(3):
        world.feed("alpha", *(item(f"Report number {one} of the dam") for one in range(day + 2)))
        with Store.open(settings.database) as store:
            pipeline.poll(store, settings, lambda day=day: at(day, -0.1), force=True)
        report = tick(settings, at(day))
        assert [one.digest for one in report.editions] == ["work"]
        tick(settings, at(day, 0.5))
    assert subjects(world) == ["No edition of Morning paper since 2 Oct"]


def test_days_on_which_nothing_is_new_are_no_silence(world: World) -> None:
    settings = configured(world)
    for day in range(5):
        run(world, settings, at(day), new=day == 0)
        tick(settings, at(day, 1))
    assert alarms(world) == []
    with Store.open(settings.database) as store:
        assert status(store, settings, at(5)).silent == ()


def test_mails_that_nobody_takes_are_told_over_another_way(world: World, mail: MailServer) -> None:
    settings = configured(world, mail=mail)
    run(world, settings, at(0))
    mail.replies["CONNECT"] = "421 4.3.2 Down for good"
    for day in range(1, 5):
        run(world, settings, at(day))
    assert subjects(world) == ["No mail of Morning paper arrives since 3 Oct"]
    said = words(alarms(world)[0])
    assert "none was delivered by the transport 'mail' since Tuesday 3 October 2023, 07:00: 3 mails wait" in said
    assert "Down for good" in said
    with Store.open(settings.database) as store:
        found = status(store, settings, at(4))
        assert "none was delivered by the transport 'mail'" in found.silent[0]
    mail.replies.clear()
    run(world, settings, at(5))
    assert subjects(world)[1:] == ["It works again: No mail of Morning paper arrives since 3 Oct"]
    with Store.open(settings.database) as store:
        assert status(store, settings, at(5)).silent == ()


def test_a_transport_that_is_taken_out_is_no_silence_any_more_and_nothing_works_again(
    world: World, mail: MailServer
) -> None:
    settings = configured(world, mail=mail)
    mail.replies["CONNECT"] = "421 4.3.2 Down for good"
    for day in range(3):
        run(world, settings, at(day))
    path = world.folder / "config.toml"
    path.write_text(path.read_text().replace('deliver = ["mail"]', 'deliver = ["outbox"]'))
    run(world, config.load(path), at(3))
    assert subjects(world) == ["No mail of Morning paper arrives since 2 Oct"]
    assert world.rows("SELECT COUNT(*) FROM alarms WHERE ended IS NULL") == [(0,)]


def test_one_refused_address_among_those_that_arrive_is_no_silence(world: World, mail: MailServer) -> None:
    settings = configured(world, mail=mail)
    path = world.folder / "config.toml"
    path.write_text(path.read_text().replace('"me@example.org"]', '"me@example.org", "gone@example.org"]'))
    settings = config.load(path)
    mail.refused["gone@example.org"] = "550 5.1.1 No such user"
    for day in range(5):
        run(world, settings, at(day))
    assert alarms(world) == []


def test_an_alarm_that_fails_is_tried_again_an_hour_later_with_its_message_id_and_holds_nothing_up(
    world: World, mail: MailServer
) -> None:
    extra = '[alarm]\ntransport = "other"\nto = ["owner@example.org"]\nfrom = "alarm@example.org"\n'
    extra += f'[transports.other]\ntype = "smtp"\nhost = "{mail.host}"\nport = {mail.port}\nsecurity = "none"\n'
    settings = configured(world, extra)
    run(world, settings, at(0))
    broken(world)
    mail.replies["END"] = "451 4.3.0 Try later"
    run(world, settings, at(1))
    told = run(world, settings, at(3)).owner
    assert len(told) == 1
    assert "could not be told" in told[0]
    assert "Try later" in told[0]
    tries = mail.connections
    run(world, settings, at(3, 0.5))
    assert mail.connections == tries
    mail.replies.clear()
    run(world, settings, at(3, 1))
    run(world, settings, at(3, 3))
    [message] = [email.message_from_bytes(one.content) for one in mail.received]
    assert message["From"] == "Morning paper <alarm@example.org>"
    [(last_error,)] = world.rows("SELECT last_error FROM alarms")
    assert last_error is None


def test_a_command_gets_the_words_on_its_standard_input_and_no_shell_sees_them(world: World) -> None:
    script = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read())"
    command = [sys.executable, "-c", script, "$(touch hacked); told.txt"]
    settings = configured(world, f"[alarm]\ncommand = {command!r}\nafter = '12h'\n")
    run(world, settings, at(0))
    broken(world)
    run(world, settings, at(1))
    report = run(world, settings, at(2))
    assert report.owner == ("the owner was told: No edition of Morning paper since 3 Oct",)
    told = Path("$(touch hacked); told.txt")
    try:
        assert told.read_text().startswith("No edition of Morning paper since 3 Oct\n\nNo edition of")
    finally:
        told.unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["/no/such/program"], "there is no program '/no/such/program'"),
        ([sys.executable, "-c", "import sys; sys.exit('no bell here')"], "ended with code 1: no bell here"),
    ],
)
def test_a_command_that_fails_is_told_and_tried_again(world: World, command: list[str], told: str) -> None:
    settings = configured(world, f"[alarm]\ncommand = {command!r}\n")
    run(world, settings, at(0))
    broken(world)
    run(world, settings, at(1))
    assert told in run(world, settings, at(3)).owner[0]
    assert told in run(world, settings, at(4)).owner[0]


def test_a_reader_who_left_is_told_over_the_alarm_once(world: World) -> None:
    settings = configured(world)
    run(world, settings, at(0))
    with Store.open(settings.database) as store:
        store.recipients.unsubscribe("daily", "me@example.org", at(0, 1), fresh="x")
    assert tick(settings, at(0, 2)).owner == ("the owner was told: me@example.org unsubscribed from Morning paper",)
    assert run(world, settings, at(1)).owner == ()
    [message] = alarms(world)
    assert "`digest recipients restore me@example.org daily` takes it back" in words(message)


@pytest.mark.parametrize("matter", ["recipients.untold", "alarms.undelivered"])
def test_what_another_process_told_and_ended_in_between_is_not_told_again(
    world: World, mail: MailServer, monkeypatch: pytest.MonkeyPatch, matter: str
) -> None:
    settings = configured(world, mail=mail)
    mail.replies["RCPT"] = "450 4.2.0 Greylisted"
    run(world, settings, at(0))
    shelf, _, method = matter.partition(".")
    if shelf == "recipients":
        with Store.open(settings.database) as store:
            store.recipients.unsubscribe("daily", "me@example.org", at(0, 1), fresh="x")
    else:
        told = run(world, settings, at(2)).owner
        assert told == ("the owner was told: No mail of Morning paper arrives since 2 Oct",)
        mail.replies.clear()
    with Store.open(settings.database) as store:
        look, others = getattr(getattr(store, shelf), method), []

        def looked() -> object:
            found = look()
            if not others:
                others.append(tick(settings, at(2, 6)))
            return found

        monkeypatch.setattr(getattr(store, shelf), method, looked)
        assert watch(store, settings, lambda: at(2, 6)) == ()
    assert len(others[0].owner) == 1
    assert len(alarms(world)) == (1 if shelf == "recipients" else 2)


def test_a_mail_that_never_came_to_somebody_who_left_is_no_silence(world: World, mail: MailServer) -> None:
    """The owner was told that no mail arrives, and in the same minute that it works again."""
    settings = configured(world, mail=mail)
    mail.replies["RCPT"] = "550 5.1.1 No such user"
    run(world, settings, at(0))
    with Store.open(settings.database) as store:
        store.recipients.unsubscribe("daily", "Me@Example.org", at(0, 1), fresh="x")
    for day in (2, 3):
        tick(settings, at(day))
    assert subjects(world) == ["me@example.org unsubscribed from Morning paper"]


def test_what_is_let_go_ends_the_matter_and_is_not_said_to_work_again(world: World, mail: MailServer) -> None:
    settings = configured(world, mail=mail)
    mail.replies["RCPT"] = "450 4.2.0 Greylisted"
    run(world, settings, at(0))
    run(world, settings, at(2))
    with Store.open(settings.database) as store:
        by_hand.drop(store, [one.delivery.id for one in store.deliveries.listed()], lambda: at(2, 1))
    for day in (3, 4):
        assert tick(settings, at(day)).owner == ()
    assert subjects(world) == ["No mail of Morning paper arrives since 2 Oct"]


def test_without_an_alarm_nothing_is_sent_and_status_and_its_exit_code_tell(world: World) -> None:
    settings = configured(world, "")
    run(world, settings, at(0))
    broken(world)
    for day in (1, 3):
        assert run(world, settings, at(day)).owner == ()
    done = world.digest("status", "--now", "2023-10-05T08:00:00Z")
    assert done.code == 1
    assert "SILENT: No edition of Morning paper (daily) could be made since Tue" in done.out


def test_an_outage_of_the_database_is_told_by_the_server_while_it_lasts(world: World) -> None:
    settings = configured(world)
    outage = Outage()

    def fail(moment: datetime) -> None:
        with pytest.raises(StoreError), outage.watched(settings, lambda: moment):
            raise StoreError("digest.db: cannot grow: the disk is full")

    for day in range(5):
        for minute in range(3):
            fail(at(day, minute / 60))
    assert subjects(world) == ["The digest cannot work since 2 Oct"]
    assert "the disk is full" in words(alarms(world)[0])
    with outage.watched(settings, lambda: at(6)):
        pass
    fail(at(7))
    assert len(alarms(world)) == 1


# --- the sign of life ---


def pinged(world: World, mail: MailServer | None = None) -> tuple[config.Config, str]:
    url = world.server.add("/ping/s3cret", Answer(b"OK", content_type="text/plain"), own_port=True)
    world.urls["ping"] = url
    configured(world, f'[alarm]\nping = "{url}"\n', mail)
    path = world.folder / "config.toml"
    text = path.read_text()
    return _without_feed(path, text, url), url


def _without_feed(path: Path, text: str, url: str) -> config.Config:
    """The port of the address stays allowed, but it is no feed."""
    path.write_text(text.replace(f"[[feeds]]\nurl = \"{url}\"\nsection = 'World'", ""))
    return config.load(path)


def test_each_success_is_told_to_the_dead_mans_address_a_quiet_day_too(world: World) -> None:
    settings, _ = pinged(world)
    run(world, settings, at(0))
    run(world, settings, at(0, 3), new=False)
    assert len(world.server.asked("/ping/s3cret")) == 2
    tick(settings, at(0, 4))
    assert len(world.server.asked("/ping/s3cret")) == 2  # no slot came
    tick(settings, at(1))
    assert len(world.server.asked("/ping/s3cret")) == 3


def test_a_run_that_failed_is_no_sign_of_life(world: World, mail: MailServer) -> None:
    settings, _ = pinged(world, mail)
    mail.replies["CONNECT"] = "421 4.3.2 Down"
    run(world, settings, at(0))
    tick(settings, at(0, 12))
    assert world.server.asked("/ping/s3cret") == []
    mail.replies.clear()
    tick(settings, at(0, 14))
    assert len(world.server.asked("/ping/s3cret")) == 1


def test_one_refused_address_of_several_is_a_sign_of_life_of_the_server_and_all_refused_is_none(
    world: World, mail: MailServer
) -> None:
    settings, _ = pinged(world, mail)
    daily = settings.digests["daily"]
    both = replace(daily, to=("me@example.org", "old@example.org"))
    settings = replace(settings, digests={"daily": both})
    mail.refused["old@example.org"] = "550 5.1.1 No such user"

    def morning(moment: datetime, title: str) -> list[str]:
        world.feed("alpha", item(title))
        with Store.open(settings.database) as store:
            pipeline.know_digests(store, settings, lambda: at(0, -1))
            pipeline.poll(store, settings, lambda: moment, force=True)
        return [str(one.state) for one in tick(settings, moment + timedelta(minutes=1)).deliveries]

    assert morning(at(0), "Dam breaks above Vellmoor") == ["sent", "refused"]
    assert len(world.server.asked("/ping/s3cret")) == 1
    mail.refused["me@example.org"] = "550 5.1.1 No such user"
    assert morning(at(1), "Ferry runs aground") == ["refused", "refused"]
    assert len(world.server.asked("/ping/s3cret")) == 1


@pytest.mark.parametrize("answer", [Answer(status=404), Answer(status=302, headers={"Location": "http://10.0.0.1/x"})])
def test_a_ping_that_fails_is_one_line_that_shows_its_host_alone(
    world: World, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    settings, url = pinged(world)
    world.server.add("/ping/s3cret", answer)
    with caplog.at_level(logging.INFO):
        report = run(world, settings, at(0))
    assert pipeline.exit_code(report) == 0
    lines = [line for line in caplog.messages if "ping" in line]
    assert len(lines) == 1
    assert "host=127.0.0.1" in lines[0]
    assert "s3cret" not in caplog.text
    assert url not in caplog.text


def test_a_ping_that_hangs_is_left_after_a_time_of_its_own(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No other value of ``[fetch] timeout`` would help, so it is not named."""
    settings, _ = pinged(world)
    world.server.add("/ping/s3cret", Answer(b"OK", delay=5))
    monkeypatch.setattr("digest.pipeline.pinging.TIMEOUT", timedelta(seconds=0.2))
    assert pipeline.exit_code(run(world, settings, at(0))) == 0
    [line] = [line for line in caplog.messages if "ping" in line]
    assert "took longer than 0.2 s in all" in line
    assert "[fetch]" not in line


def test_a_ping_into_the_own_network_is_refused_unless_it_is_allowed(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    settings, _ = pinged(world)
    fetch = replace(settings.fetch, allow=tuple(one for one in settings.fetch.allow)[:1])
    run(world, replace(settings, fetch=fetch), at(0))
    assert world.server.asked("/ping/s3cret") == []
    assert "ping host=127.0.0.1 failed" in caplog.text

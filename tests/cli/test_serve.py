"""digest serve: the real server process on a loopback port."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from support.feedserver import Answer, FeedServer
from support.mailserver import MailServer
from support.serving import Running, get
from support.world import World, item, rss

from digest.store import Store


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with FeedServer() as server:
        made = World(tmp_path, server)
        made.feed("alpha", item("Dam breaks above Vellmoor"))
        yield made


@pytest.fixture
def running(world: World) -> Iterator[Running]:
    world.configure()
    with Running(world) as made:
        yield made


def test_it_polls_at_once_serves_health_and_ends_cleanly_on_sigterm(world: World, running: Running) -> None:
    health = json.loads(running.wait_for("/healthz", '"feeds_failing":0,"last_poll":"2'))
    assert health["status"] == "ok"
    assert get(f"http://127.0.0.1:{running.port}/")[0] == 200
    code, seconds, log = running.end()
    assert code == 0
    assert seconds < 5
    assert "outcome=read" in log
    assert " read=" in log
    assert " of=" in log
    assert "Traceback" not in log


def test_a_slot_that_was_missed_is_published_once_and_its_pages_are_served(world: World) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1, minutes=5)
    world.configure()
    config = world.folder / "config.toml"
    at = f"{datetime.now(UTC) - timedelta(minutes=3):%H:%M}"
    config.write_text(config.read_text().replace("[digests.daily]", f'[digests.daily]\nat = "{at}"'))
    world.digest("run", "--now", f"{yesterday:%Y-%m-%dT%H:%M:%SZ}")
    world.feed("alpha", item("Dam breaks above Vellmoor"), item("Vellmoor dam: two found alive"))
    with Running(world) as made:
        page = made.wait_for("/", "two found alive")
        assert "Dam breaks above Vellmoor" not in page
        made.until_told("state=sent")
        code, _, log = made.end()
    assert code == 0
    assert world.rows("SELECT COUNT(*) FROM editions") == [(2,)]
    assert len(world.mails()) == 2
    assert "edition digest=daily number=2" in log


def test_a_taken_port_is_named_with_the_cure(world: World) -> None:
    world.configure()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        config = world.folder / "config.toml"
        config.write_text(f'{config.read_text()}\n[web]\naddress = "127.0.0.1:{port}"\n')
        done = world.digest("serve")
    assert done.code == 2
    assert f"127.0.0.1:{port} is in use" in done.err


def test_the_path_of_a_private_feed_appears_nowhere(world: World) -> None:
    page = b'<html><head><link rel="alternate" type="application/rss+xml" href="/s3cretpath/feed.xml"></head></html>'
    world.feed("s3cretpath/f", answer=Answer(page, content_type="text/html"))
    world.configure()
    config = world.folder / "config.toml"
    config.write_text(f"{config.read_text()}\nprivate = true\n")
    with Running(world) as served:
        served.wait_for("/healthz", '"feeds_failing":1,"last_poll":"2')
        _, _, log = served.end()
    assert "this is a web page" in log
    commands = (("run", "-v"), ("poll", "--force", "--json"), ("feeds",), ("status",))
    told = [log, *(done.out + done.err for done in (world.digest(*command) for command in commands))]
    mail = message_from_bytes(world.mails()[0].read_bytes(), policy=default)
    parts = [str(part.get_content()) for part in mail.walk() if not part.is_multipart()]
    pages = [page.read_text() for page in (world.folder / "public").rglob("*.*") if page.suffix in {".html", ".json"}]
    assert any("tells the reason" in page for page in pages)
    assert [text for text in (*told, *parts, *pages) if "s3cretpath" in text] == []


def test_without_feeds_and_digests_it_serves_says_so_and_waits_for_some(tmp_path: Path) -> None:
    with FeedServer() as server:
        world = World(tmp_path, server)
        (tmp_path / "config.toml").write_text("")
        with Running(world) as served:
            served.until_told("no feed yet; next edition: ")
            assert json.loads(served.wait_for("/healthz", '"status":"ok"'))["feeds"] == 0
            code, _, log = served.end()
    assert (code, "Traceback" in log) == (0, False)


# --- on time, whatever is slow ---


MORNING = "2023-10-13T06:59:57Z"
"""Three seconds before the slot of a digest that says nothing else."""


def test_a_slot_in_the_middle_of_a_poll_of_slow_feeds_gets_its_edition_at_once(world: World) -> None:
    world.configure()
    with Running(world, "--now", "2023-10-13T06:59:40Z") as served:
        served.until_told("outcome=read")
        for number in range(5):
            world.feed(f"slow{number}", answer=Answer(b"<rss/>", delay=25))
        world.configure()
        served.until_told("5 feeds new", 10)
        served.until(lambda: len(world.server.requests) == 6, 10)
        served.until_told("edition digest=daily number=1", 20)
        served.until(world.mails, 5)
        served.until(lambda: world.rows("SELECT state FROM deliveries") == [("sent",)] * 2, 5)
        assert served.end()[0] == 0
    [(slot, composed, sent)] = world.rows("SELECT slot, composed, (SELECT MAX(updated) FROM deliveries) FROM editions")
    assert slot == "2023-10-13T07:00:00.000000Z"
    assert slot <= composed < sent < "2023-10-13T07:00:05"


def test_an_edition_right_after_the_start_holds_what_the_first_poll_brings(world: World) -> None:
    world.feed("alpha", answer=Answer(rss("Alpha", item("Dam breaks above Vellmoor")), delay=5))
    world.configure()
    with Running(world, "--now", MORNING) as served:
        served.until_told("edition digest=daily number=1")
        served.end()
    assert world.rows("SELECT slot, items FROM editions") == [("2023-10-13T07:00:00.000000Z", 1)]


def test_a_mail_server_that_stalls_holds_up_neither_polling_nor_the_next_edition(world: World) -> None:
    with MailServer(replies={"CONNECT": "421 4.3.2 Down"}) as mail:
        due_now(world, mail)
        assert world.digest("run", "--now", "2023-10-12T07:00:00Z").code == 1
        mail.replies.clear()
        mail.delays["MAIL"] = 30.0
        world.feed("alpha", item("Vellmoor dam: two found alive"))
        with Running(world, "--now", MORNING) as served:
            served.until(lambda: mail.connections == 2)
            served.until(lambda: len(world.server.requests) == 2, 5)
            served.until_told("edition digest=daily number=2", 9)
            served.wait_for("/", "two found alive", 5)
            assert "delivery" not in served.log
            served.end()


def test_while_another_process_has_the_database_it_says_so_stays_well_and_publishes_right_after(world: World) -> None:
    world.configure()
    with Store.open(world.folder / "digest.db") as store, Running(world, "--now", "2023-10-13T06:59:52Z") as served:
        served.until_told("outcome=read")
        with store.lock("work"):
            served.until_told("publish: another digest process is at work on this database; waiting for it")
            assert served.wait_for("/healthz", '"status":"ok"')
            assert world.rows("SELECT * FROM editions") == []
        served.until_told("edition digest=daily number=1", 10)
        assert served.end()[0] == 0


# --- the end ---


def test_sigterm_in_the_middle_of_a_poll_keeps_what_came_and_the_next_start_asks_the_rest(world: World) -> None:
    world.feed("slow", answer=Answer(b"<rss/>", delay=30))
    world.configure()
    with Running(world) as served:
        served.until(lambda: len(world.server.requests) == 2)
        served.until(lambda: world.rows("SELECT title FROM items") == [("Dam breaks above Vellmoor",)])
        code, seconds, log = served.end()
    assert (code, "Traceback" in log) == (0, False)
    assert seconds < 10
    world.feed("slow", item("Vellmoor dam: two found alive"))
    with Running(world) as served:
        served.until_told("new=1")
        assert served.end()[0] == 0
    assert len(world.server.asked("/alpha.xml")) == 1
    assert world.rows("SELECT COUNT(*) FROM items") == [(2,)]


def due_now(world: World, mail: MailServer, *to: str, timeout: str = "60s") -> None:
    """Configures a digest with mails to these, in a world whose clock starts at MORNING."""
    world.configure(mail, deliver=["mail"])
    config = world.folder / "config.toml"
    text = config.read_text().replace('timeout = "2s"', f'timeout = "{timeout}"')
    config.write_text(text.replace('to = ["me@example.org"]', f"to = {json.dumps(to or ('me@example.org',))}"))


def test_sigterm_before_the_final_dot_leaves_the_mail_waiting_and_the_next_start_sends_it_once(world: World) -> None:
    with MailServer(delays={"RCPT": 30.0}) as mail:
        due_now(world, mail)
        with Running(world, "--now", MORNING) as served:
            served.until(lambda: mail.connections == 1)
            time.sleep(0.5)
            code, seconds, log = served.end()
        assert (code, "Traceback" in log) == (0, False)
        assert seconds < 10
        assert world.rows("SELECT state FROM deliveries") == [("pending",)]
        mail.delays.clear()
        with Running(world, "--now", "2023-10-13T07:05:00Z") as served:
            served.until_told("state=sent")
            assert served.end()[0] == 0
        assert len(mail.received) == 1
        assert mail.unanswered == []


def test_a_mail_that_the_server_takes_within_the_grace_is_sent_and_no_further_one_is_begun(world: World) -> None:
    with MailServer(delays={"END": 3.0}) as mail:
        due_now(world, mail, "one@example.org", "two@example.org")
        with Running(world, "--now", MORNING) as served:
            served.until(lambda: len(mail.unanswered) == 1)
            code, seconds, _ = served.end()
        assert code == 0
        assert seconds < 10
        assert world.rows("SELECT recipient, state FROM deliveries ORDER BY id") == [
            ("one@example.org", "sent"),
            ("two@example.org", "pending"),
        ]
        mail.delays.clear()
        with Running(world, "--now", "2023-10-13T07:05:00Z") as served:
            served.until_told("state=sent")
            served.end()
        assert [one.recipient for one in mail.received] == ["one@example.org", "two@example.org"]


def test_sigterm_while_the_answer_to_a_whole_mail_is_late_costs_at_most_a_copy_with_the_same_id(world: World) -> None:
    with MailServer(delays={"END": 30.0}) as mail:
        due_now(world, mail)
        with Running(world, "--now", MORNING) as served:
            served.until(lambda: len(mail.unanswered) == 1)
            code, seconds, log = served.end()
        assert code == 0
        assert seconds < 10
        assert "delivery did not end in time; the next start goes on from there" in log
        assert world.rows("SELECT state FROM deliveries") == [("sending",)]
        mail.delays.clear()
        with Running(world, "--now", "2023-10-13T07:05:00Z") as served:
            served.until_told("state=sent")
            served.end()
        ids = {message_from_bytes(one.content)["Message-ID"] for one in (*mail.unanswered, *mail.received)}
        assert len(mail.received) == len(ids) == 1


@pytest.mark.parametrize("one", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(world: World, one: signal.Signals) -> None:
    with MailServer(delays={"RCPT": 30.0}) as mail:
        due_now(world, mail)
        with Running(world, "--now", MORNING) as served:
            served.until(lambda: mail.connections == 1)
            code, seconds, log = served.end(one, one)
    assert (code, "Traceback" in log) == (0, False)
    assert seconds < 5
    assert "did not end in time" not in log


def test_ctrl_c_ends_it_cleanly(running: Running) -> None:
    running.wait_for("/healthz", '"status":"ok"')
    code, seconds, log = running.end(signal.SIGINT)
    assert (code, "Traceback" in log, "interrupted" in log) == (0, False, False)
    assert seconds < 5

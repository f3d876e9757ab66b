"""The main job, run as a person runs it: real processes, a real feed server, a real mail server, real files."""

from __future__ import annotations

import email
import email.policy
import hashlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.feedserver import Answer, FeedServer
from support.mailserver import MailServer
from support.prepared import NOW, Prepared
from support.world import World, item, rss

from digest import pipeline
from digest.model import DeliveryState, RunReport
from digest.pipeline.publishing import publish_now
from digest.pipeline.renderers import Renderers

DAM = ("Dam breaks above Vellmoor", "Vellmoor dam gives way, villages leave")


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


@pytest.fixture
def world(tmp_path: Path, server: FeedServer) -> World:
    made = World(tmp_path, server)
    made.feed("alpha", item(DAM[0]), item("Library opens on Sundays"))
    made.feed("beta", item(DAM[1]))
    return made


def wait_for(what: Callable[[], bool], seconds: float = 20) -> None:
    """Returns when it holds; fails after so many seconds."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.02)


def kill(process: object) -> None:
    """As a power cut would: no handler runs."""
    process.send_signal(signal.SIGKILL)  # type: ignore[attr-defined]
    process.communicate(timeout=20)  # type: ignore[attr-defined]


def sending(world: World) -> list[tuple[str, int]]:
    return world.rows("SELECT state, attempts FROM deliveries WHERE transport = 'mail'")


def test_one_run_reads_groups_publishes_and_delivers(world: World) -> None:
    world.configure()
    done = world.digest("run")
    assert (done.code, done.err) == (0, "")
    assert "2 feeds read, 3 new items" in done.out
    assert "no. 1" in done.out
    page = (world.folder / "public" / "index.html").read_text()
    assert all(title in page for title in (*DAM, "Library opens on Sundays"))
    [raw] = world.mails()
    assert email.message_from_bytes(raw.read_bytes())["To"] == "me@example.org"


def test_a_second_run_sends_nothing_and_asks_nobody(world: World, server: FeedServer) -> None:
    world.configure()
    world.digest("run")
    asked = len(server.requests)
    done = world.digest("run")
    assert done.code == 0
    assert "nothing new since the last edition" in done.out
    assert (len(world.mails()), len(server.requests)) == (1, asked)


def test_a_feed_that_is_due_again_and_unchanged_answers_304_and_brings_no_edition(
    world: World, server: FeedServer
) -> None:
    world.configure()
    world.digest("run", "--now", "2023-10-13T07:00:00Z")
    done = world.digest("run", "--now", "2023-10-13T09:00:00Z", "--json")
    assert {(feed["outcome"], feed["status"]) for feed in done.json["report"]["feeds"]} == {("unchanged", 304)}
    assert done.json["report"]["nothing_new"] == ["daily"]
    assert len(world.mails()) == 1


def test_the_next_edition_shows_only_what_is_new(world: World) -> None:
    world.configure()
    world.digest("run", "--now", "2023-10-13T07:00:00Z")
    world.feed("beta", item(DAM[1]), item("Vellmoor dam: two found alive"))
    done = world.digest("run", "--now", "2023-10-14T07:00:00Z")
    assert done.code == 0
    page = (world.folder / "public" / "2023" / "10" / "14" / "index.html").read_text()
    assert "two found alive" in page
    assert "Library opens" not in page


def test_a_feed_that_fails_among_ten_leaves_nine(tmp_path: Path, server: FeedServer) -> None:
    world = World(tmp_path, server)
    for number in range(9):
        world.feed(f"outlet{number}", item(f"Report number {number} of the day", key=f"k{number}"))
    world.feed("broken", answer=Answer(status=500))
    world.configure()
    done = world.digest("run")
    assert done.code == 0
    assert "9 feeds read, 9 new items; 1 feed failed" in done.out
    assert "500" in done.out
    assert len(world.mails()) == 1


def test_no_feed_at_all_is_exit_code_1_and_a_word_for_each(tmp_path: Path, server: FeedServer) -> None:
    world = World(tmp_path, server)
    world.feed("alpha", answer=Answer(status=404))
    world.feed("beta", answer=Answer(b"<html><body>Welcome</body></html>", content_type="text/html"))
    world.configure()
    done = world.digest("run")
    assert done.code == 1
    assert done.out.count("failed: ") == 2
    assert "no edition; a mail says: No feed answers." in done.out
    assert world.rows("SELECT kind FROM editions") == [("alert",)]
    assert len(world.mails()) == 1


def test_a_mail_server_that_was_down_gets_the_same_edition_with_the_same_message_id(
    world: World, mail: MailServer
) -> None:
    mail.replies["CONNECT"] = "421 4.3.2 Down for maintenance"
    world.configure(mail)
    first = world.digest("run")
    assert first.code == 1
    assert "waiting: daily no. 1 by mail to me@example.org" in first.out
    [(wanted, subject)] = world.rows(
        "SELECT message_id, subject FROM deliveries JOIN editions ON editions.id = edition_id WHERE transport = 'mail'"
    )
    mail.replies.clear()
    again = world.digest("run")
    assert again.code == 0
    [received] = mail.received
    message = email.message_from_bytes(received.content, policy=email.policy.default)
    assert (message["Message-ID"], message["Subject"]) == (wanted, subject)
    assert world.rows("SELECT COUNT(*) FROM editions") == [(1,)]


def test_a_run_tries_what_waits_once_also_when_it_issues_a_new_edition(world: World, mail: MailServer) -> None:
    mail.replies["CONNECT"] = "421 4.3.2 Down for maintenance"
    world.configure(mail)
    world.digest("run", "--now", "2023-10-13T07:00:00Z")
    world.feed("beta", item(DAM[1]), item("Vellmoor dam: two found alive"))
    world.digest("run", "--now", "2023-10-13T09:00:00Z")
    assert sending(world) == [("pending", 2), ("pending", 1)]


def test_a_run_killed_between_freezing_and_sending_is_finished_by_the_next(world: World, mail: MailServer) -> None:
    mail.delays["CONNECT"] = 30
    world.configure(mail)
    process = world.start("run")
    wait_for(lambda: mail.connections > 0)
    kill(process)
    assert sending(world) == [("pending", 0)]
    mail.delays.clear()
    assert world.digest("run").code == 0
    assert len(mail.received) == 1
    assert world.rows("SELECT COUNT(*) FROM editions") == [(1,)]


def test_a_run_killed_after_the_final_dot_sends_once_more_with_the_same_id_and_no_third_time(
    world: World, mail: MailServer
) -> None:
    mail.delays["END"] = 60
    world.configure(mail)
    process = world.start("run")
    wait_for(lambda: len(mail.unanswered) == 1)
    kill(process)
    assert sending(world) == [("sending", 1)]
    mail.delays.clear()
    assert world.digest("run").code == 0
    assert world.digest("run").code == 0
    first, second = (email.message_from_bytes(one.content) for one in (*mail.unanswered, *mail.received))
    assert first["Message-ID"] == second["Message-ID"]


def test_a_run_killed_in_the_middle_of_a_poll_loses_no_item(tmp_path: Path, server: FeedServer) -> None:
    world = World(tmp_path, server)
    for number in range(4):
        world.feed(f"quick{number}", item(f"Quick report number {number}", key=f"k{number}"))
    world.feed("slow", answer=Answer(rss("Slow", item("Slow report")), delay=30))
    world.configure()
    process = world.start("run")
    wait_for(lambda: (world.folder / "digest.db").exists() and stored(world) == 4)
    kill(process)
    world.feed("slow", item("Slow report"))
    done = world.digest("run")
    assert done.code == 0
    assert stored(world) == 5
    page = (world.folder / "public" / "index.html").read_text()
    assert all(f"Quick report number {number}" in page for number in range(4))
    assert "Slow report" in page


def stored(world: World) -> int:
    try:
        return int(world.rows("SELECT COUNT(*) FROM items")[0][0])
    except Exception:  # noqa: BLE001  the schema is not there yet
        return 0


def test_two_runs_at_once_poll_each_feed_once_and_send_one_mail(tmp_path: Path, server: FeedServer) -> None:
    with MailServer() as mail:
        world = World(tmp_path, server)
        for number in range(5):
            body = rss(f"Outlet{number}", item(f"Report number {number} of the day", key=f"k{number}"))
            world.feed(f"outlet{number}", answer=Answer(body, delay=0.5))
        world.configure(mail)
        both = [world.start("run"), world.start("run")]
        ends = [process.communicate(timeout=60) for process in both]
        assert [process.returncode for process in both] == [0, 0], ends
        assert len(server.requests) == 5
        assert len(mail.received) == 1
        assert world.rows("SELECT COUNT(*) FROM editions") == [(1,)]


@pytest.mark.parametrize("command", [pipeline.run, pipeline.send])
def test_what_another_process_issued_meanwhile_is_tried_too_and_told(
    tmp_path: Path, command: Callable[..., RunReport]
) -> None:
    ready = Prepared(tmp_path, deliver=("outbox",))
    (tmp_path / "outbox").write_text("a file is no folder for mails")
    with ready.store() as ours, ready.store() as theirs, ExitStack() as held:
        held.enter_context(theirs.lock("work"))

        def the_other_one_issues() -> None:
            pipeline.thread_items(theirs, ready.settings)
            publish_now(theirs, ready.settings, ready.settings.digests.values(), Renderers(ready.settings), lambda: NOW)
            held.close()

        report = command(ours, ready.settings, lambda: NOW, on_wait=the_other_one_issues)
    assert report.editions == ()
    assert [one.state for one in report.deliveries] == [DeliveryState.PENDING]
    assert pipeline.exit_code(report) == 1


def digests_of(folder: Path) -> dict[str, str]:
    """Of the database and what a writer left in its WAL; an empty WAL holds nothing."""
    files = [path for path in (folder / "digest.db", folder / "digest.db-wal") if path.exists() and path.stat().st_size]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("wanted", ["page", "email", "text", "markdown", "json"])
def test_preview_shows_what_would_come_and_changes_no_byte(world: World, wanted: str) -> None:
    world.configure()
    world.digest("poll")
    before = digests_of(world.folder)
    done = world.digest("preview", "--format", wanted)
    assert done.code == 0
    assert "Library opens on Sundays" in done.out
    assert digests_of(world.folder) == before
    assert not world.mails()


def test_preview_before_the_first_poll_says_what_to_do(world: World) -> None:
    world.configure()
    assert "`digest poll` asks them" in world.digest("preview").err
    world.digest("poll")
    assert not world.digest("preview").err


def test_preview_after_a_killed_writer_changes_no_byte(tmp_path: Path, server: FeedServer) -> None:
    world = World(tmp_path, server)
    world.feed("quick", item("Quick report"))
    world.feed("slow", answer=Answer(rss("Slow", item("Slow report")), delay=30))
    world.configure()
    process = world.start("poll")
    wait_for(lambda: (world.folder / "digest.db").exists() and stored(world) == 1)
    kill(process)
    before = digests_of(world.folder)
    assert "digest.db-wal" in before
    done = world.digest("preview")
    assert "Quick report" in done.out
    assert digests_of(world.folder) == before


def test_a_folder_that_cannot_be_made_leaves_the_edition_waiting_and_says_which(world: World) -> None:
    (world.folder / "public").write_text("a file where a folder should be")
    world.configure()
    done = world.digest("run")
    assert done.code == 1
    assert "public" in done.out
    assert len(world.mails()) == 1
    (world.folder / "public").unlink()
    assert world.digest("run").code == 0
    assert (world.folder / "public" / "index.html").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere; the test above covers the answer")
def test_a_folder_without_write_permission_is_named_with_the_cure(world: World) -> None:
    world.configure()
    (world.folder / "public").mkdir(mode=0o555)
    done = world.digest("run")
    assert done.code == 1
    assert "public: pages cannot be written there" in done.out


def test_a_corrupt_database_is_named_and_left_as_it_is(world: World) -> None:
    world.configure()
    path = world.folder / "digest.db"
    path.write_bytes(b"this was a database once " * 400)
    before = path.read_bytes()
    done = world.digest("run")
    assert done.code == 2
    assert "digest.db: is not an SQLite database" in done.err
    assert path.read_bytes() == before
    assert "Traceback" not in done.err


def test_a_missing_template_variable_is_named_and_loses_nothing(world: World) -> None:
    (world.folder / "mine").mkdir()
    template = world.folder / "mine" / "email.txt.j2"
    template.write_text("Hello\n{{ edition.titel }}\n")
    world.configure()
    config = world.folder / "config.toml"
    config.write_text('templates = "mine"\n' + config.read_text())
    done = world.digest("run")
    assert done.code == 2
    assert "email.txt.j2" in done.err
    assert "titel" in done.err
    assert "Traceback" not in done.err
    assert stored(world) == 3
    assert world.rows("SELECT COUNT(*) FROM editions") == [(0,)]
    template.unlink()
    assert world.digest("run").code == 0
    assert len(world.mails()) == 1


def test_a_replay_of_an_earlier_day_on_a_later_database_is_refused(world: World) -> None:
    world.configure()
    world.digest("run", "--now", "2023-10-13T07:00:00Z")
    done = world.digest("run", "--now", "2023-10-12T07:00:00Z")
    assert done.code == 2
    assert "already holds times up to 2023-10-13" in done.err


def test_send_never_polls_and_publishes_what_is_stored(world: World, server: FeedServer) -> None:
    world.configure()
    assert world.digest("poll").code == 0
    asked = len(server.requests)
    done = world.digest("send")
    assert done.code == 0
    assert (len(server.requests), len(world.mails())) == (asked, 1)
    assert "no digest 'dayly'" in world.digest("send", "dayly").err


def test_verbose_shows_a_line_for_each_feed_and_a_pipe_sees_none(world: World) -> None:
    world.configure()
    assert len(world.digest("poll", "--verbose").err.splitlines()) == 2
    assert world.digest("poll", "--force").err == ""


def test_the_looking_commands_tell_what_is_there(world: World) -> None:
    world.configure()
    world.digest("run")
    threads = world.digest("threads")
    number, outlets = threads.out.split()[:2]
    assert outlets == "1"  # both feeds link to pages of one outlet
    shown = world.digest("threads", "show", number)
    assert all(title in shown.out for title in DAM)
    assert "shared words: " in shown.out
    assert world.digest("threads", "show", "999").code == 2
    assert world.digest("feeds").out.count("fine ") == 2
    status = world.digest("status")
    assert status.code == 0
    assert "3 items" in status.out
    assert "no. 1" in status.out
    check = world.digest("check")
    assert check.code == 0
    assert "the settings are right" in check.out


@pytest.mark.parametrize("command", ["feeds", "threads", "status"])
def test_looking_before_the_first_run_is_no_error(world: World, command: str) -> None:
    world.configure()
    done = world.digest(command)
    assert (done.code, done.err) == (0, "")

"""`digest doctor`: one look at everything, the bad first, each with its cure; and nothing is touched by it."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from support.feedserver import Answer, FeedServer
from support.mailserver import CERTIFICATE, MailServer
from support.prepared import NOW, Prepared
from support.serving import Running, free_port
from support.world import Done, World, item

from digest.deliver.smtp import Greeting
from digest.pipeline.examining.files import is_open_to_all
from digest.pipeline.examining.running import is_unkept
from digest.pipeline.examining.transports import certificate
from digest.pipeline.indexing import index_items
from digest.store.lock import lock

SOON = "2023-10-13T07:10:00Z"


@pytest.fixture
def ready(tmp_path: Path) -> Prepared:
    """An edition went out; the files are for their owner alone."""
    tmp_path.chmod(0o700)
    made = Prepared(tmp_path, deliver=("outbox", "site"))
    made.send()
    return made


def doctor(ready: Prepared, *options: str) -> Done:
    return Done(*ready.run("doctor", "--now", SOON, *options))


def found(ready: Prepared, *options: str, level: str | None = None) -> list[tuple[str, str, str]]:
    """(part, what, cure) of the findings, all or those of a level."""
    told = doctor(ready, "--json", *options).json["findings"]
    return [(one["part"], one["what"], one["cure"]) for one in told if level in (None, one["level"])]


def state(folder: Path) -> dict[str, bytes]:
    """All that lies there, but for what SQLite keeps to read."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith("-shm")
    }


def test_where_all_is_well_it_says_so_and_touches_nothing(ready: Prepared) -> None:
    before = state(ready.folder)
    done = doctor(ready, "--full")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("all is well\n")
    assert "\nneeds you" not in done.out
    assert "database: 4 items, 1 edition, 0." in done.out
    assert "every index compared" in done.out
    assert "mail: nothing waits, nothing was given up" in done.out
    after = state(ready.folder)
    assert {name for name in after if name not in before} <= {"digest.db-wal"}
    assert {name: after[name] for name in before} == before


def test_json_holds_each_finding_with_level_and_cure(ready: Prepared) -> None:
    told = doctor(ready, "--json").json
    assert told["exit_code"] == 0
    assert {"part", "level", "what", "cure"} == set(told["findings"][0])
    assert {"configuration", "database", "disk", "clock", "feeds", "mail", "running"} <= {
        one["part"] for one in told["findings"]
    }


def test_a_configuration_that_cannot_be_used_is_told_mistake_by_mistake(tmp_path: Path) -> None:
    ready = Prepared(tmp_path)
    text = (tmp_path / "config.toml").read_text()
    (tmp_path / "config.toml").write_text(text.replace('at = "07:00"', 'at = "7am"\ncolour = "red"'))
    done = doctor(ready)
    assert done.code == 2
    assert done.out.startswith("2 things need you\n\nneeds you\n")
    assert "'7am'" in done.out
    assert "colour" in done.out


def test_what_check_finds_is_told_and_the_rest_is_examined_all_the_same(ready: Prepared) -> None:
    ready.transports["mail"] = 'type = "sendmail"\nprogram = "/no/such/sendmail"'
    ready.write()
    done = doctor(ready)
    assert done.code == 2
    assert "configuration: transports.mail.program: there is no program '/no/such/sendmail'" in done.out
    assert done.out.index("needs you") < done.out.index("\nfine")
    assert "database: " in done.out


# --- the database ---


def test_without_a_database_nothing_is_made(tmp_path: Path) -> None:
    ready = Prepared(tmp_path, deliver=("outbox",))
    for path in tmp_path.glob("digest.db*"):
        path.unlink()
    done = doctor(ready)
    assert done.code == 0
    assert "is not there yet; the first `digest run` makes it" in done.out
    assert not list(tmp_path.glob("digest.db*"))


def test_a_database_that_is_none_is_told_once(ready: Prepared) -> None:
    for path in ready.folder.glob("digest.db*"):
        path.unlink()
    (ready.folder / "digest.db").write_bytes(b"no database" * 1000)
    done = doctor(ready)
    assert done.code == 2
    assert done.out.count("is not an SQLite database; move it away") == 1
    assert "transports.outbox" in done.out, "the other checks go on"


def test_a_database_of_another_program_or_of_a_newer_version_is_told(ready: Prepared) -> None:
    database = ready.folder / "digest.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('digest', 'm9999_later')")
    done = doctor(ready)
    assert done.code == 2
    assert "was written by a newer version of digest (m9999_later); update the program" in done.out
    for path in ready.folder.glob("digest.db*"):
        path.unlink()
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE photos (name TEXT)")
    assert [what.split(": ")[1] for _, what, _ in found(ready, level="trouble")] == [
        "is a database of another program; set another file as `database` in config.toml"
    ]


def test_a_damaged_page_is_told_with_the_way_back(ready: Prepared) -> None:
    database = ready.folder / "digest.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'placements'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    with database.open("r+b") as raw:
        raw.seek((page - 1) * size)
        raw.write(b"\xff" * 200)
    done = doctor(ready)
    assert done.code == 2
    assert "database: " in done.out
    assert "is damaged" in done.out
    assert "`digest restore` the last backup" in done.out


def test_rows_that_lead_nowhere_are_damage(ready: Prepared) -> None:
    with closing(sqlite3.connect(ready.folder / "digest.db")) as connection, connection:
        connection.execute("UPDATE items SET story_id = 4711 WHERE id = 1")
    assert any("a row of items leads to one of stories" in what for _, what, _ in found(ready, level="trouble"))


def test_a_damaged_search_index_is_found_by_the_full_look_and_its_cure_works(ready: Prepared) -> None:
    with ready.store() as store:
        index_items(store)
    database = ready.folder / "digest.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        assert connection.execute("SELECT COUNT(*) FROM search_idx").fetchone()[0] > 0
        connection.execute("UPDATE search_data SET block = x'00' WHERE id = (SELECT MAX(id) FROM search_data)")
    assert doctor(ready).code == 0
    [(part, what, cure)] = found(ready, "--full", level="warning")
    assert (part, what.partition(":")[0]) == ("database", "the search index is damaged")
    sql = cure.split("'")[1]
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(sql)
    with ready.store() as store:
        index_items(store)
    assert doctor(ready, "--full").code == 0


def test_tables_of_an_earlier_version_are_no_trouble(ready: Prepared) -> None:
    with closing(sqlite3.connect(ready.folder / "digest.db")) as connection, connection:
        connection.execute("DELETE FROM _sqlite_migrations WHERE name LIKE 'm0007%'")
        connection.execute("DROP TABLE sessions")
    notes = found(ready, level="note")
    assert any("are those of an earlier version" in what for _, what, _ in notes)


# --- disk, secrets, clock ---


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_told(ready: Prepared) -> None:
    (ready.folder / "public").chmod(0o500)
    try:
        assert any("transports.site" in what for _, what, _ in found(ready, level="trouble"))
    finally:
        (ready.folder / "public").chmod(0o700)


def test_passwords_that_everybody_can_read_are_told(tmp_path: Path) -> None:
    way = Path("/tmp/w-care-open")
    shutil.rmtree(way, ignore_errors=True)
    way.mkdir(mode=0o755)
    try:
        with MailServer(login=("me", "right")) as server:
            ready = Prepared(way).mail(server, 'username = "me"\npassword_file = "password"')
            password = way / "password"
            password.write_text("right")
            password.chmod(0o644)
            assert is_open_to_all(password)
            told = [one for one in found(ready) if one[0] == "secrets"]
            assert (told[0][1], told[0][2]) == (
                f"the password of transports.mail: everybody here can read {password}",
                f"chmod 600 {password}",
            )
            password.chmod(0o600)
            assert ("secrets", "files of passwords are for their owner alone", "") in found(ready)
            password.chmod(0o644)
            way.chmod(0o700)
            assert not is_open_to_all(password), "nobody else gets into the folder"
            assert "right" not in doctor(ready).out.replace("copyright", "")
    finally:
        shutil.rmtree(way)


def test_a_clock_behind_what_is_stored_is_told(ready: Prepared) -> None:
    done = Done(*ready.run("doctor", "--now", "2023-10-12T06:00:00Z"))
    assert done.code == 1
    assert "clock: it is 2023-10-12 06:00 UTC here, and 2023-10-13 07:00 was stored already" in done.out
    assert "timedatectl set-ntp true" in done.out


def test_a_machine_in_another_zone_is_good_to_know(ready: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert any("the machine's own zone is Asia/Tokyo" in what for _, what, _ in found(ready, level="note"))
    monkeypatch.setenv("TZ", "Etc/UTC")
    assert not any("own zone" in what for _, what, _ in found(ready))


def test_a_clock_that_waits_for_a_time_server_is_good_to_know(tmp_path: Path) -> None:
    assert not is_unkept(tmp_path / "nobody-says")
    assert is_unkept(tmp_path)
    (tmp_path / "synchronized").touch()
    assert not is_unkept(tmp_path)


# --- transports ---


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_mail_server_is_tried_up_to_the_login_and_no_mail_is_sent(
    tmp_path: Path, security: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with MailServer(security=security, login=("me", "right")) as server:
        (tmp_path / "password").write_text("right")
        ready = Prepared(tmp_path).mail(server, 'username = "me"\npassword_file = "password"')
        done = doctor(ready)
        assert done.code == 0, done.out
        how = "logged in" if security == "none" else "encrypted, logged in"
        assert f"transports.mail: localhost:{server.port} takes mail ({how}); none was sent" in done.out
        assert (server.connections, server.logins, server.received) == (1, 1, [])
        (tmp_path / "password").write_text("wr0ng-geheim")
        done = doctor(ready)
        assert done.code == 2
        assert "did not accept the login (535" in done.out
        assert "\n    check username and password\n" in done.out
        assert "geheim" not in done.out


def test_a_mail_server_that_is_not_trusted_or_not_there_is_told(tmp_path: Path) -> None:
    with MailServer(security="tls") as server:
        ready = Prepared(tmp_path).mail(server)
        assert any("its certificate is not trusted" in what for _, what, _ in found(ready, level="trouble"))
        ready.mail(server, security="starttls")
        assert doctor(ready).code == 2
    assert any("refused the connection" in what for _, what, _ in found(ready, level="trouble"))


def test_a_mail_server_that_says_nothing_ends_in_time(tmp_path: Path) -> None:
    with MailServer(delays={"CONNECT": 60}) as server:
        ready = Prepared(tmp_path).mail(server)
        assert any("did not answer within 2 s" in what for _, what, _ in found(ready, level="trouble"))


def test_a_certificate_that_ends_soon_is_told() -> None:
    def told(days: float) -> list[str]:
        met = Greeting("mail.example.org:587", certificate_until=NOW + timedelta(days=days))
        return [one.what for one in certificate("transports.mail", met, NOW)]

    assert told(30) == []
    assert told(5.5) == ["mail.example.org:587: its certificate ends in 5 days, 18 Oct 2023"]
    assert told(1.5) == ["mail.example.org:587: its certificate ends in 1 day, 14 Oct 2023"]


def test_programs_are_looked_for_and_not_started(tmp_path: Path) -> None:
    program = tmp_path / "sendmail"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    program.chmod(0o755)
    ready = Prepared(tmp_path, transports={"mail": f'type = "sendmail"\nprogram = "{program}"'})
    assert any(f"{program} is there (it was not started)" in what for _, what, _ in found(ready, level="fine"))
    assert not (tmp_path / "started").exists()


# --- feeds, mail, what runs ---


def test_each_feed_with_trouble_is_told_with_its_cure(tmp_path: Path) -> None:
    with FeedServer() as server:
        world = World(tmp_path, server)
        world.feed("alpha", item("Dam breaks above Vellmoor"))
        world.feed("beta", answer=Answer(status=404))
        world.feed("gamma", answer=Answer(status=410))
        world.feed("delta", item("Ferry runs aground"))
        world.urls["beta"] += "?token=geheim"
        server.add("/beta.xml?token=geheim", Answer(status=404))
        world.configure()
        for day in (10, 11, 13):
            world.digest("poll", "--force", "--now", f"2023-10-{day}T06:00:00Z")
        world.digest("feeds", "pause", "Delta", "--now", "2023-10-13T06:01:00Z")
        asked = len(server.requests)
        done = world.digest("doctor", "--now", "2023-10-13T06:05:00Z")
        assert len(server.requests) == asked
    assert done.code == 1
    worth, _, rest = done.out.partition("\nto know")
    assert "failing since Tue 10 Oct 2023, 06:00: 127.0.0.1 (feed 2 in config.toml): 404 Not Found" in worth
    assert "`digest feeds check 2` asks it now and says more" in worth
    assert "gone since" in worth
    assert "or find its new address: `digest feeds add SITE`" in worth
    assert "paused: Delta (127.0.0.1): you paused it; `digest feeds resume` goes on with it" in rest
    assert "1 of 4 is fine" in rest
    assert "geheim" not in done.out


def test_a_failure_of_today_is_no_reason_to_look(tmp_path: Path) -> None:
    with FeedServer() as server:
        world = World(tmp_path, server)
        world.feed("alpha", item("Dam breaks above Vellmoor"))
        for name in ("one", "two", "three", "four"):
            world.feed(name, item(f"Something else about {name}"))
        world.feed("beta", answer=Answer(status=500))
        world.configure()
        world.digest("poll", "--now", "2023-10-13T06:00:00Z")
        assert world.digest("doctor", "--now", "2023-10-13T06:05:00Z").code == 0


def test_of_a_thousand_feeds_without_a_network_the_first_are_told(ready: Prepared) -> None:
    text = (ready.folder / "config.toml").read_text()
    feeds = "".join(f'[[feeds]]\nurl = "http://127.0.0.1:1/{n}.xml"\ntitle = "F{n}"\n' for n in range(40))
    (ready.folder / "config.toml").write_text(text.replace("[digests", f"{feeds}[digests", 1))
    ready.run("poll", "--now", "2023-10-13T07:01:00Z")
    with closing(sqlite3.connect(ready.folder / "digest.db")) as connection, connection:
        connection.execute("UPDATE feeds SET failing_since = '2023-10-10T07:00:00.000000Z' WHERE failures > 0")
    done = doctor(ready)
    assert done.code == 1
    assert "None of the 41 feeds answered" in done.out
    assert "more; --json tells all of them" in done.out
    assert len(done.out.splitlines()) < 70


def test_nobody_who_polls_is_told(ready: Prepared) -> None:
    done = Done(*ready.run("doctor", "--now", "2023-10-16T06:00:00Z"))
    assert done.code == 1
    assert "no feed was asked since Fri 13 Oct 2023, 06:00, though some are due" in done.out
    assert "start `digest serve`, or let cron or a timer start `digest run`" in done.out


def test_mails_that_wait_or_were_refused_are_told(tmp_path: Path) -> None:
    with MailServer(replies={"RCPT": "450 later"}) as server:
        ready = Prepared(tmp_path).mail(server)
        ready.send()
        assert any("1 delivery waiting after a try that failed, last:" in what for _, what, _ in found(ready))
        server.replies["RCPT"] = "550 no such user"
        ready.later(minutes=5).send()
        [(_, what, cure)] = found(ready, level="warning")
    assert "1 delivery given up or refused" in what
    again = "`digest resend daily --edition 2023-10-13 --to a@example.org` sends it again"
    assert cure == f"`digest deliveries` says why; once that is mended, {again}"


def test_only_who_was_refused_is_to_get_it_again_and_of_two_editions_of_a_day_the_right_one(tmp_path: Path) -> None:
    with MailServer() as server:
        server.refused["b@example.org"] = "550 no such user"
        ready = Prepared(tmp_path, to=("a@example.org", "B <b@example.org>")).mail(server)
        ready.send()
        with ready.later(minutes=2).store() as store:
            ready.items(store, "A bridge closes for the winter")
        ready.send()
        [(_, _, cure)] = found(ready, level="warning")
        assert cure.split("`")[3] == "digest resend daily --edition 2023-10-13/2 --to b@example.org"
        server.refused.clear()
        assert ready.run(*cure.split("`")[3].split()[1:], "--now", SOON)[0] == 0
        assert [one.recipient for one in server.received] == ["a@example.org", "a@example.org", "b@example.org"]


def test_a_server_that_answers_or_does_not_is_told(tmp_path: Path) -> None:
    with FeedServer() as server:
        world = World(tmp_path, server)
        world.feed("alpha", item("Dam breaks above Vellmoor"))
        world.configure()
        with Running(world) as served:
            served.wait_for("/healthz", '"status":"ok"')
            pid = served.process.pid
            told = f"`digest serve` answers at 127.0.0.1:{served.port} (process {pid})"
            assert told in world.digest("doctor").out
            with lock(tmp_path / "digest.db", "backup", patience=0):
                assert f"a backup is being made (process {os.getpid()})" in world.digest("doctor").out
            served.process.send_signal(signal.SIGKILL)
            served.process.wait()
        done = world.digest("doctor")
        assert "no `digest serve` runs: cron or a timer has to start `digest run`" in done.out


def test_a_server_that_is_stuck_and_a_stranger_at_its_address_are_told(ready: Prepared) -> None:
    answers = {"body": b'{"status":"stuck"}', "status": 503}

    class Stuck(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answers["status"])
            self.end_headers()
            self.wfile.write(answers["body"])

        def log_message(self, *_: object) -> None:
            pass

    port = free_port()
    text = (ready.folder / "config.toml").read_text()
    (ready.folder / "config.toml").write_text(text.replace('"127.0.0.1:0"', f'"127.0.0.1:{port}"'))
    with HTTPServer(("127.0.0.1", port), Stuck) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done = doctor(ready)
        assert done.code == 2
        assert "says that it is stuck" in done.out
        assert "systemctl restart digest" in done.out
        answers.update(body=b"<html>hello</html>", status=200)
        done = doctor(ready)
        assert done.code == 1
        assert f"what answers at 127.0.0.1:{port} is no `digest serve`" in done.out
        server.shutdown()

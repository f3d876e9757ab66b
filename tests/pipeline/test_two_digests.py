"""Several digests on one database keep out of each other's way."""

from __future__ import annotations

import email
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.feedserver import Answer, FeedServer
from support.mailserver import MailServer
from support.world import World, item

from digest import config, pipeline
from digest.editions import compose as composing
from digest.model import Edition
from digest.store import Store

NOW = datetime(2023, 10, 13, 7, 0, tzinfo=UTC)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with FeedServer() as server:
        made = World(tmp_path, server)
        made.feed("alpha", item("Dam breaks above Vellmoor"))
        yield made


SECOND = """
[digests.work]
title = "At work"
from = "work@example.org"
to = ["boss@example.org"]
deliver = ["outbox"]
"""


def test_a_digest_stands_only_in_the_folders_it_chose(world: World) -> None:
    world.configure(extra=SECOND, deliver=["site"])
    assert world.digest("run").code == 0
    pages = [path.relative_to(world.folder / "public") for path in (world.folder / "public").rglob("*.html")]
    assert pages
    assert not [path for path in pages if "work" in path.parts]
    assert [email.message_from_bytes(path.read_bytes())["To"] for path in world.mails()] == ["boss@example.org"]


def test_each_digest_has_its_own_edition_of_one_poll(world: World) -> None:
    world.configure(extra=SECOND.replace('"outbox"', '"site", "outbox"'))
    done = world.digest("run", "--json")
    assert [edition["digest"] for edition in done.json["report"]["editions"]] == ["daily", "work"]
    assert len(world.server.requests) == 1
    assert (world.folder / "public" / "work" / "index.html").exists()


def test_a_mistake_of_the_program_in_one_digest_holds_up_no_other_and_is_told_in_a_line(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.configure(extra=SECOND, deliver=["outbox"])
    settings = config.load(world.folder / "config.toml")

    real = composing.compose

    def compose(digest: config.Digest, **given: Any) -> Edition:
        if digest.name == "daily":
            raise ZeroDivisionError("division by zero")
        return real(digest, **given)

    monkeypatch.setattr("digest.editions.compose.compose", compose)
    with Store.open(settings.database) as store:
        report = pipeline.run(store, settings, lambda: NOW)
    assert [edition.digest for edition in report.editions] == ["work"]
    [error] = report.errors
    assert error.startswith(
        "digest daily: an error of this program (ZeroDivisionError: division by zero; test_two_digests.py, line "
    )
    assert world.rows("SELECT kind, about FROM alarms") == [("unmade", "daily")]


def test_a_digest_whose_template_breaks_on_its_data_holds_up_no_other(world: World) -> None:
    (world.folder / "mine").mkdir()
    (world.folder / "mine" / "email.txt.j2").write_text(
        "{% if edition.digest == 'daily' %}{{ edition.titel }}{% else %}{{ edition.title }}{% endif %}\n"
    )
    world.configure(extra=SECOND, deliver=["outbox"])
    file = world.folder / "config.toml"
    file.write_text('templates = "mine"\n' + file.read_text())
    done = world.digest("run")
    assert done.code == 2
    assert "digest daily: " in done.err
    assert "titel" in done.err
    assert [email.message_from_bytes(path.read_bytes())["To"] for path in world.mails()] == ["boss@example.org"]
    (world.folder / "mine" / "email.txt.j2").unlink()
    assert world.digest("run").code == 0
    assert len(world.mails()) == 2


def test_a_digest_with_templates_of_its_own_is_drawn_by_them_everywhere(world: World) -> None:
    (world.folder / "theirs").mkdir()
    extend = "{% extends 'shipped/NAME' %}{% block footer %}Drawn for work.{% endblock %}"
    for name in ("email.html.j2", "email.txt.j2", "page.html.j2"):
        (world.folder / "theirs" / name).write_text(extend.replace("NAME", name))
    world.configure(extra=SECOND.replace('"outbox"', '"site", "outbox"') + 'templates = "theirs"', deliver=["site"])
    assert world.digest("run").code == 0
    assert b"Drawn for work" in world.mails()[0].read_bytes()
    assert "Drawn for work" in (world.folder / "public" / "work" / "index.html").read_text()
    assert "Drawn for work" not in (world.folder / "public" / "index.html").read_text()
    assert "Drawn for work" in world.digest("preview", "work").out
    assert "Drawn for work" not in world.digest("preview").out


def test_pages_that_a_digests_own_template_breaks_wait_and_those_of_another_come_out(world: World) -> None:
    (world.folder / "theirs").mkdir()
    (world.folder / "theirs" / "page.html.j2").write_text("{{ edition.titel }}")
    world.configure(extra=SECOND.replace('"outbox"', '"site", "outbox"') + 'templates = "theirs"', deliver=["site"])
    done = world.digest("run")
    assert done.code == 1
    assert [line.split()[:2] for line in done.out.splitlines() if " by site" in line] == [
        ["sent:", "daily"],
        ["waiting:", "work"],
    ]
    assert "page.html.j2, line 1" in done.out
    assert (world.folder / "public" / "index.html").exists()
    assert len(world.mails()) == 1
    check = world.digest("check")
    assert (check.code, "digest work: " in check.out, "digest daily: " in check.out) == (2, True, False)
    (world.folder / "theirs" / "page.html.j2").unlink()
    assert world.digest("run").code == 0
    assert (world.folder / "public" / "work" / "index.html").exists()


def test_a_folder_of_templates_that_cannot_be_read_is_told_of_the_digest_that_uses_it(world: World) -> None:
    (world.folder / "theirs").mkdir()
    (world.folder / "theirs" / "email.html.j2").write_text("{% if %}")
    world.configure(extra=SECOND + 'templates = "theirs"', deliver=["outbox"])
    done = world.digest("run")
    assert done.code == 2
    assert "digest work: " in done.err
    assert [email.message_from_bytes(path.read_bytes())["To"] for path in world.mails()] == ["me@example.org"]


def test_a_renamed_digest_leaves_its_waiting_page_waiting_and_says_why(world: World) -> None:
    (world.folder / "public").write_text("in the way")
    world.configure(deliver=["site"])
    assert world.digest("run").code == 1
    (world.folder / "public").unlink()
    file = world.folder / "config.toml"
    file.write_text(file.read_text().replace("[digests.daily]", "[digests.morning]"))
    done = world.digest("run")
    assert done.code == 1
    assert "no [digests.daily] any more that delivers to site" in done.out
    assert world.rows("SELECT digest, state FROM editions JOIN deliveries ON edition_id = editions.id") == [
        ("daily", "pending"),
        ("morning", "sent"),
    ]


def test_a_mail_tried_again_says_what_was_frozen_whatever_the_configuration_says_now(world: World) -> None:
    with MailServer() as mail:
        mail.replies["CONNECT"] = "421 4.3.2 Down"
        world.configure(mail, extra='[web]\nbase_url = "https://a.example"', deliver=["mail"])
        assert world.digest("run").code == 1
        mail.replies.clear()
        file = world.folder / "config.toml"
        file.write_text(file.read_text().replace("https://a.example", "https://b.example"))
        assert world.digest("run").code == 0
        message = email.message_from_bytes(mail.received[0].content)
        assert message["Archived-At"].startswith("<https://a.example/")


def test_one_feed_that_fails_while_the_others_are_not_due_is_no_failure_of_the_run(world: World) -> None:
    world.feed("beta", answer=Answer(status=500))
    world.configure()
    file = world.folder / "config.toml"
    file.write_text(file.read_text().replace('alpha.xml"\n', 'alpha.xml"\nevery = "12h"\n'))
    assert world.digest("run", "--now", "2023-10-13T07:00:00Z").code == 0
    done = world.digest("run", "--now", "2023-10-13T11:00:00Z", "--json")
    assert [feed["outcome"] for feed in done.json["report"]["feeds"]] == ["failed"]
    assert done.code == 0


def test_feeds_that_all_fail_are_exit_code_1_also_while_none_is_due(world: World) -> None:
    world.feed("alpha", answer=Answer(status=404))
    world.configure()
    assert world.digest("run", "--now", "2023-10-13T07:00:00Z").code == 1
    assert world.digest("run", "--now", "2023-10-13T07:05:00Z").code == 1


def test_an_error_is_told_in_json_too_where_json_was_asked_for(world: World) -> None:
    world.configure()
    (world.folder / "digest.db").write_bytes(b"no database " * 100)
    done = world.digest("run", "--json")
    assert done.json["exit_code"] == 2
    assert "is not an SQLite database" in done.json["error"]


@pytest.mark.parametrize("command", ["preview", "status", "threads", "poll", "send"])
def test_every_command_that_asks_the_clock_refuses_to_go_back(world: World, command: str) -> None:
    world.configure()
    world.digest("run", "--now", "2023-10-13T07:00:00Z")
    done = world.digest(command, "--now", "2020-01-01T07:00:00Z")
    assert done.code == 2
    assert "already holds times" in done.err


def test_a_feed_that_leaves_the_configuration_is_no_longer_asked_and_comes_back_with_its_history(world: World) -> None:
    world.feed("beta", item("Library opens on Sundays"))
    world.configure()
    world.digest("run", "--now", "2023-10-13T07:00:00Z")
    gone = world.urls.pop("beta")
    world.configure()
    world.digest("run", "--now", "2023-10-14T07:00:00Z")
    assert len(world.server.asked("/beta.xml")) == 1
    assert world.rows("SELECT COUNT(*) FROM items") == [(2,)]
    world.urls["beta"] = gone
    world.configure()
    done = world.digest("run", "--now", "2023-10-15T07:00:00Z", "--json")
    assert [feed["status"] for feed in done.json["report"]["feeds"]] == [304, 304]
    assert done.json["report"]["nothing_new"] == ["daily"]


def test_a_digest_that_is_added_later_begins_with_the_last_day(world: World) -> None:
    world.configure(deliver=["site"])
    world.digest("run", "--now", "2023-10-10T07:00:00Z")
    world.feed("alpha", item("Dam breaks above Vellmoor"), item("Library opens on Sundays"))
    world.digest("run", "--now", "2023-10-13T07:00:00Z")
    world.configure(extra=SECOND, deliver=["site"])
    world.digest("run", "--now", "2023-10-13T09:00:00Z")
    [mail] = world.mails()
    text = mail.read_bytes()
    assert b"Library opens on Sundays" in text
    assert b"Dam breaks" not in text


def test_a_recipient_who_is_added_later_gets_the_next_edition_and_not_the_last(world: World) -> None:
    world.configure(deliver=["outbox"])
    world.digest("run", "--now", "2023-10-13T07:00:00Z")
    file = world.folder / "config.toml"
    file.write_text(file.read_text().replace('to = ["me@example.org"]', 'to = ["me@example.org", "you@example.org"]'))
    world.digest("run", "--now", "2023-10-13T09:00:00Z")
    assert len(world.mails()) == 1
    world.feed("alpha", item("Dam breaks above Vellmoor"), item("Library opens on Sundays"))
    world.digest("run", "--now", "2023-10-14T07:00:00Z")
    assert len(world.mails()) == 3

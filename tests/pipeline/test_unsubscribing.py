"""Who unsubscribed gets no more mail, whatever the configuration says, and the operator is told."""

from __future__ import annotations

import email
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from support.feedserver import FeedServer
from support.world import World, item

from digest import config, pipeline
from digest.pipeline import unsubscribing
from digest.store import Store
from digest.units import bare_address

MORNING = datetime(2023, 10, 2, 7, 0, tzinfo=UTC)
WEB = '[web]\nbase_url = "https://news.example.org/paper"'
TWO = ["Me+news@Example.org", "Reader <you@example.org>"]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with FeedServer() as server:
        made = World(tmp_path, server)
        made.feed("alpha", item("Dam breaks above Vellmoor"))
        yield made


def configured(world: World, extra: str = WEB, to: list[str] | None = None) -> config.Config:
    world.configure(extra=extra, deliver=["site", "outbox"])
    path = world.folder / "config.toml"
    path.write_text(path.read_text().replace('to = ["me@example.org"]', f"to = {json.dumps(to or TWO)}"))
    return config.load(path)


def run(world: World, settings: config.Config, day: int, *, new: bool = True) -> pipeline.RunReport:  # type: ignore[name-defined]
    if new:
        world.feed("alpha", *(item(f"Report number {number} of the dam") for number in range(day + 1)))
    with Store.open(settings.database) as store:
        return pipeline.run(store, settings, lambda: MORNING + timedelta(days=day))


def by_recipient(world: World) -> dict[str, EmailMessage]:
    """The latest mail to each address."""
    found = [email.message_from_bytes(path.read_bytes(), policy=default) for path in world.mails()]
    found.sort(key=lambda one: one["Date"].datetime)
    return {bare_address(str(one["To"])): one for one in found}


def link_of(message: EmailMessage) -> str:
    return str(message["List-Unsubscribe"]).partition(">")[0].lstrip("<")


def ask(settings: config.Config, token: str, *, end: bool = True, day: int = 0) -> unsubscribing.Asked | None:
    with Store.open(settings.database) as store:
        return unsubscribing.by_token(store, settings, token, MORNING + timedelta(days=day, hours=1), end=end)


def counted(world: World) -> int:
    return len(world.mails())


def test_each_recipient_has_a_link_of_their_own_in_header_and_footer_that_stays_the_same(world: World) -> None:
    settings = configured(world)
    run(world, settings, 0)
    first = by_recipient(world)
    links = {link_of(one) for one in first.values()}
    assert len(links) == 2
    for message in first.values():
        link = link_of(message)
        assert link.startswith("https://news.example.org/paper/unsubscribe/")
        assert len(link.rpartition("/")[2]) == 26
        assert str(message["List-Unsubscribe"]).endswith(", <mailto:digest@example.org?subject=unsubscribe%20daily>")
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        for kind in ("plain", "html"):
            part = message.get_body((kind,))
            assert part is not None
            assert link in part.get_content()
    run(world, settings, 1)
    assert {link_of(one) for one in by_recipient(world).values()} == links
    for page in (world.folder / "public").rglob("*"):
        assert not page.is_file() or b"/unsubscribe/" not in page.read_bytes()
    assert world.rows(
        "SELECT COUNT(*) FROM editions WHERE html LIKE '%/unsubscribe/%' OR data LIKE '%unsubscribe/%'"
    ) == [(0,)]


@pytest.mark.parametrize("extra", ["", '[web]\nbase_url = "http://news.example.org"'])
def test_without_a_public_https_address_a_mail_to_the_sender_is_the_only_way(world: World, extra: str) -> None:
    settings = configured(world, extra)
    run(world, settings, 0)
    for message in by_recipient(world).values():
        assert message["List-Unsubscribe"] == "<mailto:digest@example.org?subject=unsubscribe%20daily>"
        assert message["List-Unsubscribe-Post"] is None


def test_a_link_ends_the_mails_to_this_one_recipient_and_the_report_of_the_next_run_says_so_once(
    world: World,
) -> None:
    settings = configured(world)
    run(world, settings, 0)
    token = link_of(by_recipient(world)["me+news@example.org"]).rpartition("/")[2]
    assert ask(settings, token, end=False) == unsubscribing.Asked(
        "Morning paper", False, "daily", "me+news@example.org", False
    )
    asked = ask(settings, token)
    assert asked is not None
    assert asked.unsubscribed
    assert asked.changed
    report = run(world, settings, 1)
    assert [one.recipient for one in report.deliveries] == ["", "Reader <you@example.org>"]
    assert report.owner == (
        "me+news@example.org unsubscribed from Morning paper (daily) on Monday 2 October 2023, 08:00 and gets no "
        "more of its mails, whatever `to` says.",
    )
    assert run(world, settings, 2).owner == ()
    assert counted(world) == 4


def test_when_all_have_left_the_pages_still_come(world: World) -> None:
    settings = configured(world)
    run(world, settings, 0)
    for message in by_recipient(world).values():
        ask(settings, link_of(message).rpartition("/")[2])
    report = run(world, settings, 1)
    assert [one.transport for one in report.deliveries] == ["site"]
    assert (world.folder / "public" / "2023" / "10" / "03" / "index.html").exists()


def test_one_who_reads_two_digests_leaves_the_one_that_was_meant(world: World) -> None:
    second = '[digests.work]\nto = ["you@example.org"]\ndeliver = ["outbox"]\n' + WEB
    settings = configured(world, second, ["you@example.org"])
    run(world, settings, 0)
    tokens = dict(world.rows("SELECT digest, token FROM recipients"))
    assert tokens["daily"] != tokens["work"]
    ask(settings, tokens["work"])
    report = run(world, settings, 1)
    assert [(one.digest, one.recipient) for one in report.deliveries] == [("daily", ""), ("daily", "you@example.org")]


def test_who_left_and_is_written_into_the_file_again_stays_out_and_check_tells_it(world: World) -> None:
    settings = configured(world)
    run(world, settings, 0)
    ask(settings, link_of(by_recipient(world)["me+news@example.org"]).rpartition("/")[2])
    run(world, configured(world, to=["you@example.org"]), 1)
    settings = configured(world, to=["you@example.org", "Me Again <ME+news@example.org>"])
    report = run(world, settings, 2)
    assert [one.recipient for one in report.deliveries] == ["", "you@example.org"]
    done = world.digest("check")
    assert done.code == 0
    assert "but not to me+news@example.org, who unsubscribed Mon 2 Oct 2023, 08:00" in done.out
    assert "`digest recipients restore me+news@example.org daily` takes that back" in done.out


def test_the_commands_list_unsubscribe_and_restore(world: World) -> None:
    settings = configured(world)
    run(world, settings, 0)
    first = world.digest("recipients")
    assert first.code == 0
    assert [line.split("  ")[1] for line in first.out.splitlines() if line.startswith("  me+")] == [
        "me+news@example.org"
    ]
    assert first.out.count("subscribed, by `to`") == 2
    assert first.out.count("sent Mon 2 Oct 2023, 07:00") == 2
    done = world.digest("recipients", "unsubscribe", "ME+News@example.org")
    assert (done.code, "gets no more mail of daily" in done.out) == (0, True)
    assert "was unsubscribed already" in world.digest("recipients", "unsubscribe", "me+news@example.org", "daily").out
    told = world.digest("recipients", "--json").json["recipients"]
    assert [(one["address"], one["configured"], bool(one["unsubscribed"])) for one in told] == [
        ("me+news@example.org", True, True),
        ("you@example.org", True, False),
    ]
    assert "token" not in json.dumps(told)
    assert "unsubscribed: me+news@example.org from daily" in world.digest("status").out
    assert "unsubscribed from daily: me+news@example.org" in world.digest("decisions").out
    assert world.digest("decisions", "--json").json["unsubscribed"][0]["address"] == "me+news@example.org"
    report = run(world, settings, 1)
    assert [one.recipient for one in report.deliveries] == ["", "Reader <you@example.org>"]
    assert report.owner == ()  # the operator did it
    assert "gets daily again" in world.digest("recipients", "restore", "me+news@example.org").out
    assert len(run(world, settings, 2).deliveries) == 3
    again = world.digest("recipients", "restore", "me+news@example.org")
    assert (again.code, "is not unsubscribed" in again.err) == (2, True)


def test_programs_are_told_what_was_unsubscribed_and_restored(world: World) -> None:
    configured(world)
    for command, key in (("unsubscribe", "unsubscribed"), ("restore", "restored")):
        done = world.digest("recipients", command, "you@example.org", "--json")
        assert (done.code, done.json) == (0, {key: {"address": "you@example.org", "digests": ["daily"]}})
    assert world.digest("recipients", "unsubscribe", "you@example.org", "--json").code == 0
    again = world.digest("recipients", "unsubscribe", "you@example.org", "--json")
    assert (again.code, again.json["unsubscribed"]["digests"]) == (0, [])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nobody@example.org",), "nobody@example.org is no recipient of any digest"),
        (("me@example.org", "nightly"), "no digest 'nightly'"),
        (("no address",), "is not a mail address"),
    ],
)
def test_an_address_that_no_digest_knows_is_told(world: World, arguments: tuple[str, ...], told: str) -> None:
    configured(world)
    for command in ("unsubscribe", "restore"):
        done = world.digest("recipients", command, *arguments)
        assert done.code == 2
        assert told in done.err


def test_it_can_be_done_before_any_mail_was_sent(world: World) -> None:
    settings = configured(world)
    assert world.digest("recipients", "unsubscribe", "you@example.org").code == 0
    assert [one.recipient for one in run(world, settings, 0).deliveries] == ["", "Me+news@Example.org"]


def test_an_address_once_unsubscribed_is_not_sent_a_mail_that_says_nothing_is_new(world: World) -> None:
    settings = configured(world, to=["you@example.org"])
    run(world, settings, 0)
    ask(settings, link_of(by_recipient(world)["you@example.org"]).rpartition("/")[2])
    for day in range(1, 9):
        assert run(world, settings, day, new=False).deliveries == ()


@pytest.mark.parametrize("token", ["", "a" * 26, "a" * 10_000, "\0", "../../etc/passwd", "A" * 26, "é" * 26])
def test_a_token_that_is_none_changes_nothing(world: World, token: str) -> None:
    settings = configured(world)
    with Store.open(settings.database) as store:
        assert unsubscribing.by_token(store, settings, token, MORNING, end=True) is None
        assert store.recipients.all() == []


def test_tokens_are_128_random_bits_that_nobody_sees_twice() -> None:
    made = {unsubscribing.fresh_token() for _ in range(1000)}
    assert len(made) == 1000
    assert all(len(one) == 26 for one in made)


def test_an_address_in_a_domain_with_accents_is_one_address_in_both_spellings(world: World) -> None:
    settings = configured(world, to=["Me@bücher.example"])
    with Store.open(settings.database) as store:
        told = unsubscribing.unsubscribe(store, settings, "me@xn--bcher-kva.example", None, MORNING)
        assert told == ["daily"]
        assert store.recipients.unsubscribed("daily", "Me <me@Bücher.example>") == MORNING

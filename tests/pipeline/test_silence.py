"""Days without anything new, over real feeds and a moved clock: what is sent then, and what it leaves alone."""

from __future__ import annotations

import email
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from support.feedserver import Answer, FeedServer
from support.mailserver import MailServer
from support.world import World, item, served

from digest import config, pipeline
from digest.model import DeliveryState, Kind, RunReport
from digest.store import Store

MORNING = datetime(2023, 10, 2, 7, 0, tzinfo=UTC)
"""A Monday."""
DOWN = Answer(status=500)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with FeedServer() as server:
        made = World(tmp_path, server)
        made.feed("alpha", item("Dam breaks above Vellmoor"))
        yield made


def moment(day: float, hours: float = 0) -> datetime:
    return MORNING + timedelta(days=day, hours=hours)


def loaded(world: World, settings: str = "") -> config.Config:
    world.configure(deliver=["site", "outbox"])
    path = world.folder / "config.toml"
    path.write_text(path.read_text().replace("[digests.daily]", f"[digests.daily]\n{settings}"))
    return config.load(path)


def run(world: World, settings: config.Config, at: datetime) -> RunReport:
    """What cron starts."""
    with Store.open(settings.database) as store:
        return pipeline.run(store, settings, lambda: at)


def tick(world: World, settings: config.Config, at: datetime) -> RunReport:
    """What the server does: asks what is due, then publishes by schedule."""
    with Store.open(settings.database) as store:
        pipeline.poll(store, settings, lambda: at, before_editions=True)
        return served(store, settings, lambda: at)


def mails(world: World) -> list[EmailMessage]:
    """In the order in which they were written into the maildir."""
    found = [email.message_from_bytes(path.read_bytes(), policy=default) for path in world.mails()]
    return sorted(found, key=lambda one: email.utils.parsedate_to_datetime(str(one["Date"])))  # type: ignore[arg-type]


def subjects(world: World) -> list[str]:
    return [str(one["Subject"]) for one in mails(world)]


def body(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def words(message: EmailMessage) -> str:
    """The text part on one line."""
    return " ".join(body(message).split())


def kinds(report: RunReport) -> list[Kind]:
    return [one.kind for one in report.editions]


@pytest.mark.parametrize("once", [run, tick])
def test_by_default_nothing_new_is_no_mail(world: World, once) -> None:
    settings = loaded(world)
    tick(world, settings, moment(-0.5))
    for day in range(4):
        once(world, settings, moment(day))
    assert len(mails(world)) == 1


@pytest.mark.parametrize("once", [run, tick])
def test_where_it_is_wanted_nothing_new_is_a_mail_of_three_lines(world: World, once) -> None:
    settings = loaded(world, 'nothing_new = "mail"')
    tick(world, settings, moment(-0.5))
    for day in range(3):
        once(world, settings, moment(day))
    assert subjects(world)[1:] == ["Nothing new (3 Oct 2023)", "Nothing new (4 Oct 2023)"]
    said = words(mails(world)[1])
    assert "Nothing new came in since the edition of Monday 2 October 2023, 07:00." in said
    assert "1 of 1 feed answered." in said
    assert ("The next edition is due on Wednesday 4 October at 07:00." in said) == (once is tick)
    assert "Nothing new" in body(mails(world)[1], "html")


@pytest.mark.parametrize("once", [run, tick])
def test_after_seven_days_without_a_mail_one_says_that_all_is_well_and_after_seven_more_another(
    world: World, once
) -> None:
    world.feed("beta", item("Library opens on Sundays"))
    settings = loaded(world)
    tick(world, settings, moment(-0.5))
    once(world, settings, moment(0))
    world.feed("beta", answer=Answer(status=404))
    for day in range(1, 16):
        once(world, settings, moment(day))
    assert subjects(world)[1:] == [
        "Still here: nothing new for 7 days (9 Oct 2023)",
        "Still here: nothing new for 14 days (16 Oct 2023)",
    ]
    said = words(mails(world)[1])
    assert "2 feeds: 1 fine, 1 failing." in said
    assert "* Beta (404 Not Found" in said
    assert "since Tuesday)" in said


@pytest.mark.parametrize("once", [run, tick])
def test_when_no_feed_answers_one_alert_a_day_names_the_cause_and_what_to_do(world: World, once) -> None:
    settings = loaded(world)
    tick(world, settings, moment(-0.5))
    once(world, settings, moment(0))
    world.feed("alpha", answer=DOWN)
    for day in (1, 2):
        for hour in (0, 1, 2):
            once(world, settings, moment(day, hour))
    assert subjects(world)[1:] == ["No feed answers (3 Oct 2023)", "No feed answers (4 Oct 2023)"]
    said = words(mails(world)[1])
    assert "The only feed did not answer. The reason: 500" in said
    assert "`digest poll --force` asks them all again" in said


def test_new_items_while_all_feeds_fail_are_a_regular_edition_with_the_notice_on_top(world: World) -> None:
    settings = loaded(world)
    tick(world, settings, moment(-0.5))
    tick(world, settings, moment(0))
    world.feed("alpha", item("Dam breaks above Vellmoor"), item("Ferry runs aground"))
    with Store.open(settings.database) as store:
        pipeline.poll(store, settings, lambda: moment(0.5), force=True)
    world.feed("alpha", answer=DOWN)
    report = tick(world, settings, moment(1))
    assert kinds(report) == [Kind.REGULAR]
    assert tick(world, settings, moment(1, 1)).editions == ()
    assert "! The only feed did not answer." in body(mails(world)[1])


def test_a_silent_day_leaves_windows_numbers_and_pages_as_they_are(world: World) -> None:
    settings = loaded(world, 'nothing_new = "mail"')
    tick(world, settings, moment(-0.5))
    tick(world, settings, moment(0))
    pages = sorted(world.folder.joinpath("public").rglob("*.html"))
    assert kinds(tick(world, settings, moment(1))) == [Kind.QUIET]
    assert sorted(world.folder.joinpath("public").rglob("*.html")) == pages
    world.feed("alpha", item("Dam breaks above Vellmoor"), item("Ferry runs aground"))
    [edition] = tick(world, settings, moment(2)).editions
    assert (edition.number, edition.items, edition.path) == (2, 1, "2023/10/04/")
    windows = world.rows("SELECT since, until FROM editions WHERE kind = 'regular' ORDER BY number")
    assert windows[1][0] == windows[0][1]
    page = (world.folder / "public" / "2023" / "10" / "04" / "index.html").read_text()
    assert "../../../2023/10/02/" in page
    assert world.rows("SELECT number, ordinal, kind FROM editions ORDER BY id") == [
        (1, 1, "regular"),
        (-1, 0, "quiet"),
        (2, 1, "regular"),
    ]
    assert world.rows("SELECT COUNT(*) FROM deliveries WHERE recipient = ''") == [(2,)]


def test_an_edition_by_hand_on_a_day_that_had_a_mail_without_items_is_the_first_of_that_day(world: World) -> None:
    settings = loaded(world, 'nothing_new = "mail"')
    tick(world, settings, moment(-0.5))
    tick(world, settings, moment(0))
    tick(world, settings, moment(1))
    world.feed("alpha", item("Dam breaks above Vellmoor"), item("Ferry runs aground"))
    [edition] = run(world, settings, moment(1, 3)).editions
    assert (edition.kind, edition.number, edition.path) == (Kind.REGULAR, 2, "2023/10/03/")


def test_who_runs_it_by_the_hour_gets_no_word_of_nothing_new_between_two_editions(world: World) -> None:
    settings = loaded(world, 'nothing_new = "mail"')
    for hour in range(20):
        run(world, settings, moment(0, hour))
    assert len(mails(world)) == 1
    for hour in range(20, 36):
        run(world, settings, moment(0, hour))
    assert subjects(world)[1:] == ["Nothing new (3 Oct 2023)"]


def test_a_word_that_could_not_be_sent_is_tried_again_with_its_message_id_and_sent_once(
    world: World, tmp_path: Path
) -> None:
    with MailServer() as mail:
        world.configure(mail, deliver=["mail"])
        settings = config.load(world.folder / "config.toml")
        run(world, settings, moment(0))
        world.feed("alpha", answer=DOWN)
        mail.replies["CONNECT"] = "421 4.3.2 Down"
        report = run(world, settings, moment(1))
        assert [one.state for one in report.deliveries] == [DeliveryState.PENDING]
        mail.replies.clear()
        for hour in (1, 2):
            run(world, settings, moment(1, hour))
        assert len(mail.received) == 2
        [(wanted,)] = world.rows("SELECT message_id FROM deliveries WHERE edition_id = 2")
        assert email.message_from_bytes(mail.received[1].content)["Message-ID"] == wanted


def test_a_digest_without_mail_keeps_silent(world: World) -> None:
    world.configure(deliver=["site"])
    settings = config.load(world.folder / "config.toml")
    world.feed("alpha", answer=DOWN)
    for day in range(9):
        assert tick(world, settings, moment(day)).editions == ()


def test_a_digest_without_any_feed_says_after_a_week_how_to_add_one(tmp_path: Path) -> None:
    with FeedServer() as server:
        world = World(tmp_path, server)
        settings = loaded(world)
        for day in range(8):
            report = tick(world, settings, moment(day))
    assert kinds(report) == [Kind.ALIVE]
    said = words(mails(world)[0])
    assert "No edition has come out yet: nothing new came in since Monday 2 October 2023, 07:00." in said
    assert "It has no feed; `digest feeds add ADDRESS` adds one." in said


def test_a_digest_whose_feeds_are_all_paused_says_so_and_raises_no_alert(world: World) -> None:
    settings = loaded(world, 'nothing_new = "mail"')
    world.feed("alpha", answer=DOWN)
    assert kinds(run(world, settings, moment(0))) == [Kind.ALERT]
    from digest.pipeline.pausing import pause

    with Store.open(settings.database) as store:
        [state] = store.feeds.states(store.feeds.subscribed(settings.feeds))
        pause(store, state, moment(0, 1))
    assert kinds(tick(world, settings, moment(1))) == [Kind.QUIET]
    assert "Its only feed is paused; `digest feeds resume` goes on with them." in words(mails(world)[1])


def test_a_digest_whose_feeds_were_never_asked_says_that_they_are_still_to_be_asked(world: World) -> None:
    settings = loaded(world, 'nothing_new = "mail"')
    with Store.open(settings.database) as store:
        served(store, settings, lambda: moment(-0.5))
        report = served(store, settings, lambda: moment(0))
    assert kinds(report) == [Kind.QUIET]
    assert "Its only feed is still to be asked for the first time." in words(mails(world)[0])


def test_two_digests_keep_silent_each_for_itself(world: World) -> None:
    world.configure(
        extra='[digests.work]\nat = "07:00"\nto = ["boss@example.org"]\ndeliver = ["outbox"]\nnothing_new = "mail"',
        deliver=["outbox"],
    )
    settings = config.load(world.folder / "config.toml")
    tick(world, settings, moment(-0.5))
    tick(world, settings, moment(0))
    report = tick(world, settings, moment(1))
    assert [(one.digest, one.kind) for one in report.editions] == [("work", Kind.QUIET)]
    assert report.nothing_new == ("daily",)


def test_a_digest_of_one_day_a_week_is_no_week_late(world: World) -> None:
    settings = loaded(world, 'days = ["mon"]')
    tick(world, settings, moment(-0.5))
    for day in range(14):
        tick(world, settings, moment(day))
    assert subjects(world)[1:] == ["Still here: nothing new for 7 days (9 Oct 2023)"]


def test_a_day_that_comes_twice_by_a_change_of_zone_has_one_such_mail(world: World) -> None:
    settings = loaded(world, 'nothing_new = "mail"')
    run(world, settings, moment(0))
    assert kinds(run(world, settings, moment(0, 20))) == [Kind.QUIET]  # 3 October, 03:00
    west = loaded(world, 'nothing_new = "mail"\ntimezone = "America/New_York"')
    assert run(world, west, moment(1, 16)).editions == ()  # 3 October, 19:00 there
    assert kinds(run(world, west, moment(2, 16))) == [Kind.QUIET]

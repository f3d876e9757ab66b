"""What the owner does on a page: each action of a form, what it leaves, and what is refused with the cure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from support.archive import Archive
from support.mailserver import MailServer
from support.prepared import Prepared

from digest.config import Config
from digest.errors import BusyError, DigestError
from digest.model import FeedUpdate
from digest.pipeline import acting
from digest.store import Store

HOUR = timedelta(hours=1)


class Desk:
    """The owner in front of an archive."""

    def __init__(self, folder: Path) -> None:
        self.archive = Archive(folder)
        self.store = self.archive.store

    @property
    def settings(self) -> Config:
        path = self.store.path
        return Config(path=path.with_name("config.toml"), database=path, feeds=tuple(self.archive.feeds.values()))

    def act(self, action: str, polls: bool = True, **fields: object) -> str:
        told = {name.replace("_", "-"): str(value) for name, value in fields.items()}
        return acting.act(self.store, self.settings, action, told, lambda: self.archive.now, polls=polls)

    def feed(self, title: str) -> int:
        known = self.store.feeds.subscribed(self.archive.feeds.values())
        return next(number for number, feed in known.items() if feed.title == title)

    def remember(self, title: str, **changes: Any) -> None:
        """What a poll would have left of a feed."""
        known = self.store.feeds.subscribed([self.archive.feeds[title]])
        [state] = self.store.feeds.states(known)
        with self.store.writing():
            self.store.feeds.save(FeedUpdate(replace(state, **changes)), self.archive.now)

    def next_poll(self, title: str) -> Any:
        [state] = self.store.feeds.states(self.store.feeds.subscribed([self.archive.feeds[title]]))
        return state.next_poll


@pytest.fixture
def desk(tmp_path: Path):
    made = Desk(tmp_path)
    yield made
    made.store.close()


def test_a_report_that_was_split_off_stays_so_after_the_next_poll(desk: Desk) -> None:
    """Also when another outlet tells the same then, and the publisher edits it."""
    archive = desk.archive
    one, two, odd = archive.flood()
    archive.group()
    told = desk.act("split", item=odd)
    assert told.startswith("Split off: Hundreds flee as Vellmoor dam breaks, from: ")
    archive.say("North Post", "Vellmoor dam breaks, hundreds flee the valley", "Houses stand under water at Vellmoor.")
    archive.edit(odd, "Hundreds flee as Vellmoor dam breaks, again", "Families left the flooded valley below Vellmoor.")
    archive.group()
    assert odd not in archive.together(one)
    assert {one, two} <= archive.together(one)


def test_a_whole_story_leaves_its_thread(desk: Desk) -> None:
    archive = desk.archive
    flood, ferry = archive.flood(), archive.ferry()
    archive.group()
    desk.act("merge", thread=archive.thread(flood[0]), other=archive.thread(ferry[0]))
    desk.act("split", item=ferry[0], story=1)
    assert archive.together(ferry[0]) == set(ferry)
    assert archive.thread(flood[0]) != archive.thread(ferry[0])


def test_two_threads_become_one_and_part_again(desk: Desk) -> None:
    archive = desk.archive
    flood, ferry = archive.flood(), archive.ferry()
    archive.group()
    desk.act("merge", thread=archive.thread(flood[0]), other=archive.thread(ferry[0]))
    assert archive.thread(flood[0]) == archive.thread(ferry[0])
    [decision] = desk.store.decisions.all()
    assert desk.act("undo", decision=decision.id).endswith(").")
    assert archive.thread(flood[0]) != archive.thread(ferry[0])


def test_every_decision_says_what_was_done_and_can_be_undone(desk: Desk) -> None:
    archive = desk.archive
    [one, *_] = archive.flood()
    archive.group()
    thread = archive.thread(one)
    told = {
        "mute": desk.act("mute", thread=thread),
        "follow": desk.act("follow", thread=thread),
        "mute-word": desk.act("mute-word", word="football"),
        "follow-word": desk.act("follow-word", word="兵器"),
        "star": desk.act("star", outlet="coastdaily.example"),
        "pause": desk.act("pause", feed=desk.feed("Coast Daily")),
    }
    assert told["mute"].startswith("Muted until Mon 11 Mar 2024, ")
    assert told["mute-word"].startswith("Muted the word until ")
    assert told["mute-word"].endswith(": football.")
    assert told["follow-word"] == "Followed the word: 兵器."
    assert told["star"] == "Starred the outlet: Coast Daily."
    assert told["pause"] == "Paused the feed: Coast Daily."
    made = desk.store.decisions.all()
    assert [one.kind for one in made] == list(told)
    for decision in made:
        desk.act("undo", decision=decision.id)
    assert all(one.undone for one in desk.store.decisions.all())
    with pytest.raises(DigestError, match="was undone before"):
        desk.act("undo", decision=made[0].id)


def test_nobody_at_a_page_waits_for_a_poll(desk: Desk) -> None:
    """A poll of a thousand feeds holds its lock for minutes; what is decided meanwhile is done at once."""
    archive = desk.archive
    [one, *_] = archive.flood()
    archive.group()
    with Store.open(desk.store.path) as polling, polling.lock("work"), polling.lock("send"):
        desk.act("split", item=one)
        desk.act("follow", thread=archive.thread(one))
        desk.act("pause", feed=desk.feed("Coast Daily"))
        desk.act("poll")
    assert [decision.kind for decision in desk.store.decisions.all()] == ["split", "follow", "pause"]


def test_a_writer_that_takes_long_is_told_and_nothing_changes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acting, "PATIENCE", 0.2)
    with Store.open(desk.store.path) as other, other.writing(), pytest.raises(BusyError, match="try again in a minute"):
        desk.act("follow-word", word="ferry")
    assert desk.store.decisions.all() == []
    assert desk.act("follow-word", word="ferry") == "Followed the word: ferry."


@pytest.mark.parametrize(
    ("action", "fields", "cure"),
    [
        ("split", {}, "item: nothing was written there"),
        ("split", {"item": "x"}, "'x' is no number"),
        ("split", {"item": "-1"}, "is no number"),
        ("split", {"item": "٣"}, "is no number"),
        ("split", {"item": "9" * 30}, "is no number"),
        ("split", {"item": "1 OR 1=1"}, "is no number"),
        ("split", {"item": "999999"}, "there is no item 999999"),
        ("merge", {"thread": "1"}, "other: nothing"),
        ("merge", {"thread": "1", "other": "999999"}, "there is no thread 999999"),
        ("mute", {"thread": "999999999999999999"}, "there is no thread"),
        ("mute-word", {"word": "   "}, "word: nothing"),
        ("mute-word", {"word": "x" * 100_000}, "longer than 500"),
        ("follow-word", {"word": "/(x+x+)+y(/"}, "is no pattern"),
        ("star", {"outlet": "' OR 1=1 --"}, "no report of an outlet"),
        ("star", {"outlet": "<script>alert(1)</script>"}, "no report of an outlet"),
        ("undo", {"decision": "7"}, "there is no decision 7"),
        ("pause", {"feed": "999999"}, "feed 999999 is not subscribed"),
        ("poll", {"feed": "0"}, "is no number"),
        ("send", {"digest": "../etc/passwd"}, "there is no digest"),
        ("drop-all", {}, "is nothing that can be done"),
        ("__init__", {}, "is nothing that can be done"),
    ],
)
def test_fields_that_mean_nothing_are_refused_and_change_nothing(
    desk: Desk, action: str, fields: Mapping[str, str], cure: str
) -> None:
    desk.archive.group()
    with pytest.raises(DigestError) as refused:
        desk.act(action, **fields)
    assert cure in str(refused.value)
    assert len(str(refused.value)) < 500
    assert desk.store.decisions.all() == []


# --- Feeds --------------------------------------------------------------------------------------


def test_poll_makes_due_what_our_own_interval_holds_and_nothing_else(desk: Desk) -> None:
    desk.archive.flood()
    now = desk.archive.now
    later = now + 3 * HOUR
    desk.remember("Coast Daily", last_try=now - HOUR, next_poll=later)
    desk.remember("Valley Wire", last_try=now - HOUR, next_poll=later, held_until=later)
    desk.remember("Quiet Review", last_try=now - HOUR, next_poll=later)
    desk.act("pause", feed=desk.feed("Quiet Review"))
    told = desk.act("poll")
    assert told == "5 feeds are being asked now; 1 feed left alone, as the server asks."
    assert [desk.next_poll(one) for one in ("Coast Daily", "Valley Wire", "Quiet Review")] == [now, later, later]


def test_poll_of_one_feed_says_why_it_cannot_be(desk: Desk) -> None:
    desk.archive.flood()
    now = desk.archive.now
    desk.remember("Coast Daily", last_try=now - HOUR, next_poll=now + HOUR)
    desk.remember("Valley Wire", last_try=now - HOUR, next_poll=now + HOUR, held_until=now + HOUR)
    desk.act("pause", feed=desk.feed("Quiet Review"))
    assert desk.act("poll", feed=desk.feed("Coast Daily")) == "Coast Daily is being asked now."
    with pytest.raises(DigestError, match=r"valleywire.example wants no request before Mon 4 Mar 2024, "):
        desk.act("poll", feed=desk.feed("Valley Wire"))
    with pytest.raises(DigestError, match="Quiet Review is paused, so it is not asked; resume it first"):
        desk.act("poll", feed=desk.feed("Quiet Review"))


def test_a_second_press_asks_no_server_again(desk: Desk) -> None:
    desk.archive.flood()
    now = desk.archive.now
    later, lately = now + HOUR, now - timedelta(seconds=59)
    desk.remember("Coast Daily", last_try=lately, next_poll=later)
    desk.remember("Valley Wire", last_try=now - timedelta(minutes=1), next_poll=later)
    assert desk.act("poll") == "6 feeds are being asked now; 1 feed asked a moment ago."
    assert [desk.next_poll(one) for one in ("Coast Daily", "Valley Wire")] == [later, now]
    with pytest.raises(DigestError, match="Coast Daily was asked a moment ago"):
        desk.act("poll", feed=desk.feed("Coast Daily"))
    assert desk.next_poll("Coast Daily") == later


def test_a_server_that_does_not_poll_says_who_does(desk: Desk) -> None:
    desk.archive.flood()
    told = desk.act("poll", polls=False, feed=desk.feed("Coast Daily"))
    assert told == "Coast Daily is asked within minutes by the process that polls."


def test_a_host_that_wants_to_be_left_alone_is_left_alone(desk: Desk) -> None:
    desk.archive.flood()
    now = desk.archive.now
    desk.remember("Coast Daily", last_try=now - HOUR, next_poll=now + HOUR)
    desk.store.troubles.pause("coastdaily.example", now + 2 * HOUR, now)
    with pytest.raises(DigestError, match="wants no request before"):
        desk.act("poll", feed=desk.feed("Coast Daily"))
    desk.act("poll")
    assert desk.next_poll("Coast Daily") == now + HOUR


def test_a_feed_is_paused_and_resumed(desk: Desk) -> None:
    desk.archive.flood()
    number = desk.feed("Coast Daily")
    desk.act("pause", feed=number)
    with pytest.raises(DigestError, match="is paused already"):
        desk.act("pause", feed=number)
    assert desk.act("resume", feed=number) == "Resumed the feed: Coast Daily; it is asked at the next poll."
    with pytest.raises(DigestError, match="is not paused"):
        desk.act("resume", feed=number)


def test_a_resumed_feed_is_due_unless_its_server_wants_to_be_left_alone(desk: Desk) -> None:
    desk.archive.flood()
    now = desk.archive.now
    desk.remember("Coast Daily", last_try=now - HOUR, next_poll=now + HOUR)
    desk.remember("Valley Wire", last_try=now - HOUR, next_poll=now + HOUR, held_until=now + HOUR)
    for name in ("Coast Daily", "Valley Wire"):
        desk.act("pause", feed=desk.feed(name))
    desk.act("resume", feed=desk.feed("Coast Daily"))
    assert desk.next_poll("Coast Daily") == now
    told = desk.act("resume", feed=desk.feed("Valley Wire"))
    held = "valleywire.example wants no request before Mon 4 Mar 2024, "
    assert told.startswith(f"Resumed the feed: Valley Wire; it is not asked yet: {held}")


# --- Mail ---------------------------------------------------------------------------------------


def sending(ready: Prepared, **fields: str) -> str:
    with ready.store() as store:
        return acting.act(store, ready.settings, "send", fields, lambda: ready.now, polls=True)


def test_todays_edition_goes_once_more_with_the_next_delivery(tmp_path: Path) -> None:
    """The page writes a row and waits for no mail server."""
    with MailServer() as server:
        ready = Prepared(tmp_path, to=("a@example.org", "b@example.org")).mail(server)
        ready.send()
        assert sending(ready, digest="daily", to="b@example.org") == (
            "Today's edition goes to b@example.org once more, now."
        )
        assert sending(ready, digest="daily", to="B@Example.org").startswith("Today's edition is waiting to be sent")
        assert len(server.received) == 2
        ready.tick()
        assert [state for _, state, _ in ready.ledger()] == ["sent", "sent", "sent"]
        sent = [(one.recipient, message_from_bytes(one.content)["Message-ID"]) for one in server.received]
        assert [recipient for recipient, _ in sent] == ["a@example.org", "b@example.org", "b@example.org"]
        assert len({key for _, key in sent}) == 3


def test_a_second_press_sends_no_second_mail_however_fast_the_first_one_went(tmp_path: Path) -> None:
    with MailServer() as server:
        ready = Prepared(tmp_path).mail(server)
        ready.send()
        for _ in range(3):
            told = sending(ready, digest="daily")
            ready.tick()
        assert told == "Today's edition was sent once more, a moment ago, to a@example.org already, and is not doubled."
        assert len(server.received) == 2
        ready.later(minutes=1)
        assert sending(ready, digest="daily") == "Today's edition goes to a@example.org once more, now."


def test_a_page_sends_to_nobody_who_is_no_recipient(tmp_path: Path) -> None:
    ready = Prepared(tmp_path, to=("a@example.org", "b@example.org"), deliver=("outbox",))
    ready.send()
    for to, cure in (
        ("eve@example.net", "is no recipient of Morning paper"),
        ("a@example.org\r\nBcc: eve@example.net", "is no recipient of Morning paper"),
        ("", "has 2 recipients; choose one of them"),
    ):
        with pytest.raises(DigestError, match=cure):
            sending(ready, digest="daily", to=to)
    assert len(ready.ledger()) == 2


def test_without_an_edition_today_it_says_when_the_next_comes(tmp_path: Path) -> None:
    ready = Prepared(tmp_path, deliver=("outbox",))
    ready.send()
    ready.later(days=1)
    with pytest.raises(DigestError, match="no edition of Morning paper came out today; the next one comes on Sunday"):
        sending(ready, digest="daily")


def test_who_unsubscribed_gets_no_copy(tmp_path: Path) -> None:
    ready = Prepared(tmp_path, deliver=("outbox",))
    ready.send()
    with ready.store() as store:
        store.recipients.unsubscribe("daily", "a@example.org", ready.now, fresh="f" * 26)
    with pytest.raises(DigestError, match="its recipient unsubscribed"):
        sending(ready, digest="daily")

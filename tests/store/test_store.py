"""The store keeps what it was given, all or nothing, and says what is wrong in words."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database
from sqlite_utils.db import NotFoundError
from support.editions import a_normal_day, an_edition

from digest import config
from digest.errors import BusyError, StoreError
from digest.model import (
    Condition,
    DeliveryState,
    EditedItem,
    FeedHealth,
    FeedUpdate,
    Grouping,
    Incident,
    Lead,
    Mail,
    NewItem,
    ParsedItem,
    Rhythm,
    Shown,
    StoryState,
    TermCounts,
    Window,
)
from digest.store import Addressee, Store, database
from digest.store.lock import lock
from digest.store.migrations import migrations

NOON = datetime(2023, 10, 13, 12, 0, tzinfo=UTC)
FEEDS = (
    config.Feed(url="http://127.0.0.1:1/a.xml", title="Alpha", section="World"),
    config.Feed(url="http://127.0.0.1:1/b.xml", section="Science"),
)


@pytest.fixture
def store(tmp_path: Path):
    with Store.open(tmp_path / "digest.db") as opened:
        yield opened


def new_item(key: str, title: str = "Dam breaks above Vellmoor", **fields) -> NewItem:
    item = ParsedItem(
        title=title, url=f"https://alpha.example/{key}", summary="The dam gave way at dawn.", language="en"
    )
    return NewItem(replace(item, **fields), (f"g:{key}",), f"print-{title}", "alpha.example")


def write(store: Store, *new: NewItem, at: datetime = NOON, edited: tuple[EditedItem, ...] = ()) -> int:
    """One poll of the first feed; returns its id."""
    feed_id = next(iter(store.feeds.subscribe(FEEDS, at)))
    state = store.feeds.states(store.feeds.subscribe(FEEDS, at))[0]
    store.items.write(FeedUpdate(replace(state, last_try=at, last_success=at), new, edited), lambda: at)
    return feed_id


def freeze(store: Store, slot: datetime, window: Window, addressees: tuple[Addressee, ...] = ()) -> int:
    number, ordinal = store.editions.next_numbers("daily", f"{slot:%Y-%m-%d}")
    edition = an_edition(digest="daily", slot=slot, day=slot.date(), number=number, ordinal=ordinal, window=window)
    store.editions.know("daily", slot)
    with store.freezing():
        return store.editions.freeze(edition, "{}", Mail("subject", "<p>html</p>", "text"), addressees, slot)


def test_subscribing_twice_keeps_one_row_and_the_order_of_the_configuration(store: Store):
    first = store.feeds.subscribe(FEEDS, NOON)
    again = store.feeds.subscribe(tuple(reversed(FEEDS)), NOON)
    assert list(again) == list(reversed(first))


def test_a_feed_is_called_by_the_readers_title_then_its_own_then_its_host(store: Store):
    subscriptions = store.feeds.subscribe(FEEDS, NOON)
    assert [state.title for state in store.feeds.states(subscriptions)] == ["Alpha", "127.0.0.1"]
    state = store.feeds.states(subscriptions)[1]
    store.items.write(FeedUpdate(state, own_title="Beta Review"), lambda: NOON)
    assert store.feeds.states(subscriptions)[1].title == "Beta Review"
    store.items.write(FeedUpdate(state), lambda: NOON)
    assert store.feeds.states(subscriptions)[1].title == "Beta Review"


def test_items_are_known_by_every_key_also_after_the_item_itself_is_gone(store: Store):
    feed_id = write(store, replace(new_item("1"), keys=("g:1", "a:alias")))
    known = store.items.known(feed_id, ["g:1", "a:alias", "g:other"])
    assert set(known) == {"g:1", "a:alias"}
    with sqlite3.connect(store.path) as other:
        other.execute("PRAGMA foreign_keys = ON")
        other.execute("DELETE FROM items")
    other.close()
    assert store.items.known(feed_id, ["g:1"])["g:1"].item_id is None


def test_an_edited_item_keeps_its_first_seen_and_its_story(store: Store):
    feed_id = write(store, new_item("1"))
    item = store.items.get(store.items.waiting())[0]
    edit = EditedItem(item.id, replace(new_item("1").item, title="Dam breaks, two villages leave"), ("g:1",), "print-2")
    write(store, at=NOON + timedelta(hours=1), edited=(edit,))
    after = store.items.get(store.items.waiting())[0]
    assert (after.id, after.first_seen, after.title) == (item.id, NOON, "Dam breaks, two villages leave")
    assert store.items.known(feed_id, ["g:1"])["g:1"].fingerprint == "print-2"


def test_an_edited_item_remembers_its_first_title_over_every_edit(store: Store):
    write(store, new_item("1"), new_item("2"))
    first = store.items.get(store.items.waiting())[0]
    assert first.first_title is None
    for title in ("Dam breaks, two villages leave", "Dam breaks, three villages leave"):
        edit = EditedItem(first.id, replace(new_item("1").item, title=title), ("g:1",), f"print {title}")
        write(store, edited=(edit,))
    only_text = EditedItem(first.id + 1, replace(new_item("2").item, summary="At noon."), ("g:2",), "print noon")
    write(store, edited=(only_text,))
    after, other = store.items.get(store.items.waiting())
    assert (after.title, after.first_title) == ("Dam breaks, three villages leave", "Dam breaks above Vellmoor")
    assert other.first_title is None


def test_feeds_that_left_and_came_back_are_known_as_such(store: Store):
    both = store.feeds.subscribe(FEEDS, NOON)
    store.feeds.mark(both, NOON)
    assert [state.resumed for state in store.feeds.states(both)] == [False, False]
    write(store, new_item("1"))
    one = store.feeds.subscribe(FEEDS[1:], NOON)
    store.feeds.mark(one, NOON)
    assert store.feeds.former() == [next(iter(both))]
    store.feeds.mark(both, NOON)
    assert store.feeds.former() == []
    assert [state.resumed for state in store.feeds.states(both)] == [True, False]


def test_two_feeds_can_exchange_their_addresses(store: Store):
    one, other = store.feeds.subscribe(FEEDS, NOON)
    with store.writing():
        store.feeds.exchange_addresses(one, other, NOON)
    assert list(store.feeds.subscribe(FEEDS, NOON)) == [other, one]


@pytest.mark.parametrize("published", [None, NOON + timedelta(minutes=11)])
def test_a_missing_or_future_date_is_first_seen(store: Store, published: datetime | None):
    write(store, new_item("1", published=published))
    assert store.items.get(store.items.waiting())[0].published == NOON


def test_ids_of_deleted_items_are_never_given_again(store: Store):
    write(store, new_item("1"), new_item("2"))
    with sqlite3.connect(store.path) as other:
        other.execute("DELETE FROM items WHERE id = 2")
    other.close()
    write(store, new_item("3"))
    assert [item.id for item in store.items.get(store.items.waiting())] == [1, 3]


def test_a_poll_that_fails_halfway_writes_nothing(store: Store):
    feed_id = next(iter(store.feeds.subscribe(FEEDS, NOON)))
    state = replace(store.feeds.states(store.feeds.subscribe(FEEDS, NOON))[0], etag='"new"')
    broken = EditedItem(item_id=99, item=new_item("x").item, keys=("g:x",), fingerprint="p")
    with pytest.raises(NotFoundError):
        store.items.write(FeedUpdate(state, (new_item("1"),), (broken,)), lambda: NOON)
    assert store.items.count() == 0
    assert store.items.known(feed_id, ["g:1"]) == {}
    assert store.feeds.states(store.feeds.subscribe(FEEDS, NOON))[0].etag is None


def test_windows_join_without_gap_or_overlap_also_when_the_clock_steps_back(store: Store):
    write(store, new_item("1"), at=NOON)
    first = store.editions.next_window("daily", NOON)
    freeze(store, NOON, first)
    write(store, new_item("2"), at=NOON - timedelta(minutes=5))
    second = store.editions.next_window("daily", NOON - timedelta(minutes=5))
    seen = {item.id: item.first_seen for item in store.items.get(store.items.waiting())}
    assert first.since == NOON - timedelta(hours=24)
    assert first.since <= seen[1] < first.until == second.since <= seen[2] < second.until


def test_a_first_window_begins_a_day_before_the_digest_was_known_however_late_its_first_edition(store: Store):
    store.editions.know("weekly", NOON)
    later = NOON + timedelta(days=6)
    assert store.editions.next_window("weekly", later) == Window(NOON - timedelta(hours=24), later)


def test_a_clock_that_once_ran_far_ahead_does_not_silence_a_digest(store: Store):
    store.editions.know("daily", NOON)
    store.editions.handled("daily", NOON + timedelta(days=400))
    freeze(store, NOON + timedelta(days=399), Window(NOON, NOON + timedelta(days=399)))
    assert store.editions.handled_until("daily", NOON + timedelta(days=1)) == NOON
    store.editions.know("late", NOON + timedelta(days=400))
    store.editions.know("late", NOON)
    assert store.editions.handled_until("late", NOON) == NOON


def test_two_names_of_one_file_are_one_lock(tmp_path: Path):
    (tmp_path / "link.db").symlink_to(tmp_path / "digest.db")
    one, other = Store.open(tmp_path / "digest.db"), Store.open(tmp_path / "link.db")
    with one, other, one.lock("work"), pytest.raises(BusyError), other.lock("work", patience=0):
        pass


def test_looking_makes_no_file_and_sees_what_is_there(tmp_path: Path):
    with Store.open_to_look(tmp_path / "digest.db") as nothing:
        assert nothing.items.count() == 0
    assert list(tmp_path.iterdir()) == []
    with Store.open(tmp_path / "digest.db") as store:
        write(store, new_item("1"))
        with Store.open_to_look(tmp_path / "digest.db") as looking:
            assert looking.items.count() == 1
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                looking.feeds.subscribe([config.Feed(url="http://127.0.0.1:1/new.xml")], NOON)


def test_a_private_feed_without_a_title_of_the_readers_is_called_by_its_host(store: Store):
    feeds = [config.Feed(url="http://127.0.0.1:1/inbox.xml", private=True)]
    subscriptions = store.feeds.subscribe(feeds, NOON)
    state = store.feeds.states(subscriptions)[0]
    store.items.write(FeedUpdate(state, (new_item("1"),), own_title="Inbox of Jane Roe"), lambda: NOON)
    assert store.feeds.states(subscriptions)[0].title == "127.0.0.1"


def test_a_merged_story_redirects_and_its_items_move(store: Store):
    write(store, new_item("1"), new_item("2", title="Vellmoor dam fails"))
    one, two = (item.id for item in store.items.get(store.items.waiting()))
    vector = {"dam": 1.0}
    first = StoryState(1, "en", NOON, NOON, 1, vector)
    second = StoryState(2, "en", NOON, NOON, 1, vector)
    counts = {"en": TermCounts(2, {"dam": 2})}
    with store.writing():
        store.stories.save(Grouping({one: 1, two: 2}, {}, (first, second), counts))
    assert store.stories.next_id() == 3
    with store.writing():
        store.stories.save(Grouping({}, {2: 1}, (replace(first, size=2),), {}))
    subscriptions = store.feeds.subscribe(FEEDS, NOON)
    [story] = store.threads.stories(Window(NOON, NOON + timedelta(seconds=1)), subscriptions)
    assert (story.id, [item.id for item in story.items]) == (1, [one, two])
    assert store.threads.thread(2, subscriptions) == store.threads.thread(1, subscriptions) == [story]
    assert [state.id for state in store.stories.live(NOON)] == [1]
    assert store.stories.terms() == counts


def test_a_thread_begins_with_what_the_digests_own_feeds_had_of_it(store: Store):
    write(store, new_item("1"))
    subscriptions = store.feeds.subscribe(FEEDS, NOON)
    other = store.feeds.states(subscriptions)[1]
    early = NOON - timedelta(days=9)
    old = new_item("2", title="Vellmoor dam is old", published=early)
    store.items.write(FeedUpdate(replace(other, last_try=NOON, last_success=NOON), (old,)), lambda: NOON)
    ids = {item.title: item.id for item in store.items.get(store.items.waiting())}
    states = tuple(StoryState(number, "en", since, NOON, 1, {"dam": 1.0}) for number, since in ((1, NOON), (2, early)))
    with store.writing():
        store.stories.save(
            Grouping({ids["Dam breaks above Vellmoor"]: 1, ids["Vellmoor dam is old"]: 2}, {}, states, {})
        )
        store.threads.move([2], store.threads.of_story(1))
    window = Window(NOON, NOON + timedelta(seconds=1))
    [both, _] = sorted(store.threads.stories(window, subscriptions), key=lambda story: story.id)
    assert both.thread_since == early
    [alone] = store.threads.stories(window, dict(list(subscriptions.items())[:1]))
    assert alone.thread_since == NOON


def test_an_edition_is_frozen_with_one_pending_delivery_an_addressee(store: Store):
    window = store.editions.next_window("daily", NOON)
    people = (
        Addressee("mail", "a@example.org", "digest@example.org", "<1@example.org>"),
        Addressee("mail", "b@example.org", "digest@example.org", "<2@example.org>"),
    )
    edition_id = freeze(store, NOON, window, people)
    found = store.deliveries.of(edition_id)
    assert [(one.recipient, one.state, one.message_id) for one in found] == [
        ("a@example.org", DeliveryState.PENDING, "<1@example.org>"),
        ("b@example.org", DeliveryState.PENDING, "<2@example.org>"),
    ]
    store.deliveries.record(replace(found[0], state=DeliveryState.SENT, attempts=1), NOON)
    assert [one.recipient for one, _ in store.deliveries.open()] == ["b@example.org"]


def test_one_slot_has_one_edition(store: Store):
    window = store.editions.next_window("daily", NOON)
    freeze(store, NOON, window)
    assert store.editions.exists("daily", NOON)
    with pytest.raises(sqlite3.IntegrityError):
        freeze(store, NOON, window)


def test_a_second_edition_of_one_day_is_the_days_number_two(store: Store):
    freeze(store, NOON, Window(NOON - timedelta(hours=1), NOON))
    assert store.editions.next_numbers("daily", "2023-10-13") == (2, 2)
    assert store.editions.next_numbers("daily", "2023-10-14") == (2, 1)


def test_a_file_that_is_no_database_is_named_with_a_cure_and_left_alone(tmp_path: Path):
    path = tmp_path / "digest.db"
    path.write_bytes(b"my diary, not a database " * 100)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"digest\.db: is not an SQLite database"):
        Store.open(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("table", ["feeds", "bookmarks"])
def test_a_database_of_another_program_is_named_with_a_cure_and_left_alone(tmp_path: Path, table: str):
    path = tmp_path / "digest.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE {table} (name TEXT)")
    before = path.read_bytes()
    for opened in (Store.open, Store.open_to_look):
        with pytest.raises(StoreError, match=r"digest\.db: is a database of another program; set another file"):
            opened(path)
    assert path.read_bytes() == before


def test_a_damaged_database_is_named_with_a_cure(tmp_path: Path):
    path = tmp_path / "digest.db"
    with Store.open(path) as store:
        write(store, *(new_item(str(n), summary="word " * 200) for n in range(200)))
    raw = bytearray(path.read_bytes())
    raw[4096 * 3 :] = b"\xff" * len(raw[4096 * 3 :])
    path.write_bytes(raw)
    with pytest.raises(StoreError, match=r"digest\.db: is damaged"), Store.open(path) as store:
        store.items.get(store.items.waiting())


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path):
    path = tmp_path / "digest.db"
    Store.open(path).close()
    with sqlite3.connect(path) as other:
        other.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('digest', 'm9999_later', 'then')"
        )
    other.close()
    with pytest.raises(StoreError, match="newer version of digest"):
        Store.open(path)


def test_a_folder_that_is_missing_is_named_with_a_cure(tmp_path: Path):
    with pytest.raises(StoreError, match="check that its folder exists"):
        Store.open(tmp_path / "nowhere" / "digest.db")


KILLED_WRITER = """
import os, signal, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("PRAGMA wal_autocheckpoint = 0")
db.execute("INSERT INTO feeds (url, added) VALUES ('http://127.0.0.1/left-in-the-wal', 'now')")
db.commit()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("large", [database.LARGE, 0], ids=["in memory", "in a file"])
def test_a_copy_reads_what_a_killed_writer_left_and_changes_no_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: int
):
    monkeypatch.setattr(database, "LARGE", large)
    path = tmp_path / "digest.db"
    with Store.open(path) as store:
        write(store, new_item("1"))
    killed = subprocess.run([sys.executable, "-c", KILLED_WRITER, str(path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    wal = path.with_name("digest.db-wal")
    assert wal.stat().st_size > 0
    before = [hashlib.sha256(file.read_bytes()).hexdigest() for file in (path, wal)]
    with Store.open_copy(path) as copy:
        assert copy.items.count() == 1
        copy.feeds.subscribe(FEEDS, NOON)
        assert len(copy.feeds.subscribed([config.Feed(url="http://127.0.0.1/left-in-the-wal")])) == 1
    assert [hashlib.sha256(file.read_bytes()).hexdigest() for file in (path, wal)] == before


def test_a_copy_of_a_database_that_is_not_there_yet_is_empty_and_makes_no_file(tmp_path: Path):
    with Store.open_copy(tmp_path / "digest.db") as copy:
        assert copy.items.count() == 0
    assert list(tmp_path.iterdir()) == []


OPENER = """
import pathlib, sys
from digest.store import Store
sys.stdin.read(1)
Store.open(pathlib.Path(sys.argv[1])).close()
"""


def test_processes_that_open_a_new_database_at_once_do_not_get_in_each_others_way(tmp_path: Path):
    for number in range(3):
        path = tmp_path / f"{number}.db"
        openers = [
            subprocess.Popen([sys.executable, "-c", OPENER, str(path)], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
            for _ in range(4)
        ]
        ends = [opener.communicate(b"x", timeout=60) for opener in openers]
        assert [opener.returncode for opener in openers] == [0] * 4, ends


HOLDER = """
import pathlib, sys, time
from digest.store.lock import lock
from digest.store.migrations import migrations
with lock(pathlib.Path(sys.argv[1]), "work", patience=0):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_lock_of_a_killed_process_is_free_again(tmp_path: Path):
    path = tmp_path / "digest.db"
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        waited = []
        with (
            pytest.raises(BusyError, match="another digest process"),
            lock(path, "work", patience=0.2, on_wait=lambda: waited.append(1)),
        ):
            pass
        assert waited == [1]
        with lock(path, "send", patience=0):
            pass
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        holder.stdout.close()
    with lock(path, "work", patience=5):
        pass


def test_aged_term_counts_replace_all_there_were(store: Store):
    """Terms that were forgotten with age do not stay behind."""
    with store.writing():
        store.stories.save(Grouping({}, {}, (), {"en": TermCounts(9, {"dam": 4, "mole": 1}), "de": TermCounts(1, {})}))
        store.stories.save(Grouping({}, {}, (), {"en": TermCounts(4, {"dam": 2})}, aged=frozenset({"en"})))
    assert store.stories.terms() == {"en": TermCounts(4, {"dam": 2}), "de": TermCounts(1, {})}


def test_a_digest_remembers_what_its_last_edition_showed_of_a_thread(store: Store):
    """Each digest has a memory of its own; a story that became part of another counts for that one."""
    write(store, new_item("1"), new_item("2", title="Vellmoor dam fails"))
    one, two = (item.id for item in store.items.get(store.items.waiting()))
    state = StoryState(1, "en", NOON, NOON, 1, {"dam": 1.0})
    with store.writing():
        store.stories.save(Grouping({one: 1, two: 2}, {}, (state, replace(state, id=2)), {}))
    story = replace(a_normal_day().top[0], story_id=2, thread_id=2, reports=3)
    window = Window(NOON - timedelta(days=1), NOON)
    for number, day in enumerate((NOON, NOON + timedelta(days=1)), 1):
        edition = an_edition(digest="daily", slot=day, day=day.date(), number=number, window=window, top=(story,))
        store.editions.know("daily", NOON)
        with store.freezing():
            store.editions.freeze(edition, "{}", Mail("s", "h", "t"), (), day)
    assert store.editions.shown("daily", {2}) == {2: Shown((NOON + timedelta(days=1)).date(), 1, 1, 3)}
    assert store.editions.shown("weekly", {2}) == {}
    with store.writing():
        store.stories.redirect(2, 1)
    assert store.editions.shown("daily", {1, 2}) == {1: Shown((NOON + timedelta(days=1)).date(), 1, 1, 3)}


def test_a_database_of_the_second_version_keeps_its_decisions(tmp_path: Path):
    """Pauses are decisions; those that were made before are about no feed."""
    connection = sqlite3.connect(tmp_path / "digest.db")
    database = Database(connection)
    migrations.apply(database, stop_before="m0005_feeds_by_command")
    database["decisions"].insert({"kind": "mute", "made": "2024-01-01T00:00:00.000000Z", "about": "Dam"})
    connection.close()
    with Store.open(tmp_path / "digest.db") as migrated:
        feed_id = write(migrated, new_item("1"))
        assert [(one.kind, one.feed_id) for one in migrated.decisions.all()] == [("mute", None)]
        assert migrated.decisions.pauses(feed_id) == []
        assert not migrated.feeds.states(migrated.feeds.subscribe(FEEDS, NOON))[0].paused


def test_a_database_from_before_the_morning_mail_keeps_its_open_deliveries(tmp_path: Path):
    """Ids, Message-IDs and attempts stay, so that nothing is lost or sent twice over an update."""
    connection = sqlite3.connect(tmp_path / "digest.db")
    database = Database(connection)
    migrations.apply(database, stop_before="m0006_the_morning_mail")
    noon = "2023-10-13T12:00:00.000000Z"
    database["digests"].insert({"name": "daily", "known_since": noon, "last_slot": noon})
    edition = {
        "id": 7, "digest": "daily", "slot": noon, "day": "2023-10-13", "ordinal": 1, "number": 5, "since": noon,
        "until": noon, "composed": noon, "title": "T", "items": 1, "data": "{}", "subject": "S", "html": "H",
        "text": "x",
    }  # fmt: skip
    database["editions"].insert(edition)
    for number, state in ((11, "sent"), (12, "pending"), (14, "sending")):
        database["deliveries"].insert(
            {
                "id": number, "edition_id": 7, "transport": "mail", "recipient": f"{number}@example.org",
                "sender": "digest@example.org", "state": state, "message_id": f"<{number}@example.org>", "attempts": 2,
                "uncertain": 1, "created": noon, "updated": noon, "last_error": "450 later",
            }
        )  # fmt: skip
    connection.close()
    with Store.open(tmp_path / "digest.db") as migrated:
        first, second = (one for one, _ in migrated.deliveries.open())
        assert [
            (one.id, one.state, one.message_id, one.attempts, one.uncertain, one.copy) for one in (first, second)
        ] == [
            (12, DeliveryState.PENDING, "<12@example.org>", 2, 1, 0),
            (14, DeliveryState.SENDING, "<14@example.org>", 2, 1, 0),
        ]
        assert first.created == NOON
        assert migrated.editions.get(7).mail.subject == "S"
        assert [one.id for one in migrated.editions.dated("daily")] == [7]
        with migrated.freezing():
            assert migrated.deliveries.copy(first, "<again@example.org>", NOON) == 15
        with pytest.raises(sqlite3.IntegrityError):
            migrated._database.execute(
                """INSERT INTO deliveries
                   (edition_id, transport, recipient, sender, state, message_id, created, updated)
                   SELECT edition_id, transport, recipient, sender, state, 'x', created, updated FROM deliveries"""
            )
        assert migrated._database.execute("PRAGMA foreign_key_check").fetchall() == []
        assert migrated.editions.schedule_since("daily", NOON) is None


def test_an_empty_database_in_memory_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Evaluation stores nothing."""
    monkeypatch.chdir(tmp_path)
    with Store.in_memory() as memory:
        write(memory, new_item("1"))
        assert memory.items.count() == 1
    assert list(tmp_path.iterdir()) == []


def test_outlets_of_one_house_are_read_as_one(tmp_path: Path):
    """A family set today counts for items stored before."""
    with Store.open(tmp_path / "digest.db") as plain:
        write(plain, new_item("1"))
        assert [item.outlet for item in plain.items.get(plain.items.waiting())] == ["alpha.example"]
    with Store.open(tmp_path / "digest.db", {"Alphabet": ("alpha.example", "beta.example")}) as grouped:
        assert [item.outlet for item in grouped.items.get(grouped.items.waiting())] == ["Alphabet"]


def test_a_database_of_the_first_version_is_migrated_with_what_is_in_it(tmp_path: Path):
    """Items, stories and threads stay; what came later is empty."""
    connection = sqlite3.connect(tmp_path / "digest.db")
    database = Database(connection)
    migrations.apply(database, stop_before="m0002_threads_that_are_remembered")
    database["feeds"].insert({"url": FEEDS[0].url, "added": "2024-01-01T00:00:00.000000Z"})
    connection.close()
    with Store.open(tmp_path / "digest.db") as migrated:
        write(migrated, new_item("1"))
        assert [item.title for item in migrated.items.get(migrated.items.waiting())] == ["Dam breaks above Vellmoor"]
        assert migrated.decisions.all() == []


def test_a_feed_of_an_older_version_is_asked_as_before(tmp_path: Path):
    """What servers asked for, and where feeds moved to, begins empty; validators stay."""
    connection = sqlite3.connect(tmp_path / "digest.db")
    database = Database(connection)
    migrations.apply(database, stop_before="m0004_a_polite_poller")
    row = {"url": FEEDS[0].url, "added": "2024-01-01T00:00:00.000000Z", "etag": '"1"', "failures": 2}
    database["feeds"].insert(row)
    connection.close()
    with Store.open(tmp_path / "digest.db") as migrated:
        (state,) = migrated.feeds.states(migrated.feeds.subscribed(FEEDS[:1]))
    assert (state.etag, state.failures, state.rhythm, state.recent) == ('"1"', 2, Rhythm(), ())
    assert (state.moved_to, state.lead, state.stopped, state.asked_whole) == (None, None, None, None)


# --- What goes wrong with feeds -----------------------------------------------------------------


def test_everything_that_is_remembered_of_a_feed_comes_back(store: Store):
    feed_id = write(store)
    (known,) = store.feeds.states(store.feeds.subscribed(FEEDS[:1]))
    state = replace(
        known,
        etag='W/"1"',
        validators_from="https://cdn.example/a",
        asked_whole=NOON,
        last_try=NOON,
        next_poll=NOON,
        held_until=NOON,
        rhythm=Rhythm(timedelta(hours=3), frozenset({1, 23}), frozenset({6})),
        moved_to="https://new.example/a",
        moved=NOON,
        lead=Lead("https://third.example/", 2, NOON),
        gone=1,
        stopped=NOON,
    )
    store.items.write(FeedUpdate(state), lambda: NOON)
    assert store.feeds.states(store.feeds.subscribed(FEEDS[:1])) == [state]
    store.items.write(FeedUpdate(replace(state, merged_into=feed_id)), lambda: NOON)
    assert store.feeds.states(store.feeds.subscribed(FEEDS[:1]))[0].merged_into == feed_id


def test_the_dates_of_a_feeds_twenty_newest_items_come_with_it(store: Store):
    dates = [NOON - timedelta(hours=n) for n in range(25)]
    write(store, *(new_item(str(n), published=date) for n, date in enumerate(dates)))
    (state,) = store.feeds.states(store.feeds.subscribed(FEEDS[:1]))
    assert (state.recent, state.newest_item) == (tuple(dates[:20]), NOON)


def test_a_trouble_has_one_line_of_history_however_often_it_is_met(store: Store):
    feed_id = write(store)
    (state,) = store.feeds.states(store.feeds.subscribed(FEEDS[:1]))
    failing = FeedHealth(Condition.FAILING, NOON, "404")
    told = [
        failing,
        replace(failing, reason="500"),
        FeedHealth(Condition.GONE, NOON, "410"),
        FeedHealth(Condition.FINE),
    ]
    for hours, health in enumerate(told):
        store.items.write(FeedUpdate(state, health=health), lambda hours=hours: NOON + timedelta(hours=hours))
    assert store.troubles.history([feed_id]) == [
        Incident(feed_id, Condition.GONE, NOON, "410", NOON + timedelta(hours=3)),
        Incident(feed_id, Condition.FAILING, NOON, "500", NOON + timedelta(hours=2)),
    ]
    assert store.troubles.history([feed_id + 1]) == []


def test_the_longest_pause_of_a_host_holds(store: Store):
    hour = timedelta(hours=1)
    for span in (2, 5, 3):
        store.troubles.pause("busy.example", NOON + span * hour, NOON)
    assert store.troubles.pauses() == {"busy.example": NOON + 5 * hour}
    store.troubles.pause("busy.example", NOON + 9 * hour, NOON + 6 * hour)
    assert store.troubles.pauses() == {"busy.example": NOON + 9 * hour}


def test_the_view_of_health_says_how_each_feed_is(store: Store, tmp_path: Path):
    write(store, new_item("1"))
    (state,) = store.feeds.states(store.feeds.subscribed(FEEDS[:1]))
    health = FeedHealth(Condition.WAITING, NOON, "503")
    store.items.write(FeedUpdate(replace(state, last_try=NOON), health=health), lambda: NOON)
    with closing(sqlite3.connect(tmp_path / "digest.db")) as plain:
        rows = plain.execute("SELECT url, condition, reason, items FROM feed_health ORDER BY url").fetchall()
    assert rows[0] == (FEEDS[0].url, "waiting", "503", 1)

"""`digest restore`: back to a backup without sending anything twice, and one usable database at every moment."""

from __future__ import annotations

import lzma
import os
import pty
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.feedserver import FeedServer
from support.killing import Nursery
from support.mailserver import MailServer
from support.prepared import TITLES, Prepared
from support.serving import Running
from support.world import World, item

from digest.errors import BusyError
from digest.pipeline import deciding, pruning
from digest.store import Store
from digest.store.backup import backup
from digest.store.lock import holders, lock
from digest.store.restore import restore

DUMP = Path(__file__).parents[1] / "golden" / "databases" / "before-the-pages.sql.xz"
NOON = datetime(2023, 10, 14, 12, tzinfo=UTC)


@pytest.fixture
def ready(tmp_path: Path) -> Prepared:
    """One edition went out."""
    made = Prepared(tmp_path, to=("a@example.org", "b@example.org"), deliver=("outbox", "site"))
    made.send()
    return made


def kept(ready: Prepared) -> Path:
    file = ready.folder / "copy.db"
    backup(ready.folder / "digest.db", file, ready.now)
    return file


def put_back(ready: Prepared, file: Path, **how: bool):
    done = restore(ready.folder / "digest.db", file, ready.now, **how)
    assert done is not None
    return done


def mails(ready: Prepared) -> int:
    return len(list((ready.folder / "outbox" / "new").iterdir()))


def next_day(ready: Prepared, *titles: str) -> None:
    """A day later those items came in, and an edition of them went out."""
    ready.later(days=1)
    with ready.store() as store:
        ready.items(store, *titles)
    [edition] = ready.send().editions
    assert edition.items == len(titles)


def lost(database: Path) -> None:
    for name in database.parent.glob(f"{database.name}*"):
        name.unlink()


def test_what_went_out_since_the_backup_does_not_go_out_again(ready: Prepared) -> None:
    file = kept(ready)
    next_day(ready, "The bridge at Tolm is closed", "A cellist plays on")
    assert mails(ready) == 4
    done = put_back(ready, file)
    assert (done.carried.editions, done.carried.deliveries, done.carried.items) == (1, 3, 2)
    assert done.carried.reason is None
    for _ in range(2):
        report = ready.later(hours=1).send()
        assert (report.editions, report.deliveries) == ((), ())
    assert mails(ready) == 4
    with ready.store() as store:
        ready.items(store, "Later news")
    [edition] = ready.send().editions
    assert (edition.number, edition.items) == (3, 1), "numbers go on, and only what is new is in it"


def test_a_mail_that_waited_in_the_backup_and_went_out_since_is_not_sent_again(tmp_path: Path) -> None:
    with MailServer(replies={"RCPT": "450 later"}) as server:
        ready = Prepared(tmp_path).mail(server)
        ready.send()
        file = kept(ready)
        assert [state for _, state, _ in ready.ledger()] == ["pending"]
        del server.replies["RCPT"]
        ready.later(hours=1).send()
        assert len(server.received) == 1
        put_back(ready, file)
        ready.later(hours=1).send()
        assert [state for _, state, _ in ready.ledger()] == ["sent"]
        assert len(server.received) == 1


def test_readers_who_left_since_stay_away_and_their_links_go_on_working(ready: Prepared) -> None:
    file = kept(ready)
    with ready.store() as store:
        store.recipients.unsubscribe("daily", "a@example.org", ready.now, fresh="new")
        tokens = {one.address: one.token for one in store.recipients.all()}
    put_back(ready, file)
    with ready.store() as store:
        assert {one.address: one.token for one in store.recipients.all()} == tokens
        assert store.recipients.unsubscribed("daily", "a@example.org") is not None
        ready.items(store, "Later news")
    ready.later(hours=1).send()
    assert mails(ready) == 3


def test_decisions_and_grouping_are_those_of_the_backup_and_ids_are_never_given_twice(ready: Prepared) -> None:
    file = kept(ready)
    with ready.store() as store:
        deciding.follow_word(store, "Vellmoor", ready.now)
        store.sessions.begin("hash", "password", ready.now, ready.now + timedelta(days=9), old=None)
    next_day(ready, "The bridge at Tolm is closed")
    [(used,)] = ready.rows("SELECT MAX(id) FROM threads")
    put_back(ready, file)
    assert ready.rows("SELECT COUNT(*) FROM decisions") == [(0,)]
    assert ready.rows("SELECT COUNT(*) FROM sessions") == [(0,)]
    assert ready.rows("SELECT COUNT(*) FROM items WHERE story_id IS NULL") == [(1,)]
    ready.later(hours=1).send()
    assert ready.rows("SELECT COUNT(*) FROM items WHERE story_id IS NULL") == [(0,)]
    assert ready.rows(f"SELECT MIN(id) > {used} FROM threads WHERE id > 4") == [(1,)]
    assert ready.rows("PRAGMA foreign_key_check") == []


def test_feeds_bring_nothing_twice_after_it(tmp_path: Path) -> None:
    with FeedServer() as server:
        world = World(tmp_path, server)
        world.feed("alpha", item("Dam breaks above Vellmoor"))
        world.configure()
        world.digest("run")
        assert world.digest("backup", "copy.db").code == 0
        world.feed("alpha", item("Dam breaks above Vellmoor"), item("The bridge at Tolm is closed"))
        world.feed("beta", item("A cellist plays on"))
        world.configure()
        world.digest("poll", "--force")
        assert "no. 2" in world.digest("run").out
        before = len(world.mails())
        done = world.digest("restore", "copy.db", "--yes")
        assert (done.code, done.err) == (0, "")
        assert "2 items since the backup were taken over" in done.out
        world.digest("poll", "--force")
        world.digest("run")
        assert len(world.mails()) == before
        assert world.rows("SELECT COUNT(*), COUNT(DISTINCT title) FROM items") == [(3, 3)]


def test_an_edit_since_the_backup_is_fetched_again(tmp_path: Path) -> None:
    with FeedServer() as server:
        world = World(tmp_path, server)
        world.feed("alpha", item("Dam breaks above Vellmoor", key="one"))
        world.configure()
        world.digest("run")
        world.digest("backup", "copy.db")
        world.feed("alpha", item("Dam above Vellmoor holds", key="one"))
        world.digest("poll", "--force")
        assert world.rows("SELECT title FROM items") == [("Dam above Vellmoor holds",)]
        assert world.digest("restore", "copy.db", "--yes").code == 0
        assert world.rows("SELECT title FROM items") == [("Dam breaks above Vellmoor",)]
        world.digest("poll", "--force")
        assert world.rows("SELECT title FROM items") == [("Dam above Vellmoor holds",)]


def test_a_disk_that_fills_up_leaves_the_database_as_it_was(ready: Prepared) -> None:
    kept(ready)
    before = (ready.folder / "digest.db").read_bytes()

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = subprocess.run(
        [sys.executable, "-m", "digest", "restore", "copy.db", "--yes"],
        cwd=ready.folder, capture_output=True, text=True, preexec_fn=small,
    )  # fmt: skip
    assert done.returncode == 2
    assert "check the disk" in done.stderr or "disk is full" in done.stderr
    assert (ready.folder / "digest.db").read_bytes() == before
    assert not list(ready.folder.glob("*restor*"))


def test_a_lost_database_sends_nothing_of_before_the_backup_and_goes_on_with_what_comes(tmp_path: Path) -> None:
    with MailServer(replies={"RCPT": "450 later"}) as server:
        ready = Prepared(tmp_path).mail(server)
        ready.send()
        with ready.store() as store:
            ready.later(hours=1).items(store, "In no edition of the backup")
        file = kept(ready)
        lost(tmp_path / "digest.db")
        server.replies.clear()
        done = put_back(ready.later(days=1), file)
        assert (done.carried.ledger, done.carried.intake, done.carried.stopped) == (False, False, 1)
        assert done.before is None
        assert ready.later(minutes=1).tick().editions == (), "the slot before the restore is not made up for"
        assert ready.later(hours=1).send().editions == ()
        assert server.received == []
        [(_, state, why)] = ready.ledger()
        assert (state, why.partition(";")[0]) == ("failed", "came from a backup and may have been sent since")
        with ready.store() as store:
            ready.items(store, "News after the restore")
        [edition] = ready.send().editions
        assert edition.items == 1
        assert len(server.received) == 1


def test_a_lost_database_may_have_sent_a_first_edition_as_well(tmp_path: Path) -> None:
    ready = Prepared(tmp_path, deliver=("outbox",))
    file = kept(ready)
    lost(tmp_path / "digest.db")
    put_back(ready.later(hours=1), file)
    assert ready.later(hours=1).send().editions == ()
    assert ready.rows("SELECT COUNT(*), SUM(backlog) FROM items") == [(4, 4)]


def test_an_operator_who_knows_that_nothing_was_sent_lets_it_go_on(tmp_path: Path) -> None:
    with MailServer(replies={"RCPT": "450 later"}) as server:
        ready = Prepared(tmp_path).mail(server)
        ready.send()
        with ready.store() as store:
            ready.later(hours=1).items(store, "In no edition of the backup")
        file = kept(ready)
        lost(tmp_path / "digest.db")
        server.replies.clear()
        assert put_back(ready, file, nothing_sent=True).carried.stopped == 0
        [edition] = ready.later(hours=1).send().editions
        assert (edition.items, len(server.received)) == (1, 2)


def test_of_a_damaged_database_the_ledger_is_taken_over_when_it_can_be_read(ready: Prepared) -> None:
    file = kept(ready)
    next_day(ready, "The bridge at Tolm is closed")
    database = ready.folder / "digest.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [(page, size)] = connection.execute(
            "SELECT rootpage, page_size FROM sqlite_master, pragma_page_size WHERE name = 'items'"
        ).fetchall()
    with database.open("r+b") as raw:
        raw.seek((page - 1) * size)
        raw.write(b"\xff" * 200)
    done = put_back(ready, file)
    assert (done.carried.ledger, done.carried.intake, done.carried.editions) == (True, False, 1)
    assert "items" in (done.carried.reason or "")
    assert ready.later(hours=1).send().editions == ()
    assert mails(ready) == 4
    assert ready.rows("SELECT resumed FROM feeds") == [(1,)]


@pytest.mark.parametrize("found", [b"", b"no database at all" * 400])
def test_a_file_that_is_no_database_is_moved_aside_with_what_lies_beside_it(ready: Prepared, found: bytes) -> None:
    file = kept(ready)
    database = ready.folder / "digest.db"
    lost(database)
    database.write_bytes(found)
    (ready.folder / "digest.db-wal").write_bytes(b"left over")
    done = put_back(ready, file)
    assert done.before is not None
    assert done.before.read_bytes().startswith(found)
    assert not done.carried.ledger
    assert ready.rows("SELECT COUNT(*) FROM items") == [(4,)]
    assert ready.rows("PRAGMA integrity_check") == [("ok",)]


def test_a_database_of_a_newer_version_is_replaced_and_stays_whole(ready: Prepared, nursery: Nursery) -> None:
    """Who goes back to the version before goes back to a backup of it."""
    kept(ready)
    database = ready.folder / "digest.db"
    other = sqlite3.connect(database)
    with other:
        other.execute("INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('digest', 'm9999_later')")
    copied = {name: (ready.folder / name).read_bytes() for name in ("digest.db", "digest.db-wal")}
    other.close()
    for name, found in copied.items():  # as a process leaves it that is killed
        (ready.folder / name).write_bytes(found)
    command = ["restore", "copy.db", "--yes", "--now", ready.now.isoformat()]
    [end] = nursery.raise_(ready.folder, None, command, at="digest.store.restore:sync before 2")
    assert end.killed
    code, _, err = ready.run("status")
    assert code == 2
    assert "m9999_later" in err, "what only the WAL held is still there"
    code, out, _ = ready.run(*command)
    assert code == 0
    assert "written by a newer version" in out
    assert ready.rows("SELECT COUNT(*) FROM items") == [(4,)]


def test_a_database_of_another_history_is_not_mixed_in(ready: Prepared, tmp_path: Path) -> None:
    file = kept(ready)
    lost(ready.folder / "digest.db")
    other = tmp_path / "other"
    other.mkdir()
    Prepared(other, now=ready.now + timedelta(days=3), deliver=("outbox",)).send()
    shutil.copy(other / "digest.db", ready.folder / "digest.db")
    done = put_back(ready, file)
    assert "another history" in (done.carried.reason or "")
    assert ready.rows("SELECT COUNT(*) FROM items") == [(4,)]


def test_a_backup_of_an_earlier_version_is_brought_up_to_date(ready: Prepared) -> None:
    old = ready.folder / "old.db"
    with closing(sqlite3.connect(old)) as connection:
        connection.executescript(lzma.decompress(DUMP.read_bytes()).decode())
    lost(ready.folder / "digest.db")
    assert put_back(ready, old, nothing_sent=True).holds.items == 160
    with ready.store() as store:
        assert store.census().items == 160


def test_the_replaced_database_stays_whole_beside_the_new_one(ready: Prepared) -> None:
    file = kept(ready)
    next_day(ready, "The bridge at Tolm is closed")
    done = put_back(ready, file)
    assert done.before == ready.folder / "digest.db.before-restore-20231014T070000Z"
    with Store.open(done.before) as store:
        assert store.census().items == 5
        assert len(store.recipients.all()) == 2
    done = put_back(ready, file)
    assert done.before == ready.folder / "digest.db.before-restore-20231014T070000Z-2", "none is written over"


def test_a_backup_that_cannot_be_used_changes_nothing(ready: Prepared) -> None:
    file = kept(ready)
    damaged, newer, photos = (ready.folder / name for name in ("damaged.db", "newer.db", "photos.db"))
    shutil.copy(file, damaged)
    [(page, size)] = ready.rows(
        "SELECT rootpage, page_size FROM sqlite_master, pragma_page_size WHERE name = 'item_keys'"
    )
    with damaged.open("r+b") as raw:
        raw.seek((page - 1) * size)
        raw.write(b"\xff" * size)
    shutil.copy(file, newer)
    with closing(sqlite3.connect(newer)) as connection, connection:
        connection.execute("INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('digest', 'm9999_later')")
    with closing(sqlite3.connect(photos)) as connection, connection:
        connection.execute("CREATE TABLE photos (name TEXT)")
    (ready.folder / "letter").write_text("Dear friend")
    before = (ready.folder / "digest.db").read_bytes()
    for name, why in (
        ("damaged.db", "damaged"),
        ("newer.db", "newer version of digest"),
        ("photos.db", "none of this program"),
        ("letter", "is no database; name a backup that `digest backup` made"),
        ("nothing.db", "there is no such file"),
        ("digest.db", "is the database itself"),
    ):
        code, out, err = ready.run("restore", name, "--yes")
        assert (code, out) == (2, ""), name
        assert why in err
    assert (ready.folder / "digest.db").read_bytes() == before


def test_where_nothing_happened_since_that_is_said(ready: Prepared) -> None:
    kept(ready)
    code, out, _ = ready.run("restore", "copy.db", "--yes")
    assert code == 0
    assert "  nothing went out and nothing came in since the backup\n" in out
    assert "0 editions" not in out


def test_of_a_folder_of_backups_the_newest_is_named(ready: Prepared) -> None:
    folder = ready.folder / "backups"
    folder.mkdir()
    for day in (1, 2):
        backup(ready.folder / "digest.db", folder, NOON + timedelta(days=day))
    code, _, err = ready.run("restore", "backups", "--yes")
    assert code == 2
    assert (
        "backups: is a folder; name one of the backups in it, the newest is backups/digest-2023-10-16T1200Z.db" in err
    )


def test_what_the_backup_itself_had_taken_out_stays_out(ready: Prepared) -> None:
    early = kept(ready)
    ready.later(days=400)
    with ready.store() as store:
        ready.items(store, *(f"Later news {number}" for number in range(20)))
        left = len(store.items.get(range(1, 100)))
    ready.send()
    with ready.store() as store:
        gone = pruning.prune(store, ready.settings, lambda: ready.now).items
        assert gone == len(TITLES)
        assert store.items.count() == left - gone
    late = ready.folder / "late.db"
    backup(ready.folder / "digest.db", late, ready.now)
    put_back(ready, early)
    with ready.store() as store:
        assert store.items.count() == left, "what was removed since comes back with its backup"
    done = put_back(ready, late)
    assert done.carried.items == 0
    with ready.store() as store:
        assert store.items.count() == len(store.items.get(range(1, 100))) == left - gone
        assert not store.items.ungrouped()


def test_nobody_to_ask_means_no(ready: Prepared) -> None:
    kept(ready)
    code, _, err = ready.run("restore", "copy.db")
    assert code == 2
    assert "say --yes" in err


def test_a_person_at_a_terminal_may_say_no(ready: Prepared) -> None:
    kept(ready)
    ours, theirs = pty.openpty()
    os.write(ours, b"n\n")
    done = subprocess.run(
        [sys.executable, "-m", "digest", "restore", "copy.db"],
        cwd=ready.folder, stdin=theirs, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    os.close(ours)
    os.close(theirs)
    assert (done.returncode, done.stdout) == (1, "nothing was changed\n")
    assert "copy.db is sound:\n  1 feed, 4 items" in done.stderr
    assert "Put it in the place of digest.db? [y/N]" in done.stderr
    assert not list(ready.folder.glob("*restor*"))


def test_a_file_system_without_second_names_keeps_a_copy(ready: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    file = kept(ready)
    next_day(ready, "The bridge at Tolm is closed")

    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    done = put_back(ready, file)
    assert done.before is not None
    with closing(sqlite3.connect(done.before)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM editions").fetchone() == (2,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_person_is_asked_with_what_the_backup_holds(ready: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    file = kept(ready)
    seen = []

    def no(holds: object, reason: str | None) -> bool:
        seen.append((holds, reason))
        return False

    assert restore(ready.folder / "digest.db", file, ready.now, agreed=no) is None
    [(holds, reason)] = seen
    assert (holds.items, reason) == (4, None)
    assert not list(ready.folder.glob("*restor*"))


def test_it_waits_for_nobody(ready: Prepared) -> None:
    file = kept(ready)
    database = ready.folder / "digest.db"
    for purpose in ("work", "send", "backup"):
        with lock(database, purpose, patience=0), pytest.raises(BusyError, match="another digest process is at work"):
            restore(database, file, ready.now)
    with closing(sqlite3.connect(database)) as other:
        other.execute("BEGIN")
        other.execute("SELECT COUNT(*) FROM items").fetchone()
        with pytest.raises(BusyError, match="another program has it open"):
            restore(database, file, ready.now)
    assert ready.rows("SELECT COUNT(*) FROM items") == [(4,)]
    assert not list(ready.folder.glob("*restor*"))


def test_it_is_refused_while_a_server_runs_however_idle(tmp_path: Path) -> None:
    with FeedServer() as server:
        world = World(tmp_path, server)
        world.feed("alpha", item("Dam breaks above Vellmoor"))
        world.configure()
        world.digest("run")
        world.digest("backup", "copy.db")
        with Running(world, "--only", "schedule") as served:
            served.until_told("Ctrl-C ends")
            assert holders(tmp_path / "digest.db")["serve"] == (served.process.pid,)
            done = world.digest("restore", "copy.db", "--yes")
            assert done.code == 1
            assert "a `digest serve` runs on it; stop that first" in done.err
            served.end()
        assert world.digest("restore", "copy.db", "--yes").code == 0


def test_whoever_opened_the_replaced_file_before_does_nothing_to_it(ready: Prepared) -> None:
    file = kept(ready)
    database = ready.folder / "digest.db"
    with Store.open(database) as store:
        os.replace(shutil.copy(file, ready.folder / "new.db"), database)
        with pytest.raises(BusyError, match="was restored from a backup meanwhile; run this again"), store.lock("work"):
            pytest.fail("the lock of a file that is gone was given")
    with Store.open(database) as store, store.lock("work"):
        pass


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as running:
        yield running


@pytest.mark.parametrize(
    "at",
    [
        "digest.store.restore:copy before",
        "digest.store.restore:copy after",
        "digest.store.restore:_attached after",
        "digest.store.restore:carry after",
        "digest.store.restore:_renamed before",
        "digest.store.restore:_second_name after",
        "digest.store.restore:sync after 2",
        "digest.store.restore:sync before 3",
        "digest.store.restore:sync after 3",
        "digest.store.restore:_renamed after",
    ],
)
def test_killed_anywhere_one_of_the_two_is_there_and_nothing_goes_out_twice(
    ready: Prepared, nursery: Nursery, at: str
) -> None:
    kept(ready)
    next_day(ready, "The bridge at Tolm is closed")
    command = ["restore", "copy.db", "--yes", "--now", ready.now.isoformat()]
    [end] = nursery.raise_(ready.folder, None, command, at=at)
    assert end.killed
    assert ready.later(hours=1).send().editions == ()
    assert mails(ready) == 4
    assert ready.rows("SELECT COUNT(*) FROM items") == [(5,)]
    assert ready.rows("PRAGMA integrity_check") == [("ok",)]
    [end] = nursery.raise_(ready.folder, None, [*command[:-1], ready.now.isoformat()])
    assert (end.killed, end.code) == (False, 0)
    names = [path.name for path in ready.folder.glob("digest.db*") if not path.name.endswith(".lock")]
    assert not [name for name in names if "restoring" in name]
    same = [path for path in ready.folder.glob("*before-restore*") if path.samefile(ready.folder / "digest.db")]
    assert same == [], "no second name of the database in use"
    assert ready.later(hours=1).send().editions == ()
    assert mails(ready) == 4


@pytest.mark.parametrize("seconds", [0.005 * number for number in range(1, 40, 4)])
def test_killed_at_any_moment_as_well(ready: Prepared, nursery: Nursery, seconds: float) -> None:
    kept(ready)
    next_day(ready, "The bridge at Tolm is closed")
    nursery.raise_(ready.folder, seconds, ["restore", "copy.db", "--yes", "--now", ready.now.isoformat()])
    assert ready.later(hours=1).send().editions == ()
    assert mails(ready) == 4
    assert ready.rows("SELECT COUNT(*) FROM items") == [(5,)]
    assert ready.rows("PRAGMA integrity_check") == [("ok",)]

"""`digest backup`: a sound copy while others write, as a whole or not at all, and never over what is none of ours."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.feedserver import FeedServer
from support.killing import Nursery
from support.prepared import Prepared
from support.serving import Running
from support.world import World, item

from digest.errors import BusyError
from digest.store.backup import backup
from digest.store.lock import lock

NOON = "2026-11-25T12:00:00Z"

WRITER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
connection.execute("PRAGMA synchronous = OFF")
print("writing", flush=True)
number = 0
while True:
    number += 1
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO languages (language, items) VALUES (?, 1)", (f"w{number}",))
    term = "INSERT INTO terms (language, term, items) VALUES (?, hex(randomblob(2000)), 1)"
    connection.execute(term, (f"w{number}",))
    connection.execute("COMMIT")
"""


@pytest.fixture
def ready(tmp_path: Path) -> Prepared:
    made = Prepared(tmp_path, deliver=("outbox", "site"))
    made.send()
    return made


@contextmanager
def writing(database: Path) -> Iterator[None]:
    """A process that writes into two tables at once, as fast as it can."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(database)], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield
    finally:
        process.kill()
        process.communicate()


def one(path: Path, sql: str) -> object:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=30)) as connection:
        return connection.execute(sql).fetchone()[0]


def grown(database: Path, megabytes: int) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executemany(
            "INSERT INTO secrets (name, value) VALUES (?, hex(randomblob(50000)))",
            [(f"bulk {number}",) for number in range(megabytes * 10)],
        )


def left(folder: Path) -> list[str]:
    """What lies there that should not."""
    return [name for name in os.listdir(folder) if ".part" in name]


def test_a_backup_holds_what_the_database_holds_in_one_file_for_its_owner(ready: Prepared) -> None:
    code, out, err = ready.run("backup", "copy.db", "--now", NOON)
    assert (code, err) == (0, "")
    assert "copy.db: 0." in out
    assert "MB, examined and sound" in out
    assert "1 feed, 4 items, 4 threads, 1 edition, 2 deliveries" in out
    assert "newest edition: Fri 13 Oct 2023, 07:00, 1,139 days ago" in out
    made = ready.folder / "copy.db"
    assert made.stat().st_mode & 0o777 == 0o600
    assert one(made, "PRAGMA journal_mode") == "delete"
    assert one(made, "SELECT group_concat(state) FROM deliveries") == "sent,sent"
    assert [name for name in os.listdir(ready.folder) if name.startswith("copy")] == ["copy.db"]


def test_json_says_the_same(ready: Prepared) -> None:
    world = World(ready.folder, FeedServer())
    told = world.digest("backup", "copy.db", "--json").json
    assert told["file"] == str(ready.folder / "copy.db")
    assert (told["items"], told["editions"], told["newest_edition"]) == (4, 1, "2023-10-13T07:00:00+00:00")
    assert told["bytes"] == (ready.folder / "copy.db").stat().st_size
    assert told["removed"] == []


def test_it_ends_while_another_process_writes_all_the_time_and_is_of_one_moment(ready: Prepared) -> None:
    database = ready.folder / "digest.db"
    grown(database, 30)
    with writing(database):
        before = one(database, "SELECT COUNT(*) FROM languages")
        code, _, err = ready.run("backup", "copy.db")
        after = one(database, "SELECT COUNT(*) FROM languages")
        time.sleep(0.05)
        assert one(database, "SELECT COUNT(*) FROM languages") > after, "the writer goes on"
    assert (code, err) == (0, "")
    made = ready.folder / "copy.db"
    inside = one(made, "SELECT COUNT(*) FROM languages")
    assert before < inside < after, "the writer was not held up meanwhile"
    pairs = "SELECT COUNT(*) FROM languages WHERE language LIKE 'w%'"
    assert one(made, pairs) == one(made, "SELECT COUNT(*) FROM terms WHERE language LIKE 'w%'")
    assert one(made, "PRAGMA integrity_check") == "ok"


def test_it_works_beside_a_server_that_polls(tmp_path: Path) -> None:
    with FeedServer() as server:
        world = World(tmp_path, server)
        world.feed("alpha", *(item(f"Report number {number} of the dam") for number in range(30)))
        world.configure()
        with Running(world) as served:
            served.wait_for("/healthz", '"status":"ok"')
            served.until(lambda: world.rows("SELECT COUNT(*) FROM items") == [(30,)])
            assert world.digest("backup", "copy.db").code == 0
            served.wait_for("/healthz", '"status":"ok"')
    assert one(tmp_path / "copy.db", "SELECT COUNT(*) FROM items") == 30


def test_a_folder_keeps_as_many_as_told_and_nothing_else_is_ever_removed(ready: Prepared) -> None:
    folder = ready.folder / "backups"
    folder.mkdir()
    others = ["digest-2020-01-01T0000Z.db.txt", "news-2020-01-01T0000Z.db", "digest-old.db", "digest-2020-1-1T0000Z.db"]
    for name in others:
        (folder / name).write_text("mine")
    (folder / "digest-2019-01-01T0000Z.db").symlink_to(ready.folder / "config.toml")
    for day in range(1, 6):
        code, out, _ = ready.run("backup", "backups", "--keep", "2", "--now", f"2026-11-0{day}T03:30:00Z")
        assert code == 0
    assert "1 older backup removed: digest-2026-11-03T0330Z.db" in out
    assert sorted(os.listdir(folder)) == sorted(
        [*others, "digest-2019-01-01T0000Z.db", "digest-2026-11-04T0330Z.db", "digest-2026-11-05T0330Z.db"]
    )
    assert ready.run("backup", "backups", "--now", "2026-11-05T03:30:00Z")[0] == 0, "the same minute twice"
    assert (ready.folder / "config.toml").exists()


def test_a_wrong_clock_costs_no_backup(ready: Prepared) -> None:
    folder = ready.folder / "backups"
    folder.mkdir()
    for made in ("2026-11-01", "2099-01-01", "2099-01-02", "2026-11-02", "2026-11-03", "2025-01-01"):
        code, _, _ = ready.run("backup", "backups", "--keep", "2", "--now", f"{made}T03:30:00Z")
        assert code == 0
        assert (folder / f"digest-{made}T0330Z.db").exists(), "the one that was just made"
    assert sorted(os.listdir(folder)) == [
        f"digest-{made}T0330Z.db" for made in ("2025-01-01", "2026-11-02", "2026-11-03", "2099-01-01", "2099-01-02")
    ]


def test_what_is_no_backup_is_never_written_over(ready: Prepared) -> None:
    folder = ready.folder
    (folder / "letter").write_text("Dear friend")
    with closing(sqlite3.connect(folder / "photos.db")) as connection, connection:
        connection.execute("CREATE TABLE photos (name TEXT)")
    other = folder / "other"
    other.mkdir()
    Prepared(other).store().close()
    for name, why in (
        ("letter", "no backup of this program"),
        ("photos.db", "no backup of this program"),
        ("other/digest.db", "no backup of this program"),
        ("digest.db", "belongs to the database itself"),
        ("digest.db-wal", "belongs to the database itself"),
        ("/dev/full", "no backup of this program"),
        ("nowhere/copy.db", "there is no such folder; make it (mkdir -p)"),
        ("nowhere/", "there is no such folder; make it (mkdir -p)"),
        ("public/copy.db", "lies in the folder of pages of transports.site"),
    ):
        code, out, err = ready.run("backup", name)
        assert (code, out) == (2, ""), name
        assert why in err
        assert "Traceback" not in err
    assert (folder / "letter").read_text() == "Dear friend"
    assert left(folder) == []


def test_keep_is_for_folders(ready: Prepared) -> None:
    code, _, err = ready.run("backup", "copy.db", "--keep", "3")
    assert code == 2
    assert "--keep is for a folder" in err


def test_without_a_database_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    ready = Prepared(tmp_path)
    (tmp_path / "digest.db").unlink()
    code, _, err = ready.run("backup", "copy.db")
    assert code == 2
    assert "there is no database yet" in err
    assert not (tmp_path / "digest.db").exists()


def test_a_damaged_database_makes_no_backup_and_costs_no_older_one(ready: Prepared) -> None:
    folder = ready.folder / "backups"
    folder.mkdir()
    assert ready.run("backup", "backups", "--keep", "1", "--now", "2026-11-01T03:30:00Z")[0] == 0
    with closing(sqlite3.connect(ready.folder / "digest.db")) as connection, connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET rootpage = 5 WHERE name = 'items_by_first_seen'")
    code, _, err = ready.run("backup", "backups", "--keep", "1", "--now", "2026-11-02T03:30:00Z")
    assert code == 2
    assert "is not sound" in err or "is damaged" in err
    assert os.listdir(folder) == ["digest-2026-11-01T0330Z.db"]


def test_a_disk_that_fills_up_leaves_the_backup_before_and_no_half_file(ready: Prepared) -> None:
    assert ready.run("backup", "copy.db")[0] == 0
    before = (ready.folder / "copy.db").read_bytes()
    grown(ready.folder / "digest.db", 3)

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    done = subprocess.run(
        [sys.executable, "-m", "digest", "backup", "copy.db"],
        cwd=ready.folder, capture_output=True, text=True, preexec_fn=small,
    )  # fmt: skip
    assert done.returncode == 2
    assert "copy.db" in done.stderr
    assert "check the disk" in done.stderr or "disk is full" in done.stderr
    assert (ready.folder / "copy.db").read_bytes() == before
    assert left(ready.folder) == []


def test_two_at_once_do_not_disturb_each_other(ready: Prepared) -> None:
    database = ready.folder / "digest.db"
    with (
        lock(database, "backup", patience=0),
        pytest.raises(BusyError, match="another backup of it is just being made"),
    ):
        backup(database, ready.folder / "copy.db", datetime.now(UTC))


@pytest.mark.parametrize(
    "at",
    [
        "digest.store.backup:_copy_pages before",
        "digest.store.backup:_copy_pages after",
        "digest.store.backup:damage after",
        "digest.store.backup:sync before",
        "digest.store.backup:sync after",
        "digest.store.backup:sync before 2",
        "digest.store.backup:_rotate before",
    ],
)
def test_killed_anywhere_the_backups_before_stay_and_the_next_run_clears_up(ready: Prepared, at: str) -> None:
    folder = ready.folder / "backups"
    folder.mkdir()
    assert ready.run("backup", "backups", "--now", "2026-11-01T03:30:00Z")[0] == 0
    with Nursery() as nursery:
        [end] = nursery.raise_(
            ready.folder, None, ["backup", "backups", "--keep", "1", "--now", "2026-11-02T03:30:00Z"], at=at
        )
    assert end.killed
    names = [name for name in os.listdir(folder) if not name.startswith(".")]
    assert names, "never without one"
    for name in names:
        assert one(folder / name, "PRAGMA integrity_check") == "ok"
    assert ready.run("backup", "backups", "--keep", "1", "--now", "2026-11-03T03:30:00Z")[0] == 0
    assert os.listdir(folder) == ["digest-2026-11-03T0330Z.db"]

"""A full disk, met at every step that writes: it is told with the file and the cure, and nothing is lost or doubled.

A poll, the grouping, an edition and its deliveries are run again and again with room for one page more, until all of it
fits; after each failure space is given, and the next run must end where an unharmed one does.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email import message_from_bytes
from pathlib import Path

import pytest
from support.feedserver import FeedServer
from support.fulldisk import full_disk
from support.mailserver import MailServer
from support.world import World, item

from digest.cli import run_command

REPORTS = 40
SHOWN = 10
"""Of each feed's first document five items count as new."""


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


@pytest.fixture
def ready(tmp_path: Path, server: FeedServer, mail: MailServer) -> World:
    """A database that is there, and feeds with new items."""
    (tmp_path / "whole").mkdir()
    world = World(tmp_path / "whole", server)
    words = ("dam", "ferry", "library", "moss", "violin", "harvest", "chess", "telescope")
    for name in ("alpha", "beta"):
        items = [
            item(
                f"{words[one % 8].capitalize()} story {one} of {name}", summary=f"{words[one % 8]} {one} {name}. " * 60
            )
            for one in range(REPORTS // 2)
        ]
        world.feed(name, *items)
    world.configure(mail=mail, deliver=["mail", "outbox"])
    assert run_command(["status", "--config", str(world.folder / "config.toml")]) == 0
    from digest.store import Store

    Store.open(world.folder / "digest.db").close()
    return world


def truth(folder: Path) -> dict[str, object]:
    """What must come out, however the way was."""
    with closing(sqlite3.connect(folder / "digest.db")) as connection:
        ask = connection.execute
        return {
            "integrity": ask("PRAGMA integrity_check").fetchone()[0],
            "items": ask("SELECT COUNT(*), COUNT(DISTINCT title) FROM items").fetchone(),
            "stories": ask("SELECT COUNT(*) FROM items WHERE story_id IS NULL").fetchone()[0],
            "told": ask("SELECT COUNT(*), COUNT(DISTINCT item_id) FROM edition_items").fetchone(),
            "deliveries": ask("SELECT transport, recipient, state FROM deliveries ORDER BY id").fetchall(),
            "windows": ask(
                "SELECT COUNT(*) FROM editions AS one JOIN editions AS other ON other.number = one.number + 1 "
                "WHERE other.since <> one.until"
            ).fetchone()[0],
        }


def test_at_every_step_of_a_run(
    ready: World, mail: MailServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failures: set[str] = set()
    for pages in range(60):
        folder = tmp_path / f"run-{pages}"
        shutil.copytree(ready.folder, folder)
        command = ["run", "--config", str(folder / "config.toml")]
        mail.received.clear()
        with full_disk(pages):
            code = run_command(command)
        told = capsys.readouterr().err
        fits = code == 0
        if not fits:
            assert code == 2
            assert f"{folder / 'digest.db'}: cannot grow: the disk is full; free some space and run this again" in told
            failures.add(reached(folder))
            check_nothing_untrue(folder, mail)
            assert run_command(command) == 0
        found = truth(folder)
        assert (found["integrity"], found["items"], found["stories"]) == ("ok", (REPORTS, REPORTS), 0)
        assert found["told"] == (SHOWN, SHOWN), "each item is in one edition"
        assert found["windows"] == 0
        assert found["deliveries"] == [("mail", "me@example.org", "sent"), ("outbox", "me@example.org", "sent")]
        ids = [message_from_bytes(one.content)["Message-ID"] for one in mail.received]
        assert len(ids) == 1, "one mail, not two"
        assert len(list((folder / "outbox" / "new").iterdir())) == 1
        if fits and "cannot be searched" not in told:
            break
    else:
        raise AssertionError("it never fitted")
    assert failures >= {"nothing stored", "items stored"}


def reached(folder: Path) -> str:
    """How far a run came."""
    with closing(sqlite3.connect(folder / "digest.db")) as connection:
        ask = connection.execute
        if ask("SELECT COUNT(*) FROM editions").fetchone()[0]:
            return "edition frozen"
        items, grouped = ask("SELECT COUNT(*), COUNT(story_id) FROM items").fetchone()
        return "items grouped" if grouped else "items stored" if items else "nothing stored"


def check_nothing_untrue(folder: Path, mail: MailServer) -> None:
    """Nothing is marked as sent that was not."""
    with closing(sqlite3.connect(folder / "digest.db")) as connection:
        sent = connection.execute("SELECT COUNT(*) FROM deliveries WHERE state = 'sent' AND transport = 'mail'")
        assert sent.fetchone()[0] <= len(mail.received)


@pytest.mark.parametrize(
    ("event", "how_far"),
    [
        ("INSERT ON items", "nothing stored"),
        ("INSERT ON stories", "items stored"),
        ("UPDATE OF story_id ON items", "items stored"),
        ("INSERT ON editions", "items grouped"),
        ("INSERT ON edition_items", "items grouped"),
        ("INSERT ON deliveries", "items grouped"),
    ],
)
def test_within_a_step_none_of_it_is_there(
    ready: World, mail: MailServer, capsys: pytest.CaptureFixture[str], event: str, how_far: str
) -> None:
    database = ready.folder / "digest.db"
    with heavy(database, event), full_disk(pages=1000):
        assert run_command(["run", "--config", str(ready.folder / "config.toml")]) == 2
    assert f"{database}: cannot grow: the disk is full" in capsys.readouterr().err
    assert (reached(ready.folder), len(mail.received)) == (how_far, 0)
    assert run_command(["run", "--config", str(ready.folder / "config.toml")]) == 0
    found = truth(ready.folder)
    assert (found["items"], found["stories"], found["told"]) == ((REPORTS, REPORTS), 0, (SHOWN, SHOWN))
    assert len(mail.received) == 1


@contextmanager
def heavy(database: Path, event: str) -> Iterator[None]:
    """Each such change takes more room than there is; what is changed in its place would need none."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE ballast (filler BLOB)")
        connection.execute(
            f"CREATE TRIGGER heavy AFTER {event} BEGIN INSERT INTO ballast VALUES (zeroblob(50000000)); END"
        )
        connection.commit()
    yield
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("DROP TRIGGER heavy")
        connection.commit()


@pytest.mark.parametrize("state", ["sending", "sent"])
def test_at_each_note_of_the_ledger(
    ready: World, mail: MailServer, capsys: pytest.CaptureFixture[str], state: str
) -> None:
    """Before the mail goes, nothing went; after it, one more copy may go, with the same Message-ID."""
    command = ["run", "--config", str(ready.folder / "config.toml")]
    database = ready.folder / "digest.db"
    event = f"UPDATE ON deliveries WHEN NEW.state = '{state}' AND NEW.transport = 'mail'"
    with heavy(database, event), full_disk(pages=1000):
        assert run_command(command) == 2
    assert f"{database}: cannot grow: the disk is full" in capsys.readouterr().err
    [(before,)] = ready.rows("SELECT state FROM deliveries WHERE transport = 'mail'")
    assert before == ("pending" if state == "sending" else "sending")
    assert len(mail.received) == (0 if state == "sending" else 1)
    assert run_command(command) == 0
    assert set(ready.rows("SELECT state FROM deliveries")) == {("sent",)}
    assert len(mail.received) == (1 if state == "sending" else 2)
    assert len({message_from_bytes(one.content)["Message-ID"] for one in mail.received}) == 1
    assert ready.rows("SELECT COUNT(*) FROM editions") == [(1,)]


def test_a_full_disk_breaks_no_search_index(ready: World, capsys: pytest.CaptureFixture[str]) -> None:
    from digest.pipeline.indexing import index_items
    from digest.store import Store

    assert run_command(["run", "--config", str(ready.folder / "config.toml")]) == 0
    path = ready.folder / "digest.db"
    with Store.open(path) as store:
        version = ready.rows("SELECT version FROM search_state")
        store._database.conn.execute("UPDATE search_state SET indexed_to = 0")
        store._database.conn.commit()
        pages = store.retention.pages().all
        store._database.conn.execute(f"PRAGMA max_page_count = {pages}")
        index_items(store)
        assert ready.rows("SELECT version FROM search_state") == version, "it is not made anew"

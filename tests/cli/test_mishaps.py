"""What commands say where the file, the disk, the terminal or the clock is not as it should be."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from support.prepared import NOW, Prepared

from digest.cli import run_command

CHINESE = "首相、北京で会談へ"


@pytest.fixture
def ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Prepared:
    monkeypatch.chdir(tmp_path)
    return Prepared(tmp_path, deliver=("outbox",))


def damage(database: Path, table: str) -> None:
    """The page where a table begins is something else."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with database.open("r+b") as raw:
        raw.seek((page - 1) * size)
        raw.write(b"\xff" * size)


@pytest.mark.parametrize(
    ("table", "command"),
    [
        ("editions", ("status",)),
        ("editions", ("status", "--json")),
        ("feeds", ("status", "--json", "--now", "2023-10-14T07:00:00Z")),
        ("stories", ("threads",)),
        ("stories", ("run", "--now", "2023-10-14T07:00:00Z")),
        ("feeds", ("run",)),
    ],
)
def test_a_damaged_database_is_one_line_with_the_cure(ready: Prepared, table: str, command: tuple[str, ...]) -> None:
    ready.send()
    damage(ready.folder / "digest.db", table)
    code, out, err = ready.run(*command)
    assert code == 2
    assert "digest.db: is damaged (" in err
    assert "`digest restore` a backup" in err
    assert "Traceback" not in err
    if "--json" in command:
        assert json.loads(out)["exit_code"] == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk to write to")
@pytest.mark.parametrize("command", [("status",), ("status", "--json"), ("run",), ("--help",)])
def test_what_cannot_be_printed_is_one_line_on_the_other_channel(ready: Prepared, command: tuple[str, ...]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "digest", *command],
            cwd=ready.folder, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("digest: what it prints cannot be written: No space left on device; what was done ")
    assert len(done.stderr.splitlines()) == 1


def test_a_terminal_of_fewer_letters_shows_the_rest_and_programs_get_all(ready: Prepared) -> None:
    ready.send()
    for command in (("threads", "--all"), ("threads", "--all", "--json")):
        done = subprocess.run(
            [sys.executable, "-m", "digest", *command, "--now", f"{NOW:%Y-%m-%dT%H:%M:%SZ}"], cwd=ready.folder,
            env=os.environ | {"PYTHONIOENCODING": "latin-1"}, capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, b"")
        out = done.stdout.decode("latin-1")
        if "--json" in command:
            assert CHINESE in {one["title"] for one in json.loads(out)["threads"]}
        else:
            assert "Bücherei öffnet sonntags" in out
            assert "?" * len(CHINESE) in out


def test_a_clock_that_ran_ahead_at_a_poll_hides_no_thread(
    ready: Prepared, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ready.send()
    with ready.later(days=400).store() as store:
        ready.items(store)  # nothing is new: the feed is only said to have been asked
    monkeypatch.setattr("digest.cli.threads.wall_clock", lambda: NOW + timedelta(hours=1))
    assert run_command(["threads", "--all"]) == 0
    assert "Dam breaks above Vellmoor" in capsys.readouterr().out


def test_a_value_that_is_none_is_told_for_what_it_is(ready: Prepared, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, told in (
        (("threads", "show", "abc"), "'abc' is not a valid number."),
        (("threads", "mute", "1", "--for", "99999d"), "'99999d' is too long; write it like '7d', at most '36500d'"),
        (("threads", "mute", "1", "--for", "0d"), "'0d' is too short; write it like '7d', at most '36500d'"),
    ):
        assert run_command(arguments) == 2
        assert told in capsys.readouterr().err

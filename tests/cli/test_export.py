"""`digest export`: the pages and feeds as files."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

import pytest
from support.prepared import Prepared

from digest.cli import run_command

EVENING = '\n[digests.evening]\ntitle = "Evening paper"\ndeliver = ["site"]\n'


@pytest.fixture
def ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Prepared:
    made = Prepared(tmp_path, deliver=("site",))
    made.send()
    monkeypatch.chdir(tmp_path)
    return made


def tree(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}


def test_it_writes_what_the_files_transport_writes(ready: Prepared, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["export", "out", "--now", "2023-10-13T07:00:01Z"]) == 0
    assert "files written" in capsys.readouterr().out
    made, delivered = tree(ready.folder / "out"), tree(ready.folder / "public")
    assert made.keys() == delivered.keys()
    assert all(made[path] == delivered[path] for path in made if not path.startswith("."))
    assert {"index.html", "2023/10/13/index.html", "archive/index.html", "feed.atom", "feed.json", "style.css"} <= set(
        made
    )


def test_a_second_export_writes_nothing(ready: Prepared, capsys: pytest.CaptureFixture[str]) -> None:
    run_command(["export", "out", "--now", "2023-10-13T07:00:01Z"])
    before = {path: path.stat().st_mtime_ns for path in (ready.folder / "out").rglob("*")}
    capsys.readouterr()
    assert run_command(["export", "out", "--now", "2023-10-13T08:00:00Z"]) == 0
    assert "0 files written" in capsys.readouterr().out
    assert before == {path: path.stat().st_mtime_ns for path in (ready.folder / "out").rglob("*")}


def test_links_hold_wherever_the_folder_lies(ready: Prepared) -> None:
    run_command(["export", "out"])
    made = tree(ready.folder / "out")
    for path, body in made.items():
        for link in re.findall(rb'(?:href|src)="([^"#]*)', body) if path.endswith(".html") else ():
            target = link.decode()
            if target and not target.startswith("https://"):
                where = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
                assert where in made or where.startswith("threads/"), (path, target)


def test_a_digest_that_left_the_configuration_goes_from_the_folder(ready: Prepared) -> None:
    plain = (ready.folder / "config.toml").read_text()
    (ready.folder / "config.toml").write_text(plain + EVENING)
    run_command(["export", "out"])
    (ready.folder / "out" / "CNAME").write_text("news.example.org")
    assert (ready.folder / "out" / "evening" / "archive" / "index.html").exists()
    (ready.folder / "config.toml").write_text(plain)
    run_command(["export", "out"])
    assert not (ready.folder / "out" / "evening").exists()
    assert (ready.folder / "out" / "CNAME").exists()


def test_one_digest_alone(ready: Prepared, capsys: pytest.CaptureFixture[str]) -> None:
    (ready.folder / "config.toml").write_text((ready.folder / "config.toml").read_text() + EVENING)
    assert run_command(["export", "out", "--digest", "evening"]) == 0
    assert "evening/index.html" in tree(ready.folder / "out")
    assert "index.html" not in tree(ready.folder / "out")
    assert run_command(["export", "out", "--digest", "evning"]) == 2
    assert "evning" in capsys.readouterr().err


def test_a_changed_setting_draws_the_pages_anew(ready: Prepared) -> None:
    run_command(["export", "out"])
    config = ready.folder / "config.toml"
    config.write_text(config.read_text().replace("[web]\n", "[web]\nnoindex = false\n"))
    run_command(["export", "out"])
    assert b"noindex" not in (ready.folder / "out" / "index.html").read_bytes()


def test_it_reads_only(ready: Prepared) -> None:
    before = (ready.folder / "digest.db").read_bytes()
    run_command(["export", "out"])
    assert (ready.folder / "digest.db").read_bytes() == before


def test_the_folder_of_the_database_is_refused(ready: Prepared, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["export", "."]) == 2
    assert "would publish the configuration and the database; name a folder of its own" in capsys.readouterr().err
    assert not (ready.folder / "index.html").exists()


def test_a_folder_that_cannot_be_made_says_the_cure(ready: Prepared, capsys: pytest.CaptureFixture[str]) -> None:
    (ready.folder / "blocked").write_text("")
    assert run_command(["export", "blocked/out"]) == 2
    assert "pages cannot be written there" in capsys.readouterr().err

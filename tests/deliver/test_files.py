"""Pages into a real folder: whole, only what changed, and never outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.deliver.files import Files
from digest.model import Verdict

PAGES = [("index.html", b"first"), ("style.css", b"css"), ("2023/10/13/index.html", b"an edition")]

KILLED = """
import os, signal, sys
from pathlib import Path
from digest.deliver.files import Files

real, left = os.replace, int(sys.argv[2])

def dying(*args):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    real(*args)

os.replace = dying
Files(Path(sys.argv[1])).publish([("index.html", b"first"), ("a.html", b"a"), ("b.html", b"b")])
"""


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_pages_lie_where_their_paths_say(tmp_path: Path) -> None:
    outcome = Files(tmp_path / "public").publish(iter(PAGES))
    assert outcome.verdict is Verdict.TAKEN
    assert "3 files written" in str(outcome.detail)
    assert tree(tmp_path / "public") == dict(PAGES)


def test_only_what_changed_is_written_again(tmp_path: Path) -> None:
    Files(tmp_path).publish(PAGES)
    before = {path: path.stat().st_ino for path in tmp_path.rglob("*") if path.is_file()}
    outcome = Files(tmp_path).publish([*PAGES[:2], ("2023/10/13/index.html", b"corrected!")])
    after = {path: path.stat().st_ino for path in tmp_path.rglob("*") if path.is_file()}
    assert "1 file written, 2 had not changed" in str(outcome.detail)
    assert [path.parent.name for path in before if before[path] != after[path]] == ["13"]


def test_a_change_that_keeps_the_size_is_seen(tmp_path: Path) -> None:
    Files(tmp_path).publish([("a.html", b"aaa")])
    Files(tmp_path).publish([("a.html", b"bbb")])
    assert tree(tmp_path) == {"a.html": b"bbb"}


def test_the_first_page_comes_last(tmp_path: Path) -> None:
    seen: list[bool] = []

    def pages() -> object:
        for page in PAGES:
            seen.append((tmp_path / "index.html").exists())
            yield page
        seen.append((tmp_path / "index.html").exists())

    Files(tmp_path).publish(pages())  # type: ignore[arg-type]
    assert not any(seen)
    assert (tmp_path / "index.html").read_bytes() == b"first"


def test_what_others_put_there_stays(tmp_path: Path) -> None:
    (tmp_path / "CNAME").write_text("news.example.org")
    (tmp_path / "2022").mkdir()
    (tmp_path / "2022" / "old.html").write_text("from before")
    Files(tmp_path).publish(PAGES)
    assert (tmp_path / "CNAME").read_text() == "news.example.org"
    assert (tmp_path / "2022" / "old.html").read_text() == "from before"


def test_a_web_server_of_another_user_can_read_the_pages(tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        Files(tmp_path).publish(PAGES)
    finally:
        os.umask(mask)
    assert (tmp_path / "index.html").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../out.html", "a/../../out.html", "a//b.html", "./a.html", "", "a/", "a\\..\\b", "a\0b"]
)
def test_a_path_that_could_leave_the_folder_writes_nothing(tmp_path: Path, path: str) -> None:
    outcome = Files(tmp_path / "public").publish([(path, b"x")])
    assert outcome.verdict is Verdict.LATER
    assert "below the folder" in str(outcome.detail)
    assert tree(tmp_path) == {}


@given(path=st.text(alphabet="./\\a\0 -", max_size=12))
def test_no_path_at_all_writes_outside(tmp_path_factory: pytest.TempPathFactory, path: str) -> None:
    parent = tmp_path_factory.mktemp("wild")
    Files(parent / "public").publish([(path, b"x")])
    assert [one.name for one in parent.iterdir()] == ["public"]


def test_a_link_that_leads_outside_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "2023").symlink_to(tmp_path / "elsewhere")
    outcome = Files(tmp_path / "public").publish(PAGES)
    assert outcome.verdict is Verdict.LATER
    assert "remove the link" in str(outcome.detail)
    assert tree(tmp_path / "elsewhere") == {}


def test_a_page_that_is_a_link_is_replaced_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("precious")
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "index.html").symlink_to(tmp_path / "precious.txt")
    Files(tmp_path / "public").publish(PAGES)
    assert (tmp_path / "precious.txt").read_text() == "precious"
    assert (tmp_path / "public" / "index.html").read_bytes() == b"first"


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "www").mkdir()
    (tmp_path / "public").symlink_to(tmp_path / "www")
    assert Files(tmp_path / "public").publish(PAGES).verdict is Verdict.TAKEN
    assert tree(tmp_path / "www") == dict(PAGES)


@pytest.mark.parametrize("written", [0, 1, 2])
def test_killed_between_two_pages_every_page_is_whole_and_the_next_run_finishes(tmp_path: Path, written: int) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(written)], timeout=60)
    assert killed.returncode == -signal.SIGKILL
    pages = {"index.html": b"first", "a.html": b"a", "b.html": b"b"}
    whole = {name: content for name, content in tree(tmp_path).items() if not name.startswith(".")}
    assert whole == dict(list({"a.html": b"a", "b.html": b"b"}.items())[:written])
    drafts = [name for name in tree(tmp_path) if name.startswith(".digest-")]
    assert len(drafts) == 1
    Files(tmp_path).publish(pages.items())
    assert (tmp_path / drafts[0]).exists(), "a young draft may be another process's"
    old = time.time() - 3600
    os.utime(tmp_path / drafts[0], (old, old))
    Files(tmp_path).publish(pages.items())
    assert tree(tmp_path) == pages


def test_a_place_that_cannot_be_a_folder_is_later_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "public").write_text("a file of the operator")
    outcome = Files(tmp_path / "public").publish(PAGES)
    assert outcome.verdict is Verdict.LATER
    assert str(tmp_path / "public") in str(outcome.detail)
    assert "set another folder" in str(outcome.detail)


def test_a_folder_in_the_place_of_a_page_is_later_and_leaves_no_draft(tmp_path: Path) -> None:
    (tmp_path / "style.css").mkdir()
    assert Files(tmp_path).publish(PAGES).verdict is Verdict.LATER
    assert tree(tmp_path) == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere; the tests above cover the answer")
def test_an_unwritable_folder_is_later_and_works_once_mended(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert Files(tmp_path).publish(PAGES).verdict is Verdict.LATER
    tmp_path.chmod(0o700)
    assert Files(tmp_path).publish(PAGES).verdict is Verdict.TAKEN

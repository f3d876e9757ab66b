"""Mail into a real folder: whole, once, and never lost silently."""

from __future__ import annotations

import mailbox
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from digest.deliver.maildir import Maildir
from digest.model import Verdict

MESSAGE = b"Subject: Morning paper\r\n\r\nHello.\r\n"
KEY = "<1.daily@example.org>"

KILLED = """
import os, signal, sys
from pathlib import Path
from digest.deliver.maildir import Maildir

folder, call, moment = sys.argv[1:]
real = getattr(os, call)

def dying(*args):
    if moment == "after":
        real(*args)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(os, call, dying)
Maildir(Path(folder)).deliver(b"Subject: Morning paper\\r\\n\\r\\nHello.\\r\\n", key="<1.daily@example.org>")
"""


def mails(folder: Path) -> list[str]:
    """Subjects of what a mail program finds there."""
    box = mailbox.Maildir(folder, create=False)
    return [str(one["Subject"]) for one in box]


def test_a_mail_program_finds_the_mail(tmp_path: Path) -> None:
    outcome = Maildir(tmp_path / "outbox").deliver(MESSAGE, key=KEY)
    assert outcome.verdict is Verdict.TAKEN
    assert Path(str(outcome.detail)).read_bytes() == b"Subject: Morning paper\n\nHello.\n"
    assert mails(tmp_path / "outbox") == ["Morning paper"]


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    outcome = Maildir(tmp_path / "outbox").deliver(MESSAGE, key=KEY)
    for path in (tmp_path / "outbox", *(tmp_path / "outbox" / part for part in ("cur", "new", "tmp"))):
        assert path.stat().st_mode & 0o777 == 0o700
    assert Path(str(outcome.detail)).stat().st_mode & 0o777 == 0o600


def test_the_same_delivery_twice_is_one_mail(tmp_path: Path) -> None:
    first = Maildir(tmp_path).deliver(MESSAGE, key=KEY)
    assert Maildir(tmp_path).deliver(MESSAGE, key=KEY) == first
    assert len(mails(tmp_path)) == 1


@pytest.mark.parametrize("suffix", [":2,S", ":2,", ",S=31:2,RS"])
def test_a_mail_that_was_read_meanwhile_is_not_delivered_again(tmp_path: Path, suffix: str) -> None:
    first = Path(str(Maildir(tmp_path).deliver(MESSAGE, key=KEY).detail))
    first.rename(tmp_path / "cur" / f"{first.name}{suffix}")
    assert Maildir(tmp_path).deliver(MESSAGE, key=KEY).verdict is Verdict.TAKEN
    assert len(mails(tmp_path)) == 1


def test_two_deliveries_are_two_mails(tmp_path: Path) -> None:
    Maildir(tmp_path).deliver(MESSAGE, key=KEY)
    Maildir(tmp_path).deliver(MESSAGE, key="<2.daily@example.org>")
    assert len(mails(tmp_path)) == 2


def test_a_key_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    Maildir(tmp_path / "outbox").deliver(MESSAGE, key="../../../stolen")
    assert [path.name for path in tmp_path.iterdir()] == ["outbox"]
    assert len(mails(tmp_path / "outbox")) == 1


@pytest.mark.parametrize(
    ("call", "moment"), [("fsync", "before"), ("rename", "before"), ("rename", "after"), ("listdir", "before")]
)
def test_killed_at_any_moment_and_run_again_there_is_one_mail(tmp_path: Path, call: str, moment: str) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), call, moment], timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert Maildir(tmp_path).deliver(MESSAGE, key=KEY).verdict is Verdict.TAKEN
    assert mails(tmp_path) == ["Morning paper"]
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_draft_of_another_delivery_is_left_alone(tmp_path: Path) -> None:
    Maildir(tmp_path).deliver(MESSAGE, key=KEY)
    foreign = tmp_path / "tmp" / "1700000000.M1P2.host"
    foreign.write_bytes(b"being written")
    Maildir(tmp_path).deliver(MESSAGE, key="<2@example.org>")
    assert foreign.exists()


def test_a_place_that_cannot_be_a_folder_is_later_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file of the operator")
    outcome = Maildir(tmp_path / "outbox").deliver(MESSAGE, key=KEY)
    assert outcome.verdict is Verdict.LATER
    assert str(tmp_path / "outbox") in str(outcome.detail)
    assert "set another folder" in str(outcome.detail)
    assert (tmp_path / "outbox").read_text() == "a file of the operator"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere; the test above covers the answer")
def test_an_unwritable_folder_is_later_and_works_once_mended(tmp_path: Path) -> None:
    Maildir(tmp_path).deliver(MESSAGE, key="<0@example.org>")
    (tmp_path / "tmp").chmod(0o500)
    assert Maildir(tmp_path).deliver(MESSAGE, key=KEY).verdict is Verdict.LATER
    (tmp_path / "tmp").chmod(0o700)
    assert Maildir(tmp_path).deliver(MESSAGE, key=KEY).verdict is Verdict.TAKEN


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_leaves_no_half_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open
    monkeypatch.setattr(os, "open", lambda path, flags, *mode: real("/dev/full", os.O_WRONLY))
    (tmp_path / "new").mkdir()
    (tmp_path / "cur").mkdir()
    (tmp_path / "tmp").mkdir()
    outcome = Maildir(tmp_path).deliver(MESSAGE, key=KEY)
    monkeypatch.undo()
    assert outcome.verdict is Verdict.LATER
    assert "No space left" in str(outcome.detail)
    assert mails(tmp_path) == []

"""Mail on the standard input of a program: sendmail, or any other. The programs here are small real ones."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from digest.config import CommandTransport, SendmailTransport
from digest.deliver.command import Command
from digest.deliver.sendmail import Sendmail
from digest.model import Outcome, Verdict

MESSAGE = b"Subject: Morning paper\r\nMessage-ID: <1@example.org>\r\n\r\n.\r\nHello.\r\n"
SENDER, READER = "Morning paper <digest@example.org>", "me@example.net"

Program = Callable[[str], Path]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Makes an executable of Python lines; ``here`` is its folder, ``given`` what came on its standard input."""

    def make(lines: str) -> Path:
        path = tmp_path / "mailer"
        head = "import os, pathlib, signal, subprocess, sys, time\nhere = pathlib.Path(__file__).parent\n"
        path.write_text(f"#!{sys.executable} -S\n{head}given = sys.stdin.buffer.read()\n{lines}\n")
        path.chmod(0o755)
        return path

    return make


def sendmail(path: Path, *, recipient: str = READER, sender: str = SENDER, seconds: float = 20) -> Outcome:
    settings = SendmailTransport(type="sendmail", program=path)
    settings = replace(settings, timeout=timedelta(seconds=seconds))
    return Sendmail(settings).send(MESSAGE, sender=sender, recipient=recipient)


def command(*arguments: str, recipient: str = READER, before: Callable[[], None] = lambda: None) -> Outcome:
    settings = CommandTransport(type="command", command=arguments)
    return Command(settings).send(MESSAGE, sender=SENDER, recipient=recipient, before_dot=before)


def test_sendmail_gets_bare_addresses_behind_its_options_and_lines_as_unix_writes_them(program: Program) -> None:
    path = program("(here / 'seen').write_text(repr((sys.argv[1:], given)))")
    assert sendmail(path) == Outcome(Verdict.TAKEN, f"taken by {path}")
    told = ["-i", "-f", "digest@example.org", "--", "me@example.net"]
    assert (path.parent / "seen").read_text() == repr((told, MESSAGE.replace(b"\r\n", b"\n")))


@pytest.mark.parametrize(
    ("code", "name", "verdict"),
    [
        (64, "EX_USAGE", Verdict.LATER),
        (65, "EX_DATAERR", Verdict.REFUSED),
        (67, "EX_NOUSER", Verdict.REFUSED),
        (68, "EX_NOHOST", Verdict.REFUSED),
        (69, "EX_UNAVAILABLE", Verdict.LATER),
        (75, "EX_TEMPFAIL", Verdict.LATER),
        (77, "EX_NOPERM", Verdict.LATER),
        (78, "EX_CONFIG", Verdict.LATER),
        (1, "exit code 1", Verdict.LATER),
    ],
)
def test_the_exit_code_of_sendmail_decides_and_its_words_are_told(
    program: Program, code: int, name: str, verdict: Verdict
) -> None:
    path = program(f"sys.stderr.write('mailer: no such\\x1b[31m\\nuser\\n'); sys.exit({code})")
    outcome = sendmail(path)
    assert outcome.verdict is verdict
    assert f"{path}: mailer: no such [31m user (exit code {code}" in str(outcome.detail)
    assert name in str(outcome.detail)


@pytest.mark.parametrize("recipient", ["-oQ/tmp@example.net", "-X/etc/passwd@x.example"])
def test_an_address_that_could_be_an_option_starts_no_program(program: Program, recipient: str) -> None:
    path = program("(here / 'seen').touch()")
    for outcome in (
        sendmail(path, recipient=recipient),
        sendmail(path, sender=recipient),
        command(str(path), "{recipient}", recipient=recipient),
    ):
        assert outcome.verdict is Verdict.REFUSED
        assert "begins like an option" in str(outcome.detail)
    assert not (path.parent / "seen").exists()


def test_a_command_gets_its_arguments_as_written_and_no_shell_reads_them(program: Program) -> None:
    path = program("(here / 'seen').write_text(repr(sys.argv[1:]))")
    outcome = command(str(path), "--to={recipient}", "{sender}", "a b; touch x", "$HOME", "{other}")
    assert outcome.verdict is Verdict.TAKEN
    told = ["--to=me@example.net", "digest@example.org", "a b; touch x", "$HOME", "{other}"]
    assert (path.parent / "seen").read_text() == repr(told)


def test_a_command_without_a_path_is_looked_for_where_programs_are() -> None:
    assert command("true").verdict is Verdict.TAKEN
    assert command("cat").detail == "Subject: Morning paper Message-ID: <1@example.org> . Hello."


@pytest.mark.parametrize("code", [1, 75, 100])
def test_every_other_exit_code_of_a_command_means_later(program: Program, code: int) -> None:
    path = program(f"print('not now'); sys.exit({code})")
    assert command(str(path)) == Outcome(Verdict.LATER, f"{path}: not now (exit code {code})")


def test_a_program_that_is_missing_or_cannot_be_started_is_told_with_the_cure(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("no program")
    for path in (tmp_path / "gone", text):
        outcome = sendmail(path)
        assert outcome.verdict is Verdict.LATER
        assert f"no program '{path}' that this user can start; install it, or mend program" in str(outcome.detail)
    text.chmod(0o755)
    assert "Exec format error" in str(sendmail(text).detail)


def test_a_program_that_dies_leaves_the_outcome_unknown(program: Program) -> None:
    outcome = sendmail(program("os.kill(os.getpid(), signal.SIGKILL)"))
    assert outcome.verdict is Verdict.UNKNOWN
    assert "SIGKILL" in str(outcome.detail)


def test_a_program_that_hangs_is_ended_with_all_that_it_started(program: Program) -> None:
    path = program(
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "(here / 'pids').write_text(f'{os.getpid()} {child.pid}')\n"
        "print('connecting', flush=True)\n"
        "time.sleep(60)"
    )
    outcome = sendmail(path, seconds=3)
    assert outcome.verdict is Verdict.UNKNOWN
    assert "did not end within 3 s" in str(outcome.detail)
    assert "it said: connecting" in str(outcome.detail)
    for pid in (path.parent / "pids").read_text().split():
        assert ended(int(pid))


def ended(pid: int) -> bool:
    """Whether a process is gone, or about to be; waits for a moment."""
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").exists() and ") Z " in Path(f"/proc/{pid}/stat").read_text():
            return True
        time.sleep(0.02)
    return False


def test_the_caller_is_told_before_a_program_has_anything(program: Program) -> None:
    path = program("(here / 'seen').touch()")
    seen = []
    command(str(path), before=lambda: seen.append((path.parent / "seen").exists()))
    assert seen == [False]
    assert (path.parent / "seen").exists()


def test_a_program_is_not_started_when_the_caller_cannot_note_it(program: Program) -> None:
    path = program("(here / 'seen').touch()")

    def full_disk() -> None:
        raise MemoryError

    with pytest.raises(MemoryError):
        command(str(path), before=full_disk)
    assert not (path.parent / "seen").exists()


def test_a_program_that_reads_nothing_or_says_much_holds_up_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mailer"
    path.write_text(f"#!{sys.executable} -S\nprint('word ' * 1_000_000)")
    path.chmod(0o755)
    outcome = sendmail(path)
    assert outcome.verdict is Verdict.TAKEN
    assert len(str(outcome.detail)) <= 300


_KILL_AND_WAIT = "os.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(0.2)"


def test_a_process_that_is_killed_leaves_the_program_with_the_whole_message(program: Program, tmp_path: Path) -> None:
    """Never half a mail: what the program reads does not come from us any more."""
    path = program("(here / 'part').write_bytes(sys.stdin.buffer.read())\nos.rename(here / 'part', here / 'seen')")
    path.write_text(path.read_text().replace("given = sys.stdin.buffer.read()", _KILL_AND_WAIT))
    code = (
        "from digest.config import CommandTransport\nfrom digest.deliver.command import Command\n"
        f"Command(CommandTransport(type='command', command=({str(path)!r},)))"
        f".send(b'line of a mail\\n' * 50_000, sender={SENDER!r}, recipient={READER!r})"
    )
    assert os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", code]) == -signal.SIGKILL
    for _ in range(500):
        if (tmp_path / "seen").exists():
            break
        time.sleep(0.02)
    assert (tmp_path / "seen").read_bytes() == b"line of a mail\n" * 50_000

"""kill -9 at any moment: no recipient misses an edition, and a second copy is only made where nobody could know.

Real processes publish and send to a real mail server, a folder of pages and a maildir, and die. What they left is
then taken up until all is settled. Where a process died between the final dot and the ledger's note of the answer,
the mail may come twice, with the same Message-ID; a maildir and the pages show everything once in any case.
"""

from __future__ import annotations

import email
import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.killing import Nursery
from support.mailserver import MailServer
from support.prepared import Prepared

ALL = ("mail", "site", "outbox")
NAMES = ("a", "b", "c")


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as running:
        yield running


@pytest.fixture(scope="module")
def polled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database that waits for its first edition."""
    made = Prepared(tmp_path_factory.mktemp("polled"), now=datetime.now(UTC) - timedelta(minutes=5))
    return made.folder


@pytest.fixture
def server() -> Iterator[MailServer]:
    """Slow enough that sending takes about as long as composing."""
    with MailServer(delays={"RCPT": 0.01, "END": 0.01}) as running:
        yield running


class Trial:
    """One life and death on a copy of the folder, with recipients of its own."""

    def __init__(self, polled: Path, folder: Path, server: MailServer, deliver: tuple[str, ...] = ALL) -> None:
        folder.mkdir()
        self.server = server
        self.to = tuple(f"{name}.{folder.name}@example.org" for name in NAMES)
        now = datetime.now(UTC)
        an_hour_ago = f"{now - timedelta(hours=1):%H:%M}"
        self.ready = Prepared(folder, self.to, deliver, now, at=an_hour_ago, like=polled, quick=timedelta(seconds=5))
        self.ready.mail(server)

    def settle(self) -> None:
        """Takes up what is left until nothing is open."""
        self.unknown = {
            one
            for (one,) in self.rows("SELECT recipient FROM deliveries WHERE state = 'sending' AND transport = 'mail'")
        }
        for _ in range(4):
            self.ready.now = datetime.now(UTC)
            self.ready.send()
            if not self.rows("SELECT 1 FROM deliveries WHERE state <> 'sent'"):
                return
        raise AssertionError(self.ready.ledger())

    def rows(self, sql: str) -> list[tuple[str, ...]]:
        return self.ready.rows(sql)

    def judge(self) -> int:
        """Asserts what must hold; returns how many second copies there are."""
        editions = self.rows("SELECT items, day FROM editions")
        assert [items for items, _ in editions] == [4], "each item is in one edition"
        # As END takes a while, the server notes each whole message there; what it could answer is in ``received``.
        mails = [mail for mail in self.server.unanswered if mail.recipient in self.to]
        if "mail" in self.ready.deliver:
            assert {mail.recipient for mail in self.server.received} >= set(self.to), "nobody misses an edition"
            copies = Counter(mail.recipient for mail in mails)
            twice = {recipient for recipient, number in copies.items() if number > 1}
            assert twice <= self.unknown, "a second copy only where the outcome was unknown"
            assert max(copies.values()) <= 2
            assert len({mail.content for mail in mails}) == len(self.to), "a copy is the same mail, with the same id"
            assert len({email.message_from_bytes(mail.content)["Message-ID"] for mail in mails}) == len(self.to)
        if "outbox" in self.ready.deliver:
            kept = [
                email.message_from_bytes(path.read_bytes())["To"] for path in self.ready.folder.glob("outbox/new/*")
            ]
            assert sorted(kept) == sorted(self.to)
        if "site" in self.ready.deliver:
            [page] = self.ready.folder.glob("public/2*/*/*/index.html")
            assert page.read_text().endswith("</html>\n")
        return len(mails) - len(self.to)


def quiet(server: MailServer) -> None:
    """Waits until the server has read all that dead processes left on the wire."""
    for _ in range(500):
        if not server._live:
            return
        time.sleep(0.01)


@pytest.fixture(scope="module")
def length(polled: Path, nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> float:
    """Seconds that an unharmed run takes."""
    with MailServer(delays={"RCPT": 0.01, "END": 0.01}) as server:
        for name in ("first", "second"):  # the first one pays for what is imported late
            trial = Trial(polled, tmp_path_factory.mktemp("whole") / name, server)
            [end] = nursery.raise_(trial.ready.folder, None, ["send"])
        assert (end.code, len(server.received)) == (0, 6)
    return end.seconds


@pytest.mark.parametrize("seed", range(5))
def test_killed_at_ten_moments_of_a_run(
    polled: Path, nursery: Nursery, server: MailServer, length: float, tmp_path: Path, seed: int
) -> None:
    moments = random.Random(seed)
    trials = []
    for number in range(10):
        trial = Trial(polled, tmp_path / f"{seed}-{number}", server)
        nursery.raise_(trial.ready.folder, length * (number + moments.random()) / 10, ["send"])
        trial.settle()
        trials.append(trial)
    quiet(server)
    assert sum(trial.judge() for trial in trials) <= len(trials)


LEDGER = "digest.store.deliveries:Deliveries.record"


@pytest.mark.parametrize("seed", range(3))
def test_a_server_and_a_cron_job_at_once_both_killed(
    polled: Path, nursery: Nursery, server: MailServer, length: float, tmp_path: Path, seed: int
) -> None:
    moments = random.Random(seed)
    trials = []
    for number in range(5):
        trial = Trial(polled, tmp_path / f"{seed}-{number}", server)
        moment = 3 * length * (number + moments.random()) / 5
        ends = nursery.raise_(trial.ready.folder, moment, ["serve"], ["run"])
        assert ends[0].killed, "the server ends only by force"
        trial.settle()
        trials.append(trial)
    quiet(server)
    assert sum(trial.judge() for trial in trials) <= 2 * len(trials)


@pytest.mark.parametrize(
    ("at", "copies"),
    [
        pytest.param("digest.store.editions:Editions.freeze before", 0, id="before freeze"),
        pytest.param("digest.store.editions:Editions.freeze after", 0, id="after freeze, before its commit"),
        pytest.param("digest.pipeline.publishing:_issue after", 0, id="after freeze"),
        pytest.param("digest.deliver.smtp:Smtp._hand_over before", 0, id="before MAIL"),
        pytest.param("smtplib:SMTP.docmd before", 0, id="before DATA"),
        pytest.param("digest.deliver.smtp:Smtp._body before", 0, id="after the answer to DATA"),
        pytest.param(f"{LEDGER} before 1", 0, id="after the body, before the note"),
        pytest.param(f"{LEDGER} after 1", 0, id="after the note, before the dot"),
        pytest.param("smtplib:SMTP.send after 6", None, id="after the dot, before the answer"),
        pytest.param(f"{LEDGER} before 2", 1, id="after the answer, before the commit"),
        pytest.param(f"{LEDGER} after 2", 0, id="after the commit"),
        pytest.param(f"{LEDGER} before 4", 1, id="before the commit of the second recipient"),
    ],
)
def test_killed_at_each_boundary(
    polled: Path, nursery: Nursery, server: MailServer, tmp_path: Path, at: str, copies: int | None
) -> None:
    """``copies``: second ones; None where it depends on how far the server had read."""
    trial = Trial(polled, tmp_path / "run", server, deliver=("mail",))
    [end] = nursery.raise_(trial.ready.folder, None, ["send"], at=at)
    assert end.killed
    trial.settle()
    quiet(server)
    found = trial.judge()
    assert found == copies if copies is not None else found <= 1


@pytest.mark.parametrize(
    ("at", "copies"),
    [
        pytest.param("digest.deliver.command:pipe before", 0, id="before anything"),
        pytest.param("digest.deliver.piping:tempfile.TemporaryFile after 2", 0, id="before the note"),
        pytest.param(f"{LEDGER} after 1", 0, id="after the note, before the program"),
        pytest.param("subprocess:Popen.wait before", 1, id="while the program has it"),
        pytest.param(f"{LEDGER} before 2", 1, id="after its end, before the commit"),
        pytest.param(f"{LEDGER} after 2", 0, id="after the commit"),
    ],
)
def test_killed_while_a_program_gets_the_mail(
    polled: Path, nursery: Nursery, server: MailServer, tmp_path: Path, at: str, copies: int
) -> None:
    program = tmp_path / "mailer"
    program.write_text(f"#!/bin/sh\nsleep 0.1\nf=$(mktemp {tmp_path}/part.XXXXXX)\ncat > $f\nmv $f $f.done\n")
    program.chmod(0o755)
    trial = Trial(polled, tmp_path / "run", server, deliver=("mail",))
    trial.ready.transports["mail"] = f'type = "command"\ncommand = ["{program}"]'
    trial.ready.write()
    [end] = nursery.raise_(trial.ready.folder, None, ["send"], at=at)
    assert end.killed
    trial.settle()
    for _ in range(500):  # the program that was left behind goes on by itself
        found = list(tmp_path.glob("part.*.done"))
        if len(found) >= 3 + copies:
            break
        time.sleep(0.01)
    arrived = [email.message_from_bytes(path.read_bytes()) for path in found]
    assert {one["To"] for one in arrived} == set(trial.to)
    assert (len(arrived), len({one["Message-ID"] for one in arrived})) == (3 + copies, 3)
    assert all(b"</html>" in one.get_payload()[1].get_payload(decode=True) for one in arrived)

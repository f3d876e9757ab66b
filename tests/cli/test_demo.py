"""The demo shows what the project promises: the real pipeline on the sample, with honest counts."""

from __future__ import annotations

import email
import email.policy
import json
import re
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from digest.cli import run_command


@dataclass(frozen=True)
class Shown:
    """What one demo left behind."""

    out: Path
    text: str
    editions: dict[str, dict[str, Any]]
    """By day, as frozen."""

    def top(self, day: str) -> list[dict[str, Any]]:
        found = self.editions[day]["top"]
        assert isinstance(found, list)
        return found

    def outside(self, day: str) -> list[str]:
        """Every headline of an edition that is not of its first story."""
        rest = self.top(day)[1:]
        lines = [story for section in self.editions[day]["sections"] for story in section["stories"]]
        return [title for story in (*rest, *lines) for title in titles(story)]


def titles(story: dict[str, Any]) -> list[str]:
    return [one["title"] for one in (story["lead"], *story["others"])]


def items(story: dict[str, Any]) -> set[int]:
    return {one["item_id"] for one in (story["lead"], *story["others"])}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    out = tmp_path_factory.mktemp("demo") / "out"
    done = subprocess.run(
        [sys.executable, "-m", "digest", "demo", "--out", str(out)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    database = sqlite3.connect(out / "digest.db")
    rows = database.execute("SELECT day, data FROM editions ORDER BY number").fetchall()
    database.close()
    return Shown(out, done.stdout, {day: json.loads(data) for day, data in rows})


def test_it_publishes_an_edition_for_each_of_the_four_days_and_says_where(shown: Shown) -> None:
    assert list(shown.editions) == ["2023-07-26", "2023-09-14", "2023-10-13", "2023-10-14"]
    for day in shown.editions:
        page = shown.out / "public" / Path(*day.split("-")) / "index.html"
        assert page.exists()
        assert str(page) in shown.text
    mails = list((shown.out / "outbox" / "new").iterdir())
    assert len(mails) == 4
    assert all(str(mail) in shown.text for mail in mails)


def test_no_edition_counts_as_late(shown: Shown) -> None:
    assert [edition["covers_from"] for edition in shown.editions.values()] == [None] * 4
    assert [edition["notices"] for edition in shown.editions.values()] == [[]] * 4


def test_on_13_october_the_containers_stand_first_with_at_least_eight_outlets(shown: Shown) -> None:
    first = shown.top("2023-10-13")[0]
    assert "containers" in first["lead"]["title"]
    assert first["voices"] >= 9
    assert len(first["outlets"]) == first["voices"]


def test_an_exact_wire_copy_adds_no_voice(shown: Shown) -> None:
    first = shown.top("2023-10-13")[0]
    assert first["copies"] == 1
    assert first["reports"] == first["voices"] + first["copies"]


def test_what_is_near_but_another_event_stands_outside(shown: Shown) -> None:
    containers = " ".join(titles(shown.top("2023-10-13")[0])).lower()
    outside = " ".join(shown.outside("2023-10-13")).lower()
    for word in ("drill", "busan", "grain", "freight"):
        assert word not in containers
        assert word in outside


def test_reports_in_another_language_stand_alone(shown: Shown) -> None:
    alone = [one for section in shown.editions["2023-10-13"]["sections"] for one in section["stories"]]
    for language in ("es", "ja"):
        assert any(one["lead"]["language"] == language and one["voices"] == 1 for one in alone)


def test_on_14_october_the_story_goes_on_and_shows_only_what_is_new(shown: Shown) -> None:
    before, after = shown.top("2023-10-13")[0], shown.top("2023-10-14")[0]
    assert after["story_id"] == before["story_id"]
    assert after["day"] == 2
    assert after["reason"] == "day 2 of this story, thread since 26 July: 8 new reports"
    assert not items(after) & items(before)
    assert after["reports"] > before["reports"]
    assert after["copies"] == 3


ARMS = ("Shoigu tours Pyongyang", "Kim Jong Un meets Putin", "shipped over 1,000 containers")
TRAPS = ("drill rehearses", "aircraft carrier", "Freight prices fall", "Moscow grain", "Corea del Norte", "月白")


def test_the_arms_thread_runs_from_july_to_october_with_the_traps_outside(shown: Shown) -> None:
    """Visit, journey and containers are three stories of one thread; what only sounds alike is in none of them."""
    database = sqlite3.connect(shown.out / "digest.db")
    rows = database.execute(
        """SELECT thread_id, story_id, title, outlet FROM items JOIN stories ON stories.id = items.story_id
           ORDER BY published"""
    ).fetchall()
    database.close()
    linked = {thread for thread, *_ in rows if len({story for other, story, *_ in rows if other == thread}) > 1}
    assert len(linked) == 1
    inside = [title for thread, _, title, _ in rows if thread in linked]
    stories = {story for thread, story, *_ in rows if thread in linked}
    assert len(stories) == 3
    for title in ARMS:
        assert any(title in one for one in inside), title
    for title in TRAPS:
        assert not any(title in one for one in inside), title
    carrier, drill = (
        next(story for _, story, title, _ in rows if text in title) for text in ("aircraft carrier", "drill rehearses")
    )
    assert carrier != drill


def test_a_rebuild_of_the_sample_moves_nothing(shown: Shown, capsys) -> None:
    """Hour by hour, as a rebuild replays them, the items come together as they did in four polls."""
    arguments = ["threads", "rebuild", "--dry-run", "--config", str(shown.out / "config.toml")]
    assert run_command(arguments) == 0
    assert "0 items in another story" in capsys.readouterr().out


def test_an_edition_says_since_when_the_thread_runs(shown: Shown) -> None:
    """The digest remembers the matter over months, and when it told of it last."""
    assert shown.top("2023-09-14")[0]["reason"] == "thread since 26 July: 6 new reports from 6 outlets"
    containers = shown.top("2023-10-13")[0]
    assert containers["reason"] == "thread since 26 July: 10 new reports from 10 outlets"
    assert (containers["earlier"], containers["earlier_day"]) == ("2023/09/14/", "2023-09-14")
    page = (shown.out / "public" / "2023" / "10" / "13" / "index.html").read_text(encoding="utf-8")
    assert '<a href="../../../2023/09/14/index.html">last told 14 Sep</a>' in page


def test_reprints_of_one_agency_text_are_told_as_such(shown: Shown) -> None:
    """Five outlets print the agency's text; it counts once."""
    [wire] = shown.top("2023-10-14")[0]["wires"]
    assert (wire["agency"], wire["outlets"], len(wire["copies"])) == ("AP", 5, 3)


REASON = re.compile(
    r"day \d+ of this story(?:, thread since \d+ \w+)?: \d+ new reports?"
    r"|thread since \d+ \w+: \d+ new reports? from \d+ outlets?|\d+ new reports?, \d+ in all|\d+ of your feeds"
)


def test_every_top_story_has_one_reason_in_both_parts_of_the_mail_and_on_the_page(shown: Shown) -> None:
    mails = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in (shown.out / "outbox" / "new").iterdir()
    ]
    assert len(mails) == len(shown.editions)
    for made in mails:
        parts = {kind: made.get_body((kind,)) for kind in ("plain", "html")}
        texts = {kind: part.get_content() if part else "" for kind, part in parts.items()}
        day = f"{made['Date'].datetime:%Y-%m-%d}"
        page = (shown.out / "public" / Path(*day.split("-")) / "index.html").read_text()
        reasons = [story["reason"] for story in shown.top(day)]
        assert reasons
        assert all(REASON.fullmatch(reason) for reason in reasons), reasons
        plain = " ".join(texts["plain"].partition("TOP STORIES")[2].split())
        plain = plain.partition(" WORLD (")[0]
        for text in (plain, texts["html"], page):
            assert REASON.findall(text) == reasons


def test_a_mail_can_be_read_by_any_mail_program(shown: Shown) -> None:
    for path in (shown.out / "outbox" / "new").iterdir():
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert not message.defects
        assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_a_second_demo_makes_anew_what_the_first_made_and_nothing_else(tmp_path: Path) -> None:
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "digest", "demo", "--out", str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert len(list((tmp_path / "outbox" / "new").iterdir())) == 4
        (tmp_path / "notes.txt").write_text("mine")
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_folder_that_the_demo_did_not_make_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("mine")
    done = subprocess.run(
        [sys.executable, "-m", "digest", "demo", "--out", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "was not made by the demo" in done.stderr
    assert (tmp_path / "letters.txt").read_text() == "mine"

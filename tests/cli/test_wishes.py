"""Threads and words followed or muted, outlets starred, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.prepared import Prepared

from digest import pipeline
from digest.cli import run_command


@pytest.fixture
def ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Prepared:
    made = Prepared(tmp_path)
    with made.store() as store:
        pipeline.thread_items(store, made.settings)
    monkeypatch.chdir(tmp_path)
    return made


def test_each_says_what_it_did_and_stands_in_the_list_until_it_is_undone(
    ready: Prepared, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ("--now", "2023-10-13T07:30:00Z")
    for arguments, told in (
        (("threads", "follow", "1"), "followed the thread: Dam breaks above Vellmoor"),
        (("words", "mute", "rye", "--for", "2d"), "muted the word until Sun 15 Oct 2023, 07:30: rye"),
        (("words", "follow", "北京"), "followed the word: 北京"),
        (("feeds", "star", "alpha.example"), "starred the outlet: Alpha"),
        (("threads", "mute", "2"), "muted until Fri 20 Oct 2023, 07:30: Bücherei öffnet sonntags"),
    ):
        assert run_command([*arguments, *at]) == 0
        assert capsys.readouterr().out.startswith(f"{told}\ndecision ")
    run_command(["decisions"])
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == ["1", "2", "3", "4", "5"]
    run_command(["words", *at])
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["2", "3"]
    for number in range(1, 6):
        assert run_command(["decisions", "undo", str(number), *at]) == 0
    capsys.readouterr()
    run_command(["words", "--json", *at])
    assert json.loads(capsys.readouterr().out) == {"decisions": []}


@pytest.mark.parametrize(
    ("arguments", "cure"),
    [
        (("threads", "follow", "99"), "there is no thread 99"),
        (("words", "mute", "..."), "has no letter or digit"),
        (("words", "follow", "/(/"), "is no pattern"),
        (("feeds", "star", "nobody"), "no report of an outlet 'nobody' is stored; name its domain"),
    ],
)
def test_what_means_nothing_is_the_operators_to_mend(
    ready: Prepared, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], cure: str
) -> None:
    assert run_command(list(arguments)) == 2
    assert cure in capsys.readouterr().err


def test_a_word_without_its_own_decision_is_not_listed(ready: Prepared, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["words"]) == 0
    assert "no word is muted or followed by a decision" in capsys.readouterr().out


def test_a_followed_thread_says_so_where_it_is_shown(ready: Prepared, capsys: pytest.CaptureFixture[str]) -> None:
    run_command(["threads", "follow", "1"])
    capsys.readouterr()
    run_command(["threads", "show", "1"])
    assert "followed: it comes to the top of every edition that has news of it" in capsys.readouterr().out

"""digest search: what it finds, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.archive import Archive

from digest.cli import run_command
from digest.pipeline.indexing import index_items

CONFIG = """
database = "digest.db"
timezone = "Europe/Berlin"

[[feeds]]
url = "https://coastdaily.example/feed.xml"
title = "Coast Daily"
section = "Coast"

[[feeds]]
url = "https://valleywire.example/feed.xml"
title = "Valley Wire"
private = true

[digests.daily]
title = "Morning paper"
"""


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    (tmp_path / "config.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    made = Archive(tmp_path)
    made.flood()
    made.group()
    index_items(made.store)
    return made


def test_items_are_listed_with_number_time_outlet_and_address(
    archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["search", "VELLMOOR", "wall", "--outlet", "coast"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert "Coast Daily: Dam breaks above Vellmoor, valley flooded" in out[0]
    assert out[1].strip().startswith("https://coastdaily.example/")


def test_what_the_shell_took_the_quotes_from_is_a_phrase(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["search", "dam gives way"]) == 0
    assert "Valley Wire" in capsys.readouterr().out
    assert run_command(["search", "way gives dam"]) == 1
    assert run_command(["search", "dam", "-breaks", "--limit", "5"]) == 0
    out = capsys.readouterr().out
    assert "Valley Wire" in out
    assert "Coast Daily" not in out


def test_programs_get_one_document_without_private_addresses(
    archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["search", "vellmoor", "--json", "--by-date"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["found"], told["more"], told["searchable"], told["stored"]) == (3, False, 15, 15)
    by_feed = {one["item"]["feed"]: one for one in told["results"]}
    assert by_feed["Valley Wire"]["item"]["url"] is None
    assert by_feed["Coast Daily"]["item"]["url"].startswith("https://coastdaily.example/")
    assert len({one["thread"] for one in told["results"]}) == 1


def test_days_sections_and_feeds_narrow_it(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["search", "vellmoor", "--section", "coast"]) == 0
    assert capsys.readouterr().out.count("Coast Daily: ") == 1
    assert run_command(["search", "vellmoor", "--feed", "valley"]) == 0
    assert run_command(["search", "vellmoor", "--after", "2024-03-05"]) == 1
    assert run_command(["search", "vellmoor", "--before", "2024-03-05", "--after", "2024-03-04"]) == 0


def test_nothing_found_is_said_with_what_may_help(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["search", "walrus"]) == 1
    assert "nothing found in 15 items" in capsys.readouterr().out
    assert run_command(["search", '"']) == 1
    assert "no word in that" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("narrowed", "told"),
    [
        (("--thread", "999"), "there is no thread 999; `digest threads` lists those there are"),
        (("--feed", "nosuch"), "no feed's title has 'nosuch'; choose from: Coast Daily, Valley Wire"),
        (("--feed", "coast dialy"), "no feed's title has 'coast dialy'; did you mean 'Coast Daily'?"),
        (("--feed", "999"), "no feed's title has '999'; choose from: Coast Daily, Valley Wire"),
        (("--section", "nosuch"), "there is no section 'nosuch'; choose from: Coast, News"),
        (
            ("--outlet", "nosuch"),
            "nothing found there; without --feed, --section, --outlet, --thread and days there are 3 items",
        ),
    ],
)
def test_what_narrows_a_search_to_nothing_is_blamed_and_not_the_words(
    archive: Archive, capsys: pytest.CaptureFixture[str], narrowed: tuple[str, ...], told: str
) -> None:
    assert run_command(["search", "vellmoor", *narrowed]) == 1
    assert capsys.readouterr().out == f"{told}\n"


def test_words_that_are_nowhere_are_to_blame_all_the_same(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["search", "walrus", "--feed", "coast"]) == 1
    assert "nothing found in 15 items; try fewer words" in capsys.readouterr().out


def test_days_that_leave_none_are_a_mistake(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    for before, how in (("2024-03-04", "later than"), ("2024-03-05", "the same as")):
        assert run_command(["search", "vellmoor", "--after", "2024-03-05", "--before", before]) == 2
        told = f"--after 2024-03-05 is {how} --before {before}, which leaves no day"
        assert told in capsys.readouterr().err


def test_a_day_at_the_end_of_time_is_refused(archive: Archive, capsys: pytest.CaptureFixture[str]) -> None:
    for option, day in (("--before", "0001-01-01"), ("--after", "9999-12-31")):
        assert run_command(["search", "vellmoor", option, day]) == 2
        assert f"'{day}' is too far away; write a day between 1970 and 9000" in capsys.readouterr().err


def test_a_database_that_is_not_there_yet_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    assert run_command(["search", "walrus"]) == 1
    assert "nothing found in 0 items" in capsys.readouterr().out
    assert not (tmp_path / "digest.db").exists()

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


def test_a_database_that_is_not_there_yet_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    assert run_command(["search", "walrus"]) == 1
    assert "nothing found in 0 items" in capsys.readouterr().out
    assert not (tmp_path / "digest.db").exists()

"""digest next: the coming runs, in the digest's own time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.feedserver import FeedServer
from support.world import World, item

from digest.cli.next import in_words


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with FeedServer() as server:
        made = World(tmp_path, server)
        made.feed("alpha", item("Dam breaks above Vellmoor"))
        yield made


def configure(world: World, *lines: str, extra: str = "") -> None:
    world.configure(extra=extra)
    config = world.folder / "config.toml"
    config.write_text(config.read_text().replace("[digests.daily]", "\n".join(("[digests.daily]", *lines))))


def lines(world: World, *arguments: str) -> list[str]:
    done = world.digest("next", *arguments)
    assert (done.code, done.err) == (0, "")
    return done.out.splitlines()


def test_the_coming_runs_are_shown_with_their_offset_and_the_time_until_then(world: World) -> None:
    configure(world, 'timezone = "Europe/Berlin"')
    assert lines(world, "--now", "2025-03-28T23:40:00Z") == [
        "Morning paper (daily), Europe/Berlin",
        "  Sat 29 Mar 2025, 07:00 CET (+01:00)  in 6 h 20 min",
        "  Sun 30 Mar 2025, 07:00 CEST (+02:00)  in 1 day 5 h",
        "  Mon 31 Mar 2025, 07:00 CEST (+02:00)  in 2 days 5 h",
        "feeds: 1 feed is asked now",
    ]


def test_a_time_that_the_clock_skips_or_repeats_is_explained(world: World) -> None:
    configure(world, 'at = "02:30"', 'timezone = "Europe/Berlin"')
    assert lines(world, "--now", "2025-03-29T12:00:00Z", "--count", "1")[1] == (
        "  Sun 30 Mar 2025, 03:00 CEST (+02:00)  in 13 h; the clock skips 02:30 that day, so it comes right after"
    )
    assert lines(world, "--now", "2025-10-25T12:00:00Z", "--count", "2")[1:3] == [
        "  Sun 26 Oct 2025, 02:30 CEST (+02:00)  in 12 h 30 min; "
        "the clock shows 02:30 twice that day, the first time counts",
        "  Mon 27 Oct 2025, 02:30 CET (+01:00)  in 1 day 13 h",
    ]


def test_a_day_that_the_zone_skips_has_no_run_and_a_zone_without_letters_shows_its_offset_alone(world: World) -> None:
    configure(world, 'timezone = "Pacific/Apia"')
    assert [line.split("  ")[1] for line in lines(world, "--now", "2011-12-28T20:00:00Z")[1:4]] == [
        "Thu 29 Dec 2011, 07:00 (-10:00)",
        "Sat 31 Dec 2011, 07:00 (+14:00)",
        "Sun 1 Jan 2012, 07:00 (+14:00)",
    ]


def test_one_digest_may_be_named_and_another_name_is_refused(world: World) -> None:
    configure(world, extra='[digests.weekly]\ndays = ["mon"]\ndeliver = ["outbox"]\ntitle = "Weekly"')
    assert lines(world, "weekly", "--now", "2023-10-13T12:00:00Z", "--count", "2") == [
        "Weekly (weekly), UTC",
        "  Mon 16 Oct 2023, 07:00 UTC (+00:00)  in 2 days 19 h",
        "  Mon 23 Oct 2023, 07:00 UTC (+00:00)  in 9 days 19 h",
        "feeds: 1 feed is asked now",
    ]
    done = world.digest("next", "monthly")
    config = world.folder / "config.toml"
    assert (done.code, done.err) == (2, f"digest: no digest 'monthly' in {config}; there is: daily, weekly\n")


def test_the_next_poll_is_when_the_poll_itself_would_ask(world: World) -> None:
    """An hour after the last one, or half an hour before an edition, whichever comes first."""
    configure(world, 'at = "12:00"')
    world.digest("poll", "--now", "2023-10-13T06:00:00Z")
    [said] = [line for line in lines(world, "--now", "2023-10-13T06:10:00Z") if line.startswith("feeds: ")]
    assert said.startswith("feeds: 1 feed is asked Fri 13 Oct 2023, 06:5")
    poll = world.digest("next", "--now", "2023-10-13T06:10:00Z", "--json").json["next_poll"]
    asked = len(world.server.requests)
    world.digest("poll", "--now", "2023-10-13T06:50:00Z")
    assert len(world.server.requests) == asked
    world.digest("poll", "--now", poll)
    assert len(world.server.requests) == asked + 1


def test_a_run_that_was_missed_is_said(world: World) -> None:
    configure(world)
    world.digest("run", "--now", "2023-10-13T08:00:00Z")
    assert lines(world, "--now", "2023-10-15T06:00:00Z", "--count", "1")[1:3] == [
        "  Sat 14 Oct 2023, 07:00 UTC (+00:00)  missed; made up for as soon as `digest serve` runs",
        "  Sun 15 Oct 2023, 07:00 UTC (+00:00)  in 1 h",
    ]


def test_programs_get_utc_and_local_time(world: World) -> None:
    configure(world, 'timezone = "Asia/Kolkata"')
    told = world.digest("next", "--now", "2023-10-13T12:00:00Z", "--count", "1", "--json").json
    assert told == {
        "digests": [
            {
                "name": "daily", "title": "Morning paper", "timezone": "Asia/Kolkata", "overdue": None,
                "runs": [
                    {"at": "2023-10-14T01:30:00+00:00", "local": "2023-10-14T07:00:00+05:30", "seconds": 48600.0,
                     "note": None},
                ],
            }
        ],
        "next_poll": told["next_poll"],
        "feeds_then": 1,
    }  # fmt: skip


def test_a_machine_without_time_zones_knows_them_all_the_same(world: World) -> None:
    configure(world, 'timezone = "Europe/Berlin"')
    done = subprocess.run(
        [sys.executable, "-m", "digest", "next", "--now", "2025-03-29T12:00:00Z", "--count", "1"],
        cwd=world.folder, capture_output=True, text=True, env=os.environ | {"PYTHONTZPATH": "", "TZ": "Nowhere/Atall"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Sun 30 Mar 2025, 07:00 CEST (+02:00)" in done.stdout


def test_without_feeds_it_says_so(world: World) -> None:
    (world.folder / "config.toml").write_text("")
    assert lines(world)[-1] == "feeds: there is none yet"


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=1), "in 1 min"),
        (timedelta(minutes=59), "in 59 min"),
        (timedelta(hours=3, minutes=20, seconds=20), "in 3 h 20 min"),
        (timedelta(days=1), "in 1 day"),
        (timedelta(days=2, minutes=5), "in 2 days 5 min"),
        (timedelta(days=9, hours=23, minutes=59), "in 9 days 23 h"),
    ],
)
def test_spans_are_said_in_two_units(span: timedelta, words: str) -> None:
    assert in_words(span) == words

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.feeds.health import health, moved
from digest.model import Condition, FeedHealth, FeedState

NOW = datetime(2023, 10, 13, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FINE = FeedState(7, "https://old.example/feed", "World", last_try=NOW - HOUR, last_success=NOW - HOUR, last_status=200)
DOWN = replace(FINE, failures=3, failing_since=NOW - DAY, last_status=404, last_error="404 Not Found: look elsewhere")


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (replace(FINE, last_try=None, last_success=None), FeedHealth(Condition.NEW)),
        (FINE, FeedHealth(Condition.FINE)),
        (replace(FINE, held_until=NOW + HOUR), FeedHealth(Condition.FINE)),
        (DOWN, FeedHealth(Condition.FAILING, NOW - DAY, "404 Not Found: look elsewhere")),
        (
            replace(DOWN, last_status=503, last_error="503", held_until=NOW + HOUR),
            FeedHealth(Condition.WAITING, NOW - DAY, "503", NOW + HOUR),
        ),
        (
            replace(DOWN, last_status=429, last_error="429", held_until=NOW - HOUR),
            FeedHealth(Condition.WAITING, NOW - DAY, "429"),
        ),
        (
            replace(DOWN, last_status=410, last_error="410 Gone", stopped=NOW - HOUR, gone=2),
            FeedHealth(Condition.GONE, NOW - HOUR, "410 Gone"),
        ),
        (
            replace(FINE, merged_into=8, moved=NOW - DAY),
            FeedHealth(Condition.MERGED, NOW - DAY, "its address leads to that of another feed that you read"),
        ),
    ],
    ids=["new", "fine", "fine and fresh", "failing", "overloaded", "overloaded before", "gone", "merged"],
)
def test_a_feeds_state_in_words(state, expected):
    assert health(state, NOW) == expected


def test_a_paused_host_makes_its_feeds_wait():
    assert health(FINE, NOW, NOW + HOUR) == FeedHealth(
        Condition.WAITING, None, "another feed of its host was told to come later", NOW + HOUR
    )
    assert health(FINE, NOW, NOW).condition is Condition.FINE


@pytest.mark.parametrize(
    ("gap", "silence", "quiet"),
    [
        (HOUR, 2 * DAY, False),
        (HOUR, 4 * DAY, True),
        (DAY, 2.5 * DAY, False),
        (DAY, 4 * DAY, True),
        (7 * DAY, 13 * DAY, False),
        (7 * DAY, 15 * DAY, True),
    ],
)
def test_quiet_is_a_silence_of_twice_the_longest_pause_and_three_days(gap, silence, quiet):
    state = replace(FINE, recent=tuple(NOW - silence - n * gap for n in range(10)))
    told = health(state, NOW)
    assert (told.condition is Condition.QUIET) == quiet
    assert told.since == (NOW - silence if quiet else None)


def test_a_feed_that_nobody_asked_meanwhile_is_not_called_quiet():
    """A database that lay there for years."""
    left = NOW - 999 * DAY
    state = replace(FINE, last_try=left, last_success=left, recent=tuple(left - n * HOUR for n in range(10)))
    assert health(state, NOW).condition is Condition.FINE
    assert health(replace(state, last_try=NOW, last_success=NOW), NOW).condition is Condition.QUIET


def test_a_few_items_make_no_habit():
    assert health(replace(FINE, recent=(NOW - 99 * DAY, NOW - 100 * DAY)), NOW).condition is Condition.FINE


def test_a_move_of_a_private_feed_names_no_host():
    state = replace(FINE, moved_to="https://new.example/feed?token=1", moved=NOW)
    assert moved(state) == "it has moved for good and is asked at its new address, new.example, from now on"
    assert "new.example" not in moved(replace(state, private=True))
    assert "another feed" in moved(replace(state, merged_into=8))

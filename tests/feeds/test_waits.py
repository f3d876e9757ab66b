from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds import waits
from digest.model import Rhythm

NOW = datetime(2023, 10, 13, 6, 0, tzinfo=UTC)  # a Friday
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("gaps", "interval"),
    [
        ([], HOUR),
        ([4], 2 * HOUR),
        ([0.1, 0.1, 0.1], HOUR),
        ([6, 6, 6, 1, 100], 3 * HOUR),
        ([2, 4], 1.5 * HOUR),
        ([0, 0, 0], HOUR),
        ([24 * 7] * 10, DAY),
        ([400, 400, 400, *[5] * 19], 2.5 * HOUR),
    ],
    ids=[
        "one item",
        "two items",
        "a busy one",
        "median",
        "even number",
        "all at once",
        "weekly",
        "only the last twenty",
    ],
)
def test_own_interval_is_half_the_median_gap_of_the_last_twenty_items(gaps, interval):
    times = [NOW]
    for hours in reversed(gaps):
        times.append(times[-1] - timedelta(hours=hours))
    assert waits.own_interval(times, HOUR) == interval


@pytest.mark.parametrize("every", [timedelta(minutes=15), HOUR, timedelta(days=3)])
@given(times=st.lists(st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))))  # noqa: DTZ001
def test_own_interval_lies_between_every_and_a_day(every, times):
    assert every <= waits.own_interval(times, every) <= max(every, DAY)


def test_dates_that_lie_ahead_count_as_now():
    times = waits.newest([NOW + 5 * DAY, NOW - HOUR, *[NOW - n * DAY for n in range(30)]], NOW)
    assert times[:3] == (NOW, NOW, NOW - HOUR)
    assert len(times) == 20


@pytest.mark.parametrize(
    ("hours", "days", "moment", "expected"),
    [
        ((), (), NOW, NOW),
        ((6,), (), NOW + timedelta(minutes=20), NOW + HOUR),
        ((6, 7, 8), (), NOW, NOW + 3 * HOUR),
        ((7,), (), NOW, NOW),
        ((), (4,), NOW, NOW + timedelta(hours=18)),
        ((), (4, 5, 6), NOW, NOW + DAY),
        (range(24), (), NOW, NOW + DAY),
        (range(24), (), NOW + 2 * DAY, NOW + 2 * DAY),
    ],
)
def test_skipped_hours_and_days_put_a_poll_off_by_a_day_at_most(hours, days, moment, expected):
    assert waits.awake(Rhythm(hours=frozenset(hours), days=frozenset(days)), moment, NOW) == expected


def test_a_feed_that_was_silent_for_a_day_is_asked_in_a_skipped_hour():
    always = Rhythm(hours=frozenset(range(24)))
    assert waits.awake(always, NOW, NOW - DAY) == NOW
    assert waits.awake(always, NOW, NOW - 23 * HOUR) == NOW + HOUR

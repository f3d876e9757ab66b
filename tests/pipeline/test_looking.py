"""What is told of feeds and digests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.pipeline.activity import per_week

NOW = datetime(2023, 10, 14, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("items", "oldest", "rate"),
    [
        (40, timedelta(days=300), 10.0),  # four weeks back
        (0, timedelta(days=300), 0.0),
        (20, timedelta(days=2), 70.0),  # a feed that lists two days only
        (5, timedelta(hours=1), 35.0),  # at least a day
        (5, timedelta(hours=-1), 35.0),  # a date ahead
    ],
)
def test_items_a_week_count_over_the_time_that_is_known(items: int, oldest: timedelta, rate: float) -> None:
    assert per_week(items, NOW - oldest, NOW) == rate

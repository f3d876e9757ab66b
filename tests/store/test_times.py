"""Stored times compare as text as they do as times."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from digest.store.times import iso, when

MOMENTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=st.timezones())  # noqa: DTZ001 (bounds, as hypothesis wants them)


@given(MOMENTS, MOMENTS)
def test_text_order_is_time_order(one: datetime, other: datetime) -> None:
    assert (iso(one) < iso(other)) == (one.astimezone(UTC) < other.astimezone(UTC))


@given(MOMENTS)
def test_a_stored_time_comes_back_as_it_was(moment: datetime) -> None:
    assert when(iso(moment)) == moment.astimezone(UTC)
    assert len(iso(moment)) == len("2023-10-13T18:00:00.000000Z")

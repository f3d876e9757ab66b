"""Slots: the wall clock of a zone, with its two odd nights, its skipped days, and a machine that slept."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.config import WEEKDAYS, Digest
from digest.editions import slots

ZONES = (
    "Europe/Berlin",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Nuuk",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kolkata",
    "UTC",
)
DAY = timedelta(days=1)


def at(text: str, zone: str = "UTC", **more: object) -> Digest:
    return Digest(at=time.fromisoformat(text), timezone=zone, **more)


def when(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def run(digest: Digest, start: str, times: int) -> list[str]:
    """The slots from ``start`` on, in UTC."""
    now, found = when(start), []
    for _ in range(times):
        following = slots.following(digest, now)
        assert following is not None
        now = following
        found.append(f"{now:%Y-%m-%d %H:%M}")
    return found


def test_a_slot_is_the_latest_from_its_first_moment_on():
    digest = at("07:00", "Europe/Berlin")
    assert slots.latest(digest, when("2023-10-13 04:59:59")) == when("2023-10-12 05:00")
    assert slots.latest(digest, when("2023-10-13 05:00")) == when("2023-10-13 05:00")
    assert slots.following(digest, when("2023-10-13 05:00")) == when("2023-10-14 05:00")


def test_a_time_that_spring_skips_comes_right_after_the_gap():
    assert run(at("02:30", "Europe/Berlin"), "2025-03-29 12:00", 2) == ["2025-03-30 01:00", "2025-03-31 00:30"]


def test_a_gap_of_half_an_hour_ends_where_it_ends():
    """Lord Howe goes from 02:00 to 02:30."""
    assert run(at("02:15", "Australia/Lord_Howe"), "2024-10-05 12:00", 1) == ["2024-10-05 15:30"]


def test_a_gap_at_midnight_keeps_its_day():
    """São Paulo, 4 November 2018: 00:00 does not exist, 01:00 follows 23:59."""
    expected = ["2018-11-03 03:00", "2018-11-04 03:00", "2018-11-05 02:00"]
    assert run(at("00:00", "America/Sao_Paulo"), "2018-11-02 12:00", 3) == expected


def test_a_gap_that_ends_on_the_next_day_loses_no_edition():
    """Nuuk, 30 March 2024: midnight of the 31st follows 22:59."""
    expected = ["2024-03-30 01:30", "2024-03-31 01:00", "2024-04-01 00:30"]
    assert run(at("23:30", "America/Nuuk"), "2024-03-29 12:00", 3) == expected


def test_a_time_that_autumn_repeats_comes_once_the_first_time():
    expected = ["2025-10-26 00:30", "2025-10-27 01:30"]
    assert run(at("02:30", "Europe/Berlin"), "2025-10-25 12:00", 2) == expected


def test_a_day_that_a_zone_skips_has_no_slot():
    """Apia had no 30 December 2011."""
    expected = ["2011-12-28 17:00", "2011-12-29 17:00", "2011-12-30 17:00", "2011-12-31 17:00"]
    assert run(at("07:00", "Pacific/Apia"), "2011-12-28 00:00", 4) == expected


def test_a_weekly_digest_whose_day_was_skipped_comes_a_week_later():
    digest = at("07:00", "Pacific/Apia", days=("fri",))
    assert slots.following(digest, when("2011-12-24 00:00")) == when("2012-01-05 17:00")
    assert slots.latest(digest, when("2012-01-05 00:00")) == when("2011-12-23 17:00")


def test_only_the_days_of_the_digest_count():
    digest = at("07:00", days=("mon", "thu"))
    assert run(digest, "2023-10-13 12:00", 3) == ["2023-10-16 07:00", "2023-10-19 07:00", "2023-10-23 07:00"]


def test_a_machine_that_slept_for_three_days_has_missed_what_lies_between():
    digest = at("07:00")
    slot = slots.latest(digest, when("2023-10-16 09:00"))
    assert slot == when("2023-10-16 07:00")
    assert slots.missed(digest, when("2023-10-13 07:00"), slot) == (when("2023-10-14 07:00"), when("2023-10-15 07:00"))


def test_nothing_is_missed_between_two_slots_in_a_row():
    assert slots.missed(at("07:00"), when("2023-10-13 07:00"), when("2023-10-14 07:00")) == ()


def test_a_clock_set_back_an_hour_has_missed_nothing():
    digest = at("07:00")
    assert slots.missed(digest, when("2023-10-13 07:00"), when("2023-10-12 07:00")) == ()


def test_a_long_sleep_is_counted_whole():
    assert len(slots.missed(at("07:00"), when("2023-01-01 07:00"), when("2023-12-31 07:00"))) == 363


digests = st.builds(
    Digest,
    at=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    timezone=st.sampled_from(ZONES),
    days=st.sets(st.sampled_from(WEEKDAYS), min_size=1).map(tuple),
)
moments = st.one_of(
    st.datetimes(datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2037-01-01"), timezones=st.just(UTC)),
    # around what is odd: both changes of Berlin, Lord Howe's, Nuuk's, Apia's missing day
    st.sampled_from(("2025-03-30", "2025-10-26", "2024-04-07", "2024-10-06", "2024-03-31", "2011-12-30", "2018-11-04"))
    .map(lambda text: when(f"{text} 00:00"))
    .flatmap(lambda day: st.timedeltas(-2 * DAY, 2 * DAY).map(lambda shift: day + shift)),
)


@given(digests, moments)
def test_the_latest_is_past_the_following_to_come_and_nothing_lies_between(digest: Digest, now: datetime):
    latest, following = slots.latest(digest, now), slots.following(digest, now)
    assert latest is not None
    assert following is not None
    assert latest <= now < following
    assert slots.following(digest, latest) == following
    assert slots.latest(digest, following - timedelta(microseconds=1)) == latest
    assert slots.missed(digest, latest, following) == ()


@settings(max_examples=50)
@given(digests, moments)
def test_every_local_day_that_is_listed_has_exactly_one_slot(digest: Digest, now: datetime):
    zone = ZoneInfo(digest.timezone)
    found, moment = [], now
    while (moment := slots.following(digest, moment)) < now + 21 * DAY:
        found.append(moment)
    first, last = now.astimezone(zone).date() + DAY, (now + 21 * DAY).astimezone(zone).date() - DAY
    listed = [
        day
        for day in (first + offset * DAY for offset in range((last - first).days))
        if WEEKDAYS[day.weekday()] in digest.days
        and not (digest.timezone == "Pacific/Apia" and day == date(2011, 12, 30))
    ]
    # A slot behind a gap that crosses midnight belongs to the day before.
    belongs = [
        (slot - timedelta(hours=1)).astimezone(zone).date() if _moved(slot, digest) else slot.astimezone(zone).date()
        for slot in found
    ]
    assert [day for day in belongs if first <= day < last] == listed


def _moved(slot: datetime, digest: Digest) -> bool:
    return slot.astimezone(ZoneInfo(digest.timezone)).time().replace(fold=0) != digest.at


@pytest.mark.parametrize("zone", ZONES)
def test_slots_are_in_utc(zone: str):
    slot = slots.latest(at("07:00", zone), when("2023-10-13 12:00"))
    assert slot is not None
    assert slot.tzinfo is UTC


@pytest.mark.parametrize(("now", "near"), [("06:29", False), ("06:30", True), ("06:59", True), ("07:00", False)])
def test_an_edition_is_near_in_the_half_hour_before_it(now: str, near: bool) -> None:
    digests = [at("07:00"), at("21:00", days=("sun",))]
    assert slots.is_near(digests, when(f"2023-10-13 {now}")) == near
    assert not slots.is_near([], when("2023-10-13 06:45"))

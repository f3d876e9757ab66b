"""Dates as feeds write them."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds import dates

NOON = datetime(2023, 10, 13, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "Fri, 13 Oct 2023 12:00:00 GMT",
        "Fri, 13 Oct 2023 12:00:00 +0000",
        "Fri, 13 Oct 2023 14:00:00 +02:00",
        "Fri, 13 Oct 2023 14:00:00 GMT+0200",
        "Fri, 13 Oct 2023 14:00:00 +0200 (CEST)",
        "13 Oct 2023 12:00",
        "13 Oct 23 12:00 UT",
        "Friday, 13-Oct-23 12:00:00 GMT",
        "Fri, 13 October 2023 12:00:00 Z",
        "Fri,13 Oct 2023 12:00:00 GMT",
        "Oct 13, 2023 8:00 AM EDT",
        "Fri Oct 13 12:00:00 2023",
        "Fri Oct 13 12:00:00 UTC 2023",
        "2023-10-13T12:00:00Z",
        "2023-10-13T12:00:00.123456Z",
        "2023-10-13T17:30:00+05:30",
        "2023-10-13 14:00 +0200",
        "2023/10/13 12:00:00",
        "20231013T120000Z",
        "1697198400",
        "1697198400000",
        "13 oct. 2023 12:00",
        "vie, 13 octubre 2023 12:00:00 GMT",
        "Пт, 13 окт 2023 15:00:00 MSK",
        "Fr, 13 Okt 2023 14:00:00 MESZ",
        "2023年10月13日 21:00",
        "2023년 10월 13일 21시 00분",
    ],
)
def test_one_moment_in_many_spellings(written: str) -> None:
    assert dates.read(written) is not None
    assert abs(dates.read(written) - NOON) < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("zone", "clock"),
    [
        ("IST", "17:30"), ("PKT", "17:00"), ("KST", "21:00"), ("JST", "21:00"), ("MSK", "15:00"), ("EST", "07:00"),
        ("EDT", "08:00"), ("PDT", "05:00"), ("CET", "13:00"), ("CEST", "14:00"), ("BST", "13:00"), ("AEDT", "23:00"),
        ("NPT", "17:45"), ("HKT", "20:00"), ("WIB", "19:00"), ("SAST", "14:00"), ("BRT", "09:00"), ("XYZ", "12:00"),
    ],
)  # fmt: skip
def test_zone_names_are_read_as_rss_writers_use_them(zone: str, clock: str) -> None:
    assert dates.read(f"Fri, 13 Oct 2023 {clock}:00 {zone}") == NOON


@pytest.mark.parametrize(("country", "hour"), [("", 6.5), ("in", 6.5), ("il", 10), ("ie", 11)])
def test_ist_depends_on_the_outlets_country(country: str, hour: float) -> None:
    assert dates.read("Fri, 13 Oct 2023 12:00 IST", country=country) == NOON - timedelta(hours=12 - hour)


def test_thirteen_six_in_india_is_seven_thirty_six_utc() -> None:
    assert dates.read("Sat, 14 Oct 2023 13:06 IST") == datetime(2023, 10, 14, 7, 36, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "", "yesterday", "Mon, 01 Jan 0001 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "0", "1772", "1989-12-31",
        "Fri, 32 Oct 2023 12:00 GMT", "2023-13-01", "Fri, 13 Oct 2023 25:00 GMT", "Fri, 13 Oct 2023 12:00:00 +9999",
        "99999999999999999999", "Fri, 13 Foo 2023 12:00 GMT",
    ],
)  # fmt: skip
def test_what_is_no_sane_date_is_none(written: str) -> None:
    assert dates.read(written) is None


def test_a_form_of_its_own_is_left_to_the_parsers_reading() -> None:
    assert dates.read("Σαβ, 14 Οκτ 2023", fallback=time.gmtime(NOON.timestamp())) == NOON
    assert dates.read("0001", fallback=time.struct_time((1, 1, 1, 0, 0, 0, 0, 1, 0))) is None


def test_a_date_ahead_counts_as_missing() -> None:
    assert dates.sane(NOON + timedelta(minutes=10), NOON) is not None
    assert dates.sane(NOON + timedelta(minutes=11), NOON) is None


def test_country_is_that_of_the_first_address_that_has_one() -> None:
    assert dates.country_of(["https://a.com/x", None, "https://b.co.il/x"]) == "il"
    assert dates.country_of(["https://a.com/", "http://127.0.0.1/"]) == ""


@given(
    st.one_of(st.text(max_size=80), st.from_regex(r"[0-9A-Za-z :,+/.年月日-]{0,60}", fullmatch=True)),
    st.text(max_size=2),
)
def test_any_text_gives_a_sane_date_or_none(written: str, country: str) -> None:
    moment = dates.read(written, country=country)
    assert moment is None or (moment >= dates.EARLIEST and moment.tzinfo is UTC)


SECOND = timedelta(seconds=1)
MOMENTS = st.integers(1, 40_000 * 86_400).map(lambda seconds: dates.EARLIEST + timedelta(days=1) + seconds * SECOND)
OFFSETS = st.integers(-12 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))


FORMS = (
    "%a, %d %b %Y %H:%M:%S {offset}", "%d %b %Y %H:%M:%S {offset}", "%A, %d-%b-%Y %H:%M:%S GMT{offset}",
    "%Y-%m-%dT%H:%M:%S{colon}", "%Y-%m-%d %H:%M:%S {offset}", "%b %d, %Y %I:%M:%S %p {offset}",
    "%B %d, %Y at %H:%M:%S {offset}",
)  # fmt: skip


@given(MOMENTS, OFFSETS, st.sampled_from(FORMS))
def test_a_moment_written_in_any_zone_and_form_is_read_as_itself(moment: datetime, zone: timezone, form: str) -> None:
    local = moment.astimezone(zone)
    offset = f"{local:%z}"
    written = f"{local:{form.partition('{')[0]}}" + (offset if "{offset}" in form else f"{offset[:3]}:{offset[3:]}")
    assert dates.read(written) == local


@given(st.integers(631_200_000, 4_102_444_800), st.sampled_from(["{}", "{}000", "{}.5"]))
def test_seconds_and_milliseconds_since_1970_are_read(seconds: int, form: str) -> None:
    found = dates.read(form.format(seconds))
    assert found is not None
    assert abs(found.timestamp() - seconds) <= 0.5


@given(st.datetimes(timezones=st.just(UTC)), st.timedeltas(timedelta(0), timedelta(days=1)))
def test_no_date_far_ahead_or_before_1990_is_believed(moment: datetime, ahead: timedelta) -> None:
    found = dates.sane(dates.read(moment.isoformat()), NOON)
    assert found is None or dates.EARLIEST <= found <= NOON + dates.AHEAD
    assert (dates.sane(NOON + ahead, NOON) is None) == (ahead > dates.AHEAD)

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.parse import parse
from digest.feeds.rhythm import rhythm
from digest.model import Rhythm

NOW = datetime(2023, 10, 13, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def told(inside: str, item: str = "<title>x</title>") -> Rhythm:
    """What an RSS document with this in its channel asks for."""
    body = (
        '<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>A</title>'
        f"{inside}<item>{item}</item></channel></rss>"
    )
    return parse(body.encode(), "https://a.example/", None, NOW).rhythm


@pytest.mark.parametrize(
    ("inside", "wait"),
    [
        ("", timedelta(0)),
        ("<ttl>120</ttl>", 2 * HOUR),
        ("<ttl> 90 </ttl>", 1.5 * HOUR),
        ("<ttl>soon</ttl>", timedelta(0)),
        ("<ttl>-5</ttl>", timedelta(0)),
        ("<ttl>99999999999</ttl>", timedelta(0)),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>", HOUR),
        ("<sy:updatePeriod> Daily </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", 6 * HOUR),
        ("<sy:updatePeriod>daily</sy:updatePeriod>", 24 * HOUR),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 24 * HOUR),
        ("<sy:updateFrequency>2</sy:updateFrequency>", 12 * HOUR),
        ("<sy:updatePeriod>weekly</sy:updatePeriod>", 24 * 7 * HOUR),
        ("<sy:updatePeriod>now and then</sy:updatePeriod>", timedelta(0)),
        ("<ttl>30</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", HOUR),
    ],
)
def test_the_longer_of_ttl_and_update_period_counts(inside, wait):
    assert told(inside) == Rhythm(wait)


@pytest.mark.parametrize(
    ("inside", "hours", "days"),
    [
        ("<skipHours><hour>0</hour><hour> 23 </hour></skipHours>", {0, 23}, set()),
        ("<skipHours><hour>24</hour><hour>25</hour><hour>x</hour></skipHours>", {0}, set()),
        ("<skipDays><day>Saturday</day><day>sunday</day><day>Holiday</day></skipDays>", set(), {5, 6}),
        ("<skiphours>\n<hour>3</hour>\n</skiphours><skipDays><day>Monday</day></skipDays>", {3}, {0}),
        ("<description><![CDATA[<skipHours><hour>3</hour></skipHours>]]></description>", set(), set()),
        ("<!-- <skipHours><hour>3</hour></skipHours> -->", set(), set()),
        ("<skipHours><hour>3</hour>", set(), set()),
    ],
)
def test_skipped_hours_and_days_are_read_outside_of_texts(inside, hours, days):
    found = told(inside)
    assert (found.hours, found.days) == (hours, days)


def test_an_item_that_writes_about_ttl_asks_for_nothing():
    assert told("", "<title>x</title><description>&lt;ttl&gt;600&lt;/ttl&gt;</description>") == Rhythm()


@given(st.binary(max_size=300), st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
def test_whatever_a_document_holds_comes_back_within_bounds(body, ttl, period, frequency):
    document = b"<skipHours>" + body + b"</skipHours><skipDays>" + body + b"</skipDays>"
    found = rhythm(document, ttl=ttl, period=period, frequency=frequency)
    assert timedelta(0) <= found.wait <= timedelta(days=365)
    assert found.hours <= set(range(24))
    assert found.days <= set(range(7))

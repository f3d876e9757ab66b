"""What a publisher should mend, told in words."""

from __future__ import annotations

from datetime import UTC, datetime

from digest.feeds import complaints
from digest.feeds.parse import parse
from digest.model import ParsedFeed, ParsedItem

NOW = datetime(2023, 10, 14, tzinfo=UTC)
GOOD = {"content-type": "application/rss+xml", "etag": '"1"'}


def test_a_good_answer_and_a_good_feed_have_none():
    item = ParsedItem("A", "https://a.example/1", "1", "Text.", published=NOW)
    assert list(complaints.of_answer(GOOD, "https://a.example/f", "https://a.example/f")) == []
    assert list(complaints.of_feed(ParsedFeed((item,), "A"), 1)) == []


def test_an_answer_that_leads_elsewhere_is_told_without_its_query():
    told = list(complaints.of_answer(GOOD, "http://a.example/f", "https://a.example/f?token=geheim"))
    assert told == ["its address leads elsewhere, to https: https://a.example/f"]


def test_where_a_secret_address_leads_is_not_told():
    told = list(complaints.of_answer(GOOD, "http://a.example/f", "http://a.example/s3cret/f", secret=True))
    assert told == ["its address leads elsewhere"]


def test_a_type_that_attacks_the_terminal_is_told_in_plain_letters():
    (told,) = complaints.of_answer({**GOOD, "content-type": "te\x1b[31mxt\u202e/x"}, "a", "a")
    assert told == "it is sent as te[31mxt/x, which is no feed's type; it was read all the same"


def test_an_empty_feed_is_told_once():
    assert list(complaints.of_feed(ParsedFeed((), "A"), 0)) == [
        "it lists no items; that may change, or it may be the wrong address"
    ]


def test_more_items_than_are_read_are_told():
    body = b"<rss version='2.0'><channel><title>A</title>%s</channel></rss>"
    items = b"".join(b"<item><title>%d</title><guid>%d</guid></item>" % (n, n) for n in range(2_003))
    parsed = parse(body % items, "https://a.example/", None, NOW)
    assert isinstance(parsed, ParsedFeed)
    assert parsed.complaints == ("it lists 2,003 items; only the first 2,000 are read",)


def test_items_that_stand_there_twice_are_told():
    item = ParsedItem("A", "https://a.example/1", None, "Text.", published=NOW)
    assert list(complaints.of_feed(ParsedFeed((item, item), "A"), 1)) == [
        "2 of 2 items have no guid, so they are known by link, title or text",
        "repeated items, each stored once: 1",
    ]

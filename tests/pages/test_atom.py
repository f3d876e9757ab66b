"""The Atom writer: RFC 4287 whatever feeds put into it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from xml.etree import ElementTree

import feedparser

from digest.pages.atom import Entry, feed, identity, stamp

NOON = datetime(2023, 10, 13, 12, 0, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"


def entry(**changes: object) -> Entry:
    known = {"id": "tag:example.org,2023:items/7/", "title": "A bridge closes", "url": "https://a.example/7"}
    return Entry(**{**known, "updated": NOON, **changes})  # type: ignore[arg-type]


def made(*entries: Entry, **changes: object) -> bytes:
    known = {"id": "tag:example.org,2023:threads/3/", "title": "Bridges", "updated": NOON, "home_url": "./",
             "self_url": "feed.atom", "entries": entries}  # fmt: skip
    return feed(**{**known, **changes})  # type: ignore[arg-type]


def test_a_feed_has_what_the_format_asks_for() -> None:
    root = ElementTree.fromstring(made(entry(), title="Bridges"))
    assert root.tag == f"{ATOM}feed"
    assert [root.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated")] == [
        "tag:example.org,2023:threads/3/",
        "Bridges",
        "2023-10-13T12:00:00Z",
    ]
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "Bridges"
    assert {one.get("rel"): one.get("href") for one in root.findall(f"{ATOM}link")} == {
        "self": "feed.atom",
        "alternate": "./",
    }


def test_a_reader_finds_everything_in_it() -> None:
    body = made(
        entry(
            author="Harbour Times",
            published=NOON - timedelta(hours=1),
            summary_text="It is <old> & tired.",
            content_html="<p>It is <b>old</b>.</p>",
            categories=("World", "World"),
            language="ja",
        )
    )
    [read] = feedparser.parse(body).entries
    assert read.title == "A bridge closes"
    assert read.link == "https://a.example/7"
    assert read.author == "Harbour Times"
    assert read.published == "2023-10-13T11:00:00Z"
    assert read.content[0].value == "<p>It is <b>old</b>.</p>"
    assert [tag.term for tag in read.tags] == ["World"]
    assert b'<entry xml:lang="ja">' in body


def test_what_xml_cannot_carry_is_taken_out() -> None:
    body = made(entry(title="A\x00 \ud800\x0bbridge\uffff", summary_text="\x1b[31mred", content_html="<p>\x08x</p>"))
    root = ElementTree.fromstring(body)
    assert root.findtext(f"{ATOM}entry/{ATOM}title") == "A \ufffd bridge"
    assert root.findtext(f"{ATOM}entry/{ATOM}summary") == "[31mred"
    assert root.findtext(f"{ATOM}entry/{ATOM}content") == "<p>x</p>"


def test_markup_in_a_headline_stays_text() -> None:
    body = made(entry(title="</title><script>alert(1)</script>", author="<b>", categories=('"><x>',)))
    [read] = ElementTree.fromstring(body).findall(f"{ATOM}entry")
    assert read.findtext(f"{ATOM}title") == "</title><script>alert(1)</script>"
    assert b"<script>" not in body


def test_an_entry_without_an_address_says_something_itself() -> None:
    [read] = ElementTree.fromstring(made(entry(url=None, summary_text="It is old."))).findall(f"{ATOM}entry")
    assert read.find(f"{ATOM}link") is None
    assert read.findtext(f"{ATOM}content") == "It is old."


def test_an_id_is_the_public_address_or_a_tag() -> None:
    assert identity("https://news.example.org/digest", "example.org", "threads/7/") == (
        "https://news.example.org/digest/threads/7/"
    )
    assert identity(None, "Example.org", "threads/7/") == "tag:example.org,2023:threads/7/"
    assert identity(None, "", "threads/7/") == "tag:localhost,2023:threads/7/"


def test_times_are_told_in_utc() -> None:
    assert stamp(datetime(2023, 10, 13, 14, 0, tzinfo=timezone(timedelta(hours=2)))) == "2023-10-13T12:00:00Z"


def test_the_same_entries_give_the_same_bytes() -> None:
    assert made(entry()) == made(entry())

"""All captured feeds, compared with what the manifest beside them says feedparser finds, and item by item with it.

Where we differ the difference stands below with its reason; anything else that differs is a failure.
"""

from __future__ import annotations

import calendar
import io
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import feedparser
import pytest

from digest.feeds import clean
from digest.feeds.parse import parse
from digest.model import ParsedFeed

FOLDER = Path(__file__).parents[3] / "shared" / "feeds"
MANIFEST = FOLDER / "manifest.json"
NOW = datetime(2027, 1, 1, tzinfo=UTC)
ADDRESS = "https://feeds.example.org/feed.xml"

pytestmark = pytest.mark.skipif(not MANIFEST.is_file(), reason=f"the captured feeds are not here ({FOLDER})")
LISTED: list[dict[str, Any]] = json.loads(MANIFEST.read_bytes())["feeds"] if MANIFEST.is_file() else []

DIFFERENT: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "feedjira-json_feed.json": (
        "JSON Feed: feedparser 6 cannot read it, we can",
        {
            "fp_entries": 20,
            "fp_feed_title": "inessential.com",
            "fp_first_title": "James Dempsey and the Breakpoints Benefit App Camp for Girls",
            "fp_with_id": 20,
            "fp_distinct_ids": 20,
            "fp_with_link": 20,
            "fp_with_title": 20,
            "fp_with_date": 20,
            "fp_with_body": 20,
        },
    ),
    "feedjira-google_alerts_atom.xml": (
        "markup in a title is taken out",
        {
            "fp_first_title": "Report offers Prediction of Automotive Slack Market by Top key players like "
            "Haldex, Meritor, Bendix ..."
        },
    ),
    "rbren-craigslist.xml": (
        "titles are escaped twice: markup and references left after one decoding are resolved",
        {
            "fp_first_title": "Bright, Spacious Beautiful Victorian (oakland north / temescal) $4300 3bd 1930ft2",
        },
    ),
    "feedkit-Ampersand.xml": (
        "two spaces in a row become one",
        {"fp_feed_title": "bold.dk - Seneste fodboldnyheder om AC Horsens"},
    ),
    "miniflux-urdu_UTF8.xml": (
        "two spaces in a row become one",
        {"fp_feed_title": "BBC News اردو - پاکستان کے لیے امریکی امداد کی بہار و خزاں"},
    ),
    "prof18-feed-dcdate.xml": (
        "a no-break space is a space",
        {"fp_first_title": "Europe : vers un « affaiblissement historique » des normes écologiques ?"},
    ),
    "miniflux-no_encoding_ISO-8859-1.xml": (
        "its last item has nothing but a date: no title, link or text; it is dropped",
        {"fp_entries": 9, "fp_with_date": 9},
    ),
    "nodefp-illegally-nested.xml": (
        "an empty item stands inside each item, which feedparser takes for one of its own",
        {"fp_entries": 10},
    ),
    "rbren-encoding.xml": (
        "four summaries hold nothing but a picture of one pixel, which is dropped",
        {"fp_with_body": 36},
    ),
    "rbren-uolNoticias.xml": (
        "Portuguese names of days and months, which feedparser does not read",
        {"fp_with_date": 15},
    ),
}
ORIGINAL_LINKS = frozenset(
    {"feedjira-FeedBurnerXHTML.xml", "feedjira-TechCrunch.xml", "nodefp-illegally-nested.xml", "rbren-encoding.xml"}
)
"""FeedBurner's ``origLink`` is taken, not its counting redirector; in one feed feedparser finds only that one."""
TITLES_WITH_MARKUP = frozenset({"feedjira-google_alerts_atom.xml", "rbren-craigslist.xml"})


def read(name: str) -> ParsedFeed:
    found = parse((FOLDER / name).read_bytes(), ADDRESS, None, NOW)
    assert isinstance(found, ParsedFeed), found
    return found


def test_the_manifest_lists_all_39_and_every_difference_is_about_one_of_them() -> None:
    names = {one["file"] for one in LISTED}
    assert len(names) == 39
    assert set(DIFFERENT) | ORIGINAL_LINKS <= names


@pytest.mark.parametrize("listed", LISTED, ids=lambda one: one["file"])
def test_counts_titles_links_and_dates_are_those_of_the_manifest(listed: dict[str, Any]) -> None:
    feed = read(listed["file"])
    ours = {
        "fp_entries": len(feed.items),
        "fp_feed_title": feed.title,
        "fp_first_title": feed.items[0].title,
        "fp_with_id": sum(item.guid is not None for item in feed.items),
        "fp_distinct_ids": len({item.guid for item in feed.items if item.guid}),
        "fp_with_link": sum(item.url is not None for item in feed.items),
        "fp_with_title": sum(bool(item.title) for item in feed.items),
        "fp_with_date": sum(item.published is not None for item in feed.items),
        "fp_with_body": sum(bool(item.content_html) for item in feed.items),
        "fp_enclosures": sum(item.enclosure_url is not None for item in feed.items),
    }
    _, differences = DIFFERENT.get(listed["file"], ("", {}))
    assert {key: value for key, value in ours.items() if value != listed[key]} == differences


@pytest.mark.parametrize("name", [one["file"] for one in LISTED if one["fp_entries"]])
def test_each_item_has_the_title_link_and_date_that_feedparser_finds(name: str) -> None:
    """Titles in one line, links as a browser writes them; in the document's order; empty entries left out."""
    entries = feedparser.parse(io.BytesIO((FOLDER / name).read_bytes())).entries
    raw = (FOLDER / name).read_text(encoding="utf-8", errors="replace")
    originals = [clean.url(unescape(one)) for one in re.findall(r"<feedburner:origLink>(.*?)</", raw)]
    entries = [one for one in entries if one.get("title") or one.get("link")]
    items = read(name).items
    assert len(entries) == len(items)
    if name in ORIGINAL_LINKS:
        assert [item.url for item in items] == originals
    for entry, item in zip(entries, items, strict=True):
        if name not in TITLES_WITH_MARKUP:
            assert item.title == " ".join(entry.get("title", "").split())
        if name not in ORIGINAL_LINKS:
            assert item.url == clean.url(entry.get("link"), ADDRESS)
        theirs = dict.get(entry, "published_parsed") or dict.get(entry, "updated_parsed")
        if theirs is not None:
            assert item.published is not None
            assert item.published.replace(microsecond=0) == datetime.fromtimestamp(calendar.timegm(theirs), UTC)
        else:
            assert item.published is None or name == "rbren-uolNoticias.xml"

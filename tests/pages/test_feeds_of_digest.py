"""The feeds of a digest: what a reader gets that follows its editions, or one section."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import feedparser
import pytest
from support.editions import SLOT, a_normal_day, an_edition, report, told
from support.showing import OWNER, Showing, numbered

from digest.feeds import jsonfeed
from digest.model import Edition, EditionSection, Unreadable
from digest.pages.entries import slug, slugs

FEEDS = """
[[feeds]]
url = "https://harbour.example/feed.xml"
title = "Harbour Times"
section = "World"
[[feeds]]
url = "https://tools.example/feed.xml"
title = "Tools"
section = "Technology & Tools"
[[feeds]]
url = "https://secret.example/feed.xml?key=1"
title = "Secret"
section = "Staff"
private = true
"""
BASE = 'base_url = "https://news.example.org/paper"'


def days(count: int) -> list[Edition]:
    first = date(2023, 10, 13) - timedelta(days=count - 1)
    return numbered(
        "daily",
        *(
            replace(a_normal_day(), day=first + timedelta(days=n), slot=SLOT - timedelta(days=count - 1 - n))
            for n in range(count)
        ),
    )


def tomorrow(**changes: Any) -> Edition:
    """The edition after three days."""
    coming = replace(a_normal_day(), day=date(2023, 10, 14), number=4, slot=SLOT + timedelta(days=1))
    return replace(coming, **changes)


@pytest.fixture
def shown(tmp_path: Path) -> Showing:
    made = Showing(tmp_path, FEEDS, digests=("daily", "evening"), web=BASE)
    known = made.store.feeds.subscribe(made.settings.feeds, made.now)
    assert len(known) == 3
    made.freeze(*days(3))
    return made


def parsed(text: str) -> Any:
    found = feedparser.parse(io.BytesIO(text.encode()), response_headers={"content-type": "application/atom+xml"})
    assert not found.bozo, found.get("bozo_exception")
    return found


def test_a_reader_gets_one_entry_an_edition_the_newest_first(shown: Showing) -> None:
    found = parsed(shown.page("feed.atom"))
    assert found.version == "atom10"
    assert found.feed.title == "Morning paper"
    assert found.feed.link == "https://news.example.org/paper/"
    assert [one.link for one in found.entries] == [
        f"https://news.example.org/paper/2023/10/{day}/" for day in (13, 12, 11)
    ]
    entry = found.entries[0]
    assert entry.title == "White House: 1,000 containers of arms went to Russia (+40 stories)"
    assert entry.summary.startswith("Also: Ferry strike enters second week.")
    assert "The union turned down a two-year offer." in entry.content[0].value
    assert entry.updated.startswith("20")


def test_at_most_thirty_editions_are_listed(tmp_path: Path) -> None:
    shown = Showing(tmp_path)
    shown.freeze(*days(32))
    assert len(parsed(shown.page("feed.atom")).entries) == 30
    assert len(json.loads(shown.page("feed.json"))["items"]) == 30


def test_an_entry_keeps_its_id_when_editions_come(shown: Showing) -> None:
    before = {one.link: one.id for one in parsed(shown.page("feed.atom")).entries}
    shown.freeze(tomorrow())
    after = {one.link: one.id for one in parsed(shown.page("feed.atom")).entries}
    assert before.items() <= after.items()
    assert len(set(after.values())) == 4


def test_without_a_public_address_ids_are_tags_and_links_lead_on_from_the_feed(tmp_path: Path) -> None:
    shown = Showing(tmp_path, digests=("daily", "evening"))
    shown.freeze(*days(1), *numbered("evening", a_normal_day()))
    for path, text in shown.files().items():
        if not path.endswith(".atom"):
            continue
        for entry in parsed(text).entries:
            assert entry.id.startswith("tag:localhost,2023:"), path
            target = urljoin(f"https://x.example/{path}", entry.link).removeprefix("https://x.example/")
            assert target in shown.files(), (path, entry.link)


def test_json_feed_says_the_same(shown: Showing) -> None:
    text = shown.page("feed.json")
    found = json.loads(text)
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    assert found["feed_url"] == "https://news.example.org/paper/feed.json"
    assert found["home_page_url"] == "https://news.example.org/paper/"
    atom = parsed(shown.page("feed.atom")).entries
    assert [(one["id"], one["url"], one["title"]) for one in found["items"]] == [
        (one.id, one.link, one.title) for one in atom
    ]
    assert all(one["content_html"] and one["date_published"].endswith("Z") for one in found["items"])
    read = jsonfeed.read(text.encode(), "https://news.example.org/paper/feed.json", shown.now)
    assert not isinstance(read, Unreadable)
    assert len(read.items) == 3


def test_json_feed_has_whole_addresses_or_none(tmp_path: Path) -> None:
    shown = Showing(tmp_path)
    shown.freeze(*days(1))
    found = json.loads(shown.page("feed.json"))
    assert not {"feed_url", "home_page_url"} & set(found)
    assert "url" not in found["items"][0]


def test_each_section_that_anybody_may_know_has_a_feed(shown: Showing) -> None:
    made = [path for path in shown.files() if "sections/" in path]
    assert made == [
        "sections/world/feed.atom",
        "sections/technology-tools/feed.atom",
        "evening/sections/world/feed.atom",
        "evening/sections/technology-tools/feed.atom",
    ]
    assert shown.find("sections/staff/feed.atom") is None
    assert shown.find("sections/staff/feed.atom", OWNER) is None


def test_the_feed_of_a_section_tells_its_stories_and_its_top_stories(shown: Showing) -> None:
    found = parsed(shown.page("sections/world/feed.atom"))
    assert found.feed.title == "World · Morning paper"
    titles = [one.title for one in found.entries]
    assert titles[:2] == ["Council keeps the night buses", "A poor rye harvest"]
    assert "How a library learned to lend tools" not in titles
    assert len({one.id for one in found.entries}) == len(found.entries) == 6
    shown.freeze(tomorrow(top=(told(report("A dam breaks", "Harbour Times")),), sections=()))
    entry = parsed(shown.page("sections/world/feed.atom")).entries[0]
    assert (entry.title, entry.author) == ("A dam breaks", "Harbour Times")
    assert entry.tags[0].term == "World"
    assert "https://news.example.org/paper/2023/10/14/#s" in entry.content[0].value


def test_the_feed_of_a_section_lists_the_newest_fifty(shown: Showing) -> None:
    stories = tuple(told(f"Story {n}") for n in range(80))
    shown.freeze(tomorrow(sections=(EditionSection("World", stories),)))
    titles = [one.title for one in parsed(shown.page("sections/world/feed.atom")).entries]
    assert titles == [f"Story {n}" for n in range(50)]


@pytest.mark.parametrize("viewer", ["reader", "owner"])
def test_no_feed_tells_private_reports_whoever_asks(tmp_path: Path, viewer: str) -> None:
    shown = Showing(tmp_path, FEEDS)
    shown.store.feeds.subscribe(shown.settings.feeds, shown.now)
    hidden = told(report("The hidden lead", "Hidden Wire", private=True))
    world = EditionSection("World", (told(report("A hidden line", "Hidden Wire", private=True)), told("An open line")))
    shown.freeze(an_edition(hidden, told("An open lead"), sections=(world,)))
    for path in ("feed.atom", "feed.json", "sections/world/feed.atom"):
        text = shown.page(path, OWNER) if viewer == "owner" else shown.page(path)
        assert "n open line" in text
        assert not re.search("hidden", text, re.IGNORECASE), path
        assert "secret.example" not in text


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen |= {tag, *(f"@{name}" for name, _ in attrs)}


def test_text_of_feeds_stays_text_in_an_entry(shown: Showing) -> None:
    wild = '<img src=x onerror=alert(1)> & ]]> "\x0b<script>'
    story, other = (
        told(report(wild, wild, url="javascript:alert(1)"), gist=wild, gist_outlet=wild, reason=wild) for _ in "ab"
    )
    shown.freeze(tomorrow(top=(story,), sections=(EditionSection("World", (other,)),)))
    for path in ("feed.atom", "sections/world/feed.atom"):
        for entry in parsed(shown.page(path)).entries:
            raw = Tags()
            raw.feed(entry.content[0].value)
            assert not {"script", "img", "@onerror"} & raw.seen
            assert not entry.link.startswith("javascript:")
    raw = Tags()
    raw.feed(json.loads(shown.page("feed.json"))["items"][0]["content_html"])
    assert raw.seen <= {"p", "ul", "li", "a", "@href", "h3", "br", "strong"}


def alternates(page: str) -> Iterator[tuple[str, str]]:
    yield from re.findall(r'<link rel="alternate" type="application/([a-z+]+)" title="[^"]+" href="([^"]+)">', page)


def test_every_page_says_where_the_feeds_are(shown: Showing) -> None:
    made = shown.files(index="")
    for path, page in made.items():
        if path.endswith(".html"):
            up = "../" * path.count("/")
            own = "evening/" if path.startswith("evening/") else ""
            found = set(alternates(page))
            assert {("atom+xml", f"{up}{own}feed.atom"), ("feed+json", f"{up}{own}feed.json")} <= found, path


def test_a_digest_without_an_edition_has_feeds_without_entries(shown: Showing) -> None:
    assert parsed(shown.page("evening/feed.atom")).entries == []
    assert json.loads(shown.page("evening/feed.json"))["items"] == []


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("World", "world"),
        ("Politik & Börse", "politik-borse"),
        ("政治", r"[0-9a-f]{8}"),
        ("News 政治", r"news-[0-9a-f]{8}"),
    ],
)
def test_a_section_has_a_plain_address(name: str, address: str) -> None:
    assert re.fullmatch(address, slug(name))


def test_two_sections_that_look_alike_have_two_addresses() -> None:
    assert len(slugs(["World!", "World", "world?"])) == 3
    assert next(iter(slugs(["World", "World!"]))) == "world"


def test_the_feed_of_a_section_is_drawn_anew_when_one_of_its_feeds_is_called_otherwise(shown: Showing) -> None:
    untitled = tuple(replace(one, title=None) for one in shown.settings.feeds)
    shown.settings = replace(shown.settings, feeds=untitled)
    shown.store.feeds.subscribe(untitled, shown.now)
    stamps = set()
    for name in ("Evening Wire", "Morning Wire"):
        with shown.store.writing():
            shown.store._database.conn.execute("UPDATE feeds SET title = ?", (name,))
        found = shown.find("sections/world/feed.atom")
        assert found is not None
        stamps.add(found.stamp)
    assert len(stamps) == 2

"""Where the feeds of a site may be."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds import discover

YOUTUBE = "https://www.youtube.com/feeds/videos.xml"
CHANNEL = "UCK8sQmJBp8GCxrOtXWBpyEA"


@pytest.mark.parametrize(
    ("page", "feeds"),
    [
        (f"https://www.youtube.com/channel/{CHANNEL}/videos", (f"{YOUTUBE}?channel_id={CHANNEL}",)),
        ("https://m.youtube.com/user/google", (f"{YOUTUBE}?user=google",)),
        ("https://www.youtube.com/playlist?list=PL123", (f"{YOUTUBE}?playlist_id=PL123",)),
        ("https://www.youtube.com/@google", ()),
        ("https://www.reddit.com/r/news/", ("https://www.reddit.com/r/news/.rss",)),
        ("https://old.reddit.com/r/news/top", ("https://www.reddit.com/r/news/.rss",)),
        ("https://www.reddit.com/u/ada", ("https://www.reddit.com/user/ada/.rss",)),
        ("https://www.reddit.com/r/news/comments/1x/a_dam/", ("https://www.reddit.com/r/news/comments/1x/.rss",)),
        ("https://www.reddit.com", ("https://www.reddit.com/.rss",)),
        ("https://github.com/ada", ("https://github.com/ada.atom",)),
        (
            "https://github.com/ada/engine.git",
            tuple(f"https://github.com/ada/engine/{kind}.atom" for kind in ("releases", "tags", "commits")),
        ),
        ("https://github.com/ada/engine/tree/main", ("https://github.com/ada/engine/commits/main.atom",)),
        ("https://mastodon.example/@ada", ("https://mastodon.example/@ada.rss",)),
        ("https://mastodon.example/@ada/1234", ()),
        ("https://medium.com/@ada", ()),
        ("https://news.example/", ()),
        ("https://notgithub.com/ada/engine", ()),
    ],
)
def test_big_sites_are_known_by_their_address(page, feeds):
    assert discover.known(page) == feeds


def test_a_page_names_its_feeds_in_its_head():
    page = b"""<HTML><head><base target=x>
    <LINK REL='alternate stylesheet' TYPE='text/css' HREF='x.css'>
    <link href="/all.xml" title="All &amp; every&#x1b;thing" rel="alternate" type="application/rss+xml">
    <link rel=alternate type=application/atom+xml href=news.atom>
    <link type="application/feed+json; charset=utf-8" rel="ALTERNATE" href="//cdn.example/f.json"/>
    <link rel="alternate" type="application/rss+xml" href="/all.xml">
    <link rel="alternate" hreflang="de" href="/de/">
    <link rel="alternate" type="application/json" href="/wp-json/1">
    <link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
    <a rel="feed" href="/more">more</a></head>"""
    assert discover.named(page, "https://news.example/world/") == (
        discover.Named("https://news.example/all.xml", "All & everything"),
        discover.Named("https://news.example/world/news.atom"),
        discover.Named("https://cdn.example/f.json"),
        discover.Named("https://news.example/more"),
    )


def test_a_page_of_youtube_hides_its_channel_in_its_text():
    page = b'<html><script>{"metadata":{"externalId":"%s","x":1}}</script>' % CHANNEL.encode()
    assert discover.named(page, "https://www.youtube.com/@google") == (
        discover.Named(f"{YOUTUBE}?channel_id={CHANNEL}"),
    )
    assert discover.named(page, "https://elsewhere.example/@google") == ()


def test_usual_places_are_below_the_page_and_at_the_top():
    assert discover.usual("https://me:key@blog.example/ada")[:4] == (
        "https://blog.example/ada/feed",
        "https://blog.example/ada/feed/",
        "https://blog.example/feed",
        "https://blog.example/feed/",
    )
    assert len(discover.usual("https://blog.example/")) == 9


@pytest.mark.parametrize(
    "page", [b"<link " * 200_000, b"<link " + b"a=" * 500_000, b"<" * 1_000_000, b'"/channel/' * 99_999]
)
def test_a_hostile_page_costs_little(page):
    begun = time.process_time()
    discover.named(page, "https://www.youtube.com/")
    assert time.process_time() - begun < 2


@given(st.binary(max_size=300) | st.text("<link rel=alternate type=application/rss+xml href=\"'>/").map(str.encode))
def test_any_page_gives_web_addresses_or_none(page):
    for one in discover.named(page, "https://news.example/"):
        assert one.url.startswith(("http://", "https://"))
        assert one.url.isascii()

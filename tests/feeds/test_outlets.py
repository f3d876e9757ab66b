"""Who counts as one outlet."""

from __future__ import annotations

import pytest
from publicsuffixlist import PublicSuffixList

from digest.config import Feed, outlet_key
from digest.feeds import outlets
from digest.feeds.outlets import outlet


def of(
    item: str | None, *, feed: str = "https://feeds.example/all.xml", site: str | None = None, source: str | None = None
) -> str:
    return outlet(item, feed_id=7, feed_url=feed, site_url=site, source_url=source)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("https://www.bbc.co.uk/news/1", "bbc.co.uk"),
        ("https://news.bbc.co.uk/1", "bbc.co.uk"),
        ("https://edition.cnn.com/x", "cnn.com"),
        ("https://one.blogspot.com/x", "one.blogspot.com"),
        ("https://two.github.io/x", "two.github.io"),
        ("https://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("https://Bücher.example/", "xn--bcher-kva.example"),
    ],
)
def test_an_outlet_is_the_registrable_domain_of_the_link(item: str, expected: str) -> None:
    assert of(item) == expected


def test_two_blogs_on_one_host_are_two_outlets() -> None:
    assert of("https://one.wordpress.com/x") != of("https://two.wordpress.com/x")


@pytest.mark.parametrize(
    "item",
    [
        "https://www.youtube.com/watch?v=1",
        "https://medium.com/@somebody/x",
        "https://www.reddit.com/r/x/1",
        "https://github.com/a/b/releases/1",
        "https://vimeo.com/1",
        "https://bsky.app/profile/x",
        "https://mastodon.social/@somebody/1",
        "https://substack.com/@somebody/p-1",
        "https://www.tumblr.com/somebody/1",
        "https://share.transistor.fm/s/1",
    ],
)
def test_on_a_platform_the_feed_is_the_outlet(item: str) -> None:
    assert of(item) == "feed:7"


def test_a_name_of_ones_own_on_a_platform_is_an_outlet() -> None:
    """Two of them give such names; others do not."""
    assert of("https://somebody.substack.com/p/x") == "somebody.substack.com"
    assert of("https://somebody.tumblr.com/post/1") == "somebody.tumblr.com"


def test_outlets_of_a_house_are_one_only_by_a_family() -> None:
    """Domains alone tell nothing of who owns them."""
    outlets = [of("https://www.paper.example/1"), of("https://paper.co.uk/1"), of("https://youtu.be/1")]
    assert len(set(outlets)) == 3
    families = {"Paper": ("paper.example", "paper.co.uk", "Paper on film")}
    film = Feed(url="https://www.youtube.com/feeds/videos.xml?channel_id=1", title="Paper on film")
    assert {outlet_key(families, one, film) for one in outlets} == {"Paper"}


def test_an_aggregators_item_belongs_to_the_outlet_in_its_source() -> None:
    assert of("https://news.google.com/articles/1", source="https://www.reuters.com") == "reuters.com"


def test_a_redirector_says_nothing_and_the_site_does() -> None:
    assert of("http://feedproxy.google.com/~r/x/1", site="https://www.paper.example/") == "paper.example"
    assert of("https://news.google.com/articles/1", feed="https://feeds.feedburner.com/x") == "feed:7"
    assert of("https://t.co/abc", feed="https://rss.paper.example/x") == "paper.example"


def test_an_alert_belongs_to_the_page_behind_the_link() -> None:
    assert of("https://www.google.com/url?rct=j&url=https://www.paper.example/1&ct=ga") == "paper.example"


def test_an_item_without_link_belongs_to_its_site_or_feed() -> None:
    assert of(None, site="https://www.paper.example/") == "paper.example"
    assert of(None) == "feeds.example"
    assert of(None, feed="file:///x") == "feed:7"


def test_outlets_on_one_machine_differ_by_port() -> None:
    assert of("http://127.0.0.1:8001/a") == "127.0.0.1:8001"
    assert of("http://127.0.0.1:8002/a") == "127.0.0.1:8002"
    assert of("http://127.0.0.2/a") == "127.0.0.2"
    assert of("http://[::1]:8001/a") == "[::1]:8001"
    assert of("http://nas:8080/a") == "nas:8080"


def test_a_bare_suffix_is_an_outlet_by_its_host() -> None:
    assert of("https://github.io/") == "github.io"


def test_the_rules_for_one_top_level_domain_say_the_same_as_the_whole_list() -> None:
    whole = PublicSuffixList()
    rules = [rule for several in outlets._rules().values() for rule in several][::9]
    assert len(rules) > 1_000
    for rule in rules:
        ends = clean_host(rule.removeprefix("!").replace("*", "any"))
        for host in (ends, f"a.{ends}", f"b.a.{ends}"):
            assert outlets._suffixes(ends.rpartition(".")[2]).privatesuffix(host) == whole.privatesuffix(host), host


def clean_host(rule: str) -> str:
    """As hosts come: in ASCII."""
    return rule if rule.isascii() else rule.encode("idna").decode("ascii")

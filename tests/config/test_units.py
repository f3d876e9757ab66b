"""Addresses compared and judged."""

from __future__ import annotations

import pytest

from digest import units


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/news/1",
        "http://a.example/news/1",
        "https://www.a.example/news/1/",
        "https://a.example/news/1#comments",
    ],
)
def test_spellings_of_one_page_are_one(url):
    assert units.same_page(url) == "a.example/news/1"


def test_pages_that_differ_in_path_query_or_host_are_two():
    pages = ["https://a.example/1", "https://a.example/1?p=2", "https://a.example/1?p=3", "https://b.example/1"]
    assert len({units.same_page(page) for page in pages}) == 4
    assert units.same_page("https://a.example/1/?p=2") == units.same_page("https://a.example/1?p=2")


@pytest.mark.parametrize(
    "url",
    [
        "https://me:pw@a.example/feed",
        "https://a.example/feed?token=1",
        "https://a.example/feed?x=1&api_key=2",
        "https://a.example/feed?x=1;auth=2",
        "https://a.example/feed?access_token=1",
        "https://a.example/feed?private-key=1",
        "https://a.example/feed?accesstoken=1",
        "https://a.example/feed?TokenId=1",
        "https://a.example/feed?userkey=1",
        "https://a.example/feed?authorization=1",
        "https://a.example/feed?passphrase=1",
    ],
)
def test_a_password_or_a_token_is_a_secret(url):
    assert units.holds_secret(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/feed",
        "https://a.example/?feed=rss2&keyword=x",
        "https://a.example/token/",
        "https://a.example/?author=1&design=2&passage=3&authors=4",
    ],
)
def test_other_queries_are_none(url):
    assert not units.holds_secret(url)

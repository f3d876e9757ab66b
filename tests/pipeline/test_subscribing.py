"""Finding feeds: what a search asks of a server, and when it ends; played by a real server on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from support.feedserver import Answer, FeedServer
from support.world import item, rss

from digest import config
from digest.feeds.net import Client
from digest.pipeline.subscribing import Discovered, find_feeds

NOW = datetime(2023, 10, 13, 6, 0, tzinfo=UTC)
PAGE = Answer(b"<html><body>Welcome</body></html>", content_type="text/html")


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as one:
        yield one


def search(*starts: str, pauses: dict[str, datetime] | None = None) -> Discovered:
    """As at a public host: only the guard knows that it is on loopback."""

    def connect(settings: config.Fetch) -> Client:
        return Client(replace(settings, allow=("127.0.0.1",)))

    return find_feeds(config.Fetch(spacing=timedelta(0)), starts, NOW, pauses or {}, connect=connect)


@pytest.mark.parametrize("status", [429, 503])
def test_a_search_ends_where_a_server_asks_for_time(server: FeedServer, status: int) -> None:
    start = server.add("/", PAGE)
    server.add("/feed", Answer(status=status, headers={"Retry-After": "7200"}))
    found = search(start)
    assert [one.path for one in server.requests] == ["/", "/feed"]
    assert found.feeds == ()
    assert found.held is not None
    assert str(status) in (found.held.problem or "")
    assert found.pauses == ({"127.0.0.1": NOW + timedelta(hours=2)} if status == 429 else {})


def test_a_search_ends_among_the_feeds_that_a_page_names_too_and_keeps_what_it_read(server: FeedServer) -> None:
    names = "".join(f'<link rel="alternate" type="application/rss+xml" href="/{name}">' for name in "abc")
    start = server.add("/", Answer(f"<html>{names}</html>".encode(), content_type="text/html"))
    server.add("/a", Answer(rss("Alpha", item("Dam breaks"))))
    server.add("/b", Answer(status=429))
    found = search(start)
    assert [one.path for one in server.requests] == ["/", "/a", "/b"]
    assert [one.url for one in found.feeds] == [server.url("/a")]
    assert found.pauses == {"127.0.0.1": NOW + timedelta(hours=1)}


def test_plain_http_is_asked_where_no_secure_connection_is_offered(server: FeedServer) -> None:
    url = server.add("/f", Answer(rss("Alpha", item("Dam breaks"))))
    found = search(url.replace("http:", "https:"), url)
    assert [one.lasting for one in found.feeds] == [url]


def test_plain_http_is_not_asked_after_a_certificate_that_is_not_valid(server: FeedServer) -> None:
    url = server.add("/f", Answer(rss("Alpha", item("Dam breaks"))))
    with FeedServer(tls=True) as secure:
        found = search(secure.url("/f"), url)
    assert found.feeds == ()
    assert "shows a certificate that is not valid" in (found.page.problem or "")
    assert server.requests == []

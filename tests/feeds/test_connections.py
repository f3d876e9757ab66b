"""Which requests share a connection, and which must not."""

import asyncio
import gc
import os
import ssl
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from support.feedserver import Answer, FeedServer
from support.polled import Polled
from support.world import item, rss

from digest.config import Feed, Fetch
from digest.feeds import tls
from digest.feeds.net import Client, NetError

NEWS = rss("News", item("Dam breaks above Vellmoor"))


@pytest.fixture
def server():
    with FeedServer() as running:
        yield running


def settings(**given):
    return Fetch(**({"spacing": timedelta(0), "allow": ("127.0.0.1",), "timeout": timedelta(seconds=10)} | given))


def ask(urls, *, keep=True, **given):
    """Asks one after another by one client; ``keep``: each with the word that another one comes next."""

    async def all_of_them():
        async with Client(settings(**given)) as client:
            return [await client.get(url, more=keep) for url in urls]

    return asyncio.run(all_of_them())


def connections(server):
    return len({request.connection for request in server.requests})


def test_feeds_of_one_host_share_one_connection_which_the_last_of_them_ends(tmp_path, server):
    urls = [server.add(f"/{number}.xml", Answer(NEWS, etag='"1"', keep=True)) for number in range(5)]
    with Polled(tmp_path, server, [Feed(url=url) for url in urls]) as world:
        world.poll()
        assert (len(server.requests), connections(server)) == (5, 1)
        assert [request.headers.get("connection") for request in server.requests] == [None] * 4 + ["close"]
        world.later(hours=25).poll()
        assert (len(server.requests), connections(server)) == (10, 2)


def test_a_host_with_one_feed_is_told_that_nothing_follows(tmp_path, server):
    url = server.add("/news.xml", Answer(NEWS, keep=True), own_port=True)
    other = server.add("/more.xml", Answer(NEWS, keep=True), own_port=True)
    with Polled(tmp_path, server, [Feed(url=url), Feed(url=other)]) as world:
        world.poll()
    assert [request.headers["connection"] for request in server.requests] == ["close", "close"]


def test_a_redirect_on_the_same_host_goes_by_the_same_connection(server):
    first = server.add("/old.xml", Answer(status=301, headers={"Location": "/new.xml"}, keep=True))
    server.add("/new.xml", Answer(NEWS, keep=True))
    assert ask([first])[0].body == NEWS
    assert (len(server.requests), connections(server)) == (2, 1)


def test_no_connection_is_kept_for_longer_than_servers_keep_theirs(server):
    urls = [server.add(f"/{number}.xml", Answer(NEWS, keep=True)) for number in range(2)]
    ask(urls[:1], spacing=timedelta(seconds=4))
    assert server.requests[0].headers["connection"] == "close"


def test_a_kept_connection_that_died_is_replaced_by_another(server):
    first, second = (server.add(f"/{number}.xml", Answer(NEWS, keep=True)) for number in range(2))
    cut = server.add("/cut.xml", Answer(reset=True), Answer(NEWS, keep=True))
    assert [answer.body for answer in ask([first, cut, second])] == [NEWS] * 3


def test_what_an_exception_opens_to_one_feed_is_open_to_no_other_by_a_kept_connection(server):
    url = server.add("/intern.xml", Answer(NEWS, keep=True))

    async def opened_then_not():
        async with Client(settings(allow=(urlsplit(url).netloc,))) as client:
            assert (await client.get(url, more=True)).body == NEWS
            with pytest.raises(NetError, match="an address of this machine"):
                await client.get(url, home="https://news.example.org/feed.xml", more=True)

    asyncio.run(opened_then_not())
    assert len(server.requests) == 1


def test_one_context_serves_all_secure_connections_and_is_made_for_the_first():
    def contexts():
        return sum(isinstance(one, ssl.SSLContext) for one in gc.get_objects())

    tls.context.cache_clear()
    with FeedServer() as plain, FeedServer(tls=True) as one, FeedServer(tls=True) as other:
        first, *secure = [server.add("/a.xml", Answer(NEWS)) for server in (plain, one, other)]
        before = contexts()
        assert ask([first])[0].body == NEWS
        assert contexts() == before
        for url in secure:
            with pytest.raises(NetError, match="certificate that is not valid"):
                ask([url])
            assert contexts() == before + 1


def test_the_import_of_the_client_leaves_the_places_of_certificates_as_they_were(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/certificates.pem")
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    with tls.none_made():
        pass
    assert (os.environ["SSL_CERT_FILE"], "SSL_CERT_DIR" in os.environ) == ("/etc/certificates.pem", False)

"""The client and ``fetch`` against a real server on loopback, playing every trouble."""

import asyncio
import gzip
import socket
import time
import tracemalloc
import zlib
from datetime import timedelta

import brotli
import pytest
from support.feedserver import Answer, FeedServer, bomb

from digest import __version__
from digest.config import Fetch
from digest.feeds import fetch
from digest.feeds.inflate import zstd
from digest.feeds.net import Client, Response
from digest.model import FetchRequest

FEED = b"<rss version='2.0'><channel><title>World</title></channel></rss>"
WIDE = zstd.compress(FEED * 200_000, options={zstd.CompressionParameter.window_log: 25})
"""Needs 32 MB of its reader's memory to be unpacked."""


@pytest.fixture
def server():
    with FeedServer() as running:
        yield running


def settings(server=None, **more):
    given = {"spacing": timedelta(0), "allow": ("127.0.0.1",), "timeout": timedelta(seconds=10)}
    return Fetch(**(given | more))


def get(url, config=None, lookup=None, **more):
    """The result of one fetch by a client of its own."""

    async def ask():
        async with Client(config or settings(), lookup=lookup) as client:
            return await fetch.fetch(client, FetchRequest(1, url, **more))

    return asyncio.run(ask())


def get_all(urls, config=None, lookup=None):
    """The results of fetches side by side by one client, in the order of the addresses."""

    async def ask():
        async with Client(config or settings(), lookup=lookup) as client:
            return await asyncio.gather(*(fetch.fetch(client, FetchRequest(1, url)) for url in urls))

    return asyncio.run(ask())


def names(**table):
    """A name service that knows these hosts only."""
    asked = []

    async def lookup(host):
        asked.append(host)
        if host not in table:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return table[host] if isinstance(table[host], list) else [table[host]]

    lookup.asked = asked
    return lookup


# --- Requests -----------------------------------------------------------------------------------


def test_a_feed_comes_whole_with_what_decides_the_next_poll(server):
    url = server.add("/a", Answer(FEED, etag='W/"x"', last_modified="some day", headers={"Cache-Control": "a\nb"}))
    result = get(url)
    assert (result.status, result.body, result.error, result.url) == (200, FEED, None, url)
    assert (result.etag, result.last_modified) == ('W/"x"', "some day")
    assert result.content_type == "application/rss+xml"
    assert result.headers["cache-control"] == "a, b"
    assert set(result.headers) == {"date", "cache-control"}
    assert timedelta(0) < result.elapsed < timedelta(seconds=5)


def test_a_request_names_us_and_nothing_else(server):
    get(server.add("/a?x=%2f&y=A%20b", Answer(FEED)))
    (request,) = server.requests
    assert request.path == "/a?x=%2f&y=A%20b"
    assert request.headers["user-agent"] == f"morning-digest/{__version__} (self-hosted news digest)"
    assert request.headers["accept"].startswith("application/atom+xml, application/rss+xml")
    assert request.headers["accept-encoding"] == "gzip, deflate, br, zstd"
    assert set(request.headers) == {"host", "user-agent", "accept", "accept-encoding", "connection"}


def test_the_operators_contact_goes_into_the_user_agent(server):
    get(server.add("/a", Answer(FEED)), settings(contact="mailto:me@example.org"))
    assert server.requests[0].headers["user-agent"] == f"morning-digest/{__version__} (+mailto:me@example.org)"


def test_validators_go_back_as_they_came(server):
    url = server.add("/a", Answer(FEED, etag='W/"ü, \'1"', last_modified="Not A Date"))
    first = get(url)
    second = get(url, etag=first.etag, last_modified=first.last_modified)
    assert (second.status, second.body, second.error, second.not_modified) == (304, None, None, True)
    assert server.requests[1].headers["if-modified-since"] == "Not A Date"


def test_a_304_nobody_asked_for_is_an_error(server):
    result = get(server.add("/a", Answer(status=304)))
    assert not result.not_modified
    assert result.error.startswith("304 Not Modified: ")


def test_validators_that_no_database_could_hold_are_left_away(server):
    result = get(server.add("/a", Answer(FEED, headers={"ETag": '"\udcff"', "Last-Modified": "x" * 2000})))
    assert (result.body, result.etag, result.last_modified) == (FEED, None, None)


def test_cookies_are_neither_kept_nor_sent(server):
    url = server.add("/a", Answer(FEED, headers={"Set-Cookie": "id=1; Path=/"}))
    moved = server.add("/b", Answer(status=302, headers={"Location": "/a", "Set-Cookie": "id=2; Path=/"}))
    get_all([url, moved, url])
    assert not any("cookie" in request.headers or "referer" in request.headers for request in server.requests)


def test_validators_go_to_the_address_that_gave_them_and_to_no_other(server):
    new = server.add("/new", Answer(FEED, etag='"1"'))
    old = server.add("/old", Answer(status=301, headers={"Location": "/new"}))
    first = get(old)
    assert (first.url, first.hops, first.conditional) == (new, ((301, new),), False)
    again = get(old, etag=first.etag, validators_from=first.url)
    assert (again.not_modified, again.conditional) == (True, True)
    assert ["if-none-match" in request.headers for request in server.requests] == [False, False, False, True]
    server.add("/old", Answer(status=302, headers={"Location": "/third"}))
    server.add("/third", Answer(FEED, etag='"1"'))
    third = get(old, etag=first.etag, validators_from=first.url)
    assert (third.body, third.conditional) == (FEED, False)


def test_a_redirecting_address_that_says_304_itself_is_an_error(server):
    old = server.add("/old", Answer(status=304))
    result = get(old, etag='"1"', validators_from=server.url("/new"))
    assert result.error.startswith("304 Not Modified: ")


def test_a_configured_proxy_makes_the_connections(server):
    """The proxy is played by a server that answers whole addresses, as proxies are asked."""
    with FeedServer() as proxy:
        proxy.add("http://feeds.example/a", Answer(FEED))
        configured = settings(allow=(), proxy=f"http://{proxy.address}")
        assert get("http://feeds.example/a", configured, names()).body == FEED, "a name that only the proxy knows"
        assert get("http://feeds.example/a", configured, names(**{"feeds.example": "8.8.8.8"})).body == FEED
        for url, address in (("http://10.0.0.1/a", None), ("http://nas.example/a", "192.168.0.7")):
            refused = get(url, configured, names(**({"nas.example": address} if address else {})))
            assert "an address of a private network" in refused.error
        assert len(proxy.requests) == 2
    assert server.requests == []


def test_the_environments_proxy_is_ignored(server, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert get(server.add("/a", Answer(FEED))).body == FEED


@pytest.mark.parametrize("status", [204, 206, 226, 300, 400, 401, 403, 404, 410, 429, 451, 500, 503])
def test_other_statuses_are_errors_in_words(server, status):
    result = get(server.add("/a", Answer(b"<html>no</html>", status=status, headers={"Retry-After": "120"})))
    assert (result.status, result.body) == (status, None)
    assert result.error.startswith(f"{status} ")
    assert result.headers["retry-after"] == "120"


def test_an_empty_body_is_an_error(server):
    result = get(server.add("/a", Answer(b"")))
    assert (result.body, result.error) == (None, "the answer is empty; it is asked again later")


# --- Redirects and credentials ------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_and_the_last_address_answers(server, status):
    url = server.add("/old", Answer(status=status, headers={"Location": "sub/../new?a=%2f#part"}))
    server.add("/new?a=%2f", Answer(FEED))
    result = get(url)
    assert (result.body, result.url) == (FEED, server.url("/new?a=%2f"))


def test_ten_redirects_are_followed_and_no_more(server):
    for n in range(11):
        server.add(f"/{n}", Answer(status=302, headers={"Location": f"/{n + 1}"}))
    server.add("/11", Answer(FEED))
    assert get(server.url("/1")).body == FEED
    assert get(server.url("/0")).error == "more than 10 redirects; check the address"


@pytest.mark.parametrize(
    "location",
    ["ftp://127.0.0.1/x", "file:///etc/passwd", "javascript:alert(1)", "http://[bad/", "//:x@/", ""],
)
def test_redirects_to_anything_but_the_web_are_refused(server, location):
    result = get(server.add("/a", Answer(status=302, headers={"Location": location})))
    assert result.error.startswith("302: it redirects")
    assert len(server.requests) == 1


def test_credentials_of_an_address_go_to_its_origin_only(server):
    with FeedServer() as other:
        other.add("/b", Answer(FEED))
        server.add("/b", Answer(FEED))
        server.add("/home", Answer(status=302, headers={"Location": "/b"}))
        server.add("/away", Answer(status=302, headers={"Location": other.url("/b")}))
        for path in ("/home", "/away"):
            result = get(f"http://me:s%40cret@{server.address}{path}")
            assert result.body == FEED
            assert "cret" not in result.url
        assert [request.headers.get("authorization") for request in server.requests] == ["Basic bWU6c0BjcmV0"] * 3
        assert "authorization" not in other.requests[0].headers


def test_a_login_goes_to_the_origin_of_the_configured_address_only(server):
    with FeedServer() as other:
        other.add("/b", Answer(FEED))
        server.add("/b", Answer(FEED))
        home = server.add("/home", Answer(status=302, headers={"Location": "/b"}))
        away = server.add("/away", Answer(status=302, headers={"Location": other.url("/b")}))
        for url in (home, away):
            assert get(url, login=("me", "s@cret")).body == FEED
        assert [request.headers.get("authorization") for request in server.requests] == ["Basic bWU6c0BjcmV0"] * 3
        assert get(other.url("/b"), home=home, login=("me", "s@cret")).body == FEED, "a feed that moved there"
        assert not any("authorization" in request.headers for request in other.requests)
    assert "cret" not in repr(FetchRequest(1, home, login=("me", "s@cret")))


@pytest.mark.parametrize("login", [("me", "s@cret"), None])
def test_a_401_behind_a_redirect_to_https_tells_to_write_https(monkeypatch, login):
    """What answers is beside the point, so no certificate is needed."""

    async def answered(self, url, **_):
        return Response("https://feeds.example/a", 401, {})

    monkeypatch.setattr(Client, "get", answered)
    error = get("http://feeds.example/a", login=login).error
    assert ("write https:// into config.toml" in error) == (login is not None)


def test_a_feed_that_moved_has_the_exceptions_of_its_configured_address_only(server):
    moved = server.add("/a", Answer(FEED))
    listed = settings(allow=(server.address, "nas.lan"))
    assert get(moved, listed, home="http://nas.lan/a").body == FEED
    assert "[fetch] allow" in get(moved, listed, home="https://public.example/a").error


def test_no_error_repeats_a_password_or_a_query(server):
    server.add("/away?token=hidden", Answer(status=302, headers={"Location": "http://u:hidden@10.0.0.1/?hidden"}))
    server.add("/loop?hidden", Answer(status=302, headers={"Location": "/loop?hidden"}))
    urls = [
        f"http://me:hidden@{server.address}/missing?hidden",
        f"http://me:hidden@{server.address}/away?token=hidden",
        f"http://me:hidden@{server.address}/loop?hidden",
        "http://me:hidden@10.0.0.1/hidden",
        "http://me:hidden@nowhere.example/hidden",
        "http://me:hidden@[/hidden",
        "http://me:hidden@127.0.0.1:99999/hidden",
        "gopher://me:hidden@127.0.0.1/hidden",
        "http://me:hidden@127.0.0.1:1/hidden",
        "http://me:hidden@127.1/hidden",
    ]
    for result in get_all(urls, lookup=names()):
        assert result.error
        assert "hidden" not in result.error
        assert "me:" not in result.url
        assert "\n" not in result.error
        assert len(result.error) < 200


# --- Addresses ----------------------------------------------------------------------------------


def test_an_address_of_this_machine_is_refused_with_the_cure(server):
    url = server.add("/a", Answer(FEED))
    result = get(url, settings(allow=()))
    assert result.error == (
        f'127.0.0.1 is an address of this machine; if you meant it, add "{server.address}" to [fetch] allow'
    )
    assert server.requests == []
    assert get(url, settings(allow=(server.address,))).body == FEED


@pytest.mark.parametrize(
    "host", ["[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "10.1.2.3", "[fd00::1]", "[fe80::1]"]
)
def test_literals_are_refused_before_any_socket_is_made(host):
    result = get(f"http://{host}:8080/x", settings(allow=()))
    assert " is an address of " in result.error or " is a " in result.error
    assert result.error.endswith(" to [fetch] allow")


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0x7f.1", "0177.0.0.1", "0x7f000001"])
def test_odd_spellings_of_an_address_lead_nowhere(server, host):
    async def as_libc_reads_it(name):
        return ["127.0.0.1"]

    result = get(f"http://{host}:{server.port}/", settings(allow=()), as_libc_reads_it)
    assert result.body is None
    assert result.error
    assert server.requests == []


def test_a_name_is_judged_by_the_address_it_stands_for():
    lookup = names(**{"nas.example": "10.0.0.1", "both.example": ["192.168.0.1", "fd00::1"]})
    first, second = get_all(["http://nas.example/x", "http://both.example:8080/"], settings(allow=()), lookup)
    assert first.error == (
        "nas.example is 10.0.0.1, an address of a private network; "
        'if you meant it, add "nas.example:80" to [fetch] allow'
    )
    assert second.error.startswith("both.example is ")


def test_an_exception_opens_a_name_and_its_own_port_only(server):
    server.add("/a", Answer(FEED))
    lookup = names(**{"nas.example": "127.0.0.1"})
    for allow in ("nas.example", f"NAS.example:{server.port}"):
        assert get(f"http://nas.example:{server.port}/a", settings(allow=(allow,)), lookup).body == FEED
    assert get(f"http://nas.example:{server.port}/a", settings(allow=("nas.example:1",)), lookup).error
    assert get(f"http://nas.example:{server.port}/a", settings(allow=(server.address,)), lookup).error


def test_a_feed_that_is_no_exception_cannot_redirect_into_one(server):
    """The public feed is played by a server on loopback that only the name service calls public."""
    with FeedServer() as nas:
        nas.add("/secret", Answer(FEED))
        server.add("/a", Answer(status=302, headers={"Location": nas.url("/secret")}))
        listed = settings(allow=(server.address, nas.address))
        assert get(server.url("/a"), listed).body == FEED
        only_the_nas = settings(allow=(f"127.0.0.1:{nas.port}",))
        assert "add" in get(server.url("/a"), only_the_nas).error
        only_itself = settings(allow=(server.address,))
        result = get(server.url("/a"), only_itself)
        assert result.error == (
            "it redirects into a network of this machine: 127.0.0.1 is an address of this machine; "
            "check the feed's address"
        )
        assert len(nas.requests) == 1


def test_metadata_addresses_are_never_asked():
    lookup = names(**{"cloud.example": "169.254.169.254"})
    urls = [
        "http://169.254.169.254/latest",
        "http://[fd00:ec2::254]/",
        "http://cloud.example/",
        "http://[::ffff:a9fe:a9fe]/",
    ]
    allow = ("169.254.169.254", "fd00:ec2::254", "cloud.example", "::ffff:a9fe:a9fe")
    for result in get_all(urls, settings(allow=allow), lookup):
        assert result.error.endswith("the metadata service of a cloud, which is never asked")


def test_a_name_service_that_changes_its_mind_is_no_way_in(server):
    """Rebinding: the name is looked up for every connection, and every address is checked."""
    answers = [["127.0.0.1"], ["10.0.0.1"]]

    async def lookup(host):
        return answers.pop(0)

    server.add("/a", Answer(status=302, headers={"Location": f"http://two.example:{server.port}/b"}))
    server.add("/b", Answer(FEED))
    result = get(f"http://one.example:{server.port}/a", settings(allow=("one.example",)), lookup)
    assert result.error.startswith("it redirects into a network of this machine: two.example is 10.0.0.1")
    assert answers == []


@pytest.mark.parametrize("port", [22, 25, 110, 143, 465, 587, 993, 3306, 5432, 6379, 11211, 27017])
def test_ports_of_other_services_are_refused_before_the_name_is_looked_up(port):
    lookup = names(**{"public.example": "127.0.0.1"})
    result = get(f"http://public.example:{port}/", settings(allow=("public.example",)), lookup)
    assert result.error.startswith(f"port {port} belongs to another service (")
    assert lookup.asked == []


def test_a_connection_is_never_shared_by_two_feeds(server):
    server.add("/a", Answer(FEED))
    lookup = names(**{"nas.example": "127.0.0.1"})
    allowed, refused = get_all(
        [f"http://nas.example:{server.port}/a", server.url("/a")], settings(allow=("nas.example",)), lookup
    )
    assert allowed.body == FEED
    assert refused.error
    assert len(server.requests) == 1


# --- Limits -------------------------------------------------------------------------------------


def test_a_compressed_feed_comes_inflated(server):
    urls = [
        server.add("/gzip", Answer(FEED, gzip=True)),
        server.add("/zlib", Answer(zlib.compress(FEED), headers={"Content-Encoding": "deflate"})),
        server.add("/bare", Answer(zlib.compress(FEED, wbits=-15), headers={"Content-Encoding": "deflate"})),
        server.add(
            "/two", Answer(gzip.compress(FEED[:9]) + gzip.compress(FEED[9:]), headers={"Content-Encoding": "gzip"})
        ),
        server.add("/odd", Answer(FEED, headers={"Content-Encoding": "utf-8"})),
        server.add("/br", Answer(brotli.compress(FEED), headers={"Content-Encoding": "br"})),
        server.add("/zstd", Answer(zstd.compress(FEED), headers={"Content-Encoding": "zstd"})),
        server.add(
            "/twice", Answer(zstd.compress(FEED[:9]) + zstd.compress(FEED[9:]), headers={"Content-Encoding": "zstd"})
        ),
        server.add("/pad", Answer(gzip.compress(FEED) + b"\0" * 50, headers={"Content-Encoding": "x-gzip"})),
    ]
    assert [result.body for result in get_all(urls)] == [FEED] * 9


@pytest.mark.parametrize(
    ("body", "encoding", "reason"),
    [
        (gzip.compress(FEED, mtime=0)[:-12], "gzip", "the compressed answer ended in the middle"),
        (b"plain text", "gzip", "the compression of the answer is broken"),
        (gzip.compress(FEED, mtime=0) * 101, "gzip", "the compression of the answer is broken"),
        (brotli.compress(FEED)[:-3], "br", "the compressed answer ended in the middle"),
        (zstd.compress(FEED)[:-3], "zstd", "the compressed answer ended in the middle"),
        (b"\xff" * 100, "br", "the compression of the answer is broken"),
        (b"plain text", "zstd", "the compression of the answer is broken"),
        (brotli.compress(FEED) + b"more", "br", "the compression of the answer is broken"),
        (WIDE, "zstd", "the compression of the answer is broken"),
        (FEED, "compress", "the answer is compressed in a way that was not asked for"),
        (FEED, "gzip, br", "the answer is compressed in a way that was not asked for"),
    ],
)
def test_broken_compression_is_an_error(server, body, encoding, reason):
    result = get(server.add("/a", Answer(body, headers={"Content-Encoding": encoding})))
    assert (result.body, result.error.split(";")[0].split(":")[0]) == (None, reason)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_is_cut_off_at_the_cap(server, coding):
    """A fifth of a megabyte that inflates to 200: never more than the cap and a few pieces in memory."""
    url = server.add("/bomb", Answer(bomb(200_000_000, coding=coding), headers={"Content-Encoding": coding}))
    begun = time.monotonic()
    tracemalloc.start()
    result = get(url, settings(max_size=2_000_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert result.error == "larger than 2 MB; if you trust the feed, raise [fetch] max_size"
    assert peak < 12_000_000
    assert time.monotonic() - begun < 5


def test_an_endless_body_is_cut_off_at_the_cap(server):
    result = get(server.add("/a", Answer(FEED * 100, endless=True)), settings(max_size=100_000))
    assert result.error.startswith("larger than 0.1 MB")


def test_a_body_that_says_it_is_too_large_is_not_read(server):
    result = get(server.add("/a", Answer(b"x" * 200_000, drip=60)), settings(max_size=100_000))
    assert result.error.startswith("larger than 0.1 MB")


def test_a_bomb_does_not_keep_the_event_loop_from_the_others(server):
    url = server.add("/bomb", Answer(bomb(60_000_000), headers={"Content-Encoding": "gzip"}))

    async def ask():
        beats = 0

        async def heart():
            nonlocal beats
            while True:
                await asyncio.sleep(0)
                beats += 1

        async with Client(settings(max_size=50_000_000)) as client:
            await fetch.fetch(client, FetchRequest(1, url))
            beating = asyncio.create_task(heart())
            result = await fetch.fetch(client, FetchRequest(1, url))
            beating.cancel()
        assert result.error.startswith("larger than 50 MB")
        return beats

    assert asyncio.run(ask()) > 150


def test_one_deadline_ends_a_body_that_drips(server):
    result = get(server.add("/a", Answer(FEED, drip=0.2)), settings(timeout=timedelta(seconds=1)))
    assert result.error == (f"{server.address} took longer than 1 s in all ([fetch] timeout); it is asked again later")
    assert result.status == 200
    assert timedelta(seconds=0.9) < result.elapsed < timedelta(seconds=3)


def test_one_deadline_holds_for_all_redirects_together(server):
    url = server.add("/a", Answer(status=302, headers={"Location": "/a"}, delay=0.4))
    begun = time.monotonic()
    result = get(url, settings(timeout=timedelta(seconds=1)))
    assert "1 s" in result.error
    assert time.monotonic() - begun < 3


def test_silence_before_the_answer_is_an_error(server):
    result = get(server.add("/a", Answer(FEED, delay=30)), settings(timeout=timedelta(seconds=1)))
    assert result.error.startswith(f"{server.address} ")
    assert result.status is None


CUT = "the answer ended in the middle; it is asked again later"
CLOSED = "{} closed the connection without a whole answer; it is asked again later"
NO_HTTP = "{} answers, but not in HTTP as it should be; check the address"
LARGE_HEADERS = "the headers of the answer are too large; it is asked again later"


@pytest.mark.parametrize("death", [Answer(reset=True), Answer(raw=b"")], ids=["reset", "closed"])
def test_a_connection_that_died_before_any_byte_is_tried_once_more(server, death):
    assert get(server.add("/a", death, Answer(FEED))).body == FEED
    assert get(server.add("/b", death, death, Answer(FEED))).error == CLOSED.format(server.address)
    assert [request.path for request in server.requests] == ["/a", "/a", "/b", "/b"]


@pytest.mark.parametrize(
    "trouble", [Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Len"), Answer(FEED, cut=20), Answer(status=500)]
)
def test_an_answer_that_began_is_not_asked_for_again(server, trouble):
    assert get(server.add("/a", trouble, Answer(FEED))).error
    assert len(server.requests) == 1


def test_the_second_try_keeps_the_spacing_and_the_deadline(server):
    spaced = settings(spacing=timedelta(seconds=0.3))
    assert get(server.add("/a", Answer(reset=True), Answer(FEED)), spaced).body == FEED
    assert server.requests[1].begun - server.ends[0] >= 0.25
    late = settings(spacing=timedelta(seconds=5), timeout=timedelta(seconds=1))
    assert get(server.add("/b", Answer(reset=True), Answer(FEED)), late).error == CLOSED.format(server.address)
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (Answer(FEED, cut=20), CUT),
        (Answer(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"), CUT),
        (Answer(reset=True), CLOSED),
        (Answer(raw=b""), CLOSED),
        (Answer(raw=b"220 mail.example ESMTP\r\n"), NO_HTTP),
        (Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), NO_HTTP),
        (Answer(FEED, headers={"X": "y" * 40_000}), NO_HTTP),
        (Answer(FEED, headers={f"X-{n}": "y" * 8000 for n in range(12)}), LARGE_HEADERS),
    ],
)
def test_every_trouble_of_a_connection_is_one_line_for_people(server, trouble, reason):
    result = get(server.add("/a", trouble))
    assert (result.body, result.error) == (None, reason.format(server.address))


def test_hosts_that_do_not_exist_refuse_or_show_a_bad_certificate():
    async def lookup(host):
        code = socket.EAI_AGAIN if host == "offline.example" else socket.EAI_NONAME
        raise socket.gaierror(code, "secret internals")

    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        assert get(f"http://127.0.0.1:{port}/").error == f"127.0.0.1:{port} takes no connections; check host and port"
    assert get("http://no.example/", lookup=lookup).error == (
        "there is no host called no.example; check the address, or is this machine offline?"
    )
    assert get("http://offline.example/", lookup=lookup).error == (
        "the name offline.example could not be looked up; is this machine online?"
    )
    with FeedServer(tls=True) as secure:
        result = get(secure.add("/a", Answer(FEED)))
        assert result.error.startswith(f"{secure.address} shows a certificate that is not valid (")
        assert secure.requests == []
    with FeedServer() as plain:
        assert get(f"https://{plain.address}/").error == (
            f"{plain.address} offers no secure connection that works; check the address"
        )


# --- Politeness ---------------------------------------------------------------------------------


def test_one_host_and_port_gets_one_request_at_a_time_and_a_pause_between_two(server):
    urls = [server.add(f"/{n}", Answer(FEED, delay=0.05)) for n in range(4)]
    results = get_all(urls, settings(spacing=timedelta(seconds=0.2)))
    assert [result.body for result in results] == [FEED] * 4
    assert server.most_at_once == 1
    begun = [request.begun for request in server.requests]
    assert all(start - end >= 0.15 for end, start in zip(server.ends, begun[1:], strict=False))
    assert results[-1].elapsed < timedelta(seconds=0.5), "the time it waited for its turn is not in it"


def test_a_redirect_on_the_same_host_waits_its_turn_too(server):
    server.add("/new", Answer(FEED))
    get(server.add("/old", Answer(status=301, headers={"Location": "/new"})), settings(spacing=timedelta(seconds=0.2)))
    assert server.requests[1].begun - server.ends[0] >= 0.15


def test_waiting_for_a_turn_does_not_count_against_the_deadline(server):
    urls = [server.add(f"/{n}", Answer(FEED, delay=0.4)) for n in range(4)]
    results = get_all(urls, settings(timeout=timedelta(seconds=1), spacing=timedelta(seconds=0.1)))
    assert [result.error for result in results] == [None] * 4


def test_other_ports_are_asked_side_by_side_up_to_the_limit(server):
    urls = [server.add(f"/{n}", Answer(FEED, delay=0.2), own_port=True) for n in range(9)]
    begun = time.monotonic()
    results = get_all(urls, settings(at_once=3, spacing=timedelta(seconds=5)))
    assert [result.body for result in results] == [FEED] * 9
    assert server.most_at_once == 3
    assert time.monotonic() - begun < 3


def test_cancelling_ends_at_once(server):
    url = server.add("/a", Answer(FEED, delay=30))

    async def ask():
        async with Client(settings()) as client:
            asking = asyncio.create_task(fetch.fetch(client, FetchRequest(1, url)))
            await asyncio.sleep(0.1)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking

    begun = time.monotonic()
    asyncio.run(ask())
    assert time.monotonic() - begun < 2

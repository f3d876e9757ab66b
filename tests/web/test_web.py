"""The web face over a real server on loopback."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from digest.errors import DigestError
from digest.web.app import HEADERS, Found, Visit, make_app
from digest.web.server import serve

LONG = b"<!doctype html><title>13 October</title>" + b"<p>One of many reports of the day.</p>" * 100
PAGES = {
    "index.html": b"<!doctype html><title>Today</title>",
    "2023/10/13/index.html": LONG,
    "archive/index.html": b"<!doctype html><title>Archive</title>",
    "style.css": b"body { color: #1f2328 }",
    "2023/10/13/edition.json": b"{}",
}

SERVED = """
import sys, time
from digest.web.app import Found, make_app
from digest.web.server import serve

def pages(visit):
    if visit.path == "slow.html":
        time.sleep(30)
    return Found(b"<!doctype html>") if visit.path == "index.html" else None

app = make_app(pages, lambda: {"status": "ok"}, address="127.0.0.1:0")
serve(app, "127.0.0.1:0", lambda url: print(url, flush=True), lambda: print("stopped", flush=True))
print("returned", flush=True)
"""


@dataclass
class Site:
    """A running server and what it is asked about."""

    port: int = 0
    health: Mapping[str, Any] | Exception = None  # type: ignore[assignment]
    asked: list[str] = None  # type: ignore[assignment]

    def pages(self, visit: Visit) -> Found | None:
        self.asked.append(visit.path)
        if visit.path == "broken/index.html":
            raise ZeroDivisionError("the page cannot be drawn")
        body = PAGES.get(visit.path)
        return Found(body) if body is not None else None

    def facts(self) -> Mapping[str, Any]:
        if isinstance(self.health, Exception):
            raise self.health
        return self.health

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def running() -> Iterator[Site]:
    site = Site()
    app = make_app(site.pages, site.facts, address="127.0.0.1:0", base_url="https://News.example.org/paper")
    stopping, started = threading.Event(), threading.Event()

    def on_start(url: str) -> None:
        site.port = int(url.rstrip("/").rpartition(":")[2])
        started.set()

    thread = threading.Thread(target=serve, args=(app, "127.0.0.1:0", on_start), kwargs={"stopping": stopping})
    thread.start()
    assert started.wait(10)
    yield site
    stopping.set()
    thread.join(10)
    assert not thread.is_alive()


@pytest.fixture
def site(running: Site) -> Site:
    running.health, running.asked = {"status": "ok", "editions": 4}, []
    return running


@pytest.mark.parametrize(
    ("path", "page", "kind"),
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/2023/10/13/", "2023/10/13/index.html", "text/html; charset=utf-8"),
        ("/archive/", "archive/index.html", "text/html; charset=utf-8"),
        ("/style.css", "style.css", "text/css; charset=utf-8"),
        ("/2023/10/13/edition.json", "2023/10/13/edition.json", "application/json"),
    ],
)
def test_a_page_stands_where_the_static_site_has_it(site: Site, path: str, page: str, kind: str) -> None:
    status, headers, body = site.ask(path)
    assert (status, headers["Content-Type"], body) == (200, kind, PAGES[page])


@pytest.mark.parametrize("path", ["/", "/style.css", "/nowhere", "/2023/10/13", "/healthz", "/broken/"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_every_answer_carries_the_headers(site: Site, path: str, method: str) -> None:
    _, headers, _ = site.ask(path, method)
    for name, value in HEADERS.items():
        assert headers.get_all(name) == [value]
    assert "Server" not in headers


def test_the_policy_lets_nothing_in_from_outside() -> None:
    assert HEADERS["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; manifest-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def test_an_unchanged_page_is_not_sent_again(site: Site) -> None:
    _, headers, _ = site.ask("/2023/10/13/")
    for sent in (headers["ETag"], f'"other", {headers["ETag"]}', headers["ETag"].removeprefix("W/"), "*"):
        status, again, body = site.ask("/2023/10/13/", If_None_Match=sent)
        assert (status, body, again["ETag"]) == (304, b"", headers["ETag"])
    assert site.ask("/2023/10/13/", If_None_Match='W/"old"')[0] == 200


def test_two_pages_have_two_tags(site: Site) -> None:
    assert site.ask("/")[1]["ETag"] != site.ask("/archive/")[1]["ETag"]


def test_head_says_what_get_would(site: Site) -> None:
    _, full, body = site.ask("/2023/10/13/")
    status, head, nothing = site.ask("/2023/10/13/", "HEAD")
    assert (status, nothing) == (200, b"")
    assert head["Content-Length"] == str(len(body))
    assert head["ETag"] == full["ETag"]


def test_a_long_page_travels_compressed_to_those_who_can(site: Site) -> None:
    _, headers, body = site.ask("/2023/10/13/", Accept_Encoding="gzip")
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == LONG
    assert "Accept-Encoding" in headers["Vary"]
    _, plain, _ = site.ask("/2023/10/13/")
    assert "Content-Encoding" not in plain
    assert plain["ETag"] == headers["ETag"]


def test_an_address_without_its_slash_leads_on(site: Site) -> None:
    status, headers, _ = site.ask("/2023/10/13")
    assert (status, headers["Location"]) == (308, "./13/")


def test_a_page_has_one_address(site: Site) -> None:
    for path in ("/index.html", "/2023/10/13/index.html"):
        status, headers, _ = site.ask(path)
        assert (status, headers["Location"]) == (308, "./")
    assert site.ask("/nowhere/index.html")[0] == 404


@pytest.mark.parametrize("path", ["/nowhere", "/2023/10/14/", "/2023/10", "/a/b/c/d"])
def test_a_missing_page_helps_on(site: Site, path: str) -> None:
    status, headers, body = site.ask(path)
    assert (status, headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    text = body.decode()
    assert 'lang="en"' in text
    assert text.count("<h1>") == 1
    up = "../" * path[1:].count("/") or "./"
    assert re.findall(r'<a href="([^"]*)"', text) == [up, f"{up}archive/", f"{up}search"]
    assert path not in text


@pytest.mark.parametrize(
    "path",
    [
        "/../secret",
        "/%2e%2e/secret",
        "/a/../../secret",
        "//example.org/",
        "//example.org",
        "/a//b",
        "/.git/config",
        "/a%00b",
        "/a%0d%0aSet-Cookie:x",
        "/..%5csecret",
    ],
)
def test_a_path_with_tricks_is_not_even_looked_up(site: Site, path: str) -> None:
    status, headers, _ = site.ask(path)
    assert status == 404
    assert site.asked == []
    assert "Location" not in headers
    assert "Set-Cookie" not in headers


def test_a_page_that_cannot_be_drawn_says_so_and_no_more(site: Site) -> None:
    status, _, body = site.ask("/broken/")
    assert status == 500
    assert b"cannot be shown" in body
    assert b"ZeroDivision" not in body
    assert b"cannot be drawn" not in body
    assert site.ask("/")[0] == 200


def test_only_reading_is_allowed(site: Site) -> None:
    status, headers, _ = site.ask("/", "DELETE")
    assert status == 405
    assert "GET" in headers["Allow"]


def test_health_is_told_as_json(site: Site) -> None:
    status, headers, body = site.ask("/healthz")
    assert (status, json.loads(body)) == (200, {"status": "ok", "editions": 4})
    assert headers["Cache-Control"] == "no-store"
    site.health = {"status": "stalled", "last_poll": "2023-10-13T06:00:00Z"}
    status, _, body = site.ask("/healthz")
    assert (status, json.loads(body)["status"]) == (503, "stalled")
    site.health = ZeroDivisionError()
    status, _, body = site.ask("/healthz")
    assert (status, json.loads(body)) == (503, {"status": "unknown"})


def test_a_damaged_database_is_one_line_in_the_log_each_time_health_is_asked(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    site.health = DigestError("digest.db is damaged")
    status, _, body = site.ask("/healthz")
    assert (status, json.loads(body)) == (503, {"status": "unknown"})
    assert [(one.getMessage(), one.exc_info) for one in caplog.records] == [
        ("health cannot be told: digest.db is damaged", None)
    ]


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8080",
        "LOCALHOST.",
        "127.0.0.1",
        "127.8.8.8:1",
        "[::1]:8080",
        "news.example.org",
        "paper.localhost",
    ],
)
def test_a_request_for_one_of_our_hosts_is_answered(site: Site, host: str) -> None:
    assert site.ask("/", Host=host)[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "192.168.1.5",
        "news.example.org.evil.example",
        "localhost@evil.example",
        "evil.example:80/localhost",
        "0.0.0.0",
        "a b",
        "",
        "localhost:x",
        "[::1",
    ],
)
@pytest.mark.parametrize("path", ["/", "/healthz"])
def test_a_request_for_another_host_is_refused(site: Site, host: str, path: str) -> None:
    """Else a web page elsewhere could read this one through a name it points here."""
    status, headers, body = site.ask(path, Host=host)
    assert status == 421
    assert b"base_url" in body
    assert headers["Content-Security-Policy"]
    assert site.asked == []


def test_a_forwarded_host_does_not_count(site: Site) -> None:
    assert site.ask("/", Host="evil.example", X_Forwarded_Host="localhost")[0] == 421


def test_bound_to_every_address_the_address_asked_is_ours() -> None:
    app = make_app(lambda visit: Found(PAGES[visit.path]), lambda: {"status": "ok"}, address="0.0.0.0:8080")
    asked: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            asked.append(message["status"])

    async def receive() -> Any:
        return {"type": "http.request"}

    for host in (b"192.0.2.7:8080", b"192.0.2.8:8080"):
        scope = {
            "type": "http", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"", "scheme": "http",
            "headers": [(b"host", host)], "server": ("192.0.2.7", 8080), "http_version": "1.1", "root_path": "",
        }  # fmt: skip
        asyncio.run(app(scope, receive, send))
    assert asked == [200, 421]


# --- the server ---


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("busy", [False, True])
def test_a_signal_ends_it_cleanly_within_two_seconds(number: signal.Signals, busy: bool) -> None:
    """With an idle kept-alive connection, and in the second case a request that would take half a minute."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVED], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline()
        port = int(url.strip().rstrip("/").rpartition(":")[2])
        idle = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        idle.request("GET", "/")
        assert idle.getresponse().read() == b"<!doctype html>"
        if busy:
            slow = socket.create_connection(("127.0.0.1", port))
            slow.sendall(b"GET /slow.html HTTP/1.1\r\nHost: localhost\r\n\r\n")
            time.sleep(0.2)
        process.send_signal(number)
        started = time.monotonic()
        seen = [process.stdout.readline().strip(), process.stdout.readline().strip()]
        took = time.monotonic() - started
        if busy:
            slow.close()
            process.kill()
        idle.close()
        code = process.wait(10)
        errors = process.stderr.read()
    assert seen == ["stopped", "returned"]
    assert took < 2.5
    if not busy:
        assert (code, errors) == (0, "")


def test_a_taken_port_names_the_cure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(DigestError) as error:
            serve(make_app(PAGES.get, dict, address=address), address)
    assert str(error.value) == f"{address} is in use; stop the other program, or set [web] address (`serve --address`)"


@pytest.mark.parametrize("address", ["8080", "127.0.0.1", "127.0.0.1:http", ":8080", "127.0.0.1:99999"])
def test_what_is_no_address_is_told(address: str) -> None:
    with pytest.raises(DigestError, match="write \\[web\\] address like"):
        serve(make_app(PAGES.get, dict, address="127.0.0.1:8080"), address)


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(DigestError, match="of this machine"):
        serve(make_app(PAGES.get, dict, address="192.0.2.1:8080"), "192.0.2.1:8080")


def test_an_error_at_the_start_ends_the_server_and_comes_out() -> None:
    stopped: list[bool] = []

    def on_start(url: str) -> None:
        raise DigestError("the schedule cannot start")

    with pytest.raises(DigestError, match="the schedule cannot start"):
        serve(make_app(PAGES.get, dict, address="127.0.0.1:0"), "127.0.0.1:0", on_start, lambda: stopped.append(True))
    assert stopped == [True]

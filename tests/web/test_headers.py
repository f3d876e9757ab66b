"""What every answer carries beside its body."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from support.asgi import ask

from digest.web.app import HEADERS, Found, Visit, make_app

FEED = b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">' + b"<entry/>" * 200 + b"</feed>"
PAGES = {
    "index.html": b"<!doctype html><title>Today</title>" + b"<p>Dam breaks above Vellmoor</p>" * 50,
    "items/7/index.html": b"<!doctype html><title>Item</title>",
    "threads/7/index.html": b"<!doctype html><title>Thread</title>",
    "feed.atom": FEED,
    "feed.json": b'{"items": [' + b" " * 1000 + b"]}",
    "feeds.opml": b"<opml>" + b" " * 1000 + b"</opml>",
    "style.css": b"body { color: #1f2328 }" + b" " * 1000,
}


def site(**settings: Any) -> Any:
    def pages(visit: Visit) -> Found | None:
        return Found(PAGES[visit.path]) if visit.path in PAGES else None

    return make_app(pages, lambda: {"status": "ok"}, address="127.0.0.1:8080", measured=lambda: b"", **settings)


EVERYTHING = (
    "/", "/feed.atom", "/style.css", "/healthz", "/metrics", "/favicon.ico", "/no/such/page", "/..%2f", "/index.html",
)  # fmt: skip


@pytest.mark.parametrize("path", EVERYTHING)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_every_answer_carries_them_whatever_is_asked(path: str, method: str) -> None:
    answer = ask(site(), path, method=method)
    assert {name: answer.headers.get(name.lower()) for name in HEADERS} == HEADERS
    assert "server" not in answer.headers
    assert "set-cookie" not in answer.headers


def test_a_refused_host_and_an_error_of_ours_carry_them_too() -> None:
    assert HEADERS.items() <= headers(ask(site(), "/", headers={"Host": "evil.example"})).items()

    def broken(visit: Visit) -> Found | None:
        raise ZeroDivisionError

    app = make_app(broken, lambda: {"status": "ok"}, address="127.0.0.1:8080")
    with pytest.raises(ZeroDivisionError):  # for the server, which logs it
        ask(app, "/")


def headers(answer: Any) -> dict[str, str]:
    return {name: answer.headers.get(name.lower()) for name in HEADERS}


def test_the_policy_lets_nothing_run_and_nothing_come_from_elsewhere() -> None:
    policy = dict(one.split(" ", 1) for one in ask(site(), "/").headers["content-security-policy"].split("; "))
    assert policy == {
        "default-src": "'none'", "style-src": "'self'", "script-src": "'self'", "img-src": "'self'",
        "manifest-src": "'self'", "connect-src": "'self'", "form-action": "'self'", "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "elsewhere"), [("/", False), ("/items/7/", True), ("/threads/7/", True), ("/items/8/", True)]
)
def test_pictures_of_other_servers_are_let_in_on_item_and_thread_pages_only(path: str, elsewhere: bool) -> None:
    assert ("img-src 'self' https:;" in ask(site(images=True), path).headers["content-security-policy"]) is elsewhere
    assert "https:" not in ask(site(), path).headers["content-security-policy"]


def test_robots_are_told_to_list_nothing_unless_the_owner_lets_them() -> None:
    assert ask(site(), "/feed.atom").headers["x-robots-tag"] == "noindex"
    assert "x-robots-tag" not in ask(site(noindex=False), "/").headers


@pytest.mark.parametrize("path", ["/", "/feed.atom", "/feed.json", "/feeds.opml", "/style.css"])
def test_text_of_every_kind_goes_out_compressed_to_whoever_takes_that(path: str) -> None:
    packed = ask(site(), path, headers={"Accept-Encoding": "gzip"})
    plain = ask(site(), path)
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert "content-encoding" not in plain.headers
    for answer in (packed, plain):
        assert {one.strip().lower() for one in answer.headers["vary"].split(",")} == {"accept-encoding", "cookie"}


@pytest.mark.parametrize("path", ["/", "/feed.atom", "/feed.json", "/feeds.opml", "/style.css"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_a_reader_has_is_not_sent_again(path: str, method: str) -> None:
    tag = ask(site(), path).headers["etag"]
    for given in (tag, tag.removeprefix("W/"), f'"other", {tag} , W/"more"', "*"):
        answer = ask(site(), path, method=method, headers={"If-None-Match": given, "Accept-Encoding": "gzip"})
        assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", tag)
        assert answer.headers["cache-control"] == "no-cache"
        assert "Cookie" in answer.headers["vary"]
    assert ask(site(), path, headers={"If-None-Match": '"other"'}).status == 200


def test_what_asks_for_an_icon_in_the_old_place_is_led_to_it() -> None:
    answer = ask(site(), "/favicon.ico")
    assert (answer.status, answer.headers["location"]) == (308, "./favicon.svg")

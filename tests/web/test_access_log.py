"""The line that each request leaves in the log."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from support.asgi import ask

from digest.web.access_log import AccessLog, Answered, family
from digest.web.app import Found, Visit, make_app
from digest.web.door import Lock


def logged(
    caplog: pytest.LogCaptureFixture,
    path: str,
    query: str = "",
    *,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    lock: Lock | None = None,
) -> tuple[str, Answered]:
    """The line, and what the counting got, for one request to a site with a front page and a search."""
    seen: list[Answered] = []

    def pages(visit: Visit) -> Found | None:
        return Found(b"<!doctype html>" * 5) if visit.path in {"index.html", "search"} else None

    app = make_app(pages, lambda: {"status": "ok"}, address="127.0.0.1:8080", observe=seen.append, lock=lock)
    caplog.set_level(logging.INFO, "digest.access")
    ask(app, path, query, method=method, headers=headers, client="192.0.2.7")
    [line] = [record.getMessage() for record in caplog.records if record.name == "digest.access"]
    [answered] = seen
    return line, answered


def test_it_says_who_asked_for_what_and_what_came_of_it(caplog: pytest.LogCaptureFixture) -> None:
    line, answered = logged(caplog, "/")
    assert line.startswith("request client=192.0.2.7 method=GET path=/ status=200 bytes=75 ms=")
    assert (answered.family, answered.status) == ("front", 200)


def test_behind_a_proxy_that_is_trusted_the_client_is_whom_it_names(caplog: pytest.LogCaptureFixture) -> None:
    lock = Lock(trusted_proxies=("192.0.2.7/32",))
    line, _ = logged(caplog, "/", lock=lock, headers={"X-Forwarded-For": "203.0.113.5, 198.51.100.4"})
    assert "client=198.51.100.4 " in line
    caplog.clear()
    line, _ = logged(caplog, "/", headers={"X-Forwarded-For": "203.0.113.5"})
    assert "client=192.0.2.7 " in line


@pytest.mark.parametrize(
    ("raw", "query", "shown"),
    [
        ("/unsubscribe/s3cret", "", "/unsubscribe/***"),
        ("/unsubscribe/s3cret/more", "s3cret", "/unsubscribe/***?***"),
        ("/%75nsubscribe/s3cret", "", "/unsubscribe/***"),
        ("/unsubscribe%2Fs3cret", "", "/unsubscribe/***"),
        ("/news/unsubscribe/s3cret", "", "/news/unsubscribe/***"),
        ("/search", "q=s3cret", "/search?***"),
        ("/feed.atom", "token=s3cret", "/feed.atom?***"),
        ("/a%0Aforged%20line", "", "/a%0Aforged%20line"),
    ],
)
def test_tokens_and_the_words_of_readers_stay_out_of_it(
    caplog: pytest.LogCaptureFixture, raw: str, query: str, shown: str
) -> None:
    line, _ = logged(caplog, raw, query, headers={"Cookie": "s3cret", "Authorization": "s3cret"})
    assert f" path={shown} status=" in line
    assert "s3cret" not in caplog.text


def test_a_long_path_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    line, _ = logged(caplog, "/" + "a" * 5000)
    assert len(line) < 400


def test_the_body_that_a_head_request_does_not_get_is_not_counted(caplog: pytest.LogCaptureFixture) -> None:
    assert " bytes=0 " in logged(caplog, "/", method="HEAD")[0]


def test_a_refused_host_is_logged_too(caplog: pytest.LogCaptureFixture) -> None:
    assert " status=421 " in logged(caplog, "/", headers={"Host": "evil.example"})[0]


def test_whoever_leaves_before_the_answer_is_logged_with_status_0(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise asyncio.CancelledError

    caplog.set_level(logging.INFO, "digest.access")
    with pytest.raises(asyncio.CancelledError):
        ask(AccessLog(app), "/")
    assert "path=/ status=0 bytes=0" in caplog.text


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "front"),
        ("/2023/10/13/", "edition"),
        ("/evening/2023/10/13/2/", "edition"),
        ("/evening/archive/", "archive"),
        ("/threads/7/", "threads"),
        ("/threads/7/feed.atom", "threads"),
        ("/feed.atom", "feeds"),
        ("/feeds.opml", "feeds"),
        ("/style.css", "file"),
        ("/wp-admin/setup.php", "other"),
        ("//", "front"),
    ],
)
def test_every_path_is_of_one_of_few_kinds(path: str, kind: str) -> None:
    assert family(path) == kind

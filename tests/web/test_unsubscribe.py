"""The page behind an unsubscribe link, over a real server on loopback: the one-click rules of RFC 8058, one by one."""

from __future__ import annotations

import http.client
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.editions import an_edition

from digest.config import Config, Digest, Web
from digest.errors import StoreError
from digest.pipeline import unsubscribing
from digest.store import Store
from digest.web.app import HEADERS, make_app
from digest.web.server import serve

NOW = an_edition().slot
ONE_CLICK = b"List-Unsubscribe=One-Click"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class Site:
    """A running server over a database with one recipient."""

    settings: Config
    token: str
    port: int = 0
    broken: bool = False
    ended: list[str] = field(default_factory=list)

    def unsubscribe(self, token: str, end: bool) -> unsubscribing.Asked | None:
        if self.broken:
            raise StoreError("digest.db: the disk is full")
        with Store.open(self.settings.database) as store:
            return unsubscribing.by_token(store, self.settings, token, NOW, end=end)

    def ask(
        self, method: str, path: str | None = None, body: bytes | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path or f"/unsubscribe/{self.token}", body, given)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def post(self, body: bytes = ONE_CLICK, path: str | None = None, **headers: str):
        return self.ask("POST", path, body, **({"Content_Type": FORM["Content-Type"]} | headers))

    @property
    def unsubscribed(self) -> bool:
        with Store.open(self.settings.database) as store:
            return store.recipients.unsubscribed("daily", "me@example.org") is not None


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    settings = Config(
        path=tmp_path / "config.toml",
        database=tmp_path / "digest.db",
        digests={"daily": Digest(name="daily", title="Tea & <Toast>", to=("Me <me@example.org>",))},
        web=Web(base_url="https://news.example.org/paper"),
    )
    with Store.open(settings.database) as store:
        store.editions.know("daily", NOW)
        with store.writing():
            token = store.recipients.token("daily", "Me <Me@Example.org>", unsubscribing.fresh_token())
    made = Site(settings, token)
    app = make_app(
        lambda path: None, dict, address="127.0.0.1:0", base_url=settings.web.base_url, unsubscribe=made.unsubscribe
    )
    stopping, started = threading.Event(), threading.Event()

    def on_start(url: str) -> None:
        made.port = int(url.rstrip("/").rpartition(":")[2])
        started.set()

    thread = threading.Thread(target=serve, args=(app, "127.0.0.1:0", on_start), kwargs={"stopping": stopping})
    thread.start()
    assert started.wait(20)
    yield made
    stopping.set()
    thread.join(20)


def test_1_looking_shows_a_form_and_changes_nothing_however_often_a_scanner_looks(site: Site) -> None:
    for method in ("GET", "HEAD", "GET"):
        status, headers, text = site.ask(method)
        assert status == 200
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert '<form method="post">' in text
    assert "Unsubscribe from Tea &amp; &lt;Toast&gt;?" in text
    assert '<meta name="robots" content="noindex, nofollow">' in text
    assert "<script" not in text
    assert "me@example.org" not in text
    assert not site.unsubscribed


def test_2_one_post_of_a_mail_program_unsubscribes_at_once(site: Site) -> None:
    status, _, text = site.post()
    assert status == 200
    assert "You are unsubscribed from Tea &amp; &lt;Toast&gt;" in text
    assert site.unsubscribed


def test_3_it_needs_no_login_cookie_referrer_or_origin_and_sets_no_cookie(site: Site) -> None:
    status, headers, _ = site.post(Origin="https://mail.example.com", Referer="https://mail.example.com/")
    assert status == 200
    assert headers["Set-Cookie"] is None
    assert headers["WWW-Authenticate"] is None
    for name, value in HEADERS.items():
        assert headers[name] == value


def test_4_it_answers_itself_and_redirects_nowhere(site: Site) -> None:
    for answer in (site.ask("GET"), site.post()):
        assert answer[0] == 200
        assert answer[1]["Location"] is None


def test_5_the_form_on_the_page_posts_the_same_words_to_the_same_address(site: Site) -> None:
    page = site.ask("GET")[2]
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    assert fields == [("List-Unsubscribe", "One-Click")]
    assert re.search(r"<form[^>]*action", page) is None
    assert site.post(f"{fields[0][0]}={fields[0][1]}".encode())[0] == 200
    assert site.unsubscribed


def test_6_asked_again_it_says_the_same(site: Site) -> None:
    first, second = site.post(), site.post()
    assert (first[0], first[2]) == (second[0], second[2])
    assert "You are unsubscribed" in site.ask("GET")[2]


@pytest.mark.parametrize(
    "token",
    [
        "a" * 26,
        "a" * 10_000,
        "",
        "%00",
        "..%2f..%2fetc%2fpasswd",
        "../../digest.db",
        "' OR 1=1 --".replace(" ", "%20"),
        "%ff%fe",
        "TOKEN/",
        "token-upper",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_7_a_token_that_is_none_is_no_error_of_ours_and_helps(site: Site, token: str, method: str) -> None:
    token = token.replace("TOKEN", site.token).replace("token-upper", site.token.upper())
    status, headers, text = site.ask(method, f"/unsubscribe/{token}", ONE_CLICK if method == "POST" else None, **FORM)
    assert status == 404
    if method != "HEAD":
        assert "There is no such subscription" in text
        assert "ask its sender" in text
        assert token not in text or not token
    assert headers["Cache-Control"] == "no-store"
    assert not site.unsubscribed


@pytest.mark.parametrize(
    "body",
    [
        b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
        b"preamble\n--b\ncontent-disposition: form-data; name=list-unsubscribe\n\n one-click \n--b--",
        b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\ny\r\n--b\r\nContent-Type: text/plain\r\n'
        b'Content-Disposition: form-data; name="List-Unsubscribe"\r\nX: y\r\n\r\nOne-Click\r\n--b--\r\n',
    ],
)
def test_8_a_multipart_body_is_one_too(site: Site, body: bytes) -> None:
    assert site.post(body, Content_Type="multipart/form-data; boundary=b")[0] == 200
    assert site.unsubscribed


@pytest.mark.parametrize(
    "body",
    [
        b"", b"x=y", b"List-Unsubscribe=", b"One-Click", b"\xff" * 100, b"&" * 4000,
        b"content-disposition:name=list-unsubscribe" * 99,
        b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nTwo-Clicks\r\n--b--\r\n',
        b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nOne-Click\r\n--b--\r\n',
    ],
)  # fmt: skip
def test_another_body_changes_nothing_and_says_what_to_do(site: Site, body: bytes) -> None:
    status, _, text = site.post(body)
    assert status == 400
    assert "Nothing was changed" in text
    assert not site.unsubscribed


def test_a_body_without_end_is_not_read_to_its_end(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
        head = f"POST /unsubscribe/{site.token} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n"
        connection.sendall(head.encode() + b"x" * 5000)
        assert connection.recv(100).startswith(b"HTTP/1.1 413")
    assert not site.unsubscribed
    assert site.post()[0] == 200


def test_only_looking_and_posting_is_allowed(site: Site) -> None:
    for method in ("PUT", "DELETE"):
        assert site.ask(method)[0] == 405
    assert not site.unsubscribed


def test_another_host_is_refused_and_the_public_one_answered(site: Site) -> None:
    assert site.post(Host="evil.example")[0] == 421
    assert not site.unsubscribed
    assert site.post(Host="news.example.org")[0] == 200


def test_a_database_that_cannot_be_written_is_told_and_nobody_is_told_that_all_is_well(site: Site) -> None:
    site.broken = True
    status, _, text = site.post()
    assert status == 503
    assert "does not work right now" in text
    assert "disk" not in text


def test_many_at_once_do_no_harm(site: Site) -> None:
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(site.post()[0])) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    assert statuses == [200] * 8


def test_a_site_without_mails_has_no_such_page() -> None:
    app = make_app(lambda path: None, dict, address="127.0.0.1:0")
    stopping, ports = threading.Event(), []
    thread = threading.Thread(target=serve, args=(app, "127.0.0.1:0", ports.append), kwargs={"stopping": stopping})
    thread.start()
    end = time.monotonic() + 20
    while not ports and time.monotonic() < end:
        time.sleep(0.01)
    connection = http.client.HTTPConnection("127.0.0.1", int(ports[0].rstrip("/").rpartition(":")[2]), timeout=20)
    connection.request("GET", f"/unsubscribe/{'a' * 26}")
    assert connection.getresponse().status == 404
    connection.close()
    stopping.set()
    thread.join(20)

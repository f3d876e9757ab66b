"""The owner's forms, over a real server: whose they are, what they may carry, and what is told afterwards."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.owned import Browser, Owned, landed

from digest.web import forms
from digest.web.door import Memory
from digest.web.forms import LARGE, SMALL
from digest.web.owner import ACTIONS


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Owned]:
    with Owned(tmp_path) as made:
        yield made


@pytest.fixture
def me(site: Owned) -> Browser:
    return site.owner()


def test_a_form_does_it_leads_back_and_the_next_page_says_so_once(site: Owned, me: Browser) -> None:
    answer = me.do("split", item="7", back="2023/10/13/")
    assert (answer.status, landed("/do/split", answer)) == (303, "http://site.test/2023/10/13/")
    assert site.done == [("split", {"item": "7"}, None)]
    for path in ("/style.css", "/nowhere/", "/2023/10/13"):  # none of them is a page that could say it
        me.get(path)
    me.ask("HEAD", "/2023/10/13/")
    assert '<p class="done" role="status">Done: split &amp; &lt;more&gt;</p>' in me.get("/2023/10/13/").text
    assert "Done:" not in me.get("/2023/10/13/").text


def test_what_could_not_be_done_is_told_in_the_same_way(me: Browser) -> None:
    assert me.do("merge", thread="1", other="7").status == 303
    assert "there is no thread 7; &lt;b&gt;look&lt;/b&gt; at /threads/" in me.get("/").text


def test_it_is_told_to_who_did_it_and_to_nobody_else(site: Owned, me: Browser) -> None:
    other = site.owner(address="127.0.0.2")
    me.do("poll")
    assert "Done:" not in other.get("/").text
    assert "Done:" not in site.browser().get("/").text
    assert "Done:" in me.get("/").text


def test_a_page_forgets_only_what_it_told() -> None:
    """Two things were done while it was drawn."""
    memory = Memory()
    memory.tell("me", "one")
    memory.tell("me", "two")
    memory.was_told("me", "one")
    assert memory.told == {"me": "two"}
    memory.was_told("me", "two")
    assert memory.told == {}


def test_every_action_of_the_pages_is_known_and_no_other(site: Owned, me: Browser) -> None:
    for action in sorted(ACTIONS):
        assert me.do(action).status == 303
    assert [one[0] for one in site.done] == sorted(ACTIONS)
    site.done.clear()
    for action in ("drop", "__init__", "Split", "split/", "split%2f..", "%00", "x" * 2000):
        assert me.do(action).status in (404, 405)
    assert me.get("/do/split").status == 405
    assert site.done == []


def test_a_file_comes_whole_with_the_fields_beside_it(site: Owned, me: Browser) -> None:
    opml = b'<?xml version="1.0"?>\r\n<opml version="2.0"/>\r\n--b-not-the-end\r\n' + bytes(range(256))
    parts = {"csrf": me.mark, "back": "feeds/", "section": "Wörld"}
    answer = me.ask("POST", "/do/import", _multipart(parts, opml), Content_Type="multipart/form-data; boundary=b")
    assert (answer.status, landed("/do/import", answer)) == (303, "http://site.test/feeds/")
    assert site.done == [("import", {"section": "Wörld"}, opml)]


def test_no_file_chosen_is_no_file(site: Owned, me: Browser) -> None:
    body = _multipart({"csrf": me.mark}, b"", name="")
    assert me.ask("POST", "/do/import", body, Content_Type="multipart/form-data; boundary=b").status == 303
    assert site.done == [("import", {}, None)]


def test_a_body_has_its_limit_and_only_import_a_large_one(site: Owned, me: Browser) -> None:
    fields = {"csrf": me.mark}
    assert me.post("/do/split", fields | {"item": "x" * (SMALL - 200)}).status == 303
    answer = me.post("/do/split", fields | {"item": "x" * SMALL})
    assert answer.status == 413
    assert "Nothing was changed" in answer.text
    kind = "multipart/form-data; boundary=b"
    assert me.ask("POST", "/do/import", _multipart(fields, b"x" * (LARGE - 500)), Content_Type=kind).status == 303
    assert me.ask("POST", "/do/import", _multipart(fields, b"x" * LARGE), Content_Type=kind).status == 413
    assert len(site.done) == 2


def test_a_body_without_end_is_not_read_to_its_end(site: Owned, me: Browser) -> None:
    [(name, value)] = me.cookies.items()
    head = f"POST /do/poll HTTP/1.1\r\nHost: localhost\r\nCookie: {name}={value}\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
        connection.sendall(head.encode() + b"50000\r\n" + b"x" * 0x50000)
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


def test_a_body_that_does_not_come_is_not_waited_for(site: Owned, me: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "PATIENCE", 0.2)
    [(name, value)] = me.cookies.items()
    head = f"POST /do/poll HTTP/1.1\r\nHost: localhost\r\nCookie: {name}={value}\r\nContent-Length: 9\r\n\r\n"
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b'{"csrf": "x"}', 415),
        ("text/plain", b"csrf=x", 415),
        ("multipart/form-data", b"x", 400),
        ("multipart/form-data; boundary=b", b"x", 400),
        ("multipart/form-data; boundary=b", b"--b\r\nnonsense", 403),
        (
            "multipart/form-data; boundary=b; charset=zip",
            b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--",
            415,
        ),
        ("multipart/form-data; boundary=b; charset=punycode", b"--b--", 415),
        ("multipart/form-data; boundary=b; charset=UTF-8", b"--b\r\nnonsense", 403),
        ("application/x-www-form-urlencoded", b"\xff\xfe", 400),
        ("application/x-www-form-urlencoded", b"csrf=%ff", 400),
        ("application/x-www-form-urlencoded", b"&".join([b"a=b"] * 200), 400),
    ],
)
def test_what_is_no_form_is_answered_calmly(site: Owned, me: Browser, kind: str, body: bytes, status: int) -> None:
    assert me.ask("POST", "/do/poll", body, Content_Type=kind).status == status
    assert site.done == []


def _multipart(fields: dict[str, str], file: bytes, name: str = "feeds.opml") -> bytes:
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    return b"".join(parts) + head.encode() + b"Content-Type: text/x-opml\r\n\r\n" + file + b"\r\n--b--\r\n"

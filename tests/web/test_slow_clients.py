"""Connections that dawdle, over real sockets: they cost the readers nothing, and are closed in time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.owned import Owned
from support.serving import get

from digest.web import connections
from digest.web.app import Found, Visit, make_app
from digest.web.server import serve

HUGE = b"0123456789abcdef" * (1024 * 1024)
"""More than the buffers of both sides hold."""


@pytest.fixture
def port() -> Iterator[int]:
    def pages(visit: Visit) -> Found | None:
        return Found({"index.html": b"<!doctype html><title>Today</title>", "huge.bin": HUGE}.get(visit.path, b""))

    app = make_app(pages, lambda: {"status": "ok"}, address="127.0.0.1:0")
    stopping, started, ports = threading.Event(), threading.Event(), []

    def on_start(url: str) -> None:
        ports.append(int(url.rstrip("/").rpartition(":")[2]))
        started.set()

    thread = threading.Thread(target=serve, args=(app, "127.0.0.1:0", on_start), kwargs={"stopping": stopping})
    thread.start()
    assert started.wait(10)
    yield ports[0]
    stopping.set()
    thread.join(10)
    assert not thread.is_alive()


def connected(port: int, sent: bytes = b"", buffer: int | None = None) -> socket.socket:
    made = socket.socket()
    if buffer is not None:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    made.settimeout(20)
    made.connect(("127.0.0.1", port))
    made.sendall(sent)
    return made


def rest(one: socket.socket) -> bytes:
    """All that comes until the other side hangs up."""
    found = b""
    try:
        while part := one.recv(65536):
            found += part
    except ConnectionError:
        pass
    return found


def test_two_hundred_half_requests_leave_the_page_there_and_are_closed(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REQUEST_WITHIN", 3.0)
    with ExitStack() as stack:
        slow = [stack.enter_context(connected(port, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ")) for _ in range(200)]
        end = time.monotonic() + 20
        while time.monotonic() < end and slow:
            assert get(f"http://127.0.0.1:{port}/")[0] == 200
            for one in [*slow]:
                try:
                    one.sendall(b"a")
                    one.setblocking(False)
                    answer = one.recv(1000)
                except BlockingIOError:
                    continue
                except ConnectionError:
                    answer = b""
                assert not answer or answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
                slow.remove(one)
            time.sleep(0.3)
        assert slow == []


def test_a_connection_that_says_nothing_is_closed_without_a_word(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "REQUEST_WITHIN", 1.0)
    with connected(port) as one:
        assert rest(one) == b""


def test_a_request_that_drips_after_an_answer_has_no_more_time_than_a_first_one(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REQUEST_WITHIN", 2.0)
    with connected(port, b"HEAD / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET / HT") as one:
        assert rest(one).endswith(b"408 Request Timeout\n")


def test_a_body_that_never_comes_ends_with_its_answer(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "REQUEST_WITHIN", 2.0)
    with connected(port, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nabc") as one:
        assert rest(one).startswith(b"HTTP/1.1 200 OK\r\n")


def test_whoever_takes_no_answer_is_hung_up_on(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "STALLED", 1.0)
    with connected(port, b"GET /huge.bin HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", buffer=4096) as one:
        time.sleep(4)
        assert len(rest(one)) < len(HUGE)


def test_whoever_takes_an_answer_drop_by_drop_is_hung_up_on(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "ANSWER_WITHIN", 2.0)
    with connected(port, b"GET /huge.bin HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", buffer=4096) as one:
        taken, end = 0, time.monotonic() + 5
        try:
            while time.monotonic() < end and (part := one.recv(1000)):
                taken += len(part)
                time.sleep(0.01)
        except ConnectionError:
            pass
        assert taken + len(rest(one)) < len(HUGE)


def test_a_head_that_is_too_long_is_refused_with_its_name(port: int) -> None:
    with connected(port, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: " + b"a" * 20_000) as one:
        assert rest(one).startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")


def test_what_is_no_request_is_refused(port: int) -> None:
    with connected(port, b"\x16\x03\x01\x02\x00\r\n\r\n") as one:
        assert rest(one).startswith(b"HTTP/1.1 400 ")


def test_when_all_places_are_taken_the_one_that_waits_longest_makes_room(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST", 20)
    with ExitStack() as stack:
        waiting = []
        for _ in range(20):
            waiting.append(stack.enter_context(connected(port)))
            time.sleep(0.01)
        time.sleep(0.2)
        assert get(f"http://127.0.0.1:{port}/")[0] == 200
        assert rest(waiting[0]) == b""
        waiting[-1].sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert rest(waiting[-1]).startswith(b"HTTP/1.1 200 OK\r\n")


def test_half_sent_forms_neither_keep_others_out_nor_are_errors_when_the_server_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(connections, "MOST", 20)
    half = b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50\r\n\r\npass"
    with ExitStack() as stack, Owned(tmp_path) as site:
        owing = []
        for _ in range(20):
            owing.append(stack.enter_context(connected(site.port, half)))
            time.sleep(0.01)
        time.sleep(0.2)
        assert site.browser().get("/").status == 200
        assert rest(owing[0]) == b""
    assert "Exception" not in caplog.text
    assert "Traceback" not in caplog.text

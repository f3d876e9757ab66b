"""A real HTTP server on loopback that plays feeds, and every trouble a feed's server can make.

    with FeedServer() as server:
        url = server.add("/world.xml", Answer(body, etag='"1"'))     200 with an ETag, 304 when it is sent back
        server.add("/gone.xml", Answer(status=410))
        server.add("/moved.xml", Answer(status=301, headers={"Location": "/world.xml"}))
        server.add("/busy.xml", Answer(status=503), Answer(body))    in turn, the last one stays
        server.add("/own.xml", Answer(body), own_port=True)          on a port of its own, as another outlet's would be
        server.requests                                              what was asked, in order: path, headers, port

Every path answers on every port. The troubles of one Answer are its fields; ``bomb`` makes a compressed body.
"""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import brotli

from digest.feeds.inflate import zstd

CERTIFICATE = Path(__file__).with_name("localhost.pem")


@dataclass(frozen=True)
class Answer:
    """What the server sends for one request."""

    body: bytes = b""
    status: int = 200
    content_type: str | None = "application/rss+xml"
    headers: Mapping[str, str] = field(default_factory=dict)
    """Sent as they are, after the others; a value of several lines is sent as several headers."""
    etag: str | None = None
    last_modified: str | None = None
    """With one of these, a request that brings it back gets a 304."""
    gzip: bool = False
    """Compress the body, whether or not it was asked for."""
    delay: float = 0.0
    drip: float | None = None
    """Seconds between single bytes of the body."""
    endless: bool = False
    """The body again and again, without a Content-Length, until the other side has enough."""
    cut: int | None = None
    """Hang up after so many bytes of the body, whose whole length was promised."""
    reset: bool = False
    keep: bool = False
    """Leave the connection open for another request, unless this one says that none follows."""
    raw: bytes | None = None


@dataclass(frozen=True)
class Request:
    """One request as it came; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    port: int
    begun: float
    """time.monotonic() when it was read."""
    connection: tuple[str, int] = ("", 0)
    """The other end of the connection that it came by."""


@dataclass
class FeedServer:
    """Context manager; listens on ``host`` from entry to exit, on ports the system chooses."""

    host: str = "127.0.0.1"
    tls: bool = False
    requests: list[Request] = field(default_factory=list)
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    most_at_once: int = 0
    """The largest number of requests that were ever answered side by side."""
    ends: list[float] = field(default_factory=list)
    """time.monotonic() at the end of each answer."""

    def __enter__(self) -> Self:
        self._closing = threading.Event()
        self._guard = threading.Lock()
        self._now = 0
        self._listening: list[ThreadingHTTPServer] = []
        self.port = self._listen()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        for one in self._listening:
            one.shutdown()
            one.server_close()

    @property
    def address(self) -> str:
        """``127.0.0.1:PORT`` of the first port."""
        return f"{self.host}:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"{'https' if self.tls else 'http'}://{self.address}{path}"

    def add(self, path: str, *answers: Answer, own_port: bool = False) -> str:
        """Plays these answers in turn, the last one for ever; returns the address. A path added again starts anew."""
        with self._guard:
            self.answers[path] = list(answers)
        if not own_port:
            return self.url(path)
        return f"{'https' if self.tls else 'http'}://{self.host}:{self._listen()}{path}"

    def asked(self, path: str) -> list[Request]:
        """The requests for one path, in order."""
        return [one for one in self.requests if one.path == path]

    def _listen(self) -> int:
        server = _Listener((self.host, 0), _Handler)
        server.feeds = self
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        self._listening.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return int(server.server_address[1])

    def next_answer(self, request: Request) -> Answer:
        with self._guard:
            self.requests.append(request)
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            waiting = self.answers.get(request.path)
            if not waiting:
                return Answer(b"not here", status=404, content_type="text/html")
            return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def leaving(self) -> None:
        """Before the bytes of an answer go out at once: whoever has them may ask again before this thread goes on."""
        with self._guard:
            self._now -= 1

    def ended(self, *, left: bool) -> None:
        with self._guard:
            self._now -= not left
            self.ends.append(time.monotonic())

    def wait(self, seconds: float) -> bool:
        """Sleeps; True when the server closes meanwhile."""
        return self._closing.wait(seconds)


def bomb(size: int, *, coding: str = "gzip") -> bytes:
    """Some thousandth of ``size`` bytes, or less, that inflate to spaces."""
    if coding in {"br", "zstd"}:
        return (brotli.compress if coding == "br" else zstd.compress)(b" " * size)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31 if coding == "gzip" else 15)
    block = b" " * 1_000_000
    parts = [packer.compress(block) for _ in range(size // len(block))]
    return b"".join([*parts, packer.flush()])


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    feeds: FeedServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The other side hung up, which is what many tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listener
    timeout = 30

    def do_GET(self) -> None:
        feeds = self.server.feeds
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(
            self.path, headers, int(self.server.server_address[1]), time.monotonic(), self.client_address[:2]
        )
        answer = feeds.next_answer(request)
        self.close_connection = not answer.keep or headers.get("connection") == "close"
        left = False
        try:
            if not feeds.wait(answer.delay):
                if answer.drip is None and not answer.endless:
                    feeds.leaving()
                    left = True
                self._play(answer, headers)
        except OSError:
            pass  # it had enough
        finally:
            feeds.ended(left=left)

    def _play(self, answer: Answer, asked: Mapping[str, str]) -> None:
        if answer.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        if answer.raw is not None:
            self.wfile.write(answer.raw)
            return
        unchanged = answer.status == 200 and (
            (answer.etag is not None and asked.get("if-none-match") == answer.etag)
            or (answer.last_modified is not None and asked.get("if-modified-since") == answer.last_modified)
        )
        status = 304 if unchanged else answer.status
        body = b"" if status in {204, 304} else gzip.compress(answer.body) if answer.gzip else answer.body
        self.wfile.write(self._head(answer, status, len(body)))
        for piece in self._pieces(answer, body):
            self.wfile.write(piece)
            self.wfile.flush()

    def _head(self, answer: Answer, status: int, length: int) -> bytes:
        lines = [f"HTTP/1.1 {status} Answer", *(["Connection: close"] if self.close_connection else [])]
        given = {name.lower() for name in answer.headers}
        if "date" not in given:
            lines.append(f"Date: {formatdate(usegmt=True)}")
        if not answer.endless and "content-length" not in given and status not in {204, 304}:
            lines.append(f"Content-Length: {length}")
        if answer.content_type and status not in {204, 304}:
            lines.append(f"Content-Type: {answer.content_type}")
        if answer.gzip and status != 304:
            lines.append("Content-Encoding: gzip")
        lines += [f"ETag: {answer.etag}"] if answer.etag else []
        lines += [f"Last-Modified: {answer.last_modified}"] if answer.last_modified else []
        lines += [f"{name}: {value}" for name, values in answer.headers.items() for value in values.split("\n")]
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")

    def _pieces(self, answer: Answer, body: bytes) -> Iterator[bytes]:
        feeds = self.server.feeds
        while answer.endless and not feeds.wait(0):
            yield body
        if answer.drip is not None:
            for byte in body:
                if feeds.wait(answer.drip):
                    return
                yield bytes([byte])
        elif not answer.endless:
            yield body if answer.cut is None else body[: answer.cut]

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """A test's output is its own."""

"""The demo's newsstand: one loopback server for each outlet of the sample, all showing the feeds of one day."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ..sample import DAYS, OUTLETS, feed_bytes


@dataclass
class Newsstand:
    """The servers of all outlets, and the day whose feeds they show."""

    ports: dict[str, int]
    day: date


@contextmanager
def newsstand() -> Iterator[Newsstand]:
    """One loopback server an outlet, so that politeness between hosts works as on the web."""
    stand = Newsstand({}, DAYS[0].date())
    servers = []
    for outlet in OUTLETS:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(stand, outlet.name))
        stand.ports[outlet.name] = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
    try:
        yield stand
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def _handler(stand: Newsstand, name: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Serves one feed as it stood on the newsstand's day, with an ETag."""

        def do_GET(self) -> None:
            body = feed_bytes(stand.day, name)
            if body is None or self.path != "/feed.xml":
                self.send_error(404)
                return
            etag = f'"{blake2b(body, digest_size=8).hexdigest()}"'
            if self.headers.get("If-None-Match") == etag:
                self.send_response(304)
                self.send_header("ETag", etag)
                self.end_headers()
                return
            self.send_response(200)
            self.send_header("Content-Type", "application/xml")
            self.send_header("ETag", etag)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet: the demo tells its own story."""

    return Handler

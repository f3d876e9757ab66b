"""A small reverse proxy on loopback, which serves a site below a path as nginx and Caddy do.

with Proxy(site.port, "/news", strips=True) as proxy:
    Browser(proxy.port, headers={"Host": "host.example"}).get("/news/")
"""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class Proxy:
    """Asks from 127.0.0.1, keeps the host, appends to X-Forwarded-For and says that it was asked by https."""

    def __init__(self, to: int, below: str, *, strips: bool) -> None:
        """``strips``: it takes the path away before it hands on."""
        proxy = self
        self.handed_on: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def hand_on(self) -> None:
                if not self.path.startswith(f"{below}/"):
                    self.send_error(404)
                    return
                path = self.path.removeprefix(below) if strips else self.path
                proxy.handed_on.append(path)
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                client = self.headers.get("X-Forwarded-For", "")
                headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
                headers["X-Forwarded-For"] = ", ".join(filter(None, (client, self.client_address[0])))
                headers["X-Forwarded-Proto"] = "https"
                connection = http.client.HTTPConnection("127.0.0.1", to, timeout=20)
                try:
                    connection.request(self.command, path, body or None, headers)
                    answer = connection.getresponse()
                    found = answer.read()
                finally:
                    connection.close()
                self.send_response_only(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(found)

            do_GET = do_POST = hand_on  # noqa: N815  (names of the base class)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(20)

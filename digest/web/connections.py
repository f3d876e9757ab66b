"""One connection of the HTTP server, which is closed when its other side dawdles.

A thousand connections that send a letter now and then cost whoever opens them nothing, and would in time hold every
place here. So a request has to come, and an answer to be taken, within bounds; and when all places are taken, the
connection that has waited longest for a request, or else for the rest of one, makes room for the next one.

Together with ``web.server`` the only place that knows uvicorn.
"""

from __future__ import annotations

import asyncio
import time

from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_WITHIN = 20.0
"""Seconds for the head of a request, counted from the connection or from the answer before."""
BODY_WITHIN = 90.0
"""Seconds for the body behind it."""
STALLED = 20.0
"""Seconds in which some of an answer has to be taken."""
ANSWER_WITHIN = 120.0
"""Seconds in which all of it has to be."""
LONGEST_HEAD = 16 * 1024
"""Bytes of a request line and its headers."""
MOST = 500
"""Connections at a time."""
SPARE = 32
"""More than that, and only where every other one is being answered; then 503."""


class Connection(H11Protocol):
    """Looked after by ``look``, once a second."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._waits_since = self._asked_since = self._taken_since = self._sending_since = time.monotonic()
        self._asked: object = None
        self._unsent = 0
        super().connection_made(transport)
        if len(self.connections) > MOST:
            self._make_room()

    def on_response_complete(self) -> None:
        self._waits_since = time.monotonic()
        super().on_response_complete()

    @property
    def waits(self) -> bool:
        """Whether the next request is still to come."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def owed(self) -> bool:
        """Whether a request has begun whose body is still to come."""
        return not self.waits and self.cycle.more_body and not self.cycle.response_started

    def look(self, now: float) -> None:
        """Ends what takes too long; ``now`` is ``time.monotonic()``."""
        if self._stalls(now):
            self.transport.abort()
        elif self.transport.is_closing() or self._unsent:
            pass
        elif self.waits:
            if now - self._waits_since > REQUEST_WITHIN:
                self._refuse("408 Request Timeout" if self.conn.trailing_data[0] else None)
        elif self.cycle is not self._asked:
            self._asked, self._asked_since = self.cycle, now
        elif self.owed and now - self._asked_since > BODY_WITHIN:
            self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        if len(self.conn.trailing_data[0]) >= LONGEST_HEAD:
            self._refuse("431 Request Header Fields Too Large")
        else:
            super().send_400_response(msg)

    def _stalls(self, now: float) -> bool:
        """Whether the other side does not take what was written."""
        unsent, before = self.transport.get_write_buffer_size(), self._unsent
        self._unsent = unsent
        if not before:
            self._sending_since = now
        if not before or unsent < before:
            self._taken_since = now
        return unsent > 0 and (now - self._taken_since > STALLED or now - self._sending_since > ANSWER_WITHIN)

    def _refuse(self, status: str | None) -> None:
        """Hangs up, with a word where a request had begun; uvicorn has none for these."""
        if status is not None:
            text = f"{status}\n"
            head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(text)}\r\n"
            self.transport.write(f"{head}Connection: close\r\n\r\n{text}".encode())
        self.transport.close()

    def _make_room(self) -> None:
        others = [one for one in self.connections if isinstance(one, Connection) and one is not self]
        waiting = [one for one in others if one.waits] or [one for one in others if one.owed]
        if waiting:
            min(waiting, key=lambda one: one._waits_since).transport.abort()

"""The HTTP server: uvicorn on one address, quiet, and gone within two seconds of being told.

The signals are handled here too, since Python hands them to the thread that serves: handlers only set a flag, which the
server sees ten times a second, because a handler that takes a lock may wait for the very code it interrupted.

With ``web.connections`` the only place that knows uvicorn.
"""

from __future__ import annotations

import errno
import logging
import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp

from ..errors import DigestError
from .connections import LONGEST_HEAD, MOST, SPARE, Connection

GRACE = 1
"""Seconds that open requests get when the server stops."""


def serve(
    app: ASGIApp,
    address: str,
    on_start: Callable[[str], object] = lambda url: None,
    on_stop: Callable[[], object] = lambda: None,
    *,
    stopping: threading.Event | None = None,
    on_hangup: Callable[[], object] | None = None,
) -> None:
    """Serve until SIGTERM, SIGINT or ``stopping``, then return; a second signal ends the process at once, with 0.

    ``address`` is ``host:port``, ``[::1]:8080`` for IPv6; port 0 takes a free one.
    ``on_start`` gets the address to open once requests are answered, ``on_stop`` is called at the end, also after an
    error; ``stopping`` is set as soon as a signal comes, so that whoever shares it can stop early.
    ``on_hangup`` is what SIGHUP means, when given; a terminal that is closed ends the server all the same.
    Raises DigestError when the address cannot be bound.
    """
    ending = stopping or threading.Event()
    _allow_files(2 * MOST)
    listener = _bind(address)
    try:
        server = _Server(
            uvicorn.Config(
                app,
                http=Connection,
                h11_max_incomplete_event_size=LONGEST_HEAD,
                limit_concurrency=MOST + SPARE,
                log_config=None,
                log_level=logging.WARNING,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                lifespan="off",
                ws="none",
                timeout_graceful_shutdown=GRACE,
            ),
            ending,
            lambda: on_start(_url(listener)),
            _Signals(on_hangup),
        )
        with server.signals.handled():
            try:
                server.run(sockets=[listener])
            finally:
                ending.set()
                on_stop()
        if server.failure is not None:
            raise server.failure
    finally:
        listener.close()


def wait(
    on_start: Callable[[], object],
    on_stop: Callable[[], object],
    *,
    stopping: threading.Event,
    on_hangup: Callable[[], object] | None = None,
) -> None:
    """The same without a server, for a process that answers nobody."""
    signals = _Signals(on_hangup)
    with signals.handled():
        try:
            on_start()
            while not (signals.looked_at() or stopping.wait(0.1)):
                pass
        finally:
            stopping.set()
            on_stop()


class _Server(uvicorn.Server):
    """uvicorn, ended by an event; the signals stay ours, or it would kill the process after its own clean end."""

    def __init__(
        self, config: uvicorn.Config, ending: threading.Event, on_start: Callable[[], object], signals: _Signals
    ) -> None:
        super().__init__(config)
        self._ending = ending
        self._on_start = on_start
        self.signals = signals
        self.failure: Exception | None = None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        try:
            self._on_start()
        except Exception as error:
            self.failure = error
            self._ending.set()
            logging.getLogger(__name__).debug("start failed", exc_info=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for connection in [*self.server_state.connections]:
            if isinstance(connection, Connection) and connection.owed:
                connection.transport.abort()  # or each is told as an error of the program when its time is over
        await super().shutdown(sockets)

    async def on_tick(self, counter: int) -> bool:
        if self.signals.looked_at():
            self._ending.set()
        if counter % 10 == 0:
            now = time.monotonic()
            for connection in [*self.server_state.connections]:
                if isinstance(connection, Connection):
                    connection.look(now)
        return await super().on_tick(counter) or self._ending.is_set()


class _Signals:
    """SIGTERM and SIGINT end the process, SIGHUP is handed on; a second end waits for nothing."""

    def __init__(self, on_hangup: Callable[[], object] | None) -> None:
        self._on_hangup = on_hangup
        self._told_to_end = False
        self._hung_up = False

    def looked_at(self) -> bool:
        """Whether the process is to end, after handing on a hangup."""
        if self._hung_up and self._on_hangup is not None:
            self._hung_up = False
            self._on_hangup()
        return self._told_to_end

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Outside the main thread signals are left alone, as Python wants it."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        terminal = os.isatty(0)

        def end(number: int, frame: FrameType | None) -> None:
            if self._told_to_end:
                os._exit(0)  # as safe as a power cut, which nothing here is lost by
            self._told_to_end = True

        def hang_up(number: int, frame: FrameType | None) -> None:
            if terminal and not os.isatty(0):
                self._told_to_end = True
            self._hung_up = True

        handlers = {signal.SIGTERM: end, signal.SIGINT: end}
        if self._on_hangup is not None:
            handlers[signal.SIGHUP] = hang_up
        before = {one: signal.signal(one, handler) for one, handler in handlers.items()}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)


def _allow_files(wanted: int) -> None:
    """So many open files, where the system lets us: each connection is one, and a poll needs some as well."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _bind(address: str) -> socket.socket:
    """A bound socket; raises DigestError with the cure."""
    try:
        parts = urlsplit(f"//{address}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or port is None:
        raise DigestError(f"{address!r} is not an address; write [web] address like '127.0.0.1:8080'")
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise DigestError(f"{address} cannot be served ({error.strerror}); set another [web] address") from error
    try:
        # A port that the last run just left may be taken at once; one that somebody serves may not.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(target)
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise DigestError(
                f"{address} is in use; stop the other program, or set [web] address (`serve --address`)"
            ) from error
        if error.errno == errno.EACCES:
            raise DigestError(f"{address} may not be served by this user; set a port above 1023") from error
        raise DigestError(
            f"{address} cannot be served ({error.strerror}); set [web] address to one of this machine"
        ) from error
    return listener


def _url(listener: socket.socket) -> str:
    """What a person opens in a browser on this machine."""
    host, port = listener.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104  (compared, not bound)
        host = "127.0.0.1"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"

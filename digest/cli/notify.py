"""What a service manager hears: systemd's notify protocol, lines sent to the socket that it names (sd_notify(3)).

Without such a socket nothing is sent.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import MutableMapping
from datetime import timedelta

log = logging.getLogger(__name__)


class Notifier:
    """Tells the service manager that started this process how it is."""

    def __init__(self, environ: MutableMapping[str, str] | None = None) -> None:
        """Takes the three variables out of ``environ``, so that no program started by us speaks for us."""
        environ = os.environ if environ is None else environ
        path = environ.pop("NOTIFY_SOCKET", "")
        microseconds, pid = environ.pop("WATCHDOG_USEC", ""), environ.pop("WATCHDOG_PID", "")
        # An at sign stands for the null byte of Linux's abstract names; anything else but a path is not for us.
        self._address = f"\0{path[1:]}" if path.startswith("@") else path if path.startswith("/") else None
        mine = not pid or pid == str(os.getpid())
        self._watchdog = timedelta(microseconds=int(microseconds)) if microseconds.isdigit() and mine else None
        self._pinged = float("-inf")

    def ready(self, status: str) -> None:
        """Started, or done with reloading."""
        self._send("READY=1", f"STATUS={status}")

    def status(self, status: str) -> None:
        """One line that `systemctl status` shows."""
        self._send(f"STATUS={status}")

    def reloading(self) -> None:
        """The manager waits for ``ready`` from now on; the time tells it which of several reloads that answers."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        self._send("STOPPING=1", "STATUS=ending")

    def alive(self) -> None:
        """A sign of life where one is wanted, twice in the time after which the manager would step in."""
        now = time.monotonic()
        if self._watchdog is not None and now - self._pinged >= self._watchdog.total_seconds() / 2 - 1:
            self._pinged = now
            self._send("WATCHDOG=1")

    def _send(self, *lines: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
                one.settimeout(1)
                one.connect(self._address)
                one.send("\n".join(lines).encode())
        except OSError as error:
            log.warning("the service manager did not hear %s (%s)", lines[0], error.strerror or error)

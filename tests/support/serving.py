"""`digest serve` in a process of its own, on a free port of loopback.

with Running(world, "--now", "2023-10-13T06:59:57Z") as served:
    served.wait_for("/healthz", '"status":"ok"')
    served.rewrite('at = "07:00"', 'at = "09:00"')
    served.until_told("is in force")
    code, seconds, log = served.end()
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Self

from support.world import World


def free_port() -> int:
    """A port that nobody listens on, below those the system gives to connections, which other tests open meanwhile."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def get(url: str, **headers: str) -> tuple[int, str]:
    """(status, body) of one request."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


class Running:
    """The server in a process of its own."""

    def __init__(
        self, world: World, *options: str, environ: Mapping[str, str] | None = None, web: str = "", **started: Any
    ) -> None:
        """``web`` is more lines of that table; PORT in them is where it listens."""
        self.port = free_port()
        self.world = world
        config = world.folder / "config.toml"
        text = config.read_text().partition("\n[web]")[0]
        config.write_text(f'{text}\n[web]\naddress = "127.0.0.1:{self.port}"\n{web.replace("PORT", str(self.port))}\n')
        self._log = (world.folder / "log").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "digest", "serve", *options],
            **{
                "cwd": world.folder,
                "stdout": self._log,
                "stderr": self._log,
                "env": os.environ | (environ or {}),
                **started,
            },
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(10)
        self._log.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.world.folder / "log").read_text()

    def until(self, what: Callable[[], object], seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not what():
            assert self.process.poll() is None, self.log
            assert time.monotonic() < end, self.log
            time.sleep(0.05)

    def until_told(self, words: str, seconds: float = 20) -> None:
        self.until(lambda: words in self.log, seconds)

    def wait_for(self, path: str, words: str, seconds: float = 20) -> str:
        """The page, once it holds those words."""
        found = ""

        def shows() -> bool:
            nonlocal found
            try:
                _, found = get(f"{self.url}{path}")
            except OSError:
                return False
            return words in found

        self.until(shows, seconds)
        return found

    def rewrite(self, old: str, new: str) -> None:
        """Changes the configuration, as an editor that writes beside the file and renames."""
        config = self.world.folder / "config.toml"
        text = config.read_text()
        assert old in text
        beside = config.with_suffix(".new")
        beside.write_text(text.replace(old, new))
        beside.replace(config)

    def end(self, *signals: signal.Signals) -> tuple[int, float, str]:
        """(exit code, seconds it took, log) after SIGTERM, or after those signals."""
        begun = time.monotonic()
        for one in signals or (signal.SIGTERM,):
            self.process.send_signal(one)
            time.sleep(0.3 if len(signals) > 1 else 0)
        self.process.wait(20)
        return self.process.returncode, time.monotonic() - begun, self.log

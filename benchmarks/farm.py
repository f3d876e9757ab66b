"""A farm of feeds on loopback: many hosts, each an address of its own, played by a process of its own.

    with Farm(200, latency=0.1) as farm:
        farm.urls                      where the feeds are; ``farm.hosts``, what ``allow`` of config.toml must name
        farm.next_day()                each feed has one new item from now on
        farm.first_day()               all is as it was at first, validators too
        farm.counts()                  what was asked since the last ``counts``

    python benchmarks/farm.py --feeds 200 [--hosts 100] [--latency 0.1]     plays until Ctrl-C, and prints the addresses

It answers as a good server does: an ETag and a Last-Modified, 304 to either, gzip where it is wanted, connections kept.
The latency of an answer is drawn from a log-normal distribution (sigma 0.5) around its median.
Hosts are addresses of 127.0.1.0/24, so that what goes to one host can be told from what goes to another.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import os
import random
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.request import urlopen

from documents import FIRST_DAY, Publisher

SIGMA = 0.5


@dataclass
class Counts:
    """What was asked, of all hosts together but for the peak."""

    requests: int = 0
    not_modified: int = 0
    connections: int = 0
    body_bytes: int = 0
    """As sent, compressed where it was, heads and all."""
    waited: float = 0.0
    """Seconds of latency that the answers were given in all."""
    most_at_one_host: int = 0
    """The most connections that one host had open at one time."""
    by_host: dict[str, int] = field(default_factory=dict)
    """Requests."""


class Farm:
    """A context manager: the feeds, as long as it is open."""

    def __init__(self, feeds: int, *, hosts: int = 100, latency: float = 0.0) -> None:
        """``latency``: median seconds of an answer; 0 for none at all."""
        self._options = [f"--feeds={feeds}", f"--hosts={hosts}", f"--latency={latency}"]

    def __enter__(self) -> Self:
        command = [sys.executable, __file__, *self._options, "--with-parent"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        told = json.loads(self._process.stdout.readline())
        self.urls: list[str] = told["urls"]
        self.hosts: list[str] = told["hosts"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.communicate()

    def next_day(self) -> None:
        self._ask("next-day")

    def first_day(self) -> None:
        self._ask("first-day")

    def counts(self) -> Counts:
        return Counts(**self._ask("counts"))

    def _ask(self, what: str) -> Any:
        with urlopen(f"http://{self.hosts[0]}/-/{what}") as answer:
            return json.load(answer)


@dataclass(frozen=True)
class _Document:
    """One feed of one day, ready to be sent in each way."""

    etag: str
    modified: str
    plain: bytes
    packed: bytes
    unchanged: bytes
    """The whole 304."""

    @classmethod
    def of(cls, body: bytes, modified: str) -> Self:
        etag = f'"{blake2b(body, digest_size=8).hexdigest()}"'
        validators = f"ETag: {etag}\r\nLast-Modified: {modified}\r\n"
        unchanged = f"HTTP/1.1 304 Not Modified\r\n{validators}\r\n".encode()
        head = f"HTTP/1.1 200 OK\r\n{validators}Content-Type: application/xml\r\n"
        packed = gzip.compress(body, 6, mtime=0)
        return cls(
            etag,
            modified,
            f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body,
            f"{head}Content-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode() + packed,
            unchanged,
        )


class _Server:
    def __init__(self, feeds: int, hosts: int, latency: float) -> None:
        self.publisher = Publisher(feeds, hosts)
        self.latency = latency
        self.chance = random.Random(5)
        self.counts = Counts()
        self.open: dict[str, int] = {}
        self.days = [self.prepared()]
        self.shown = self.days[0]

    def prepared(self) -> dict[str, _Document]:
        modified = format_datetime(FIRST_DAY + timedelta(days=self.publisher.day - 1), usegmt=True)
        return {feed.path: _Document.of(feed.document(), modified) for feed in self.publisher.feeds}

    def next_day(self) -> None:
        day = self.days.index(self.shown) + 1
        if day == len(self.days):
            self.publisher.next_day()
            self.days.append(self.prepared())
        self.shown = self.days[day]

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = writer.get_extra_info("sockname")[0]
        self.open[host] = self.open.get(host, 0) + 1
        self.counts.connections += 1
        try:
            while asked := await reader.readuntil(b"\r\n\r\n"):
                line, *headers = asked.decode("latin-1").split("\r\n")
                given = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in headers)}
                path = line.split(" ")[1]
                writer.write(await self.answer(path, given, host))
                await writer.drain()
                if given.get("connection", "").lower() == "close":
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open[host] -= 1
            writer.close()

    async def answer(self, path: str, given: dict[str, str], host: str) -> bytes:
        if path.startswith("/-/"):
            return self.control(path.removeprefix("/-/"))
        counts = self.counts
        counts.requests += 1
        counts.by_host[host] = counts.by_host.get(host, 0) + 1
        counts.most_at_one_host = max(counts.most_at_one_host, self.open[host])
        if self.latency:
            delay = self.latency * self.chance.lognormvariate(0, SIGMA)
            counts.waited += delay
            await asyncio.sleep(delay)
        document = self.shown.get(path)
        if document is None:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        if "if-none-match" in given:
            is_known = given["if-none-match"] == document.etag
        else:
            is_known = given.get("if-modified-since") == document.modified
        if is_known:
            counts.not_modified += 1
            return document.unchanged
        answer = document.packed if "gzip" in given.get("accept-encoding", "") else document.plain
        counts.body_bytes += len(answer)
        return answer

    def control(self, what: str) -> bytes:
        told: dict[str, Any] = {}
        if what == "next-day":
            self.next_day()
        elif what == "first-day":
            self.shown = self.days[0]
        else:
            self.counts.connections -= 1  # the one that asks
            told, self.counts = asdict(self.counts), Counts()
        body = json.dumps(told).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


async def serve(feeds: int, hosts: int, latency: float) -> None:
    """Plays until it is ended; says where, on one line, once it is ready."""
    server = _Server(feeds, hosts, latency)
    addresses = [f"127.0.1.{number + 1}" for number in range(min(hosts, feeds))]
    first = await asyncio.start_server(server.talk, addresses[0], 0, limit=2**16)
    port = first.sockets[0].getsockname()[1]
    others = [await asyncio.start_server(server.talk, address, port, limit=2**16) for address in addresses[1:]]
    listed = [f"{address}:{port}" for address in addresses]
    urls = [f"http://{listed[feed.number % len(listed)]}{feed.path}" for feed in server.publisher.feeds]
    print(json.dumps({"urls": urls, "hosts": listed}), flush=True)
    await asyncio.gather(*(one.serve_forever() for one in [first, *others]))


def end_with_parent() -> None:
    """However the parent ended, its pipe ends with it."""
    sys.stdin.read()
    os._exit(0)


def configure(folder: Path, farm: Farm) -> Path:
    """A ``config.toml`` that lists the farm's feeds, and is polled as often as it is asked for."""
    allowed = ", ".join(f'"{host}"' for host in farm.hosts)
    listed = "\n".join(f'[[feeds]]\nurl = "{url}"' for url in farm.urls)
    path = folder / "config.toml"
    path.write_text(
        f'timezone = "UTC"\n[fetch]\nspacing = "0s"\nallow = [{allowed}]\n'
        f'[digests.daily]\ntitle = "Daily"\nat = "07:00"\n{listed}\n'
    )
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--hosts", type=int, default=100, help="at most 254")
    parser.add_argument("--latency", type=float, default=0.0, help="median seconds of an answer")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input does")
    chosen = parser.parse_args()
    if chosen.with_parent:
        threading.Thread(target=end_with_parent, daemon=True).start()
    try:
        asyncio.run(serve(chosen.feeds, chosen.hosts, chosen.latency))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()

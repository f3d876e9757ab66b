"""A site worth looking at, made by the real pipeline in seconds and served by the real program.

It has the demo's sample (a thread over months, wire copies, reports in Spanish and Japanese), a feed that runs the
other way, a hostile one, a private one, busy ones, one that is gone and one that is overloaded, and an edition for each
of six days.

    made = make(folder)                      config.toml and digest.db, at the moment of the last edition
    with serving(made) as site:              `digest serve` in a process of its own, its clock a few minutes later
        site.url                             http://127.0.0.1:41234
        site.password                        of the owner
    crawl(site.url)                          {path: Answer} of everything that links lead to from the front page
"""

from __future__ import annotations

import gzip
import http.client
import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from digest import config, pipeline
from digest.cli.newsstand import newsstand
from digest.model import RunReport
from digest.sample import DAYS, OUTLETS
from digest.store import Store
from support import pages_feeds
from support.feedserver import Answer as FeedAnswer
from support.feedserver import FeedServer
from support.serving import Running
from support.world import World

BETWEEN = tuple(datetime(2023, 10, day, 18, tzinfo=UTC) for day in (11, 12))
"""Days when only the feeds beside the sample's have something new."""
ALL_DAYS = tuple(sorted((*DAYS, *BETWEEN)))
PASSWORD = "a long password for looking around"
ENVIRON = {"DIGEST_WEB_PASSWORD": PASSWORD}


@dataclass(frozen=True)
class Made:
    """A folder with a site in it, and the time of its last edition."""

    folder: Path
    now: datetime

    @property
    def settings(self) -> config.Config:
        return config.load(self.folder / "config.toml")

    def store(self) -> Store:
        return Store.open(self.settings.database, self.settings.families)


@dataclass(frozen=True)
class Site:
    url: str
    made: Made
    password: str = PASSWORD


def make(folder: Path, *, days: tuple[datetime, ...] = ALL_DAYS) -> Made:
    """Polls, groups and publishes one day after the other."""
    with newsstand() as stand, FeedServer() as server:
        urls = {name: server.add(f"/{name}.xml", FeedAnswer(), own_port=True) for name in _OTHERS}
        (folder / "config.toml").write_text(_configuration(stand.ports, urls), encoding="utf-8")
        settings = config.load(folder / "config.toml")
        with Store.open(settings.database, settings.families) as store:
            for number, day in enumerate(days):
                stand.day = max(one for one in DAYS if one <= day).date()
                _play(server, list(days[: number + 1]))
                report = pipeline.run(store, settings, lambda day=day: day)  # type: ignore[misc]
                _expect(report)
    return Made(folder, days[-1])


def _expect(report: RunReport) -> None:
    assert not report.errors, report.errors
    assert report.editions, "a day without an edition"


_OTHERS = {
    "arabic": "World", "japanese": "World", "hostile": "Odd corners", "private": "Work", "podcast": "Listening",
    "gazette": "Business", "courier": "Business", "almanac": "Science",
    "gone": "Science", "overloaded": "Technology", "quiet": "World",
}  # fmt: skip
"""Feeds beside the sample's and their sections."""

_MORE = {"private": "private = true", "gone": 'title = "Tidal Review"', "overloaded": 'title = "Cog and Belt"'}
"""Lines of their tables; what never answered has no name of its own."""


def _play(server: FeedServer, days: list[datetime]) -> None:
    """The feeds as they stand on the last of these days."""
    documents = {
        "arabic": pages_feeds.arabic(days),
        "japanese": pages_feeds.japanese(days),
        "hostile": pages_feeds.hostile(days),
        "private": pages_feeds.private(days),
        "podcast": pages_feeds.podcast(days),
        "gazette": pages_feeds.busy("Gazette of Trades", "www.gazette-of-trades.example", days, turn=0),
        "courier": pages_feeds.busy("Lower Town Courier", "www.lowertown-courier.example", days, turn=1),
        "almanac": pages_feeds.busy("Almanac", "www.almanac.example", days, turn=2),
        "quiet": pages_feeds.quiet(days[0].date()),
    }
    for name, body in documents.items():
        server.add(f"/{name}.xml", FeedAnswer(body, etag=f'"{len(days)}"'))
    server.add("/gone.xml", FeedAnswer(status=404))
    server.add("/overloaded.xml", FeedAnswer(status=503))


def _configuration(ports: dict[str, int], urls: dict[str, str]) -> str:
    feeds = [(f"http://127.0.0.1:{ports[one.name]}/feed.xml", one.section, "") for one in OUTLETS]
    feeds += [(url, _OTHERS[name], _MORE.get(name, "")) for name, url in urls.items()]
    tables = "\n".join(
        f"[[feeds]]\nurl = {json.dumps(url)}\nsection = {json.dumps(section)}\n{more}" for url, section, more in feeds
    )
    allowed = json.dumps([urlsplit(url).netloc for url, _, _ in feeds])
    return f"""
database = "digest.db"
timezone = "UTC"

[fetch]
spacing = "0s"
allow = {allowed}

[digests.daily]
title = "Morning paper"
at = "18:00"
to = ["me@example.org"]
deliver = ["outbox"]
intro = "Seven top stories, then *the rest by section*. [About this paper](https://paper.example/about)."

[digests.evening]
title = "Evening science"
at = "18:00"
sections = ["Science", "Technology"]
deliver = ["outbox"]
to = ["me@example.org"]

[transports.outbox]
type = "maildir"
folder = "outbox"

{tables}
"""


_LISTED = 'noindex = false\nbase_url = "http://127.0.0.1:PORT"'


@contextmanager
def serving(made: Made, *, noindex: bool = True) -> Iterator[Site]:
    """The program itself; nothing is due at its time, so it polls nobody.

    Where search engines may list it, it also knows its public address, as a site for them would.
    """
    now = made.now + timedelta(minutes=5)
    with (
        FeedServer() as unused,
        Running(
            World(made.folder, unused),
            "--now",
            f"{now:%Y-%m-%dT%H:%M:%SZ}",
            environ=ENVIRON,
            web='password_env = "DIGEST_WEB_PASSWORD"\n' + ("" if noindex else _LISTED),
        ) as running,  # fmt: skip
    ):
        running.wait_for("/", "<h1")
        yield Site(running.url, made)


# --- walking it -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What one address gave."""

    status: int
    headers: dict[str, str]
    body: bytes
    """As text, uncompressed."""
    wire: int
    """Bytes of the body as they came."""
    links: tuple[str, ...] = field(default=(), repr=False)
    """Where its links lead, as they are written."""

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def is_page(self) -> bool:
        return self.headers.get("content-type", "").startswith("text/html")


def ask(url: str, path: str, **headers: str) -> Answer:
    """One GET that follows no redirect and takes gzip."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    try:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"} | headers)
        answer = connection.getresponse()
        raw = answer.read()
        given = {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()
    body = gzip.decompress(raw) if given.get("content-encoding") == "gzip" else raw
    page = given.get("content-type", "").startswith("text/html")
    links = tuple(unescape(one) for one in re.findall(r'(?:href|src)="([^"]*)"', body.decode())) if page else ()
    return Answer(answer.status, given, body, len(raw), links)


SEARCHES = ("/search?q=Korea", "/search?q=%E5%85%B5%E5%99%A8", "/search?q=nowheretobefound", "/search?q=%22*%28")
"""What a form would ask for: matches, matches in Japanese, none, signs that mean something to a search engine."""


def crawl(url: str, *, most: int = 300, headers: dict[str, str] | None = None) -> dict[str, Answer]:
    """What links lead to, from the front page on, nearest first, and some searches; a few addresses of each kind."""
    found: dict[str, Answer] = {}
    waiting = ["/", *SEARCHES]
    of_kind: Counter[str] = Counter()
    while waiting and len(found) < most:
        path = waiting.pop(0)
        kind = kind_of(path)
        if path in found or of_kind[kind] >= FEW.get(kind, most // 8):
            continue
        of_kind[kind] += 1
        answer = found[path] = ask(url, path, **(headers or {}))
        for link in [*answer.links, *([answer.headers["location"]] if "location" in answer.headers else [])]:
            target = urlsplit(urljoin(f"{url}{path}", link))
            if f"{target.scheme}://{target.netloc}" == url:
                waiting.append(target.path + (f"?{target.query}" if target.query else ""))
    return found


KINDS = {
    "today": r"/",
    "edition": r"/\d{4}/\d\d/\d\d/(\d+/)?",
    "part of an edition": r"/\d{4}/\d\d/\d\d/(\d+/)?section.*",
    "today of a second digest": r"/evening/",
    "edition of a second digest": r"/evening/\d{4}/\d\d/\d\d/(\d+/)?",
    "archive": r"/(\w+/)?archive/(\d{4}/)?",
    "since then": r"/(\w+/)?new/",
    "threads": r"/threads/(\?.*|page/.*)?",
    "thread": r"/threads/\d+/",
    "item": r"/items/\d+/",
    "feeds": r"/feeds/",
    "search form": r"/search",
    "search": r"/search\?.*",
    "about": r"/about/",
    "decisions": r"/decisions/",
    "sign in": r"/sign-in.*",
    "feed": r".*\.(atom|json|opml)",
}


FEW = {"sign in": 1}
"""A form that is the same wherever it leads back to."""


def kind_of(path: str) -> str:
    """Which kind of page an address is; its last part where it is none of the known ones."""
    return next((kind for kind, form in KINDS.items() if re.fullmatch(form, path)), path.rpartition("/")[2])

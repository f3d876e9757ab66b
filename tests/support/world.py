"""A folder with a configuration, feeds that a loopback server plays, and the real program run on them.

world = World(tmp_path, server)
world.feed("alpha", item("Dam breaks above Vellmoor"))
world.configure(mail=mail_server)
done = world.digest("run")               a process of its own: code, out, err
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from digest import config, pipeline
from digest.model import RunReport
from digest.pipeline import Clock
from digest.store import Store
from support.feedserver import Answer, FeedServer
from support.mailserver import MailServer


@dataclass(frozen=True)
class Done:
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def item(title: str, key: str | None = None, summary: str = "", published: str = "") -> str:
    """One RSS item of its own address."""
    key = key or "".join(sign if sign.isalnum() else "-" for sign in title.lower())
    date = f"<pubDate>{published}</pubDate>" if published else ""
    return (
        f"<item><title>{escape(title)}</title><link>https://www.outlet.example/{key}</link><guid>{key}</guid>"
        f"<description>{escape(summary or f'{title}, say officials.')}</description>{date}</item>"
    )


def rss(title: str, *items: str) -> bytes:
    """One RSS document in English."""
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>{escape(title)}</title><language>en</language>'
        f"<link>https://www.{title.lower()}.example/</link><description>.</description>{''.join(items)}</channel></rss>"
    ).encode()


def served(store: Store, settings: config.Config, clock: Clock) -> RunReport:
    """What the server does by its schedule at one moment: publish, then deliver what is due."""
    published = pipeline.publish_scheduled(store, settings, clock)
    sent = pipeline.deliver_scheduled(store, settings, clock, published=[published])
    return replace(published, deliveries=sent.deliveries, owner=sent.owner)


@dataclass
class World:
    folder: Path
    server: FeedServer
    urls: dict[str, str] = field(default_factory=dict)

    def feed(self, name: str, *items: str, answer: Answer | None = None) -> str:
        """Plays a feed on a port of its own, or a new state of one that is played; returns its path."""
        path = f"/{name}.xml"
        body = rss(name.capitalize(), *items)
        given = answer or Answer(body, etag=f'"{hash(body)}"')
        url = self.server.add(path, given, own_port=name not in self.urls)
        self.urls.setdefault(name, url)
        return path

    def configure(self, mail: MailServer | None = None, extra: str = "", deliver: Iterable[str] | None = None) -> None:
        """Writes config.toml: every feed, one digest, pages, a maildir, and a mail server where one is given."""
        allowed = json.dumps([url.split("/")[2] for url in self.urls.values()])
        feeds = "\n".join(f"[[feeds]]\nurl = {json.dumps(url)}\nsection = 'World'" for url in self.urls.values())
        names = list(deliver) if deliver is not None else ["site", "mail" if mail else "outbox"]
        smtp = ""
        if mail is not None:
            smtp = f'[transports.mail]\ntype = "smtp"\nhost = "{mail.host}"\nport = {mail.port}\n'
            smtp += 'security = "none"\ntimeout = "2s"'
        text = f"""
            database = "digest.db"
            timezone = "UTC"
            [fetch]
            timeout = "20s"
            spacing = "0s"
            allow = {allowed}
            [digests.daily]
            title = "Morning paper"
            from = "digest@example.org"
            to = ["me@example.org"]
            deliver = {json.dumps(names)}
            [transports.site]
            type = "files"
            folder = "public"
            [transports.outbox]
            type = "maildir"
            folder = "outbox"
        """
        parts = (textwrap.dedent(text), smtp, extra, feeds)
        (self.folder / "config.toml").write_text("\n".join(parts), encoding="utf-8")

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """The program in a process of its own, still running."""
        return subprocess.Popen(
            [sys.executable, "-m", "digest", *arguments],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def digest(self, *arguments: str) -> Done:
        """The program, run to its end."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=60)
        return Done(process.returncode, out, err)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What any SQLite tool would see; leaves the file as it is."""
        connection = sqlite3.connect(f"{(self.folder / 'digest.db').as_uri()}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def mails(self) -> list[Path]:
        """Mails in the maildir."""
        return sorted((self.folder / "outbox" / "new").glob("*"))

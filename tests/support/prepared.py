"""A configuration and a database that was polled already: what is left to do is to publish and to deliver.

ready = Prepared(tmp_path, to=("a@example.org", "b@example.org"))
ready.mail(server)                        [transports.mail] leads to this server
ready.send()                              as `digest send` does, at the time of the moved clock
ready.later(minutes=5).tick()             as the server does every minute: only what is due
ready.ledger()                            (recipient or transport, state, words) of each row
ready.start("send")                       the program itself, in a process of its own
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from zlib import crc32

from digest import config, pipeline
from digest.model import FeedUpdate, NewItem, ParsedItem, RunReport
from digest.store import Store
from support.mailserver import MailServer
from support.world import served

NOW = datetime(2023, 10, 13, 7, 0, tzinfo=UTC)
FEED = "http://127.0.0.1:1/alpha.xml"
TITLES = ("Dam breaks above Vellmoor", "Bücherei öffnet sonntags", "首相、北京で会談へ", "A poor rye harvest")


@dataclass
class Prepared:
    folder: Path
    to: tuple[str, ...] = ("a@example.org",)
    deliver: tuple[str, ...] = ("mail",)
    now: datetime = NOW
    transports: dict[str, str] = field(default_factory=dict)
    """Name to the lines of its table."""
    at: str = "07:00"
    like: Path | None = None
    """Another one's folder, whose database is copied instead of making one."""
    quick: timedelta = timedelta(seconds=0.3)
    """Timeout of mail servers for what runs in this process; shorter than a person may configure."""

    def __post_init__(self) -> None:
        self.transports = {
            "site": 'type = "files"\nfolder = "public"',
            "outbox": 'type = "maildir"\nfolder = "outbox"',
            **self.transports,
        }
        self.write()
        if self.like is not None:
            for name in self.like.glob("digest.db*"):
                shutil.copy(name, self.folder)
            return
        with self.store() as store:
            store.editions.know("daily", self.now - timedelta(hours=12))
            self.items(store, *TITLES)

    def items(self, store: Store, *titles: str) -> None:
        """New items, as a poll an hour before now would store them."""
        seen = self.now - timedelta(hours=1)
        state = store.feeds.states(store.feeds.subscribe(self.settings.feeds, seen))[0]
        new = []
        for one in titles:
            url = f"https://alpha.example/{crc32(one.encode())}"
            item = ParsedItem(title=one, url=url, summary="So it is said.", language="en")
            new.append(NewItem(item, (f"g:{one}",), f"print-{one}", "alpha.example"))
        store.items.write(FeedUpdate(replace(state, last_try=seen, last_success=seen), tuple(new)), lambda: seen)

    def mail(self, server: MailServer, more: str = "", security: str | None = None) -> Self:
        """The transport ``mail``, to this server; ``more`` are lines of its table."""
        self.transports["mail"] = (
            f'type = "smtp"\nhost = "localhost"\nport = {server.port}\n'
            f'security = "{security or server.security}"\ntimeout = "2s"\n{more}'
        )
        return self.write()

    def write(self) -> Self:
        """config.toml as it is described here."""
        tables = "\n".join(f"[transports.{name}]\n{lines}" for name, lines in self.transports.items())
        deliver = [name for name in self.deliver if name in self.transports]
        (self.folder / "config.toml").write_text(
            f"""
            database = "digest.db"
            timezone = "UTC"
            [[feeds]]
            url = "{FEED}"
            title = "Alpha"
            [digests.daily]
            title = "Morning paper"
            from = "Morning paper <digest@example.org>"
            to = {json.dumps(self.to)}
            deliver = {json.dumps(deliver or ["site"])}
            at = "{self.at}"
            [web]
            address = "127.0.0.1:0"
            """.replace("\n            ", "\n")
            + tables,
            encoding="utf-8",
        )
        return self

    @property
    def settings(self) -> config.Config:
        loaded = config.load(self.folder / "config.toml")
        transports = {
            name: replace(one, timeout=self.quick) if one.type == "smtp" else one
            for name, one in loaded.transports.items()
        }
        return replace(loaded, transports=transports)

    def store(self) -> Store:
        return Store.open(self.folder / "digest.db")

    def later(self, **span: float) -> Self:
        self.now += timedelta(**span)
        return self

    def send(self) -> RunReport:
        with self.store() as store:
            return pipeline.send(store, self.settings, lambda: self.now)

    def tick(self) -> RunReport:
        """What the server does at this moment: publish, then deliver what is due."""
        with self.store() as store:
            return served(store, self.settings, lambda: self.now)

    def ledger(self) -> list[tuple[str, str, str]]:
        return self.rows(
            """SELECT CASE recipient WHEN '' THEN transport ELSE recipient END, state, COALESCE(last_error, '')
               FROM deliveries ORDER BY id"""
        )

    def rows(self, sql: str) -> list[Any]:
        """What any SQLite tool would see."""
        connection = sqlite3.connect(f"{(self.folder / 'digest.db').as_uri()}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def start(self, *arguments: str, program: tuple[str, ...] = ("-m", "digest")) -> subprocess.Popen[str]:
        """The program in a process of its own, still running."""
        return subprocess.Popen(
            [sys.executable, *program, *arguments],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """(exit code, output, errors) of the program."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

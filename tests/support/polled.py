"""A database, feeds that a loopback server plays, and a clock that the test moves; polled by the real pipeline.

with Polled(tmp_path, server, url, ...) as world:
    world.poll()                     what was asked, by path; then world.state(url), world.reports
    world.later(hours=2)
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from digest import config
from digest.feeds import health
from digest.feeds.net import Client
from digest.model import FeedHealth, FeedReport, FeedState
from digest.pipeline.polling import Polled as Result
from digest.pipeline.polling import poll_feeds
from digest.store import Store
from support.feedserver import FeedServer


@dataclass
class Polled:
    folder: Path
    server: FeedServer
    feeds: list[config.Feed]
    now: datetime = datetime(2023, 10, 13, 6, 0, tzinfo=UTC)
    public: bool = False
    """The decisions take the server's hosts for public ones; only the guard knows that they are on loopback."""
    last: Result | None = None
    fetch: dict[str, Any] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.store = Store.open(self.folder / "digest.db")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.store.close()

    @property
    def settings(self) -> config.Config:
        given = {"spacing": timedelta(0), "allow": () if self.public else ("127.0.0.1", "localhost"), **self.fetch}
        return config.Config(
            path=self.folder / "config.toml",
            database=self.folder / "digest.db",
            fetch=config.Fetch(**given),
            feeds=tuple(self.feeds),
        )

    def later(self, **span: float) -> Self:
        self.now += timedelta(**span)
        return self

    def poll(self, **mode: bool) -> list[str]:
        """The paths that one poll asked for, in order."""
        before = len(self.server.requests)

        def connect(settings: config.Fetch) -> Client:
            return Client(replace(settings, allow=("127.0.0.1", "localhost")))

        self.last = poll_feeds(self.store, self.settings, lambda: self.now, connect=connect, **mode)
        return [request.path for request in self.server.requests[before:]]

    @property
    def reports(self) -> tuple[FeedReport, ...]:
        assert self.last is not None
        return self.last.feeds

    def state(self, feed: int = 0) -> FeedState:
        return self.store.feeds.states(self.store.feeds.subscribed(self.feeds[feed : feed + 1]))[0]

    def health(self, feed: int = 0) -> FeedHealth:
        return health.health(self.state(feed), self.now)

    def history(self, feed: int = 0) -> list[tuple[str, str | None]]:
        """Condition and end of each trouble of a feed, the oldest first."""
        found = self.store.troubles.history([self.state(feed).id])
        return [(one.condition.value, f"{one.until:%d.%m. %H:%M}" if one.until else None) for one in reversed(found)]

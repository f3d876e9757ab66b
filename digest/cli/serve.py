"""serve: polling, schedule and pages in one process."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .common import config_option, local, settings_from, wall_clock

if TYPE_CHECKING:
    from ..config import Config
    from ..pipeline.unsubscribing import Asked

log = logging.getLogger("digest")

STUCK = timedelta(hours=1)
"""A poll of a thousand feeds that all time out takes half of that."""


@click.command()
@config_option
@click.option("--address", metavar="HOST:PORT", help="Serve here instead of at [web] address; for containers.")
def serve(config_path: Path | None, address: str | None) -> None:
    """Poll and publish on schedule, and serve the pages.

    Feeds are asked when they are due, editions are issued at the times the digests name, deliveries that wait are
    tried again. A slot that was missed while the machine slept is caught up with one edition. Ctrl-C ends it.
    """
    from ..scheduler import Scheduler
    from ..web.app import make_app
    from ..web.server import serve as serve_http

    settings = settings_from(config_path)
    address = address or settings.web.address
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    stopping = threading.Event()
    service = _Service(settings, stopping)
    service.refresh()
    scheduler = Scheduler(service.poll, service.publish, service.next_slot, stopping=stopping)

    def started(url: str) -> None:
        scheduler.start()
        click.echo(f"the pages are at {url}; Ctrl-C ends")
        upcoming = service.next_slot()
        if upcoming:
            click.echo(f"next edition: {local(upcoming, settings.timezone)} ({settings.timezone})")

    app = make_app(
        service.page,
        lambda: service.health(scheduler.done),
        address=address,
        base_url=settings.web.base_url,
        unsubscribe=service.unsubscribe,
    )
    serve_http(app, address, started, scheduler.stop, stopping=stopping)


def serve_pages(settings: Config) -> None:
    """Only the pages of what is published, until Ctrl-C; for the demo, which takes any port when its own is busy."""
    from ..web.app import make_app
    from ..web.server import serve as serve_http

    service = _Service(settings, threading.Event())
    service.refresh()
    address = settings.web.address
    if _busy(address):
        address = f"{address.rpartition(':')[0]}:0"
    app = make_app(service.page, lambda: {"status": "ok"}, address=address)
    serve_http(app, address, lambda url: click.echo(f"read it at {url}; Ctrl-C ends"))


def _busy(address: str) -> bool:
    """Does another program listen at this ``host:port`` of this machine?"""
    host, _, port = address.rpartition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


class _Service:
    """What the scheduler and the web application call.

    Each call that needs the database opens it, since a connection belongs to one thread.
    """

    def __init__(self, settings: Config, stopping: threading.Event) -> None:
        from ..pipeline.alarming import Outage

        self._settings = settings
        self._stopping = stopping
        self._pages: dict[str, bytes] = {}
        self._shown: dict[str, int] | None = None
        self._started = wall_clock()
        self._outage = Outage(settings)

    def poll(self) -> None:
        """Asks what is due; one log line a feed."""
        from .. import pipeline
        from ..store import Store

        with Store.open(self._settings.database, self._settings.families) as store:
            report = pipeline.poll(store, self._settings, wall_clock, before_editions=True, stopping=self._stopping)
        for feed in report.feeds:
            log.info(
                "poll feed=%r host=%s outcome=%s%s new=%d seconds=%.1f%s%s",
                feed.title, feed.host, feed.outcome, f" status={feed.status}" if feed.status else "",
                feed.new, feed.elapsed.total_seconds(),
                f" error={feed.error!r}" if feed.error else "", f" note={feed.note!r}" if feed.note else "",
            )  # fmt: skip
        for notice in report.notices:
            log.warning("%s", notice)

    def publish(self) -> None:
        """Issues what is due, tries deliveries whose time has come, and shows new pages."""
        from .. import pipeline
        from ..store import Store

        with (
            self._outage.watched(wall_clock),
            Store.open(self._settings.database, self._settings.families) as store,
        ):
            report = pipeline.publish_scheduled(store, self._settings, wall_clock)
        for edition in report.editions:
            log.info("edition digest=%s number=%d items=%d", edition.digest, edition.number, edition.items)
        for error in report.errors:
            log.error("%s", error)
        for name in report.nothing_new:
            log.info("edition digest=%s nothing_new=1", name)
        for one in report.deliveries:
            log.info(
                "delivery digest=%s number=%d transport=%s state=%s detail=%r",
                one.digest, one.number, one.transport, one.state, one.detail,
            )  # fmt: skip
        for line in report.owner:
            log.warning("%s", line)
        self.refresh()

    def refresh(self) -> None:
        """Draws the pages anew when an edition came since, also one of another process."""
        from .. import pipeline
        from ..pipeline.renderers import Renderers
        from ..store import Store

        with Store.open(self._settings.database, self._settings.families) as store:
            newest = store.editions.newest()
            if newest != self._shown:
                renderers = Renderers(self._settings)
                digests = self._settings.digests.values()
                self._pages = dict(pipeline.site_pages(store, self._settings, renderers, digests, index=""))
                self._shown = newest

    def page(self, path: str) -> bytes | None:
        """The bytes of one page, or None."""
        return self._pages.get(path)

    def unsubscribe(self, token: str, end: bool) -> Asked | None:
        """Whose link it is, after ending that subscription where ``end`` says so."""
        from ..pipeline import unsubscribing
        from ..store import Store

        with Store.open(self._settings.database, self._settings.families) as store:
            found = unsubscribing.by_token(store, self._settings, token, wall_clock(), end=end)
        if found is not None and found.changed:
            log.info("unsubscribed digest=%s recipient=%s", found.digest, found.address)
        return found

    def health(self, done: Mapping[str, datetime]) -> Mapping[str, Any]:
        """``status`` is ``ok`` while the schedule moves, ``stuck`` when it does not; feeds and mails are only counted.

        A watchdog can cure a stuck process by starting it anew, not a feed that is gone or a mail server that is down.
        """
        from ..pipeline.looking import status
        from ..store import Store

        now = wall_clock()
        with Store.open(self._settings.database, self._settings.families) as store:
            found = status(store, self._settings, now)
        moved = min(done.get(name, self._started) for name in ("poll", "publish"))
        return {
            "status": "ok" if now - moved < STUCK else "stuck",
            "feeds": found.feeds,
            "feeds_failing": len(found.failing),
            "last_poll": found.last_poll.isoformat() if found.last_poll else None,
            "deliveries_waiting": len(found.waiting),
            "digests_silent": len(found.silent),
        }

    def next_slot(self) -> datetime | None:
        """The next time any digest is due."""
        from ..editions import slots

        now = wall_clock()
        found = [slots.following(digest, now) for digest in self._settings.digests.values()]
        return min((slot for slot in found if slot is not None), default=None)

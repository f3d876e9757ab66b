"""serve: polling, schedule and pages in one process."""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .common import clock_from, config_option, now_option, open_store, settings_from

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from ..config import Config
    from ..pipeline.types import Clock
    from ..scheduler import Scheduler

log = logging.getLogger("digest")


SWITCHING = 0.0005
"""Seconds after which one thread hands the interpreter to the next. By default a page waits ten times as long for a
poll at each of its reads of the database."""


@click.command()
@config_option
@click.option("--address", metavar="HOST:PORT", help="Serve here instead of at [web] address; for containers.")
@click.option(
    "--only",
    type=click.Choice(["web", "schedule"]),
    help="Only the pages, where another process polls; or only the schedule, without pages.",
)
@now_option
def serve(config_path: Path | None, address: str | None, only: str | None, now: datetime | None) -> None:
    """Poll and publish on schedule, and serve the pages.

    Feeds are asked when they are due, editions are issued at the times the digests name, deliveries that wait are
    tried again. A slot that was missed while the machine slept is caught up with one edition.

    A changed config.toml is taken up within seconds, or at once on SIGHUP; one with a mistake is told and left alone.
    Ctrl-C and SIGTERM end it within seconds, a second one at once; nothing is lost either way.
    """
    from ..store.lock import serving

    settings = settings_from(config_path)
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    sys.setswitchinterval(SWITCHING)
    stopping = threading.Event()
    with serving(settings.database.resolve()):
        open_store(settings, now).close()
        _load()
        ended = _Process(settings, clock_from(now), stopping, only).run(address or settings.web.address)
    if not ended:
        # What still runs is safe to kill at any moment; the interpreter would wait for some of it.
        logging.shutdown()
        sys.stdout.flush()
        os._exit(0)


def _load() -> None:
    """All that the schedule and the pages will need, which other commands load only when they come to it.

    No first poll or edition then keeps a page waiting, and a program that is updated meanwhile stays of one version.
    """
    from ..editions import compose, frozen, marking, render, special
    from ..feeds import net, worker
    from ..pipeline import alarming, by_hand, deciding, delivering, grouping, polling, publishing, sending, sifting
    from ..threads import voices

    del compose, frozen, marking, render, special, net, worker, voices
    del alarming, by_hand, deciding, delivering, grouping, polling, publishing, sending, sifting


class _Process:
    """Schedule and pages, or one of the two."""

    def __init__(self, settings: Config, clock: Clock, stopping: threading.Event, only: str | None) -> None:
        from ..web.door import Memory
        from .service import Service

        self._memory = Memory()
        self._stopping = stopping
        self._only = only
        self._ended = True
        self._app: _Replaceable | None = None
        self._service = Service(settings, clock, stopping, schedules=only != "web")
        self._service.begin()
        self._scheduler = None if only == "web" else self._made_scheduler()
        if self._scheduler is not None:
            self._service.hasten = self._scheduler.hasten

    def run(self, address: str) -> bool:
        """Until it is told to end; whether all that ran came to its end."""
        from ..web import server

        ask = self._service.ask_reload
        if self._only == "schedule":
            server.wait(self._started, self._stop, stopping=self._stopping, on_hangup=ask)
            return self._ended
        app = self._app = _Replaceable(lambda: self._application(address))
        server.serve(app, address, self._started, self._stop, stopping=self._stopping, on_hangup=ask)
        return self._ended

    def _made_scheduler(self) -> Scheduler:
        from ..scheduler import Scheduler

        service = self._service
        scheduler = Scheduler(
            service.poll, service.publish, service.deliver, service.next_slot,
            tidy=service.tidy, watch=self._watch, stopping=self._stopping, clock=service.clock,
        )  # fmt: skip
        service.hasten = scheduler.hasten
        return scheduler

    def _application(self, address: str) -> Any:
        from ..web.app import make_app
        from .keeper import lock_of

        service, web = self._service, self._service.settings.web
        return make_app(
            service.page,
            lambda: service.health(self._moving),
            address=address,
            base_url=web.base_url,
            unsubscribe=service.unsubscribe,
            lock=lock_of(web, service.keeper, self._memory),
            act=service.act,
            digests=service.settings.digests,
            measured=service.measured,
            observe=service.observe,
            noindex=web.noindex,
            images=web.images,
        )

    @property
    def _moving(self) -> bool:
        return self._scheduler is None or self._scheduler.moving

    def _watch(self) -> None:
        """Every second."""
        if self._service.look():
            if self._app is not None:
                self._app.replace()
            if self._scheduler is not None:
                self._scheduler.hasten()
        if self._moving:
            self._service.notifier.alive()

    def _watch_over(self) -> None:
        while not self._stopping.wait(1):
            try:
                self._watch()
            except Exception:
                log.exception("watch: an error of the program itself")

    def _started(self, url: str | None = None) -> None:
        if self._scheduler is not None:
            self._scheduler.start()
        else:
            threading.Thread(target=self._watch_over, name="digest-watch", daemon=True).start()
        click.echo(f"the pages are at {url}; Ctrl-C ends" if url else "no pages are served; Ctrl-C ends")
        click.echo(self._service.status())
        self._service.notifier.ready(self._service.status())

    def _stop(self) -> None:
        self._service.notifier.stopping()
        if self._scheduler is not None:
            self._ended = self._scheduler.stop()


class _Replaceable:
    """A web application whose settings may change while it is served."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._inner = make()

    def replace(self) -> None:
        self._inner = self._make()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._inner(scope, receive, send)


def serve_pages(settings: Config) -> None:
    """Only the pages of what is published, until Ctrl-C; for the demo, which takes any port when its own is busy."""
    from ..web.app import make_app
    from ..web.server import serve as serve_http
    from .service import Service

    service = Service(settings)
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

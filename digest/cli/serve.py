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
    from datetime import datetime

    from ..config import Config


@click.command()
@config_option
@click.option("--address", metavar="HOST:PORT", help="Serve here instead of at [web] address; for containers.")
@now_option
def serve(config_path: Path | None, address: str | None, now: datetime | None) -> None:
    """Poll and publish on schedule, and serve the pages.

    Feeds are asked when they are due, editions are issued at the times the digests name, deliveries that wait are
    tried again. A slot that was missed while the machine slept is caught up with one edition.

    A changed config.toml is taken up within seconds, or at once on SIGHUP; one with a mistake is told and left alone.
    Ctrl-C and SIGTERM end it within seconds, a second one at once; nothing is lost either way.
    """
    from ..scheduler import Scheduler
    from ..web.app import make_app
    from ..web.door import Memory
    from ..web.server import serve as serve_http
    from .keeper import lock_of
    from .service import Service

    settings = settings_from(config_path)
    address = address or settings.web.address
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    stopping = threading.Event()
    open_store(settings, now).close()
    service = Service(settings, clock_from(now), stopping)
    service.begin()
    ended, memory = True, Memory()

    def watch() -> None:
        if service.look():
            app.inner = application()
            scheduler.hasten()
        if scheduler.moving:
            service.notifier.alive()

    scheduler = Scheduler(
        service.poll, service.publish, service.deliver, service.next_slot,
        watch=watch, stopping=stopping, clock=service.clock,
    )  # fmt: skip

    service.hasten = scheduler.hasten

    def application() -> Any:
        return make_app(
            service.page,
            lambda: service.health(scheduler.moving),
            address=address,
            base_url=service.settings.web.base_url,
            unsubscribe=service.unsubscribe,
            lock=lock_of(service.settings.web, service.keeper, memory),
            act=service.act,
            digests=service.settings.digests,
        )

    def started(url: str) -> None:
        scheduler.start()
        click.echo(f"the pages are at {url}; Ctrl-C ends")
        click.echo(service.status())
        service.notifier.ready(service.status())

    def stop() -> None:
        nonlocal ended
        service.notifier.stopping()
        ended = scheduler.stop()

    app = _Replaceable(application())
    serve_http(app, address, started, stop, stopping=stopping, on_hangup=service.ask_reload)
    if not ended:
        # What still runs is safe to kill at any moment; the interpreter would wait for some of it.
        logging.shutdown()
        sys.stdout.flush()
        os._exit(0)


class _Replaceable:
    """A web application whose settings may change while it is served."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.inner(scope, receive, send)


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

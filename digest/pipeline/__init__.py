"""The pipeline: poll, thread, publish, deliver. The only place that knows all stages, in their order.

    feeds     -> poll_feeds     what is due is asked, what is new is stored
    items     -> thread_items   reports of one event become a story
    stories   -> publish        an edition is composed, rendered and frozen
    editions  -> deliver        each delivery is tried, and the ledger kept
    all this  -> watch          the owner is told what the digests cannot tell

Polling is imported where it is used: the HTTP client costs 0.2 s that sending need not pay.
The faces (command line, web, scheduler) call the functions below; each takes the locks it needs.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ..config import Config, Digest, grouped
from ..editions import slots
from ..editions.site import site
from ..errors import TemplateError
from ..model import DeliveryReport, DeliveryState, Edition, RunReport
from ..store import Store
from . import grouping
from .alarming import watch
from .delivering import Pages, deliver
from .pinging import ping
from .publishing import Published, digests_of, draft, publish_due, publish_now, site_prefix, thaw
from .renderers import Renderers
from .types import Clock, Progress, Waiting

if TYPE_CHECKING:
    from .polling import Polled

log = logging.getLogger(__name__)

__all__ = ["Clock", "Progress", "exit_code", "poll", "preview", "publish_scheduled", "run", "send", "site_pages"]


def run(
    store: Store,
    settings: Config,
    clock: Clock,
    *,
    progress: Progress | None = None,
    on_wait: Waiting | None = None,
    stopping: threading.Event | None = None,
) -> RunReport:
    """Everything once: what an earlier run left undelivered, then poll, thread, publish every digest, deliver."""
    from .polling import poll_feeds

    renderers = Renderers(settings)
    resumed = _deliver(store, settings, clock, renderers, on_wait)
    with store.lock("work", on_wait=on_wait):
        polled = poll_feeds(store, settings, clock, fresh=True, progress=progress, stopping=stopping)
        thread_items(store, settings)
        published = publish_now(store, settings, settings.digests.values(), renderers, clock)
    sent = _deliver(store, settings, clock, renderers, on_wait, tried=resumed) if published.issued else ()
    return _watched(store, settings, clock, published, _report(polled, published, resumed + sent))


def poll(
    store: Store,
    settings: Config,
    clock: Clock,
    *,
    force: bool = False,
    before_editions: bool = False,
    progress: Progress | None = None,
    on_wait: Waiting | None = None,
    stopping: threading.Event | None = None,
) -> RunReport:
    """Polls what is due and groups what is new; nothing is published.

    ``before_editions`` also asks what was not asked in the last hour, where an edition comes within half an hour.
    """
    from .polling import poll_feeds

    fresh = before_editions and slots.is_near(settings.digests.values(), clock())
    with store.lock("work", on_wait=on_wait):
        polled = poll_feeds(store, settings, clock, force=force, fresh=fresh, progress=progress, stopping=stopping)
        thread_items(store, settings)
    return _report(polled, Published(), ())


def send(
    store: Store,
    settings: Config,
    clock: Clock,
    *,
    names: tuple[str, ...] = (),
    on_wait: Waiting | None = None,
) -> RunReport:
    """Delivers what is open, publishes the named digests (all of them without names) and delivers them; never polls."""
    renderers = Renderers(settings)
    resumed = _deliver(store, settings, clock, renderers, on_wait)
    wanted = [settings.digests[name] for name in names] if names else list(settings.digests.values())
    with store.lock("work", on_wait=on_wait):
        thread_items(store, settings)
        published = publish_now(store, settings, wanted, renderers, clock)
    sent = _deliver(store, settings, clock, renderers, on_wait, tried=resumed) if published.issued else ()
    return _watched(store, settings, clock, published, _report(None, published, resumed + sent))


def publish_scheduled(store: Store, settings: Config, clock: Clock) -> RunReport:
    """Publishes the slots that have come and tries the deliveries whose time has come; what the server does."""
    renderers = Renderers(settings)
    with store.lock("work"):
        thread_items(store, settings)
        published = publish_due(store, settings, renderers, clock)
    with store.lock("send"):
        sent = deliver(store, settings, clock, _pages(store, settings, renderers), due_only=True)
    return _watched(store, settings, clock, published, _report(None, published, sent), by_schedule=True)


def preview(store: Store, settings: Config, digest: Digest, clock: Clock) -> Edition:
    """The edition that would come now, from a copy of the database (``Store.open_copy``)."""
    now = clock()
    store.feeds.subscribe(settings.feeds, now)
    thread_items(store, settings)
    return draft(store, settings, digest, clock, now, scheduled=False)


def site_pages(
    store: Store,
    settings: Config,
    renderers: Renderers,
    digests: Iterable[Digest],
    *,
    index: str = "index.html",
    needed: str | None = None,
) -> Iterator[tuple[str, bytes]]:
    """(path, bytes) of every page of the published editions of those digests.

    ``index`` ends the links to pages; empty where a server adds it. A digest whose templates fail is told in the log
    and left out, but raises TemplateError where it is the one that is ``needed``.
    """
    for digest in digests:
        editions = (thaw(data) for data in store.editions.data(digest.name))
        prefix = site_prefix(settings, digest.name)
        try:
            yield from site(
                renderers.of(digest),
                editions,
                title=digest.title,
                prefix=prefix,
                base_url=settings.web.base_url,
                index=index,
            )
        except TemplateError as error:
            if digest.name == needed:
                raise
            log.error("pages of digest %s: %s", digest.name, error)


def thread_items(store: Store, settings: Config) -> int:
    """Groups what came in since the last time; returns how many items that were. The caller holds the ``work`` lock."""
    feeds = store.feeds.subscribed(settings.feeds)
    alone = [feed_id for feed_id, feed in feeds.items() if not grouped(settings, feed)]
    return grouping.thread_items(store, settings.threads, alone)


def exit_code(report: RunReport) -> int:
    """0 when all that was due is done; 1 when no feed can be read or a delivery is not sent; 2 for the operator."""
    if report.errors:
        return 2
    undelivered = any(one.state is not DeliveryState.SENT for one in report.deliveries)
    return 1 if report.unreadable or undelivered else 0


def _report(polled: Polled | None, published: Published, deliveries: tuple[DeliveryReport, ...]) -> RunReport:
    return RunReport(
        feeds=polled.feeds if polled else (),
        not_due=polled.not_due if polled else 0,
        held=polled.held if polled else 0,
        unreadable=polled.unreadable if polled else False,
        notices=polled.notices if polled else (),
        editions=tuple(one.report for one in published.issued),
        nothing_new=published.nothing_new,
        errors=published.errors,
        deliveries=deliveries,
    )


def _watched(
    store: Store,
    settings: Config,
    clock: Clock,
    published: Published,
    report: RunReport,
    *,
    by_schedule: bool = False,
) -> RunReport:
    """The report, after telling the owner what a digest itself cannot tell.

    A run by schedule that had nothing to do is no sign of life that is worth a ping.
    """
    told = watch(store, settings, clock, made=published.made, failed=published.failed, reported=not by_schedule)
    acted = not by_schedule or published.made or report.deliveries
    if acted and exit_code(report) == 0 and not store.editions.open_deliveries():
        ping(settings)
    return replace(report, owner=told)


def _pages(store: Store, settings: Config, renderers: Renderers) -> Pages:
    return lambda transport, digest: site_pages(
        store, settings, renderers, digests_of(settings, transport), needed=digest
    )


def _deliver(
    store: Store,
    settings: Config,
    clock: Clock,
    renderers: Renderers,
    on_wait: Waiting | None,
    tried: Iterable[DeliveryReport] = (),
) -> tuple[DeliveryReport, ...]:
    done = {report.id for report in tried}
    with store.lock("send", on_wait=on_wait):
        return deliver(store, settings, clock, _pages(store, settings, renderers), tried=done)

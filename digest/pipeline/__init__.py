"""The pipeline: poll, thread, publish, deliver. The only place that knows all stages, in their order.

    feeds     -> poll_feeds     what is due is asked, what is new is stored
    items     -> thread_items   reports of one event become a story
    stories   -> publish        an edition is composed, rendered and frozen
    editions  -> deliver        each delivery is tried, and the ledger kept

Polling is imported where it is used: the HTTP client costs 0.2 s that sending need not pay.
The faces (command line, web, scheduler) call the functions below; each takes the locks it needs.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator

from ..config import Config, Digest
from ..editions.render import Renderer
from ..editions.site import site
from ..model import DeliveryReport, DeliveryState, Edition, PollOutcome, RunReport
from ..store import Store
from .delivering import deliver
from .grouping import thread_items
from .publishing import Issued, draft, publish_due, publish_now, site_prefix, thaw
from .types import Clock, Progress, Waiting

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

    renderer = Renderer(settings.templates)
    resumed = _deliver(store, settings, clock, renderer, on_wait)
    with store.lock("work", on_wait=on_wait):
        feeds, not_due = poll_feeds(store, settings, clock, progress=progress, stopping=stopping)
        thread_items(store)
        issued, nothing_new = _publish_all(store, settings, settings.digests.values(), renderer, clock)
    sent = _deliver(store, settings, clock, renderer, on_wait) if issued else ()
    return RunReport(
        feeds=feeds,
        not_due=not_due,
        editions=tuple(one.report for one in issued),
        nothing_new=tuple(nothing_new),
        deliveries=resumed + sent,
    )


def poll(
    store: Store,
    settings: Config,
    clock: Clock,
    *,
    force: bool = False,
    progress: Progress | None = None,
    on_wait: Waiting | None = None,
    stopping: threading.Event | None = None,
) -> RunReport:
    """Polls what is due and groups what is new; nothing is published."""
    from .polling import poll_feeds

    with store.lock("work", on_wait=on_wait):
        feeds, not_due = poll_feeds(store, settings, clock, force=force, progress=progress, stopping=stopping)
        thread_items(store)
    return RunReport(feeds=feeds, not_due=not_due)


def send(
    store: Store,
    settings: Config,
    clock: Clock,
    *,
    names: tuple[str, ...] = (),
    on_wait: Waiting | None = None,
) -> RunReport:
    """Delivers what is open, publishes the named digests (all of them without names) and delivers them; never polls."""
    renderer = Renderer(settings.templates)
    resumed = _deliver(store, settings, clock, renderer, on_wait)
    wanted = [settings.digests[name] for name in names] if names else list(settings.digests.values())
    with store.lock("work", on_wait=on_wait):
        thread_items(store)
        issued, nothing_new = _publish_all(store, settings, wanted, renderer, clock)
    sent = _deliver(store, settings, clock, renderer, on_wait) if issued else ()
    return RunReport(
        editions=tuple(one.report for one in issued), nothing_new=tuple(nothing_new), deliveries=resumed + sent
    )


def publish_scheduled(store: Store, settings: Config, clock: Clock) -> RunReport:
    """Publishes the slots that have come and tries the deliveries whose time has come; what the server does."""
    renderer = Renderer(settings.templates)
    with store.lock("work"):
        thread_items(store)
        issued, nothing_new = publish_due(store, settings, renderer, clock)
    with store.lock("send"):
        sent = deliver(store, settings, clock, lambda: site_pages(store, settings, renderer), due_only=True)
    return RunReport(editions=tuple(one.report for one in issued), nothing_new=tuple(nothing_new), deliveries=sent)


def preview(store: Store, settings: Config, digest: Digest, clock: Clock) -> Edition:
    """The edition that would come now, from a copy of the database (``Store.open_copy``)."""
    now = clock()
    store.feeds.subscribe(settings.feeds, now)
    thread_items(store)
    return draft(store, settings, digest, clock, now)


def site_pages(
    store: Store, settings: Config, renderer: Renderer, *, index: str = "index.html"
) -> Iterator[tuple[str, bytes]]:
    """(path, bytes) of every page of the published editions of all digests.

    ``index`` ends the links to pages; empty where a server adds it.
    """
    for digest in settings.digests.values():
        editions = (thaw(stored) for stored in store.editions.all(digest.name))
        prefix = site_prefix(settings, digest.name)
        yield from site(
            renderer, editions, title=digest.title, prefix=prefix, base_url=settings.web.base_url, index=index
        )


def exit_code(report: RunReport) -> int:
    """0 when all that was due is done; 1 when no feed could be read or a delivery is not sent."""
    nothing_read = bool(report.feeds) and all(feed.outcome is PollOutcome.FAILED for feed in report.feeds)
    latest = {(one.digest, one.number, one.transport, one.recipient): one for one in report.deliveries}
    undelivered = any(one.state is not DeliveryState.SENT for one in latest.values())
    return 1 if nothing_read or undelivered else 0


def _publish_all(
    store: Store, settings: Config, digests: Iterable[Digest], renderer: Renderer, clock: Clock
) -> tuple[list[Issued], list[str]]:
    issued: list[Issued] = []
    nothing_new: list[str] = []
    for digest in digests:
        one = publish_now(store, settings, digest, renderer, clock)
        if one is None:
            nothing_new.append(digest.name)
        else:
            issued.append(one)
    return issued, nothing_new


def _deliver(
    store: Store, settings: Config, clock: Clock, renderer: Renderer, on_wait: Waiting | None
) -> tuple[DeliveryReport, ...]:
    with store.lock("send", on_wait=on_wait):
        return deliver(store, settings, clock, lambda: site_pages(store, settings, renderer))

"""The pipeline: poll, thread, publish, deliver. The only place that knows all stages, in their order.

    feeds     -> poll_feeds     what is due is asked, what is new is stored
    items     -> thread_items   reports of one event become a story
    items     -> index_items    and can be searched
    stories   -> publish        an edition is composed, rendered and frozen
    editions  -> deliver        each delivery is tried, and the ledger kept
    all this  -> watch          the owner is told what the digests cannot tell
    old items -> tidy           go, once a day, after everything else

Each stage is imported by the function that comes to it: a poll with nothing due then pays for none of them, and
none pays for the others.
The faces (command line, web, scheduler) call the functions below; each takes the locks it needs.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from ..config import Config, Digest, digests_of, grouped
from ..errors import DigestError
from ..model import DeliveryReport, DeliveryState, RunReport
from .indexing import index_items
from .renderers import Renderers
from .types import Clock, Ending, Progress, Waiting, Which

if TYPE_CHECKING:
    from ..deliver.files import Sheets
    from ..model import Edition, TrialMail
    from ..store import Store
    from .polling import Polled
    from .publishing import Published
    from .sending import Pages

log = logging.getLogger(__name__)

__all__ = [
    "Clock",
    "Progress",
    "Which",
    "deliver_scheduled",
    "exit_code",
    "know_digests",
    "poll",
    "preview",
    "publish_scheduled",
    "resend",
    "resume",
    "run",
    "send",
    "try_out",
]


def run(
    store: Store,
    settings: Config,
    clock: Clock,
    *,
    progress: Progress | None = None,
    on_wait: Waiting | None = None,
) -> RunReport:
    """Everything once: what an earlier run left undelivered, then poll, thread, publish every digest, deliver."""
    from .polling import poll_feeds
    from .publishing import publish_now

    renderers = Renderers(settings)
    resumed = _deliver(store, settings, clock, renderers, on_wait)
    with store.lock("work", on_wait=on_wait):
        polled = poll_feeds(store, settings, clock, fresh=True, progress=progress)
        thread_items(store, settings)
        published = publish_now(store, settings, settings.digests.values(), renderers, clock)
    sent = _deliver_rest(store, settings, clock, renderers, on_wait, resumed)
    index_items(store)
    report = _watched(store, settings, clock, _report(polled, published, resumed + sent))
    _tidy(store, settings, clock)
    return report


def _tidy(store: Store, settings: Config, clock: Clock) -> None:
    """Once a day, after everything else, and not for long."""
    from . import pruning

    pruning.tidy(store, settings, clock, at_most=pruning.AT_MOST)


def poll(
    store: Store,
    settings: Config,
    clock: Clock,
    *,
    force: bool = False,
    before_editions: bool = False,
    progress: Progress | None = None,
    on_wait: Waiting | None = None,
    stopping: Ending | None = None,
) -> RunReport:
    """Polls what is due and groups what is new; nothing is published.

    ``before_editions`` also asks what was not asked in the last hour, where an edition comes within half an hour.
    ``stopping`` ends it early: what came is stored, and grouped by whoever publishes or polls next.
    """
    from .polling import poll_feeds

    fresh = before_editions and _is_near(settings, clock())
    with store.lock("work", on_wait=on_wait):
        polled = poll_feeds(store, settings, clock, force=force, fresh=fresh, progress=progress, stopping=stopping)
        if stopping is None or not stopping.is_set():
            thread_items(store, settings)
    index_items(store, stopping)
    return _report(polled, None, ())


def _is_near(settings: Config, now: datetime) -> bool:
    from ..editions import slots

    return slots.is_near(settings.digests.values(), now)


def send(
    store: Store,
    settings: Config,
    clock: Clock,
    *,
    names: tuple[str, ...] = (),
    on_wait: Waiting | None = None,
) -> RunReport:
    """Delivers what is open, publishes the named digests (all of them without names) and delivers them; never polls."""
    from .publishing import publish_now

    renderers = Renderers(settings)
    resumed = _deliver(store, settings, clock, renderers, on_wait)
    wanted = [settings.digests[name] for name in names] if names else list(settings.digests.values())
    with store.lock("work", on_wait=on_wait):
        thread_items(store, settings)
        published = publish_now(store, settings, wanted, renderers, clock)
    sent = _deliver_rest(store, settings, clock, renderers, on_wait, resumed)
    report = _watched(store, settings, clock, _report(None, published, resumed + sent))
    _tidy(store, settings, clock)
    return report


def resume(
    store: Store,
    settings: Config,
    clock: Clock,
    which: Which,
    *,
    names: tuple[str, ...] = (),
    on_wait: Waiting | None = None,
) -> RunReport:
    """Delivers what is open of one edition of the named digests (of all of them without names); issues nothing.

    Raises DigestError when none of them has that edition.
    """
    from . import by_hand

    ids: set[int] = set()
    missing = []
    wanted = names or tuple(settings.digests)
    for name in wanted:
        found = store.editions.dated(name, which.day, which.ordinal)
        if not found:
            missing.append(by_hand.no_edition(store, name, which))
        for edition in found:
            ids.update(one.id for one in store.deliveries.of(edition.id))
    if len(missing) == len(wanted):
        raise DigestError("\n".join(missing))
    sent = _deliver(store, settings, clock, Renderers(settings), on_wait, only=ids)
    return RunReport(deliveries=sent, notices=() if sent else (f"nothing of edition {which} is waiting",))


def resend(
    store: Store,
    settings: Config,
    clock: Clock,
    digest: Digest,
    which: Which,
    *,
    recipients: Sequence[str] = (),
    on_wait: Waiting | None = None,
) -> RunReport:
    """Sends an edition once more to its recipients, or to those named; pages are redrawn anyway and need none of it.

    Raises DigestError for an edition that is not there and for somebody who was no recipient of it.
    """
    from . import by_hand
    from .delivering import deliver

    with store.lock("send", on_wait=on_wait):
        edition = by_hand.the_edition(store, digest.name, which)
        ids, told = by_hand.make_copies(store, settings, edition, recipients, clock)
        sent = deliver(store, settings, clock, _pages(store, settings, Renderers(settings), clock), only=ids)
    return RunReport(deliveries=sent, notices=told)


def try_out(
    store: Store,
    settings: Config,
    digest: Digest,
    recipients: Sequence[str],
    clock: Clock,
    *,
    which: Which | None = None,
) -> tuple[TrialMail, ...]:
    """Test mails of a digest, from a copy of the database (``Store.open_copy``): nothing remembers them."""
    from . import by_hand

    upcoming = preview(store, settings, digest, clock) if which is None else None
    return by_hand.try_out(store, settings, digest, recipients, clock(), upcoming=upcoming, which=which)


def know_digests(store: Store, settings: Config, clock: Clock) -> None:
    """Notes when each digest was first seen: slots after that are published, or caught up."""
    from ..editions import slots

    for digest in settings.digests.values():
        store.editions.know(digest.name, clock(), slots.schedule(digest))


def publish_scheduled(store: Store, settings: Config, clock: Clock, *, on_wait: Waiting | None = None) -> RunReport:
    """Publishes the slots that have come; delivers nothing, so that no mail server holds up the next edition."""
    from .publishing import publish_due

    with store.lock("work", on_wait=on_wait):
        thread_items(store, settings)
        published = publish_due(store, settings, Renderers(settings), clock)
    return _report(None, published, ())


def deliver_scheduled(
    store: Store,
    settings: Config,
    clock: Clock,
    *,
    published: Sequence[RunReport] = (),
    on_wait: Waiting | None = None,
    stopping: Ending | None = None,
) -> RunReport:
    """Tries the deliveries whose time has come, then tells the owner what a digest cannot tell, here where waiting for
    an answer holds up no edition.

    Needs no template for a mail, whose bodies are frozen. ``published`` are the reports of ``publish_scheduled`` since
    the last time. ``stopping``: no further mail is begun, nor one completed that the server does not have as a whole.
    """
    from .delivering import deliver

    with store.lock("send", on_wait=on_wait):
        pages = _pages(store, settings, Renderers(settings), clock)
        sent = deliver(store, settings, clock, pages, due_only=True, stopping=stopping)
    report = RunReport(
        deliveries=sent,
        errors=published[-1].errors if published else (),
        made=tuple(dict.fromkeys(name for one in published for name in one.made)),
        failed=published[-1].failed if published else {},
    )
    if stopping is not None and stopping.is_set():
        return report
    return _watched(store, settings, clock, report, by_schedule=True)


def preview(store: Store, settings: Config, digest: Digest, clock: Clock) -> Edition:
    """The edition that would come now, from a copy of the database (``Store.open_copy``)."""
    from .publishing import draft

    now = clock()
    store.feeds.subscribe(settings.feeds, now)
    thread_items(store, settings)
    return draft(store, settings, digest, clock, now, scheduled=False)


def thread_items(store: Store, settings: Config) -> int:
    """Groups what came in since the last time; returns how many items that were. The caller holds the ``work`` lock."""
    if not store.items.ungrouped():
        return 0
    from . import grouping

    feeds = store.feeds.subscribed(settings.feeds)
    alone = [feed_id for feed_id, feed in feeds.items() if not grouped(settings, feed)]
    return grouping.thread_items(store, settings.threads, alone)


_DONE = frozenset({DeliveryState.SENT, DeliveryState.DROPPED})


def exit_code(report: RunReport) -> int:
    """0 when all that was due is done; 1 when no feed can be read or a delivery is not sent; 2 for the operator."""
    if report.errors:
        return 2
    undelivered = any(one.state not in _DONE for one in report.deliveries)
    return 1 if report.unreadable or undelivered else 0


def _report(polled: Polled | None, published: Published | None, deliveries: tuple[DeliveryReport, ...]) -> RunReport:
    return RunReport(
        feeds=polled.feeds if polled else (),
        not_due=polled.not_due if polled else 0,
        held=polled.held if polled else 0,
        unreadable=polled.unreadable if polled else False,
        notices=polled.notices if polled else (),
        editions=tuple(one.report for one in published.issued) if published else (),
        nothing_new=published.nothing_new if published else (),
        errors=published.errors if published else (),
        made=tuple(published.made) if published else (),
        failed=published.failed if published else {},
        deliveries=deliveries,
    )


def _watched(
    store: Store,
    settings: Config,
    clock: Clock,
    report: RunReport,
    *,
    by_schedule: bool = False,
) -> RunReport:
    """The report, after telling the owner what a digest itself cannot tell.

    A run by schedule that had nothing to do is no sign of life that is worth a ping. Its exit code nobody sees, and one
    refused address among those that arrive must not look like a dead machine each morning.
    """
    from .alarming import undelivered, watch

    told = watch(store, settings, clock, made=report.made, failed=report.failed, reported=not by_schedule)
    if by_schedule:
        well = (report.made or report.deliveries) and not report.errors and not undelivered(store, settings)
    else:
        well = exit_code(report) == 0
    if well and not store.deliveries.open():
        from .pinging import ping

        ping(settings)
    return replace(report, owner=told)


def _pages(store: Store, settings: Config, renderers: Renderers, clock: Clock) -> Pages:
    def pages(transport: str, digest: str) -> Sheets:
        from .exporting import site_sheets

        return site_sheets(store, settings, renderers, digests_of(settings, transport), clock, needed=[digest])

    return pages


def _deliver(
    store: Store,
    settings: Config,
    clock: Clock,
    renderers: Renderers,
    on_wait: Waiting | None,
    tried: Iterable[DeliveryReport] = (),
    only: Collection[int] | None = None,
) -> tuple[DeliveryReport, ...]:
    from .delivering import deliver

    done = {report.id for report in tried}
    with store.lock("send", on_wait=on_wait):
        return deliver(store, settings, clock, _pages(store, settings, renderers, clock), tried=done, only=only)


def _deliver_rest(
    store: Store,
    settings: Config,
    clock: Clock,
    renderers: Renderers,
    on_wait: Waiting | None,
    tried: tuple[DeliveryReport, ...],
) -> tuple[DeliveryReport, ...]:
    """What was issued since this command tried what was open: by itself, or by another one beside it."""
    done = {report.id for report in tried}
    if all(delivery.id in done for delivery, _ in store.deliveries.open()):
        return ()
    return _deliver(store, settings, clock, renderers, on_wait, tried=tried)

"""What runs inside `digest serve`: the functions that the schedule and the web application call."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import DigestError
from ..web.metrics import Metrics
from .common import count, local, wall_clock
from .glance import Glance
from .keeper import Keeper
from .notify import Notifier
from .reload import Reloader
from .shelf import Shelf

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from ..config import Config
    from ..model import RunReport
    from ..pipeline.alarming import Outage
    from ..pipeline.measuring import Measures
    from ..pipeline.types import Clock, Ending
    from ..pipeline.unsubscribing import Asked
    from ..store import Store
    from ..web.access_log import Answered
    from ..web.app import Found, Visit

log = logging.getLogger("digest")


class Service:
    """The settings in force, and what is done with them.

    Each call takes the settings once, so that a change never comes in the middle of it, and opens the database itself,
    since a connection belongs to one thread.
    """

    def __init__(
        self,
        settings: Config,
        clock: Clock = wall_clock,
        stopping: threading.Event | None = None,
        *,
        schedules: bool = True,
    ) -> None:
        """``schedules``: this process polls and publishes; otherwise another one does."""
        self._schedules = schedules
        self.settings = settings
        self.clock = clock
        self.notifier = Notifier()
        self._metrics = Metrics()
        self._pulse = Glance(self._feel)
        self._measures = Glance(self._measure)
        self.hasten: Callable[[], None] | None = None
        """Has what is due looked at now; None where this process neither polls nor delivers."""
        self._stopping = stopping or threading.Event()
        self._shelf = Shelf(settings)
        self.keeper = Keeper(lambda: self.settings, self._reader, clock)
        self._reloader = Reloader(settings)
        self._asked = False
        self._errors: frozenset[str] = frozenset()
        self._outage: Outage | None = None
        self._published: queue.SimpleQueue[RunReport] = queue.SimpleQueue()

    def begin(self) -> None:
        """Before anything starts, and when the settings changed: new digests are known, pages drawn anew."""
        from .. import pipeline

        if self._schedules:
            with _open(self.settings) as store:
                pipeline.know_digests(store, self.settings, self.clock)
        self._shelf.close()
        self._shelf = Shelf(self.settings)

    # --- what the schedule calls ---

    def poll(self, ending: Ending) -> None:
        """Asks what is due; one log line a feed."""
        from .. import pipeline

        settings, begun = self.settings, time.monotonic()
        with _open(settings) as store:
            report = pipeline.poll(
                store, settings, self.clock, before_editions=True, on_wait=_waiting("poll"), stopping=ending
            )
        if report.feeds:
            self._metrics.round_ended(time.monotonic() - begun)
        for feed in report.feeds:
            self._metrics.polled(feed.outcome, feed.elapsed.total_seconds())
            log.info(
                "poll feed=%r host=%s outcome=%s%s%s new=%d seconds=%.1f%s%s",
                feed.title, feed.host, feed.outcome, f" status={feed.status}" if feed.status else "",
                "" if feed.read is None else f" read={feed.read} of={feed.listed}",
                feed.new, feed.elapsed.total_seconds(),
                f" error={feed.error!r}" if feed.error else "", f" note={feed.note!r}" if feed.note else "",
            )  # fmt: skip
        if report.feeds:
            for notice in report.notices:
                log.warning("%s", notice)

    def publish(self) -> None:
        """Issues what is due."""
        from .. import pipeline
        from ..pipeline.alarming import Outage

        settings = self.settings
        self._outage = self._outage or Outage()
        with self._outage.watched(settings, self.clock), _open(settings) as store:
            report = pipeline.publish_scheduled(store, settings, self.clock, on_wait=_waiting("publish"))
        for edition in report.editions:
            log.info("edition digest=%s number=%d items=%d", edition.digest, edition.number, edition.items)
        for name in report.nothing_new:
            log.info("edition digest=%s nothing_new=1", name)
        for error in report.errors:
            if error not in self._errors:  # the slot is tried again each minute, until the template is mended
                log.error("%s", error)
        self._errors = frozenset(report.errors)
        self._published.put(report)
        self.notifier.status(self.status())

    def deliver(self) -> None:
        """Tries the deliveries whose time has come, and tells the owner what went wrong for too long."""
        from .. import pipeline

        settings, published = self.settings, []
        while not self._published.empty():
            published.append(self._published.get())
        with _open(settings) as store:
            report = pipeline.deliver_scheduled(
                store, settings, self.clock, published=published, on_wait=_waiting("deliver"), stopping=self._stopping
            )
        for one in report.deliveries:
            log.info(
                "delivery digest=%s number=%d transport=%s%s state=%s detail=%r",
                one.digest, one.number, one.transport, f" recipient={one.recipient}" if one.recipient else "",
                one.state, one.detail,
            )  # fmt: skip
        for line in report.owner:
            log.warning("%s", line)

    def next_slot(self) -> datetime | None:
        """The next time any digest is due."""
        from ..editions import slots

        now = self.clock()
        found = [slots.following(digest, now) for digest in self.settings.digests.values()]
        return min((slot for slot in found if slot is not None), default=None)

    # --- changed settings ---

    def ask_reload(self) -> None:
        """From a signal: the next look reads the file, changed or not."""
        self._asked = True

    def look(self) -> bool:
        """Takes up a configuration that changed; whether it did."""
        asked, self._asked = self._asked, False
        if asked:
            self.notifier.reloading()
        made = None
        try:
            made = self._reloader.look(asked=asked)
            if made is not None:
                self.settings = made.settings
                self.begin()
        except DigestError as error:
            log.error("%s", error)
        finally:
            if asked or made is not None:  # or the manager would wait for it, and give up
                self.notifier.ready(self.status())
        return made is not None

    # --- what the web application calls ---

    def page(self, visit: Visit) -> Found | None:
        """What stands at a path, or None."""
        return self._shelf.find(visit, self.clock())

    def unsubscribe(self, token: str, end: bool) -> Asked | None:
        """Whose link it is, after ending that subscription where ``end`` says so."""
        from ..pipeline import unsubscribing

        settings = self.settings
        with _open(settings) as store:
            found = unsubscribing.by_token(store, settings, token, self.clock(), end=end)
        if found is not None and found.changed:
            log.info("unsubscribed digest=%s recipient=%s", found.digest, found.address)
        return found

    def act(self, action: str, fields: Mapping[str, str], file: bytes | None = None) -> str:
        """What the owner does on a page, named in ``pipeline.acting``: a sentence that says what was done.

        ``subscribe`` takes ``url`` and ``section``, ``import`` the bytes of an OPML file. Raises DigestError, for the
        person who asked.
        """
        from ..pipeline import acting
        from . import adding

        settings = self.settings
        if action == "subscribe":
            told = adding.subscribe(settings, fields.get("url", ""), fields.get("section", ""), self.clock())
        elif action == "import":
            told = adding.import_list(settings, file or b"")
        else:
            with _open(settings) as store:
                told = acting.act(store, settings, action, fields, self.clock, polls=self.hasten is not None)
        log.info("owner action=%s", action)
        if self.hasten is not None and action in acting.HASTY:
            self.hasten()
        return told

    def health(self, moving: bool = True) -> Mapping[str, Any]:
        """``status`` is ``ok`` while the schedule moves, ``stuck`` when it does not; feeds and mails are only counted.

        Where another process has the schedule, it is ``stuck`` when nobody asked a feed for longer than a day.
        A watchdog can cure a stuck process by starting it anew, not a feed that is gone or a mail server that is down.
        """
        facts, asleep = self._pulse()
        return {"status": "ok" if moving and not asleep else "stuck", **facts}

    def _feel(self) -> tuple[Mapping[str, Any], bool]:
        """What the database says for ``health``, and whether nobody polls where another process should."""
        from ..pipeline.looking import status
        from ..pipeline.measuring import asleep

        settings, now = self.settings, self.clock()
        with _open(settings) as store:
            found = status(store, settings, now)
            sleeps = not self._schedules and asleep(store, settings, now)
        facts = {
            "feeds": found.feeds,
            "feeds_failing": len(found.failing),
            "last_poll": found.last_poll.isoformat() if found.last_poll else None,
            "deliveries_waiting": len(found.waiting),
            "digests_silent": len(found.silent),
        }
        return facts, sleeps

    def measured(self) -> bytes:
        """The counts for /metrics."""
        try:
            return self._metrics.text(self._measures())
        except DigestError as error:
            log.error("metrics: %s", error)
            return self._metrics.text(None)

    def _measure(self) -> Measures:
        from ..pipeline.measuring import measures

        settings = self.settings
        with _open(settings) as store:
            return measures(store, settings, self.clock())

    def observe(self, answered: Answered) -> None:
        """One request is over."""
        self._metrics.answered(answered.family, answered.status, answered.seconds)

    def _reader(self) -> AbstractContextManager[Store]:
        """A store for looking; of the shelf in force now."""
        return self._shelf.reader()

    # --- both ---

    def status(self) -> str:
        """One line: what comes next."""
        upcoming, settings = self.next_slot(), self.settings
        feeds = count(len(settings.feeds), "feed") if settings.feeds else "no feed yet"
        if not self._schedules:
            return f"{feeds}, asked by another process"
        if upcoming is None:
            return feeds
        return f"{feeds}; next edition: {local(upcoming, settings.timezone)} ({settings.timezone})"


def _open(settings: Config) -> Store:
    from ..store import Store

    return Store.open(settings.database, settings.families)


def _waiting(name: str) -> Callable[[], None]:
    """Says why nothing happens."""
    return lambda: log.info("%s: another digest process is at work on this database; waiting for it", name)

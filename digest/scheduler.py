"""When the pipeline runs: polls every minute what is due, and publishes when a slot comes.

The only place that imports APScheduler. What is due is decided by the functions given, from the wall clock;
this page only sees to it that they are called in time, one at a time, and that no error stops the schedule.

    poll      every minute; the first at once
    publish   every minute, and at the next slot to the second, unless a poll is just running

The minute is the safety net: a machine that slept, or whose clock was set, misses no slot by more than that.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.base import BaseExecutor, run_job
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from .errors import DigestError

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=60)
PATIENCE = timedelta(seconds=5)
"""How long ``stop`` waits for what is running."""


class Scheduler:
    """Calls ``poll`` and ``publish`` in a thread of its own until stopped.

    ``next_slot`` says when the next edition is due (aware UTC), or None when there is none.
    ``stopping`` is set by ``stop``; functions that take long look at it and return early.
    """

    def __init__(
        self,
        poll: Callable[[], object],
        publish: Callable[[], object],
        next_slot: Callable[[], datetime | None],
        *,
        stopping: threading.Event | None = None,
        every: timedelta = EVERY,
    ) -> None:
        self._poll = poll
        self._publish = publish
        self._next_slot = next_slot
        self._every = every
        self._done: dict[str, datetime] = {}
        self.stopping = stopping or threading.Event()
        self._worker = _OneAtATime(self.stopping)
        # The zone is given, or APScheduler would look for the machine's own and warn where it has none.
        self._timer = BackgroundScheduler(
            timezone=UTC,
            executors={"default": self._worker},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        # It warns each minute that a poll outlasts; that is no trouble here.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)

    def start(self) -> None:
        """Begin: one poll and one publish at once, in this order, then by the clock."""
        now = datetime.now(UTC)
        self._timer.add_job(
            self._tick,
            IntervalTrigger(seconds=self._every.total_seconds(), timezone=UTC),
            args=("poll", self._poll),
            id="poll",
            next_run_time=now,
        )
        self._timer.add_job(
            self._tick,
            IntervalTrigger(seconds=self._every.total_seconds(), timezone=UTC),
            args=("publish", self._publish),
            id="publish",
            next_run_time=now + timedelta(milliseconds=1),
        )
        self._timer.start()

    def stop(self, patience: timedelta = PATIENCE) -> bool:
        """End the schedule; whether what was running came to its end in time.

        What did not is left to die with the process: every step of the pipeline survives that.
        """
        self.stopping.set()
        if self._timer.running:
            self._timer.shutdown(wait=False)
        return self._worker.ended(patience)

    @property
    def done(self) -> Mapping[str, datetime]:
        """When ``poll`` and ``publish`` last came to an end without an error; for the health page."""
        return dict(self._done)

    def _tick(self, name: str, run: Callable[[], object]) -> None:
        """One call; its error is told and forgotten."""
        if self.stopping.is_set():
            return
        try:
            run()
        except DigestError as error:
            log.error("%s: %s", name, error)
        except Exception:
            log.exception("%s: an error of the program itself", name)
        else:
            self._done[name] = datetime.now(UTC)
        if name == "publish":
            self._arm()

    def _arm(self) -> None:
        """Set the timer to the next slot; one that has already come is left to the minute."""
        try:
            slot = self._next_slot()
        except DigestError as error:
            log.error("next edition: %s", error)
            return
        except Exception:
            log.exception("next edition: an error of the program itself")
            return
        if slot is None or slot <= datetime.now(UTC) or self.stopping.is_set():
            return
        self._timer.add_job(
            self._tick,
            DateTrigger(slot, timezone=UTC),
            args=("publish", self._publish),
            id="slot",
            replace_existing=True,
        )


class _OneAtATime(BaseExecutor):  # type: ignore[misc]
    """Runs what the timer gives it in one daemon thread.

    The pools of the standard library are waited for when the interpreter ends, so one slow mail server
    could hold up a stop for minutes.
    """

    def __init__(self, stopping: threading.Event) -> None:
        super().__init__()
        self._stopping = stopping
        self._waiting: queue.SimpleQueue[tuple[Any, list[datetime]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="digest-schedule", daemon=True)

    def start(self, scheduler: Any, alias: str) -> None:
        super().start(scheduler, alias)
        self._thread.start()

    def shutdown(self, wait: bool = True) -> None:
        self._waiting.put(None)

    def ended(self, patience: timedelta) -> bool:
        """Whether the thread is done, after waiting for it at most so long."""
        if self._thread.ident is not None:
            self._thread.join(patience.total_seconds())
        return not self._thread.is_alive()

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        self._waiting.put((job, run_times))

    def _run(self) -> None:
        while (due := self._waiting.get()) is not None and not self._stopping.is_set():
            job, run_times = due
            events = run_job(job, job._jobstore_alias, run_times, self._logger.name)
            self._run_job_success(job.id, events)

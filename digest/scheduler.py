"""When the pipeline runs. The only place that imports APScheduler.

What is due is decided by the functions given, from the wall clock; this page only sees to it that they are called in
time, and that no error stops the schedule. Each lane is a thread of its own, so none holds up another:

    round      poll, then publish what was missed     every minute, the first at once
    slot       publish; a poll that runs makes way    at the next slot, to the second
    delivery   deliver what waits                     every minute, and after each publish
    upkeep     clear up, where that is due            every minute

Beside them ``watch`` is called every second, and it is noticed there when somebody sets the clock or the machine slept:
everything is then looked at anew, since the timer would wait for a time that may come hours later.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.base import BaseExecutor, run_job
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from .errors import DigestError
from .pipeline.types import Ending

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=60)
PULSE = timedelta(seconds=1)
PATIENCE = timedelta(seconds=6)
"""How long ``stop`` waits for what is running; Docker kills ten seconds after it asked."""
POLL_AT_MOST = timedelta(minutes=5)
"""A poll ends then, and goes on with the next round: other processes wait for it, and so does a late edition."""
PUNCTUAL = timedelta(minutes=2)
"""A slot that lies further back was slept through: its edition waits for a round, which asks the feeds first."""
FIRST_POLL = timedelta(minutes=1)
"""So long a slot waits for the first poll since the start, or since the machine woke: what came overnight is not known
before it. After that no poll is waited for."""
JUMP = timedelta(seconds=2)
"""More than this between two seconds is no drift: the clock was set, or the machine slept."""
STUCK = {"poll": timedelta(hours=1), "publish": timedelta(hours=1), "deliver": timedelta(hours=6)}
"""Nothing of that kind came to a good end for so long. Each may wait for another process, ten minutes at a time; mails
to many, over a server that takes its time, may go out for hours."""


class Scheduler:
    """Calls ``poll``, ``publish``, ``deliver``, ``tidy`` and ``watch`` in threads of its own until stopped.

    ``next_slot`` says when the next edition is due (aware UTC), or None when there is none.
    ``stopping`` is set by ``stop``; functions that take long look at it and return early.
    ``poll`` is given one that also asks it to make way for an edition that is due.
    ``clock`` is that of ``next_slot``.
    """

    def __init__(
        self,
        poll: Callable[[Ending], object],
        publish: Callable[[], object],
        deliver: Callable[[], object],
        next_slot: Callable[[], datetime | None],
        *,
        tidy: Callable[[], object] = lambda: None,
        watch: Callable[[], object] = lambda: None,
        stopping: threading.Event | None = None,
        every: timedelta = EVERY,
        pulse: timedelta = PULSE,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._poll = poll
        self._publish = publish
        self._deliver = deliver
        self._next_slot = next_slot
        self._tidy = tidy
        self._watch = watch
        self._every = every
        self._pulse = pulse
        self._clock = clock
        self._begun = time.monotonic()
        self._done: dict[str, float] = {}
        self._told: dict[str, str] = {}
        self._slot_has_come = threading.Event()
        self._polled = threading.Event()
        self.stopping = stopping or threading.Event()
        self._lanes = {name: _Lane(name, self.stopping) for name in ("round", "slot", "delivery", "upkeep")}
        self._watching = threading.Thread(target=self._watch_over, name="digest-watch", daemon=True)
        # The zone is given, or APScheduler would look for the machine's own and warn where it has none.
        # Of each kind one may run and one wait, so that what is asked for meanwhile comes right after, and only once.
        self._timer = BackgroundScheduler(
            timezone=UTC,
            executors=self._lanes,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 2},
        )
        # It warns each minute that a poll outlasts; that is no trouble here.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)

    def start(self) -> None:
        """Begin: a round and a delivery at once, then by the clock."""
        for name, run in (("round", self._round), ("delivery", self._delivery)):
            self._timer.add_job(
                run,
                IntervalTrigger(seconds=self._every.total_seconds(), timezone=UTC),
                id=name,
                executor=name,
                next_run_time=datetime.now(UTC),
            )
        # Not at once: there is a poll to do, and perhaps an edition.
        self._timer.add_job(
            self._upkeep, IntervalTrigger(seconds=self._every.total_seconds(), timezone=UTC), id="upkeep",
            executor="upkeep",
        )  # fmt: skip
        self._timer.start()
        self._arm()
        self._watching.start()

    def stop(self, patience: timedelta = PATIENCE) -> bool:
        """End the schedule; whether what was running came to its end in time.

        What did not is left to die with the process: every step of the pipeline survives that.
        """
        self.stopping.set()
        if self._timer.running:
            self._timer.shutdown(wait=False)
        end = time.monotonic() + patience.total_seconds()
        running = [name for name, lane in self._lanes.items() if not lane.ended(end - time.monotonic())]
        if running:
            log.warning("%s did not end in time; the next start goes on from there", " and ".join(running))
        return not running

    def hasten(self) -> None:
        """Look at once at what is due, and anew at when the next slot comes."""
        self._arm()
        for name in ("round", "delivery"):
            self._at_once(name)

    @property
    def moving(self) -> bool:
        """Whether every thread lives, and each lane came to a good end not too long ago.

        Counted by a clock that nobody can set, and that does not go on while the machine sleeps.
        """
        timer = getattr(self._timer, "_thread", None)
        threads = [self._watching, timer, *(lane.thread for lane in self._lanes.values())]
        if not all(thread is not None and thread.is_alive() for thread in threads):
            return False
        now = time.monotonic()
        return all(now - self._done.get(name, self._begun) < most.total_seconds() for name, most in STUCK.items())

    # --- the lanes ---

    def _round(self) -> None:
        self._call("poll", lambda: self._poll(_Enough(self.stopping, self._slot_has_come)))
        self._polled.set()
        self._publish_and_arm()

    def _slot(self, slot: datetime) -> None:
        if self._clock() - slot > PUNCTUAL:
            return
        end = time.monotonic() + FIRST_POLL.total_seconds()
        while not self._polled.wait(0.1) and not self.stopping.is_set() and time.monotonic() < end:
            pass
        self._slot_has_come.set()
        try:
            self._publish_and_arm()
        finally:
            self._slot_has_come.clear()

    def _publish_and_arm(self) -> None:
        self._call("publish", self._publish)
        self._arm()
        self._at_once("delivery")

    def _delivery(self) -> None:
        self._call("deliver", self._deliver)

    def _upkeep(self) -> None:
        self._call("tidy", self._tidy)

    def _call(self, name: str, run: Callable[[], object]) -> None:
        """One call; its error is told, once until it changes, and forgotten."""
        if self.stopping.is_set():
            return
        try:
            run()
        except DigestError as error:
            if self._told.get(name) != str(error):
                log.error("%s: %s", name, error)
            self._told[name] = str(error)
        except Exception as error:
            if self._told.get(name) != repr(error):  # or it would be told each minute
                log.exception("%s: an error of the program itself", name)
            self._told[name] = repr(error)
        else:
            self._done[name] = time.monotonic()
            if self._told.pop(name, None):
                log.info("%s: all is well again", name)

    # --- the timer ---

    def _arm(self) -> None:
        """Set the timer to the next slot; one that has already come is left to the round."""
        try:
            slot = self._next_slot()
        except DigestError as error:
            log.error("next edition: %s", error)
            return
        except Exception:
            log.exception("next edition: an error of the program itself")
            return
        if slot is None or slot <= self._clock() or self.stopping.is_set():
            with suppress(JobLookupError):
                self._timer.remove_job("slot")
            return
        self._timer.add_job(
            self._slot,
            DateTrigger(datetime.now(UTC) + (slot - self._clock()), timezone=UTC),
            args=(slot,),
            id="slot",
            executor="slot",
            replace_existing=True,
        )

    def _at_once(self, name: str) -> None:
        """Runs a lane now, or once more after what is just running there."""
        with suppress(JobLookupError):
            self._timer.modify_job(name, next_run_time=datetime.now(UTC))

    def _watch_over(self) -> None:
        """Every second by the clock that nobody sets; ends with ``stopping``."""
        before = self._shift()
        while not self.stopping.wait(self._pulse.total_seconds()):
            shift = self._shift()
            if abs(shift - before) > JUMP.total_seconds():
                log.info("the clock moved by %+.0f s, or the machine slept: looking what is due", shift - before)
                self._polled.clear()
                self.hasten()
            before = shift
            try:
                self._watch()
            except Exception as error:
                if self._told.get("watch") != repr(error):  # a second is too short to tell it each time
                    log.exception("watch: an error of the program itself")
                self._told["watch"] = repr(error)

    def _shift(self) -> float:
        """Seconds between the wall clock and the one that nobody sets; only its changes mean something."""
        return self._clock().timestamp() - time.monotonic()


class _Enough:
    """Asks a poll to come to its end: the process stops, an edition is due, or it had its time."""

    def __init__(self, *events: threading.Event) -> None:
        self._events = events
        self._end = time.monotonic() + POLL_AT_MOST.total_seconds()

    def is_set(self) -> bool:
        return any(event.is_set() for event in self._events) or time.monotonic() >= self._end


class _Lane(BaseExecutor):  # type: ignore[misc]
    """Runs what the timer gives it in one daemon thread.

    The pools of the standard library are waited for when the interpreter ends, so one slow mail server
    could hold up a stop for minutes.
    """

    def __init__(self, name: str, stopping: threading.Event) -> None:
        super().__init__()
        self._stopping = stopping
        self._waiting: queue.SimpleQueue[tuple[Any, list[datetime]] | None] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._run, name=f"digest-{name}", daemon=True)

    def start(self, scheduler: Any, alias: str) -> None:
        super().start(scheduler, alias)
        self.thread.start()

    def shutdown(self, wait: bool = True) -> None:
        self._waiting.put(None)

    def ended(self, seconds: float) -> bool:
        """Whether the thread is done, after waiting for it at most so long."""
        if self.thread.ident is not None:
            self.thread.join(max(seconds, 0))
        return not self.thread.is_alive()

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        self._waiting.put((job, run_times))

    def _run(self) -> None:
        while (due := self._waiting.get()) is not None and not self._stopping.is_set():
            job, run_times = due
            events = run_job(job, job._jobstore_alias, run_times, self._logger.name)
            self._run_job_success(job.id, events)

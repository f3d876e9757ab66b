"""The schedule with its real timer and thread, at a hundredth of the usual pace."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from digest.errors import StoreError
from digest.scheduler import Scheduler

FAST = timedelta(seconds=0.1)
SLOW = timedelta(hours=1)


def nothing() -> None:
    return None


def never() -> datetime | None:
    return None


@contextmanager
def running(scheduler: Scheduler) -> Iterator[Scheduler]:
    scheduler.start()
    try:
        yield scheduler
    finally:
        scheduler.stop()


def wait_for(what: Callable[[], object], seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def test_the_first_poll_comes_at_once_and_the_first_publish_after_it() -> None:
    calls: list[str] = []
    with running(Scheduler(lambda: calls.append("poll"), lambda: calls.append("publish"), never, every=SLOW)):
        wait_for(lambda: len(calls) == 2)
    assert calls == ["poll", "publish"]


def test_both_come_again_and_again() -> None:
    calls: list[str] = []
    with running(Scheduler(lambda: calls.append("poll"), lambda: calls.append("publish"), never, every=FAST)):
        wait_for(lambda: calls.count("poll") >= 3 and calls.count("publish") >= 3)


def test_a_slot_is_met_to_the_second_and_the_next_one_after_it() -> None:
    start = datetime.now(UTC)
    slots = [start + timedelta(seconds=0.4), start + timedelta(seconds=0.8)]
    published: list[datetime] = []

    def next_slot() -> datetime | None:
        return next((slot for slot in slots if slot > datetime.now(UTC)), None)

    scheduler = Scheduler(nothing, lambda: published.append(datetime.now(UTC)), next_slot, every=SLOW)
    with running(scheduler):
        wait_for(lambda: len(published) == 3)
    assert all(
        timedelta(0) <= at - slot < timedelta(seconds=0.3) for at, slot in zip(published[1:], slots, strict=True)
    )


def test_a_slot_that_stays_in_the_past_does_not_spin() -> None:
    """A slot whose edition cannot be made is tried again with the next minute, not a thousand times a second."""
    published: list[int] = []
    past = datetime.now(UTC) - timedelta(days=1)
    with running(Scheduler(nothing, lambda: published.append(1), lambda: past, every=SLOW)):
        time.sleep(0.3)
    assert len(published) == 1


def test_nothing_runs_beside_anything_else() -> None:
    busy = threading.Lock()
    overlaps: list[str] = []
    calls: list[str] = []

    def work(name: str) -> None:
        if not busy.acquire(blocking=False):
            overlaps.append(name)
            return
        time.sleep(0.12)
        calls.append(name)
        busy.release()

    with running(Scheduler(lambda: work("poll"), lambda: work("publish"), never, every=timedelta(seconds=0.05))):
        wait_for(lambda: calls.count("poll") >= 3 and calls.count("publish") >= 3)
    assert overlaps == []


def test_a_poll_longer_than_the_interval_is_not_queued_up() -> None:
    polls: list[int] = []

    def poll() -> None:
        polls.append(1)
        time.sleep(0.5)

    with running(Scheduler(poll, nothing, never, every=timedelta(seconds=0.05))):
        time.sleep(1.2)
    assert len(polls) <= 3


def test_an_error_is_told_and_the_schedule_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[int] = []

    def poll() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise StoreError("digest.db: the disk is full; free some space")
        if len(calls) == 2:
            raise ZeroDivisionError

    with running(Scheduler(poll, nothing, never, every=FAST)) as scheduler:
        wait_for(lambda: len(calls) >= 4 and "poll" in scheduler.done)
    assert "poll: digest.db: the disk is full; free some space" in caplog.messages
    assert any("an error of the program itself" in line for line in caplog.messages)


def test_an_error_in_finding_the_next_slot_leaves_the_minute(caplog: pytest.LogCaptureFixture) -> None:
    published: list[int] = []

    def next_slot() -> datetime | None:
        raise ZeroDivisionError

    with running(Scheduler(nothing, lambda: published.append(1), next_slot, every=FAST)):
        wait_for(lambda: len(published) >= 3)


def test_health_knows_what_came_to_its_end() -> None:
    def poll() -> None:
        raise StoreError("locked")

    with running(Scheduler(poll, nothing, never, every=SLOW)) as scheduler:
        wait_for(lambda: "publish" in scheduler.done)
        assert "poll" not in scheduler.done


def test_stopping_tells_what_runs_and_waits_for_it() -> None:
    stopping = threading.Event()
    begun = threading.Event()
    ended: list[bool] = []

    def poll() -> None:
        begun.set()
        ended.append(stopping.wait(30))

    scheduler = Scheduler(poll, nothing, never, stopping=stopping)
    scheduler.start()
    begun.wait(5)
    started = time.monotonic()
    assert scheduler.stop()
    assert time.monotonic() - started < 2
    assert ended == [True]


def test_what_waits_when_the_stop_comes_is_not_begun() -> None:
    begun, release = threading.Event(), threading.Event()
    published: list[int] = []

    def poll() -> None:
        begun.set()
        release.wait(5)

    scheduler = Scheduler(poll, lambda: published.append(1), never)
    scheduler.start()
    begun.wait(5)
    time.sleep(0.1)
    assert not scheduler.stop(timedelta(seconds=0.05))
    release.set()
    assert scheduler.stop()
    assert published == []


def test_stopping_twice_or_before_the_start_is_no_error() -> None:
    scheduler = Scheduler(nothing, nothing, never)
    assert scheduler.stop()
    started = Scheduler(nothing, nothing, never)
    started.start()
    assert started.stop()
    assert started.stop()


def test_a_process_ends_though_something_hangs_and_no_zone_is_known() -> None:
    """A stuck mail server must not keep the service from stopping; a container may have no time zone at all."""
    code = (
        "import time, warnings; warnings.simplefilter('error')\n"
        "from datetime import timedelta\n"
        "from digest.scheduler import Scheduler\n"
        "scheduler = Scheduler(lambda: time.sleep(60), lambda: None, lambda: None)\n"
        "scheduler.start(); time.sleep(0.3); print(scheduler.stop(timedelta(seconds=0.2)))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=20,
        env=os.environ | {"TZ": "Nowhere/Atall"},
    )
    assert (ended.stdout, ended.stderr, ended.returncode) == ("False\n", "", 0)

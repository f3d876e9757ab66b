"""The schedule with its real timer and threads, at a hundredth of the usual pace."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digest import scheduler as schedule
from digest.errors import StoreError
from digest.pipeline.types import Ending
from digest.scheduler import Scheduler

FAST = timedelta(seconds=0.1)
SLOW = timedelta(hours=1)


def nothing(*_: object) -> None:
    return None


def made(
    poll: Callable[[Ending], object] = nothing,
    publish: Callable[[], object] = nothing,
    deliver: Callable[[], object] = nothing,
    next_slot: Callable[[], datetime | None] = nothing,
    **more: Any,
) -> Scheduler:
    return Scheduler(poll, publish, deliver, next_slot, **{"every": SLOW, "pulse": FAST, **more})


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


class Calls(list[str]):
    """What was called, in order."""

    def note(self, name: str) -> Callable[..., object]:
        return lambda *_: self.append(name)


# --- in time ---


def test_the_first_poll_comes_at_once_and_the_first_publish_after_it() -> None:
    calls = Calls()
    with running(made(calls.note("poll"), calls.note("publish"))):
        wait_for(lambda: len(calls) == 2)
    assert calls == ["poll", "publish"]


def test_what_waits_for_delivery_goes_out_at_once_and_again_after_each_publish() -> None:
    calls = Calls()
    published = threading.Event()
    with running(made(publish=published.set, deliver=lambda: calls.append(f"after publish: {published.is_set()}"))):
        wait_for(lambda: "after publish: True" in calls)


def test_all_come_again_and_again() -> None:
    calls = Calls()
    with running(made(calls.note("poll"), calls.note("publish"), calls.note("deliver"), every=FAST)):
        wait_for(lambda: all(calls.count(name) >= 3 for name in ("poll", "publish", "deliver")))


def test_a_slot_is_met_when_it_comes_and_the_next_one_after_it() -> None:
    start = datetime.now(UTC)
    # Far enough apart that a busy machine misses none.
    slots = [start + timedelta(seconds=0.5), start + timedelta(seconds=2.5)]
    published: list[datetime] = []

    def next_slot() -> datetime | None:
        return next((slot for slot in slots if slot > datetime.now(UTC)), None)

    with running(made(publish=lambda: published.append(datetime.now(UTC)), next_slot=next_slot)):
        wait_for(lambda: len(published) == 3)
    assert slots[0] <= published[1] < slots[1] <= published[2]


def test_a_slot_that_stays_in_the_past_does_not_spin() -> None:
    """A slot whose edition cannot be made is tried again with the next minute, not a thousand times a second."""
    published: list[int] = []
    past = datetime.now(UTC) - timedelta(days=1)
    with running(made(publish=lambda: published.append(1), next_slot=lambda: past)):
        time.sleep(0.3)
    assert len(published) == 1


def test_a_poll_makes_way_for_a_slot() -> None:
    slot = datetime.now(UTC) + timedelta(seconds=0.6)
    work = threading.Lock()
    made_way: list[datetime] = []
    published: list[datetime] = []

    def poll(ending: Ending) -> None:
        with work:
            while published and not ending.is_set():  # the first one ends at once: after it the slot is known
                time.sleep(0.01)
            made_way.append(datetime.now(UTC))

    def publish() -> None:
        with work:
            published.append(datetime.now(UTC))

    def next_slot() -> datetime | None:
        return slot if datetime.now(UTC) < slot else None

    with running(made(poll, publish, next_slot=next_slot, every=FAST)):
        wait_for(lambda: len(made_way) >= 2)
        wait_for(lambda: len(published) >= 3)
    assert made_way[1] >= slot
    assert all(slot <= at < slot + timedelta(seconds=3) for at in published[1:3])


def test_a_slot_right_after_the_start_waits_for_the_first_poll_but_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What came overnight is not known before it; an edition without it would be empty."""
    slot = datetime.now(UTC) + timedelta(seconds=0.2)
    calls = Calls()

    def poll(ending: Ending) -> None:
        time.sleep(0.6)
        calls.append(f"polled, asked to end: {ending.is_set()}")

    def hang(ending: Ending) -> None:
        wait_for(ending.is_set)
        calls.append("made way")

    with running(made(poll, calls.note("publish"), next_slot=lambda: slot)):
        wait_for(lambda: calls.count("publish") == 2)
    assert calls[0] == "polled, asked to end: False"
    monkeypatch.setattr(schedule, "FIRST_POLL", timedelta(seconds=0.3))
    slot = datetime.now(UTC) + timedelta(seconds=0.2)
    with running(made(hang, next_slot=lambda: slot, publish=lambda: time.sleep(0.5))):
        wait_for(lambda: "made way" in calls)


def test_a_slot_that_was_slept_through_waits_for_a_poll() -> None:
    """Otherwise the edition of a machine that wakes would hold what was known when it fell asleep."""
    now = [datetime(2025, 3, 28, 12, tzinfo=UTC)]
    slot = datetime.now(UTC) + timedelta(seconds=0.5)
    calls = Calls()
    scheduler = made(
        calls.note("poll"), calls.note("publish"), next_slot=lambda: slot, clock=lambda: now[0], pulse=SLOW
    )
    with running(scheduler):
        wait_for(lambda: calls == ["poll", "publish"])
        now[0] = slot + timedelta(days=3)
        time.sleep(0.8)
        assert calls == ["poll", "publish"]
        scheduler.hasten()
        wait_for(lambda: calls == ["poll", "publish"] * 2)


@pytest.mark.parametrize("by", [timedelta(hours=-1), timedelta(hours=5), timedelta(days=3)])
def test_a_clock_that_is_set_or_a_machine_that_wakes_has_everything_looked_at_anew(by: timedelta) -> None:
    """A timer that waits for half past six waits an hour more when the clock is set back by one."""
    shift = [timedelta(0)]
    calls = Calls()
    scheduler = made(
        calls.note("poll"), calls.note("publish"), calls.note("deliver"), clock=lambda: datetime.now(UTC) + shift[0]
    )
    with running(scheduler):
        wait_for(lambda: calls.count("deliver") >= 2)
        before = Calls(calls)
        shift[0] = by
        wait_for(lambda: all(calls.count(name) > before.count(name) for name in ("poll", "publish", "deliver")))


# --- beside each other ---


def test_polls_and_publishes_of_the_round_never_overlap() -> None:
    busy = threading.Lock()
    overlaps = Calls()
    calls = Calls()

    def work(name: str) -> None:
        if not busy.acquire(blocking=False):
            overlaps.append(name)
            return
        time.sleep(0.12)
        calls.append(name)
        busy.release()

    with running(made(lambda _: work("poll"), lambda: work("publish"), every=timedelta(seconds=0.05))):
        wait_for(lambda: calls.count("poll") >= 3 and calls.count("publish") >= 3)
    assert overlaps == []


def test_a_delivery_that_hangs_holds_up_neither_poll_nor_publish() -> None:
    calls = Calls()
    release = threading.Event()
    with running(made(calls.note("poll"), calls.note("publish"), lambda: release.wait(10), every=FAST)):
        wait_for(lambda: calls.count("poll") >= 3 and calls.count("publish") >= 3)
        release.set()


def test_a_poll_longer_than_the_interval_is_not_queued_up() -> None:
    polls: list[int] = []

    def poll(ending: Ending) -> None:
        polls.append(1)
        time.sleep(0.5)

    with running(made(poll, every=timedelta(seconds=0.05))):
        time.sleep(1.2)
    assert len(polls) <= 3


def test_a_poll_ends_after_some_minutes_so_that_others_get_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "POLL_AT_MOST", FAST)
    calls = Calls()

    def poll(ending: Ending) -> None:
        while not ending.is_set():
            time.sleep(0.01)

    with running(made(poll, calls.note("publish"))):
        wait_for(lambda: calls == ["publish"])


# --- errors and health ---


def test_an_error_is_told_once_and_the_schedule_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    calls: list[int] = []

    def poll(ending: Ending) -> None:
        calls.append(1)
        if len(calls) <= 2:
            raise StoreError("digest.db: the disk is full; free some space")
        if len(calls) == 3:
            raise ZeroDivisionError

    with running(made(poll, every=FAST)):
        wait_for(lambda: len(calls) >= 5)
    assert caplog.messages.count("poll: digest.db: the disk is full; free some space") == 1
    assert caplog.messages.count("poll: all is well again") == 1
    assert any("an error of the program itself" in line for line in caplog.messages)


def test_an_error_of_the_program_is_told_once_as_well(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[int] = []

    def publish() -> None:
        calls.append(1)
        raise ZeroDivisionError

    with running(made(publish=publish, every=FAST)):
        wait_for(lambda: len(calls) >= 4)
    assert caplog.messages.count("publish: an error of the program itself") == 1


def test_an_error_in_finding_the_next_slot_leaves_the_minute(caplog: pytest.LogCaptureFixture) -> None:
    published: list[int] = []

    def next_slot() -> datetime | None:
        raise ZeroDivisionError

    with running(made(publish=lambda: published.append(1), next_slot=next_slot, every=FAST)):
        wait_for(lambda: len(published) >= 3)


def test_an_error_while_watching_ends_neither_the_watch_nor_the_schedule(caplog: pytest.LogCaptureFixture) -> None:
    calls = Calls()

    def watch() -> None:
        calls.append("watch")
        raise ZeroDivisionError

    with running(made(watch=watch)) as scheduler:
        wait_for(lambda: len(calls) >= 3)
        assert scheduler.moving


@pytest.fixture
def soon_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "STUCK", dict.fromkeys(schedule.STUCK, timedelta(seconds=3)))


@pytest.mark.usefixtures("soon_stuck")
def test_it_moves_while_every_lane_comes_to_a_good_end() -> None:
    with running(made(every=FAST)) as scheduler:
        time.sleep(3.5)
        assert scheduler.moving


@pytest.mark.usefixtures("soon_stuck")
@pytest.mark.parametrize("lane", ["poll", "publish", "deliver"])
def test_it_does_not_move_where_one_lane_only_fails(lane: str) -> None:
    def fail(*_: object) -> None:
        raise StoreError("locked")

    with running(made(**{"every": FAST, lane: fail})) as scheduler:
        assert scheduler.moving
        wait_for(lambda: not scheduler.moving)


@pytest.mark.usefixtures("soon_stuck")
@pytest.mark.parametrize("lane", ["poll", "publish", "deliver"])
def test_it_does_not_move_where_one_lane_hangs(lane: str) -> None:
    released = threading.Event()

    def hang(*_: object) -> None:
        released.wait(30)

    with running(made(**{"every": FAST, lane: hang})) as scheduler:
        assert scheduler.moving
        try:
            wait_for(lambda: not scheduler.moving)
        finally:
            released.set()


def test_it_does_not_move_once_one_of_its_threads_died() -> None:
    with running(made()) as scheduler:
        assert scheduler.moving
        scheduler._timer.shutdown(wait=False)
        assert not scheduler.moving


# --- the end ---


def test_stopping_tells_what_runs_and_waits_for_it() -> None:
    begun = threading.Event()
    ended: list[bool] = []

    def poll(ending: Ending) -> None:
        begun.set()
        wait_for(ending.is_set, 30)
        ended.append(True)

    scheduler = made(poll)
    scheduler.start()
    begun.wait(5)
    started = time.monotonic()
    assert scheduler.stop()
    assert time.monotonic() - started < 2
    assert ended == [True]


def test_what_waits_when_the_stop_comes_is_not_begun() -> None:
    begun, release = threading.Event(), threading.Event()
    published: list[int] = []

    def poll(ending: Ending) -> None:
        begun.set()
        release.wait(5)

    scheduler = made(poll, lambda: published.append(1))
    scheduler.start()
    begun.wait(5)
    time.sleep(0.1)
    assert not scheduler.stop(timedelta(seconds=0.05))
    release.set()
    assert scheduler.stop()
    assert published == []


def test_the_patience_is_for_all_lanes_together(caplog: pytest.LogCaptureFixture) -> None:
    release = threading.Event()
    begun = threading.Barrier(3)

    def hang(*_: object) -> None:
        begun.wait(5)
        release.wait(10)

    scheduler = made(hang, deliver=hang)
    scheduler.start()
    begun.wait(5)
    started = time.monotonic()
    assert not scheduler.stop(timedelta(seconds=1.5))
    assert time.monotonic() - started < 2.9
    assert caplog.messages == ["round and delivery did not end in time; the next start goes on from there"]
    release.set()
    assert scheduler.stop()


def test_stopping_twice_or_before_the_start_is_no_error() -> None:
    assert made().stop()
    started = made()
    started.start()
    assert started.stop()
    assert started.stop()


def test_a_process_ends_though_something_hangs_and_no_zone_is_known() -> None:
    """A stuck mail server must not keep the service from stopping; a container may have no time zone at all."""
    code = (
        "import time, warnings; warnings.simplefilter('error')\n"
        "from datetime import timedelta\n"
        "from digest.scheduler import Scheduler\n"
        "scheduler = Scheduler(lambda _: time.sleep(60), print, print, lambda: None)\n"
        "scheduler.start(); time.sleep(0.3); print(scheduler.stop(timedelta(seconds=0.2)))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=20,
        env=os.environ | {"TZ": "Nowhere/Atall"},
    )
    told = "round did not end in time; the next start goes on from there\n"
    assert (ended.stdout.strip(), ended.stderr, ended.returncode) == ("False", told, 0)

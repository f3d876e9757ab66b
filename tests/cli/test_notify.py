"""What a service manager hears, on a real socket."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from digest.cli.notify import Notifier


@pytest.fixture(
    params=[
        "path",
        pytest.param(
            "abstract", marks=pytest.mark.skipif(sys.platform != "linux", reason="only Linux has abstract sockets")
        ),
    ]
)
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A manager that listens, and how it names its socket to us."""
    path = str(tmp_path / "notify") if request.param == "path" else f"@digest-test-{os.getpid()}-{time.monotonic_ns()}"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as one:
        one.bind(path.replace("@", "\0", 1) if path.startswith("@") else path)
        one.settimeout(5)
        yield one, path


def heard(one: socket.socket) -> list[str]:
    return one.recv(4096).decode().split("\n")


def quiet(one: socket.socket) -> bool:
    one.setblocking(False)
    try:
        one.recv(4096)
    except BlockingIOError:
        return True
    return False


def test_it_tells_start_reload_and_end(manager: tuple[socket.socket, str]) -> None:
    one, path = manager
    notifier = Notifier({"NOTIFY_SOCKET": path})
    notifier.ready("12 feeds")
    assert heard(one) == ["READY=1", "STATUS=12 feeds"]
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    notifier.reloading()
    word, moment = heard(one)
    assert word == "RELOADING=1"
    assert before <= int(moment.removeprefix("MONOTONIC_USEC=")) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    notifier.status("13 feeds")
    assert heard(one) == ["STATUS=13 feeds"]
    notifier.stopping()
    assert heard(one)[0] == "STOPPING=1"


def test_a_sign_of_life_comes_well_within_the_time_and_not_more_often(manager: tuple[socket.socket, str]) -> None:
    one, path = manager
    notifier = Notifier({"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())})
    notifier.alive()
    assert heard(one) == ["WATCHDOG=1"]
    notifier.alive()
    assert quiet(one)
    notifier._pinged -= 29
    notifier.alive()
    assert heard(one) == ["WATCHDOG=1"]


@pytest.mark.parametrize("asked", [{}, {"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "soon"}])
def test_without_a_watchdog_or_with_another_process_s_there_is_none(
    manager: tuple[socket.socket, str], asked: dict[str, str]
) -> None:
    one, path = manager
    Notifier({"NOTIFY_SOCKET": path, **asked}).alive()
    assert quiet(one)


def test_programs_that_we_start_do_not_speak_for_us(tmp_path: Path) -> None:
    environ = {"NOTIFY_SOCKET": str(tmp_path / "x"), "WATCHDOG_USEC": "1", "WATCHDOG_PID": "1", "PATH": "/bin"}
    Notifier(environ)
    assert environ == {"PATH": "/bin"}


@pytest.mark.parametrize("path", ["", "vsock:2:1234", "relative"])
def test_nobody_is_told_where_nobody_listens(path: str, caplog: pytest.LogCaptureFixture) -> None:
    Notifier({"NOTIFY_SOCKET": path} if path else {}).ready("all is well")
    assert caplog.messages == []


def test_a_manager_that_is_gone_is_a_warning_and_no_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready("all is well")
    assert caplog.messages == ["the service manager did not hear READY=1 (No such file or directory)"]

"""digest serve while its configuration changes, and what a service manager and a terminal tell it: real processes."""

from __future__ import annotations

import os
import pty
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from support.feedserver import FeedServer
from support.serving import Running, get
from support.world import World, item


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with FeedServer() as server:
        made = World(tmp_path, server)
        made.feed("alpha", item("Dam breaks above Vellmoor"))
        made.configure()
        yield made


def test_a_changed_time_is_kept_by_the_running_server(world: World) -> None:
    with Running(world, "--now", "2023-10-13T05:59:48Z") as served:
        served.until_told("next edition: Fri 13 Oct 2023, 07:00")
        served.rewrite("[digests.daily]", '[digests.daily]\nat = "06:00"')
        served.until_told("config.toml is in force: digests.daily.at", 10)
        served.until_told("edition digest=daily number=1", 15)
        assert world.rows("SELECT slot FROM editions") == [("2023-10-13T06:00:00.000000Z",)]
        assert served.end()[0] == 0


def test_a_new_feed_is_asked_and_a_new_digest_published_without_a_restart(world: World) -> None:
    with Running(world, "--now", "2023-10-13T06:59:45Z") as served:
        served.until(lambda: len(world.server.requests) == 1)
        world.feed("beta", item("Library opens on Sundays"))
        text = (world.folder / "config.toml").read_text()
        port = world.urls["beta"].split("/")[2]
        served.rewrite(
            text, text.replace("allow = [", f'allow = ["{port}", ') + f'\n[[feeds]]\nurl = "{world.urls["beta"]}"\n'
        )
        served.until_told("1 feed new, fetch.allow", 10)
        served.until(lambda: len(world.server.requests) == 2, 10)
        served.rewrite("[digests.daily]", '[digests.second]\ndeliver = ["outbox"]\n[digests.daily]')
        served.until_told("digests.second is new", 10)
        served.until_told("edition digest=second number=1", 20)
        served.until_told("edition digest=daily number=1", 5)
        served.end()


def test_a_wrong_configuration_is_told_once_and_the_old_one_goes_on(world: World) -> None:
    with Running(world, "--now", "2023-10-13T06:59:50Z") as served:
        served.wait_for("/healthz", '"status":"ok"')
        served.rewrite("[digests.daily]", '[digests.daily]\nat = "7am"\ntop = "x"')
        served.until_told("what was in force before stays so until this is mended", 10)
        served.until_told("edition digest=daily number=1", 15)
        served.until(world.mails)
        time.sleep(1.5)
        code, _, log = served.end()
    assert code == 0
    assert log.count("digests.daily.at") == log.count("digests.daily.top") == 1


def test_a_host_name_that_is_configured_later_is_answered_and_another_address_waits_for_a_restart(world: World) -> None:
    with Running(world) as served:
        served.wait_for("/healthz", '"status":"ok"')
        assert get(f"{served.url}/healthz", Host="news.example")[0] == 421
        served.rewrite(
            f'address = "127.0.0.1:{served.port}"', 'address = "127.0.0.1:9"\nbase_url = "https://news.example"'
        )
        served.until_told("restart to apply web.address", 10)
        served.until(lambda: get(f"{served.url}/healthz", Host="news.example")[0] == 200, 5)
        served.end()


def test_pages_stay_and_deliveries_go_on_while_a_template_is_broken(world: World) -> None:
    (world.folder / "mine").mkdir()
    config = world.folder / "config.toml"
    config.write_text('templates = "mine"\n' + config.read_text())
    assert world.digest("run", "--now", "2023-10-12T07:00:00Z").code == 0
    world.feed("alpha", item("Vellmoor dam: two found alive"))
    with Running(world, "--now", "2023-10-13T06:59:50Z") as served:
        served.wait_for("/", "Dam breaks above Vellmoor")
        (world.folder / "mine" / "email.html.j2").write_text("{{ edition.titel }}")
        served.until_told("titel", 10)
        served.until_told("digest daily: ", 15)
        assert "Dam breaks above Vellmoor" in served.wait_for("/", "Dam breaks")
        (world.folder / "mine" / "email.html.j2").unlink()
        served.until_told("was read again: nothing changed", 10)
        served.until_told("edition digest=daily number=2", 10)
        served.wait_for("/", "two found alive", 5)
        assert world.rows("SELECT slot FROM editions ORDER BY number DESC LIMIT 1") == [
            ("2023-10-13T07:00:00.000000Z",)
        ]
        served.end()


# --- signals and the service manager ---


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as one:
        one.bind(str(tmp_path / "notify"))
        one.settimeout(20)
        yield one


def until_heard(one: socket.socket, word: str) -> list[str]:
    """The message with that line; others before it are passed over."""
    while True:
        lines = one.recv(4096).decode().split("\n")
        if word in lines:
            return lines


def test_the_service_manager_hears_start_life_reload_and_end(world: World, manager: socket.socket) -> None:
    told = {"NOTIFY_SOCKET": str(manager.getsockname()), "WATCHDOG_USEC": "4000000"}
    with Running(world, environ=told) as served:
        ready = until_heard(manager, "READY=1")
        assert ready[1].startswith("STATUS=1 feed; next edition: ")
        assert get(f"{served.url}/healthz")[0] == 200
        until_heard(manager, "WATCHDOG=1")
        until_heard(manager, "WATCHDOG=1")
        served.process.send_signal(signal.SIGHUP)
        assert until_heard(manager, "RELOADING=1")[1].startswith("MONOTONIC_USEC=")
        until_heard(manager, "READY=1")
        assert "config.toml was read again: nothing changed" in served.log
        served.process.send_signal(signal.SIGTERM)
        until_heard(manager, "STOPPING=1")
        assert served.process.wait(10) == 0


def test_a_wrong_configuration_ends_a_reload_as_well_or_the_manager_would_give_up(
    world: World, manager: socket.socket
) -> None:
    with Running(world, environ={"NOTIFY_SOCKET": str(manager.getsockname())}) as served:
        until_heard(manager, "READY=1")
        (world.folder / "config.toml").write_text("at = ")
        served.process.send_signal(signal.SIGHUP)
        until_heard(manager, "RELOADING=1")
        until_heard(manager, "READY=1")
        assert served.log.count("stays so until this is mended") == 1


def test_a_terminal_that_is_closed_ends_it_though_a_hangup_means_reload_elsewhere(world: World) -> None:
    mine, theirs = pty.openpty()
    with Running(world, stdin=theirs, start_new_session=True) as served:
        os.close(theirs)
        served.wait_for("/healthz", '"status":"ok"')
        served.process.send_signal(signal.SIGHUP)
        served.until_told("config.toml was read again", 5)
        os.close(mine)
        served.process.send_signal(signal.SIGHUP)
        assert served.process.wait(10) == 0

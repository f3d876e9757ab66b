"""What runs, what waits, and the clock by which it does."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ...config import Config
from ...model import DeliveryState
from ...store import Store
from ...store.lock import holders
from .. import alarming
from ..by_hand import once_more
from ..looking import unsettled
from .findings import Finding, Level, counted

WRONG = timedelta(minutes=5)
"""A clock that is so far behind what was stored is wrong, or was."""
SHOWN = 3
"""Commands that are told; of more than that it is clear how they go on."""
PATIENCE = 5.0
"""Seconds for a server of this machine to answer."""

_DOES = {
    "work": "a poll or an edition is being worked on",
    "send": "deliveries are going out",
    "backup": "a backup is being made",
}


def clock(settings: Config, now: datetime) -> Iterator[Finding]:
    """The time against what is stored, and the machine's zone."""
    latest = None
    if settings.database.exists():
        with Store.open_to_look(settings.database) as store:
            latest = store.latest_time()
    if latest is not None and latest - now > WRONG:
        yield Finding(
            "clock",
            Level.WARNING,
            f"it is {now:%Y-%m-%d %H:%M} UTC here, and {latest:%Y-%m-%d %H:%M} was stored already",
            "set the clock, and let it be kept: `timedatectl set-ntp true`",
        )
    else:
        yield Finding("clock", Level.FINE, f"{now:%Y-%m-%d %H:%M} UTC; digests come by {', '.join(_zones(settings))}")
    if is_unkept():
        what = "nobody has set the clock since the machine started: systemd-timesyncd waits for a time server"
        yield Finding("clock", Level.NOTE, what)
    machine = machine_zone()
    if machine and not any(_same(machine, zone, now) for zone in _zones(settings)):
        yield Finding(
            "clock", Level.NOTE, f"the machine's own zone is {machine}: the times of cron and of timers are in that"
        )


def is_unkept(folder: Path = Path("/run/systemd/timesync")) -> bool:
    """Whether systemd keeps the clock and has not yet heard the time; where others keep it, nobody can say."""
    return folder.is_dir() and not (folder / "synchronized").exists()


def machine_zone() -> str | None:
    """The IANA name of the machine's zone, where it tells one."""
    given = os.environ.get("TZ", "").removeprefix(":")
    if "/" in given and not given.startswith("/"):
        return given
    if given:
        return None
    try:
        return str(Path("/etc/localtime").resolve(strict=True)).partition("/zoneinfo/")[2] or None
    except OSError:
        return None


def _zones(settings: Config) -> list[str]:
    return list(dict.fromkeys(one.timezone for one in settings.digests.values())) or [settings.timezone]


def _same(one: str, other: str, now: datetime) -> bool:
    """Whether two zones tell the same time, in summer as in winter."""
    moments = (now, now + timedelta(days=182))
    return all(
        moment.astimezone(ZoneInfo(one)).utcoffset() == moment.astimezone(ZoneInfo(other)).utcoffset()
        for moment in moments
    )


def mail(settings: Config, now: datetime) -> Iterator[Finding]:
    """Deliveries that wait or were given up, and digests that are silent and should not be."""
    if not settings.database.exists():
        return
    with Store.open_to_look(settings.database, settings.families) as store:
        waiting = unsettled(store)
        given_up = [one for one in waiting if one.delivery.state in (DeliveryState.FAILED, DeliveryState.REFUSED)]
        commands = once_more(store, given_up)
        silent = alarming.silent(store, settings, now)
    for one in silent:
        yield Finding("mail", Level.WARNING, " ".join(one.words[:2]), "docs/when-it-is-silent.md")
    tried = [one for one in waiting if one not in given_up and one.delivery.attempts]
    for many, how, cure in (
        (given_up, "given up or refused", f"`digest deliveries` says why{_again(commands)}"),
        (tried, "waiting after a try that failed", "`digest deliveries --open` says why; they are tried again"),
    ):
        if many:
            last = many[-1].delivery.last_error
            why = f", last: {last}" if last else ""
            told = counted(len(many), "delivery", "deliveries")
            yield Finding("mail", Level.WARNING, f"{told} {how}{why}", cure)
    if not waiting and not silent:
        yield Finding("mail", Level.FINE, "nothing waits, nothing was given up")


def _again(commands: Sequence[str]) -> str:
    """What sends once more what was given up, and to nobody else; copies have a new Message-ID, so all would see it."""
    if not commands:
        return ""
    shown = " and ".join(f"`{one}`" for one in commands[:SHOWN])
    more = f", and so on for {len(commands) - SHOWN} more" if len(commands) > SHOWN else ""
    return f"; once that is mended, {shown} {'sends' if len(commands) == 1 else 'send'} it again{more}"


def running(settings: Config, now: datetime) -> Iterator[Finding]:
    """Who holds the locks, and whether a server that runs answers."""
    held = holders(settings.database.resolve())
    for purpose, does in _DOES.items():
        if purpose in held:
            yield Finding("running", Level.NOTE, f"{does}{_by(held[purpose])}")
    address = settings.web.address
    serves = "serve" in held
    if not _is_loopback(address):
        if serves:
            yield Finding("running", Level.FINE, f"`digest serve` runs{_by(held['serve'])}, at {address}")
        return
    status, facts = healthz(address)
    if status is None and serves:
        what = f"`digest serve` runs{_by(held['serve'])}, and nothing answers at {address}"
        yield Finding("running", Level.NOTE, f"{what}: as it is with `--only schedule` or another `--address`")
    elif status is None:
        what = "no `digest serve` runs: cron or a timer has to start `digest run`"
        yield Finding("running", Level.NOTE, what)
    elif facts.get("status") == "ok":
        yield Finding("running", Level.FINE, f"`digest serve` answers at {address}{_by(held.get('serve', ()))}")
    elif facts.get("status") == "stuck":
        what = f"`digest serve` at {address} says that it is stuck{_by(held.get('serve', ()))}"
        yield Finding("running", Level.TROUBLE, what, "look into its log, then restart it: systemctl restart digest")
    else:
        what = f"what answers at {address} is no `digest serve` (status {status})"
        yield Finding("running", Level.WARNING, what, "set another address in [web], or end the other program")


def healthz(address: str) -> tuple[int | None, dict[str, Any]]:
    """(status, document) of the server of this machine; (None, {}) where nothing answers."""
    host, _, port = address.rpartition(":")
    try:
        with closing(http.client.HTTPConnection(host.strip("[]"), int(port), timeout=PATIENCE)) as connection:
            connection.request("GET", "/healthz")
            answer = connection.getresponse()
            document = json.loads(answer.read(65536))
            return answer.status, document if isinstance(document, dict) else {}
    except ValueError:
        return 0, {}
    except (OSError, http.client.HTTPException):
        return None, {}


def _is_loopback(address: str) -> bool:
    host = address.rpartition(":")[0].strip("[]")
    return host in {"localhost", "::1"} or host.startswith("127.")


def _by(processes: tuple[int, ...]) -> str:
    if not processes:
        return ""
    return f" (process{'es' if len(processes) > 1 else ''} {', '.join(map(str, processes))})"

"""Ping: a sign of life for a service that tells the owner when it stays out, which nothing on this machine could."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

from ..config import Config
from ..units import host_of

log = logging.getLogger(__name__)

TIMEOUT = timedelta(seconds=10)


def ping(settings: Config) -> None:
    """Asks the dead-man address once; what goes wrong is a line in the log, which names its host alone."""
    url = settings.alarm.ping
    if url is None:
        return
    import asyncio

    from ..feeds.net import Client, NetError

    async def ask() -> int:
        async with Client(replace(settings.fetch, timeout=TIMEOUT)) as client:
            return (await client.get(url)).status

    try:
        status = asyncio.run(ask())
    except NetError as error:
        # The time is ours, whatever [fetch] says.
        log.warning("ping host=%s failed: %s", host_of(url), str(error).replace(" ([fetch] timeout)", ""))
    except Exception as error:  # noqa: BLE001  nothing of it may harm the run, nor show the address
        log.warning("ping host=%s failed: an error of the program itself (%s)", host_of(url), type(error).__name__)
    else:
        if status >= 300:
            log.warning("ping host=%s answered %d; check [alarm] ping", host_of(url), status)

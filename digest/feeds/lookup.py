"""Host names -> IP addresses, by the system's own resolver."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable

Lookup = Callable[[str], Awaitable[list[str]]]
"""Host name to IP addresses; raises OSError."""


async def system_lookup(host: str) -> list[str]:
    """As ``loop.getaddrinfo``, but in a thread of its own that nobody waits for.

    A few dead name servers would fill the loop's thread pool for half a minute and hold up its end.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def tell(found: list[str] | None, error: OSError | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(found or [])

    def ask() -> None:
        found, problem = None, None
        try:
            rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            found = list(dict.fromkeys(str(row[4][0]) for row in rows))
        except OSError as error:
            problem = error
        except UnicodeError:
            problem = socket.gaierror(socket.EAI_NONAME, "no host name")
        try:
            loop.call_soon_threadsafe(tell, found, problem)
        except RuntimeError:
            return  # the loop was closed while we waited: nobody asks any more

    threading.Thread(target=ask, name=f"lookup {host}", daemon=True).start()
    return await answer

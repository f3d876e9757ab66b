"""A socket may reach nothing but this machine, whichever library opens it, in tests and in the programs they start."""

from __future__ import annotations

import ipaddress
import sys

_LOCAL_NAMES = {"localhost", "", None}


def guard() -> None:
    """From here on, connecting, sending or looking up beyond loopback raises; it cannot be taken back."""
    sys.addaudithook(_refuse_the_network)


def _refuse_the_network(event: str, args: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        address = args[1]
        if isinstance(address, tuple) and not ipaddress.ip_address(str(address[0]).split("%")[0]).is_loopback:
            raise RuntimeError(f"a test tried to reach {address!r}; tests talk to loopback only")
    elif event == "socket.getaddrinfo":
        host = args[0].decode() if isinstance(args[0], bytes) else args[0]
        if host in _LOCAL_NAMES:
            return
        try:
            ipaddress.ip_address(str(host).split("%")[0])
        except ValueError:
            raise RuntimeError(f"a test tried to look up {host!r}; tests talk to loopback only") from None

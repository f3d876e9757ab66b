"""Names of hosts, as requests and addresses spell them."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def host_of(text: str) -> str | None:
    """The host of ``host:port`` in lower case; None when it is none."""
    if any(sign in text for sign in "@/?#\\ "):
        return None
    try:
        parts = urlsplit(f"//{text}")
        _ = parts.port
    except ValueError:
        return None
    return (parts.hostname or "").removesuffix(".") or None


def is_loopback(host: str) -> bool:
    """Whether only this machine is called so."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def bare(netloc: str) -> str:
    """Host and port in the one spelling by which two of them are compared."""
    return netloc.lower().rpartition("@")[2].removesuffix(":443").removesuffix(":80")

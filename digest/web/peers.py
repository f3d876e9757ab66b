"""Who is at the other end of a connection, and what a proxy between may say about it.

A header is what anybody writes into it. Those of a proxy count only when the connection itself comes from an address
that the configuration names (``trusted_proxies``): they then give the client's address, whether it came by https, and
who it is. From everybody else they only show that there is a proxy at all.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.types import Scope

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_SIGNS = frozenset({"forwarded", "via", "x-real-ip"})
"""Headers that a proxy adds, beside all that begin with ``x-forwarded-``."""


@dataclass(frozen=True, slots=True)
class Peer:
    """One request's other end."""

    client: str
    """Address to count and to log: the connection's, or what trusted proxies say; empty where none is known."""
    https: bool
    """It came to a trusted proxy by https."""
    near: bool
    """From this machine and through no proxy."""
    name: str | None = None
    """Who a trusted proxy says it is."""


class Peers:
    """Reads requests; holds what is configured."""

    def __init__(self, trusted: Sequence[str] = (), identity_header: str | None = None) -> None:
        """``trusted`` are networks such as ``127.0.0.1/32``."""
        self._trusted = [ipaddress.ip_network(one) for one in trusted]
        self._identity = identity_header.lower() if identity_header else None

    def of(self, scope: Scope) -> Peer:
        """The other end of an HTTP request."""
        headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
        given = (scope.get("client") or ("",))[0]
        address = _address(given)
        if address is None or not self._trusts(address):
            proxied = self._shows_proxy(headers) or scope.get("http_version") == "1.0"
            here = address is not None and address.is_loopback
            return Peer(str(address or given), https=False, near=here and not proxied)
        return Peer(
            client=self._client(address, _all(headers, "x-forwarded-for")),
            https=_all(headers, "x-forwarded-proto") == ["https"],
            near=False,
            name=self._name(headers),
        )

    def _trusts(self, address: _Address) -> bool:
        return any(address in network for network in self._trusted)

    def _shows_proxy(self, headers: list[tuple[str, str]]) -> bool:
        """Whether a proxy left its mark; HTTP/1.0, which no browser speaks, is one too: nginx asks so by itself."""
        return any(name in _SIGNS or name.startswith("x-forwarded-") or name == self._identity for name, _ in headers)

    def _client(self, address: _Address, hops: list[str]) -> str:
        """The nearest address that is no trusted proxy: each proxy appends whom it heard, so read from the end."""
        for hop in reversed(hops):
            told = _address(hop)
            if told is None:
                break
            address = told
            if not self._trusts(address):
                break
        return str(address)

    def _name(self, headers: list[tuple[str, str]]) -> str | None:
        """What stands in the identity header, when it stands there once.

        Some servers take ``Remote_User`` for ``Remote-User``; a proxy that only removes the one would let a client
        send the other, so a second spelling makes both worthless.
        """
        if self._identity is None:
            return None
        alike = [(name, value) for name, value in headers if name.replace("_", "-") == self._identity]
        if len(alike) != 1 or alike[0][0] != self._identity:
            return None
        return alike[0][1].strip() or None


def household(client: str) -> str:
    """What wrong passwords are counted by: an IPv4 address, or the /64 that one household has of IPv6."""
    address = _address(client)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return client


def _all(headers: list[tuple[str, str]], name: str) -> list[str]:
    """The comma-separated values of a header, over all its copies in their order."""
    values = [one.strip() for given, value in headers if given == name for one in value.split(",")]
    return [one for one in values if one]


def _address(text: str) -> _Address | None:
    """An IP address, also with a port behind it or in brackets; IPv4 inside IPv6 is IPv4."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address

"""Which network addresses may be connected to. Pure: decides over the address a socket would really be connected to.

A feed's address, a redirect or a name server chooses where we connect to; none of them may lead into this machine, the
networks around it or a cloud's metadata service.
The blocks are those of the IANA special-purpose registries (RFC 6890, with its additions) that are not globally
reachable, as a table of our own, because what ``ipaddress`` calls global differs between releases of Python.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Exceptions = frozenset[tuple[str, int | None]]
"""(host in lower case, port or None for any), as ``exceptions`` reads them."""

_V4 = {
    "an address of this machine": ("0.0.0.0/8", "127.0.0.0/8"),
    "an address of a private network": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
    "a link-local address": ("169.254.0.0/16",),
    "an address inside a provider's network": ("100.64.0.0/10",),
    "a multicast address": ("224.0.0.0/4",),
    "a reserved address": (
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "240.0.0.0/4",
    ),
}
_V6 = {
    "an address of this machine": ("::/127",),
    "an address of a private network": ("fc00::/7", "fec0::/10", "64:ff9b:1::/48"),
    "a link-local address": ("fe80::/10",),
    "a multicast address": ("ff00::/8",),
    # 2001::/23 holds Teredo, ORCHID and benchmarking
    "a reserved address": ("2001::/23", "2001:db8::/32", "3fff::/20"),
}
_BLOCKS_4 = [(IPv4Network(block), kind) for kind, blocks in _V4.items() for block in blocks]
_BLOCKS_6 = [(IPv6Network(block), kind) for kind, blocks in _V6.items() for block in blocks]
_GLOBAL_UNICAST = IPv6Network("2000::/3")

_EMBEDDING = [
    (IPv6Network("::ffff:0:0/96"), 0),  # IPv4-mapped, RFC 4291
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64, RFC 6052
    (IPv6Network("2002::/16"), 80),  # 6to4, RFC 3056
]
"""IPv6 networks whose addresses stand for an IPv4 one, and how far right of it it ends, in bits."""

_METADATA = frozenset(
    ip_address(address)
    for address in (
        "169.254.169.254",
        "169.254.170.2",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd20:ce::254",
    )
)
"""Where clouds hand out the machine's own credentials; the last but two look like any other address."""

_SERVICES = {
    20: "FTP", 21: "FTP", 22: "SSH", 23: "Telnet", 25: "mail", 53: "DNS", 69: "TFTP", 110: "mail", 111: "RPC",
    119: "NNTP", 135: "RPC", 137: "NetBIOS", 138: "NetBIOS", 139: "NetBIOS", 143: "mail", 161: "SNMP", 179: "BGP",
    389: "LDAP", 445: "SMB", 465: "mail", 512: "rexec", 513: "rlogin", 514: "rsh", 515: "printer", 548: "AFP",
    554: "RTSP", 587: "mail", 636: "LDAP", 873: "rsync", 993: "mail", 995: "mail", 1433: "database", 1521: "database",
    2049: "NFS", 2375: "Docker", 2376: "Docker", 2379: "etcd", 2525: "mail", 3306: "database", 3389: "remote desktop",
    5060: "SIP", 5432: "database", 5672: "message queue", 5900: "remote desktop", 6000: "X11", 6379: "database",
    6667: "IRC", 9042: "database", 9200: "database", 11211: "cache", 27017: "database",
}  # fmt: skip


def refusal(address: str) -> str | None:
    """What kind of address this is, for people, where nothing may be fetched from it; None where it may."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return "no IP address"
    if is_metadata(address):
        return "the metadata service of a cloud"
    if isinstance(found, IPv4Address):
        return next((kind for block, kind in _BLOCKS_4 if found in block), None)
    embedded = _embedded(found)
    if embedded is not None:
        return refusal(str(embedded))
    kind = next((kind for block, kind in _BLOCKS_6 if found in block), None)
    return kind or (None if found in _GLOBAL_UNICAST else "a reserved address")


def is_metadata(address: str) -> bool:
    """Whether a cloud hands out credentials at this address: no exception opens it."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if found in _METADATA:
        return True
    return isinstance(found, IPv6Address) and _embedded(found) in _METADATA


def service(port: int) -> str | None:
    """Which other service usually listens on a port, where no feed is expected; None for all other ports."""
    return _SERVICES.get(port)


def exceptions(entries: Iterable[str]) -> Exceptions:
    """``[fetch] allow`` as read by ``covers``: hosts and ``host:port``, IPv6 addresses bare or in brackets."""
    found = set()
    for entry in entries:
        host, port = entry.strip(), ""
        if host.startswith("["):
            host, _, port = host[1:].partition("]")
            port = port.removeprefix(":")
        elif host.count(":") == 1:
            host, _, port = host.partition(":")
        found.add((plain(host), int(port) if port.isdecimal() else None))
    return frozenset(found)


def covers(listed: Exceptions, host: str, port: int) -> bool:
    """Whether a host and port as an address spells them is one of the exceptions."""
    return (plain(host), port) in listed or (plain(host), None) in listed


def names_port(listed: Exceptions, host: str, port: int) -> bool:
    """Whether an exception names this very port; only that opens the ports of other services."""
    return (plain(host), port) in listed


@lru_cache(2048)  # asked some six times a request
def plain(host: str) -> str:
    """One spelling per host: lower case, ASCII, no final dot; IP addresses as ``ipaddress`` writes them."""
    name = host.strip().lower().rstrip(".")
    try:
        return str(ip_address(name))
    except ValueError:
        pass
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def _embedded(address: IPv6Address) -> IPv4Address | None:
    for network, shift in _EMBEDDING:
        if address in network:
            return IPv4Address((int(address) >> shift) & 0xFFFFFFFF)
    return None

"""One request of a chain of redirects: where it goes, and which addresses its connection may have. Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self
from urllib.parse import quote

from yarl import URL

from . import addresses


class NoAddressError(Exception):
    """A text that cannot be asked; the message, for people, does not repeat it."""


@dataclass(slots=True)
class Hop:
    """One request of a chain: what the guard must know when the socket is made."""

    host: str
    port: int
    opened: bool
    """An exception opens this host and port to this feed."""
    first: bool
    refused: str | None = None
    proxied: bool = False
    """The socket is made to the configured proxy."""

    def refusal(self, address: str) -> str | None:
        """Why no connection to this IP address is made, for people; None where it may be."""
        kind = addresses.refusal(address)
        if kind is None or (self.opened and not addresses.is_metadata(address)):
            return None
        host = addresses.plain(self.host)
        where = f"{host} is" if host == addresses.plain(address) else f"{host} is {address},"
        if addresses.is_metadata(address):
            return f"{where} {kind}, which is never asked"
        if not self.first:
            return f"it redirects into a network of this machine: {where} {kind}; check the feed's address"
        return f'{where} {kind}; if you meant it, add "{endpoint(host, self.port)}" to [fetch] allow'


@dataclass(frozen=True, slots=True)
class Asking:
    """One GET before it is sent: which headers go to which address of its chain."""

    start: URL
    home: URL
    """Its origin alone gets the credentials, its host decides which exceptions hold."""
    headers: Mapping[str, str]
    validators: Mapping[str, str]
    validated: str
    """The address that the validators came from, as ``str`` of a URL."""
    key: str | None
    """The value of an ``Authorization`` header."""

    @classmethod
    def of(
        cls,
        url: str,
        headers: Mapping[str, str] | None,
        validators: Mapping[str, str] | None,
        validators_from: str | None,
        home: str | None,
        login: tuple[str, str] | None,
    ) -> Self:
        """Raises NoAddressError for an address that cannot be asked."""
        asked = usable(url)
        configured = asked if home is None or home == url else usable(home)
        key = credentials(configured) if login is None else basic(*login)
        start = asked if asked.raw_user is None and asked.raw_password is None else asked.with_user(None)
        start = start.with_fragment(None) if start.raw_fragment else start
        return cls(start, configured, headers or {}, validators or {}, validators_from or str(start), key)

    def headers_for(self, here: URL) -> dict[str, str]:
        """The headers for one address of the chain."""
        sent = dict(self.headers)
        if self.is_conditional(here):
            sent |= self.validators
        if self.key is not None and origin(here) == origin(self.home):
            sent["Authorization"] = self.key
        return sent

    def is_conditional(self, here: URL) -> bool:
        return bool(self.validators) and str(here) == self.validated


def parsed(text: str) -> URL:
    """As it is spelt, since a server may sign its spelling; only what no server can mean is encoded."""
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        text = quote(text.encode("utf-8", "surrogateescape"), safe="".join(map(chr, range(0x21, 0x7F))))
    return URL(text, encoded=text.isascii() and text.isprintable() and not set(text) & set(' "<>'))


def usable(text: str | URL) -> URL:
    """An address that can be asked; raises NoAddressError."""
    try:
        url = text if isinstance(text, URL) else parsed(text)
        if url.scheme in {"http", "https"} and url.host and url.port:
            return url
    except ValueError:  # its text would repeat the address, which may hold a secret
        pass
    raise NoAddressError("this is no web address; it must begin with http:// or https:// and a host")


def origin(url: URL) -> tuple[str, str, int | None]:
    return url.scheme, addresses.plain(url.host or ""), url.port


def credentials(url: URL) -> str | None:
    """The Basic header of a user name and password in the address."""
    if url.user is None and url.password is None:
        return None
    return basic(url.user or "", url.password or "")


def basic(user: str, password: str) -> str:
    """RFC 7617, in UTF-8."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode('ascii')}"


def is_literal(host: str) -> bool:
    """Whether a host is an IP address as it stands."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def endpoint(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

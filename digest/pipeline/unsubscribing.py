"""Unsubscribe: a row in the database that outranks ``to`` in the configuration, made by reader or operator."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from ..config import Config, Digest, FilesTransport
from ..errors import DigestError
from ..store import LastMail, Store
from ..units import plain_address

PATH = "unsubscribe"
"""Below the site's address, before the token."""

_TOKEN = re.compile(r"[a-z2-7]{26}")


def fresh_token() -> str:
    """128 random bits in 26 small letters and digits: what nobody can guess, and short enough for one header line."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def link(settings: Config, token: str) -> str | None:
    """The address that ends a subscription; None where the public reaches no https address of ours (RFC 8058)."""
    base = settings.web.base_url
    return f"{base}/{PATH}/{token}" if base and base.startswith("https://") else None


# --- By the reader, who has the token -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link of a mail leads to."""

    title: str
    """Of the digest."""
    unsubscribed: bool
    digest: str = ""
    address: str = ""
    changed: bool = False
    """This very request did it."""


def by_token(store: Store, settings: Config, token: str, now: datetime, *, end: bool) -> Asked | None:
    """Whose link it is, after ending that subscription where ``end`` says so; None for no link of ours.

    Asking again is no error, and changes nothing.
    """
    if not _TOKEN.fullmatch(token):
        return None
    found = store.recipients.by_token(token)
    if found is None:
        return None
    changed = False
    if end and found.unsubscribed is None:
        changed = store.recipients.unsubscribe(found.digest, found.address, now, fresh=token)
    digest = settings.digests.get(found.digest)
    title = digest.title if digest else found.digest
    return Asked(title, end or found.unsubscribed is not None, found.digest, found.address, changed)


# --- By the operator ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """One recipient as `digest recipients` tells."""

    digest: str
    address: str
    configured: bool
    """It stands in ``to`` of that digest."""
    unsubscribed: datetime | None
    told: datetime | None
    last: LastMail | None


def listed(store: Store, settings: Config) -> list[Listed]:
    """Everybody in the configuration, in its order, then those who only stand in the database."""
    known = {(one.digest, one.address): one for one in store.recipients.all()}
    mails = store.recipients.last_mails()
    wanted = dict.fromkeys(
        (digest.name, plain_address(address))
        for digest in settings.digests.values()
        for address in _mailed(digest, settings)
    )
    made = []
    for digest, address in [*wanted, *(key for key in known if key not in wanted)]:
        row = known.get((digest, address))
        made.append(
            Listed(
                digest=digest,
                address=address,
                configured=(digest, address) in wanted,
                unsubscribed=row.unsubscribed if row else None,
                told=row.told if row else None,
                last=mails.get((digest, address)),
            )
        )
    return made


def unsubscribe(store: Store, settings: Config, address: str, digest: str | None, now: datetime) -> list[str]:
    """Ends the mails to an address, of one digest or of all that know it; returns the names of those it ended.

    Raises DigestError for an address that no digest knows.
    """
    names = _digests(store, settings, address, digest)
    return [name for name in names if store.recipients.unsubscribe(name, address, now, fresh=fresh_token(), told=True)]


def restore(store: Store, settings: Config, address: str, digest: str | None) -> list[str]:
    """Takes that back; returns the names of the digests that it gets again."""
    return [name for name in _digests(store, settings, address, digest) if store.recipients.restore(name, address)]


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody who stands in ``to`` of a digest and gets no mail of it."""

    digest: str
    address: str
    since: datetime


def left_out(store: Store, settings: Config) -> Iterator[Left]:
    """Those who stand in ``to`` of a digest of today and unsubscribed from it."""
    for one in store.recipients.all():
        digest = settings.digests.get(one.digest)
        if one.unsubscribed and digest and one.address in {plain_address(address) for address in digest.to}:
            yield Left(one.digest, one.address, one.unsubscribed)


def _digests(store: Store, settings: Config, address: str, digest: str | None) -> list[str]:
    """Names of the digests that know an address, in the configuration or from earlier."""
    try:
        bare = plain_address(address)
    except ValueError as error:
        raise DigestError(str(error)) from None
    knows = {one.digest for one in store.recipients.all() if one.address == bare}
    knows |= {one.name for one in settings.digests.values() if bare in {plain_address(to) for to in one.to}}
    if digest is not None and digest not in settings.digests and digest not in knows:
        raise DigestError(f"no digest '{digest}' in {settings.path}; there is: {', '.join(settings.digests)}")
    if not knows or (digest is not None and digest not in knows):
        which = f"the digest '{digest}'" if digest else "any digest"
        raise DigestError(f"{bare} is no recipient of {which}; `digest recipients` lists them all")
    return sorted(knows) if digest is None else [digest]


def _mailed(digest: Digest, settings: Config) -> tuple[str, ...]:
    """The recipients of a digest that any mail goes to."""
    mails = any(not isinstance(settings.transports.get(one), FilesTransport) for one in digest.deliver)
    return digest.to if mails else ()

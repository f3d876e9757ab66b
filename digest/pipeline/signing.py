"""Sign in: sessions of the pages' owner, which hold thirty days after the last visit and end with the password.

A session is a random token in a browser. The database has its hash, and beside it what a slow function makes of the
password, so that another password ends all sessions at once, and nobody who reads the database learns either.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..store import Store

LASTS = timedelta(days=30)
STEP = timedelta(days=1)
"""A session's end is put off so often, and not at each visit, which would be a write each."""

_SLOW = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}
"""Of scrypt: 16 MB and some 40 ms a guess."""


def fresh_secret() -> str:
    """256 random bits that a cookie or a column can hold."""
    return secrets.token_urlsafe(32)


def secret(store: Store) -> str:
    """The database's own secret, made at its first use; marks of forms and traces of passwords are keyed with it."""
    return store.sessions.secret("pages", fresh_secret())


def trace(password: str, key: str) -> str:
    """What stands for a password beside its sessions; takes some 40 ms, by design."""
    return hashlib.scrypt(password.encode(errors="surrogatepass"), salt=key.encode(), **_SLOW).hex()


def same(one: str, other: str, key: str) -> bool:
    """Whether two passwords are equal, in a time that says nothing about where or how long they differ."""
    return hmac.compare_digest(
        hmac.digest(key.encode(), one.encode(errors="surrogatepass"), hashlib.sha256),
        hmac.digest(key.encode(), other.encode(errors="surrogatepass"), hashlib.sha256),
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """What a token is worth."""

    holds: bool
    ageing: bool = False
    """It is time to put its end off."""


def standing(store: Store, token: str, password: str, now: datetime) -> Standing:
    """Whether a session holds; ``password`` is the trace of today's. Reads only."""
    found = store.sessions.find(_hashed(token))
    if found is None or found.until <= now or not hmac.compare_digest(found.password, password):
        return Standing(holds=False)
    return Standing(holds=True, ageing=found.until - now < LASTS - STEP)


def prolong(store: Store, token: str, now: datetime) -> None:
    """Puts the end of a session off."""
    store.sessions.prolong(_hashed(token), now + LASTS)


def begin(store: Store, password: str, now: datetime, *, old: str | None) -> str:
    """The token of a new session in the place of the ``old`` one; ``password`` is the trace of today's."""
    token = fresh_secret()
    store.sessions.begin(_hashed(token), password, now, now + LASTS, old=_hashed(old) if old else None)
    return token


def end(store: Store, token: str) -> None:
    """Ends a session."""
    store.sessions.end(_hashed(token))


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()

"""Marks: what shows that a form was drawn by us for this very person, or that a browser may read on.

A mark is keyed with a secret of the database and made anew for each page: what is the same in every answer can be
guessed letter by letter from the length of a compressed page (BREACH), so each is hidden under fresh random bits.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

_SIZE = 32


def of_form(key: bytes, who: str) -> str:
    """A fresh mark for the forms of one session or person."""
    pad = secrets.token_bytes(_SIZE)
    return (pad + _crossed(pad, _keyed(key, f"form {who}"))).hex()


def is_of_form(key: bytes, who: str, mark: str) -> bool:
    """Whether a mark was made for them, told in a time that says nothing about how it is wrong."""
    try:
        given = bytes.fromhex(mark) if mark.isascii() else b""
    except ValueError:
        given = b""
    pad, hidden = given[:_SIZE], given[_SIZE:]
    whole = len(given) == 2 * _SIZE
    return hmac.compare_digest(_crossed(pad, hidden) if whole else b"", _keyed(key, f"form {who}"))


def of_reader(key: bytes, token: str) -> str:
    """What a browser keeps that came with the reading token; it opens nothing once the token is another."""
    return _keyed(key, f"reader {token}").hex()


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, told in a time that says nothing about either, nor about their lengths."""
    key = secrets.token_bytes(_SIZE)
    return hmac.compare_digest(_keyed(key, one), _keyed(key, other))


def _keyed(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode("utf-8", "surrogateescape"), hashlib.sha256)


def _crossed(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))

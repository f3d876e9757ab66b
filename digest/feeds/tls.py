"""The one TLS context of every outgoing request, made when the first secure address is asked."""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Where OpenSSL looks for certificates, if the environment says so."""


@cache
def context() -> ssl.SSLContext:
    """Checks certificates and host names against what the system trusts, and offers HTTP/1.1."""
    made = ssl.create_default_context()
    made.set_alpn_protocols(["http/1.1"])
    return made


@contextmanager
def none_made() -> Iterator[None]:
    """Around the import of aiohttp, which makes two contexts of its own and reads all certificates for each.

    That is a third of the time that the import takes, and none of them is used: ``context`` is. Inside, a context
    finds no certificates, so it trusts nobody. Where other threads run, which might want some, nothing is changed.
    """
    if threading.active_count() > 1:
        yield
        return
    before = {name: os.environ.get(name) for name in _CERTIFICATES}
    os.environ.update(dict.fromkeys(_CERTIFICATES, os.devnull))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value

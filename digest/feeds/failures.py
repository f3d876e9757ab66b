"""What goes wrong with a connection: caught as it is, and told in one line for people.

aiohttp's own messages repeat addresses and internals; these name a host at most.
"""

from __future__ import annotations

import socket
import ssl

import aiohttp

CONNECT = 10.0
READ = 30.0
"""Seconds to connect, and between two pieces of an answer; the deadline of the whole is ``[fetch] timeout``."""


class FailedError(Exception):
    """Carries an error past aiohttp, which would ask once more without a pause, whatever had come."""

    def __init__(self, cause: aiohttp.ClientError) -> None:
        super().__init__()
        self.cause = cause


async def once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Sends a request as aiohttp does, and only once."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise FailedError(error) from None


def died_early(error: Exception) -> bool:
    """Whether a connection that was made ended without any byte of an answer."""
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return isinstance(error.message, str)  # what came of an answer would stand there instead
    return isinstance(error, aiohttp.ClientOSError | ConnectionResetError) and not isinstance(
        error, aiohttp.ClientConnectorError
    )


def offers_nothing_secure(error: Exception) -> bool:
    """Whether a secure connection is not there at all: refused, timed out, or answered in plain text.

    One that is there and broken, by its certificate say, is none of these: that is how an attack looks.
    """
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return True
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else None
    return isinstance(cause, ConnectionRefusedError | TimeoutError) or (
        isinstance(cause, ssl.SSLError) and cause.reason == "WRONG_VERSION_NUMBER"
    )


def _name(where: str) -> str:
    """The host of ``host:port``: a name has no port."""
    return where.rpartition(":")[0] or where


def reason(error: Exception, where: str, total: float) -> str:
    """One line about an exception of aiohttp or the system, which themselves repeat addresses and internals."""
    match error:
        case aiohttp.ConnectionTimeoutError():
            return f"{where} took longer than {min(CONNECT, total):g} s to connect; it is asked again later"
        case aiohttp.SocketTimeoutError():
            return f"{where} went silent for {min(READ, total):g} s; it is asked again later"
        case aiohttp.ClientConnectorDNSError() if error.os_error.errno == socket.EAI_AGAIN:
            return f"the name {_name(where)} could not be looked up; is this machine online?"
        case aiohttp.ClientConnectorDNSError():
            return f"there is no host called {_name(where)}; check the address, or is this machine offline?"
        case aiohttp.ClientConnectorCertificateError():
            return f"{where} shows a certificate that is not valid{_detail(error)}; its operator must renew it"
        case aiohttp.ClientSSLError():
            return f"{where} offers no secure connection that works; check the address"
        case aiohttp.ClientConnectorError() if isinstance(error.os_error, ConnectionRefusedError):
            return f"{where} takes no connections; check host and port"
        case aiohttp.ClientConnectorError():
            return f"{where} cannot be reached; is this machine online?"
        case aiohttp.ClientPayloadError():
            return "the answer ended in the middle; it is asked again later"
        case aiohttp.ClientResponseError():
            return f"{where} answers, but not in HTTP as it should be; check the address"
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError() | OSError() if not isinstance(
            error, TimeoutError
        ):
            return f"{where} closed the connection without a whole answer; it is asked again later"
        case TimeoutError():
            return f"{where} took longer than {total:g} s in all ([fetch] timeout); it is asked again later"
    return f"{where} cannot be asked; check the address"


def _detail(error: aiohttp.ClientConnectorCertificateError) -> str:
    cause = error.certificate_error
    return f" ({cause.verify_message})" if isinstance(cause, ssl.SSLCertVerificationError) else ""

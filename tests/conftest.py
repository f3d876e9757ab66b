"""Guards every test shares: a socket may reach nothing but this machine."""

from __future__ import annotations

import ipaddress
import sys

import pytest
from hypothesis import settings

_LOCAL_NAMES = {"localhost", "", None}


def _refuse_the_network(event: str, args: tuple[object, ...]) -> None:
    """Audit hook: raises where a socket would leave loopback, whichever library opened it."""
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


sys.addaudithook(_refuse_the_network)

# a busy machine is no failure
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write the expected files of golden folders anew; read the diff"
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden tests should write what they got instead of comparing."""
    return bool(request.config.getoption("--update-golden"))

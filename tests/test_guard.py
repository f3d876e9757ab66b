"""No test reaches beyond this machine, and no program that a test starts."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

LOOK_UP = "import socket; socket.getaddrinfo('feeds.example.org', 80)"


def test_a_test_cannot_look_up_a_name() -> None:
    with pytest.raises(RuntimeError, match="loopback only"):
        socket.getaddrinfo("feeds.example.org", 80)


def test_a_test_cannot_connect_elsewhere() -> None:
    with socket.socket() as one, pytest.raises(RuntimeError, match="loopback only"):
        one.connect(("192.0.2.1", 80))


def test_a_program_that_a_test_starts_is_held_to_the_same() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK_UP], capture_output=True, text=True)
    assert "loopback only" in done.stderr

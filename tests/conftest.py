"""Guards every test shares: a socket may reach nothing but this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings
from loopback import guard

guard()
# programs that tests start read sitecustomize.py there, and are held to the same
os.environ["PYTHONPATH"] = str(Path(__file__).parent / "guard")

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

"""Programs outside Python that a test needs."""

from __future__ import annotations

import os
import shutil

import pytest


def program(name: str, package: str) -> str:
    """Path of an installed program; without it the test skips, or fails where ``DIGEST_REQUIRE`` is set (.ci/run)."""
    found = shutil.which(name)
    if found is None:
        missing = f"{name} is not installed (apt install {package})"
        if os.environ.get("DIGEST_REQUIRE"):
            pytest.fail(f"{missing}; add it to the packages of .ci/run")
        pytest.skip(missing)
    return found

"""Read by every Python that a test starts (conftest puts this folder first): the same guard as in the tests."""

import os

from loopback import guard

guard()
if os.environ.get("DIGEST_TEST_HANDED"):
    from handed import count

    count()

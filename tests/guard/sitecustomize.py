"""Read by every Python that a test starts (conftest puts this folder first): the same guard as in the tests."""

from loopback import guard

guard()

"""One site for all browser tests, and one Chromium for each module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from support import looking, pages_world
from support.pages_world import Answer, Site
from support.system import program

expect.set_options(timeout=20_000)  # four times the usual: a machine may be busy with the other tests


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> pages_world.Made:
    return pages_world.make(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="session")
def site(made: pages_world.Made) -> Iterator[Site]:
    with pages_world.serving(made) as served:
        yield served


@pytest.fixture(scope="session")
def answers(site: Site) -> dict[str, Answer]:
    """What every address of the site gives to a reader who is nobody."""
    return pages_world.crawl(site.url)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """It keeps an event loop running, which other modules' tests could not bear."""
    with looking.playwright(program("chromium", "chromium")) as opened:
        yield opened


@pytest.fixture
def eye(chromium: Browser, site: Site) -> Iterator[looking.Eye]:
    """A new visitor for each test."""
    made = looking.Eye(chromium, site.url)
    yield made
    made.close()

"""Which modules a command loads that has nothing to do: cron runs it every few minutes, on a small machine.

A module that a list below does not name costs each of those runs; import it in the function that needs it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.feedserver import FeedServer
from support.world import World, item

COSTLY = {"asyncio", "concurrent", "difflib", "email", "http", "multiprocessing", "smtplib", "sqlite3", "ssl",
          "statistics", "subprocess", "tomllib", "xml"}  # fmt: skip
"""Of the standard library: what takes milliseconds."""
READING = {"email", "http", "sqlite3", "tomllib"}
"""The configuration, the database, and dates as servers write them."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with FeedServer() as server:
        made = World(tmp_path, server)
        made.feed("alpha", item("Dam breaks above Vellmoor"))
        made.configure()
        yield made


def loaded(world: World, *arguments: str) -> tuple[set[str], set[str], set[str]]:
    """What one command loads: of other packages, of what is costly in the standard library, of our folders."""
    code = (
        "import json, sys\n"
        "from digest.cli import run_command\n"
        f"assert run_command({list(arguments)!r}) == 0\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}\n{code}"],
        cwd=world.folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    names: list[str] = json.loads(done.stdout.splitlines()[-1])
    tops = {name.partition(".")[0] for name in names if not name.startswith("_")}
    ours = {name.split(".")[1] for name in names if name.startswith("digest.")}
    return tops - sys.stdlib_module_names - {"digest", "cython_runtime"}, tops & COSTLY, ours


def test_help(world: World) -> None:
    others, costly, ours = loaded(world, "--help")
    assert others == {"click"}
    assert costly == set()
    assert ours == {"cli", "errors"}


def test_a_poll_with_nothing_due(world: World) -> None:
    assert world.digest("poll").code == 0
    others, costly, ours = loaded(world, "poll")
    assert others == {"click", "filelock"}
    assert costly == READING
    assert "threads" not in ours
    assert {"deliver", "pages", "web"}.isdisjoint(ours)


def test_a_send_with_nothing_to_send(world: World) -> None:
    assert world.digest("run").code == 0
    others, costly, ours = loaded(world, "send")
    assert others == {"Stemmer", "click", "filelock"}
    assert costly == READING
    assert {"pages", "web"}.isdisjoint(ours)


def test_a_poll_that_hears_of_nothing_new_reads_and_groups_nothing(world: World) -> None:
    assert world.digest("poll").code == 0
    others, _, ours = loaded(world, "poll", "--force")
    assert {"aiohttp", "yarl"} <= others
    assert {"feedparser", "nh3", "publicsuffixlist", "sqlite_utils", "Stemmer", "rich", "jinja2"}.isdisjoint(others)
    assert "threads" not in ours

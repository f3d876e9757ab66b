"""What polls, pages and commands cost, in counts: what makes them slow again shows here, however fast the machine is.

Figures in seconds, and what they are held to, stand in ``docs/performance.md``. Where a change is worth more of
something, raise its number here and say why; where it needs less, lower it.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from farm import Counts, Farm, configure

from digest import config, pipeline
from digest.model import Viewer
from digest.pipeline.grouping import ARRIVAL
from digest.pipeline.renderers import Renderers
from digest.pipeline.showing import Site
from digest.store import Store
from digest.store.search import BATCH

FEEDS, HOSTS = 24, 6
ITEMS = 860
"""What the feeds list on their first day; each has one more on the next."""
BEGUN = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)

OWNER = Viewer(served=True, owner=True, insider=True, csrf="mark")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the farm's hosts are addresses of 127.0.1.0/24")


@dataclass(frozen=True)
class Cost:
    """What one poll did."""

    asked: Counts
    handed: list[int]
    """Items that feedparser was given, by document; as feedparser has it."""
    read: int
    """As the reports of the feeds have it."""
    commits: int
    statements: int
    rows: int
    """Written, changed or deleted, in all tables."""
    new: int


class Traced:
    """The database, opened as a command opens it; what it is told is written down."""

    def __init__(self, settings: config.Config) -> None:
        self.store = Store.open(settings.database, settings.families)
        self._connection = self.store._database.conn
        self._said: list[str] = []
        self._connection.set_trace_callback(self._said.append)
        self._before = self._connection.total_changes

    def __enter__(self) -> Traced:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.set_trace_callback(None)
        self.store.close()

    @property
    def statements(self) -> list[str]:
        # Lines that begin with dashes are steps of a trigger or of FTS5.
        return [one for one in self._said if not one.startswith("--")]

    @property
    def rows(self) -> int:
        return int(self._connection.total_changes) - self._before


class Polls:
    """The farm, polled by the real pipeline at hours that the test sets."""

    def __init__(self, folder: Path, farm: Farm, patch: pytest.MonkeyPatch) -> None:
        self.farm = farm
        self.path = configure(folder, farm)
        self.settings = config.load(self.path)
        self.now = BEGUN
        self._handed = folder / "handed"
        patch.setenv("DIGEST_TEST_HANDED", str(self._handed))

    def poll(self, *, after: timedelta = timedelta(0)) -> Cost:
        self.now += after
        self._handed.write_text("")
        self.farm.counts()
        with Traced(self.settings) as traced:
            report = pipeline.poll(traced.store, self.settings, lambda: self.now)
            statements, rows = traced.statements, traced.rows
        return Cost(
            self.farm.counts(),
            [int(line) for line in self._handed.read_text().split()],
            sum(one.read or 0 for one in report.feeds),
            sum(one.startswith("COMMIT") for one in statements),
            len(statements),
            rows,
            sum(one.new for one in report.feeds),
        )

    def publish(self) -> None:
        with Store.open(self.settings.database, self.settings.families) as store:
            pipeline.send(store, self.settings, lambda: self.now)

    def statements_of(self, path: str, query: str = "") -> int:
        """How many questions a page asks of the database until it is drawn."""
        with Traced(self.settings) as traced:
            site = Site(traced.store, self.settings, Renderers(self.settings), OWNER, self.now)
            page = site.find(path, {"q": query} if query else {})
            assert page is not None, path
            assert len(page.draw()) > 500, path
            return len(traced.statements)

    def modules(self, *arguments: str) -> set[str]:
        """What a command imports beyond what any Python has."""
        code = (
            "import sys\n"
            "before = set(sys.modules)\n"
            "from digest.cli import run_command\n"
            f"code = run_command({[*arguments]!r})\n"
            "print('MODULES', *sorted(set(sys.modules) - before))\n"
            "sys.exit(code)"
        )
        folder = self.path.parent
        done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
        return set(done.stdout.rpartition("MODULES")[2].split())


@dataclass(frozen=True)
class Days:
    """Four polls, and the farm and the database as they left them."""

    cold: Cost
    warm: Cost
    day_2: Cost
    idle: Cost
    polls: Polls


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Days]:
    """A first poll, one where nothing is new, one of the next day, and one where nothing is due."""
    with pytest.MonkeyPatch.context() as patch, Farm(FEEDS, hosts=HOSTS) as farm:
        polls = Polls(tmp_path_factory.mktemp("polls"), farm, patch)
        cold = polls.poll()
        warm = polls.poll(after=timedelta(hours=12))
        farm.next_day()
        day_2 = polls.poll(after=timedelta(hours=12))
        idle = polls.poll(after=timedelta(minutes=1))
        polls.publish()
        yield Days(cold, warm, day_2, idle, polls)


# --- Requests -----------------------------------------------------------------------------------


def test_each_feed_is_asked_once_a_poll_and_none_that_is_not_due(days: Days) -> None:
    assert [one.asked.requests for one in (days.cold, days.warm, days.day_2, days.idle)] == [FEEDS, FEEDS, FEEDS, 0]
    assert set(days.cold.asked.by_host.values()) == {FEEDS // HOSTS}


def test_a_feed_that_has_not_changed_sends_no_body(days: Days) -> None:
    assert [one.asked.not_modified for one in (days.cold, days.warm, days.day_2)] == [0, FEEDS, 0]
    assert days.warm.asked.body_bytes == 0


def test_a_host_sees_one_connection_at_a_time(days: Days) -> None:
    assert {one.asked.most_at_one_host for one in (days.cold, days.warm, days.day_2)} == {1}
    assert [one.asked.connections for one in (days.cold, days.warm, days.day_2)] == [HOSTS] * 3


# --- Parsing ------------------------------------------------------------------------------------


def test_a_first_poll_reads_every_item_once(days: Days) -> None:
    assert sum(days.cold.handed) == ITEMS
    assert len(days.cold.handed) == FEEDS


def test_feedparser_is_given_the_items_that_are_new_and_no_others(days: Days) -> None:
    assert days.day_2.handed == [1] * FEEDS
    assert days.day_2.new == days.day_2.read == FEEDS


def test_where_nothing_is_new_nothing_is_parsed(days: Days) -> None:
    assert days.warm.handed == days.idle.handed == []


# --- Writing ------------------------------------------------------------------------------------


def test_a_poll_is_one_transaction_a_feed_and_few_for_grouping_and_the_search(days: Days) -> None:
    arrivals, batches = -(-ITEMS // ARRIVAL), -(-ITEMS // BATCH)
    assert days.cold.commits <= FEEDS + 1 + arrivals + batches  # one for the subscriptions
    assert days.warm.commits == FEEDS
    assert days.day_2.commits <= FEEDS + 2
    assert days.idle.commits == 0


def test_a_feed_that_has_not_changed_costs_one_row_and_few_questions(days: Days) -> None:
    assert days.warm.rows == FEEDS
    assert days.warm.statements <= 3 * FEEDS + 12  # begin, one row, commit
    assert days.idle.rows == 0
    assert days.idle.statements <= 8


def test_what_is_written_grows_with_what_is_new(days: Days) -> None:
    """Its keys, its story, the counts of its words and names, its words in the index of the search."""
    assert days.day_2.rows <= 100 * days.day_2.new
    assert days.day_2.statements <= 115 * days.day_2.new
    # Each arrival writes anew what several of its items touch; those of 250 keep a first poll below 80 MB.
    assert days.cold.rows <= 70 * ITEMS


# --- Start-up -----------------------------------------------------------------------------------

NEVER = {"aiohttp", "apscheduler", "feedparser", "rich", "sqlite_utils", "starlette", "uvicorn"}


def test_help_imports_little(days: Days) -> None:
    found = days.polls.modules("--help")
    assert not found & {*NEVER, "asyncio", "jinja2", "sqlite3"}
    assert len(found) <= 45, sorted(found)


def test_a_poll_with_nothing_due_imports_nothing_that_asks_or_parses(days: Days) -> None:
    found = days.polls.modules("poll", "--now", "2026-03-05T06:03:00Z")
    assert not found & {"feedparser", "rich", "starlette", "uvicorn"}
    assert len(found) <= 290, sorted(found)


# --- Pages --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "query", "most"),
    [
        ("index.html", "", 8),
        ("2026/03/05/index.html", "", 5),
        ("new/index.html", "", 23),
        ("archive/index.html", "", 1),
        ("threads/index.html", "", 13),
        ("threads/1/index.html", "", 11),
        ("items/1/index.html", "", 15),
        ("feeds/index.html", "", 8),
        ("search", "the", 11),
        ("feed.atom", "", 5),
    ],
)
def test_a_page_asks_the_database_a_few_questions_however_much_it_shows(
    days: Days, path: str, query: str, most: int
) -> None:
    assert days.polls.statements_of(path, query) <= most

"""Grouping from a database: the same as with everything in memory, at a cost that does not grow with the archive."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from digest import config
from digest.model import Bounds, FeedUpdate, Item, Level, NameCounts, NewItem, ParsedItem, Profile
from digest.pipeline import correcting, grouping, linking
from digest.pipeline.grouping import SLACK, Threader, thread_items, when
from digest.store import Store
from digest.store.weights import unpacked_shares
from digest.threads import decisions, finding, stories
from digest.threads.pages import page

MONDAY = datetime(2024, 3, 4, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
WORDS = [f"{one}{other}{end}" for one in ("bar", "mel", "tor", "vek", "sul") for other in ("an", "ik", "o", "eru")
         for end in ("d", "st", "ma", "lo", "n", "rak")]  # fmt: skip
LANGUAGES = ("en", "de", "ja")
TABLES = (
    "SELECT id, story_id FROM items", "SELECT * FROM placements",
    "SELECT id, thread_id, language, first, last, size, terms, only_outlet, merged_into FROM stories",
    "SELECT id, voices, profile, profiled FROM stories",
    "SELECT * FROM threads", "SELECT * FROM terms", "SELECT * FROM languages", "SELECT * FROM names",
    "SELECT * FROM links", "SELECT * FROM story_names",
)  # fmt: skip


class InMemory(Threader):
    """Grouping with every live story, all term counts and all name counts loaded first."""

    def place(self, items: Sequence[Item], searching: Mapping[int, int] = {}, *, count_names: bool = True) -> None:
        store, settings = self._store, self._settings
        oldest = min(when(item) for item in items) - settings.story_window
        marks = decisions.marks(store.decisions.all(), Level.STORY)
        held = linking.marks_of_stories(store, marks)
        without = set(searching.values())
        everything = {one.id: one for one in store.stories.live(oldest - SLACK)}
        everything |= {one.id: one for one in store.live.states(held)}
        first_new = store.stories.next_id()
        grouper = stories.Grouper(
            [one for one in everything.values() if one.id not in without],
            store.stories.terms(),
            next_id=first_new,
            eagerness=settings.grouping,
            window=settings.story_window,
            bounds=Bounds(marks, held),
        )
        if count_names:
            linking.count_names(store, store.links.names(), [item for item in items if item.id not in searching])
        names: Mapping[str, NameCounts] = store.links.names()
        alone = {item.id for item in items if item.feed_id in self._alone}
        pages = store.items.on_pages({told for item in items if (told := page(item))}, oldest)
        found = grouper.add(items, names=names, pages=pages, alone=alone, known=searching)
        if searching:
            found = grouping._under_old_ids(found, searching, first_new)
        store.stories.save(found)
        changed = [story.id for story in found.stories]
        linking.link_stories(store, store.stories.terms(), store.links.names(), changed, settings.window)


class Stream:
    """One database that random items are written into; the same for the same seed."""

    def __init__(self, path: Path, seed: int) -> None:
        self.store = Store.open(path)
        self.chance = random.Random(seed)
        self.feeds = [config.Feed(url=f"https://feed{n}.example/x.xml", title=f"Feed {n}") for n in range(8)]
        self.ids = list(self.store.feeds.subscribe(self.feeds, MONDAY))
        self.count = 0

    def poll(self, hour: int, size: int, *, late: float = 0.1) -> None:
        """Items of the last hours, about few events, some of them late by days; some on one page."""
        pick = self.chance.choice
        now = MONDAY + hour * HOUR
        new: dict[int, list[NewItem]] = {}
        for _ in range(size):
            self.count += 1
            ago = self.chance.random() * (200 if self.chance.random() < late else 3)
            event = random.Random(hour // 6 * 7 + self.chance.randrange(6))
            words = [pick(WORDS).title() if self.chance.random() < 0.5 else pick(WORDS) for _ in range(6)]
            title = " ".join([*event.sample(WORDS, 4), *words[:2]]).title()
            text = " ".join(["said", *event.sample(WORDS, 4), *words[2:], *words])
            url = f"https://page.example/{self.chance.randrange(60) if self.chance.random() < 0.1 else self.count}/x"
            item = ParsedItem(
                title=title, url=url, summary=text, language=pick(LANGUAGES), published=now - ago * HOUR
            )  # fmt: skip
            feed = self.chance.randrange(len(self.feeds))
            new.setdefault(feed, []).append(NewItem(item, (str(self.count),), title, f"outlet{feed}.example"))
        for feed, items in sorted(new.items()):
            [state] = self.store.feeds.states(self.store.feeds.subscribe([self.feeds[feed]], now))
            self.store.items.write(FeedUpdate(state, tuple(items)), lambda: now)

    def tell(self, hour: int, title: str, text: str) -> None:
        """One item, of the next feed."""
        self.count += 1
        now, feed = MONDAY + hour * HOUR, self.count % len(self.feeds)
        [state] = self.store.feeds.states(self.store.feeds.subscribe([self.feeds[feed]], now))
        item = ParsedItem(title=title, url=None, summary=text, language="en", published=now)
        new = NewItem(item, (str(self.count),), title, f"outlet{feed}.example")
        self.store.items.write(FeedUpdate(state, (new,)), lambda: now)

    def decide(self, now: datetime) -> None:
        """A person splits one story and makes one of two others."""
        several = self.all("SELECT story_id FROM items GROUP BY story_id HAVING COUNT(*) > 2 ORDER BY story_id DESC")
        if len(several) > 3:
            [(item_id,), *_] = self.all(f"SELECT MIN(id) FROM items WHERE story_id = {several[0][0]}")
            correcting.split(self.store, item_id, now)
            correcting.merge_stories(self.store, several[1][0], several[2][0], now)

    def edit(self) -> None:
        """A publisher rewrites a few items, one of which stands alone."""
        with self.store.writing():
            self.store._database.conn.execute(
                """UPDATE items SET title = title || ' Barand', stale = 1 WHERE id IN
               (SELECT MAX(id) FROM items GROUP BY story_id ORDER BY story_id DESC LIMIT 3)"""
            )

    def all(self, sql: str) -> list[tuple]:
        return self.store._database.conn.execute(sql).fetchall()

    def everything(self) -> dict[str, list[tuple]]:
        return {sql: sorted(self.all(sql), key=repr) for sql in TABLES}


@pytest.mark.parametrize("eagerness", ["normal", "eager"])
@pytest.mark.parametrize(("seed", "at_hand"), [(1, 100), (2, 3)])
def test_a_run_that_fetches_what_it_needs_decides_as_one_that_has_all_in_memory(
    tmp_path, monkeypatch, seed, at_hand, eagerness
):
    """Late items, three languages, shared pages, edits, splits and merges by hand, a feed that stands alone."""
    monkeypatch.setattr(stories, "AT_HAND", at_hand)
    settings = config.Threads(grouping=eagerness)
    one, other = Stream(tmp_path / "one.db", seed), Stream(tmp_path / "other.db", seed)
    for hour in range(0, 102, 6):
        for stream, kind in ((one, Threader), (other, InMemory)):
            stream.poll(hour, 40)
            if hour % 30 == 12:
                stream.decide(MONDAY + hour * HOUR)
            if hour % 30 == 24:
                stream.edit()
            kind(stream.store, settings, alone=[stream.ids[7]]).run()
        assert one.everything() == other.everything(), hour
    assert len(one.all("SELECT 1 FROM stories WHERE merged_into IS NOT NULL")) > 0
    assert max(size for (size,) in one.all("SELECT size FROM stories")) > 10


def test_halved_counts_are_those_that_all_in_memory_would_be(tmp_path, monkeypatch):
    monkeypatch.setattr(stories.Learned.__init__, "__defaults__", (120,))
    one, other = Stream(tmp_path / "one.db", 5), Stream(tmp_path / "other.db", 5)
    for hour in range(0, 60, 6):
        for stream, kind in ((one, Threader), (other, InMemory)):
            stream.poll(hour, 60)
            kind(stream.store, config.Threads()).run()
        assert one.everything() == other.everything(), hour
    assert all(items <= 120 for (items,) in one.all("SELECT items FROM languages"))


def test_what_can_grow_is_written_anew_where_it_is_missing_or_made_for_another_window(tmp_path):
    """A database of an earlier version, and one whose settings changed."""
    stream = Stream(tmp_path / "one.db", 4)
    stream.poll(0, 60, late=0)
    thread_items(stream.store, config.Threads())
    tables = ("SELECT * FROM live_stories ORDER BY 1", "SELECT * FROM live_terms ORDER BY 1, 2")
    before = [stream.all(sql) for sql in tables]
    assert len(before[0]) > 10
    stream.store._database.conn.executescript(
        "DELETE FROM live_stories; DELETE FROM live_terms; DELETE FROM live_since"
    )
    with stream.store.writing():
        Threader(stream.store, config.Threads())._take_stock(MONDAY, MONDAY)
    assert [stream.all(sql) for sql in tables] == before
    assert stream.store.live.since(timedelta(hours=200)) is None


def test_a_clock_that_ran_a_year_ahead_leaves_at_hand_what_can_grow(tmp_path):
    """An item without a date is a year ahead then; the others are no later than they were."""
    one, other = Stream(tmp_path / "one.db", 8), Stream(tmp_path / "other.db", 8)
    for hour in (0, 6, 24 * 365, 12, 18):
        for stream, kind in ((one, Threader), (other, InMemory)):
            stream.poll(hour, 40, late=0)
            kind(stream.store, config.Threads()).run()
        assert one.everything() == other.everything(), hour
    since = one.store.live.since(config.Threads().story_window)
    assert since is not None
    assert since <= MONDAY + 18 * HOUR - config.Threads().story_window
    [(now, ahead)] = one.all(
        "SELECT SUM(last < unixepoch('2025-01-01')), SUM(last > unixepoch('2025-01-01')) FROM live_stories"
    )
    assert min(now, ahead) > 10


def test_what_can_grow_is_no_more_than_the_window(tmp_path, monkeypatch):
    """Stories retire by age, and the oldest of a language where there are too many."""
    stream = Stream(tmp_path / "one.db", 6)
    for hour in range(0, 240, 24):
        stream.poll(hour, 20, late=0)
        thread_items(stream.store, config.Threads())
    [(oldest,)] = stream.all("SELECT MIN(last) FROM live_stories")
    assert oldest >= (MONDAY + (216 - 3 - 72 - 24) * HOUR).timestamp()
    found = {story_id for (kept,) in stream.all("SELECT holders FROM live_terms") for story_id in unpacked_shares(kept)}
    assert found == {story_id for (story_id,) in stream.all("SELECT story_id FROM live_stories")}
    monkeypatch.setattr(grouping, "LIVE", 5)
    stream.poll(241, 20, late=0)
    thread_items(stream.store, config.Threads())
    assert max(count for (count,) in stream.all("SELECT COUNT(*) FROM live_stories GROUP BY language")) <= 5


def test_a_backlog_is_grouped_oldest_first_so_many_in_a_transaction(tmp_path, monkeypatch):
    """A process that dies in between has lost nothing: the next run goes on."""
    monkeypatch.setattr(grouping, "ARRIVAL", 30)
    stream = Stream(tmp_path / "one.db", 7)
    stream.poll(0, 100)
    placed: list[list[datetime]] = []

    class Dies(Threader):
        def place(self, items: Sequence[Item], *others, **more) -> None:
            if len(placed) == 2:
                raise KeyboardInterrupt
            placed.append([when(item) for item in items])
            super().place(items, *others, **more)

    with pytest.raises(KeyboardInterrupt):
        Dies(stream.store, config.Threads()).run()
    assert [len(one) for one in placed] == [30, 30]
    assert max(placed[0]) <= min(placed[1])
    assert len(stream.store.items.waiting()) == 40
    assert thread_items(stream.store, config.Threads()) == 40
    assert stream.store.items.waiting() == []


def test_a_large_story_is_read_again_once_it_grew_by_an_eighth(tmp_path, monkeypatch):
    """An hourly report more of an event that eighty told of costs one report; a small story follows each."""
    stream = Stream(tmp_path / "one.db", 9)
    read: list[int] = []
    profiled = linking.profile

    def profile(items: Sequence[Item], *others, **more) -> Profile:
        read.append(len(items))
        return profiled(items, *others, **more)

    monkeypatch.setattr(linking, "profile", profile)
    text = " ".join(WORDS[:12])
    for number in range(80):
        stream.tell(
            number, f"Barand barmad torond dam {WORDS[number]}", f"{text} {' '.join(WORDS[number : number + 3])}"
        )
        thread_items(stream.store, config.Threads())
        assert stream.all("SELECT 1 FROM story_names JOIN stories ON stories.id = story_id"
                          " WHERE story_names.last <> stories.last") == []  # fmt: skip
    assert [size for (size,) in stream.all("SELECT size FROM stories")] == [80]
    assert read[:7] == [2, 3, 4, 5, 6, 7, 8]
    assert all(8 * (after - before) >= before for before, after in pairwise(read))
    assert read[-1] >= 72
    [(profiled_of, voices)] = stream.all("SELECT profiled, voices FROM stories")
    assert (profiled_of, voices) == (read[-1], 2)


def test_what_finds_stories_is_in_memory_for_few_items_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr(stories, "AT_HAND", 5)
    stream = Stream(tmp_path / "one.db", 3)
    expected = finding.Live.expect
    unchanged: list[int] = []
    needless: list[int] = []

    def expect(live: finding.Live, vectors: Mapping[str, Sequence[Mapping[str, float]]]) -> None:
        expected(live, vectors)
        wanted = {(story.language, term) for story in live._changed.values() for term, _ in story.shares()}
        wanted |= {(language, term) for language, some in vectors.items() for vector in some for term in vector}
        held = {(language, term): ids for language, index in live._index.items() for term, ids in index.items()}
        unchanged.append(len(live._stories.keys() - live._changed.keys()))
        needless.append(len(held.keys() - wanted) + len(live._times.keys() - set().union(*held.values())))

    monkeypatch.setattr(finding.Live, "expect", expect)
    for hour in (0, 3):
        stream.poll(hour, 60, late=0)
        thread_items(stream.store, config.Threads())
    assert len(unchanged) == 24
    assert set(unchanged) == {0}
    assert set(needless) == {0}


def steps(store: Store, act: Callable[[], object]) -> int:
    """Hundreds of steps that SQLite's machine makes meanwhile: what grows when more rows are read."""
    made = 0

    def count() -> int:
        nonlocal made
        made += 1
        return 0

    store._database.conn.set_progress_handler(count, 100)
    act()
    store._database.conn.set_progress_handler(None, 100)
    return made


def archive(store: Store, stories_told: int) -> None:
    """Retired stories of the years before, with their items, terms, names and threads."""
    run = store._database.conn.execute
    numbers = f"WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {stories_told})"
    day = "strftime('%Y-%m-%dT00:00:00.000000Z', '2020-01-01', (n % 1200) || ' days')"
    with store.writing():
        run(f"{numbers} INSERT INTO threads (id) SELECT n FROM n")
        run(f"""{numbers} INSERT INTO stories (id, thread_id, language, first, last, size, terms, voices, profile)
                SELECT n, n, 'en', {day}, {day}, 2, '{{"barand": 0.7, "w' || n || '": 0.7}}', 2, '{{"barand": 1.0}}'
                FROM n""")
        run(f"""{numbers} INSERT INTO items (feed_id, title, url, summary, content_html, published, outlet,
                first_seen, story_id)
                SELECT 1, 'Barand ' || n, 'https://a.example/' || n, '', '', {day}, 'a', {day}, n FROM n""")
        run(f"{numbers} INSERT INTO terms SELECT 'en', 'w' || n, 1 FROM n")
        run(f"{numbers} INSERT INTO names SELECT 'en', 'w' || n, 1, 1 FROM n")
        run("INSERT OR IGNORE INTO languages VALUES ('en', 1)")


def test_a_run_reads_no_more_when_the_archive_is_twenty_times_as_large(tmp_path):
    made: dict[int, int] = {}
    for size in (500, 10_000):
        stream = Stream(tmp_path / f"{size}.db", 8)
        archive(stream.store, size)
        stream.poll(0, 200, late=0)
        thread_items(stream.store, config.Threads())
        stream.poll(6, 200, late=0)
        made[size] = steps(stream.store, lambda store=stream.store: thread_items(store, config.Threads()))
    assert made[10_000] <= 1.1 * made[500]


def test_no_statement_of_a_run_reads_a_table_that_grows_from_end_to_end(tmp_path):
    stream = Stream(tmp_path / "one.db", 9)
    for hour in (0, 6):
        stream.poll(hour, 100)
        thread_items(stream.store, config.Threads())
    stream.decide(MONDAY)
    stream.edit()
    stream.poll(12, 100)
    asked: set[str] = set()
    connection = stream.store._database.conn
    connection.set_trace_callback(asked.add)
    thread_items(stream.store, config.Threads())
    connection.set_trace_callback(None)
    scans = [(sql, step) for sql in asked for step in plan(stream.store, sql)]
    assert len(asked) > 100
    assert [(sql, step) for sql, step in scans if GROWS.match(step)] == []


GROWS = re.compile(
    r"SCAN (items|stories|threads|terms|names|placements|links|story_names|live_stories|live_terms)\b"
    r"(?!.*(items_stale|items_without_story))"
)
"""Those two indexes hold only what waits."""


def plan(store: Store, sql: str) -> Iterable[str]:
    if not sql.lstrip().startswith(("SELECT", "WITH", "UPDATE", "DELETE")):
        return []
    return [row[3] for row in store._database.conn.execute(f"EXPLAIN QUERY PLAN {sql}")]

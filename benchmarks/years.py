"""Years of a database: what it weighs, what a run costs, and that nothing reads a table from end to end.

    python benchmarks/years.py [--years 5] [--feeds 500] [--a-day 2200] [--keep 365] [--folder FOLDER] [--quick]

Items, stories, threads and editions are written a month at a time by the statements of the store, as polls and runs
would leave them, and pruned likewise. After the first and the last year the program's own steps are timed on a copy:
processor time, the least of three, since a busy machine only makes it longer. The search index is there from three
months before each of these ends.
``--quick`` is two years of a few feeds, for seeing that it works; it exits with 1 where a plan reads a whole table.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path

from digest import config, pipeline, searching
from digest.editions import frozen
from digest.editions.message import mail
from digest.model import Edition, FeedUpdate, Mail, NewItem, ParsedItem, Viewer, Window
from digest.pipeline import pruning
from digest.pipeline.publishing import draft
from digest.pipeline.renderers import Renderers
from digest.pipeline.showing import Site
from digest.store import Store
from digest.store.keys import number
from digest.store.texts import packed
from digest.store.times import iso
from digest.store.weights import packed as packed_vector

BEGIN = datetime(2021, 1, 1, 3, tzinfo=UTC)
DAY = timedelta(days=1)
MONTH = 30
WORDS = 30_000
BODIES = 4_000
SMALL = ("counted", "upkeep", "search_state", "digests", "feeds", "secrets", "sessions", "recipients", "alarms",
         "decisions", "decision_items", "item_homes", "story_homes", "emptied", "feed_decisions",
         "feed_incidents", "paused_hosts", "languages", "terms", "names", "live_since",
         "sqlite_sequence", "sqlite_master", "_sqlite_migrations", "json_each",
         "search_config", "lead", "told", "CONSTANT", "search", "main")  # fmt: skip
"""Tables that do not grow with the years: by feeds, readers, decisions; words, which are halved when there are many;
and what a statement makes itself, or the search index does with a question."""


@dataclass(frozen=True)
class Body:
    """What one of the texts is stored as."""

    summary: str
    html: str
    words: str
    terms: bytes
    profile: bytes
    names: tuple[str, ...]


def bodies(chance: random.Random) -> list[Body]:
    """About 1,300 bytes each, as the average item of a feed has."""
    syllables = [first + vowel for first in "bcdfghklmnprstvw" for vowel in "aeiou"]
    made = sorted({"".join(chance.choices(syllables, k=chance.choice((2, 3, 3, 4)))) for _ in range(WORDS)})
    heights = [1 / (place + 3) for place in range(len(made))]
    found = []
    for _ in range(BODIES):
        told = chance.choices(made, heights, k=chance.randint(60, 240))
        text = " ".join(told)
        html = f"<p>{text[: len(text) // 2]}</p>\n<p>{text[len(text) // 2 :]}</p>"
        summary = text[:280]
        heavy = list(dict.fromkeys(told))[:36]
        found.append(
            Body(
                summary, html, searching.indexed(searching.text_of(summary, html)),
                packed_vector({term: 0.5 / (place + 2) for place, term in enumerate(heavy)}),
                packed_vector(dict.fromkeys(heavy, 0.5)), tuple(heavy[:12]),
            )
        )  # fmt: skip
    return found


class Years:
    """Writes months into a database."""

    def __init__(self, folder: Path, feeds: int, a_day: int, keep: int) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.a_day = a_day
        (folder / "config.toml").write_text(
            f'database = "digest.db"\n[retention]\nitems = "{keep}d"\n[digests.daily]\ntitle = "Morning paper"\n'
            'deliver = ["outbox"]\n[transports.outbox]\ntype = "maildir"\nfolder = "outbox"\n'
            + "".join(
                f'[[feeds]]\nurl = "http://127.0.0.1:1/{one}.xml"\ntitle = "Feed {one}"\n' for one in range(feeds)
            ),
            encoding="utf-8",
        )
        self.settings = config.load(folder / "config.toml")
        self.chance = random.Random(5)
        self.bodies = bodies(self.chance)
        self.keep = timedelta(days=keep)
        with self.store() as store:
            store.editions.know("daily", BEGIN - DAY, None)
            ids = list(store.feeds.subscribe(self.settings.feeds, BEGIN))
            store._database.conn.execute(
                "UPDATE feeds SET last_try = ?, last_success = ?, next_poll = ?, title = 'Feed ' || id",
                (iso(BEGIN), iso(BEGIN), iso(BEGIN + 9000 * DAY)),
            )
        self.feeds = ids
        self.item = self.story = self.thread = 0
        self.months: list[tuple[datetime, list[int]]] = []
        self.lately: list[int] = []
        self.first: tuple[Edition, Mail] | None = None
        self.open_store: Store | None = None

    def store(self) -> Store:
        return Store.open(self.settings.database)

    def month(self, connection: sqlite3.Connection, start: datetime, *, search: bool) -> None:
        """Thirty days of items, each day with its edition."""
        connection.execute("BEGIN")
        for day in range(MONTH):
            self._day(connection, start + day * DAY, search=search)
        connection.execute("COMMIT")

    def _day(self, connection: sqlite3.Connection, now: datetime, *, search: bool) -> None:
        items, keys, placements, stories, threads, names, links, found = [], [], [], [], [], [], [], []
        seen, first_story = iso(now), self.story + 1
        left = self.a_day
        while left > 0:
            size = min(left, self.chance.choice((1, 1, 1, 1, 1, 1, 1, 2, 3, 5)))
            left -= size
            self.story += 1
            topic = self.chance.randrange(BODIES)
            thread = None
            if size > 1 and self.lately and self.chance.random() < 0.25:
                thread = self.chance.choice(self.lately)
            if thread is None:
                self.thread += 1
                thread = self.thread
                threads.append((thread,))
                if size > 1:
                    self.lately.append(thread)
            feeds = self.chance.sample(self.feeds, size)
            for feed_id in feeds:
                self.item += 1
                one = self.item
                body = self.bodies[(topic + feed_id) % BODIES if size == 1 else topic]
                title = f"{body.summary[:60].rpartition(' ')[0]} n{one}"
                published = iso(now - timedelta(seconds=one % 3000))
                url = f"https://outlet{feed_id}.example/news/{now:%Y/%m/%d}/{one}-{body.summary[:20].replace(' ', '-')}"
                items.append((one, feed_id, title, url, body.summary, packed(body.html, body.summary, url), 150,
                              published, "en", f"outlet{feed_id}.example", seen, self.story))  # fmt: skip
                digest = blake2b(str(one).encode(), digest_size=32).hexdigest()
                keys += [(feed_id, number(f"{kind}:#{digest}"), one, digest[:8]) for kind in "gtax"]
                placements.append((one, self.story, 0.1234, 0.3, 0.0))
                if search:
                    found.append((one, title, body.words))
            body = self.bodies[topic]
            outlet = f"outlet{feeds[0]}.example" if size == 1 else None
            profile = body.profile if size > 1 else None
            stories.append((self.story, thread, "en", seen, seen, size, body.terms, size, profile, outlet))
            if size > 1:
                names += [("en", term, seen, self.story) for term in body.names]
                links.append(
                    (self.story, thread, '{"likeness": null, "bars": null, "shared": [], "second_likeness": null}')
                )
        many = connection.executemany
        many("INSERT INTO threads (id) VALUES (?)", threads)
        many("""INSERT INTO stories (id, thread_id, language, first, last, size, terms, voices, profile, only_outlet)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""", stories)  # fmt: skip
        many("""INSERT INTO items (id, feed_id, title, url, summary, content_html, words, published, language, outlet,
                first_seen, story_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""", items)  # fmt: skip
        many("INSERT INTO item_keys (feed_id, key, item_id, fingerprint) VALUES (?, ?, ?, ?)", keys)
        many("INSERT INTO placements (item_id, story_id, score, bar, second_score) VALUES (?, ?, ?, ?, ?)", placements)
        many("INSERT INTO story_names (language, term, last, story_id) VALUES (?, ?, ?, ?)", names)
        many("INSERT INTO links (story_id, own_thread, evidence) VALUES (?, ?, ?)", links)
        if found:
            many("INSERT INTO search (rowid, title, text) VALUES (?, ?, ?)", found)
        self.lately = self.lately[-4000:]
        self._edition(connection, now, items, stories, first_story)

    def _edition(
        self, connection: sqlite3.Connection, now: datetime, items: list[tuple[object, ...]],
        stories: list[tuple[object, ...]], first_story: int,
    ) -> None:  # fmt: skip
        """That of the first day, as the program made it, under another date."""
        at = int((now - BEGIN) / DAY) + 1
        until = now + timedelta(hours=1)
        edition, body = self._first(connection, until)
        shown = replace(edition, slot=until, day=now.date(), number=at, window=Window(until - DAY, until))
        edition_id = connection.execute(
            """INSERT INTO editions (digest, slot, day, ordinal, number, since, until, composed, title, items, data,
               subject, html, text, readable) VALUES ('daily', ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (iso(until), f"{now:%Y-%m-%d}", at, iso(until - DAY), iso(until), iso(until), shown.title, shown.items,
             frozen.dumps(shown), body.subject, body.html, body.text, shown.items),
        ).lastrowid  # fmt: skip
        told = [one for one in stories if one[5] != 1][:100]
        connection.executemany(
            "INSERT INTO edition_stories (edition_id, story_id, thread_id, items) VALUES (?, ?, ?, ?)",
            [(edition_id, one[0], one[1], one[5]) for one in told],
        )
        connection.executemany(
            "INSERT INTO edition_items (item_id, edition_id, place) VALUES (?, ?, ?)",
            [(one[0], edition_id, "rest" if place % 3 else "report") for place, one in enumerate(items)],
        )

    def _first(self, connection: sqlite3.Connection, until: datetime) -> tuple[Edition, Mail]:
        if self.first is None:
            assert self.open_store is not None
            digest = self.settings.digests["daily"]
            edition = draft(self.open_store, self.settings, digest, lambda: until, until)
            self.first = edition, mail(Renderers(self.settings).of(digest), edition, page_url=None)
        return self.first

    def prune(self, connection: sqlite3.Connection, now: datetime, *, search: bool) -> int:
        """What thirty nights of ``pruning.prune`` leave, in a few statements."""
        before = iso(now - self.keep)
        run = connection.execute
        run("BEGIN")
        run("CREATE TEMP TABLE going AS SELECT id, feed_id, story_id FROM items WHERE first_seen < ?", (before,))
        if search:
            texts = run("SELECT items.id, items.title, items.summary FROM going JOIN items ON items.id = going.id")
            by_summary = {body.summary: body.words for body in self.bodies}
            connection.executemany(
                "INSERT INTO search (search, rowid, title, text) VALUES ('delete', ?, ?, ?)",
                ((one, title, by_summary[summary]) for one, title, summary in texts.fetchall()),
            )
        gone: dict[int, dict[int, int]] = {}
        for feed_id, story_id in run("SELECT feed_id, story_id FROM going"):
            gone.setdefault(story_id, {})[feed_id] = 1
        connection.executemany(
            "UPDATE stories SET terms = '{}', gone = ? WHERE id = ?",
            [(json.dumps(feeds), story_id) for story_id, feeds in gone.items()],
        )
        connection.executemany(
            "UPDATE edition_items SET feed_id = ? WHERE item_id = ?", run("SELECT feed_id, id FROM going").fetchall()
        )
        run("DELETE FROM items WHERE id IN (SELECT id FROM going)")
        count = int(run("SELECT COUNT(*) FROM going").fetchone()[0])
        run("UPDATE counted SET total = total - ? WHERE name = 'items'", (count,))
        run("DROP TABLE going")
        run("COMMIT")
        return count

    def build_search(self, connection: sqlite3.Connection) -> None:
        """The index of what is there."""
        by_summary = {body.summary: body.words for body in self.bodies}
        connection.execute("BEGIN")
        connection.execute("DROP TABLE IF EXISTS search")
        connection.execute("CREATE VIRTUAL TABLE search USING fts5(title, text, content='', tokenize='ascii')")
        texts = connection.execute("SELECT id, title, summary FROM items ORDER BY id")
        connection.executemany(
            "INSERT INTO search (rowid, title, text) VALUES (?, ?, ?)",
            ((one, title, by_summary[summary]) for one, title, summary in texts.fetchall()),
        )
        self.indexed(connection)
        connection.execute("COMMIT")

    def indexed(self, connection: sqlite3.Connection) -> None:
        connection.execute(
            "UPDATE search_state SET version = ?, indexed_to = (SELECT MAX(id) FROM items)", (searching.VERSION,)
        )


# --- What is measured ---------------------------------------------------------------------------


def sizes(connection: sqlite3.Connection) -> dict[str, float]:
    """Megabytes by table, its indexes with it."""
    found: dict[str, float] = {}
    sql = """SELECT COALESCE(sqlite_master.tbl_name, dbstat.name), SUM(pgsize) / 1e6 FROM dbstat
             LEFT JOIN sqlite_master ON sqlite_master.name = dbstat.name GROUP BY 1"""
    for name, size in connection.execute(sql):
        key = "search" if name.startswith("search_") and name != "search_state" else name
        found[key] = found.get(key, 0.0) + size
    return dict(sorted(found.items(), key=lambda one: -one[1]))


class Plans:
    """Every statement that is run, and those whose plan walks through a table that grows."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.asked: set[str] = set()

    def __enter__(self) -> Plans:
        self.connection.set_trace_callback(self.asked.add)
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.set_trace_callback(None)

    def walks(self) -> Iterator[tuple[str, str]]:
        for sql in sorted(self.asked):
            if re.match(r"\s*(SELECT|WITH|UPDATE|DELETE)", sql):
                for row in self.connection.execute(f"EXPLAIN QUERY PLAN {sql}"):
                    found = re.match(r"SCAN (\w+)", row[3])
                    if found and not re.search(
                        r"USING (COVERING )?INDEX \w*(stale|without_story|ended|kept|gone)", row[3]
                    ):
                        yield found[1], " ".join(sql.split())


def least(run: Callable[[], object], times: int = 3) -> float:
    """Milliseconds of processor time, the least."""
    spent = []
    for _ in range(times):
        begun = time.process_time()
        run()
        spent.append(time.process_time() - begun)
    return min(spent) * 1000


def timed(years: Years, now: datetime) -> tuple[dict[str, float], list[tuple[str, str]]]:
    """Milliseconds of each of the program's steps on a copy, and the walks through whole tables."""
    copy = years.folder / "copy.db"
    shutil.copy(years.settings.database, copy)
    settings = replace(years.settings, database=copy)
    found: dict[str, float] = {}
    renderers = Renderers(settings)
    word = years.bodies[0].summary.split()[0]
    rare = years.bodies[0].summary.split()[-2]
    with Store.open(copy) as store, Plans(store._database.conn) as plans:

        def clock() -> datetime:
            return now

        def page(path: str, **query: str) -> Callable[[], object]:
            def draw() -> object:
                shown = Site(store, settings, renderers, Viewer(served=True), now).find(path, query)
                assert shown is not None, path
                return shown.draw()

            return draw

        def arrive() -> None:
            states = store.feeds.states(store.feeds.subscribed(settings.feeds))
            for state in states[:100]:
                body = years.chance.choice(years.bodies)
                stamp = f"{time.monotonic_ns()}"
                item = ParsedItem(title=f"{body.summary[:50]} {stamp}", url=f"https://x.example/{stamp}",
                                  summary=body.summary, language="en", published=now)  # fmt: skip
                new = NewItem(item, (f"g:{stamp}",), stamp[:8], "x.example")
                store.items.write(FeedUpdate(replace(state, last_try=now), (new,)), clock)

        store._database.conn.execute(
            "UPDATE feeds SET last_try = ?, last_success = ?, next_poll = ?",
            (iso(now), iso(now), iso(now + timedelta(hours=1))),
        )
        store._database.conn.commit()
        found["poll with nothing due"] = least(lambda: pipeline.poll(store, settings, clock))
        arrive()
        found["grouping 100 new items"] = least(lambda: pipeline.thread_items(store, settings), 1)
        digest = settings.digests["daily"]
        found["composing an edition"] = least(lambda: draft(store, settings, digest, clock, now))
        found["the whole of `send`"] = least(lambda: pipeline.send(store, settings, clock), 1)
        newest = (
            "SELECT thread_id FROM stories INDEXED BY stories_by_last WHERE last > ? GROUP BY 1 ORDER BY COUNT(*) DESC"
        )
        thread = store._database.conn.execute(newest, (iso(now - 20 * DAY),)).fetchone()[0]
        item = store._database.conn.execute("SELECT MAX(id) FROM items").fetchone()[0]
        for name, run in {
            "front page": page("index.html"), "page of what is new": page("new/index.html"),
            "archive": page("archive/index.html"), "list of threads": page("threads/index.html"),
            "page of a thread": page(f"threads/{thread}/index.html"),
            "page of an item": page(f"items/{item}/index.html"),
            "search, a frequent word": page("search", q=word), "search, a rare word": page("search", q=rare),
            "about page": page("about/index.html"),
            "counts for /metrics": store.census,
        }.items():  # fmt: skip
            found[name] = least(run)
        found["a night of `prune`"] = least(lambda: pruning.prune(store, settings, lambda: now + DAY), 1)
        walks = [(table, sql) for table, sql in plans.walks() if table not in SMALL]
    for one in copy.parent.glob("copy.db*"):
        one.unlink()
    return found, walks


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--years", type=int, default=5)
    options.add_argument("--feeds", type=int, default=500)
    options.add_argument("--a-day", type=int, default=2200)
    options.add_argument("--keep", type=int, default=365)
    options.add_argument("--folder", type=Path)
    options.add_argument("--quick", action="store_true")
    told = options.parse_args()
    if told.quick:
        told.years, told.feeds, told.a_day, told.keep = 2, 40, 120, 60
    with tempfile.TemporaryDirectory() as made:
        return simulate(Years(told.folder or Path(made), told.feeds, told.a_day, told.keep), told.years)


def simulate(years: Years, count: int) -> int:
    """Prints a table for each year; 1 where a plan walks through a table that grows."""
    bad, months, search = 0, count * 12, False
    marks = {12, months}
    begun = time.process_time()
    for month in range(1, months + 1):
        start = BEGIN + (month - 1) * MONTH * DAY
        now = start + (MONTH - 1) * DAY + timedelta(hours=2)
        with years.store() as store:
            connection = store._database.conn
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA cache_size = -200000")
            if not search and any(0 <= mark - month < 3 for mark in marks):
                years.build_search(connection)
                search = True
            years.open_store = store
            years.month(connection, start, search=search)
            years.prune(connection, now, search=search)
            if search:
                years.indexed(connection)
                connection.commit()
            store.retention.note(now, 0)
            pages = store.retention.pages()
            pruning._give_back(store, None)
            if month % 12 == 0:
                size = sizes(connection)
                print(f"\n## After year {month // 12}: {years.item:,} items came, {store.items.count():,} are kept, "
                      f"{sum(size.values()):,.0f} MB (free {pages.free * pages.size / 1e6:,.0f} MB before the vacuum); "
                      f"{time.process_time() - begun:,.0f} s\n")  # fmt: skip
                print("| table | MB |\n|---|--:|")
                for name, mb in size.items():
                    if mb >= 0.5:
                        print(f"| {name} | {mb:,.1f} |")
            if month in marks:
                store.retention.checkpoint()
        if month in marks:
            found, walks = timed(years, now)
            print("\n| step | ms |\n|---|--:|")
            for name, ms in found.items():
                print(f"| {name} | {ms:,.1f} |")
            for table, sql in walks:
                bad = 1
                print(f"\nwalks through all of {table}: {sql[:300]}")
            search = month != 12 or count == 1
        sys.stdout.flush()
    print(f"\n{time.process_time() - begun:,.0f} s of processor time in all")
    return bad


if __name__ == "__main__":
    sys.exit(main())

"""Feeds polled for days, once reading only what is new and once the whole documents: the same is stored of them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import polled
from support.feedserver import Answer, FeedServer

from digest import config
from digest.feeds import poll
from digest.feeds.parse import parse
from digest.model import FeedUpdate, FetchResult, ParsedFeed, Unreadable
from digest.pipeline import reading
from digest.store import Store

FEED = config.Feed(url="https://feeds.example.org/feed.xml")
BEGIN = datetime(2023, 10, 13, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Told:
    """One item as a publisher writes it; ``None`` leaves the element out."""

    title: str | None
    guid: str | None
    link: str | None
    text: str = "Text"
    hour: int | None = None

    @property
    def xml(self) -> str:
        parts = {"title": self.title, "guid": self.guid, "link": self.link, "description": self.text}
        date = None if self.hour is None else f"{BEGIN + self.hour * HOUR:%a, %d %b %Y %H:%M:%S GMT}"
        both = {**parts, "pubDate": date}
        return (
            f"<item>{''.join(f'<{name}>{value}</{name}>' for name, value in both.items() if value is not None)}</item>"
        )


def document(items: Sequence[Told], day: int) -> bytes:
    listed = "\n".join(item.xml for item in items)
    head = f"<title>T</title><lastBuildDate>{day}</lastBuildDate>"
    return f'<rss version="2.0"><channel>{head}{listed}</channel></rss>'.encode()


class Here:
    """Parses in this process."""

    def __init__(self) -> None:
        self.read: list[int] = []
        """Items that the parser was given, document by document."""

    async def parse(self, *given: Any) -> ParsedFeed | Unreadable:
        body, url, content_type, now, _, remembered = given
        found = parse(body, url, content_type, now, remembered)
        self.read.append(len(found.items) if isinstance(found, ParsedFeed) else 0)
        return found


class Polled:
    """One database, and its one feed."""

    def __init__(self, folder: Path, *, in_part: bool) -> None:
        self.path = folder / f"{in_part}.db"
        self.store = Store.open(self.path)
        self.store.feeds.subscribe([FEED], BEGIN)
        self.in_part = in_part
        self.here = Here()

    def poll(self, body: bytes, now: datetime) -> tuple[Any, ...]:
        """What a poll tells of the feed; as ``pipeline.polling`` does it, without the network."""
        [state] = self.store.feeds.states(self.store.feeds.subscribed([FEED]))
        result = FetchResult(state.id, state.url, 200, body, "application/rss+xml")
        if not self.in_part:
            self.sql("DELETE FROM readings")
        read = asyncio.run(reading.read(self.store, self.here, state, result, now, lambda: None))  # type: ignore[arg-type]
        assert read.sifted is not None
        assert isinstance(read.parsed, ParsedFeed)
        after = poll.after(state, result, read.parsed, HOUR, now, jitter=0)
        update = FeedUpdate(after, read.sifted.new, read.sifted.edited, remembered=read.remembered)
        self.store.items.write(update, lambda: now)
        return read.sifted, replace(read.parsed, items=(), reading=None)

    def stored(self) -> list[list[tuple[Any, ...]]]:
        return [
            self.sql("SELECT * FROM items ORDER BY id"),
            self.sql("SELECT * FROM item_keys ORDER BY feed_id, key"),
        ]

    def prune(self) -> None:
        self.sql("UPDATE item_keys SET item_id = NULL WHERE item_id % 3 = 0")
        self.sql("DELETE FROM items WHERE id % 3 = 0")

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            return connection.execute(statement).fetchall()


def same(folder: Path, days: Sequence[Sequence[Told]], prune: Sequence[int] = ()) -> list[int]:
    """How many items were read on each day, once it is sure that the same was told and stored as by reading all."""
    part, full = Polled(folder, in_part=True), Polled(folder, in_part=False)
    read = []
    for day, items in enumerate(days):
        body, now = document(items, day), BEGIN + day * timedelta(days=1)
        if day in prune:
            part.prune()
            full.prune()
        part.here.read.clear()
        assert part.poll(body, now) == full.poll(body, now)
        assert part.stored() == full.stored()
        read.append(sum(part.here.read))
    part.store.close()
    full.store.close()
    return read


def told(n: int, text: str = "Text", guid: str | None = "", hour: int | None = 0) -> Told:
    return Told(f"A headline of number {n}", f"g-{n}" if guid == "" else guid, f"https://a.example/{n}", text, hour)


def test_each_day_only_what_is_new_is_read(tmp_path: Path) -> None:
    days = [[told(n) for n in range(day + 8, day, -1)] for day in range(4)]
    assert same(tmp_path, days) == [8, 1, 1, 1]


def test_where_nothing_is_new_one_item_is_read(tmp_path: Path) -> None:
    assert same(tmp_path, [[told(n) for n in range(8)]] * 3) == [8, 1, 1]


def test_an_edited_item_is_read_and_edited(tmp_path: Path) -> None:
    """The number of its own comments is an edit as well, to a feed that tells it in the item."""
    listed = [told(n) for n in range(8)]
    edited = [*listed[:5], told(5, "Another text"), *listed[6:]]
    assert same(tmp_path, [listed, edited, edited, listed]) == [8, 1, 1, 1]


def test_an_item_that_comes_back_is_known(tmp_path: Path) -> None:
    listed = [told(n) for n in range(8)]
    assert same(tmp_path, [listed, listed[1:], listed, listed[:-1], listed], prune=[2]) == [8, 1, 1, 1, 1]


def test_rewritten_guids_are_seen_through_as_ever(tmp_path: Path) -> None:
    listed = [told(n) for n in range(8)]
    rewritten = [replace(one, guid=f"other-{one.guid}") for one in listed]
    assert same(tmp_path, [listed, rewritten[:1] + listed[1:], rewritten, rewritten, rewritten]) == [8, 9, 8, 8, 1]


def test_an_item_that_shares_a_guid_or_a_link_with_one_that_is_known_is_told_from_it(tmp_path: Path) -> None:
    listed = [told(n) for n in range(6)]
    bare = [replace(one, guid=None) for one in listed]
    twin = Told("Another headline", "g-3", "https://a.example/33", hour=1)
    assert same(tmp_path, [listed, [twin, *listed], [twin, *listed], listed])[:2] == [6, 7]
    (tmp_path / "bare").mkdir()
    twin = Told("Another headline", None, "https://a.example/3", hour=1)
    assert same(tmp_path / "bare", [bare, [twin, *bare], [twin, *bare], bare])[:2] == [6, 7]


def test_the_same_headline_every_day_is_a_new_item_every_day(tmp_path: Path) -> None:
    days = [
        [
            Told("The weather of today", f"g-{day}", "https://a.example/weather", f"Rain, {day} degrees", 24 * day),
            *(told(n) for n in range(5)),
        ]
        for day in range(4)
    ]
    same(tmp_path, days)


def test_a_flood_is_one_however_little_is_read(tmp_path: Path) -> None:
    listed = [told(n) for n in range(100)]
    old = [told(n, hour=-48) for n in range(100, 160)]
    assert same(tmp_path, [listed, listed + old, listed + old])[0] == 100


def test_a_feed_with_mostly_new_items_is_looked_at_as_a_whole(tmp_path: Path) -> None:
    """All its ids may have been rewritten."""
    listed = [told(n) for n in range(6)]
    rewritten = [Told(one.title, f"x-{n}", f"https://b.example/x{n}", hour=0) for n, one in enumerate(listed)]
    days = [listed, rewritten[:4] + listed[4:], rewritten, [told(n) for n in range(10, 16)]]
    same(tmp_path, days)


TOLD = st.builds(
    Told,
    title=st.sampled_from(("The first headline", "The second headline", "Short", None)),
    guid=st.sampled_from((None, "g-1", "g-2", "g-3", "http://a.example/page/1", "https://a.example/page/1")),
    link=st.sampled_from((None, "https://a.example/page/1", "https://a.example/page/2", "http://b.example/page/1")),
    text=st.sampled_from(("Text", "Another text", "A text that is long enough to be no accident. " * 4)),
    hour=st.sampled_from((None, -48, 0, 24, 48)),
)
PLAIN = st.integers(0, 30).map(told)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.lists(st.one_of(PLAIN, PLAIN, PLAIN, TOLD), min_size=1, max_size=9), min_size=1, max_size=5),
    st.lists(st.integers(0, 5), max_size=2),
)
def test_whatever_a_feed_lists_day_by_day_the_same_is_stored(
    tmp_path_factory: pytest.TempPathFactory, listed: list[list[Told]], prune: list[int]
) -> None:
    """Each day some of the items of the day before stay below the new ones."""
    days: list[list[Told]] = []
    for new in listed:
        days.append([*new, *(days[-1] if days else [])][:12])
    same(tmp_path_factory.mktemp("polled"), days, prune)


# --- Through the whole poll ---------------------------------------------------------------------


def test_a_poll_reads_only_what_is_new_and_tells_how_much_that_is(tmp_path: Path) -> None:
    with FeedServer() as server:
        days = [[told(n) for n in range(day + 8, day, -1)] for day in range(3)]
        feed = config.Feed(url=server.add("/a.xml", *(Answer(document(items, day)) for day, items in enumerate(days))))
        with polled.Polled(tmp_path, server, [feed]) as world:
            found = []
            for _ in range(4):
                world.poll()
                [report] = world.reports
                found.append((report.read, report.listed, report.new + report.backlog))
                world.later(hours=2)
            assert found == [(8, 8, 8), (1, 8, 1), (1, 8, 1), (None, 0, 0)]
            assert world.store.items.count() == 10


def test_the_first_document_after_a_pause_is_read_whole(tmp_path: Path) -> None:
    with FeedServer() as server:
        listed = [told(n) for n in range(8)]
        feed = config.Feed(url=server.add("/a.xml", *(Answer(document(listed, day)) for day in range(4))))
        with polled.Polled(tmp_path, server, [feed]) as world:
            found = []
            for day in range(4):
                if day == 2:
                    with world.store.writing():
                        world.store.feeds.resume(world.state().id)
                world.poll()
                found.append(world.reports[0].read)
                world.later(hours=2)
            assert found == [8, 1, 8, 1]


def test_what_cannot_be_read_leaves_what_is_remembered(tmp_path: Path) -> None:
    """And what is read with a complaint is remembered nothing of."""
    with FeedServer() as server:
        good, listed = [told(n) for n in range(8)], [told(n) for n in range(1, 9)]
        broken = document(good, 3).replace(b"number 3", b"number & 3")
        bodies = (document(good, 0), b"<html></html>", document(listed, 2), broken, document(listed, 4))
        feed = config.Feed(url=server.add("/a.xml", *map(Answer, bodies)))
        with polled.Polled(tmp_path, server, [feed]) as world:
            found = []
            for _ in bodies:
                world.poll(force=True)
                found.append(world.reports[0].read)
                world.later(days=2)
            assert found == [8, None, 1, 8, 8]


def test_what_is_remembered_is_written_with_the_items_or_not_at_all(tmp_path: Path) -> None:
    feed = Polled(tmp_path, in_part=True)
    feed.sql("CREATE TRIGGER stop BEFORE INSERT ON item_keys BEGIN SELECT RAISE(ABORT, 'stopped'); END")
    with pytest.raises(sqlite3.IntegrityError, match="stopped"):
        feed.poll(document([told(1)], 0), BEGIN)
    assert feed.sql("SELECT * FROM readings") == feed.sql("SELECT * FROM items") == []
    feed.sql("DROP TRIGGER stop")
    feed.poll(document([told(1)], 0), BEGIN)
    assert len(feed.sql("SELECT * FROM readings")) == len(feed.sql("SELECT * FROM items")) == 1
    feed.store.close()


def test_a_feed_that_gives_its_address_away_is_remembered_nothing_of(tmp_path: Path) -> None:
    feed = Polled(tmp_path, in_part=True)
    feed.poll(document([told(1)], 0), BEGIN)
    [one, other] = feed.store.feeds.subscribe([FEED, config.Feed(url="https://feeds.example.org/new.xml")], BEGIN)
    assert feed.store.feeds.remembered(one)
    with feed.store.writing():
        feed.store.feeds.exchange_addresses(other, one, BEGIN)
    assert not feed.store.feeds.remembered(one)
    feed.store.close()

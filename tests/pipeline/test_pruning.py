"""What goes of old items, what never does, and what the rest of the program says afterwards."""

from __future__ import annotations

import posixpath
import random
import re
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.feedserver import FeedServer
from support.killing import Nursery
from support.polled import Polled
from support.pressroom import DAY, FRIDAY, HOUR, Pressroom
from support.showing import OWNER, READER
from support.world import World, item, rss

from digest import config, pipeline
from digest.errors import DigestError
from digest.feeds import identity
from digest.model import Decided, Decision, Level
from digest.pipeline import correcting, pruning, whereabouts
from digest.pipeline.exporting import export
from digest.pipeline.indexing import index_items
from digest.pipeline.pruning import NEWEST, Limits, Stay, due, why_it_stays
from digest.pipeline.publishing import publish_now
from digest.pipeline.renderers import Renderers
from digest.searching import read
from digest.store import Aged, Filters, Store

OUTLETS = ("Coast Daily", "Valley Wire", "Quiet Review")
KEEP = timedelta(days=60)
NOW = FRIDAY + 100 * DAY
FOREVER = ("editions", "edition_stories", "edition_items", "deliveries", "item_keys", "stories", "threads", "links",
           "story_names", "decisions", "decision_items", "terms", "names")  # fmt: skip


class Archive(Pressroom):
    """A flood of October, and since January so much of each outlet that nothing of October is its newest."""

    def __init__(self, folder: Path, private: tuple[str, ...] = ()) -> None:
        super().__init__(folder, outlets=tuple(one for one in OUTLETS if one not in private), private=private)
        self.keep(KEEP)
        self.thread_id = self.flood()
        self.old = [one.id for one in self.store.items.of_all(self.store.threads.story_ids(self.thread_id))]
        self.now = NOW

    def keep(self, items: timedelta | None) -> None:
        self.settings = replace(self.settings, retention=config.Retention(items=items))

    def publish(self, now: datetime) -> None:
        publish_now(self.store, self.settings, self.settings.digests.values(), Renderers(self.settings), lambda: now)

    def january(self, each: int = NEWEST) -> list[int]:
        """Younger reports of each outlet, each a story of its own."""
        at = NOW - 5 * DAY
        made = [self.say(name, f"Note {one} of {name}", at=at + one * HOUR) for name in OUTLETS for one in range(each)]
        for one in made:
            self.story(one)
        return made

    def prune(self, *_: int) -> pruning.Pruned:
        return pruning.prune(self.store, self.settings, lambda: self.now)

    def kept(self) -> set[int]:
        return {one.id for one in self.store.items.get(range(1, 1000))}

    def rows(self, table: str) -> int:
        return int(self.store._database.conn.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """With its first edition, so that no window is open."""
    made = Archive(tmp_path)
    made.store.editions.know("daily", FRIDAY)
    made.publish(FRIDAY + 5 * HOUR)
    made.january()
    made.publish(NOW - DAY)
    index_items(made.store)
    return made


# --- What goes and what stays -------------------------------------------------------------------


def test_items_go_and_nothing_else_does(archive: Archive) -> None:
    before = {one: archive.rows(one) for one in FOREVER}
    found = archive.prune()
    assert (found.items, found.stories, found.kept) == (3, 1, 60)
    assert archive.kept().isdisjoint(archive.old)
    assert {one: archive.rows(one) for one in FOREVER} == before
    assert archive.store.threads.story_ids(archive.thread_id), "the story is there, without items"


def test_what_went_cannot_be_found_by_its_words_and_the_index_knows_it(archive: Archive) -> None:
    assert len(archive.store.search.find(read("Vellmoor"), Filters()).ids) == 3
    archive.prune()
    assert archive.store.search.find(read("Vellmoor"), Filters()).ids == ()
    assert archive.store.search.progress() == (60, 60)
    assert index_items(archive.store) == 0, "it is not made anew"
    archive.store._database.conn.execute("INSERT INTO search (search) VALUES ('integrity-check')")


def test_a_second_time_there_is_nothing_to_do(archive: Archive) -> None:
    archive.prune()
    again = archive.prune()
    assert (again.items, again.stay) == (0, {})


def test_forever_is_forever(archive: Archive) -> None:
    archive.keep(None)
    assert archive.prune().items == 0
    assert archive.kept() >= set(archive.old)
    assert archive.store.retention.done() == NOW, "what else the night does is done all the same"


def aged(number: int = 1, feed: int = 1, days: int = 200, edited: bool = False) -> Aged:
    return Aged(number, 1, feed, NOW - days * DAY, edited)


OLD = Limits(NOW - KEEP)


@pytest.mark.parametrize(
    ("items", "limits", "why"),
    [
        ([aged(), aged(2)], OLD, None),
        ([aged(), aged(2, days=59)], OLD, Stay.YOUNGER),
        ([aged(), aged(2, edited=True)], OLD, Stay.EDITED),
        ([aged(), aged(2)], Limits(OLD.before, windows={1: NOW - 200 * DAY}), Stay.OPEN),
        ([aged(), aged(2)], Limits(OLD.before, windows={2: NOW - 300 * DAY}), None),
        ([aged(), aged(2)], Limits(OLD.before, windows={1: NOW - DAY}), None),
        ([aged(), aged(2)], Limits(OLD.before, decided={2}), Stay.DECIDED),
        ([aged(), aged(2)], Limits(OLD.before, newest={1}), Stay.NEWEST),
    ],
)
def test_one_item_holds_its_whole_story(items: list[Aged], limits: Limits, why: Stay | None) -> None:
    assert why_it_stays(items, limits) is why


def test_what_waits_for_an_edition_stays_until_it_came(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.store.editions.know("daily", FRIDAY)
    archive.january()
    assert archive.prune().stay == {"open": 3}
    archive.publish(NOW)
    assert archive.prune().items == 3


def test_what_is_not_grouped_yet_stays(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    one = archive.say("Coast Daily", "Alone and new", at=FRIDAY + DAY)
    archive.january()
    archive.publish(NOW)
    found = archive.prune()
    assert found.stay == {"ungrouped": 1}
    assert one in archive.kept()


def test_what_a_person_decided_about_stays_as_long_as_the_decision_stands(archive: Archive) -> None:
    marks = tuple(Decided(one, Level.STORY, 0) for one in archive.old[:2])
    with archive.store.writing():
        made = archive.store.decisions.add(Decision(0, "pin", FRIDAY, "Dam", None, None, None, marks))
    assert archive.prune().stay == {"decided": 3}
    with archive.store.writing():
        archive.store.decisions.undo(made.id, NOW)
    assert archive.prune().items == 3


def test_each_feed_keeps_its_newest_so_that_one_that_posts_seldom_is_never_empty(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.store.editions.know("daily", FRIDAY)
    archive.publish(FRIDAY + 5 * HOUR)
    archive.january(each=NEWEST - 1)
    assert archive.prune().stay == {"newest": 3}
    archive.store.feeds.mark([], NOW)
    assert archive.prune().items == 3, "feeds that left the configuration keep nothing beyond the age"


def test_a_dry_run_says_the_same_as_the_real_one_and_changes_nothing(archive: Archive) -> None:
    path = archive.settings.database
    archive.store.retention.checkpoint()
    before = path.read_bytes()
    with Store.open_to_look(path) as store:
        told = pruning.planned(store, archive.settings, NOW)
    assert path.read_bytes() == before
    done = archive.prune()
    assert (told.items, told.stories, told.stay, told.kept) == (done.items, done.stories, done.stay, done.kept)


# --- Never new again ----------------------------------------------------------------------------


def test_a_dry_run_counts_a_story_once_however_many_steps_it_spans(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.settings = replace(archive.settings, digests={})
    half = [archive.say("Coast Daily", f"Rain on day {one}") for one in range(pruning.STEP)]
    archive.story(*half[:30], *(archive.say("Valley Wire", f"Sun on day {one}") for one in range(pruning.STEP)))
    for one in half[30:]:
        archive.story(one)
    archive.january()
    told = pruning.planned(archive.store, archive.settings, NOW)
    done = archive.prune()
    assert (told.items, told.stories, told.kept) == (done.items, done.stories, done.kept)
    assert done.items == len(archive.old) + 2 * pruning.STEP


def test_what_a_feed_still_lists_is_not_new_when_it_went(tmp_path: Path) -> None:
    with FeedServer() as server:
        old = [item(f"Council meets, protocol {one}", summary="Budget and roads. " * 9) for one in range(3)]
        new = [item(f"Bakers bake bread number {one}") for one in range(25)]
        path, url = "/alpha.xml", server.add("/alpha.xml", body(old))
        with Polled(tmp_path, server, [config.Feed(url=url)]) as world:
            settings = replace(world.settings, retention=config.Retention(items=KEEP))
            world.poll()
            server.add(path, body([*new, *old]))
            world.later(days=70).poll()
            pipeline.thread_items(world.store, settings)
            assert pruning.prune(world.store, settings, lambda: world.now).items == 3
            rewritten = [one.replace("<guid>", "<guid>other-").replace("Budget", "Money") for one in old]
            server.add(path, body([*new, *rewritten, item("Fire in the harbour")]))
            world.later(days=1).poll()
            assert [report.new for report in world.reports] == [1], "changed, with other ids, and known all the same"
            assert world.store.items.count() == 26


def body(items: list[str]) -> object:
    from support.feedserver import Answer

    return Answer(rss("Alpha", *items))


def test_a_key_is_kept_for_ever_and_says_that_its_item_went(archive: Archive) -> None:
    [one] = archive.store.items.get(archive.old[:1])
    key = f"{one.title}/{one.first_seen:%d%H%M%S}"
    before = archive.store.items.known(one.feed_id, [key])[key]
    archive.prune()
    after = archive.store.items.known(one.feed_id, [key])[key]
    assert (before.item_id, after.item_id) == (one.id, None)
    assert after.fingerprint == before.fingerprint


def test_the_key_of_a_feed_is_not_that_of_another(archive: Archive) -> None:
    [one] = archive.store.items.get(archive.old[:1])
    key = f"{one.title}/{one.first_seen:%d%H%M%S}"
    assert archive.store.items.known(one.feed_id + 1, [key]) == {}


def test_a_fingerprint_is_short_and_follows_the_text() -> None:
    prints = {identity.short_print(f"{one:024x}") for one in range(1 << 76, (1 << 76) + 5)}
    assert {len(one) for one in prints} == {8}


# --- What the rest says afterwards --------------------------------------------------------------


def inquiry(archive: Archive) -> int:
    """A later story of the flood's thread; returns its item."""
    one = archive.say("Coast Daily", "Vellmoor inquiry opens", at=NOW - 2 * DAY)
    archive.story(one, thread=archive.thread_id)
    return one


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2].partition(">")[2]).split())


def test_a_thread_that_goes_on_still_says_since_when(archive: Archive) -> None:
    inquiry(archive)
    [_, before] = archive.store.threads.thread(archive.thread_id, dict(archive.site().feeds))
    archive.prune()
    [after] = archive.store.threads.thread(archive.thread_id, dict(archive.site().feeds))
    assert after.thread_since == before.thread_since


def test_an_undone_merge_gives_back_stories_whose_reports_are_no_longer_kept(archive: Archive) -> None:
    """Or the other thread would say that it once had them."""
    inquiry(archive)
    other = archive.say("Valley Wire", "Ferry aground off Sablewake", at=NOW - 2 * DAY)
    archive.story(other)
    archive.prune()
    store, stories = archive.store, archive.store.threads.story_ids(archive.thread_id)
    other_thread = store.threads.assignments()[other][1]
    correcting.merge(store, other_thread, archive.thread_id, NOW)
    assert set(store.threads.story_ids(other_thread)) > set(stories)
    correcting.undo(store, None, NOW)
    assert store.threads.story_ids(archive.thread_id) == stories
    assert len(stories) == 2


def test_its_page_says_what_it_no_longer_has(archive: Archive) -> None:
    inquiry(archive)
    archive.prune()
    page = text_of(archive.page(f"threads/{archive.thread_id}/index.html"))
    assert "1 report from 1 outlet" in page
    assert "Before these it had 3 reports (13 Oct 2023), no longer kept here." in page


def test_a_thread_without_reports_leads_to_the_editions_that_told_of_it(archive: Archive) -> None:
    archive.prune()
    page = archive.page(f"threads/{archive.thread_id}/index.html")
    assert "Its 3 reports (13 Oct 2023) are no longer kept here. These editions told of it:" in text_of(page)
    assert 'href="../../2023/10/13/"' in page
    assert archive.find(f"threads/{archive.thread_id}/feed.atom") is None


def test_the_page_of_an_item_that_went_says_what_its_edition_told(archive: Archive) -> None:
    archive.prune()
    pages = [archive.page(f"items/{one}/index.html") for one in archive.old]
    assert all("no longer kept here; the edition of Friday 13 October 2023 told of it" in text_of(one) for one in pages)
    assert re.search(r'<a href="https://outlet0\.example/[^"]+">Read at <bdi>Coast Daily</bdi></a>', pages[0])
    assert archive.find("items/999/index.html") is None


def test_commands_say_of_what_went_where_it_was_told(archive: Archive) -> None:
    other = archive.store.threads.of_story(archive.store.items.get([max(archive.kept())])[0].story_id or 0)
    archive.prune()
    one, *_ = archive.old
    [told] = whereabouts.gone(archive.store, str(one)) or ()
    assert [(edition.number, edition.day) for edition in told.editions] == [(1, FRIDAY.date())]
    assert whereabouts.gone(archive.store, "5000") is None
    with pytest.raises(DigestError, match=f"item {one} is no longer kept; `digest why {one}` tells"):
        correcting.split(archive.store, one, NOW)
    with pytest.raises(DigestError, match=f"thread {archive.thread_id}: its reports are no longer kept"):
        correcting.merge(archive.store, other, archive.thread_id, NOW)
    assert archive.store.decisions.all() == []


def test_nothing_of_a_private_feed_is_told_after_its_items_went(tmp_path: Path) -> None:
    archive = Archive(tmp_path, private=("Valley Wire",))
    archive.store.editions.know("daily", FRIDAY)
    archive.publish(FRIDAY + 5 * HOUR)
    archive.january()
    archive.publish(NOW - DAY)
    inquiry(archive)
    archive.prune()
    [wire] = [one for one in archive.old if archive.find(f"items/{one}/index.html", READER) is None]
    assert "Valley Wire" in archive.page(f"items/{wire}/index.html", OWNER)
    told = archive.page(f"threads/{archive.thread_id}/index.html")
    assert "Before these it had 2 reports" in text_of(told)
    assert "3 reports" in archive.page(f"threads/{archive.thread_id}/index.html", OWNER)


def test_a_feed_that_becomes_private_afterwards_is_withheld_too(archive: Archive) -> None:
    archive.prune()
    feeds = tuple(
        replace(one, private=True, title="Renamed") if one.title == "Valley Wire" else one
        for one in archive.settings.feeds
    )
    archive.settings = replace(archive.settings, feeds=feeds)
    hidden = [one for one in archive.old if archive.find(f"items/{one}/index.html", READER) is None]
    assert len(hidden) == 1
    assert "Valley Wire" not in archive.page("2023/10/13/index.html")


def test_every_link_of_an_export_leads_somewhere_before_and_after(archive: Archive, tmp_path: Path) -> None:
    inquiry(archive)
    archive.publish(NOW)
    folder = tmp_path / "public"
    for _ in range(2):
        export(archive.store, archive.settings, folder, archive.settings.digests.values(), lambda: NOW)
        made = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        for path in made:
            if path.endswith(".html"):
                for link in re.findall(r'(?:href|src)="(?!https:)([^"#]+)', (folder / path).read_text()):
                    assert posixpath.normpath(posixpath.join(posixpath.dirname(path), link)) in made, (path, link)
        archive.prune()


def test_the_front_page_and_every_edition_are_as_they_were(archive: Archive) -> None:
    paths = ("index.html", "2023/10/13/index.html", "archive/index.html")
    before = [archive.page(path) for path in paths]
    archive.prune()
    assert [archive.page(path) for path in paths] == before


def test_what_comes_late_opens_a_story_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After months without items, when what went are the newest stories there are."""
    monkeypatch.setattr(pruning, "NEWEST", 0)
    archive = Archive(tmp_path)
    archive.settings = replace(archive.settings, digests={})
    archive.say("Valley Wire", "A poor rye harvest")
    pipeline.thread_items(archive.store, archive.settings)
    went = archive.store.threads.story_ids(archive.thread_id)
    assert archive.rows("live_stories") == 2
    assert archive.prune().items == 4
    assert archive.rows("live_stories") == archive.rows("live_terms") == 0
    late = archive.say("Coast Daily", "Dam breaks above Vellmoor, valley flooded",
                       "The northern wall of the Vellmoor dam gave way at dawn; three hundred houses stand under "
                       "water.", at=archive.clock + HOUR)  # fmt: skip
    pipeline.thread_items(archive.store, archive.settings)
    [item] = archive.store.items.get([late])
    assert item.story_id is not None
    assert item.story_id not in went


def test_a_rebuild_leaves_what_has_no_items(archive: Archive) -> None:
    from digest.pipeline.rebuilding import rebuild

    archive.prune()
    story = archive.store.threads.story_ids(archive.thread_id)
    rebuild(archive.store, archive.settings.threads)
    assert archive.store.threads.story_ids(archive.thread_id) == story
    gone = archive.store.retention.gone(archive.thread_id, archive.site().feeds)
    assert gone is not None
    assert (gone.stories, gone.reports) == (1, 3)


# --- In steps -----------------------------------------------------------------------------------


def test_it_goes_in_steps_between_which_others_work(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    for one in range(250):
        archive.story(archive.say("Coast Daily", f"Old note {one}", at=FRIDAY + 2 * DAY))
    archive.january()
    archive.publish(NOW)
    begun: list[str] = []
    archive.store._database.conn.set_trace_callback(lambda sql: begun.append(sql) if sql == "BEGIN IMMEDIATE" else None)
    found = archive.prune()
    archive.store._database.conn.set_trace_callback(None)
    assert found.items == 253
    assert len(begun) >= 253 / pruning.STEP
    assert archive.store.items.count() == archive.rows("items")


def test_it_ends_between_two_steps_and_goes_on_later(archive: Archive) -> None:
    ending = threading.Event()
    ending.set()
    found = pruning.prune(archive.store, archive.settings, lambda: NOW, stopping=ending)
    assert (found.items, found.finished) == (0, False)
    assert archive.store.retention.done() is None
    assert archive.prune().finished
    assert archive.store.retention.done() == NOW


def test_a_command_that_has_done_its_own_work_waits_for_nobody(archive: Archive) -> None:
    with archive.store.lock("work"):
        assert pruning.tidy(archive.store, archive.settings, lambda: NOW, at_most=pruning.AT_MOST) is None
    assert archive.store.retention.done() is None


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as running:
        yield running


def test_killed_at_any_moment_it_loses_nothing_and_goes_on(tmp_path: Path, nursery: Nursery) -> None:
    (tmp_path / "whole").mkdir()
    archive = Archive(tmp_path / "whole")
    archive.store.editions.know("daily", FRIDAY)
    for one in range(400):
        archive.story(archive.say(OUTLETS[one % 3], f"Old note {one}", "Some words of it. " * 400, at=FRIDAY + 2 * DAY))
    archive.january()
    archive.publish(NOW)
    index_items(archive.store)
    archive.store.close()
    with (tmp_path / "whole" / "config.toml").open("a") as file:
        file.write('[retention]\nitems = "60d"\n')
    command = ["prune", "--now", "2024-01-21T06:00:00Z"]
    whole = tmp_path / "unharmed"
    shutil.copytree(tmp_path / "whole", whole)
    [end] = nursery.raise_(whole, None, command)
    assert end.code == 0
    chance, killed = random.Random(3), 0
    for number in range(12):
        folder = tmp_path / f"killed-{number}"
        shutil.copytree(tmp_path / "whole", folder)
        [one] = nursery.raise_(folder, end.seconds * chance.random(), command)
        killed += one.killed
        assert facts(folder)[0] == "ok"
        [again] = nursery.raise_(folder, None, command)
        assert again.code == 0
        assert facts(folder) == facts(whole)
    assert killed > 5
    for at in ("digest.store.retention:Retention.remove after 2", "digest.store.retention:Retention.give_back before",
               "digest.store.retention:Retention.note before"):  # fmt: skip
        folder = tmp_path / at.replace(":", ".").replace(" ", "-")
        shutil.copytree(tmp_path / "whole", folder)
        [one] = nursery.raise_(folder, None, command, at=at)
        assert one.killed, at
        nursery.raise_(folder, None, command)
        assert facts(folder) == facts(whole), at


def facts(folder: Path) -> tuple[object, ...]:
    with closing(sqlite3.connect(folder / "digest.db")) as connection:
        ask = connection.execute
        tables = ("items", "placements", "item_keys", "stories", "editions", "edition_items")
        return (
            ask("PRAGMA integrity_check").fetchone()[0],
            *(ask(f"SELECT COUNT(*) FROM {one}").fetchone()[0] for one in tables),
            ask("SELECT total - (SELECT COUNT(*) FROM items WHERE id <= up_to) FROM counted WHERE name = 'items'")
            .fetchone()[0] if ask("SELECT done FROM upkeep").fetchone()[0] else 0,
        )  # fmt: skip


# --- When ---------------------------------------------------------------------------------------


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("done", "now", "zone", "is_due"),
    [
        (None, "2026-01-10 12:00", "UTC", True),
        ("2026-01-10 03:31", "2026-01-10 12:00", "UTC", False),
        ("2026-01-09 12:00", "2026-01-10 03:29", "UTC", False),
        ("2026-01-09 12:00", "2026-01-10 03:30", "UTC", True),
        ("2026-01-02 12:00", "2026-01-10 12:00", "UTC", True),
        # Berlin: 03:30 is 02:30 in winter, 01:30 in summer.
        ("2026-03-28 02:30", "2026-03-29 01:29", "Europe/Berlin", False),
        ("2026-03-28 02:30", "2026-03-29 01:30", "Europe/Berlin", True),
        # Helsinki skips 03:30 that night: its clock goes from 03:00 to 04:00 at 01:00 UTC.
        ("2026-03-28 01:30", "2026-03-29 00:59", "Europe/Helsinki", False),
        ("2026-03-28 01:30", "2026-03-29 01:00", "Europe/Helsinki", True),
        # In autumn 03:30 comes twice, at 00:30 and at 01:30 UTC; the second one is no other night.
        ("2026-10-24 00:30", "2026-10-25 00:30", "Europe/Helsinki", True),
        ("2026-10-25 00:31", "2026-10-25 01:35", "Europe/Helsinki", False),
        ("2027-01-10 03:31", "2026-01-10 12:00", "UTC", True),  # a wrong clock wrote that
    ],
)
def test_it_is_due_once_a_night_whatever_the_clock_does(done: str | None, now: str, zone: str, is_due: bool) -> None:
    assert due(at(done) if done else None, at(now), zone) is is_due


def test_a_run_clears_up_once_a_day_after_what_it_delivers(tmp_path: Path) -> None:
    with FeedServer() as server:
        world = World(tmp_path, server)
        world.feed("alpha", item("Dam breaks above Vellmoor"))
        world.configure()
        assert world.digest("run").code == 0
        [(first,)] = world.rows("SELECT done FROM upkeep")
        assert first is not None
        assert first > world.rows("SELECT MAX(updated) FROM deliveries")[0][0]
        assert world.digest("run").code == 0
        assert world.rows("SELECT done FROM upkeep") == [(first,)]


def test_a_clock_that_is_wrong_for_some_hours_costs_nothing(archive: Archive) -> None:
    def tidy(now: datetime) -> pruning.Pruned | None:
        return pruning.tidy(archive.store, archive.settings, lambda: now)

    archive.store.retention.note(FRIDAY + 98 * DAY, 0)
    before = archive.kept()
    assert tidy(NOW + 1000 * DAY) is None
    assert tidy(NOW + 1000 * DAY + HOUR) is None, "the night comes once"
    assert tidy(NOW) is None, "and the clock is right again"
    assert archive.kept() == before
    found = tidy(NOW + DAY)
    assert found is not None
    assert found.items == len(archive.old)


def test_a_clock_that_stays_where_it_leapt_to_counts_from_the_next_night(archive: Archive) -> None:
    archive.store.retention.note(FRIDAY, 0)
    assert pruning.tidy(archive.store, archive.settings, lambda: NOW) is None
    found = pruning.tidy(archive.store, archive.settings, lambda: NOW + DAY)
    assert found is not None
    assert found.items == len(archive.old)


def test_a_server_clears_up_each_night_and_a_restart_neither_skips_nor_repeats_it(tmp_path: Path) -> None:
    from digest.cli.service import Service

    archive = Archive(tmp_path)
    archive.store.editions.know("daily", FRIDAY)
    archive.publish(FRIDAY + 5 * HOUR)
    archive.january()
    archive.publish(NOW - DAY)
    now = [NOW]
    done: list[datetime | None] = []
    for hours, restart in ((0, True), (1, False), (1, True), (22, False), (1, True), (30, True)):
        now[0] += timedelta(hours=hours)
        if restart:
            service = Service(archive.settings, lambda: now[0])
        service.tidy()
        done.append(archive.store.retention.done())
    assert done == [NOW, NOW, NOW, NOW + 24 * HOUR, NOW + 24 * HOUR, NOW + 55 * HOUR]
    assert archive.kept().isdisjoint(archive.old)


# --- The file -----------------------------------------------------------------------------------


def test_free_pages_go_back_to_the_disk_but_for_some(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    for one in range(300):
        archive.story(archive.say("Coast Daily", f"Long note {one}", "Words. " * 3000, at=FRIDAY + 2 * DAY))
    archive.january()
    archive.publish(NOW)
    found = archive.prune()
    assert found.gives_back
    assert found.bytes_now < found.bytes_before / 2
    pages = archive.store.retention.pages()
    assert pages.free <= pages.all // 20 + pruning.GIVEN_BACK


def test_a_file_of_before_gives_back_after_it_was_compacted_once(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    Store.open(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA auto_vacuum = NONE")
        connection.execute("VACUUM")
        connection.execute("CREATE TABLE of_before (words TEXT)")
        connection.execute("INSERT INTO of_before VALUES (hex(zeroblob(2000000)))")
        connection.commit()
    with Store.open(path) as store:
        assert not store.retention.gives_back()
        store._database.conn.execute("DELETE FROM of_before")
        store._database.conn.commit()
        pruning.compact(store)
        assert store.retention.gives_back()
        assert store.retention.pages().free == 0
    assert path.stat().st_size < 1_000_000


def test_counts_are_those_of_the_rows_without_reading_them(archive: Archive) -> None:
    for _ in range(2):
        archive.prune()
        found = archive.store.census()
        live = "stories WHERE merged_into IS NULL", "threads WHERE merged_into IS NULL"
        assert (found.items, found.stories, found.threads) == (archive.rows("items"), *map(archive.rows, live))
        archive.story(archive.say("Coast Daily", "One more", at=NOW + HOUR))
        assert archive.store.census().items == archive.rows("items")


def test_the_command_says_what_goes_what_stays_and_why(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.store.editions.know("daily", FRIDAY)
    archive.publish(FRIDAY + 5 * HOUR)
    archive.january()
    archive.say("Coast Daily", "Alone and new", at=FRIDAY + DAY)
    archive.store.close()
    with (tmp_path / "config.toml").open("a") as file:
        file.write('[retention]\nitems = "60d"\n')
    with FeedServer() as server:
        world = World(tmp_path, server)
        dry = world.digest("prune", "--dry-run", "--now", "2024-01-21T06:00:00Z")
        assert "3 items of 1 story go: first seen before Wed 22 Nov 2023" in dry.out
        assert "61 items stay, of the old ones:" in dry.out
        assert "       1  not grouped yet" in dry.out
        done = world.digest("prune", "--json", "--now", "2024-01-21T06:00:00Z")
        assert (done.json["items"], done.json["kept"], done.json["dry_run"]) == (3, 61, False)
        compact = world.digest("prune", "--compact", "--now", "2024-01-22T06:00:00Z")
        assert (compact.code, "nothing went: old is what" in compact.out) == (0, True)
        gone = world.digest("threads", "show", str(archive.thread_id))
        assert gone.code == 0
        assert re.search(r"thread \d+: 3 reports, Fri 13 Oct 2023, .* are no longer kept", gone.out)


def test_a_disk_without_room_for_a_second_copy_is_told_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from digest.cli import run_command

    Archive(tmp_path).store.close()
    usage = shutil._ntuple_diskusage(10**9, 10**9 - 1000, 1000)  # type: ignore[attr-defined]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert run_command(["prune", "--compact", "--config", str(tmp_path / "config.toml")]) == 2
    assert "are free; free some space, or leave --compact away" in capsys.readouterr().err

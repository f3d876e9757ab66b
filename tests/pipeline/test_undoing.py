"""A decision taken back frees what it moved, and nothing that a decision which stands still holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.archive import Archive

from digest.pipeline import correcting
from digest.pipeline.grouping import thread_items
from digest.pipeline.rebuilding import rebuild
from digest.store import Store


@pytest.fixture
def archive(tmp_path: Path):
    made = Archive(tmp_path)
    yield made
    made.store.close()


def test_undo_says_when_it_was(archive: Archive) -> None:
    """What comes back is the decision as it is from now on."""
    flood = archive.flood()
    archive.group()
    correcting.split(archive.store, flood[2], archive.now)
    undone = correcting.undo(archive.store, None, archive.now)
    assert undone.undone == archive.now
    assert [undone] == archive.store.decisions.all()


def test_a_pinned_report_stays_where_it_was_pinned_when_the_merge_that_brought_it_is_undone(archive: Archive) -> None:
    """A later decision that moved nothing holds all the same; the others go back."""
    flood, ferry = archive.flood(), archive.ferry()
    archive.group()
    store = archive.store
    merge = correcting.merge_stories(store, archive.story(flood[0]), archive.story(ferry[0]), archive.now)
    correcting.pin(store, ferry[1], None, archive.now)
    correcting.undo(store, merge.id, archive.now)
    assert archive.together(ferry[1]) == {*flood, ferry[1]}
    assert archive.together(ferry[0]) == {ferry[0], ferry[2]}


def test_a_split_report_stays_alone_when_an_earlier_merge_is_undone(archive: Archive) -> None:
    """It was taken out since; the rest of its old story goes back without it."""
    flood, ferry = archive.flood(), archive.ferry()
    stray = archive.say("North Post", "Owl nests in the clock tower", "The hands stand still until the young fly.")
    archive.group()
    store, story = archive.store, archive.story(ferry[0])
    correcting.merge_stories(store, archive.story(flood[0]), archive.story(stray), archive.now)
    merge = correcting.merge_stories(store, archive.story(flood[0]), story, archive.now)
    correcting.split(store, ferry[2], archive.now)
    correcting.undo(store, merge.id, archive.now)
    assert archive.together(ferry[2]) == {ferry[2]}
    assert archive.together(ferry[0]) == set(ferry[:2])
    assert archive.together(stray) == {*flood, stray}
    assert archive.story(ferry[0]) == store.stories.final(story) == story


def test_what_an_undone_merge_gives_back_is_in_a_living_thread(archive: Archive) -> None:
    """The thread it was in became part of another meanwhile."""
    flood, ferry = archive.flood(), archive.ferry()
    stray = archive.say("North Post", "Owl nests in the clock tower", "The hands stand still until the young fly.")
    archive.group()
    store = archive.store
    correcting.merge(store, archive.thread(flood[0]), archive.thread(ferry[0]), archive.now)
    stories = correcting.merge_stories(store, archive.story(flood[0]), archive.story(ferry[0]), archive.now)
    correcting.merge(store, archive.thread(stray), archive.thread(flood[0]), archive.now)
    correcting.undo(store, stories.id, archive.now)
    assert archive.together(ferry[0]) == set(ferry)
    assert archive.thread(ferry[0]) == archive.thread(flood[0]) == archive.thread(stray)
    assert store.threads.final(archive.thread(stray)) == archive.thread(stray)


def test_an_earlier_decision_holds_again_when_the_later_one_is_undone(archive: Archive) -> None:
    """The pin overruled the split and moved nothing; without it the split is in force."""
    flood = archive.flood()
    archive.group()
    store = archive.store
    correcting.split(store, flood[2], archive.now)
    merge = correcting.merge_stories(store, archive.story(flood[0]), archive.story(flood[2]), archive.now)
    pin = correcting.pin(store, flood[2], flood[0], archive.now)
    correcting.undo(store, merge.id, archive.now)
    assert archive.together(flood[2]) == set(flood)
    correcting.undo(store, pin.id, archive.now)
    assert archive.together(flood[2]) == {flood[2]}


def test_the_latest_decision_holds_when_one_between_it_and_an_earlier_one_is_undone(archive: Archive) -> None:
    """The earlier one ties the pinned report's new company to what it was taken away from."""
    ferry = archive.say("Coast Daily", "Ferry aground off Sablewake", "The Ostrelle ferry ran onto a sandbank.")
    quake = archive.say("Valley Wire", "Earthquake hits Calama in Chile", "A quake shook Calama; seven were injured.")
    again = archive.say("Quiet Review", "Earthquake hits Calama in Chile, seven injured",
                        "A quake shook Calama in Chile; seven people were injured.")  # fmt: skip
    weather = archive.say("Moor Echo", "Weather for Monday: showers", "Rain and wind.")
    archive.group()
    store, now = archive.store, archive.now
    correcting.merge_stories(store, archive.story(weather), archive.story(quake), now)
    between = correcting.pin(store, weather, ferry, now)
    correcting.pin(store, again, ferry, now)
    correcting.undo(store, between.id, now)
    assert archive.story(again) == archive.story(ferry) != archive.story(quake)


def test_what_an_earlier_version_merged_goes_back_too(tmp_path: Path) -> None:
    """Its decisions said themselves where each item had been, and which ids lead elsewhere by them."""
    archive = Archive(tmp_path)
    flood, ferry = archive.flood(), archive.ferry()
    archive.group()
    before = archive.store.threads.assignments()
    store, now = archive.store, archive.now
    correcting.merge(store, archive.thread(flood[0]), archive.thread(ferry[0]), now)
    correcting.merge_stories(store, archive.story(flood[0]), archive.story(ferry[0]), now)
    story, thread = before[ferry[0]]
    store._database.conn.executescript(f"""
        CREATE TABLE decision_ended (decision_id INTEGER, level TEXT, ended INTEGER);
        INSERT INTO decision_ended VALUES (1, 'thread', {thread}), (2, 'story', {story});
        ALTER TABLE decision_items ADD COLUMN before INTEGER;
        UPDATE decision_items SET before = {story} WHERE item_id IN {tuple(ferry)};
        DROP TABLE item_homes; DROP TABLE story_homes; DROP TABLE emptied;
        DELETE FROM _sqlite_migrations WHERE name = 'm0013_where_grouping_had_put_it';
    """)
    store.close()
    with Store.open(tmp_path / "digest.db") as opened:
        assert opened.threads.assignments() != before
        for decision in (1, 2):
            correcting.undo(opened, decision, now)
        assert opened.threads.assignments() == before


def test_taken_back_in_the_order_they_were_made_decisions_leave_no_trace(archive: Archive) -> None:
    """The first one brought together what the second one split; neither may come back to life in undoing the other."""
    flood, ferry = archive.flood(), archive.ferry()
    archive.group()
    before = archive.store.threads.assignments()
    store, now = archive.store, archive.now
    merge = correcting.merge(store, archive.thread(flood[0]), archive.thread(ferry[0]), now)
    split = correcting.split(store, flood[0], now, whole_story=True)
    pin = correcting.pin(store, flood[1], ferry[0], now)
    for one in (merge, split, pin):
        correcting.undo(store, one.id, now)
    assert store.threads.assignments() == before


def test_undoing_a_merge_of_threads_leaves_a_story_alone_that_took_the_merged_reports_since(archive: Archive) -> None:
    """The second thread's only report joined the first one's story by itself: there is nothing to give back."""
    dam = archive.dam()
    archive.group()
    report = archive.say(
        "Quiet Review",
        "Vellmoor dam breaks, Harrowmere flooded and engineer Ostrick missing",
        "Water from the broken Vellmoor dam reached Harrowmere; engineer Ostrick is missing.",
    )
    subscribed = archive.store.feeds.subscribed(archive.feeds.values())
    alone = [feed_id for feed_id, feed in subscribed.items() if feed.title == "Quiet Review"]
    thread_items(archive.store, archive.threads, alone)
    place = archive.store.threads.assignments()[dam[0]]
    correcting.merge(archive.store, archive.thread(dam[0]), archive.thread(report), archive.now)
    rebuild(archive.store, archive.threads)
    assert archive.together(report) == {*dam, report}
    correcting.undo(archive.store, None, archive.now)
    assert archive.store.threads.assignments()[dam[0]] == archive.store.threads.assignments()[report] == place


@pytest.mark.parametrize("rebuilds", [1, 2])
def test_a_split_can_be_taken_back_after_everything_was_grouped_anew(archive: Archive, rebuilds: int) -> None:
    """Grouping anew obeys the split, which is no reason to be at home where it put the item."""
    flood, ferry = archive.flood(), archive.ferry()
    archive.group()
    before = archive.store.threads.assignments()
    correcting.split(archive.store, flood[2], archive.now)
    correcting.merge(archive.store, archive.thread(flood[0]), archive.thread(ferry[0]), archive.now)
    for _ in range(rebuilds):
        rebuild(archive.store, archive.threads)
    for _ in range(2):
        correcting.undo(archive.store, None, archive.now)
    assert archive.store.threads.assignments() == before


def test_a_split_can_be_taken_back_after_the_report_was_edited(archive: Archive) -> None:
    """It stands alone, so it looks again, and only the split keeps it from where it was."""
    flood = archive.flood()
    archive.group()
    before = archive.store.threads.assignments()
    [report] = archive.store.items.get([flood[2]])
    correcting.split(archive.store, flood[2], archive.now)
    archive.edit(flood[2], f"{report.title} (updated)", report.summary)
    archive.group()
    assert archive.story(flood[2]) != archive.story(flood[0])
    correcting.undo(archive.store, None, archive.now)
    assert archive.store.threads.assignments() == before

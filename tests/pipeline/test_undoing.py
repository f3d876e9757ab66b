"""A decision taken back frees what it moved, and nothing that a decision which stands still holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.archive import Archive

from digest.pipeline import correcting


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

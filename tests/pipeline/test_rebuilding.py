"""Grouping stored items anew keeps the ids that people know, tells what moved, and touches no edition."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from support.archive import HOUR, MONDAY, Archive
from support.editions import an_edition

from digest import config
from digest.model import Mail, Window
from digest.pipeline import correcting, pruning
from digest.pipeline.grouping import thread_items
from digest.pipeline.holding import follow
from digest.pipeline.rebuilding import rebuild
from digest.store import Store
from digest.threads import stories

DAY = timedelta(days=1)


@pytest.fixture
def archive(tmp_path: Path):
    made = Archive(tmp_path)
    yield made
    made.store.close()


def test_a_rebuild_with_the_same_settings_moves_nothing(archive: Archive) -> None:
    """Grouping is a function of the stored items: all of them again give the same stories under the same ids."""
    archive.flood()
    archive.group()
    archive.ferry()
    archive.group()
    before = archive.store.threads.assignments()
    done = rebuild(archive.store, archive.threads)
    assert done.moved == ()
    assert archive.store.threads.assignments() == before
    assert (done.items, done.stories_before, done.stories_now) == (18, 14, 14)


def test_a_rebuild_leaves_the_counts_it_would_have_learned(archive: Archive) -> None:
    """Two rebuilds in a row give one answer: nothing is counted twice."""
    archive.flood()
    archive.group()
    rebuild(archive.store, archive.threads)
    terms, names = archive.store.stories.terms(), archive.store.links.names()
    rebuild(archive.store, archive.threads)
    assert (archive.store.stories.terms(), archive.store.links.names()) == (terms, names)
    rebuild(archive.store, archive.threads, since=MONDAY)
    assert archive.store.stories.terms() == terms


def test_what_was_grouped_wrongly_moves_and_is_told(archive: Archive) -> None:
    """As an older version left it: the story with most of the items keeps its id, the other's leads there."""
    flood = archive.flood()
    archive.group()
    kept, store = archive.story(flood[0]), archive.store
    [stray] = store.items.get([flood[2]])
    with store.writing():
        wrong = store.stories.next_id()
        store.stories.write([stories.state([stray], store.stories.terms(), story_id=wrong)])
        store.stories.assign({stray.id: wrong})
    done = rebuild(store, archive.threads)
    assert [(one.item.id, one.before, one.now) for one in done.moved] == [(stray.id, wrong, kept)]
    assert archive.together(stray.id) == set(flood)
    assert store.stories.final(wrong) == kept


def test_only_the_last_days_can_be_rebuilt(archive: Archive) -> None:
    """A story that began before keeps its older items and its id, and takes its newer ones again."""
    early = archive.flood()
    archive.now += 10 * HOUR
    late = archive.say("North Post", "Vellmoor dam: flooded valley waits for help",
                       "Houses below the broken Vellmoor dam stand under water; families wait.")  # fmt: skip
    ferry = archive.ferry()
    archive.group()
    before = archive.store.threads.assignments()
    assert archive.together(late) == {*early, late}
    done = rebuild(archive.store, archive.threads, since=archive.now - 5 * HOUR)
    assert done.items == 1 + len(ferry)
    assert archive.store.threads.assignments() == before
    assert done.moved == ()


def test_a_rebuild_touches_no_edition(archive: Archive) -> None:
    """What was frozen is what was sent."""
    flood = archive.flood()
    archive.group()
    store = archive.store
    edition = an_edition(digest="daily", slot=archive.now, day=archive.now.date(), window=Window(MONDAY, archive.now))
    store.editions.know("daily", MONDAY)
    with store.freezing():
        number = store.editions.freeze(edition, '{"frozen": true}', Mail("s", "h", "t"), (), archive.now)
    frozen = store.editions.get(number)
    correcting.split(store, flood[2], archive.now)
    rebuild(store, config.Threads(grouping="eager"))
    assert store.editions.get(number) == frozen


def test_trying_on_a_copy_changes_nothing(archive: Archive) -> None:
    """A dry run works on a copy in memory."""
    archive.threads = config.Threads(grouping="careful")
    archive.flood()
    archive.group()
    before, changes = archive.store.threads.assignments(), archive.store.decisions.count()
    with Store.open_copy(archive.store.path) as copy:
        rebuild(copy, config.Threads(grouping="eager"))
    assert archive.store.threads.assignments() == before
    assert archive.store.decisions.count() == changes


def test_a_thread_keeps_its_id_when_its_stories_keep_theirs(archive: Archive) -> None:
    """Threads that people made survive under the number they have."""
    flood, ferry = archive.flood(), archive.ferry()
    archive.group()
    kept = archive.thread(ferry[0])
    correcting.merge(archive.store, kept, archive.thread(flood[0]), archive.now)
    rebuild(archive.store, archive.threads)
    assert archive.thread(flood[0]) == archive.thread(ferry[0]) == kept
    later = archive.say("North Post", "Ferry captain questioned at Sablewake",
                        "The captain of the stranded Ostrelle ferry spoke of fog off Sablewake.")  # fmt: skip
    archive.group()
    assert archive.together(later) == {*ferry, later}
    assert archive.thread(later) == archive.store.threads.final(kept) == kept


def test_every_item_is_in_one_living_story_of_one_living_thread_after_a_rebuild(archive: Archive) -> None:
    """No id leads into a circle or to nothing."""
    archive.flood()
    archive.group()
    archive.ferry()
    archive.group()
    highest = archive.store.stories.next_id()
    for grouping in ("eager", "careful", "normal"):
        rebuild(archive.store, config.Threads(grouping=grouping))
        placed = archive.store.threads.assignments()
        assert len(placed) == 18
        for story, thread in placed.values():
            assert archive.store.stories.final(story) == story
            assert archive.store.threads.final(thread) == thread
        for number in range(1, highest):
            led = archive.store.stories.final(number)
            assert led is None or led in {story for story, _ in placed.values()}


def test_a_report_that_leaves_a_story_with_older_ones_takes_a_number_of_its_own(archive: Archive) -> None:
    """A story that keeps its older items keeps its number: nothing is renamed onto it, it leads nowhere."""
    old = archive.say("Coast Daily", "Dam breaks above Vellmoor, valley flooded", "The northern wall gave way at dawn.")
    archive.now += 30 * HOUR
    cut = archive.now
    young = archive.say("Valley Wire", "Chess club wins in Harrowmere", "Ostrick moved his rook in the town hall.")
    archive.group()
    story, thread, store = archive.story(old), archive.thread(old), archive.store
    with store.writing():  # as an older version left it
        store.stories.redirect(archive.story(young), story)
        follow(store, [story])
    done = rebuild(store, archive.threads, since=cut)
    assert (archive.story(old), archive.thread(old)) == (story, thread)
    assert archive.together(old) == {old}
    assert archive.together(young) == {young}
    assert [(one.item.id, one.before, one.now) for one in done.moved] == [(young, story, archive.story(young))]
    assert {one.id: one.size for one in store.stories.live(MONDAY)}[story] == 1


def test_a_report_that_moves_into_another_story_leaves_the_old_one_where_it_is(archive: Archive) -> None:
    """An old item of a story of which a newer one went elsewhere is still to be found."""
    old = archive.say("Coast Daily", "Dam breaks above Vellmoor, valley flooded", "The northern wall gave way at dawn.")
    ferry = archive.say("North Post", "Ferry aground off Sablewake", "Passengers of the Ostrelle ferry were taken off.")
    archive.now += 20 * HOUR
    cut = archive.now
    young = archive.say("Valley Wire", "Ferry aground off Sablewake: passengers safe",
                        "Passengers of the Ostrelle ferry are safe near Sablewake.")  # fmt: skip
    archive.group()
    store, story = archive.store, archive.story(old)
    with store.writing():  # as an older version left it
        store.stories.assign({young: story})
        follow(store, [story, archive.story(ferry)])
    rebuild(store, archive.threads, since=cut)
    assert archive.together(young) == {ferry, young}
    assert archive.story(old) == store.stories.final(story) == story
    subscriptions = store.feeds.subscribed(archive.feeds.values())
    recent = store.threads.recent(MONDAY - 99 * HOUR, subscriptions)
    assert old in {item.id for thread in recent for each in thread for item in each.items}


def test_a_story_that_gains_its_second_voice_by_a_rebuild_speaks_for_its_thread(archive: Archive) -> None:
    """It keeps its number, and later stories of the matter find it as if it had come so."""
    first = archive.dam()
    thread_items(archive.store, archive.threads, alone=archive.feed_ids())
    assert archive.together(first[0]) == {first[0]}
    rebuild(archive.store, archive.threads)
    archive.now += 5 * DAY
    later = archive.inquiry()
    archive.group()
    assert archive.together(first[0]) == set(first)
    assert archive.together(later[0]) == set(later)
    assert archive.thread(later[0]) == archive.thread(first[0])


def test_what_leaves_its_thread_is_told(archive: Archive) -> None:
    """With a shorter window two stories are two threads, and no item is in another story."""
    first = archive.dam()
    archive.now += 40 * DAY
    later = archive.inquiry()
    archive.group()
    thread = archive.thread(first[0])
    assert archive.thread(later[0]) == thread
    done = rebuild(archive.store, config.Threads(window=timedelta(days=30)))
    assert [(one.item.id, one.before, one.thread_before, one.thread_now) for one in done.moved] == [
        (item, archive.story(item), thread, archive.thread(item)) for item in later
    ]
    assert archive.thread(later[0]) != thread


def test_a_story_whose_reports_are_no_longer_kept_goes_where_its_thread_goes(tmp_path: Path) -> None:
    """Or what comes to it later would be in a thread that leads elsewhere, and on no thread's page."""
    archive = Archive(tmp_path, config.Threads(story_window=HOUR))  # keeps the late reports from the inquiry's story
    dam = archive.dam()
    archive.group()
    archive.now += 50 * DAY
    inquiry = archive.inquiry()
    archive.group()
    archive.now += 4 * HOUR
    for time in ("today", "again", "now", "live"):
        archive.say(
            "Moor Echo",
            f"Vellmoor dam inquiry: engineer Ostrick heard in Harrowmere court {time}",
            "The inquiry into the broken Vellmoor dam heard engineer Ostrick in Harrowmere on Monday.",
        )
    archive.group()
    gone, old = archive.story(dam[0]), archive.thread(dam[0])
    archive.now += DAY
    for outlet in (*archive.feeds,):
        for number in range(21):  # a feed keeps its newest twenty
            archive.say(outlet, f"Note {number} of {outlet} zz{number}", f"plain {number}")
    archive.group()
    archive.now += 11 * DAY
    settings = config.Config(
        path=tmp_path / "config.toml", database=tmp_path / "digest.db",
        retention=config.Retention(items=60 * DAY), feeds=tuple(archive.feeds.values()),
    )  # fmt: skip
    pruning.prune(archive.store, settings, lambda: archive.now)
    assert archive.store.items.get(dam) == []
    rebuild(archive.store, config.Threads(window=10 * DAY))
    threads = archive.store.threads
    assert threads.final(old) == archive.thread(inquiry[0]) != old
    assert threads.of_story(gone) == threads.final(old)
    archive.store.close()

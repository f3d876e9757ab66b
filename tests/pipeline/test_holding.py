"""After a correction stories tell of the items that are in them, and what was said of threads binds stories too."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.archive import HOUR, Archive

from digest import config
from digest.model import Profile
from digest.pipeline import correcting
from digest.pipeline.grouping import thread_items
from digest.pipeline.rebuilding import rebuild


@pytest.fixture
def archive(tmp_path: Path):
    made = Archive(tmp_path)
    yield made
    made.store.close()


def profiles(archive: Archive, item_id: int) -> list[Profile]:
    """What is remembered of the stories of an item's thread."""
    return archive.store.links.of_threads([archive.thread(item_id)])


def test_a_story_no_longer_tells_of_what_was_split_off(archive: Archive) -> None:
    """A rest of one voice is found by no later story."""
    first = archive.dam()
    archive.group()
    assert [one.voices for one in profiles(archive, first[0])] == [2]
    correcting.split(archive.store, first[1], archive.now)
    archive.now += 240 * HOUR
    later = archive.inquiry()
    archive.group()
    assert archive.thread(later[0]) not in {archive.thread(one) for one in first}
    assert "missing" not in {term for one in profiles(archive, first[0]) for term in one.terms if one.voices > 1}


def test_two_lone_reports_merged_by_hand_find_their_thread(archive: Archive) -> None:
    """Two voices by decision are two voices: the next run links them as if they had come together."""
    first = archive.dam()
    archive.group()
    archive.now += 240 * HOUR
    later = archive.inquiry()
    thread_items(archive.store, archive.threads, alone=archive.feed_ids())
    correcting.merge_stories(archive.store, archive.story(later[0]), archive.story(later[1]), archive.now)
    assert [one.voices for one in profiles(archive, later[0])] == [2]
    archive.say("North Post", "Owls nest in the clock tower", "The hands stand still until the young fly.")
    archive.group()
    assert archive.thread(later[0]) == archive.thread(first[0])


def test_a_large_story_whose_reports_were_edited_is_compared_with_its_next_report(archive: Archive) -> None:
    """A publisher names only later what the matter is; one report more is no eighth of the story."""
    archive.dam()
    archive.group()
    archive.now += 100 * HOUR
    told = (
        (
            "Inquiry opens: {} heard in {} about cracks",
            "The inquiry into the {} heard {} in {} on Monday about cracks.",
        ),
        ("{} tells {} inquiry of cracks in wall", "Cracks in the {} were known for years, {} told the inquiry at {}."),
    )

    def words(number: int, *names: str) -> tuple[str, str]:
        title, text = told[number % 2]
        return f"{title.format(*names[1:])} {number}", f"{text.format(*names)} Part {number}."

    plain, named = ("wall", "engineer", "court"), ("Vellmoor dam", "Ostrick", "Harrowmere")
    items = [archive.say(f"Paper {number}", *words(number, *plain)) for number in range(11)]
    archive.group()
    story = archive.story(items[0])
    assert {archive.story(one) for one in items} == {story}
    for number, item in enumerate(items):
        archive.edit(item, *words(number, *named))
    archive.group()
    assert archive.store.links.of_story(story) is None
    last = archive.say("Moor Echo", *words(12, *named))
    archive.group()
    assert archive.story(last) == story
    assert archive.store.links.of_story(story) is not None


def test_lone_reports_of_a_thread_made_by_hand_are_known_to_linking(archive: Archive) -> None:
    """One voice each: linking must know them to keep them together."""
    one = archive.say("North Post", "Owl nests in the clock tower", "The hands stand still until the young fly.")
    other = archive.say("Moor Echo", "Bells ring for a retired postman", "He walked the moor for forty years.")
    archive.group()
    correcting.merge(archive.store, archive.thread(one), archive.thread(other), archive.now)
    assert {story.story_id for story in profiles(archive, one)} == {archive.story(one), archive.story(other)}


@pytest.mark.parametrize("grouping", ["normal", "eager"])
def test_stories_of_which_one_was_split_off_the_thread_never_become_one(archive: Archive, grouping: str) -> None:
    """What may never share a thread may never share a story; a rebuild would join the two else."""
    flood = archive.flood()
    thread_items(archive.store, archive.threads, alone=archive.feed_ids())
    store = archive.store
    correcting.merge(store, archive.thread(flood[0]), archive.thread(flood[1]), archive.now)
    correcting.split(store, flood[1], archive.now, whole_story=True)
    rebuild(store, config.Threads(grouping=grouping))
    assert archive.story(flood[0]) != archive.story(flood[1])
    assert archive.thread(flood[0]) != archive.thread(flood[1])


def test_stories_merged_after_their_threads_were_split_are_one(archive: Archive) -> None:
    """The later decision wins on both levels."""
    flood, ferry = archive.flood(), archive.ferry()
    archive.group()
    store = archive.store
    correcting.merge(store, archive.thread(flood[0]), archive.thread(ferry[0]), archive.now)
    correcting.split(store, ferry[0], archive.now, whole_story=True)
    correcting.merge_stories(store, archive.story(flood[0]), archive.story(ferry[0]), archive.now)
    rebuild(store, archive.threads)
    assert archive.together(flood[0]) == {*flood, *ferry}


def test_merging_one_story_of_a_hand_made_thread_takes_the_others_along(archive: Archive) -> None:
    """The thread that a person made stays one when one of its stories becomes part of a story elsewhere."""
    flood, ferry = archive.flood(), archive.ferry()
    stray = archive.say("North Post", "Owl nests in the clock tower", "The hands stand still until the young fly.")
    archive.group()
    store = archive.store
    correcting.merge(store, archive.thread(ferry[0]), archive.thread(stray), archive.now)
    correcting.merge_stories(store, archive.story(flood[0]), archive.story(stray), archive.now)
    assert archive.thread(ferry[0]) == archive.thread(stray) == archive.thread(flood[0])

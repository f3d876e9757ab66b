"""What a person decides about the grouping holds in every later run, and can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from support.archive import HOUR, Archive

from digest import config
from digest.errors import DigestError
from digest.model import Decision
from digest.pipeline import correcting, deciding
from digest.pipeline.rebuilding import rebuild

DAY = timedelta(days=1)


@pytest.fixture
def archive(tmp_path: Path):
    made = Archive(tmp_path)
    yield made
    made.store.close()


def test_a_split_item_stands_alone_and_the_rest_keeps_its_id(archive: Archive) -> None:
    """The numbers of what stays together never change."""
    one, two, odd = archive.flood()
    archive.group()
    story, thread = archive.story(one), archive.thread(one)
    correcting.split(archive.store, odd, archive.now)
    assert archive.together(odd) == {odd}
    assert archive.together(one) == {one, two}
    assert (archive.story(one), archive.thread(one)) == (story, thread)
    assert archive.thread(odd) != thread


def test_a_split_item_does_not_come_back_when_the_story_grows(archive: Archive) -> None:
    """Neither by joining nor by merging on touch."""
    one, two, odd = archive.flood()
    archive.group()
    correcting.split(archive.store, odd, archive.now)
    later = archive.say("North Post", "Vellmoor dam: flooded valley waits for help",
                        "Houses below the broken Vellmoor dam stand under water; families wait on roofs.")  # fmt: skip
    archive.group()
    assert odd not in archive.together(one)
    assert archive.together(later) in ({one, two, later}, {odd, later})


def test_a_twin_of_a_split_item_goes_with_it_and_not_back(archive: Archive) -> None:
    """Cannot-link acts on near neighbours: the same text from another outlet belongs where its twin is."""
    one, two, odd = archive.flood()
    archive.group()
    correcting.split(archive.store, odd, archive.now)
    twin = archive.say("North Post", "Hundreds flee as Vellmoor dam breaks",
                       "Families left the flooded valley below Vellmoor on foot after the dam wall burst.")  # fmt: skip
    archive.group()
    assert archive.together(twin) == {odd, twin}
    assert archive.together(one) == {one, two}


def test_a_pinned_item_moves_into_the_other_ones_story(archive: Archive) -> None:
    """A report in quite other words is put where it belongs."""
    flood = archive.flood()
    stray = archive.say("North Post", "Relief fund opens", "Donations for the valley are taken at every bank.")
    archive.group()
    assert archive.together(stray) == {stray}
    correcting.pin(archive.store, stray, flood[0], archive.now)
    assert archive.together(stray) == {*flood, stray}


def test_pinning_takes_back_an_earlier_split(archive: Archive) -> None:
    """The later decision wins."""
    one, two, odd = archive.flood()
    archive.group()
    correcting.split(archive.store, odd, archive.now)
    correcting.pin(archive.store, odd, two, archive.now)
    assert archive.together(odd) == {one, two, odd}
    rebuild(archive.store, archive.threads)
    assert archive.together(odd) == {one, two, odd}


def test_merged_stories_are_one_and_the_second_id_leads_to_the_first(archive: Archive) -> None:
    """Ids never change meaning, merged ids redirect."""
    flood, ferry = archive.flood(), archive.ferry()
    archive.group()
    first, second = archive.story(flood[0]), archive.story(ferry[0])
    assert first != second
    correcting.merge_stories(archive.store, first, second, archive.now)
    assert archive.together(flood[0]) == {*flood, *ferry}
    assert archive.story(ferry[0]) == archive.store.stories.final(second) == first


def test_merged_threads_are_one_of_two_stories(archive: Archive) -> None:
    """Merging threads says "one matter", not "one event"."""
    flood, ferry = archive.flood(), archive.ferry()
    archive.group()
    first, second = archive.thread(flood[0]), archive.thread(ferry[0])
    correcting.merge(archive.store, first, second, archive.now)
    assert archive.thread(ferry[0]) == archive.store.threads.final(second) == first
    assert archive.story(ferry[0]) != archive.story(flood[0])


def test_a_story_split_off_its_thread_gets_the_id_back_that_it_had(archive: Archive) -> None:
    """A thread's id that led elsewhere means its own story again."""
    flood, ferry = archive.flood(), archive.ferry()
    archive.group()
    first, second = archive.thread(flood[0]), archive.thread(ferry[0])
    correcting.merge(archive.store, first, second, archive.now)
    correcting.split(archive.store, ferry[1], archive.now, whole_story=True)
    assert archive.together(ferry[0]) == set(ferry)
    assert archive.thread(ferry[0]) not in (first,)
    assert archive.thread(flood[0]) == first


Decide = Callable[[Archive, list[int], list[int]], Decision]

DECISIONS: dict[str, Decide] = {
    "split": lambda archive, flood, _: correcting.split(archive.store, flood[2], archive.now),
    "pin": lambda archive, flood, ferry: correcting.pin(archive.store, ferry[0], flood[0], archive.now),
    "merge": lambda archive, flood, ferry: correcting.merge(
        archive.store, archive.thread(flood[0]), archive.thread(ferry[0]), archive.now
    ),
    "merge stories": lambda archive, flood, ferry: correcting.merge_stories(
        archive.store, archive.story(flood[0]), archive.story(ferry[0]), archive.now
    ),
}


@pytest.mark.parametrize("name", DECISIONS)
def test_a_decision_survives_grouping_everything_anew(archive: Archive, name: str) -> None:
    """With other settings, too: what a person said stays said."""
    flood, ferry = archive.flood(), archive.ferry()
    archive.group()
    DECISIONS[name](archive, flood, ferry)
    stories, threads = archive.groups(), archive.store.threads.assignments()
    rebuild(archive.store, archive.threads)
    assert archive.groups() == stories
    assert archive.store.threads.assignments() == threads
    rebuild(archive.store, config.Threads(grouping="eager"))
    together = {frozenset(flood[:2]), frozenset(flood[2:])} if name == "split" else set()
    assert all(any(one <= story for story in archive.groups()) for one in together)
    if name == "split":
        assert flood[2] not in archive.together(flood[0])
    elif name == "merge":
        assert archive.thread(flood[0]) == archive.thread(ferry[0])
    else:
        assert ferry[0] in archive.together(flood[0])


@pytest.mark.parametrize("name", DECISIONS)
def test_an_undone_decision_leaves_everything_as_it_was(archive: Archive, name: str) -> None:
    """Also the ids, which led elsewhere meanwhile."""
    flood, ferry = archive.flood(), archive.ferry()
    archive.group()
    before = archive.store.threads.assignments()
    states = {state.id: state for state in archive.store.stories.live(archive.now - 30 * DAY)}
    decision = DECISIONS[name](archive, flood, ferry)
    assert archive.store.threads.assignments() != before
    assert correcting.undo(archive.store, None, archive.now).id == decision.id
    assert archive.store.threads.assignments() == before
    after = {state.id: state for state in archive.store.stories.live(archive.now - 30 * DAY)}
    assert {one: (state.size, state.first, state.last) for one, state in after.items()} == {
        one: (state.size, state.first, state.last) for one, state in states.items()
    }
    [kept] = archive.store.decisions.all()
    assert kept.undone is not None
    rebuild(archive.store, archive.threads)
    assert archive.store.threads.assignments() == before


def test_merging_the_threads_of_a_split_story_changes_no_story_and_no_later_decision_does(archive: Archive) -> None:
    """Another event of the same matter: what was split off stays one story, whatever else is decided afterwards."""
    flood = archive.flood()
    archive.group()
    store, now = archive.store, archive.now
    correcting.split(store, flood[2], now)
    flood += [
        archive.say("Moor Echo", "Hundreds flee as Vellmoor dam breaks, families on foot",
                    "Families left the flooded valley below Vellmoor on foot after the dam wall burst."),
        archive.say("North Post", "Families flee on foot as Vellmoor dam breaks",
                    "Hundreds of families left the flooded valley below Vellmoor on foot after the dam wall burst."),
    ]  # fmt: skip
    archive.group()
    stories = {one: archive.story(one) for one in flood}
    assert stories[flood[2]] == stories[flood[3]] == stories[flood[4]] != stories[flood[0]]
    correcting.merge(store, archive.thread(flood[0]), archive.thread(flood[2]), now)
    for everyday in (1, 3, 5):
        assert {one: archive.story(one) for one in flood} == stories
        assert len({archive.thread(one) for one in flood}) == 1
        correcting.merge(store, archive.thread(everyday), archive.thread(everyday + 1), now)
    rebuild(store, config.Threads())
    assert archive.story(flood[2]) == archive.story(flood[3]) != archive.story(flood[0])


def test_a_split_holds_when_an_edited_report_joins_a_story_beside_what_was_split_off(archive: Archive) -> None:
    """By its page the report belongs to a story that came to the other side's thread meanwhile."""
    dam = archive.dam()
    archive.group()
    archive.now += 10 * HOUR
    ferry = archive.say("Quiet Review", "Ferry aground off Sablewake", "The ferry to Ostrelle hit a sandbank.")
    archive.group()
    store = archive.store
    correcting.merge(store, archive.thread(ferry), archive.thread(dam[0]), archive.now)
    correcting.split(store, dam[0], archive.now, whole_story=True)
    archive.now += 65 * HOUR
    inquiry = archive.inquiry()
    archive.group()
    assert archive.thread(inquiry[0]) == archive.thread(dam[0])
    [page] = store.items.get([inquiry[0]])
    archive.edit(ferry, "Ferry aground off Sablewake - update", "The ferry to Ostrelle hit a sandbank.", url=page.url)
    archive.group()
    assert archive.story(ferry) == archive.story(inquiry[0])
    assert archive.thread(ferry) != archive.thread(dam[0])


def test_an_undone_decision_binds_nothing_any_more(archive: Archive) -> None:
    """After undo a rebuild finds what it would have found without the decision."""
    one, two, odd = archive.flood()
    archive.group()
    correcting.split(archive.store, odd, archive.now)
    correcting.undo(archive.store, None, archive.now)
    rebuild(archive.store, archive.threads)
    assert archive.together(odd) == {one, two, odd}


def test_a_muted_thread_is_muted_until_the_time_is_over_and_wherever_its_id_leads(archive: Archive) -> None:
    """A mute ends by itself and follows a merge."""
    flood, ferry = archive.flood(), archive.ferry()
    archive.group()
    muted, other = archive.thread(ferry[0]), archive.thread(flood[0])
    deciding.mute(archive.store, muted, 7 * DAY, archive.now)
    assert archive.store.decisions.muted(archive.now + HOUR) == {muted}
    assert archive.store.decisions.muted(archive.now + 8 * DAY) == frozenset()
    correcting.merge(archive.store, other, muted, archive.now)
    assert archive.store.decisions.muted(archive.now + HOUR) == {other}
    correcting.undo(archive.store, 1, archive.now)
    assert archive.store.decisions.muted(archive.now + HOUR) == frozenset()


def test_what_cannot_be_done_is_refused_with_the_cure(archive: Archive) -> None:
    """Every refusal says what is wrong and where to look."""
    flood = archive.flood()
    lone = archive.say("North Post", "Owl nests in the clock tower", "The hands stand still until the young fly.")
    archive.group()
    store, now = archive.store, archive.now
    for wrong, said in (
        (lambda: correcting.split(store, lone, now), "stands alone already"),
        (lambda: correcting.split(store, flood[0], now, whole_story=True), "without --story"),
        (lambda: correcting.split(store, 99_999, now), "there is no item 99999"),
        (lambda: correcting.merge(store, archive.thread(lone), archive.thread(lone), now), "one thread already"),
        (lambda: correcting.merge(store, 99_999, 1, now), "there is no thread 99999"),
        (lambda: correcting.merge_stories(store, 99_999, 1, now), "there is no story 99999"),
        (lambda: correcting.pin(store, lone, None, now), "name the item it belongs with"),
        (lambda: correcting.pin(store, lone, lone, now), "always in its own story"),
        (lambda: deciding.mute(store, 99_999, DAY, now), "there is no thread 99999"),
        (lambda: correcting.undo(store, None, now), "there is no decision to undo"),
        (lambda: correcting.undo(store, 5, now), "there is no decision 5"),
    ):
        with pytest.raises(DigestError, match=said):
            wrong()
    assert archive.store.decisions.all() == []


def test_an_edited_lone_item_finds_its_story_and_keeps_its_old_number_as_a_way_there(archive: Archive) -> None:
    """A corrected headline is looked at again."""
    flood = archive.flood()
    vague = archive.say("North Post", "Developing: more soon", "We will update this page.")
    archive.group()
    before = archive.story(vague)
    archive.edit(vague, "Vellmoor dam breaks, hundreds of houses flooded",
                 "The dam above Vellmoor broke at dawn and flooded three hundred houses in the valley.")  # fmt: skip
    archive.group()
    assert archive.together(vague) == {*flood, vague}
    assert archive.store.stories.final(before) == archive.story(flood[0])


def test_an_edited_lone_item_that_still_stands_alone_keeps_its_numbers(archive: Archive) -> None:
    """A live blog renamed hourly is one story with one number."""
    blog = archive.say("North Post", "Election night: polls are open", "Follow the count here.")
    archive.group()
    before = archive.story(blog), archive.thread(blog)
    for hour in range(3):
        archive.edit(blog, f"Election night: {hour + 2} districts counted", "Follow the count here, hour by hour.")
        archive.group()
    assert (archive.story(blog), archive.thread(blog)) == before


def test_an_edited_item_among_others_stays_where_it_is(archive: Archive) -> None:
    """A rewritten headline does not tear a story apart; the story follows the new words."""
    flood = archive.flood()
    archive.group()
    archive.edit(flood[0], "What the engineers knew", "Letters warned of cracks, a commission heard on Tuesday.")
    archive.group()
    assert archive.together(flood[0]) == set(flood)
    [state] = [one for one in archive.store.stories.live(archive.now - DAY) if one.id == archive.story(flood[0])]
    assert "commission" in state.vector

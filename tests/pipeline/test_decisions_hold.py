"""Whatever is said, corrected, taken back and grouped anew: nothing is lost, nothing is stale, what was decided holds.

Edits are of items that stand alone, and texts are of one language. Grouping itself sees to the others.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.archive import HOUR, Archive

from digest import config
from digest.errors import DigestError
from digest.model import Item, Level
from digest.pipeline import correcting
from digest.pipeline.holding import move_items
from digest.pipeline.rebuilding import rebuild
from digest.threads.linking import VOICES
from digest.threads.voices import voices

OUTLETS = ("Coast Daily", "Valley Wire", "Quiet Review", "North Post", "Moor Echo")

MATTERS = (
    ("Vellmoor dam floods {} houses", "The wall of the Vellmoor dam broke near Harrowmere and flooded {} houses."),
    (
        "Ferry aground off Sablewake with {} aboard",
        "The Ostrelle ferry ran onto a sandbank at Sablewake, {} were hurt.",
    ),
    ("Ostrick trial: Harrowmere court hears witness {}", "Engineer Ostrick told the Harrowmere court of {} cracks."),
    ("Weather for Monday: showers and {} degrees", "Rain, wind, sun and {} degrees."),
    ("Earthquake of magnitude {} hits Calama in Chile", "A quake shook Calama in Chile; {} people were injured."),
)

SOME = st.integers(0, 400)
TOLD = st.tuples(st.sampled_from(OUTLETS), st.sampled_from(MATTERS), SOME)
DIALS = st.sampled_from(["careful", "normal", "eager"])
STEPS = st.one_of(
    st.tuples(st.just("say"), st.lists(TOLD, min_size=1, max_size=4)),
    st.tuples(st.just("edit"), SOME, st.sampled_from(MATTERS), SOME),
    st.tuples(st.sampled_from(["split", "split story", "merge", "merge stories", "pin", "stay"]), SOME, SOME),
    st.tuples(st.just("undo"), SOME),
    st.tuples(st.just("rebuild"), DIALS),
    st.tuples(st.just("since"), DIALS, st.integers(1, 40)),
    st.tuples(st.just("wait"), st.integers(1, 30)),
)


def take(archive: Archive, items: list[int], step: tuple) -> None:
    """One step; what is refused changes nothing."""
    store, now = archive.store, archive.now

    def item(number: int) -> int:
        return items[number % len(items)]

    match step:
        case "say", told:
            items += [archive.say(outlet, title.format(n), text.format(n + 1)) for outlet, (title, text), n in told]
            archive.group()
        case "edit", which, (title, text), n:
            archive.edit(item(which), title.format(n), text.format(n + 1))
            archive.group()
        case "split", which, _:
            correcting.split(store, item(which), now)
        case "split story", which, _:
            correcting.split(store, item(which), now, whole_story=True)
        case "merge", one, other:
            correcting.merge(store, archive.thread(item(one)), archive.thread(item(other)), now)
        case "merge stories", one, other:
            correcting.merge_stories(store, archive.story(item(one)), archive.story(item(other)), now)
        case "pin", one, other:
            correcting.pin(store, item(one), item(other), now)
        case "stay", which, _:
            correcting.pin(store, item(which), None, now)
        case "undo", which:
            standing = [one.id for one in store.decisions.all() if one.undone is None]
            correcting.undo(store, standing[which % len(standing)] if standing else None, now)
        case "rebuild", dial:
            rebuild(store, config.Threads(grouping=dial))
        case "since", dial, hours:
            rebuild(store, config.Threads(grouping=dial), since=now - hours * HOUR)
        case "wait", hours:
            archive.now += hours * HOUR


def wrong(archive: Archive, items: list[int]) -> list[str]:
    """What is not as it must be."""
    store = archive.store
    placed = store.threads.assignments()
    found = [f"item {one} is in no story" for one in items if one not in placed]
    by_story: dict[int, list[Item]] = {}
    for item in store.items.get(placed):
        by_story.setdefault(item.story_id or 0, []).append(item)
    states = {state.id: state for state in store.stories.live(archive.now - 10_000 * HOUR)}
    found += [f"story {one} is without items" for one in states.keys() - by_story.keys()]
    told = {one.story_id: one.voices for one in store.links.of_threads({thread for _, thread in placed.values()})}
    for story, thread in set(placed.values()):
        if store.stories.final(story) != story or store.threads.final(thread) != thread:
            found.append(f"story {story} or thread {thread} leads elsewhere")
            continue
        mates, state = by_story[story], states[story]
        outlets = {item.outlet for item in mates}
        if (state.size, state.outlet) != (len(mates), outlets.pop() if len(outlets) == 1 else None):
            found.append(f"story {story} is of size {state.size}, outlet {state.outlet}")
        heard = min(len(voices(mates)), VOICES)
        if told.get(story, 1) != heard:
            found.append(f"story {story} tells of {told.get(story)} voices and has {heard}")
    return found + broken(archive)


def broken(archive: Archive) -> list[str]:
    """What the latest decision that stands asks for in vain."""
    placed = archive.store.threads.assignments()
    standing = [one for one in archive.store.decisions.all() if one.undone is None]
    if not standing:
        return []
    latest = standing[-1]
    found: list[str] = []
    for level, index in ((Level.STORY, 0), (Level.THREAD, 1)):
        sides = {
            side: {placed[one.item_id][index] for one in latest.items if (one.level, one.side) == (level, side)}
            for side in (0, 1, -1)
        }
        if len(sides[0]) > 1:
            found.append(f"{latest.kind} does not hold the {level} together")
        if sides[1] & sides[-1]:
            found.append(f"{latest.kind} does not keep {level} apart")
    return found


@given(first=st.lists(TOLD, min_size=4, max_size=8), steps=st.lists(STEPS, min_size=1, max_size=14))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_is_lost_or_stale_and_the_latest_decision_holds(first: list, steps: list) -> None:
    """After every step of any sequence: living stories in living threads, with counts as they are."""
    with TemporaryDirectory() as folder:
        archive = Archive(Path(folder))
        try:
            items: list[int] = []
            for step in (("say", first), *steps):
                try:
                    take(archive, items, step)
                except DigestError:
                    continue
                assert not wrong(archive, items), step
        finally:
            archive.store.close()


@given(
    told=st.lists(st.tuples(TOLD, st.integers(0, 20)), min_size=4, max_size=12),
    misplaced=st.lists(st.tuples(SOME, SOME), min_size=1, max_size=4),
    dial=DIALS,
    hours=st.integers(1, 60),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_rebuilding_the_last_hours_loses_nothing_however_items_stood(
    told: list, misplaced: list, dial: str, hours: int
) -> None:
    """As an older version or another dial left them: items in wrong stories, of which some are too old to be taken."""
    with TemporaryDirectory() as folder:
        archive = Archive(Path(folder))
        try:
            items: list[int] = []
            for said, waited in told:
                archive.now += waited * HOUR
                take(archive, items, ("say", [said]))
            with archive.store.writing():
                for one, other in misplaced:
                    move_items(archive.store, {items[one % len(items)]: archive.story(items[other % len(items)])})
            rebuild(archive.store, config.Threads(grouping=dial), since=archive.now - hours * HOUR)
            assert not wrong(archive, items)
        finally:
            archive.store.close()


DECIDED = st.tuples(st.sampled_from(["split", "split story", "merge", "merge stories", "pin", "stay"]), SOME, SOME)


@given(
    first=st.lists(TOLD, min_size=4, max_size=9),
    steps=st.lists(DECIDED, min_size=1, max_size=7),
    order=st.randoms(use_true_random=False),
)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_taking_everything_back_in_any_order_gives_what_grouping_had_made(first: list, steps: list, order) -> None:
    """Stories and threads under their own ids, however decisions crossed each other meanwhile."""
    with TemporaryDirectory() as folder:
        archive = Archive(Path(folder))
        try:
            items: list[int] = []
            take(archive, items, ("say", first))
            before = archive.store.threads.assignments()
            for step in steps:
                with suppress(DigestError):
                    take(archive, items, step)
            made = [one.id for one in archive.store.decisions.all()]
            order.shuffle(made)
            for one in made:
                correcting.undo(archive.store, one, archive.now)
                assert not wrong(archive, items), one
            assert archive.store.threads.assignments() == before
        finally:
            archive.store.close()

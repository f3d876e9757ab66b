"""What the store remembers of editions for later ones: which stories were told, and where each item went."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from support.nouns import SLOT, make_edition

from digest.model import Edition, EditionSection, Mail, Place, StoryState
from digest.store import Store

DAY = timedelta(days=1)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.in_memory() as opened:
        for name in ("daily", "other"):
            opened.editions.know(name, SLOT)
        with opened.writing():
            opened.stories.write(StoryState(number, "en", SLOT, SLOT, 1, {"dam": 1.0}) for number in (1, 2, 9))
        yield opened


def freeze(store: Store, edition: Edition, places: dict[int, Place] | None = None) -> int:
    with store.freezing():
        return store.editions.freeze(edition, "{}", Mail("s", "<p>h</p>", "t"), (), edition.slot, places=places)


def three_stories() -> tuple[Edition, ...]:
    """One leads an entry, one stands below it, one is behind a cap."""
    [lead] = make_edition().top
    below, capped = replace(lead, story_id=2), replace(lead, story_id=3, thread_id=3)
    entry = replace(lead, related=(below,))
    return (make_edition(top=(entry,), sections=(EditionSection("World", (), rest=(capped,)),)),)


def test_a_story_counts_as_told_where_the_mail_told_of_it_and_only_in_its_digest(store: Store) -> None:
    [edition] = three_stories()
    freeze(store, edition)
    assert store.editions.told("daily", {1, 2, 3, 4}) == {1, 2}
    assert store.editions.told("other", {1, 2, 3, 4}) == set()


def test_a_story_that_became_part_of_another_is_told_with_it(store: Store) -> None:
    freeze(store, three_stories()[0])
    with store.writing():
        store.stories.redirect(1, 9)
    assert store.editions.told("daily", {9}) == {9}


def test_each_item_has_its_place_in_each_edition_that_had_it_new(store: Store) -> None:
    [edition] = three_stories()
    first = freeze(store, edition, {1: Place.LEAD, 2: Place.MUTED_WORD})
    second = freeze(store, replace(edition, digest="other", slot=SLOT + DAY), {2: Place.REST})
    assert [(one.id, place) for one, place in store.editions.places(2)] == [
        (first, Place.MUTED_WORD),
        (second, Place.REST),
    ]
    assert [(one.id, place) for one, place in store.editions.places(1)] == [(first, Place.LEAD)]
    assert store.editions.places(7) == []


def test_the_edition_of_a_moment_is_the_one_in_whose_window_it_lies(store: Store) -> None:
    [edition] = three_stories()
    number = freeze(store, edition)
    since, until = edition.window.since, edition.window.until
    found = [store.editions.covering("daily", moment) for moment in (since, until, since - DAY)]
    assert [one.id if one else None for one in found] == [number, None, None]

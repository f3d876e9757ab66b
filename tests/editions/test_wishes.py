"""What a person decided that editions tell: threads and words followed or muted, outlets starred."""

from __future__ import annotations

from dataclasses import replace

from support.composing import HOUR, composed
from support.nouns import SLOT, make_item, make_story

from digest.config import Digest
from digest.editions.marking import mark
from digest.editions.places import places
from digest.model import Edition, EditionStory, Place, Story, Wishes


def lone(title: str, feed: str = "Harbour Times", **changes: object) -> Story:
    return make_story(make_item(title, feed), **changes)


def told_by(*feeds: str, title: str = "Dam breaks above Vellmoor") -> Story:
    """One story of several outlets, each with words of its own."""
    return make_story(*(make_item(f"{title}, says {feed}", feed, summary=f"{feed} was there.") for feed in feeds))


def others(count: int = 6) -> list[Story]:
    """A morning of reports about nothing else."""
    return [lone(f"Matter number {number}", f"Outlet {number}") for number in range(count)]


def top(edition: Edition) -> list[str]:
    return [story.lead.title for story in edition.top]


def of(edition: Edition, title: str) -> EditionStory:
    return next(story for story in edition.top if story.lead.title == title)


def test_a_single_report_of_a_followed_thread_comes_to_the_top_and_says_why() -> None:
    story = lone("Inquiry hears engineer")
    assert "Inquiry hears engineer" not in top(composed([story, *others()]))
    edition = composed([story, *others()], followed={story.thread_id})
    assert of(edition, "Inquiry hears engineer").reason == "you follow this thread: 1 new report"


def test_the_reason_counts_what_is_new_of_all_stories_of_the_thread() -> None:
    one = told_by("Alpha", "Beta")
    two = replace(told_by("Gamma", "Delta", title="Inquiry opens"), thread_id=one.thread_id)
    edition = composed([one, two, *others()], followed={one.thread_id})
    assert edition.top[0].reason == "you follow this thread: 4 new reports"
    assert [story.reason for story in edition.top[0].related] == [None]


def test_a_followed_thread_has_a_place_on_top_though_others_are_told_by_more() -> None:
    followed = lone("Inquiry hears engineer")
    many = [told_by("Alpha", "Beta", "Gamma", "Delta", title=f"Great matter {n}") for n in range(3)]
    edition = composed([*many, followed], top=2, followed={followed.thread_id})
    assert len(edition.top) == 2
    assert top(edition)[1] == "Inquiry hears engineer", "what four outlets tell still stands first"


def test_copies_alone_of_a_followed_thread_are_no_news() -> None:
    text = "The council of Vellmoor votes on the new wall of the dam tomorrow evening, the mayor said on Monday."
    old = make_item("Council votes on dam", "Alpha", summary=text, first_seen=SLOT - 30 * HOUR)
    copy = make_item("Council votes on dam", "Beta", summary=text)
    story = make_story(old, copy)
    edition = composed([story, *others()], followed={story.thread_id})
    assert "Council votes on dam" not in top(edition)


def test_a_followed_thread_is_never_cut_by_the_share_of_its_feed() -> None:
    flood = [lone(f"Line {number}") for number in range(30)]
    edition = composed([*flood], per_feed=5, top=0, followed={flood[29].thread_id})
    assert "Line 29" in [story.lead.title for section in edition.sections for story in section.stories]


def test_a_private_report_of_a_followed_thread_gives_the_public_page_no_reason() -> None:
    story = make_story(make_item("Inquiry hears engineer", private=True))
    edition = composed([story, *others()], followed={story.thread_id})
    assert of(edition, "Inquiry hears engineer").public_reason == ""


def test_words_of_a_person_stand_beside_those_of_each_digest() -> None:
    stories = [lone("Football final tonight"), lone("Vellmoor elects mayor", "Alpha"), *others()]
    items = [item for story in stories for item in story.items]
    wishes = Wishes(muted_words=("football",), followed_words=("Vellmoor",))
    edition = composed(stories, marks=mark(Digest(), {}, items, wishes=wishes))
    assert places(edition)[stories[0].items[0].id] is Place.MUTED_WORD
    assert of(edition, "Vellmoor elects mayor").reason == "matches “Vellmoor”"


def test_a_muted_word_outdoes_a_followed_one_of_the_digest() -> None:
    [story] = stories = [lone("Football in Vellmoor")]
    marks = mark(Digest(follow=("vellmoor",)), {}, story.items, wishes=Wishes(muted_words=("football",)))
    edition = composed(stories, marks=marks)
    assert edition.omitted[0].place is Place.MUTED_WORD


def test_a_starred_outlet_had_it_first_and_is_called_an_outlet() -> None:
    first = make_item("Dam breaks, valley flooded", "Alpha", starred=True, by_outlet=True)
    later = make_item("Valley under water after dam breaks", "Beta", published=first.published + HOUR / 2)
    edition = composed([make_story(first, later), *others()])
    assert edition.top[0].lead.feed == "Alpha"
    assert edition.top[0].reason == "first report from a starred outlet"


def test_a_report_that_a_starred_outlet_alone_has_stands_on_top() -> None:
    story = make_story(make_item("Owl nests in the clock tower", "Alpha", starred=True, by_outlet=True))
    edition = composed([story, *others()])
    assert top(edition) == ["Owl nests in the clock tower"]
    assert edition.top[0].reason == "first report from a starred outlet"

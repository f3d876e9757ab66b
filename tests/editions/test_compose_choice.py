"""Composing: what stands where and why, what the reader's words and stars do, and that every new item has one place."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.composing import HOUR, Newsroom, composed, subscribe
from support.nouns import SLOT, WINDOW, make_item, make_story

from digest.config import Digest, Feed
from digest.editions import frozen
from digest.editions.choosing import ALONE, FLOOR
from digest.editions.marking import mark
from digest.editions.notices import left_out
from digest.editions.phrases import preview, shown, subject
from digest.editions.places import places
from digest.editions.prepare import found, public
from digest.editions.weighing import FOLLOWED, weigh
from digest.model import Edition, EditionStory, Item, Marks, Place, Shown, Story
from digest.threads.voices import voices, wire

BEFORE = WINDOW.since - 2 * HOUR
TEXT = (
    "The northern wall of the dam above Velmora gave way on Friday morning, the mayor said. "
    "Three hundred houses in the Ostrand valley stood under water by noon."
)


def told_by(*feeds: str, title: str = "Dam breaks above Velmora", **changes: Any) -> Story:
    return make_story(*(make_item(f"{title}, says {feed}", feed, **changes) for feed in feeds))


def lone(count: int, feed: str = "Quiet Review", **changes: Any) -> list[Story]:
    return [
        make_story(make_item(f"Lone report {n} of {feed}", feed, published=SLOT - n * HOUR, **changes))
        for n in range(1, count + 1)
    ]


def leads(edition: Edition) -> list[str]:
    return [story.lead.title.partition(",")[0] for story in shown(edition)]


def causes(edition: Edition) -> Counter[Place]:
    return Counter(one.place for one in edition.omitted)


# --- Threads: one entry each --------------------------------------------------------------------


def test_a_thread_of_several_stories_is_one_entry_led_by_the_story_with_most_voices() -> None:
    first, second, third = (told_by(*names, title=names) for names in ("AB", "CDE", "FG"))
    edition = composed(
        [replace(one, thread_id=7) for one in (first, second, third)] + [told_by("H", "I", title="Other")]
    )
    assert [story.story_id for story in edition.top] == [second.id, edition.top[1].story_id]
    assert [other.story_id for other in edition.top[0].related] == [first.id, third.id]
    assert (edition.items, edition.left_out, edition.stories) == (9, 0, 4)


def test_in_sections_too_a_thread_takes_one_line() -> None:
    stories = [replace(one, thread_id=7) for one in lone(3)] + lone(4, "B")
    [section] = composed(stories).sections
    assert [len(story.related) for story in section.stories if story.thread_id == 7] == [2]
    assert len(section.stories) == 5


def test_a_story_that_may_stand_on_top_leads_its_thread_also_before_a_feed_that_seldom_posts() -> None:
    seldom, told = lone(1, "Rain Notes")[0], told_by("A", "B")
    old = make_story(*told.items, make_item("Dam leaks", "C", first_seen=BEFORE), id=told.id)
    stories = [replace(one, thread_id=7) for one in (seldom, old)] + lone(5)
    edition = composed(stories, seldom={seldom.items[0].feed_id})
    assert edition.top[0].story_id == told.id


def test_the_reason_of_a_thread_counts_what_is_new_of_all_its_stories() -> None:
    july = SLOT - timedelta(days=79)
    stories = [replace(one, thread_id=7, thread_since=july) for one in (told_by("A", "B"), told_by("C", title="More"))]
    edition = composed([*stories, *lone(3)])
    assert edition.top[0].reason == "thread since 26 July: 3 new reports from 3 outlets"


def test_a_thread_of_three_hundred_items_is_one_entry_with_every_report() -> None:
    chance = random.Random(3)
    story = make_story(*(make_item(f"Dam report number {n}", f"Feed {n % 60}") for n in range(150)))
    others = [told_by(f"Feed {n}", title=f"Dam news {n}") for n in chance.sample(range(60), 50)]
    rest = [
        told_by(*(f"Feed {n}" for n in range(start, start + 10)), title=f"Dam tale {start}")
        for start in range(0, 100, 10)
    ]
    thread = [replace(one, thread_id=7) for one in (story, *others, *rest)]
    edition = composed([*thread, *lone(5)])
    assert len(edition.top) == 1
    assert (edition.items, len(edition.top[0].related), edition.left_out) == (305, 60, 0)
    assert sum(1 + len(one.others) for one in (edition.top[0], *edition.top[0].related)) == 300
    assert Counter(places(edition).values()) == {Place.LEAD: 6, Place.REPORT: 149, Place.RELATED: 150}


# --- Follow, stars, feeds that seldom post ------------------------------------------------------


def test_a_followed_story_stands_on_top_and_says_which_word() -> None:
    edition = composed([*lone(3), *lone(1, "A"), told_by("B", "C")], follow=("ferry", r"/lone report 1 OF a\b/"))
    assert [story.reason for story in edition.top] == [r"matches “lone report 1 OF a\b”", "2 of your feeds"]


def test_what_a_story_is_followed_for_must_be_new() -> None:
    old = make_item("Ferry strike begins", "A", first_seen=BEFORE)
    edition = composed([make_story(old, make_item("Talks fail", "A")), *lone(5)], follow=("ferry",))
    assert edition.top == ()


def test_many_voices_outweigh_a_followed_word() -> None:
    edition = composed([*lone(1), told_by(*"ABCDE"[: FOLLOWED + 2])], follow=("lone report 1",))
    assert leads(edition)[0] == "Dam breaks above Velmora"


def test_what_a_starred_feed_alone_reports_stands_after_what_two_tell() -> None:
    edition = composed([*lone(3), *lone(1, "Star"), told_by("A", "B")], subscriptions=subscribe("Star", starred=True))
    assert [story.reason for story in edition.top] == ["2 of your feeds", "first report from a starred feed"]
    assert edition.top[1].lead.feed == "Star"


def test_a_starred_feed_leads_the_stories_it_reports() -> None:
    story = make_story(
        make_item("Velmora dam breaks, 300 houses flooded, Mayor Arlen says", "A"), make_item("A dam", "Star")
    )
    assert composed([story, *lone(3)]).top[0].lead.feed == "A"
    assert composed([story, *lone(3)], subscriptions=subscribe("Star", starred=True)).top[0].lead.feed == "Star"


@pytest.mark.parametrize(("star", "other", "expected"), [(5, 4, True), (4, 4, False), (4, 5, False)])
def test_first_report_from_a_starred_feed_is_said_only_where_its_date_is_the_first(
    star: int, other: int, expected: bool
) -> None:
    story = make_story(
        make_item("Dam breaks", "Star", published=SLOT - star * HOUR),
        make_item("A dam", "A", published=SLOT - other * HOUR),
    )
    [told] = composed([story, *lone(3)], subscriptions=subscribe("Star", starred=True)).top
    assert told.reason == ("first report from a starred feed" if expected else "2 of your feeds")


def test_the_first_reason_that_holds_is_told() -> None:
    starred = subscribe("A", starred=True)
    many = [make_item("Dam", feed, published=SLOT - 9 * HOUR + n * HOUR) for n, feed in enumerate("ABC")]
    assert (
        composed([make_story(*many), *lone(3)], subscriptions=starred, follow=("dam",)).top[0].reason
        == "3 of your feeds"
    )
    two = make_story(*many[:2])
    assert composed([two, *lone(3)], subscriptions=starred, follow=("dam",)).top[0].reason == "matches “dam”"
    old = make_story(make_item("Dam", "D", first_seen=BEFORE, published=BEFORE - 48 * HOUR), *many)
    told = composed([old, *lone(3)], subscriptions=starred, follow=("dam",)).top[0]
    assert told.reason == "day 4 of this story: 3 new reports"


def test_one_feed_alone_does_not_fill_the_top_by_its_star() -> None:
    edition = composed(lone(9, "Star"), subscriptions=subscribe("Star", starred=True))
    assert len(edition.top) == ALONE
    assert sum(len(section.stories) for section in edition.sections) == 9 - ALONE, "and no cap cuts it"


def test_no_cap_cuts_a_starred_feed_nor_one_that_seldom_posts() -> None:
    stories = [*lone(FLOOR, "Flood"), *lone(4, "Star"), *lone(4, "Rain Notes")]
    edition = composed(
        stories, per_feed=1, top=0, subscriptions=subscribe("Star", starred=True), seldom={stories[-1].items[0].feed_id}
    )
    lines = Counter(story.lead.feed for section in edition.sections for story in section.stories)
    assert (lines["Star"], lines["Rain Notes"]) == (4, 4)
    assert [section.more for section in edition.sections] == [(("Flood", FLOOR - 2),)]


def test_a_feed_that_seldom_posts_stands_above_fresher_lines_of_others() -> None:
    rare = make_story(make_item("Eleven years of rain", "Rain Notes", published=SLOT - 20 * HOUR))
    assert leads(composed([*lone(6), rare]))[-1] == "Eleven years of rain"
    assert leads(composed([*lone(6), rare], seldom={rare.items[0].feed_id}))[0] == "Eleven years of rain"


# --- Caps and the floor -------------------------------------------------------------------------


def test_what_a_cap_leaves_out_stays_in_the_edition_by_feed() -> None:
    edition = composed([*lone(14, "Flood"), *lone(9, "Stream"), *lone(8)], per_feed=6)
    [section] = edition.sections
    assert section.more == (("Flood", 8), ("Stream", 3), ("Quiet Review", 2))
    assert Counter(story.lead.feed for story in section.rest) == dict(section.more)
    assert edition.left_out == 13
    assert left_out(edition) == "Not shown here: 13 more by busy feeds."
    assert left_out(edition, folded=True) == ""


def test_no_cap_cuts_a_quiet_day_below_a_few_lines() -> None:
    edition = composed(lone(FLOOR, "Only"), per_feed=1)
    assert (len(shown(edition)), edition.left_out) == (FLOOR, 0)
    edition = composed(lone(FLOOR + 5, "Only"), per_feed=1)
    assert (len(shown(edition)), edition.left_out) == (FLOOR, 5)
    assert leads(edition) == [f"Lone report {n} of Only" for n in range(1, FLOOR + 1)], (
        "the highest come back, in order"
    )


def test_private_reports_behind_a_cap_are_on_no_page() -> None:
    edition = composed([*lone(12, "Flood"), *lone(12, "Secret", private=True)], per_feed=5)
    assert len(edition.sections[0].rest) == 14
    told = public(edition)
    assert {story.lead.feed for story in told.sections[0].rest} == {"Flood"}
    assert told.sections[0].more == (("Flood", 7),)
    assert "Secret" not in str(told)


def test_of_a_thread_that_a_private_report_leads_the_page_shows_the_next_story() -> None:
    hidden, plain = told_by("Secret", private=True), told_by("A", title="Plain")
    edition = composed([replace(one, thread_id=7) for one in (hidden, plain)])
    [entry] = public(edition).sections[0].stories
    assert (entry.story_id, entry.related) == (plain.id, ())


# --- Mute, only, skip ---------------------------------------------------------------------------


def test_an_item_with_a_muted_word_is_left_out_and_its_story_goes_on_without_it() -> None:
    story = make_story(make_item("Royal wedding: the dress", "A"), make_item("Velmora names a bridge", "B"))
    edition = composed([story, *lone(3)], mute=("royal wedding",))
    [told] = [one for one in shown(edition) if one.story_id == story.id]
    assert (told.lead.outlet, told.others, told.reports, told.outlets) == ("B", (), 1, ("B",))
    assert (edition.items, edition.left_out, causes(edition)) == (5, 1, {Place.MUTED_WORD: 1})


def test_a_story_all_of_whose_news_is_muted_vanishes_and_is_counted() -> None:
    story = told_by("A", "B", title="Royal wedding")
    edition = composed([story, *lone(5)], mute=(r"/royal\s+wed/",))
    assert story.id not in {one.story_id for one in shown(edition)}
    assert left_out(edition) == "Not shown here: 2 muted."


def test_mute_outdoes_follow() -> None:
    edition = composed(lone(6), follow=("lone report 1",), mute=("report 1",))
    assert edition.top == ()
    assert causes(edition) == {Place.MUTED_WORD: 1}


def test_a_noisy_feed_is_read_through_its_own_words_and_no_other_feed_is() -> None:
    stories = [*lone(4, "Noisy"), *lone(4, "Other")]
    edition = composed(stories, subscriptions=subscribe("Noisy", only=("report 1", "report 2"), skip=("report 2",)))
    assert Counter(story.lead.feed for story in shown(edition)) == {"Noisy": 1, "Other": 4}
    assert (edition.items, edition.stories, edition.left_out, causes(edition)) == (5, 5, 0, {Place.SKIPPED: 3})
    assert left_out(edition) == "Not shown here: 3 skipped."


def test_what_a_feed_skips_counts_in_no_story() -> None:
    old = make_item("Horoscope of the dam", "A", first_seen=BEFORE)
    edition = composed([make_story(old, *told_by("B", "C").items)], subscriptions=subscribe("A", skip=("horoscope",)))
    assert (shown(edition)[0].reports, shown(edition)[0].voices) == (2, 2)


def test_a_pattern_that_takes_too_long_is_told_with_its_place_and_the_rest_goes_on() -> None:
    items = [make_item("a" * 900 + "!", "A"), make_item("Dam", "A")]
    feeds = {items[0].feed_id: Feed(url="https://a.example/feed", title="Alpha", skip=("/(a+)+$/", "dam"))}
    marks = mark(Digest(mute=("/(a+)+$/",)), feeds, items)
    assert marks.skipped == {items[1].id}
    assert [line.partition(" took")[0] for line in marks.slow] == [
        "digests.daily.mute: the pattern /(a+)+$/",
        "skip of the feed Alpha: the pattern /(a+)+$/",
    ]
    assert all("write a simpler one" in line for line in marks.slow)


# --- What was told before -----------------------------------------------------------------------


def test_a_story_told_before_does_not_come_again_for_a_late_copy() -> None:
    original = make_item("Dam breaks", "A", summary=TEXT, first_seen=BEFORE, published=BEFORE)
    late = make_item("Dam breaks", "B", summary=TEXT)
    story = make_story(original, late)
    edition = composed([replace(story, told=True), *lone(5)])
    assert story.id not in {one.story_id for one in shown(edition)}
    assert (edition.left_out, causes(edition), left_out(edition)) == (
        1,
        {Place.REPEATED: 1},
        "Not shown here: 1 reprint.",
    )
    assert story.id in {one.story_id for one in shown(composed([story, *lone(5)]))}, "for who was never told, it is new"


@pytest.mark.parametrize(
    "late",
    [
        make_item("Look", "Skimmer", url="https://a.example/dam"),
        make_item("dam  BREAKS", "A", summary=TEXT, url="https://a.example/dam?again"),
    ],
    ids=["the same page", "the outlet's own words again"],
)
def test_neither_a_link_to_the_same_page_nor_the_same_words_are_news(late: Item) -> None:
    original = make_item(
        "Dam breaks", "A", summary=TEXT, url="https://a.example/dam", first_seen=BEFORE, published=BEFORE
    )
    edition = composed([make_story(original, late, told=True), *lone(5)])
    assert causes(edition) == {Place.REPEATED: 1}


def test_an_original_that_comes_after_its_copies_is_no_news_though_dated_before_them() -> None:
    copy = make_item("Dam breaks", "B", summary=TEXT, first_seen=BEFORE, published=BEFORE)
    original = make_item("Dam breaks", "A", summary=TEXT, published=BEFORE - 3 * HOUR)
    own = make_item(
        "Builder of the dam resigns", "A", summary="Dana Brook, who built it, resigned on Saturday evening."
    )
    edition = composed([make_story(copy, original, told=True), *lone(5)])
    assert causes(edition) == {Place.REPEATED: 1}
    assert causes(composed([make_story(copy, original, own, told=True), *lone(5)])) == {}, "beside news it is shown"


def test_a_copy_beside_a_muted_report_is_no_news_either() -> None:
    original = make_item("Dam breaks", "A", summary=TEXT, first_seen=BEFORE, published=BEFORE)
    story = make_story(original, make_item("Dam breaks", "B", summary=TEXT), make_item("Royal dam", "C"), told=True)
    edition = composed([story, *lone(5)], mute=("royal",))
    assert story.id not in {one.story_id for one in shown(edition)}
    assert causes(edition) == {Place.REPEATED: 1, Place.MUTED_WORD: 1}


def test_a_story_told_before_with_a_report_of_its_own_comes_with_its_copies() -> None:
    original = make_item("Dam breaks", "A", summary=TEXT, first_seen=BEFORE, published=BEFORE)
    story = make_story(
        original, make_item("Dam breaks", "B", summary=TEXT), make_item("Builder resigns", "C"), told=True
    )
    [told] = [one for one in shown(composed([story, *lone(5)])) if one.story_id == story.id]
    assert (told.lead.outlet, [item.copy for item in told.others]) == ("C", [True])


def test_an_edition_of_an_older_version_says_how_much_it_left_out() -> None:
    edition = replace(composed(lone(6)), left_out=14)
    assert left_out(frozen.loads(frozen.dumps(edition)), folded=True) == "Not shown here: 14 more."


# --- Every new item has one place ---------------------------------------------------------------

FEEDS = ("Harbour Times", "Quiet Review", "Valley Wire", "Coast Daily", "Rain Notes", "Noisy")
SETTINGS = {
    **subscribe("Valley Wire", starred=True),
    **subscribe("Noisy", only=("dam", "/hous/"), skip=("is it",)),
}


@st.composite
def _items(draw: st.DrawFn) -> Item:
    feed = draw(st.sampled_from(FEEDS))
    return make_item(
        draw(st.sampled_from(("Velmora dam breaks", "300 houses flooded", "Is it over?", "Royal dam", "Ferry", ""))),
        feed,
        summary=draw(st.sampled_from(("", TEXT, "Engineers in Velmora closed the valley road on Friday morning."))),
        first_seen=SLOT - draw(st.integers(-2, 30)) * HOUR,
        published=SLOT - draw(st.integers(0, 60)) * HOUR,
        backlog=draw(st.booleans()) and draw(st.booleans()),
        private=feed == "Quiet Review",
        section="Science" if feed == "Coast Daily" else "World",
    )


@st.composite
def _stories(draw: st.DrawFn) -> list[Story]:
    made = draw(st.lists(st.lists(_items(), min_size=1, max_size=5), max_size=14))
    return [
        make_story(
            *items, thread_id=draw(st.sampled_from((1, 2, 3, *range(900_000, 900_006)))), told=draw(st.booleans())
        )
        for items in made
    ]


def _reports(story: EditionStory) -> list[int]:
    return [item.item_id for item in (story.lead, *story.others)]


def _is_true(reason: str, items: list[Item], by_copy: set[int]) -> bool:
    """Whether stored data say what a reason says; ``items`` are those of its story that no word keeps out."""
    new = [item for item in items if WINDOW.since <= item.first_seen < WINDOW.until and not item.backlog]
    own = [item for item in new if item.id not in by_copy]
    first = min(items, key=lambda item: (item.published, item.id))
    if found := re.fullmatch(r"day (\d+) of this story(?:, thread since \d+ \w+)?: (\d+) new reports?", reason):
        span = max(item.published for item in new).date() - min(item.published for item in items).date()
        return (int(found[1]), int(found[2])) == (span.days + 1, len(own))
    if found := re.fullmatch(r"(\d+) new reports?, (\d+) in all", reason):
        return (int(found[1]), int(found[2])) == (len(own), len(items)) and len(items) > len(new)
    if found := re.fullmatch(r"(\d+) of your feeds", reason):
        return 1 < int(found[1]) == len({item.feed_id for item in items if item.id not in by_copy})
    if found := re.fullmatch(r"thread since \d+ \w+: (\d+) new reports? from (\d+) outlets?", reason):
        return int(found[1]) >= len(own)
    if reason == "matches “ferry”":
        return any("ferry" in item.title.casefold() for item in own)
    if reason == "first report from a starred feed":
        return first.starred and first in new
    if reason == "from a starred feed":
        return any(item.starred for item in own)
    if found := re.fullmatch(r"(\d+) new reports?", reason):
        return int(found[1]) == len(new)
    return False


@settings(max_examples=100)
@given(_stories(), st.integers(1, 7))
def test_every_top_story_has_one_reason_and_it_is_true_in_the_mail_and_on_the_page(
    stories: list[Story], top: int
) -> None:
    stars = {make_item(feed="Valley Wire").feed_id}
    edition = composed(stories, top=top, follow=("ferry",), subscriptions=subscribe("Valley Wire", starred=True))
    by_story = {story.id: [replace(item, starred=item.feed_id in stars) for item in story.items] for story in stories}
    for one, is_open in [*((one, False) for one in edition.top), *((one, True) for one in public(edition).top)]:
        items = [item for item in by_story[one.story_id] if not (is_open and item.private)]
        weighed, _ = weigh(make_story(*by_story[one.story_id], id=one.story_id), WINDOW, voices, wire, Marks(), (), ())
        assert weighed is not None
        assert one.reason is not None
        assert _is_true(one.reason, items, set(weighed.copies)), one.reason


def test_a_private_report_is_no_reason_that_the_page_tells() -> None:
    story = make_story(
        make_item("Ferry sinks", "Secret", private=True, published=SLOT - 9 * HOUR),
        make_item("Ship sinks", "A"),
        make_item("Boat sinks", "B"),
    )
    star = subscribe("Secret", starred=True)
    for options, mail, page in (
        ({"follow": ("ferry",)}, "3 of your feeds", "2 of your feeds"),
        ({}, "3 of your feeds", "2 of your feeds"),
    ):
        edition = composed([story, *lone(5)], subscriptions=star, **options)
        assert (edition.top[0].reason, public(edition).top[0].reason) == (mail, page)
    two = make_story(*story.items[:2])
    for options, mail in (({"follow": ("ferry",)}, "matches “ferry”"), ({}, "first report from a starred feed")):
        edition = composed([two, *lone(5)], subscriptions=star, **options)
        assert (edition.top[0].reason, public(edition).top[0].reason) == (mail, "1 new report")


def test_one_feed_that_gathers_two_outlets_is_not_told_as_two_feeds() -> None:
    gathered = [make_item(title, "Gatherer", outlet=f"{title}.example") for title in ("Dam", "Wall")]
    [told] = composed([make_story(*gathered), *lone(5)]).top
    assert told.reason == "2 independent outlets"


def test_two_feeds_of_one_outlet_are_not_told_as_two() -> None:
    story = make_story(
        make_item("Dam breaks", "Harbour World", outlet="harbour.example", published=SLOT - 5 * HOUR),
        make_item("Dam broke; Velmora under water", "Harbour Politics", outlet="harbour.example"),
    )
    [told] = composed([story, *lone(5)], subscriptions=subscribe("Harbour Politics", starred=True)).top
    assert told.reason == "from a starred feed"


def test_what_cannot_be_found_is_not_counted_in_subject_preview_or_page() -> None:
    stories = [
        *lone(14, "Flood"),
        *lone(3, "Royal"),
        told_by("A", "B"),
        make_story(make_item("Secret plan", "Inside", private=True)),
    ]
    edition = composed(stories, per_feed=10, mute=("royal",))
    assert (edition.items, edition.stories) == (20, 19)
    assert "(+15 stories" in subject(found(edition))
    assert "17 new items, 16 stories" in preview(found(edition))
    page = found(public(edition))
    assert (page.items, page.stories, page.outlets) == (16, 15, 3)


@settings(max_examples=150)
@given(_stories(), st.integers(0, 3), st.integers(1, 3), st.randoms(use_true_random=False))
def test_every_new_item_is_shown_or_folded_or_counted_with_its_cause(
    stories: list[Story], top: int, per_feed: int, chance: random.Random
) -> None:
    options: dict[str, Any] = {
        "top": top,
        "per_feed": per_feed,
        "mute": ("royal",),
        "follow": ("ferry",),
        "muted": {3},
        "subscriptions": SETTINGS,
        "seldom": {make_item(feed="Rain Notes").feed_id},
    }
    edition = composed(stories, **options)
    by_id = {item.id: item for story in stories for item in story.items}
    new = {
        number for number, item in by_id.items() if WINDOW.since <= item.first_seen < WINDOW.until and not item.backlog
    }
    lines = [story for section in edition.sections for story in section.stories]
    rest = [one for section in edition.sections for story in section.rest for one in (story, *story.related)]
    entries = [one for story in (*edition.top, *lines) for one in (story, *story.related)]
    told = [number for story in entries for number in _reports(story)]
    folded = [number for story in rest for number in _reports(story)]
    omitted = [one.item_id for one in edition.omitted]

    assert sorted(told + folded + omitted) == sorted(new), "each new item once, and no other"
    skipped = causes(edition)[Place.SKIPPED]
    assert edition.items == len(new) - skipped
    assert edition.left_out == len(folded) + len(omitted) - skipped
    assert edition.items == len(told) + edition.left_out

    where = places(edition)
    assert set(where) == new
    by_place = Counter(where.values())
    assert by_place[Place.LEAD] == len(edition.top) + len(lines)
    assert by_place[Place.REST] == len(folded)
    assert Counter(one.place for one in edition.omitted) == {
        place: count for place, count in by_place.items() if place in (
            Place.SKIPPED, Place.MUTED_WORD, Place.MUTED_THREAD, Place.REPEATED)
    }  # fmt: skip

    threads = [story.thread_id for story in (*edition.top, *lines)]
    assert len(threads) == len(set(threads)), "a thread is told in one entry"
    held = {"Valley Wire", "Rain Notes"}
    taken = Counter(story.lead.feed for story in lines if story.lead.feed not in held)
    assert max(taken.values(), default=0) <= per_feed or len(edition.top) + len(lines) <= FLOOR
    assert "Quiet Review" not in str(public(edition))
    assert frozen.loads(frozen.dumps(edition)) == edition

    mixed = [replace(story, items=tuple(chance.sample(story.items, len(story.items)))) for story in stories]
    chance.shuffle(mixed)
    assert composed(mixed, **options) == edition


# --- A huge day ---------------------------------------------------------------------------------


WORDS = [
    f"{first}{second}" for first in ("har", "vel", "mo", "ost", "tes", "nor") for second in ("bour", "mora", "rand")
]


def a_huge_day(count: int) -> list[Story]:
    """Real-looking items: a title, two hundred characters of address, three hundred of summary, from 40 feeds."""
    chance = random.Random(7)
    room = Newsroom()
    stories: list[Story] = []
    made = 0
    while made < count:
        feeds = chance.sample(range(40), min(chance.choice((1, 1, 1, 1, 1, 2, 3, 9)), count - made))
        made += len(feeds)
        stories.append(room.story(*(_huge_report(room, len(stories), feed, chance) for feed in feeds)))
    return stories


def _huge_report(room: Newsroom, story: int, feed: int, chance: random.Random) -> Item:
    town = f"Town{story % 70}"
    return room.item(
        f"Report {story} of the council of {town} on the long road to a new harbour",
        f"Feed {feed}",
        chance.randrange(1, 1400) / 60,
        url=f"https://www.feed{feed}.example/2023/10/13/{'a-long-address-' * 11}{story}",
        section=("World", "Science", "Culture", "Sport")[feed % 4],
        summary=f"The council of {town} met. {' '.join(chance.choices(WORDS, k=45)).capitalize()}.",
    )


HUGE = a_huge_day(2000)


def test_a_day_of_two_thousand_items_with_forty_words_keeps_its_caps_and_stays_small() -> None:
    words = {"follow": tuple(f"word {n}" for n in range(20)), "mute": tuple(f"/\\bpat{n}\\w+/" for n in range(20))}
    edition = composed(HUGE, **words)
    assert edition.items == 2000
    assert (len(edition.top), len(edition.sections)) == (7, 4)
    assert edition.left_out == 2000 - sum(len(_reports(story)) for story in shown(edition))
    assert max(Counter(story.lead.feed for section in edition.sections for story in section.stories).values()) == 10
    assert len(frozen.dumps(edition).encode()) < 2_000_000


def test_two_digests_that_share_feeds_each_count_what_is_theirs() -> None:
    stories = [told_by("A", "B"), *lone(6, "A"), *lone(6, "B")]
    only_b = [
        replace(story, items=tuple(item for item in story.items if item.feed == "B"))
        for story in stories
        if any(item.feed == "B" for item in story.items)
    ]
    both, small = composed(stories), composed(only_b, name="small", mute=("lone report 1",))
    assert (both.items, both.top[0].reports) == (14, 2)
    assert (small.items, small.top, causes(small)) == (7, (), {Place.MUTED_WORD: 1})


def test_a_thread_says_when_this_digest_told_of_it_last() -> None:
    story = make_story(
        *told_by("A", "B").items, thread_since=SLOT - timedelta(days=79), shown=Shown(date(2023, 9, 14), 1, 1, 6)
    )
    [told] = composed([story, *lone(3)]).top
    assert (told.earlier, told.thread_since) == ("2023/09/14/", date(2023, 7, 26))

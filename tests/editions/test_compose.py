"""Composing: what is new, what stands first, what is left out, and that every number is true."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.nouns import SLOT, WINDOW, make_feed, make_item, make_story

from digest.config import Digest
from digest.editions.compose import compose
from digest.editions.phrases import shown
from digest.editions.prepare import public
from digest.model import Edition, FeedState, Item, Shown, Story, Window, Wire

BEFORE = WINDOW.since - timedelta(hours=2)
HOUR = timedelta(hours=1)


def by_text(items: Sequence[Item]) -> tuple[tuple[Item, ...], ...]:
    """Voices for tests: a summary that begins with WIRE is one voice, else an outlet is."""
    found: dict[str, list[Item]] = defaultdict(list)
    for item in sorted(items, key=lambda item: (item.published, item.id)):
        found[item.summary if item.summary.startswith("WIRE") else item.outlet].append(item)
    return tuple(map(tuple, found.values()))


def by_outlets(voice: Sequence[Item]) -> Wire | None:
    """Wires for tests: a voice of several outlets prints AP."""
    outlets = {item.outlet for item in voice}
    return Wire("AP", len(outlets)) if len(outlets) > 1 else None


def composed(*stories: Story, feeds: Sequence[FeedState] = (), **changes: Any) -> Edition:
    settings = {name: changes.pop(name) for name in list(changes) if name in Digest.__dataclass_fields__}
    known: dict[str, Any] = {
        "slot": SLOT,
        "ordinal": 1,
        "number": 2,
        "window": WINDOW,
        "stories": stories,
        "feeds": feeds,
        "voices": by_text,
        "wire": by_outlets,
        "next_slot": SLOT + timedelta(days=1),
    }
    return compose(Digest(**settings), **{**known, **changes})


def lone(count: int, feed: str = "Quiet Review", section: str = "World", **changes: Any) -> list[Story]:
    """Stories of one item each, the first the newest."""
    return [
        make_story(make_item(f"Lone report {n} of {feed}", feed, section=section, published=SLOT - n * HOUR, **changes))
        for n in range(1, count + 1)
    ]


def told_by(*feeds: str, title: str = "Dam breaks above Velmora", **changes: Any) -> Story:
    return make_story(*(make_item(f"{title}, says {feed}", feed, **changes) for feed in feeds))


def titles(edition: Edition) -> list[str]:
    return [story.lead.title for story in shown(edition)]


# --- What is new --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first_seen", "new"),
    [
        (WINDOW.since - timedelta(microseconds=1), 0),
        (WINDOW.since, 1),
        (WINDOW.until - timedelta(microseconds=1), 1),
        (WINDOW.until, 0),
    ],
)
def test_the_window_holds_its_first_moment_and_not_its_last(first_seen: datetime, new: int):
    assert composed(make_story(make_item(first_seen=first_seen))).items == new


def test_windows_that_join_show_each_item_once():
    story = make_story(*(make_item(f"Report {n}", first_seen=WINDOW.since + n * HOUR) for n in range(48)))
    middle = WINDOW.since + 24 * HOUR
    first = composed(story, window=Window(WINDOW.since, middle))
    second = composed(story, window=Window(middle, middle + 24 * HOUR))
    ids = [{one.item_id for told in shown(edition) for one in (told.lead, *told.others)} for edition in (first, second)]
    assert ids[0] | ids[1] == {item.id for item in story.items}
    assert not ids[0] & ids[1]


def test_a_publishers_date_decides_nothing():
    old = make_item(published=SLOT - timedelta(days=400))
    assert composed(make_story(old)).items == 1


def test_the_second_edition_shows_only_what_is_new_of_a_story():
    old = make_item("Dam breaks above Velmora", "Harbour Times", first_seen=BEFORE)
    news = make_item("Velmora dam: 300 houses flooded", "Quiet Review")
    edition = composed(make_story(old, news))
    [told] = shown(edition)
    assert told.lead.title == "Velmora dam: 300 houses flooded"
    assert told.others == ()
    assert (told.reports, told.outlets) == (2, ("Quiet Review", "Harbour Times"))
    assert (edition.items, edition.stories) == (1, 1)


def test_yesterdays_story_without_news_does_not_come_again():
    edition = composed(told_by("Harbour Times", "Quiet Review", first_seen=BEFORE), *lone(6))
    assert "Dam breaks above Velmora" not in str(titles(edition))
    assert edition.stories == 6


def test_the_backlog_of_a_first_poll_is_never_shown():
    backlog = [make_story(make_item(f"Old {n}", backlog=True)) for n in range(50)]
    edition = composed(*backlog)
    assert (edition.items, edition.stories, edition.left_out, shown(edition)) == (0, 0, 0, [])


def test_backlog_of_a_story_counts_as_known_and_not_as_new():
    backlog = make_item("Dam breaks", "Harbour Times", backlog=True)
    edition = composed(make_story(backlog, make_item("Dam: 300 houses flooded", "Quiet Review")))
    assert edition.items == 1
    assert shown(edition)[0].reports == 2


def test_nothing_new_is_an_edition_without_items():
    edition = composed(feeds=[make_feed()])
    assert (edition.items, edition.top, edition.sections, edition.notices) == (0, (), (), ())


# --- What stands first --------------------------------------------------------------------------


def test_stories_of_several_voices_stand_on_top_those_with_most_first():
    edition = composed(
        told_by("Harbour Times", "Quiet Review", title="Two tell"),
        told_by("Harbour Times", "Quiet Review", "Valley Wire", title="Three tell"),
        *lone(3),
    )
    assert [story.voices for story in edition.top] == [3, 2]
    assert [len(section.stories) for section in edition.sections] == [3]


def test_voices_with_news_count_before_voices_in_all():
    going_on = make_story(
        *(make_item(f"Old {feed}", feed, first_seen=BEFORE) for feed in ("A", "B", "C", "D")),
        make_item("Still on", "E"),
    )
    fresh = told_by("A", "B", title="Fresh")
    edition = composed(going_on, fresh, *lone(3))
    assert [story.voices for story in edition.top] == [2, 5]


def test_of_equals_the_fresher_stands_first_then_the_older_story():
    older = told_by("A", "B", title="Older", published=SLOT - 5 * HOUR)
    fresher = told_by("A", "B", title="Fresher", published=SLOT - HOUR)
    twin = told_by("A", "B", title="Twin", published=SLOT - HOUR)
    edition = composed(older, twin, fresher)
    assert [title.partition(",")[0] for title in titles(edition)] == ["Fresher", "Twin", "Older"]


def test_no_more_than_the_digests_top_and_the_rest_goes_to_its_section():
    stories = [told_by("A", "B", title=f"Story {n}") for n in range(5)]
    edition = composed(*stories, top=3)
    assert len(edition.top) == 3
    assert [len(section.stories) for section in edition.sections] == [2]
    assert composed(*stories, top=0).top == ()


def test_one_outlet_alone_never_makes_a_top_story():
    assert composed(make_story(*(make_item(f"Report {n}") for n in range(9)))).top == ()


def test_the_lead_is_the_headline_that_says_most():
    story = make_story(
        make_item("What we know about the dam?", "A"),
        make_item("Velmora dam breaks, 300 houses flooded, Mayor Arlen says", "B"),
        make_item("DAM BREAKS", "C"),
        make_item("", "D"),
    )
    [told] = composed(story, *lone(2)).top
    assert told.lead.outlet == "B"
    assert told.outlets[0] == "B"


def test_the_other_reports_come_newest_first():
    story = make_story(*(make_item("Dam", feed, published=SLOT - n * HOUR) for n, feed in enumerate("ABCDE", 1)))
    [told] = composed(story).top
    published = [item.published for item in told.others]
    assert published == sorted(published, reverse=True)


# --- Copies -------------------------------------------------------------------------------------


def test_wire_copies_count_once():
    own = make_item("Velmora dam breaks", "Harbour Times", published=SLOT - 9 * HOUR)
    wire = [
        make_item("Dam gives way in Velmora", feed, summary="WIRE", published=SLOT - n * HOUR)
        for n, feed in enumerate(("Coast Daily", "Valley Wire", "Northern Courier"), 2)
    ]
    [told] = composed(make_story(own, *wire), *lone(1)).top
    assert (told.voices, told.copies, told.reports) == (2, 2, 4)
    assert sorted(told.outlets) == ["Harbour Times", "Northern Courier"]
    assert {item.outlet for item in told.others if item.copy} == {"Coast Daily", "Valley Wire"}
    assert told.reason == "2 of your feeds", "those that copy are not counted"


def test_a_story_of_nothing_but_copies_is_one_voice():
    story = told_by("A", "B", "C", summary="WIRE one text for all")
    edition = composed(story, *lone(3))
    assert edition.top == ()
    assert [one.outlets for one in shown(edition) if one.story_id == story.id] == [("A",)]


def test_a_copy_leads_only_among_copies():
    original = make_item("Dam", "A", summary="WIRE", first_seen=BEFORE)
    copy = make_item("Velmora dam breaks, 300 houses flooded", "B", summary="WIRE")
    own = make_item("a dam", "C")
    assert shown(composed(make_story(original, copy, own)))[0].lead.outlet == "C"
    [told] = shown(composed(make_story(original, copy)))
    assert (told.lead.outlet, told.lead.copy, told.copies, told.outlets) == ("B", True, 1, ("B",))


def test_new_copies_of_an_old_report_make_no_top_story():
    old = [make_item("Dam", feed, summary=text, first_seen=BEFORE) for feed, text in (("A", "WIRE"), ("B", ""))]
    story = make_story(*old, make_item("Dam again", "C", summary="WIRE"))
    edition = composed(story, *lone(5))
    assert edition.top == ()
    assert story.id in {one.story_id for one in shown(edition)}


def test_one_address_in_two_feeds_is_one_report():
    url = "https://harbourtimes.example/dam"
    story = make_story(
        make_item(feed="Harbour Times", url=url), make_item(feed="Skimmer", url=url), make_item(feed="C")
    )
    told = shown(composed(story))[0]
    assert (told.voices, told.copies, len(told.outlets)) == (2, 1, 2)


def test_a_feed_that_links_one_page_for_everything_repeats_nothing():
    url = "https://warnings.example/"
    story = make_story(*(make_item(f"Storm warning {n}", "Warnings", url=url) for n in range(3)))
    assert shown(composed(story))[0].copies == 0


# --- Sections and caps --------------------------------------------------------------------------


def test_sections_stand_in_the_digests_order_with_the_operators_words():
    stories = [*lone(3, "A", "World"), *lone(3, "B", "Science")]
    edition = composed(*stories, sections=("Science", "World"), blurbs={"World": "Far *away*."})
    assert [(section.name, section.blurb) for section in edition.sections] == [
        ("Science", None),
        ("World", "Far *away*."),
    ]


def test_without_an_order_sections_stand_as_the_feeds_do():
    stories = [*lone(3, "A", "World"), *lone(3, "B", "Science"), *lone(3, "C", "Culture")]
    edition = composed(*stories, feeds=[make_feed("B"), make_feed("C"), make_feed("A")])
    assert [section.name for section in edition.sections] == ["Science", "Culture", "World"]


def test_a_feed_takes_no_more_lines_than_its_cap_and_the_rest_is_counted():
    edition = composed(*lone(14, "Flood"), *lone(2, "Quiet Review"), per_feed=10)
    [section] = edition.sections
    assert sum(story.lead.feed == "Flood" for story in section.stories) == 10
    assert section.more == (("Flood", 4),)
    assert (edition.left_out, edition.items) == (4, 16)
    assert titles(edition)[0].startswith("Lone report 1"), "the freshest lines stay"


def test_the_cap_holds_over_all_sections():
    edition = composed(
        *lone(8, "Flood", "World"), *lone(8, "Flood", "Science"), sections=("World", "Science"), per_feed=12
    )
    assert [len(section.stories) for section in edition.sections] == [8, 4]
    assert edition.left_out == 4


def test_other_reports_of_a_shown_story_are_not_left_out():
    edition = composed(told_by("A", "B", "C"), *lone(3))
    assert (edition.items, edition.left_out) == (6, 0)


def test_fewer_than_five_new_items_are_one_list():
    edition = composed(told_by("A", "B", section="World"), *lone(1, section="Science"), *lone(1, section="World"))
    assert edition.top == ()
    assert [(section.name, len(section.stories)) for section in edition.sections] == [("", 3)]
    assert len(composed(told_by("A", "B"), *lone(3)).top) == 1


# --- Private reports ----------------------------------------------------------------------------


def test_private_stays_marked_on_each_report():
    story = make_story(make_item(feed="A", private=True), make_item("Velmora dam: 300 houses", "B"))
    [told] = shown(composed(story))
    assert {item.outlet: item.private for item in (told.lead, *told.others)} == {"A": True, "B": False}


def test_a_gist_comes_from_a_public_report_where_one_has_it():
    text = "Engineers in Velmora closed the valley road on {} after the wall gave way."
    story = make_story(
        make_item(feed="A", private=True, summary=text.format("Friday")),
        make_item(feed="B", summary=text.format("Monday")),
    )
    [told] = composed(story, *lone(3)).top
    assert told.gist_outlet == "B"


def test_private_feeds_are_not_named_by_what_the_public_page_keeps():
    old = make_item(feed="Secret Letter", private=True, first_seen=BEFORE)
    going_on = make_story(old, make_item("Dam: 300 houses", "B"), make_item("Dam again", "C"))
    edition = composed(going_on, *lone(12, "Secret Letter", private=True))
    assert "Secret Letter" not in edition.top[0].outlets
    assert edition.sections[0].more == ()
    assert edition.left_out == 2


def test_older_private_reports_are_not_counted_where_the_public_page_would_count_them():
    old = [make_item(feed=name, private=name == "Secret", first_seen=BEFORE) for name in ("Secret", "Open")]
    new = [make_item("Dam: 300 houses", "B"), make_item("Dam again", "Secret", private=True)]
    edition = composed(make_story(*old, *new))
    assert [one.reports for one in shown(edition)] == [3]
    assert [one.reports for one in shown(public(edition))] == [2]
    assert [one.reports for one in shown(composed(make_story(*old, new[1])))] == [3], "told to the owner alone"


# --- Days and reasons ---------------------------------------------------------------------------


def test_a_story_that_goes_on_says_its_day_and_its_news():
    old = make_item(
        feed="A", first_seen=WINDOW.since - timedelta(days=1), published=datetime(2023, 10, 11, 9, tzinfo=UTC)
    )
    new = [make_item("Dam", feed, published=datetime(2023, 10, 13, 6, tzinfo=UTC)) for feed in ("B", "C")]
    [told] = shown(composed(make_story(old, *new)))
    assert (told.day, told.since.isoformat()) == (3, "2023-10-11")
    assert told.reason == "day 3 of this story: 2 new reports"


def test_days_are_counted_in_the_digests_zone():
    items = [make_item(published=datetime(2023, 10, 12, hour, tzinfo=UTC)) for hour in (14, 16)]
    assert shown(composed(make_story(*items)))[0].day == 1
    assert shown(composed(make_story(*items), timezone="Asia/Tokyo"))[0].day == 2


def test_a_second_edition_of_one_day_says_what_came_since():
    old = make_item(feed="A", first_seen=BEFORE, published=datetime(2023, 10, 13, 4, tzinfo=UTC))
    new = make_item(feed="B", published=datetime(2023, 10, 13, 6, tzinfo=UTC))
    assert shown(composed(make_story(old, new)))[0].reason == "1 new report, 2 in all"


def test_a_story_of_last_night_is_not_said_to_go_on():
    story = make_story(*(make_item(feed=feed, published=SLOT - n * 8 * HOUR) for n, feed in enumerate("ABC")))
    [told] = shown(composed(story))
    assert (told.day, told.reason) == (2, "3 of your feeds")


def test_feeds_are_told_from_three_on():
    assert shown(composed(told_by("A", "B")))[0].reason is None
    assert shown(composed(told_by("A", "B", "C", "D", "E")))[0].reason == "5 of your feeds"


# --- Titles and minutes -------------------------------------------------------------------------


def test_a_missing_title_is_the_texts_first_words_or_the_address():
    text = "The northern wall of the dam above Velmora gave way shortly before dawn and flooded three hundred houses."
    assert shown(composed(make_story(make_item("", summary=text))))[0].lead.title == (
        "The northern wall of the dam above Velmora gave way shortly before dawn and…"
    )
    assert (
        shown(composed(make_story(make_item(" \u200b ", url="https://a.example/7"))))[0].lead.title
        == "https://a.example/7"
    )
    assert shown(composed(make_story(make_item("", url=None))))[0].lead.title == "(no title)"


def test_a_title_made_of_emoji_is_not_cut_inside_one():
    title = shown(composed(make_story(make_item("", summary="👩‍👩‍👧" * 40))))[0].lead.title
    assert title.removesuffix("…").replace("👩‍👩‍👧", "") == ""


@pytest.mark.parametrize(("words", "expected"), [(None, None), (12, 1), (220, 1), (900, 4)])
def test_a_report_takes_minutes_where_its_words_are_known(words: int | None, expected: int | None):
    assert shown(composed(make_story(make_item(words=words))))[0].lead.minutes == expected


def test_an_editions_minutes_count_its_own_text():
    assert composed(*lone(3, words=90_000)).minutes == 1
    headline = "Eleven words about the dam above Velmora and the wide valley {}"
    edition = composed(*(make_story(make_item(headline.format(n), f"Feed {n}")) for n in range(100)))
    assert edition.minutes == round(100 * (12 + 2) / 220)


def test_the_operators_own_words_are_read_too():
    said = "A word of the house. " * 88
    assert composed(*lone(6), intro=said).minutes == 2
    assert composed(*lone(6), blurbs={"World": said}, footer=said).minutes == 4


def test_ideographs_are_read_at_their_own_pace():
    edition = composed(*(make_story(make_item("北" * 98, f"新報{n}")) for n in range(50)))
    assert edition.minutes == 10


# --- Feeds and notices --------------------------------------------------------------------------

DOWN = {"failures": 3, "failing_since": SLOT - timedelta(days=2), "last_status": None}


def failing(since, **more):
    return make_feed("D", failures=9, failing_since=since, last_status=404, last_error="404 Not Found", **more)


def told(feed, window=WINDOW, number=2):
    """The feeds that an edition names, and how many answered."""
    edition = composed(feeds=[make_feed("A"), make_feed("B"), make_feed("C"), feed], window=window, number=number)
    return [one.title for one in edition.troubles], edition.feeds_answered


def test_an_edition_always_says_how_many_feeds_answered():
    feeds = [make_feed("A"), make_feed("B"), make_feed("C"), failing(SLOT - timedelta(days=2))]
    edition = composed(feeds=[*feeds, make_feed("New", last_success=None, last_try=None)])
    assert (edition.feeds, edition.feeds_answered, edition.troubles, edition.notices) == (5, 3, (), ())


def test_a_feed_is_named_once_when_it_has_failed_for_two_weeks():
    since = SLOT - timedelta(days=14, hours=3)
    days = [Window(SLOT + timedelta(days=n - 1), SLOT + timedelta(days=n)) for n in range(-1, 3)]
    assert [told(failing(since), day)[0] for day in days] == [[], ["D"], [], []]
    assert told(failing(since), days[3], number=1) == (["D"], 3), "a first edition also tells what is older"


def test_a_feed_that_is_gone_is_named_at_once_and_once():
    gone = failing(SLOT - timedelta(hours=5), stopped=SLOT - timedelta(hours=2))
    assert told(gone) == (["D"], 3)
    assert told(gone, Window(SLOT, SLOT + timedelta(days=1))) == ([], 3)


def test_a_feed_that_recovered_before_it_was_named_is_not_named():
    assert told(make_feed("D", failing_since=None)) == ([], 4)


def test_a_move_is_told_once_and_a_private_feed_is_not_named():
    moved = {"moved": SLOT - timedelta(hours=2), "moved_to": "https://new.example/feed?token=1"}
    plain, hidden = make_feed("Old", **moved), make_feed("Secret", private=True, **moved)
    twin = make_feed("Twin", merged_into=make_feed("A").id, **moved)
    edition = composed(feeds=[make_feed("A"), plain, hidden, twin], number=2)
    assert edition.notices == (
        "Old has moved for good and is asked at its new address, new.example.",
        "A private feed has moved for good and is asked at its new address.",
        "Twin now leads to another feed that you read: it is no longer asked itself and can be removed.",
    )
    assert (edition.feeds, edition.feeds_answered) == (3, 3), "the twin is not asked"
    later = Window(SLOT, SLOT + timedelta(days=1))
    assert composed(feeds=[plain, hidden, twin], window=later, number=3).notices == ()


def test_more_than_a_quarter_failing_is_said_at_the_top():
    broken = make_feed("B", failures=1, last_status=404, last_error="404 Not Found: check the address")
    edition = composed(feeds=[make_feed("A"), make_feed("C"), broken])
    assert edition.notices == ("1 of 3 feeds did not answer. The reason: 404 Not Found: check the address.",)


def test_all_feeds_failing_alike_names_the_network_or_dns():
    names = [
        make_feed(n, **DOWN, last_error=f"{n}.example:443 could not be looked up; is this machine online?")
        for n in "AB"
    ]
    assert "(DNS) is the likely cause" in composed(feeds=names).notices[0]
    cut_off = [make_feed(n, **DOWN, last_error=f"{n}.example:443 cannot be reached") for n in "AB"]
    assert composed(feeds=cut_off).notices == (
        "None of the 2 feeds answered. No server could be reached: this machine's network is the likely cause.",
    )


def test_what_most_failures_have_in_common_is_named():
    lost = [make_feed(n, **DOWN, last_error=f"there is no host called {n}") for n in "ABC"]
    gone = make_feed("D", failures=1, last_status=404, last_error="404 Not Found")
    assert (
        composed(feeds=[*lost, gone])
        .notices[0]
        .startswith("None of the 4 feeds answered. Most names could not be looked up")
    )
    busy = [make_feed(n, failures=1, last_status=503, last_error=f"503 {n}") for n in "ABC"]
    assert composed(feeds=[*busy, gone]).notices == ("None of the 4 feeds answered. Most of them said 503.",)


def test_failures_of_several_kinds_get_no_guess():
    feeds = [make_feed("A", **DOWN, last_error="silent"), make_feed("B", failures=1, last_status=404, last_error="404")]
    assert composed(feeds=feeds).notices == (
        "None of the 2 feeds answered. The reasons differ; `digest status` tells them.",
    )


def test_why_a_private_feed_fails_is_no_notice_and_no_public_trouble():
    hidden = make_feed(
        "H",
        failures=1,
        last_status=302,
        last_error="302: it redirects to nas.lan",
        private=True,
        failing_since=SLOT - timedelta(days=20),
    )
    edition = composed(feeds=[hidden], number=1)
    assert edition.notices == ("The only feed did not answer. `digest status` tells the reason.",)
    assert [trouble.error for trouble in edition.troubles] == ["302: it redirects to nas.lan"], "its owner reads it"
    assert "nas.lan" not in str(public(edition))


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (1, "This edition covers 2 days, since 11 Oct: the edition due on 12 Oct did not come."),
        (2, "This edition covers 3 days, since 10 Oct: the editions due on 11 and 12 Oct did not come."),
        (3, "This edition covers 4 days, since 9 Oct: the editions due on 10, 11 and 12 Oct did not come."),
        (9, "This edition covers 10 days, since 3 Oct: the 9 editions due since 4 Oct did not come."),
    ],
)
def test_a_late_run_says_the_span_it_covers(days: int, expected: str):
    missed = [SLOT - timedelta(days=n) for n in range(days, 0, -1)]
    window = Window(SLOT - timedelta(days=days + 1), SLOT)
    assert composed(make_story(), window=window, missed=missed).notices == (expected,)


# --- The whole ----------------------------------------------------------------------------------


def a_big_day(count: int) -> list[Story]:
    """Stories of one to nine reports by forty feeds in four sections."""
    chance = random.Random(7)
    stories: list[Story] = []
    while sum(len(story.items) for story in stories) < count:
        feeds = chance.sample(range(40), chance.choice((1, 1, 1, 1, 2, 3, 9)))
        stories.append(make_story(*(a_big_days_report(len(stories), feed, chance) for feed in feeds)))
    return stories


def a_big_days_report(story: int, feed: int, chance: random.Random) -> Item:
    town = f"Town{story % 70}"
    return make_item(
        f"Report {story} of the council of {town}",
        f"Feed {feed}",
        section=("World", "Science", "Culture", "Sport")[feed % 4],
        summary=f"The council of {town} met on Friday and voted {feed} to 3 for the dam. Then it rained. " * 3,
        published=SLOT - timedelta(minutes=chance.randrange(1400)),
        words=chance.choice((None, 300)),
    )


def test_a_day_of_two_thousand_items_takes_less_than_a_second():
    stories = a_big_day(2000)
    begun = time.process_time()
    edition = composed(*stories)
    assert time.process_time() - begun < 1
    assert edition.items >= 2000
    assert len(edition.top) == 7


def test_everything_new_is_shown_or_counted():
    edition = composed(*a_big_day(600))
    assert edition.items == edition.left_out + sum(1 + len(story.others) for story in shown(edition))
    rest = [story for section in edition.sections for story in section.rest]
    assert edition.left_out == sum(1 + len(story.others) for story in rest)
    assert len(rest) == sum(count for section in edition.sections for _, count in section.more)


@settings(max_examples=15)
@given(st.randoms(use_true_random=False))
def test_the_order_in_which_stories_come_changes_nothing(chance: random.Random):
    stories = STORIES[:]
    chance.shuffle(stories)
    mixed = [make_story(*story.items, id=story.id) for story in stories]
    assert composed(*mixed) == EDITION


STORIES = a_big_day(120)
EDITION = composed(*STORIES)


def test_a_story_of_three_hundred_reports_is_one_story():
    story = make_story(*(make_item(f"Dam report number {n}", f"Feed {n % 60}") for n in range(300)))
    edition = composed(story, *lone(5))
    assert (edition.top[0].reports, len(edition.top[0].outlets), edition.stories) == (300, 60, 6)


def test_the_edition_carries_what_the_digest_says_of_itself():
    said = {"name": "daily", "title": "Morning paper", "intro": "Hello.", "footer": "Bye.", "language": "de"}
    late = datetime(2023, 10, 12, 23, 0, tzinfo=UTC)
    edition = composed(*lone(1), **said, timezone="Europe/Berlin", slot=late)
    assert (edition.digest, edition.title, edition.intro, edition.footer) == (
        "daily",
        "Morning paper",
        "Hello.",
        "Bye.",
    )
    assert (edition.day.isoformat(), edition.language, edition.path) == ("2023-10-13", "de", "2023/10/13/")


# --- Threads ------------------------------------------------------------------------------------


JULY = datetime(2023, 7, 26, 9, tzinfo=UTC)


def test_a_new_story_of_an_older_thread_says_since_when_it_runs_and_what_is_new() -> None:
    """The thread's memory is the reason: since when, how many new reports, from how many outlets."""
    told = told_by("One", "Two", "Three")
    edition = composed(make_story(*told.items, thread_since=JULY, shown=Shown(date(2023, 9, 14), 1, 1, 6)), *lone(3))
    assert edition.top[0].reason == "thread since 26 July: 3 new reports from 3 outlets"
    assert edition.top[0].thread_since == date(2023, 7, 26)
    assert (edition.top[0].earlier, edition.top[0].earlier_day) == ("2023/09/14/", date(2023, 9, 14))


def test_a_thread_of_an_earlier_year_names_the_year() -> None:
    """ "26 July" alone would be this year's."""
    edition = composed(make_story(*told_by("One", "Two").items, thread_since=JULY.replace(year=2022)), *lone(3))
    assert edition.top[0].reason == "thread since 26 July 2022: 2 new reports from 2 outlets"


def test_a_story_on_its_third_day_names_its_thread_beside() -> None:
    """Day N counts the story's days, the thread says since when the matter runs."""
    old = make_item("Dam leaks", "One", published=SLOT - 50 * HOUR, first_seen=SLOT - 50 * HOUR)
    story = make_story(old, *told_by("Two", "Three").items, thread_since=JULY)
    assert composed(story, *lone(3)).top[0].reason == "day 3 of this story, thread since 26 July: 2 new reports"


def test_a_story_as_old_as_its_thread_does_not_speak_of_a_thread() -> None:
    """A thread of one story is the story."""
    edition = composed(told_by("One", "Two", "Three"), *lone(3))
    assert edition.top[0].reason == "3 of your feeds"
    assert edition.top[0].thread_since is None


def test_a_muted_thread_is_left_out_and_counted() -> None:
    """What was left out is said."""
    quiet, loud = told_by("One", "Two", "Three"), told_by("Four", "Five", title="Ferry runs aground")
    edition = composed(quiet, loud, *lone(3), muted={quiet.thread_id})
    assert [story.story_id for story in edition.top] == [loud.id]
    assert (edition.items, edition.left_out) == (8, 3)


def test_copies_of_a_wire_text_are_told_once_with_the_agency() -> None:
    """Four outlets that print one text are "AP copy in 4 outlets"."""
    wired = [make_item("Dam breaks", feed, summary="WIRE one text") for feed in ("One", "Two", "Three", "Four")]
    edition = composed(make_story(*wired, make_item("Dam is gone", "Five")), *lone(3))
    [wire] = edition.top[0].wires
    assert (wire.agency, wire.outlets, len(wire.copies)) == ("AP", 4, 3)
    assert edition.top[0].voices == 2


def test_a_wire_text_without_a_new_copy_is_not_told_again() -> None:
    """Yesterday's copies were told yesterday."""
    yesterday = {"published": BEFORE, "first_seen": BEFORE, "summary": "WIRE one text"}
    old = [make_item("Dam breaks", feed, **yesterday) for feed in ("One", "Two")]
    edition = composed(make_story(*old, make_item("Dam is gone", "Five"), make_item("Gone", "Six")), *lone(3))
    assert edition.top[0].wires == ()

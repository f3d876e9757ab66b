from __future__ import annotations

import gzip
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threads.cases import stories_of

from digest.model import Bounds, Grouping, Item, Mark, StoryState, TermCounts
from digest.threads.evaluate import evaluate
from digest.threads.explain import shared_terms
from digest.threads.rarity import Learned, weighted
from digest.threads.stories import NOTHING_DECIDED, RETIRES_AFTER, Grouper, group, state

NOON = datetime(2023, 10, 13, 12, tzinfo=UTC)
LABELLED = Path(__file__).parents[3] / "shared" / "threading"

DAM = (
    "Hestrand dam breaks and floods the Ulvenmark valley",
    "Ulvenmark valley flooded as the Hestrand dam breaks",
    "Thousands leave Ulvenmark after Hestrand dam floods valley",
)
OTHERS = (
    "Choir of Quillhaven wins a singing prize in Tessaly",
    "Quaymark shares close lower after a quiet day of trading",
    "Seal pup gets a police escort out of a car park",
)


def item(number: int, title: str, hours: float = 0.0, summary: str = "", language: str = "en") -> Item:
    """Each from an outlet of its own."""
    published = NOON + timedelta(hours=hours)
    outlet = f"outlet{number}.example"
    return Item(number, 1, "Feed", title, None, summary, outlet, "Outlet", language, published, published)


class Memory:
    """What a store keeps between runs, through JSON as a store would."""

    def __init__(self) -> None:
        self.live: dict[int, StoryState] = {}
        self.terms: dict[str, TermCounts] = {}
        self.joined: dict[int, int] = {}
        self.redirects: dict[int, int] = {}
        self.next_id = 1

    def run(self, items: Sequence[Item], bounds: Bounds = NOTHING_DECIDED, alone: Collection[int] = ()) -> Grouping:
        oldest = min((min(one.published, one.first_seen) for one in items), default=NOON)
        known = [
            story for story in self.live.values() if story.last >= oldest - RETIRES_AFTER or story.id in bounds.stories
        ]
        found = group(items, known, self.terms, next_id=self.next_id, bounds=bounds, alone=alone)
        for story in found.stories:
            self.live[story.id] = replace(story, vector=json.loads(json.dumps(story.vector)))
            self.next_id = max(self.next_id, story.id + 1)
        for ended, into in found.merged.items():
            del self.live[ended]
            self.redirects[ended] = into
        for language, after in found.terms.items():
            before = {} if language in found.aged else self.terms.get(language, TermCounts(0, {})).counts
            self.terms[language] = TermCounts(after.documents, {**before, **after.counts})
        self.joined.update(found.joined)
        return found

    def story_of(self, item_id: int) -> int:
        story_id = self.joined[item_id]
        while story_id in self.redirects:
            story_id = self.redirects[story_id]
        return story_id


def joined(items: Iterable[Item]) -> list[int]:
    memory = Memory()
    found = list(items)
    memory.run(found)
    return [memory.story_of(one.id) for one in found]


def test_reports_of_one_event_meet_and_others_stay_alone():
    titles = (*DAM, *OTHERS)
    stories = joined(item(number, title, number / 2) for number, title in enumerate(titles, 1))
    assert stories[0] == stories[1] == stories[2]
    assert len(set(stories)) == 4


def test_a_story_goes_on_in_a_later_run():
    memory = Memory()
    memory.run([item(1, DAM[0]), item(2, OTHERS[0])])
    memory.run([item(3, DAM[1], 3)])
    assert memory.story_of(3) == memory.story_of(1)
    assert memory.live[memory.story_of(1)].size == 2


def test_a_report_four_days_later_opens_a_new_story():
    assert len(set(joined([item(1, DAM[0]), item(2, DAM[0], 97)]))) == 2


def test_a_late_report_still_finds_its_story():
    memory = Memory()
    memory.run([item(1, DAM[0], 20), item(2, OTHERS[0], 20)])
    memory.run([item(3, DAM[1], 2)])
    assert memory.story_of(3) == memory.story_of(1)
    assert memory.live[memory.story_of(1)].first == NOON + timedelta(hours=2)


def test_a_report_from_last_month_does_not_join_todays_story():
    memory = Memory()
    memory.run([item(1, DAM[0]), item(2, OTHERS[0])])
    memory.run([item(3, DAM[0], -700)])
    assert memory.story_of(3) != memory.story_of(1)


def test_a_clock_that_runs_ahead_counts_as_the_time_seen():
    memory = Memory()
    memory.run([replace(item(1, DAM[0], 50), first_seen=NOON)])
    assert memory.live[1].last == NOON


def test_languages_never_meet():
    assert len(set(joined([item(1, DAM[0]), item(2, DAM[0], language="nl")]))) == 2


@pytest.mark.parametrize("title", ["", "!?! ...", "🎉🎉🎉", "the of and"])
def test_items_without_a_word_stand_alone(title):
    assert len(set(joined([item(1, title), item(2, title), item(3, DAM[0])]))) == 3


def test_equal_items_in_a_script_without_spaces_meet():
    title = "北朝鮮からロシアへ兵器輸送と米政府"
    stories = joined(
        [item(1, title, language="ja"), item(2, "東京の天気は晴れ", language="ja"), item(3, title, 1, "", "ja")]
    )
    assert stories[0] == stories[2] != stories[1]


def test_two_stories_that_grow_together_become_one_under_the_larger_ones_id():
    """Between them stands a report with the words of both; the smaller id redirects."""
    memory = Memory()
    memory.live = {
        number: StoryState(number, "en", NOON, NOON, size, vector)
        for number, size, vector in (
            (1, 1, {"dam": 0.7, "hestrand": 0.5, "flood": 0.5}),
            (2, 3, {"dam": 2.0, "hestrand": 1.4, "valley": 1.6}),
        )
    }
    memory.terms = {"en": TermCounts(100, {"dam": 4, "hestrand": 4, "flood": 3, "valley": 3})}
    memory.next_id = 3
    found = memory.run([item(9, "Hestrand dam: flood in the valley", 1)])
    assert found.merged == {1: 2}
    assert found.joined == {9: 2}
    assert [(story.id, story.size) for story in found.stories] == [(2, 5)]


def test_equally_large_stories_merge_into_the_older_id():
    vector = {"dam": 0.7, "hestrand": 0.7}
    live = [StoryState(number, "en", NOON, NOON, 1, vector) for number in (5, 4)]
    found = group([item(9, "Hestrand dam", 1)], live, {"en": TermCounts(50, {"dam": 2, "hestrand": 2})}, next_id=6)
    assert found.merged == {5: 4}


def test_arguments_are_left_as_they_were():
    live = [StoryState(1, "en", NOON, NOON, 1, {"dam": 1.0})]
    terms = {"en": TermCounts(5, {"dam": 2})}
    items = [item(2, DAM[0]), item(1, DAM[1])]
    before = json.dumps([str(live), str(terms), str(items)])
    group(items, live, terms, next_id=2)
    assert json.dumps([str(live), str(terms), str(items)]) == before


def test_terms_are_counted_once_an_item_and_by_language():
    memory = Memory()
    memory.run([item(1, "Dam dam dam", summary="dam"), item(2, "Dam"), item(3, "Dam", language="nl")])
    assert memory.terms["en"].documents == 2
    assert memory.terms["en"].counts["dam"] == 2
    assert memory.terms["nl"].counts["dam"] == 1


def test_old_counts_fade_and_what_was_seen_once_is_forgotten():
    before = TermCounts(9, {"dam": 5, "once": 1})
    learned = Learned(before, kept=9)
    assert not learned.age()
    learned.count([{"dam"}])
    assert learned.age()
    assert learned.all() == TermCounts(5, {"dam": 3})
    assert before == TermCounts(9, {"dam": 5, "once": 1})


def test_a_weight_that_rounds_to_nothing_is_no_term():
    """An everyday word of a long text, in a language of its own, weighs less than can be kept."""
    found = weighted({"dam": 1.0, "everyday": 1e-6}, {"dam": 1.0, "everyday": 1e-3})
    assert found == {"dam": 1.0}


def test_stories_of_two_languages_stay_two_although_a_person_put_an_item_among_them():
    """What was merged by hand across languages takes the reports of both, and pulls no story along."""
    marks = decided({1: {(7, 0)}, 2: {(7, 0)}})
    memory = Memory()
    memory.run([item(1, DAM[0]), item(2, "Staudamm bricht bei Hestrand", 0, "", "de")], marks)
    assert memory.story_of(1) == memory.story_of(2)
    held = Bounds(marks.items, {memory.story_of(1): frozenset({Mark(7, 0)})})
    memory.run([item(3, DAM[1], 1), item(4, "Staudamm bei Hestrand bricht", 1, "", "de")], held)
    assert memory.story_of(3) == memory.story_of(1)


def test_a_decided_story_is_never_forgotten():
    """Its partner may come back long after, in a rebuild of everything or with an edit."""
    grouper = Grouper([], {}, next_id=1, bounds=decided({1: {(7, 0)}, 2: {(7, 0)}}))
    first = grouper.add([item(1, DAM[0])]).joined[1]
    grouper.forget(NOON + timedelta(days=30))
    assert grouper.add([item(2, OTHERS[0], 800)]).joined[2] == first


def test_an_item_counts_the_stories_of_its_own_time():
    """An old report among today's raises nobody's bar, and thousands of today's raise not that of an old one."""
    today = [item(number, f"thing{number} place{number} matter{number}", number / 100) for number in range(300)]
    old = item(1000, "Owl nests in the clock tower", -1500)
    alone, among = group(today, [], {}, next_id=1), group([*today, old], [], {}, next_id=1)
    assert [one.bar for one in alone.placements] == [one.bar for one in among.placements if one.item_id != 1000]
    [oldest] = group([old], [], {}, next_id=1).placements
    assert next(one.bar for one in among.placements if one.item_id == 1000) == oldest.bar


def test_what_was_counted_before_is_not_counted_again():
    """An edited report looks for its story anew; its words are those of one report all the same."""
    memory = Memory()
    memory.run([item(1, DAM[0])])
    again = group([item(1, DAM[1])], [], memory.terms, next_id=9, known={1})
    assert again.terms["en"].documents == 1
    assert not again.terms["en"].counts


def test_no_run_at_all_changes_nothing():
    assert group([], [], {}, next_id=1) == Grouping({}, {}, (), {})


def test_a_story_of_300_items_stays_one_and_its_vector_bounded():
    memory = Memory()
    for hour in range(20):
        story = [item(hour * 100 + n, f"{DAM[n % 3]} detail{hour}{n}", hour + n / 60) for n in range(15)]
        other = [
            item(hour * 100 + n, f"news{hour}{n} thing{n}{hour} from place{n * hour}", hour) for n in range(15, 60)
        ]
        memory.run([*story, *other])
    assert max(story.size for story in memory.live.values()) == 300
    assert all(len(story.vector) <= 200 for story in memory.live.values())


def test_shared_words_explain_a_story():
    found = dict(shared_terms([item(number, title) for number, title in enumerate(DAM)]))
    assert {"hestrand", "dam", "ulvenmark", "valley"} <= set(found)
    assert "thousand" not in found


def decided(items: dict[int, set[tuple[int, int]]], stories: dict[int, set[tuple[int, int]]] | None = None) -> Bounds:
    """Bounds by item and by story id, each mark as decision and side."""
    return Bounds(
        {number: frozenset(Mark(*mark) for mark in marks) for number, marks in items.items()},
        {number: frozenset(Mark(*mark) for mark in marks) for number, marks in (stories or {}).items()},
    )


def test_an_item_put_with_another_joins_its_story_whatever_they_say():
    memory = Memory()
    memory.run([item(1, DAM[0])])
    found = memory.run([item(2, OTHERS[0], 200)], decided({2: {(7, 0)}}, {1: {(7, 0)}}))
    assert found.joined == {2: 1}
    assert found.placements[0].decision == 7


def test_stories_that_one_decision_put_together_become_one():
    memory = Memory()
    memory.run([item(1, DAM[0]), item(2, OTHERS[0])])
    found = memory.run([], decided({}, {1: {(7, 0)}, 2: {(7, 0)}}))
    assert found.merged == {2: 1}
    assert [story.size for story in found.stories] == [2]


def test_an_item_with_two_decisions_brings_their_stories_together():
    memory = Memory()
    memory.run([item(1, DAM[0]), item(2, OTHERS[0])])
    memory.run([item(3, OTHERS[1])], decided({3: {(7, 0), (8, 0)}}, {1: {(7, 0)}, 2: {(8, 0)}}))
    assert memory.story_of(1) == memory.story_of(2) == memory.story_of(3)


def test_an_item_taken_out_of_a_story_does_not_come_back():
    memory = Memory()
    memory.run([item(1, DAM[0])])
    found = memory.run([item(2, DAM[0], 1)], decided({2: {(7, 1)}}, {1: {(7, -1)}}))
    assert found.joined == {2: 2}
    assert (found.placements[0].nearest, found.placements[0].decision) == (1, 7)


def test_a_twin_of_an_item_taken_out_follows_it():
    """The twin reads like both stories; it goes to the side that it is closer to."""
    memory = Memory()
    bounds = decided({2: {(7, 1)}}, {1: {(7, -1)}})
    memory.run([item(1, DAM[0])])
    memory.run([item(2, DAM[1], 1)], bounds)
    bounds = decided({2: {(7, 1)}}, {1: {(7, -1)}, 2: {(7, 1)}})
    memory.run([item(3, DAM[1], 1.5), item(4, DAM[0], 2)], bounds)
    assert memory.story_of(3) == memory.story_of(2) != memory.story_of(1) == memory.story_of(4)


def test_a_twin_stands_alone_where_the_side_it_belongs_to_has_retired():
    memory = Memory()
    memory.live = {
        1: StoryState(1, "en", NOON, NOON, 1, {"dam": 0.6, "hestrand": 0.6, "valley": 0.4, "flood": 0.4}),
        2: StoryState(2, "en", NOON - 2 * RETIRES_AFTER, NOON - 2 * RETIRES_AFTER, 1, {"dam": 0.7, "hestrand": 0.7}),
    }
    memory.next_id = 3
    found = memory.run([item(5, "Hestrand dam", 1)], decided({}, {1: {(7, -1)}, 2: {(7, 1)}}))
    assert found.joined == {5: 3}
    assert found.placements[0].decision == 7


def test_stories_kept_apart_never_become_one_on_touch():
    memory = Memory()
    vector = {"dam": 0.7, "hestrand": 0.7}
    memory.live = {number: StoryState(number, "en", NOON, NOON, 1, vector) for number in (1, 2)}
    memory.next_id = 3
    found = memory.run([item(9, "Hestrand dam", 1)], decided({}, {1: {(7, 1)}, 2: {(7, -1)}}))
    assert found.merged == {}


@pytest.mark.parametrize(("joining", "parting", "one_story"), [(8, 7, True), (7, 8, False)])
def test_of_two_decisions_the_later_one_holds(joining, parting, one_story):
    memory = Memory()
    memory.run([item(1, DAM[0])])
    memory.run([item(2, DAM[1], 1)], decided({2: {(joining, 0), (parting, 1)}}, {1: {(joining, 0), (parting, -1)}}))
    assert (memory.story_of(1) == memory.story_of(2)) is one_story


def test_items_that_shall_stand_alone_neither_join_nor_are_joined():
    memory = Memory()
    memory.run([item(1, DAM[0])])
    memory.run([item(2, DAM[0], 1)], alone={2})
    memory.run([item(3, DAM[0], 2)])
    assert memory.story_of(3) == memory.story_of(1) != memory.story_of(2)
    assert memory.live[memory.story_of(2)].size == 1


def test_a_placement_tells_what_was_near_and_what_it_scored():
    memory = Memory()
    first = memory.run([item(1, DAM[0]), item(2, OTHERS[0])]).placements
    assert [(one.item_id, one.nearest, one.score) for one in first] == [(1, None, 0.0), (2, None, 0.0)]
    [joined] = memory.run([item(3, DAM[1], 1)]).placements
    assert (joined.item_id, joined.story_id, joined.nearest) == (3, 1, 1)
    assert joined.score >= joined.bar > 0.0


def test_a_placement_names_no_story_that_nobody_was_told_of():
    memory = Memory()
    found = memory.run([item(number, (*DAM, *OTHERS)[number % 6], number / 9) for number in range(40)])
    told = {story.id for story in found.stories}
    for one in found.placements:
        assert {one.story_id, one.nearest, one.second} - {None} <= told


def test_a_careful_grouping_has_no_fewer_stories_than_an_eager_one():
    items = [
        item(number, title, number) for number, title in enumerate((*DAM, *OTHERS, "Dam inquiry opens in Tessaly"))
    ]
    careful, eager = (group(items, [], {}, next_id=1, eagerness=way) for way in ("careful", "eager"))
    assert len(careful.stories) >= len(eager.stories)


def test_a_story_computed_anew_is_the_story_as_it_grew():
    memory = Memory()
    items = [item(1, DAM[0]), item(2, DAM[1], 1)]
    memory.run(items)
    assert state(items[::-1], memory.terms, story_id=1) == memory.live[1]


def test_forgotten_stories_take_nothing_more_but_those_of_a_decision_stay():
    grouper = Grouper([], {}, next_id=1, bounds=decided({1: {(7, 1)}, 2: {(7, -1)}}))
    grouper.add([item(1, DAM[0]), item(3, OTHERS[0])])
    grouper.add([item(2, DAM[1], 40)])
    grouper.forget(NOON + timedelta(hours=20))
    assert grouper.add([item(4, OTHERS[0], 15), item(5, DAM[0], 15)]).joined == {4: 4, 5: 1}


WORDS = ["dam", "Hestrand", "flood", "valley", "choir", "prize", "1,000", "兵器輸送", "Дамба", "🎉", "-", "the"]
TITLES = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join),
    st.text(max_size=30),
    st.sampled_from(["x " * 5000, "字" * 10_000, "?" * 10_000]),
)
ROWS = st.tuples(TITLES, TITLES, st.integers(-200, 200), st.sampled_from(["en", "ja", "und"]))
STREAMS = st.lists(ROWS, max_size=16).map(
    lambda rows: [item(number, title, hours, text, name) for number, (title, text, hours, name) in enumerate(rows)]
)


@given(STREAMS, st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_every_item_has_one_story_that_exists_whatever_came_in(items, size):
    memory = Memory()
    for start in range(0, len(items), size):
        batch = items[start : start + size]
        found = memory.run(batch)
        assert set(found.joined) == {one.id for one in batch}
        assert not set(found.merged) & set(found.merged.values())
        assert set(found.joined.values()) <= set(memory.live)
    sizes: dict[int, int] = {}
    for one in items:
        story = memory.live[memory.story_of(one.id)]
        assert story.language == one.language
        assert story.first <= one.published <= story.last
        sizes[story.id] = sizes.get(story.id, 0) + 1
    assert sizes == {story.id: story.size for story in memory.live.values()}


@given(STREAMS, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_inside_a_batch_makes_no_difference(items, chance):
    expected = group(items, [], {}, next_id=1)
    chance.shuffle(items)
    found = group(items, [], {}, next_id=1)
    assert (found.joined, found.stories) == (expected.joined, expected.stories)


@given(STREAMS)
@settings(max_examples=40, deadline=None)
def test_more_old_stories_than_needed_do_no_harm(items):
    first, second = items[: len(items) // 2], items[len(items) // 2 :]
    memory = Memory()
    memory.run(first)
    everything = group(second, list(memory.live.values())[::-1], memory.terms, next_id=memory.next_id)
    assert memory.run(second) == everything


@given(STREAMS, st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_state_kept_between_batches_is_all_there_is(items, size):
    """Through JSON and without retired stories, or in one memory that stays: the same batches give the same stories."""
    memory = Memory()
    grouper = Grouper([], {}, next_id=1)
    for start in range(0, len(items), size):
        batch = items[start : start + size]
        assert memory.run(batch) == grouper.add(batch)


@pytest.mark.parametrize(("name", "f1", "precision"), [("case_north_korea", 0.88, 0.99), ("g5w1h", 0.88, 0.99)])
def test_quality_on_labelled_items_stays_where_it_was_measured(name, f1, precision):
    """Through all there is, names included; the figures of docs/threading.md."""
    path = LABELLED / f"{name}.dev.jsonl.gz"
    if not path.exists():
        pytest.skip(f"the labelled items are not here: {path}")
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines()]
    items = []
    for number, row in enumerate(rows):
        published = datetime.fromisoformat(row["published"])
        one = item(number, row["title"], 0, row["summary"], row["lang"])
        items.append(replace(one, outlet=row["source"], published=published, first_seen=published))
    found = evaluate({number: row["story"] for number, row in enumerate(rows)}, stories_of(items))
    assert found.f1 >= f1
    assert found.precision >= precision
    assert found.wrongly_joined == 0.0

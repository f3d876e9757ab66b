"""What keeps a report out of a story whose words are near enough, and what does not."""

from __future__ import annotations

from math import hypot

import pytest
from threads.cases import Stream, background, make_item, stories_of

from digest.model import NameCounts, Objection, Placement, TermCounts
from digest.threads.growing import Growing
from digest.threads.judging import DIALS, Bench, Scored

CHILE = (
    (
        "Tessaly Herald",
        "Strong earthquake shakes the north of Chile",
        "A quake of magnitude 6.8 hit Chile near Calama.",
    ),
    ("Quaymark Ledger", "Two dead after strong quake in Chile", "Houses fell in Calama when the earthquake hit Chile."),
)
TAIWAN = (
    "Orlecz Courier",
    "Strong earthquake shakes the east of Taiwan",
    "A quake of magnitude 5.9 hit Taiwan near Hualien.",
)


def placed(*rows: tuple[str, str, str], eagerness: str = "normal") -> tuple[list[int], list[Placement]]:
    """Story and placement of each row (outlet, title, summary), one a quarter of an hour, amid everyday news."""
    stream = Stream(eagerness=eagerness)
    stream.add(background()[:12])
    found = []
    for number, row in enumerate(rows, 1):
        found += stream.add([make_item(number, f"mon {8 + number // 4:02}:{number % 4 * 15:02}", *row)]).placements
    stories = stream.stories()
    return [stories[number] for number in range(1, len(rows) + 1)], found


def test_two_quakes_are_two_stories_since_no_place_is_in_both():
    stories, placements = placed(*CHILE, TAIWAN)
    assert stories[0] == stories[1] != stories[2]
    assert placements[2].objection is Objection.NAMES
    assert placements[2].nearest == stories[0]
    assert placements[2].score >= placements[2].bar


def test_a_report_that_names_nobody_is_judged_by_its_words_alone():
    stories, placements = placed(*CHILE, ("Orlecz Courier", "Strong quake kills two, houses fall", ""))
    assert stories[0] == stories[2]
    assert placements[2].objection is None


def test_eager_grouping_does_not_ask_for_names():
    stories, placements = placed(*CHILE, TAIWAN, eagerness="eager")
    assert stories[0] == stories[2]
    assert placements[2].objection is None


def test_stories_of_other_names_do_not_merge_when_a_report_touches_both():
    """A second report of one company's results is near to those of the other, and pulls them along no more."""
    estimates = "reported third-quarter profit of 340 million on Monday, beating analysts' estimates."
    stories, _ = placed(
        ("Quaymark Ledger", "Ferroline beats estimates as profit rises", f"Steel maker Ferroline {estimates}"),
        ("Bytewold", "Solvanta beats estimates as profit rises", f"Drug maker Solvanta {estimates}"),
        ("Tessaly Herald", "Profit of steel maker Ferroline rises, beating estimates", f"Ferroline {estimates}"),
    )
    assert stories[0] == stories[2] != stories[1]


@pytest.mark.parametrize(
    ("shared", "score", "objection"),
    [
        ({"korea": 0.6, "seoul": 0.5, "busan": 0.4, "bus": 0.5}, 0.19, Objection.SUBJECT),
        ({"korea": 0.6, "seoul": 0.5, "busan": 0.4, "carrier": 0.5}, 0.19, None),
        ({"korea": 0.6, "seoul": 0.5, "busan": 0.4, "bus": 0.5}, 0.21, None),
    ],
    ids=["names alone, just enough", "a word beside them", "names alone, more than enough"],
)
def test_names_alone_are_not_enough_where_the_score_is_just_enough(shared, score, objection):
    """A country has many matters; at 200 live stories the bar is 0.34, here score and lead make twice the score."""
    story = Growing(
        1, "en", 0.0, 0.0, 1, {"korea": 0.5, "seoul": 0.5, "busan": 0.3, "carrier": 0.6}, 1.0, "one.example"
    )
    names = NameCounts({"korea": (5, 5), "seoul": (5, 5), "busan": (5, 5), "carrier": (5, 0), "bus": (5, 0)})
    bench = Bench(DIALS["normal"], "en", TermCounts(100, {}), dict.fromkeys(shared, 1.0), names)
    item = make_item(1, "mon 08:00", "Veldrin Post", "Korea, Seoul")
    assert bench.judge(item, shared, [Scored(story, score)], live=200).objection is objection


BRIEFINGS = (
    (
        "Bytewold",
        "The best garden chairs of this week",
        "We sat on nine of them, in rain and sun. Prices were checked.",
    ),
    (
        "Bytewold",
        "The best bread knives of this week",
        "We cut with nine of them, crust and crumb. Prices were checked.",
    ),
)


def test_an_outlets_own_habit_of_words_makes_no_story():
    stories, placements = placed(*BRIEFINGS)
    assert stories[0] != stories[1]
    assert placements[1].objection is Objection.OUTLET


def test_the_same_words_of_two_outlets_make_one():
    chairs, knives = BRIEFINGS
    stories, _ = placed(chairs, ("Harrowmere Dispatch", *knives[1:]))
    assert stories[0] == stories[1]


def test_an_outlet_that_says_the_same_again_is_in_one_story():
    stories, _ = placed(BRIEFINGS[0], BRIEFINGS[0])
    assert stories[0] == stories[1]


def test_what_an_outlet_adds_to_a_story_that_others_tell_too_joins_it():
    dam = "Hestrand dam breaks, Ulvenmark valley flooded"
    stories, _ = placed(
        ("Bytewold", dam, ""), ("Veldrin Post", dam, ""), ("Bytewold", "Ulvenmark flooded after Hestrand dam broke", "")
    )
    assert len(set(stories)) == 1


def test_an_objection_leaves_the_choice_to_the_next_story():
    """The quake in Taiwan is nearer in words to the reports from Chile, and belongs to its own."""
    first = (
        "Veldrin Post",
        "Trains halted near Hualien in Taiwan",
        "Rail traffic along the east coast of Taiwan stopped.",
    )
    second = ("Orlecz Courier", "Strong earthquake halts trains in Taiwan", "A quake hit Taiwan near Hualien.")
    stories, placements = placed(*CHILE, first, second)
    assert stories[3] == stories[2] != stories[0]
    assert placements[3].objection is None


def test_one_common_word_is_chance_whatever_it_weighs():
    stories, placements = placed(
        (
            "Veldrin Post",
            "Hestrand",
            "A walk through the old town with bread, birds, bells, a brass band and two bridges.",
        ),
        (
            "Orlecz Courier",
            "Hestrand",
            "Nine people want to be mayor, which pays little and costs every second evening.",
        ),
    )
    assert stories[0] != stories[1]
    assert placements[1].objection is Objection.WORDS


@pytest.mark.parametrize(("live", "hours"), [(1, 60), (20, 20), (500, 20)])
def test_a_patient_dial_waits_longer_where_little_is_live(live, hours):
    """Silence after which a story scores a third; never more than three times as long."""
    story = Growing(1, "en", 0.0, 0.0, 1, {"dam": 1.0}, 1.0, "one.example")
    bench = Bench(DIALS["eager"], "en", TermCounts(10, {"dam": 1}), {"dam": 1.0}, None)
    now, later = (bench.scored([story], {"dam": 1.0}, hour * 3600.0, live=live)[0].score for hour in (0, hours))
    assert later == pytest.approx(now / 2.71828, rel=1e-4)


def test_two_pieces_of_one_event_are_no_rivals():
    """The lead over a runner-up that says the same counts for more than over one that says something else."""
    vector = {"dam": 0.8, "hestrand": 0.6}

    def score(other: dict[str, float]) -> float:
        stories = [
            Growing(number, "en", 0.0, 0.0, 1, one, hypot(*one.values()), f"{number}.example")
            for number, one in enumerate(({"dam": 0.8, "hestrand": 0.6}, other), 1)
        ]
        bench = Bench(DIALS["normal"], "en", TermCounts(10, {}), dict.fromkeys(vector, 1.0), NameCounts({}))
        found = [Scored(stories[0], 0.5), Scored(stories[1], 0.4)]
        return bench.judge(make_item(1, "mon 08:00", "Veldrin Post", "Hestrand dam"), vector, found, live=200).score

    assert score({"dam": 0.7, "hestrand": 0.7}) > score({"dam": 0.3, "beaver": 0.9}) > 0.6


def test_a_lone_report_is_looked_at_again_when_grouping_is_eager():
    """It came before the story it belongs to was more than one other lone report."""
    rows = [
        ("mon 08:00", "Tessaly Herald", "Water in the valley rises by the hour", "People fled Ulvenmark at night."),
        (
            "mon 08:01",
            "Quaymark Ledger",
            "Hestrand dam breaks",
            "Ulvenmark valley flooded after the dam broke at night.",
        ),
        (
            "mon 08:02",
            "Orlecz Courier",
            "People flee Ulvenmark valley",
            "Water rises by the hour as Hestrand dam breaks.",
        ),
    ]
    items = [make_item(number, *row) for number, row in enumerate(rows, 1)]
    eager = stories_of([*items, *background()], hourly=False, eagerness="eager")
    assert len({eager[one.id] for one in items}) == 1

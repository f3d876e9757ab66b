"""What a sensible reader expects of grouping; the items lie in ``cases``, in files that tell what is expected."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from time import perf_counter

import pytest
from threads.cases import background, cases, complaints, make_item, one_stream, stories_of, together

from digest.threads.evaluate import evaluate

ALL = cases("politics", "disasters", "business", "sport", "templates", "outlets")

NOT_YET: dict[str, str] = {
    "outlets-headlines_only": "one rare word in common, of few, and no rival",
    "sport-quarter_finals": "one name in common, and the words of one kind of event",
    "templates-deals": "one outlet's template without any name: three texts do not show what is habit",
}
"""Cases that grouping gets wrong so far, each with its cause; one that comes right must be taken off."""

RIGHT = [case for case in ALL if case.name not in NOT_YET]
every_case = pytest.mark.parametrize("case", RIGHT, ids=[case.name for case in RIGHT])

POLLS = pytest.mark.parametrize(
    ("surroundings", "hourly"),
    [((), False), ((), True), (background(), False), (background(), True)],
    ids=["first poll of these alone", "these alone", "first poll", "running stream"],
)


@POLLS
@every_case
def test_plain_sense(case, surroundings, hourly):
    """Each case reads as its file says: in a new installation and in a running one, alone and among other news."""
    found = stories_of([*case.items, *surroundings], hourly=hourly)
    assert not complaints(case, found, surroundings), case.sense


@pytest.mark.parametrize("name", NOT_YET)
def test_what_is_told_to_be_wrong_still_is(name):
    """The list of what grouping cannot do is no longer than it must be."""
    case = next(case for case in ALL if case.name == name)
    polls = [
        ([*case.items, *surroundings], surroundings, hourly)
        for surroundings in ((), background())
        for hourly in (False, True)
    ]
    assert any(complaints(case, stories_of(items, hourly=hourly), around) for items, around, hourly in polls)


@pytest.mark.parametrize("hourly", [False, True])
def test_everyday_items_stay_alone(hourly):
    """Sixty unrelated items are sixty stories."""
    found = stories_of(background(), hourly=hourly)
    assert len(set(found.values())) == len(found)


@pytest.mark.parametrize("hourly", [False, True])
def test_all_cases_in_one_stream_stay_clean(hourly):
    """What comes right on its own comes right together with all the rest: hardly a wrong item in any story."""
    items, labels = one_stream(RIGHT)
    gold = labels | {item.id: f"background {item.id}" for item in background()}
    quality = evaluate(gold, stories_of([*items, *background()], hourly=hourly))
    assert quality.precision >= 0.97
    assert quality.wrongly_joined <= 0.05
    assert quality.f1 >= 0.95


FERRY_TITLES = (
    "Ferry Aurelia sinks off Crete",
    "Crete ferry disaster: rescuers search for survivors of the Aurelia",
    "Dozens missing after ferry Aurelia sinks near Crete",
    "What we know about the sinking of the Aurelia off Crete",
    "Aurelia ferry: captain arrested after sinking off Crete",
    "Survivors of Aurelia ferry disaster tell of panic on board",
    "Greek coastguard finds more bodies in wreck of ferry Aurelia",
    "Ferry disaster off Crete: death toll of Aurelia rises",
    "Divers reach wreck of the ferry Aurelia near Crete",
    "Greece mourns victims of Aurelia ferry disaster",
)
FERRY_TEXTS = (
    "The ferry Aurelia was on its way from Piraeus to Heraklion when it began to take on water.",
    "More than 200 passengers were on board the Aurelia, the Greek coastguard said.",
    "Rescuers searched the sea north of Crete with helicopters and fishing boats.",
    "A leak in the car deck may have caused the sinking of the ferry.",
    "The captain of the Aurelia was arrested and is to be heard by a judge in Heraklion.",
    "Survivors say that the crew handed out life jackets far too late.",
    "The government in Athens has declared three days of mourning.",
    "Divers went down to the wreck of the Aurelia, which lies at a depth of 90 metres.",
    "The ferry company said that the ship had passed an inspection in June.",
    "Bodies of more victims were brought to the harbour of Heraklion.",
)


def ferry(number: int) -> str:
    """When the report of that number came: 300 within 36 hours, most of them early."""
    minutes = 6 * 60 + int((number / 300) ** 1.5 * 36 * 60)
    return f"{('mon', 'tue')[minutes // 1440]} {minutes // 60 % 24:02}:{minutes % 60:02}"


@pytest.mark.parametrize("hourly", [False, True])
def test_a_story_of_300_reports_from_40_outlets_stays_one_and_is_quick(hourly):
    """A big event does not fall into pieces as it grows, draws nothing in and takes no time."""
    others = [replace(item, id=20_000 + item.id) for item in one_stream(ALL)[0]]
    reports = [
        make_item(
            number,
            ferry(number),
            f"Town Paper {number % 40}",
            FERRY_TITLES[min(number // 20 + number * 7 % 5, 9)],
            f"{FERRY_TEXTS[number * 3 % 10]} {FERRY_TEXTS[(number * 7 + number // 30) % 10]}",
        )
        for number in range(300)
    ]
    started = perf_counter()
    found = stories_of([*reports, *others, *background()], hourly=hourly)
    assert perf_counter() - started < 3
    assert together(found, reports)
    assert list(found.values()).count(found[0]) == 300


def test_a_very_long_summary_is_no_magnet_and_no_stranger():
    """A feed that gives the whole text meets the short reports of its event, and no other whole text."""
    rest = [item.summary for item in background()]
    dam = "The dam above Hestrand broke on Monday night and flooded the Ulvenmark valley; thousands had to leave."
    choir = "The children's choir of Solvik won the singing contest in Tallinn on Monday with two songs by its leader."
    items = [
        make_item(1, "mon 20:00", "Long Read", "Hestrand dam breaks and floods valley", " ".join([dam, *rest[:40]])),
        make_item(2, "mon 20:30", "Veldrin Post", "Thousands leave Ulvenmark as Hestrand dam breaks", dam),
        make_item(3, "mon 21:00", "Long Read", "Solvik choir wins in Tallinn", " ".join([choir, *rest[10:50]])),
        make_item(4, "mon 21:30", "Veldrin Post", "Children's choir of Solvik wins contest in Tallinn", choir),
    ]
    for surroundings in ((), background()[:10]):
        found = stories_of([*items, *surroundings])
        assert found[1] == found[2] != found[3] == found[4]


def test_the_order_of_arrival_inside_an_hour_changes_nothing():
    """Feeds are polled in any order: ids and times decide, not the place in the list."""
    items, _ = one_stream(ALL)
    assert stories_of(items) == stories_of(items[::-1])


def test_careful_joins_less_and_errs_less_than_eager():
    """The dial does what it says, on all cases in one stream."""
    items, gold = one_stream(ALL)
    careful, normal, eager = (
        evaluate(gold, stories_of(items, eagerness=dial)) for dial in ("careful", "normal", "eager")
    )
    assert careful.precision + 0.01 >= normal.precision >= eager.precision - 0.01
    assert careful.recall - 0.01 <= normal.recall <= eager.recall + 0.01


def test_other_ids_give_the_same_stories():
    """Ids say which item came first in a tie, and nothing else."""
    items, _ = one_stream(ALL)
    moved = [
        replace(item, id=len(items) - item.id + 1, published=item.published + timedelta(seconds=item.id))
        for item in items
    ]
    kept = [replace(item, published=item.published + timedelta(seconds=item.id)) for item in items]
    one, other = stories_of(kept), stories_of(moved)
    pairs = [(a.id, b.id) for a, b in combinations(items, 2)]
    last = len(items) + 1
    assert all((one[a] == one[b]) == (other[last - a] == other[last - b]) for a, b in pairs)

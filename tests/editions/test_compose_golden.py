"""Whole days, composed: stories in, the edition as it is frozen out.

The expected editions are ``tests/golden/editions/CASE/edition.json``; ``test_golden_editions`` draws them.
After a wanted change: ``pytest tests/editions --update-golden``, twice for a new case, then read the diff.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from support.composing import Newsroom, composed, subscribe
from support.nouns import SLOT, make_feed

from digest.editions import frozen
from digest.model import Edition, Shown, Story

GOLDEN = Path(__file__).parents[1] / "golden" / "editions"
JULY = SLOT - timedelta(days=79)
WIRE = (
    "The northern wall of the dam above Velmora gave way on Friday morning, the mayor said. Three hundred houses in "
    "the Ostrand valley stood under water by noon, and the road to the coast was closed."
)


def a_day_with_everything() -> Edition:
    """A thread of two stories, wire copies, a followed topic, a starred feed, a busy one, and all that is left out."""
    room = Newsroom()
    dam = room.story(
        room.item("Velmora dam breaks, 300 houses flooded", "Coast Daily", 5, summary=WIRE),
        room.item("Dam gives way above Velmora", "Valley Wire", 4, summary=f"{WIRE} (With AP inputs)"),
        room.item(
            "Velmora: wall of water in the valley", "Quiet Review", 3, summary="Velmora woke to water on Friday."
        ),
    )
    arms = room.story(
        room.item("Najin port loads 1,000 containers, Kirby says", "Harbour Times", 6),
        room.item("US shows pictures of containers in Najin", "Coast Daily", 5),
        thread_since=JULY,
        shown=Shown(date(2023, 9, 14), 1, 1, 6),
    )
    train = room.story(room.item("Armoured train leaves Dunay for Najin", "Northern Courier", 7), thread_since=JULY)
    followed = room.lone("Baltic-Sea cable was cut by an anchor, Helsinki says", "Northern Courier", 8)
    first = room.lone("Ilmari library lends out its organ", "The Long Table", 9, section="Culture")
    seldom = room.lone("Eleven years of measuring rain", "Rain Notes", 20, section="Culture")
    busy = [
        room.lone(f"Brief {number}: council of Ostrand sits", "Flood", number, section="Culture")
        for number in range(1, 8)
    ]
    letters = [
        room.lone(f"Letter {number} to subscribers", "Secret Letter", number, section="Culture", private=True)
        for number in range(1, 4)
    ]
    left_out = [
        room.lone("Royal wedding: the dress", "Harbour Times"),
        room.lone("Horoscope for Friday", "Coast Daily"),
        _told_yesterday(room),
        replace(room.lone("Ferry strike, day 40", "Valley Wire"), thread_id=4040),
    ]
    return composed(
        [dam, *_one_thread(arms, train), followed, first, seldom, *busy, *letters, *left_out],
        title="Morning paper",
        subscriptions={**subscribe("The Long Table", starred=True), **subscribe("Coast Daily", skip=("horoscope",))},
        follow=("Baltic Sea", r"/\bvaccin/"),
        mute=("royal wedding",),
        muted={4040},
        seldom={seldom.items[0].feed_id},
        top=4,
        per_feed=2,
        sections=("World", "Culture"),
        blurbs={"Culture": "Chosen from *four* feeds."},
        feeds=[make_feed(name) for name in ("Harbour Times", "Coast Daily", "Flood")],
        intro="Good morning.",
    )  # fmt: skip


def _one_thread(*stories: Story) -> list[Story]:
    return [replace(story, thread_id=777) for story in stories]


def _told_yesterday(room: Newsroom) -> Story:
    """An agency's text of yesterday, in one more paper today."""
    text = (
        "The harbour of Tessaly stays closed for a week after the storm tore two cranes from the pier, its office said."
    )
    return room.story(
        room.item("Tessaly harbour stays closed", "Coast Daily", 30, summary=text),
        room.item("Tessaly harbour stays closed", "Hill Post", 3, summary=text),
        told=True,
    )


def a_quiet_day() -> Edition:
    """Fewer than five new items are one list, threads folded as always."""
    room = Newsroom()
    stories = [
        room.story(room.item("Velmora dam breaks", "A"), room.item("Dam above Velmora breaks, mayor says", "B")),
        room.lone("Library opens on Sundays", "C", section="Culture"),
        room.lone("Organ can be borrowed", "C", 3, section="Culture"),
    ]
    thread = [stories[0], *(replace(one, thread_id=99) for one in stories[1:])]
    return composed(thread, title="Morning paper", feeds=[make_feed(name) for name in "ABC"])


def nothing_and_all_feeds_failing() -> Edition:
    """No item, and the likely cause."""
    down = {"failures": 3, "failing_since": SLOT - timedelta(days=2), "last_status": None}
    feeds = [
        make_feed(name, **down, last_error=f"{name} could not be looked up; is this machine online?") for name in "ABC"
    ]
    return composed([], title="Morning paper", feeds=feeds)


HOSTILE = {
    "markup": "<img src=x onerror=alert(1)>\"'><script>alert(1)</script>",
    "long": "word " * 399 + "end.",
    "bidi": "Safe \u202etxt.exe\u202c \u2066isolated\u2069 end",
    "breaks": "one\r\nBcc: all@example.org\u2028two\x00\x1b[31m",
    "emoji": "👩‍👩‍👧‍👦 family 🇩🇪 flag 🏳️‍🌈",
    "cjk": "首相、北京で会談へ 半導体輸出の規制緩和が焦点",
    "rtl": "افتتاح مكتبة جديدة في وسط المدينة",
    "marks": "@@RECIPIENT@@ @@UNSUBSCRIBE@@ {{ edition }}",
}


def hostile_words() -> Edition:
    """Each title once on top, once as a line of a feed of that name, once behind a cap; and as a followed word."""
    room = Newsroom()
    languages = {"cjk": "ja", "rtl": "ar"}
    stories = []
    for name, text in HOSTILE.items():
        language = languages.get(name, "en")
        stories.append(
            room.story(
                room.item(f"{text} 1", "A", language=language, summary=text),
                room.item(f"{text} 2", f"B {text[:60]}", language=language),
            )
        )
        stories += [room.lone(f"{text} {number}", text[:80], number, language=language) for number in range(3, 6)]
    return composed(stories, title="Morning paper", per_feed=1, top=8, follow=("<script>alert(1)</script>",))


def _shared() -> list[Story]:
    room = Newsroom()
    return [
        room.story(
            room.item("Velmora dam breaks, 300 houses flooded", "Coast Daily", section="World"),
            room.item("Chip plant under water in Velmora", "Bytewold", section="Technology"),
        ),
        *(room.lone(f"World report {number}", "Coast Daily", number, section="World") for number in range(2, 6)),
        *(room.lone(f"Chip number {number}", "Bytewold", number, section="Technology") for number in range(2, 6)),
    ]


def shared_feeds_in_the_general_digest() -> Edition:
    """The first of two digests that share a feed has all of it."""
    return composed(_shared(), title="Morning paper", sections=("World", "Technology"))


def shared_feeds_in_the_small_digest() -> Edition:
    """The other holds one feed alone: what its story is elsewhere is not its concern."""
    stories = [
        replace(story, items=own)
        for story in _shared()
        if (own := tuple(item for item in story.items if item.feed == "Bytewold"))
    ]
    return composed(stories, name="chips", title="Chips", mute=("number 5",))


CASES: dict[str, Callable[[], Edition]] = {
    "a-day-with-everything": a_day_with_everything,
    "a-quiet-day": a_quiet_day,
    "all-feeds-failing": nothing_and_all_feeds_failing,
    "hostile-words": hostile_words,
    "shared-feeds-general": shared_feeds_in_the_general_digest,
    "shared-feeds-small": shared_feeds_in_the_small_digest,
}


@pytest.mark.parametrize("case", CASES)
def test_a_day_is_composed_as_before(case: str, update_golden: bool) -> None:
    edition = CASES[case]()
    path = GOLDEN / case / "edition.json"
    if update_golden:
        path.parent.mkdir(exist_ok=True)
        readable = json.dumps(json.loads(frozen.dumps(edition)), ensure_ascii=False, indent=1, sort_keys=True)
        path.write_text(readable.encode("utf-8", "replace").decode() + "\n", encoding="utf-8")
    assert edition == frozen.loads(path.read_text(encoding="utf-8"))

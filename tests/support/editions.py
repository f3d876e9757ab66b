"""Editions made by hand, small enough to read, for what is drawn from them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from digest.model import Edition, EditionItem, EditionSection, EditionStory, FeedTrouble, Window

DAY = date(2023, 10, 13)
SLOT = datetime(2023, 10, 13, 5, 0, tzinfo=UTC)
_ids = count(1)


def report(title: str = "A bridge closes", outlet: str = "Harbour Times", **changes: Any) -> EditionItem:
    number = changes.pop("item_id", None) or next(_ids)
    made = EditionItem(
        item_id=number,
        title=title,
        url=f"https://news.example.org/{number}",
        outlet=outlet,
        feed=outlet,
        published=SLOT - timedelta(minutes=50),
        language="en",
        minutes=4,
    )
    return replace(made, **changes)


def told(lead: EditionItem | str = "A bridge closes", *others: EditionItem, **changes: Any) -> EditionStory:
    """A story: its lead, or the lead's title, and the other new reports."""
    lead = report(lead) if isinstance(lead, str) else lead
    outlets = tuple(dict.fromkeys(one.outlet for one in (lead, *others) if not one.copy))
    made = EditionStory(
        story_id=lead.item_id,
        thread_id=lead.item_id,
        lead=lead,
        others=others,
        gist=None,
        gist_outlet=None,
        outlets=outlets,
        voices=len(outlets),
        copies=sum(one.copy for one in others),
        reports=1 + len(others),
        day=1,
        since=DAY,
        reason=None,
    )
    return replace(made, **changes)


def an_edition(*top: EditionStory, sections: tuple[EditionSection, ...] = (), **changes: Any) -> Edition:
    stories = [*top, *(story for section in sections for story in section.stories)]
    items = sum(1 + len(story.others) for story in stories)
    made = Edition(
        digest="daily",
        title="Morning paper",
        slot=SLOT,
        day=DAY,
        ordinal=1,
        number=12,
        timezone="Europe/Berlin",
        language="en",
        window=Window(SLOT - timedelta(days=1), SLOT),
        top=top,
        sections=sections,
        items=items,
        stories=len(stories),
        outlets=len({story.lead.outlet for story in stories}),
        left_out=0,
        minutes=6,
        feeds=43,
        feeds_answered=43,
        troubles=(),
        notices=(),
        next_slot=SLOT + timedelta(days=1),
    )
    return replace(made, **changes)


def a_normal_day() -> Edition:
    """Top stories in three languages, two sections, copies, a broken feed."""
    arms = told(
        report("White House: 1,000 containers of arms went to Russia", "Northern Courier", item_id=101),
        report("Kirby shows images of rail shipment", "The Harbour Times", item_id=102),
        report("US: containers shipped to Russia", "Valley Wire", item_id=103, copy=True),
        report("US: containers shipped to Russia", "Coast Daily", item_id=104, copy=True),
        gist="Shipments moved between 7 September and 1 October from Najin to Dunay.",
        gist_outlet="The Harbour Times",
        outlets=("Northern Courier", "The Harbour Times", "Meridian Post", "Quiet Review", "The Long Table"),
        reports=9,
        reason="5 of your feeds",
    )
    ferry = told(
        report("Ferry strike enters second week", "Coast Daily", item_id=105),
        gist="The union turned down a two-year offer.",
        gist_outlet="Coast Daily",
        day=3,
        reports=4,
        reason="day 3 of this story",
    )
    japanese = told(
        report("首相、北京で会談へ 半導体輸出の規制緩和が焦点", "東都新報", item_id=106, language="ja", minutes=None)
    )
    arabic = told(report("افتتاح مكتبة جديدة في وسط المدينة", "صحيفة المرفأ", item_id=107, language="ar"))
    world = EditionSection(
        "World",
        (told(report("Council keeps the night buses", item_id=108)), told(report("A poor rye harvest", item_id=109))),
        more=(("Valley Wire", 14),),
    )
    technology = EditionSection(
        "Technology",
        (told(report("How a library learned to lend tools", item_id=110), report("Tools to lend", item_id=111)),),
        blurb="Chosen from *eleven* feeds.",
    )
    return an_edition(
        arms,
        ferry,
        japanese,
        arabic,
        sections=(world, technology),
        items=86,
        stories=41,
        outlets=19,
        left_out=22,
        feeds_answered=42,
        troubles=(FeedTrouble("Example World", "answered 404", datetime(2023, 10, 7, tzinfo=UTC)),),
        intro="Good morning.",
        footer="Made at [home](https://example.org/).",
    )


def a_huge_day(
    items: int = 400, title: str = "A headline of a usual length, with some names and sums in it"
) -> Edition:
    """Four sections that together do not fit in a mail."""
    lines = [
        told(
            report(
                f"{title} {number}",
                item_id=1000 + number,
                url=f"https://news.example.org/2023/10/13/{'a-long-address-' * 6}{number}",
            )
        )
        for number in range(items)
    ]
    per_section = items // 4
    names = ("World", "Technology", "Science", "Culture")
    sections = tuple(
        EditionSection(name, tuple(lines[index * per_section : (index + 1) * per_section]))
        for index, name in enumerate(names)
    )
    return an_edition(told(report("The lead of a huge day", item_id=999)), sections=sections)

"""An edition with a bit of everything, for trying templates out before the first real one. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from ..model import (
    Edition,
    EditionItem,
    EditionSection,
    EditionStory,
    FeedTrouble,
    Omitted,
    Place,
    Window,
    Wire,
)

_SLOT = datetime(2023, 10, 13, 7, tzinfo=UTC)


def specimen() -> Edition:
    """Every field is set and no list is empty, so that a template meets all its branches of a normal day."""
    line, folded, related = (_line(number) for number in (4, 5, 6))
    lead, other, copy = (_item(number, copy=number == 3) for number in (1, 2, 3))
    top = EditionStory(
        story_id=1, thread_id=1, lead=lead, others=(other, copy), gist="Two sentences say what is new. This is one.",
        gist_outlet=lead.outlet, outlets=(lead.outlet, other.outlet), voices=2, copies=1, reports=5, day=3,
        since=date(2023, 10, 11), reason="day 3 of this story: 2 new reports",
        public_reason="day 3 of this story: 2 new reports",
        wires=(Wire("AP", 2, (copy.item_id,)),), thread_since=date(2023, 7, 26), earlier="2023/10/12/",
        earlier_day=date(2023, 10, 12), related=(related,),
    )  # fmt: skip
    return Edition(
        digest="specimen", title="Specimen", slot=_SLOT, day=_SLOT.date(), ordinal=1, number=1, timezone="UTC",
        language="en", window=Window(_SLOT - timedelta(days=1), _SLOT), top=(top,),
        sections=(
            EditionSection("Section", (line,), more=(("Outlet 5", 1),), blurb="A *word* of yours.", rest=(folded,)),
        ),
        items=8, stories=4, outlets=6, left_out=3, minutes=2, feeds=3, feeds_answered=2,
        omitted=(Omitted(7, Place.MUTED_WORD), Omitted(8, Place.REPEATED)),
        troubles=(FeedTrouble("Feed", "404 Not Found", _SLOT - timedelta(days=4)),), notices=("Not as usual.",),
        next_slot=_SLOT + timedelta(days=1), intro="An *intro*.", footer="A *footer*.", covers_from=date(2023, 10, 12),
    )  # fmt: skip


def _line(number: int) -> EditionStory:
    return EditionStory(
        story_id=number, thread_id=number, lead=_item(number), others=(), gist=None, gist_outlet=None,
        outlets=(f"Outlet {number}",), voices=1, copies=0, reports=1, day=1, since=_SLOT.date(), reason=None,
    )  # fmt: skip


def _item(number: int, copy: bool = False) -> EditionItem:
    return EditionItem(
        item_id=number, title=f"Headline number {number} says what happened", url=f"https://outlet{number}.example/report",
        outlet=f"Outlet {number}", feed=f"Outlet {number}", published=_SLOT - timedelta(hours=number), language="en",
        minutes=4, copy=copy,
    )  # fmt: skip

"""The specimen has a bit of everything, so that trying it finds what a real edition would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from digest.editions.specimen import specimen


def empty(value: Any, where: str) -> Iterator[str]:
    """Fields that are None or empty in every place where they stand."""
    for field in fields(value):
        inside = getattr(value, field.name)
        if inside is None or inside == ():
            yield f"{where}.{field.name}"
        for one in inside if isinstance(inside, tuple) else (inside,):
            if is_dataclass(one) and not isinstance(one, type):
                yield from empty(one, f"{where}.{field.name}")


PLAIN = (
    "others",
    "gist",
    "gist_outlet",
    "reason",
    "wires",
    "thread_since",
    "earlier",
    "earlier_day",
    "related",
    "public_reason",
)
"""What a story that stands alone on its first day does not have."""


def test_the_specimen_sets_every_field_of_an_edition_and_of_a_top_story() -> None:
    bare = set(empty(specimen(), "edition"))
    places = ("edition.sections.stories", "edition.sections.rest", "edition.top.related")
    lines_are_plain = {f"{place}.{name}" for place in places for name in PLAIN}
    assert bare == lines_are_plain

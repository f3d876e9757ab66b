"""Places: where each new item of an edition's window went, for the record that `digest why` reads."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Edition, EditionStory, Place
from .phrases import shown


def places(edition: Edition) -> dict[int, Place]:
    """Every new item of the window and its one place."""
    found: dict[int, Place] = {}
    for story in shown(edition):
        found[story.lead.item_id] = Place.LEAD
        found |= {item.item_id: Place.COPY if item.copy else Place.REPORT for item in story.others}
        found |= dict.fromkeys(_reports(story.related), Place.RELATED)
    for section in edition.sections:
        for story in section.rest:
            found |= dict.fromkeys(_reports((story, *story.related)), Place.REST)
    return found | {one.item_id: one.place for one in edition.omitted}


def _reports(stories: tuple[EditionStory, ...]) -> Iterator[int]:
    return (item.item_id for story in stories for item in (story.lead, *story.others))

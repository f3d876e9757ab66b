"""The JSON rendition: an edition for programs, with keys that are documented and stay (docs/templates.md)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from ..model import Edition, EditionItem, EditionSection, EditionStory

FORMAT = 1
"""Grows when a key changes its meaning or goes; a new key alone does not change it."""


def as_json(edition: Edition) -> dict[str, Any]:
    """An edition without private reports as plain JSON values."""
    return {
        "format": FORMAT,
        "digest": edition.digest,
        "title": edition.title,
        "number": edition.number,
        "day": edition.day.isoformat(),
        "ordinal": edition.ordinal,
        "path": edition.path,
        "slot": _time(edition.slot),
        "timezone": edition.timezone,
        "language": edition.language,
        "window": {"since": _time(edition.window.since), "until": _time(edition.window.until)},
        "items": edition.items,
        "stories": edition.stories,
        "outlets": edition.outlets,
        "left_out": edition.left_out,
        "omitted": _omitted(edition),
        "minutes": edition.minutes,
        "notices": list(edition.notices),
        "intro": edition.intro,
        "top": [_story(story) for story in edition.top],
        "sections": [_section(section) for section in edition.sections],
        "feeds": {
            "asked": edition.feeds,
            "answered": edition.feeds_answered,
            "troubles": [
                {"feed": feed.title, "error": feed.error, "since": _time(feed.since)} for feed in edition.troubles
            ],
        },
        "footer": edition.footer,
        "next": _time(edition.next_slot),
    }


def _omitted(edition: Edition) -> list[dict[str, Any]]:
    """Why, and how many items are shown nowhere for that."""
    causes = Counter(str(one.place) for one in edition.omitted)
    return [{"cause": cause, "items": count} for cause, count in sorted(causes.items())]


def _section(section: EditionSection) -> dict[str, Any]:
    return {
        "name": section.name,
        "blurb": section.blurb,
        "stories": [_story(story) for story in section.stories],
        "more": [{"feed": feed, "items": count} for feed, count in section.more],
        "rest": [_story(story) for story in section.rest],
    }


def _story(story: EditionStory) -> dict[str, Any]:
    return {
        "story": story.story_id,
        "thread": story.thread_id,
        "title": story.lead.title,
        "url": story.lead.url,
        "gist": story.gist,
        "gist_outlet": story.gist_outlet,
        "outlets": list(story.outlets),
        "voices": story.voices,
        "reports": story.reports,
        "new": 1 + len(story.others),
        "copies": story.copies,
        "wires": [{"agency": wire.agency, "outlets": wire.outlets} for wire in story.wires],
        "day": story.day,
        "since": story.since.isoformat(),
        "thread_since": story.thread_since.isoformat() if story.thread_since else None,
        "reason": story.reason,
        "items": [_item(item) for item in (story.lead, *story.others)],
        "related": [_story(other) for other in story.related],
    }


def _item(item: EditionItem) -> dict[str, Any]:
    return {
        "item": item.item_id,
        "title": item.title,
        "url": item.url,
        "outlet": item.outlet,
        "feed": item.feed,
        "published": _time(item.published),
        "language": item.language,
        "minutes": item.minutes,
        "copy": item.copy,
    }


def _time(time: datetime | None) -> str | None:
    return None if time is None else time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

"""The few sentences a rendition says of its own: counts, dates, the subject, the line a mailbox previews.

Rules of this file: pure functions, English, no locale of the machine; a reader's own templates may say it otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ..model import Edition, EditionStory, FeedTrouble, Kind, Wire
from .cut import clean, cut

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

SUBJECT_HEADLINE = 55
SUBJECT = 78
"""Most characters of a headline in the subject, and of the subject."""

_PREVIEW_HEADLINE = 90


def plural(count: int, one: str, many: str | None = None) -> str:
    """``1 story``, ``1,204 stories``; ``many`` is ``one`` and an s otherwise."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def long_day(day: date) -> str:
    """``Friday 13 October 2023``."""
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def short_day(day: date) -> str:
    """``13 Oct``."""
    return f"{day.day} {MONTHS[day.month - 1][:3]}"


def month(day: date) -> str:
    """``October 2023``."""
    return f"{MONTHS[day.month - 1]} {day.year}"


def moment(time: datetime, timezone: str, today: date) -> str:
    """A time in its zone, with as much of the date as is needed: ``06:40``, ``12 Oct, 22:15``, ``12 Oct 2022``."""
    local = time.astimezone(ZoneInfo(timezone))
    if local.date() == today:
        return f"{local:%H:%M}"
    if abs((today - local.date()).days) < 180:
        return f"{short_day(local.date())}, {local:%H:%M}"
    return f"{short_day(local.date())} {local.year}"


def full_time(time: datetime, timezone: str) -> str:
    """``Friday 13 October 2023, 06:40``, in its zone."""
    local = time.astimezone(ZoneInfo(timezone))
    return f"{long_day(local.date())}, {local:%H:%M}"


def next_time(time: datetime, timezone: str) -> str:
    """``Saturday 14 October at 07:00``, in its zone."""
    local = time.astimezone(ZoneInfo(timezone))
    return f"{WEEKDAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]} at {local:%H:%M}"


def names(all_names: Sequence[str], shown: int = 3) -> str:
    """``One, Two, Three and 6 more``; a single one too many is named, since "1 more" saves nothing."""
    if len(all_names) <= shown + 1:
        return ", ".join(all_names)
    return f"{', '.join(all_names[:shown])} and {len(all_names) - shown} more"


def shown(edition: Edition) -> list[EditionStory]:
    """Every story of an edition in reading order."""
    return [*edition.top, *(story for section in edition.sections for story in section.stories)]


def size(edition: Edition) -> str:
    """``38 new items in 21 stories from 14 outlets, 6 min``."""
    if not edition.items:
        return "Nothing new"
    return (
        f"{plural(edition.items, 'new item')} in {plural(edition.stories, 'story', 'stories')}"
        f" from {plural(edition.outlets, 'outlet')}, {edition.minutes:,}\u00a0min"
    )


def trouble(feed: FeedTrouble, edition: Edition) -> str:
    """``Example World (answered 404, since Saturday)``."""
    since = ""
    if feed.since is not None:
        day = feed.since.astimezone(ZoneInfo(edition.timezone)).date()
        age = (edition.day - day).days
        when = WEEKDAYS[day.weekday()] if 0 < age < 7 else f"{day.day} {MONTHS[day.month - 1]}"
        since = ", since today" if age <= 0 else f", since {when}"
    return f"{feed.title} ({feed.error.rstrip('.')}{since})"


def wire_label(wire: Wire) -> str:
    """``AP copy in 4 outlets``, ``one text in 2 outlets`` where nobody names the agency."""
    return f"{f'{wire.agency} copy' if wire.agency else 'one text'} in {plural(wire.outlets, 'outlet')}"


def day_label(edition: Edition) -> str:
    """What tells this edition from the one before: ``23 Nov``, ``20–23 Nov`` when it catches up, ``23 Nov, no. 2``."""
    label = short_day(edition.day)
    start = edition.covers_from
    if start is not None and start < edition.day:
        same_month = (start.year, start.month) == (edition.day.year, edition.day.month)
        label = f"{start.day if same_month else short_day(start)}–{label}"
    return f"{label}, no. {edition.ordinal}" if edition.ordinal > 1 else label


_REPLY = re.compile(r"^(?:(?:re|aw|fwd?|wg|sv|vs|tr|rv)(?:\[\d+\])?:\s*)+", re.IGNORECASE)
"""How mail programs begin an answer, and mailing lists' feeds their titles."""


def subject(edition: Edition) -> str:
    """The lead headline, then how much more there is and the day: specific words first, never the same twice.

    10 to 78 characters on one line; no "Re:", which would make it an answer to another mail.
    """
    if edition.kind is not Kind.REGULAR:
        # Such mails are alike: only the year keeps two subjects apart.
        return f"{edition.notices[0].rstrip('.')} ({short_day(edition.day)} {edition.day.year})"
    stories = shown(edition)
    label = day_label(edition)
    more = edition.stories - 1
    if not stories:
        return f"Nothing new ({label})"
    count = f"+{plural(more, 'story', 'stories')}" if more > 0 else "1 story"
    tail = f" ({count}, {label})"
    headline = clean(stories[0].lead.title)
    return cut(_REPLY.sub("", headline) or "(no title)", min(SUBJECT_HEADLINE, SUBJECT - len(tail))) + tail


def preview(edition: Edition) -> str:
    """The first visible line of a mail, which mailboxes show beside the subject."""
    if edition.kind is not Kind.REGULAR:
        return edition.notices[0]
    stories = shown(edition)
    stories_in = plural(edition.stories, "story", "stories")
    counts = f"{plural(edition.items, 'new item')}, {stories_in}, {edition.minutes:,}\u00a0min."
    if not stories:
        return "Nothing new."
    if len(stories) == 1:
        return counts
    second = cut(clean(stories[1].lead.title), _PREVIEW_HEADLINE)
    return f"Also: {second}{'' if second[-1:] in '.!?…。！？' else '.'} {counts}"

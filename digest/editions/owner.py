"""What the owner is told beside the digests: that one is silent, that it works again, who unsubscribed.

Rules of this file: plain words, what is wrong, since when, and the cure; several matters make one message.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from .cut import clean, cut
from .phrases import long_day, plural, short_day
from .wrap import COLUMNS

SUBJECT = 78


@dataclass(frozen=True, slots=True)
class Notice:
    """One matter: what fits in a subject, and what there is to say of it."""

    headline: str
    words: tuple[str, ...]


def unmade(title: str, name: str, since: datetime, error: str, zone: str) -> Notice:
    """No edition of a digest could be made."""
    return Notice(
        f"No edition of {title} since {_day(since, zone)}",
        (
            f"No edition of {title} ({name}) could be made since {_moment(since, zone)}.",
            f"The reason: {error.rstrip('.')}.",
            "What to do: mend that; `digest check` tells every mistake, `digest run` tries at once. No item is lost: "
            "the next edition holds all that came since the last one.",
        ),
    )


def undelivered(title: str, name: str, transport: str, since: datetime, mails: int, error: str, zone: str) -> Notice:
    """Editions are made, and no mail of them arrives."""
    return Notice(
        f"No mail of {title} arrives since {_day(since, zone)}",
        (
            f"Editions of {title} ({name}) are made, but none was delivered by the transport '{transport}' since "
            f"{_moment(since, zone)}: {plural(mails, 'mail')} {'waits' if mails == 1 else 'wait'} or "
            f"{'was' if mails == 1 else 'were'} given up.",
            f"What was said last: {error.rstrip('.')}.",
            "What to do: mend that, then `digest send` tries at once what waits. `digest status` tells what was "
            "given up.",
        ),
    )


def outage(since: datetime, error: str, zone: str) -> Notice:
    """A server that runs and can do nothing."""
    return Notice(
        f"The digest cannot work since {_day(since, zone)}",
        (
            f"`digest serve` runs, but could issue and deliver nothing since {_moment(since, zone)}.",
            f"The reason: {error.rstrip('.')}.",
        ),
    )


def works_again(headlines: Sequence[str]) -> Notice:
    """What was told is over."""
    return Notice(f"It works again: {headlines[0]}", tuple(f"This is over: {one}." for one in headlines))


def unsubscribed(title: str, name: str, address: str, at: datetime, zone: str) -> Notice:
    """A reader left."""
    return Notice(
        f"{address} unsubscribed from {title}",
        (
            f"{address} unsubscribed from {title} ({name}) on {_moment(at, zone)} and gets no more of its mails, "
            "whatever `to` says.",
            f"`digest recipients restore {address} {name}` takes it back, where they ask for it.",
        ),
    )


def message(notices: Sequence[Notice], where: str) -> tuple[str, str]:
    """(subject, text) of one message that tells them all; ``where`` is the configuration it is about."""
    more = f" (+{len(notices) - 1} more)" if len(notices) > 1 else ""
    subject = cut(clean(notices[0].headline), SUBJECT - len(more)) + more
    parts = ["\n".join(_lines(clean(line)) for line in notice.words) for notice in notices]
    text = "\n\n".join([*parts, f"-- \n{_lines(f'Told by the news digest of {where}, once for each matter.')}"])
    return subject, f"{text}\n"


def _day(moment: datetime, zone: str) -> str:
    return short_day(moment.astimezone(ZoneInfo(zone)).date())


def _moment(moment: datetime, zone: str) -> str:
    """``Saturday 21 November 2026, 07:00``."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{long_day(local.date())}, {local:%H:%M}"


def _lines(text: str) -> str:
    """Never broken inside a path, which is there to be copied."""
    return textwrap.fill(text, COLUMNS, break_long_words=False, break_on_hyphens=False)

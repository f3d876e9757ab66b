"""Times as the database keeps them: ISO, UTC, microseconds, one fixed width, so that text order is time order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import overload


@overload
def iso(moment: datetime) -> str: ...
@overload
def iso(moment: None) -> None: ...
def iso(moment: datetime | None) -> str | None:
    """``2023-10-13T18:00:00.000000Z``."""
    if moment is None:
        return None
    # Not strftime: its %Y has no leading zeros everywhere.
    told = (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).isoformat(timespec="microseconds")
    return f"{told[:-6]}Z"


@overload
def when(text: str) -> datetime: ...
@overload
def when(text: None) -> None: ...
def when(text: str | None) -> datetime | None:
    """The aware datetime of a stored time."""
    return None if text is None else datetime.fromisoformat(text)

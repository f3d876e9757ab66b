"""What an edition can be for."""

from enum import StrEnum


class Kind(StrEnum):
    """What an edition is for; all but the first have no page and hold no stories."""

    REGULAR = "regular"
    QUIET = "quiet"
    """Says that nothing is new."""
    ALIVE = "alive"
    """After a week of silence: it still works, and how the feeds are."""
    ALERT = "alert"
    """No feed answers."""

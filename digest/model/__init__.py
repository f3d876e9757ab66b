"""The nouns that flow through the pipeline, a module for each moment in which they come into being.

Rules of this package: frozen dataclasses without behaviour beyond themselves, one type per moment
(what a feed said, what is remembered, what is to be written), nothing imported of ours, no I/O.
Every time is an aware datetime in UTC. Text is plain text unless the name ends in ``_html``.

All are imported from here. A module is loaded with the first of its nouns, since Python takes a millisecond to make a
dataclass and a poll that hears of nothing new needs a third of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .composing import *  # noqa: F403
    from .deciding import *  # noqa: F403
    from .delivering import *  # noqa: F403
    from .grouping import *  # noqa: F403
    from .items import *  # noqa: F403
    from .kinds import *  # noqa: F403
    from .linking import *  # noqa: F403
    from .parsing import *  # noqa: F403
    from .polling import *  # noqa: F403
    from .showing import *  # noqa: F403
    from .telling import *  # noqa: F403

MOMENTS = {
    "polling": (
        "Rhythm Lead FeedState FetchRequest FetchResult Condition FeedDecision FeedHealth Incident FeedUpdate "
        "PollOutcome FeedReport"
    ),
    "parsing": "ParsedItem Reading ParsedFeed Unreadable KnownItem Resembling NewItem EditedItem",
    "items": "Item Picture Enclosure ItemDetail",
    "grouping": "FOUND_BY StoryState TermCounts Mark Bounds Objection Placement Grouping",
    "deciding": "Level Decided Decision Wishes",
    "linking": "NameCounts Profile Likeness Link Story Gone Shown ThreadSummary",
    "kinds": "Kind",
    "composing": (
        "Window Place Omitted Marks EditionItem Wire EditionStory EditionSection FeedTrouble Silence "
        "Edition edition_path Mail"
    ),
    "delivering": "DeliveryState Delivery Verdict Outcome",
    "telling": "EditionReport DeliveryReport TrialMail RunReport",
    "showing": "Viewer Frame",
}
"""Module to the nouns that it holds, in the order of the pipeline."""
_HOLDER = {noun: moment for moment, nouns in MOMENTS.items() for noun in nouns.split()}

if not TYPE_CHECKING:  # mypy would take it for any name at all

    def __getattr__(name: str) -> object:
        moment = _HOLDER.get(name)
        if moment is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(f".{moment}", __name__), name)
        return found

"""The only place with SQL: feeds, items, stories, editions and the ledger of deliveries in one SQLite file.

What is imported from here is loaded with the first use of it, as most commands need few of the shelves.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .alarms import Alarm, Undelivered
    from .deliveries import Entry
    from .editions import Addressee, FrozenEdition
    from .leaves import Leaf
    from .lock import PATIENCE_SECONDS
    from .recipients import LastMail, Recipient
    from .retention import BEGIN, Aged, Mark
    from .search import Filters, Matches, Order
    from .store import Store
    from .traces import Telling, Trace

__all__ = [
    "BEGIN",
    "PATIENCE_SECONDS",
    "Addressee",
    "Aged",
    "Alarm",
    "Entry",
    "Filters",
    "FrozenEdition",
    "LastMail",
    "Leaf",
    "Mark",
    "Matches",
    "Order",
    "Recipient",
    "Store",
    "Telling",
    "Trace",
    "Undelivered",
]

_HOLDERS = {
    "alarms": "Alarm Undelivered",
    "deliveries": "Entry",
    "editions": "Addressee FrozenEdition",
    "leaves": "Leaf",
    "lock": "PATIENCE_SECONDS",
    "recipients": "LastMail Recipient",
    "retention": "BEGIN Aged Mark",
    "search": "Filters Matches Order",
    "store": "Store",
    "traces": "Telling Trace",
}

if not TYPE_CHECKING:  # mypy would take it for any name at all

    def __getattr__(name: str) -> object:
        for module, names in _HOLDERS.items():
            if name in names.split():
                found = globals()[name] = getattr(import_module(f".{module}", __name__), name)
                return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""The only place with SQL: feeds, items, stories, editions and the ledger of deliveries in one SQLite file."""

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

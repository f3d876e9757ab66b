"""The only place with SQL: feeds, items, stories, editions and the ledger of deliveries in one SQLite file."""

from .deliveries import Entry
from .editions import Addressee, FrozenEdition
from .store import Store

__all__ = ["Addressee", "Entry", "FrozenEdition", "Store"]

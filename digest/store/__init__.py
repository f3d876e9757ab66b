"""The only place with SQL: feeds, items, stories, editions and the ledger of deliveries in one SQLite file."""

from .editions import Addressee, FrozenEdition
from .store import Store

__all__ = ["Addressee", "FrozenEdition", "Store"]

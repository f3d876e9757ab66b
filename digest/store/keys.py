"""The keys of items, which outlive them: what was once seen is never new again.

This table alone grows for ever, so a row is short: a key is kept as a number of 64 bits made of its text, which tells
the keys of one feed apart (a feed of a million keys has one chance in 40 million that two of them are one).
``item_id`` is no foreign key, or each item that goes would be looked for among all keys ever: ids are used once, so
one that leads to no item any more means that its item was seen, and went.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from ..model import KnownItem

if TYPE_CHECKING:
    from .database import Database

_ANY = "SELECT 1 FROM item_keys WHERE feed_id = ? LIMIT 1"

_KNOWN = """
SELECT key, items.id, fingerprint FROM item_keys LEFT JOIN items ON items.id = item_keys.item_id
WHERE item_keys.feed_id = ? AND key IN (SELECT value FROM json_each(?))
"""


@lru_cache(4096)  # asked for when a document is sifted, and again when what is new of it is written
def number(key: str) -> int:
    """What a key is kept as."""
    return int.from_bytes(blake2b(key.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)


def known(database: Database, feed_id: int, keys: Iterable[str]) -> dict[str, KnownItem]:
    """What is remembered under those keys of one feed; ``item_id`` is None where the item is no longer kept."""
    if not database.conn.execute(_ANY, (feed_id,)).fetchone():
        return {}  # a first document, of which thousands of keys would be looked up
    asked = {number(key): key for key in keys}
    found = database.conn.execute(_KNOWN, (feed_id, json.dumps(sorted(asked))))
    return {asked[one]: KnownItem(asked[one], item_id, fingerprint) for one, item_id, fingerprint in found}


def remember(database: Database, told: Iterable[tuple[int, str, int, str]]) -> None:
    """Rows of feed, key, item and fingerprint. A key that exists stays with its first item; only the fingerprint
    follows the text."""
    database.conn.executemany(
        """INSERT INTO item_keys (feed_id, key, item_id, fingerprint) VALUES (?, ?, ?, ?)
           ON CONFLICT (feed_id, key) DO UPDATE SET fingerprint = excluded.fingerprint""",
        [(feed_id, number(key), item_id, fingerprint) for feed_id, key, item_id, fingerprint in told],
    )

"""Term vectors as the database keeps them: the words, heaviest first, and their weights in ten-thousandths.

A third of what JSON takes, and read twice as fast. Rows that an earlier version wrote as JSON are read as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from struct import Struct, pack, unpack_from

PARTS = 10_000
"""Of a weight of 1; weights are rounded to that many when they are made."""

_NARROW, _WIDE = "H", "I"
"""How many bytes a weight has, two or four: the letter that ``struct`` calls it by, and the first byte of a row."""

_EXACT = Struct("<Id")
"""A story and its share, which is no rounded number."""


def packed(vector: Mapping[str, float]) -> bytes:
    """As a row keeps a vector: the size of a weight, how many there are, the weights, the words with a space between.

    No word has a space in it.
    """
    weights = [round(weight * PARTS) for weight in vector.values()]
    size = _WIDE if max(weights, default=0) > 0xFFFF else _NARROW
    return pack(f"<cH{len(weights)}{size}", size.encode(), len(weights), *weights) + " ".join(vector).encode()


def unpacked(kept: bytes | str) -> dict[str, float]:
    """The vector, its words in the order in which they were kept."""
    if isinstance(kept, str):
        found: dict[str, float] = json.loads(kept)
        return found
    size, many = unpack_from("<cH", kept)
    weights = unpack_from(f"<{many}{size.decode()}", kept, 3)
    start = 3 + many * (2 if size == b"H" else 4)
    return dict(zip(kept[start:].decode().split(" "), [weight / PARTS for weight in weights], strict=False))


def packed_shares(shares: Mapping[int, float]) -> bytes:
    """As a row keeps the stories that one term finds, each with the share that the term has in it."""
    return b"".join([_EXACT.pack(story_id, share) for story_id, share in sorted(shares.items())])


def unpacked_shares(kept: bytes) -> dict[int, float]:
    return dict(_EXACT.iter_unpack(kept))

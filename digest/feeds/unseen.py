"""Cut a feed document down to the items not seen before. Pure, and linear in the document's length.

    <?xml version="1.0"?><rss><channel><title>T</title>      kept: declarations, the channel
        <item>known</item>                                   left out: these very bytes were read the last time
        <item>new</item>                                     kept
    </channel></rss>                                         kept

An item is known by a hash of its bytes. What else bears on how it is read, the prolog and all that the parser holds
before the first item, is one more hash, its surroundings: where those changed, everything is read again.
Anything doubtful gives None, and whoever asked reads the whole document; a document is refused here rather than once
too little. What only the parser can tell (``reader.Watch``) and what items are to each other (``identity.relations``)
is asked there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from .items import ITEMS_LIMIT

READING = 1
"""To be raised with every change of what the same bytes are read as, by a release or not."""
STRAY = 50
"""Tags that only begin like an item's, as ``<items>``, before a document is doubtful."""
OUTSIDE = 256_000
"""Bytes before the items, or behind them, that are looked through; a document with more there is doubtful."""
HIDDEN = 1_000
"""Pieces of CDATA, comments and instructions that are looked through in one place."""
_SURROUNDINGS, _SLICE, _RELATION = 16, 12, 4
"""Bytes of the three hashes that are remembered."""
_RECORD = _SLICE + 2 * _RELATION

_PLAIN_CHARSETS = re.compile(r"utf-?8|us-ascii|ascii|iso-8859-(?:[1-9]|1[013-6])|windows-125[0-8]|cp125[0-8]|koi8-[ru]")
"""One byte a letter, or UTF-8: a part of what can be decoded can be decoded, to the same letters."""
_CHARSET = re.compile(rb"""^<\?xml[^\n>]*?\sencoding=["']([A-Za-z0-9._-]{1,40})["'][^\n>]*\?>""")
_NAMED = re.compile(rb"<(/?)(?:[^\s<>/:]+:)?(item|entry|feed|rss|rdf|channel)(?=[\s/>])", re.IGNORECASE)
_OPEN = re.compile(rb"""<[a-z]+(?:\s+([^\s=<>"'/]+)\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*>""")
_START = re.compile(rb"<[^/!?]")
_HIDDEN = re.compile(rb"<(?:!\[CDATA\[|!--|\?|!)")
_CLOSING = {b"<![CDATA[": b"]]>", b"<!--": b"-->", b"<?": b"?>"}
_ITEM = (b"item", b"entry")
_AFTER_NAME = (b">", b" ", b"\n", b"\r", b"\t", b"/")
_SKIPPING = (b"<skiphours", b"<skipdays")


@dataclass(frozen=True, slots=True)
class Cut:
    """A document and where its items stand in it."""

    body: bytes
    tag: bytes
    """``item`` or ``entry``."""
    places: tuple[tuple[int, int], ...]
    """Start and end of each item, in order; at least one."""
    hashes: tuple[bytes, ...]
    """One for each of them."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of a document, beside its items' hashes: what tells the items that an item has to do with."""

    surroundings: bytes
    relations: dict[bytes, bytes]
    """An item's hash to those of its relations, one behind the other."""


@dataclass(frozen=True, slots=True)
class Part:
    """A document without the items that are known."""

    body: bytes
    kept: tuple[int, ...]
    """Places of the items that it still has, in the whole document; at least one."""


def cut(body: bytes, content_type: str) -> Cut | None:
    """Where the items stand; None where that cannot be told for sure. Of the items themselves nothing is said yet."""
    if b"<!ENTITY" in body or not _is_plain(body, content_type):
        return None
    first = min((at for tag in _ITEM if (at := _opening(body, b"<" + tag, 0)) >= 0), default=-1)
    if not 0 <= first <= OUTSIDE:
        return None
    tag = b"item" if body.startswith(b"<item", first) else b"entry"
    places = _places(body, tag, first)
    if places is None or len(body) - places[-1][1] > OUTSIDE:
        return None
    head, tail = _markup(body[:first]), _markup(body[places[-1][1] :])
    # what stands behind the items is read with what the last of them left behind
    if head is None or tail is None or _START.search(tail) or any(name in _ITEM for _, name in _NAMED.findall(head)):
        return None
    return Cut(body, tag, tuple(places), tuple(_hash(_SLICE, body[start:end]) for start, end in places))


def sound(cut: Cut, kept: Collection[int]) -> bool:
    """Whether each of those items is one element of its own, which says nothing of the document around it."""
    return all(_is_one(cut.body[slice(*cut.places[index])], cut.tag) for index in kept)


def reduced(cut: Cut, known: Known) -> Part | None:
    """The document without what is known; None where nothing of it is.

    One item stays in any case, the shortest: it shows what the parser holds where items stand.
    """
    count = Counter(cut.hashes)
    kept = [index for index, one in enumerate(cut.hashes) if one not in known.relations or count[one] > 1]
    if len(kept) == len(cut.places):
        return None
    if not kept:
        kept = [min(range(len(cut.places)), key=lambda index: cut.places[index][1] - cut.places[index][0])]
    pieces = [cut.body[: cut.places[0][0]]]
    pieces += [cut.body[slice(*cut.places[index])] for index in kept]
    pieces.append(cut.body[cut.places[-1][1] :])
    return Part(b"".join(pieces), tuple(kept))


def entangled(cut: Cut, part: Part, known: Known, relations: Sequence[Collection[str]]) -> bool:
    """Whether an item that was read has to do with one that was left out; ``relations`` of each that was read."""
    kept = set(part.kept)
    left = {
        related for index, one in enumerate(cut.hashes) if index not in kept for related in _split(known.relations[one])
    }
    return any(_short(one) in left for several in relations for one in several)


def remembered(
    cut: Cut,
    surroundings: bytes,
    relations: Sequence[Collection[str]],
    part: Part | None = None,
    known: Known | None = None,
) -> bytes:
    """What to remember of a document: its surroundings, and the items that have nothing to do with each other.

    ``relations``: of each item that was read, which are all of them where there is no ``part``. At most two each.
    """
    kept = part.kept if part else range(len(cut.places))
    own = {index: b"".join(map(_short, several)) for index, several in zip(kept, relations, strict=True)}
    before = known.relations if known else {}
    of = [own[index] if index in own else before[one] for index, one in enumerate(cut.hashes)]
    counted = Counter(one for several in of for one in set(_split(several)))
    lines = (
        hashed + several.ljust(2 * _RELATION, b"\0")
        for hashed, several in zip(cut.hashes, of, strict=True)
        if all(counted[one] == 1 for one in _split(several))
    )
    return surroundings + b"".join(lines)


def known(remembered: bytes) -> Known | None:
    """What ``remembered`` holds; None where it holds nothing, or nothing of this form."""
    if len(remembered) < _SURROUNDINGS + _RECORD or (len(remembered) - _SURROUNDINGS) % _RECORD:
        return None
    records = (remembered[at : at + _RECORD] for at in range(_SURROUNDINGS, len(remembered), _RECORD))
    return Known(remembered[:_SURROUNDINGS], {one[:_SLICE]: one[_SLICE:] for one in records})


def surroundings(*what: object) -> bytes:
    """The hash of all that bears on how each item is read; a new ``READING`` lets each feed be read whole once."""
    return _hash(_SURROUNDINGS, repr((READING, what)).encode("utf-8", "replace"))


# --- Bytes --------------------------------------------------------------------------------------


def _is_plain(body: bytes, content_type: str) -> bool:
    """Whether each part of the document is decoded as the whole one is, whatever the other parts hold."""
    bare = body.removeprefix(b"\xef\xbb\xbf")
    line = bare[:end] if (end := bare.find(b"\n")) >= 0 else bare
    found = _CHARSET.match(line[:300])
    # a second one in the first line may be taken for the declared one, items or not
    if line.startswith(b"<?") and b"encoding=" in line[found.end() if found else 0 :]:
        return False
    declared = found[1].decode("ascii").lower() if found else ""
    kind, *parameters = content_type.lower().split(";")
    sent = "".join(
        one.partition("=")[2].strip().strip("\"'") for one in parameters if one.strip().startswith("charset")
    )
    name = declared or "utf-8"
    if (sent and sent != name) or not _PLAIN_CHARSETS.fullmatch(name):
        return False
    if body.isascii():
        return True
    if kind.strip().startswith("text/") and not (declared or sent):
        return False  # then it is guessed
    try:
        body.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _opening(body: bytes, tag: bytes, start: int) -> int:
    """Where the next start tag of this name begins, as far as bytes tell; -1 without one, or after too many others."""
    for _ in range(STRAY):
        start = body.find(tag, start)
        if start < 0 or body[start + len(tag) : start + len(tag) + 1] in _AFTER_NAME:
            return start
        start += len(tag)
    return -1


def _places(body: bytes, tag: bytes, first: int) -> list[tuple[int, int]] | None:
    """Start and end of each item, with nothing but white space between them; None where there is more, or too many."""
    opening, closing = b"<" + tag, b"</" + tag
    places: list[tuple[int, int]] = []
    start, end = first, first
    while start >= 0:
        if len(places) == ITEMS_LIMIT or body[end:start].strip():
            return None
        close = body.find(closing, start)
        last = body.find(b">", close, close + len(closing) + 10) if close >= 0 else -1
        if last < 0 or body[close + len(closing) : last].strip():
            return None
        end = last + 1
        places.append((start, end))
        start = _opening(body, opening, end)
    return places


def _is_one(piece: bytes, tag: bytes) -> bool:
    """One element, with no other item or feed in it, nothing said about the feed, and no namespace on its tag."""
    opened, markup, lower = _OPEN.match(piece, 0, 4_000), _markup(piece), piece.lower()
    return (
        opened is not None
        and b"xmlns" not in opened[0]
        and markup is not None
        and _NAMED.findall(markup) == [(b"", tag), (b"/", tag)]
        and not any(word in lower for word in _SKIPPING)
    )


def _markup(piece: bytes) -> bytes | None:
    """Without CDATA, comments and instructions; None where one of them does not end, or a document type is declared."""
    left: list[bytes] = []
    at = 0
    while opened := _HIDDEN.search(piece, at):
        closing = _CLOSING.get(opened[0])
        end = piece.find(closing, opened.end()) if closing else -1
        if closing is None or end < 0 or len(left) == HIDDEN:
            return None
        left.append(piece[at : opened.start()])
        at = end + len(closing)
    return b" ".join([*left, piece[at:]]) if left else piece


def _hash(size: int, data: bytes) -> bytes:
    return blake2b(data, digest_size=size).digest()


def _short(related: str) -> bytes:
    """Never zeros, which stand for none."""
    found = _hash(_RELATION, related.encode("utf-8", "replace"))
    return found if any(found) else b"\1".rjust(_RELATION, b"\0")


def _split(relations: bytes) -> list[bytes]:
    ends = range(_RELATION, len(relations) + 1, _RELATION)
    return [one for end in ends if any(one := relations[end - _RELATION : end])]

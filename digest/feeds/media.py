"""Pictures, episodes and videos of an item: which one is shown, and what is believed of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..model import Enclosure, Picture
from . import clean

ALT_LIMIT = 300
"""Characters."""
WIDE = 1_600
"""Pixels; of several sizes of one picture the widest up to this is taken."""
SMALL = 48
"""Pixels; what is smaller is an icon."""
LONGEST = 7 * 24 * 3_600
"""Seconds; what claims to last longer is a mistake."""
LEAST = 1_024
"""Bytes; a smaller length was made up, as 0 and 1 often are."""


@dataclass(frozen=True, slots=True)
class RawImage:
    """A picture as a feed names it."""

    url: str | None
    alt: str | None = None
    width: str | None = None
    height: str | None = None


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file as a feed names it: RSS's and Atom's enclosure, Media RSS's content, JSON Feed's attachment."""

    url: str | None
    type: str | None = None
    length: str | None = None
    """Bytes."""
    duration: str | None = None

    @property
    def plays(self) -> bool:
        return bool(re.match(r"\s*(?:audio|video)/", self.type or "", re.IGNORECASE))

    @property
    def is_image(self) -> bool:
        kind = (self.type or "").strip().lower()
        return kind.startswith("image/") or (not kind and bool(_IMAGE_NAME.search(self.url or "")))


_IMAGE_NAME = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:$|\?)", re.IGNORECASE)


def enclosure(files: Iterable[RawFile], duration: str | None, base: str) -> Enclosure | None:
    """The first file that can be heard or watched, else the first of all; ``duration`` is the item's own."""
    known = [(address, one) for one in files if (address := clean.url(one.url, base))]
    if not known:
        return None
    address, best = next((pair for pair in known if pair[1].plays), known[0])
    kind = (best.type or "").partition(";")[0].strip().lower()
    return Enclosure(
        url=address,
        type=kind if re.fullmatch(r"[a-z]+/[a-z0-9.+-]{1,100}", kind) else None,
        seconds=seconds(duration or best.duration) if not best.is_image else None,
        bytes=size(best.length),
    )


def picture(named: Iterable[RawImage], markups: Iterable[tuple[str, str]], base: str) -> Picture | None:
    """The first picture that a feed names, else the first of the texts, (HTML, its base) each.

    What the texts know of the named one (its words, its size) is taken from there.
    """
    listed = tuple(named)
    if not listed:
        return next((found[0] for html, at in markups if (found := clean.pictures(html, at))), None)
    inside = [found for html, at in markups for found in clean.pictures(html, at)]
    for raw in listed:
        address = clean.url(raw.url, base)
        width, height = _sides(raw.width, raw.height)
        if address is None or (width and height and min(width, height) < SMALL) or clean.counts_readers(address):
            continue
        twin = next((one for one in inside if one.url == address), Picture(address))
        alt = clean.line(raw.alt or "")[:ALT_LIMIT] or twin.alt
        if width is None:
            width, height = twin.width, twin.height
        return Picture(address, alt, width, height)
    return inside[0] if inside else None


def widest_first(images: Iterable[RawImage]) -> list[RawImage]:
    """Several sizes of one picture, the one to show first."""

    def rank(one: RawImage) -> tuple[bool, int]:
        width = pixels(one.width) or 0
        return width > WIDE, width if width > WIDE else -width

    return sorted(images, key=rank)


def pixels(declared: str | None) -> int | None:
    """A side of a picture; None where it is no number of pixels."""
    found = re.fullmatch(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*", declared or "", re.ASCII)
    return int(found[1]) if found and int(found[1]) else None


def _sides(width: str | None, height: str | None) -> tuple[int | None, int | None]:
    """Both or neither: one alone keeps no room on a page."""
    wide, high = pixels(width), pixels(height)
    return (wide, high) if wide and high else (None, None)


def size(declared: str | None) -> int | None:
    """A length in bytes; None where there is none to believe."""
    digits = re.sub(r"[,.\s_]", "", declared or "")
    found = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 15 else 0
    return found if found >= LEAST else None


_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,4}):(\d{1,2})(?:[.,]\d+)?", re.ASCII)
_PLAIN = re.compile(r"(\d{1,7})(?:[.,]\d+)?\s*(?:s|secs?|seconds?)?", re.ASCII | re.IGNORECASE)
_SPELT = re.compile(
    r"(?:pt?)?\s*(?:(\d{1,3})\s*h(?:(?:ou)?rs?)?)?[\s,:]*(?:(\d{1,4})\s*m(?:in(?:ute)?s?)?)?[\s,:]*"
    r"(?:(\d{1,6})(?:\.\d+)?\s*s(?:ec(?:ond)?s?)?)?\.?",
    re.ASCII | re.IGNORECASE,
)


def seconds(declared: str | None) -> int | None:
    """How long something lasts, however it is written: ``3723``, ``62:03``, ``1:02:03``, ``1h 2m 3s``, ``PT1H2M3S``.

    Apple's rule: one number is seconds, two are minutes and seconds, three hours too. None where it cannot be read.
    """
    written = (declared or "").strip()[:60]
    if plain := _PLAIN.fullmatch(written):
        total = int(plain[1])
    elif found := _CLOCK.fullmatch(written) or _SPELT.fullmatch(written):
        hours, minutes, rest = (int(part or 0) for part in found.groups())
        total = hours * 3_600 + minutes * 60 + rest
    else:
        return None
    return total if 0 < total <= LONGEST else None

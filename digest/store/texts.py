"""An item's text as its row keeps it: small enough, as it is; else deflated, by what the same row says already.

Most feeds give the same words twice, as summary and, with markup, as text, so the summary and the address are a
dictionary for the text (RFC 1950, 2.2): that halves the table of items, and the summary stays readable for any SQLite
tool. A text is ``TEXT``, a deflated one ``BLOB``; rows of older versions are all ``TEXT`` and stay so.
"""

from __future__ import annotations

import zlib
from html import escape

_COMMON = (
    "<blockquote></blockquote><figure><figcaption></figcaption></figure><h2></h2><h3></h3><ul><li></li></ul><ol>"
    "<strong></strong><em></em><br> &amp; and the of to in a is that for it as was with be by on <p><a "
    'href="https://www." rel="noopener noreferrer"></a></p>\n<p>'
)
"""What texts are full of. Never to be changed: what was deflated with it can be read with nothing else."""
_LEAST = 100
"""Bytes; what is shorter hardly gets any shorter."""
_LEVEL, _WINDOW, _MEMORY = 1, 13, 6
"""Of zlib. The highest level gains two per cent more; a window of 32 kB costs five times as much, to be cleared."""


def packed(content_html: str, summary: str, url: str | None) -> str | bytes:
    """What the row of an item with that summary and address keeps of its text."""
    plain = content_html.encode("utf-8", "replace")
    if len(plain) < _LEAST:
        return content_html
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW, _MEMORY, zlib.Z_DEFAULT_STRATEGY, _known(summary, url))
    small = deflate.compress(plain) + deflate.flush()
    return small if len(small) < len(plain) else content_html


def unpacked(kept: str | bytes, summary: str, url: str | None) -> str:
    """The text that a row keeps; the summary where somebody changed that, or the address, behind our back."""
    if isinstance(kept, str):
        return kept
    inflate = zlib.decompressobj(_WINDOW, _known(summary, url))
    try:
        return (inflate.decompress(kept) + inflate.flush()).decode("utf-8", "replace")
    except zlib.error:
        return f"<p>{escape(summary, quote=False)}</p>" if summary else ""


def _known(summary: str, url: str | None) -> bytes:
    """The likeliest at the end, where it costs least to point to."""
    return f"{_COMMON}{url or ''}{summary}".encode("utf-8", "replace")

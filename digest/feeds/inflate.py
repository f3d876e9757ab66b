"""Compressed bytes -> plain bytes, in small pieces, so that the reader can count them and stop. Pure.

A megabyte of gzip may hold a gigabyte: nothing here makes more than one piece ahead of its reader.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

ACCEPTED = "gzip, deflate"
"""What to ask for."""
PIECE = 256 * 1024
"""Bytes; at some 300 MB a second less than a millisecond of work."""
_MEMBERS = 100
"""A gzip file may be a chain of others; a long chain is an attack."""
_UNASKED = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})


class InflateError(Exception):
    """The bytes are not what their header says; the text is for people."""


class Inflater:
    """Takes a body as it arrives; ``encoding`` is its Content-Encoding; raises InflateError for one not asked for."""

    def __init__(self, encoding: str) -> None:
        self._coding = encoding.strip().lower().removeprefix("x-")
        if self._coding in _UNASKED or "," in self._coding:
            raise InflateError("the answer is compressed in a way that was not asked for")
        self._members = 0
        self._inflate: zlib._Decompress | None = None
        self._ended = True

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The plain bytes of the next chunk, at most ``PIECE`` at a time; raises InflateError."""
        if self._coding not in {"gzip", "deflate"}:
            # "utf-8", "none" and the like are seen, and mean nothing
            yield data
            return
        while data:
            if self._inflate is None:
                data = self._begin(data)
            if self._inflate is None:
                return
            try:
                piece = self._inflate.decompress(data, PIECE)
                while piece:
                    yield piece
                    piece = self._inflate.decompress(self._inflate.unconsumed_tail, PIECE)
            except zlib.error:
                raise InflateError("the compression of the answer is broken") from None
            data = b""
            if self._inflate.eof:
                data, self._inflate, self._ended = self._inflate.unused_data, None, True

    def end(self) -> None:
        """Raises InflateError where the last bytes are missing."""
        if not self._ended:
            raise InflateError("the compressed answer ended in the middle")

    def _begin(self, data: bytes) -> bytes:
        """Starts the next member; what follows the last one is padding and thrown away."""
        if self._members and (self._coding == "deflate" or not data.startswith(b"\x1f")):
            return b""
        self._members += 1
        if self._members > _MEMBERS:
            raise InflateError("the compression of the answer is broken: too many parts")
        if self._coding == "gzip":
            bits = 16 + zlib.MAX_WBITS
        else:
            # RFC 9110 8.4.1.2: zlib's format is meant, many send bare deflate
            bits = zlib.MAX_WBITS if data[0] & 0x0F == 8 and data[0] >> 4 <= 7 else -zlib.MAX_WBITS
        self._inflate = zlib.decompressobj(bits)
        self._ended = False
        return data

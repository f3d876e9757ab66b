"""Compressed bytes -> plain bytes, in small pieces, so that the reader can count them and stop. Pure.

A megabyte of gzip may hold a gigabyte: nothing here makes more than one piece ahead of its reader.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from typing import Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPTED = "gzip, deflate, br, zstd"
"""What to ask for."""
PIECE = 256 * 1024
"""Bytes; at some 300 MB a second less than a millisecond of work."""
_MEMBERS = 100
"""A gzip or zstd file may be a chain of others; a long chain is an attack."""
_WINDOW = 23
"""Eight megabytes, the most that a zstd answer may make its reader keep (RFC 9659)."""
_BEGINNINGS = {"gzip": (0x1F,), "zstd": (0x28, *range(0x50, 0x60))}
"""First bytes of a further part: zstd also has parts to skip."""
_UNASKED = frozenset({"compress", "dcb", "dcz"})
_CODED = frozenset({"gzip", "deflate", "br", "zstd"})


class InflateError(Exception):
    """The bytes are not what their header says; the text is for people."""


class _Member(Protocol):
    """One compressed stream of a body."""

    def feed(self, data: bytes) -> Iterator[bytes]: ...

    @property
    def ended(self) -> bool: ...

    @property
    def rest(self) -> bytes:
        """What follows its end."""


class Inflater:
    """Takes a body as it arrives; ``encoding`` is its Content-Encoding; raises InflateError for one not asked for."""

    def __init__(self, encoding: str) -> None:
        self._coding = encoding.strip().lower().removeprefix("x-")
        if self._coding in _UNASKED or "," in self._coding:
            raise InflateError("the answer is compressed in a way that was not asked for")
        self._members = 0
        self._member: _Member | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The plain bytes of the next chunk, at most about ``PIECE`` at a time; raises InflateError."""
        if self._coding not in _CODED:
            # "utf-8", "none" and the like are seen, and mean nothing
            yield data
            return
        while data:
            if self._member is None and not self._begins(data):
                return
            assert self._member is not None
            try:
                yield from self._member.feed(data)
            except (zlib.error, brotli.error, zstd.ZstdError, EOFError):
                raise InflateError("the compression of the answer is broken") from None
            data = b""
            if self._member.ended:
                data, self._member = self._member.rest, None

    def end(self) -> None:
        """Raises InflateError where the last bytes are missing."""
        if self._member is not None:
            raise InflateError("the compressed answer ended in the middle")

    def _begins(self, data: bytes) -> bool:
        """Starts the next member; what follows the last one is padding and thrown away."""
        if self._members and data[0] not in _BEGINNINGS.get(self._coding, ()):
            return False
        self._members += 1
        if self._members > _MEMBERS:
            raise InflateError("the compression of the answer is broken: too many parts")
        match self._coding:
            case "br":
                self._member = _Brotli()
            case "zstd":
                self._member = _Zstd()
            case "gzip":
                self._member = _Zlib(16 + zlib.MAX_WBITS)
            case _:
                # RFC 9110 8.4.1.2: zlib's format is meant, many send bare deflate
                is_zlib = data[0] & 0x0F == 8 and data[0] >> 4 <= 7
                self._member = _Zlib(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)
        return True


class _Zlib:
    def __init__(self, bits: int) -> None:
        self._inflate = zlib.decompressobj(bits)

    def feed(self, data: bytes) -> Iterator[bytes]:
        piece = self._inflate.decompress(data, PIECE)
        while piece:
            yield piece
            piece = self._inflate.decompress(self._inflate.unconsumed_tail, PIECE)

    @property
    def ended(self) -> bool:
        return self._inflate.eof

    @property
    def rest(self) -> bytes:
        return self._inflate.unused_data


class _Brotli:
    def __init__(self) -> None:
        self._inflate = brotli.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        piece = self._inflate.process(data, output_buffer_limit=PIECE)
        while piece:
            yield piece
            piece = b"" if self.ended else self._inflate.process(b"", output_buffer_limit=PIECE)

    @property
    def ended(self) -> bool:
        return bool(self._inflate.is_finished())

    @property
    def rest(self) -> bytes:
        """A brotli stream takes what follows it for an error."""
        return b""


class _Zstd:
    def __init__(self) -> None:
        self._inflate = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _WINDOW})

    def feed(self, data: bytes) -> Iterator[bytes]:
        piece = self._inflate.decompress(data, PIECE)
        while piece:
            yield piece
            piece = b"" if self.ended or self._inflate.needs_input else self._inflate.decompress(b"", PIECE)

    @property
    def ended(self) -> bool:
        return self._inflate.eof

    @property
    def rest(self) -> bytes:
        return self._inflate.unused_data

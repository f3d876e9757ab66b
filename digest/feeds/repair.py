"""Bytes of a feed document, mended so that a strict XML parser can read what a person can. Pure.

feedparser's loose parser is the second choice for what is not well-formed, and it loses more:
``AT&T`` comes out as ``AT&T;``, character references of surrogates raise.
Every repair leaves a well-formed document as it is.
"""

from __future__ import annotations

import codecs
import re
from html.entities import name2codepoint

_WIDE = (
    # the longer ones first: UTF-32 begins like UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
"""First bytes of documents whose letters take two or four bytes each (XML 1.0, appendix F)."""
_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\r")
_DECLARATION = re.compile(rb"^\s*<\?xml[^>]{0,200}?\?>")
_WIDE_NAME = re.compile(
    rb"""\s+encoding\s*=\s*["'](?:utf-?16|utf-?32|ucs-?[24]|iso-10646-ucs-[24]|unicode)[^"']*["']""", re.I
)
_REFERENCE = re.compile(
    rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)"
    rb"|(?:&#(?:0{0,8}(?:[0-9]{1,2}|5[567][0-9]{3}|6553[45]|[0-9]{7,12})"
    rb"|[xX]0{0,8}(?:[0-9A-Fa-f]{1,2}|[dD][89A-Fa-f][0-9A-Fa-f]{2}|[fF]{3}[eEfF]|[0-9A-Fa-f]{6,12}));)+"
    rb"|&(?!(?:lt|gt|amp|quot|apos);|#[0-9]{1,7};|#[xX][0-9A-Fa-f]{1,6};)(?:([A-Za-z][A-Za-z0-9]{1,31});)?",
    re.DOTALL,
)
_RIGHT = (b"&amp;", b"&lt;", b"&gt;", b"&quot;", b"&apos;")
"""References that stay, and most documents have no others."""
_EMPTY_ITEM = re.compile(rb"<item\s*/>")
_NUMBER = re.compile(rb"&#(?:[xX]([0-9A-Fa-f]+)|([0-9]+));")


def narrowed(body: bytes) -> tuple[bytes, bool]:
    """The document with one byte a letter where that is enough, and whether its first bytes say how it is encoded.

    Nothing else that claims to know the charset counts then.
    feedparser reads UTF-16 only where the document declares it.
    """
    for mark, charset in _WIDE:
        if body.startswith(mark):
            text = body.decode(charset, "replace").encode("utf-8", "replace")
            return _DECLARATION.sub(lambda found: _WIDE_NAME.sub(b"", found[0]), text, count=1), True
    return body, body.startswith(codecs.BOM_UTF8)


def mend(body: bytes) -> bytes:
    """The document without what XML forbids: controls, a false UTF-16 declaration, bare ``&``, refused references."""
    if b"iso-2022" not in body[:200].lower():
        body = body.translate(None, _CONTROLS)
    body = _DECLARATION.sub(lambda found: _WIDE_NAME.sub(b"", found[0]), body, count=1)
    # an empty item inside an item ends it too early for feedparser, and says nothing wherever it stands
    body = _EMPTY_ITEM.sub(b"", body)
    if body.count(b"&") != sum(map(body.count, _RIGHT)) and b"<!ENTITY" not in body[:65_536]:
        body = _REFERENCE.sub(_mended, body)
    return _nearly_utf8(body)


def _mended(found: re.Match[bytes]) -> bytes:
    token = found[0]
    if token.startswith(b"<"):
        return token
    if token.startswith(b"&#"):
        return _characters(token)
    name = found[1]
    if name is None:
        return b"&amp;"
    code = name2codepoint.get(name.decode("ascii"))
    return b"&amp;%s;" % name if code is None else b"&#%d;" % code


def _characters(run: bytes) -> bytes:
    """A run of references: surrogate pairs joined, controls dropped, what is no character U+FFFD."""
    codes = [int(hexa, 16) if hexa else int(decimal) for hexa, decimal in _NUMBER.findall(run)]
    made: list[int] = []
    for code in codes:
        if 0xDC00 <= code <= 0xDFFF and made and 0xD800 <= made[-1] <= 0xDBFF:
            made[-1] = 0x10000 + ((made[-1] - 0xD800) << 10) + (code - 0xDC00)
        elif code >= 0x20 or code in (9, 10, 13):
            made.append(code)
    return b"".join(
        b"&#%d;" % (0xFFFD if 0xD800 <= c <= 0xDFFF or c in (0xFFFE, 0xFFFF) or c > 0x10FFFF else c) for c in made
    )


def _nearly_utf8(body: bytes) -> bytes:
    """A UTF-8 document with a few broken bytes, those replaced; any other body unchanged.

    One bad byte would otherwise send the whole document through windows-1252.
    """
    declared = _DECLARATION.match(body)
    if declared and b"encoding" in declared[0] and b"utf-8" not in declared[0].lower():
        return body
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        guess = body.decode("utf-8", "replace")
        bad = guess.count("\ufffd")
        good = sum(map(len, re.findall("[^\x00-\x7f\ufffd]+", guess)))
        if bad * 10 <= good:
            return guess.encode("utf-8")
    return body

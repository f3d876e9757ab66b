"""What either reader found of one item -> a clean ParsedItem. Pure; shared by parse.py and jsonfeed.py."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape
from time import struct_time

from ..model import ParsedItem
from . import clean, dates, media
from .media import RawFile, RawImage

ITEMS_LIMIT = 2_000
"""Items read of one feed document; what stands behind them is archive."""
TITLE_LIMIT = 1_000
SUMMARY_LIMIT = 2_000
NAME_LIMIT = 200
GUID_LIMIT = 4_000
"""Characters, all four."""
FULL_TEXT = 120
"""Words from which a lone text counts as the whole text and not as a teaser."""


@dataclass(frozen=True, slots=True)
class Markup:
    """A piece of text with its declared type."""

    value: str = ""
    is_html: bool | None = None
    """None: RSS, which declares nothing."""
    base: str = ""
    """Address that its relative links resolve against."""


@dataclass(frozen=True, slots=True)
class RawItem:
    """One item before cleaning, the same for every format."""

    title: Markup
    links: tuple[str, ...]
    """Best first; the first that is http(s) is taken."""
    guid: str | None
    summary: Markup
    contents: tuple[Markup, ...]
    author: str | None
    published: str | None
    parsed: struct_time | None
    """feedparser's reading of ``published``."""
    language: str | None
    source_title: str | None
    source_url: str | None
    files: tuple[RawFile, ...] = ()
    duration: str | None = None
    """Of the item's episode, where the item says it rather than the file."""
    images: tuple[RawImage, ...] = ()
    """Best first."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an item takes from the document it stands in."""

    url: str
    site_url: str | None
    language: str | None
    now: datetime


def item(raw: RawItem, around: Surroundings) -> ParsedItem | None:
    """The clean item; None where it has no title, no link and no text."""
    url = next((good for link in raw.links if (good := clean.url(link, around.url))), None)
    title = headline(raw.title)
    summary, content_html, words = _texts(raw, url or around.url)
    if not (title or url or summary or content_html):
        return None
    enclosed = media.enclosure(raw.files, raw.duration, around.url)
    written = (raw.published or "")[:NAME_LIMIT]
    country = dates.country_of((url, around.site_url, around.url)) if dates.needs_country(written) else ""
    published = dates.sane(dates.read(written, country=country, fallback=raw.parsed), around.now) if written else None
    return ParsedItem(
        title=title,
        url=url,
        guid=_guid(raw.guid),
        summary=summary,
        content_html=content_html,
        words=words,
        author=name(raw.author),
        published=published,
        published_text=clean.line(written) or None,
        language=language(raw.language) or around.language,
        source_title=name(raw.source_title),
        source_url=clean.url(raw.source_url, around.url),
        enclosure_url=enclosed.url if enclosed else None,
        enclosure_type=enclosed.type if enclosed else None,
        enclosure_seconds=enclosed.seconds if enclosed else None,
        enclosure_bytes=enclosed.bytes if enclosed else None,
        image=media.picture(raw.images, _markups(raw, url or around.url), around.url),
    )


def cut_short(listed: int, made: int) -> tuple[str, ...]:
    """Complaints about a document that lists so many items, of which so many could be made."""
    read = min(listed, ITEMS_LIMIT)
    found = []
    if listed > read:
        found.append(f"it lists {listed:,} items; only the first {read:,} are read")
    if made < read:
        found.append(f"{read - made:,} of its items have neither title, link nor text and are left out")
    return tuple(found)


def headline(title: Markup) -> str:
    """One line without markup, at most ``TITLE_LIMIT`` characters."""
    raw = title.value[: TITLE_LIMIT * 8]
    is_html = clean.looks_like_html(raw) if title.is_html is None else title.is_html
    return shorten(clean.title(raw, is_html=is_html), TITLE_LIMIT)


def name(value: str | None) -> str | None:
    """A person's or feed's name as one short line; None where nothing is left."""
    return (
        shorten(clean.title(value[:2_000], is_html=clean.looks_like_html(value)), NAME_LIMIT) or None if value else None
    )


def language(declared: str | None) -> str | None:
    """A language tag in lower case, with hyphens; None where it is none (BCP 47, shape only)."""
    tag = (declared or "").strip().lower().replace("_", "-")
    return tag if re.fullmatch(r"[a-z]{2,3}(?:-[a-z0-9]{1,8}){0,4}", tag) and tag != "und" else None


def shorten(plain: str, limit: int) -> str:
    """The text, cut after a word and marked with an ellipsis where it is longer than ``limit``."""
    if len(plain) <= limit:
        return plain
    head = plain[: limit - 1]
    space = head.rfind(" ", limit * 4 // 5)
    return (head[:space] if space > 0 else head).rstrip(" ,;:-") + "…"


def _guid(value: str | None) -> str | None:
    """Trimmed, otherwise verbatim, but for characters that no database or log can hold."""
    trimmed = (value or "").strip()[:GUID_LIMIT]
    return re.sub("[\x00-\x1f\x7f-\x9f\ud800-\udfff]", "\ufffd", trimmed) or None


def _markups(raw: RawItem, page: str) -> Iterator[tuple[str, str]]:
    """The texts that may hold pictures, with the address that those are relative to; the full ones first."""
    for one in (*raw.contents, raw.summary):
        if "<img" in one.value or "<IMG" in one.value:
            yield one.value, _absolute(one.base, page)


def _texts(raw: RawItem, page: str) -> tuple[str, str, int | None]:
    """(plain summary, safe HTML of the longest text, words of the full text where there is one)."""
    longest = max(raw.contents, key=lambda one: len(one.value), default=Markup())
    content_html, content = _rich(longest, page)
    if raw.summary.value and raw.summary.value != longest.value:
        summary_html, summary = _rich(raw.summary, page)
    else:
        summary_html, summary = content_html, content
    if len(summary) > len(content) or not content_html:
        content_html, content, teaser = summary_html, summary, ""
    else:
        teaser = summary if summary != content else ""
    words = count_words(content)
    full = words >= FULL_TEXT or (bool(teaser) and words > count_words(teaser))
    return shorten(_without_boilerplate(summary or content), SUMMARY_LIMIT), content_html, words if full else None


def _rich(markup: Markup, page: str) -> tuple[str, str]:
    """Safe HTML and plain text; HTML that is declared as plain text is taken for what it is.

    Relative links are the item's page's own, unless the document says otherwise (xml:base).
    """
    value = markup.value[: clean.HTML_LIMIT]
    if markup.is_html or clean.looks_like_html(value):
        return clean.rich(value, _absolute(markup.base, page))
    plain = clean.line(value)
    return (f"<p>{escape(plain, quote=False)}</p>" if plain else ""), plain


def _absolute(base: str, page: str) -> str:
    return (clean.url(base, page) if base else None) or page


_SPACED = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_FORMS = bytes(
    ord("a") if chr(code).isalnum() else ord("-") if chr(code) in "'.-" else ord(" ") for code in range(128)
) + bytes(128)
"""Letters and digits of ASCII as ``a``, what joins two of them as ``-``, all else as a space."""
_BEGIN = (b" a", b" -a", b"--a")
"""How a word begins in it: what joins is no part of a word where nothing is before it."""
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")


def count_words(plain: str) -> int:
    """Words; in scripts without spaces two characters count as one."""
    if plain.isascii():
        forms = b" %b" % plain.encode("ascii").translate(_FORMS)
        return sum(map(forms.count, _BEGIN))
    unspaced = len(_UNSPACED.findall(plain))
    if unspaced:
        plain = _UNSPACED.sub(" ", plain)
    return len(_SPACED.findall(plain)) + (unspaced + 1) // 2


_BOILERPLATE = (
    (("the post ",), re.compile(r"(?:^|\s)The post .{1,400}? (?:first )?appeared (?:first )?on .{1,200}$")),
    (
        (
            "read",
            "continue reading",
            "weiterlesen",
            "lire la suite",
            "leer m",
            "leggi tutto",
            "lees verder",
            "читать далее",
        ),
        re.compile(
            r"(?:^|(?<=[.!?…\]”\"'»)])|\s(?=\[))\s*\[?(?:Read (?:more|on|the (?:full|whole) (?:story|article|post))"
            r"|Continue reading|Weiterlesen|Lire la suite|Leer más|Leggi tutto|Lees verder|Читать далее)\b"
            r"[^.!?]{0,160}[\s.…»›→>\]]*$",
            re.IGNORECASE,
        ),
    ),
    (("[link]",), re.compile(r"\s*\[link\]\s*\[(?:\d+ )?comments?\]$")),
    (("submitted by ",), re.compile(r"^submitted by \S+(?: to \S+)?$")),
    (("comments",), re.compile(r"^Comments$")),
)
"""What begins with one of these, as ``casefold`` writes them, and is then looked for, which costs more."""
_CUT_OFF = ("…", "...", "[…]", "[...]")


def _without_boilerplate(summary: str) -> str:
    """The summary without what a publishing system put at its end; links there lead nowhere in plain text.

    Words in it are one space apart, as ``clean.line`` leaves them.
    """
    tail_at = max(0, len(summary) - 700)
    head, tail = summary[:tail_at], summary[tail_at:]
    folded = tail.casefold().replace("ı", "i")  # as a pattern takes it that ignores case
    for words, pattern in _BOILERPLATE:
        places = [place for word in words if (place := folded.find(word)) >= 0]
        if places and not (head and pattern.pattern.startswith("^")):
            # a space and a bracket may stand before the words; letters that fold to several move them
            found = pattern.search(tail, max(0, min(places) - 3) if len(folded) == len(tail) else 0)
            tail = tail[: found.start()] if found else tail
    whole = f"{head}{tail}".rstrip()
    return re.sub(r"\s*(?:\[(?:…|\.\.\.)\]|…|\.\.\.)$", "…", whole) if whole.endswith(_CUT_OFF) else whole

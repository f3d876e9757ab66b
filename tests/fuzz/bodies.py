"""Fuzz the way from a body to stored items: any bytes in, items or a problem out, never an exception, in bounded time.

    PYTHONPATH=tests .venv/bin/python tests/fuzz/bodies.py --minutes 10 --seed 1

Documents are made by breaking real ones: the golden feeds, and the captured ones where they are.
Each goes through the real worker, as in a poll, then through identity. A finding is printed with the bytes that cause
it, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from digest.feeds import identity
from digest.feeds.worker import Worker
from digest.model import KnownItem, ParsedFeed, Unreadable

NOW = datetime(2023, 10, 14, 12, 0, tzinfo=UTC)
LIMIT = timedelta(seconds=20)
MEMORY = 1_000_000_000
"""Bytes that the parsing process may take, as in a poll."""
LARGEST = 300_000
"""Bytes of one document."""
TYPES = (None, "text/xml", "application/rss+xml; charset=windows-1251", "text/html", "application/json", "x" * 300)
TOKENS = (
    b"<item>", b"</item>", b"<entry>", b"<title>", b"<title type='html'>", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<",
    b">", b"&", b"&#0;", b"&#xD800;", b"&#xD83D;&#xDE00;", b"&amp;amp;", b"&nbsp;", b"&undefined;", b"\x00",
    b"\x1b[31m",
    b"\xff\xfe", b"\xef\xbb\xbf", b"\xe2\x80\xae", b"<?xml version='1.0' encoding='utf-16'?>", b"<?xml encoding='x'?>",
    b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>", b"<guid>", b"<guid isPermaLink='false'>", b"<link>",
    b"<link href='javascript:alert(1)'/>", b"<pubDate>", b"Fri, 32 Foo 99999 25:61 +9999", b"<dc:date>",
    b"<source url='",
    b"<enclosure url='", b"xml:base='//'", b"xml:lang='\xff'", b"<content:encoded>", b"<div>" * 50,
    b"<b " + b"a='1' " * 200,
    b"{\"items\":[", b"{}", b"[]", b"null", b"\"\\ud800\"", b"1e999", b"<rdf:RDF>", b"<feed>", b"<rss version='2.0'>",
    b"<channel>", b"http://[::1", b"https://\xc3\xa9.example/", b"9" * 400, b"\r\n\r\n", b"</" * 20,
)  # fmt: skip


_LIVE = re.compile(
    r"<(?:script|style|img|iframe|object|embed|form|input|svg|math|template)\b"
    r"|<[^<>]*\s(?:on\w+=|style=|src=|href=\"(?!https?://))",
    re.IGNORECASE,
)
"""What safe HTML must not hold; in its text, < is always escaped."""


@dataclass
class Tally:
    """What a run found."""

    bodies: int = 0
    items: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    findings: list[str] = field(default_factory=list)


def seeds() -> list[bytes]:
    """Documents to begin with."""
    top = Path(__file__).parents[2]
    found = sorted((top / "tests" / "golden" / "feeds").glob("*/feed.xml"))
    found += [
        path for path in sorted((top.parent / "shared" / "feeds").glob("*.*")) if path.suffix in {".xml", ".json"}
    ]
    return [path.read_bytes()[:LARGEST] for path in found if path.name != "manifest.json"]


def broken(chance: random.Random, documents: Sequence[bytes]) -> bytes:
    """One document, broken in one to eight ways."""
    body = chance.choice(documents)
    if len(body) > 20_000 and chance.random() < 0.8:
        start = chance.randrange(len(body) - 10_000)
        body = body[: chance.randrange(2_000)] + body[start : start + chance.randrange(10_000)]
    for _ in range(chance.randint(1, 8)):
        body = chance.choice(WAYS)(chance, body, documents)[:LARGEST]
    return body


def _flip(chance: random.Random, body: bytes, documents: Sequence[bytes]) -> bytes:
    changed = bytearray(body)
    for _ in range(min(len(changed), chance.randint(1, 20))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _token(chance: random.Random, body: bytes, documents: Sequence[bytes]) -> bytes:
    place = chance.randint(0, len(body))
    return body[:place] + chance.choice(TOKENS) * chance.choice((1, 1, 1, 3, 200)) + body[place:]


def _cut(chance: random.Random, body: bytes, documents: Sequence[bytes]) -> bytes:
    start, end = sorted((chance.randint(0, len(body)), chance.randint(0, len(body))))
    return body[:start] + body[end:] if chance.random() < 0.7 else body[:end]


def _repeat(chance: random.Random, body: bytes, documents: Sequence[bytes]) -> bytes:
    start = chance.randint(0, len(body))
    piece = body[start : start + chance.randint(1, 400)]
    return body[:start] + piece * chance.choice((2, 5, 50)) + body[start:]


def _splice(chance: random.Random, body: bytes, documents: Sequence[bytes]) -> bytes:
    other = chance.choice(documents)
    start = chance.randint(0, len(other))
    place = chance.randint(0, len(body))
    return body[:place] + other[start : start + chance.randint(1, 3_000)] + body[place:]


def _swap_tags(chance: random.Random, body: bytes, documents: Sequence[bytes]) -> bytes:
    tags = list(re.finditer(rb"<[^<>]{1,200}>", body[:50_000]))
    if len(tags) < 2:
        return body
    one, other = sorted(chance.sample(tags, 2), key=lambda found: found.start())
    return body[: one.start()] + other[0] + body[one.end() : other.start()] + one[0] + body[other.end() :]


def _recode(chance: random.Random, body: bytes, documents: Sequence[bytes]) -> bytes:
    text = body.decode("utf-8", "replace")
    return text.encode(chance.choice(("utf-16", "utf-16-be", "utf-32", "cp1252", "shift_jis", "koi8-r")), "replace")


def _noise(chance: random.Random, body: bytes, documents: Sequence[bytes]) -> bytes:
    return chance.randbytes(chance.randint(0, 3_000))


Way = Callable[[random.Random, bytes, Sequence[bytes]], bytes]
WAYS: tuple[Way, ...] = (
    _flip,
    _token,
    _token,
    _token,
    _cut,
    _repeat,
    _splice,
    _swap_tags,
    _flip,
    _cut,
    _recode,
    _noise,
)


def wrong(answer: ParsedFeed | Unreadable) -> str | None:
    """What an answer breaks of the nouns' promises; None where it keeps them all."""
    if isinstance(answer, Unreadable):
        unforeseen = ("the parser failed on it", "the parser crashed on it")
        return answer.reason if answer.reason.startswith(unforeseen) or not answer.reason else None
    lines = [text for item in answer.items for text in (item.title, item.summary, item.author or "")]
    for text in (*lines, answer.title or "", *answer.complaints):
        text.encode("utf-8")
        if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in text) or re.search(
            "[\u202a-\u202e\u2066-\u2069]", text
        ):
            return f"a line holds what it must not: {text[:200]!r}"
    for item in answer.items:
        for url in (item.url, item.source_url, item.enclosure_url):
            if url is not None and not re.fullmatch(r"https?://[!-~]+", url):
                return f"no web address: {url!r}"
        if _LIVE.search(item.content_html):
            return f"live markup: {item.content_html[:200]!r}"
        if item.published is not None and not datetime(1990, 1, 1, tzinfo=UTC) <= item.published <= NOW + timedelta(
            hours=1
        ):
            return f"a date that cannot be: {item.published}"
    return _sorted_wrongly(answer)


def _sorted_wrongly(feed: ParsedFeed) -> str | None:
    """Stored once, nothing of the same document is new again."""
    first = identity.sift(feed, {}, outlet_of=lambda item: "x", first_poll=True, newest=None, now=NOW)
    known = {
        key: KnownItem(key, number, new.fingerprint)
        for number, new in reversed(list(enumerate(first.new)))
        for key in reversed(new.keys)
    }
    again = identity.sift(feed, known, outlet_of=lambda item: "x", first_poll=False, newest=None, now=NOW)
    return f"new again: {[new.item.title for new in again.new][:3]}" if again.new else None


async def fuzz(seed: int, *, seconds: float = 0.0, bodies: int = 0) -> Tally:
    """So many bodies, or so many seconds; the same seed makes the same bodies in the same order."""
    chance, documents, tally = random.Random(seed), seeds(), Tally()
    end = time.monotonic() + seconds
    with Worker(limit=LIMIT, memory=MEMORY) as worker:
        while tally.bodies < bodies or time.monotonic() < end:
            body = broken(chance, documents)
            begun = time.monotonic()
            try:
                answer = await worker.parse(body, "https://feeds.example/x.xml", chance.choice(TYPES), NOW)
                found = wrong(answer)
                tally.outcomes[_outcome(answer)] += 1
                tally.items += len(answer.items) if isinstance(answer, ParsedFeed) else 0
            except Exception as error:  # noqa: BLE001 (what fuzzing looks for)
                found = f"{type(error).__name__}: {error}"
            took = time.monotonic() - begun
            tally.bodies += 1
            tally.slowest = max(tally.slowest, took)
            if took > LIMIT.total_seconds() * 3 + 10:
                found = f"took {took:.1f} s"
            if found:
                tally.findings.append(f"{found}\n  {body!r}")
    return tally


def _outcome(answer: ParsedFeed | Unreadable) -> str:
    if isinstance(answer, ParsedFeed):
        return "items" if answer.items else "no items"
    for sign, kind in (("longer than", "given up for time"), ("memory", "given up for memory")):
        if sign in answer.reason:
            return kind
    return "no feed"


def main() -> int:
    """Runs it by hand and prints the count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    tally = asyncio.run(fuzz(given.seed, seconds=given.minutes * 60))
    print(f"{tally.bodies:,} bodies in {given.minutes:g} min, seed {given.seed}: {tally.items:,} items")
    print(", ".join(f"{kind}: {number:,}" for kind, number in tally.outcomes.most_common()))
    print(f"slowest {tally.slowest:.2f} s; {len(tally.findings)} findings")
    for finding in tally.findings[:20]:
        print(finding[:5_000])
    return 1 if tally.findings else 0


if __name__ == "__main__":
    sys.exit(main())

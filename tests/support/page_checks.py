"""What can be told of a whole site from its answers, without a browser: ``crawl`` of ``pages_world`` gives them.

Every function returns what is wrong, one line each; nothing where all is well.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

from support.pages_feeds import ATTACK
from support.pages_world import Answer

Answers = Mapping[str, Answer]

WIRE, RAW = 20_000, 60_000
"""Bytes of a day of a hundred items, compressed and not."""
HARD = 50_000
"""Bytes of any page, compressed."""

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def pages(found: Answers) -> dict[str, Answer]:
    """Those that are HTML and are no redirect and no error."""
    return {path: one for path, one in found.items() if one.is_page and one.status == 200}


def broken_links(found: Answers, url: str) -> Iterator[str]:
    """Links that lead to an error, and fragments that no element has; only what was crawled is known."""
    for path, answer in found.items():
        for link in answer.links:
            target = urlsplit(urljoin(f"{url}{path}", link))
            if f"{target.scheme}://{target.netloc}" != url:
                continue
            there = found.get(target.path + (f"?{target.query}" if target.query else ""))
            if there is None:
                continue
            if there.status >= 400:
                yield f"{path}: {link} gives {there.status}"
            elif target.fragment and there.is_page and f'id="{target.fragment}"' not in there.text:
                yield f"{path}: {link} has no such part"


def double_titles(found: Answers) -> Iterator[str]:
    """Two pages of one title, but for further pages of one list, which say which they are."""
    seen: dict[str, str] = {}
    for path, answer in pages(found).items():
        title = title_of(answer)
        if title in seen:
            yield f"{path} and {seen[title]}: {title}"
        seen.setdefault(title, path)


def undescribed(found: Answers) -> Iterator[str]:
    """Pages that say nothing of themselves to those who only list them; a form to sign in need not."""
    for path, answer in pages(found).items():
        if not path.startswith("/sign-in") and not re.search(r'<meta name="description" content="[^"]+">', answer.text):
            yield path


def title_of(answer: Answer) -> str:
    return unescape(re.findall(r"<title>(.*?)</title>", answer.text, re.DOTALL)[0])


def double_ids(found: Answers) -> Iterator[str]:
    for path, answer in pages(found).items():
        ids = re.findall(r' id="([^"]+)"', answer.text)
        yield from (f"{path}: {one}" for one in sorted({one for one in ids if ids.count(one) > 1}))


def not_one_heading(found: Answers) -> Iterator[str]:
    for path, answer in pages(found).items():
        count = len(re.findall(r"<h1\b", answer.text))
        if count != 1:
            yield f"{path}: {count} h1"


def too_large(found: Answers) -> Iterator[str]:
    yield from (f"{path}: {one.wire:,} bytes" for path, one in found.items() if one.wire > HARD)


def without_headers(found: Answers) -> Iterator[str]:
    """Policy, nosniff, referrer, an ETag on what is well, a type."""
    for path, answer in found.items():
        policy = dict(
            part.strip().partition(" ")[::2] for part in answer.headers.get("content-security-policy", "").split(";")
        )
        for name, value in POLICY.items():
            if policy.get(name) != value:
                yield f"{path}: policy has {name} {policy.get(name)}"
        if answer.headers.get("x-content-type-options") != "nosniff":
            yield f"{path}: no nosniff"
        if answer.headers.get("referrer-policy") != "no-referrer":
            yield f"{path}: sends a referrer"
        stored = "no-store" in answer.headers.get("cache-control", "")
        if answer.status == 200 and "etag" not in answer.headers and not stored:
            yield f"{path}: no ETag"


def unreadable_feeds(found: Answers) -> Iterator[str]:
    """Atom, OPML and JSON that no program could parse."""
    for path, answer in found.items():
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if answer.status != 200:
            continue
        try:
            if kind.endswith(("xml", "opml")):
                ElementTree.fromstring(answer.body)
            elif kind.endswith("json"):
                json.loads(answer.body)
        except (ElementTree.ParseError, ValueError) as error:
            yield f"{path}: {error}"


def secrets(found: Answers, word: str) -> Iterator[str]:
    """Where a word stands that only the owner may read."""
    yield from (path for path, answer in found.items() if word.lower().encode() in answer.body.lower())


class _Suspicious(HTMLParser):
    """Elements and attributes that no template of ours has, and no cleaned text keeps."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("style", "iframe", "object", "embed", "svg", "base") or (tag == "script" and "src" not in given):
            self.found.append(self.get_starttag_text() or tag)
        for name, value in given.items():
            address = re.sub(r"[\s\x00-\x1f]", "", value).lower()
            if name.startswith("on") or name == "style" or address.startswith(("javascript:", "data:", "vbscript:")):
                self.found.append(self.get_starttag_text() or tag)


def attacks(found: Answers) -> Iterator[str]:
    """Hostile markup that came through as markup."""
    for path, answer in found.items():
        if answer.is_page:
            parser = _Suspicious()
            parser.feed(answer.text)
            yield from (f"{path}: {one[:120]}" for one in parser.found)
        elif answer.headers.get("content-type", "").startswith("application/atom") and answer.status == 200:
            for text in ElementTree.fromstring(answer.body).itertext():
                parser = _Suspicious()
                parser.feed(text)
                yield from (f"{path}: {one[:120]}" for one in parser.found if ATTACK in one or "javascript" in one)

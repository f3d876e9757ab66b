"""Mails to measure: golden editions, a day of a hundred items and one of four hundred, and what their bytes say."""

from __future__ import annotations

import email
import email.policy
import html
import re
from dataclasses import replace
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from urllib.parse import urldefrag

from digest.editions import frozen
from digest.editions.message import mail, message, to_bytes
from digest.editions.render import Renderer
from digest.model import Edition, EditionSection

from .editions import SLOT, a_huge_day, report, told

GOLDEN = Path(__file__).parents[1] / "golden" / "editions"
PAGE = "https://news.example.org/2023/10/13/"
RENDERER = Renderer()


def golden() -> dict[str, Edition]:
    """The editions of the golden folders, by name."""
    return {
        case.name: frozen.loads((case / "edition.json").read_text(encoding="utf-8"))
        for case in sorted(GOLDEN.iterdir())
    }


def a_full_day(items: int, *, address: int = 60) -> Edition:
    """Seven top stories with gists, the other items in four sections; addresses of so many characters."""
    huge = a_huge_day(items - items % 4)
    tops = tuple(
        told(
            report(
                f"Council of {number} towns agrees on a bridge over the river for 1.{number} billion", f"Paper {number}"
            ),
            gist="The bridge replaces a ferry that has run since 1911. Work begins in March and takes four years.",
            gist_outlet="Harbour Times",
            outlets=tuple(f"Outlet {one}" for one in range(number + 1)),
            reason="5 of your feeds",
        )
        for number in range(1, 8)
    )

    def lengthened(section: EditionSection) -> EditionSection:
        return replace(
            section,
            stories=tuple(
                replace(
                    story,
                    lead=replace(
                        story.lead, url=f"https://news.example.org/2023/10/{story.story_id}".ljust(address, "x")
                    ),
                )
                for story in section.stories
            ),
        )

    sections = [lengthened(section) for section in huge.sections]
    sections[0] = replace(sections[0], stories=sections[0].stories[len(tops) :])
    return replace(huge, top=tops, sections=tuple(sections), items=items, stories=items)


def sent(edition: Edition, page: str | None = PAGE, **changes: str | None) -> bytes:
    """The message as it goes over the wire."""
    arguments: dict[str, str | None] = {
        "sender": "Morning paper <digest@example.org>",
        "recipient": "me@example.org",
        "message_id": "<20231013.daily.k3y@example.org>",
        "digest": "daily",
        "archived_at": page,
        "unsubscribe": "https://news.example.org/unsubscribe/9f86d081884c7d659a2feaa0c55ad015",
        **changes,
    }
    made = message(mail(RENDERER, edition, page_url=page), date=SLOT, **arguments)  # type: ignore[arg-type]
    return to_bytes(made)


# --- What bytes say -----------------------------------------------------------------------------


@cache
def parsed(raw: bytes) -> EmailMessage:
    made = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(made, EmailMessage)
    return made


def body(raw: bytes, kind: str) -> str:
    part = parsed(raw).get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def html_sizes(raw: bytes) -> tuple[int, int]:
    """Bytes of the HTML part: decoded, as sent."""
    part = parsed(raw).get_body(("html",))
    assert part is not None
    return len(body(raw, "html").replace("\n", "\r\n").encode()), len(
        part.as_bytes().partition(b"\n\n")[2].replace(b"\n", b"\r\n")
    )


def longest_line(raw: bytes) -> int:
    return max(map(len, raw.split(b"\r\n")))


def links(raw: bytes) -> set[str]:
    """Addresses that the HTML part leads to, a place in a page counted as that page."""
    return {urldefrag(html.unescape(link))[0] for link in re.findall(r'href="([^"]+)"', body(raw, "html"))}


def share_of_links(raw: bytes) -> float:
    """How many of them the text part has, each alone on its line."""
    lines = {urldefrag(line.strip())[0] for line in body(raw, "plain").splitlines()}
    return len(links(raw) & lines) / len(links(raw))


def share_of_words(raw: bytes) -> float:
    """How many of the HTML part's words stand in the text part as often; letters large or small."""
    shown = re.sub(r"<style.*?</style>|<title.*?</title>|<[^>]+>", " ", body(raw, "html"), flags=re.DOTALL)
    wanted = _words(html.unescape(shown))
    had = _words(body(raw, "plain"))
    return sum(min(count, had.get(word, 0)) for word, count in wanted.items()) / sum(wanted.values())


def _words(text: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in re.findall(r"\w+", re.sub(r"\S+://\S+", " ", text.casefold())):
        counts[word] = counts.get(word, 0) + 1
    return counts


_HIDING = re.compile(
    r"<(\w+)[^>]*(?:\bhidden\b|style=\"[^\"]*(?:display:\s*none|visibility:\s*hidden|font-size:\s*[01](?:px)?\b|"
    r"opacity:\s*0\b|max-height:\s*0))[^>]*>(.*?)</\1>",
    re.DOTALL | re.IGNORECASE,
)


def hidden_text(raw: bytes) -> int:
    """Characters of text that no reader sees."""
    return sum(len(re.sub("<[^>]+>", "", found[2]).strip()) for found in _HIDING.finditer(body(raw, "html")))


_FETCHED = re.compile(
    r"<(?:img|link|script|iframe|object|embed|video|audio|source|picture|svg|base)\b|url\(|@import|@font-face|srcset=|background=",
    re.IGNORECASE,
)


def fetched(raw: bytes) -> list[str]:
    """What would make a mail program ask a server."""
    return _FETCHED.findall(body(raw, "html"))


_TRACKING = re.compile(
    r"[?&](?:utm_\w+|fbclid|gclid|mc_[ce]id|_hsenc|_hsmi|mkt_tok|at_\w+|pk_\w+|mtm_\w+)=", re.IGNORECASE
)


def tracking(raw: bytes) -> list[str]:
    """Links that tell where their reader came from."""
    return sorted(link for link in links(raw) if _TRACKING.search(link))

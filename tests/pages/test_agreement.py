"""The mail, the page, Markdown and JSON of one edition tell the same, and an old page needs no item any more."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.editions import a_huge_day, a_normal_day, an_edition, report, told
from support.prepared import Prepared
from support.showing import Showing, numbered

from digest.editions import frozen
from digest.editions.cut import cut, unjoined
from digest.editions.message import mail
from digest.editions.prepare import HEADLINE, LONGEST_LINK, for_page
from digest.editions.render import Renderer
from digest.model import Edition, EditionSection, EditionStory, Frame, Kind, Mail, Viewer
from digest.pages.edition import day_page, section_page
from digest.pages.huge import split
from digest.pipeline.renderers import Renderers
from digest.pipeline.showing import Site

GOLDEN = sorted((Path(__file__).parents[1] / "golden" / "editions").iterdir())
RENDERER = Renderer()
PAGE = "https://news.example.org/2023/10/13/"

Lead = tuple[str, str]
"""Headline of a story and its address, empty where it has none."""

_LINK = r'(?:<a href="([^"]*)"[^>]*>|<span[^>]*>)(.*?)</(?:a|span)>'
_ON_PAGE = re.compile(rf'<(?:h3 id|p class="title")[^>]*>{_LINK}')
_IN_MAIL = re.compile(rf"<(?:h3[^>]*>{_LINK}</h3>|p[^>]*>{_LINK}<br)")


def on_pages(edition: Edition, *, private: bool) -> tuple[list[Lead], set[str], int]:
    """The leads on its pages in their order, every address there, and how many more the page only counts."""
    prepared = for_page(edition, private=private)
    found = split(prepared)
    site = Frame(edition.title)
    pages = [day_page(RENDERER, site, found, root="../../../")]
    for beyond in found.beyond.values():
        pages += [section_page(RENDERER, site, prepared, beyond, n, root="") for n in range(1, len(beyond.pages) + 1)]
    whole = "".join(pages)
    leads = [(html.unescape(title), html.unescape(url)) for url, title in _ON_PAGE.findall(whole)]
    counted = re.findall(r'<p class="more">and (\d+) more from', whole)
    return leads, {html.unescape(url) for url in re.findall(r'href="([^"]*)"', whole)}, sum(map(int, counted))


def in_mail(letter: Mail) -> tuple[list[Lead], int]:
    """The leads of a mail in their order, and how many more stories it says there are."""
    leads = []
    for found in _IN_MAIL.finditer(letter.html):
        url, title = (found[1], found[2]) if found[2] is not None else (found[3], found[4])
        leads.append((html.unescape(title), html.unescape(url or "")))
    lines = [re.sub("<[^>]*>", "", one) for one in re.findall(r"<p[^>]*>(.*?)</p>", letter.html, re.DOTALL)]
    more = [found[1] for one in lines if (found := re.fullmatch(r"and ([\d,]+) more(?: from .*)?", one.strip()))]
    more += re.findall(r"and (\d+) more stor(?:y|ies) of this thread", letter.html)
    return leads, sum(int(one.replace(",", "")) for one in more)


def in_json(edition: Edition) -> tuple[list[Lead], set[str]]:
    """The leads and the addresses of all reports in the JSON rendition."""
    document = json.loads(RENDERER.json(edition))
    stories = [*document["top"]]
    for section in document["sections"]:
        stories += [*section["stories"], *section["rest"]]
    every = [one for story in stories for one in _family(story)]
    urls = {item["url"] for story in every for item in story["items"] if item["url"]}
    return [(story["title"], story["url"] or "") for story in every], urls


def _family(story: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield story
    for other in story["related"]:
        yield from _family(other)


def same(on_page: Lead, mailed: Lead) -> bool:
    """A mail cuts headlines, and leaves out addresses that mailboxes would break."""
    title, url = on_page
    return mailed == (cut(title, HEADLINE), url if len(url) <= LONGEST_LINK else "")


def agree(edition: Edition) -> None:
    letter = mail(RENDERER, edition, page_url=PAGE)
    mailed, more = in_mail(letter)
    shown, _, counted = on_pages(edition, private=True)

    rest = iter(shown)
    for one in mailed:
        assert any(same(other, one) for other in rest), f"the page lacks {one}, or has it elsewhere"
    if "more section" not in letter.html:
        # "and 3 more from" counts entries, as the page's own fold does; a fold may hold others of their threads.
        within = sum(len(story.related) for section in edition.sections for story in section.rest)
        assert len(shown) + counted == len(mailed) + more + within

    text = " ".join(letter.text.split())
    urls = [line.strip() for line in letter.text.splitlines() if re.match(r"\s*https?://\S+$", line)]
    assert [url for url in urls if url.partition("#")[0] != PAGE][: len(mailed)] == [url for _, url in mailed if url]
    for title, _ in mailed:
        words = unjoined(title).split()
        assert max(map(len, words), default=0) > 60 or " ".join(words) in text, title

    public, addresses, _ = on_pages(edition, private=False)
    told_in_json, reports = in_json(edition)
    assert Counter(told_in_json) == Counter(public)
    assert reports <= addresses
    markdown = re.sub(r"\\(.)", r"\1", RENDERER.markdown(edition))
    linked = unquote(markdown)
    for title, url in public:
        assert unquote(f"[{title}]({url})") in linked if url else title in markdown, title


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case.name)
def test_every_rendition_of_an_edition_tells_the_same(case: Path) -> None:
    edition = frozen.loads((case / "edition.json").read_text(encoding="utf-8"))
    if edition.kind is Kind.REGULAR:
        agree(edition)


@pytest.mark.parametrize("items", [120, 400, 2000])
def test_also_when_the_mail_is_cut_and_the_page_is_split(items: int) -> None:
    agree(a_huge_day(items))


words = st.text(st.sampled_from("abc é首相<>&\"'*_[]()#`\\|~"), min_size=1, max_size=40).filter(
    lambda text: text.strip()
)


@st.composite
def editions(draw: st.DrawFn) -> Edition:
    number = iter(range(1, 10_000))

    def story(depth: int = 1) -> EditionStory:
        reports = []
        for place in range(draw(st.integers(1, 3))):
            own = next(number)
            url = draw(
                st.sampled_from([f"https://news.example.org/{own}", f"https://news.example.org/a(b)?x={own}&y=2", None])
            )
            title = f"{own} {' '.join(draw(words).split())}"
            outlet = draw(st.sampled_from(["Harbour Times", "Coast Daily"]))
            copy = place > 0 and draw(st.booleans())
            reports.append(report(title, outlet, item_id=own, url=url, copy=copy, private=draw(st.integers(0, 9)) == 0))
        related = tuple(story(0) for _ in range(draw(st.integers(0, 2)))) if depth else ()
        return told(*reports, related=related)

    def some(most: int) -> tuple[EditionStory, ...]:
        return tuple(story() for _ in range(draw(st.integers(0, most))))

    sections = []
    for name in ("World", "Technology")[: draw(st.integers(0, 2))]:
        rest = some(3)
        families = [one.lead.feed for one in rest]
        sections.append(EditionSection(name, some(4), tuple(Counter(families).most_common()), rest=rest))
    return an_edition(*some(3), sections=tuple(sections))


@given(editions())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_whatever_an_edition_holds_its_renditions_agree(edition: Edition) -> None:
    agree(edition)


def test_an_old_edition_looks_the_same_after_its_items_are_gone(tmp_path: Path) -> None:
    ready = Prepared(tmp_path, deliver=("site",))
    ready.send()
    with ready.store() as store:

        def page() -> bytes:
            site = Site(store, ready.settings, Renderers(ready.settings), Viewer(served=True), ready.now)
            found = site.find("2023/10/13/index.html")
            assert found is not None
            return found.draw()

        before = page()
        assert b"A poor rye harvest" in before
        connection = store._database.conn
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("DELETE FROM items")
        connection.execute("DELETE FROM stories")
        connection.execute("DELETE FROM threads")
        assert page() == before


def test_only_its_neighbours_change_an_old_page(tmp_path: Path) -> None:
    first, second = numbered("daily", a_normal_day(), replace(a_normal_day(), day=date(2023, 10, 14)))
    shown = Showing(tmp_path)
    shown.freeze(first)
    before = shown.page("2023/10/13/index.html")
    shown.freeze(second)
    after = shown.page("2023/10/13/index.html")
    assert after != before

    def alone(page: str) -> str:
        page = re.sub(r'<link rel="next"[^>]*>\n|<nav class="neighbours".*?</nav>\n?', "", page, flags=re.DOTALL)
        return re.sub(r"\n+", "\n", page)

    assert alone(after) == alone(before)

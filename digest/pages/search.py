"""The page on which items are looked for: the form as it was filled in, and what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from ..editions.cut import clean, cut
from ..editions.phrases import plural
from ..editions.render import Renderer
from ..model import Frame, Item
from ..searching import ASKED_LIMIT, Pieces, Sought, has, marked

PAGE = 20
"""Results on one page."""
LAST_PAGE = 100
EXTRACT = 260
"""Characters of a result's extract."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The form, as it was filled in."""

    words: str = ""
    feed: str = ""
    """The number of a feed."""
    section: str = ""
    outlet: str = ""
    since: date | None = None
    until: date | None = None
    """The last day that counts."""
    thread: int | None = None
    by_date: bool = False
    """The latest first, not the best."""
    threads: bool = False
    """Threads are listed, not items."""
    page: int = 1
    mistakes: tuple[str, ...] = ()
    """What could not be read, in a sentence each."""

    @property
    def narrowed(self) -> bool:
        """Whether anything but the words decides what is found."""
        return bool(self.feed or self.section or self.outlet or self.since or self.until or self.thread is not None)

    @property
    def widened(self) -> Asked:
        """The same words without anything else."""
        return Asked(self.words, by_date=self.by_date, threads=self.threads)

    def times(self, timezone: str) -> tuple[datetime | None, datetime | None]:
        """The days as a half-open span of time."""
        zone = ZoneInfo(timezone)
        since = datetime(self.since.year, self.since.month, self.since.day, tzinfo=zone) if self.since else None
        after = self.until + timedelta(days=1) if self.until else None
        return since, datetime(after.year, after.month, after.day, tzinfo=zone) if after else None


@dataclass(frozen=True, slots=True)
class Result:
    """One item that was found, or the best one of a thread."""

    item: Item
    title: Pieces
    extract: Pieces
    """Of its text, around what was looked for; empty where there is no text."""
    thread_id: int | None = None
    """Of a thread with several reports."""
    reports: int = 1
    """That its thread has."""
    found: int = 1
    """Of those that were found, where threads are listed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question brought."""

    results: tuple[Result, ...] = ()
    """Of one page."""
    items: int = 0
    """Found in all, at most ``ranked``."""
    listed: int = 0
    """Results in all: items, or threads."""
    more: bool = False
    """There are older ones, which are not ranked."""
    ranked: int = 0
    searchable: int = 0
    """Items that can be found at all; counted only where nothing was."""
    stored: int = 0
    elsewhere: int = 0
    """Items that the words alone would find, where more was asked and nothing found."""

    @property
    def pages(self) -> int:
        return min(LAST_PAGE, max(1, -(-self.listed // PAGE)))


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a list in the form."""

    value: str
    words: str


def asked(query: Mapping[str, str]) -> Asked:
    """The form from what stands behind the question mark; what cannot be read is told and left out."""
    mistakes: list[str] = []

    def field(name: str, limit: int = 200) -> str:
        return clean(query.get(name, "")[:limit])

    def day(name: str) -> date | None:
        written = field(name)
        if not written:
            return None
        try:
            found = date.fromisoformat(written)
            if not 1900 <= found.year <= 2999:
                raise ValueError
        except ValueError:
            mistakes.append(f"“{cut(written, 30)}” is no date, so it was left out; write it like 2026-11-26.")
            return None
        return found

    since, until = day("from"), day("to")
    if since and until and until < since:
        since, until = until, since
    return Asked(
        words=field("q", ASKED_LIMIT + 1),
        feed=field("feed"),
        section=field("section"),
        outlet=field("outlet"),
        since=since,
        until=until,
        thread=_number(field("thread")),
        by_date=query.get("by") == "date",
        threads=query.get("in") == "threads",
        page=min(max(_number(field("page")) or 1, 1), LAST_PAGE),
        mistakes=tuple(mistakes),
    )


def _number(written: str) -> int | None:
    return int(written) if written.isascii() and written.isdigit() and len(written) < 16 else None


def address(form: Asked, page: int = 1) -> str:
    """The way to the same question, on another page of its results."""
    told = {
        "q": form.words,
        "feed": form.feed,
        "section": form.section,
        "outlet": form.outlet,
        "from": form.since.isoformat() if form.since else "",
        "to": form.until.isoformat() if form.until else "",
        "thread": "" if form.thread is None else str(form.thread),
        "by": "date" if form.by_date else "",
        "in": "threads" if form.threads else "",
        "page": str(page) if page > 1 else "",
    }
    return "?" + urlencode({name: value for name, value in told.items() if value}, errors="replace")


def result(item: Item, text: str, sought: Sought) -> Result:
    """An item as it is shown: a title that is never empty, and where the words stand.

    The summary is what its feed wrote to be read: the longer ``text`` is shown only where the words stand there alone.
    """
    title = item.title or cut(item.summary, 80) or item.url or "(no title)"
    shown = item.summary if item.summary and (has(item.summary, sought) or not has(text, sought)) else text
    return Result(item, marked(title, sought), marked(shown, sought, EXTRACT) if item.title else ())


def in_thread(one: Result, thread_id: int | None, reports: int, found: int) -> Result:
    """The same with what its thread has."""
    return replace(one, thread_id=thread_id if reports > 1 else None, reports=max(reports, 1), found=found)


def counted(form: Asked, answer: Answer) -> str:
    """How much was found: ``214 items, the best first``."""
    order = "the latest first" if form.by_date else "the best first"
    what = plural(answer.items, "item")
    if answer.more:
        verb = "listed" if form.by_date else "ranked"
        what = f"More than {answer.ranked:,} items; the newest {answer.ranked:,} are {verb}"
    if form.threads:
        return f"{what}, in {plural(answer.listed, 'thread')}, {order}"
    return f"{what}, {order}"


def search(
    renderer: Renderer,
    site: Frame,
    form: Asked,
    sought: Sought,
    answer: Answer,
    *,
    today: date,
    feeds: Sequence[Choice],
    sections: Sequence[str],
    thread_title: str | None = None,
) -> str:
    """The page. ``thread_title`` names the thread that the search is kept to."""
    return renderer.draw(
        "search.html.j2",
        site=site,
        form=form,
        sought=sought,
        answer=answer,
        today=today,
        feeds=feeds,
        sections=sections,
        thread_title=thread_title,
        counted=counted(form, answer),
        shown_words=cut(form.words, 60),
        older=address(form, form.page + 1) if form.page < answer.pages else None,
        newer=address(form, form.page - 1) if form.page > 1 else None,
        first=address(form),
        widened=address(form.widened),
        anywhere=address(replace(form, thread=None, page=1)),
    )

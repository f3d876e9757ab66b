"""The pages of topic threads: the list of those that go on, each by itself, and its feed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ..editions.cut import clean, cut
from ..editions.gist import gist
from ..editions.headlines import lead
from ..editions.phrases import plural
from ..editions.render import Renderer
from ..model import Frame, Gone, Item, Link, Picture, Story
from . import atom
from .reports import LABEL, Report, Reports, copies_of, report, reports, title_of
from .tally import tally
from .timeline import pages_of, span, timeline

ENTRIES = 50
"""Reports in the feed of a thread, the newest."""
OLDER = 40
"""Earlier reports whose words are no news in a gist."""
SUMMARY = 400
"""Characters of a report's text there."""


@dataclass(frozen=True, slots=True)
class Head:
    """A thread in a few lines."""

    id: int
    lead: Report
    """Of its newest story; its headline is the thread's."""
    gist: str | None
    gist_outlet: str | None
    reports: int
    outlets: int
    """Independent ones: copies of one text count once."""
    days: int
    """From the first report to the last, both counted."""
    first: Report
    last: Report

    @property
    def size(self) -> str:
        """``9 reports from 5 outlets over 4 days``."""
        over = f"over {self.days:,} days" if self.days > 1 else "on one day"
        return f"{plural(self.reports, 'report')} from {plural(self.outlets, 'outlet')} {over}"


@dataclass(frozen=True, slots=True)
class Former:
    """What a thread had that is no longer kept, in words."""

    reports: int
    days: str
    """``26 Jul – 3 Aug 2025``."""


@dataclass(frozen=True, slots=True)
class Told:
    """An edition that told of a thread."""

    path: str
    """Below the site's root."""
    day: date
    ordinal: int
    digest: str | None
    """Its title, where there are several digests."""


@dataclass(frozen=True, slots=True)
class OwnersView:
    """What only the owner sees of a thread."""

    muted: bool
    outlets: tuple[tuple[str, str], ...]
    """(key, name) of its outlets."""


def head(stories: Sequence[Story], told: Reports, zone: ZoneInfo) -> Head:
    """The thread of these stories, oldest first, of which there is at least one; ``told`` are their reports."""
    newest = stories[-1]
    copies = frozenset(one for story in stories for one in copies_of(told[story.id]))
    items = sorted((item for story in stories for item in story.items), key=lambda one: (one.published, one.id))
    leading = headline(stories, told)
    own = [item for item in newest.items if item.id not in copies] or list(newest.items)
    said = gist(own, leading.title, [item for story in stories[:-1] for item in story.items][-OLDER:])
    days = [one.published.astimezone(zone).date() for one in (items[0], items[-1])]
    return Head(
        id=newest.thread_id,
        lead=report(leading),
        gist=said[0] if said else None,
        gist_outlet=said[1] if said else None,
        reports=len(items),
        outlets=len({item.outlet for item in items if item.id not in copies}),
        days=(days[1] - days[0]).days + 1,
        first=report(items[0]),
        last=report(items[-1]),
    )


def headline(stories: Sequence[Story], told: Reports) -> Item:
    """What stands for a thread: the lead of its newest story."""
    return lead(stories[-1].items, copies_of(told[stories[-1].id]))


def short_title(stories: Sequence[Story], told: Reports) -> str:
    """The headline of a thread where it is only a name for something."""
    return cut(title_of(headline(stories, told)), LABEL)


def reports_of(stories: Sequence[Story]) -> Reports:
    """The reports of each story."""
    return {story.id: reports(story.items) for story in stories}


def threads_page(
    renderer: Renderer, site: Frame, heads: Sequence[Head], *, number: int, newer: str | None, older: str | None
) -> bytes:
    """One page of the list; ``newer`` and ``older`` are paths of its neighbours below the site's root."""
    return renderer.draw(
        "threads.html.j2",
        site=site,
        heads=heads,
        number=number,
        newer=newer,
        older=older,
        after=_after((one.last.item for one in heads), site),
    ).encode()


def thread_page(
    renderer: Renderer,
    site: Frame,
    stories: Sequence[Story],
    said: Reports,
    links: Mapping[int, Link],
    told: Sequence[Told],
    *,
    number: int,
    zone: ZoneInfo,
    owner: OwnersView | None,
    picture: Picture | None,
    gone: Gone | None = None,
) -> bytes:
    """Page ``number`` of the thread whose stories have the reports ``said``; the first also tells who reported when."""
    items = [item for story in stories for item in story.items]
    copies = frozenset(one for found in said.values() for one in copies_of(found))
    return renderer.draw(
        "thread.html.j2",
        site=site,
        head=head(stories, said, zone),
        table=tally(items, copies, zone) if number == 1 and len(items) > 1 else None,
        chapters=timeline(stories, said, links, zone, number),
        stories=len(stories),
        number=number,
        pages=pages_of(stories, said),
        told=told,
        owner=owner,
        picture=picture,
        gone=_former(gone, site),
        after=_after(items, site),
    ).encode()


def empty_thread_page(renderer: Renderer, site: Frame, told: Sequence[Told], gone: Gone | None = None) -> bytes:
    """What is left of a thread whose reports are gone: when they came, and the editions that told of it."""
    return renderer.draw("thread-gone.html.j2", site=site, told=told, gone=_former(gone, site)).encode()


def _former(gone: Gone | None, site: Frame) -> Former | None:
    if gone is None:
        return None
    zone = ZoneInfo(site.timezone)
    return Former(gone.reports, span(gone.first.astimezone(zone).date(), gone.last.astimezone(zone).date()))


def thread_feed(
    site: Frame, stories: Sequence[Story], *, title: str, domain: str, edited: Mapping[int, datetime]
) -> bytes:
    """A thread as Atom: an entry a report, newest first; what only repeats another's text is left out.

    ``title`` is the digest's, ``edited`` says when texts changed, by item id, ``domain`` is one of the publisher's own.
    """
    said = reports_of(stories)
    told = [one.item for found in said.values() for one in found]
    items = sorted(told, key=lambda one: (one.published, one.id), reverse=True)
    folder = site.path.rpartition("/")[0] + "/"
    home = f"{site.base_url}/{folder}" if site.base_url else f"./{site.index}"
    entries = [_entry(site, item, domain, edited.get(item.id)) for item in items[:ENTRIES]]
    return atom.feed(
        atom.identity(site.base_url, domain, folder),
        f"{short_title(stories, said)} · {title}",
        max(entry.updated for entry in entries),
        home,
        f"{site.base_url}/{site.path}" if site.base_url else site.path.rpartition("/")[2],
        entries,
        author=title,
        language=site.language,
    )


def _entry(site: Frame, item: Item, domain: str, edited: datetime | None) -> atom.Entry:
    path = f"items/{item.id}/"
    here = f"{site.base_url}/{path}" if site.base_url else f"{site.root}{path}{site.index}"
    return atom.Entry(
        id=atom.identity(site.base_url, domain, path),
        title=title_of(item),
        url=report(item).url or here,
        updated=max(item.published, edited) if edited else item.published,
        published=item.published,
        author=report(item).outlet,
        summary_text=cut(clean(item.summary), SUMMARY),
        categories=(item.section,) if item.section else (),
        language=None if item.language in ("und", site.language) else item.language,
    )


def _after(items: Iterable[Item], site: Frame) -> date:
    """The day after the last of these: times told from there always have their date."""
    last = max((item.published for item in items), default=None)
    return last.astimezone(ZoneInfo(site.timezone)).date() + timedelta(days=1) if last else date.max

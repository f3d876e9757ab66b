"""The pages of topic threads.

threads/index.html             those that go on, by last movement; more of them in page/2/ and so on
threads/7/index.html           a thread; the older part of a long timeline in page/2/ and so on
threads/7/feed.atom            its reports as Atom

A thread that became part of another leads there. A file is made of every thread with several reports that goes on, or
that an edition told of with several: those are the ones that pages link to.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from ...model import Gone, Picture, Story
from ...pages.moved import moved
from ...pages.page import Page
from ...pages.reports import Reports
from ...pages.threads import (
    Head,
    OwnersView,
    empty_thread_page,
    head,
    headline,
    reports_of,
    short_title,
    thread_feed,
    thread_page,
    threads_page,
)
from ...pages.timeline import PER_PAGE as PER_THREAD_PAGE
from ...pages.timeline import pages_of
from ...store import Trace
from ...units import mailbox
from ..looking import story_links
from ..renderers import Renderers
from .tellings import digests, editions_of

if TYPE_CHECKING:
    from . import Site

PER_PAGE = 40
"""Threads on one page of the list."""

HEADS = 2_000
"""Threads that are remembered as the list shows them: between two polls few of them change."""

_HEADS: WeakKeyDictionary[Renderers, dict[tuple[int, str], Head]] = WeakKeyDictionary()
"""By thread and stamp, for as long as a configuration is in force."""

_PAGES: WeakKeyDictionary[Renderers, dict[tuple[int, str], int]] = WeakKeyDictionary()
"""How many pages a long thread has, likewise."""

_LIST = re.compile(r"threads/(?:page/([2-9]|[1-9]\d{1,5})/)?index\.html", re.ASCII)
_THREAD = re.compile(r"threads/([1-9]\d{0,17})/(?:page/([2-9]|[1-9]\d{1,5})/)?(index\.html|feed\.atom)", re.ASCII)


def find(site: Site, path: str, query: Mapping[str, str]) -> Page | None:
    listed = _LIST.fullmatch(path)
    if listed is not None:
        number = int(listed[1] or 1)
        ids = _live(site, PER_PAGE + 1, (number - 1) * PER_PAGE)
        return _list(site, number, ids) if ids or number == 1 else None
    found = _THREAD.fullmatch(path)
    if found is None or (found[2] and found[3] == "feed.atom"):
        return None
    number = int(found[1])
    final = site.store.threads.final(number)
    if final is None:
        return None
    trace = traces(site, [final])[final]
    if not is_shown(site, final, trace) and _gone(site, final) is None:
        return None
    if final != number:
        return _moved(site, number, final, found[3])
    if found[3] == "feed.atom":
        return _feed(site, final, trace) if trace.items else None
    page = int(found[2] or 1)
    # The first page there always is: it costs nothing but its stamp while nothing moved.
    return _thread(site, final, trace, page) if page == 1 or page <= _pages(site, final, trace) else None


def every(site: Site) -> Iterator[Page]:
    standing, ended = standing_threads(site)
    for thread_id, trace in standing.items():
        yield from _all_of(site, thread_id, trace)
    for number, final in ended.items():
        yield _moved(site, number, final, "index.html")
    live = [one for one in _live(site) if one in standing]
    for start in range(0, max(len(live), 1), PER_PAGE):
        yield _list(site, start // PER_PAGE + 1, live[start : start + PER_PAGE + 1])


# --- Which threads have a page -------------------------------------------------------------------


def standing_threads(site: Site) -> tuple[dict[int, Trace], dict[int, int]]:
    """The threads that are made into files, and the ids that lead to one of them."""
    if "standing threads" not in site.kept:
        site.kept["standing threads"] = _standing(site)
    known: tuple[dict[int, Trace], dict[int, int]] = site.kept["standing threads"]
    return known


def _standing(site: Site) -> tuple[dict[int, Trace], dict[int, int]]:
    live = _live(site)
    named = site.store.traces.named(digests(site))
    leads = {one: end for one, end in site.store.traces.ended().items() if one in named}
    found = traces(site, {*live, *(leads.get(one, one) for one in named)})
    standing = {one: trace for one, trace in sorted(found.items()) if is_shown(site, one, trace)}
    return standing, {one: end for one, end in sorted(leads.items()) if end in standing}


def traces(site: Site, thread_ids: Collection[int]) -> dict[int, Trace]:
    """What stands behind those threads, as this viewer may know it."""
    found = site.store.traces.of(thread_ids, site.feeds, digests(site))
    return {one: replace(trace, stamp=f"{trace.stamp}{site.names}") for one, trace in found.items()}


def is_shown(site: Site, thread_id: int, trace: Trace) -> bool:
    """Whether there is a page: a report may be read, or an edition may that told of the thread."""
    return bool(trace.items) or bool(editions_of(site, thread_id, trace))


def _live(site: Site, limit: int = -1, offset: int = 0) -> list[int]:
    """Threads of several reports that can still go on, the latest movement first.

    Counted from the newest story, so that a file of today and one of tomorrow differ only where something moved.
    """
    since = (site.store.traces.newest() or site.now) - site.settings.threads.window
    return site.store.traces.moving(since, site.feeds, limit, offset)


# --- The pages -----------------------------------------------------------------------------------


def _list(site: Site, number: int, ids: list[int]) -> Page:
    """One page of the list, of these threads; one too many says that there is another page."""
    shown, more = ids[:PER_PAGE], len(ids) > PER_PAGE
    path = _list_path(number)
    found = traces(site, shown)

    def draw() -> bytes:
        heads = sorted(_heads(site, found), key=lambda one: (one.last.item.published, one.id), reverse=True)
        return threads_page(
            site.renderer,
            site.frame(path),
            heads,
            number=number,
            newer=_folder(_list_path(number - 1)) if number > 1 else None,
            older=_folder(_list_path(number + 1)) if more else None,
        )

    return Page(path, draw, f"{more} {' '.join(f'{one}={found[one].stamp}' for one in shown)}")


def _heads(site: Site, found: Mapping[int, Trace]) -> list[Head]:
    """Of all these threads; only those that changed since they were last read are read, all at once."""
    kept = _HEADS.setdefault(site.renderers, {})
    known = {one: kept.get((one, trace.stamp)) for one, trace in found.items()}
    zone = ZoneInfo(site.main.timezone)
    story_ids = [story for one, head in known.items() if head is None for story in site.store.threads.story_ids(one)]
    threads: dict[int, list[Story]] = {}
    for story in site.store.threads.assembled(story_ids, site.feeds):
        threads.setdefault(story.thread_id, []).append(story)
    fresh = {one: head(stories, reports_of(stories), zone) for one, stories in threads.items()}
    if len(kept) > HEADS:
        kept.clear()
    kept.update(((one, found[one].stamp), made) for one, made in fresh.items())
    return [one for one in (known | fresh).values() if one is not None]


def _all_of(site: Site, thread_id: int, trace: Trace) -> Iterator[Page]:
    for number in range(1, _pages(site, thread_id, trace) + 1):
        yield _thread(site, thread_id, trace, number)
    if trace.items:
        yield _feed(site, thread_id, trace)


def _pages(site: Site, thread_id: int, trace: Trace) -> int:
    """How many a thread has; only a long one is read for that, once while it stays as it is."""
    if len(trace.items) <= PER_THREAD_PAGE:
        return 1
    kept = _PAGES.setdefault(site.renderers, {})
    if (thread_id, trace.stamp) not in kept:
        if len(kept) > HEADS:
            kept.clear()
        stories = _stories(site, thread_id)
        kept[thread_id, trace.stamp] = pages_of(stories, reports_of(stories))
    return kept[thread_id, trace.stamp]


def _thread(site: Site, thread_id: int, trace: Trace, number: int) -> Page:
    path = f"threads/{thread_id}/{f'page/{number}/' if number > 1 else ''}index.html"

    def draw() -> bytes:
        told = editions_of(site, thread_id, trace)
        stories = _stories(site, thread_id)
        gone = _gone(site, thread_id)
        if not stories:
            return empty_thread_page(site.renderer, site.frame(path), told, gone)
        said = reports_of(stories)
        feed = (short_title(stories, said), f"threads/{thread_id}/feed.atom")
        return thread_page(
            site.renderer,
            site.frame(path, feeds=[feed]),
            stories,
            said,
            story_links(site.store, stories),
            told,
            number=number,
            zone=ZoneInfo(site.main.timezone),
            owner=_owner(site, thread_id, stories),
            picture=_picture(site, stories, said) if number == 1 else None,
            gone=gone,
        )

    return Page(path, draw, trace.stamp)


def _feed(site: Site, thread_id: int, trace: Trace) -> Page:
    path = f"threads/{thread_id}/feed.atom"

    def draw() -> bytes:
        return thread_feed(
            site.frame(path),
            _stories(site, thread_id),
            title=site.main.title,
            domain=mailbox(site.main.sender)[1].rpartition("@")[2],
            edited=site.store.traces.edits(trace.items),
        )

    return Page(path, draw, trace.stamp)


def _moved(site: Site, number: int, final: int, name: str) -> Page:
    """Leads on from an id that became part of another."""
    path = f"threads/{number}/{name}"
    to = f"threads/{final}/{'' if name == 'index.html' else name}"
    return Page(path, lambda: moved(site.renderer, site.frame(path), to), to, moved=to)


def _stories(site: Site, thread_id: int) -> list[Story]:
    return site.store.threads.assembled(site.store.threads.story_ids(thread_id), site.feeds)


def _gone(site: Site, thread_id: int) -> Gone | None:
    """What this viewer could have read of it, and that is no longer kept."""
    return site.store.retention.gone(thread_id, site.feeds)


def _picture(site: Site, stories: list[Story], said: Reports) -> Picture | None:
    """That of the report which stands for the thread."""
    if not site.settings.web.images:
        return None
    detail = site.store.items.detail(headline(stories, said).id)
    return detail.image if detail else None


def _owner(site: Site, thread_id: int, stories: list[Story]) -> OwnersView | None:
    if not site.viewer.owner:
        return None
    items = [item for story in stories for item in story.items]
    outlets = {item.outlet: item.outlet_name for item in items}
    return OwnersView(
        muted=thread_id in site.store.decisions.muted(site.now),
        outlets=tuple(sorted(outlets.items(), key=lambda one: one[1].casefold())),
    )


def _list_path(number: int) -> str:
    return f"threads/{f'page/{number}/' if number > 1 else ''}index.html"


def _folder(path: str) -> str:
    return path.removesuffix("index.html")

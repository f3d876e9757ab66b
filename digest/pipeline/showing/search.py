"""The page on which items are looked for, which only a server can draw.

search?q=rye               items with that word; other names stand in ``pages.search.asked``
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ...pages import search as pages
from ...pages.page import Page
from ...searching import Sought, fold, read
from ...store import Filters, Matches, Order
from ...store.search import RANKED
from ..finding import filters

if TYPE_CHECKING:
    from . import Site


def find(site: Site, path: str, query: Mapping[str, str]) -> Page | None:
    if path != "search" or not site.viewer.served:
        return None
    return Page(path, lambda: _drawn(site, path, query).encode())


def every(site: Site) -> Iterator[Page]:
    """None: a file cannot answer."""
    return iter(())


def _drawn(site: Site, path: str, query: Mapping[str, str]) -> str:
    form = pages.asked(query)
    sought = read(form.words)
    frame = site.frame(path)
    titles = site.store.feeds.titles(site.feeds)
    return pages.search(
        site.renderer,
        frame,
        form,
        sought,
        _answer(site, form, sought, titles),
        today=site.now.astimezone(ZoneInfo(frame.timezone)).date(),
        feeds=sorted(
            (pages.Choice(str(feed_id), title) for feed_id, title in titles.items()),
            key=lambda one: fold(one.words),
        ),
        sections=tuple(dict.fromkeys(feed.section for feed in site.feeds.values())),
        thread_title=_thread_title(site, form.thread),
    )


def _answer(site: Site, form: pages.Asked, sought: Sought, titles: Mapping[int, str]) -> pages.Answer:
    search = site.store.search
    if not sought:
        searchable, stored = search.progress(_visible(site))
        return pages.Answer(searchable=searchable, stored=stored)
    order = Order.DATE if form.by_date else Order.RANK
    found = search.find(sought, _filters(site, form, titles), order)
    if not found.ids:
        searchable, stored = search.progress(_visible(site))
        elsewhere = search.find(sought, _filters(site, form.widened, titles)) if form.narrowed else Matches()
        return pages.Answer(searchable=searchable, stored=stored, elsewhere=len(elsewhere.ids))
    listed: Sequence[tuple[int, ...]] = (
        _by_thread(site, found.ids) if form.threads else list(zip(found.ids, strict=True))
    )
    start = (form.page - 1) * pages.PAGE
    return pages.Answer(
        results=tuple(_results(site, sought, listed[start : start + pages.PAGE])),
        items=len(found.ids),
        listed=len(listed),
        more=found.more,
        ranked=RANKED,
    )


def _by_thread(site: Site, item_ids: Sequence[int]) -> list[tuple[int, ...]]:
    """Those of one thread together; what has no thread yet stands for itself."""
    threads = site.store.search.threads_of(item_ids)
    groups: dict[object, list[int]] = {}
    for item_id in item_ids:
        groups.setdefault(("thread", threads[item_id]) if item_id in threads else item_id, []).append(item_id)
    return [tuple(group) for group in groups.values()]


def _results(site: Site, sought: Sought, groups: Sequence[tuple[int, ...]]) -> Iterator[pages.Result]:
    """One for each group of items, the first of which stands for it."""
    first = [group[0] for group in groups]
    threads = site.store.search.threads_of(first)
    items = {item.id: item for item in site.store.items.get(first, site.feeds)}
    texts = site.store.search.texts(first)
    reports = site.store.search.reports({threads[one] for one in first if one in threads}, _visible(site))
    for group in groups:
        item_id = group[0]
        if item_id not in items:
            continue  # the index remembers words of an item that was pruned
        thread_id = threads.get(item_id)
        one = pages.result(items[item_id], texts[item_id], sought)
        yield pages.in_thread(one, thread_id, reports.get(thread_id or 0, 1), len(group))


def _visible(site: Site) -> frozenset[int] | None:
    """Ids of the feeds whose items may be found; None for all of them, also those that are subscribed no more.

    Those only the owner finds: nobody can tell whether such a feed was private.
    """
    return None if site.viewer.owner else frozenset(site.feeds)


def _filters(site: Site, form: pages.Asked, titles: Mapping[int, str]) -> Filters:
    since, until = form.times(site.main.timezone)
    return filters(
        site.store,
        site.settings,
        titles,
        visible=_visible(site),
        feed=form.feed,
        section=form.section,
        outlet=form.outlet,
        since=since,
        until=until,
        thread=form.thread,
    )


def _thread_title(site: Site, thread_id: int | None) -> str | None:
    """Headline of the newest report of a thread that the viewer may see; None where there is none."""
    if thread_id is None:
        return None
    stories = site.store.threads.thread(thread_id, site.feeds)
    return stories[-1].items[-1].title or None if stories else None

"""The page of each item: items/12/index.html.

Files are made of the items that stand in a thread with a page of its own; a server shows every item.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ...editions.headlines import lead
from ...editions.prepare import public
from ...model import Edition, EditionItem, Item, ItemDetail, Story
from ...pages.items import Beside, beside, gone_item_page, item_page
from ...pages.page import Page
from ...pages.reasons import item_reasons
from ...pages.reports import title_of
from .openness import opened
from .threads import standing_threads, traces

if TYPE_CHECKING:
    from . import Site

_ITEM = re.compile(r"items/([1-9]\d{0,17})/index\.html", re.ASCII)


def find(site: Site, path: str, query: Mapping[str, str]) -> Page | None:
    found = _ITEM.fullmatch(path)
    if found is None:
        return None
    items = site.store.items.get([int(found[1])], site.feeds)
    if not items:
        return _gone(site, int(found[1]))
    if items[0].feed_id not in site.feeds:
        return None
    item = items[0]
    if item.story_id is None:
        return _page(site, item.id, "")
    thread_id = site.store.threads.of_story(item.story_id)
    return _page(site, item.id, traces(site, [thread_id])[thread_id].stamp)


def every(site: Site) -> Iterator[Page]:
    standing, _ = standing_threads(site)
    for trace in standing.values():
        for item_id in trace.items:
            yield _page(site, item_id, trace.stamp)


def _page(site: Site, item_id: int, stamp: str) -> Page:
    path = f"items/{item_id}/index.html"

    def draw() -> bytes:
        detail = site.store.items.detail(item_id, site.feeds)
        assert detail is not None
        around, others = _beside(site, detail.item)
        return item_page(site.renderer, site.frame(path), detail, around, _reasons(site, detail, others))

    return Page(path, draw, stamp)


def _gone(site: Site, item_id: int) -> Page | None:
    """What the editions that told of an item still know of it, once it is no longer kept; None where none did."""
    shown = {digest.name for digest in site.digests}
    for frozen, _ in reversed(site.store.editions.places(item_id)):
        if frozen.number < 1 or frozen.digest not in shown:
            continue
        edition = opened(site, frozen.data)
        told = _told(edition if site.viewer.owner else public(edition), item_id)
        if told is not None:
            return _gone_page(site, told, edition)
    return None


def _gone_page(site: Site, item: EditionItem, edition: Edition) -> Page:
    path = f"items/{item.item_id}/index.html"
    way = f"{site.prefix(edition.digest)}{edition.path}"
    return Page(path, lambda: gone_item_page(site.renderer, site.frame(path), item, way, edition.day))


def _told(edition: Edition, item_id: int) -> EditionItem | None:
    """An item as an edition shows it."""
    entries = [*edition.top, *(one for section in edition.sections for one in (*section.stories, *section.rest))]
    stories = (story for entry in entries for story in (entry, *entry.related))
    return next((item for one in stories for item in (one.lead, *one.others) if item.item_id == item_id), None)


def _beside(site: Site, item: Item) -> tuple[Beside | None, list[Item]]:
    """What stands around it, and the other items of its story."""
    if item.story_id is None:
        return None, []
    thread_id = site.store.threads.of_story(item.story_id)
    stories, leading = _thread(site, thread_id)
    own: Story = next(one for one in stories if one.id == item.story_id)
    total = sum(len(story.items) for story in stories)
    around = beside(item, own, title=title_of(leading), language=leading.language, total=total)
    return around, [one for one in own.items if one.id != item.id]


def _thread(site: Site, thread_id: int) -> tuple[list[Story], Item]:
    """The stories of a thread and what stands for it; an export asks with each of its items, one after the other."""
    if "thread of items" not in site.kept or site.kept["thread of items"][0] != thread_id:
        stories = site.store.threads.assembled(site.store.threads.story_ids(thread_id), site.feeds)
        site.kept["thread of items"] = thread_id, (stories, lead(stories[-1].items))
    found: tuple[list[Story], Item] = site.kept["thread of items"][1]
    return found


def _reasons(site: Site, detail: ItemDetail, others: list[Item]) -> tuple[str, ...]:
    placement = site.store.stories.placement(detail.item.id)
    return item_reasons(detail.item, others, placement, _headline(site, placement.nearest if placement else None))


def _headline(site: Site, story_id: int | None) -> str | None:
    """What stands for a story, of what this viewer may read of it."""
    final = site.store.stories.final(story_id) if story_id is not None else None
    if final is None:
        return None
    headlines: dict[int, str | None] = site.kept.setdefault("headlines of stories", {})
    if final not in headlines:
        items = site.store.items.of_stories([final], site.feeds)
        headlines[final] = title_of(lead(items)) if items else None
    return headlines[final]

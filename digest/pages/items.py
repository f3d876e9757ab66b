"""The page of one item: what its feed says of it, where to read it, and what stands beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from ..editions.cut import clean, cut
from ..editions.render import Renderer
from ..model import EditionItem, Enclosure, Frame, Item, ItemDetail, Story
from .reports import Report, report

LONG = 16_000
"""Characters of HTML; of a longer text only its beginning is shown, without markup."""
BEGINNING = 3_000
BESIDE = 8
"""Other reports of its story that are listed; the thread has all."""

_HEADING = re.compile(r"(</?h)[1-6](>)")
_KINDS = {"audio": "Listen", "video": "Watch", "image": "See the picture", "text": "Read the file"}
_FORMATS = {
    "audio/mpeg": "MP3",
    "audio/mp4": "M4A",
    "audio/x-m4a": "M4A",
    "audio/ogg": "Ogg",
    "video/mp4": "MP4",
    "application/pdf": "PDF",
    "application/epub+zip": "EPUB",
}
_BY_NAME = {
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".pdf": "application/pdf",
}


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that comes with an item, in words."""

    url: str
    label: str
    """What a link to it says: ``Listen``."""
    about: str
    """``42 min, 38 MB, MP3``; empty where nothing is known."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands around an item in its thread."""

    thread_id: int
    title: str
    """The thread's headline."""
    language: str
    """Of that headline."""
    reports: int
    """In the whole thread."""
    story: tuple[Report, ...]
    """The others of its story, the newest first, as many as are listed."""
    hidden: int
    """Further ones of its story."""
    older: Report | None
    newer: Report | None
    """Next to it in its story, by time."""


def item_page(
    renderer: Renderer,
    site: Frame,
    detail: ItemDetail,
    beside: Beside | None,
    reasons: Sequence[str],
) -> bytes:
    """The page; ``beside`` is None for an item that is not grouped yet."""
    html, text = _words(detail)
    shown, author = report(detail.item), clean(detail.author or "")
    return renderer.draw(
        "item.html.j2",
        site=site,
        detail=detail,
        report=shown,
        author="" if author.casefold() == shown.outlet.casefold() else author,  # told once is enough
        feed=clean(detail.item.feed),
        html=html,
        text=text,
        attached=attached(detail.enclosure) if detail.enclosure else None,
        picture=detail.image if site.images else None,
        beside=beside,
        reasons=reasons,
        after=detail.item.published.astimezone(ZoneInfo(site.timezone)).date(),
    ).encode()


def gone_item_page(renderer: Renderer, site: Frame, item: EditionItem, edition: str, day: date) -> bytes:
    """What is left of an item: what the edition of a day, at a path below the site's root, told of it."""
    after = item.published.astimezone(ZoneInfo(site.timezone)).date()
    return renderer.draw("item-gone.html.j2", site=site, item=item, edition=edition, day=day, after=after).encode()


def beside(item: Item, story: Story, *, title: str, language: str, total: int) -> Beside:
    """What stands around an item of a story, which is one of a thread with that headline and so many reports."""
    ordered = sorted(story.items, key=lambda one: (one.published, one.id))
    place = next(index for index, one in enumerate(ordered) if one.id == item.id)
    others = [one for one in reversed(ordered) if one.id != item.id]
    return Beside(
        thread_id=story.thread_id,
        title=title,
        language=language,
        reports=total,
        story=tuple(report(one) for one in others[:BESIDE]),
        hidden=len(others[BESIDE:]),
        older=report(ordered[place - 1]) if place else None,
        newer=report(ordered[place + 1]) if place + 1 < len(ordered) else None,
    )


def _words(detail: ItemDetail) -> tuple[str, str]:
    """(HTML, plain text) of which one is empty, or both; its headings stand right below that of the page."""
    html = detail.content_html
    if html and len(html) <= LONG:
        return _HEADING.sub(r"\g<1>2\2", html), ""
    return "", cut(clean(detail.item.summary), BEGINNING)


def attached(file: Enclosure) -> Attached:
    """``Listen``: ``42 min, 38 MB, MP3``."""
    ending = re.search(r"(\.[a-z0-9]{2,4})(?:[?#]|$)", file.url.lower())
    kind = file.type or _BY_NAME.get(ending[1] if ending else "", "")
    about = [length(file.seconds), size(file.bytes), _FORMATS.get(kind, "")]
    return Attached(file.url, _KINDS.get(kind.partition("/")[0], "Open the file"), ", ".join(filter(None, about)))


def length(seconds: int | None) -> str:
    """``42 min``, ``1 h 5 min``, ``40 s``; empty where it is not known."""
    if not seconds or seconds < 0:
        return ""
    if seconds < 60:
        return f"{seconds} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h{f' {minutes} min' if minutes else ''}" if hours else f"{minutes} min"


def size(count: int | None) -> str:
    """``38 MB``, ``1.2 GB``, ``640 kB``; empty where it is not known, or is too small to be true."""
    if not count or count < 1000:
        return ""
    for unit, name in ((10**9, "GB"), (10**6, "MB")):
        if count >= unit:
            return (
                f"{count / unit:.1f} {name}" if count < 10 * unit and unit > 10**6 else f"{round(count / unit)} {name}"
            )
    return f"{round(count / 1000)} kB"

"""Which editions told of a thread, as far as this viewer may know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...editions.prepare import public
from ...model import edition_path
from ...pages.threads import Told
from ...store import Telling, Trace
from .openness import opened

if TYPE_CHECKING:
    from . import Site


def editions_of(site: Site, thread_id: int, trace: Trace) -> list[Told]:
    """Where nothing of the thread is private, the database knows; else those that told something this viewer reads.

    Of a thread whose reports are gone only the editions themselves still know whether those were private.
    """
    if not trace.told:
        return []
    tellings = site.store.traces.tellings(thread_id, digests(site))
    if site.viewer.owner:
        return [_link(site, one) for one in tellings]
    if trace.items and trace.hidden:
        told = site.store.traces.showing(trace.items)
        tellings = [one for one in tellings if one.edition_id in told]
    elif not trace.items:
        ids = {thread_id, *(one for one, end in site.store.traces.ended().items() if end == thread_id)}
        tellings = [one for one in tellings if ids & _public_threads(site, one.edition_id)]
    return [_link(site, one) for one in tellings]


def _public_threads(site: Site, edition_id: int) -> set[int]:
    """Ids of the threads that the public page of an edition shows."""
    if ("threads", edition_id) not in site.kept:
        shown = public(opened(site, site.store.editions.get(edition_id).data))
        entries = [*shown.top, *(story for section in shown.sections for story in (*section.stories, *section.rest))]
        site.kept["threads", edition_id] = {story.thread_id for entry in entries for story in (entry, *entry.related)}
    known: set[int] = site.kept["threads", edition_id]
    return known


def _link(site: Site, one: Telling) -> Told:
    digest = site.settings.digests[one.digest]
    return Told(
        path=f"{site.prefix(one.digest)}{edition_path(one.day, one.ordinal)}",
        day=one.day,
        ordinal=one.ordinal,
        digest=digest.title if len(site.digests) > 1 else None,
    )


def digests(site: Site) -> list[str]:
    """Names of the digests that the site shows."""
    return [digest.name for digest in site.digests]

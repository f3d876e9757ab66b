"""How the feeds are, for those who keep the machine, and the list of them for another reader.

feeds/index.html            health, waiting mail, and the owner's forms
feeds.opml                  the subscriptions; for the owner, with ``?private=1``, also those whose address is a secret

Neither is ever a file of an export. A private feed has no name before anybody but the owner.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ... import config
from ...editions.notices import asked, failing
from ...editions.phrases import short_day
from ...feeds import opml, poll
from ...model import Condition, DeliveryState
from ...pages import feeds as drawing
from ...pages.feeds import FeedLine, Mail, Trouble
from ...pages.page import Page
from ...store import Entry
from ...units import holds_secret, host_of
from ..handing_on import opml_of
from ..looking import FeedStatus, feed_activity, feed_health, unsettled

if TYPE_CHECKING:
    from . import Site

A_PRIVATE_FEED = "A private feed"
NO_SECTION = "Private"
"""Stands for the section of one, which may exist for it alone."""
_NOT_ASKED = frozenset({Condition.PAUSED, Condition.GONE, Condition.MERGED})
_STATES = {
    DeliveryState.PENDING: "waits",
    DeliveryState.SENDING: "is on its way",
    DeliveryState.FAILED: "could not be sent for a day",
    DeliveryState.REFUSED: "was refused",
}


def find(site: Site, path: str, query: Mapping[str, str]) -> Page | None:
    if not site.viewer.insider:
        return None
    if path == "feeds/index.html":
        return Page(path, lambda: _drawn(site, path))
    if path == "feeds.opml":
        secrets = site.viewer.owner and query.get("private") == "1"
        return Page(path, lambda: _list(site, secrets))
    return None


def every(site: Site) -> Iterator[Page]:
    return iter(())


def _list(site: Site, secrets: bool) -> bytes:
    wanted = [feed for feed in site.settings.feeds if opml.is_secret(feed)] if secrets else []
    return opml_of(site.store, site.settings, wanted)[0].encode()


def _drawn(site: Site, path: str) -> bytes:
    store, settings, now = site.store, site.settings, site.now
    found = {one.state.url: one for one in feed_health(store, settings, now)}
    weekly = feed_activity(store, settings, now)
    lines = [_line(site, feed, found.get(feed.url), weekly.get(feed.url)) for feed in settings.feeds]
    states = {one.state.id: one for one in found.values()}
    troubles = [
        Trouble(
            _name(site, states[one.feed_id]),
            one.condition,
            one.since,
            one.until,
            _words(site, states[one.feed_id].state.private, one.reason),
        )
        for one in store.troubles.history(states)
        if one.condition is not Condition.PAUSED
    ]
    return drawing.page(
        site.renderer,
        site.frame(path),
        lines,
        notices=failing(asked(poll.unpaused(one.state for one in found.values())), listed=True),
        mails=[_mail(site, one) for one in unsettled(store)],
        troubles=troubles,
        digests=[(one.name, one.title, one.to) for one in settings.digests.values() if one.to],
        sections=tuple(dict.fromkeys(feed.section for feed in settings.feeds)),
        now=now,
    ).encode()


def _line(site: Site, feed: config.Feed, one: FeedStatus | None, weekly: float | None) -> FeedLine:
    hidden = feed.private and not site.viewer.owner
    host = host_of(feed.url)
    section = NO_SECTION if hidden else feed.section
    if one is None:
        title = A_PRIVATE_FEED if hidden else feed.title or host
        return FeedLine(title, section, Condition.NEW, host="" if hidden or title == host else host)
    state, how = one.state, one.health
    site_url = None if feed.private or not state.site_url or holds_secret(state.site_url) else state.site_url
    return FeedLine(
        title=_name(site, one),
        section=section,
        condition=how.condition,
        id=state.id,
        site_url=site_url,
        host="" if hidden or state.title == host else host,
        language=(state.language or "") if not feed.title and not feed.private else "",
        since=how.since,
        until=how.until,
        # Whose page says "you paused it" needs no command for it.
        reason="" if how.condition is Condition.PAUSED else _words(site, feed.private, how.reason),
        last_success=state.last_success,
        last_try=state.last_try,
        next_try=_next(one, site.now),
        weekly=weekly,
    )


def _name(site: Site, one: FeedStatus) -> str:
    return A_PRIVATE_FEED if one.state.private and not site.viewer.owner else one.state.title


def _words(site: Site, private: bool, reason: str) -> str:
    """What is wrong; of a private feed, whose host and path it may repeat, the owner alone is told."""
    return "its owner knows more when signed in" if private and reason and not site.viewer.owner else reason


def _next(one: FeedStatus, now: datetime) -> datetime | None:
    if one.health.condition in _NOT_ASKED:
        return None
    times = [time for time in (one.state.next_poll, one.health.until) if time is not None and time > now]
    return max(times, default=None)


def _mail(site: Site, entry: Entry) -> Mail:
    one = entry.delivery
    digest = site.settings.digests.get(entry.digest)
    words = one.last_error or ""
    return Mail(
        edition=f"{digest.title if digest else entry.digest}, {short_day(entry.day)}",
        transport=one.transport,
        recipient=one.recipient if site.viewer.owner else "",
        state=_STATES.get(one.state, one.state.value),
        words=words if site.viewer.owner else drawing.without_addresses(words),
        attempts=one.attempts,
        next_try=one.next_try if one.state is DeliveryState.PENDING else None,
    )

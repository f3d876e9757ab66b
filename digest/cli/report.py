"""A run's report as lines for people: what was read, what failed and why, where the edition went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import click

from ..model import DeliveryReport, DeliveryState, FeedReport, Kind, PollOutcome, RunReport
from .common import count, print_json
from .named import called

if TYPE_CHECKING:
    from ..config import Config

_STATES = {
    DeliveryState.SENT: "sent",
    DeliveryState.PENDING: "waiting",
    DeliveryState.SENDING: "waiting",
    DeliveryState.FAILED: "FAILED",
    DeliveryState.REFUSED: "REFUSED",
    DeliveryState.DROPPED: "let go",
}


def finish(report: RunReport, settings: Config, as_json: bool) -> int:
    """Prints the report and returns the exit code."""
    from ..pipeline import exit_code

    code = exit_code(report)
    if as_json:
        print_json({"exit_code": code, "report": report})
    else:
        for line in lines(report, settings):
            click.echo(line)
    for error in report.errors:
        click.echo(f"digest: {error}", err=True)
    return code


def lines(report: RunReport, settings: Config) -> Iterator[str]:
    """The whole report."""
    yield from _feeds(report)
    for edition in report.editions:
        title = called(edition.digest, edition.title, settings)
        if edition.kind is not Kind.REGULAR:
            yield f"{title}, {edition.day:%A %-d %B %Y}: no edition; a mail says: {edition.lead}"
            continue
        yield (
            f"{title}, no. {edition.number}, {edition.day:%A %-d %B %Y}: "
            f"{count(edition.items, 'new item')} in {count(edition.stories, 'story', 'stories')} "
            f"from {count(edition.outlets, 'outlet')}"
        )
        if edition.lead:
            yield f"  first: {edition.lead}"
    for name in report.nothing_new:
        if report.feeds and all(feed.outcome is PollOutcome.FAILED for feed in report.feeds):
            yield f"{name}: no edition was issued, as no feed was read"
        else:
            yield f"{name}: nothing new since the last edition, so none was issued"
    for delivery in report.deliveries:
        yield f"  {_delivery(delivery)}"
    yield from report.owner


def _feeds(report: RunReport) -> Iterator[str]:
    if not report.feeds:
        if report.not_due:
            cure = "; `digest poll --force` asks them all the same" if report.held < report.not_due else ""
            yield f"no feed is due yet{_held(report)}{cure}"
        yield from report.notices
        return
    failed = [feed for feed in report.feeds if feed.outcome is PollOutcome.FAILED]
    new = sum(feed.new for feed in report.feeds)
    backlog = sum(feed.backlog for feed in report.feeds)
    read = len(report.feeds) - len(failed)
    text = f"{count(read, 'feed')} read, {count(new, 'new item')}"
    if backlog:
        text += f" and {backlog:,} older ones kept without showing them"
    if failed:
        text += f"; {count(len(failed), 'feed')} failed"
    if report.not_due:
        text += f"; {report.not_due} not due yet{_held(report)}"
    yield text
    yield from report.notices
    alike = {name for name, many in Counter((one.title, one.host) for one in report.feeds).items() if many > 1}
    for feed in failed:
        yield f"  failed: {_name(feed, alike)}: {feed.error}"
    for feed in report.feeds:
        if feed.note:
            yield f"  {_name(feed, alike) if (feed.title, feed.host) in alike else feed.title}: {feed.note}"


def _name(feed: FeedReport, alike: Collection[tuple[str, str]] = ()) -> str:
    """Title and host, or its address where that is all that tells it from others."""
    if feed.address and feed.title == feed.host:
        return feed.address
    return f"{feed.title} ({feed.address if feed.address and (feed.title, feed.host) in alike else feed.host})"


def _held(report: RunReport) -> str:
    """How many of those that were not asked have to wait for their servers."""
    return f" ({report.held} held by what their servers ask for, see `digest status`)" if report.held else ""


def feed_line(feed: FeedReport) -> str:
    """One feed in one line, for ``--verbose``."""
    seconds = f"{feed.elapsed.total_seconds():.1f} s"
    if feed.outcome is PollOutcome.FAILED:
        named = feed.address if feed.address and feed.title == feed.host else feed.title
        return f"failed     {named} ({feed.host}, {seconds}): {feed.error}"
    wrong = f"; {'; '.join(feed.complaints)}" if feed.complaints else ""
    if feed.outcome is PollOutcome.UNCHANGED:
        answer = "304" if feed.status == 304 else "nothing new"
        return f"unchanged  {feed.title} ({feed.host}, {seconds}, {answer}){wrong}"
    parts = [count(feed.new, "new item")]
    if feed.backlog:
        parts.append(f"{feed.backlog:,} kept as already shown")
    if feed.edited:
        parts.append(f"{feed.edited} edited")
    return f"read       {feed.title} ({feed.host}, {seconds}): {', '.join(parts)}{wrong}"


def _delivery(one: DeliveryReport) -> str:
    to = f" to {one.recipient}" if one.recipient else ""
    detail = f": {one.detail}" if one.detail else ""
    # Numbers below 1 are of mails without items, which people do not count.
    number = f" no. {one.number}" if one.number > 0 else ""
    return f"{_STATES[one.state]}: {one.digest}{number} by {one.transport}{to}{detail}"

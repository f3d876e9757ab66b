"""why: in which editions a report came, or why in none; then why it stands where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import DigestError
from .common import (
    config_option,
    json_option,
    local,
    look_into_store,
    now_option,
    print_json,
    settings_from,
    wall_clock,
)
from .named import called

if TYPE_CHECKING:
    from ..config import Config
    from ..model import Place
    from ..pipeline.whereabouts import Appearance, InDigest, Likely, Whereabouts

_SHOWN = {
    "lead": "as the lead of its story",
    "report": "as a report under “{}”",
    "copy": "as a copy under “{}”",
    "related": "with the other stories of its thread, under “{}”",
    "rest": "only folded on the page, since its feed had more than its share of lines",
}
_LEFT_OUT = {
    "muted thread": "you muted its thread (`digest decisions` says until when)",
    "muted word": "it has a muted word",
    "skipped": "its feed is read through `only` and `skip`, and it did not pass",
    "repeated": "its story was told before, and this brought nothing new to it",
}
_ABSENT = {
    "other feeds": "never: this digest does not hold its feed",
    "first run": "never: it was already in the feed when the program first asked",
    "backlog": "never: it came with many older ones at once, which are stored as already shown",
    "earlier": "never: it was there before the first edition's time begins",
    "ungrouped": "not yet: it was not grouped yet, the next `digest poll` does it",
    "not held": "never: this digest did not hold its feed yet when the edition of its time was made",
}


@click.command()
@click.argument("item", metavar="ITEM")
@click.option("--verbose", "-v", is_flag=True, help="Also the numbers: weights, scores and bars.")
@config_option
@json_option
@now_option
def why(item: str, verbose: bool, config_path: Path | None, as_json: bool, now: datetime | None) -> int:
    """Say in which edition a report came, or why in none.

    ITEM is its number, as `digest threads show` tells it, or its address. After that, why it stands where it stands,
    as `digest threads why` says it. Exit code 1 where no such item is stored.
    """
    from ..pipeline import explaining
    from ..pipeline.whereabouts import find, gone, likely, whereabouts
    from .why import lines

    settings = settings_from(config_path)
    moment = now or wall_clock()
    with look_into_store(settings, now) as store:
        number = find(store, item)
        if number is None and (digests := gone(store, item)) is not None:
            return _gone(item, digests, settings, as_json)
        if number is None:
            return _unknown(item, likely(store, settings, item, moment), settings.timezone, as_json)
        told = whereabouts(store, settings, number, moment)
        try:
            grouping = explaining.why(store, settings, number)
        except DigestError as error:
            grouping, reason = None, str(error)
    if as_json:
        print_json({"found": True, "item": told.item, "digests": told.digests, "why": grouping})
        return 0
    for line in _lines(told, settings):
        click.echo(line)
    click.echo()
    for line in lines(grouping, settings, verbose=verbose)[3:] if grouping else [reason]:
        click.echo(line)
    return 0


def _lines(told: Whereabouts, settings: Config) -> Iterator[str]:
    item, zone = told.item, settings.timezone
    yield f"{item.outlet_name}: {item.title or '(no title)'}"
    yield f"item {item.id}, {local(item.published, zone)}, first seen {local(item.first_seen, zone)}"
    yield ""
    for one in told.digests:
        title = called(one.digest, one.title, settings)
        if one.editions:
            for edition in one.editions:
                yield f"{title}: {_in_edition(edition, one)}"
        else:
            yield f"{title}: {_absent(one, zone)}"
    if not told.subscribed:
        yield "Its feed is no longer in the configuration."


def _in_edition(edition: Appearance, one: InDigest) -> str:
    where = f"no. {edition.number} of {edition.day:%a %-d %b %Y}"
    return f"in {where}, {_placed(edition.place, edition.headline)}" if edition.place in _SHOWN else (
        f"not in {where}: {_kept_out(edition.place, one.word)}"
    )  # fmt: skip


def _placed(place: Place, headline: str | None) -> str:
    return _SHOWN[place].format(headline or "another headline")


def _kept_out(place: Place, word: str | None) -> str:
    return _LEFT_OUT[place] + (f": {word}" if word else "")


def _absent(one: InDigest, zone: str) -> str:
    if one.absence != "waiting":
        return _ABSENT[one.absence or "not held"]
    when = f" on {local(one.next_slot, zone)}" if one.next_slot else ""
    if one.expected is None or one.expected in _SHOWN:
        far = " (on the page, behind the share of its feed)" if one.expected == "rest" else ""
        return f"not yet: it comes in the next edition{when}{far}"
    return f"not in the next edition{when} either: {_kept_out(one.expected, one.word)}"


def _unknown(told: str, feeds: list[Likely], zone: str, as_json: bool) -> int:
    """No item: where it may come from, and when that is asked."""
    if as_json:
        print_json({"found": False, "feeds": feeds})
        return 1
    if told.isdecimal():
        click.echo(f"there is no item {told}; `digest threads show ID` tells the numbers of a thread's items")
        return 1
    click.echo(f"no item with this address is stored: {told}")
    for feed in feeds:
        click.echo(f"it may be of {feed.title}: {_asked(feed, zone)}")
    if not feeds:
        click.echo("and no feed of its outlet is in the configuration; `digest feeds add ADDRESS` looks for one")
    return 1


def _gone(told: str, digests: Sequence[InDigest], settings: Config, as_json: bool) -> int:
    """An item that is no longer kept: what editions told of it."""
    if as_json:
        print_json({"found": False, "gone": True, "digests": digests})
        return 1
    click.echo(f"item {told} is no longer kept: it is older than [retention] keeps items")
    for one in digests:
        for edition in one.editions:
            click.echo(f"{called(one.digest, one.title, settings)}: {_in_edition(edition, one)}")
    return 1


def _asked(feed: Likely, zone: str) -> str:
    if feed.condition in ("paused", "gone", "merged"):
        return f"{feed.condition}, so it is not asked (`digest feeds` says why)"
    last = f"last asked {local(feed.asked, zone)}" if feed.asked else "never asked yet"
    return f"{last}, next {'from ' + local(feed.next, zone) if feed.next else 'with the next poll'}"

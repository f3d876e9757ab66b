"""feeds add: find a site's feeds, and write one into config.toml."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from ..errors import DigestError
from .common import (
    config_option,
    count,
    json_option,
    look_into_store,
    near,
    now_option,
    open_store,
    print_json,
    settings_from,
    wall_clock,
)
from .feednames import open_address, shown_address

if TYPE_CHECKING:
    from ..config import Config, Feed
    from ..pipeline.subscribing import Discovered
    from ..pipeline.trying import Looked


@click.command()
@click.argument("address", metavar="ADDRESS")
@click.option("--title", metavar="TEXT", help="What readers see; otherwise the feed's own title.")
@click.option(
    "--section", default="News", show_default=True, metavar="NAME", help="The part of a digest it belongs to."
)
@click.option("--private", is_flag=True, help="Its address is a secret: show its host only.")
@config_option
@json_option
@now_option
@click.pass_context
def add(
    context: click.Context,
    address: str,
    title: str | None,
    section: str,
    private: bool,
    config_path: Path | None,
    as_json: bool,
    now: datetime | None,
) -> int:
    """Subscribe to a feed, or to that of a site.

    ADDRESS is a feed's, or that of a page: feeds that the page names are looked up, also those of YouTube, Reddit,
    Mastodon and GitHub. Where there are several, you are asked which; without a terminal they are
    listed, with exit code 2. The feed is written into config.toml, whose comments stay.
    """
    settings = settings_from(config_path or context.obj)
    starts = spellings(address)
    if not as_json:
        click.echo(f"looking for feeds at {urlsplit(starts[0]).hostname} ...", err=True)
    found = looked_up(settings, starts, now or wall_clock())
    chosen = _chosen(found, as_json)
    if chosen is None:
        return _several(found, as_json)
    notes = insecure(starts, chosen)
    return subscribe(settings, [as_feed(one, title, section, private) for one in chosen], as_json, notes)


def insecure(starts: list[str], chosen: list[Looked]) -> tuple[str, ...]:
    """What to tell of feeds that are not offered as securely as they were asked for."""
    if not starts[0].startswith("https:") or not any(one.lasting.startswith("http:") for one in chosen):
        return ()
    return ("https is not offered there, so http is asked: whoever is on the way can read and change it",)


def looked_up(settings: Config, starts: list[str], now: datetime) -> Discovered:
    """The feeds at an address, of which there is one at least; raises DigestError."""
    from ..pipeline.subscribing import find_feeds

    with look_into_store(settings) as store:
        pauses = store.troubles.pauses()
    found = find_feeds(settings.fetch, starts, now, pauses)
    remember(settings, found.pauses, now)
    if not found.feeds:
        raise DigestError(_nothing(found))
    return found


def remember(settings: Config, pauses: Mapping[str, datetime], now: datetime) -> None:
    """Stores that hosts want to be left alone, so that no later command and no poll asks them."""
    if pauses:
        with open_store(settings, None) as store:
            for host, until in pauses.items():
                store.troubles.pause(host, until, now)


def spellings(address: str) -> list[str]:
    """The addresses to try for what a person wrote; raises DigestError."""
    from ..units import web_address

    address = address.strip()
    if address.lower().startswith("feed:"):
        address = address[5:].removeprefix("//")
    try:
        if "://" in address:
            return [web_address(address)]
        return [web_address(f"{scheme}://{address}") for scheme in ("https", "http")]
    except ValueError as error:
        raise DigestError(str(error)) from None


def _nothing(found: Discovered) -> str:
    page = found.held or found.page
    if page.body is None:
        return f"{urlsplit(page.url).netloc}: {page.problem}"
    where = open_address(page.url)
    if not found.places:
        return f"{where}: {page.problem}"
    asked = f"it names none that can be read, and {count(found.places, 'usual place')} had none"
    return f"{where} is no feed, {asked}; look on the site for RSS"


def _chosen(found: Discovered, as_json: bool) -> list[Looked] | None:
    """The only feed, or those that a person chooses; None where there is nobody to ask."""
    if len(found.feeds) == 1:
        return list(found.feeds)
    if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    for number, one in enumerate(found.feeds, 1):
        click.echo(f"{number:>3}  {described(one)}")
    while True:
        told: str = click.prompt("which? numbers with commas, or all", default="1")
        picked = range(1, len(found.feeds) + 1) if told.strip().lower() == "all" else _numbers(told)
        if picked and all(1 <= number <= len(found.feeds) for number in picked):
            return [found.feeds[number - 1] for number in picked]
        click.echo(f"write numbers from 1 to {len(found.feeds)}, like 1,2")


def _numbers(told: str) -> list[int]:
    parts = [part.strip() for part in told.split(",")]
    return list(dict.fromkeys(map(int, parts))) if all(part.isdecimal() and len(part) < 4 for part in parts) else []


def described(one: Looked) -> str:
    """One of several feeds, for whoever has to choose."""
    from ..pipeline.trying import title_of

    items = count(len(one.feed.items), "item") if one.feed else ""
    return f"{title_of(one)}, {items}: {one.url}"


def _several(found: Discovered, as_json: bool) -> int:
    from ..pipeline.trying import title_of

    cure = f"{len(found.feeds)} feeds are there; call `digest feeds add` again with the address of one of them"
    if as_json:
        listed = [
            {"url": one.url, "title": title_of(one), "items": len(one.feed.items) if one.feed else 0}
            for one in found.feeds
        ]
        print_json({"exit_code": 2, "error": cure, "found": listed})
        return 2
    for one in found.feeds:
        click.echo(described(one))
    click.echo(f"digest: {cure}", err=True)
    return 2


def as_feed(looked: Looked, title: str | None, section: str, private: bool) -> Feed:
    """The subscription to what was found."""
    from ..config import feed
    from ..pipeline.trying import title_of

    own = None if private else title_of(looked)
    return feed(url=looked.lasting, title=title or own, section=section, private=private)


def subscribe(settings: Config, feeds: list[Feed], as_json: bool, notes: tuple[str, ...] = ()) -> int:
    """Writes those that are not subscribed yet into config.toml, or tells what to paste; the exit code."""
    done = written(settings, feeds, notes)
    if done.refused is not None:
        return _paste(done.refused, done.lines, done.hints, as_json)
    if as_json:
        added = [{"title": feed.title, "section": feed.section, "address": shown_address(feed)} for feed in done.new]
        known = [{"title": feed.title, "address": shown_address(feed)} for feed in done.old]
        print_json({"added": added, "subscribed_before": known, "notes": done.hints, "config": str(settings.path)})
        return 0
    for feed in done.new:
        click.echo(f"added to {feed.section}: {feed.title or shown_address(feed)}, {shown_address(feed)}")
    for feed in done.old:
        click.echo(f"subscribed already: {feed.title or shown_address(feed)}")
    for hint in done.hints:
        click.echo(f"  {hint}")
    if done.new:
        click.echo(f"{near(settings.path)} is written; `digest poll` asks at once, a running server within seconds")
    return 0


@dataclass(frozen=True, slots=True)
class Written:
    """What became of feeds that were to be subscribed."""

    new: list[Feed]
    old: list[Feed]
    """Subscribed before."""
    hints: list[str]
    refused: str | None = None
    """Why config.toml was left as it is, with the cure: ``lines`` are to be pasted into it."""
    lines: str = ""


def written(settings: Config, feeds: list[Feed], notes: tuple[str, ...] = ()) -> Written:
    """Writes those that are not subscribed yet into config.toml."""
    from .. import edit
    from ..units import same_address
    from .configfile import change

    there = _known(settings)
    new = [feed for feed in feeds if same_address(feed.url) not in there]
    old = [feed for feed in feeds if same_address(feed.url) in there]
    hints = [hint for hint in (*notes, *_hints(settings, new)) if hint]
    refused = change(settings.path, lambda text: edit.added(text, new)) if new else None
    if refused is not None:
        told = f"{settings.path} was not changed: {refused.reason}; paste this into it"
        return Written(new, old, hints, told, edit.lines(new))
    return Written(new, old, hints)


def _known(settings: Config) -> dict[str, Feed]:
    """The subscriptions by their addresses: as configured, and where one is asked since it moved."""
    from ..pipeline.looking import feed_states
    from ..units import same_address

    by_url = {feed.url: feed for feed in settings.feeds}
    with look_into_store(settings) as store:
        states = feed_states(store, settings)
    moved = {same_address(state.moved_to): by_url[state.url] for state in states if state.moved_to}
    return {**moved, **{same_address(feed.url): feed for feed in settings.feeds}}


def _hints(settings: Config, new: list[Feed]) -> list[str]:
    """What the operator may not have thought of."""
    from ..units import holds_secret

    hints = []
    if any(holds_secret(feed.url) and not feed.private for feed in new):
        hints.append("an address seems to hold a secret; write private = true below it, and only its host is shown")
    for section in dict.fromkeys(feed.section for feed in new):
        lists = [digest.sections for digest in settings.digests.values()]
        if lists and all(one is not None and section not in one for one in lists):
            hints.append(f"no digest has the section {section}; add it to `sections`, or choose another with --section")
    return hints


def _paste(told: str, lines: str, hints: list[str], as_json: bool) -> int:
    """Tells what the operator has to add by hand to a file that may not be changed; returns 2."""
    if as_json:
        print_json({"exit_code": 2, "error": told, "added": [], "notes": hints, "paste": lines})
        return 2
    click.echo(f"digest: {told}:", err=True)
    click.echo(f"\n{lines}", nl=False)
    for hint in hints:
        click.echo(f"  {hint}", err=True)
    return 2

"""search: items by their words, from all that is stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from ..errors import DigestError
from ..units import shown
from .common import Day, Number, config_option, count, json_option, local, look_into_store, print_json, settings_from

if TYPE_CHECKING:
    from ..config import Config
    from ..model import Item
    from ..searching import Pieces, Sought
    from ..store import Matches, Store


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, required=True)
@config_option
@click.option("--feed", default="", metavar="NAME", help="Only items of feeds whose title has this.")
@click.option("--section", default="", metavar="NAME", help="Only items of the feeds of this section.")
@click.option("--outlet", default="", metavar="NAME", help="Only items of an outlet whose name or domain has this.")
@click.option("--after", type=Day(), metavar="DAY", help="Only what was published on this day or later: 2026-11-26.")
@click.option("--before", type=Day(), metavar="DAY", help="Only what was published before this day.")
@click.option("--thread", type=Number(min=1), metavar="ID", help="Only items of one thread.")
@click.option("--by-date", is_flag=True, help="List the latest first, not the best.")
@click.option("--limit", type=Number(1, 2_000), default=20, metavar="NUMBER", show_default="20",
              help="How many to list.")  # fmt: skip
@json_option
def search(
    words: tuple[str, ...],
    config_path: Path | None,
    feed: str,
    section: str,
    outlet: str,
    after: datetime | None,
    before: datetime | None,
    thread: int | None,
    by_date: bool,
    limit: int,
    as_json: bool,
) -> int:
    """Find items by their words.

    All words must be there, in the title or the text; capitals and accents make no difference. "two words" stand next
    to each other, -word must not be there, this OR that will do, begin* is how a word begins. Chinese, Japanese, Korean
    and Thai are found by any part of a word. The newest 2,000 matches are ranked. Exit code 1 when nothing is found.
    """
    from ..pipeline.finding import filters
    from ..searching import read
    from ..store import Filters, Order

    if after and before and after >= before:
        how = "later than" if after > before else "the same as"
        raise DigestError(f"--after {after:%Y-%m-%d} is {how} --before {before:%Y-%m-%d}, which leaves no day")
    settings = settings_from(config_path)
    zone = ZoneInfo(settings.timezone)
    sought = read(_question(words))
    with look_into_store(settings) as store:
        titles = store.feeds.titles(store.feeds.subscribed(settings.feeds))
        wanted = filters(
            store,
            settings,
            titles,
            feed=feed,
            section=section,
            outlet=outlet,
            since=after.replace(tzinfo=zone) if after else None,
            until=before.replace(tzinfo=zone) if before else None,
            thread=thread,
        )
        found = store.search.find(sought, wanted, Order.DATE if by_date else Order.RANK)
        why = None if found.ids else _named_wrong(store, settings, titles, thread, feed, section)
        if not found.ids and why is None and wanted != Filters():
            why = _elsewhere(store, sought)
        _tell(store, settings, sought, found, limit, why, as_json)
    return 0 if found.ids else 1


def _question(words: tuple[str, ...]) -> str:
    """As it was typed: what the shell took the quotes from is a phrase."""
    return " ".join(f'"{one}"' if " " in one and '"' not in one else one for one in words)


def _named_wrong(
    store: Store, settings: Config, titles: Mapping[int, str], thread: int | None, feed: str, section: str
) -> str | None:
    """Which of the names and numbers that narrow a search nothing has, in words; None where each is there."""
    from ..mistakes import choose
    from ..searching import fold

    sections = list(dict.fromkeys(one.section for one in settings.feeds))
    if thread is not None and store.threads.final(thread) is None:
        return f"there is no thread {thread}; `digest threads` lists those there are"
    by_number = feed.isascii() and feed.isdigit() and len(feed) < 16 and int(feed) in titles
    if feed and not by_number and not any(fold(feed) in fold(one) for one in titles.values()):
        return f"no feed's title has {shown(feed)}; {choose(feed, list(dict.fromkeys(titles.values())))}"
    if section and not any(fold(section) == fold(one) for one in sections):
        return f"there is no section {shown(section)}; {choose(section, sections)}"
    return None


def _elsewhere(store: Store, sought: Sought) -> str | None:
    """What to say where the words alone find something, and what was asked beside them is to blame."""
    from ..store import Filters

    found = store.search.find(sought, Filters())
    if not found.ids:
        return None
    many = f"more than {len(found.ids):,} items" if found.more else count(len(found.ids), "item")
    be = "is" if len(found.ids) == 1 else "are"
    return f"nothing found there; without --feed, --section, --outlet, --thread and days there {be} {many}"


def _tell(
    store: Store, settings: Config, sought: Sought, found: Matches, limit: int, why: str | None, as_json: bool
) -> None:
    from ..searching import marked

    first = found.ids[:limit]
    items = {item.id: item for item in store.items.get(first, store.feeds.subscribed(settings.feeds))}
    shown = [one for one in first if one in items]  # the index remembers words of an item that was pruned
    texts, threads = store.search.texts(shown), store.search.threads_of(shown)
    searchable, stored = store.search.progress()
    if as_json:
        print_json(
            {
                "found": len(found.ids),
                "more": found.more,
                "searchable": searchable,
                "stored": stored,
                "results": [_facts(items[one], threads.get(one), marked(texts[one], sought, 260)) for one in shown],
            }
        )
        return
    for one in shown:
        for line in _lines(items[one], marked(items[one].title or "(no title)", sought), settings.timezone):
            click.echo(line)
    if not sought:
        click.echo("there is no word in that to look for")
    elif why is not None:
        click.echo(why)
    elif not found.ids:
        click.echo(f"nothing found in {count(searchable, 'item')}; try fewer words, or how one begins: electr*")
    elif found.more:
        click.echo(f"more than {len(found.ids):,} items; the newest {len(found.ids):,} are ranked")
    elif len(found.ids) > limit:
        click.echo(f"and {count(len(found.ids) - limit, 'item')} more (--limit lists them)")
    if searchable < stored:
        click.echo(f"{stored - searchable:,} of {count(stored, 'item')} cannot be searched yet; `digest poll` goes on")


def _facts(item: Item, thread_id: int | None, extract: Pieces) -> dict[str, Any]:
    return {"item": item, "thread": thread_id, "extract": "".join(words for words, _ in extract)}


def _lines(item: Item, title: Pieces, zone: str) -> tuple[str, ...]:
    told = "".join(click.style(words, bold=True) if hit else words for words, hit in title)
    first = f"{item.id:>6}  {local(item.published, zone)}  {item.outlet_name}: {told}"
    return (first, f"        {item.url}") if item.url and not item.private else (first,)

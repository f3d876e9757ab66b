"""threads: what belongs together, as a list or one at a time; why, and what a person decided about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import DigestError
from . import corrections, wishes
from .common import (
    NUMBER,
    Number,
    config_option,
    count,
    json_option,
    local,
    look_into_store,
    now_option,
    print_json,
    settings_from,
    wall_clock,
)
from .evaluate import evaluate
from .why import why

if TYPE_CHECKING:
    from ..model import Decision, Gone, Item, Link, Story, ThreadSummary


@click.group(invoke_without_command=True)
@config_option
@click.option("--days", type=Number(1, 36500), default=3, metavar="NUMBER", show_default="3",
              help="How far back to look for movement.")  # fmt: skip
@click.option("--all", "also_lone", is_flag=True, help="Also list items that stand alone.")
@json_option
@now_option
@click.pass_context
def threads(
    context: click.Context, config_path: Path | None, days: int, also_lone: bool, as_json: bool, now: datetime | None
) -> None:
    """List what belongs together, say why, and correct it.

    Each line is a topic thread that moved in the last days: its id, how many outlets report it, its headline.
    """
    context.obj = config_path
    if context.invoked_subcommand is not None:
        return
    from ..pipeline.looking import recent_threads

    settings = settings_from(config_path)
    with look_into_store(settings, now) as store:
        # An archive that nobody adds to shows its last days; a clock that ran ahead hides nothing.
        moment = now or wall_clock()
        since = min(store.traces.newest() or moment, moment) - timedelta(days=days)
        found = recent_threads(store, settings, since)
    shown = [one for one in found if also_lone or one.items > 1]
    if as_json:
        print_json({"threads": shown})
        return
    for one in shown:
        click.echo(_line(one, settings.timezone))
    if not shown:
        click.echo(f"nothing was grouped in the last {count(days, 'day')}; `digest poll` reads the feeds")
    elif alone := len(found) - len(shown):
        click.echo(f"and {count(alone, 'item')} on their own (--all lists them)")


@threads.command()
@click.argument("thread_id", type=NUMBER, metavar="ID")
@config_option
@json_option
@click.pass_context
def show(context: click.Context, thread_id: int, config_path: Path | None, as_json: bool) -> None:
    """Show one thread: its stories in order, who reported when, and which words they share.

    The number before each report is what `why`, `split` and `pin` take.
    """
    from ..pipeline.looking import gone_of, standing_decisions, story_links, summary, thread_stories

    settings = settings_from(config_path or context.obj)
    with look_into_store(settings) as store:
        gone = gone_of(store, settings, thread_id)
        stories = thread_stories(store, settings, thread_id)
        links = story_links(store, stories)
        wishes = store.decisions.wishes(wall_clock())
        decided = standing_decisions(store, stories)
    if not stories and gone is None:
        raise DigestError(f"there is no thread {thread_id}; `digest threads` lists those there are")
    if as_json:
        head = summary(stories) if stories else None
        print_json({"thread": head, "stories": stories, "links": links, "decisions": decided, "gone": gone})
        return
    if not stories:
        click.echo(f"thread {thread_id}: {_former(gone, settings.timezone)}")
        return
    head = summary(stories)
    click.echo(head.title)
    click.echo(
        f"thread {head.id}: {count(head.items, 'report')} from {count(head.outlets, 'outlet')}, "
        f"{local(head.first, settings.timezone)} to {local(head.last, settings.timezone)}"
    )
    if head.id in wishes.muted:
        click.echo("muted: no edition tells of it; `digest decisions` says until when")
    elif head.id in wishes.followed:
        click.echo("followed: it comes to the top of every edition that has news of it")
    if gone is not None:
        click.echo(f"before these: {_former(gone, settings.timezone)}")
    for story in stories:
        _show(story, links.get(story.id), _marked(decided), settings.timezone)
    if decided:
        click.echo("\nYou decided (`digest threads undo NUMBER` takes it back):")
    for one in decided:
        click.echo(f"  {one.id:>6}  {corrections.in_words(one, settings.timezone)}")


def _former(gone: Gone | None, zone: str) -> str:
    """What is no longer kept of a thread."""
    if gone is None:
        return ""
    verb = "is" if gone.reports == 1 else "are"
    span = f"{local(gone.first, zone)} to {local(gone.last, zone)}"
    return f"{count(gone.reports, 'report')}, {span}, {verb} no longer kept"


def _marked(decided: Sequence[Decision]) -> dict[int, str]:
    """By item id the decisions that moved or hold it, in a word each; those it was only split from are not."""
    words = {"split": "split off", "merge": "merged", "pin": "pinned"}
    found: dict[int, dict[int, str]] = {}
    for decision in decided:
        for one in decision.items:
            # Of a pin that moved a report, its old mates stay behind without a word.
            if one.side >= 0:
                found.setdefault(one.item_id, {})[decision.id] = words.get(decision.kind, decision.kind)
    return {
        item_id: "".join(f" ({word}, decision {number})" for number, word in told.items())
        for item_id, told in found.items()
    }


def _line(one: ThreadSummary, zone: str) -> str:
    return f"{one.id:>6}  {count(one.outlets, 'outlet'):>10}  {local(one.last, zone)}  {one.title}"


def _show(story: Story, link: Link | None, marked: Mapping[int, str], zone: str) -> None:
    from ..threads.explain import shared_terms
    from ..threads.voices import voices

    heard = voices(story.items)
    copies = {item.id for voice in heard for item in voice[1:] if item.outlet != voice[0].outlet}
    click.echo()
    click.echo(
        f"  story {story.id}: {count(len(story.items), 'report')} from {count(len(heard), 'independent outlet')}"
        + (f", linked by {', '.join(term for term, _ in link.shared[:5])}" if link and link.shared else "")
    )
    for item in story.items:
        copy = " (copy)" if item.id in copies else ""
        first = f" (first: {item.first_title})" if item.first_title else ""
        click.echo(
            f"  {item.id:>6}  {local(item.published, zone)}  {item.outlet_name}: {item.title or '(no title)'}"
            f"{first}{copy}{marked.get(item.id, '')}{_link(item)}"
        )
    if len(story.items) > 1:
        terms = ", ".join(term for term, _ in shared_terms(story.items)[:10])
        click.echo(f"          shared words: {terms}")


def _link(item: Item) -> str:
    return f"\n          {item.url}" if item.url and not item.private else ""


for command in (why, evaluate, *corrections.COMMANDS, *wishes.COMMANDS):
    threads.add_command(command)

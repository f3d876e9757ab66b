"""threads why: plain words first, numbers for who asks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .common import config_option, count, json_option, local, look_into_store, print_json, settings_from
from .corrections import in_words, item_number

if TYPE_CHECKING:
    from ..config import Config
    from ..model import Item, Likeness
    from ..pipeline.explaining import Candidate, Comparison, Why

WORDS = 8
"""Shared words that are named."""

_OBJECTIONS = {
    "words": "the nearest story had hardly a word in common with it",
    "names": "the nearest story was told in like words, but of other people or places",
    "subject": "the nearest story shared hardly more than names with it",
    "outlet": "the nearest story was one that its own outlet alone had told, and not much like it",
}


@click.command()
@click.argument("item", metavar="ITEM")
@click.argument("other", metavar="[OTHER]", required=False)
@click.option("--verbose", "-v", is_flag=True, help="Also the numbers: weights, scores and bars.")
@config_option
@json_option
@click.pass_context
def why(
    context: click.Context, item: str, other: str | None, verbose: bool, config_path: Path | None, as_json: bool
) -> None:
    """Say why a report stands where it stands, or why two do or do not stand together.

    ITEM and OTHER are numbers, as `digest threads show` tells them, or addresses.
    """
    from ..pipeline import explaining

    settings = settings_from(config_path or context.obj)
    with look_into_store(settings) as store:
        second = item_number(store, other) if other is not None else None
        told = explaining.why(store, settings, item_number(store, item), second)
    if as_json:
        print_json({"why": told})
        return
    for line in lines(told, settings, verbose=verbose):
        click.echo(line)


def lines(told: Why, settings: Config, *, verbose: bool) -> list[str]:
    """The explanation for people."""
    zone = settings.timezone
    item = told.item
    text = [_headline(item), f"item {item.id}, {local(item.published, zone)}", ""]
    text += _where(told, zone)
    text += _placed(told, verbose)
    text += _shared(told.shared, told.likeness, "the rest of its story", verbose)
    text += _thread(told, verbose)
    text += [f"You decided: {in_words(one, zone)}" for one in told.decisions]
    if told.other is not None:
        text += ["", *_other(told.other, zone, verbose)]
    return text


def _where(told: Why, zone: str) -> list[str]:
    others = len(told.story.items) - 1
    if others == 0:
        where = f"It stands alone, as story {told.story.id}."
    else:
        where = (
            f"It stands with {count(others, 'other report')} in story {told.story.id}: "
            f"{count(told.outlets, 'independent outlet')}."
        )
    if len(told.thread) < 2:
        return [where]
    begun = min(report.published for story in told.thread for report in story.items)
    return [
        where,
        f"Its story is one of {len(told.thread)} in thread {told.story.thread_id}, "
        f"which runs since {local(begun, zone)}.",
    ]


def _placed(told: Why, verbose: bool) -> list[str]:
    placement = told.placement
    if placement is None:
        return ["How it was judged when it came was not kept."]
    if placement.decision is not None:
        return [f"Decision {placement.decision} put it where it is, whatever its words say."]
    if placement.same_page:
        return ["When it came, another feed's report of that story linked to the same page, so it is the same report."]
    score = f" (score {placement.score:.2f}, the bar is {placement.bar:.2f})" if verbose else ""
    near = told.nearest
    if near is None:
        return ["When it came, no story shared a telling word with it, so it opened one."]
    if len(told.story.items) == 1 and placement.score >= placement.bar and placement.objection is None:
        return [f"When it came, it joined a story that it no longer stands with: {near.title}{score}"]
    if near.story_id == told.story.id and (placement.objection is not None or placement.score < placement.bar):
        return [f"When it came, it opened a story; the two came close later and became one{score}."]
    if placement.objection is not None:
        text = [f"When it came, {_OBJECTIONS[placement.objection]}, so it did not join it: {near.title}{score}"]
    elif placement.score < placement.bar:
        text = [f"When it came, the nearest story was not near enough, so it opened one: {near.title}{score}"]
    else:
        text = [f"When it came, its words were near enough to those of that story{score}."]
    if told.second is not None:
        text.append(f"{_rank(told.second, verbose)}")
    return text


def _rank(second: Candidate, verbose: bool) -> str:
    score = f" (score {second.score:.2f})" if verbose else ""
    return f"The next in line was story {second.story_id}: {second.title}{score}"


def _shared(shared: tuple[tuple[str, float], ...], likeness: float, what: str, verbose: bool) -> list[str]:
    if not shared:
        return []
    if verbose:
        parts = ", ".join(f"{term} {part:.3f}" for term, part in shared[: 2 * WORDS])
        return [f"Words shared with {what}, with their part of the likeness of {likeness:.2f} today: {parts}"]
    return [f"Words shared with {what}: {', '.join(term for term, _ in shared[:WORDS])}"]


def _thread(told: Why, verbose: bool) -> list[str]:
    link = told.link
    if link is None:
        return []
    names = ", ".join(f"{term} {part:.2f}" if verbose else term for term, part in link.shared)
    numbers = f" ({_numbers(link.likeness, link.bars)})" if verbose and link.likeness and link.bars else ""
    if link.moved:
        by = f"by decision {link.decision}" if link.decision and not names else f"since both name {names}"
        return [f"Its story was linked to the thread {by}{numbers}."]
    if link.decision is not None:
        return [f"Its story was kept out of a thread by decision {link.decision}."]
    if told.nearest_thread is None:
        return []
    return [f"The nearest thread was not near enough to link its story: {told.nearest_thread}{numbers}"]


def _numbers(likeness: Likeness, bars: Likeness) -> str:
    return (
        f"all words {likeness.all:.3f} of {bars.all:.3f}, names {likeness.names:.3f} of {bars.names:.3f}, "
        f"others {likeness.others:.3f} of {bars.others:.3f}, "
        f"variety of names {likeness.variety:.1f} of {bars.variety:.1f}, "
        f"names common to the thread {likeness.core:.2f} of {bars.core:.2f}"
    )


def _other(other: Comparison, zone: str, verbose: bool) -> list[str]:
    item = other.item
    text = [
        f"And {item.outlet_name}: {item.title or '(no title)'}",
        f"item {item.id}, {local(item.published, zone)}",
        "",
    ]
    if other.same_story:
        text.append("Both are in one story.")
    elif other.same_thread:
        text.append(f"They are in two stories of one thread; this one is in story {other.story_id}.")
    else:
        text.append(f"They are not together; this one is in story {other.story_id}, thread {other.thread_id}.")
    if not other.same_language:
        text.append("They are in different languages, and reports are compared within one language only.")
    elif not other.shared:
        text.append("They share no telling word.")
    text += _shared(other.shared, other.likeness, "it", verbose)
    text.append(f"They were published {_hours(other.apart)} apart.")
    if verbose and other.same_language:
        text.append(f"Likeness of the first to the story of the second today: {other.to_story:.2f}")
    return text + [f"You decided: {in_words(one, zone)}" for one in other.decisions]


def _headline(item: Item) -> str:
    return f"{item.outlet_name}: {item.title or '(no title)'}"


def _hours(hours: float) -> str:
    if hours < 1:
        return count(round(hours * 60), "minute")
    return count(round(hours), "hour") if hours < 48 else count(round(hours / 24), "day")

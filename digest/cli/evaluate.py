"""threads evaluate: how good grouping is, against labels that people gave."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .common import count, json_option, near, print_json

if TYPE_CHECKING:
    from ..config import Threads
    from ..pipeline.evaluating import LinkedThread, Result

SHOWN = 6
"""Threads of one file that are named, and stories and lone items of one thread."""

_HEAD = ("file", "items", "stories", "P", "R", "F1", "pair P", "R", "F1", "lone wrongly joined", "items/s")


@click.command()
@click.argument("gold", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="PRED.csv",
              help="Also write story and thread of each item as id,thread,topic; one table for each file.")  # fmt: skip
@click.option("--best-f1", is_flag=True, help="Group eagerly: the setting with the best mean F1, not the default.")
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE",
              help="Another setting, like threads.window=1000d; may be repeated.")  # fmt: skip
@json_option
def evaluate(gold: tuple[Path, ...], out: Path | None, best_f1: bool, changes: tuple[str, ...], as_json: bool) -> None:
    """Measure grouping on labelled items.

    GOLD is one or several files of JSON lines, gzip'd or plain, one item a line: id, published, source, title, summary,
    lang and story, the label that is compared. The items go the way of polled ones through a database in memory, in
    batches of an hour, with the settings that everybody gets who sets none.
    """
    from ..config import threads_with
    from ..pipeline import evaluating

    if best_f1 and any(change.partition("=")[0].strip() == "threads.grouping" for change in changes):
        raise click.UsageError("--best-f1 is threads.grouping=eager; leave one of the two out")
    threads = threads_with((["threads.grouping=eager"] if best_f1 else []) + list(changes))
    names = _names(gold)
    tables = _tables(out, names) if out else {}
    if overwritten := {path.resolve() for path in gold} & {path.resolve() for path in tables.values()}:
        raise click.UsageError(f"--out would write over the labels in {near(overwritten.pop())}; name another file")
    read = {name: evaluating.read(path) for name, path in zip(names, gold, strict=True)}
    grouped = {name: evaluating.group(items, threads, time.process_time) for name, items in read.items()}
    written = tables
    for name, path in written.items():
        evaluating.write(path, grouped[name])
    results = [evaluating.result(name, read[name], grouped[name]) for name in names]
    mean = evaluating.mean(results)
    if as_json:
        files = [_facts(one, written.get(one.name)) for one in results]
        print_json({"settings": asdict(threads), "files": files, "mean": mean})
        return
    click.echo(_settings(threads))
    click.echo()
    _table(results, mean)
    for one in results:
        _linked(one)
    if written:
        click.echo(f"\nwritten: {', '.join(near(path) for path in written.values())}")


def _names(paths: tuple[Path, ...]) -> list[str]:
    """What each file is called in the table: its name, or its path where two have one name."""
    names = [path.name.removesuffix(".gz").removesuffix(".jsonl") for path in paths]
    if len(set(paths)) < len(paths):
        raise click.UsageError("a file is named twice; name each once")
    return names if len(set(names)) == len(names) else [str(path) for path in paths]


def _tables(out: Path, names: list[str]) -> dict[str, Path]:
    """Where the table of each file goes: ``pred.csv``, or ``pred.mix.dev.csv`` where there are several."""
    if len(names) == 1:
        return {names[0]: out}
    return {name: out.with_name(f"{out.stem}.{name.replace('/', '-').strip('-')}{out.suffix}") for name in names}


def _settings(threads: Threads) -> str:
    from ..units import spelt

    told = f"story_window {spelt(threads.story_window)}, window {spelt(threads.window)}"
    return f"grouping {threads.grouping}, {told}{_default(threads)}"


def _default(threads: Threads) -> str:
    return " (the default)" if threads == type(threads)() else ""


def _table(results: list[Result], mean: dict[str, float]) -> None:
    """Numbers in percent, in columns."""
    rows: list[tuple[str, ...]] = [_HEAD]
    for one in results:
        quality = one.quality
        joined = f"{round(quality.wrongly_joined * quality.lone)} of {quality.lone:,}"
        shares = (quality.precision, quality.recall, quality.f1,
                  quality.pair_precision, quality.pair_recall, quality.pair_f1)  # fmt: skip
        told = f"{joined} ({_percent(quality.wrongly_joined)} %)" if quality.lone else "none is"
        numbers = [_percent(share) for share in shares]
        rows.append((one.name, f"{quality.items:,}", f"{quality.stories:,}", *numbers, told, f"{one.speed:,.0f}"))
    if len(results) > 1:
        *numbers, joined = (_percent(share) for share in mean.values())
        rows.append(("mean", "", "", *numbers, f"{joined} %", ""))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        click.echo("  ".join([row[0].ljust(widths[0]), *cells]).rstrip())


def _linked(result: Result) -> None:
    """Which stories of the truth share a thread, and which lone items were pulled in."""
    several = [one for one in result.threads if len(one.stories) > 1]
    lone = f"{result.lone_linked} of {count(result.quality.lone, 'lone item')} in a thread with others"
    click.echo(f"\n{result.name}: {count(len(result.threads), 'thread')} with items of several stories, {lone}")
    if result.unlabelled:
        click.echo(f"  {count(result.unlabelled, 'item')} without a label, grouped and not scored")
    for one in several[:SHOWN]:
        _thread(one)
    if len(several) > SHOWN:
        click.echo(f"  and {count(len(several) - SHOWN, 'thread')} more with several stories (--json lists all)")


def _thread(one: LinkedThread) -> None:
    click.echo(f"  thread {one.thread}")
    for story in one.stories[:SHOWN]:
        click.echo(f"    {story.day:%Y-%m-%d}  {story.here} of {count(story.items, 'item')}  {story.title}")
    if len(one.stories) > SHOWN:
        click.echo(f"    and {count(len(one.stories) - SHOWN, 'story', 'stories')} more")
    for title in one.lone[:SHOWN]:
        click.echo(f"    alone in truth: {title}")
    if len(one.lone) > SHOWN:
        click.echo(f"    and {len(one.lone) - SHOWN} more that are alone in truth")


def _facts(result: Result, out: Path | None) -> dict[str, Any]:
    quality = result.quality
    return {
        "file": result.name,
        "items": quality.items,
        "unlabelled": result.unlabelled,
        "stories": quality.stories,
        "bcubed": {"precision": quality.precision, "recall": quality.recall, "f1": quality.f1},
        "pairwise": {"precision": quality.pair_precision, "recall": quality.pair_recall, "f1": quality.pair_f1},
        "lone": quality.lone,
        "wrongly_joined": round(quality.wrongly_joined * quality.lone),
        "wrongly_joined_share": quality.wrongly_joined,
        "seconds": result.seconds,
        "items_a_second": result.speed,
        "threads": result.threads,
        "lone_in_threads": result.lone_linked,
        "out": out,
    }


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"

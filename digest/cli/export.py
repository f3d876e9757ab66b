"""export: the same pages and feeds as files for any web host."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from ..errors import DigestError
from .common import clock_from, config_option, look_into_store, now_option, settings_from
from .named import known_digests


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--digest", "names", multiple=True, metavar="NAME", help="Only this digest; may be given several times.")
@config_option
@now_option
def export(folder: Path, names: tuple[str, ...], config_path: Path | None, now: datetime | None) -> None:
    """Write the pages and feeds into DIR, for any web host.

    Links are relative, so the folder may lie at any address. Only what changed is written, and what an earlier export
    wrote and is no page any more is removed, unless somebody changed it; other files in DIR are left alone. Reports of
    private feeds are not in it.
    """
    from ..checks import published
    from ..pipeline.exporting import export as export_into

    settings = settings_from(config_path)
    if inside := published(settings, folder):
        raise DigestError(f"{folder}: would publish {' and '.join(inside)}; name a folder of its own")
    known_digests(settings, names)
    digests = [settings.digests[name] for name in names] or list(settings.digests.values())
    with look_into_store(settings, now) as store:
        click.echo(export_into(store, settings, folder, digests, clock_from(now)))

"""demo: the real pipeline on the bundled sample, with feeds served from loopback and the clock set to their days."""

from __future__ import annotations

import errno
import json
import os
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import DigestError
from .common import called, clock_from, count, near

if TYPE_CHECKING:
    from ..config import Config
    from ..model import RunReport

MARK = "# Made by `digest demo`, which makes this folder anew each time."


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default="digest-demo", show_default=True,
              help="Folder for its pages, mails and database.")  # fmt: skip
@click.option("--serve", "serve_after", is_flag=True, help="Afterwards serve the pages until Ctrl-C.")
def demo(out: Path, serve_after: bool) -> int:
    """Show it all on bundled sample feeds, without network or mail server.

    Feeds of invented outlets, as they stood on four days of 2023, are served on this machine, polled over HTTP,
    grouped and published, one edition a day. It ends with the paths of the pages and mails.
    """
    from .. import pipeline
    from ..config import load
    from ..sample import DAYS, OUTLETS
    from ..store import Store
    from .newsstand import newsstand

    try:
        _clear(out)
    except OSError as error:
        reason = (error.strerror or "it failed").lower()
        raise DigestError(f"{out}: cannot be made anew ({reason}); choose another folder with --out") from None
    with newsstand() as stand:
        path = out / "config.toml"
        path.write_text(_configuration(stand.ports), encoding="utf-8")
        settings = load(path)
        click.echo(
            f"{count(len(OUTLETS), 'invented outlet')}, {count(len(DAYS), 'day')}, polled over HTTP on this machine"
        )
        code = 0
        with Store.open(settings.database, settings.families) as store:
            for day in DAYS:
                stand.day = day.date()
                report = pipeline.run(store, settings, clock_from(day))
                code = max(code, pipeline.exit_code(report))
                _tell(report)
    _tell_where(settings)
    if serve_after:
        from .serve import serve_pages

        serve_pages(settings)
    return code


def _clear(out: Path) -> None:
    """Removes what an earlier demo made; a folder of anything else is left alone."""
    config = out / "config.toml"
    if out.exists() and any(out.iterdir()):
        if not config.exists() or not config.read_text(encoding="utf-8", errors="replace").startswith(MARK):
            raise DigestError(f"{out} is not empty and was not made by the demo; choose another folder with --out")
        for made in (out / "public", out / "outbox", *out.glob("digest.db*")):
            shutil.rmtree(made) if made.is_dir() else made.unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    if not os.access(out, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _configuration(ports: dict[str, int]) -> str:
    from ..sample import OUTLETS

    allowed = ", ".join(json.dumps(f"127.0.0.1:{port}") for port in ports.values())
    feeds = "\n".join(
        f"[[feeds]]\nurl = {json.dumps(f'http://127.0.0.1:{ports[outlet.name]}/feed.xml')}\n"
        f"title = {json.dumps(outlet.title, ensure_ascii=False)}\nsection = {json.dumps(outlet.section)}\n"
        for outlet in OUTLETS
    )
    return f"""{MARK}
# Look around with: digest threads --config FILE, digest status --config FILE, digest preview --config FILE
database = "digest.db"

[fetch]
allow = [{allowed}]

[digests.demo]
title = "Sample digest"
at = "18:00"
days = ["wed", "thu", "fri", "sat"]
to = ["you@localhost"]
deliver = ["site", "outbox"]
intro = "Feeds of invented outlets, written for this sample."

[transports.site]
type = "files"
folder = "public"

[transports.outbox]
type = "maildir"
folder = "outbox"

{feeds}"""


def _tell(report: RunReport) -> None:
    failed = sum(1 for feed in report.feeds if feed.error)
    for edition in report.editions:
        click.echo(
            f"{edition.day:%A %-d %B %Y}: {count(len(report.feeds) - failed, 'feed')} read, "
            f"{count(edition.items, 'new item')}, {count(edition.stories, 'story', 'stories')}"
        )
        click.echo(f"  first: {edition.lead}")


def _tell_where(settings: Config) -> None:
    from ..config import FilesTransport, MaildirTransport

    for transport in settings.transports.values():
        if isinstance(transport, FilesTransport):
            click.echo(f"pages: {near(transport.folder / 'index.html')}")
            for page in sorted(transport.folder.glob("[0-9]*/*/*/index.html")):
                click.echo(f"       {near(page)}")
        elif isinstance(transport, MaildirTransport):
            mails = sorted((transport.folder / "new").iterdir(), key=lambda path: path.stat().st_mtime_ns)
            click.echo(f"mails: {near(transport.folder / 'new')}")
            for path in mails:
                click.echo(f"       {near(path)}")
    click.echo(f"look further: {called()} threads --config {shlex.quote(near(settings.path))}")

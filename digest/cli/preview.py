"""preview: the edition that would come now, in any rendition; changes no state."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .common import clock_from, config_option, copy_of_store, now_option, settings_from
from .named import known_digests

if TYPE_CHECKING:
    from ..config import Config, Digest
    from ..editions.render import Renderer
    from ..model import Edition

FORMATS = ("text", "page", "email", "markdown", "json")
SUFFIXES = {"text": "txt", "page": "html", "email": "html", "markdown": "md", "json": "json"}


@click.command()
@click.argument("name", required=False, metavar="[DIGEST]")
@config_option
@click.option(
    "--format", "wanted", type=click.Choice(FORMATS), default="text", show_default=True, help="Which rendition."
)
@click.option("--open", "in_browser", is_flag=True, help="Show it in the browser instead of printing it.")
@now_option
def preview(name: str | None, config_path: Path | None, wanted: str, in_browser: bool, now: datetime | None) -> None:
    """Show the edition that would come now; changes nothing.

    Works on a copy of the database: no feed is asked, nothing is stored, nothing is sent.
    Without DIGEST the first one of the configuration is shown.
    """
    from .. import pipeline
    from ..pipeline.renderers import Renderers

    settings = settings_from(config_path)
    digest = _digest(settings, name)
    with copy_of_store(settings, now) as store:
        edition = pipeline.preview(store, settings, digest, clock_from(now))
    if edition.number == 1 and not edition.feeds_answered:
        click.echo("no feed has answered yet; `digest poll` asks them, then there is something to show", err=True)
    renderer = Renderers(settings).of(digest)
    text = _render(settings, digest, renderer, edition, wanted)
    if in_browser:
        _open(renderer, text, SUFFIXES[wanted])
    else:
        click.echo(text)


def _digest(settings: Config, name: str | None) -> Digest:
    if name is None:
        return next(iter(settings.digests.values()))
    known_digests(settings, [name])
    return settings.digests[name]


def _render(settings: Config, digest: Digest, renderer: Renderer, edition: Edition, wanted: str) -> str:
    match wanted:
        case "page":
            return renderer.page(edition, root="")
        case "markdown":
            return renderer.markdown(edition)
        case "json":
            return renderer.json(edition)
        case _:
            return _body(settings, digest, renderer, edition, "html" if wanted == "email" else "plain")


def _body(settings: Config, digest: Digest, renderer: Renderer, edition: Edition, kind: str) -> str:
    """One body of the mail, just as its first recipient would get it."""
    from ..config import ANYBODY
    from ..editions.message import mail, message, named
    from ..pipeline.publishing import page_url

    made = message(
        mail(renderer, edition, page_url=page_url(settings, edition)),
        sender=named(digest.sender, digest.title),
        recipient=(*digest.to, ANYBODY)[0],
        message_id="<preview@localhost>",
        date=edition.slot,
        digest=digest.name,
    )
    body = made.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def _open(renderer: Renderer, text: str, suffix: str) -> None:
    import webbrowser

    folder = Path(tempfile.mkdtemp(prefix="digest-preview-"))
    (folder / "style.css").write_text(renderer.file("style.css"), encoding="utf-8")
    page = folder / f"index.{suffix}"
    page.write_text(text, encoding="utf-8")
    click.echo(f"written to {page}")
    if not webbrowser.open(page.as_uri()):
        click.echo("no browser was found here; open the file yourself", err=True)

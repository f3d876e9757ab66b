"""check: is the configuration right, and what would happen next."""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..units import host_of, spelt
from .common import clock_from, config_option, count, local, near, now_option, settings_from

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..config import Config, Digest, Transport
    from ..editions.render import Renderer
    from ..pipeline.unsubscribing import Left


@click.command()
@config_option
@now_option
def check(config_path: Path | None, now: datetime | None) -> int:
    """Check the configuration and say what would happen next.

    Every mistake is told at once, with its key and the cure. Asks no feed and sends nothing.
    """
    from ..editions import slots
    from ..pipeline.renderers import folder_of

    settings = settings_from(config_path)
    problems = all_problems(settings)
    left = _left_out(settings)
    moment = clock_from(now)()
    click.echo(f"{near(settings.path)}: {'the settings are right' if not problems else 'something needs you'}")
    for problem in problems:
        click.echo(f"  {problem}")
    sections = list(dict.fromkeys(feed.section for feed in settings.feeds))
    if settings.feeds:
        click.echo(f"{count(len(settings.feeds), 'feed')} in {', '.join(sections)}")
        if settings.fetch.contact is None:
            click.echo('  their servers cannot reach you; contact = "mailto:you@your.domain" in [fetch] tells them how')
    click.echo(f"database: {near(settings.database)}")
    for digest in settings.digests.values():
        click.echo(f"{digest.title} ({digest.name})")
        if digest.language.partition("-")[0].lower() != "en" and folder_of(settings, digest) is None:
            click.echo(f'  language = "{digest.language}" only marks its pages and mails, whose words are English;')
            click.echo("    set it when you have `templates` that are translated")
        upcoming = slots.following(digest, moment)
        if upcoming:
            click.echo(f"  next with `digest serve`: {local(upcoming, digest.timezone)} ({digest.timezone})")
        click.echo("  with `digest run`: at once, whenever something is new")
        for name in digest.deliver:
            click.echo(f"  goes to {_target(settings, name, digest.to)}")
        for one in left:
            if one.digest == digest.name:
                click.echo(f"  but not to {one.address}, who unsubscribed {local(one.since, settings.timezone)};")
                click.echo(f"    `digest recipients restore {one.address} {digest.name}` takes that back")
    if settings.web.base_url and settings.web.base_url.startswith("https://") and _mails(settings):
        click.echo(f"links to unsubscribe lead to {host_of(settings.web.base_url)}: `digest serve` must answer there")
    for line in (*_strangers(settings), *_alarm(settings)):
        click.echo(line)
    return 2 if problems else 0


def all_problems(settings: Config) -> list[str]:
    """What in the configuration, or in what it names, only the operator can mend; empty when all is right."""
    problems = template_problems(settings)
    problems += [problem for name, one in settings.transports.items() for problem in _problems(name, one)]
    problems += _cannot_write("database", settings.database.parent)
    problems += _logins(settings)
    problems += _keys(settings)
    if settings.alarm.command:
        problems += _cannot_run("alarm.command", settings.alarm.command[0])
    if not settings.feeds:
        problems.append('feeds: there is none yet; add a table [[feeds]] with a line url = "https://..." for each')
    return problems


def template_problems(settings: Config) -> list[str]:
    """What is wrong with each folder of templates, with the digests that use it; empty when all can be drawn."""
    from ..errors import TemplateError
    from ..pipeline.renderers import Renderers, folder_of

    users: dict[Path | None, list[Digest]] = {}
    for digest in settings.digests.values():
        users.setdefault(folder_of(settings, digest), []).append(digest)
    renderers, found = Renderers(settings), []
    for digests in users.values():
        try:
            try_templates(renderers.of(digests[0]))
        except TemplateError as error:
            named = ", ".join(digest.name for digest in digests)
            found.append(f"{'digest' if len(digests) == 1 else 'digests'} {named}: {error}")
    return found


def _left_out(settings: Config) -> list[Left]:
    from ..errors import StoreError
    from ..pipeline.unsubscribing import left_out
    from .common import look_into_store

    if not settings.database.exists():
        return []
    try:
        with look_into_store(settings) as store:
            return list(left_out(store, settings))
    except StoreError:
        # Told by the commands that need it.
        return []


def _mails(settings: Config) -> bool:
    from ..config import FilesTransport

    used = {name for digest in settings.digests.values() for name in digest.deliver}
    return any(not isinstance(settings.transports[name], FilesTransport) for name in used)


def _alarm(settings: Config) -> Iterator[str]:
    """How the owner is told when the digests themselves cannot tell, and where that would fail with them."""
    alarm = settings.alarm
    ways = [f"mail to {', '.join(alarm.to)} by {alarm.transport}"] if alarm.transport else []
    ways += [alarm.command[0]] if alarm.command else []
    if ways:
        yield f"alarm after {spelt(alarm.after)} of silence: {' and '.join(ways)}"
    elif not alarm.ping:
        yield "alarm: none; when no edition can be made or delivered nobody is told. [alarm] in the file mends that"
    users = [digest.name for digest in settings.digests.values() if alarm.transport in digest.deliver]
    if users and not alarm.command:
        told = f"{', '.join(users)} {'goes' if len(users) == 1 else 'go'} out by {alarm.transport} too"
        yield f"  {told}: where that fails, the alarm fails with it; take another transport, or add a command"
    if alarm.ping:
        yield f"  each success is told to {host_of(alarm.ping)}, which can tell you when it stays out"


def try_templates(renderer: Renderer) -> None:
    """Draws an edition with a bit of everything; raises TemplateError now rather than on the morning it matters."""
    from ..editions.message import mail
    from ..editions.specimen import specimen
    from ..pages.trial import try_pages

    edition = specimen()
    mail(renderer, edition, page_url="https://example.org/")
    renderer.markdown(edition)
    try_pages(renderer, edition)


def _problems(name: str, transport: Transport) -> list[str]:
    from ..config import CommandTransport, SendmailTransport, SmtpTransport, secret
    from ..errors import ConfigError

    if isinstance(transport, SendmailTransport):
        return _cannot_run(f"transports.{name}.program", str(transport.program))
    if isinstance(transport, CommandTransport):
        return _cannot_run(f"transports.{name}.command", transport.command[0])
    if not isinstance(transport, SmtpTransport):
        return _cannot_write(f"transports.{name}.folder", transport.folder)
    try:
        secret(transport)
    except ConfigError as error:
        return [f"transports.{name}.{problem}" for problem in error.problems]
    return []


def _logins(settings: Config) -> list[str]:
    from ..config import login
    from ..errors import ConfigError

    found = []
    for feed in settings.feeds:
        try:
            login(feed, discreet=False)
        except ConfigError as error:
            found += [f"feeds, {feed.title or host_of(feed.url)}: {problem}" for problem in error.problems]
    return found


def _keys(settings: Config) -> list[str]:
    """Whether the owner of the pages could sign in, and a feed reader read."""
    from ..config import owner_password, reading_token
    from ..errors import ConfigError

    found = []
    for read in (owner_password, reading_token):
        try:
            read(settings.web)
        except ConfigError as error:
            found += [f"web.{problem}" for problem in error.problems]
    return found


def _strangers(settings: Config) -> Iterator[str]:
    """Pages that other machines reach, and that nobody is the owner of."""
    from ..web.hosts import host_of, is_loopback

    web = settings.web
    if is_loopback(host_of(web.address) or "") or web.password_file or web.password_env or web.identity_header:
        return
    yield f"pages: other machines may read them at {web.address}, and you cannot correct, pause or subscribe there;"
    yield "  password_file in [web] lets you sign in, and shows you there how the feeds are"


def _cannot_write(key: str, folder: Path) -> list[str]:
    """A folder that is not there yet is made when needed, so its nearest parent counts."""
    nearest = folder
    while not nearest.exists() and nearest != nearest.parent:
        nearest = nearest.parent
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return []
    return [f"{key}: {folder} cannot be written by this user; change its owner, or choose another folder"]


def _cannot_run(key: str, program: str) -> list[str]:
    """A name without a slash is looked for on the PATH, as it will be."""
    if shutil.which(program):
        return []
    return [f"{key}: there is no program '{program}' that this user can start; check the name, or write its whole path"]


def _target(settings: Config, name: str, recipients: tuple[str, ...]) -> str:
    from ..config import CommandTransport, FilesTransport, MaildirTransport, SendmailTransport

    transport = settings.transports[name]
    if isinstance(transport, FilesTransport):
        return f"{name}: pages in {near(transport.folder)}"
    if isinstance(transport, MaildirTransport):
        return f"{name}: mails in {near(transport.folder)}, to {', '.join(recipients)}"
    if isinstance(transport, SendmailTransport):
        return f"{name}: {transport.program}, to {', '.join(recipients)}"
    if isinstance(transport, CommandTransport):
        return f"{name}: {transport.command[0]}, to {', '.join(recipients)}"
    return f"{name}: {transport.host}, to {', '.join(recipients)}"

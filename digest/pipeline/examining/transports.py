"""The ways by which editions go out, tried as far as that sends nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta

from ...config import CommandTransport, Config, FilesTransport, MaildirTransport, SendmailTransport, SmtpTransport
from ...deliver.smtp import Greeting, Smtp
from ...errors import DigestError
from ..sending import Transports
from .findings import Finding, Level, counted

SOON = timedelta(days=14)
"""A certificate that ends within this time is told: automatic ones are renewed a month before."""


def transports(settings: Config, now: datetime) -> Iterator[Finding]:
    """Each configured transport; of a mail server everything up to the login."""
    used = {name for digest in settings.digests.values() for name in digest.deliver}
    if settings.alarm.transport:
        used.add(settings.alarm.transport)
    with ExitStack() as stack:
        opened = Transports(settings, stack)
        for name, transport in settings.transports.items():
            part = f"transports.{name}"
            match transport:
                case SmtpTransport():
                    yield from _server(settings, opened, name, now)
                case SendmailTransport(program=program):
                    yield from _program(part, str(program))
                case CommandTransport(command=command):
                    yield from _program(part, command[0])
                case MaildirTransport(folder=folder):
                    yield Finding(part, Level.FINE, f"mails go into {folder}")
                case FilesTransport(folder=folder):
                    yield Finding(part, Level.FINE, f"pages go into {folder}")
            if name not in used:
                yield Finding(part, Level.NOTE, "no digest delivers by it, nor does the alarm")


def _program(part: str, program: str) -> Iterator[Finding]:
    """Whether it is there; it is not started. One that is missing is told with the configuration."""
    if shutil.which(program):
        yield Finding(part, Level.FINE, f"{program} is there (it was not started)")


def _server(settings: Config, opened: Transports, name: str, now: datetime) -> Iterator[Finding]:
    part = f"transports.{name}"
    try:
        server = opened.open(name)
    except DigestError:
        return  # a password that cannot be read, which is told with the configuration
    assert isinstance(server, Smtp)
    met = server.greet(_sender(settings, name))
    if met.trouble:
        what, _, cure = met.trouble.rpartition("; ")
        yield Finding(part, Level.TROUBLE, what or cure, cure if what else "")
        return
    yield from certificate(part, met, now)
    how = ", ".join([*(["encrypted"] if met.encrypted else []), *(["logged in"] if met.logged_in else [])])
    yield Finding(part, Level.FINE, f"{met.where} takes mail{f' ({how})' if how else ''}; none was sent")


def certificate(part: str, met: Greeting, now: datetime) -> Iterator[Finding]:
    """A certificate that ends soon."""
    if met.certificate_until is not None and met.certificate_until - now < SOON:
        days = max((met.certificate_until - now).days, 0)
        when = f"in {counted(days, 'day')}, {met.certificate_until:%-d %b %Y}"
        what = f"{met.where}: its certificate ends {when}"
        yield Finding(part, Level.WARNING, what, "tell whoever runs that server; after that no mail is handed over")


def _sender(settings: Config, name: str) -> str:
    """By whose domain we greet, as a mail would."""
    for digest in settings.digests.values():
        if name in digest.deliver:
            return digest.sender
    return settings.alarm.sender or "digest@localhost"

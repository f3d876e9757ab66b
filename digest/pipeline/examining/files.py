"""The configuration, the disk, and who may read the files that hold secrets."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from ...config import Config, FilesTransport, MaildirTransport, SmtpTransport
from ...units import holds_secret, host_of
from .findings import Finding, Level, counted, megabytes

LEAST = 50_000_000
"""Bytes below which a poll or an edition may fail today."""


def configuration(settings: Config, problems: Sequence[str]) -> Iterator[Finding]:
    """What must be mended in it, or how much there is of what."""
    for problem in problems:
        yield Finding("configuration", Level.TROUBLE, problem)
    if not problems:
        held = f"{counted(len(settings.feeds), 'feed')}, {counted(len(settings.digests), 'digest')}"
        yield Finding("configuration", Level.FINE, f"{settings.path}: {held}")


def disk(settings: Config, now: datetime) -> Iterator[Finding]:
    """Room where the database, the pages and the mails lie, and whether this user may write there."""
    size = settings.database.stat().st_size if settings.database.exists() else 0
    places = {"the database": settings.database.parent}
    for name, transport in settings.transports.items():
        if isinstance(transport, FilesTransport | MaildirTransport):
            places[f"transports.{name}"] = transport.folder
    told: set[int] = set()
    for what, folder in places.items():
        near = _nearest(folder)
        if not (near.is_dir() and os.access(near, os.W_OK | os.X_OK)):
            cure = "give this user write permission there (chown), or choose another folder"
            yield Finding("disk", Level.TROUBLE, f"{what}: {folder} cannot be written", cure)
            continue
        room, device = shutil.disk_usage(near).free, near.stat().st_dev
        if room < LEAST:
            cure = "free some space: nothing stored is lost, but nothing new can be stored"
            yield Finding("disk", Level.TROUBLE, f"{what}: {megabytes(room)} are left at {near}", cure)
        elif what == "the database" and room < size:
            yield Finding(
                "disk",
                Level.WARNING,
                f"{megabytes(room)} are left beside a database of {megabytes(size)}: no room for a copy of it",
                "free some space, or make backups on another disk",
            )
        elif device not in told:
            yield Finding("disk", Level.FINE, f"{megabytes(room)} are left at {near}")
        told.add(device)


def secrets(settings: Config, now: datetime) -> Iterator[Finding]:
    """Files of passwords that others on this machine can read; whether we can is for the configuration's check."""
    found = dict(_secret_files(settings))
    open_ones = [(what, path) for what, path in found.items() if is_open_to_all(path)]
    for what, path in open_ones:
        yield Finding("secrets", Level.WARNING, f"{what}: everybody here can read {path}", f"chmod 600 {path}")
    if any(feed.private or holds_secret(feed.url) for feed in settings.feeds) and is_open_to_all(settings.path):
        what = f"everybody here can read {settings.path}, which holds addresses that are secrets"
        yield Finding("secrets", Level.WARNING, what, f"chmod 600 {settings.path}")
    if is_open_to_all(settings.database):
        what = f"everybody here can read {settings.database}, and with it your readers' addresses"
        yield Finding("secrets", Level.NOTE, what, f"chmod 600 {settings.database}, where others use this machine")
    if found and not open_ones:
        yield Finding("secrets", Level.FINE, "files of passwords are for their owner alone")


def _secret_files(settings: Config) -> Iterator[tuple[str, Path]]:
    for name, transport in settings.transports.items():
        if isinstance(transport, SmtpTransport) and transport.password_file:
            yield f"the password of transports.{name}", transport.password_file
    for feed in settings.feeds:
        if feed.auth_password_file:
            yield f"the password of {feed.title or host_of(feed.url)}", feed.auth_password_file
    if settings.web.password_file:
        yield "the password of [web]", settings.web.password_file
    if settings.web.token_file:
        yield "the token of [web]", settings.web.token_file


def is_open_to_all(path: Path) -> bool:
    """Whether any user of the machine can read a file: its own permission, and those of the folders on the way."""
    try:
        real = path.resolve(strict=True)
        ways = [folder.stat().st_mode & stat.S_IXOTH for folder in real.parents]
        return bool(real.stat().st_mode & stat.S_IROTH) and all(ways)
    except OSError:
        return False


def _nearest(folder: Path) -> Path:
    """A folder that is not there yet is made when needed, so its nearest parent counts."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder

"""Mail into a maildir: a folder that any mail program reads, for machines without a mail server.

A message is written to ``tmp/``, synced, and renamed into ``new/``, so that a reader never sees half of one
(https://cr.yp.to/proto/maildir.html).
Its file name comes from the delivery's key, so a repeat after a crash finds the message instead of doubling it.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from ..model import Outcome, Verdict


class Maildir:
    """One maildir; made with its three parts, readable by this user only, when absent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def deliver(self, message: bytes, *, key: str) -> Outcome:
        """Put the message there once per ``key``, whatever happened to earlier tries.

        ``key`` tells one delivery from all others: its Message-ID.
        TAKEN names the file; LATER names the folder and the cure.
        """
        name = hashlib.sha256(key.encode()).hexdigest()[:40]
        try:
            self._make()
            there = self._find(name)
            if there is None:
                there = self._write(name, message)
            self._sweep(name)
        except OSError as error:
            return Outcome(
                Verdict.LATER,
                f"{self._folder}: mail cannot be stored there ({error.strerror or error}); "
                "make the folder writable for this user (chown) or set another folder for the transport",
            )
        return Outcome(Verdict.TAKEN, str(there))

    def _make(self) -> None:
        parts = [self._folder, *(self._folder / part for part in ("cur", "new", "tmp"))]
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        for part in parts:
            try:
                part.mkdir(mode=0o700)
            except FileExistsError:
                if not part.is_dir():
                    raise
            else:
                _sync(part.parent)

    def _find(self, name: str) -> Path | None:
        """The message of an earlier try; mail programs append flags and sizes to the name."""
        for part in ("new", "cur"):
            for found in os.listdir(self._folder / part):
                if found.startswith(name):
                    return self._folder / part / found
        return None

    def _write(self, name: str, message: bytes) -> Path:
        # A name of its own for each try: another process on the same key must not write into this file.
        draft = self._folder / "tmp" / f"{name}.{os.getpid()}.{secrets.token_hex(4)}"
        place = self._folder / "new" / name
        try:
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(message.replace(b"\r\n", b"\n"))
                file.flush()
                os.fsync(file.fileno())
            os.rename(draft, place)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        _sync(place.parent)
        return place

    def _sweep(self, name: str) -> None:
        """Remove what killed tries for the same key left behind."""
        drafts = self._folder / "tmp"
        for found in os.listdir(drafts):
            if found.startswith(name):
                (drafts / found).unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

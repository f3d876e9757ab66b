"""config.toml as a file: changed as a whole or not at all, and what to tell where it may not be changed."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import ConfigError, DigestError


@dataclass(frozen=True, slots=True)
class Refused:
    """Why the file stays as it is, for people."""

    reason: str


def change(path: Path, edit: Callable[[str], str]) -> Refused | None:
    """Writes what ``edit`` makes of the file's text; None once that is done.

    Refused where the file may not be written, or cannot be changed by a program: the operator does it then.
    Raises DigestError where the new text is no configuration that works: it is not written.
    A link is followed, owner and mode stay, and a file that somebody else changes meanwhile is left alone.
    """
    from ..config import check_text
    from ..edit import EditError

    path = path.resolve()
    try:
        before = path.read_bytes()
    except OSError as error:
        raise DigestError(f"{path} cannot be read ({(error.strerror or 'no reason given').lower()})") from error
    # Root may write everything; who took the right to write away meant it all the same.
    if not os.access(path, os.W_OK) or not path.stat().st_mode & 0o222:
        return Refused("it is read-only")
    mark = b"\xef\xbb\xbf" if before.startswith(b"\xef\xbb\xbf") else b""
    try:
        text = edit(before.removeprefix(mark).decode("utf-8"))
        check_text(text, path)
    except EditError as error:
        return Refused(str(error))
    except UnicodeDecodeError:
        return Refused("it is not written in UTF-8")
    except ConfigError as error:
        why = "\n".join(f"  {problem}" for problem in error.problems)
        raise DigestError(f"{path} was left as it is, since it would not work after this:\n{why}") from None
    after = mark + text.encode("utf-8")
    if path.read_bytes() != before:
        raise DigestError(f"{path} was changed by another program meanwhile and was left alone; run this again")
    try:
        written(path, after, like=path.stat())
    except OSError as error:
        return Refused((error.strerror or "it cannot be written").lower())
    return None


def written(path: Path, content: bytes, *, like: os.stat_result | None = None) -> None:
    """All of it or nothing, even when the power fails; raises OSError."""
    # Not named by the process: in a container each has the same number, and one that was killed leaves its part behind.
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        opened = part.open("xb")
    except OSError as error:
        error.filename = str(path)  # whoever reads of it knows this name, not that of the part
        raise
    with opened as file:
        try:
            if like is not None:
                os.fchmod(file.fileno(), stat.S_IMODE(like.st_mode))
                if (like.st_uid, like.st_gid) != (os.geteuid(), os.getegid()):
                    os.fchown(file.fileno(), like.st_uid, like.st_gid)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            part.rename(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """The new name is on disk, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

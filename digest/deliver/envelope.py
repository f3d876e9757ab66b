"""The two addresses of an envelope, as every mail transport hands them over."""

from __future__ import annotations

import re
from email.utils import parseaddr

from .words import one_line

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def address(text: str) -> str:
    """The bare address of ``Name <me@example.org>``, its domain in ASCII; raises ValueError when it is none."""
    # Names have commas that nobody quoted, where parseaddr would end an address.
    in_brackets = re.fullmatch(r"[^<>]*<([^<>]*)>\s*", text)
    bare = parseaddr(in_brackets[1] if in_brackets else text)[1]
    # parseaddr repairs: "two words" becomes "twowords". Mail must not go to an address nobody wrote.
    if not re.fullmatch(r"[^@]+@[^@]+", bare) or bare not in text or _CONTROL.search(text):
        raise ValueError(f"{one_line(text)!r} is not a mail address")
    local, _, domain = bare.rpartition("@")
    if domain.isascii():
        return bare
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise ValueError(f"{one_line(text)!r} is not a mail address: its domain cannot exist") from None


def argument(text: str) -> str:
    """The bare address for the argument list of a program; raises ValueError also where it looks like an option."""
    bare = address(text)
    if bare.startswith("-"):
        raise ValueError(
            f"{one_line(bare)!r} begins like an option of a program, so no program is started with it; "
            "use another address, or a transport of type 'smtp'"
        )
    return bare

"""Our cookies: their names, their flags, and where they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

SESSION = "digest-session"
READER = "digest-reader"


@dataclass(frozen=True, slots=True)
class Jar:
    """How cookies are set for one way in: https or not, at the root of a host or below a path."""

    secure: bool
    path: str = "/"

    def name(self, of: str) -> str:
        """As the browser knows it: with a prefix that no page without https, and no other host, can set."""
        if not self.secure:
            return of
        return f"__Host-{of}" if self.path == "/" else f"__Secure-{of}"

    def given(self, headers: Sequence[tuple[bytes, bytes]], of: str) -> str | None:
        """What a request brings; None without, and where it comes twice, which no browser of ours would send."""
        wanted = self.name(of)
        found = [
            value.strip()
            for header, text in headers
            if header == b"cookie"
            for name, _, value in (one.partition("=") for one in text.decode("latin-1").split(";"))
            if name.strip() == wanted
        ]
        return found[0] if len(found) == 1 and found[0] else None

    def setting(self, of: str, value: str, lasts: timedelta) -> str:
        """A ``Set-Cookie``; ``value`` is of our making, in letters and digits."""
        secure = "; Secure" if self.secure else ""
        seconds = int(lasts.total_seconds())
        return f"{self.name(of)}={value}; Max-Age={seconds}; Path={self.path}; HttpOnly; SameSite=Lax{secure}"

    def ending(self, of: str) -> str:
        """A ``Set-Cookie`` that removes it."""
        return self.setting(of, "", timedelta(0))

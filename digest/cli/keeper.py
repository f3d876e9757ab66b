"""The owner's password, token and sessions, as the door of the pages asks for them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import DigestError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from ..config import Config, Web
    from ..pipeline.types import Clock
    from ..store import Store
    from ..web.door import Lock, Memory, Signed

log = logging.getLogger("digest")


class Keeper:
    """Called in worker threads.

    Password and token are read whenever they are needed, so a changed file holds at once. Only the answers of slow
    functions are kept.
    """

    def __init__(
        self, settings: Callable[[], Config], reader: Callable[[], AbstractContextManager[Store]], clock: Clock
    ) -> None:
        """``reader`` lends an open store for looking."""
        self._settings = settings
        self._reader = reader
        self._clock = clock
        self._secret: str | None = None
        self._trace: tuple[str, str] | None = None

    def signed_in(self, token: str) -> Signed | None:
        from ..pipeline import signing
        from ..web.door import Signed

        password = self._password()
        if password is None:
            return None
        trace, now = self._traced(password), self._clock()
        with self._reader() as store:
            found = signing.standing(store, token, trace, now)
        if not found.holds:
            return None
        if found.ageing:
            try:
                with self._store() as store:
                    signing.prolong(store, token, now)
            except DigestError as error:
                log.warning("a session could not be prolonged: %s", error)
                return Signed()
        return Signed(prolonged=found.ageing)

    def sign_in(self, password: str, old: str | None) -> str | None:
        from ..pipeline import signing

        if not self.is_password(password):
            return None
        trace = self._traced(password)
        with self._store() as store:
            return signing.begin(store, trace, self._clock(), old=old)

    def sign_out(self, token: str) -> None:
        from ..pipeline import signing

        with self._store() as store:
            signing.end(store, token)

    def is_password(self, password: str) -> bool:
        from ..pipeline import signing

        right = self._password()
        return right is not None and signing.same(password, right, self._key())

    def form_key(self) -> bytes:
        return self._key().encode()

    def reading_token(self) -> str | None:
        from ..config import reading_token

        return reading_token(self._settings().web)

    def _password(self) -> str | None:
        from ..config import owner_password

        return owner_password(self._settings().web)

    def _key(self) -> str:
        """The database's secret, read once: it never changes."""
        from ..pipeline import signing

        if self._secret is None:
            with self._store() as store:
                self._secret = signing.secret(store)
        return self._secret

    def _traced(self, password: str) -> str:
        from ..pipeline import signing

        kept = self._trace
        if kept is None or kept[0] != password:
            kept = self._trace = (password, signing.trace(password, self._key()))
        return kept[1]

    def _store(self) -> Store:
        from ..store import Store

        settings = self._settings()
        return Store.open(settings.database, settings.families)


def lock_of(web: Web, keeper: Keeper, memory: Memory) -> Lock:
    """The door's settings, as the configuration has them."""
    from ..web.door import Lock

    password = web.password_file is not None or web.password_env is not None
    known = password or web.identity_header is not None or web.protected
    return Lock(
        keeper=keeper if known else None,
        password=password,
        identity_header=web.identity_header,
        owners=frozenset(web.owners),
        trusted_proxies=web.trusted_proxies,
        protected=web.protected,
        memory=memory,
    )

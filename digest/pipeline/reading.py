"""Read: a body that a poll brought -> what it holds and what of it is new; what is known is not even parsed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ..feeds.identity import Sifted
from ..feeds.succession import Predecessor
from ..feeds.worker import Workers
from ..model import FeedState, FetchResult, ParsedFeed, Unreadable
from ..store import Store
from .sifting import sift

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Read:
    """What became of one body; nothing, where none was to be read."""

    parsed: ParsedFeed | Unreadable | None = None
    sifted: Sifted | None = None
    """None: it could not be read."""
    before: Predecessor | None = None
    """The feed whose history it goes on with."""

    @property
    def doubtful(self) -> bool:
        """Items were left out that may have a say in what is new."""
        return self._left_out > 0 and self.sifted is not None and not self.sifted.sure

    @property
    def remembered(self) -> bytes | None:
        """What the next reading may rely on: only items that are stored under keys of their own."""
        if self.sifted is None or not isinstance(self.parsed, ParsedFeed):
            return None
        return self.parsed.reading.remembered if self.parsed.reading and self.sifted.sure else b""

    @property
    def _left_out(self) -> int:
        return self.parsed.reading.left_out if isinstance(self.parsed, ParsedFeed) and self.parsed.reading else 0


async def read(
    store: Store, workers: Workers, state: FeedState, result: FetchResult, now: datetime, leave: Callable[[], None]
) -> Read:
    """What the body of an answer changes; writes nothing. ``leave`` as in ``Workers.parse``.

    A feed's first document, and its first after a pause, is read as a whole, and so is one of which items cannot be
    left out for sure.
    """
    assert result.body is not None
    known = b"" if state.last_success is None or state.resumed else store.feeds.remembered(state.id)
    while True:
        parsed = await workers.parse(result.body, result.url, result.content_type, now, leave, known)
        found = _sifted(store, state, parsed, now)
        if not found.doubtful:
            return found
        known = b""


def _sifted(store: Store, state: FeedState, parsed: ParsedFeed | Unreadable, now: datetime) -> Read:
    if isinstance(parsed, Unreadable):
        return Read(parsed)
    try:
        return Read(parsed, *sift(store, state, parsed, now))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        # An error of ours over one feed's items must not cost the others their poll.
        log.exception("feed=%r: its items could not be sorted", state.title)
        return Read(Unreadable("its items could not be sorted, which is an error of this program; please report it"))

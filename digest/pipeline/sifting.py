"""Sift: what of a document that was read is new, for the poll that stores it and for the check that only tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ..feeds import identity, succession
from ..feeds.outlets import outlet
from ..model import FeedState, NewItem, ParsedFeed, ParsedItem
from ..store import Store
from ..threads import words


def sift(
    store: Store, state: FeedState, parsed: ParsedFeed, now: datetime
) -> tuple[identity.Sifted, succession.Predecessor | None]:
    """What is new in a document, and the feed whose history it goes on with; writes nothing.

    Where it is not ``sure``, it holds only of a document that was read as a whole.
    """

    def outlet_of(item: ParsedItem) -> str:
        return outlet(
            item.url,
            feed_id=feed_id,
            feed_url=state.url,
            site_url=parsed.site_url or state.site_url,
            source_url=item.source_url,
        )

    before = _predecessor(store, state, parsed)
    feed_id = before.feed_id if before else state.id
    newest = max(store.feeds.recent(feed_id), default=None) if before else state.newest_item
    known = store.items.known(feed_id, identity.lookups(parsed))

    def sifted_with(twins: Mapping[ParsedItem, int]) -> identity.Sifted:
        return identity.sift(
            parsed,
            known,
            outlet_of=outlet_of,
            first_poll=before is None and state.last_success is None,
            newest=newest,
            now=now,
            resumed=state.resumed,
            moved=before is not None,
            twins=twins,
        )

    sifted = sifted_with(before.twins if before else {})
    suspicious = before is None and state.last_success is not None and succession.is_suspicious(parsed, sifted.new)
    if suspicious:
        alike = store.items.resembling([state.id], *succession.signs(parsed))
        if twins := succession.rewritten(parsed, sifted.new, alike):
            sifted = sifted_with(twins)
    if before is not None and store.decisions.pauses(before.feed_id):
        # Known by its items to be a feed that a person paused: what it brings is not to be told.
        sifted = replace(sifted, new=tuple(replace(one, backlog=True) for one in sifted.new))
    language = parsed.language or state.language
    new = tuple(_in_its_language(one, language) for one in sifted.new)
    return replace(sifted, new=new, sure=sifted.sure and not suspicious), before


def _predecessor(store: Store, state: FeedState, parsed: ParsedFeed) -> succession.Predecessor | None:
    """The feed whose history an address that is new goes on with."""
    if state.last_success is not None:
        return None
    former = store.feeds.former()
    if not former:
        return None
    return succession.predecessor(parsed, store.items.resembling(former, *succession.signs(parsed)))


def _in_its_language(new: NewItem, declared: str | None) -> NewItem:
    """The language grouping will use, decided once, when the item comes in."""
    text = f"{new.item.title} {new.item.summary}"
    return replace(new, item=replace(new.item, language=words.language(new.item.language or declared, text)))

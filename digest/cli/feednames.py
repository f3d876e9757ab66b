"""Which feed a person means, and how a feed is called without telling its secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import DigestError
from ..units import holds_secret, host_of, same_address

if TYPE_CHECKING:
    from ..config import Config, Feed
    from ..model import FeedState
    from ..store import Store


def named(settings: Config, states: Mapping[str, FeedState], told: str) -> Feed:
    """The feed that is meant by a title, a host or an address; raises DigestError for none and for several."""
    from ..mistakes import choose

    found = matching(settings, states, told)
    if len(found) == 1:
        return found[0]
    titles = [title_of(states.get(feed.url), feed) for feed in settings.feeds]
    if not found:
        raise DigestError(f"no feed is called so in {settings.path}; {choose(told.strip(), titles)}")
    which = "\n".join(f"  {title_of(states.get(feed.url), feed)}  {shown_address(feed)}" for feed in found)
    raise DigestError(f"{len(found)} feeds are called so; name one by its address:\n{which}")


def matching(settings: Config, states: Mapping[str, FeedState], told: str) -> list[Feed]:
    """The feeds of that address, else of that title, else of that host."""
    wanted = told.strip()

    def has_address(feed: Feed) -> bool:
        plain = same_address(feed.url)
        return wanted in (feed.url, plain) or wanted.rstrip("/") == plain.partition("://")[2].rstrip("/")

    def has_title(feed: Feed) -> bool:
        return wanted.casefold() == title_of(states.get(feed.url), feed).casefold()

    def has_host(feed: Feed) -> bool:
        return wanted.lower() == host_of(feed.url)

    found = ([feed for feed in settings.feeds if test(feed)] for test in (has_address, has_title, has_host))
    return next((feeds for feeds in found if feeds), [])


def title_of(state: FeedState | None, feed: Feed) -> str:
    """What a feed is called: as configured, by its own word, or by its host."""
    return state.title if state is not None else feed.title or host_of(feed.url)


def shown_address(feed: Feed) -> str:
    """An address as it may be told: whole, or its host where it is private or holds a secret."""
    return host_of(feed.url) if feed.private else open_address(feed.url)


def new_address(state: FeedState) -> str | None:
    """Where a feed is asked since it moved for good, as it may be told; None where it did not, or is private."""
    if not state.moved_to or state.private:
        return None
    # A server repeats in its redirect what the old address held.
    return host_of(state.moved_to) if holds_secret(state.url) else open_address(state.moved_to)


def decided_addresses(store: Store, settings: Config) -> dict[int, dict[str, Any]]:
    """Feed and addresses of each decision of the program, as they may be told, by the decision's id.

    Of a feed that is private, or is subscribed no longer and may have been, no address is told.
    """
    states = {state.id: state for state in store.feeds.states(store.feeds.subscribed(settings.feeds))}
    told: dict[int, dict[str, Any]] = {}
    for decision_id, (feed_id, old, new) in store.troubles.addresses().items():
        state = states.get(feed_id)
        hidden = state is None or state.private or holds_secret(state.url) or holds_secret(old)
        told[decision_id] = {
            "feed_id": feed_id,
            "old_url": None if hidden else old,
            "new_url": None if hidden or new is None else open_address(new),
        }
    return told


def open_address(url: str) -> str:
    """An address, or only its host where it seems to hold a secret."""
    return host_of(url) if holds_secret(url) else url

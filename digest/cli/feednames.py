"""Which feed a person means, and how a feed is called without telling its secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import DigestError
from ..units import holds_secret, host_of, same_address

if TYPE_CHECKING:
    from ..config import Config, Feed
    from ..model import FeedState
    from ..store import Store


def named(settings: Config, states: Mapping[str, FeedState], told: str, among: Sequence[Feed] | None = None) -> Feed:
    """The feed that is meant by a title, a host, an address or its place in the file, of all or of those given.

    Raises DigestError for none and for several.
    """
    from ..mistakes import choose

    feeds = settings.feeds if among is None else among
    found = matching(settings, states, told, feeds)
    if len(found) == 1:
        return found[0]
    titles = list(dict.fromkeys(title_of(states.get(feed.url), feed) for feed in feeds))
    if not found:
        what = "feed" if among is None else "feed with a secret in its address"
        raise DigestError(f"no {what} is called so in {settings.path}; {choose(told.strip(), titles)}")
    which = "\n".join(f"  {title_of(states.get(feed.url), feed)}  {_apart(settings, feed)}" for feed in found)
    how = "its address, or by its number" if any(is_secret(feed) for feed in found) else "its address"
    raise DigestError(f"{len(found)} feeds are called so; name one by {how}:\n{which}")


def _apart(settings: Config, feed: Feed) -> str:
    """What tells a feed from others: its address, or its place where that is its owner's to know."""
    return f"feed {settings.feeds.index(feed) + 1} in {settings.path.name}" if is_secret(feed) else feed.url


def is_secret(feed: Feed) -> bool:
    """Whether an address may not be told."""
    return feed.private or holds_secret(feed.url)


def matching(
    settings: Config, states: Mapping[str, FeedState], told: str, among: Sequence[Feed] | None = None
) -> list[Feed]:
    """The feeds of that address, else of that title, else of that host, else at that place of the file (``3``)."""
    wanted = told.strip()

    def has_address(feed: Feed) -> bool:
        plain = same_address(feed.url)
        return wanted in (feed.url, plain) or wanted.rstrip("/") == plain.partition("://")[2].rstrip("/")

    def has_title(feed: Feed) -> bool:
        return wanted.casefold() == title_of(states.get(feed.url), feed).casefold()

    def has_host(feed: Feed) -> bool:
        return wanted.lower() == host_of(feed.url)

    def has_place(feed: Feed) -> bool:
        return wanted == str(settings.feeds.index(feed) + 1)

    feeds = settings.feeds if among is None else among
    tests = (has_address, has_title, has_host, has_place)
    found = ([feed for feed in feeds if test(feed)] for test in tests)
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

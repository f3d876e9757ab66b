"""The one door to feedparser: bytes in, its document out, with word of whether its items can be read apart.

feedparser keeps state from one item to the next, and not all of it ends with the item: ``xml:base`` where the feed has
none, say, or a prefix that an item binds to another namespace than the one before.
An item may be left out of a document only where it leaves no trace. Its bytes do not tell; so the parser is watched,
and what it holds after each item is compared with what it held before the first.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import feedparser
import feedparser.api

VERSION = str(feedparser.__version__)

_WATCH = "\0watch"
"""Where the document keeps it; no element has this name."""
_ITEM = frozenset({"item", "entry"})
_BEGUN_ANEW = frozenset({"title_depth", "guidislink", "floor"})
"""What the start of an item sets itself."""


@dataclass(slots=True)
class Watch:
    """What the strict parser saw of a document's items."""

    before: str | None = None
    """All that the parser held before the first item that bears on how items are read; None without items."""
    ended: int = 0
    """Items that came to their end."""
    traceless: bool = True
    """After each item all was as before the first one."""


def read(document: bytes, content_type: str) -> Any:
    """feedparser's dictionary. Raises whatever it raises, which for hostile bytes may be anything."""
    # never bytes or a string: feedparser would open a file or an address of that name
    return feedparser.parse(
        io.BytesIO(document),
        # no content-location: feedparser would also resolve guids that are no addresses, and change them
        response_headers={"content-type": content_type},
        resolve_relative_uris=False,
        sanitize_html=False,
    )


def watch(document: Any) -> Watch | None:
    """None where the document is not well-formed, so that the loose parser had to read it."""
    found = dict.get(document.feed, _WATCH)
    return found if isinstance(found, Watch) else None


class _Watched(feedparser.api.StrictFeedParser):  # type: ignore[misc]
    """The strict parser, watched. Its methods must not raise AttributeError: feedparser means something by it."""

    def __init__(self, *given: Any) -> None:
        self.watch = Watch()
        self.at_first: dict[str, Any] = {}
        self.floor: int | None = None
        super().__init__(*given)
        self.feeddata[_WATCH] = self.watch

    def unknown_starttag(self, tag: str, attrs: Any) -> Any:
        if tag in _ITEM:
            self.floor = len(self.elementstack)
            if self.watch.before is None:
                self.at_first = self._held()
                about = ("image" in self.feeddata, "textinput" in self.feeddata, [one[0] for one in self.elementstack])
                self.watch.before = repr((sorted(self.at_first.items()), about))
        return super().unknown_starttag(tag, attrs)

    def pop(self, element: str, *given: Any) -> Any:
        # What an item leaves on the stack, as each with <content> does, may stay there: no other looks below its own.
        if self.floor is not None and len(self.elementstack) <= self.floor:
            self.watch.traceless = False
        return super().pop(element, *given)

    def unknown_endtag(self, tag: str) -> None:
        super().unknown_endtag(tag)
        if tag in _ITEM:
            self.floor = None
            self.watch.ended += 1
            self.watch.traceless = self.watch.traceless and self._held() == self.at_first

    def _held(self) -> dict[str, Any]:
        """Every plain value, and of the rest what may change how the next item is read."""
        plain: dict[str, Any] = {
            name: value
            for name, value in vars(self).items()
            if (value is None or isinstance(value, str | int)) and name not in _BEGUN_ANEW
        }
        plain["bases"], plain["languages"] = list(self.basestack), list(self.langstack)
        plain["dictionaries"] = [sorted(one.items()) for one in (self.decls, self.contentparams, self.sourcedata)]
        # A prefix that stands for the namespace it always stands for changes nothing for others, nor does a default.
        plain["prefixes"] = sorted(
            (prefix, name) for prefix, name in self.namespacemap.items() if prefix is not None and prefix != name
        )
        plain["namespaces"] = sorted(
            (prefix, uri)
            for prefix, uri in self.namespaces_in_use.items()
            if prefix and self._matchnamespaces.get(uri.lower()) != prefix
        )
        return plain


feedparser.api.StrictFeedParser = _Watched

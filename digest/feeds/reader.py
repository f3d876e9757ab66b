"""The one door to feedparser: bytes in, its document out, with word of whether its items can be read apart.

feedparser keeps state from one item to the next, and not all of it ends with the item: ``xml:base`` where the feed has
none, say, or a prefix that an item binds to another namespace than the one before.
An item may be left out of a document only where it leaves no trace. Its bytes do not tell; so the parser is watched,
and what it holds after each item is compared with what it held before the first.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import feedparser
import feedparser.api

VERSION = str(feedparser.__version__)

_WATCH = "\0watch"
"""Where the document keeps it; no element has this name."""
_ITEM = frozenset({"item", "entry"})
_BEGUN_ANEW = frozenset({"title_depth", "guidislink"})
"""What the start of an item sets itself."""
_ABSOLUTE = re.compile(r"https?://[A-Za-z0-9.-]+/[A-Za-z0-9/_.-]*")
"""An address that is the same whatever it is joined to (RFC 3986, 5.2.2), also what is no address."""


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


class _Parameters(dict[str, Any]):
    """How the content of an element is written. None of its keys is one that feedparser's dictionary knows by another
    name, so this one finds the same in a fifth of the time; feedparser asks it with every piece of text, and copies it
    with every text."""

    def __deepcopy__(self, memo: object) -> Any:
        return feedparser.FeedParserDict(self)  # it holds nothing but strings and numbers


class _Watched(feedparser.api.StrictFeedParser):  # type: ignore[misc]
    """The strict parser, watched. Its methods must not raise AttributeError: feedparser means something by it."""

    def __init__(self, *given: Any) -> None:
        self.watch = Watch()
        self.plain: Callable[[Any], Any] = id
        self.at_first: tuple[Any, ...] = ()
        self.bound: dict[str, list[str | None]] = {}
        super().__init__(*given)
        self.feeddata[_WATCH] = self.watch

    def startPrefixMapping(self, prefix: str | None, uri: str | None) -> None:  # noqa: N802 (its name)
        self.bound.setdefault(prefix or "", []).append(uri)
        super().startPrefixMapping(prefix, uri)

    def endPrefixMapping(self, prefix: str | None) -> None:  # noqa: N802 (its name)
        self.bound[prefix or ""].pop()

    def push_content(self, tag: str, attrs_d: dict[str, str], default_content_type: str, expecting_text: Any) -> None:
        super().push_content(tag, attrs_d, default_content_type, expecting_text)
        self.contentparams: dict[str, Any] = _Parameters(self.contentparams)

    def resolve_uri(self, uri: str) -> str:
        return uri if _ABSOLUTE.fullmatch(uri) else str(super().resolve_uri(uri))

    def unknown_starttag(self, tag: str, attrs: Any) -> Any:
        if tag in _ITEM and self.watch.before is None:
            self._begin()
        return super().unknown_starttag(tag, attrs)

    def unknown_endtag(self, tag: str) -> None:
        super().unknown_endtag(tag)
        if tag in _ITEM:
            self.watch.ended += 1
            self.watch.traceless = self.watch.traceless and self._held() == self.at_first

    def _begin(self) -> None:
        plain = [name for name, value in vars(self).items() if value is None or isinstance(value, str | int)]
        names = sorted(set(plain) - _BEGUN_ANEW)
        self.plain = attrgetter(*names)
        self.at_first = self._held()
        about = ("image" in self.feeddata, "textinput" in self.feeddata, [one[0] for one in self.elementstack])
        # An item that uses a prefix can be read only where it is bound, so all of them belong to what is before it.
        bound = [(prefix, uris[-1]) for prefix, uris in sorted(self.bound.items()) if uris]
        self.watch.before = repr((names, self.at_first, about, bound))

    def _held(self) -> tuple[Any, ...]:
        """Every plain value, and of the rest what may change how the next item is read.

        Not what an item leaves on the stack of elements, as each with ``<content>`` does: whoever looks there finds
        the next item's own start first, and nothing but an item's end takes that away.
        """
        # A prefix that stands for the namespace it always stands for changes nothing for others, nor does a default.
        usual = self._matchnamespaces
        return (
            len(vars(self).keys() - _BEGUN_ANEW),
            self.plain(self),
            [*self.basestack],
            [*self.langstack],
            [sorted(one.items()) for one in (self.decls, self.contentparams, self.sourcedata) if one],
            sorted([one for one in self.namespacemap.items() if one[0] is not None and one[0] != one[1]]),
            sorted([one for one in self.namespaces_in_use.items() if one[0] and usual.get(one[1].lower()) != one[0]]),
        )


feedparser.api.StrictFeedParser = _Watched
# Our own expat and no other, whose ways are known here; feedparser would look for another one on the disk at every
# document.
feedparser.api.PREFERRED_XML_PARSERS = ["digest.feeds.expat"]

"""The one door to feedparser: bytes in, its document out, with word of whether its items can be read apart.

feedparser keeps state from one item to the next, and not all of it ends with the item: ``xml:base`` where the feed has
none, say, or a prefix that an item binds to another namespace than the one before.
An item may be left out of a document only where it leaves no trace. Its bytes do not tell; so the parser is watched,
and what it holds after each item is compared with what it held before the first.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import feedparser
import feedparser.api
import feedparser.mixin

VERSION = str(feedparser.__version__)

_WATCH = "\0watch"
"""Where the document keeps it; no element has this name."""
_ITEM = frozenset({"item", "entry"})
_SAYS_LANGUAGE = frozenset({"feed", "rss", "rdf:RDF"})
"""These hand the language on to the feed, their own or the one they stand in."""
_OF_INPUTS = frozenset({"title", "link", "description", "name"})
_OF_IMAGES = frozenset({"title", "link", "description", "url", "href", "width", "height"})
"""What stands inside RSS's ``<textinput>`` and ``<image>``; anything else shows that those have ended."""
_UNUSUAL = frozenset({"link", "category", "tags", "itunes_keywords"})
"""What feedparser stores in ways of its own."""
_BEGUN_ANEW = frozenset({"title_depth", "guidislink"})
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


class _Parameters(dict[str, Any]):
    """How the content of an element is written. None of its keys is one that feedparser's dictionary knows by another
    name, so this one finds the same in a fifth of the time; feedparser asks it with every piece of text, and copies it
    with every text."""

    def __deepcopy__(self, memo: object) -> dict[str, Any]:
        return dict(self)  # it holds nothing but strings and numbers


class _Watched(feedparser.api.StrictFeedParser):  # type: ignore[misc]
    """The strict parser, watched, and with a short way for what is written plainly.

    Its methods must not raise AttributeError: feedparser means something by it.
    """

    def __init__(self, *given: Any) -> None:
        self.watch = Watch()
        self.plain: Callable[[Any], Any] = id
        self.at_first: tuple[Any, ...] = ()
        self.tags: dict[tuple[str | None, str], str] = {}
        super().__init__(*given)
        self.feeddata[_WATCH] = self.watch

    def startElementNS(self, name: tuple[str | None, str], qname: str | None, attrs: Any) -> Any:  # noqa: N802
        tag = self.tags.get(name) or self._named(name)
        if not tag or attrs or self.decls:
            return super().startElementNS(name, qname, attrs)
        return self.unknown_starttag(tag, [])

    def endElementNS(self, name: tuple[str | None, str], qname: str | None) -> None:  # noqa: N802
        tag = self.tags.get(name)
        if tag:
            self.unknown_endtag(tag)
        else:
            super().endElementNS(name, qname)

    def _named(self, name: tuple[str | None, str]) -> str:
        """What feedparser calls such an element wherever it stands; empty where that depends."""
        namespace, local = name
        known = self._matchnamespaces.get(namespace.lower()) if namespace else ""
        if namespace and (not known or "backend.userland.com/rss" in namespace.lower()):
            return ""
        tag = self.tags[name] = (f"{known}:{local}" if known else local).lower()
        return tag

    def push_content(self, tag: str, attrs_d: dict[str, str], default_content_type: str, expecting_text: Any) -> None:
        super().push_content(tag, attrs_d, default_content_type, expecting_text)
        self.contentparams: dict[str, Any] = _Parameters(self.contentparams)

    @staticmethod
    def looks_like_html(s: str) -> bool:
        # what it looks for begins with either
        return ("</" in s or "&" in s) and bool(feedparser.mixin._FeedParserMixin.looks_like_html(s))

    def unknown_starttag(self, tag: str, attrs: Any) -> Any:
        if tag in _ITEM and self.watch.before is None:
            self._begin()
        if attrs or self.incontent or self.baseuri or tag in _SAYS_LANGUAGE:
            return super().unknown_starttag(tag, attrs)
        # The same for an element that says nothing of base, language, type or namespaces.
        self.depth += 1
        self.basestack.append("")
        self.langstack.append(self.lang)
        before, colon, name = tag.partition(":")
        prefix = self.namespacemap.get(before, before) if colon else self.namespacemap.get("", "")
        name = (f"{prefix}_" if prefix else "") + (name if colon else tag)
        if not prefix and tag not in _OF_IMAGES:
            self.inimage = 0
        if not prefix and tag not in _OF_INPUTS:
            self.intextinput = 0
        given: dict[str, str] = {}
        try:
            return getattr(self, f"_start_{name}")(given)
        except AttributeError:  # there is no such method, or it raised it, as there
            if not given:
                return self.push(name, 1)
            self._get_context()[name] = given

    def pop(self, element: str, strip_whitespace: Any = 1) -> Any:
        """The text of the element that ends, stored where it belongs; the usual ones without what is for others."""
        stack, parameters = self.elementstack, self.contentparams
        if (
            not self.inentry
            or self.insource
            or self.baseuri
            or element in _UNUSUAL
            or not stack
            or stack[-1][0] != element
            or not strip_whitespace
            or parameters.get("base64")
            or parameters.get("type") == "application/xhtml+xml"
            or not (text := "".join(stack[-1][2])).isascii()
        ):
            return super().pop(element, strip_whitespace)
        _, expecting_text, _ = stack.pop()
        text = text.strip()
        if not expecting_text:
            return text
        if element in self.can_be_relative_uri and text and (element != "id" or self.guidislink):
            text = self.resolve_uri(text)
        is_plain = parameters.get("type") == "text/plain"
        if is_plain and not self.version.startswith("atom") and self.looks_like_html(text):
            parameters["type"] = "text/html"
        parameters.pop("mode", None)
        parameters.pop("base64", None)
        if element == "title" and -1 < self.title_depth <= self.depth:
            return text
        entry = self.entries[-1]
        if element == "content":
            entry.setdefault(element, []).append({**parameters, "value": text})
            return text
        if element == "description":
            element = "summary"
        depths = self.property_depth_map.setdefault(entry, {})
        if self.depth <= depths.get(element, self.depth):
            depths[element] = self.depth
            entry[element] = text
        if self.incontent:
            entry[f"{element}_detail"] = {**parameters, "value": text}
        return text

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
        self.watch.before = repr((names, self.at_first, about))

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

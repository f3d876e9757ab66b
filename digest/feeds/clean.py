"""Untrusted text, HTML and addresses -> one line of plain text, safe HTML, an http address.

Pure, and the only door to nh3.
Nothing that leaves here can run in a browser, break a mail header, move a terminal's cursor or hide characters.
Escaping on output is still the renderer's duty: plain text may hold ``<`` and ``&``.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from functools import cache
from html import escape, unescape
from itertools import islice

import nh3

from ..model import Picture
from .links import url

__all__ = ["counts_readers", "html", "line", "looks_like_html", "pictures", "rich", "text", "title", "url", "whole"]

HTML_LIMIT = 200_000
"""Characters of HTML kept of one item."""


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


_INLINE = _set("a abbr b bdi cite code del dfn em i ins kbd mark q rp rt ruby s samp small strong sub sup u var wbr")
_BLOCK = _set(
    "blockquote br caption dd details div dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p pre summary "
    "table tbody td tfoot th thead tr ul"
)
_KNOWN = (
    _INLINE
    | _BLOCK
    | _set(
        "article aside audio base big body button center embed fieldset font footer form frame frameset head header "
        "html iframe img input label link main map meta nav nobr noscript object option param picture script section "
        "select source span strike style svg math template textarea time tt video"
    )
)
_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)(?=[\s/>])")
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")


# --- Plain text ---------------------------------------------------------------------------------

_HIDDEN = re.compile(
    # controls; soft hyphen; zero width; direction marks; embeddings and overrides; invisible operators, isolates and
    # deprecated marks;
    # byte order mark, interlinear marks, non-characters; tag characters, which can smuggle ASCII
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]+"
)
_JOINERS = re.compile("[\u200c\u200d]+")


def line(plain: str) -> str:
    """One line of text that is shown as it reads: no control, zero-width or direction-override character.

    White space is collapsed, lone surrogates become U+FFFD. ``line(line(x)) == line(x)``.
    Joiners stay between letters of the scripts (and emoji) that need them.
    """
    joined = " ".join(plain.split())
    if joined.isprintable():  # nothing that is hidden, a joiner or a surrogate is
        return joined
    return " ".join(_JOINERS.sub(_joiner, _HIDDEN.sub("", whole(plain))).split())


def whole(value: str) -> str:
    """The text with surrogate pairs joined and lone ones replaced: it can be encoded as UTF-8."""
    if value.isascii():
        return value
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


_CONTROLS = bytes((*range(9), *range(0x0E, 0x1C), 0x7F))
"""What of ``_HIDDEN`` is ASCII."""


def _visible(plain: str) -> str:
    """The text without what ``_HIDDEN`` finds; of ASCII at a tenth of the cost."""
    if plain.isascii():
        return plain.encode("ascii").translate(None, _CONTROLS).decode("ascii")
    return _HIDDEN.sub("", plain)


def _joiner(match: re.Match[str]) -> str:
    before, after = match.string[: match.start()][-1:], match.string[match.end() :][:1]
    needed = before > "\u024f" and after > "\u024f" and not before.isspace() and not after.isspace()
    return match[0][0] if needed else ""


def looks_like_html(value: str) -> bool:
    """Whether text of unknown type is HTML: it holds a tag of HTML or an entity."""
    return bool(_ENTITY.search(value)) or any(found[1].lower() in _KNOWN for found in _TAG.finditer(value))


def text(fragment: str) -> str:
    """The words of an HTML fragment as one line: tags gone, blocks parted by a space, entities decoded once."""
    if "<" not in fragment:
        return line(unescape(fragment)) if "&" in fragment else line(fragment)
    return _words(_text_cleaner().clean(whole(_shallow(fragment))))


_PAIR = re.compile(r"<([A-Za-z][A-Za-z0-9]*)\b[^<>]*>([^<>]*)</\1\s*>")
_LIVE = re.compile(
    r"<(?:/?(?:script|style|iframe|object|embed|svg|img)\b[^<>]*|[A-Za-z][A-Za-z0-9]*\s+[\w:-]+=[^<>]*)>"
)


def title(value: str, *, is_html: bool) -> str:
    """A headline without markup, whatever its feed declared.

    Publishers escape twice or declare the wrong type,
    so what still reads as markup after decoding (a pair of tags, a tag with attributes) goes too;
    a lone ``<video>`` in a headline about HTML stays as text.
    """
    found = text(value) if is_html else line(value)
    if "<" not in found:
        return found
    for pattern in (_PAIR, _LIVE):
        while (fewer := pattern.sub(_inside, found)) != found:
            found = fewer
    return line(found)


def _inside(match: re.Match[str]) -> str:
    if match.re is _LIVE:
        return " "
    return (
        (match[2] if match[1].lower() not in {"script", "style"} else " ") if match[1].lower() in _KNOWN else match[0]
    )


# --- HTML ---------------------------------------------------------------------------------------

_INLINE_TAG = re.compile(rf"</?(?:{'|'.join(sorted(_INLINE))})(?: [^>]*)?>")
_ANY_TAG = re.compile(r"<[^>]*>")
_RAW_TAG = re.compile(r"<[A-Za-z/!?][^<>]*>")
_FIGURE = re.compile(r"<figure>.*?</figure>", re.DOTALL)
_IMAGE = re.compile(r'<img((?: [a-z]+="[^"]*")*)>')
_TRACKER = re.compile(
    r"//(?:[\w.-]+\.)?(?:doubleclick\.net|google-analytics\.com|scorecardresearch\.com|quantserve\.com|pixel\.wp\.com"
    r"|stats\.wordpress\.com|feedsportal\.com|pheedo\.com|feedblitz\.com|ioam\.de|list-manage\.com)[/:]"
    r"|//(?:feeds\.feedburner\.com|feeds\.[\w.-]+|rss\.[\w.-]+)/~(?:r|ff|4)/|/(?:pixel|tracking?|beacon|counter|count)\.(?:gif|png|php)\b",
    re.IGNORECASE,
)
"""Addresses of pictures that count readers and show nothing; their alternative text is no part of the report."""
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')


def html(fragment: str, base: str) -> str:
    """Safe HTML of at most ``HTML_LIMIT`` characters; see ``rich``."""
    return rich(fragment, base)[0]


def rich(fragment: str, base: str) -> tuple[str, str]:
    """Safe HTML of a fragment, and its words as one line.

    Links are absolute, http(s) and free of tracking parameters.
    No picture is kept, but its alternative text is, unless it is one pixel large or a tracker; captions add no words.
    """
    fragment = _shallow(fragment)
    _base.set(base)
    while True:
        # a cut may fall inside a tag: the parser drops an unfinished one and closes what is open
        clean = _visible(_html_cleaner().clean(whole(fragment)))
        safe = _IMAGE.sub(_alternative, clean) if "<img" in clean else clean
        if len(safe) <= HTML_LIMIT:
            break
        fragment = fragment[: len(fragment) * HTML_LIMIT // (len(safe) + HTML_LIMIT // 10)]
    bare = _IMAGE.sub("", clean) if "<img" in clean else clean
    bare = _FIGURE.sub(" ", bare) if "<figure>" in bare else bare
    words = _words(_INLINE_TAG.sub("", bare))
    return safe.strip(), words


def _shallow(fragment: str) -> str:
    """The fragment, cut to the limit; without its tags where thousands are left open.

    The time of an HTML parser grows with the square of the depth: 40,000 open tags cost 4 seconds.
    """
    fragment = fragment[:HTML_LIMIT]
    closed = fragment.count("</") + fragment.count("<br") + fragment.count("<img") + fragment.count("/>")
    return _RAW_TAG.sub(" ", fragment) if fragment.count("<") - 2 * closed > 3_000 else fragment


def _alternative(match: re.Match[str]) -> str:
    attributes = dict(_ATTRIBUTE.findall(match[1]))
    if not attributes.get("alt"):
        return ""
    if any(re.fullmatch(r"[01](?:px)?", attributes.get(side, "").strip()) for side in ("width", "height")):
        return ""
    if _TRACKER.search(attributes.get("src", "")):
        return ""
    # inside an attribute < stands unescaped, as text it must not
    return escape(line(unescape(attributes["alt"])), quote=False)


_PICTURES = 5
"""Of one text, that are looked at: the first that shows something is taken."""
_RAW_IMAGE = re.compile(r"<img\b[^<>]{1,4000}>", re.IGNORECASE)


def pictures(fragment: str, base: str) -> list[Picture]:
    """The first pictures of a text that show something; icons, trackers and what is inlined are none."""
    found = []
    for raw in islice(_RAW_IMAGE.finditer(fragment[:HTML_LIMIT]), _PICTURES):
        attributes = _image_attributes(raw[0])
        if attributes is None:
            continue
        address = url(attributes.get("src"), base)
        sides = [re.fullmatch(r"\s*(\d{1,5})(?:px)?\s*", attributes.get(side, "")) for side in ("width", "height")]
        wide, high = (int(side[1]) if side else None for side in sides)
        small = any(side is not None and side < 48 for side in (wide, high))
        if address and not small and not counts_readers(address):
            both = bool(wide and high)
            alt = line(attributes.get("alt", ""))[:300]
            found.append(Picture(address, alt, wide if both else None, high if both else None))
    return found


_PLAIN_IMAGE = re.compile(r"""<img((?: [a-z]+="[ !#-%'-;=?-~]*")*) ?/?>""")
"""A tag that every parser reads alike: small letters, quotes, nothing to decode. Most are so."""
_PLAIN_SOURCE = re.compile(r"https?://(?!\S*xn--)(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}/")


def _image_attributes(tag: str) -> dict[str, str] | None:
    """Attributes of one tag; None where no parser would see a picture in it."""
    plain = _PLAIN_IMAGE.fullmatch(tag)
    if plain is not None:
        pairs = _ATTRIBUTE.findall(plain[1])
        attributes = dict(pairs)
        if len(pairs) == len(attributes) and _PLAIN_SOURCE.match(attributes.get("src", "")):
            return attributes
    found = _IMAGE.search(_html_cleaner().clean(whole(tag)))
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(found[1])} if found else None


def counts_readers(address: str) -> bool:
    """Whether a picture is there to count who reads, and shows nothing."""
    return bool(_TRACKER.search(address))


def _words(normal: str) -> str:
    """Plain text of HTML that nh3 wrote, where no attribute holds ``>``."""
    return line(unescape(_ANY_TAG.sub(" ", normal)))


_base: ContextVar[str] = ContextVar("base", default="")
"""Address that relative links resolve against while one fragment is cleaned: the cleaner is built once for all."""


def _attribute(tag: str, name: str, value: str) -> str | None:
    return url(value, _base.get()) if name == "href" else value


@cache
def _html_cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(_INLINE | _BLOCK | {"img"}),
        clean_content_tags={"script", "style", "template", "iframe", "noscript", "svg", "math", "object", "form"},
        # "*" empty: the library's own default lets lang and title through everywhere
        attributes={
            "*": set(),
            "a": {"href"},
            "img": {"alt", "src", "width", "height"},
            "td": {"colspan"},
            "th": {"colspan"},
        },
        attribute_filter=_attribute,
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer",
    )


@cache
def _text_cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(_BLOCK - {"figure", "figcaption"}),
        clean_content_tags={"script", "style", "template", "iframe", "noscript", "svg", "math", "object", "figcaption"},
        attributes={},
        link_rel=None,
    )

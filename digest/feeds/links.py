"""Addresses from feeds -> absolute http(s) addresses, as a browser would write them. Pure."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote, urljoin, urlsplit

LIMIT = 4_000
"""Characters; a longer address is no link to read."""

_TRACKING = re.compile(
    r"utm_.*|(?:pk|mtm|hsa)_.*|at_(?:medium|campaign|custom\d|link.*)|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid"
    r"|yclid|twclid|igshid|igsh|mc_[ce]id|_hsenc|_hsmi|mkt_tok|vero_id|vero_conv|oly_anon_id|oly_enc_id|wickedid|xtor"
    r"|ttclid|li_fat_id|mibextid|srsltid|_gl|_ga|cmpid|s_cid|ftag|smid|ref_src|_branch_match_id|hss_channel"
    r"|ocid|wt_z?mc|ns_(?:campaign|mchannel|source|linkname|fee)|_openstat|guccounter|guce_referr.*",
    re.IGNORECASE,
)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_PLAIN = re.compile(
    r"(https?://)((?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.){1,20}[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)"
    r"(/[A-Za-z0-9/._~%+@:,!$*()-]*)?(?:\?([A-Za-z0-9/._~%+@:,!$*()=&-]*))?(?:#([A-Za-z0-9/._~%+@:,!$*()-]*))?"
)
"""An absolute address as a browser would write it, as most are: it needs no reading, only its parameters a look."""
_SCHEME = re.compile(r"^https?://", re.IGNORECASE)
_DEFAULT_PORT = {"http": 80, "https": 443}
# RFC 3986 leaves these as they are, "%" included: what is encoded already must not be encoded again
_SAFE = "%!$&'()*+,;=:@/~-._[]"


@lru_cache(1024)  # an item names its page several times, and a document's items name one site
def url(address: str | None, base: str | None = None) -> str | None:
    """The address as an absolute http(s) one in ASCII, or None.

    Spaces and other characters are percent-encoded, host names in other scripts written in punycode (RFC 3492),
    tracking parameters taken out; all other parameters stay, in their order.
    None for other schemes, for addresses that carry a user name or password, and for what no browser could open.
    """
    if not address or len(address) > LIMIT:
        return None
    plain = _PLAIN.fullmatch(address)
    if plain is not None and len(plain[2]) <= 253:
        begin, name, path, *rest = plain.groups("")
        return _put_together(begin + name, path, *_untracked(*rest))
    # browsers drop tabs and line ends anywhere, and controls and spaces at the ends (WHATWG URL, 4.4)
    address = re.sub(r"[\t\r\n]", "", address).strip("".join(map(chr, range(0x21))) + "\xa0\u3000\ufeff\u200b")
    if not address:
        return None
    try:
        if base:
            address = urljoin(base, address)
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORT or "@" in parts.netloc or "\\" in parts.netloc:
        return None
    host = _host(parts.hostname or "")
    if host is None:
        return None
    where = host if port in (None, _DEFAULT_PORT[scheme]) else f"{host}:{port}"
    query, fragment = _untracked(parts.query, parts.fragment)
    return _put_together(f"{scheme}://{where}", _encode(parts.path), _encode(query, "?"), _encode(fragment, "?"))


def _untracked(query: str, fragment: str) -> tuple[str, str]:
    """Both without parameters that count readers."""
    if query:
        query = "&".join(one for one in query.split("&") if not _TRACKING.fullmatch(one.split("=", 1)[0]))
    if fragment and _TRACKING.fullmatch(fragment.split("=", 1)[0]):
        fragment = ""
    return query, fragment


def _put_together(origin: str, path: str, query: str, fragment: str) -> str:
    return f"{origin}{path or '/'}{f'?{query}' if query else ''}{f'#{fragment}' if fragment else ''}"


def host_of(address: str | None) -> tuple[str, int | None] | None:
    """(host, port unless it is the usual one) of an address, cleaned as above."""
    plain = _PLAIN.fullmatch(address) if address and len(address) <= LIMIT else None
    if plain is not None and len(plain[2]) <= 253:
        return plain[2], None
    clean = url(address)
    if clean is None:
        return None
    parts = urlsplit(clean)
    return parts.hostname or "", parts.port


def without_scheme(address: str) -> str:
    """An address without ``http://`` or ``https://``; anything else unchanged."""
    return _SCHEME.sub("", address, count=1)


def _encode(part: str, also: str = "") -> str:
    return quote(part.encode("utf-8", "replace"), safe=_SAFE + also)


def _host(name: str) -> str | None:
    if ":" in name:
        try:
            return f"[{ipaddress.IPv6Address(name.partition('%')[0])}]"
        except ValueError:
            return None
    labels = []
    for label in unicodedata.normalize("NFKC", name).lower().rstrip(".").split("."):
        try:
            ascii_label = label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
        except UnicodeError:
            return None
        if not _LABEL.fullmatch(ascii_label):
            return None
        labels.append(ascii_label)
    joined = ".".join(labels)
    return joined if len(joined) <= 253 else None

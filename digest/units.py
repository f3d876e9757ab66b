"""Text of one setting -> its value: durations, sizes, times of day, zones, addresses.

Every reader takes text and raises ValueError with a sentence that says what is wrong and how to write it;
none of them repeats a web address, which may carry a password or a token.
Pure: nothing is looked up but the time zones that ship with Python.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
import zoneinfo
from datetime import time, timedelta
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_BYTES = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_MAILBOX = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>|(?P<bare>[^<>]*)")
_ADDRESS = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)*[^\W_](?:[\w-]{0,61}[^\W_])?", re.I
)
_PLAIN_URL = re.compile(
    r"https?://(?:[\w-]{1,63}\.)*[\w-]{1,63}(?::(?:\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}))?"
    r"(?:/[!\"$->@-~]*(?:\?[!\"$-~]+)?)?",
    re.ASCII,
)
"""A web address that is right as it stands: no user, no fragment, nothing that would have to be looked at twice."""
_ONE_SPELLING = re.compile(
    r"https?://(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}(?::(?!80/|443/)(?:[1-9]\d{1,3}|[1-5]\d{4}|6[0-4]\d{3}))?"
    r"/[!\"$->@-~]*(?:\?[!\"$-~]+)?",
    re.ASCII,
)
"""One that is spelt as ``same_address`` would."""
_PLAIN_ADDRESS = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@[a-z0-9.-]+", re.I | re.ASCII)
"""A mail address of which there is only one reading."""
_SECRET = re.compile(r":[^@\s]+@|[?&][\w-]+=")
_HOST = re.compile(r"(?:[\w-]{1,63}\.)*[\w-]{1,63}\.?")


def duration(text: str) -> timedelta:
    """``30m``, ``1h``, ``1h30m``, ``20s``, ``2d``."""
    parts = re.findall(r"(\d{1,9})\s*([smhdw])", text, re.ASCII)
    if not parts or not re.fullmatch(r"\s*(?:\d{1,9}\s*[smhdw]\s*)+", text, re.ASCII):
        raise ValueError(f"{shown(text)} is not a duration; write it with a unit, like '30s', '15m', '2h' or '1d'")
    try:
        return timedelta(seconds=sum(int(number) * _SECONDS[unit] for number, unit in parts))
    except OverflowError:
        raise ValueError(f"{shown(text)} is longer than time itself; write it like '1d'") from None


def spelt(length: timedelta) -> str:
    """The shortest text that ``duration`` reads back, to the second: ``90m``, ``1d``."""
    seconds = int(length.total_seconds())
    unit = next((unit for unit in "dhm" if seconds and seconds % _SECONDS[unit] == 0), "s")
    return f"{seconds // _SECONDS[unit]}{unit}"


def size(text: str) -> int:
    """Bytes of ``15MB``, ``500 kB``, ``16MiB``."""
    match = re.fullmatch(r"\s*(\d{1,9}(?:\.\d{1,3})?)\s*([kmg]?i?b)\s*", text, re.IGNORECASE | re.ASCII)
    if not match or match[2].lower() not in _BYTES:
        raise ValueError(f"{shown(text)} is not a size; write it with a unit, like '500kB' or '15MB'")
    return int(float(match[1]) * _BYTES[match[2].lower()])


def clock(text: str) -> time:
    """A local time of day, ``07:00``."""
    match = _CLOCK.fullmatch(text.strip())
    if not match:
        raise ValueError(f"{shown(text)} is not a time; write it like '07:00'")
    return time(int(match[1]), int(match[2]))


def zone(text: str) -> str:
    """An IANA name as it is spelt there."""
    try:
        if text == "localtime":  # a file on some systems, a zone on none
            raise ValueError
        zoneinfo.ZoneInfo(text)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise ValueError(f"{shown(text)} is not a time zone; {_likely_zone(text)}") from None
    return text


def _likely_zone(text: str) -> str:
    names = sorted(zoneinfo.available_timezones())
    by_lower = {name.lower(): name for name in names}
    by_city = {name.lower().rpartition("/")[2]: name for name in names if "/" in name}
    wanted = text.strip().lower().replace(" ", "_")
    found = by_lower.get(wanted) or by_city.get(wanted)
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(wanted, by_lower, n=1) or get_close_matches(wanted.rpartition("/")[2], by_city, n=1)
        found = (by_lower.get(near[0]) or by_city[near[0]]) if near else None
    if found is None:
        return "write an IANA name, like 'Europe/Berlin' or 'America/New_York'"
    return f"did you mean '{found}'?"


def web_address(text: str) -> str:
    """An ``http`` or ``https`` address without its fragment; never repeated in an error, its host at most."""
    if len(text) < 250 and _PLAIN_URL.fullmatch(text):
        return text
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError("this is not a web address; write it like 'https://example.org/feed.xml'") from None
    if parts.scheme not in {"http", "https"}:
        begins = (
            f"{parts.scheme}:" if re.fullmatch(r"[a-z]{1,12}", parts.scheme) and "://" in text else "something else"
        )
        raise ValueError(f"an address begins with http:// or https://, this one with {begins}")
    if not _is_host(parts.hostname) or re.search(r"\s", text) or _CONTROL.search(text):
        raise ValueError("this is not a web address; write it like 'https://example.org/feed.xml'")
    return parts._replace(fragment="").geturl()


def names_feed(name: str, url: str, title: str | None) -> bool:
    """Whether ``name`` is the title of a feed as configured, in small or capital letters, or its address."""
    if title is not None and name.casefold() == title.casefold():
        return True
    try:
        return same_address(web_address(name)) == same_address(url)
    except ValueError:
        return False


def site_address(text: str) -> str:
    """Where the published pages live: a web address without password and query, and without a slash at its end."""
    address = web_address(text)
    if "@" in address or "?" in address:
        raise ValueError("the address of the pages has neither password nor query; write it like 'https://example.org'")
    return address.rstrip("/")


def proxy(text: str) -> str:
    """Where requests are handed on: ``http://host:port``, without password and path."""
    address = web_address(text)
    parts = urlsplit(address)
    if parts.scheme != "http" or parts.path not in {"", "/"} or parts.query or "@" in parts.netloc:
        raise ValueError("a proxy is a host and a port without a password; write it like 'http://proxy.lan:3128'")
    return address


def contact(text: str) -> str:
    """How to reach the operator: a web address, or ``mailto:`` and a bare mail address."""
    if text.startswith("mailto:") and _ADDRESS.fullmatch(text.removeprefix("mailto:")):
        return text
    if "@" in text and "://" not in text:
        raise ValueError(f"{shown(text)} is not an address to reach you; write it like 'mailto:you@your.domain'")
    return web_address(text)


def same_address(url: str) -> str:
    """A form in which two spellings of one address are equal: host in lower case, no default port, a path."""
    if len(url) < 250 and _ONE_SPELLING.fullmatch(url):
        return url
    parts = urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    port = "" if parts.port in {None, 80 if parts.scheme == "http" else 443} else f":{parts.port}"
    return SplitResult(
        parts.scheme, f"{user}{at}{_plain_host(parts)}{port}", parts.path or "/", parts.query, ""
    ).geturl()


def same_page(url: str) -> str:
    """A form in which two links to one page are equal: without scheme, ``www.``, fragment and a slash at the end.

    For addresses that were cleaned already (``feeds.links``): their tracking parameters are gone.
    """
    bare = url.partition("#")[0].partition("://")[2]
    return re.sub(r"/+(?=\?|$)", "", bare.removeprefix("www."), count=1)


# Anywhere in the name, since many are written without a joint (accesstoken); not so where everyday words hold them.
_TELLING = re.compile(
    r"token|secret|pass(?!age)|pwd|auth(?!ors?(?:$|[_.-]))|signature|session|api_?key|(?:key|sig)\d*(?:$|[_.-])", re.I
)


def holds_secret(url: str) -> bool:
    """Whether an address seems to hold what only its owner may know: a password, or a query like ``token=...``."""
    parts = urlsplit(url)
    names = (one.partition("=")[0] for one in re.split("[&;]", parts.query))
    return "@" in parts.netloc or any(_TELLING.search(name) for name in names)


@lru_cache(2048)  # a poll names a feed's host some ten times
def host_of(url: str) -> str:
    """The host of an address, without user, password, path and port; empty where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def host(text: str) -> str:
    """The name or number of a machine, without port."""
    if not _is_host(text.removeprefix("[").removesuffix("]")) or re.fullmatch(r"[^:]*:\d+", text):
        raise ValueError(
            f"{shown(text)} is not the name of a machine; write it like 'smtp.example.org', without a port"
        )
    return text


def endpoint(text: str) -> str:
    """``host:port`` to listen on; port 0 takes any free one."""
    name, _, port = text.rpartition(":")
    if not _is_host(name.removeprefix("[").removesuffix("]")) or not re.fullmatch(r"\d{1,5}", port, re.ASCII):
        raise ValueError(f"{shown(text)} is not host and port; write it like '127.0.0.1:8080'")
    if int(port) > 65535:
        raise ValueError(f"{shown(text)}: a port is at most 65535")
    return text


def exception(text: str) -> str:
    """One host, or host and port, that the address guard lets pass."""
    name, _, port = text.rpartition(":") if re.search(r"(?:^[^:]*|\]):\d+$", text) else (text, "", "0")
    if not _is_host(name.removeprefix("[").removesuffix("]")) or len(port) > 5 or int(port) > 65535:
        raise ValueError(f"{shown(text)} is neither host nor host:port; write it like 'nas.lan' or '127.0.0.1:8001'")
    return text


def member(text: str) -> str:
    """One outlet of a family: a domain in the form in which outlets are kept, anything else (a title) as it is.

    ``www.`` goes, other scripts become punycode (RFC 3492), a port stays.
    """
    told = one_line(text)
    name = unicodedata.normalize("NFKC", told).lower().rstrip(".").removeprefix("www.")
    if not is_domain(name):
        return told
    labels = name.split(".")
    return ".".join(one if one.isascii() else f"xn--{one.encode('punycode').decode('ascii')}" for one in labels)


def is_domain(text: str) -> bool:
    """Whether this can be the key of an outlet: a host with a dot, or host and port."""
    name, _, port = text.rpartition(":") if re.search(r"(?:^[^:]*|\]):\d{1,5}$", text) else (text, "", "")
    return bool(port or "." in name or ":" in name) and _is_host(name.removeprefix("[").removesuffix("]"))


def mail_address(text: str) -> str:
    """``me@example.org`` or ``Name <me@example.org>``, on one line."""
    mailbox(text)
    return text.strip()


def mailbox(text: str) -> tuple[str, str]:
    """(name, address) of ``Name <me@example.org>``; the name may be empty, the domain comes out in ASCII.

    What passes here can stand in a header and in an envelope as it is.
    """
    match = _MAILBOX.fullmatch(text.strip())
    address = (match["address"] if match["address"] is not None else match["bare"]).strip() if match else ""
    local, _, domain = address.rpartition("@")
    name = " ".join(((match["name"] or "") if match else "").split())
    if _PLAIN_ADDRESS.fullmatch(address) and _ADDRESS.fullmatch(address) and not _CONTROL.search(text):
        return name.strip('"'), f"{local}@{domain.lower()}"
    from email.errors import MessageError
    from email.headerregistry import Address  # 15 ms

    try:
        if _CONTROL.search(text) or not _ADDRESS.fullmatch(address):
            raise ValueError
        bare = f"{local}@{domain.encode('idna').decode('ascii').lower()}"
        made = Address(display_name=name.strip('"'), addr_spec=bare)
        if made.addr_spec != bare:
            raise ValueError
    except (ValueError, IndexError, MessageError):
        raise ValueError(
            f"{shown(text)} is not a mail address; write it like 'me@example.org' or 'Name <me@example.org>'"
        ) from None
    return made.display_name, made.addr_spec


def plain_address(text: str) -> str:
    """What an address is known by: alone, in lower case, its domain in ASCII; raises ValueError for none."""
    return mailbox(text)[1].lower()


def bare_address(text: str) -> str:
    """The same of an address that was stored once, also where it would be refused today."""
    try:
        return plain_address(text)
    except ValueError:
        return text.rpartition("<")[2].rstrip("> ").strip().lower()


def one_line(text: str) -> str:
    """Text that may stand in a mail header or a heading."""
    if not text.strip():
        raise ValueError("this is empty; write some text, or leave the key away")
    if _CONTROL.search(text):
        raise ValueError("this holds a line break or a control character; write it on one line")
    return text.strip()


def variable(text: str) -> str:
    """The name of an environment variable; never repeated, since a password may stand there by mistake."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        raise ValueError("this is not the name of an environment variable; write its name, not the password")
    return text


def header_name(text: str) -> str:
    """The name of an HTTP header, as a proxy sets it."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", text):
        raise ValueError(f"{shown(text)} is not the name of a header; write it like 'Remote-User'")
    return text


def network(text: str) -> str:
    """An address or a network of addresses, in its usual form: ``127.0.0.1/32``, ``10.0.0.0/8``."""
    try:
        return str(ipaddress.ip_network(text.strip()))
    except ValueError:
        raise ValueError(f"{shown(text)} is no network address; write it like '127.0.0.1' or '10.0.0.0/8'") from None


def language(text: str) -> str:
    """A language tag, ``en`` or ``pt-BR``."""
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", text):
        raise ValueError(f"{shown(text)} is not a language tag; write it like 'en', 'de' or 'pt-BR'")
    return text


def shown(value: object) -> str:
    """A value as an error repeats it: quoted, on one line, not too long; never an address that holds secrets."""
    try:
        written = str(value)
    except ValueError:  # Python writes no number of more than 4,300 digits
        return "a very large number"
    if _SECRET.search(written):
        return "the value (not shown here)"
    text = _CONTROL.sub(" ", written)
    return f"'{text}'" if len(text) <= 60 else f"'{text[:57]}...'"


def _is_host(name: str | None) -> bool:
    """Whether this is a name, an IPv4 or an IPv6 address without brackets."""
    if not name or len(name) > 253:
        return False
    return bool(_HOST.fullmatch(name) or re.fullmatch(r"[0-9a-f:.]*:[0-9a-f:.]*(%\w+)?", name, re.IGNORECASE))


def _plain_host(parts: SplitResult) -> str:
    name = (parts.hostname or "").rstrip(".")
    return f"[{name}]" if ":" in name else name

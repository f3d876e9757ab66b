"""What one value of config.toml must know of another: names that must exist, folders that must not overlap.

Each check yields (dotted key, sentence with the cure). ``raw`` is the file as written:
a name stays known even where its own table is wrong, so that one mistake is told once.
Nothing here writes, and only ``templates`` and symbolic links are looked up on the disk.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .mistakes import choose, dotted, nearest
from .units import host_of, is_domain, member, names_feed, plain_address, same_address, shown, spelt, web_address
from .wanted import same as same_word

if TYPE_CHECKING:
    from .config import CommandTransport, Config, Digest, Feed, SmtpTransport, Threads, Transport, Web

Problem = tuple[str, str]
RESERVED = frozenset(
    {
        "about", "archive", "decisions", "do", "feed", "feeds", "healthz", "items", "metrics", "new", "robots",
        "search", "sections", "sign-in", "sign-out", "threads", "unsubscribe",
    }
)  # fmt: skip
"""Names that the site itself uses, so no digest may."""


SENDING = frozenset({"smtp", "sendmail", "command"})
"""Types of transports that send mail to somebody, while a folder only keeps it."""


def problems(settings: Config, raw: Mapping[str, Any], positions: Sequence[int]) -> Iterator[Problem]:
    """Every mistake that only shows between values; ``positions``: where in the file each feed stands, from 0."""
    yield from _names(settings)
    yield from windows(settings.threads)
    yield from _twice(raw)
    yield from _known_sections(raw)
    yield from _families(settings, raw)
    for digest in settings.digests.values():
        yield from _sections(digest, raw)
        yield from _named_feeds(digest, raw)
        yield from _words(f"digests.{digest.name}", follow=digest.follow, mute=digest.mute)
        yield from _deliveries(digest, settings, raw)
        yield from _recipients(digest, settings, raw)
    for name, transport in settings.transports.items():
        if transport.type == "smtp":
            yield from _login(name, transport)
        if transport.type == "command":
            yield from _blanks(name, transport)
    written = _feeds(raw)
    for index, feed in zip(positions, settings.feeds, strict=True):
        if len(written[index]) > 1:  # most say no more than their address
            place = dotted(("feeds", index), raw)
            yield from _feed_login(place, feed)
            yield from _words(place, only=feed.only or (), skip=feed.skip)
    yield from _alarm(settings, raw)
    yield from _owner(settings.web)
    yield from _folders(settings)
    places = [("templates", settings.templates)]
    places += [(f"digests.{digest.name}.templates", digest.templates) for digest in settings.digests.values()]
    for place, folder in places:
        if folder is not None and not os.path.isdir(folder):
            yield place, f"there is no folder {shown(folder)}; make it, or leave the key away"


def windows(threads: Threads) -> Iterator[Problem]:
    """A matter is remembered at least as long as one of its stories can grow."""
    if threads.window < threads.story_window:
        story = spelt(threads.story_window)
        told = f"'{spelt(threads.window)}' is shorter than story_window, which is '{story}'"
        yield "threads.window", f"{told}; write at least '{story}'"


def _names(settings: Config) -> Iterator[Problem]:
    """They end up in addresses and in the names of files."""
    for kind, names in (("digests", settings.digests), ("transports", settings.transports)):
        for name in names:
            if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", name):
                cure = "take small letters, digits and hyphens, like 'daily' or 'week-end'"
                yield f"{kind}.{name}", f"{shown(name)} is not a name; {cure}"
            elif kind == "digests" and (name in RESERVED or name.isdigit()):
                yield f"digests.{name}", f"{shown(name)} is taken by a page of the site; choose another name"


def _twice(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """Two subscriptions to one address would ask its server twice and show each item twice."""
    first: dict[str, int] = {}
    for index, feed in enumerate(_feeds(raw)):
        try:
            address = same_address(web_address(feed["url"]))
        except (KeyError, TypeError, ValueError):
            continue  # told already as a mistake of its own
        if first.setdefault(address, index) != index:
            place, other = dotted(("feeds", index, "url"), raw), dotted(("feeds", first[address]), raw)
            yield place, f"this is the address of {other} once more; remove one of them"


def _known_sections(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """A table for a section that no feed is in would do nothing."""
    known, written = _all_sections(raw), raw.get("sections")
    for name in written if known and isinstance(written, Mapping) else ():
        if name not in known:
            yield f"sections.{name}", f"no feed is in section {shown(name)}; {choose(name, known)}"


def _families(settings: Config, raw: Mapping[str, Any]) -> Iterator[Problem]:
    """Outlets of one house: domains, or titles of feeds on platforms; each in one family."""
    written = [_text(feed, "title") for feed in _feeds(raw) if _text(feed, "title").strip()]
    titles = {member(title): title for title in written if title.isprintable()}
    first: dict[str, tuple[str, int]] = {}
    for family, members in settings.families.items():
        if not family.strip():
            yield "families", 'a family without a name; write it like Example = ["example.com", "example.co.uk"]'
        for index, one in enumerate(members):
            place = f"families.{family}.{index + 1}"
            if one not in titles and not is_domain(one):
                yield place, _no_outlet(one, list(titles.values()))
            elif (known := first.setdefault(one, (family, index))) != (family, index):
                again = "stands here twice" if known[0] == family else f"is in family {shown(known[0])} already"
                yield place, f"{shown(one)} {again}; remove one of them"
        if len(members) < 2:
            yield f"families.{family}", "a family is two outlets or more; add one, or leave the line away"


def _no_outlet(text: str, titles: Sequence[str]) -> str:
    """What to write instead of an address, a slip in a title or a bare name."""
    if host := host_of(text if "://" in text else f"https://{text}") if "/" in text else "":
        return f"this is an address; write the domain alone, like '{member(host)}'"
    near = nearest(text, titles)
    cure = f"did you mean '{near}'?" if near else "write a domain, like 'example.com'"
    return f"{shown(text)} is neither a domain nor the title of a feed; {cure}"


def _sections(digest: Digest, raw: Mapping[str, Any]) -> Iterator[Problem]:
    known = _all_sections(raw)
    if not known:
        return
    place = f"digests.{digest.name}"
    for name in digest.sections or ():
        if name not in known:
            yield f"{place}.sections", f"no feed is in section {shown(name)}; {choose(name, known)}"
    for name in _repeated(digest.sections or ()):
        yield f"{place}.sections", f"section {shown(name)} stands here twice; remove one"
    for name in digest.blurbs:
        if name not in known:
            yield f"{place}.blurbs", f"no feed is in section {shown(name)}; {choose(name, known)}"


def _named_feeds(digest: Digest, raw: Mapping[str, Any]) -> Iterator[Problem]:
    """Feeds that a digest names by title or address; one name that leads to none would silently leave a feed out."""
    written = [(_text(feed, "url"), _text(feed, "title")) for feed in _feeds(raw)]
    known: set[tuple[int, ...]] = set()
    for index, name in enumerate(digest.feeds or (), 1):
        place = f"digests.{digest.name}.feeds.{index}"
        meant = tuple(number for number, (url, title) in enumerate(written) if names_feed(name, url, title or None))
        if not meant and written:
            near = nearest(name, [title for _, title in written if title])
            cure = f"did you mean '{near}'?" if near else "write its title or its address as it stands in [[feeds]]"
            yield place, f"no feed is {shown(name)}; {cure}"
        elif meant in known:
            yield place, f"{shown(name)} is a feed that stands here already; remove one of the two"
        known.add(meant)


def _words(place: str, **lists: Sequence[str]) -> Iterator[Problem]:
    """Two lists of words that act against each other: each word once, in one of them."""
    first: dict[str, tuple[str, int]] = {}
    for key, words in lists.items():
        for index, word in enumerate(words, 1):
            known = first.setdefault(same_word(word), (key, index))
            if known != (key, index):
                where = f"{place}.{key}.{index}"
                again = "stands here twice" if known[0] == key else f"stands in {known[0]} too, which says the opposite"
                yield where, f"{shown(word)} {again}; remove one of them"


def _deliveries(digest: Digest, settings: Config, raw: Mapping[str, Any]) -> Iterator[Problem]:
    written = raw.get("transports")
    known = list(dict.fromkeys([*settings.transports, *(written if isinstance(written, Mapping) else ())]))
    place = f"digests.{digest.name}.deliver"
    for name in digest.deliver:
        if name not in known:
            yield place, f"there is no transport {shown(name)}; {choose(name, known)}"
    for name in _repeated(digest.deliver):
        yield place, f"transport {shown(name)} stands here twice; remove one"
    if not digest.deliver:
        yield place, f"an empty list delivers nowhere; {choose('', known)}"


def _recipients(digest: Digest, settings: Config, raw: Mapping[str, Any]) -> Iterator[Problem]:
    """What sends mail needs a sender and somebody to send to; a folder does not."""
    place = f"digests.{digest.name}"
    for address in _repeated([plain_address(one) for one in digest.to]):
        yield f"{place}.to", f"{shown(address)} stands here twice and would get two mails; remove one"
    for name in digest.deliver:
        transport = settings.transports.get(name)
        if transport is None or transport.type not in SENDING:
            continue
        if not digest.to and not _digest(raw, digest.name).get("to"):  # else its mistakes are told already
            yield f"{place}.to", f"transport '{name}' sends mail; write whom to, like to = [\"you@your.domain\"]"
        if "from" not in _digest(raw, digest.name):
            cure = 'from = "Morning paper <digest@your.domain>"'
            yield f"{place}.from", f"transport '{name}' sends mail; write an address of yours, like {cure}"
        else:
            yield from _strange_sender(f"{place}.from", digest.sender, transport)
        return


def _strange_sender(place: str, sender: str, transport: Transport) -> Iterator[Problem]:
    """A mail server elsewhere knows nobody on this machine."""
    if transport.type == "smtp" and plain_address(sender).endswith("@localhost") and not _here(transport.host):
        yield place, f"{transport.host} takes no mail from 'localhost'; write an address of your own"


def _login(name: str, smtp: SmtpTransport) -> Iterator[Problem]:
    place = f"transports.{name}"
    sources = [key for key in ("password_file", "password_env") if getattr(smtp, key) is not None]
    if len(sources) > 1:
        yield f"{place}.password_env", "password_file is there already; keep one of them"
    if smtp.username is not None and not sources:
        yield f"{place}.username", "a login needs its password; name a file with password_file (or use password_env)"
    if smtp.username is None and sources:
        yield f"{place}.{sources[0]}", "a password needs its username; add username"
    if sources and smtp.security == "none" and not _here(smtp.host):
        yield f"{place}.security", "'none' would send the password unprotected; write 'starttls' or 'tls'"


def _blanks(name: str, pipe: CommandTransport) -> Iterator[Problem]:
    """A slip in one of them would send mail to an address that nobody has."""
    for blank in re.findall(r"\{[A-Za-z_]+\}", " ".join(pipe.command[1:])):
        if blank not in {"{recipient}", "{sender}"}:
            yield f"transports.{name}.command", f"{shown(blank)} is not filled in; write {{recipient}} or {{sender}}"


def _alarm(settings: Config, raw: Mapping[str, Any]) -> Iterator[Problem]:
    """An alarm that could reach nobody."""
    alarm = settings.alarm
    mails = [name for name, one in settings.transports.items() if one.type != "files"]
    written = raw.get("transports")
    known = list(dict.fromkeys([*mails, *(written if isinstance(written, Mapping) else ())]))
    if alarm.transport is None:
        if alarm.to:
            yield "alarm.to", f"nothing carries it there; add transport = ..., {choose('', mails)}"
        return
    transport = settings.transports.get(alarm.transport)
    if transport is None and alarm.transport not in known:
        yield "alarm.transport", f"there is no transport {shown(alarm.transport)}; {choose(alarm.transport, mails)}"
    if transport is not None and transport.type == "files":
        yield "alarm.transport", f"{shown(alarm.transport)} carries pages and no mail; {choose('', mails)}"
    if transport is not None:
        sender = alarm.sender or next(iter(settings.digests.values())).sender
        yield from _strange_sender("alarm.from", sender, transport)
    if not alarm.to:
        yield "alarm.to", 'nobody would get it; write whom to tell, like to = ["you@your.domain"]'
    for address in _repeated([plain_address(one) for one in alarm.to]):
        yield "alarm.to", f"{shown(address)} stands here twice and would get two mails; remove one"


def _feed_login(place: str, feed: Feed) -> Iterator[Problem]:
    """A user name and its password, once: in the keys or in the address."""
    sources = [key for key in ("auth_password_file", "auth_password_env") if getattr(feed, key) is not None]
    if len(sources) > 1:
        yield f"{place}.auth_password_env", "auth_password_file is there already; keep one of them"
    if feed.auth_user is not None and not sources:
        yield f"{place}.auth_user", "a login needs its password; name a file with auth_password_file"
    if feed.auth_user is None and sources:
        yield f"{place}.{sources[0]}", "a password needs its user name; add auth_user"
    if feed.auth_user is not None and "@" in urlsplit(feed.url).netloc:
        yield f"{place}.auth_user", "the address holds a user name already; keep one of them"


def _owner(web: Web) -> Iterator[Problem]:
    """How the owner is known; half a way in is a door that stays shut, or one that stands open."""
    for kind in ("password", "token"):
        if getattr(web, f"{kind}_file") is not None and getattr(web, f"{kind}_env") is not None:
            yield f"web.{kind}_env", f"{kind}_file is there already; keep one of them"
    everybody = [one for one in web.trusted_proxies if one.endswith("/0")]
    if web.identity_header is not None and (everybody or not web.trusted_proxies):
        cure = "name the addresses of the proxy that sets it, like trusted_proxies = ['127.0.0.1']"
        yield "web.identity_header", f"anybody could send this header; {cure}"
    if web.identity_header is not None and not web.owners:
        yield "web.identity_header", "nobody would be the owner; name who is, like owners = ['me']"
    if web.owners and web.identity_header is None:
        yield "web.owners", "these names come with identity_header; add it, or leave them away"
    ways = (web.password_file, web.password_env, web.identity_header, web.token_file, web.token_env)
    if web.protected and not any(ways):
        yield "web.protected", "nobody could read the pages; add password_file, password_env or identity_header"


def _folders(settings: Config) -> Iterator[Problem]:
    """What lies in the folder of a site is public."""
    folders = [
        (name, one.type, _real(one.folder))
        for name, one in settings.transports.items()
        if one.type == "files" or one.type == "maildir"
    ]
    for name, kind, folder in folders:
        inside = published(settings, folder) if kind == "files" else []
        if inside:
            yield f"transports.{name}.folder", f"would publish {' and '.join(inside)}; write a folder of its own"
    for (one, kind, folder), (other, other_kind, other_folder) in combinations(folders, 2):
        if not (folder.is_relative_to(other_folder) or other_folder.is_relative_to(folder)):
            continue
        risk = "mails would be published" if kind != other_kind else "each would overwrite the other"
        yield f"transports.{other}.folder", f"overlaps the folder of transports.{one}: {risk}; write one of its own"


def published(settings: Config, folder: Path) -> list[str]:
    """What of the operator's own would be public with a folder."""
    private = [("the configuration", settings.path), ("the database", settings.database)]
    private += [
        (f"the password of transports.{name}", one.password_file)
        for name, one in settings.transports.items()
        if one.type == "smtp" and one.password_file is not None
    ]
    private += [
        (f"the password of {feed.title or host_of(feed.url)}", feed.auth_password_file)
        for feed in settings.feeds
        if feed.auth_password_file is not None
    ]
    private += [
        (what, path)
        for what, path in (
            ("the password of [web]", settings.web.password_file),
            ("the token of [web]", settings.web.token_file),
        )
        if path is not None
    ]
    return [what for what, path in private if _real(path).is_relative_to(_real(folder))]


def _real(path: Path) -> Path:
    return path.resolve()


def _here(host: str) -> bool:
    """Whether a mail server runs on this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.rstrip(".").lower() == "localhost"


def _all_sections(raw: Mapping[str, Any]) -> list[str]:
    """The sections that feeds are in, in the order of the feeds."""
    return list(dict.fromkeys(_text(feed, "section", "News").strip() for feed in _feeds(raw)))


def _feeds(raw: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    written = raw.get("feeds")
    return [feed if isinstance(feed, Mapping) else {} for feed in written] if isinstance(written, list) else []


def _text(feed: Mapping[str, Any], key: str, default: str = "") -> str:
    """A value that is no text is told already."""
    value = feed.get(key, default)
    return value if isinstance(value, str) else default


def _digest(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The table of a digest as written; empty where there is none."""
    written = raw.get("digests")
    found = written.get(name) if isinstance(written, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _repeated(names: tuple[str, ...] | list[str]) -> list[str]:
    return list(dict.fromkeys(name for index, name in enumerate(names) if name in names[:index]))

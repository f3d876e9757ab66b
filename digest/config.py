"""config.toml -> Config: every mistake at once, with the dotted key, the value and the cure.

Only this module reads the file, and only at the start of a command;
secrets are read where they are used, by ``secret``, and appear in no error.
"""

# Without postponed annotations: ``values.keys`` reads the kinds out of them.

import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from . import checks, mistakes, units, values, wanted
from .errors import ConfigError
from .values import (
    arguments,
    clock,
    duration,
    duration_or_ever,
    keys_of,
    named,
    numbered,
    one_of,
    path,
    several,
    size,
    some,
    table,
    text,
    told_apart,
    whole,
    whole_table,
    yes_or_no,
)

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ANYBODY = "reader@localhost"
"""The recipient of mails that only go into a folder, where the file names none."""

# --- Kinds of values ----------------------------------------------------------------------------

_line = text(units.one_line)
_address = text(units.web_address)
_mailbox = text(units.mail_address)
_zone = text(units.zone)
_variable = text(units.variable)
_word = text(units.one_line, wanted.word)


def _in_order(days: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
    return tuple(day for day in WEEKDAYS if day in days)


# --- The model ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Fetch:
    """How feeds are asked."""

    every: Annotated[timedelta, duration("15m", "24h")] = timedelta(hours=1)
    timeout: Annotated[timedelta, duration("1s", "10m")] = timedelta(seconds=60)
    max_size: Annotated[int, size(10_000, 1_000_000_000)] = 15_000_000
    at_once: Annotated[int, whole(1, 256)] = 32
    contact: Annotated[str | None, text(units.contact)] = None
    spacing: Annotated[timedelta, duration("0s", "10m")] = timedelta(seconds=1)
    allow: Annotated[tuple[str, ...], several(text(units.exception))] = ()
    proxy: Annotated[str | None, text(units.proxy)] = None


@dataclass(frozen=True, kw_only=True)
class Feed:
    """One subscription."""

    url: Annotated[str, _address]
    title: Annotated[str | None, _line] = None
    section: Annotated[str, _line] = "News"
    every: Annotated[timedelta | None, duration("15m", "7d")] = None
    private: Annotated[bool, yes_or_no] = False
    auth_user: Annotated[str | None, _line] = None
    auth_password_file: Annotated[Path | None, path] = None
    auth_password_env: Annotated[str | None, _variable] = None
    group: Annotated[bool, yes_or_no] = True
    starred: Annotated[bool, yes_or_no] = False
    only: Annotated[tuple[str, ...] | None, several(_word, some)] = None
    skip: Annotated[tuple[str, ...], several(_word)] = ()


@dataclass(frozen=True, kw_only=True)
class Section:
    """What holds for all feeds of one section."""

    group: Annotated[bool, yes_or_no] = True


@dataclass(frozen=True, kw_only=True)
class Threads:
    """How items become stories, and stories threads; ``Threads()`` is what everybody gets who sets nothing."""

    grouping: Annotated[Literal["careful", "normal", "eager"], one_of("careful", "normal", "eager")] = "normal"
    story_window: Annotated[timedelta, duration("6h", "30d")] = timedelta(hours=72)
    window: Annotated[timedelta, duration("7d", "3650d")] = timedelta(days=180)


@dataclass(frozen=True, kw_only=True)
class Retention:
    """How long items are kept."""

    items: Annotated[timedelta | None, duration_or_ever("60d", "36500d")] = timedelta(days=365)
    """None: for ever."""


@dataclass(frozen=True, kw_only=True)
class Digest:
    """One configured publication."""

    name: str = "daily"
    title: Annotated[str, _line] = "Daily digest"
    at: Annotated[time, clock] = time(7, 0)
    days: Annotated[tuple[Weekday, ...], several(one_of(*WEEKDAYS), some, _in_order)] = WEEKDAYS
    timezone: Annotated[str, _zone] = "UTC"
    language: Annotated[str, text(units.language)] = "en"
    sections: Annotated[tuple[str, ...] | None, several(_line, some)] = None
    feeds: Annotated[tuple[str, ...] | None, several(_line, some)] = None
    follow: Annotated[tuple[str, ...], several(_word)] = ()
    mute: Annotated[tuple[str, ...], several(_word)] = ()
    sender: Annotated[str, _mailbox, "from"] = "digest@localhost"
    to: Annotated[tuple[str, ...], several(_mailbox)] = ()
    deliver: Annotated[tuple[str, ...], several(text())] = ()
    top: Annotated[int, whole(0, 100)] = 7
    per_feed: Annotated[int, whole(1, 1000)] = 10
    nothing_new: Annotated[Literal["silent", "mail"], one_of("silent", "mail")] = "silent"
    templates: Annotated[Path | None, path] = None
    intro: Annotated[str | None, text()] = None
    footer: Annotated[str | None, text()] = None
    blurbs: Annotated[dict[str, str], named(text())] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SmtpTransport:
    type: Annotated[Literal["smtp"], one_of("smtp")]
    host: Annotated[str, text(units.host)]
    port: Annotated[int | None, whole(1, 65535)] = None
    security: Annotated[Literal["starttls", "tls", "none"], one_of("starttls", "tls", "none")] = "starttls"
    username: Annotated[str | None, _line] = None
    password_file: Annotated[Path | None, path] = None
    password_env: Annotated[str | None, _variable] = None
    timeout: Annotated[timedelta, duration("1s", "10m")] = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True)
class MaildirTransport:
    type: Annotated[Literal["maildir"], one_of("maildir")]
    folder: Annotated[Path, path]


@dataclass(frozen=True, kw_only=True)
class FilesTransport:
    type: Annotated[Literal["files"], one_of("files")]
    folder: Annotated[Path, path]


@dataclass(frozen=True, kw_only=True)
class SendmailTransport:
    type: Annotated[Literal["sendmail"], one_of("sendmail")]
    program: Annotated[Path, path] = Path("/usr/sbin/sendmail")
    timeout: Annotated[timedelta, duration("1s", "10m")] = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class CommandTransport:
    type: Annotated[Literal["command"], one_of("command")]
    command: Annotated[tuple[str, ...], arguments]
    timeout: Annotated[timedelta, duration("1s", "10m")] = timedelta(seconds=60)


Transport = SmtpTransport | SendmailTransport | CommandTransport | MaildirTransport | FilesTransport
TRANSPORTS: Mapping[str, type[Transport]] = {
    "smtp": SmtpTransport,
    "sendmail": SendmailTransport,
    "command": CommandTransport,
    "maildir": MaildirTransport,
    "files": FilesTransport,
}


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """Who is told, and how, when the digests themselves cannot tell."""

    after: Annotated[timedelta, duration("12h", "30d")] = timedelta(days=2)
    transport: Annotated[str | None, text()] = None
    to: Annotated[tuple[str, ...], several(_mailbox)] = ()
    sender: Annotated[str | None, _mailbox, "from"] = None
    command: Annotated[tuple[str, ...] | None, arguments] = None
    ping: Annotated[str | None, _address] = None


@dataclass(frozen=True, kw_only=True)
class Web:
    address: Annotated[str, text(units.endpoint)] = "127.0.0.1:8080"
    base_url: Annotated[str | None, text(units.site_address)] = None
    noindex: Annotated[bool, yes_or_no] = True
    images: Annotated[bool, yes_or_no] = False
    password_file: Annotated[Path | None, path] = None
    password_env: Annotated[str | None, _variable] = None
    identity_header: Annotated[str | None, text(units.header_name)] = None
    owners: Annotated[tuple[str, ...], several(_line)] = ()
    trusted_proxies: Annotated[tuple[str, ...], several(text(units.network))] = ()
    protected: Annotated[bool, yes_or_no] = False
    token_file: Annotated[Path | None, path] = None
    token_env: Annotated[str | None, _variable] = None


@dataclass(frozen=True, kw_only=True)
class Config:
    path: Path
    database: Annotated[Path, path]
    timezone: Annotated[str, _zone] = "UTC"
    templates: Annotated[Path | None, path] = None
    fetch: Annotated[Fetch, table(Fetch)] = Fetch()
    feeds: Annotated[tuple[Feed, ...], numbered(whole_table(Feed))] = ()
    sections: Annotated[dict[str, Section], named(whole_table(Section))] = field(default_factory=dict)
    threads: Annotated[Threads, table(Threads)] = Threads()
    families: Annotated[dict[str, tuple[str, ...]], named(several(text(units.member)))] = field(default_factory=dict)
    digests: Annotated[dict[str, Digest], named(keys_of(Digest), instead={})] = field(default_factory=dict)
    transports: Annotated[dict[str, Transport], named(told_apart(TRANSPORTS))] = field(default_factory=dict)
    retention: Annotated[Retention, table(Retention)] = Retention()
    alarm: Annotated[Alarm, table(Alarm)] = Alarm()
    web: Annotated[Web, table(Web)] = Web()


# --- What follows from it -----------------------------------------------------------------------


def grouped(settings: Config, feed: Feed) -> bool:
    """Whether items of this feed may share a story: neither the feed nor its section says ``group = false``."""
    section = settings.sections.get(feed.section)
    return feed.group and (section is None or section.group)


def feeds_of(settings: Config, digest: Digest) -> list[Feed]:
    """The feeds of a digest, in the order of the file: those of its sections and those it names; all without either."""
    if digest.sections is None and digest.feeds is None:
        return list(settings.feeds)
    sections = digest.sections or ()
    return [
        feed
        for feed in settings.feeds
        if feed.section in sections or any(units.names_feed(name, feed.url, feed.title) for name in digest.feeds or ())
    ]


def digests_of(settings: Config, transport: str) -> list[Digest]:
    """The digests that a transport carries: only they may appear in its folder."""
    return [digest for digest in settings.digests.values() if transport in digest.deliver]


def outlet_key(families: Mapping[str, Sequence[str]], outlet: str, feed: Feed | None = None) -> str:
    """What an outlet is counted by: the name of its family, or the outlet itself where it has none.

    ``outlet`` is as stored with an item. A feed on a platform is its own outlet (``feed:ID``) and belongs to the family
    that names its title, so ``feed`` is needed for those.
    """
    if not families:
        return outlet
    alone = outlet.startswith("feed:")
    name = (units.member(feed.title) if feed and feed.title else None) if alone else outlet
    for family, members in families.items():
        # "news.example.com" may be written for the outlet "example.com", which has no other key
        if name in members or (not alone and any(one.endswith(f".{outlet}") for one in members)):
            return family
    return outlet


# --- Reading ------------------------------------------------------------------------------------


def find(path: Path | None, environ: Mapping[str, str]) -> Path:
    """The file to use: the one given, else ``DIGEST_CONFIG``, else ``config.toml`` here; raises ConfigError."""
    named = path or (Path(environ["DIGEST_CONFIG"]) if environ.get("DIGEST_CONFIG") else None)
    found = named or Path("config.toml")
    if found.is_dir():
        found /= "config.toml"
    if not found.exists():
        why = "" if path else " (DIGEST_CONFIG names it)" if named else " in this folder"
        raise ConfigError(str(found), [f"there is no such file{why}; `digest init` writes one to start from"])
    return found.absolute()


def load(path: Path) -> Config:
    """Read and check a configuration file; raises ConfigError with every mistake in it.

    Every path in the result is absolute, every digest has its own name, zone, transports and recipients.
    """
    return _judged(_read(path), path)


def check_text(text: str, path: Path) -> None:
    """Raises ConfigError as ``load`` would if this text stood in the file."""
    _judged(_tables(text, path), path)


def _judged(raw: Mapping[str, Any], path: Path) -> Config:
    """What is left without the wrong values is checked as well, so that all mistakes come at once."""
    reading = values.Reading(path.absolute().parent)
    found = reading.table(Config, {"database": "digest.db", **raw})
    feeds = found.pop("feeds", {})
    found = _completed(found, path.absolute().parent)
    settings = Config(path=path.absolute(), feeds=tuple(feeds.values()), **found)
    told = _told(reading, raw)
    told += _others(told, checks.problems(settings, raw, list(feeds)))
    if told:
        raise ConfigError(str(path), told)
    return settings


def _told(reading: values.Reading, raw: Mapping[str, Any]) -> list[str]:
    return [f"{mistakes.dotted(place, raw)}: {sentence}" for place, sentence in reading.mistakes]


def _others(told: Iterable[str], problems: Iterable[checks.Problem]) -> list[str]:
    """Lines for the problems of keys of which nothing is told yet."""
    known = {line.partition(": ")[0] for line in told}
    return [f"{key}: {problem}" for key, problem in problems if key not in known]


def feed(**given: str | bool | None) -> Feed:
    """A subscription that is not in a file yet; raises ConfigError."""
    reading = values.Reading()
    found = reading.table(Feed, {key: value for key, value in given.items() if value is not None})
    if reading.mistakes:
        raise ConfigError("the feed", _told(reading, given))
    return Feed(**found)


def threads_with(changes: Iterable[str]) -> Threads:
    """The default but for changes like ``threads.window=1000d``; raises ConfigError with every mistake in them."""
    written: dict[str, str] = {}
    wrong: list[str] = []
    for change in changes:
        key, equals, value = change.partition("=")
        head, _, name = key.strip().partition(".")
        if head != "threads" or not name or not equals:
            told = "write a key of [threads] and its value, like threads.grouping=eager"
            wrong.append(f"{units.shown(change)}: {told}")
        elif name in written and written[name] != value.strip():
            wrong.append(f"threads.{name}: is set twice; write it once")
        else:
            written[name] = value.strip()
    raw = {"threads": written}
    reading = values.Reading()
    threads: Threads = reading.inside("threads", table(Threads), written)
    lines = _told(reading, raw)
    wrong += lines + _others(lines, checks.windows(threads))
    if wrong:
        raise ConfigError("--set", wrong)
    return threads


def secret(transport: SmtpTransport, environ: Mapping[str, str] | None = None) -> str | None:
    """The password, read now from its file or variable; None without one; raises ConfigError, which never shows it."""
    where = f"the password for {transport.host}"
    return _password(where, "", transport.password_file, transport.password_env, environ)


def login(feed: Feed, environ: Mapping[str, str] | None = None, *, discreet: bool = True) -> tuple[str, str] | None:
    """User name and password of a feed's ``auth_*`` keys, the password read now; None without them.

    Raises ConfigError, which shows neither the password nor the feed's address; with ``discreet`` no path of this
    machine either, as what a feed fails of stands on public pages.
    """
    where = f"the password for {feed.title or units.host_of(feed.url)}"
    by_file, by_env = feed.auth_password_file, feed.auth_password_env
    password = _password(where, "auth_", by_file, by_env, environ, discreet=discreet)
    return None if feed.auth_user is None or password is None else (feed.auth_user, password)


def owner_password(web: Web, environ: Mapping[str, str] | None = None) -> str | None:
    """The password of the pages' owner, read now; None without one; raises ConfigError, which never shows it."""
    return _password("the password of [web]", "", web.password_file, web.password_env, environ)


def reading_token(web: Web, environ: Mapping[str, str] | None = None) -> str | None:
    """The token that opens protected pages to programs, read now; None without one; raises ConfigError."""
    return _password("the token of [web]", "", web.token_file, web.token_env, environ, kind="token")


def _password(
    where: str,
    prefix: str,
    file: Path | None,
    variable: str | None,
    environ: Mapping[str, str] | None,
    *,
    kind: str = "password",
    discreet: bool = False,
) -> str | None:
    by_file, by_env = f"{prefix}{kind}_file", f"{prefix}{kind}_env"
    if variable is not None:
        text = (os.environ if environ is None else environ).get(variable)
        if not text:
            raise ConfigError(where, [f"{by_env}: no such variable is set; set it, or use {by_file}"])
        return text
    if file is None:
        return None
    named = "" if discreet else f" '{file}'"
    try:
        text = file.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise ConfigError(where, [f"{by_file}: {_unread(error, named)}"]) from None
    except UnicodeDecodeError:
        raise ConfigError(where, [f"{by_file}: the file{named} is not text in UTF-8"]) from None
    if not text:
        raise ConfigError(where, [f"{by_file}: the file{named} is empty; write the {kind} into it"])
    return text


def _unread(error: OSError, named: str) -> str:
    if isinstance(error, FileNotFoundError):
        return f"there is no {'file' if named else 'such file'}{named}; relative paths start at the folder of the file"
    reason = (error.strerror or "an error of the disk").lower()
    return f"the file{named} cannot be read ({reason}); let this user read it"


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(str(path), ["there is no such file; `digest init` writes one to start from"]) from None
    except OSError as error:
        raise ConfigError(str(path), [f"cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ConfigError(str(path), [f"line {line}: not UTF-8; save the file in this encoding"]) from None
    return _tables(text, path)


def _tables(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ConfigError(str(path), ["tables or lists are nested too deeply; write them side by side"]) from None
    except tomllib.TOMLDecodeError as error:
        what, _, position = str(error).removesuffix(")").rpartition(" (at ")
        # What is most often behind it: text without quotes.
        cure = '; text stands in quotes, like "..."' if what == "Invalid value" else ""
        raise ConfigError(str(path), [f"{position}: {what}{cure}" if what else str(error)]) from None
    except ValueError:  # Python reads no number of more than 4,300 digits
        raise ConfigError(str(path), ["there is a number of thousands of digits; write a smaller one"]) from None


def _completed(found: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Fills in what the file leaves out."""
    transports: dict[str, Transport] = found.get("transports") or {
        "site": FilesTransport(type="files", folder=folder / "public"),
        "outbox": MaildirTransport(type="maildir", folder=folder / "outbox"),
    }
    digests = {}
    for name, own in (found.get("digests") or {"daily": {}}).items():
        deliver = own.get("deliver", tuple(transports))
        types = {transports[one].type for one in deliver if one in transports}
        filled = {"name": name, "timezone": found.get("timezone", "UTC"), **own, "deliver": deliver}
        if not own.get("to") and "maildir" in types and not types & checks.SENDING:
            filled["to"] = (ANYBODY,)
        digests[name] = Digest(**filled)
    return {"database": folder / "digest.db", **found, "digests": digests, "transports": transports}

"""config.toml -> Config: every mistake at once, with the dotted key, the value and the cure.

Only this module reads the file, and only at the start of a command;
secrets are read where they are used, by ``secret``, and appear in no error.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

# Before pydantic is imported: it would look through every installed package for plugins, which nobody wants here.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
)

from . import checks, mistakes, units, wanted
from .errors import ConfigError

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ANYBODY = "reader@localhost"
"""The recipient of mails that only go into a folder, where the file names none."""

# --- Kinds of values ----------------------------------------------------------------------------


def _duration(value: object) -> timedelta:
    return value if isinstance(value, timedelta) else units.duration(str(value))


def _not_shorter(value: timedelta, info: ValidationInfo) -> timedelta:
    """A matter is remembered at least as long as one of its stories can grow."""
    story: timedelta = info.data.get("story_window", value)
    if value < story:
        told = f"'{units.spelt(value)}' is shorter than story_window, which is '{units.spelt(story)}'"
        raise ValueError(f"{told}; write at least '{units.spelt(story)}'")
    return value


def _within(least: str, most: str) -> AfterValidator:
    """A duration between two others, both allowed."""
    low, high = units.duration(least), units.duration(most)

    def check(value: timedelta) -> timedelta:
        if not low <= value <= high:
            raise ValueError(f"'{units.spelt(value)}' is out of range; write at least '{least}' and at most '{most}'")
        return value

    return AfterValidator(check)


def _age(value: object) -> timedelta | None:
    return None if value is None or value == "forever" else _duration(value)


def _between_or_ever(least: str, most: str) -> AfterValidator:
    """A duration between two others, or None, which is for ever."""
    check = _within(least, most).func

    def between(value: timedelta | None) -> timedelta | None:
        try:
            return None if value is None else check(value)  # type: ignore[call-arg]
        except ValueError as error:
            raise ValueError(f"{error}, or 'forever'") from None

    return AfterValidator(between)


def _size(value: object, info: ValidationInfo) -> object:
    # A bare number is bytes in Python; in the file it would be a guess.
    return units.size(str(value)) if isinstance(value, str) or info.context else value


def _clock(value: object) -> time:
    value = value if isinstance(value, time) else units.clock(str(value))
    if value.second or value.microsecond or value.tzinfo:
        raise ValueError(f"'{value}' is finer than a minute; write it like '07:00'")
    return value


def _beside_file(value: Path, info: ValidationInfo) -> Path:
    """Relative paths start at the folder of the file; outside ``load`` a path stays as it is."""
    if info.context is None:
        return value
    try:
        return Path(os.path.normpath(info.context["folder"] / value.expanduser()))
    except RuntimeError:
        raise ValueError("nobody with this name has a home folder here; write the whole path") from None


def _some_path(value: object) -> object:
    if value == "" or (isinstance(value, str) and "\0" in value):
        raise ValueError("this is not a path; write the name of a file or folder")
    return value


def _some(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("an empty list; name at least one, or leave the key away")
    return names


def _arguments(command: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    """A program and its arguments; a program given with a path is looked for as every path of the file is."""
    if not command[0].strip() or any("\0" in one for one in command):
        raise ValueError('this is no command; write the program and its arguments, like ["msmtp", "--", "{recipient}"]')
    program = command[0]
    return (str(_beside_file(Path(program), info)) if "/" in program else program, *command[1:])


def _in_order(days: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
    return tuple(day for day in WEEKDAYS if day in days)


Line = Annotated[str, AfterValidator(units.one_line)]
Word = Annotated[str, AfterValidator(units.one_line), AfterValidator(wanted.word)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
WebAddress = Annotated[str, AfterValidator(units.web_address)]
Mailbox = Annotated[str, AfterValidator(units.mail_address)]
Zone = Annotated[str, AfterValidator(units.zone)]
FilePath = Annotated[Path, BeforeValidator(_some_path), AfterValidator(_beside_file)]
Member = Annotated[str, AfterValidator(units.member)]
Arguments = Annotated[tuple[str, ...], AfterValidator(_some), AfterValidator(_arguments)]
Days = Annotated[tuple[Weekday, ...], AfterValidator(_some), AfterValidator(_in_order)]

# --- The model ----------------------------------------------------------------------------------


class Settings(BaseModel):
    """Frozen; an unknown key is a mistake, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


class Fetch(Settings):
    """How feeds are asked."""

    every: Annotated[Duration, _within("15m", "24h")] = timedelta(hours=1)
    timeout: Annotated[Duration, _within("1s", "10m")] = timedelta(seconds=60)
    max_size: Annotated[int, BeforeValidator(_size), Field(strict=True, ge=10_000, le=1_000_000_000)] = 15_000_000
    at_once: Annotated[int, Field(strict=True, ge=1, le=256)] = 32
    contact: Annotated[str, AfterValidator(units.contact)] | None = None
    spacing: Annotated[Duration, _within("0s", "10m")] = timedelta(seconds=1)
    allow: tuple[Annotated[str, AfterValidator(units.exception)], ...] = ()
    proxy: Annotated[str, AfterValidator(units.proxy)] | None = None


class Feed(Settings):
    """One subscription."""

    url: WebAddress
    title: Line | None = None
    section: Line = "News"
    every: Annotated[Duration, _within("15m", "7d")] | None = None
    private: Annotated[bool, Field(strict=True)] = False
    auth_user: Line | None = None
    auth_password_file: FilePath | None = None
    auth_password_env: Annotated[str, AfterValidator(units.variable)] | None = None
    group: Annotated[bool, Field(strict=True)] = True
    starred: Annotated[bool, Field(strict=True)] = False
    only: Annotated[tuple[Word, ...], AfterValidator(_some)] | None = None
    skip: tuple[Word, ...] = ()


class Section(Settings):
    """What holds for all feeds of one section."""

    group: Annotated[bool, Field(strict=True)] = True


class Threads(Settings):
    """How items become stories, and stories threads; ``Threads()`` is what everybody gets who sets nothing."""

    grouping: Literal["careful", "normal", "eager"] = "normal"
    story_window: Annotated[Duration, _within("6h", "30d")] = timedelta(hours=72)
    window: Annotated[Duration, _within("7d", "3650d"), AfterValidator(_not_shorter)] = timedelta(days=180)


class Retention(Settings):
    """How long items are kept."""

    items: Annotated[Duration | None, BeforeValidator(_age), _between_or_ever("60d", "36500d")] = timedelta(days=365)
    """None: for ever."""


class Digest(Settings):
    """One configured publication."""

    name: str = "daily"
    title: Line = "Daily digest"
    at: Annotated[time, BeforeValidator(_clock)] = time(7, 0)
    days: Days = WEEKDAYS
    timezone: Zone = "UTC"
    language: Annotated[str, AfterValidator(units.language)] = "en"
    sections: Annotated[tuple[Line, ...], AfterValidator(_some)] | None = None
    feeds: Annotated[tuple[Line, ...], AfterValidator(_some)] | None = None
    follow: tuple[Word, ...] = ()
    mute: tuple[Word, ...] = ()
    sender: Mailbox = Field(default="digest@localhost", alias="from")
    to: tuple[Mailbox, ...] = ()
    deliver: tuple[str, ...] = ()
    top: Annotated[int, Field(strict=True, ge=0, le=100)] = 7
    per_feed: Annotated[int, Field(strict=True, ge=1, le=1000)] = 10
    nothing_new: Literal["silent", "mail"] = "silent"
    templates: FilePath | None = None
    intro: str | None = None
    footer: str | None = None
    blurbs: dict[str, str] = {}


class SmtpTransport(Settings):
    type: Literal["smtp"]
    host: Annotated[str, AfterValidator(units.host)]
    port: Annotated[int, Field(strict=True, ge=1, le=65535)] | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: Line | None = None
    password_file: FilePath | None = None
    password_env: Annotated[str, AfterValidator(units.variable)] | None = None
    timeout: Annotated[Duration, _within("1s", "10m")] = timedelta(seconds=30)


class MaildirTransport(Settings):
    type: Literal["maildir"]
    folder: FilePath


class FilesTransport(Settings):
    type: Literal["files"]
    folder: FilePath


class SendmailTransport(Settings):
    type: Literal["sendmail"]
    program: FilePath = Path("/usr/sbin/sendmail")
    timeout: Annotated[Duration, _within("1s", "10m")] = timedelta(seconds=60)


class CommandTransport(Settings):
    type: Literal["command"]
    command: Arguments
    timeout: Annotated[Duration, _within("1s", "10m")] = timedelta(seconds=60)


Transport = Annotated[
    SmtpTransport | SendmailTransport | CommandTransport | MaildirTransport | FilesTransport,
    Field(discriminator="type"),
]


class Alarm(Settings):
    """Who is told, and how, when the digests themselves cannot tell."""

    after: Annotated[Duration, _within("12h", "30d")] = timedelta(days=2)
    transport: str | None = None
    to: tuple[Mailbox, ...] = ()
    sender: Mailbox | None = Field(default=None, alias="from")
    command: Arguments | None = None
    ping: WebAddress | None = None


class Web(Settings):
    address: Annotated[str, AfterValidator(units.endpoint)] = "127.0.0.1:8080"
    base_url: Annotated[str, AfterValidator(units.site_address)] | None = None
    noindex: Annotated[bool, Field(strict=True)] = True
    images: Annotated[bool, Field(strict=True)] = False
    password_file: FilePath | None = None
    password_env: Annotated[str, AfterValidator(units.variable)] | None = None
    identity_header: Annotated[str, AfterValidator(units.header_name)] | None = None
    owners: tuple[Line, ...] = ()
    trusted_proxies: tuple[Annotated[str, AfterValidator(units.network)], ...] = ()
    protected: Annotated[bool, Field(strict=True)] = False
    token_file: FilePath | None = None
    token_env: Annotated[str, AfterValidator(units.variable)] | None = None


class Config(Settings):
    # A table that is not in the file is made without a validator of its own, which costs 5 ms each to build.
    path: Path
    database: FilePath
    timezone: Zone = "UTC"
    templates: FilePath | None = None
    fetch: Fetch = Fetch.model_construct()
    feeds: tuple[Feed, ...] = ()
    sections: dict[str, Section] = {}
    threads: Threads = Threads.model_construct()
    families: dict[str, tuple[Member, ...]] = {}
    digests: dict[str, Digest] = {}
    transports: dict[str, Transport] = {}
    retention: Retention = Retention.model_construct()
    alarm: Alarm = Alarm.model_construct()
    web: Web = Web.model_construct()


TRANSPORTS: Mapping[str, type[Settings]] = {
    "smtp": SmtpTransport,
    "sendmail": SendmailTransport,
    "command": CommandTransport,
    "maildir": MaildirTransport,
    "files": FilesTransport,
}
_GIVEN: Mapping[type[Settings], frozenset[str]] = {Config: frozenset({"path"}), Digest: frozenset({"name"})}
"""Fields that are filled in by ``load`` and are no keys of the file."""


def keys(model: type[Settings]) -> list[str]:
    """The keys of one table as the file spells them, in the model's order."""
    given = _GIVEN.get(model, frozenset())
    return [field.alias or name for name, field in model.model_fields.items() if name not in given]


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
    _judged(tomllib.loads(text), path)


def _judged(raw: dict[str, Any], path: Path) -> Config:
    found = _unknown_but_accepted(raw)
    context = {"folder": path.absolute().parent}
    given = {"database": "digest.db", **raw, "path": path.absolute()}
    try:
        settings = Config.model_validate(given, context=context)
    except ValidationError as error:
        wrong = error.errors(include_url=False)
        found += mistakes.lines(wrong, raw, _keys_at)
        # What is left after taking the mistakes out is checked as well, so that all of them come at once.
        settings = Config.model_validate(_without(given, [one["loc"] for one in wrong]), context=context)
    settings = _completed(settings)
    told = {line.partition(": ")[0] for line in found}
    found += [f"{key}: {text}" for key, text in checks.problems(settings, raw) if key not in told]
    if found:
        raise ConfigError(str(path), found)
    return settings


def feed(**values: str | bool | None) -> Feed:
    """A subscription that is not in a file yet; raises ConfigError."""
    try:
        return Feed.model_validate({key: value for key, value in values.items() if value is not None})
    except ValidationError as error:
        raise ConfigError("the feed", mistakes.lines(error.errors(include_url=False), dict(values), _keys_at)) from None


def threads_with(changes: Iterable[str]) -> Threads:
    """The default but for changes like ``threads.window=1000d``; raises ConfigError with every mistake in them."""
    written: dict[str, str] = {}
    wrong: list[str] = []
    for change in changes:
        key, equals, value = change.partition("=")
        table, _, name = key.strip().partition(".")
        if table != "threads" or not name or not equals:
            told = "write a key of [threads] and its value, like threads.grouping=eager"
            wrong.append(f"{units.shown(change)}: {told}")
        elif name in written and written[name] != value.strip():
            wrong.append(f"threads.{name}: is set twice; write it once")
        else:
            written[name] = value.strip()
    raw = {"threads": written}
    try:
        threads = Config.model_validate({"path": Path(), "database": Path(), **raw}).threads
    except ValidationError as error:
        wrong += mistakes.lines(error.errors(include_url=False), raw, _keys_at)
    if wrong:
        raise ConfigError("--set", wrong)
    return threads


def secret(transport: SmtpTransport, environ: Mapping[str, str] | None = None) -> str | None:
    """The password, read now from its file or variable; None without one; raises ConfigError, which never shows it."""
    where = f"the password for {transport.host}"
    return _password(where, "", transport.password_file, transport.password_env, environ)


def login(feed: Feed, environ: Mapping[str, str] | None = None) -> tuple[str, str] | None:
    """User name and password of a feed's ``auth_*`` keys, the password read now; None without them.

    Raises ConfigError, which shows neither the password nor the feed's address.
    """
    where = f"the password for {feed.title or units.host_of(feed.url)}"
    password = _password(where, "auth_", feed.auth_password_file, feed.auth_password_env, environ)
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
) -> str | None:
    by_file, by_env = f"{prefix}{kind}_file", f"{prefix}{kind}_env"
    if variable is not None:
        text = (os.environ if environ is None else environ).get(variable)
        if not text:
            raise ConfigError(where, [f"{by_env}: no such variable is set; set it, or use {by_file}"])
        return text
    if file is None:
        return None
    try:
        text = file.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise ConfigError(where, [f"{by_file}: {reason}; relative paths start at the folder of the file"]) from None
    except UnicodeDecodeError:
        raise ConfigError(where, [f"{by_file}: this is not text in UTF-8"]) from None
    if not text:
        raise ConfigError(where, [f"{by_file}: the file is empty; write the {kind} into it"])
    return text


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(str(path), ["there is no such file; `digest init` writes one to start from"]) from None
    except OSError as error:
        raise ConfigError(str(path), [f"cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ConfigError(str(path), [f"line {line}: not UTF-8; save the file in this encoding"]) from None
    except tomllib.TOMLDecodeError as error:
        text, _, position = str(error).removesuffix(")").rpartition(" (at ")
        # What is most often behind it: text without quotes.
        cure = '; text stands in quotes, like "..."' if text == "Invalid value" else ""
        raise ConfigError(str(path), [f"{position}: {text}{cure}" if text else str(error)]) from None


def _unknown_but_accepted(raw: dict[str, Any]) -> list[str]:
    """Takes out what the model would accept from Python but the file does not have; returns the lines to tell."""
    told = [f"path: {mistakes.unknown('path', keys(Config))}"] if raw.pop("path", None) is not None else []
    digests = raw.get("digests")
    for name, digest in digests.items() if isinstance(digests, dict) else ():
        for key in ("name", "sender"):
            if isinstance(digest, dict) and digest.pop(key, None) is not None:
                told.append(f"digests.{name}.{key}: {mistakes.unknown(key, keys(Digest))}")
    return told


def _keys_at(place: mistakes.Location) -> list[str]:
    """The keys that are known at a place of the file."""
    match place:
        case ("feeds", *_):
            return keys(Feed)
        case ("digests", *_):
            return keys(Digest)
        case ("transports", _, str(kind), *_) if kind in TRANSPORTS:
            return keys(TRANSPORTS[kind])
        case ("fetch", *_):
            return keys(Fetch)
        case ("sections", *_):
            return keys(Section)
        case ("threads", *_):
            return keys(Threads)
        case ("alarm", *_):
            return keys(Alarm)
        case ("web", *_):
            return keys(Web)
    return keys(Config)


def _without(given: Mapping[str, Any], places: Sequence[mistakes.Location]) -> dict[str, Any]:
    """The file without its wrong values: a wrong feed or transport is left out whole, else the one key."""
    left = dict(given)
    for name in {place[0] for place in places if isinstance(place[0], str)}:
        inside = {place[1] for place in places if place[0] == name and len(place) > 1}
        value = left.pop(name)
        if isinstance(value, list) and inside:
            left[name] = [one for index, one in enumerate(value) if index not in inside]
        elif isinstance(value, dict) and inside:
            kept = {key: one for key, one in value.items() if key not in inside}
            if name == "digests":
                kept |= {str(key): _partly(value[key], key, places) for key in inside}
            left[name] = kept
    return {"database": "digest.db", **left}


def _partly(digest: Any, name: int | str, places: Sequence[mistakes.Location]) -> dict[str, Any]:
    if not isinstance(digest, dict):
        return {}
    wrong = {place[2] for place in places if place[:2] == ("digests", name) and len(place) > 2}
    return {key: value for key, value in digest.items() if key not in wrong}


def _completed(settings: Config) -> Config:
    """Fills in what the file leaves out."""
    folder = settings.path.parent
    transports = settings.transports or {
        "site": FilesTransport(type="files", folder=folder / "public"),
        "outbox": MaildirTransport(type="maildir", folder=folder / "outbox"),
    }
    digests = {}
    for name, digest in (settings.digests or {"daily": Digest()}).items():
        given = digest.model_fields_set
        deliver = digest.deliver if "deliver" in given else tuple(transports)
        types = {transports[one].type for one in deliver if one in transports}
        own = {"name": name, "deliver": deliver}
        if "timezone" not in given:
            own["timezone"] = settings.timezone
        if not digest.to and "maildir" in types and not types & checks.SENDING:
            own["to"] = (ANYBODY,)
        digests[name] = digest.model_copy(update=own)
    return settings.model_copy(update={"digests": digests, "transports": transports})

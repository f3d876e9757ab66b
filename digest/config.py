"""config.toml -> Config: every mistake at once, with the dotted key, the value and the cure."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Settings(BaseModel):
    """Frozen; an unknown key is a mistake, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Fetch(Settings):
    """How feeds are asked."""

    every: timedelta = timedelta(hours=1)
    timeout: timedelta = timedelta(seconds=60)
    max_size: int = 15_000_000
    at_once: int = 32
    contact: str | None = None
    spacing: timedelta = timedelta(seconds=1)
    allow: tuple[str, ...] = ()


class Feed(Settings):
    """One subscription."""

    url: str
    title: str | None = None
    section: str = "News"
    every: timedelta | None = None
    private: bool = False


class Digest(Settings):
    """One configured publication."""

    name: str = "daily"
    title: str = "Daily digest"
    at: time = time(7, 0)
    days: tuple[Weekday, ...] = WEEKDAYS
    timezone: str = "UTC"
    language: str = "en"
    sections: tuple[str, ...] | None = None
    sender: str = Field(default="digest@localhost", alias="from")
    to: tuple[str, ...] = ()
    deliver: tuple[str, ...] = ()
    top: int = 7
    per_feed: int = 10
    intro: str | None = None
    footer: str | None = None
    blurbs: dict[str, str] = {}


class SmtpTransport(Settings):
    type: Literal["smtp"]
    host: str
    port: int | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password_file: Path | None = None
    password_env: str | None = None
    timeout: timedelta = timedelta(seconds=30)


class MaildirTransport(Settings):
    type: Literal["maildir"]
    folder: Path


class FilesTransport(Settings):
    type: Literal["files"]
    folder: Path


Transport = Annotated[SmtpTransport | MaildirTransport | FilesTransport, Field(discriminator="type")]


class Web(Settings):
    address: str = "127.0.0.1:8080"
    base_url: str | None = None


class Config(Settings):
    path: Path
    database: Path
    timezone: str = "UTC"
    templates: Path | None = None
    fetch: Fetch = Fetch()
    feeds: tuple[Feed, ...] = ()
    digests: dict[str, Digest] = {}
    transports: dict[str, Transport] = {}
    web: Web = Web()


def load(path: Path) -> Config:
    """Read and check a configuration file; raises ConfigError."""
    raise NotImplementedError

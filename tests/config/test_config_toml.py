"""The shipped example and the page on the configuration, compared with the model."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from digest import checks, config, units, values

TOP = Path(__file__).parents[2]
EXAMPLE = (TOP / "config.toml").read_text(encoding="utf-8")
PAGE = (TOP / "docs" / "configuration.md").read_text(encoding="utf-8")

TABLES = {
    "": config.Config,
    "[fetch]": config.Fetch,
    "[[feeds]]": config.Feed,
    "[sections.Science]": config.Section,
    "[threads]": config.Threads,
    "[digests.": config.Digest,
    "[transports.site]": config.FilesTransport,
    "[transports.outbox]": config.MaildirTransport,
    "[transports.mail]": config.SmtpTransport,
    "[transports.local]": config.SendmailTransport,
    "[transports.pipe]": config.CommandTransport,
    "[retention]": config.Retention,
    "[alarm]": config.Alarm,
    "[web]": config.Web,
}
HEADINGS = {
    "## Top of the file": config.Config,
    "## `[fetch]`": config.Fetch,
    "## `[[feeds]]`": config.Feed,
    "## `[sections.NAME]`": config.Section,
    "## `[threads]`": config.Threads,
    "## `[digests.NAME]`": config.Digest,
    '### `type = "files"`': config.FilesTransport,
    '### `type = "maildir"`': config.MaildirTransport,
    '### `type = "smtp"`': config.SmtpTransport,
    '### `type = "sendmail"`': config.SendmailTransport,
    '### `type = "command"`': config.CommandTransport,
    "## `[retention]`": config.Retention,
    "## `[alarm]`": config.Alarm,
    "## `[web]`": config.Web,
}


def everything_switched_on() -> str:
    """The example with every commented key in force: a line that stands there twice keeps its last form."""
    lines: list[str] = []
    for line in EXAMPLE.splitlines():
        bare = re.sub(r"^# (?=\[(?:transports|sections)\.|[A-Za-z_]+ = )", "", line)
        key = re.match(r"[A-Za-z_]+ = ", bare)
        if bare.startswith("["):
            lines.append(bare)
        elif key:
            start = max((index for index, one in enumerate(lines) if one.startswith("[")), default=0)
            lines = lines[:start] + [one for one in lines[start:] if not one.startswith(key[0])] + [bare]
    return "\n".join(lines)


def shown_keys(head: str) -> set[str]:
    """Keys of one table of the example, present or commented."""
    document = tomllib.loads(everything_switched_on())
    if head == "":
        return set(document)
    if head == "[[feeds]]":
        return {key for feed in document["feeds"] for key in feed}
    first, _, second = head.strip("[]").partition(".")
    table = document[first]
    if first == "digests":
        return set(table["daily"])
    return set(table[second] if second else table)


@pytest.mark.parametrize("head", TABLES)
def test_the_example_shows_every_key(head):
    assert shown_keys(head) == set(values.keys(TABLES[head]))


def test_the_example_works_as_it_stands(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    settings = config.load(path)
    assert 10 <= len(settings.feeds) <= 15
    assert {feed.section for feed in settings.feeds} == {"World", "Technology", "Science"}
    assert all(feed.url.startswith("https://") for feed in settings.feeds)
    assert settings.digests["daily"].deliver == ("site", "outbox")


def test_the_example_works_with_every_comment_switched_on(tmp_path):
    (tmp_path / "my-templates").mkdir()
    path = tmp_path / "config.toml"
    path.write_text(re.sub(r"(?m)^(?:password|token)_env.*$", "", everything_switched_on()), encoding="utf-8")
    settings = config.load(path)
    assert settings.digests["daily"].deliver == ("site", "mail")
    assert settings.digests["daily"].timezone == "America/New_York"
    assert settings.transports["mail"].port == 587
    assert settings.families == {"Example": ("example.com", "example.co.uk")}
    assert not settings.sections["Science"].group


def test_the_example_and_a_file_without_the_table_group_by_the_shipped_default(tmp_path):
    """One object of settings: what is measured as the default is what everybody runs who sets nothing."""
    path = tmp_path / "config.toml"
    for text in (EXAMPLE, ""):
        path.write_text(text, encoding="utf-8")
        assert config.load(path).threads == config.Threads()


@pytest.mark.parametrize("key", ["timeout", "max_size", "at_once", "spacing"])
def test_commented_values_are_the_defaults(key, tmp_path):
    written = tomllib.loads(everything_switched_on())["fetch"][key]
    value = getattr(config.Fetch(), key)
    assert written == value or (units.size if key == "max_size" else units.duration)(written) == value


@pytest.mark.parametrize("key", ["grouping", "story_window", "window"])
def test_commented_values_of_grouping_are_the_defaults(key):
    written = tomllib.loads(everything_switched_on())["threads"][key]
    assert written == getattr(config.Threads(), key) or units.duration(written) == getattr(config.Threads(), key)


def rows(heading: str) -> list[tuple[str, str]]:
    """(key, default) of the table below a heading of the page."""
    below = PAGE.split(f"\n{heading}\n", 1)[1]
    below = re.split(r"\n##", below, maxsplit=1)[0]
    return re.findall(r"^\| `(\w+)` \| (.*?) \|", below, re.MULTILINE)


@pytest.mark.parametrize("heading", HEADINGS)
def test_the_page_explains_every_key_in_the_order_of_the_model(heading):
    assert [key for key, _ in rows(heading)] == list(values.keys(HEADINGS[heading]))


@pytest.mark.parametrize("heading", HEADINGS)
def test_the_page_tells_the_defaults_of_the_model(heading):
    for key, told in rows(heading):
        model = HEADINGS[heading]
        known = values.keys(model)[key]
        assert (told == "needed") == (known.needed and key != "database"), key
        plain = re.fullmatch(r'`"?([^"`]*)"?`', told)
        if not plain or key == "database":
            continue
        default = getattr(model, known.field, None)
        if hasattr(default, "total_seconds"):
            assert units.duration(plain[1]) == default
        elif key == "max_size":
            assert units.size(plain[1]) == default
        elif key == "at":
            assert units.clock(plain[1]) == default
        else:
            assert plain[1] == {(): "[]", False: "false", True: "true"}.get(default, str(default)), key


def test_the_page_tells_which_names_no_digest_may_have():
    [told] = re.findall(r"small letters, digits and hyphens\. (.*?) and plain numbers belong", PAGE, re.DOTALL)
    assert set(re.findall(r"`([\w-]+)`", told)) == checks.RESERVED

"""Which change of the configuration is taken up, when, and in which words it is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from digest.cli.reload import AGAIN, Reloader, changes
from digest.config import Config, Digest, Feed, load

CONFIG = """
[[feeds]]
url = "https://coast.example/feed.xml?key=s3cret"

[[feeds]]
url = "https://valley.example/feed.xml"

[digests.daily]
at = "07:00"
to = ["me@example.org"]
deliver = ["outbox"]

[transports.outbox]
type = "maildir"
folder = "outbox"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    return path


@pytest.fixture
def reloader(config: Path, caplog: pytest.LogCaptureFixture) -> Reloader:
    caplog.set_level("INFO")
    made = Reloader(load(config))
    assert made.look() is made.look() is None
    return made


def settle(reloader: Reloader) -> Config | None:
    """What two looks take up, as two seconds bring them."""
    first = reloader.look()
    assert first is None
    second = reloader.look()
    return second.settings if second else None


def after(config: Path, *replaced: tuple[str, str]) -> Config:
    text = CONFIG
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    config.write_text(text)
    return load(config)


# --- when ---


def test_nothing_is_told_while_nothing_changes(reloader: Reloader, caplog: pytest.LogCaptureFixture) -> None:
    assert settle(reloader) is None
    assert caplog.messages == []


def test_a_change_between_reading_the_file_and_the_first_look_is_not_missed(config: Path) -> None:
    reloader = Reloader(load(config))
    config.write_text(CONFIG.replace("07:00", "09:00"))
    made = settle(reloader)
    assert made is not None
    assert f"{made.digests['daily'].at:%H:%M}" == "09:00"


def test_a_change_is_taken_up_once_it_is_complete(
    config: Path, reloader: Reloader, caplog: pytest.LogCaptureFixture
) -> None:
    """A file that is just being written is no mistake."""
    config.write_text(CONFIG.replace("07:00", "09:00")[:60])
    assert reloader.look() is None
    config.write_text(CONFIG.replace("07:00", "09:00"))
    assert settle(reloader) is not None
    assert caplog.messages == ["config.toml is in force: digests.daily.at"]
    assert settle(reloader) is None


def test_a_change_that_keeps_time_and_size_of_the_file_is_seen(config: Path, reloader: Reloader) -> None:
    before = config.stat()
    config.write_text(CONFIG.replace("07:00", "09:00"))
    os.utime(config, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert config.stat().st_size == before.st_size
    assert settle(reloader) is not None


def test_a_file_that_is_written_beside_and_renamed_is_seen(config: Path, reloader: Reloader) -> None:
    beside = config.with_name(".config.toml.swp")
    beside.write_text(CONFIG.replace("07:00", "09:00"))
    beside.replace(config)
    assert settle(reloader) is not None


def test_a_symbolic_link_that_leads_elsewhere_is_seen(tmp_path: Path) -> None:
    """As Kubernetes does it: config.toml -> ..data/config.toml, ..data -> a folder that is replaced."""
    for name, at in (("one", "07:00"), ("two", "09:00")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.toml").write_text(CONFIG.replace("07:00", at))
    (tmp_path / "data").symlink_to("one")
    (tmp_path / "config.toml").symlink_to("data/config.toml")
    reloader = Reloader(load(tmp_path / "config.toml"))
    assert settle(reloader) is None
    (tmp_path / "new").symlink_to("two")
    (tmp_path / "new").replace(tmp_path / "data")
    made = settle(reloader)
    assert made is not None
    assert f"{made.digests['daily'].at:%H:%M}" == "09:00"


def test_a_file_that_vanishes_for_a_moment_is_nothing_and_one_that_stays_away_is_told(
    config: Path, reloader: Reloader, caplog: pytest.LogCaptureFixture
) -> None:
    config.rename(config.with_suffix(".old"))
    assert reloader.look() is None
    config.with_suffix(".old").rename(config)
    assert settle(reloader) is None
    assert caplog.messages == []
    config.unlink()
    assert settle(reloader) is settle(reloader) is None
    [line] = caplog.messages
    assert "there is no such file" in line
    assert line.endswith("what was in force before stays so until this is mended")
    config.write_text(CONFIG)
    settle(reloader)
    assert caplog.messages[1:] == ["config.toml was read again: nothing changed"]


def test_a_file_with_mistakes_is_refused_and_told_once_with_all_of_them(
    config: Path, reloader: Reloader, caplog: pytest.LogCaptureFixture
) -> None:
    config.write_text(CONFIG.replace("07:00", "7am").replace('"maildir"', '"pigeon"'))
    assert settle(reloader) is settle(reloader) is None
    [line] = caplog.messages
    assert "digests.daily.at" in line
    assert "transports.outbox" in line
    config.write_text(CONFIG.replace("07:00", "09:00"))
    assert settle(reloader) is not None
    assert caplog.messages[1:] == ["config.toml is in force: digests.daily.at"]


def test_who_asks_is_answered_at_once_whatever_changed(
    config: Path, reloader: Reloader, caplog: pytest.LogCaptureFixture
) -> None:
    assert reloader.look(asked=True) is not None
    assert caplog.messages == ["config.toml was read again: nothing changed"]
    config.write_text(CONFIG.replace("07:00", "09:00"))
    made = reloader.look(asked=True)
    assert made is not None
    assert made.changes == ("digests.daily.at",)
    config.write_text("at = ")
    assert reloader.look(asked=True) is reloader.look(asked=True) is None
    assert len(caplog.messages) == 4


def test_what_needs_a_restart_is_told_and_stays_as_it_was(
    config: Path, reloader: Reloader, caplog: pytest.LogCaptureFixture
) -> None:
    before = load(config)
    after(
        config,
        ("[digests.daily]", '[web]\naddress = "127.0.0.1:9"\nbase_url = "https://news.example"\n[digests.daily]'),
    )
    config.write_text('database = "other.db"\n' + config.read_text())
    made = settle(reloader)
    assert made is not None
    assert (made.database, made.web.address) == (before.database, before.web.address)
    assert made.web.base_url == "https://news.example"
    assert caplog.messages == [
        "config.toml is in force: web.base_url",
        "config.toml: restart to apply database and web.address",
    ]


# --- templates ---


def test_a_template_that_changes_is_tried_and_one_that_breaks_is_told_once(
    config: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    folder = config.parent / "mine"
    folder.mkdir()
    config.write_text('templates = "mine"\n' + CONFIG)
    reloader = Reloader(load(config))
    settle(reloader)
    (folder / "email.txt.j2").write_text("{{ edition.title }}\n")
    assert settle(reloader) is not None
    assert caplog.messages == ["config.toml: templates or comments changed"]
    (folder / "email.txt.j2").write_text("{{ edition.titel }}\n")
    assert settle(reloader) is settle(reloader) is None
    assert "titel" in caplog.messages[1]
    (folder / "email.txt.j2").unlink()
    folder.rmdir()
    assert settle(reloader) is None
    assert "there is no folder" in caplog.messages[2]
    folder.mkdir()
    assert settle(reloader) is not None
    assert len(caplog.messages) == 4


def test_the_templates_of_one_digest_are_watched_and_tried_like_those_of_the_file(
    config: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    folder = config.parent / "mine"
    folder.mkdir()
    config.write_text(CONFIG.replace("[digests.daily]", '[digests.weekly]\n[digests.daily]\ntemplates = "mine"'))
    reloader = Reloader(load(config))
    settle(reloader)
    (folder / "email.txt.j2").write_text("{{ edition.titel }}\n")
    assert settle(reloader) is settle(reloader) is None
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("digest daily: ")
    (folder / "email.txt.j2").write_text("{{ edition.title }}\n")
    assert settle(reloader) is not None


def test_what_is_mended_elsewhere_is_noticed_after_some_looks(
    config: Path, reloader: Reloader, caplog: pytest.LogCaptureFixture
) -> None:
    config.write_text('templates = "mine"\n' + CONFIG)
    assert settle(reloader) is None
    assert not any(reloader.look() for _ in range(2 * AGAIN))
    assert len(caplog.messages) == 1
    (config.parent / "mine").mkdir()
    assert any(reloader.look() for _ in range(AGAIN))
    assert caplog.messages[1:] == ["config.toml is in force: templates"]


# --- in which words ---


@pytest.mark.parametrize(
    ("replaced", "told"),
    [
        ((("feed.xml?key=s3cret", "other.xml?key=s3cret"),), ["1 feed new", "1 feed gone"]),
        ((("[digests.daily]", '[[feeds]]\nurl = "https://third.example/x"\n[digests.daily]'),), ["1 feed new"]),
        ((('s3cret"', 's3cret"\ntitle = "Coast"'),), ["1 feed changed"]),
        ((("[digests.daily]", '[fetch]\nevery = "2h"\n[digests.daily]'),), ["fetch.every"]),
        ((("[digests.daily]", "[digests.weekly]\nto = ['a@b.org']\n[digests.daily]"),), ["digests.weekly is new"]),
        ((("[digests.daily]", "[digests.morning]"),), ["digests.daily is gone", "digests.morning is new"]),
        ((("me@example.org", "you@example.org"), ("07:00", "08:00")), ["digests.daily.at", "digests.daily.to"]),
        ((('"outbox"\n', '"elsewhere"\n'),), ["transports.outbox.folder"]),
        ((("[[feeds]]", "# two\n[[feeds]]"),), []),
    ],
)
def test_changes_are_told_by_key_and_never_by_value(
    config: Path, replaced: tuple[tuple[str, str], ...], told: list[str]
) -> None:
    old = load(config)
    found = list(changes(old, after(config, *replaced)))
    assert found == told
    assert "s3cret" not in "".join(found)


def test_another_order_is_a_change() -> None:
    def made(*names: str) -> Config:
        feeds = tuple(Feed(url=f"https://{one}.example/") for one in names)
        return Config(path=Path("c"), database=Path("d"), feeds=feeds, digests={one: Digest(name=one) for one in names})

    assert list(changes(made("a", "b"), made("b", "a"))) == ["order of the feeds", "order of the digests"]

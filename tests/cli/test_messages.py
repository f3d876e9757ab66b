"""What commands say: nothing secret, nothing to guess, and lines that can be copied."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.feedserver import Answer, FeedServer
from support.world import World, item

from digest import config
from digest.cli import run_command
from digest.cli.report import lines
from digest.model import FeedReport, PollOutcome, RunReport

SETTINGS = config.Config(path=Path("config.toml"), database=Path("digest.db"))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with FeedServer() as server:
        made = World(tmp_path, server)
        made.feed("alpha", item("Dam breaks above Vellmoor"))
        made.feed("beta", answer=Answer(b"", status=503))
        yield made


def failed(name: str, error: str, status: int | None = None) -> FeedReport:
    return FeedReport(1, name, f"{name}.example", PollOutcome.FAILED, status=status, error=error)


def test_json_tells_no_address_of_a_private_feed(world: World) -> None:
    world.urls = {name: f"{url}?token=geheim" for name, url in world.urls.items()}
    for name in ("alpha", "beta"):
        world.server.add(f"/{name}.xml?token=geheim", *world.server.answers[f"/{name}.xml"])
    world.configure()
    config = world.folder / "config.toml"
    config.write_text(config.read_text().replace("section = 'World'", "section = 'World'\nprivate = true"))
    world.digest("run")
    status = world.digest("status", "--json")
    assert [(feed["host"], feed["state"]) for feed in status.json["failing"]] == [("127.0.0.1", "waiting")]
    thread = world.digest("threads", "show", "1", "--json")
    assert thread.json["stories"][0]["items"][0]["url"] is None
    for told in (status, thread, world.digest("feeds", "--json"), world.digest("run", "--json")):
        assert "geheim" not in told.out
        assert "outlet.example/" not in told.out


@pytest.mark.parametrize("wanted", ["text", "email"])
def test_a_preview_of_the_mail_is_addressed_to_its_reader(world: World, wanted: str) -> None:
    world.configure()
    world.digest("poll")
    shown = world.digest("preview", "--format", wanted).out
    assert "me@example.org" in shown
    assert "@@" not in shown


def test_a_configuration_without_feeds_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "config.toml"
    path.write_text("")
    assert run_command(["check", "--config", str(path)]) == 2
    assert "[[feeds]]" in capsys.readouterr().out
    run_command(["run", "--config", str(path)])
    assert "there is no feed in" in capsys.readouterr().err


def test_the_next_command_of_init_can_be_copied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["init", str(tmp_path / "my news")]) == 0
    following = [line.partition(": ")[2] for line in capsys.readouterr().out.splitlines() if "config.toml" in line]
    assert shlex.split(following[-1])[1:] == ["run", "--config", str(tmp_path / "my news" / "config.toml")]


def test_a_list_that_is_none_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "feeds.opml"
    wrong.write_text("<opml/>")
    assert run_command(["init", str(tmp_path / "new"), "--opml", str(wrong)]) == 2
    assert f"digest: {wrong} was not taken:" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_a_demo_that_has_no_place_says_where_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert run_command(["demo", "--out", str(tmp_path / "file" / "demo")]) == 2
    assert "--out" in capsys.readouterr().err


def test_days_that_are_none_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for days in ("0", "-1", "99999999999"):
        assert run_command(["threads", "--days", days]) == 2
        assert "--days" in capsys.readouterr().err


def test_what_is_wrong_with_all_feeds_is_told_above_them() -> None:
    report = RunReport(
        feeds=(failed("alpha", "there is no host called alpha.example"),),
        nothing_new=("daily",),
        notices=("None of the 2 feeds answered. No name could be looked up.",),
    )
    assert list(lines(report, SETTINGS)) == [
        "0 feeds read, 0 new items; 1 feed failed",
        "None of the 2 feeds answered. No name could be looked up.",
        "  failed: alpha (alpha.example): there is no host called alpha.example",
        "daily: no edition was issued, as no feed was read",
    ]


def test_feeds_that_their_servers_hold_are_counted_apart() -> None:
    assert list(lines(RunReport(not_due=3, held=1), SETTINGS)) == [
        "no feed is due yet (1 held by what their servers ask for, see `digest status`); "
        "`digest poll --force` asks them all the same"
    ]
    assert "--force" not in next(lines(RunReport(not_due=3, held=3), SETTINGS))


def test_check_finds_a_mistake_in_a_template_that_only_a_story_would_show(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "digest.md.j2").write_text("{% for story in edition.top %}{{ story.headline }}{% endfor %}")
    config = tmp_path / "config.toml"
    config.write_text('templates = "mine"\n[[feeds]]\nurl = "http://127.0.0.1:9/feed.xml"\n')
    assert run_command(["check", "--config", str(config)]) == 2
    told = capsys.readouterr().out
    assert "digest.md.j2" in told
    assert "headline" in told


def test_two_digests_of_one_title_are_told_apart_by_their_names(world: World) -> None:
    world.configure()
    path = world.folder / "config.toml"
    own = 'from = "digest@example.org"\nto = ["me@example.org"]\n'
    text = path.read_text().replace('title = "Morning paper"\n', "")
    path.write_text(f"{text}\n[digests.evening]\n{own}[digests.work]\n{own}title = 'At work'\n")
    run = world.digest("run").out
    for title in ("Daily digest (daily), no. 1, ", "Daily digest (evening), no. 1, ", "\nAt work, no. 1, "):
        assert title in run
    why = world.digest("why", "1").out
    for title in ("Daily digest (daily): in no. 1", "Daily digest (evening): in no. 1", "\nAt work: in no. 1"):
        assert title in why


def test_a_language_that_the_templates_do_not_speak_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").mkdir()
    path = tmp_path / "config.toml"
    feeds = '[[feeds]]\nurl = "http://127.0.0.1:9/feed.xml"\n[digests.daily]\n'
    for keys, told in (
        ('language = "de-AT"', True),
        ('language = "en-GB"', False),
        ('language = "de"\ntemplates = "mine"', False),
    ):
        path.write_text(feeds + keys)
        assert run_command(["check", "--config", str(path)]) == 0
        assert ('language = "de' in capsys.readouterr().out) is told

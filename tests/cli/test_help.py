"""Help is quick and says the same everywhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from digest.cli import COMMANDS, cli, run_command

TOP = Path(__file__).parents[2]
HEAVY = ("aiohttp", "apscheduler", "asyncio", "feedparser", "http", "jinja2", "markdown", "nh3", "regex",
         "rich", "sqlite3", "sqlite_utils", "starlette", "uvicorn")  # fmt: skip


def command(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_command_says_of_itself(name: str) -> None:
    assert (command(name).help or "").splitlines()[0] == COMMANDS[name][1]


@pytest.mark.parametrize("arguments", [("--help",), *((name, "--help") for name in COMMANDS)])
def test_help_loads_no_heavy_library(arguments: tuple[str, ...]) -> None:
    code = (
        "import sys\n"
        "from digest.cli import run_command\n"
        f"run_command({list(arguments)!r})\n"
        f"print('LOADED', sorted(set(sys.modules) & {set(HEAVY)!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "LOADED []" in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_help_fits_a_terminal_of_80_columns(name: str) -> None:
    shown = command(name).get_help(click.Context(command(name), info_name=name, terminal_width=80))
    assert [line for line in shown.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_the_readme_names_every_command_but_none_that_is_not_there(name: str) -> None:
    readme = (TOP / "README.md").read_text(encoding="utf-8")
    assert f"digest {name}" in readme


def test_the_readme_shows_no_command_that_is_not_there() -> None:
    readme = (TOP / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"(?:scripts/|`|&& )digest ([a-z]+)", readme)
    assert set(shown) <= set(COMMANDS)


def test_an_unknown_command_is_the_operators_to_mend(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["rnu"]) == 2
    assert "No such command 'rnu'. Did you mean 'run'?" in capsys.readouterr().err


def test_a_time_without_zone_is_refused_with_the_way_to_write_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["run", "--now", "2023-10-13T18:00"]) == 2
    assert "2023-10-13T18:00Z" in capsys.readouterr().err


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "0001-01-01T00:00Z", "0001-01-01T00:00+02:00"])
def test_a_time_at_the_end_of_all_times_is_refused(moment: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["run", "--now", moment]) == 2
    assert f"'{moment}' is too far away; write a time between 1970 and 9000" in capsys.readouterr().err


def test_a_poll_loads_neither_pages_nor_their_server(tmp_path: Path) -> None:
    """Cron runs it every few minutes."""
    (tmp_path / "config.toml").write_text('[digests.daily]\ntitle = "Morning paper"\n')
    code = (
        "import sys\n"
        "from digest.cli import run_command\n"
        f"run_command(['poll', '--config', {str(tmp_path / 'config.toml')!r}])\n"
        "unwanted = ('starlette', 'uvicorn', 'prometheus_client', 'digest.web', 'digest.pages')\n"
        "print('LOADED', [one for one in unwanted if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "LOADED []" in done.stdout, done.stdout + done.stderr


def test_the_readme_names_every_command_that_prints_json() -> None:
    readme = " ".join((TOP / "README.md").read_text(encoding="utf-8").split())
    [sentence] = re.findall(r"2 when something needs you\. (.*?) print JSON with `--json`", readme)
    printing = {name for name in COMMANDS if any("--json" in one.opts for one in command(name).params)}
    assert set(re.findall(r"`(\w+)`", sentence)) == printing

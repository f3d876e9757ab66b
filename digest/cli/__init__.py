"""The command line: one group whose commands are loaded only when they are called.

``digest --help`` must be quick, so nothing but click is imported here;
a test keeps the table below equal to the commands' own help.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module

import click

from .. import __version__
from ..errors import DigestError

COMMANDS = {
    "run": ("run", "Poll, group, compose and deliver every digest once, then exit."),
    "demo": ("demo", "Show it all on bundled sample feeds, without network or mail server."),
    "init": ("init", "Write a commented config.toml to start from."),
    "check": ("check", "Check the configuration and say what would happen next."),
    "preview": ("preview", "Show the edition that would come now; changes nothing."),
    "poll": ("run", "Ask the feeds that are due and group what is new; publishes nothing."),
    "send": ("send", "Publish and deliver from what is stored; never polls."),
    "resend": ("send", "Send an edition once more, to all its recipients or to some."),
    "deliveries": ("deliveries", "List what went to whom, what waits and why; `deliveries drop` lets one go."),
    "serve": ("serve", "Poll and publish on schedule, and serve the pages."),
    "export": ("export", "Write the pages and feeds into DIR, for any web host."),
    "next": ("next", "Print when each digest comes next, in its own local time, and the next poll."),
    "feeds": ("feeds", "List the feeds and how they are; add, check, pause, star and remove them."),
    "threads": ("threads", "List what belongs together, say why, and correct it."),
    "search": ("search", "Find items by their words."),
    "words": ("wishes", "Mute a word for a while, or follow one, in every digest."),
    "why": ("whereabouts", "Say in which edition a report came, or why in none."),
    "decisions": (
        "corrections",
        "List what was decided: grouping, mutes, follows, stars, feeds; `decisions undo` takes it back.",
    ),
    "recipients": (
        "recipients",
        "List who gets which digest and who unsubscribed; `recipients restore` takes it back.",
    ),
    "prune": ("prune", "Take out items that are older than [retention] says, and give their space back."),
    "status": ("look", "Say what is stored, what came last, what comes next and what waits."),
    "doctor": ("doctor", "Examine everything, and say what is wrong and what to do about it."),
    "backup": ("backup", "Copy the database into FILE while it is in use, and prove the copy sound."),
    "restore": ("restore", "Put a backup in the place of the database; what went out since is not sent again."),
}
"""Command name to (module below ``digest.cli``, one line of help)."""


class Lazy(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = import_module(f".{COMMANDS[name][0]}", __package__)
        command = getattr(module, name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            for name in get_close_matches(args[0], COMMANDS, 1):
                raise click.UsageError(f"{error.message} Did you mean '{name}'?", ctx) from None
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with `digest demo`, then `digest init`. Each command explains itself: `digest run --help`.",
)
@click.version_option(__version__, prog_name="digest")
def cli() -> None:
    """Read your feeds once a day: one mail, one page, grouped by what belongs together."""


def run_command(arguments: Sequence[str]) -> int:
    """Runs one command; returns the exit code of DESIGN's table and prints errors for people."""
    try:
        result = cli.main(args=list(arguments), prog_name="digest", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("interrupted; what was done is stored, run it again to go on", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return 2
    except DigestError as error:
        return _failed(arguments, str(error), error.exit_code)
    except (BrokenPipeError, SystemExit):
        # The reader of our output went away (`digest threads | head`), which click turns into an exit of its own;
        # nothing is wrong on our side.
        sys.stdout = None
        return 0
    except OSError as error:
        if _is_of_output(error):
            sys.stdout = None  # or it would be tried again at the end
            why = f"what it prints cannot be written: {error.strerror or error}"
            return _failed((), f"{why}; what was done is stored, `digest status` tells it", 2)
        if error.filename is None:
            raise
        return _failed(arguments, f"{error.filename}: {error.strerror or error}; check the path and its permissions", 2)
    return result if isinstance(result, int) else 0


def _is_of_output(error: OSError) -> bool:
    """Whether it came of printing: a log may be on a full disk. Python does not name the file then."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_code is click.echo.__code__


def _failed(arguments: Sequence[str], reason: str, code: int) -> int:
    """Tells people why a command ended, and programs too where they asked for JSON."""
    with suppress(OSError):  # a log may be where errors go, too
        click.echo(f"digest: {reason}", err=True)
    if "--json" in arguments:
        click.echo(json.dumps({"exit_code": code, "error": reason}))
    return code

"""send, resend: what is stored goes out, as the ledger has it, as a test, or once more."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import DigestError
from .common import (
    clock_from,
    config_option,
    copy_of_store,
    json_option,
    now_option,
    open_store,
    print_json,
    settings_from,
    waiting,
)
from .named import Mailbox, edition_option, known_digests
from .report import finish

if TYPE_CHECKING:
    from ..config import Config
    from ..model import TrialMail
    from ..pipeline import Which


@click.command()
@click.argument("names", nargs=-1, metavar="[DIGEST]...")
@click.option(
    "--to", "recipients", type=Mailbox(), multiple=True, metavar="ADDRESS",
    help="Only a test mail to this address, which nothing remembers; may be given several times.",
)  # fmt: skip
@edition_option
@config_option
@json_option
@now_option
def send(
    names: tuple[str, ...],
    recipients: tuple[str, ...],
    which: Which | None,
    config_path: Path | None,
    as_json: bool,
    now: datetime | None,
) -> int:
    """Publish and deliver from what is stored; never polls.

    Tries what an earlier run could not deliver, then issues an edition of each named DIGEST (all of them when
    none is named) that has something new. With --edition nothing is issued: only what waits of that edition is tried.

    With --to a test mail goes to that address alone, over the transports of the digest that carry mail: the edition
    that would come now, or the one of --edition. No window, no ledger, nothing in the database changes, and the real
    edition still comes.

    \b
    Exit code 0: everything that was due is delivered, or every test mail was
                 taken.
              1: a delivery is waiting or failed, or a test mail was not taken.
              2: something needs you: configuration, template, permissions,
                 database.
    """
    from .. import pipeline

    settings, clock = settings_from(config_path), clock_from(now)
    known_digests(settings, names)
    if recipients:
        return _try_out(settings, names, recipients, which, as_json, now)
    with open_store(settings, now) as store:
        if which is None:
            report = pipeline.send(store, settings, clock, names=names, on_wait=waiting)
        else:
            report = pipeline.resume(store, settings, clock, which, names=names, on_wait=waiting)
    return finish(report, settings, as_json)


def _try_out(
    settings: Config,
    names: tuple[str, ...],
    recipients: tuple[str, ...],
    which: Which | None,
    as_json: bool,
    now: datetime | None,
) -> int:
    from .. import pipeline
    from ..model import Verdict

    tried: list[TrialMail] = []
    with copy_of_store(settings, now) as store:
        for name in names or settings.digests:
            digest = settings.digests[name]
            tried += pipeline.try_out(store, settings, digest, recipients, clock_from(now), which=which)
    code = 0 if all(one.outcome.verdict is Verdict.TAKEN for one in tried) else 1
    if as_json:
        print_json({"exit_code": code, "test_mails": tried})
        return code
    told = None
    for one in tried:
        if told != (told := (one.digest, one.about)):
            click.echo(f"{one.digest}: {one.about}: {one.subject}")
        state = "sent" if one.outcome.verdict is Verdict.TAKEN else "NOT SENT"
        detail = f": {one.outcome.detail}" if one.outcome.detail else ""
        click.echo(f"  {state}: by {one.transport} to {one.recipient}{detail}")
    return code


@click.command()
@click.argument("name", required=False, metavar="[DIGEST]")
@edition_option
@click.option(
    "--to", "recipients", type=Mailbox(), multiple=True, metavar="ADDRESS",
    help="Only to this one of its recipients; may be given several times.",
)  # fmt: skip
@config_option
@json_option
@now_option
def resend(
    name: str | None,
    which: Which | None,
    recipients: tuple[str, ...],
    config_path: Path | None,
    as_json: bool,
    now: datetime | None,
) -> int:
    """Send an edition once more, to all its recipients or to some.

    The latest one, or the one of --edition, just as it was frozen, but with a new Message-ID, so that no mailbox drops
    it. It is kept and retried like the first; what still waits is tried instead of doubled. Who unsubscribed is left
    out.

    \b
    Exit code 0: all of it is delivered.
              1: a delivery is waiting or failed, or there was nobody to send to.
              2: something needs you: configuration, template, permissions,
                 database.
    """
    from .. import pipeline

    settings = settings_from(config_path)
    if name is None and len(settings.digests) > 1:
        raise DigestError(f"there are several digests; name one of: {', '.join(settings.digests)}")
    known_digests(settings, [name] if name else [])
    digest = settings.digests[name or next(iter(settings.digests))]
    with open_store(settings, now) as store:
        report = pipeline.resend(
            store, settings, clock_from(now), digest, which or pipeline.Which(), recipients=recipients, on_wait=waiting
        )
    return finish(report, settings, as_json) or (0 if report.deliveries else 1)

"""What `digest check` says of the alarm and of links to unsubscribe."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.cli import run_command

BASE = """
[[feeds]]
url = "http://127.0.0.1:9/feed.xml"
[transports.outbox]
type = "maildir"
folder = "outbox"
[transports.other]
type = "maildir"
folder = "other"
[digests.daily]
deliver = ["outbox"]
"""


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("", 0, "alarm: none; when no edition can be made or delivered nobody is told."),
        (
            '[alarm]\ntransport = "other"\nto = ["me@example.org"]',
            0,
            "alarm after 2d of silence: mail to me@example.org by other\n",
        ),
        (
            '[alarm]\ntransport = "outbox"\nto = ["me@example.org"]',
            0,
            "daily goes out by outbox too: where that fails, the alarm fails with it",
        ),
        ('[alarm]\ncommand = ["no-such-bell"]', 2, "alarm.command: there is no program 'no-such-bell'"),
        ('[alarm]\ncommand = ["true"]', 0, "alarm after 2d of silence: true\n"),
        ('[alarm]\nping = "https://alive.example.org/s3cret"', 0, "each success is told to alive.example.org"),
        ('[web]\nbase_url = "https://news.example.org"', 0, "lead to news.example.org: `digest serve` must answer"),
    ],
)
def test_check_tells_how_the_owner_hears_of_trouble_and_where_that_would_fail(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, code: int, told: str
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(BASE + text)
    assert run_command(["check", "--config", str(path)]) == code
    out = capsys.readouterr().out
    assert told in out
    assert "s3cret" not in out
    assert ("alarm: none" in out) == ("[alarm]" not in text)
    assert ("must answer there" in out) == ("base_url" in text)

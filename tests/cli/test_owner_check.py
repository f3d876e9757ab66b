"""What `digest check` says of who may read the pages and who is their owner."""

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
[digests.daily]
deliver = ["outbox"]
[web]
"""
OPEN = "other machines may read them at 0.0.0.0:8080, and you cannot correct, pause or subscribe there"


@pytest.mark.parametrize(
    ("web", "code", "told", "is_open"),
    [
        ("", 0, "", False),
        ('address = "0.0.0.0:8080"', 0, OPEN, True),
        ('address = "[::1]:8080"', 0, "", False),
        ('address = "0.0.0.0:8080"\npassword_file = "password"', 0, "", False),
        ('password_file = "nowhere"', 2, "web.password_file: there is no file '", False),
        ('password_env = "NO_SUCH_PASSWORD"', 2, "web.password_env: no such variable is set", False),
        ('password_file = "password"\ntoken_file = "empty"', 2, "web.token_file: the file '", False),
    ],
)
def test_check_tells_who_owns_the_pages_and_what_keeps_them_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], web: str, code: int, told: str, is_open: bool
) -> None:
    (tmp_path / "password").write_text("s3cret\n")
    (tmp_path / "empty").write_text("\n")
    path = tmp_path / "config.toml"
    path.write_text(BASE + web)
    assert run_command(["check", "--config", str(path)]) == code
    out = capsys.readouterr().out
    assert told in out
    assert ("other machines" in out) == is_open
    assert "s3cret" not in out

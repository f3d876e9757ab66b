"""config.toml is changed as a whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from digest.cli.configfile import Refused, change
from digest.edit import EditError
from digest.errors import DigestError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "config.toml"
    made.write_bytes(b'timezone = "UTC"\r\n')
    return made


def test_the_new_text_takes_the_place_of_the_old_one_and_nothing_else_is_left(path: Path) -> None:
    assert change(path, lambda text: f"{text}feeds = []\r\n") is None
    assert path.read_bytes() == b'timezone = "UTC"\r\nfeeds = []\r\n'
    assert [one.name for one in path.parent.iterdir()] == ["config.toml"]


def test_a_byte_order_mark_stays_and_is_no_part_of_the_text(path: Path) -> None:
    path.write_bytes("\ufeff# ö1".encode())
    assert change(path, lambda text: text.replace("1", "2") if text.startswith("# ö") else "") is None
    assert path.read_bytes() == "\ufeff# ö2".encode()


def test_a_file_that_somebody_changes_meanwhile_is_left_to_them(path: Path) -> None:
    def slow(text: str) -> str:
        path.write_text("# theirs")
        return "# ours"

    with pytest.raises(DigestError, match="changed by another program meanwhile"):
        change(path, slow)
    assert path.read_text() == "# theirs"


def test_what_cannot_be_edited_is_refused_with_the_reason(path: Path) -> None:
    def refuse(text: str) -> str:
        raise EditError("it is written in a way that only its author can change")

    assert change(path, refuse) == Refused("it is written in a way that only its author can change")
    path.chmod(0o444)
    assert change(path, lambda text: "") == Refused("it is read-only")
    assert path.read_bytes() == b'timezone = "UTC"\r\n'


def test_a_folder_that_takes_no_new_file_is_a_refusal_and_leaves_the_file(path: Path) -> None:
    # the name of the half-written file is longer than a name may be, whoever runs this
    path = path.rename(path.with_name("c" * 250))
    assert change(path, lambda text: "# two") == Refused("file name too long")
    assert path.read_bytes() == b'timezone = "UTC"\r\n'


def test_what_a_killed_process_left_half_written_is_in_nobodys_way(path: Path) -> None:
    """In a container every process has the same number."""
    path.with_name(f".config.toml.{os.getpid()}").write_text("# hal")
    assert change(path, lambda text: "# two") is None
    assert path.read_text() == "# two"


def test_a_file_that_cannot_be_read_is_told_with_its_name(path: Path) -> None:
    path.write_bytes(b"# \xff")
    assert change(path, lambda text: "# two") == Refused("it is not written in UTF-8")
    path.unlink()
    with pytest.raises(DigestError, match=r"config\.toml cannot be read \(no such file or directory\)"):
        change(path, lambda text: "# two")


def test_what_would_not_work_is_not_written(path: Path) -> None:
    with pytest.raises(DigestError, match=r"was left as it is, since it would not work after this:\n  timezoen: "):
        change(path, lambda text: text.replace("timezone", "timezoen"))
    assert path.read_bytes() == b'timezone = "UTC"\r\n'

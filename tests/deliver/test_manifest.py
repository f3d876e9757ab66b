"""What a folder remembers of what was written there."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from digest.deliver.files import MANIFEST, Files, Sheet
from digest.model import Outcome, Verdict


class Pages:
    """Sheets that note when they are drawn."""

    def __init__(self, **stamps: str) -> None:
        self.stamps = stamps
        self.drawn: list[str] = []

    def draw(self, name: str) -> Callable[[], bytes]:
        def drawn() -> bytes:
            self.drawn.append(name)
            return f"{name} {self.stamps[name]}".encode()

        return drawn

    def publish(self, folder: Path, made_by: str = "v1", name: str = "site") -> Outcome:
        self.drawn.clear()
        sheets = [Sheet(f"{one}.html", self.draw(one), stamp) for one, stamp in self.stamps.items()]
        outcome = Files(folder).publish(sheets, made_by=made_by, name=name)
        assert outcome.verdict is Verdict.TAKEN
        return outcome


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    made = Pages(index="1", a="1", b="1")
    made.publish(tmp_path)
    assert sorted(made.drawn) == ["a", "b", "index"]
    return made


def test_a_page_of_a_known_stamp_is_not_drawn_again(pages: Pages, tmp_path: Path) -> None:
    assert "0 files written, 3 had not changed" in str(pages.publish(tmp_path).detail)
    assert pages.drawn == []
    pages.stamps["b"] = "2"
    assert "1 file written, 2 had not changed" in str(pages.publish(tmp_path).detail)
    assert pages.drawn == ["b"]
    assert (tmp_path / "b.html").read_bytes() == b"b 2"


def test_without_a_stamp_only_drawing_tells(tmp_path: Path) -> None:
    pages = Pages(a="")
    pages.publish(tmp_path)
    pages.publish(tmp_path)
    assert pages.drawn == ["a"]


def test_other_templates_settings_or_another_program_draw_everything(pages: Pages, tmp_path: Path) -> None:
    pages.publish(tmp_path, made_by="v2")
    assert sorted(pages.drawn) == ["a", "b", "index"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"format": 99}', b'{"format": 1, "files": {"a.html": []}}', b"\xff\xfe", b"[" * 99_999],
)
def test_a_damaged_manifest_draws_everything_and_is_mended(pages: Pages, tmp_path: Path, content: bytes) -> None:
    (tmp_path / MANIFEST).write_bytes(content)
    pages.publish(tmp_path)
    assert sorted(pages.drawn) == ["a", "b", "index"]
    pages.publish(tmp_path)
    assert pages.drawn == []


def test_a_page_that_somebody_removed_or_changed_is_written_again(pages: Pages, tmp_path: Path) -> None:
    (tmp_path / "a.html").unlink()
    (tmp_path / "b.html").write_text("mine")
    pages.publish(tmp_path)
    assert sorted(pages.drawn) == ["a", "b"]
    assert (tmp_path / "b.html").read_bytes() == b"b 1"


def test_what_is_no_page_any_more_goes_with_its_empty_folders(pages: Pages, tmp_path: Path) -> None:
    Files(tmp_path).publish(
        [Sheet("evening/2023/index.html", b"old"), Sheet("a.html", b"a")], made_by="v1", name="site"
    )
    outcome = pages.publish(tmp_path)
    assert "1 file removed" in str(outcome.detail)
    assert not (tmp_path / "evening").exists()
    assert sorted(one.name for one in tmp_path.iterdir()) == [MANIFEST, "a.html", "b.html", "index.html"]


def test_what_others_put_there_or_changed_is_never_removed(pages: Pages, tmp_path: Path) -> None:
    (tmp_path / "CNAME").write_text("news.example.org")
    (tmp_path / "b.html").write_text("mine")
    del pages.stamps["a"], pages.stamps["b"]
    pages.publish(tmp_path)
    assert not (tmp_path / "a.html").exists()
    assert (tmp_path / "b.html").read_text() == "mine"
    assert (tmp_path / "CNAME").exists()


def test_another_writer_removes_nothing(pages: Pages, tmp_path: Path) -> None:
    Pages(index="1", c="1").publish(tmp_path, name="export")
    assert (tmp_path / "a.html").exists()


def test_a_page_that_cannot_be_drawn_stays_as_it_lies(pages: Pages, tmp_path: Path) -> None:
    sheets = [Sheet("a.html", lambda: None, "2"), Sheet("b.html", b"b"), Sheet("index.html", b"i")]
    Files(tmp_path).publish(sheets, made_by="v1", name="site")
    assert (tmp_path / "a.html").read_bytes() == b"a 1"
    pages.publish(tmp_path)
    assert "a" not in pages.drawn


def test_a_page_is_not_written_through_a_link_that_took_its_place(pages: Pages, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("a 1")
    (tmp_path / "a.html").unlink()
    (tmp_path / "a.html").symlink_to(tmp_path / "elsewhere")
    pages.publish(tmp_path)
    assert not (tmp_path / "a.html").is_symlink()


def test_a_path_of_the_manifest_that_leads_outside_is_not_followed(pages: Pages, tmp_path: Path) -> None:
    folder = tmp_path / "public"
    Pages(index="1", a="1").publish(folder)
    outside = tmp_path / "a.html"
    known = json.loads((folder / MANIFEST).read_text())
    known["files"]["../a.html"] = known["files"]["a.html"]
    (folder / MANIFEST).write_text(json.dumps(known))
    outcome = Files(folder).publish([Sheet("index.html", b"i")], made_by="v1", name="site")
    assert outcome.verdict is Verdict.TAKEN
    assert outside.exists()


def test_nobody_else_reads_the_manifest(pages: Pages, tmp_path: Path) -> None:
    assert os.stat(tmp_path / MANIFEST).st_mode & 0o077 == 0

"""The file that `digest init` writes."""

from __future__ import annotations

import tomllib
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

from digest import config
from digest.cli.starter import example, starter
from digest.errors import DigestError

HOSTILE = [
    'say "hello"',
    'back\\slash \\" and \\u0041',
    "'''three''' \"\"\"quotes\"\"\"",
    "line\nbreak\ttab\x7fdelete",
    "🗞️ emoji 日本語",
    "]] [digests.evil]",
    "# --- What to print ---",
    "# comment",
]


def opml(titles: list[str]) -> str:
    outlines = "".join(
        f"<outline text={quoteattr(title, {chr(10): '&#10;'})}>"
        f'<outline text={quoteattr(title, {chr(10): "&#10;"})} xmlUrl="https://example.org/{number}"/></outline>'
        for number, title in enumerate(titles)
    )
    return f"<opml version='2.0'><body>{outlines}</body></opml>"


def test_the_example_is_written_and_loads(tmp_path):
    made = starter(tmp_path / "new" / "folder")
    assert made.path == tmp_path / "new" / "folder" / "config.toml"
    assert made.path.read_text(encoding="utf-8") == example()
    assert len(config.load(made.path).feeds) >= 10
    assert [path.name for path in made.path.parent.iterdir()] == ["config.toml"]


def test_a_list_takes_the_place_of_the_feeds_and_leaves_the_rest(tmp_path):
    made = starter(tmp_path, opml(["One", "Two"]).encode())
    settings = config.load(made.path)
    assert [(feed.title, feed.section, feed.url) for feed in settings.feeds] == [
        ("One", "One", "https://example.org/0"),
        ("Two", "Two", "https://example.org/1"),
    ]
    assert settings.digests == config.load(starter(tmp_path / "plain").path).digests
    assert made.notes == ("2 feeds from the list",)


def test_hostile_titles_stay_titles(tmp_path):
    made = starter(tmp_path, opml(HOSTILE))
    settings = config.load(made.path)
    wanted = [" ".join(title.replace("\x7f", " ").split()) for title in HOSTILE]
    assert [feed.title for feed in settings.feeds] == wanted
    assert [feed.section for feed in settings.feeds] == wanted
    assert list(tomllib.loads(made.path.read_text(encoding="utf-8"))["digests"]) == ["daily"]


def test_what_was_left_out_is_noted(tmp_path):
    made = starter(
        tmp_path, '<opml><outline text="A" xmlUrl="https://a.org/"/><outline text="B" xmlUrl="ftp://b"/></opml>'
    )
    assert made.notes[0] == "1 feed from the list"
    assert made.notes[1].startswith("'B' left out: ")


def test_a_list_without_feeds_writes_nothing(tmp_path):
    with pytest.raises(DigestError, match="no feed in it"):
        starter(tmp_path, "<opml></opml>")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", ["file", "dangling link"])
def test_nothing_is_overwritten(tmp_path, there):
    path = tmp_path / "config.toml"
    if there == "file":
        path.write_text("mine")
    else:
        path.symlink_to("elsewhere")
    with pytest.raises(DigestError, match="left as it is"):
        starter(tmp_path)
    assert path.is_symlink() or path.read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DigestError, match="cannot be written"):
        starter(tmp_path / "file" / "below")
    with pytest.raises(DigestError, match="cannot be written"):
        starter(tmp_path / "file")


def test_the_example_is_that_of_the_checkout_or_the_wheel():
    packed = Path(config.__file__).parent / "_templates" / "config.toml"
    assert packed.exists() or example() == (Path(__file__).parents[2] / "config.toml").read_text(encoding="utf-8")

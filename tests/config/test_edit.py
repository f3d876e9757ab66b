"""config.toml changed by command: the feeds as wanted, and every other byte as its author wrote it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import edit
from digest.config import Feed

EXAMPLE = (Path(__file__).parents[2] / "config.toml").read_text(encoding="utf-8")
NEW = Feed(url="https://x.example/a?b=1", title="X", section="Science")
TABLE = '[[feeds]]\nurl = "https://x.example/a?b=1"\ntitle = "X"\nsection = "Science"\n'


def feeds(text: str) -> list[dict[str, object]]:
    return tomllib.loads(text).get("feeds", [])


def test_a_feed_comes_behind_the_last_one_and_before_the_next_heading():
    after = edit.added(EXAMPLE, [NEW])
    place = EXAMPLE.index("\n# [sections.Science]")
    assert after == f"{EXAMPLE[:place]}\n{TABLE}{EXAMPLE[place:]}"


@pytest.mark.parametrize("index", range(13))
def test_what_was_added_and_taken_out_again_leaves_the_file_as_it_was(index):
    after = edit.added(EXAMPLE, [NEW, Feed(url="https://y.example/")])
    assert edit.without(edit.without(after, 14), 13) == EXAMPLE
    without = edit.without(EXAMPLE, index)
    assert feeds(without) == [feed for place, feed in enumerate(feeds(EXAMPLE)) if place != index]
    own = EXAMPLE.split("[[feeds]]\n")[index + 1].partition("\n\n")[0].splitlines()
    for line in EXAMPLE.splitlines():
        assert line in own or not line.startswith("#") or line in without.splitlines()
    assert "\n\n\n\n" not in without


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing yet\n",
        'database = "x.db"',
        '[web]\naddress = "127.0.0.1:1"\n# the end',
        "feeds = []\n",
        'feeds = [{url = "http://a.example/"}]\n[web]\n',
        'feeds = [\n  {url = "http://a.example/"},  # the first\n]\n[web]\n',
        '[[feeds]]\nurl = "http://a.example/"\n# its own\n\n# of the web\n[web]\n# inside\n',
        '# top\r\n[[feeds]]\r\nurl = "http://a.example/"\r\n\r\n# next\r\n[web]\r\n',
        "[[feeds]]\nurl = 'http://a.example/'  # said why\n[fetch]\nevery = '1h'",
        '[[feeds]]\nurl = "http://a.example/"\ntitle = """\nlong [[feeds]]\n\n# no comment"""\n[web]\n',
    ],
)
def test_every_way_to_write_the_list_can_be_continued_and_cut(text):
    after = edit.added(text, [NEW])
    assert feeds(after) == [*feeds(text), {"url": NEW.url, "title": "X", "section": "Science"}]
    assert [line for line in text.splitlines() if line.strip().startswith("#")] == [
        line for line in after.splitlines() if line.strip().startswith("#")
    ]
    assert ("\r\n" in text) == ("\r\n" in after)
    assert "\n" not in after.replace("\r\n", "") or "\r\n" not in text
    again = edit.without(after, len(feeds(text)))
    assert feeds(again) == feeds(text)
    assert [line for line in again.splitlines() if line] == [line for line in text.splitlines() if line]


@pytest.mark.parametrize(
    "text",
    [
        "feeds.x = 1\n",
        "[feeds]\nurl = 'http://a.example/'\n",
        "[[feeds]]\nurl = 'http://a.example/'\n\n# one\n[web]\n\n# two\n[[feeds]]\nurl = 'http://b.example/'\n",
    ],
)
def test_what_cannot_be_changed_without_harm_is_refused_or_loses_nothing(text):
    try:
        after = edit.added(text, [NEW])
    except edit.EditError:
        return
    assert [line for line in sorted(text.splitlines()) if line.startswith("#")] == [
        line for line in sorted(after.splitlines()) if line.startswith("#")
    ]
    assert len(feeds(after)) == len(feeds(text)) + 1


WORDS = st.text(min_size=1, max_size=30).filter(lambda text: text.strip() and text.isprintable())


@given(
    st.lists(
        st.builds(
            Feed,
            url=st.integers(0, 9**9).map(lambda number: f"https://example.org/{number}?a=1&b=%22"),
            title=st.none() | WORDS,
            section=WORDS,
            private=st.booleans(),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_any_feed_is_read_back_as_it_was_meant(wanted):
    said = ("url", "title", "section", "private")
    added = [{key: getattr(feed, key) for key in said if getattr(feed, key)} for feed in wanted]
    assert feeds(edit.added(EXAMPLE, wanted))[13:] == added
    assert tomllib.loads(edit.lines(wanted)) == {"feeds": added}

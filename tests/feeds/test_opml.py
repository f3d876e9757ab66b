"""Subscription lists of other readers, the hostile ones too."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config import Feed
from digest.feeds import opml

LIST = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0">
  <head><title>mine</title></head>
  <body>
    <outline text="World">
      <outline type="rss" text="Example World" xmlUrl="https://world.example.org/feed"/>
      <outline text="Deep"><outline text="Example Deep" xmlUrl="https://deep.example.org/feed"/></outline>
    </outline>
    <outline title="No folder" xmlUrl="feed://plain.example.org/rss?a=1&b=2" htmlUrl="https://plain.example.org/"/>
  </body>
</opml>
"""


def test_folders_become_sections_and_the_innermost_wins():
    found = opml.read(LIST)
    assert [(feed.url, feed.title, feed.section) for feed in found.feeds] == [
        ("https://world.example.org/feed", "Example World", "World"),
        ("https://deep.example.org/feed", "Example Deep", "Deep"),
        ("http://plain.example.org/rss?a=1&b=2", "No folder", "News"),
    ]
    assert found.problems == ()


def test_an_address_in_two_folders_is_taken_once_from_the_first():
    again = LIST.replace(
        "</body>", '<outline text="B"><outline xmlUrl="https://world.example.org/feed"/></outline></body>'
    )
    assert [feed.section for feed in opml.read(again).feeds] == ["World", "Deep", "News"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_the_declared_encoding_is_obeyed(encoding):
    text = LIST.replace("UTF-8", encoding.removesuffix("-sig")).replace("Example World", "Café")
    assert opml.read(text.encode(encoding)).feeds[0].title == "Café"


def test_text_is_decoded_already_whatever_it_declares():
    assert opml.read(LIST.replace("UTF-8", "iso-8859-1").replace("Example World", "日本")).feeds[0].title == "日本"


def test_what_stands_before_a_mistake_is_read_and_the_rest_told():
    found = opml.read(LIST[: LIST.index('<outline title="No folder"')] + "<outline <")
    assert [feed.title for feed in found.feeds] == ["Example World", "Example Deep"]
    (problem,) = found.problems
    assert problem.startswith("line 9, column ")
    assert problem.endswith("what stands before it was read")


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "javascript:alert(1)", "https://", "nonsense", "gopher://a/b"]
)
def test_what_is_no_web_address_is_left_out_and_told(address):
    found = opml.read(f'<opml><body><outline text="Bad" xmlUrl="{address}"/></body></opml>')
    assert found.feeds == ()
    assert found.problems[0].startswith("'Bad' left out: ")


def test_no_problem_repeats_a_secret():
    found = opml.read('<opml><outline text="A" xmlUrl="ftp://me:hunter2@example.org/?token=hunter2"/></opml>')
    assert "hunter2" not in "".join(found.problems)


def test_titles_come_out_on_one_line():
    found = opml.read('<opml><outline text="a&#10;b&#9;c&#x85;\u2028d" xmlUrl="https://example.org/f"/></opml>')
    assert found.feeds[0].title == "a b c d"


def test_titles_hide_and_reorder_nothing():
    found = opml.read('<opml><outline text="a\u202eb\u200bc&#x2066;" xmlUrl="https://example.org/f"/></opml>')
    assert found.feeds[0].title == "abc"


def test_a_title_that_is_the_address_is_none():
    """Who has no name for a feed writes its address there; the feed's own title comes with its first poll."""
    found = opml.read(opml.write([Feed(url="https://example.org/f")], "mine"))
    assert found.feeds == (Feed(url="https://example.org/f"),)
    named = opml.write([Feed(url="https://example.org/f")], "mine", titles={"https://example.org/f": "Own"})
    assert opml.read(named).feeds[0].title == "Own"


def test_a_list_that_is_an_address_is_text_and_never_fetched():
    found = opml.read("https://example.org/list.opml")
    assert found.feeds == ()
    assert "line 1" in found.problems[0]


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1 or str()};" * 10}">' for n in range(1, 12)
)
HOSTILE = {
    "entities in entities": BOMB + "]><opml><outline text='&a11;' xmlUrl='https://example.org/'/></opml>",
    "a file as entity": "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><opml><outline text='&a;' xmlUrl='https://e.org/'/></opml>",
    "folders without end": "<opml>" + "<outline text='a'>" * 200_000,
    "comments without end": "<opml>" + "<!--" * 1_000_000,
    "too large": "<opml>" + " " * 6_000_000 + "</opml>",
    "one address ten thousand times": "<opml>"
    + "<outline text='a'><outline xmlUrl='https://e.org/'/></outline>" * 20_000,
    "ten thousand attributes": "<opml><outline " + " ".join(f"a{n}='x'" for n in range(50_000)) + "/></opml>",
    "end tags inside other things": "<opml><?x > </outline> ?><![CDATA[</outline>]]><!-- </outline> --></opml>",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_list_costs_little_and_is_told(kind):
    start = time.process_time()
    found = opml.read(HOSTILE[kind])
    assert time.process_time() - start < 4
    assert found.problems or len(found.feeds) == 1
    assert "root:" not in repr(found)


@given(st.binary(max_size=200) | st.text(max_size=200) | st.text(alphabet='<>/="outline xmlUrl&;!-[]?', max_size=120))
def test_anything_is_feeds_or_problems(data):
    found = opml.read(data)
    assert found.feeds or found.problems


@given(
    st.lists(
        st.builds(
            Feed,
            url=st.integers(0, 9**9).map(lambda number: f"https://example.org/{number}?a=1&b=<2>"),
            title=st.text(min_size=1, max_size=20).filter(lambda text: " ".join(opml._line(text).split()) == text),
            section=st.sampled_from(["World", 'A "quoted" & <odd> one', "日本"]),
        ),
        min_size=1,
        unique_by=lambda feed: feed.url,
    )
)
def test_what_is_written_is_read_back(feeds):
    by_section = sorted(feeds, key=lambda feed: [one.section for one in feeds].index(feed.section))
    assert list(opml.read(opml.write(feeds, "mine & yours")).feeds) == by_section


def test_private_feeds_and_passwords_are_not_written():
    feeds = [
        Feed(url="https://example.org/open"),
        Feed(url="https://example.org/secret", private=True),
        Feed(url="https://me:hunter2@example.org/login"),
    ]
    text = opml.write(feeds, "mine")
    assert "open" in text
    assert "secret" not in text
    assert "hunter2" not in text
    asked = opml.write(feeds, "mine", secrets=[feeds[1]])
    assert opml.read(asked).feeds == (feeds[0], feeds[1])

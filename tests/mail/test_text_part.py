"""The plain-text part is a mail of its own: 72 columns, every link, nothing that hides."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.editions import SLOT, a_normal_day, an_edition, report, told
from support.mails import PAGE, RENDERER, a_full_day, body, golden, sent, share_of_links, share_of_words

from digest.editions.wrap import paragraphs, width, wrap
from digest.model import EditionSection, FeedTrouble

EDITIONS = {**golden(), "a full day": a_full_day(100, address=150), "a huge day": a_full_day(400, address=150)}
ADDRESS = re.compile(r"[ *\d.]*(?:https?://|mailto:)\S+|\S+@\S+")


def assert_72_columns(text: str) -> None:
    for line in text.splitlines():
        assert width(line) <= 72 or ADDRESS.fullmatch(line), line


@pytest.mark.parametrize("name", EDITIONS)
def test_the_text_part_has_95_percent_of_the_links_and_90_of_the_words(name: str) -> None:
    raw = sent(EDITIONS[name])
    assert share_of_links(raw) >= 0.95
    assert share_of_words(raw) >= 0.9


@pytest.mark.parametrize("name", EDITIONS)
def test_lines_have_72_columns_and_an_address_stands_alone_on_its_line(name: str) -> None:
    text = body(sent(EDITIONS[name]), "plain")
    assert_72_columns(text)
    news = text if name != "hostile-titles" else text.replace("[link](https://evil.example)", "")
    assert not [line for line in news.splitlines() if "://" in line and not ADDRESS.fullmatch(line)]


def test_top_stories_are_numbered_items_starred_and_sections_in_capitals_with_their_counts() -> None:
    text = body(sent(a_normal_day()), "plain")
    assert re.findall(r"^[A-Z ]+ \(\d+\)$", text, re.MULTILINE) == ["TOP STORIES (4)", "WORLD (2)", "TECHNOLOGY (1)"]
    assert re.findall(r"^(\d+)\. ", text, re.MULTILINE) == ["1", "2", "3", "4"]
    assert len(re.findall(r"^\* ", text.partition("\n-- \n")[0], re.MULTILINE)) == 3


def test_the_last_lines_stand_behind_the_mark_of_a_signature() -> None:
    news, _, last = body(sent(a_normal_day()), "plain").partition("\n-- \n")
    assert "TOP STORIES" in news
    assert "You get Morning paper because this address is on its list:\nme@example.org\n" in last
    assert re.search(r"\nUnsubscribe:\nhttps://\S+\n", last)


@settings(max_examples=60)
@given(st.text(st.characters(codec="utf-8"), max_size=300))
def test_nothing_of_zero_width_no_control_and_no_override_stands_in_it(words: str) -> None:
    edition = an_edition(
        told(report(words, words), gist=words, gist_outlet=words, reason=words),
        sections=(EditionSection("World", (told(report(words, words)),), more=((words, 3),), blurb=words),),
        troubles=(FeedTrouble(words, words, SLOT),),
        notices=(words,),
        intro=words,
        footer=words,
    )
    text = RENDERER.email_text(edition, page_url=PAGE)
    assert not [one for one in text if unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp") and one != "\n"]
    assert_72_columns(text)


@given(st.text(st.characters(codec="utf-8"), max_size=300), st.integers(0, 6))
def test_any_text_is_wrapped_within_its_columns_and_loses_nothing(words: str, indent: int) -> None:
    lines = wrap(words, " " * indent, " " * indent)
    assert all(width(line) <= 72 or ADDRESS.fullmatch(line) for line in lines.split("\n"))
    assert "".join(lines.split()) == "".join(words.split())


def test_ideographs_count_two_columns_and_a_long_word_is_broken_where_the_line_ends() -> None:
    assert [width(line) for line in wrap("北" * 80).splitlines()] == [72, 72, 16]
    assert [width(line) for line in wrap("x" * 100, "* ", "  ").splitlines()] == [72, 32]
    assert wrap("see https://example.org/" + "x" * 90) == "see\nhttps://example.org/" + "x" * 90


def test_a_number_keeps_its_unit() -> None:
    assert wrap("word " * 13 + "four 4\u00a0min") == ("word " * 13 + "four").strip() + "\n4 min"


def test_the_operators_markdown_is_plain_text_with_each_address_on_a_line_of_its_own() -> None:
    words = """Good morning, see https://example.org/a, and [home](https://example.org/b "t").

- one
- two is *long*
  and goes on

<p>Hi <a href="https://example.org/c?x=1&amp;y=2">there</a> &amp; bye</p>"""
    assert paragraphs(words).splitlines() == [
        "Good morning, see", "https://example.org/a", "and home.", "https://example.org/b", "",
        "- one", "- two is *long* and goes on", "",
        "Hi there & bye", "https://example.org/c?x=1&y=2",
    ]  # fmt: skip

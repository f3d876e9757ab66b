"""Untrusted text, HTML and addresses come out harmless, and otherwise as they were."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds import clean

WILD = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cs", "Cc", "Cf", "Zs", "Zl", "Zp"]),
        st.sampled_from("<>&;\"'/=#x \u200d\u200c\u202e\u2066ab\u0915"),
    )
)
PIECES = [
    "<script>", "</script>", "<a href='", "javascript:", "JaVa\tScript:", "data:text/html,", "'>", "<img src=x ", ">",
    "onerror=alert(1)", " alt='<script>'", "<svg/onload=x>", "<math><mi>", "<style>", "<!--", "-->", "<p>", "<b>",
    "</b>", "&lt;", "&#x6a;", "<table><td>", "<iframe ", "<template>", "<title>", "<![CDATA[", "]]>", "<br",
    "<figure><figcaption>", "</figure>",
]  # fmt: skip
MARKUP = st.lists(st.one_of(WILD, st.sampled_from(PIECES)), max_size=12).map("".join)


def assert_one_line(result: str) -> None:
    result.encode("utf-8")
    assert not [c for c in result if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}]
    assert not re.search("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]", result)
    assert result == result.strip()
    assert "  " not in result


@given(WILD)
def test_any_text_becomes_one_line_that_stays_as_it_is(text: str) -> None:
    result = clean.line(text)
    assert_one_line(result)
    assert clean.line(result) == result


def test_direction_marks_go_as_overrides_do() -> None:
    """They reorder the line of a terminal just as well, and no reader sees them."""
    assert clean.line("a\u200e \u200fb \u061cc") == "a b c"


@given(MARKUP)
def test_any_markup_becomes_one_line_of_text(fragment: str) -> None:
    result = clean.text(fragment)
    assert_one_line(result)
    assert clean.line(result) == result


@given(MARKUP, st.booleans())
def test_any_title_becomes_one_line_without_live_markup(fragment: str, is_html: bool) -> None:
    result = clean.title(fragment, is_html=is_html)
    assert_one_line(result)
    assert not re.search(r"<(?:script|style|iframe|object|embed|svg|img)\b[^<>]*>", result)
    assert not re.search(r"<b>[^<>]*</b>", result)
    assert clean.title(result, is_html=False) == result


TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)((?: [a-z]+=\"[^\"<>]*\")*)>")


@given(MARKUP)
def test_any_html_becomes_safe_html(fragment: str) -> None:
    safe, words = clean.rich(fragment, "https://example.org/")
    assert_one_line(words)
    safe.encode("utf-8")
    assert "<" not in TAG.sub("", safe)
    for _, tag, attributes in TAG.findall(safe):
        assert tag not in {"script", "style", "img", "iframe", "svg", "math", "form", "input", "template", "title"}
        for name, value in re.findall(r" ([a-z]+)=\"([^\"]*)\"", attributes):
            assert name in {"href", "rel", "colspan"}
            assert name != "href" or value.startswith(("http://", "https://"))


@given(WILD, st.sampled_from([None, "https://example.org/a/b", "javascript:x", "//", "https://[::1]/"]))
def test_any_address_becomes_an_ascii_http_address_or_none(address: str, base: str | None) -> None:
    result = clean.url(address, base)
    assert result is None or re.fullmatch(r"https?://[a-z0-9_.:\[\]-]+/[!-~]*", result)
    assert result is None or clean.url(result) == result


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://example.org", "https://example.org/"),
        ("  HTTPS://Example.ORG:443/A  ", "https://example.org/A"),
        ("http://example.org:8080/x", "http://example.org:8080/x"),
        ("https://example.org/a b?q=c d#e f", "https://example.org/a%20b?q=c%20d#e%20f"),
        ("https://example.org/50%25?x=%20", "https://example.org/50%25?x=%20"),
        ("https://example.org/li\nne", "https://example.org/line"),
        ("https://bücher.example/é", "https://xn--bcher-kva.example/%C3%A9"),
        ("https://faß.example/", "https://xn--fa-hia.example/"),
        ("https://日本語.example/", "https://xn--wgv71a119e.example/"),
        ("/story", "https://feeds.example/story"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("http://[::1]:8000/x", "http://[::1]:8000/x"),
        ("javascript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("ftp://example.org/x", None),
        ("mailto:a@example.org", None),
        ("https://user:secret@example.org/", None),
        ("https://example.org\\@evil.example/", None),
        ("https://exa mple.org/", None),
        ("https://example.org:99999/", None),
        ("http://[::1", None),
        ("https://" + "a" * 5_000, None),
        ("", None),
    ],
)
def test_addresses_are_written_as_browsers_write_them(address: str, expected: str | None) -> None:
    assert clean.url(address, "https://feeds.example/all.xml") == expected


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("utm_source=a&id=3&utm_medium=b&page=2", "?id=3&page=2"),
        ("b=2&a=1&b=3&empty=&bare", "?b=2&a=1&b=3&empty=&bare"),
        ("fbclid=x", ""),
        ("ttclid=x&_gl=1&srsltid=y&cmpid=rss&ref_src=z&cid=7", "?cid=7"),
        ("gclid=x&mc_cid=y&mc_eid=z&at_medium=RSS&wt_mc=rss", ""),
        ("UTM_Source=a&q=utm_source", "?q=utm_source"),
        ("id=3#utm_source=rss", "?id=3"),
        ("id=3#comments", "?id=3#comments"),
        ("attribute=1&reference=rss&source=x", "?attribute=1&reference=rss&source=x"),
    ],
)
def test_tracking_parameters_go_and_all_others_stay_in_order(query: str, left: str) -> None:
    assert clean.url(f"https://example.org/x?{query}") == f"https://example.org/x{left}"


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("<p>One.</p><p>Two.</p>", "One. Two."),
        ("a<br>b<br/>c", "a b c"),
        ("in<b>si</b>de", "inside"),
        ("caf&eacute; &amp; bar", "café & bar"),
        ("1 &lt; 2", "1 < 2"),
        ("AT&T", "AT&T"),
        ("x<script>alert(1)</script>y<style>p{}</style>", "xy"),
        ("<ul><li>a</li><li>b</li></ul>", "a b"),
        ("<figure><img alt='A boat'><figcaption>Photo: nobody</figcaption></figure><p>Text.</p>", "Text."),
        ("a\u00a0b\u3000c\u2028d", "a b c d"),
        ("soft\u00adhyphen", "softhyphen"),
    ],
)
def test_html_becomes_the_words_a_reader_sees(fragment: str, expected: str) -> None:
    assert clean.text(fragment) == expected
    assert clean.rich(fragment, "")[1] == expected


def test_joiners_stay_where_a_script_or_an_emoji_needs_them() -> None:
    assert clean.line("می\u200cخواهم") == "می\u200cخواهم"
    assert clean.line("👩\u200d🚀") == "👩\u200d🚀"
    assert clean.line("pass\u200dword") == "password"


def test_surrogate_pairs_are_joined_and_lone_ones_replaced() -> None:
    assert clean.line("\ud83d\ude00 \ud83d") == "😀 \ufffd"


def test_alternative_text_of_a_picture_stays_as_text() -> None:
    assert clean.html("<img src='x.png' alt='1 &lt; 2 \"quoted\"'>", "") == '1 &lt; 2 "quoted"'


def test_pictures_of_one_pixel_leave_nothing() -> None:
    assert clean.html("a<img src='https://t.example/p' width='1' height='1' alt='p'>b<img width=0 alt=q>", "") == "ab"


@pytest.mark.parametrize(
    "address",
    [
        "https://pixel.wp.com/b.gif?host=x",
        "http://feeds.feedburner.com/~r/Example/~4/abc",
        "https://ad.doubleclick.net/ad/x",
        "https://www.example.org/pixel.gif",
        "//b.scorecardresearch.com/p?c1=2",
    ],
)
def test_pictures_that_count_readers_leave_not_even_their_text(address: str) -> None:
    assert clean.rich(f"a<img src='{address}' alt='ad'>b", "https://example.org/") == ("ab", "ab")


def test_other_pictures_leave_their_text_and_no_address() -> None:
    safe = clean.html("<img src='https://example.org/counterpoint.png' alt='Choir'>", "https://example.org/")
    assert safe == "Choir"


def test_no_attribute_is_kept_but_addresses_and_spans() -> None:
    fragment = "<p title='a <b style=x> c' lang=de id=x class=y>x</p><td colspan=2 style=z>y</td>"
    assert clean.html(fragment, "") == "<p>x</p>y"
    assert clean.html(f"<table><tr>{fragment}</tr></table>", "").count('="') == 1


def test_links_in_html_are_absolute_and_without_tracking() -> None:
    assert clean.html("<a href='../x?utm_source=y'>x</a>", "https://example.org/a/b/") == (
        '<a href="https://example.org/a/x" rel="noopener noreferrer">x</a>'
    )


@pytest.mark.parametrize(
    "fragment",
    [
        "<div>" * 60_000,
        "<b><i><u><p>" * 20_000,
        "<a href=x>" * 20_000,
        '<img "' * 40_000,
        "<table>" * 30_000,
        "<" * 200_000,
        "&" * 300_000,
        "<p title='" + "x" * 300_000,
        "<x " + " ".join(f"a{n}=1" for n in range(30_000)) + ">",
    ],
    ids=lambda fragment: fragment[:12],
)
def test_hostile_html_costs_little_and_stays_within_the_limit(fragment: str) -> None:
    begun = time.process_time()
    safe, _ = clean.rich(fragment, "https://example.org/")
    assert len(safe) <= clean.HTML_LIMIT
    assert time.process_time() - begun < 2

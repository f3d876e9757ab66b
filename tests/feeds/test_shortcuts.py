"""What is written plainly is taken as it stands, and comes out as it would have come by the long way."""

import io
import re
import xml.sax
from pathlib import Path

import feedparser
import feedparser.api
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds import clean, items, links, parse, reader
from digest.feeds.repair import mend, narrowed

FEEDS = Path(__file__).parents[1] / "golden" / "feeds"
PIECES = ("a", "example.com", "x-", "-y", "1.2.3.4", "..", ":8080", "/", "?", "#", "&", "=", "utm_source", "fbclid",
          "xtor", "%20", "~", "+", "(", ")", "@", ";", "../", "_", "xn--a", "ü", "q=1", "A")  # fmt: skip
ENDS = ("A dam broke.", "Read on", "[Read more]", "read the full story", "“So.”", "already", "…", "»",
        "The post A dam appeared first on", "the post", "example.com", "submitted by me", "[link]", "[2 comments]",
        "Comments", "[…]", "Continue reading", "Contınue reading")  # fmt: skip
MARKUP = ("a", " ", "&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#38;", "&#xD800;", "&nbsp;", "&", "amp;",
          "<![CDATA[&]]>", "<!--&-->", "<item/>", "&amp", "#0;")  # fmt: skip
VALUES = ("https://e.org/a.jpg", "/a.jpg", "https://1.2.3.999/", "http://xn--a.b/", "1", "30", "800", "48px", "A dam",
          "a b", "", "javascript:x", "https://feeds.feedburner.com/~r/x")  # fmt: skip


@given(st.sampled_from(("http://", "https://")), st.lists(st.sampled_from(PIECES), max_size=9))
def test_an_address_means_the_same_with_a_space_before_it_which_takes_the_long_way(scheme, pieces):
    address = scheme + "".join(pieces)
    assert links.url(address) == links.url(f" {address}")
    assert links.host_of(address) == links.host_of(f" {address}")


@given(
    st.sampled_from(("", "https://e.org", "http://e.org/a/b?q#f", "https://example.com/x/")),
    st.sampled_from(("http://", "https://")),
    st.lists(st.sampled_from(PIECES), max_size=9),
)
def test_an_address_is_joined_to_a_base_as_feedparser_joins_it(base, scheme, pieces):
    address = scheme + "".join(pieces)
    parser = reader._Watched(base, "", "utf-8")
    parser.baseuri = base
    assert parser.resolve_uri(address) == feedparser.urls._urljoin(base, address)


@given(st.text("aZ9 .'-_,\n\0~", max_size=20))
def test_words_of_ascii_are_counted_as_those_of_other_letters(plain):
    words = re.findall(r"[A-Za-z0-9]+(?:['.-][A-Za-z0-9]+)*", plain)
    assert items.count_words(plain) == len(words) == items.count_words(f"{plain} ü") - 1


@given(st.lists(st.sampled_from(MARKUP), max_size=9).map("".join))
def test_references_are_mended_as_beside_one_that_is_wrong(text):
    assert mend(f"<r>{text} &".encode()) == mend(f"<r>{text} ".encode()) + b"&amp;"


@given(st.lists(st.sampled_from(ENDS), max_size=6).map(" ".join))
def test_what_a_publishing_system_put_at_the_end_goes_also_where_it_is_looked_for_in_all_of_the_text(summary):
    whole = items._without_boilerplate(f"ß {summary}")  # which folds to two letters, so that no place is known
    assert items._without_boilerplate(f"s {summary}") == f"s{whole[1:]}"


@given(st.lists(st.tuples(st.sampled_from(("src", "alt", "width", "height", "class")), st.sampled_from(VALUES))))
def test_a_picture_means_the_same_in_capitals_which_take_the_long_way(attributes):
    written = "".join(f' {name}="{value}"' for name, value in attributes)
    base = "https://www.example.org/page"
    assert clean.pictures(f"<img{written}>", base) == clean.pictures(f"<IMG{written}>", base)


@pytest.mark.parametrize(
    "text", ["a\nb", "a\x00b\tc", "soft\xadhyphen", "zero\u200bwidth", "x\u2028y", "\ufeff", "東京\u3000"]
)
def test_a_line_holds_nothing_hidden_whatever_way_it_took(text):
    assert clean.line(text) == " ".join(clean._JOINERS.sub("", clean._HIDDEN.sub("", text)).split())
    assert clean.line(text).isprintable()


def test_a_text_comes_in_one_piece():
    class Pieces(xml.sax.ContentHandler):
        def __init__(self):
            super().__init__()
            self.found = []

        def characters(self, content):
            self.found.append(content)

    seen = Pieces()
    reader = xml.sax.make_parser(["digest.feeds.expat"])
    reader.setContentHandler(seen)
    reader.parse(io.BytesIO(b"<a>Dam &amp; ferry:\n&lt;p&gt; both\n</a>"))
    assert seen.found == ["Dam & ferry:\n<p> both\n"]


@pytest.mark.parametrize("path", sorted(FEEDS.glob("*/*.xml")), ids=lambda path: path.parent.name)
def test_feedparser_finds_the_same_whether_a_text_comes_in_one_piece_or_many(path, monkeypatch):
    def found():
        body = mend(narrowed(path.read_bytes())[0])
        document = feedparser.parse(io.BytesIO(body), resolve_relative_uris=False, sanitize_html=False)
        return document.feed, document.entries, document.bozo, document.version

    assert "digest.feeds.expat" in feedparser.api.PREFERRED_XML_PARSERS, parse.__name__
    ours = found()
    monkeypatch.setattr(feedparser.api, "PREFERRED_XML_PARSERS", [])
    assert found() == ours

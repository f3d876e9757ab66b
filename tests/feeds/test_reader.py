"""Our strict parser finds what feedparser's own one finds, whatever way a document takes through it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import feedparser
import feedparser.api
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.feeds import reader

FEEDS = sorted((Path(__file__).parents[1] / "golden" / "feeds").glob("*/*.xml"))
OWN = reader._Watched.__mro__[1]
PIECES = (
    "<image><url>x</url></image>", "<textinput><name>n</name><title>t</title></textinput>", "<title>again</title>",
    '<source url="http://s.example/">S <title>u</title></source>', "<source><title>T</title></source>",
    '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>x &amp; y</p></div></content>',
    '<title type="html">a &lt;b&gt;c&lt;/b&gt;</title>', "<description>z &amp;lt; &lt;/p&gt;</description>",
    '<svg xmlns="http://www.w3.org/2000/svg"><title>q</title></svg>', "<link>rel/x</link>", "<guid>g</guid>",
    '<guid isPermaLink="false">g</guid>', "<author><name>N</name><email>e@x.example</email></author>",
    "<item><title>inside</title></item>", '<summary mode="base64">aGVsbG8=</summary>', "<div>x</div>", "<updated/>",
    '<content mode="base64" type="application/octet-stream">aGVsbG8=</content>', "<category>c</category>",
    '<body xmlns="http://www.w3.org/1999/xhtml"><p>h</p></body>', "<language>de</language>", "<tags>a,b</tags>",
    '<link xml:base="http://b.example/" href="y"/>', '<title xml:lang="fr">f</title>', "é", "&#150;", " ",
    '<d:title xmlns:d="http://purl.org/dc/elements/1.1/">d</d:title>', "<summary>s</summary>", "<unknown>u</unknown>",
    '<m:group xmlns:m="http://search.yahoo.com/mrss/"><m:title>t</m:title></m:group>', "<keywords>a</keywords>",
)  # fmt: skip


def plain(found: Any) -> Any:
    if isinstance(found, dict):
        return {key: plain(value) for key, value in found.items() if key != reader._WATCH}
    return [plain(one) for one in found] if isinstance(found, list) else found


def by(parser: type, body: bytes) -> object:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(feedparser.api, "StrictFeedParser", parser)
        try:
            found = reader.read(body, "application/xml")
        except Exception as error:  # noqa: BLE001 (whatever it is, it is the same)
            return type(error), str(error)
    return plain(found.feed), plain(found.entries), found.version, str(found.get("bozo_exception")), found.namespaces


@pytest.mark.parametrize("path", FEEDS, ids=lambda path: path.parent.name)
def test_a_feed_is_read_as_by_feedparser_alone(path: Path) -> None:
    assert by(reader._Watched, path.read_bytes()) == by(OWN, path.read_bytes())


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FEEDS), st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(PIECES)), max_size=4))
def test_so_is_a_feed_with_anything_anywhere_in_it(path: Path, put: list[tuple[int, str]]) -> None:
    body = path.read_bytes()
    for place, piece in put:
        ends = [found.end() for found in re.finditer(rb"<[^<>!?]+>", body)]
        at = ends[place % len(ends)] if ends else 0
        body = body[:at] + piece.encode() + body[at:]
    assert by(reader._Watched, body) == by(OWN, body)

"""What is read of a document that was read before comes to the same as reading all of it, or all of it is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from xml.sax import make_parser

import feedparser.api
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.feeds import expat, unseen
from digest.feeds.items import ITEMS_LIMIT
from digest.feeds.parse import parse
from digest.model import ParsedFeed, Unreadable

NOW = datetime(2027, 1, 1, tzinfo=UTC)
URL = "https://feeds.example.org/feed.xml"
TESTS = Path(__file__).parents[1]
SHARED = TESTS.parents[1] / "shared" / "feeds"
FILES = [
    *sorted((TESTS / "golden" / "feeds").glob("*/feed.xml")),
    *sorted((TESTS.parent / "digest" / "sample").glob("*/*.xml")),
    *sorted(path for path in SHARED.glob("*.*") if path.suffix in {".xml", ".json"} and path.name != "manifest.json"),
]


@cache
def read(body: bytes, url: str, kind: str | None) -> ParsedFeed | Unreadable:
    return parse(body, url, kind, NOW)


@cache
def read_first(body: bytes, url: str, kind: str | None) -> ParsedFeed | Unreadable:
    return parse(body, url, kind, NOW, b"")


def whole(body: bytes, url: str = URL, kind: str | None = None) -> ParsedFeed:
    found = read_first(body, url, kind)
    assert isinstance(found, ParsedFeed), found
    return found


def remembered(body: bytes) -> bytes:
    reading = whole(body).reading
    return reading.remembered if reading else b""


def again(body: bytes, memory: bytes, url: str = URL, kind: str | None = None) -> int:
    """Reads a document of which something is remembered; how many items were left out, once all was as it must be."""
    full = read(body, url, kind)
    part = parse(body, url, kind, NOW, memory)
    if not isinstance(part, ParsedFeed) or part.reading is None or not part.reading.left_out:
        assert (replace(part, reading=None) if isinstance(part, ParsedFeed) else part) == full
        return 0
    assert isinstance(full, ParsedFeed)
    assert replace(part, items=(), reading=None) == replace(full, items=(), reading=None)
    assert len(part.items) + part.reading.left_out == len(full.items)
    cut, known = unseen.cut(body, kind or "application/xml"), unseen.known(memory)
    assert cut is not None
    assert known is not None
    was_read = unseen.reduced(cut, known)
    assert was_read is not None
    assert part.items == tuple(full.items[place] for place in was_read.kept)
    assert whole(body, url, kind).reading == replace(part.reading, left_out=0)
    return part.reading.left_out


def only(memory: bytes, body: bytes, places: range | set[int]) -> bytes:
    """What is remembered, but for the items at other places."""
    cut = unseen.cut(body, "application/xml")
    assert cut is not None
    hashes = {cut.hashes[place] for place in places}
    records = [memory[at : at + 20] for at in range(16, len(memory), 20)]
    return memory[:16] + b"".join(record for record in records if record[:12] in hashes)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_whatever_is_known_of_a_feed_the_rest_is_read_as_in_the_whole(path: Path) -> None:
    body = path.read_bytes()
    memory = remembered(body) if isinstance(read_first(body, URL, None), ParsedFeed) else b""
    if not memory:
        assert again(body, memory) == 0
        return
    places = len(whole(body).items)
    left_out = again(body, memory)
    assert left_out == min((len(memory) - 16) // 20, places - 1)
    for count in {*range(min(places, 12)), places - 1}:
        again(body, only(memory, body, range(count)))
        again(body, only(memory, body, range(count, places)))


def test_most_real_feeds_can_be_read_in_part() -> None:
    if not SHARED.exists():
        pytest.skip(f"the captured feeds are not here ({SHARED})")
    bodies = [path.read_bytes() for path in SHARED.glob("*.xml")]
    well_formed = [body for body in bodies if not whole(body).complaints]
    assert sum(bool(remembered(body)) for body in well_formed) >= len(well_formed) - 6


# --- The forms of a document, each with three items; the first is new ----------------------------

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>T</title><link>https://a.example/</link>
<language>en</language><lastBuildDate>Fri, 13 Oct 2023 07:00:00 GMT</lastBuildDate><ttl>60</ttl>
<image><url>https://a.example/i.png</url><title>T</title><link>https://a.example/</link></image>
%s
</channel></rss>"""
ITEMS = [
    f"""<item><title>Title {n}</title><link>https://a.example/{n}</link><guid isPermaLink="false">g-{n}</guid>
<description><![CDATA[<p>Text {n} &amp; more</p>]]></description><dc:creator>Ann {n}</dc:creator>
<content:encoded><![CDATA[<p>Long text {n} <img src="/x{n}.png"></p>]]></content:encoded><!-- {n} -->
<media:content url="https://a.example/{n}.jpg" medium="image"><media:title>Picture</media:title></media:content>
<pubDate>Thu, 12 Oct 2023 0{n}:00:00 GMT</pubDate></item>"""
    for n in range(6)
]
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" xml:base="https://a.example/blog/">
<title>T</title><id>urn:t</id><author><name>Feed</name></author><updated>2023-10-13T07:00:00Z</updated>
<link href="https://a.example/"/>
%s
</feed>"""
ENTRIES = [
    f"""<entry xml:lang="en"><title type="html">Title &lt;b&gt;{n}&lt;/b&gt;</title><id>urn:{n}</id>
<link href="{n}.html"/><updated>2023-10-12T0{n}:00:00Z</updated><summary>Summary {n}</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Text {n} <a href="x">x</a></p></div></content>
</entry>"""
    for n in range(6)
]


def rss(*items: str) -> bytes:
    return (RSS % "\n".join(items)).encode()


def atom(*entries: str) -> bytes:
    return (ATOM % "\n".join(entries)).encode()


def test_only_the_new_item_is_read() -> None:
    assert again(rss(*ITEMS[:4]), remembered(rss(*ITEMS[1:4]))) == 3
    assert again(atom(*ENTRIES[:4]), remembered(atom(*ENTRIES[1:4]))) == 3


def test_a_date_of_the_whole_feed_that_changes_lets_nothing_be_read_again() -> None:
    later = rss(*ITEMS[:4]).replace(b"13 Oct 2023 07", b"13 Oct 2023 08").replace(b"<ttl>60", b"<ttl>61")
    assert again(later, remembered(rss(*ITEMS[:4]))) == 3
    assert again(atom(*ENTRIES).replace(b"13T07", b"13T08"), remembered(atom(*ENTRIES))) == 5


def test_what_changed_is_read_again() -> None:
    body = rss(*ITEMS).replace(b"Text 3", b"Text three")
    part = parse(body, URL, None, NOW, remembered(rss(*ITEMS)))
    assert isinstance(part, ParsedFeed)
    assert [item.title for item in part.items] == ["Title 3"]
    assert again(body, remembered(rss(*ITEMS))) == 5


def test_what_was_gone_and_is_back_is_read() -> None:
    memory = remembered(rss(*ITEMS[1:]))
    assert again(rss(ITEMS[1], ITEMS[0], *ITEMS[2:]), memory) == 5


def test_order_does_not_matter() -> None:
    assert again(rss(*reversed(ITEMS)), remembered(rss(*ITEMS[1:]))) == 5
    assert again(atom(*reversed(ENTRIES)), remembered(atom(*ENTRIES[1:]))) == 5


def test_what_bears_on_all_items_lets_all_be_read() -> None:
    """Base and language of the document, its namespaces, its site, whose country dates go by, the feed's author."""
    memory, body = remembered(atom(*ENTRIES)), atom(*ENTRIES)
    for old, new in (
        (b'xml:base="https://a.example/blog/"', b'xml:base="https://b.example/"'),
        (b'xml:lang="de"', b'xml:lang="fr"'),
        (b"<name>Feed", b"<name>Other"),
        (b'<link href="https://a.example/"/>', b'<link href="https://a.example.ie/"/>'),
        (b"<feed ", b'<feed xmlns:x="urn:x" '),
        (b"<feed ", b'<x:y xmlns:x="urn:x"/><feed '),
    ):
        assert again(body, memory) == 5
        assert again(body.replace(old, new, 1), memory) == 0
    for old, new in ((b"<language>en", b"<language>ga"), (b"<image>", b"<picture/><image>"), (b"2.0", b"0.91")):
        changed = rss(*ITEMS).replace(old, new).replace(b"<picture/>", b'<a:b xmlns:a="urn:a"/>')
        assert again(changed, remembered(rss(*ITEMS))) == 0


@pytest.mark.parametrize(
    "elsewhere", [b"", b'<image xmlns:media="http://search.yahoo.com/mrss/">'], ids=["", "elsewhere"]
)
def test_a_prefix_that_is_bound_no_more_lets_all_be_read(elsewhere: bytes) -> None:
    """An item that is left out may use it, and the document is not well-formed then."""
    plain = "<item><title>Plain</title><link>https://a.example/plain</link></item>"
    body = rss(plain, *ITEMS)
    unbound = body.replace(b'xmlns:media="http://search.yahoo.com/mrss/"', b"").replace(
        b"<image>", elsewhere or b"<image>"
    )
    assert again(body, remembered(body)) == 6
    assert again(unbound, remembered(body)) == 0


def test_a_document_comes_to_feedparser_through_expat_with_texts_in_one_piece() -> None:
    assert isinstance(make_parser(feedparser.api.PREFERRED_XML_PARSERS), expat.create_parser().__class__)


def test_another_address_or_charset_lets_all_be_read() -> None:
    memory = remembered(rss(*ITEMS))
    assert again(rss(*ITEMS), memory, url="https://b.example/feed.xml") == 0
    assert again(rss(*ITEMS), memory, kind="text/xml") == 0
    assert again(rss(*ITEMS), memory, kind="application/xml; charset=iso-8859-1") == 0


@pytest.mark.parametrize(
    "doubtful",
    [
        pytest.param(lambda body: body.decode().encode("utf-16"), id="utf-16"),
        pytest.param(lambda body: body.replace(b"?>", b"?><!DOCTYPE rss [<!ENTITY x 'y'>]>", 1), id="entities"),
        pytest.param(lambda body: body.replace(b"?>", b'?><!DOCTYPE rss SYSTEM "rss.dtd">', 1), id="document type"),
        pytest.param(lambda body: body.replace(b"Text 4", b"Text </item><item> 4"), id="close tag hidden in CDATA"),
        pytest.param(lambda body: body.replace(b"<!-- 4 -->", b"<!-- </item> -->"), id="close tag hidden in a comment"),
        pytest.param(lambda body: body.replace(b"<!-- 4 -->", b"<item><title>in</title></item>"), id="nested"),
        pytest.param(lambda body: body.replace(b"<!-- 4 -->", b"<entry><title>in</title></entry>"), id="nested entry"),
        pytest.param(lambda body: body.replace(b"<!-- 4 -->", b"<entry/>"), id="empty entry"),
        pytest.param(lambda body: body.replace(b"<ttl>", b"<!-- <item>x</item> --><ttl>"), id="an item in a comment"),
        pytest.param(
            lambda body: body.replace(b"</item>\n<item>", b"</item>\n<title>X</title>\n<item>", 1), id="between"
        ),
        pytest.param(lambda body: body.replace(b"</channel>", b"<title>X</title></channel>"), id="behind"),
        pytest.param(lambda body: body.replace(b"Title 4", b"AT&T 4"), id="mended"),
        pytest.param(lambda body: body.replace(b"Title 4", b"Title <b> 4"), id="not well-formed"),
        pytest.param(lambda body: body.replace(b"Title 4", b"Title \xff 4"), id="bytes that are no UTF-8"),
        pytest.param(lambda body: body.replace(b"<!-- 4 -->", b"<skipHours><hour>4</hour></skipHours>"), id="hours"),
        pytest.param(lambda body: body.replace(b"item>", b"media:item>"), id="prefixed"),
        pytest.param(lambda body: body.replace(b"item>", b"ITEM>"), id="capitals"),
        pytest.param(lambda body: body.replace(b"<item>", b'<item xmlns="urn:x">', 1), id="namespace on the item"),
        pytest.param(lambda body: body.replace(b"<!-- 4 -->", b'<x:y xmlns:x="urn:x"/>'), id="namespace in the item"),
        pytest.param(
            lambda body: body.replace(b"<!-- 4 -->", b'<a xml:base="https://b.example/"/>'), id="base in the item"
        ),
        pytest.param(lambda body: body.replace(b"<!-- 4 -->", b"<content:encoded>x"), id="not closed"),
        pytest.param(lambda body: body.replace(b"Title 4", b"").replace(b"/4<", b"<"), id="one without a title"),
    ],
)
def test_what_is_doubtful_is_read_whole(doubtful) -> None:  # type: ignore[no-untyped-def]
    body = doubtful(rss(*ITEMS))
    if doubtful(rss(*ITEMS[4:5])) == rss(*ITEMS[4:5]) == body:
        raise AssertionError("nothing was changed")
    memory = remembered(body)
    again(body, memory)
    again(body, remembered(rss(*ITEMS)))
    again(rss(*ITEMS), memory)


@pytest.mark.parametrize(
    "trace",
    ['<a xml:base="https://b.example/"/>', '<x:y xmlns:x="urn:x"/>', '<media:x xmlns:media="urn:x"/>'],
    ids=["base", "prefix", "prefix of another namespace"],
)
def test_an_item_that_leaves_a_trace_in_the_parser_keeps_all_in_the_document(trace: str) -> None:
    """feedparser takes base and prefixes along to the items behind."""
    leaving = ITEMS[4].replace("<!-- 4 -->", trace)
    assert remembered(rss(*ITEMS[:4], leaving, ITEMS[5])) == b""
    assert again(rss(leaving, *ITEMS[:4]), remembered(rss(*ITEMS))) == 0


@pytest.mark.parametrize(
    "twin",
    [
        ITEMS[1].replace("Title 1", "Title 0"),
        ITEMS[1].replace("g-1", "g-0"),
        ITEMS[1].replace("g-1", "").replace("/1<", "/0<"),
    ],
    ids=["title", "guid", "link"],
)
def test_an_item_that_shares_what_it_is_known_by_lets_all_be_read(twin: str) -> None:
    first = ITEMS[0] if "g-" in twin else ITEMS[0].replace("g-0", "")
    memory = remembered(rss(first, *ITEMS[2:]))
    assert memory
    assert again(rss(twin, first, *ITEMS[2:]), memory) == 0
    assert len(remembered(rss(twin, first, *ITEMS[2:]))) == 16 + 4 * 20, "the two are read each time"


def test_a_feed_of_too_many_items_is_read_whole() -> None:
    items = [f"<item><title>{n}</title></item>" for n in range(ITEMS_LIMIT + 1)]
    assert unseen.cut(rss(*items[1:]), "application/xml") is not None
    assert unseen.cut(rss(*items), "application/xml") is None


@pytest.mark.parametrize("memory", [b"x", b"x" * 16, b"x" * 35, b"x" * 36, b"x" * 56], ids=len)
def test_a_memory_that_says_nothing_lets_all_be_read(memory: bytes) -> None:
    assert again(rss(*ITEMS), memory) == 0


class Counted(bytes):
    """Bytes that count how many of them each search has run over."""

    looked = 0

    def find(self, what: bytes, start: int = 0, end: int | None = None) -> int:  # type: ignore[override]
        found = super().find(what, start, len(self) if end is None else end)
        Counted.looked += (found if found >= 0 else min(len(self), len(self) if end is None else end)) - start
        return found


@pytest.mark.parametrize(
    "hostile",
    [
        b"<item" * 40_000,
        b"<item>" * 40_000,
        b"<item>" * 40_000 + b"</item>",
        b"<items>" * 40_000,
        b"<item></item" * 20_000,
        b"<item></item>" * 20_000,
        b"<entry><item>" * 20_000,
        b"<rss><item>" + b"<![CDATA[" * 20_000 + b"</item>",
        b"<rss><item>" + b"<!--" * 40_000 + b"</item>",
        b"<rss><item" + b" a='b'" * 40_000 + b"</item>",
        b"<rss><item" + b" " * 200_000 + b"</item>",
        b"<?xml " + b'encoding="utf-8" ' * 15_000 + b"<item></item>",
        b"<rss>" + b" " * 200_000 + b"<item></item>" + b"<? ?>" * 20_000,
        b"<rss>" + b"<x>" * 100_000 + b"<item></item>",
        b"<rss><item>" + b"<!--x-->" * 30_000 + b"</item>",
    ],
)
def test_hostile_documents_cost_no_more_than_a_few_looks_at_each_byte(hostile: bytes) -> None:
    Counted.looked = 0
    cut = unseen.cut(Counted(hostile), "application/xml")
    assert Counted.looked <= 6 * len(hostile)
    if cut is not None:
        unseen.sound(cut, range(len(cut.places)))
        assert Counted.looked <= 12 * len(hostile)


# --- Anything at all ----------------------------------------------------------------------------

SCRAPS = [
    b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<item>", b"</item>", b"<entry>", b"</entry>", b"<item/>", b"<?x ", b"?>",
    b"<title>", b"</title>", b"<summary>", b"</summary>", b"<content>", b"</content>", b"<image>", b"</image>",
    b"<source>", b"</source>", b"<author>", b"</author>", b"<x>", b"</x>", b"&amp;", b"&nbsp;", b"&", b"<", b">", b'"',
    b' xml:base="https://b.example/"', b' xmlns="urn:x"', b' xmlns:media="urn:x"', b' xml:lang="fr"', b"\xe9", b"\xff",
    b"\xc3\xa9", b"\0", b"<div>", b"</div>", b"<feed>", b"</channel>", b"<language>fr</language>", b"<svg>", b"</svg>",
    b'<content type="xhtml">', b"<media:title>", b"</media:title>", b"<textinput>", b"<body>", b"</body>", b"g-1",
    b"Title 1", b"Title 2", b"<description>", b"</description>", b'<summary type="xhtml">', b"<dc:language>", b"g-2",
]  # fmt: skip


@st.composite
def changed(draw: st.DrawFn, make, listed: list[str]) -> tuple[bytes, bytes]:  # type: ignore[no-untyped-def]
    """A document, and one that came after it: items added, gone, turned and doubled, scraps thrown in, bytes lost."""

    def thrown(text: bytes, most: int) -> bytes:
        for _ in range(draw(st.integers(0, most))):
            at = draw(st.integers(0, len(text)))
            gone = draw(st.sampled_from((0, 0, 0, 1, 5)))
            text = text[:at] + draw(st.sampled_from([b"", *SCRAPS])) + text[at + gone :]
        return text

    before = [listed[place] for place in draw(st.lists(st.integers(0, 5), min_size=1, max_size=6))]
    after = draw(st.permutations(before)) + draw(st.lists(st.sampled_from(listed), max_size=3))
    if draw(st.booleans()):
        place = draw(st.integers(0, len(before) - 1))
        before[place] = thrown(before[place].encode(), 2).decode("utf-8", "replace")
        after = before + after[1:]
    return thrown(make(*before), draw(st.sampled_from((0, 0, 1)))), thrown(make(*after), 3)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(changed(rss, ITEMS), changed(atom, ENTRIES)))
def test_no_document_is_read_otherwise_for_what_is_known(documents: tuple[bytes, bytes]) -> None:
    first, second = documents
    before = read_first(first, URL, None)
    memory = before.reading.remembered if isinstance(before, ParsedFeed) and before.reading else b""
    if again(second, memory):
        # what was left out is what was read before, item by item
        assert isinstance(before, ParsedFeed)
        known = dict(zip(hashes(first), before.items, strict=True))
        for hashed, item in zip(hashes(second), whole(second).items, strict=True):
            assert known.get(hashed, item) == item


def hashes(body: bytes) -> tuple[bytes, ...]:
    cut = unseen.cut(body, "application/xml")
    assert cut is not None
    return cut.hashes

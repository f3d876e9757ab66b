"""Every trouble of real feed documents has an answer; what people wrote in good order comes out as written."""

from __future__ import annotations

import dataclasses
import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.parse import parse
from digest.model import ParsedFeed, ParsedItem, Unreadable

NOW = datetime(2023, 10, 14, 12, 0, tzinfo=UTC)
URL = "https://example.org/feed.xml"


def read(body: bytes | str, url: str = URL, content_type: str | None = None) -> ParsedFeed:
    parsed = parse(body.encode() if isinstance(body, str) else body, url, content_type, NOW)
    assert isinstance(parsed, ParsedFeed), parsed
    return parsed


def reason(body: bytes | str, url: str = URL) -> str:
    parsed = parse(body.encode() if isinstance(body, str) else body, url, None, NOW)
    assert isinstance(parsed, Unreadable), parsed
    return parsed.reason


def rss(item: str, head: str = "") -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{head}<item>{item}</item></channel></rss>'


def only(item: str, head: str = "") -> ParsedItem:
    (one,) = read(rss(item, head)).items
    return one


def atom(entry: str) -> ParsedItem:
    (one,) = read(f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry>{entry}</entry></feed>').items
    return one


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "java&#10;script:x"])
def test_a_link_is_http_or_nothing(link: str) -> None:
    assert only(f"<title>x</title><link>{link}</link>").url is None
    assert only(f"<title>x</title><guid>{link}</guid>").url is None
    assert atom(f'<title>x</title><link href="{link}"/>').url is None


def test_a_good_link_beside_a_bad_one_is_found() -> None:
    entry = '<title>x</title><link href="javascript:x"/><link rel="alternate" href="https://example.org/1"/>'
    assert atom(entry).url == "https://example.org/1"


@pytest.mark.parametrize(
    ("declared", "written", "expected"),
    [
        ("text", "a &lt;b&gt; c &amp;amp; d", "a <b> c &amp; d"),
        ("html", "a &lt;b&gt;b&lt;/b&gt; c &amp;amp; d", "a b c & d"),
        ("html", "1 &amp;lt; 2", "1 < 2"),
        ("xhtml", '<div xmlns="http://www.w3.org/1999/xhtml">a <b>b</b> &amp; c</div>', "a b & c"),
        ("text", "&lt;script&gt;alert(1)&lt;/script&gt;News", "News"),
    ],
)
def test_an_atom_title_is_decoded_by_its_declared_type(declared: str, written: str, expected: str) -> None:
    assert atom(f'<title type="{declared}">{written}</title><id>1</id>').title == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("plain", "plain"),
        ("AT&amp;T", "AT&T"),
        ("AT&amp;amp;T", "AT&T"),
        ("AT&T", "AT&T"),
        ("&lt;b&gt;x&lt;/b&gt;", "x"),
        ("<![CDATA[<b>x</b> &amp; y]]>", "x & y"),
        ("1 &lt; 2 &gt; 0", "1 < 2 > 0"),
        ("two\r\nlines", "two lines"),
        ("&lt;img src=x onerror=alert(1)&gt;x", "x"),
    ],
)
def test_an_rss_title_declares_nothing_and_loses_its_markup(written: str, expected: str) -> None:
    feed = read(rss(f"<guid>1</guid><description>d</description><title>{written}</title>"))
    assert [one.title for one in feed.items][:1] == [expected]


def test_title_of_atom_03_loses_its_markup() -> None:
    feed = read(
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>T</title><entry>'
        '<title mode="escaped" type="text/html">&lt;b&gt;x&lt;/b&gt;</title><id>1</id></entry></feed>'
    )
    assert feed.items[0].title == "x"


def test_nul_and_control_characters_cost_nothing_but_themselves() -> None:
    body = rss("<title>a\x00b\x07c\x1bd</title><link>https://example.org/1</link>").encode()
    (one,) = read(body).items
    assert (one.title, one.url) == ("abcd", "https://example.org/1")


def test_references_to_surrogates_can_be_stored() -> None:
    one = only("<title>x &#xD800; &#55357;&#56832;</title>")
    assert one.title == "x \ufffd 😀"


def test_header_injection_ends_in_one_line() -> None:
    one = only("<title>a&#13;&#10;Bcc: b@example.org</title><author>c\r\nd</author><guid>1\n2</guid>")
    assert (one.title, one.author) == ("a Bcc: b@example.org", "c d")
    assert "\n" not in (one.guid or "")


def test_spaces_and_foreign_letters_in_links_are_encoded() -> None:
    one = only("<link>https://bücher.example/a b/é?q=ü</link><title>x</title>")
    assert one.url == "https://xn--bcher-kva.example/a%20b/%C3%A9?q=%C3%BC"


def test_utf8_that_is_declared_as_utf16_is_read() -> None:
    body = rss("<title>Züge</title>").replace("?>", ' encoding="UTF-16"?>')
    assert read(body).items[0].title == "Züge"


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "windows-1251", "koi8-r", "euc-kr", "shift_jis", "gb18030"]
)
def test_declared_encodings_are_read(encoding: str) -> None:
    word = {"windows-1251": "Москва", "koi8-r": "Москва", "euc-kr": "한국", "shift_jis": "東京"}.get(encoding, "東京 é")
    name = encoding.removesuffix("-sig").removesuffix("-le")
    text = rss(f"<title>{word}</title>").replace("?>", f' encoding="{name}"?>')
    assert read(text.encode(encoding)).items[0].title == word


def test_a_charset_in_the_header_comes_before_the_declaration() -> None:
    body = rss("<title>Москва</title>").replace("?>", ' encoding="utf-8"?>')
    assert (
        read(body.encode("windows-1251"), content_type="application/xml; charset=windows-1251").items[0].title
        == "Москва"
    )


SLAVIC, LATIN = "Привет Москва", "Café – über"


@pytest.mark.parametrize(
    ("written", "declared", "header", "text"),
    [
        ("utf-8-sig", None, "application/xml; charset=iso-8859-1", SLAVIC),  # the mark beats the header
        ("utf-8-sig", "iso-8859-1", None, SLAVIC),  # and the declaration
        ("utf-16", None, "text/xml", SLAVIC),
        ("utf-16", "utf-16", "application/xml; charset=iso-8859-1", SLAVIC),
        ("windows-1251", None, "application/xml; charset=windows-1251", SLAVIC),  # the header beats silence
        ("windows-1251", "utf-8", "application/xml; charset=windows-1251", SLAVIC),  # and the declaration
        ("windows-1252", "windows-1252", "application/xml; charset=utf-8", LATIN),  # but not where it cannot be true
        ("utf-8", None, "text/xml; charset=us-ascii", SLAVIC),
        ("windows-1251", "windows-1251", "text/plain", SLAVIC),  # the declaration beats a guess
        ("utf-8", None, "text/xml", SLAVIC),  # then UTF-8
        ("windows-1252", None, "application/rss+xml", LATIN),  # then windows-1252
        ("windows-1252", "utf-8", "application/rss+xml", LATIN),
        ("utf-8", "utf-8", "application/xml; charset=no-such-thing", SLAVIC),
        ("utf-8", "no-such-thing", None, SLAVIC),
    ],
)
def test_the_charset_is_the_first_that_can_be_true(
    written: str, declared: str | None, header: str | None, text: str
) -> None:
    body = rss(f"<title>{text}</title>")
    body = body.replace("?>", f' encoding="{declared}"?>') if declared else body
    assert read(body.encode(written), content_type=header).items[0].title == text


RSS_ITEM = "<item><title>Dam breaks</title><link>https://example.org/1</link><description>At dawn.</description></item>"
FORMATS = {
    "RSS 0.90": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/">'
    f"<channel><title>T</title></channel>{RSS_ITEM}</rdf:RDF>",
    "RSS 0.91": '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/'
    f'formats/rss-0.91.dtd"><rss version="0.91"><channel><title>T</title>{RSS_ITEM}</channel></rss>',
    "RSS 0.92": f'<rss version="0.92"><channel><title>T</title>{RSS_ITEM}</channel></rss>',
    "RSS 1.0": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
    f"<channel><title>T</title></channel>{RSS_ITEM}</rdf:RDF>",
    "RSS 2.0": f'<rss version="2.0"><channel><title>T</title>{RSS_ITEM}</channel></rss>',
    "RSS without version": f"<rss><channel><title>T</title>{RSS_ITEM}</channel></rss>",
    "Atom 0.3": '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>T</title><entry><title>Dam breaks</title>'
    '<link rel="alternate" type="text/html" href="https://example.org/1"/><summary>At dawn.</summary></entry></feed>',
    "Atom 1.0": '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><title>Dam breaks</title>'
    '<link href="https://example.org/1"/><summary>At dawn.</summary></entry></feed>',
    "JSON Feed 1.0": '{"version": "https://jsonfeed.org/version/1", "title": "T", "items": [{"title": "Dam breaks", '
    '"url": "https://example.org/1", "content_text": "At dawn."}]}',
    "JSON Feed 1.1": '{"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": [{"title": "Dam breaks", '
    '"url": "https://example.org/1", "content_html": "<p>At dawn.</p>"}]}',
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_read(name: str) -> None:
    feed = read(FORMATS[name])
    assert feed.title == "T"
    assert [(item.title, item.url, item.summary) for item in feed.items] == [
        ("Dam breaks", "https://example.org/1", "At dawn.")
    ]


def test_one_bad_byte_does_not_spoil_a_document() -> None:
    body = rss("<title>Zürich, Genève, Malmö, Łódź, Ærø, Köln, Åbo</title><description>BAD</description>").encode()
    (one,) = read(body.replace(b"BAD", b"\xff")).items
    assert one.title == "Zürich, Genève, Malmö, Łódź, Ærø, Köln, Åbo"


def test_a_document_without_encoding_that_is_no_utf8_is_windows_1252() -> None:
    assert read(rss("<title>Café – 3 €</title>").encode("windows-1252")).items[0].title == "Café – 3 €"


@pytest.mark.parametrize(
    "written",
    ["Mon, 01 Jan 0001 00:00:00 GMT", "1772", "Fri, 13 Oct 2023 12:00:00 +9999", "Thu, 01 Jan 1970 00:00:00 GMT"],
)
def test_an_absurd_date_is_missing_and_its_text_is_kept(written: str) -> None:
    one = only(f"<title>x</title><pubDate>{written}</pubDate>")
    assert (one.published, one.published_text) == (None, written)


def test_a_date_ahead_is_missing() -> None:
    assert only("<title>x</title><pubDate>Sat, 14 Oct 2023 12:30:00 GMT</pubDate>").published is None


@pytest.mark.parametrize(
    ("link", "hour"), [("example.in", 7), ("example.org", 7), ("example.co.il", 11), ("example.ie", 12)]
)
def test_ist_is_read_by_the_outlets_country(link: str, hour: int) -> None:
    one = only(f"<title>x</title><link>https://{link}/1</link><pubDate>Fri, 13 Oct 2023 13:06 IST</pubDate>")
    assert one.published is not None
    assert one.published.hour == hour


def test_published_comes_before_updated_and_updated_before_nothing() -> None:
    assert atom(
        "<title>x</title><updated>2023-10-13T10:00:00Z</updated><published>2023-10-12T10:00:00Z</published>"
    ).published == datetime(2023, 10, 12, 10, 0, tzinfo=UTC)
    assert atom("<title>x</title><updated>2023-10-13T10:00:00Z</updated>").published is not None


def test_an_item_cut_in_the_middle_is_dropped() -> None:
    body = rss("<title>a</title>").replace("</channel></rss>", "<item><guid>2")
    assert [one.title for one in read(body).items] == ["a"]


def test_an_empty_item_inside_an_item_does_not_end_it() -> None:
    one = only("<title>a</title><item /><link>https://example.org/1</link>")
    assert (one.title, one.url) == ("a", "https://example.org/1")


def test_a_web_page_is_told_with_the_feeds_it_names() -> None:
    page = (
        "<!DOCTYPE html><html><head><link rel='stylesheet' href='x.css'>"
        '<link rel="alternate" type="application/rss+xml" href="/feed"><title>x</title></head></html>'
    )
    assert reason(page) == "this is a web page, not a feed; it names https://example.org/feed"
    assert reason("<html><body>Login</body></html>").startswith("this is a web page, not a feed; ")


def test_a_web_page_cannot_put_a_token_or_a_flood_into_the_message() -> None:
    """The message stands on public pages and in logs; a page may echo the query of our own private address."""
    feed = '<link rel="alternate" type="application/rss+xml" href="{}">'
    hrefs = ("/feed?user=me&amp;token=SECRET#SECRET", "/feed?token=SECRET2", "/" + "x" * 3_000)
    told = reason(f"<html><head>{''.join(map(feed.format, hrefs))}</head></html>")
    assert told == "this is a web page, not a feed; it names https://example.org/feed?..."


@pytest.mark.parametrize("body", [b"", b" \r\n", b"\xef\xbb\xbf", b"\0\0"])
def test_an_empty_body_is_told(body: bytes) -> None:
    assert reason(body).startswith("the answer is empty")


def test_other_documents_are_told_apart() -> None:
    assert reason("<?xml version='1.0'?><opml><body/></opml>").endswith("it begins with <opml>")
    assert reason("Too many requests") == "this is no feed in RSS, Atom or JSON Feed format"
    assert reason('{"error": "x"}').startswith("this is JSON, but not a JSON Feed")
    assert reason('{"version": "https://other.example/1", "items": []}').startswith("this is JSON, but not a JSON Feed")
    assert reason("{'x").startswith("this starts like JSON")
    assert reason("[" * 200_000).startswith("this starts like JSON")


def test_a_name_of_a_file_in_the_body_opens_no_file(tmp_path: object) -> None:
    path = f"{tmp_path}/feed.xml"
    with open(path, "w", encoding="utf-8") as file:
        file.write(rss("<title>secret</title>"))
    assert "secret" not in reason(path)


def test_external_entities_and_entity_bombs_are_not_followed() -> None:
    bomb = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(8)
    )
    body = (
        f'<?xml version="1.0"?>{bomb}<!ENTITY x SYSTEM "file:///etc/passwd">]>' + rss("<title>a &x; &i;</title>")[21:]
    )
    parsed = parse(body.encode(), URL, None, NOW)
    assert "root:" not in str(parsed)
    assert len(str(parsed)) < 10_000


def test_json_feed_of_both_versions_is_read() -> None:
    for version, author in (("1", {"author": {"name": "A"}}), ("1.1", {"authors": [{"name": "A"}]})):
        one = {"id": "1", "url": "https://example.org/1", "title": "T <b>", "content_text": "x < y", **author}
        feed = {"version": f"https://jsonfeed.org/version/{version}", "title": "F", "items": [one]}
        (item,) = read(json.dumps(feed)).items
        assert (item.title, item.author, item.summary) == ("T <b>", "A", "x < y")


def test_summary_is_plain_text_with_paragraphs_joined() -> None:
    assert only("<description>&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;</description>").summary == "One. Two."


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Story. The post Title appeared first on Site.", "Story."),
        ("Story. <a href='x'>Read more</a>", "Story."),
        ("Story. Continue reading Title →", "Story."),
        ("Story […]", "Story…"),
        ("Story [&#8230;]", "Story…"),
        ("submitted by /u/a to /r/b [link] [12 comments]", ""),
        ("Comments", ""),
        ("They read more books.", "They read more books."),
        ("The minister said: continue reading the report", "The minister said: continue reading the report"),
        ("The post office closes. It opened in 1920.", "The post office closes. It opened in 1920."),
    ],
)
def test_boilerplate_at_the_end_goes_and_sentences_stay(text: str, left: str) -> None:
    assert only(f"<title>x</title><description><![CDATA[{text}]]></description>").summary == left


def test_words_count_the_full_text_and_a_teaser_has_none() -> None:
    full = "word " * 200
    content = f"<title>x</title><description>Short.</description><content:encoded>{full}</content:encoded>"
    spaced = rss(content).replace("<rss ", '<rss xmlns:content="http://purl.org/rss/1.0/modules/content/" ')
    assert read(spaced).items[0].words == 200
    assert only("<title>x</title><description>Only a teaser.</description>").words is None
    assert only(f"<title>x</title><description>{full}</description>").words == 200


def test_an_item_takes_the_feeds_language_unless_it_has_its_own() -> None:
    assert only("<title>x</title>", "<language>en_GB</language>").language == "en-gb"
    assert only("<title>x</title>", "<language>not a language!</language>").language is None


def test_an_aggregators_source_and_an_enclosure_are_kept() -> None:
    one = only(
        '<title>x</title><source url="https://paper.example/rss">The <b>Paper</b></source>'
        '<enclosure url="https://cdn.example/a b.mp3" length="1" type="audio/mpeg"/>'
    )
    assert (one.source_url, one.enclosure_url) == ("https://paper.example/rss", "https://cdn.example/a%20b.mp3")
    assert one.source_title is not None
    assert "<" not in one.source_title


def test_a_guid_is_kept_verbatim_and_is_a_link_only_if_it_is_an_address() -> None:
    one = only("<title>x</title><guid> 12345 </guid>")
    assert (one.guid, one.url) == ("12345", None)
    one = only("<title>x</title><guid>https://example.org/1</guid>")
    assert one.url == "https://example.org/1"
    one = only('<title>x</title><guid isPermaLink="false">https://example.org/1</guid>')
    assert one.url is None


def test_relative_links_resolve_against_the_answering_address() -> None:
    one = only("<title>x</title><link>../news/1</link>", "<link>/</link>")
    assert one.url == "https://example.org/news/1"


def test_long_things_are_cut() -> None:
    items = "".join(f"<item><guid>{n}</guid><title>{n}</title></item>" for n in range(2_500))
    assert len(read(f'<rss version="2.0"><channel>{items}</channel></rss>').items) == 2_000
    one = only(f"<title>{'long title ' * 500}</title><description>{'sum mary ' * 1_000}</description>")
    assert len(one.title) <= 1_000
    assert one.title.endswith("…")
    assert len(one.summary) <= 2_000
    one = only(f"<title>x</title><description>{'&lt;p&gt;&amp;lt;x&lt;/p&gt;' * 60_000}</description>")
    assert len(one.content_html) <= 200_000


def test_bare_ampersands_and_html_entities_are_mended_only_outside_cdata() -> None:
    one = only("<title>AT&T &nbsp;&eacute; &bogus;</title><description><![CDATA[a &amp; b & c]]></description>")
    assert (one.title, one.summary) == ("AT&T é &bogus;", "a & b & c")


@pytest.mark.parametrize(
    "body",
    [
        b"<rss><channel>" + b"<item>" * 50_000,
        b"<rss><channel><item><title>" + b"&#" * 200_000,
        b"<rss><channel><item><title>&#" + b"0" * 500_000,
        b"<rss><channel><item><title>" + b"<![CDATA[" * 50_000,
        b"<rss><channel><item><title>" + b"<b>" * 20_000,
        b"<feed>" + b"<!--" * 100_000,
        b"<?xml " + b"x" * 500_000,
    ],
    ids=lambda body: body[:40].decode(),
)
def test_hostile_documents_end_in_time(body: bytes) -> None:
    begun = time.process_time()
    parse(body, URL, None, NOW)
    assert time.process_time() - begun < 10


PIECES = (
    b"<?xml version='1.0'~ encoding='utf-16'~ encoding='bogus'~?>~<rss version='2.0'>~<channel>~<item>~</item>"
    b"~<rdf:RDF>~<feed xmlns='http://www.w3.org/2005/Atom'>~<entry>~</entry>~<title~ type='html'~>~<title>~</title>"
    b"~<link>~</link>~<link href='~'/>~<guid>~</guid>~<pubDate>~</pubDate>~<![CDATA[~]]>~&#xD800;~&#0;~&~&amp;"
    b"~\xff~\x00~<svg>~http://[~<content type='application/octet-stream'>~</content>~<source url='~'>~</source>~{"
    b'~"items":[~}~]~x~<author>~<name>~2023-10-13T99:99:99Z~<media:title>~<image>~</image>'
    b"~<enclosure url='~<!DOCTYPE x ["
    b"~<!ENTITY a 'b'>~]>~&a;"
).split(b"~")


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=8)), max_size=25).map(b"".join))
def test_any_bytes_give_a_feed_or_a_reason(body: bytes) -> None:
    parsed = parse(body, URL, "text/xml; charset=x", NOW)
    if isinstance(parsed, ParsedFeed):
        repr(dataclasses.asdict(parsed)).encode("utf-8")
    else:
        assert parsed.reason

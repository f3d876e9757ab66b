"""Feeds as publishers served them.

The captured files lie beside the project and are not copied into it.
The expectations were written down from the raw files by hand, never from a parser's output.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.feeds import identity
from digest.feeds.outlets import outlet
from digest.feeds.parse import parse
from digest.model import ParsedFeed

FOLDER = Path(__file__).parents[3] / "shared" / "feeds"
FILES = sorted(path for path in FOLDER.glob("*.*") if path.suffix in {".xml", ".json"} and path.name != "manifest.json")
NOW = datetime(2027, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not FILES, reason=f"the captured feeds are not here ({FOLDER})")


def read(name: str, url: str = "https://feeds.example.org/feed.xml") -> ParsedFeed:
    parsed = parse((FOLDER / name).read_bytes(), url, None, NOW)
    assert isinstance(parsed, ParsedFeed), parsed
    return parsed


def test_all_39_are_here() -> None:
    assert len(FILES) == 39


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_real_feed_reads_and_keeps_what_the_nouns_promise(path: Path) -> None:
    feed = read(path.name)
    assert feed.items
    for item in feed.items:
        assert item.title or item.url or item.summary or item.content_html
        for text in (item.title, item.summary, item.author or "", item.source_title or "", feed.title or ""):
            assert text == " ".join(text.split())
            assert not [c for c in text if unicodedata.category(c) in {"Cc", "Cs"}]
        assert not re.search(r"<(?:b|i|a|sup|img|script)\b[^<>]*>", item.title)
        assert not re.search(r"&(?:amp|lt|gt|quot|nbsp|#\d+);", item.title)
        assert not re.search(r"</?(?:p|div|br|img|span|script|a)\b[^<>]*>", item.summary)
        assert not re.search(r"<(?:script|style|img|iframe|object|form|svg)\b|\son\w+=|javascript:", item.content_html)
        for address in (item.url, item.source_url, item.enclosure_url, feed.site_url):
            assert address is None or re.fullmatch(r"https?://[!-~]+", address)
        assert item.published is None or datetime(1990, 1, 1, tzinfo=UTC) <= item.published <= NOW
        assert item.words is None or item.words > 0


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_real_feed_is_new_once(path: Path) -> None:
    feed = read(path.name)
    first = identity.sift(feed, {}, outlet_of=lambda item: "x", first_poll=True, newest=None, now=NOW)
    assert len(first.new) == len(feed.items)
    primaries = [new.keys[0] for new in first.new]
    assert len(set(primaries)) == len(primaries)
    known = {
        key: identity.KnownItem(key, number, new.fingerprint)
        for number, new in enumerate(first.new)
        for key in new.keys
    }
    again = identity.sift(feed, known, outlet_of=lambda item: "x", first_poll=False, newest=None, now=NOW)
    assert again == identity.Sifted((), ())


@dataclass(frozen=True)
class Raw:
    """What a person reads in a raw file, of its first item but for ``last_title``."""

    url: str
    """Where the feed lived."""
    feed_title: str
    site_url: str | None
    items: int
    title: str
    item_url: str
    published: str | None
    """UTC."""
    word: str
    """Stands in the summary."""
    last_title: str
    outlet: str
    author: str | None = None
    language: str | None = None
    guid: str | None = None
    enclosure_url: str | None = None


RAW = {
    # Atom, plain title; its address carries a tracking parameter; no author of its own, so the feed's
    "rbren-heise.xml": Raw(
        url="http://www.heise.de/developer/rss/news-atom.xml",
        feed_title="heise developer neueste Meldungen",
        site_url="http://www.heise.de/developer/",
        items=15,
        title="Java-Anwendungsserver: Red Hat gibt WildFly 10 frei",
        item_url="http://www.heise.de/developer/meldung/"
        "Java-Anwendungsserver-Red-Hat-gibt-WildFly-10-frei-3088438.html",
        published="2016-02-01 16:22:00",
        word="Namenswechsel",
        last_title="Apache Software Foundation bekommt ein neues Logo",
        outlet="heise.de",
        author="heise online",
        guid="http://heise.de/-3088438",
    ),
    # ISO-8859-7, a picture as enclosure, +0200
    "prof18-feed-test-greek.xml": Raw(
        url="https://www.liberal.gr/xml/rss-news.rss",
        feed_title="Liberal - ΕΠΙΚΑΙΡΟΤΗΤΑ",
        site_url="https://www.liberal.gr/news",
        items=1,
        title="«Πορτραίτα καραντίνας» για έμπνευση από τη συλλογή Φέλιου",
        item_url="https://www.liberal.gr/news/"
        "portraita%2Dkarantinas%2Dgia%2Dempneusi%2Dapo%2Dti%2Dsullogi%2Dfeliou/298923",
        published="2020-04-24 20:03:00",
        word="«Between Art and Quarantine»",
        last_title="«Πορτραίτα καραντίνας» για έμπνευση από τη συλλογή Φέλιου",
        outlet="liberal.gr",
        language="el",
        guid="https://www.liberal.gr/news/portraita%2Dkarantinas%2Dgia%2Dempneusi%2Dapo%2Dti%2Dsullogi%2Dfeliou/298923",
        enclosure_url="http://www.liberal.gr/photos/646464564565.jpg",
    ),
    # no guid, CDATA, elements of other namespaces with a second text
    "prof18-feed-test-ru.xml": Raw(
        url="http://www.aif.ru/rss/news.php",
        feed_title="Аргументы и Факты",
        site_url="http://www.aif.ru/",
        items=1,
        title="СМИ: собака в Таиланде спасла заживо похороненного младенца",
        item_url="http://www.aif.ru/incidents/smi_sobaka_v_tailande_spasla_zazhivo_pohoronennogo_mladenca",
        published="2019-05-18 07:52:50",
        word="побоявшись",
        last_title="СМИ: собака в Таиланде спасла заживо похороненного младенца",
        outlet="aif.ru",
        language="ru-ru",
        enclosure_url="https://images.aif.ru/017/020/025bc5cb4cc5d0f8347bbb27f5e4d13b.jpg",
    ),
    # right to left; titles of 26 items in CDATA
    "miniflux-urdu_UTF8.xml": Raw(
        url="http://feeds.bbci.co.uk/urdu/rss.xml",
        feed_title="BBC News اردو - پاکستان کے لیے امریکی امداد کی بہار و خزاں",
        site_url="http://www.bbcurdu.com/",
        items=26,
        title="امریکی عسکری امداد کی بندش کی وجوہات: انڈیا سے جنگ، جوہری پروگرام اور اب دہشت گردوں کی پشت پناہی",
        item_url="http://www.bbc.com/urdu/pakistan-42575603",
        published="2018-01-05 16:51:00",
        word="عسکری",
        last_title="پاکستان امریکہ تعلقات میں ’ڈو مور‘ کا نیا ایڈیشن جو آج تک چل رہا",
        outlet="bbc.com",
        language="ur",
        guid="http://www.bbc.com/urdu/pakistan-42575603",
    ),
    # windows-1251, line breaks as <br />
    "miniflux-encoding_WINDOWS-1251.xml": Raw(
        url="http://ibash.org.ru/rss.xml",
        feed_title="iBash.Org.Ru",
        site_url="http://ibash.org.ru/",
        items=50,
        title="Цитата #17703",
        item_url="http://ibash.org.ru/quote.php?id=17703",
        published="2018-03-21 07:27:32",
        word="xxx: есть у кого жаба программер xxx: кот",
        last_title="Цитата #17220",
        # org.ru is a public suffix
        outlet="ibash.org.ru",
        language="ru",
        guid="http://ibash.org.ru/quote.php?id=17703",
    ),
    # two equal guids in one item, no link: the guid is the link; pictures of one pixel
    "nodefp-guid-dupes.xml": Raw(
        url="http://feeds.braingle.com/braingle/newteasers",
        feed_title="Braingle's Newest Brain Teasers and Riddles",
        site_url="http://www.braingle.com/brainteasers/index.php",
        items=1,
        title="Huh?",
        item_url="http://www.braingle.com/50366.html",
        published="2014-06-19 06:00:00",
        word="How's that; how's that",
        last_title="Huh?",
        outlet="braingle.com",
        language="en-us",
        guid="http://www.braingle.com/50366.html",
    ),
    # JSON Feed 1, author and language of the feed, -07:00
    "feedjira-json_feed.json": Raw(
        url="http://inessential.com/feed.json",
        feed_title="inessential.com",
        site_url="http://inessential.com/",
        items=20,
        title="James Dempsey and the Breakpoints Benefit App Camp for Girls",
        item_url="http://inessential.com/2017/06/02/james_dempsey_and_the_breakpoints_benefi",
        published="2017-06-03 05:05:47",
        word="concert benefitting App Camp for Girls. You should get tickets.",
        last_title="My CocoaConf Yosemite 2017 Talk",
        outlet="inessential.com",
        author="Brent Simmons",
        language="en-us",
        guid="http://inessential.com/2017/06/02/james_dempsey_and_the_breakpoints_benefi",
    ),
    # Atom with a media group: its title and description stand deeper than the entry's own title
    "feedjira-youtube_atom.xml": Raw(
        url="http://www.youtube.com/feeds/videos.xml?user=google",
        feed_title="Google",
        site_url="http://www.youtube.com/user/Google",
        items=15,
        title="The Google app: Questions Title",
        item_url="http://www.youtube.com/watch?v=5shykyfmb28",
        published="2015-05-04 00:01:27",
        word="the most powerful force",
        last_title="Veterans Make Great Googlers. Find your team: Specialists",
        outlet="feed:7",
        author="Google",
        guid="yt:video:5shykyfmb28",
    ),
    # RSS 0.90: no dates, no guids, no language
    "miniflux-rdf_UTF8.xml": Raw(
        url="https://www.heise.de/newsticker/heise.rdf",
        feed_title="heise online News",
        site_url="https://www.heise.de/newsticker/",
        items=60,
        title="OLED-TVs: Vorsichtsmaßnahmen gegen Einbrennen",
        item_url="https://www.heise.de/newsticker/meldung/OLED-TVs-Vorsichtsmassnahmen-gegen-Einbrennen-4205274.html",
        published=None,
        word="OLED-Fernseher",
        last_title="Mi Mix 3: Xiaomi-Flaggschiff mit Kamera-Slider und 10 GByte RAM",
        outlet="heise.de",
    ),
    # RSS 1.0 with dc:date and dc:creator
    "prof18-rdf-feed-test.xml": Raw(
        url="https://rss.orf.at/news.xml",
        feed_title="news.ORF.at",
        site_url="https://orf.at/",
        items=1,
        title="Kiew erneut Ziel russischer Drohnenangriffe",
        item_url="https://orf.at/stories/3380633/",
        published="2025-01-03 09:14:24",
        word="DistroWatch",
        last_title="Kiew erneut Ziel russischer Drohnenangriffe",
        outlet="orf.at",
        author="ORF Online und Teletext GmbH & Co KG",
        language="de",
        guid="https://orf.at/stories/3380633/",
    ),
    # a line break opens every value; HTML entities inside CDATA
    "rbren-itunes-href.xml": Raw(
        url="http://www.transfermarkt.de/rss/news",
        feed_title="Transfermarkt",
        site_url="http://www.transfermarkt.de/rss/news",
        items=10,
        title="Manager bewertet Transfers | Eberl lobt BVB für Pulisic-Deal – "
        "Hudson-Odoi kostet „fast so viel wie mein Kader“",
        item_url="http://www.transfermarkt.de/eberl-lobt-bvb-fur-pulisic-deal-ndash-hudson-odoi-kostet-bdquo-"
        "fast-so-viel-wie-mein-kader-ldquo-/view/news/326649?rss",
        published="2019-01-07 16:19:19",
        word="Transfererlös",
        last_title="Chelsea plant Angebot | Cagliari erwartet Rekordablöse für Barella: "
        "Teuerster Italiener nach Jorginho & Buffon?",
        outlet="transfermarkt.de",
        author="Transfermarkt",
        language="de-de",
        guid="http://www.transfermarkt.de/eberl-lobt-bvb-fur-pulisic-deal-ndash-hudson-odoi-kostet-bdquo-"
        "fast-so-viel-wie-mein-kader-ldquo-/view/news/326649?rss",
    ),
    # an empty item inside every item, before FeedBurner's original link; EST
    "nodefp-illegally-nested.xml": Raw(
        url="http://feeds.feedburner.com/ziffdavis/pcmag/dvorak",
        feed_title="PCMag.com: the Official John C. Dvorak RSS Feed",
        site_url="http://www.pcmag.com/",
        items=10,
        title="My Professional Armchair Analysis of CES",
        item_url="http://www.pcmag.com/article2/0,2817,2525649,00.asp?kc=PCRSS03079TX1K0000584",
        published="2018-01-17 20:50:00",
        word="tradeshow",
        last_title="Is iPhone X Apple's Vista?",
        outlet="pcmag.com",
        language="en-us",
    ),
    # escaped markup in titles, everything on one line, links through a redirector
    "feedjira-google_alerts_atom.xml": Raw(
        url="https://www.google.com/alerts/feeds/04175468913983673025/4428013283581841004",
        feed_title="Google Alert - Slack",
        site_url=None,
        items=20,
        title="Report offers Prediction of Automotive Slack Market by Top key players like Haldex, Meritor, Bendix ...",
        item_url="https://www.google.com/url?rct=j&sa=t&url=https://www.aglobalmarketresearch.com/report-offers-"
        "prediction-of-automotive-slack-market-by-top-key-players-like-haldex-meritor-bendix-mei-wabco-accuride-"
        "stemco-tbk-febi-aydinsan/&ct=ga&cd=CAIyHGU4ZTJkZjQ3OTVkYmIzMTc6Y28uanA6ZW46SlA&usg="
        "AFQjCNHUcRGtHY1ygcMDkVS68IgpYs7Wpg",
        published="2019-07-10 11:53:37",
        word="Automotive Slack Market reports",
        last_title="Latest research shows Microsoft Teams is stomping Slack",
        outlet="aglobalmarketresearch.com",
        guid="tag:google.com,2013:googlealerts/feed:8974135267215335962",
    ),
    # ISO-8859-1 without a declaration, RSS without a version, Portuguese names of days and months
    "rbren-uolNoticias.xml": Raw(
        url="http://rss.uol.com.br/feed/noticias.xml",
        feed_title="UOL Noticias",
        site_url="http://noticias.uol.com.br/",
        items=15,
        title="Ibope: Bolsonaro perde de Haddad, Ciro e Alckmin em simulações de 2º turno",
        item_url="https://noticias.uol.com.br/politica/eleicoes/2018/noticias/2018/09/24/"
        "ibope-bolsonaro-perde-de-haddad-ciro-e-alckmin-em-simulacoes-de-2-turno.htm",
        published="2018-09-24 22:42:40",
        word="Líder na pesquisa",
        last_title='Fama "A" é campeã da Primeira Divisão da Copa Cidade Alta de Futebol Suíço',
        outlet="uol.com.br",
    ),
    # an empty xml:base and relative links
    "nodefp-tpm-with-empty-base.xml": Raw(
        url="http://talkingpointsmemo.com/account/feed/all/x",
        feed_title="All TPM News",
        site_url="http://talkingpointsmemo.com/",
        items=20,
        title="Hannity Announces Fox Has Hired Sebastian Gorka As NatSec Strategist",
        item_url="http://talkingpointsmemo.com/livewire/"
        "hannity-announces-fox-hired-sebastian-gorka-national-security-strategist",
        published="2017-11-08 23:15:58",
        word="counterterrorism adviser",
        last_title="GOP Rep. Dave Brat: Virginia GOP Didn't 'Nationalize' Election Enough",
        outlet="talkingpointsmemo.com",
        author="Esme Cribb",
        language="en-us",
        guid="tag:talkingpointsmemo.com,2005:ArticleDecorator/270060",
    ),
}


@pytest.mark.parametrize("name", RAW)
def test_a_real_feed_reads_as_a_person_reads_it(name: str) -> None:
    raw = RAW[name]
    feed = read(name, raw.url)
    first = feed.items[0]
    assert (feed.title, feed.site_url, len(feed.items)) == (raw.feed_title, raw.site_url, raw.items)
    assert (first.title, first.url, first.guid) == (raw.title, raw.item_url, raw.guid)
    assert (f"{first.published:%Y-%m-%d %H:%M:%S}" if first.published else None) == raw.published
    assert raw.word in first.summary
    assert (first.author, first.language, first.enclosure_url) == (raw.author, raw.language, raw.enclosure_url)
    assert feed.items[-1].title == raw.last_title
    assert raw.outlet == outlet(
        first.url, feed_id=7, feed_url=raw.url, site_url=feed.site_url, source_url=first.source_url
    )

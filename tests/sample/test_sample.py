"""The bundled sample keeps its own rules: what can be counted is counted here, from the files themselves.

Which items report one story is written down below and nowhere in the product:
the program must find it out.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html import unescape
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from digest import sample

JULY, SEPTEMBER, FRIDAY, SATURDAY = (f"{day:%Y-%m-%d}" for day in sample.DAYS)

# "outlet guid", in the order of the days.
STORIES = {
    "shoigu": (
        "harrowmere https://www.harrowmeredispatch.example/2023/07/26/russian-defence-minister-shoigu-tours-pyongyang",
        "tessaly tessalybayledger-20230726-1322",
        "quillhaven tag:quillhavenrecord.example,2023-07-26:shoigu-north-korea-weapons-show-before",
        "orlecz https://www.orleczmonitor.example/2023/07/26/moscows-defence-chief-visits-pyongyang-parade",
        "sahyanagar sahyanagarsentinel-20230726-1803",
    ),
    "kimputin": (
        "harrowmere https://www.harrowmeredispatch.example/2023/09/14/kim-jong-un-meets-putin-rare",
        "tessaly tessalybayledger-20230913-2506",
        "quillhaven tag:quillhavenrecord.example,2023-09-14:putin-summit-ends-kims-isolation-since",
        "veldrin https://www.veldrintoday.example/2023/09/14/north-koreas-ruler-russian-soil-ammunition",
        "ombrefjord ombrefjordtidings-20230914-2765",
        "orlecz https://www.orleczmonitor.example/2023/09/14/first-foreign-leader-years-putin-receives",
    ),
    "containers": (
        "tessaly tessalybayledger-20231013-3653",
        "grisholm https://www.grisholmadvertiser.example/2023/10/13/us-pyongyang-delivered-1000-containers-military",
        "pendrake tag:pendrakebulletin.example,2023-10-13:us-pyongyang-has-delivered-1000-containers",
        "morningskim morningskim-20231013-3764",
        "quillhaven tag:quillhavenrecord.example,2023-10-13:najin-dunay-then-train-how-containers",
        "ombrefjord ombrefjordtidings-20231013-3838",
        "harrowmere https://www.harrowmeredispatch.example/2023/10/13/white-house-north-korea-shipped-over",
        "orlecz https://www.orleczmonitor.example/2023/10/13/pyongyangs-weapons-went-russia-ship-train",
        "sahyanagar sahyanagarsentinel-20231013-3949",
        "veldrin https://www.veldrintoday.example/2023/10/14/kirby-accuses-north-korea-sending-moscow",
        "quaymark https://www.quaymarkbusiness.example/2023/10/13/thousand-box-arms-shipment-white-house",
        "tessaly tessalybayledger-20231013-5614",
        "orlecz https://www.orleczmonitor.example/2023/10/14/satellites-submarines-food-price-north-korea",
        "harrowmere https://www.harrowmeredispatch.example/2023/10/14/analysis-what-moscow-gains-what-pyongyang",
        "veldrin https://www.veldrintoday.example/2023/10/14/us-pyongyang-delivered-1000-containers-military",
        "sahyanagar sahyanagarsentinel-20231014-5762",
        "tarangapet https://www.tarangapetmirror.example/2023/10/14/pyongyang-delivered-1000-containers-military-equipment",
        "quaymark https://www.quaymarkbusiness.example/2023/10/14/equipment-one-way-energy-other-bartering",
        "ombrefjord ombrefjordtidings-20231014-5873",
        "quillhaven tag:quillhavenrecord.example,2023-10-14:shells-moscow-missile-know-how-kim",
        "morningskim morningskim-20231014-5947",
        "pendrake tag:pendrakebulletin.example,2023-10-14:kirby-images-renew-questions-kim-putins",
    ),
    "trap-carrier": (
        "tessaly tessalybayledger-20231012-4134",
        "ombrefjord ombrefjordtidings-20231013-4171",
        "sahyanagar sahyanagarsentinel-20231013-4208",
        "veldrin https://www.veldrintoday.example/2023/10/14/busan-visit-north-korea-weapons-quiet",
    ),
    "trap-drill": (
        "tarangapet https://www.tarangapetmirror.example/2023/10/13/south-korea-drill-rehearses-answer-arms",
        "harrowmere https://www.harrowmeredispatch.example/2023/10/13/seouls-soldiers-rehearse-weapons-north-korea",
    ),
    "trap-freight": (
        "quaymark https://www.quaymarkbusiness.example/2023/10/13/freight-prices-fall-containers-shipped-across",
        "morningskim morningskim-20231013-4319",
    ),
    "trap-grain": (
        "orlecz https://www.orleczmonitor.example/2023/10/13/moscow-grain-delivered-pellamar-1000-sacks",
        "quaymark https://www.quaymarkbusiness.example/2023/10/13/white-flour-russia-grain-costs-pellamar",
    ),
    "ferry": (
        "quaymark https://www.quaymarkbusiness.example/2023/10/13/sablewake-ferries-collapses-stranding-thousands-ostrelle",
        "veldrin https://www.veldrintoday.example/2023/10/13/ostrelle-passengers-sleep-quays-operator-goes",
        "harrowmere https://www.harrowmeredispatch.example/2023/10/13/island-premier-promises-navy-boats-after",
        "tessaly tessalybayledger-20231013-4541",
        "harrowmere https://www.harrowmeredispatch.example/2023/10/13/first-naval-boat-sails-ostrelle-islanders",
        "quaymark https://www.quaymarkbusiness.example/2023/10/14/receivers-seek-buyer-nine-sablewake-ships",
    ),
    "dam": (
        "orlecz https://www.orleczmonitor.example/2023/10/13/hestrand-dam-breach-floods-ulvenmark-valley",
        "ombrefjord ombrefjordtidings-20231013-4615",
        "quillhaven tag:quillhavenrecord.example,2023-10-13:thousands-flee-villages-below-broken-norrask",
        "pendrake tag:pendrakebulletin.example,2023-10-13:engineers-had-warned-cracks-hestrand-letters",
        "orlecz https://www.orleczmonitor.example/2023/10/13/three-bodies-found-ulvenmark-hestrand-lake",
        "pendrake tag:pendrakebulletin.example,2023-10-14:minister-orders-checks-every-dam-norrask",
    ),
    "election": (
        "tarangapet https://www.tarangapetmirror.example/2023/10/13/zelmara-votes-out-ruling-party-after",
        "grisholm https://www.grisholmadvertiser.example/2023/10/13/dremmond-wins-presidency-narrow-margin",
        "quillhaven tag:quillhavenrecord.example,2023-10-13:schoolteacher-president-who-zelmaras-ilka-dremmond",
        "morningskim morningskim-20231013-4837",
        "grisholm https://www.grisholmadvertiser.example/2023/10/13/zelmara-court-turns-down-recount-plea",
        "tarangapet https://www.tarangapetmirror.example/2023/10/14/orchard-party-splits-over-tarrabaks-defeat",
    ),
    "trial": (
        "tessaly tessalybayledger-20230914-2543",
        "pendrake tag:pendrakebulletin.example,2023-09-14:aldercott-doctors-report-medicine-halves-worst",
        "bytewold tag:bytewold.example,2023-09-14:trial-spreadsheet-open-tool-behind-river",
        "lumenfold https://www.lumenfold.example/2023/09/14/velstrimine-keeps-54-per-cent-severe",
    ),
}

WIRE = {
    "grisholm https://www.grisholmadvertiser.example/2023/10/13/us-pyongyang-delivered-1000-containers-military",
    "pendrake tag:pendrakebulletin.example,2023-10-13:us-pyongyang-has-delivered-1000-containers",
}
REPRINTS = {
    "veldrin https://www.veldrintoday.example/2023/10/14/us-pyongyang-delivered-1000-containers-military",
    "sahyanagar sahyanagarsentinel-20231014-5762",
    "tarangapet https://www.tarangapetmirror.example/2023/10/14/pyongyang-delivered-1000-containers-military-equipment",
}
ANALYSES = {
    "orlecz https://www.orleczmonitor.example/2023/10/14/satellites-submarines-food-price-north-korea",
    "harrowmere https://www.harrowmeredispatch.example/2023/10/14/analysis-what-moscow-gains-what-pyongyang",
    "quaymark https://www.quaymarkbusiness.example/2023/10/14/equipment-one-way-energy-other-bartering",
    "quillhaven tag:quillhavenrecord.example,2023-10-14:shells-moscow-missile-know-how-kim",
}
ALONE = {
    "brumaluz https://www.gacetadebrumaluz.example/2023/10/13/corea-del-norte-envio-rusia-mas",
    "tsukishiro tag:tsukishiroshimpo.example,2023-10-14:container-danyaku",
}
CREDIT = " (With AP inputs)"
AGGREGATOR = "morningskim"

STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be been by for from had has have he her his how in into is it its more most no not of "
        "on or over said say says she so than that the their them then these they this those to was were what when "
        "where which who why will with would after before behind between under up out",
    )
)
ATOM, RSS1, DC = "{http://www.w3.org/2005/Atom}", "{http://purl.org/rss/1.0/}", "{http://purl.org/dc/elements/1.1/}"
RDF, CONTENT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}", "{http://purl.org/rss/1.0/modules/content/}"


@dataclass(frozen=True)
class Told:
    """One item as a file tells it."""

    outlet: str
    guid: str
    title: str
    link: str
    text: str
    """The summary without markup."""
    markup: bool
    full: str
    date: datetime
    source: str | None

    @property
    def key(self) -> str:
        return f"{self.outlet} {self.guid}"


@dataclass(frozen=True)
class Document:
    day: str
    outlet: str
    kind: str
    encoding: str
    body: bytes
    root: ElementTree.Element
    title: str
    language: str
    items: tuple[Told, ...]


def moment(text: str) -> datetime:
    """Either date style; IST is India's here, which the e-mail package would take for UTC."""
    text = text.replace(" IST", " +0530").replace("Z", "+00:00")
    read = datetime.fromisoformat(text) if text[:2] == "20" else parsedate_to_datetime(text)
    return read.astimezone(UTC)


def read(day: datetime, outlet: str) -> Document:
    body = sample.feed_bytes(day, outlet)
    assert body is not None
    declared = re.match(rb'<\?xml version="1.0" encoding="([^"]+)"\?>', body)
    assert declared is not None
    root = ElementTree.fromstring(body)
    if root.tag == "rss":
        kind, prefix, head, path, guid, date = "rss 2.0", "", root.find("channel"), "channel/item", "guid", "pubDate"
    elif root.tag == f"{RDF}RDF":
        kind, prefix, head, path = "rss 1.0", RSS1, root.find(f"{RSS1}channel"), f"{RSS1}item"
        guid, date = f"{RSS1}link", f"{DC}date"
    else:
        assert root.tag == f"{ATOM}feed"
        kind, prefix, head, path, guid, date = "atom", ATOM, root, f"{ATOM}entry", f"{ATOM}id", f"{ATOM}published"
    assert head is not None
    if kind == "atom":
        language = root.attrib["{http://www.w3.org/XML/1998/namespace}lang"]
        assert head.findtext(f"{ATOM}subtitle")
        assert head.find(f"{ATOM}link") is not None
        assert all(moment(updated.text or "") for updated in root.iter(f"{ATOM}updated"))
    else:
        language = head.findtext("language") or head.findtext(f"{DC}language") or ""
        assert head.findtext(f"{prefix}description")
        assert head.findtext(f"{prefix}link")
    items = []
    for item in root.findall(path):
        link = item.findtext(f"{prefix}link") or item.find(f"{prefix}link").attrib["href"]  # type: ignore[union-attr]
        raw = item.findtext("summary" if kind != "atom" else f"{ATOM}summary") or item.findtext(f"{prefix}description")
        raw = raw or ""
        items.append(
            Told(
                outlet=outlet,
                guid=item.findtext(guid) or "",
                title=item.findtext(f"{prefix}title") or "",
                link=link,
                text=unescape(re.sub(r"<[^>]+>", "", raw)),
                markup="<" in raw,
                full=item.findtext(f"{CONTENT}encoded") or item.findtext(f"{ATOM}content") or "",
                date=moment(item.findtext(date) or ""),
                source=item.findtext("source"),
            )
        )
    title = head.findtext(f"{prefix}title") or ""
    encoding = declared[1].decode()
    return Document(f"{day:%Y-%m-%d}", outlet, kind, encoding, body, root, title, language, tuple(items))


DOCUMENTS = tuple(read(day, outlet.name) for day in sample.DAYS for outlet in sample.OUTLETS)
ITEMS: dict[str, Told] = {}
FIRST_DAY: dict[str, str] = {}
for _document in DOCUMENTS:
    for _item in _document.items:
        ITEMS.setdefault(_item.key, _item)
        FIRST_DAY.setdefault(_item.key, _document.day)


def title_words(title: str) -> set[str]:
    words = re.findall(r"\w+(?:[,.]\d+)*(?:['’]\w+)*", title.lower())
    return {re.sub(r"['’]s$", "", word) for word in words} - STOP_WORDS


def outlets(keys: set[str] | tuple[str, ...]) -> set[str]:
    return {ITEMS[key].outlet for key in keys}


def on(day: str, story: str) -> set[str]:
    return {key for key in STORIES[story] if FIRST_DAY[key] == day}


def test_there_are_enough_outlets_and_distinct_items() -> None:
    assert len(sample.OUTLETS) >= 13
    assert len({outlet.title for outlet in sample.OUTLETS}) == len(sample.OUTLETS)
    assert len(ITEMS) >= 150
    assert len({item.link for item in ITEMS.values()}) >= 150
    assert 3 <= len({outlet.section for outlet in sample.OUTLETS}) <= 5


def test_feeds_come_in_three_formats_two_encodings_and_three_languages() -> None:
    assert {document.kind for document in DOCUMENTS} == {"rss 2.0", "rss 1.0", "atom"}
    assert {d.language.split("-")[0] for d in DOCUMENTS} == {"en", "es", "ja"}
    old = [document for document in DOCUMENTS if document.encoding == "windows-1252"]
    assert {document.outlet for document in old} == {"ombrefjord"}
    for document in old:
        assert re.search(rb"[\x80-\x9f]", document.body), "characters that latin-1 does not have"
        with pytest.raises(UnicodeDecodeError):
            document.body.decode("utf-8")
    for document in DOCUMENTS:
        document.body.decode(document.encoding)


def test_the_index_names_each_feed_as_it_names_itself() -> None:
    titles = {outlet.name: outlet.title for outlet in sample.OUTLETS}
    assert all(document.title == titles[document.outlet] for document in DOCUMENTS)


def test_only_files_of_the_sample_are_found() -> None:
    assert sample.feed_bytes(sample.DAYS[0].date(), "harrowmere") == sample.feed_bytes(sample.DAYS[0], "harrowmere")
    assert sample.feed_bytes(datetime(2023, 7, 27, tzinfo=UTC), "harrowmere") is None
    assert sample.feed_bytes(sample.DAYS[0], "../2023-09-14/harrowmere") is None


def test_files_are_small() -> None:
    assert max(len(document.body) for document in DOCUMENTS) < 60_000


def test_every_address_is_reserved_for_examples() -> None:
    for document in DOCUMENTS:
        texts = [text for element in document.root.iter() for text in (element.text or "", *element.attrib.values())]
        hosts = {urlsplit(url).hostname or "" for text in texts for url in re.findall(r"https?://[^\s\"'<>]+", text)}
        assert hosts
        assert all(host.endswith(".example") for host in hosts), hosts


def test_each_outlet_has_its_own_domain_and_the_aggregator_points_to_others() -> None:
    hosts: dict[str, set[str | None]] = {}
    for item in ITEMS.values():
        hosts.setdefault(item.outlet, set()).add(urlsplit(item.link).hostname)
    own = {outlet: found for outlet, found in hosts.items() if outlet != AGGREGATOR}
    assert all(len(found) == 1 for found in own.values())
    assert len(set().union(*own.values())) == len(own)
    sources = {item.source for item in ITEMS.values() if item.outlet == AGGREGATOR}
    assert None not in sources
    assert len(sources) >= 3
    assert all(item.source is None for item in ITEMS.values() if item.outlet != AGGREGATOR)


def test_items_are_dated_in_the_day_before_their_clock_and_an_hour_before_it() -> None:
    for document in DOCUMENTS:
        clock = datetime.fromisoformat(document.day).replace(hour=18, tzinfo=UTC)
        for item in document.items:
            assert item.date <= clock - timedelta(hours=1), item
            if FIRST_DAY[item.key] == document.day:
                assert item.date >= clock - timedelta(hours=24), item


def test_dates_come_in_several_zones_and_two_say_ist() -> None:
    text = "\n".join(document.body.decode(document.encoding) for document in DOCUMENTS)
    assert text.count(" IST<") >= 2
    for zone in (" +0530<", " -0400<", " EDT<", " GMT<", "+09:00<", "Z<", " +1000<"):
        assert zone in text
    assert "Sat, 14 Oct 2023 13:06:00 IST" in text
    assert "Sat, 14 Oct 2023 13:06:00 +0530" in text


def test_friday_is_still_listed_unchanged_on_saturday_by_most_outlets() -> None:
    friday, saturday = ({d.outlet: d.items for d in DOCUMENTS if d.day == day} for day in (FRIDAY, SATURDAY))
    kept = [outlet for outlet in friday if set(friday[outlet]) <= set(saturday[outlet])]
    assert len(kept) > len(friday) / 2
    assert all(set(saturday[outlet]) > set(friday[outlet]) for outlet in kept)


def test_summaries_have_a_readable_length_but_for_one_that_is_empty() -> None:
    assert sum(not item.text for item in ITEMS.values()) == 1
    for item in ITEMS.values():
        if item.text:
            least = 60 if item.outlet == "tsukishiro" else 150
            assert least <= len(item.text) <= 400 + len(CREDIT), item


def test_the_oddities_of_real_feeds_are_there() -> None:
    assert sum(bool(item.full) for item in ITEMS.values()) >= 5
    assert all(2 <= item.full.count("<p>") <= 3 for item in ITEMS.values() if item.full)
    assert sum(item.markup for item in ITEMS.values()) >= 4
    assert any("<img" in d.body.decode(d.encoding) or "&lt;img" in d.body.decode(d.encoding) for d in DOCUMENTS)
    assert any(len(item.title) > 140 for item in ITEMS.values())
    assert any("&" in item.title for item in ITEMS.values())
    assert any("“" in item.title for item in ITEMS.values())


def test_july_and_september_know_nothing_of_october() -> None:
    later = re.compile(
        r"container|contenedor|コンテナ|najin|羅津|dunay|kirby|カービー|comradely|fellowship|cold war|exponential"
        r"|six days|six-day|1,000|busan",
        re.IGNORECASE,
    )
    for document in DOCUMENTS:
        if document.day in {JULY, SEPTEMBER}:
            assert not later.search(document.body.decode(document.encoding)), document.outlet
    for document in DOCUMENTS:
        if document.day == JULY:
            assert not re.search(r"\bputin|プーチン", document.body.decode(document.encoding), re.IGNORECASE)


def test_every_key_of_the_tables_is_an_item() -> None:
    named = [key for keys in STORIES.values() for key in keys]
    assert [key for key, times in Counter(named).items() if times > 1] == []
    assert {*named, *WIRE, *REPRINTS, *ANALYSES, *ALONE} <= set(ITEMS)


def test_the_backbone_is_reported_by_enough_outlets() -> None:
    assert len(outlets(on(JULY, "shoigu"))) >= 4
    assert len(outlets(on(SEPTEMBER, "kimputin"))) >= 5
    friday = on(FRIDAY, "containers")
    assert len(outlets(friday - WIRE) - {AGGREGATOR}) >= 8
    assert AGGREGATOR in outlets(friday)
    assert len(outlets(on(SATURDAY, "containers") - REPRINTS)) >= 4
    assert len(outlets(ANALYSES)) >= 3
    assert on(SATURDAY, "containers") > ANALYSES


def test_no_report_of_the_containers_is_missing_from_the_table() -> None:
    english = {document.outlet for document in DOCUMENTS if document.language.startswith("en")}
    found = {
        key
        for key, item in ITEMS.items()
        if item.outlet in english and {"containers", "munitions"} <= title_words(item.text)
    }
    assert found == set(STORIES["containers"])


def test_the_spanish_and_the_japanese_report_stand_alone() -> None:
    assert len(outlets(ALONE)) == 2
    assert not ALONE & set(STORIES["containers"])


def test_wire_copies_are_identical_word_for_word() -> None:
    (wire,) = {ITEMS[key].text for key in WIRE}
    assert {ITEMS[key].text for key in REPRINTS} == {wire + CREDIT}
    assert {ITEMS[key].date for key in REPRINTS} == {datetime(2023, 10, 14, 7, 36, tzinfo=UTC)}
    assert len(outlets(WIRE)) == 2
    assert len(outlets(REPRINTS)) >= 3
    texts = Counter(item.text for key, item in ITEMS.items() if key not in REPRINTS)
    assert sorted(times for times in texts.values() if times > 1) == [2, 2], (
        "the wire, and one item the aggregator took over"
    )


@pytest.mark.parametrize("story", [name for name in STORIES if not name.startswith("trap")])
def test_reports_of_one_story_share_few_title_words(story: str) -> None:
    copies = WIRE | REPRINTS
    for one, other in itertools.combinations(STORIES[story], 2):
        if one in copies and other in copies:
            continue
        a, b = title_words(ITEMS[one].title), title_words(ITEMS[other].title)
        assert len(a & b) / min(len(a), len(b)) <= 0.40, (ITEMS[one].title, ITEMS[other].title, a & b)


@pytest.mark.parametrize("trap", ["trap-carrier", "trap-drill", "trap-freight", "trap-grain"])
def test_each_trap_shares_three_title_words_with_a_report_of_the_containers(trap: str) -> None:
    reports = [title_words(ITEMS[key].title) for key in STORIES["containers"]]
    for key in STORIES[trap]:
        assert max(len(title_words(ITEMS[key].title) & report) for report in reports) >= 3, ITEMS[key].title


def test_traps_lie_on_the_last_two_days() -> None:
    for trap in ("trap-carrier", "trap-drill", "trap-freight", "trap-grain"):
        assert {FIRST_DAY[key] for key in STORIES[trap]} <= {FRIDAY, SATURDAY}


def test_at_least_three_ordinary_stories_have_three_outlets_or_more() -> None:
    ordinary = [name for name in STORIES if name in {"ferry", "dam", "election", "trial"}]
    assert sum(3 <= len(outlets(STORIES[name])) <= 5 for name in ordinary) >= 3


def test_reports_of_one_story_follow_each_other_within_twelve_hours() -> None:
    for keys in STORIES.values():
        dates = sorted(ITEMS[key].date for key in keys)
        assert all(later - earlier <= timedelta(hours=12) for earlier, later in itertools.pairwise(dates)), keys


def test_market_and_weather_come_every_day() -> None:
    for day in (JULY, SEPTEMBER, FRIDAY, SATURDAY):
        titles = [ITEMS[key].title for key, first in FIRST_DAY.items() if first == day]
        assert sum(title.startswith("Markets close: ") for title in titles) == 1
        assert sum(title.startswith("Weather for ") for title in titles) == 1

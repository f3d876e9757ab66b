"""The page on which items are looked for: what it finds for whom, how it shows it, and what it says otherwise."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from support.showing import NOW, OWNER, Showing

from digest import config
from digest.model import FeedUpdate, NewItem, ParsedItem, Viewer
from digest.pipeline import thread_items
from digest.pipeline.indexing import index_items

FEEDS = """
[[feeds]]
url = "https://coast.example/feed.xml"
title = "Coast Daily"
section = "World"

[[feeds]]
url = "https://wire.example/feed.xml"
title = "Valley Wire"
section = "World"

[[feeds]]
url = "https://tsushin.example/feed.xml"
title = "通信"
section = "Asia"

[[feeds]]
url = "https://secret.example/feed.xml?token=hush"
title = "Inside"
section = "World"
private = true
"""


class Shelf(Showing):
    """A site over items that are said into it."""

    def say(
        self, feed: str, title: str, summary: str = "", *, days: int = 0, language: str = "en", more: str = ""
    ) -> int:
        at = NOW - timedelta(days=days)
        one = next(known for known in self.settings.feeds if known.title == feed)
        self._subscribe(self.settings.feeds)
        [feed_id] = [known for known, of in self.store.feeds.subscribed(self.settings.feeds).items() if of is one]
        return self.put(feed_id, title, summary, at, language, more)

    def put(self, feed_id: int, title: str, summary: str, at: datetime, language: str = "en", more: str = "") -> int:
        state = self.store.feeds.states(self.store.feeds.subscribed(self.settings.feeds))[0]
        from dataclasses import replace

        host = "coast.example" if feed_id == 1 else f"outlet{feed_id}.example"
        item = ParsedItem(title=title, url=f"https://{host}/{abs(hash(title)) % 10**6}", summary=summary,
                          content_html=more, language=language, published=at)  # fmt: skip
        new = NewItem(item, (f"k:{title}",), title, host)
        self.store.items.write(FeedUpdate(replace(state, id=feed_id), (new,)), lambda: at)
        known = self.store.items.known(feed_id, [f"k:{title}"])
        return int(known[f"k:{title}"].item_id or 0)

    def _subscribe(self, feeds: tuple[config.Feed, ...]) -> None:
        self.store.feeds.subscribe(feeds, NOW)

    def ready(self) -> Shelf:
        thread_items(self.store, self.settings)
        index_items(self.store)
        return self

    def ask(self, viewer: Viewer | None = None, **query: str) -> str:
        return self.page("search", viewer or Viewer(served=True), query)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path, text=FEEDS)


def titles(page: str) -> list[str]:
    found = re.findall(r'<p class="title"[^>]*>(.*?)</p>', page)
    return [unescape(re.sub("<[^>]*>", "", one)) for one in found]


def heading(page: str) -> str:
    return unescape(re.findall(r"<h2[^>]*>(.*?)</h2>", page)[0])


def test_results_name_outlet_time_and_lead_to_source_item_and_thread(shelf: Shelf) -> None:
    one = shelf.say("Coast Daily", "Dam breaks above Vellmoor, valley flooded",
                    "The northern wall of the Vellmoor dam gave way at dawn; houses stand under water.")  # fmt: skip
    shelf.say("Valley Wire", "Vellmoor dam gives way: hundreds of houses flooded",
              "Water from the broken Vellmoor dam reached the lower villages before noon, rescuers said.")  # fmt: skip
    shelf.say("Coast Daily", "Library opens late", "Readers asked for evening hours.")
    page = shelf.ready().ask(q="vellmoor wall")
    assert titles(page) == ["Dam breaks above Vellmoor, valley flooded"]
    assert heading(page) == "1 item, the best first"
    assert "<mark>Vellmoor</mark>" in page
    assert "northern <mark>wall</mark> of the <mark>Vellmoor</mark> dam" in page
    assert "Coast Daily" in page
    assert '<time datetime="2023-10-13T09:00Z">11:00</time>' in page
    assert f'href="items/{one}/"' in page
    thread = shelf.store.threads.assignments()[one][1]
    assert f'<a href="threads/{thread}/">thread of 2 reports</a>' in page
    assert "<title>“vellmoor wall” · Search · Morning paper</title>" in page


def test_japanese_is_found_and_marked(shelf: Shelf) -> None:
    shelf.say("通信", "北朝鮮がロシアへ兵器を輸出", "首都から列車で運ばれた。", language="ja")
    shelf.say("通信", "北京で会談", "", language="ja")
    page = shelf.ready().ask(q="兵器")
    assert titles(page) == ["北朝鮮がロシアへ兵器を輸出"]
    assert "ロシアへ<mark>兵器</mark>を輸出" in page
    assert '<p class="title" lang="ja">' in page
    assert titles(shelf.ask(q="北京")) == ["北京で会談"]


def test_words_that_stand_only_in_the_long_text_are_shown_there(shelf: Shelf) -> None:
    shelf.say(
        "Coast Daily", "Harbour news", "A teaser.", more=f"<p>{'waves ' * 200} the walrus slept {'foam ' * 200}</p>"
    )
    page = shelf.ready().ask(q="walrus")
    assert "the <mark>walrus</mark> slept" in page
    assert len(page) < 12_000


def test_private_reports_are_found_by_the_owner_alone(shelf: Shelf) -> None:
    shelf.say("Inside", "Walrus in the ledger", "Nobody knows.")
    shelf.say("Coast Daily", "Walrus in the harbour", "All know.")
    shelf.ready()
    assert titles(shelf.ask(q="walrus")) == ["Walrus in the harbour"]
    assert "Inside" not in shelf.ask(q="walrus")
    assert heading(shelf.ask(q="ledger")).startswith("Nothing found")
    assert titles(shelf.ask(q="walrus", feed="4")) == []
    assert set(titles(shelf.ask(OWNER, q="walrus"))) == {"Walrus in the harbour", "Walrus in the ledger"}
    assert "hush" not in shelf.ask(OWNER, q="walrus")


def test_private_reports_do_not_count_in_a_thread(shelf: Shelf) -> None:
    text = "The northern wall of the Vellmoor dam gave way at dawn; three hundred houses stand under water."
    shelf.say("Coast Daily", "Dam breaks above Vellmoor, valley flooded", text)
    shelf.say("Inside", "Vellmoor dam breaks, valley flooded", text)
    shelf.ready()
    assert "thread of" not in shelf.ask(q="vellmoor")
    assert "thread of 2 reports" in shelf.ask(OWNER, q="vellmoor")


def test_what_left_the_configuration_is_found_by_the_owner_alone(shelf: Shelf) -> None:
    shelf.say("Coast Daily", "Walrus in the harbour")
    shelf.store.feeds.subscribe([config.Feed(url="https://old.example/feed.xml")], NOW)
    shelf.put(5, "Walrus of old", "", NOW)
    shelf.ready()
    assert titles(shelf.ask(q="walrus")) == ["Walrus in the harbour"]
    assert len(titles(shelf.ask(OWNER, q="walrus"))) == 2


def test_the_form_narrows_by_feed_section_outlet_and_days(shelf: Shelf) -> None:
    shelf.say("Coast Daily", "Walrus one", days=3)
    shelf.say("Valley Wire", "Walrus two", days=2)
    shelf.say("通信", "Walrus three", days=1)
    shelf.ready()
    assert titles(shelf.ask(q="walrus", feed="2")) == ["Walrus two"]
    assert titles(shelf.ask(q="walrus", section="Asia")) == ["Walrus three"]
    assert titles(shelf.ask(q="walrus", outlet="coast.example")) == ["Walrus one"]
    assert titles(shelf.ask(q="walrus", outlet="Valley")) == ["Walrus two"]
    assert titles(shelf.ask(q="walrus", **{"from": "2023-10-11", "to": "2023-10-11"})) == ["Walrus two"]
    assert titles(shelf.ask(q="walrus", by="date")) == ["Walrus three", "Walrus two", "Walrus one"]
    page = shelf.ask(q="walrus", feed="2", section="World", outlet="valley", by="date", **{"from": "2023-10-01"})
    assert titles(page) == ["Walrus two"]
    assert '<option value="2" selected>Valley Wire</option>' in page
    assert '<option value="World" selected>World</option>' in page
    assert 'name="from" value="2023-10-01"' in page
    assert "<details open>" in page


def test_nothing_behind_the_filters_leads_to_what_is_there_without_them(shelf: Shelf) -> None:
    shelf.say("Coast Daily", "Walrus one")
    page = shelf.ready().ask(q="walrus", feed="2")
    assert heading(page) == "Nothing found for “walrus”"
    assert '<a href="?q=walrus">Without feed, section, outlet, dates or thread</a> there is 1 item.' in page


def test_threads_are_listed_once_with_how_much_of_them_was_found(shelf: Shelf) -> None:
    text = "The northern wall of the Vellmoor dam gave way at dawn; three hundred houses stand under water."
    shelf.say("Coast Daily", "Dam breaks above Vellmoor, valley flooded", text)
    shelf.say("Valley Wire", "Vellmoor dam breaks, valley flooded", text)
    shelf.say("Coast Daily", "A dam for beavers", "In the park.", days=1)
    page = shelf.ready().ask(q="dam", **{"in": "threads"})
    assert len(titles(page)) == 2
    assert heading(page) == "3 items, in 2 threads, the best first"
    assert "2 of 2 reports" in page


def test_a_search_can_be_kept_to_one_thread(shelf: Shelf) -> None:
    one = shelf.say("Coast Daily", "Dam breaks above Vellmoor")
    shelf.say("Coast Daily", "Beavers build a dam in the park", days=9)
    thread = shelf.ready().store.threads.assignments()[one][1]
    page = shelf.ask(q="dam", thread=str(thread))
    assert titles(page) == ["Dam breaks above Vellmoor"]
    assert 'Only in the thread <a href="threads/' in page
    assert '<a href="?q=dam">search everywhere</a>' in page
    assert "which is not here" in shelf.ask(q="dam", thread="9999")


def test_results_come_in_pages(shelf: Shelf) -> None:
    for number in range(45):
        shelf.say("Coast Daily", f"Walrus number {number}")
    shelf.ready()
    first, last = shelf.ask(q="walrus"), shelf.ask(q="walrus", page="3")
    assert len(titles(first)) == 20
    assert len(titles(last)) == 5
    assert '<a href="?q=walrus&amp;page=2" rel="next">' in first
    assert 'rel="prev"' not in first
    assert 'rel="next"' not in last
    assert set(titles(first)).isdisjoint(titles(last))
    assert "Back to the first page" in shelf.ask(q="walrus", page="77")


def test_more_than_are_ranked_is_said(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.store.search.RANKED", 3)
    monkeypatch.setattr("digest.pipeline.showing.search.RANKED", 3)
    for number in range(5):
        shelf.say("Coast Daily", f"Walrus number {number}")
    assert heading(shelf.ready().ask(q="walrus")) == "More than 3 items; the newest 3 are ranked, the best first"


def test_without_a_question_the_page_says_how_to_ask(shelf: Shelf) -> None:
    shelf.say("Coast Daily", "Walrus one")
    page = shelf.ready().ask()
    assert "<title>Search · Morning paper</title>" in page
    assert "1 item can be searched." in page
    assert "<kbd>electr*</kbd>" in page
    assert "Nothing found" not in page


def test_what_is_not_indexed_yet_is_said(shelf: Shelf) -> None:
    shelf.say("Coast Daily", "Walrus one")
    assert "0 of 1 item can be searched so far" in shelf.ask(q="walrus")


def test_a_day_that_is_none_is_told_and_left_out(shelf: Shelf) -> None:
    shelf.say("Coast Daily", "Walrus one")
    page = shelf.ready().ask(q="walrus", **{"from": "2023-13-45", "to": "<b>"})
    assert titles(page) == ["Walrus one"]
    assert "“2023-13-45” is no date, so it was left out" in page
    assert "<b>" not in page


HOSTILE = [
    '"', "'", "a NEAR b", "NEAR(a b)", "title:x", "{title}:x", "a AND (b", "^a", "*", "a**", "-a", "-", "a OR", "\x00",
    "\ud800",
    "'; DROP TABLE items; --", "<script>alert(1)</script>", "walrus\x00harbour", "%00", "(" * 400, '"' * 499,
    "walrus " * 2_000, "x" * 10_000, "é\u0301" * 5_000, "北" * 10_000, "a* " * 300,
]  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("field", ["q", "outlet", "feed", "section", "thread", "page", "from"])
def test_hostile_words_in_any_field_are_text(shelf: Shelf, words: str, field: str) -> None:
    shelf.say("Coast Daily", "Walrus in the harbour")
    page = shelf.ready().ask(**{"q": "walrus", field: words})
    assert "<script>alert" not in page
    assert "<h1>Search</h1>" in page
    assert len(page) < 60_000


def test_hostile_feed_text_stays_text(shelf: Shelf) -> None:
    shelf.say("Coast Daily", "Walrus <img src=x onerror=alert(1)> & </p><script>x</script>", "<b>walrus</b>")
    page = shelf.ready().ask(q="walrus")
    assert "<img" not in page
    assert "<script>x" not in page
    assert "&lt;b&gt;<mark>walrus</mark>&lt;/b&gt;" in page


def test_an_export_has_no_search(shelf: Shelf) -> None:
    assert shelf.find("search", Viewer()) is None
    assert not [path for path in shelf.files() if path.startswith("search")]


def test_a_page_of_results_is_small(shelf: Shelf) -> None:
    for number in range(30):
        shelf.say("Coast Daily", f"Walrus {number} {'of the harbour ' * 12}", "The walrus slept. " * 60)
    assert len(shelf.ready().ask(q="walrus").encode()) < 30_000


def test_days_are_those_of_the_reader(shelf: Shelf) -> None:
    shelf._subscribe(shelf.settings.feeds)
    shelf.put(1, "Walrus at midnight", "", datetime(2023, 10, 10, 22, 30, tzinfo=UTC))
    shelf.ready()
    assert titles(shelf.ask(q="walrus", **{"from": "2023-10-11", "to": "2023-10-11"})) == ["Walrus at midnight"]
    assert titles(shelf.ask(q="walrus", to="2023-10-10")) == []


def test_the_number_of_items_tells_nothing_of_private_ones(shelf: Shelf) -> None:
    shelf.say("Inside", "Walrus in the ledger")
    shelf.say("Coast Daily", "Walrus in the harbour")
    shelf.ready()
    assert "1 item can be searched." in shelf.ask()
    assert "2 items can be searched." in shelf.ask(OWNER)


def test_an_item_that_was_pruned_is_no_result(shelf: Shelf) -> None:
    gone = shelf.say("Coast Daily", "Walrus of old")
    shelf.say("Coast Daily", "Walrus of today")
    shelf.ready()
    shelf.store._database.conn.execute("DELETE FROM items WHERE id = ?", (gone,))
    assert titles(shelf.ask(q="walrus")) == ["Walrus of today"]
    assert titles(shelf.ask(OWNER, q="walrus")) == ["Walrus of today"]

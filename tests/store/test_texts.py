"""An item's text is kept small, and comes back letter by letter, to pages and to the search index."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from digest import config
from digest.model import EditedItem, FeedUpdate, NewItem, ParsedItem
from digest.pipeline.indexing import index_items
from digest.searching import read
from digest.store import Filters, Store
from digest.store.texts import packed, unpacked

NOON = datetime(2023, 10, 13, 12, tzinfo=UTC)
URL = "https://coast.example/2026/dam"
SUMMARY = "The dam above Vellmoor broke at dawn, said the harbour master, and the lower town was cleared by noon."
TEXT = f'<p>{SUMMARY}</p>\n<p><a href="{URL}" rel="noopener noreferrer">Read on</a></p>'


@given(st.text(), st.text(), st.none() | st.text())
def test_whatever_a_text_is_it_comes_back(text: str, summary: str, url: str | None) -> None:
    whole = text * 40
    assert unpacked(packed(whole, summary, url), summary, url) == whole.encode("utf-8", "replace").decode("utf-8")


def test_a_text_that_says_what_the_summary_says_takes_next_to_nothing() -> None:
    kept = packed(TEXT, SUMMARY, URL)
    assert isinstance(kept, bytes)
    assert len(kept) * 4 < len(TEXT)


def test_a_short_text_stays_readable() -> None:
    assert packed("<p>At dawn.</p>", "At dawn.", URL) == "<p>At dawn.</p>"


def test_a_text_that_an_older_version_stored_is_read_as_it_is() -> None:
    assert unpacked(TEXT, SUMMARY, URL) == TEXT


def test_a_summary_that_somebody_changed_stands_in_for_the_text() -> None:
    kept = packed(TEXT, SUMMARY, URL)
    assert unpacked(kept, "Dykes & dams.", URL) == "<p>Dykes &amp; dams.</p>"


def test_what_was_once_deflated_can_still_be_read() -> None:
    """The dictionary is part of what is stored: changing it would lose every text."""
    kept = "58289f69879a033a834e16413d8d1162d87d8f2f0c8352135380e10f0b4a0010414330"
    assert unpacked(bytes.fromhex(kept), SUMMARY, URL) == TEXT


def test_a_store_keeps_it_small_shows_it_whole_and_finds_its_words() -> None:
    more = TEXT + "<p>A ferryman saw it first.</p>"
    with Store.in_memory() as store:
        feed = config.Feed(url="https://coast.example/feed.xml")
        state = store.feeds.states(store.feeds.subscribe([feed], NOON))[0]
        item = ParsedItem("Dam breaks", URL, summary=SUMMARY, content_html=more)
        store.items.write(FeedUpdate(state, (NewItem(item, ("k:1",), "1", "coast.example"),)), lambda: NOON)
        number = store.items.known(state.id, ["k:1"])["k:1"].item_id or 0
        kept, summary = store._database.execute("SELECT content_html, summary FROM items").fetchone()
        assert (type(kept), summary) == (bytes, SUMMARY)
        found = store.items.detail(number)
        assert found is not None
        assert found.content_html == more
        assert index_items(store) == 1
        assert store.search.find(read("ferryman"), Filters()).ids == (number,)

        told = ParsedItem("Dam breaks", URL, summary=SUMMARY, content_html=more.replace("ferryman", "lockkeeper"))
        edited = EditedItem(number, told, ("k:1",), "2")
        store.items.write(FeedUpdate(state, edited=(edited,)), lambda: NOON)
        assert store.search.find(read("ferryman"), Filters()).ids == ()
        assert store.search.find(read("lockkeeper"), Filters()).ids == (number,)

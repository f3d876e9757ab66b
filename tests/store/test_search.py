"""The search index: it follows the items, is made anew when it must be, and is never in anybody's way."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from support.archive import HOUR, MONDAY, Archive

from digest import searching
from digest.errors import StoreError
from digest.pipeline.indexing import index_items
from digest.searching import read
from digest.store import Filters, Order, Store


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


def ids(archive: Archive, question: str, filters: Filters | None = None, order: Order = Order.RANK) -> list[int]:
    return list(archive.store.search.find(read(question), filters or Filters(), order).ids)


def test_new_items_are_found_once_they_are_indexed(archive: Archive) -> None:
    drone = archive.say("Coast Daily", "Drone falls into the harbour", "Nobody was hurt.")
    assert ids(archive, "drone") == []
    assert index_items(archive.store) == 13
    assert ids(archive, "drone harbour") == [drone]
    assert ids(archive, "hurt") == [drone]
    assert index_items(archive.store) == 0
    later = archive.say("Coast Daily", "Second drone", "Far away.")
    assert index_items(archive.store) == 1
    assert set(ids(archive, "drone")) == {drone, later}


def test_words_of_two_letters_in_japanese_and_chinese_are_found(archive: Archive) -> None:
    arms = archive.say("通信", "北朝鮮がロシアへ兵器を輸出", "首都から列車で運ばれた。")
    city = archive.say("日报", "北京市迎来大雪", "")
    index_items(archive.store)
    assert ids(archive, "兵器") == [arms]
    assert ids(archive, "北京") == [city]
    assert set(ids(archive, "北")) == {arms, city}
    assert ids(archive, "雪") == [city]
    assert ids(archive, '"兵器を輸出"') == [arms]
    assert ids(archive, "京北") == []


def test_words_phrases_exclusions_alternatives_and_beginnings(archive: Archive) -> None:
    strike = archive.say("A", "Drone strike on the port", "")
    film = archive.say("A", "Drone film wins", "A strike of luck.")
    missile = archive.say("A", "Missile found", "")
    index_items(archive.store)
    assert set(ids(archive, "DRONE strike")) == {strike, film}
    assert ids(archive, '"drone strike"') == [strike]
    assert ids(archive, "drone -film") == [strike]
    assert set(ids(archive, "film OR missile")) == {film, missile}
    assert ids(archive, "missi*") == [missile]


def test_a_word_in_the_title_ranks_above_one_in_the_text(archive: Archive) -> None:
    text = archive.say("A", "News of the day", "There was a walrus in the harbour, and people came to look at it.")
    title = archive.say("A", "Walrus in the harbour", "People came to look at it.", at=MONDAY)
    index_items(archive.store)
    assert ids(archive, "walrus") == [title, text]
    assert ids(archive, "walrus", order=Order.DATE) == [text, title]


def test_an_edited_item_is_found_by_its_new_words_only(archive: Archive) -> None:
    item = archive.say("A", "Walrus in the harbour", "Seen at dawn.")
    waiting = archive.say("A", "Otter in the canal", "Seen at noon.")
    index_items(archive.store)
    archive.edit(item, "Seal in the harbour", "Seen at dusk.")
    assert ids(archive, "walrus") == []
    assert ids(archive, "seal dusk") == [item]
    archive.edit(item, "Sea lion in the harbour", "Seen at dusk.")
    assert ids(archive, "seal") == []
    assert ids(archive, "lion") == [item]
    assert ids(archive, "otter") == [waiting]
    checked(archive)


def checked(archive: Archive) -> None:
    """FTS5 itself says whether what was taken out is what was put in."""
    archive.store._database.conn.execute("INSERT INTO search (search) VALUES ('integrity-check')")


def test_an_item_edited_before_it_was_indexed_is_indexed_once(archive: Archive) -> None:
    item = archive.say("A", "Walrus in the harbour", "")
    archive.edit(item, "Seal in the harbour", "")
    index_items(archive.store)
    assert ids(archive, "walrus") == []
    assert ids(archive, "seal") == [item]


def test_filters_keep_to_feeds_outlets_days_and_threads(archive: Archive) -> None:
    one, two, _ = archive.flood()
    archive.say("Quiet Review", "Dam models for children", "Sand and water.", at=MONDAY - timedelta(days=40))
    archive.group()
    index_items(archive.store)
    feeds = archive.store.feeds.subscribed(archive.feeds.values())
    by_title = {feed.title: feed_id for feed_id, feed in feeds.items()}
    assert len(ids(archive, "dam")) == 4
    assert ids(archive, "dam", Filters(feeds=[by_title["Coast Daily"]])) == [one]
    assert ids(archive, "dam", Filters(visible=[by_title["Valley Wire"]])) == [two]
    assert ids(archive, "dam", Filters(outlet="valleywire")) == [two]
    assert ids(archive, "dam", Filters(outlet="a house", outlets=["coastdaily.example"])) == [one]
    assert ids(archive, "dam", Filters(outlet="coast d", named=[by_title["Coast Daily"]])) == [one]
    assert len(ids(archive, "dam", Filters(since=MONDAY))) == 3
    assert len(ids(archive, "dam", Filters(until=MONDAY))) == 1
    assert len(ids(archive, "dam", Filters(thread=archive.thread(one)))) == 3
    assert ids(archive, "dam", Filters(visible=[], thread=archive.thread(one))) == []
    assert ids(archive, "dam", Filters(feeds=[])) == []


def test_only_the_newest_two_thousand_are_ranked(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.store.search.RANKED", 3)
    made = [archive.say("A", f"Walrus no. {number}", "") for number in range(5)]
    index_items(archive.store)
    found = archive.store.search.find(read("walrus"), Filters())
    assert found.more
    assert set(found.ids) == set(made[-3:])


def test_who_may_see_all_feeds_finds_the_same_as_who_is_asked_nothing(archive: Archive) -> None:
    made = [archive.say(f"Outlet {number % 3}", f"Walrus no. {number}", "Of the sea.") for number in range(6)]
    title = archive.say("A", "Walrus, walrus", "Of the sea.", at=MONDAY)
    index_items(archive.store)
    everything = set(archive.store.feeds.subscribed(archive.feeds.values()))
    assert ids(archive, "walrus") == ids(archive, "walrus", Filters(visible=everything)) == [title, *reversed(made)]
    hidden = archive.feeds["Outlet 0"]
    [number] = archive.store.feeds.subscribed([hidden])
    assert ids(archive, "walrus", Filters(visible=everything - {number})) == [
        title, *(one for one in reversed(made) if (one - made[0]) % 3)
    ]  # fmt: skip


def test_an_index_of_another_version_is_made_anew(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    item = archive.say("A", "Walrus in the harbour", "")
    index_items(archive.store)
    monkeypatch.setattr(searching, "VERSION", searching.VERSION + 1)
    assert ids(archive, "walrus") == []
    assert archive.store.search.progress() == (0, 13)
    archive.edit(item, "Seal in the harbour", "")
    assert index_items(archive.store) == 13
    assert ids(archive, "seal") == [item]
    checked(archive)


def test_indexing_goes_in_steps_and_can_be_ended(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.store.search.BATCH", 5)
    assert archive.store.search.index_some() == 5
    assert archive.store.search.progress() == (5, 12)

    class Ended:
        def is_set(self) -> bool:
            return True

    assert index_items(archive.store, Ended()) == 0
    assert index_items(archive.store) == 7


def test_an_index_that_is_gone_stops_no_edit_and_comes_back(archive: Archive) -> None:
    item = archive.say("A", "Walrus in the harbour", "")
    index_items(archive.store)
    archive.store._database.conn.execute("DROP TABLE search")
    archive.edit(item, "Seal in the harbour", "")
    assert archive.store.items.get([item])[0].title == "Seal in the harbour"
    assert ids(archive, "seal") == []
    assert index_items(archive.store) == 13
    assert ids(archive, "seal") == [item]


def test_a_damaged_index_is_told_and_made_anew(archive: Archive, caplog: pytest.LogCaptureFixture) -> None:
    index_items(archive.store)
    archive.store._database.conn.execute("UPDATE search_data SET block = X'00'")
    archive.store._database.conn.commit()
    with Store.open(archive.store.path) as other:
        item = archive.say("A", "Walrus in the harbour", "")
        index_items(other)
        index_items(other)
        assert list(other.search.find(read("walrus"), Filters()).ids) == [item]
    assert "cannot be searched yet" in caplog.text


def test_without_fts5_items_come_in_all_the_same(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.store.search._CREATE", "CREATE VIRTUAL TABLE search USING fts_of_tomorrow(title)")
    assert index_items(archive.store) == 0
    item = archive.say("A", "Walrus in the harbour", "")
    archive.edit(item, "Seal in the harbour", "")
    assert index_items(archive.store) == 0
    assert ids(archive, "seal") == []


def test_a_reader_keeps_what_it_began_with(archive: Archive) -> None:
    item = archive.say("A", "Walrus in the harbour", "", at=MONDAY + HOUR)
    index_items(archive.store)
    with Store.open_to_show(archive.store.path) as reader, reader.shown():
        assert list(reader.search.find(read("walrus"), Filters()).ids) == [item]
        archive.edit(item, "Seal in the harbour", "")
        archive.store.search.forget()
        index_items(archive.store)
        assert list(reader.search.find(read("walrus"), Filters()).ids) == [item]
    assert ids(archive, "seal") == [item]


def test_a_damaged_index_says_so_to_who_asks(archive: Archive) -> None:
    index_items(archive.store)
    archive.store._database.conn.execute("DELETE FROM search_data WHERE id > 10")
    archive.store._database.conn.commit()
    with Store.open_to_show(archive.store.path) as reader, pytest.raises(StoreError, match="make it anew"):
        reader.search.find(read("library"), Filters())


def test_a_table_that_is_gone_finds_nothing_until_the_next_items(archive: Archive) -> None:
    index_items(archive.store)
    archive.store._database.conn.execute("DROP TABLE search")
    assert ids(archive, "library") == []
    item = archive.say("A", "Walrus in the library", "")
    assert index_items(archive.store) == 13
    assert item in ids(archive, "library")

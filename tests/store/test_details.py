"""All that is stored of one item: its text, its picture, its episode."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from digest import config
from digest.model import EditedItem, Enclosure, FeedUpdate, NewItem, ParsedItem, Picture
from digest.store import Store

NOON = datetime(2023, 10, 13, 12, tzinfo=UTC)
EPISODE = ParsedItem(
    title="Episode one",
    url="https://radio.example/1",
    summary="We talk.",
    content_html="<p>We talk.</p>",
    author="Ann",
    published=NOON,
    published_text="Fri, 13 Oct 2023 12:00:00 GMT",
    enclosure_url="https://cdn.example/1.mp3",
    enclosure_type="audio/mpeg",
    enclosure_seconds=3_723,
    enclosure_bytes=24_986_239,
    image=Picture("https://cdn.example/1.jpg", "Two people", 800, 600),
)


def stored(store: Store, *items: ParsedItem) -> list[int]:
    feed = config.Feed(url="https://radio.example/feed.xml")
    state = store.feeds.states(store.feeds.subscribe([feed], NOON))[0]
    new = tuple(NewItem(one, (one.title,), one.title, "radio.example") for one in items)
    store.items.write(FeedUpdate(state, new), lambda: NOON)
    known = store.items.known(state.id, [one.title for one in items])
    return [known[one.title].item_id or 0 for one in items]


def test_a_stored_item_tells_all_of_itself() -> None:
    with Store.in_memory() as store:
        [number] = stored(store, EPISODE)
        found = store.items.detail(number)
    assert found is not None
    assert (found.item.id, found.item.title) == (number, "Episode one")
    assert (found.content_html, found.author, found.edited) == ("<p>We talk.</p>", "Ann", None)
    assert found.published_text == "Fri, 13 Oct 2023 12:00:00 GMT"
    assert found.image == Picture("https://cdn.example/1.jpg", "Two people", 800, 600)
    assert found.enclosure == Enclosure("https://cdn.example/1.mp3", "audio/mpeg", 3_723, 24_986_239)


def test_an_item_with_neither_and_one_that_is_not_there() -> None:
    with Store.in_memory() as store:
        [number] = stored(store, ParsedItem(title="Plain"))
        found = store.items.detail(number)
        assert found is not None
        assert (found.image, found.enclosure, found.author) == (None, None, None)
        assert store.items.detail(number + 1) is None


def test_an_enclosed_picture_is_no_file_to_play() -> None:
    enclosed = ParsedItem(
        title="Photo",
        enclosure_url="https://cdn.example/1.jpg",
        enclosure_type="image/jpeg",
        image=Picture("https://cdn.example/1.jpg"),
    )
    with Store.in_memory() as store:
        [number] = stored(store, enclosed)
        found = store.items.detail(number)
    assert found is not None
    assert (found.image, found.enclosure) == (Picture("https://cdn.example/1.jpg"), None)


def test_an_edit_changes_picture_and_time() -> None:
    with Store.in_memory() as store:
        [number] = stored(store, EPISODE)
        edited = EditedItem(number, ParsedItem(title="Episode 1", content_html="<p>New.</p>"), (), "2")
        state = store.feeds.states(store.feeds.subscribe([config.Feed(url="https://radio.example/feed.xml")], NOON))[0]
        store.items.write(FeedUpdate(state, (), (edited,)), lambda: NOON)
        found = store.items.detail(number)
    assert found is not None
    assert (found.image, found.edited, found.item.first_title) == (None, NOON, "Episode one")


def test_what_is_configured_of_its_feed_counts(tmp_path: Path) -> None:
    with Store.open(tmp_path / "digest.db") as store:
        [number] = stored(store, EPISODE)
        feed = config.Feed(url="https://radio.example/feed.xml", title="Radio", private=True)
        found = store.items.detail(number, store.feeds.subscribed([feed]))
    assert found is not None
    assert (found.item.feed, found.item.private) == ("Radio", True)

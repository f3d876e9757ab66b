"""The page of one item."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.pressroom import Pressroom
from support.showing import OWNER

from digest.model import Enclosure, Grouping, Placement
from digest.pages.items import LONG, attached, length, size


@pytest.fixture
def room(tmp_path: Path) -> Pressroom:
    return Pressroom(tmp_path)


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2].partition(">")[2]).split())


def stored(room: Pressroom, item_id: int, **columns: object) -> None:
    """What a feed's document brought beside the text."""
    for name, value in columns.items():
        room.store._database.conn.execute(f"UPDATE items SET {name} = ? WHERE id = ?", (value, item_id))


def test_an_item_tells_who_when_how_long_and_where_to_read_it(room: Pressroom) -> None:
    one = room.say("Coast Daily", "Why moss grows on the north side", "Shade keeps stones damp.", words=900,
                   author="Ada Moss", content_html="<p>Shade keeps <b>stones</b> damp.</p>")  # fmt: skip
    room.story(one)
    page = room.page(f"items/{one}/index.html")
    assert "Coast Daily , Ada Moss · Friday 13 October 2023, 08:30 · 4 min" in text_of(page)
    assert "<p>Shade keeps <b>stones</b> damp.</p>" in page
    assert re.search(r'<a href="https://outlet0\.example/[^"]+">Read at <bdi>Coast Daily</bdi></a>', page)
    assert "From the feed Coast Daily , World." in text_of(page)
    assert page.count("<h1") == 1


def test_headings_of_the_text_stand_right_below_that_of_the_page(room: Pressroom) -> None:
    one = room.say("Coast Daily", "Moss", "Shade.", content_html="<h1>Shade</h1><h4>Damp</h4><p>h1</p>")
    assert "<h2>Shade</h2><h2>Damp</h2><p>h1</p>" in room.page(f"items/{one}/index.html")


def test_of_a_very_long_text_the_beginning_is_shown(room: Pressroom) -> None:
    words = "Shade keeps stones damp. " * 2000
    one = room.say("Coast Daily", "Moss", words, content_html=f"<p>{words}</p>")
    assert len(words) > LONG
    page = room.page(f"items/{one}/index.html")
    assert len(page) < 10_000
    assert "…</p></div>" in page


def test_an_outlet_that_signs_its_own_reports_is_named_once(room: Pressroom) -> None:
    one = room.say("Coast Daily", "Moss", author="coast daily")
    assert '<p class="size"><bdi>Coast Daily</bdi> · <time' in room.page(f"items/{one}/index.html")


def test_an_item_without_text_says_its_headline_and_the_way(room: Pressroom) -> None:
    one = room.say("Coast Daily", "Moss")
    page = room.page(f"items/{one}/index.html")
    assert '<div class="words"' not in page
    assert "Read at" in page


def test_an_item_stands_in_its_thread_between_its_neighbours(room: Pressroom) -> None:
    flood = room.flood()
    page = room.page("items/2/index.html")
    assert f'<a href="../../threads/{flood}/">' in page
    assert "3 reports" in text_of(page)
    assert '<a href="../../items/1/" rel="prev">Before: <bdi>Coast Daily</bdi></a>' in page
    assert '<a href="../../items/3/" rel="next">After: <bdi>Quiet Review</bdi></a>' in page
    assert ["Dam breaks above Vellmoor" in page, "Hundreds flee" in page] == [True, True]
    assert "Why it stands here" in page
    assert "It shares the words" in page


def test_a_lone_item_names_no_thread(room: Pressroom) -> None:
    one = room.say("Coast Daily", "Moss")
    assert "The thread" not in room.page(f"items/{one}/index.html")
    room.story(one)
    assert "The thread" not in room.page(f"items/{one}/index.html")
    assert f"items/{one}/index.html" not in room.pages()


def test_an_export_reads_the_thread_of_neighbouring_items_once(room: Pressroom) -> None:
    flood = room.flood()
    pages = [page for page in room.site().every() if page.path.startswith("items/")]
    asked: list[str] = []
    room.store._database.conn.set_trace_callback(asked.append)
    drawn = [page.draw().decode() for page in pages]
    room.store._database.conn.set_trace_callback(None)
    assert len(drawn) == 3
    assert all(f"threads/{flood}/" in page for page in drawn)
    assert len([sql for sql in asked if "AS since" in sql]) == 1


def test_edits_are_told_with_the_first_headline(room: Pressroom) -> None:
    one = room.say("Coast Daily", "Dam breaks")
    room.story(one)
    room.edit(one, "Dam holds")
    page = room.page(f"items/{one}/index.html")
    assert "Its headline was first: <q>Dam breaks</q>" in page
    assert "Changed by its outlet on Friday 13 October 2023, 09:30" in text_of(page)


def test_an_episode_is_told_with_its_length_and_size(room: Pressroom) -> None:
    one = room.say("Coast Daily", "Moss, the podcast", enclosure_url="https://outlet0.example/moss.mp3")
    stored(room, one, enclosure_type="audio/mpeg", enclosure_seconds=2520, enclosure_bytes=38_400_000)
    page = room.page(f"items/{one}/index.html")
    assert '<a href="https://outlet0.example/moss.mp3">Listen</a> <span class="by">42 min, 38 MB, MP3</span>' in page


@pytest.mark.parametrize(
    ("file", "label", "about"),
    [
        (Enclosure("https://a.example/1.mp4?x=1"), "Watch", "MP4"),
        (Enclosure("https://a.example/1", "video/mp4", 3900, 1_240_000_000), "Watch", "1 h 5 min, 1.2 GB, MP4"),
        (Enclosure("https://a.example/1.pdf", "application/pdf", None, 640_000), "Open the file", "640 kB, PDF"),
        (Enclosure("https://a.example/1", "audio/x-unheard", 40, 12), "Listen", "40 s"),
        (Enclosure("https://a.example/1", None, -5, 0), "Open the file", ""),
    ],
)
def test_files_are_told_in_words(file: Enclosure, label: str, about: str) -> None:
    assert (attached(file).label, attached(file).about) == (label, about)


def test_lengths_and_sizes_in_words() -> None:
    assert [length(seconds) for seconds in (None, 0, 59, 60, 3570, 3600, 7260)] == [
        "", "", "59 s", "1 min", "1 h", "1 h", "2 h 1 min",
    ]  # fmt: skip
    assert [size(count) for count in (None, 999, 1000, 1_500_000, 12_000_000_000)] == [
        "", "", "1 kB", "2 MB", "12 GB",
    ]  # fmt: skip


def test_pictures_are_shown_only_where_the_owner_wants_them(tmp_path: Path) -> None:
    for wanted in (False, True):
        folder = tmp_path / str(wanted)
        folder.mkdir()
        room = Pressroom(folder, web=f"images = {str(wanted).lower()}")
        flood = room.flood()
        for one in (1, 2, 3):
            stored(room, one, image_url=f"https://outlet0.example/{one}.jpg", image_alt='A "dam"', image_width=640,
                   image_height=360)  # fmt: skip
        stored(room, 3, image_width=None, image_height=None)
        for path, page in room.pages().items():
            shown = wanted and (path.startswith("items/") or path == f"threads/{flood}/index.html")
            assert ("<img" in page) == shown, path
        if wanted:
            assert re.search(
                r'<img class="picture" src="https://outlet0\.example/1\.jpg" alt="A &#34;dam&#34;" width="640" '
                r'height="360" loading="lazy" decoding="async" referrerpolicy="no-referrer">',
                room.page("items/1/index.html"),
            )
            assert '<img class="picture unsized"' in room.page("items/3/index.html")


@pytest.mark.parametrize("path", ["99", "0", "01", "9" * 30, "x", "-1"])
def test_what_is_not_there_is_not_found(room: Pressroom, path: str) -> None:
    room.flood()
    assert room.find(f"items/{path}/index.html") is None


def test_an_item_that_is_no_longer_kept_is_not_found(room: Pressroom) -> None:
    room.flood()
    room.prune(2)
    assert room.find("items/2/index.html") is None


def test_the_owner_splits_and_stars_from_here(room: Pressroom) -> None:
    room.flood()
    page = room.page("items/1/index.html", OWNER)
    assert set(re.findall(r'action="\.\./\.\./do/(\w+)"', page)) == {"split", "star"}
    assert '<input type="hidden" name="outlet" value="outlet0.example">' in page
    assert "<form" not in room.page("items/1/index.html")


def test_the_nearest_story_is_not_named_where_it_is_private(tmp_path: Path) -> None:
    room = Pressroom(tmp_path, private=("Inner Circle",))
    secret = room.story(room.say("Inner Circle", "Secret plans of the council"))
    one = room.say("Coast Daily", "Plans of the council")
    story = room.story(one)
    judged = Placement(one, story, secret, 0.3, 0.4)
    with room.store.writing():
        room.store.stories.save(Grouping({}, {}, (), {}, placements=(judged,)))
    assert "no story was near enough, so it opened one." in room.page(f"items/{one}/index.html")
    assert "the nearest was “Secret plans of the council”" in room.page(f"items/{one}/index.html", OWNER)

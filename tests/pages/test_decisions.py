"""The list of decisions: for its owner alone, each with the way back."""

from __future__ import annotations

import gzip
import re
from datetime import timedelta
from pathlib import Path

import pytest
from support.showing import NOW, OWNER, Showing

from digest.model import Decision, Viewer
from digest.pages.decisions import LISTED, in_words

PAGE = "decisions/index.html"
WEEK = timedelta(days=7)


def test_nobody_but_the_owner_finds_it(tmp_path: Path) -> None:
    shown = Showing(tmp_path)
    assert shown.find(PAGE, Viewer(served=True, insider=True)) is None
    assert shown.find(PAGE, OWNER) is not None


def test_the_latest_decision_stands_first_and_each_standing_one_can_be_undone(tmp_path: Path) -> None:
    shown = Showing(tmp_path)
    with shown.store.writing():
        shown.store.decisions.add(Decision(0, "mute-word", NOW, "rain", until=NOW + WEEK, word="rain"))
        over = shown.store.decisions.add(Decision(0, "star", NOW, "Coast Daily", outlet="coast.example"))
        shown.store.decisions.undo(over.id, NOW)
        shown.store.decisions.add(Decision(0, "moved", NOW, "Harbour Times"))
    page = shown.page(PAGE, OWNER)
    assert re.findall(r'<p class="title">([^<]+)</p>', page) == [
        "Moved for good, asked at its new address: Harbour Times",
        "Starred the outlet: Coast Daily (undone Fri 13 Oct 2023, 11:00)",
        "Muted the word until Fri 20 Oct 2023, 11:00: rain",
    ]
    assert re.findall(r'name="decision" value="(\d+)"', page) == ["3", "1"]
    assert page.count("by the program") == 1


def test_who_unsubscribed_stands_below_with_the_way_back(tmp_path: Path) -> None:
    shown = Showing(tmp_path)
    shown.store.recipients.unsubscribe("daily", "anna@example.org", NOW, fresh="t" * 26)
    page = shown.page(PAGE, OWNER)
    assert "<code>digest recipients restore anna@example.org daily</code>" in page
    assert "t" * 26 not in page


def test_before_the_first_decision_it_says_where_they_are_made(tmp_path: Path) -> None:
    assert "Nothing was decided yet." in Showing(tmp_path).page(PAGE, OWNER)


def test_a_long_list_ends_with_the_way_to_the_rest(tmp_path: Path) -> None:
    shown = Showing(tmp_path)
    with shown.store.writing():
        for number in range(LISTED + 2):
            shown.store.decisions.add(Decision(0, "follow-word", NOW, f"word {number}", word=f"word {number}"))
    page = shown.page(PAGE, OWNER)
    assert page.count("Followed the word") == LISTED
    assert "And 2 older ones: <code>digest decisions</code> lists all." in page
    assert len(gzip.compress(page.encode(), 6)) < 50_000


def test_headlines_are_text(tmp_path: Path) -> None:
    shown = Showing(tmp_path)
    with shown.store.writing():
        shown.store.decisions.add(Decision(0, "split", NOW, "<script>alert(1)</script> / <b>x</b>"))
    page = shown.page(PAGE, OWNER)
    assert "<script>alert" not in page
    assert "<b>" not in page


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (Decision(1, "split", NOW, "A / B"), "split off: A, from: B"),
        (Decision(1, "merge", NOW, "A / B"), "merged: A, with: B"),
        (Decision(1, "mute", NOW, "A", until=NOW + WEEK), "muted until Fri 20 Oct 2023, 09:00: A"),
        (Decision(1, "mute", NOW, "A", until=NOW), "muted until Fri 13 Oct 2023, 09:00 (over): A"),
        (
            Decision(1, "mute", NOW, "Rent / wages", until=NOW + WEEK),
            "muted until Fri 20 Oct 2023, 09:00: Rent / wages",
        ),
        (Decision(1, "follow", NOW, "A"), "followed the thread: A"),
        (Decision(1, "follow-word", NOW, "a", word="a"), "followed the word: a"),
        (Decision(1, "pause", NOW, "A", undone=NOW), "paused the feed: A (undone Fri 13 Oct 2023, 09:00)"),
    ],
)
def test_a_decision_in_words(decision: Decision, words: str) -> None:
    assert in_words(decision, "UTC", NOW) == words

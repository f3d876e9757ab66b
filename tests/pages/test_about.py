"""The page that says what the site is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.editions import a_normal_day
from support.pressroom import Pressroom
from support.showing import OWNER, READER, Showing, numbered

from digest import __version__
from digest.pipeline import correcting

FEEDS = """
[[feeds]]
url = "https://harbour.example/feed.xml"
title = "Harbour Times"
section = "World"
[[feeds]]
url = "https://secret.example/feed.xml?key=1"
title = "Secret minutes"
section = "Staff"
private = true
"""


@pytest.fixture
def shown(tmp_path: Path) -> Showing:
    made = Showing(tmp_path, FEEDS, digests=("daily", "evening"))
    made.store.feeds.subscribe(made.settings.feeds, made.now)
    made.freeze(*numbered("daily", a_normal_day(), replace(a_normal_day(), ordinal=2)))
    return made


def test_it_tells_each_digest_its_next_time_its_editions_and_its_feeds(shown: Showing) -> None:
    page = shown.page("about/index.html")
    assert page.count('<h2 id="digest-') == 2
    assert "Saturday 14 October at 07:00" in page
    assert "2 editions so far" in page
    assert "0 editions so far" in page
    assert "<li><bdi>Harbour Times</bdi></li>" in page
    for path in ("feed.atom", "feed.json", "evening/feed.atom", "evening/feed.json", "sections/world/feed.atom"):
        assert f'href="../{path}"' in page, path
    assert f"digest {__version__}" in page


def test_private_feeds_are_named_to_the_owner_alone(shown: Showing) -> None:
    assert "Secret" not in shown.page("about/index.html")
    assert "Staff" not in shown.page("about/index.html")
    assert "and 1 more that is not named here" in shown.page("about/index.html")
    assert "Secret minutes" in shown.page("about/index.html", OWNER)
    assert "secret.example" not in shown.page("about/index.html", OWNER)


def test_who_can_sign_in_is_told_where_once(shown: Showing) -> None:
    assert "sign-in" not in shown.page("about/index.html", READER)
    page = shown.page("about/index.html", replace(READER, can_sign_in=True))
    assert page.count('<a href="../sign-in?back=about/" rel="nofollow">Sign in</a>') == page.count("Sign in<") == 1
    assert "sign-in" not in shown.page("about/index.html", OWNER)


def test_a_file_names_no_key_for_what_only_a_server_does(shown: Showing) -> None:
    assert "<dd>search</dd>" in shown.page("about/index.html")
    assert "<dd>search</dd>" not in shown.pages()["about/index.html"]


def test_it_is_drawn_anew_when_an_edition_came(shown: Showing) -> None:
    before = shown.find("about/index.html")
    shown.freeze(replace(a_normal_day(), ordinal=3, number=3))
    after = shown.find("about/index.html")
    assert before is not None
    assert after is not None
    assert before.stamp != after.stamp


def test_it_is_drawn_anew_when_somebody_took_threads_together(tmp_path: Path) -> None:
    room = Pressroom(tmp_path)
    room.flood()
    ferry = room.thread(room.story(room.say("Coast Daily", "Ferry runs aground")))
    before = room.find("about/index.html")
    correcting.merge(room.store, 1, ferry, room.now)
    after = room.find("about/index.html")
    assert before is not None
    assert after is not None
    assert before.stamp != after.stamp

"""The page of feeds: how each is in words, what of the mail waits, and who sees what of it."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.editions import a_normal_day
from support.showing import NOW, OWNER, READER, Showing

from digest.editions.frozen import dumps
from digest.feeds import opml
from digest.feeds.health import health
from digest.model import Decision, DeliveryState, FeedState, FeedUpdate, Mail, Viewer
from digest.pages.feeds import rate, without_addresses
from digest.store import Addressee

INSIDER = Viewer(served=True, insider=True)
PAGE = "feeds/index.html"
HOUR = timedelta(hours=1)
SECRET = "https://press.example.net/paid.xml?token=s3cr3tk3y"
FEEDS = f"""
[[feeds]]
url = "https://harbour.example/rss.xml"
title = "Harbour Times"
section = "World"
[[feeds]]
url = "https://valley.example/rss.xml"
title = "Valley Wire"
section = "Local"
[[feeds]]
url = "{SECRET}"
title = "The Paid Letter"
section = "Takeover"
private = true
"""


class Feeds(Showing):
    """Feeds with a past that a test writes."""

    def remember(self, place: int, **changes: Any) -> FeedState:
        """What polls left of the feed at that place of the configuration."""
        known = self.store.feeds.subscribe(self.settings.feeds, NOW)
        state = self.store.feeds.states(known)[place]
        fine: dict[str, Any] = {"last_try": NOW - HOUR, "last_success": NOW - HOUR, "next_poll": NOW + HOUR}
        fine |= {"last_status": 200, "failures": 0, "failing_since": None, "last_error": None}
        now = replace(state, **{**fine, **changes})
        with self.store.writing():
            self.store.feeds.save(FeedUpdate(now, health=health(now, NOW)), NOW)
        return now

    def broken(self, place: int, status: int, error: str, **changes: Any) -> FeedState:
        past: Mapping[str, Any] = {"last_success": NOW - timedelta(days=3), "failing_since": NOW - timedelta(days=2)}
        return self.remember(place, failures=9, last_status=status, last_error=error, **{**past, **changes})


@pytest.fixture
def feeds(tmp_path: Path) -> Feeds:
    made = Feeds(tmp_path, text=FEEDS)
    for place in range(3):
        made.remember(place)
    return made


def section(page: str, key: str) -> str:
    """What stands under one heading, as text."""
    found = re.search(rf'<h2 id="{key}">.*?</section>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


def test_each_feed_stands_under_how_it_is(feeds: Feeds) -> None:
    feeds.broken(0, 404, "404 Not Found: there is no feed there; look for its new address")
    feeds.broken(1, 429, "429 Too Many Requests: it is left alone for a while", held_until=NOW + 2 * HOUR)
    page = feeds.page(PAGE, INSIDER)
    assert section(page, "look") == (
        "Needs a look 1 Harbour Times 404 Not Found: there is no feed there; look for its new address "
        "World · harbour.example · since 11 Oct, 11:00 · last success 10 Oct, 11:00 · last try 10:00 · next try 12:00"
    )
    assert section(page, "waiting").startswith("Waiting 1 Their servers want to be left alone for a while.")
    assert "next try 13:00" in section(page, "waiting")
    assert section(page, "fine").startswith("Fine 1 ")
    summary = re.findall(r'<a href="#(\w+)">([^<]+)</a>', page)
    assert summary == [("look", "1 needs a look"), ("waiting", "1 waits"), ("fine", "1 is fine")]


def test_a_feed_that_is_gone_or_became_another_needs_a_look(feeds: Feeds) -> None:
    feeds.broken(0, 410, "410 Gone: its owner took the feed down for good; remove it", stopped=NOW, gone=2)
    feeds.remember(1, moved_to="https://harbour.example/rss.xml", moved=NOW, merged_into=1)
    told = section(feeds.page(PAGE, INSIDER), "look")
    assert "its owner took the feed down for good; remove it" in told
    assert "its address leads to that of another feed that you read" in told
    assert "next try" not in told


def test_a_quiet_feed_says_when_its_last_item_came(feeds: Feeds) -> None:
    state = feeds.remember(0)
    times = [NOW - timedelta(days=20 + number) for number in range(8)]
    feeds.store._database.conn.executemany(
        """INSERT INTO items (feed_id, title, summary, content_html, published, outlet, first_seen, backlog)
           VALUES (?, 't', '', '', ?, 'harbour.example', '2023-09-01T00:00:00Z', 0)""",
        [(state.id, f"{time:%Y-%m-%dT%H:%M:%SZ}") for time in times],
    )
    told = section(feeds.page(PAGE, INSIDER), "quiet")
    assert "last item 23 Sep, 11:00" in told
    assert "2 items a week" in told


def test_what_is_wrong_with_all_feeds_stands_on_top(feeds: Feeds) -> None:
    for place in range(3):
        feeds.broken(place, 503, "503 Service Unavailable: the server is overloaded", last_success=None)
    shown = feeds.page(PAGE, INSIDER)
    assert "None of the 3 feeds answered." in shown
    assert "digest status" not in shown, "the reasons stand here"


def test_past_troubles_are_folded_with_their_beginning_and_end(feeds: Feeds) -> None:
    feeds.broken(0, 404, "404 Not Found: gone fishing")
    feeds.remember(0)
    told = section(feeds.page(PAGE, INSIDER), "before")
    assert told == (
        "What went wrong before 1 trouble Harbour Times: failing 11 Oct, 11:00 to 11:00 · 404 Not Found: gone fishing"
    )


# --- Who sees what ------------------------------------------------------------------------------


def test_nobody_from_outside_finds_the_page_or_the_list(feeds: Feeds) -> None:
    for path in (PAGE, "feeds.opml", "decisions/index.html"):
        assert feeds.find(path, READER) is None
        assert path not in feeds.files()


def test_a_private_feed_has_no_name_and_no_place_before_anybody_but_the_owner(feeds: Feeds) -> None:
    feeds.broken(2, 403, "403 Forbidden: press.example.net refuses /paid.xml", site_url="https://press.example.net/")
    page = feeds.page(PAGE, INSIDER)
    assert "A private feed" in section(page, "look")
    for secret in ("Paid", "press.example", "paid.xml", "s3cr3tk3y", "Takeover"):
        assert secret not in page
    owners = feeds.page(PAGE, OWNER)
    assert "The Paid Letter" in section(owners, "look")
    assert "s3cr3tk3y" not in owners
    assert "paid.xml?" not in owners


def test_a_private_feed_that_was_never_asked_is_not_named_either(tmp_path: Path) -> None:
    page = Feeds(tmp_path, text=FEEDS).page(PAGE, INSIDER)
    assert section(page, "new").startswith("Not asked yet 3 ")
    assert "Paid" not in page
    assert "Takeover" not in page
    assert "press.example" not in page


def test_only_the_owner_gets_forms(feeds: Feeds) -> None:
    assert "<form" not in feeds.page(PAGE, INSIDER)
    page = feeds.page(PAGE, OWNER)
    forms = [one for one in re.findall(r"<form.*?</form>", page, re.DOTALL) if "/do/" in one]
    assert forms
    assert all('name="csrf" value="the-mark-of-the-form"' in form for form in forms)
    assert all('name="back" value="feeds/"' in form for form in forms)
    actions = set(re.findall(r'action="\.\./do/([\w-]+)"', page))
    assert actions == {"poll", "pause", "subscribe", "import", "send"}
    assert 'enctype="multipart/form-data"' in page


def test_a_paused_feed_can_be_resumed_and_a_held_one_not_be_asked(feeds: Feeds) -> None:
    feeds.broken(1, 429, "429 Too Many Requests", held_until=NOW + HOUR)
    [one, two, _] = feeds.store.feeds.subscribed(feeds.settings.feeds)
    with feeds.store.writing():
        feeds.store.decisions.add(Decision(0, "pause", NOW, "Harbour Times", feed_id=one))
    page = feeds.page(PAGE, OWNER)
    buttons = re.findall(r'<button name="feed" value="(\d+)" formaction="../do/(\w+)"', page)
    assert (str(one), "resume") in buttons
    assert (str(two), "pause") in buttons
    assert (str(two), "poll") not in buttons
    assert "you paused it" not in page, "no command is named where a button does it"


def test_what_a_feed_says_is_text(tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)>"
    text = FEEDS.replace('title = "Harbour Times"\n', "").replace("World", "<b>World</b>")
    feeds = Feeds(tmp_path, text=text)
    feeds.broken(0, 500, f"500 {evil}", site_url="https://harbour.example/?a=1&b=2")
    feeds.store._database.conn.execute("UPDATE feeds SET title = ? WHERE id = 1", (evil,))
    page = feeds.page(PAGE, OWNER)
    assert "<img" not in page
    assert "<b>" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


# --- Mail ---------------------------------------------------------------------------------------


def with_mail(folder: Path) -> Feeds:
    """One mail was refused by a server that repeats the address, one waits."""
    made = Feeds(folder, text=FEEDS)
    edition = a_normal_day()
    made.store.editions.know("daily", NOW)
    with made.store.freezing():
        made._stories(edition)
        to = [Addressee("outbox", f"{name}@example.org", "d@example.org", f"<{name}@x>") for name in ("anna", "ben")]
        made.store.editions.freeze(edition, dumps(edition), Mail("", "", ""), to, NOW, readable=1)
    anna, ben = made.store.deliveries.unsettled()
    words = "550 5.1.1 <anna@example.org>: no such user here; ask postmaster@example.org"
    made.store.deliveries.record(replace(anna, state=DeliveryState.REFUSED, attempts=1, last_error=words), NOW)
    late = "451 try again later"
    made.store.deliveries.record(replace(ben, attempts=2, next_try=NOW + HOUR, last_error=late), NOW)
    return made


def test_mail_that_waits_or_was_refused_is_told_with_the_servers_words(tmp_path: Path) -> None:
    told = section(with_mail(tmp_path).page(PAGE, OWNER), "mail")
    assert told == (
        "Mail waiting 2 Morning paper, 13 Oct: was refused "
        "550 5.1.1 &lt;anna@example.org&gt;: no such user here; ask postmaster@example.org "
        "to anna@example.org · by outbox · tried 1 time "
        "Morning paper, 13 Oct: waits 451 try again later "
        "to ben@example.org · by outbox · tried 2 times · next try 12:00"
    )


def test_no_address_of_a_recipient_reaches_anybody_but_the_owner(tmp_path: Path) -> None:
    page = with_mail(tmp_path).page(PAGE, INSIDER)
    assert "@" not in section(page, "mail")
    assert "550 5.1.1 (an address): no such user here; ask (an address)" in section(page, "mail")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("<anna@example.org>: unknown", "(an address): unknown"),
        ("RCPT TO:<anna@example.org> failed", "RCPT TO:(an address) failed"),
        ('"anna.b+c@xn--bcher-kva.example" is no', '"(an address)" is no'),
        ("mailbox full", "mailbox full"),
    ],
)
def test_a_servers_words_without_addresses(words: str, told: str) -> None:
    assert without_addresses(words) == told


# --- The list -----------------------------------------------------------------------------------


def test_the_list_of_feeds_can_be_read_by_us_again(feeds: Feeds) -> None:
    found = opml.read(feeds.page("feeds.opml", INSIDER))
    assert [(feed.title, feed.section) for feed in found.feeds] == [
        ("Harbour Times", "World"),
        ("Valley Wire", "Local"),
    ]
    assert found.problems == ()


def test_secret_addresses_are_in_the_list_only_when_the_owner_asks_for_them(feeds: Feeds) -> None:
    asked = {"private": "1"}
    assert "s3cr3tk3y" not in feeds.page("feeds.opml", OWNER)
    assert "s3cr3tk3y" not in feeds.page("feeds.opml", INSIDER, asked)
    found = opml.read(feeds.page("feeds.opml", OWNER, asked))
    assert [(feed.url, feed.private) for feed in found.feeds][2] == (SECRET, True)


# --- Many ---------------------------------------------------------------------------------------


def test_a_page_of_a_thousand_feeds_is_small_and_folds_those_that_are_fine(tmp_path: Path) -> None:
    names = [f"{one} {two} {n}" for n in range(10) for one in "ABCDEFGHIJ" for two in "KLMNOPQRST"]
    text = "".join(
        f'[[feeds]]\nurl = "https://news{place}.example/feed.xml"\ntitle = "{name}"\n'
        for place, name in enumerate(names)
    )
    feeds = Feeds(tmp_path, text=text)
    known = feeds.store.feeds.subscribe(feeds.settings.feeds, NOW)
    with feeds.store.writing():
        for place, state in enumerate(feeds.store.feeds.states(known)):
            seen = NOW - timedelta(minutes=place % 60)
            fine = replace(state, last_try=seen, last_success=seen, last_status=200, next_poll=seen + HOUR)
            feeds.store.feeds.save(FeedUpdate(fine, health=health(fine, NOW)), NOW)
    page = feeds.page(PAGE, OWNER)
    assert "All 1,000 are fine" in page
    assert '<details class="rest">' in page
    assert len(gzip.compress(page.encode(), 6)) < 50_000


@pytest.mark.parametrize(
    ("weekly", "told"), [(None, ""), (0.0, "0 items a week"), (0.5, "0.5 items a week"), (1.2, "1 item a week")]
)
def test_how_busy_a_feed_is_in_words(weekly: float | None, told: str) -> None:
    assert rate(weekly) == told

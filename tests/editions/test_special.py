"""Editions without items: when which of them is due, what they say, and how their mails look."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from support.nouns import SLOT, make_edition, make_feed

from digest.config import Digest
from digest.editions import frozen, phrases
from digest.editions.message import mail
from digest.editions.render import Renderer
from digest.editions.special import LISTED, due, special
from digest.model import Condition, Edition, FeedHealth, FeedState, Kind, Silence

RENDERER = Renderer()
WANTED = Digest(nothing_new="mail")
FINE = [make_feed("Alpha"), make_feed("Beta")]
DOWN = [replace(feed, failures=1, last_error="500 Internal Server Error", last_status=500) for feed in FINE]


def silence(days: float | None = 1, regular: float | None = None) -> Silence:
    """The last mail came so many days before the slot, the last edition with items ``regular`` days before."""
    last = None if days is None else SLOT - timedelta(days=days)
    return Silence(SLOT - timedelta(days=3), last if regular is None else SLOT - timedelta(days=regular), last)


def draft(**changes: Any) -> Edition:
    empty = make_edition(top=(), items=0, stories=0, outlets=0, feeds=2, feeds_answered=2)
    return replace(empty, **changes)


def health(
    feeds: list[FeedState], condition: Condition = Condition.FINE, **how: Any
) -> list[tuple[FeedState, FeedHealth]]:
    return [(feed, FeedHealth(condition, **how)) for feed in feeds]


def made(kind: Kind, feeds: list[tuple[FeedState, FeedHealth]] | None = None, **changes: Any) -> Edition:
    feeds = health(FINE) if feeds is None else feeds
    given = {"number": -1, "silence": silence(8), "feeds": feeds, "configured": len(feeds), "draft": draft()} | changes
    return special(kind, given.pop("digest", Digest()), given.pop("draft"), **given)


@pytest.mark.parametrize(
    ("digest", "since", "feeds", "kind"),
    [
        (Digest(), silence(1), FINE, None),
        (WANTED, silence(1), FINE, Kind.QUIET),
        (WANTED, silence(1 - 0.01), FINE, Kind.QUIET),  # a run that comes a little early
        (WANTED, silence(0.8), FINE, None),
        (WANTED, silence(None), FINE, Kind.QUIET),
        (Digest(), silence(None), FINE, None),
        (Digest(), silence(6), FINE, None),
        (Digest(), silence(7), FINE, Kind.ALIVE),
        (WANTED, silence(7), FINE, Kind.ALIVE),
        (Digest(), silence(1), DOWN, Kind.ALERT),
        (Digest(), silence(9), DOWN, Kind.ALERT),
        (Digest(), silence(0.1), DOWN, None),
        (Digest(), silence(1), [*DOWN, FINE[0]], None),
        (Digest(), silence(1), [], None),
        (WANTED, silence(1), [], Kind.QUIET),
    ],
)
def test_what_is_due_follows_the_last_mail_and_the_feeds(
    digest: Digest, since: Silence, feeds: list[FeedState], kind: Kind | None
) -> None:
    assert due(digest, SLOT, since, feeds) is kind


def test_days_are_those_of_the_digests_zone() -> None:
    auckland = Digest(timezone="Pacific/Auckland", nothing_new="mail")
    late = datetime.fromisoformat("2023-10-12T10:30:00+00:00")  # 23:30 there
    assert due(auckland, late + timedelta(hours=21), Silence(late, late, late), FINE) is Kind.QUIET
    assert due(auckland, late + timedelta(minutes=31), Silence(late, late, late), DOWN) is Kind.ALERT
    assert due(auckland, late + timedelta(minutes=29), Silence(late, late, late), DOWN) is None


def test_subjects_are_short_and_no_two_days_have_the_same() -> None:
    seen = set()
    for kind in (Kind.QUIET, Kind.ALIVE, Kind.ALERT):
        for offset in (0, 1, 7, 366, 365):
            edition = made(kind, draft=draft(day=date(2023, 10, 13) + timedelta(days=offset)))
            subject = phrases.subject(edition)
            assert 10 <= len(subject) <= 78
            assert subject not in seen
            seen.add(subject)
    assert "Nothing new (13 Oct 2023)" in seen


def test_a_week_of_silence_is_told_with_the_feeds_in_words() -> None:
    feeds = [
        *health(FINE),
        *health([make_feed("Quiet Review")], Condition.QUIET, since=SLOT - timedelta(days=20), reason="it answers"),
        *health([make_feed("Lost")], Condition.FAILING, since=SLOT - timedelta(days=2), reason="404 Not Found"),
    ]
    edition = made(Kind.ALIVE, feeds, configured=5)
    assert edition.notices[0] == "Still here: nothing new for 8 days."
    assert "5 feeds: 2 fine, 1 quiet for longer than usual, 1 failing, 1 not asked yet." in edition.notices
    assert [phrases.trouble(one, edition) for one in edition.troubles] == [
        "Lost (404 Not Found, since Wednesday)",
        "Quiet Review (answers, but nothing new, since 23 September)",
    ]


def test_many_failing_feeds_are_named_up_to_a_dozen_and_counted() -> None:
    feeds = [make_feed(f"Feed {number}", failures=1, last_error="no answer", last_status=None) for number in range(200)]
    edition = made(Kind.ALERT, health(feeds, Condition.FAILING, reason="no answer"), draft=draft(feeds_answered=0))
    assert len(edition.troubles) == LISTED
    assert f"The first {LISTED} of 200 are named here; `digest status` names them all." in edition.notices
    assert "None of the 200 feeds answered" in edition.notices[1]
    assert "See whether this machine is online; `digest poll --force` asks them all again." in edition.notices


def test_what_was_muted_is_told_so_that_nothing_new_is_true() -> None:
    edition = made(Kind.QUIET, draft=draft(items=3))
    assert "3 new items are left out, by what you muted or skip." in edition.notices


@pytest.mark.parametrize("kind", [Kind.QUIET, Kind.ALIVE, Kind.ALERT])
def test_its_mail_says_the_same_in_both_parts_and_can_be_left(kind: Kind) -> None:
    hostile = make_feed("<b>Feed</b> @@RECIPIENT@@ \u202egnp", failures=1, last_error="500 <script>")
    edition = made(kind, health([hostile], Condition.FAILING, reason="500 <script>"))
    written = mail(RENDERER, edition)
    text = " ".join(written.text.split())
    for words in edition.notices:
        assert words in text
        assert html.escape(words, quote=False) in written.html
    assert written.subject == phrases.subject(edition)
    assert "<script>" not in written.html
    assert "\u202e" not in written.text + written.html
    assert written.html.count("@@RECIPIENT@@") == written.text.count("@@RECIPIENT@@") == 1
    assert written.html.count("@@UNSUBSCRIBE@@") == written.text.count("@@UNSUBSCRIBE@@") == 1
    assert written.html.count("<h1") == 1
    assert re.search(r"<h2|<h3|new item[s]? in", written.html) is None
    assert all(len(line) <= 72 for line in written.text.splitlines())
    assert len(written.html) < 8_000


def test_it_is_frozen_like_any_edition() -> None:
    edition = made(Kind.ALERT, health(DOWN, Condition.FAILING, reason="500"))
    assert frozen.loads(frozen.dumps(edition)) == edition

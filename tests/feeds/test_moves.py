from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.feeds import moves
from digest.model import FeedState, FetchResult, Lead

NOW = datetime(2023, 10, 13, 6, 0, tzinfo=UTC)
DAY = timedelta(days=1)
OLD = "https://old.example/feed"
NEW = "https://new.example/feed"
STATE = FeedState(7, OLD, "World", etag='"old"', last_modified="x", validators_from=NEW)


def through(*hops, status=200):
    return FetchResult(7, hops[-1][1] if hops else OLD, status, hops=hops)


def read(state, *hops, now=NOW):
    return moves.follow(state, through(*hops), now, read=True)


@pytest.mark.parametrize("status", [301, 308])
def test_a_permanent_redirect_is_stored_at_the_third_poll_over_a_week(status):
    state = STATE
    for days, target in ((0, None), (3, None), (6, None), (7, NEW)):
        state = read(state, (status, NEW), now=NOW + days * DAY)
        assert state.moved_to == target, f"after {days} days"
    assert (state.url, state.moved, state.lead) == (OLD, NOW + 7 * DAY, None)
    assert (state.etag, state.last_modified, state.validators_from) == (None, None, None)
    assert moves.address(state) == NEW


def test_two_polls_are_not_enough_however_long_they_lie_apart():
    assert read(read(STATE, (301, NEW)), (301, NEW), now=NOW + 99 * DAY).moved_to is None


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_temporary_redirect_is_never_stored_and_ends_a_proof(status):
    state = replace(STATE, lead=Lead(NEW, 9, NOW - 99 * DAY))
    assert read(state, (status, NEW)) == replace(state, lead=None)


def test_another_target_begins_the_proof_anew():
    state = replace(STATE, lead=Lead("https://other.example/", 9, NOW - 99 * DAY))
    assert read(state, (301, NEW)).lead == Lead(NEW, 1, NOW)


def test_no_redirect_any_more_ends_the_proof():
    assert read(replace(STATE, lead=Lead(NEW, 2, NOW - 9 * DAY))).lead is None


@pytest.mark.parametrize(
    ("hops", "target"),
    [
        ([(301, NEW), (308, "https://third.example/")], "https://third.example/"),
        ([(301, NEW), (302, "https://third.example/")], NEW),
        ([(302, NEW), (301, "https://third.example/")], None),
        ([(301, NEW), (307, "https://x.example/"), (301, "https://third.example/")], NEW),
    ],
)
def test_only_the_leading_run_of_a_chain_is_permanent(hops, target):
    lead = read(STATE, *hops).lead
    assert (lead.url if lead else None) == target


@pytest.mark.parametrize(
    ("asked", "hop", "at_once"),
    [
        ("http://a.example/feed?x=1", (301, "https://a.example/feed?x=1"), True),
        ("http://A.example", (308, "https://a.example/"), True),
        ("http://a.example/feed", (302, "https://a.example/feed"), False),
        ("http://a.example/feed", (301, "https://a.example/other"), False),
        ("http://a.example/feed?x=1", (301, "https://a.example/feed"), False),
        ("http://a.example/feed", (301, "https://www.a.example/feed"), False),
        ("https://a.example/feed", (301, "http://a.example/feed"), False),
    ],
)
def test_http_to_https_on_the_same_host_and_path_is_stored_at_once(asked, hop, at_once):
    assert (read(replace(STATE, url=asked), hop).moved_to == hop[1]) == at_once


def test_https_is_stored_at_once_also_where_the_chain_leads_on():
    state = read(replace(STATE, url="http://a.example/f"), (301, "https://a.example/f"), (301, NEW))
    assert state.moved_to == "https://a.example/f"


@pytest.mark.parametrize(("status", "moved"), [(404, True), (410, True), (403, False), (500, False), (None, False)])
def test_an_old_address_that_is_gone_moves_the_feed_to_where_it_was_read_before(status, moved):
    state = replace(STATE, lead=Lead(NEW, 1, NOW - DAY), failures=2, gone=2, stopped=NOW, held_until=NOW + DAY)
    after = moves.follow(state, through(status=status), NOW, read=False)
    assert (after.moved_to == NEW) == moved
    if moved:
        assert (after.gone, after.stopped, after.next_poll, after.held_until) == (0, None, NOW, None)
    else:
        assert after == state


def test_a_404_of_the_new_address_or_of_a_feed_that_never_led_anywhere_moves_nothing():
    state = replace(STATE, lead=Lead(NEW, 2, NOW - DAY))
    assert moves.follow(state, through((301, NEW), status=404), NOW, read=False) == state
    assert moves.follow(STATE, through(status=404), NOW, read=False) == STATE


def test_what_was_not_read_proves_nothing():
    assert moves.follow(STATE, through((301, NEW)), NOW, read=False) == STATE


def test_a_move_that_was_taken_back_is_not_made_again():
    state = replace(STATE, url="http://a.example/f", stays="https://a.example/f")
    assert read(state, (301, "https://a.example/f")) == state


def test_a_feed_that_moved_may_move_again():
    state = replace(STATE, moved_to=NEW, lead=Lead("https://third.example/", 2, NOW - 8 * DAY))
    assert read(state, (301, "https://third.example/")).moved_to == "https://third.example/"


@pytest.mark.parametrize(
    ("others", "into"),
    [({7: OLD, 8: "https://x.example/"}, None), ({7: OLD, 8: NEW}, 8), ({8: "https://NEW.example:443/feed"}, 8)],
)
def test_a_feed_that_moved_onto_another_subscription_becomes_one_with_it(others, into):
    assert moves.merged(replace(STATE, moved_to=NEW), others).merged_into == into

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.feeds import poll
from digest.model import FeedState, FetchResult, ParsedFeed, Unreadable

NOW = datetime(2023, 10, 13, 6, 0, tzinfo=UTC)
DATE = "Fri, 13 Oct 2023 06:00:00 GMT"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
STATE = FeedState(7, "https://feeds.example.org/world.xml", "World")
FEED = ParsedFeed(())


def answer(status=200, body=b"<rss/>", error=None, etag=None, last_modified=None, **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return FetchResult(7, STATE.url, status, body if status == 200 else None, None, etag, last_modified, names, error)


def after(result, parsed=None, state=STATE, every=HOUR, jitter=0.0, now=NOW):
    if parsed is None and result.status == 200 and result.error is None:
        parsed = FEED
    return poll.after(state, result, parsed, every, now, jitter=jitter)


# --- When ---------------------------------------------------------------------------------------


def test_a_feed_is_due_when_it_was_never_asked_or_its_time_has_come():
    never, over, exact, later = (
        replace(STATE, id=n, next_poll=when)
        for n, when in enumerate([None, NOW - HOUR, NOW, NOW + timedelta(seconds=1)])
    )
    assert [state.id for state in poll.due([never, over, exact, later], NOW)] == [0, 1, 2]


def test_force_ignores_our_own_interval_but_not_the_servers_wait():
    ours = replace(STATE, id=1, next_poll=NOW + HOUR)
    theirs = replace(STATE, id=2, next_poll=NOW + HOUR, held_until=NOW + HOUR)
    ended = replace(STATE, id=3, next_poll=NOW + HOUR, held_until=NOW)
    assert [state.id for state in poll.due([ours, theirs, ended], NOW, force=True)] == [1, 3]


def test_a_due_time_that_only_a_wrong_clock_can_have_set_is_ignored():
    assert poll.due([replace(STATE, next_poll=NOW + timedelta(days=400))], NOW)
    assert not poll.due([replace(STATE, next_poll=NOW + timedelta(days=7))], NOW)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, HOUR),
        ({"cache_control": "max-age=7200"}, 2 * HOUR),
        ({"cache_control": "public, MAX-AGE=7200, must-revalidate"}, 2 * HOUR),
        ({"cache_control": 'max-age="7200"'}, 2 * HOUR),
        ({"cache_control": "max-age=60"}, HOUR),
        ({"cache_control": "max-age=31536000"}, DAY),
        ({"cache_control": "max-age=99999999999999999999"}, HOUR),
        ({"cache_control": "max-age=-5"}, HOUR),
        ({"cache_control": "no-cache, max-age=7200"}, HOUR),
        ({"cache_control": "max-age=0", "expires": "Fri, 13 Oct 2023 09:00:00 GMT", "date": DATE}, HOUR),
        ({"expires": "Fri, 13 Oct 2023 09:00:00 GMT", "date": DATE}, 3 * HOUR),
        ({"expires": "Fri, 13 Oct 2023 12:00:00 GMT", "date": "Fri, 13 Oct 2023 10:00:00 GMT"}, 2 * HOUR),
        ({"expires": "Fri, 13 Oct 2033 09:00:00 GMT", "date": DATE}, DAY),
        ({"expires": "0"}, HOUR),
        ({"expires": "-1"}, HOUR),
        ({"retry_after": "10800"}, 3 * HOUR),
    ],
)
def test_after_a_success_the_server_may_only_lengthen_our_interval(headers, wait):
    assert after(answer(**headers)).next_poll == NOW + wait


def test_jitter_shortens_our_interval_by_a_tenth_at_most_and_the_servers_wait_never():
    assert after(answer(), jitter=1.0).next_poll == NOW + timedelta(minutes=54)
    assert after(answer(cache_control="max-age=3600"), jitter=1.0).next_poll == NOW + HOUR
    assert after(answer(429, retry_after="3600"), jitter=0.0).next_poll == NOW + HOUR


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("7200", 2 * HOUR),
        ("0", HOUR),
        ("60", HOUR),
        ("99999999", timedelta(days=7)),
        ("Fri, 13 Oct 2023 11:00:00 GMT", 5 * HOUR),
        ("Friday, 13-Oct-23 11:00:00 GMT", 5 * HOUR),
        ("Thu, 12 Oct 2023 11:00:00 GMT", HOUR),
        ("soon", HOUR),
        ("-5", HOUR),
        ("", HOUR),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_an_overloaded_server_is_left_alone_as_long_as_it_says(status, text, wait):
    state = after(answer(status, retry_after=text, date=DATE))
    assert state.held_until == NOW + wait
    assert state.next_poll == NOW + wait


def test_a_retry_date_counts_from_the_servers_own_clock():
    wrong_clock = {"date": "Mon, 02 Jan 2040 10:00:00 GMT", "retry_after": "Mon, 02 Jan 2040 14:00:00 GMT"}
    assert after(answer(503, **wrong_clock)).held_until == NOW + 4 * HOUR


def test_an_overloaded_server_that_names_no_time_gets_an_hour_at_least():
    assert after(answer(503), every=timedelta(minutes=15)).held_until == NOW + HOUR
    assert after(answer(503), every=3 * HOUR).held_until == NOW + 3 * HOUR


@pytest.mark.parametrize(("failures", "hours"), [(0, 1), (1, 2), (2, 4), (3, 8), (4, 16), (5, 24), (6, 24), (500, 24)])
def test_back_off_doubles_up_to_a_day(failures, hours):
    state = replace(STATE, failures=failures)
    low, middle, high = (after(answer(500), state=state, jitter=jitter).next_poll for jitter in (0.0, 0.5, 1.0))
    assert middle == NOW + hours * HOUR
    assert low == NOW + hours * HOUR * 0.75
    assert high == NOW + hours * HOUR * 1.25


def test_a_failure_without_a_word_of_the_server_is_no_hold():
    assert after(answer(404)).held_until is None


# --- What is remembered -------------------------------------------------------------------------


def test_validators_are_kept_verbatim_with_a_body_that_was_read():
    state = after(answer(etag='W/"a,b"', last_modified="yesterday, or so"))
    assert (state.etag, state.last_modified) == ('W/"a,b"', "yesterday, or so")
    assert state.body_hash == poll.body_hash(b"<rss/>")
    asked = poll.request(state)
    assert (asked.feed_id, asked.url, asked.etag, asked.last_modified) == (
        7,
        STATE.url,
        state.etag,
        state.last_modified,
    )


OLD = replace(STATE, etag='"old"', last_modified="old", body_hash=poll.body_hash(b"<rss/>"), last_success=NOW - DAY)


def test_a_body_without_validators_clears_the_old_ones():
    state = after(answer(), state=OLD)
    assert (state.etag, state.last_modified) == (None, None)


def test_an_unreadable_body_changes_no_validator_and_is_a_failure():
    state = after(answer(body=b"<html>", etag='"page"'), Unreadable("this is a web page"), state=OLD)
    assert (state.etag, state.last_modified, state.body_hash) == (OLD.etag, OLD.last_modified, OLD.body_hash)
    assert (state.failures, state.last_error) == (1, "this is a web page")


@pytest.mark.parametrize("status", [404, 410, 500, 429, 304, None])
def test_a_failure_changes_no_validator(status):
    state = after(answer(status, etag='"error page"', error="bad"), state=OLD)
    assert (state.etag, state.last_modified, state.body_hash) == (OLD.etag, OLD.last_modified, OLD.body_hash)
    assert state.last_success == OLD.last_success


def test_a_304_is_a_success_and_may_bring_new_validators():
    failing = replace(OLD, failures=3, failing_since=NOW - DAY, last_error="x", held_until=NOW - HOUR)
    state = after(answer(304), state=failing)
    assert (state.failures, state.failing_since, state.last_error, state.held_until) == (0, None, None, None)
    assert (state.last_success, state.last_try, state.last_status) == (NOW, NOW, 304)
    assert (state.etag, state.last_modified) == ('"old"', "old")
    assert after(answer(304, etag='"new"'), state=OLD).etag == '"new"'


def test_a_body_that_is_known_is_a_success_and_brings_its_validators():
    state = poll.after(OLD, answer(etag='"new"'), None, HOUR, NOW, jitter=0)
    assert (state.failures, state.etag, state.last_success) == (0, '"new"', NOW)


def test_failures_count_and_their_first_time_stays():
    first = after(answer(404))
    second = after(answer(None, error="no host"), state=first, now=NOW + DAY)
    assert (second.failures, second.failing_since, second.last_error) == (2, NOW, "no host")
    assert (second.last_status, second.last_try) == (None, NOW + DAY)


@pytest.mark.parametrize("status", [204, 301, 401, 403, 404, 410, 418, 429, 451, 500, 503, 599, 999])
def test_every_status_has_words_for_people(status):
    text = poll.trouble(status)
    assert str(status) in text
    assert ": " in text
    assert "\n" not in text
    assert after(answer(status)).last_error == text


def test_the_words_name_the_cure():
    assert poll.trouble(404) == (
        "404 Not Found: the address answers, but there is no feed there; look for its new address"
    )

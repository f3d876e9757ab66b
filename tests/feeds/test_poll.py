from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.feeds import addresses, poll
from digest.model import FeedState, FetchResult, ParsedFeed, Rhythm, Unreadable

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


@given(
    every=st.timedeltas(timedelta(minutes=15), timedelta(days=7)),
    status=st.sampled_from([None, 200, 301, 304, 401, 404, 410, 429, 500, 503]),
    failures=st.integers(0, 2000),
    headers=st.dictionaries(
        st.sampled_from(["retry_after", "cache_control", "expires", "date"]),
        st.sampled_from(["0", "604800", "9" * 30, "max-age=999999", "no-store", DATE, "Mon, 02 Jan 2040 10:00:00 GMT"]),
    ),
    jitter=st.floats(0, 1),
)
@example(every=timedelta(days=7), status=500, failures=0, headers={}, jitter=1.0)
def test_a_feed_that_was_just_asked_is_due_at_none_of_the_next_ticks(every, status, failures, headers, jitter):
    state = replace(STATE, failures=failures)
    asked = after(answer(status, **headers), state=state, every=every, jitter=jitter)
    assert poll.due([asked], NOW + timedelta(minutes=1)) == []


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, HOUR),
        ({"cache_control": "max-age=7200"}, 2 * HOUR),
        ({"cache_control": "public, MAX-AGE=7200, must-revalidate"}, 2 * HOUR),
        ({"cache_control": 'max-age="7200"'}, 2 * HOUR),
        ({"cache_control": "max-age=60"}, HOUR),
        ({"cache_control": "max-age=31536000"}, DAY),
        ({"cache_control": "max-age=99999999999999999999"}, DAY),
        ({"cache_control": f"max-age={'0' * 20}7200"}, 2 * HOUR),
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
        ("9" * 5000, timedelta(days=7)),
        ("0" * 5000 + "7200", 2 * HOUR),
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
    asked = poll.request(state, NOW)
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


# --- Adapting, holding, stopping ----------------------------------------------------------------


def test_the_interval_follows_the_feed_and_the_server_may_lengthen_it():
    daily = [NOW - n * DAY for n in range(20)]
    assert poll.after(STATE, answer(), FEED, HOUR, NOW, jitter=0, times=daily).next_poll == NOW + 12 * HOUR
    assert poll.after(STATE, answer(), FEED, DAY, NOW, jitter=0, times=daily).next_poll == NOW + DAY
    longer = answer(cache_control="max-age=72000")
    assert poll.after(STATE, longer, FEED, HOUR, NOW, jitter=0, times=daily).next_poll == NOW + 20 * HOUR


def test_back_off_starts_from_the_feeds_own_interval():
    daily = [NOW - n * DAY for n in range(20)]
    assert poll.after(STATE, answer(500), None, HOUR, NOW, jitter=0.5, times=daily).next_poll == NOW + 12 * HOUR
    week = timedelta(days=7)
    assert poll.after(STATE, answer(500), None, week, NOW, jitter=0.5, times=daily).next_poll == NOW + week


@pytest.mark.parametrize(
    ("rhythm", "wait"),
    [
        (Rhythm(), HOUR),
        (Rhythm(3 * HOUR), 3 * HOUR),
        (Rhythm(timedelta(minutes=5)), HOUR),
        (Rhythm(timedelta(days=30)), DAY),
        (Rhythm(hours=frozenset({7, 8})), 3 * HOUR),
        (Rhythm(days=frozenset({4})), 18 * HOUR),
        (Rhythm(hours=frozenset(range(24))), DAY),
    ],
)
def test_what_the_document_asks_for_lengthens_the_interval_and_is_remembered(rhythm, wait):
    state = after(answer(), ParsedFeed((), rhythm=rhythm))
    assert state.next_poll == NOW + wait
    again = after(answer(304), state=state, now=NOW)
    assert (again.next_poll, again.rhythm) == (NOW + wait, rhythm)


LAST = replace(STATE, last_try=NOW - 2 * HOUR, last_success=NOW - 2 * HOUR, next_poll=NOW + 9 * HOUR)


@pytest.mark.parametrize(
    ("changes", "normal", "forced", "fresh"),
    [
        ({}, False, True, True),
        ({"last_try": NOW - timedelta(minutes=59)}, False, True, False),
        ({"next_poll": NOW}, True, True, True),
        ({"held_until": NOW + HOUR}, False, False, False),
        ({"held_until": NOW + HOUR, "next_poll": NOW}, False, False, False),
        ({"held_until": NOW}, False, True, True),
        ({"failures": 1}, False, True, False),
        ({"failures": 1, "next_poll": NOW}, True, True, True),
        ({"stopped": NOW, "next_poll": NOW}, False, False, False),
        ({"merged_into": 7, "next_poll": NOW}, False, False, False),
        ({"merged_into": 99, "next_poll": NOW}, True, True, True),
        ({"rhythm": Rhythm(hours=frozenset({6}))}, False, False, False),
        ({"rhythm": Rhythm(hours=frozenset({6})), "last_try": NOW - DAY, "next_poll": NOW}, True, True, True),
        ({"moved_to": "https://paused.example/"}, False, False, False),
    ],
    ids=[
        "own interval", "asked an hour ago", "due", "the server's wait", "due, but held", "a wait that is over",
        "back-off", "back-off over", "gone", "merged", "merged into one that is not subscribed", "a skipped hour",
        "a skipped hour after a day", "a paused host",
    ],
)  # fmt: skip
def test_what_holds_a_feed_and_what_does_not(changes, normal, forced, fresh):
    state, pauses = replace(LAST, **changes), {"paused.example": NOW + HOUR}
    asked = [
        bool(poll.due([state], NOW, pauses=pauses)),
        bool(poll.due([state], NOW, pauses=pauses, force=True)),
        bool(poll.due([state], NOW, pauses=pauses, fresh=True)),
    ]
    assert asked == [normal, forced, fresh]


def test_a_run_keeps_to_the_least_interval_that_a_feed_was_given():
    assert not poll.due([LAST], NOW, fresh=True, floors={7: 3 * HOUR})
    assert poll.due([LAST], NOW, fresh=True, floors={7: 2 * HOUR})


def test_a_feed_that_is_gone_is_asked_once_more_and_then_no_more():
    first = after(answer(410))
    assert (first.gone, first.stopped, first.next_poll) == (1, None, NOW + HOUR * 0.75)
    second = after(answer(410), state=first, now=NOW + HOUR)
    assert second.stopped == NOW + HOUR
    assert not poll.due([second], NOW + 99 * DAY, force=True)


@pytest.mark.parametrize(("between", "stopped"), [(answer(), False), (answer(404), False), (answer(None), True)])
def test_only_silence_between_two_410s_keeps_the_count(between, stopped):
    state = after(answer(410), state=after(between, state=after(answer(410))))
    assert (state.stopped is not None) == stopped


@pytest.mark.parametrize("status", [404, 401, 403, 451])
def test_a_feed_that_refuses_is_asked_again_for_ever(status):
    state = STATE
    for _ in range(100):
        state = after(answer(status), state=state)
    assert (state.stopped, state.failures) == (None, 100)
    assert poll.due([state], NOW + 2 * DAY)


OPEN = addresses.exceptions(["nas.lan", "127.0.0.1:8080"])


def from_host(host, status, **headers):
    return replace(answer(status, **headers), url=f"https://{host}/feed")


@pytest.mark.parametrize(
    ("result", "paused"),
    [
        (from_host("Public.example", 429), ("public.example", NOW + HOUR)),
        (from_host("public.example", 429, retry_after="7200"), ("public.example", NOW + 2 * HOUR)),
        (from_host("public.example", 429, retry_after="1"), ("public.example", NOW + HOUR)),
        (from_host("public.example", 503, retry_after="7200"), None),
        (from_host("public.example", 200), None),
        (from_host("nas.lan", 429, retry_after="7200"), None),
        (from_host("127.0.0.1:8080", 429), None),
    ],
)
def test_429_pauses_a_public_host_and_503_only_the_feed(result, paused):
    assert poll.pause(result, HOUR, NOW, OPEN) == paused
    if result.status == 503:
        assert after(result).held_until == NOW + 2 * HOUR


# --- Validators ---------------------------------------------------------------------------------


def test_validators_remember_the_address_that_gave_them():
    moved = replace(answer(etag='"1"'), url="https://cdn.example.org/world")
    asked = poll.request(after(moved), NOW)
    assert (asked.url, asked.validators_from) == (STATE.url, "https://cdn.example.org/world")


@pytest.mark.parametrize(("days", "conditional"), [(1, True), (6.9, True), (8.1, False)])
def test_a_body_is_asked_for_without_validators_once_a_week(days, conditional):
    state = replace(OLD, asked_whole=NOW - timedelta(days=days))
    assert (poll.request(state, NOW).etag is not None) == conditional


def test_after_a_week_validators_are_left_away_for_one_poll_whatever_came_of_it():
    state = replace(OLD, asked_whole=NOW - 9 * DAY)
    for result in (answer(), answer(500), answer(304, error="304 Not Modified: not asked for")):
        later = after(result, state=state)
        assert later.asked_whole == NOW
    silent = after(answer(None, error="no answer"), state=state)
    assert silent.asked_whole == state.asked_whole
    unchanged = after(replace(answer(304), conditional=True), state=state)
    assert unchanged.asked_whole == state.asked_whole


@pytest.mark.parametrize("host", ["openrss.org", "rachelbythebay.com", "www.rachelbythebay.com"])
def test_hosts_that_object_are_never_asked_without_validators(host):
    state = replace(OLD, url=f"https://{host}/feed", asked_whole=NOW - 99 * DAY)
    assert poll.request(state, NOW).etag == OLD.etag


def test_a_state_of_an_older_version_is_no_reason_to_ask_for_everything():
    assert poll.request(OLD, NOW).etag == OLD.etag
    assert after(replace(answer(304), conditional=True), state=OLD).asked_whole == NOW


# --- Logins -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("home", "answered", "told"),
    [
        ("http://me:pw@feeds.example/a", "https://feeds.example/a", True),
        ("http://feeds.example:8080/a", "https://Feeds.example/b", True),
        ("https://feeds.example/a", "https://feeds.example/a", False),
        ("http://feeds.example/a", "https://login.example/", False),
        ("http://feeds.example/a", "http://feeds.example/b", False),
    ],
)
def test_a_login_that_a_redirect_to_https_keeps_back_is_told_with_the_cure(home, answered, told):
    words = poll.refused_login(home, answered)
    assert (words is not None and "write https:// into config.toml" in words) == told
    assert "pw" not in (words or "")


# --- Pauses ---------------------------------------------------------------------------------------


def test_a_feed_that_became_one_with_a_paused_feed_by_several_steps_is_not_asked():
    feeds = [replace(STATE, id=1, merged_into=2), replace(STATE, id=2, merged_into=3), replace(STATE, id=3)]
    assert [one.id for one in poll.unpaused(feeds)] == [1, 2, 3]
    assert poll.unpaused([*feeds[:2], replace(feeds[2], paused=True)]) == []
    assert [one.id for one in poll.unpaused(feeds[:2])] == [1, 2], "the paused one left the configuration"
    ring = [replace(STATE, id=1, merged_into=2), replace(STATE, id=2, merged_into=1)]
    assert poll.unpaused(ring) == ring

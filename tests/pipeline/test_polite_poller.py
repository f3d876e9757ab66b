"""Every rule of polling, played by a server on loopback, with a clock that the test moves."""

import itertools
from dataclasses import replace
from datetime import time, timedelta

import pytest
from support.feedserver import Answer, FeedServer
from support.polled import Polled
from support.world import item, rss

from digest import pipeline
from digest.config import Digest, Feed
from digest.feeds import worker
from digest.model import Condition, PollOutcome
from digest.pipeline import correcting

NEWS = rss("News", item("Dam breaks above Vellmoor"), item("Ferry runs aground"))
HOUR = timedelta(hours=1)


@pytest.fixture
def server():
    with FeedServer() as running:
        yield running


@pytest.fixture
def world(tmp_path, server):
    with Polled(tmp_path, server, []) as made:
        yield made


def subscribe(world, *answers, path="/news.xml", **keys):
    """One more feed, playing these answers."""
    url = world.server.add(path, *answers)
    world.feeds.append(Feed(url=url, **keys))
    return url


def moved(path, status=301):
    return Answer(status=status, headers={"Location": path})


# --- Validators ---------------------------------------------------------------------------------


def test_validators_of_a_200_go_back_and_those_of_a_304_take_their_place(world):
    subscribe(
        world,
        Answer(NEWS, headers={"ETag": 'W/"1"', "Last-Modified": "some day"}),
        Answer(status=304, headers={"ETag": 'W/"2"'}),
        Answer(NEWS + b" "),
        Answer(NEWS),
    )
    sent = []
    for _ in range(4):
        world.poll()
        headers = world.server.requests[-1].headers
        sent.append((headers.get("if-none-match"), headers.get("if-modified-since")))
        world.later(hours=25)
    assert sent == [(None, None), ('W/"1"', "some day"), ('W/"2"', "some day"), (None, None)]
    assert [report.outcome for report in world.reports] == [PollOutcome.UNCHANGED]


def test_the_validators_of_an_error_page_are_never_stored(world):
    subscribe(world, Answer(b"<html><body>Down</body></html>", etag='"page"'), Answer(NEWS, etag='"page"'))
    world.poll()
    assert world.reports[0].error.startswith("this is a web page, not a feed")
    world.later(hours=2).poll()
    assert (world.reports[0].status, world.reports[0].backlog + world.reports[0].new) == (200, 2)


def test_a_body_that_is_known_is_not_read_again_and_its_validators_are_kept(world):
    subscribe(world, Answer(NEWS, headers={"ETag": '"1"'}), Answer(NEWS, headers={"ETag": '"2"'}))
    world.poll()
    world.later(hours=2).poll()
    assert (world.reports[0].outcome, world.state().etag) == (PollOutcome.UNCHANGED, '"2"')


def test_a_server_that_says_304_to_anything_is_found_out_within_nine_days(world):
    subscribe(
        world,
        Answer(NEWS, headers={"ETag": '"1"'}),
        Answer(status=304),
        *[Answer(rss("News", item("Harbour reopens")), headers={"ETag": '"2"'})],
    )
    world.poll()
    assert world.later(days=3).poll() == ["/news.xml"]
    assert world.later(days=6).poll() == ["/news.xml"]
    assert "if-none-match" not in world.server.requests[-1].headers
    assert world.reports[0].new == 1


def test_forced_polls_are_conditional_too(world):
    subscribe(world, Answer(NEWS, etag='"1"'))
    world.poll()
    assert world.poll() == []
    assert world.poll(force=True) == ["/news.xml"]
    assert world.reports[0].status == 304


# --- When ---------------------------------------------------------------------------------------


def test_due_times_outlive_a_restart(tmp_path, server):
    feed = Feed(url=server.add("/news.xml", Answer(NEWS, headers={"Cache-Control": "max-age=7200"})))
    with Polled(tmp_path, server, [feed]) as first:
        assert first.poll() == ["/news.xml"]
        moment = first.now
    for minutes, asked in ((119, []), (121, ["/news.xml"])):
        with Polled(tmp_path, server, [feed], now=moment + timedelta(minutes=minutes)) as again:
            assert again.poll() == asked


def test_a_feed_that_brings_something_once_a_day_is_asked_twice_a_day(world):
    dates = [f"{day:02} Oct 2023 05:00:00 GMT" for day in range(13, 1, -1)]
    subscribe(world, Answer(rss("News", *(item(f"Report {n}", published=date) for n, date in enumerate(dates)))))
    world.poll()
    assert timedelta(hours=10.8) <= world.state().next_poll - world.now <= timedelta(hours=12)
    assert world.later(hours=2).poll() == []
    assert world.poll(fresh=True) == ["/news.xml"], "a run makes sure that its edition is fresh"
    assert world.later(minutes=50).poll(fresh=True) == []


def test_the_server_asks_once_more_in_the_half_hour_before_an_edition(world):
    dates = [f"{day:02} Oct 2023 05:00:00 GMT" for day in range(12, 1, -1)]
    subscribe(world, Answer(rss("News", *(item(f"Report {n}", published=date) for n, date in enumerate(dates)))))
    world.now -= HOUR
    settings = replace(world.settings, digests={"daily": Digest(at=time(7, 0))})
    asked = []
    for minutes in (0, 80, 30, 10, 20):
        world.later(minutes=minutes)
        report = pipeline.poll(world.store, settings, lambda: world.now, before_editions=True)
        asked.append((f"{world.now:%H:%M}", len(report.feeds)))
    assert asked == [("05:00", 1), ("06:20", 0), ("06:50", 1), ("07:00", 0), ("07:20", 0)]


@pytest.mark.parametrize(
    ("asks", "hours"),
    [
        ({"headers": {"Cache-Control": "max-age=10800"}}, 3),
        ({"headers": {"Expires": "Fri, 13 Oct 2023 10:00:00 GMT", "Date": "Fri, 13 Oct 2023 06:00:00 GMT"}}, 4),
        ({"headers": {"Retry-After": "18000"}}, 5),
        ({"body": NEWS.replace(b"<item>", b"<ttl>360</ttl><item>", 1)}, 6),
        ({"body": NEWS.replace(b"<item>", b"<skipHours><hour>7</hour><hour>8</hour></skipHours><item>", 1)}, 3),
    ],
    ids=["max-age", "expires", "retry-after", "ttl", "skipHours"],
)
def test_what_the_server_asks_for_holds_every_kind_of_poll(world, asks, hours):
    subscribe(world, Answer(**{"body": NEWS, **asks}))
    world.poll()
    world.later(hours=hours, minutes=-1)
    assert [world.poll(), world.poll(fresh=True), world.poll(force=True)] == [[], [], []]
    assert (world.last.not_due, world.last.held) == (1, 1)
    assert world.later(minutes=2).poll() == ["/news.xml"]


def test_back_off_holds_a_run_but_not_a_forced_poll(world):
    subscribe(world, Answer(status=500))
    for _ in range(4):
        world.poll(force=True)
        world.later(minutes=1)
    world.later(hours=2)
    assert [world.poll(), world.poll(fresh=True)] == [[], []]
    assert world.poll(force=True) == ["/news.xml"]


# --- 429, 503, 410 ------------------------------------------------------------------------------


def test_429_pauses_every_feed_of_a_public_host_over_restarts(tmp_path, server):
    feeds = [
        Feed(url=server.add("/busy.xml", Answer(status=429, headers={"Retry-After": "10800"}), Answer(NEWS))),
        Feed(url=server.add("/other.xml", Answer(NEWS))),
        Feed(url=server.add("/far.xml", Answer(NEWS)).replace("127.0.0.1", "localhost")),
    ]
    with Polled(tmp_path, server, feeds, public=True) as world:
        assert sorted(world.poll()) == ["/busy.xml", "/far.xml"], "the second feed of the host is not asked any more"
        moment = world.now
    with Polled(tmp_path, server, feeds, public=True, now=moment + 2 * HOUR) as world:
        assert world.poll(force=True) == ["/far.xml"]
        assert world.last.held == 2
        assert world.health(0).condition is Condition.WAITING
        assert sorted(world.later(hours=1.1).poll()) == ["/busy.xml", "/far.xml", "/other.xml"]


def test_no_redirect_leads_into_a_paused_host(tmp_path, server):
    feeds = [
        Feed(url=server.add("/busy.xml", Answer(status=429))),
        Feed(url=server.add("/by.xml", moved(server.url("/news.xml"), 302)).replace("127.0.0.1", "localhost")),
    ]
    server.add("/news.xml", Answer(NEWS))
    with Polled(tmp_path, server, feeds, public=True) as world:
        world.poll()
        assert world.later(minutes=30).poll(force=True) == ["/by.xml"]
        assert "127.0.0.1, which was asked too often and is left alone" in world.reports[0].error


def test_429_of_a_machine_that_an_exception_opens_and_503_hold_one_feed_only(world):
    subscribe(world, Answer(status=429, headers={"Retry-After": "10800"}), path="/a.xml")
    subscribe(world, Answer(status=503, headers={"Retry-After": "10800"}), path="/b.xml")
    subscribe(world, Answer(NEWS), path="/c.xml")
    assert sorted(world.poll()) == ["/a.xml", "/b.xml", "/c.xml"]
    assert world.later(hours=2).poll(force=True) == ["/c.xml"]


def test_a_feed_that_is_gone_is_asked_once_more_then_stopped_and_its_items_stay(world):
    subscribe(world, Answer(NEWS), Answer(status=410))
    world.poll()
    world.later(hours=2).poll()
    assert world.health().condition is Condition.FAILING
    assert world.later(hours=2).poll() == ["/news.xml"]
    assert world.health().condition is Condition.GONE
    assert world.later(days=30).poll(force=True) == []
    assert world.store.items.count() == 2
    (decision,) = world.store.decisions.all()
    assert decision.kind == "stopped"
    correcting.undo(world.store, decision.id, world.now)
    assert world.poll() == ["/news.xml"], "whoever knows better has it asked again"
    assert world.health().condition is Condition.FAILING
    assert {("failing", "13.10. 10:00"), ("gone", "12.11. 10:00")} < set(world.history())


@pytest.mark.parametrize("status", [401, 403, 404, 451])
def test_a_feed_that_refuses_is_backed_off_from_and_never_given_up(world, status):
    subscribe(world, *[Answer(status=status)] * 5, Answer(NEWS))
    hours = [hour for hour in range(24 * 5) if world.later(hours=1).poll()][:6]
    waits = [after - before for before, after in itertools.pairwise(hours)]
    assert all(0.75 * wait <= got <= 1.25 * wait + 1 for wait, got in zip((1, 2, 4, 8, 16), waits, strict=True))
    assert world.health().condition is Condition.FINE
    assert [condition for condition, _ in world.history()] == ["failing"]


# --- Moves --------------------------------------------------------------------------------------


def test_a_permanent_redirect_is_stored_after_three_polls_over_a_week_and_told_once(world):
    old = subscribe(world, moved("/new.xml"), path="/old.xml")
    new = world.server.add("/new.xml", Answer(NEWS, etag='"1"'))
    for _ in range(3):
        assert world.poll() == ["/old.xml", "/new.xml"]
        world.later(days=3)
    assert world.state().moved_to is None
    assert world.poll() == ["/old.xml", "/new.xml"]
    assert "it has moved for good" in world.reports[0].note
    assert (world.state().url, world.state().moved_to) == (old, new)
    assert world.later(days=1).poll() == ["/new.xml"]
    assert "if-none-match" not in world.server.requests[-1].headers, "validators are not taken along"
    assert (world.reports[0].outcome, world.reports[0].note) == (PollOutcome.UNCHANGED, None)
    assert world.later(days=1).poll() == ["/new.xml"]
    assert world.reports[0].status == 304


def test_a_move_is_a_decision_that_can_be_taken_back_for_good(world):
    subscribe(world, moved("/new.xml"), path="/old.xml")
    world.server.add("/new.xml", Answer(NEWS))
    for _ in range(4):
        world.poll()
        world.later(days=3)
    (decision,) = world.store.decisions.all()
    assert decision.kind == "moved"
    correcting.undo(world.store, decision.id, world.now)
    for _ in range(4):
        assert world.poll() == ["/old.xml", "/new.xml"]
        world.later(days=3)
    assert world.state().moved_to is None


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_temporary_redirect_is_followed_for_ever(world, status):
    subscribe(world, moved("/new.xml", status), path="/old.xml")
    world.server.add("/new.xml", Answer(NEWS))
    for _ in range(6):
        assert world.poll() == ["/old.xml", "/new.xml"]
        world.later(days=9)


def test_an_old_address_that_dies_hands_over_to_the_new_one_at_once(world):
    subscribe(world, moved("/new.xml", 308), Answer(status=404), path="/old.xml")
    world.server.add("/new.xml", Answer(NEWS))
    world.poll()
    assert world.later(hours=2).poll() == ["/old.xml"]
    assert world.poll() == ["/new.xml"]
    assert world.health().condition is Condition.FINE


def test_a_captive_portal_moves_nothing(world):
    subscribe(world, Answer(NEWS), moved("/login"), path="/old.xml")
    world.server.add("/login", Answer(b"<html>Log in</html>", content_type="text/html"))
    for _ in range(6):
        world.poll()
        world.later(days=5)
    assert (world.state().moved_to, world.state().lead) == (None, None)


def test_a_feed_that_moves_onto_another_subscription_becomes_one_with_it(world):
    subscribe(world, moved("/new.xml"), path="/old.xml")
    subscribe(world, Answer(NEWS), path="/new.xml")
    for _ in range(4):
        world.poll()
        world.later(days=3)
    assert world.poll(force=True) == ["/new.xml"]
    assert world.health(0).condition is Condition.MERGED
    assert world.last.held == 1
    del world.feeds[1]
    assert world.later(days=1).poll() == ["/new.xml"], "left alone, it is asked at its new address"


# --- Hostile documents --------------------------------------------------------------------------


def test_hostile_feeds_as_many_as_are_asked_at_once_keep_no_good_feed_waiting(world, monkeypatch):
    monkeypatch.setattr(worker, "QUICK", timedelta(seconds=1))
    monkeypatch.setattr(worker, "LIMIT", timedelta(seconds=3))
    world.fetch["at_once"] = 2
    attributes = b" ".join(b'a%d="x"' % n for n in range(50_000))
    hostile = NEWS.replace(b"<title>Dam", b"<title %s>Dam" % attributes)
    for name, body in [("bad0", hostile), ("bad1", hostile), *((f"good{n}", NEWS) for n in range(6))]:
        world.feeds.append(Feed(url=world.server.add(f"/{name}.xml", Answer(body), own_port=True), title=name))
    world.poll()
    stored = [report.title for report in world.reports]
    assert sorted(stored[:6]) == [f"good{n}" for n in range(6)]
    assert ["longer than 3 s" in (report.error or "") for report in world.reports[6:]] == [True, True]


# --- Logins and history -------------------------------------------------------------------------


def test_a_login_comes_from_a_file_and_a_missing_one_is_that_feeds_failure(world, tmp_path):
    (tmp_path / "password").write_text("geheim\n")
    subscribe(world, Answer(NEWS), path="/a.xml", auth_user="me", auth_password_file=tmp_path / "password")
    subscribe(world, Answer(NEWS), path="/b.xml", auth_user="me", auth_password_file=tmp_path / "missing", title="B")
    assert world.poll() == ["/a.xml"]
    assert world.server.requests[0].headers["authorization"] == "Basic bWU6Z2VoZWlt"
    assert {report.title: report.error for report in world.reports} == {
        "News": None,
        "B": "auth_password_file: there is no such file; relative paths start at the folder of the file",
    }


def test_troubles_are_kept_with_their_beginning_and_end(world):
    subscribe(world, Answer(NEWS), Answer(status=500), Answer(status=503), Answer(NEWS), Answer(status=404))
    for _ in range(5):
        world.poll(force=True)
        world.later(hours=2)
    assert world.history() == [("failing", "13.10. 10:00"), ("waiting", "13.10. 12:00"), ("failing", None)]


def test_a_feed_that_falls_silent_is_quiet_and_comes_back(world):
    hourly = [item(f"Report {n}", published=f"13 Oct 2023 {n:02}:00:00 GMT") for n in range(6)]
    late = item("Report 9", published="18 Oct 2023 06:00:00 GMT")
    subscribe(world, Answer(rss("News", *hourly)), Answer(rss("News", *hourly)), Answer(rss("News", late, *hourly)))
    world.poll()
    world.later(days=4).poll()
    assert world.health().condition is Condition.QUIET
    world.later(days=1).poll()
    assert world.health().condition is Condition.FINE
    assert world.history() == [("quiet", "18.10. 06:00")]


def test_more_than_a_quarter_failing_is_told_at_once_with_the_likely_cause(world):
    subscribe(world, Answer(NEWS), path="/a.xml")
    for name in "bcd":
        subscribe(world, Answer(status=503), path=f"/{name}.xml")
    world.poll()
    (notice,) = world.last.notices
    assert notice.startswith("3 of 4 feeds did not answer. The reason: 503 Service Unavailable")


@pytest.mark.parametrize("keys", [{}, {"private": True}], ids=["open", "private"])
def test_a_web_page_in_a_feeds_place_names_its_feeds_but_not_where_the_address_is_a_secret(world, keys):
    page = b'<html><head><link rel="alternate" type="application/rss+xml" href="/hidden/feed.xml"></head></html>'
    for path in ("/hidden/f", "/hidden/g?token=abc"):
        subscribe(world, Answer(page, content_type="text/html"), path=path, **keys)
    world.poll()
    told = ["/hidden/feed.xml" in (world.state(feed).last_error or "") for feed in (0, 1)]
    assert told == [not keys, False]
    assert [report.error for report in world.reports] == [world.state(feed).last_error for feed in (0, 1)]

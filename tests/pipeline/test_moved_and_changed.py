"""What the program decided of a feed, beside what a person did since: moves, ends, pauses and changed addresses."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from support.feedserver import Answer, FeedServer
from support.polled import Polled
from support.world import item, rss

from digest.config import Feed
from digest.feeds import poll
from digest.model import Condition
from digest.pipeline import correcting, looking, pausing

NEWS = rss("News", *(item(f"Long report number {number}") for number in range(4)))


@pytest.fixture
def server():
    with FeedServer() as running:
        yield running


@pytest.fixture
def world(tmp_path, server):
    with Polled(tmp_path, server, []) as made:
        yield made


def subscribe(world, path, *answers):
    url = world.server.add(path, *answers)
    world.feeds.append(Feed(url=url))
    return url


def moved(path):
    return Answer(status=301, headers={"Location": path})


def moved_for_good(world):
    """A feed at /old.xml that moved to /new.xml; returns that address."""
    subscribe(world, "/old.xml", moved("/new.xml"))
    new = world.server.add("/new.xml", Answer(NEWS, etag='"1"'))
    for _ in range(4):
        world.poll()
        world.later(days=3)
    assert world.state().moved_to == new
    return new


def change(world, url):
    """Another address in the place of the first feed's."""
    world.feeds[0] = Feed(url=url)


def standing(world):
    return [decision.kind for decision in world.store.decisions.all() if decision.undone is None]


def test_an_address_changed_by_hand_drops_the_stored_move_of_the_old_one(world):
    moved_for_good(world)
    before = world.state().id
    change(world, world.server.add("/third.xml", Answer(NEWS)))
    assert world.poll() == ["/third.xml"]
    assert "known from another address before" in world.reports[0].note
    assert (world.state().id, world.state().moved_to, world.state().moved) == (before, None, None)
    assert world.health().condition is Condition.FINE
    assert len(world.state().recent) == world.store.items.count() == 4
    assert standing(world) == []
    assert world.later(days=2).poll() == ["/third.xml"]
    assert world.poll(force=True) == ["/third.xml"]


def test_the_new_address_written_into_the_file_goes_on_with_the_feed(world):
    new = moved_for_good(world)
    before = world.state().id
    change(world, new)
    assert world.poll() == ["/new.xml"]
    assert (world.state().id, world.state().url, world.state().moved_to) == (before, new, None)
    assert [report.new for report in world.reports] == [0]


def test_the_old_address_written_back_is_asked_itself_and_not_where_it_led(world):
    moved_for_good(world)
    old = world.feeds[0].url
    change(world, world.server.add("/third.xml", Answer(NEWS)))
    world.poll()
    change(world, old)
    assert world.later(days=1).poll() == ["/old.xml", "/new.xml"]
    assert (world.state().url, world.state().moved_to) == (old, None)
    assert world.store.items.count() == 4


def test_a_move_that_was_taken_back_is_forgotten_with_its_address(world):
    new = moved_for_good(world)
    correcting.undo(world.store, world.store.decisions.all()[0].id, world.now)
    assert world.state().stays == new
    change(world, world.server.add("/third.xml", Answer(NEWS)))
    world.poll()
    assert world.state().stays is None


def test_the_troubles_of_an_address_end_with_it(world):
    """The one that failed before it was replaced, and the one that failed before it was read at all."""
    subscribe(world, "/old.xml", Answer(NEWS), Answer(status=410))
    world.poll()
    world.later(hours=2).poll()
    world.later(hours=2).poll()
    assert world.health().condition is Condition.GONE
    change(world, world.server.add("/new.xml", Answer(status=404), Answer(NEWS)))
    assert world.later(hours=1).poll() == ["/new.xml"]
    assert world.later(hours=2).poll() == ["/new.xml"]
    assert world.health().condition is Condition.FINE
    assert world.history() == [("failing", "13.10. 10:00"), ("gone", "13.10. 13:00")]
    assert standing(world) == []
    with closing(sqlite3.connect(world.store.path)) as database:
        assert database.execute("SELECT * FROM feed_incidents WHERE until IS NULL").fetchall() == []


def test_a_feed_that_was_gone_is_asked_again_when_it_is_added_again(world):
    url = subscribe(world, "/news.xml", Answer(NEWS), Answer(status=410), Answer(status=410), Answer(NEWS))
    for _ in range(3):
        world.poll()
        world.later(hours=3)
    assert world.later(days=3).poll(force=True) == []
    del world.feeds[0]
    world.poll()
    world.feeds.append(Feed(url=url))
    assert world.later(days=1).poll() == ["/news.xml"]
    assert world.health().condition is Condition.FINE
    assert standing(world) == []


def test_a_paused_feed_is_asked_neither_where_it_was_nor_where_it_moved_to(world):
    moved_for_good(world)
    pausing.pause(world.store, world.state(), world.now)
    assert world.poll(force=True) == []
    assert (world.last.not_due, world.last.held) == (0, 0)
    assert world.health().condition is Condition.PAUSED
    pausing.resume(world.store, world.state(), world.now)
    assert world.poll(force=True) == ["/new.xml"]


def test_a_feed_that_became_one_with_a_paused_one_is_not_asked_in_its_place(world):
    subscribe(world, "/old.xml", moved("/new.xml"))
    subscribe(world, "/new.xml", Answer(NEWS))
    for _ in range(4):
        world.poll()
        world.later(days=3)
    assert world.health(0).condition is Condition.MERGED
    pausing.pause(world.store, world.state(1), world.now)
    assert world.poll(force=True) == []
    assert poll.unpaused([world.state(0), world.state(1)]) == []
    found = looking.status(world.store, world.settings, world.now)
    assert (found.failing, [one.health.condition for one in found.troubled]) == ((), [Condition.MERGED])


def test_a_feed_is_on_its_own_again_while_the_one_it_became_is_not_subscribed(world):
    new = moved_for_good(world)
    world.feeds.append(Feed(url=new))
    world.poll(force=True)
    assert "its address leads to another feed that you read" in str(world.reports[0].note)
    assert world.health(0).condition is Condition.MERGED
    assert world.later(days=1).poll() == ["/new.xml"]
    other = world.feeds.pop()
    assert world.later(days=1).poll() == ["/new.xml"]
    assert world.health(0).condition is Condition.FINE
    world.feeds.append(other)
    world.later(days=1).poll()
    assert world.health(0).condition is Condition.MERGED


def test_a_redirect_at_the_first_poll_of_a_changed_address_counts_for_the_feed_that_goes_on(world):
    subscribe(world, "/old.xml", Answer(NEWS))
    world.poll()
    world.server.add("/new.xml", Answer(NEWS))
    change(world, world.server.add("/hop.xml", moved("/new.xml")))
    world.later(hours=2).poll()
    lead = world.state().lead
    assert lead is not None
    assert (lead.seen, lead.since) == (1, world.now)
    for _ in range(3):
        world.later(days=3).poll()
    assert world.state().moved_to == world.server.url("/new.xml")
    assert world.now - lead.since == timedelta(days=9)


def test_a_paused_feed_stays_paused_at_another_address_and_brings_nothing_new_from_there(world):
    subscribe(world, "/old.xml", Answer(NEWS))
    world.poll()
    before = world.state()
    pausing.pause(world.store, before, world.now)
    later = rss("News", item("A report of today"), *(item(f"Long report number {number}") for number in range(4)))
    change(world, world.server.add("/third.xml", Answer(later)))
    assert world.later(days=1).poll() == ["/third.xml"], "whose address it is, only its items tell"
    assert [(report.new, report.backlog) for report in world.reports] == [(0, 1)]
    assert "you paused it" in world.reports[0].note
    assert (world.state().id, world.health().condition) == (before.id, Condition.PAUSED)
    assert world.later(days=1).poll(force=True) == []


def test_a_feed_that_moves_onto_a_paused_one_is_paused_with_it(world):
    subscribe(world, "/a.xml", moved("/b.xml"))
    subscribe(world, "/b.xml", Answer(NEWS))
    world.poll()
    pausing.pause(world.store, world.state(1), world.now)
    for _ in range(3):
        world.later(days=4).poll()
    assert world.state(0).merged_into == world.state(1).id
    assert world.later(days=1).poll(force=True) == []
    pausing.resume(world.store, world.state(1), world.now)
    assert world.poll() == ["/b.xml"]

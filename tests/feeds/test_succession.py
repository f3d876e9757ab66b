"""Which feed a new address goes on with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.feeds.succession import is_suspicious, predecessor, rewritten, signs
from digest.model import NewItem, ParsedFeed, ParsedItem, Resembling

NOON = datetime(2023, 10, 13, 12, tzinfo=UTC)


def feed(*items: tuple[str, str | None]) -> ParsedFeed:
    return ParsedFeed(tuple(ParsedItem(title, url) for title, url in items))


def stored(number: int, title: str, url: str | None, *, feed_id: int = 7, of: int = 20) -> Resembling:
    return Resembling(feed_id, number, title, url, NOON, of)


FOUR = feed(*((f"A long headline {n}", f"https://new.example/{n}") for n in range(4)))


def test_what_may_resemble_is_asked_for_by_both_schemes_and_by_long_titles():
    urls, titles = signs(feed(("Weather", "https://a.example/1"), ("A long headline", None)))
    assert urls == {"http://a.example/1", "https://a.example/1"}
    assert titles == {"A long headline"}


def test_two_items_in_four_are_enough_by_link_or_by_title():
    by_link = [stored(n, "Other words", f"http://new.example/{n}") for n in (1, 2)]
    found = predecessor(FOUR, by_link)
    assert found is not None
    assert (found.feed_id, sorted(found.twins.values())) == (7, [1, 2])
    by_title = [stored(n, f"A long headline {n}", "https://old.example/x") for n in (1, 2)]
    assert predecessor(FOUR, by_title) is not None


@pytest.mark.parametrize(
    "known",
    [
        [],
        [stored(1, "A long headline 1", None)],
        [stored(n, "Weather", f"https://old.example/{n}") for n in range(4)],
    ],
)
def test_one_item_or_short_titles_are_no_evidence(known):
    assert predecessor(FOUR, known) is None


def test_a_feed_of_one_item_is_known_by_it():
    one = feed(("A long headline", "https://new.example/1"))
    assert predecessor(one, [stored(1, "A long headline", None)]) is not None
    assert predecessor(FOUR, [stored(1, "A long headline 1", None, of=1)]) is not None


def test_a_few_of_many_are_another_feed_of_the_same_site():
    many = feed(*((f"A long headline {n}", f"https://new.example/{n}") for n in range(30)))
    few = [stored(n, "Other words", f"https://new.example/{n}", of=100) for n in range(9)]
    assert predecessor(many, few) is None


def test_of_several_former_feeds_the_one_with_most_is_taken():
    known = [stored(1, "A long headline 1", None, feed_id=3), stored(2, "A long headline 2", None, feed_id=3)]
    known += [stored(n + 10, f"A long headline {n}", None, feed_id=4) for n in range(3)]
    found = predecessor(FOUR, known)
    assert found is not None
    assert found.feed_id == 4


def test_no_stored_item_is_two():
    twins = predecessor(
        feed(("A long headline", "https://new.example/1"), ("A long headline", "https://new.example/2")),
        [stored(1, "A long headline", "https://new.example/1"), stored(2, "A long headline", "https://old.example/")],
    )
    assert twins is not None
    assert len(set(twins.twins.values())) == len(twins.twins)


def dated(number: int, hours: float = 0.0) -> ParsedItem:
    at = NOON + timedelta(hours=hours)
    return ParsedItem(f"A long headline {number}", f"https://new.example/{number}", f"new-{number}", published=at)


def new(*items: ParsedItem) -> list[NewItem]:
    return [NewItem(item, (f"g:{item.guid}",), "x", "new.example") for item in items]


def test_a_feed_that_gave_every_item_another_guid_and_link_is_known_by_titles_and_dates():
    items = tuple(dated(number) for number in range(4))
    known = [stored(n, f"A long headline {n}", f"https://old.example/{n}") for n in range(3)]
    assert is_suspicious(ParsedFeed(items), new(*items))
    assert rewritten(ParsedFeed(items), new(*items), known) == {items[n]: n for n in range(3)}


def test_a_bulletin_with_the_same_title_every_hour_is_no_rewritten_feed():
    items = tuple(dated(number, hours=1) for number in range(4))
    known = [stored(n, f"A long headline {n}", f"https://old.example/{n}") for n in range(4)]
    assert rewritten(ParsedFeed(items), new(*items), known) == {}


def test_a_few_new_items_are_news():
    items = tuple(dated(number) for number in range(10))
    assert not is_suspicious(ParsedFeed(items), new(*items[:5]))
    assert not is_suspicious(ParsedFeed(items[:2]), new(*items[:2]))
    assert rewritten(ParsedFeed(items), new(*items), [stored(1, "A long headline 1", None)]) == {}


def test_an_old_title_with_a_later_date_is_not_the_old_item_at_another_address_either():
    items = tuple(dated(number, hours=24) for number in range(4))
    known = [stored(n, f"A long headline {n}", f"https://old.example/{n}") for n in range(4)]
    assert predecessor(ParsedFeed(items), known) is None

"""An item once seen is never new again, and no item is lost for looking like another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.feeds import floods, identity
from digest.model import KnownItem, ParsedFeed, ParsedItem

NOW = datetime(2023, 10, 14, 12, 0, tzinfo=UTC)


class Memory:
    """What the store keeps of one feed, in a dictionary; the store's rule: a key stays with its first item."""

    def __init__(self) -> None:
        self.keys: dict[str, KnownItem] = {}
        self.items: dict[int, ParsedItem] = {}
        self.backlog: set[int] = set()

    def poll(self, *items: ParsedItem, first: bool = False, newest: datetime | None = None) -> identity.Sifted:
        parsed = ParsedFeed(items=tuple(items))
        known = {key: self.keys[key] for key in identity.lookups(parsed) if key in self.keys}
        sifted = identity.sift(
            parsed, known, outlet_of=lambda item: "example.org", first_poll=first, newest=newest, now=NOW
        )
        for new in sifted.new:
            assert new.keys[0] not in self.keys
            number = len(self.items) + 1
            self.items[number] = new.item
            self._remember(new.keys, number, new.fingerprint)
            if new.backlog:
                self.backlog.add(number)
        for edit in sifted.edited:
            if edit.changed:
                self.items[edit.item_id] = edit.item
            self._remember(edit.keys, edit.item_id, edit.fingerprint)
        return sifted

    def _remember(self, keys: Iterable[str], number: int, fingerprint: str) -> None:
        for key in keys:
            owner = self.keys[key].item_id if key in self.keys else number
            self.keys[key] = KnownItem(key, owner, fingerprint)

    def prune(self) -> None:
        self.keys = {key: replace(known, item_id=None) for key, known in self.keys.items()}


def item(
    number: int = 1,
    *,
    guid: str | None = "",
    url: str | None = "",
    title: str = "",
    summary: str = "Text.",
    hours: int = 0,
) -> ParsedItem:
    return ParsedItem(
        title=title or f"Title {number}",
        url=f"https://example.org/news/{number}" if url == "" else url,
        guid=f"guid-{number}" if guid == "" else guid,
        summary=summary,
        published=NOW - timedelta(hours=hours or number),
    )


def test_a_second_poll_of_the_same_items_changes_nothing() -> None:
    memory = Memory()
    assert len(memory.poll(item(1), item(2)).new) == 2
    assert memory.poll(item(1), item(2)) == identity.Sifted((), ())


def test_an_edited_text_is_an_edit_and_not_new() -> None:
    memory = Memory()
    memory.poll(item(1))
    again = memory.poll(item(1, summary="Another text."))
    assert (again.new, [edit.changed for edit in again.edited]) == ((), [True])
    assert memory.poll(item(1, summary="Another text.")) == identity.Sifted((), ())


def test_a_changed_date_alone_is_no_edit() -> None:
    memory = Memory()
    memory.poll(item(1))
    assert memory.poll(replace(item(1), published=NOW, published_text="now")) == identity.Sifted((), ())


def test_an_item_that_returns_after_pruning_is_not_new() -> None:
    memory = Memory()
    memory.poll(item(1))
    memory.prune()
    assert memory.poll(item(1)) == identity.Sifted((), ())
    assert memory.poll(item(1, guid="rewritten")) == identity.Sifted((), ())


def test_a_rewritten_guid_with_the_same_link_and_title_is_the_same_item() -> None:
    memory = Memory()
    memory.poll(item(1), item(2))
    again = memory.poll(item(1, guid="other-1"), item(2, guid="other-2"))
    assert again.new == ()
    assert [edit.changed for edit in again.edited] == [False, False]
    assert memory.poll(item(1, guid="other-1"), item(2, guid="other-2")) == identity.Sifted((), ())


def test_guids_that_change_at_every_poll_make_no_duplicates() -> None:
    memory = Memory()
    for poll in range(4):
        memory.poll(*(item(number, guid=f"{poll}-{number}") for number in (1, 2, 3)))
    assert len(memory.items) == 3


def test_a_move_to_https_changes_nothing_but_the_address() -> None:
    memory = Memory()
    memory.poll(item(1, guid="http://example.org/?p=1", url="http://example.org/one-1"))
    again = memory.poll(item(1, guid="https://example.org/?p=1", url="https://example.org/one-1"))
    assert again.new == ()
    assert [edit.item.url for edit in again.edited] == ["https://example.org/one-1"]


def test_a_move_to_another_host_makes_no_duplicates() -> None:
    memory = Memory()
    memory.poll(item(1, guid="https://old.example/2023/one", url="https://old.example/2023/one"))
    assert memory.poll(item(1, guid="https://new.example/2023/one", url="https://new.example/2023/one")).new == ()
    assert memory.poll(item(1, guid="https://new.example/2023/one", url="https://new.example/2023/one")).edited == ()


def test_the_same_enclosure_and_title_is_the_same_item() -> None:
    memory = Memory()
    episode = replace(item(1, url=None), enclosure_url="https://cdn.example/1.mp3")
    memory.poll(episode)
    assert memory.poll(replace(episode, guid="rewritten")).new == ()


def test_without_guid_the_link_is_the_identity() -> None:
    memory = Memory()
    memory.poll(item(1, guid=None))
    again = memory.poll(item(1, guid=None, title="A better title"))
    assert (again.new, len(again.edited)) == ((), 1)


def test_one_link_that_serves_several_items_is_told_apart_by_titles() -> None:
    memory = Memory()
    page = "https://example.org/changes"
    three = [item(number, guid=None, url=page) for number in (1, 2, 3)]
    assert len(memory.poll(*three).new) == 3
    assert memory.poll(*three) == identity.Sifted((), ())
    assert len(memory.poll(item(4, guid=None, url=page), *three).new) == 1


def test_a_link_that_begins_to_serve_several_items_keeps_the_first() -> None:
    memory = Memory()
    page = "https://example.org/changes"
    memory.poll(item(1, guid=None, url=page))
    again = memory.poll(item(2, guid=None, url=page), item(1, guid=None, url=page))
    assert [new.item.title for new in again.new] == ["Title 2"]


def test_without_guid_and_link_title_and_text_are_the_identity() -> None:
    memory = Memory()
    notes = [item(1, guid=None, url=None), item(2, guid=None, url=None, title="Title 1", summary="Another.")]
    assert len(memory.poll(*notes).new) == 2
    assert memory.poll(*notes) == identity.Sifted((), ())


def test_a_guid_on_several_items_stays_with_the_first_and_others_add_their_link() -> None:
    memory = Memory()
    assert len(memory.poll(item(1, guid="1"), item(2, guid="1"), item(3, guid="1")).new) == 3
    assert memory.poll(item(1, guid="1"), item(2, guid="1"), item(3, guid="1")) == identity.Sifted((), ())


def test_a_new_item_before_the_holder_of_a_shared_guid_does_not_overwrite_it() -> None:
    memory = Memory()
    memory.poll(item(1, guid="1"))
    again = memory.poll(item(2, guid="1"), item(1, guid="1"))
    assert [new.item.title for new in again.new] == ["Title 2"]
    assert again.edited == ()
    assert memory.items[1].title == "Title 1"


def test_one_guid_and_link_with_several_titles_are_several_items() -> None:
    memory = Memory()
    page = "https://example.org/live"
    three = [item(number, guid="live", url=page) for number in (1, 2, 3)]
    assert len(memory.poll(*three).new) == 3
    assert memory.poll(*three) == identity.Sifted((), ())


def test_an_item_listed_twice_is_one() -> None:
    assert len(Memory().poll(item(1), item(1)).new) == 1


def test_two_items_of_one_document_with_one_link_and_title_stay_two() -> None:
    memory = Memory()
    twins = [item(n, url="https://example.org/weather", title="Weather", summary=f"Day {n}") for n in (1, 2)]
    assert len(memory.poll(*twins).new) == 2
    assert memory.poll(*twins) == identity.Sifted((), ())


def test_an_alias_does_not_take_the_place_of_an_item_that_is_still_listed() -> None:
    memory = Memory()
    page = "https://example.org/weather"
    memory.poll(item(1, url=page, title="Weather"))
    again = memory.poll(item(1, url=page, title="Weather"), item(2, url=page, title="Weather"))
    assert len(again.new) == 1


def test_a_daily_report_with_one_headline_and_link_is_new_every_day() -> None:
    memory = Memory()
    page = "https://example.org/weather"
    for day in range(3):
        at = NOW - timedelta(days=3 - day)
        report = replace(item(day, url=page, title="Weather", summary=f"Day {day}"), published=at)
        assert len(memory.poll(report, newest=at - timedelta(days=1)).new) == 1


def test_two_blogs_of_one_planet_with_equal_paths_stay_two() -> None:
    memory = Memory()
    memory.poll(item(1, guid="https://a.example/2023/10/13/1", url="https://a.example/2023/10/13/1"))
    assert (
        len(memory.poll(item(2, guid="https://b.example/2023/10/13/1", url="https://b.example/2023/10/13/1")).new) == 1
    )


def test_a_first_poll_shows_the_newest_five_and_says_so() -> None:
    memory = Memory()
    sifted = memory.poll(*(item(number, hours=100 - number) for number in range(40)), first=True)
    assert [new.item.title for new in sifted.new if not new.backlog] == [f"Title {n}" for n in range(35, 40)]
    assert sifted.note == "first poll: 5 of 40 items count as new, the rest is stored as already shown"


def test_a_first_poll_without_dates_goes_by_the_documents_order() -> None:
    sifted = Memory().poll(*(replace(item(number), published=None) for number in range(9)), first=True)
    assert [new.item.title for new in sifted.new if not new.backlog] == [f"Title {n}" for n in range(5)]


def test_a_first_poll_of_five_items_needs_no_word() -> None:
    sifted = Memory().poll(*(item(number) for number in range(5)), first=True)
    assert sifted.note is None
    assert not any(new.backlog for new in sifted.new)


def test_an_item_whose_guid_and_link_change_at_every_poll_is_new_once() -> None:
    text = "The dam above Vellmoor gave way at dawn, and four villages were cleared in time. " * 2
    memory = Memory()
    for session in range(3):
        link = f"https://example.org/story?session={session}-{'x' * session}"
        sifted = memory.poll(replace(item(1), guid=f"run-{session}", url=link, summary=text), newest=NOW)
        assert len(sifted.new) == (1 if session == 0 else 0)


def test_a_bulletin_of_the_same_words_with_a_later_date_is_new_each_time() -> None:
    text = (
        "No delays on any line; the next bulletin follows in an hour, and tickets are sold at all counters as usual. "
        * 2
    )
    memory = Memory()
    for hour in range(3):
        date = NOW - timedelta(hours=5 - hour)
        bulletin = replace(item(1), guid=f"b{hour}", url=f"https://example.org/b{hour}", summary=text, published=date)
        assert len(memory.poll(bulletin, newest=date - timedelta(minutes=59)).new) == 1


def test_more_than_fifty_new_items_are_a_flood() -> None:
    memory = Memory()
    memory.poll(item(0))
    assert not any(new.backlog for new in memory.poll(*(item(number) for number in range(51))).new)
    flood = memory.poll(*(item(number) for number in range(100, 151)))
    assert sum(new.backlog for new in flood.new) == 46
    assert flood.note is not None
    assert flood.note.startswith("unusually many new items: 5 of 51")


def test_a_busy_feed_that_was_not_asked_for_a_day_is_no_flood() -> None:
    memory = Memory()
    memory.poll(item(0, hours=30))
    day = memory.poll(
        *(item(number, hours=number / 10) for number in range(100, 200)), newest=NOW - timedelta(hours=30)
    )
    assert not any(new.backlog for new in day.new)


def test_a_majority_of_old_items_is_a_flood() -> None:
    old = [item(number, hours=500 + number) for number in range(6)]
    assert sum(new.backlog for new in Memory().poll(*old, newest=NOW - timedelta(hours=1)).new) == 1
    assert sum(new.backlog for new in Memory().poll(*old[:5], newest=NOW - timedelta(hours=1)).new) == 0
    assert sum(new.backlog for new in Memory().poll(*old, newest=NOW - timedelta(hours=900)).new) == 0
    assert sum(new.backlog for new in Memory().poll(*old, newest=None).new) == 0


def test_keys_are_short_however_long_a_guid_is() -> None:
    sifted = Memory().poll(item(1, guid="x" * 5_000), item(2, url="https://example.org/" + "y" * 3_000))
    assert max(len(key) for new in sifted.new for key in new.keys) <= 42


WILD_ITEM = st.builds(
    ParsedItem,
    title=st.sampled_from(["", "A", "B", "C"]),
    url=st.sampled_from([None, "https://example.org/", "http://example.org/one-two", "https://other.example/one-two"]),
    guid=st.sampled_from([None, "1", "2", "https://example.org/one-two", "http://other.example/one-two"]),
    summary=st.sampled_from(["", "x", "y"]),
    enclosure_url=st.sampled_from([None, "https://example.org/e.mp3"]),
    published=st.sampled_from([None, NOW, NOW - timedelta(days=1)]),
)


@given(st.lists(st.lists(WILD_ITEM, max_size=6), min_size=1, max_size=4))
def test_no_document_is_new_twice(documents: list[list[ParsedItem]]) -> None:
    memory = Memory()
    for document in documents:
        memory.poll(*document)
        again = memory.poll(*document)
        assert again.new == ()
    stored = set(memory.keys)
    assert all(key[0] in "gdltcaex" and key[1] == ":" for key in stored)


@given(st.lists(st.lists(WILD_ITEM, max_size=5), min_size=1, max_size=4))
def test_every_item_of_a_document_is_an_item_that_is_stored_or_was_before(documents: list[list[ParsedItem]]) -> None:
    """Nothing is lost: what is not new is known, and stored under its title or its guid, or stands there twice."""
    memory = Memory()
    for document in documents:
        memory.poll(*document)
        for item in document:
            keys = identity.lookups(ParsedFeed((item,)))
            assert keys & set(memory.keys)


DISTINCT = st.lists(st.integers(0, 30), min_size=1, max_size=12, unique=True)


@given(DISTINCT, st.data())
def test_rewritten_guids_schemes_and_hosts_make_nothing_new(numbers: list[int], data: st.DataObject) -> None:
    """Title and the path of the link stay; everything else of an item's identity may change at every poll."""
    memory = Memory()
    memory.poll(*(item(number) for number in numbers))
    for poll in range(3):
        changed = []
        for number in data.draw(st.permutations(numbers)):
            scheme = data.draw(st.sampled_from(["http", "https"]))
            host = data.draw(st.sampled_from(["example.org", "www.example.org", "new.example"]))
            guid = data.draw(st.sampled_from([None, f"guid-{number}", f"poll-{poll}-{number}"]))
            changed.append(item(number, guid=guid, url=f"{scheme}://{host}/news/{number}"))
        assert memory.poll(*changed).new == ()


@given(st.integers(0, 120), st.integers(0, 120), st.booleans(), st.booleans(), st.booleans())
def test_no_flood_shows_more_than_its_few(count: int, known: int, first: bool, resumed: bool, moved: bool) -> None:
    """First polls, feeds that come back or moved: what is old and unknown is stored, and five items at most are new."""
    parsed = ParsedFeed(tuple(item(number, hours=1_000 + number) for number in range(count)))
    newest = NOW - timedelta(hours=1) if known else None
    sifted = identity.sift(
        parsed, {}, outlet_of=lambda item: "x", first_poll=first, newest=newest, now=NOW, resumed=resumed, moved=moved
    )
    shown = sum(not new.backlog for new in sifted.new)
    assert len(sifted.new) == count
    if moved:
        assert shown == 0
    elif first or resumed or count > floods.FLOOD or (newest and count >= floods.OLD_FLOOD):
        assert shown == min(count, floods.KEEP)


def test_a_moved_feed_knows_its_items_by_what_the_caller_matched() -> None:
    """Neither guid nor link nor text is as before: the title told which stored item it is."""
    known_by_title = item(1, guid="new-1", url="https://new.example/a/1", title="A long headline")
    later = item(2, guid="new-2", url="https://new.example/a/2", hours=1)
    undated = replace(item(3, guid="new-3", url="https://new.example/a/3"), published=None)
    sifted = identity.sift(
        ParsedFeed((later, replace(undated, guid="new-4"), known_by_title, undated)),
        {},
        outlet_of=lambda item: "x",
        first_poll=False,
        newest=NOW - timedelta(hours=5),
        now=NOW,
        moved=True,
        twins={known_by_title: 77},
    )
    assert [(edit.item_id, edit.changed, edit.item.title) for edit in sifted.edited] == [(77, True, "A long headline")]
    assert [(new.item.guid, new.backlog) for new in sifted.new] == [
        ("new-2", False),
        ("new-4", False),  # undated, but above the first known one
        ("new-3", True),
    ]
